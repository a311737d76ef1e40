//! What holds after every history: the list, what is counted, and where the domains end.

use std::fmt;

use cognito_domain_guard::domain::{Attribute, Domain, Status};
use cognito_domain_guard_sandbox::{EmptyRouting, Tier};
use time::OffsetDateTime;

use crate::facts::{Facts, asks_for_no_failover};
use crate::model::{Drift, Values};
use crate::{braking, creations, lasting, places, settling, stopped, writing};

/// An invariant that does not hold.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) invariant: &'static str,
    pub(crate) detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} does not hold: {}", self.invariant, self.detail)
    }
}

type Invariant = fn(&Facts<'_>) -> Result<(), String>;

pub(crate) const INVARIANTS: [(&str, Invariant); 25] = [
    ("the_guard_comes_to_rest", settling::the_guard_comes_to_rest),
    ("only_the_events_place_is_written", places::only_the_events_place_is_written),
    ("one_accounts_failure_stops_no_other", places::one_accounts_failure_stops_no_other),
    ("notices_name_the_owner", places::notices_name_the_owner),
    ("a_session_never_leaves_its_place", places::a_session_never_leaves_its_place),
    ("the_members_admin_gains_nothing", places::the_members_admin_gains_nothing),
    ("the_brake_holds", braking::the_brake_holds),
    ("only_governed_domains_are_written", writing::only_governed_domains_are_written),
    ("what_is_not_drift_stays_as_it_was", writing::what_is_not_drift_stays_as_it_was),
    ("stale_answers_are_not_acted_on", writing::stale_answers_are_not_acted_on),
    ("every_update_follows_a_fresh_look", writing::every_update_follows_a_fresh_look),
    ("one_change_causes_one_update", writing::one_change_causes_one_update),
    ("own_events_cause_no_update", writing::own_events_cause_no_update),
    ("a_settled_world_gets_no_writes", writing::a_settled_world_gets_no_writes),
    ("the_policy_is_never_weakened", writing::the_policy_is_never_weakened),
    ("every_update_is_notified", settling::every_update_is_notified),
    ("drift_that_lasts_is_noticed", lasting::drift_that_lasts_is_noticed),
    ("a_stop_is_reported", stopped::a_stop_is_reported),
    ("a_stop_is_reported_once", stopped::a_stop_is_reported_once),
    ("creations_are_announced", creations::creations_are_announced),
    ("notices_are_true", settling::notices_are_true),
    ("nothing_is_notified_twice", settling::nothing_is_notified_twice),
    ("every_event_is_settled", settling::every_event_is_settled),
    ("events_alone_suffice", events_alone_suffice),
    ("at_the_baseline_or_notified_why", at_the_baseline_or_notified_why),
];

/// Every governed domain in enforce mode is at its baseline in the end, or a notice says exactly
/// why it is not.
///
/// Excepted is what cannot be put back, and what only people may: a domain that Cognito reports as
/// `FAILED`, one of another account, a pair of values that Cognito rejects, and a failover that
/// Cognito does not remove or of which there was no event. Then the digest of the last sweep names the
/// domain, or `revert_failed` does; a digest also names what the brake holds and nobody approves. A policy
/// newer than the guard is neither at its baseline nor off
/// it; the digest names it, too.
fn at_the_baseline_or_notified_why(facts: &Facts<'_>) -> Result<(), String> {
    let [rest, swept, _] = facts.trace.rest;
    for domain in &facts.trace.places.domains() {
        let Some(left) = Left::of(facts, domain, facts.trace.world.now()) else {
            continue;
        };
        let told = facts.notices.iter().filter(|notice| (rest..swept).contains(&notice.nth));
        let told: Vec<_> = told.collect();
        let place = facts.place_of(&domain.name);
        let finding = told.iter().find_map(|notice| notice.finding(place, &domain.name));
        let is_held = told.iter().any(|notice| notice.holds(place, &domain.name));
        let is_left = finding.is_some_and(|line| line.contains(" is left"));
        let failed = told
            .iter()
            .any(|notice| notice.kind == "revert_failed" && notice.domain == domain.name);
        let explained = match left.why {
            _ if is_held => true,
            Why::NotOurs | Why::NotJudged => finding.is_some() || failed,
            Why::Impossible => is_left || failed,
            Why::FailoverOnly => is_left,
            Why::Unknown => false,
        };
        if !explained {
            return Err(format!("{left}; the sweep reported {finding:?}"));
        }
    }
    Ok(())
}

/// Where every foreign event arrived at least once, the sweep is not needed: before it runs, every
/// governed domain in enforce mode is at its baseline, or a notice since the last foreign change
/// says why it cannot be.
///
/// Excepted are domains that nobody touched, since there was no event of them; those with an exemption
/// that ended meanwhile, which is the sweep's to enforce; those of which an event became a dead
/// letter, which raises an alarm; and a failover that Cognito does not remove, where the guard's own
/// event was lost by which it would have noticed. So are places that the guard could not enter, and the
/// calls of somebody with its role that say nothing of what they do: both are reported.
fn events_alone_suffice(facts: &Facts<'_>) -> Result<(), String> {
    let [rest, ..] = facts.trace.rest;
    let now = facts.trace.rest_at;
    let arrived = |event: &str| facts.trace.copies.get(event).is_some_and(|copies| *copies > 0);
    for spec in &facts.history.domains {
        let Some(domain) = facts.state_at(spec.name, rest) else {
            continue;
        };
        let changes: Vec<_> = facts.accepted_foreign(spec.name).collect();
        let Some(last) = changes.last() else {
            continue;
        };
        let ended = facts.wanted(spec.name).ends().any(|end| end <= now && end > facts.trace.began);
        let dead = facts.trace.dead_letters.iter().any(|letter| letter.body.contains(spec.name));
        if ended || dead || !changes.iter().all(|change| arrived(&change.call.event_id)) {
            continue;
        }
        let Some(left) = Left::of(facts, domain, now) else {
            continue;
        };
        let told = |kinds: &[&str]| {
            facts.notices.iter().any(|notice| {
                (last.nth..rest).contains(&notice.nth)
                    && notice.domain == spec.name
                    && kinds.contains(&notice.kind.as_str())
            })
        };
        let own_event_lost = facts
            .accepted_updates()
            .any(|update| update.domain == spec.name && !arrived(&update.call.event_id));
        let kept = facts.history.variant.empty_routing == EmptyRouting::Keeps;
        let explained = match left.why {
            Why::NotJudged => true,
            Why::NotOurs => told(&["refused"]),
            Why::Impossible => told(&["refused", "revert_failed"]),
            Why::FailoverOnly => {
                (kept || asks_for_no_failover(last.call))
                    && (told(&["not_restored", "refused"]) || own_event_lost)
            }
            Why::Unknown => false,
        };
        // A place that the guard cannot enter is reported as one, and a call with its role that says
        // nothing wrong is taken for its own, of which it reports what it finds.
        let explained = explained
            || places::is_uncovered(facts, spec.name)
            || places::is_shut(facts, spec.name) && told(&["revert_failed"])
            || places::is_by_an_admin(last) && told(&["not_restored"]);
        if !explained {
            return Err(format!("before the sweep, {left}"));
        }
    }
    Ok(())
}

/// A domain that is off its baseline, and what may be the reason.
struct Left {
    name: String,
    values: Values,
    drifts: Vec<Drift>,
    why: Why,
}

#[derive(Clone, Copy, Debug)]
enum Why {
    /// Only a person can say what should become of it, or another account.
    NotOurs,
    /// Its policy is newer than the guard.
    NotJudged,
    /// Cognito rejects what the baseline wants.
    Impossible,
    /// Nothing is wrong but a failover that should not be there.
    FailoverOnly,
    /// There is no excuse.
    Unknown,
}

impl Left {
    fn of(facts: &Facts<'_>, domain: &Domain, now: OffsetDateTime) -> Option<Self> {
        let name = facts.history.domains.iter().find(|spec| spec.name == domain.name)?.name;
        let wanted = facts.wanted(name);
        if !wanted.governed || !wanted.enforce || domain.status == Status::Deleting {
            return None;
        }
        let values = Values::of(domain);
        let drifts = wanted.enforced(&values, now);
        let desired = values.with(&drifts);
        let login = desired.get(Attribute::ManagedLoginVersion) == "2";
        let weak = desired.get(Attribute::SecurityPolicy) == "TLS_V1";
        let why = if drifts.is_empty() {
            if !wanted.cannot_be_judged(&values) {
                return None;
            }
            Why::NotJudged
        } else if domain.status == Status::Failed
            || domain.account.as_deref() != Some(&facts.place_of(name).account)
        {
            Why::NotOurs
        } else if login && (weak || tier(facts, domain) == Some(Tier::Lite)) {
            Why::Impossible
        } else if drifts.iter().all(Drift::removes_failover) {
            Why::FailoverOnly
        } else {
            Why::Unknown
        };
        Some(Self { name: domain.name.clone(), values, drifts, why })
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, values, drifts, why } = self;
        write!(f, "{name} is left at {values}; it lacks {drifts:?}; excuse: {why:?}")
    }
}

fn tier(facts: &Facts<'_>, domain: &Domain) -> Option<Tier> {
    let (_, number) = domain.user_pool_id.rsplit_once("_POOL")?;
    facts.history.pools.get(number.parse::<usize>().ok()?).map(|pool| pool.tier)
}

/// What the histories came to, so that nobody takes an empty proof for a proof.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    histories: usize,
    foreign: usize,
    updates: usize,
    looks: usize,
    killed: usize,
    notices: usize,
    repeats: usize,
    raced: usize,
    lagged: usize,
    dead_letters: usize,
    left: usize,
}

impl Counts {
    pub(crate) fn of(facts: &Facts<'_>) -> Self {
        let (raced, lagged) = writing::windows(facts);
        let foreign = facts.writes.iter().filter(|write| write.foreign && write.accepted());
        let looks = &facts.trace.looks;
        let domains = facts.trace.places.domains();
        let now = facts.trace.world.now();
        Self {
            histories: 1,
            foreign: foreign.count(),
            updates: facts.accepted_updates().count(),
            looks: looks.len(),
            killed: looks.iter().filter(|look| look.ended.is_none()).count(),
            notices: facts.notices.len(),
            repeats: writing::repeats(facts),
            raced,
            lagged,
            dead_letters: facts.trace.dead_letters.len(),
            left: domains.iter().filter(|domain| Left::of(facts, domain, now).is_some()).count(),
        }
    }

    pub(crate) fn add(&mut self, more: &Self) {
        let Self {
            histories,
            foreign,
            updates,
            looks,
            killed,
            notices,
            repeats,
            raced,
            lagged,
            dead_letters,
            left,
        } = more;
        self.histories += histories;
        self.foreign += foreign;
        self.updates += updates;
        self.looks += looks;
        self.killed += killed;
        self.notices += notices;
        self.repeats += repeats;
        self.raced += raced;
        self.lagged += lagged;
        self.dead_letters += dead_letters;
        self.left += left;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, foreign, updates, looks, killed, notices, .. } = self;
        let Self { repeats, raced, lagged, dead_letters, left, .. } = self;
        write!(
            f,
            "{histories} histories: {foreign} foreign changes, {looks} looks ({killed} killed), \
             {updates} updates accepted ({repeats} repeats), {notices} notices, {dead_letters} dead \
             letters, {left} domains left off their baseline with a notice; changes overwritten in \
             the race window: {raced} between describe and update, {lagged} behind a describe that lags"
        )
    }
}
