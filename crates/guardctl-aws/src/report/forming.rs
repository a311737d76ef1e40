//! An incident while its lines come in. Pure.
//!
//! The rule: the order in which lines come makes no difference, since two log groups are read one after the other
//! and exported files in any order. So nothing is kept but what the first or the last line says.

use cognito_domain_guard::domain::Attribute;
use cognito_domain_guard::notice::{AttributionResult, ChangeRecord, Record, Timings};
use cognito_domain_guard::plan::AttributeValue;
use cognito_domain_guard::report::{DomainReport, Kind, Outcome};
use cognito_domain_guard::when;
use time::{Duration, OffsetDateTime};

use super::incident::{Actor, Change, FoundBy, Incident, Key, State};

/// Less than what lies between two sweeps, and more than one takes from a revert to its digest.
const SWEEP_LASTS: Duration = Duration::minutes(45);

/// When a line was written. The report of a look comes after its notices, also within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order {
    pub at: OffsetDateTime,
    pub is_report: bool,
}

/// What the first line says that says anything, or the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard<T, const LAST: bool>(Option<(Order, T)>);

/// What the first line says that says anything.
pub type First<T> = Heard<T, false>;
/// What the last line says that says anything.
pub type Last<T> = Heard<T, true>;

impl<T, const LAST: bool> Default for Heard<T, LAST> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T, const LAST: bool> Heard<T, LAST> {
    pub fn hear(&mut self, order: Order, value: Option<T>) {
        let counts = |known: &Order| if LAST { order >= *known } else { order < *known };
        if let Some(value) = value
            && self.0.as_ref().is_none_or(|(known, _)| counts(known))
        {
            self.0 = Some((order, value));
        }
    }

    fn absorb(&mut self, other: Self) {
        if let Some((order, value)) = other.0 {
            self.hear(order, Some(value));
        }
    }

    pub fn value(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }

    /// With the time of the line.
    pub fn value_and_time(self) -> Option<(OffsetDateTime, T)> {
        self.0.map(|(order, value)| (order.at, value))
    }
}

/// What became of the notice that a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Published,
    /// The topic refused it.
    Undelivered,
    /// What a sweep was about to do. The digest at its end says what it did; without one this is what is left.
    Intended,
}

/// One incident of one domain, as far as its lines have come.
pub struct Forming {
    key: Key,
    first: OffsetDateTime,
    last: OffsetDateTime,
    partition: First<String>,
    user_pool_id: First<String>,
    account_name: First<String>,
    owner: First<String>,
    opened_at: First<String>,
    state: Last<State>,
    changes: Vec<(Order, Change)>,
    seconds_to_revert: Last<i64>,
    seconds_to_effect: Last<i64>,
    seconds_off_baseline: Last<i64>,
    actor: First<Actor>,
    attribution: First<AttributionResult>,
    imposter: First<String>,
    notices: Vec<(Order, Kind)>,
    undelivered: usize,
    baseline_digest: Last<String>,
}

impl Forming {
    /// One of which nothing is known but what it is about.
    pub fn new(key: Key, at: OffsetDateTime) -> Self {
        Self {
            key,
            first: at,
            last: at,
            partition: First::default(),
            user_pool_id: First::default(),
            account_name: First::default(),
            owner: First::default(),
            opened_at: First::default(),
            state: Last::default(),
            changes: Vec::new(),
            seconds_to_revert: Last::default(),
            seconds_to_effect: Last::default(),
            seconds_off_baseline: Last::default(),
            actor: First::default(),
            attribution: First::default(),
            imposter: First::default(),
            notices: Vec::new(),
            undelivered: 0,
            baseline_digest: Last::default(),
        }
    }

    /// Takes in what a notice says.
    pub fn hear(&mut self, record: &Record, changes: &[ChangeRecord], fate: Fate, order: Order) {
        self.heard_at(order.at);
        self.partition.hear(order, Some(record.partition.clone()));
        self.user_pool_id.hear(order, record.user_pool_id.clone());
        self.account_name.hear(order, record.account_name.clone());
        self.owner.hear(order, record.owner.clone());
        self.baseline_digest.hear(order, Some(record.baseline.digest.clone()));
        let Timings {
            seconds_to_revert,
            seconds_to_effect,
            seconds_off_baseline,
            seconds_unknown: _,
        } = record.timings;
        self.measured(order, [seconds_to_revert, seconds_to_effect, seconds_off_baseline]);
        for change in changes {
            let ChangeRecord { domain: _, attribute, observed, baseline, desired, .. } = change;
            self.saw(order, *attribute, [observed, desired], Some(baseline.clone()));
        }
        for exempt in &record.exempt {
            self.saw(order, exempt.attribute, [&exempt.observed, &exempt.desired], None);
        }
        // What closes an incident has the guard's own call as its event.
        if record.kind == Kind::Restored {
            let closes = record.closes.as_ref();
            self.opened_at.hear(order, closes.and_then(|closes| closes.time.clone()));
        } else {
            self.attribution.hear(order, record.attribution.as_ref().map(|one| one.result));
            self.actor.hear(order, record.actor.clone().map(Actor::from));
            if let Some(event) = &record.event {
                self.opened_at.hear(order, event.time.clone());
                self.imposter.hear(order, event.imposter.clone());
            }
        }
        match fate {
            Fate::Published | Fate::Undelivered => {
                self.notices.push((order, record.kind));
                self.undelivered += usize::from(fate == Fate::Undelivered);
                self.state.hear(order, after_notice(record.kind));
            }
            Fate::Intended => self.state.hear(order, Some(State::Open)),
        }
    }

    /// Takes in what came of one look.
    pub fn look(
        &mut self,
        outcome: &DomainReport,
        partition: &str,
        digest: Option<&str>,
        order: Order,
    ) {
        self.heard_at(order.at);
        self.partition.hear(order, Some(partition.to_owned()));
        self.baseline_digest.hear(order, digest.map(str::to_owned));
        for drift in &outcome.drifts {
            self.saw(order, drift.attribute, [&drift.observed, &drift.desired], None);
        }
        self.measured(
            order,
            [outcome.seconds_to_revert, outcome.seconds_to_effect, outcome.seconds_off_baseline],
        );
        self.state.hear(order, after_look(outcome.outcome));
    }

    fn heard_at(&mut self, at: OffsetDateTime) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }

    /// What a notice or a look measured: both have the numbers that the guard computed.
    fn measured(&mut self, order: Order, [to_revert, to_effect, off_baseline]: [Option<i64>; 3]) {
        self.seconds_to_revert.hear(order, to_revert);
        self.seconds_to_effect.hear(order, to_effect);
        self.seconds_off_baseline.hear(order, off_baseline);
    }

    fn saw(
        &mut self,
        order: Order,
        attribute: Attribute,
        [observed, desired]: [&AttributeValue; 2],
        baseline: Option<String>,
    ) {
        let (observed, desired) = (observed.to_string(), desired.to_string());
        self.changed(order, Change { attribute, observed, desired, baseline });
    }

    /// Of an attribute the values count that were seen first, and any line may say how it is declared.
    fn changed(&mut self, order: Order, mut change: Change) {
        let mut known = self.changes.iter_mut();
        match known.find(|(_, known)| known.attribute == change.attribute) {
            Some((since, known)) => {
                let baseline = known.baseline.take().or(change.baseline.take());
                if order < *since {
                    (*since, *known) = (order, change);
                }
                known.baseline = baseline;
            }
            None => self.changes.push((order, change)),
        }
    }

    /// Takes in the lines of another that is the same incident.
    fn absorb(&mut self, other: Self) {
        let Self {
            key: _,
            first,
            last,
            partition,
            user_pool_id,
            account_name,
            owner,
            opened_at,
            state,
            changes,
            seconds_to_revert,
            seconds_to_effect,
            seconds_off_baseline,
            actor,
            attribution,
            imposter,
            notices,
            undelivered,
            baseline_digest,
        } = other;
        self.heard_at(first);
        self.heard_at(last);
        self.partition.absorb(partition);
        self.user_pool_id.absorb(user_pool_id);
        self.account_name.absorb(account_name);
        self.owner.absorb(owner);
        self.opened_at.absorb(opened_at);
        self.state.absorb(state);
        changes.into_iter().for_each(|(order, change)| self.changed(order, change));
        self.seconds_to_revert.absorb(seconds_to_revert);
        self.seconds_to_effect.absorb(seconds_to_effect);
        self.seconds_off_baseline.absorb(seconds_off_baseline);
        self.actor.absorb(actor);
        self.attribution.absorb(attribution);
        self.imposter.absorb(imposter);
        self.notices.extend(notices);
        self.undelivered += undelivered;
        self.baseline_digest.absorb(baseline_digest);
    }

    /// The incident, when all lines have come.
    fn formed(self) -> Incident {
        let Self {
            key,
            first,
            last,
            partition,
            user_pool_id,
            account_name,
            owner,
            opened_at,
            state,
            mut changes,
            seconds_to_revert,
            seconds_to_effect,
            seconds_off_baseline,
            actor,
            attribution,
            imposter,
            mut notices,
            undelivered,
            baseline_digest,
        } = self;
        let found_by = key.found_by();
        let Key { incident, account, region, domain } = key;
        changes.sort_by_key(|(_, change)| change.attribute);
        // Of two of one second the one comes first that is an earlier word of an incident.
        let word = |kind: Kind| Kind::ALL.iter().position(|one| *one == kind);
        notices.sort_by_key(|(order, kind)| (*order, word(*kind)));
        let seconds_to_effect = seconds_to_effect.value();
        // The age so far is none of one whose duration is known.
        let seconds_so_far = seconds_off_baseline.value().filter(|_| seconds_to_effect.is_none());
        Incident {
            incident,
            domain,
            user_pool_id: user_pool_id.value(),
            partition: partition.value().unwrap_or_else(|| "aws".to_owned()),
            account,
            account_name: account_name.value(),
            owner: owner.value(),
            region,
            found_by,
            opened_at: opened_at.value().unwrap_or_else(|| when::rfc3339(first)),
            last_seen_at: when::rfc3339(last),
            state: state.value().unwrap_or(State::Open),
            changes: changes.into_iter().map(|(_, change)| change).collect(),
            seconds_to_revert: seconds_to_revert.value(),
            seconds_to_effect,
            seconds_so_far,
            actor: actor.value(),
            attribution: attribution.value(),
            imposter: imposter.value(),
            notices: notices.into_iter().map(|(_, kind)| kind).collect(),
            notices_undelivered: undelivered,
            baseline_digest: baseline_digest.value(),
        }
    }
}

/// The incidents, the oldest first. The steps of an organization's sweep have a request id each, so what one of
/// them puts back and the digest that says so are one incident, whatever their ids.
pub fn formed(all: impl Iterator<Item = Forming>) -> Vec<Incident> {
    let mut all: Vec<Forming> = all.collect();
    all.sort_by(|one, other| {
        let place = |one: &Forming| one.key.found_by() == FoundBy::Sweep;
        let domain = |one: &'_ Forming| {
            let Key { incident: _, account, region, domain } = one.key.clone();
            [account, region, domain]
        };
        place(one)
            .cmp(&place(other))
            .then_with(|| domain(one).cmp(&domain(other)))
            .then_with(|| one.first.cmp(&other.first))
    });
    let mut merged: Vec<Forming> = Vec::new();
    for one in all {
        match merged.last_mut() {
            Some(last) if last.is_same_sweep_as(&one) => last.absorb(one),
            Some(_) | None => merged.push(one),
        }
    }
    let mut incidents: Vec<Incident> = merged.into_iter().map(Forming::formed).collect();
    incidents.retain(Incident::is_drift);
    incidents.sort_by(|one, other| {
        (&one.opened_at, &one.domain, &one.incident).cmp(&(
            &other.opened_at,
            &other.domain,
            &other.incident,
        ))
    });
    incidents
}

impl Forming {
    fn is_same_sweep_as(&self, later: &Self) -> bool {
        let [one, other] = [&self.key, &later.key];
        one.found_by() == FoundBy::Sweep
            && other.found_by() == FoundBy::Sweep
            && one.account == other.account
            && one.region == other.region
            && one.domain == other.domain
            && later.first - self.last < SWEEP_LASTS
    }
}

/// How an incident stands after a notice; `None` where it stands as before.
const fn after_notice(kind: Kind) -> Option<State> {
    match kind {
        Kind::DriftDetected | Kind::DriftLasts => Some(State::Open),
        Kind::Reverted | Kind::SweepDigest => Some(State::Reverted),
        Kind::Restored => Some(State::Restored),
        Kind::NotRestored | Kind::RevertFailed => Some(State::Failed),
        Kind::Refused => Some(State::Refused),
        Kind::Exempted => Some(State::Allowed),
        Kind::Audit => Some(State::Audited),
        Kind::Paused => Some(State::Paused),
        Kind::NotCovered => Some(State::NotCovered),
        Kind::DomainDeleted => Some(State::Deleted),
        Kind::StateUnknown
        | Kind::OverrideChanged
        | Kind::DomainCreated
        | Kind::ExemptionExpiring
        | Kind::SweepHeld
        | Kind::Test => None,
    }
}

/// The same after a look.
const fn after_look(outcome: Outcome) -> Option<State> {
    match outcome {
        Outcome::InSync => Some(State::EndedItself),
        Outcome::Reverted => Some(State::Reverted),
        Outcome::Audited => Some(State::Audited),
        Outcome::Exempt => Some(State::Allowed),
        Outcome::Paused => Some(State::Paused),
        Outcome::Refused => Some(State::Refused),
        Outcome::Failed | Outcome::NotRestored => Some(State::Failed),
        Outcome::Gone => Some(State::Deleted),
        Outcome::Restored => Some(State::Restored),
        Outcome::NotCovered => Some(State::NotCovered),
        // It may be off its baseline or not.
        Outcome::Held | Outcome::Unmanaged | Outcome::Ignored => None,
    }
}
