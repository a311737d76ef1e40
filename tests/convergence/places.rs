//! What holds of a guard that works in several accounts and regions.

use std::collections::BTreeSet;

use cognito_domain_guard::domain::Attribute;
use cognito_domain_guard::notice::Kind;
use cognito_domain_guard_sandbox::{Action, Call};

use crate::braking::{names_of, steps};
use crate::executions::Execution;
use crate::facts::{Facts, Notice, Write, text};
use crate::form::Form;
use crate::history::{Actor, Change, Entry, Step};
use crate::model::Values;
use crate::run::Look;

/// Whether somebody has shut that place to the guard, or something was to go wrong there.
fn is_troubled(facts: &Facts<'_>, place: usize, is_shut: bool) -> bool {
    let account_of = |place: usize| facts.history.places[place].account;
    facts.history.steps.iter().any(|step| match step {
        Step::Shut(troubled, Entry::Left) => account_of(*troubled) == account_of(place),
        Step::Shut(troubled, Entry::RoleMissing | Entry::RoleRefuses | Entry::RegionDenied) => {
            *troubled == place
        }
        Step::Fault(troubled, _) => !is_shut && *troubled == place,
        Step::Wait(_)
        | Step::Change(_)
        | Step::Contest(_)
        | Step::Race(..)
        | Step::Together(_)
        | Step::Sweep
        | Step::Approve
        | Step::Stop(_)
        | Step::Calm => false,
    })
}

fn is_at(facts: &Facts<'_>, notice: &Notice, place: usize) -> bool {
    let place = facts.trace.places.nth(place).place();
    text(&notice.record, "/account") == place.account
        && text(&notice.record, "/region") == place.region
}

/// Whether somebody has shut a domain's place.
pub(crate) fn is_shut(facts: &Facts<'_>, domain: &str) -> bool {
    is_troubled(facts, facts.history.place_of_name(domain), true)
}

/// Whether somebody has shut the place that a notice is about.
pub(crate) fn is_shut_at(facts: &Facts<'_>, notice: &Notice) -> bool {
    let mut places = 0..facts.history.places.len();
    places.any(|place| is_at(facts, notice, place) && is_troubled(facts, place, true))
}

/// Whether people heard that a domain's place is not covered: once for the place, whatever changed there.
pub(crate) fn is_uncovered(facts: &Facts<'_>, domain: &str) -> bool {
    let place = facts.history.place_of_name(domain);
    facts.readable().any(|notice| notice.kind == "not_covered" && is_at(facts, notice, place))
}

/// Whether somebody else has made a call with the role of the guard.
pub(crate) fn is_by_an_admin(write: &Write<'_>) -> bool {
    write.call.caller.arn().ends_with("/admin")
}

/// Whether such a call names a policy below the declared one, in a record that does not hide it: the guard then knows that it
/// is not its own. Not where an exemption ends in the history, since what the guard left under it is for it to name.
pub(crate) fn names_a_weaker_policy(facts: &Facts<'_>, write: &Write<'_>) -> bool {
    let wanted = facts.wanted(write.domain);
    let (began, now) = (facts.trace.began, facts.trace.rest_at);
    let has_ended = wanted.ends().any(|end| end > began && end <= now);
    let asked = text(&write.call.request, "/CustomDomainConfig/SecurityPolicy");
    let Some(state) = facts.state_at(write.domain, write.nth + 1).filter(|_| !has_ended) else {
        return false;
    };
    let values = Values::of(state);
    let drifts = wanted.enforced(&values, write.call.at);
    !asked.is_empty()
        && !is_hidden(facts, write.domain)
        && values.get(Attribute::SecurityPolicy) == asked
        && drifts.iter().any(|drift| drift.attribute == Attribute::SecurityPolicy)
}

/// Every update is sent in the place that the envelope of the event names which woke its look, and that is
/// where the domain is; those of a sweep are sent where the domain is, and by a guard of one account in its own
/// place. No exceptions.
pub(crate) fn only_the_events_place_is_written(facts: &Facts<'_>) -> Result<(), String> {
    let home = facts.trace.places.home().place();
    for update in &facts.updates {
        let place = &update.call.place;
        let of_event = update.look.and_then(|look| look.place.as_ref());
        let is_right = match of_event {
            Some((account, region)) => (account, region) == (&place.account, &place.region),
            None => facts.history.places.len() > 1 || place == home,
        };
        if !is_right || place != facts.place_of(update.domain) {
            return Err(format!("{} was written in {place}, for {of_event:?}", update.domain));
        }
    }
    Ok(())
}

/// While nothing goes wrong in the guard's own place, no look at an event of a place in which nothing goes
/// wrong goes wrong, whatever happens in the others; no sweep says that it could not look into that place; and
/// what a sweep is to put back there it looks at to do so.
///
/// Excepted are sweeps from the first one on of which a step was killed: what it had in hand is nobody's.
pub(crate) fn one_accounts_failure_stops_no_other(facts: &Facts<'_>) -> Result<(), String> {
    if is_troubled(facts, 0, false) {
        return Ok(());
    }
    for (nth, world) in facts.trace.places.all().enumerate() {
        if is_troubled(facts, nth, false) {
            continue;
        }
        let place = (world.account().to_owned(), world.region().to_owned());
        let looks = facts.trace.looks.iter().filter(|look| look.place.as_ref() == Some(&place));
        if let Some(look) = looks.into_iter().find(|look| look.went_wrong()) {
            return Err(format!("nothing is wrong in place {nth}, and yet: {look:?}"));
        }
        let uncovered = facts
            .notices
            .iter()
            .find(|notice| notice.kind == "not_covered" && is_at(facts, notice, nth));
        if let Some(notice) = uncovered {
            return Err(format!("place {nth} is covered: {}", notice.record));
        }
        let executions = facts.trace.executions.iter();
        let was_killed = |look: &Look| look.ended.is_none();
        for execution in executions.take_while(|one| !steps(facts, one).any(was_killed)) {
            if let Some(look) = steps(facts, execution).find(|look| look.has_gap(&place)) {
                return Err(format!("nothing is wrong in place {nth}, but for a sweep: {look:?}"));
            }
            if let Some(name) = passed_over(facts, execution, nth) {
                return Err(format!("{name} in place {nth} is passed over by {}", execution.id));
            }
        }
    }
    Ok(())
}

/// A domain of that place that a sweep is to put back, and at which it does not look to do so.
fn passed_over<'a>(facts: &'a Facts<'_>, execution: &Execution, place: usize) -> Option<&'a str> {
    let of =
        |look: &Look, names: &[&str]| look.step.as_deref().is_some_and(|it| names.contains(&it));
    let decided = steps(facts, execution).filter(|look| of(look, &["judge", "approve"]));
    let mut targets = BTreeSet::new();
    for look in decided {
        targets.extend(look.answer.iter().flat_map(|answer| names_of(&answer["targets"])));
    }
    for look in steps(facts, execution).filter(|look| of(look, &["put_back"])) {
        let calls = look.first_call..look.end_call.unwrap_or(look.first_call);
        let ours = facts.trace.calls.get(calls).unwrap_or_default().iter().filter(|call| {
            call.action == Action::DescribeUserPoolDomain && call.access_key_id == look.key
        });
        for call in ours {
            targets.remove(text(&call.request, "/Domain"));
        }
    }
    targets.into_iter().find(|name| facts.history.place_of_name(name) == place)
}

/// A notice about a domain names the account and region that it is in, and the account's name and owner
/// where the baseline gives them.
///
/// That an exemption is about to end is said of an entry of the baseline, also where its pattern is the name of
/// a domain: such a notice names the place of the guard itself. No exceptions.
pub(crate) fn notices_name_the_owner(facts: &Facts<'_>) -> Result<(), String> {
    for notice in facts.readable() {
        let is_ours = facts.history.domains.iter().any(|spec| spec.name == notice.domain);
        let place = if notice.kind == Kind::ExemptionExpiring.as_str() {
            0
        } else if is_ours {
            facts.history.place_of_name(&notice.domain)
        } else {
            continue;
        };
        let account = &facts.trace.places.nth(place).place().account;
        let known = facts.history.baseline.accounts.iter().find(|(_, id, _)| id == account);
        let (name, owner) = known.map_or(("", ""), |(name, _, owner)| (*name, *owner));
        let record = &notice.record;
        let is_owned = text(record, "/account_name") == name && text(record, "/owner") == owner;
        if !is_at(facts, notice, place) || !is_owned {
            let place = facts.trace.places.nth(place).place();
            return Err(format!("{} is in {place}, owner {owner:?}: {record}", notice.domain));
        }
    }
    Ok(())
}

/// A session of a member role makes the calls that the guard makes of domains, and makes them in the place
/// of that role; with its own credentials the guard calls Cognito in its own account. No exceptions.
pub(crate) fn a_session_never_leaves_its_place(facts: &Facts<'_>) -> Result<(), String> {
    let home = &facts.trace.places.home().place().account;
    for call in facts.trace.calls.iter().filter(|call| !call.access_key_id.is_empty()) {
        let call: &Call = call;
        let principal = call.caller.principal();
        let is_of_a_member = principal.contains(":role/cognito-domain-guard-member-");
        let is_of_cognito = match call.action {
            Action::DescribeUserPoolDomain
            | Action::UpdateUserPoolDomain
            | Action::DescribeUserPool
            | Action::ListUserPools
            | Action::CreateUserPoolDomain
            | Action::CreateUserPool
            | Action::DeleteUserPool
            | Action::DeleteUserPoolDomain => true,
            Action::Publish
            | Action::AssumeRole
            | Action::GetParametersByPath
            | Action::PutParameter
            | Action::DeleteParameter
            | Action::DeleteParameters
            | Action::DescribeParameters
            | Action::DescribeStacks
            | Action::FilterLogEvents
            | Action::DescribeLogGroups
            | Action::LookupEvents
            | Action::DescribeCertificate
            | Action::ListDistributions => false,
        };
        let stays = if is_of_a_member {
            is_of_cognito && call.place.member_role_arn() == principal
        } else {
            call.place.account == *home
        };
        if !stays {
            return Err(format!("{principal} calls {} in {}", call.action, call.place));
        }
    }
    Ok(())
}

/// Whoever has the role with which the guard acts in a place, and names in a call a policy below the
/// declared one, has it undone like anybody else: where the event arrived and nobody changed the domain
/// after him, it is not below when everything has come to rest, or a critical notice says so. Of an event that
/// became a dead letter, which has an alarm of its own, that holds once somebody has put it back.
///
/// Excepted are exemptions, also those that ended meanwhile, which is a sweep's to enforce; audit mode; and
/// records that hide what was asked for.
pub(crate) fn the_members_admin_gains_nothing(facts: &Facts<'_>) -> Result<(), String> {
    for spec in &facts.history.domains {
        let wanted = facts.wanted(spec.name);
        let Some(last) = facts.accepted_foreign(spec.name).last() else { continue };
        let event = last.call.event_id.as_str();
        let arrived = facts.trace.copies.get(event).is_some_and(|copies| *copies > 0);
        let asked = text(&last.call.request, "/CustomDomainConfig/SecurityPolicy");
        if !is_by_an_admin(last)
            || is_hidden(facts, spec.name)
            || !arrived
            || asked.is_empty()
            || !wanted.governed
            || !wanted.enforce
        {
            continue;
        }
        let (began, now) = (facts.trace.began, facts.trace.rest_at);
        let has_ended = wanted.ends().any(|end| end > began && end <= now);
        let is_dead = facts.trace.dead_letters.iter().any(|letter| letter.body.contains(event));
        let rest = if is_dead { facts.trace.redriven } else { facts.trace.rest[0] };
        let Some(state) = facts.state_at(spec.name, rest).filter(|_| !has_ended) else { continue };
        let is_below = |values: &Values| {
            let drifts = wanted.enforced(values, facts.trace.rest_at);
            drifts.iter().any(|drift| drift.attribute == Attribute::SecurityPolicy)
        };
        let values = Values::of(state);
        let said = facts.readable().any(|notice| {
            notice.domain == spec.name
                && notice.incident == event
                && notice.record["severity"] == "critical"
        }) || is_uncovered(facts, spec.name);
        if is_below(&values) && values.get(Attribute::SecurityPolicy) == asked && !said {
            return Err(format!("{} is left at {values}, as {event} asked for", spec.name));
        }
    }
    Ok(())
}

/// Whether a record of an admin's call hides what it asked for.
fn is_hidden(facts: &Facts<'_>, domain: &str) -> bool {
    let hides = |change: &Change| {
        change.actor == Actor::Admin
            && change.form == Form::Hidden
            && facts.history.domains[change.domain].name == domain
    };
    facts.history.steps.iter().any(|step| match step {
        Step::Change(change) | Step::Race(_, change) => hides(change),
        Step::Contest(contest) => contest.changes.iter().any(hides),
        Step::Wait(_)
        | Step::Together(_)
        | Step::Sweep
        | Step::Approve
        | Step::Fault(..)
        | Step::Shut(..)
        | Step::Stop(_)
        | Step::Calm => false,
    })
}
