//! What the guard wrote, and what it must not have written.

use cognito_domain_guard::domain::{Attribute, SecurityPolicy};
use cognito_domain_guard_sandbox::{Describe, EmptyRouting};

use crate::facts::{Described, Facts, Update, text};
use crate::model::{Drift, Values};

/// Ungoverned domains, those in audit mode, those whose every drift is exempt, those of another
/// account, and those that Cognito has given up on are never written to: no update is even sent. Neither is
/// one whose only drift is a failover, for a sweep or for a change that asked for its removal itself. No
/// exceptions.
pub(crate) fn only_governed_domains_are_written(facts: &Facts<'_>) -> Result<(), String> {
    for update in &facts.updates {
        let described = seen(update)?;
        let wanted = facts.wanted(update.domain);
        let drifts = wanted.enforced(&described.values, described.at);
        let ours = described.account == facts.place_of(update.domain).account;
        let alive = !["FAILED", "DELETING"].contains(&described.status.as_str());
        if !wanted.governed || drifts.is_empty() || !ours || !alive {
            return Err(format!("{} was sent an update {}", update.domain, update.call.request));
        }
        if facts.leaves_failover(update) && drifts.iter().all(Drift::removes_failover) {
            return Err(format!("{} removes the failover of {}", update.cause, update.domain));
        }
    }
    Ok(())
}

/// An accepted update sets the drift that the guard was shown to its baseline, and leaves every other
/// attribute as it was: as the last foreign writer left it.
///
/// Excepted is the race window, and nothing else: an attribute that somebody changed after the
/// guard's describe, or before it where the describe still shows the old values, goes back to what the
/// describe showed. Each of these is counted. A policy that was never set and is not shown cannot be
/// sent back; what Cognito then makes of it must not be weaker.
pub(crate) fn what_is_not_drift_stays_as_it_was(facts: &Facts<'_>) -> Result<(), String> {
    for update in facts.accepted_updates() {
        let described = seen(update)?;
        let (before, after) = around(update)?;
        let drifts = answered(facts, update, described);
        for attribute in Attribute::ALL {
            let [shown, was, is] =
                [&described.values, &before, &after].map(|values| values.get(attribute));
            let drift = drifts.iter().find(|drift| drift.attribute == attribute);
            let right = match drift {
                Some(drift) if is == drift.desired => true,
                Some(drift) => {
                    let kept = facts.history.variant.empty_routing == EmptyRouting::Keeps;
                    kept && drift.removes_failover() && is == was
                }
                None if is == was => true,
                None if attribute == Attribute::SecurityPolicy && !described.policy_shown => {
                    after.policy() >= before.policy() || shown != was
                }
                None => is == shown && window(facts, update, described).is_some(),
            };
            if !right {
                return Err(format!(
                    "the {attribute} of {} was {was}, was shown as {shown}, and is {is} after {}",
                    update.domain, update.call.request
                ));
            }
        }
    }
    Ok(())
}

/// A describe that can be seen to lag is not acted on: while Cognito is busy, an update is sent only
/// where everything is shown that the change asked for, and a sweep sends none at all. No exceptions.
pub(crate) fn stale_answers_are_not_acted_on(facts: &Facts<'_>) -> Result<(), String> {
    for update in &facts.updates {
        let described = seen(update)?;
        if described.status == "ACTIVE" {
            continue;
        }
        let cause = facts.writes.iter().find(|write| write.call.event_id == update.cause);
        let Some(cause) = cause else {
            return Err(format!("{} is {} and was written", update.domain, described.status));
        };
        let asked = &cause.call.request;
        let shown = |pointer: &str, attribute: Attribute| {
            let asked = text(asked, pointer);
            asked.is_empty() || described.values.get(attribute) == asked
        };
        let login = asked["ManagedLoginVersion"].as_i64().map(|version| version.to_string());
        let region = text(asked, "/Routing/Failover/SecondaryRegion");
        let removed = asked.get("Routing").is_some_and(|routing| *routing == serde_json::json!({}));
        let custom = !described.values.get(Attribute::CertificateArn).is_empty();
        let all = login
            .is_none_or(|login| described.values.get(Attribute::ManagedLoginVersion) == login)
            && (!custom
                || shown("/CustomDomainConfig/SecurityPolicy", Attribute::SecurityPolicy)
                    && shown("/CustomDomainConfig/CertificateArn", Attribute::CertificateArn)
                    && (!removed || described.values.get(Attribute::Routing) == "none")
                    && described.values.get(Attribute::Routing).starts_with(region));
        if !all {
            return Err(format!(
                "{} was written while it showed {}, and the change had asked for {asked}",
                update.domain, described.values
            ));
        }
    }
    Ok(())
}

/// Between two updates of one domain that one invocation sends, it describes the domain again. An
/// update without an answer may have been applied, and is not repeated blindly.
///
/// Excepted is one that Cognito refused as one too many: it was surely not applied, and the SDK
/// repeats it.
pub(crate) fn every_update_follows_a_fresh_look(facts: &Facts<'_>) -> Result<(), String> {
    for update in &facts.updates {
        let described = seen(update)?;
        let blind = facts.updates.iter().any(|earlier| {
            earlier.call.access_key_id == update.call.access_key_id
                && earlier.domain == update.domain
                && (described.nth..update.nth).contains(&earlier.nth)
                && earlier.call.error_code() != Some("TooManyRequestsException")
        });
        if blind {
            return Err(format!("{} was repeated without a look", update.call.request));
        }
    }
    Ok(())
}

/// One change causes at most one accepted update: between the look that led to an update and the
/// next accepted one, somebody else changed the domain. So updates are never more than foreign
/// changes and sweeps that found drift.
///
/// Excepted are updates that repeat an earlier one and change nothing, where Cognito still showed the
/// drift (its describe lags, or it does not remove a failover) or where two deliveries were looked
/// at side by side: at most one for each delivery. So are the end of an exemption, which changes the
/// baseline as somebody else would change the domain, and the failover that was left to another event.
pub(crate) fn one_change_causes_one_update(facts: &Facts<'_>) -> Result<(), String> {
    for (first, second) in pairs(facts) {
        let (earlier, later) = (seen(first)?, seen(second)?);
        let foreign = facts
            .accepted_foreign(second.domain)
            .any(|write| (earlier.nth..second.nth).contains(&write.nth));
        let ended =
            facts.wanted(second.domain).ends().any(|end| earlier.at < end && end <= second.call.at);
        let withheld = facts.leaves_failover(first)
            && facts
                .wanted(first.domain)
                .enforced(&earlier.values, earlier.at)
                .iter()
                .any(Drift::removes_failover);
        let (before, after) = around(second)?;
        let shown_again = later.nth < first.nth
            || facts.history.variant.describe == Describe::Lags
            || facts.history.variant.empty_routing == EmptyRouting::Keeps;
        let repeat = shown_again && before == after;
        if !(foreign || ended || withheld || repeat) {
            return Err(format!(
                "{} was updated for {} and, with nothing between, for {}: {} became {after}",
                second.domain, first.cause, second.cause, before
            ));
        }
    }
    for look in &facts.trace.looks {
        let written = facts
            .accepted_updates()
            .filter(|update| update.look.is_some_and(|its| std::ptr::eq(its, look)));
        let mut domains: Vec<&str> = written.map(|update| update.domain).collect();
        let updates = domains.len();
        domains.dedup();
        if domains.len() < updates {
            return Err(format!("one look updated a domain twice: {look:?}"));
        }
    }
    Ok(())
}

/// No update was sent in an invocation that one of the guard's own events woke, and every update
/// names as its cause what woke its invocation: an accepted foreign call, or a sweep. No exceptions.
pub(crate) fn own_events_cause_no_update(facts: &Facts<'_>) -> Result<(), String> {
    let own = facts.own_events();
    for update in &facts.updates {
        let woken_by = update.look.and_then(|look| look.event_id.as_deref());
        if own.contains(update.cause.as_str()) || woken_by.is_some_and(|event| own.contains(event))
        {
            return Err(format!("{} was updated for an own event", update.domain));
        }
        let named = match woken_by {
            Some(event) => event == update.cause,
            None => update.is_of_a_sweep(),
        };
        if !named {
            return Err(format!("an update names {}, and {woken_by:?} woke it", update.cause));
        }
    }
    Ok(())
}

/// Once the world has come to rest after a sweep, a further sweep leads to no accepted update. No
/// exceptions.
pub(crate) fn a_settled_world_gets_no_writes(facts: &Facts<'_>) -> Result<(), String> {
    let [_, swept, end] = facts.trace.rest;
    let late = facts.accepted_updates().find(|update| (swept..end).contains(&update.nth));
    late.map_or(Ok(()), |update| {
        Err(format!("{} was updated in a settled world: {}", update.domain, update.call.request))
    })
}

/// No accepted update takes the policy below both what it was and what is declared, and none replaces
/// a policy newer than the guard.
///
/// Excepted is the race window, where nothing is declared or an exemption allows the drift: there a
/// policy that somebody raised unseen goes back to what was shown. The same holds for a newer policy
/// that was set unseen.
pub(crate) fn the_policy_is_never_weakened(facts: &Facts<'_>) -> Result<(), String> {
    for update in facts.accepted_updates() {
        let described = seen(update)?;
        let (before, after) = around(update)?;
        let [was, is] = [&before, &after].map(|values| values.get(Attribute::SecurityPolicy));
        if was == is {
            continue;
        }
        let unseen = described.values.get(Attribute::SecurityPolicy) != was
            && window(facts, update, described).is_some();
        let exempt = facts
            .wanted(update.domain)
            .drifts(&described.values, described.at)
            .iter()
            .any(|drift| drift.attribute == Attribute::SecurityPolicy && drift.exempt);
        let floor: Option<SecurityPolicy> =
            facts.wanted(update.domain).weakest_policy().filter(|_| !exempt);
        let fine = match (before.policy(), after.policy()) {
            (None, _) => unseen,
            (Some(_), None) => unseen,
            (Some(was), Some(is)) => is >= was || floor.is_some_and(|floor| is >= floor),
        };
        if !(fine || unseen && floor.is_none()) {
            return Err(format!("the policy of {} went from {was} to {is}", update.domain));
        }
    }
    Ok(())
}

/// Why the guard could not see what it has overwritten.
enum Window {
    /// Somebody came between its describe and its update.
    Raced,
    /// The describe still showed the values from before an accepted change.
    Lagged,
}

fn window(facts: &Facts<'_>, update: &Update<'_>, described: &Described) -> Option<Window> {
    let mut foreign = facts.accepted_foreign(update.domain);
    if foreign.any(|write| (described.nth..update.nth).contains(&write.nth)) {
        return Some(Window::Raced);
    }
    let accepted = facts.state_at(update.domain, described.nth).map(Values::of);
    let lags = facts.history.variant.describe == Describe::Lags
        && described.status == "UPDATING"
        && accepted.is_some_and(|accepted| accepted != described.values);
    lags.then_some(Window::Lagged)
}

/// How many attributes were overwritten unseen: in a race, and behind a describe that lags.
pub(crate) fn windows(facts: &Facts<'_>) -> (usize, usize) {
    let (mut raced, mut lagged) = (0, 0);
    for update in facts.accepted_updates() {
        let (Ok(described), Ok((before, after))) = (seen(update), around(update)) else {
            continue;
        };
        let drifts = answered(facts, update, described);
        for attribute in Attribute::ALL {
            let drifted = drifts.iter().any(|drift| drift.attribute == attribute);
            if drifted || before.get(attribute) == after.get(attribute) {
                continue;
            }
            match window(facts, update, described) {
                Some(Window::Raced) => raced += 1,
                Some(Window::Lagged) => lagged += 1,
                None => {}
            }
        }
    }
    (raced, lagged)
}

/// How many accepted updates repeated an earlier one.
pub(crate) fn repeats(facts: &Facts<'_>) -> usize {
    let unchanged =
        |update: &Update<'_>| around(update).is_ok_and(|(before, after)| before == after);
    pairs(facts).filter(|(_, second)| unchanged(second)).count()
}

/// Each accepted update with the next one of the same domain.
fn pairs<'a, 'b>(facts: &'b Facts<'a>) -> impl Iterator<Item = (&'b Update<'a>, &'b Update<'a>)> {
    facts.accepted_updates().filter_map(|second| {
        let earlier = facts
            .accepted_updates()
            .filter(|first| first.nth < second.nth && first.domain == second.domain);
        Some((earlier.last()?, second))
    })
}

/// The drift that an update is there to put back: some leave a failover.
fn answered(facts: &Facts<'_>, update: &Update<'_>, described: &Described) -> Vec<Drift> {
    let mut drifts = facts.wanted(update.domain).enforced(&described.values, described.at);
    if facts.leaves_failover(update) {
        drifts.retain(|drift| !drift.removes_failover());
    }
    drifts
}

fn seen<'b>(update: &'b Update<'_>) -> Result<&'b Described, String> {
    let described = update.described.as_ref();
    described.ok_or_else(|| format!("{} was updated without a look", update.domain))
}

fn around(update: &Update<'_>) -> Result<(Values, Values), String> {
    match (update.before, &update.call.left) {
        (Some(before), Some(after)) => Ok((Values::of(before), Values::of(after))),
        _ => Err(format!("{} was updated and is not there", update.domain)),
    }
}
