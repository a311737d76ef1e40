//! What happened, out of the record lines that the guard left in its log. Pure: lines in, facts out.
//!
//! The rule: each line is folded in and let go, so that a report of ten thousand incidents needs no more memory than
//! they do.

use std::collections::BTreeMap;

use cognito_domain_guard::notice::{ChangeRecord, Record};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::record_line::RecordLine;
use cognito_domain_guard::report::{
    CoverageRecord, Kind, OverrideRecord, Report, Severity, SweepRecord,
};
use cognito_domain_guard::trigger::SweepCause;
use cognito_domain_guard::when;
use serde::Serialize;
use time::OffsetDateTime;

use super::forming::{self, Fate, First, Forming, Last, Order};
use super::incident::{Actor, FoundBy, Incident, Key};

/// The record lines of a window, as they come, in any order.
pub struct Lines {
    window: [OffsetDateTime; 2],
    read: usize,
    unread: usize,
    /// Of the window: how many lines, the first and the last.
    lines: usize,
    span: Option<[OffsetDateTime; 2]>,
    incidents: BTreeMap<Key, Forming>,
    happenings: Vec<(Order, Happening)>,
    sweeps: Vec<Sweep>,
    coverage: Last<CoverageRecord>,
    overrides: BTreeMap<String, Overridden>,
    baselines: Events,
    guard_versions: Events,
    guard_at: Last<Place>,
    notices: usize,
    undelivered: usize,
    unsettled: usize,
    events: usize,
}

#[derive(Default)]
struct Overridden {
    last: Last<OverrideRecord>,
    /// By the first line about it.
    made_by: First<Option<Actor>>,
}

/// Which value counted at each event. There are few values.
#[derive(Default)]
struct Events {
    values: Vec<(String, Option<String>)>,
    at: Vec<(OffsetDateTime, usize)>,
}

/// What the lines of a window say.
pub struct History {
    /// The time of the first line, of whatever kind.
    pub first: OffsetDateTime,
    pub last: OffsetDateTime,
    /// How many lines were read.
    pub lines: usize,
    /// Lines that are cut, or of a later version.
    pub unread: usize,
    /// The oldest first.
    pub incidents: Vec<Incident>,
    pub happenings: Vec<Happening>,
    pub sweeps: Vec<Sweep>,
    /// The last sweep that counted an organization's places, and when.
    pub coverage: Option<(OffsetDateTime, CoverageRecord)>,
    pub overrides: Vec<OverrideSeen>,
    pub baselines: Vec<InForce>,
    pub guard_versions: Vec<InForce>,
    /// Where the guard is: the place of its sweeps.
    pub guard_at: Option<Place>,
    pub notices: usize,
    pub undelivered: usize,
    /// Events whose handling ended with something left to do, so that the platform brought them back.
    pub unsettled: usize,
    pub events: usize,
}

/// What a notice says that is not about the drift of a domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Happening {
    /// RFC 3339.
    pub time: String,
    #[cfg_attr(test, schemars(with = "String"))]
    pub kind: Kind,
    #[cfg_attr(test, schemars(with = "String"))]
    pub severity: Severity,
    pub headline: String,
    pub incident: String,
    pub domain: Option<String>,
    pub account: String,
    pub region: String,
    pub actor: Option<Actor>,
}

/// One sweep that ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    pub at: OffsetDateTime,
    pub is_scheduled: bool,
    pub is_complete: bool,
    pub pools: usize,
    pub domains: usize,
    pub governed: usize,
    pub drifted: usize,
    pub unknown: usize,
    pub missing: Vec<String>,
    pub ungoverned: Vec<String>,
}

/// An override as the guard last saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct OverrideSeen {
    /// When the guard last reported it.
    pub seen_at: OffsetDateTime,
    /// Who made it, by the event of its making. `None` where no event of it is in the records.
    pub made_by: Option<Actor>,
    pub record: OverrideRecord,
}

/// Which value counted from when to when, as far as the records show.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InForce {
    /// Of a baseline, the first twelve digits of its SHA-256; else a version of the guard.
    pub value: String,
    /// A baseline's revision in git, where the deployment names one.
    pub revision: Option<String>,
    /// The first event that was handled by it, RFC 3339.
    pub since: String,
    /// The last one.
    pub until: String,
    /// How many.
    pub events: usize,
}

impl Lines {
    /// Those from the first of the times to the second.
    pub fn of(window: [OffsetDateTime; 2]) -> Self {
        Self {
            window,
            read: 0,
            unread: 0,
            lines: 0,
            span: None,
            incidents: BTreeMap::new(),
            happenings: Vec::new(),
            sweeps: Vec::new(),
            coverage: Last::default(),
            overrides: BTreeMap::new(),
            baselines: Events::default(),
            guard_versions: Events::default(),
            guard_at: Last::default(),
            notices: 0,
            undelivered: 0,
            unsettled: 0,
            events: 0,
        }
    }

    /// Takes in a line of the log, whatever it is.
    pub fn add(&mut self, line: &str) {
        let Some(read) = RecordLine::read(line) else { return };
        let Ok(line) = read else {
            self.unread += 1;
            return;
        };
        let (timestamp, is_report) = match &line {
            RecordLine::Notice { timestamp, .. }
            | RecordLine::NoticeUndelivered { timestamp, .. }
            | RecordLine::SweepIntends { timestamp, .. } => (timestamp, false),
            RecordLine::Report { timestamp, .. } => (timestamp, true),
        };
        let Some(at) = when::from_text(timestamp) else {
            self.unread += 1;
            return;
        };
        self.read += 1;
        let [since, until] = self.window;
        if !(since..=until).contains(&at) {
            return;
        }
        self.lines += 1;
        let [first, last] = self.span.unwrap_or([at, at]);
        self.span = Some([first.min(at), last.max(at)]);
        let order = Order { at, is_report };
        match line {
            RecordLine::Notice { timestamp: _, level: _, notice } => {
                self.notice(&notice, Fate::Published, order);
            }
            RecordLine::NoticeUndelivered { timestamp: _, level: _, error: _, notice } => {
                self.notice(&notice, Fate::Undelivered, order);
            }
            RecordLine::SweepIntends { timestamp: _, level: _, notice } => {
                self.notice(&notice, Fate::Intended, order);
            }
            RecordLine::Report { guard_version, settled, report, .. } => {
                self.events += 1;
                self.unsettled += usize::from(!settled);
                self.guard_versions.count(&guard_version, None, at);
                self.report(report.into_owned(), order);
            }
        }
    }

    /// Lines that are cut, or of a later version.
    pub const fn unread(&self) -> usize {
        self.unread
    }

    /// How many were read so far, of whatever time.
    pub const fn len(&self) -> usize {
        self.read
    }

    /// What the lines say; `None` if there are none in the window.
    pub fn history(self) -> Option<History> {
        let Self {
            window: _,
            read: _,
            unread,
            lines,
            span,
            incidents,
            mut happenings,
            mut sweeps,
            coverage,
            overrides,
            baselines,
            guard_versions,
            guard_at,
            notices,
            undelivered,
            unsettled,
            events,
        } = self;
        let [first, last] = span?;
        happenings.sort_by_key(|(order, _)| *order);
        sweeps.sort_by_key(|sweep| sweep.at);
        let overrides = overrides.into_values().filter_map(|Overridden { last, made_by }| {
            let (seen_at, record) = last.value_and_time()?;
            Some(OverrideSeen { seen_at, made_by: made_by.value().flatten(), record })
        });
        Some(History {
            first,
            last,
            lines,
            unread,
            incidents: forming::formed(incidents.into_values()),
            happenings: happenings.into_iter().map(|(_, one)| one).collect(),
            sweeps,
            coverage: coverage.value_and_time(),
            overrides: overrides.collect(),
            baselines: baselines.in_force(),
            guard_versions: guard_versions.in_force(),
            guard_at: guard_at.value(),
            notices,
            undelivered,
            unsettled,
            events,
        })
    }

    fn incident(&mut self, key: Key, at: OffsetDateTime) -> &mut Forming {
        self.incidents.entry(key.clone()).or_insert_with(|| Forming::new(key, at))
    }

    fn overrides(&mut self, seen: &[OverrideRecord], by: Option<&Actor>, order: Order) {
        for record in seen {
            let one = self.overrides.entry(record.parameter.clone()).or_default();
            one.made_by.hear(order, Some(by.cloned()));
            one.last.hear(order, Some(record.clone()));
        }
    }

    fn notice(&mut self, record: &Record, fate: Fate, order: Order) {
        match fate {
            Fate::Published => self.notices += 1,
            Fate::Undelivered => {
                self.notices += 1;
                self.undelivered += 1;
            }
            Fate::Intended => {}
        }
        let actor = || record.actor.clone().map(Actor::from);
        let by = actor().filter(|_| record.kind == Kind::OverrideChanged);
        self.overrides(&record.overrides, by.as_ref(), order);
        if let Some(sweep) = &record.sweep {
            self.overrides(&sweep.overrides, None, order);
        }
        if is_happening(record.kind) {
            let happening = Happening {
                time: record.time.clone(),
                kind: record.kind,
                severity: record.severity,
                headline: record.headline.clone(),
                incident: record.incident.clone(),
                domain: record.domain.clone(),
                account: record.account.clone(),
                region: record.region.clone(),
                actor: actor(),
            };
            self.happenings.push((order, happening));
        }
        if let Some(domain) = record.domain.clone() {
            let (account, region) = (record.account.clone(), record.region.clone());
            let key = Key { incident: record.incident.clone(), account, region, domain };
            self.incident(key, order.at).hear(record, &record.drifts, fate, order);
            return;
        }
        // A digest: each change names its domain, in an organization with its place.
        let mut by_domain: BTreeMap<Key, Vec<ChangeRecord>> = BTreeMap::new();
        for change in &record.drifts {
            let Some(named) = &change.domain else { continue };
            let (place, domain) = match named.split_once(' ') {
                Some((place, domain)) => (place.split_once('/'), domain),
                None => (None, named.as_str()),
            };
            let (account, region) = place.unwrap_or((&record.account, &record.region));
            let key = Key {
                incident: record.incident.clone(),
                account: account.to_owned(),
                region: region.to_owned(),
                domain: domain.to_owned(),
            };
            by_domain.entry(key).or_default().push(change.clone());
        }
        for (key, changes) in by_domain {
            self.incident(key, order.at).hear(record, &changes, fate, order);
        }
    }

    fn report(&mut self, report: Report, order: Order) {
        let Report {
            trigger: _,
            place,
            baseline,
            outcomes,
            sweep,
            general_notices: _,
            unsettled: _,
        } = report;
        if let Some(baseline) = &baseline {
            self.baselines.count(&baseline.digest, baseline.revision.as_deref(), order.at);
        }
        let digest = baseline.as_ref().map(|baseline| baseline.digest.as_str());
        if let Some(sweep) = sweep {
            self.guard_at.hear(order, place.clone());
            self.sweep(sweep, order);
        }
        let Some(Place { partition, account, region }) = place else { return };
        for outcome in outcomes {
            let (Some(incident), Some(domain)) = (outcome.incident.clone(), outcome.domain.clone())
            else {
                continue;
            };
            let (account, region) = (account.clone(), region.clone());
            let key = Key { incident, account, region, domain };
            // What a sweep only finds is in its counts; each sweep would find it anew.
            if key.found_by() == FoundBy::Sweep && !is_done(outcome.outcome) {
                continue;
            }
            self.incident(key, order.at).look(&outcome, &partition, digest, order);
        }
    }

    fn sweep(&mut self, sweep: SweepRecord, order: Order) {
        self.overrides(&sweep.overrides, None, order);
        self.coverage.hear(order, sweep.coverage.map(|coverage| *coverage));
        self.sweeps.push(Sweep {
            at: order.at,
            is_scheduled: sweep.cause == SweepCause::Schedule,
            is_complete: sweep.complete,
            pools: sweep.pools,
            domains: sweep.domains,
            governed: sweep.governed,
            drifted: sweep.drifted,
            unknown: sweep.unknown,
            missing: sweep.missing,
            ungoverned: sweep.ungoverned,
        });
    }
}

/// Whether a sweep did something about the domain, or saw that it had an effect.
const fn is_done(outcome: cognito_domain_guard::report::Outcome) -> bool {
    use cognito_domain_guard::report::Outcome;
    match outcome {
        Outcome::Reverted | Outcome::Restored | Outcome::NotRestored => true,
        Outcome::InSync
        | Outcome::Audited
        | Outcome::Exempt
        | Outcome::Paused
        | Outcome::Held
        | Outcome::Refused
        | Outcome::Failed
        | Outcome::Unmanaged
        | Outcome::Gone
        | Outcome::NotCovered
        | Outcome::Ignored => false,
    }
}

/// Notices about something else than drift of a domain, or that a person had to act on.
const fn is_happening(kind: Kind) -> bool {
    match kind {
        Kind::OverrideChanged
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::NotCovered
        | Kind::SweepHeld => true,
        Kind::DriftDetected
        | Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Reverted
        | Kind::Restored
        | Kind::NotRestored
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::Paused
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::Test => false,
    }
}

impl Events {
    fn count(&mut self, value: &str, revision: Option<&str>, at: OffsetDateTime) {
        let of =
            |known: &(String, Option<String>)| known.0 == value && known.1.as_deref() == revision;
        let nth = self.values.iter().position(of).unwrap_or_else(|| {
            self.values.push((value.to_owned(), revision.map(str::to_owned)));
            self.values.len() - 1
        });
        self.at.push((at, nth));
    }

    /// Which value counted from when to when. One that comes back after another begins anew.
    fn in_force(mut self) -> Vec<InForce> {
        self.at.sort_unstable();
        let mut all: Vec<InForce> = Vec::new();
        for events in self.at.chunk_by(|(_, one), (_, other)| one == other) {
            let (Some((first, nth)), Some((last, _))) = (events.first(), events.last()) else {
                continue;
            };
            let Some((value, revision)) = self.values.get(*nth) else { continue };
            all.push(InForce {
                value: value.clone(),
                revision: revision.clone(),
                since: when::rfc3339(*first),
                until: when::rfc3339(*last),
                events: events.len(),
            });
        }
        all
    }
}
