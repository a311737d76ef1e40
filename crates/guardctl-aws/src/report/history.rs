//! What happened, out of the record lines that the guard left in its log. Pure: lines in, facts out.

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
use time::{Duration, OffsetDateTime};

use super::incident::{Actor, FoundBy, Incident, Key};

/// Less than what lies between two sweeps, and more than one takes from a revert to its digest.
const SWEEP_LASTS: Duration = Duration::minutes(45);

/// Record lines as they come, in any order.
#[derive(Default)]
pub struct Lines {
    read: Vec<(OffsetDateTime, Line)>,
    unread: usize,
}

enum Line {
    Notice { record: Box<Record>, is_undelivered: bool },
    Report { report: Box<Report>, is_settled: bool, guard_version: String },
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
    /// Takes in a line of the log, whatever it is.
    pub fn add(&mut self, line: &str) {
        let Some(read) = RecordLine::read(line) else { return };
        let Ok(read) = read else {
            self.unread += 1;
            return;
        };
        let (timestamp, line) = match read {
            RecordLine::Notice { timestamp, level: _, notice } => {
                (timestamp, Line::notice(notice.into_owned(), false))
            }
            RecordLine::NoticeUndelivered { timestamp, level: _, error: _, notice } => {
                (timestamp, Line::notice(notice.into_owned(), true))
            }
            // The digest at the end of the sweep says what came of it; without one this is what is left.
            RecordLine::SweepIntends { timestamp, level: _, notice } => {
                (timestamp, Line::notice(notice.into_owned(), false))
            }
            RecordLine::Report { timestamp, guard_version, settled, report, .. } => {
                let report = Box::new(report.into_owned());
                let guard_version = guard_version.into_owned();
                (timestamp, Line::Report { report, is_settled: settled, guard_version })
            }
        };
        match when::from_text(&timestamp) {
            Some(time) => self.read.push((time, line)),
            None => self.unread += 1,
        }
    }

    /// Lines that are cut, or of a later version.
    pub const fn unread(&self) -> usize {
        self.unread
    }

    /// How many were read so far.
    pub fn len(&self) -> usize {
        self.read.len()
    }

    /// What the lines from `since` until `until` say; `None` if there are none.
    pub fn history(self, since: OffsetDateTime, until: OffsetDateTime) -> Option<History> {
        let Self { mut read, unread } = self;
        read.retain(|(at, _)| (since..=until).contains(at));
        // Stable, so that lines of one second stay in the order in which they were written.
        read.sort_by_key(|(at, _)| *at);
        let (first, last) = (read.first()?.0, read.last()?.0);
        let mut history = History {
            first,
            last,
            lines: read.len(),
            unread,
            incidents: Vec::new(),
            happenings: Vec::new(),
            sweeps: Vec::new(),
            coverage: None,
            overrides: Vec::new(),
            baselines: Vec::new(),
            guard_versions: Vec::new(),
            guard_at: None,
            notices: 0,
            undelivered: 0,
            unsettled: 0,
            events: 0,
        };
        let mut folding = Folding::default();
        for (at, line) in read {
            match line {
                Line::Notice { record, is_undelivered } => {
                    history.notice(*record, is_undelivered, at, &mut folding);
                }
                Line::Report { report, is_settled, guard_version } => {
                    history.events += 1;
                    history.unsettled += usize::from(!is_settled);
                    in_force(&mut history.guard_versions, &guard_version, None, at);
                    history.report(*report, at, &mut folding);
                }
            }
        }
        history.incidents = folding.incidents.into_values().map(Incident::settled).collect();
        history.incidents.retain(Incident::is_drift);
        history.incidents.sort_by(|one, other| {
            (&one.opened_at, &one.domain).cmp(&(&other.opened_at, &other.domain))
        });
        history.overrides = folding.overrides.into_values().collect();
        Some(history)
    }
}

impl Line {
    /// A notice without what the report never shows, so that many can be held at once.
    fn notice(mut record: Record, is_undelivered: bool) -> Self {
        record.next_steps = Vec::new();
        record.meaning = String::new();
        record.links = cognito_domain_guard::notice::LinksRecord::default();
        Self::Notice { record: Box::new(record), is_undelivered }
    }
}

/// What is being put together.
#[derive(Default)]
struct Folding {
    incidents: BTreeMap<Key, Incident>,
    /// The incident of each domain that a sweep found last, and when something was last heard of it.
    swept: BTreeMap<[String; 3], (Key, OffsetDateTime)>,
    overrides: BTreeMap<String, OverrideSeen>,
}

impl Folding {
    fn incident(&mut self, key: Key, at: OffsetDateTime) -> &mut Incident {
        let is_of_sweep = key.incident.starts_with("sweep.");
        let found_by = if is_of_sweep { FoundBy::Sweep } else { FoundBy::Event };
        let key = if is_of_sweep { self.of_one_sweep(key, at) } else { key };
        let fresh = Incident::new(&key, found_by, at);
        self.incidents.entry(key).or_insert(fresh)
    }

    /// The steps of an organization's sweep have a request id each: what puts a domain back and the digest that
    /// says so are one incident.
    fn of_one_sweep(&mut self, key: Key, at: OffsetDateTime) -> Key {
        let domain = [key.account.clone(), key.region.clone(), key.domain.clone()];
        let known = self.swept.get(&domain);
        let known = known.filter(|(_, last)| at - *last < SWEEP_LASTS).map(|(known, _)| known);
        let key = known.cloned().unwrap_or(key);
        self.swept.insert(domain, (key.clone(), at));
        key
    }

    fn overrides(&mut self, seen: &[OverrideRecord], by: Option<&Actor>, at: OffsetDateTime) {
        for record in seen {
            let known = self.overrides.get(&record.parameter);
            // Its making is the first event about it.
            let made_by = known.map_or_else(|| by.cloned(), |known| known.made_by.clone());
            let seen = OverrideSeen { seen_at: at, made_by, record: record.clone() };
            self.overrides.insert(record.parameter.clone(), seen);
        }
    }
}

impl History {
    fn notice(
        &mut self,
        mut record: Record,
        is_undelivered: bool,
        at: OffsetDateTime,
        folding: &mut Folding,
    ) {
        self.notices += 1;
        self.undelivered += usize::from(is_undelivered);
        let by = record.actor.clone().map(Actor::from);
        let by = by.filter(|_| record.kind == Kind::OverrideChanged);
        folding.overrides(&record.overrides, by.as_ref(), at);
        if let Some(sweep) = &record.sweep {
            folding.overrides(&sweep.overrides, None, at);
        }
        if is_happening(record.kind) {
            self.happenings.push(Happening {
                time: record.time.clone(),
                kind: record.kind,
                severity: record.severity,
                headline: record.headline.clone(),
                incident: record.incident.clone(),
                domain: record.domain.clone(),
                account: record.account.clone(),
                region: record.region.clone(),
                actor: record.actor.clone().map(Actor::from),
            });
        }
        let changes = std::mem::take(&mut record.drifts);
        if let Some(domain) = record.domain.clone() {
            let (account, region) = (record.account.clone(), record.region.clone());
            let key = Key { incident: record.incident.clone(), account, region, domain };
            folding.incident(key, at).hear(record, changes, is_undelivered);
            return;
        }
        // A digest: each change names its domain, in an organization with its place.
        let mut by_domain: BTreeMap<Key, Vec<ChangeRecord>> = BTreeMap::new();
        for change in changes {
            let Some(named) = change.domain.clone() else { continue };
            let (place, domain) = match named.split_once(' ') {
                Some((place, domain)) => (place.split_once('/'), domain.to_owned()),
                None => (None, named),
            };
            let (account, region) = place.unwrap_or((&record.account, &record.region));
            let (account, region) = (account.to_owned(), region.to_owned());
            let key = Key { incident: record.incident.clone(), account, region, domain };
            by_domain.entry(key).or_default().push(change);
        }
        for (key, changes) in by_domain {
            folding.incident(key, at).hear(record.clone(), changes, is_undelivered);
        }
    }

    fn report(&mut self, report: Report, at: OffsetDateTime, folding: &mut Folding) {
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
            in_force(&mut self.baselines, &baseline.digest, baseline.revision.as_deref(), at);
        }
        let digest = baseline.as_ref().map(|baseline| baseline.digest.as_str());
        if let Some(sweep) = sweep {
            self.guard_at = place.clone().or(self.guard_at.take());
            self.sweep(sweep, at, folding);
        }
        let Some(Place { partition, account, region }) = place else { return };
        for outcome in outcomes {
            let (Some(incident), Some(domain)) = (outcome.incident.clone(), outcome.domain.clone())
            else {
                continue;
            };
            // What a sweep only finds is in its counts; each sweep would find it anew.
            let is_of_sweep = incident.starts_with("sweep.");
            if is_of_sweep && !is_done(outcome.outcome) {
                continue;
            }
            let (account, region) = (account.clone(), region.clone());
            let key = Key { incident, account, region, domain };
            let incident = folding.incident(key, at);
            incident.partition.clone_from(&partition);
            incident.look(&outcome, at, digest);
        }
    }

    fn sweep(&mut self, sweep: SweepRecord, at: OffsetDateTime, folding: &mut Folding) {
        folding.overrides(&sweep.overrides, None, at);
        if let Some(coverage) = sweep.coverage {
            self.coverage = Some((at, *coverage));
        }
        self.sweeps.push(Sweep {
            at,
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

/// Counts an event for the value that was in force. One that comes back after another begins anew.
fn in_force(all: &mut Vec<InForce>, value: &str, revision: Option<&str>, at: OffsetDateTime) {
    match all.last_mut().filter(|last| last.value == value) {
        Some(last) => {
            last.until = when::rfc3339(at);
            last.events += 1;
        }
        None => all.push(InForce {
            value: value.to_owned(),
            revision: revision.map(str::to_owned),
            since: when::rfc3339(at),
            until: when::rfc3339(at),
            events: 1,
        }),
    }
}
