//! The scheduled look at every domain, for what events missed.
//!
//! A sweep observes first, then puts back, domain by domain and each from a fresh look, and then says in one
//! digest what it did. What it is about to do is in the log, whole, before its first update: nothing would
//! bring back the memory of a sweep that is killed in between. The digest comes last, so that it says what
//! was done and not what was meant, and so that a sweep which is denied every update sends none each hour.

mod findings;

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::overrides::{Read, is_news};
use super::publish::{Published, REPETITION};
use super::{Guard, Incident, Invocation, Stop};
use crate::baseline::Exemption;
use crate::call::CallError;
use crate::domain::Domain;
use crate::memory::ErrorType;
use crate::notice::Notice;
use crate::overrides::Known;
use crate::place::Place;
use crate::plan::{Decision, Drift, Purpose, decide};
use crate::report::{DomainReport, Report, SweepRecord, Unsettled};
use crate::survey::{Seen, survey};
use crate::trigger::{Cause, SweepCause, TriggerKind};
pub(super) use findings::{Findings, ToRevert};

/// What a sweep keeps of its time for the updates, the digest and the report: a third where it has
/// little, as in a function that is not meant for it.
const RESERVE: Duration = Duration::seconds(60);
/// What it keeps of that for the digest and the report.
const RESERVE_FOR_DIGEST: Duration = Duration::seconds(15);
/// How many findings an error names; the log has them all.
const MOST_NAMED: usize = 20;
/// How long before its end an exemption is announced.
const NOTICE_PERIOD: Duration = Duration::hours(72);

/// Who asked for a sweep, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// When the schedule says it is.
    pub(super) scheduled_at: Option<OffsetDateTime>,
    /// The held set that somebody approves by it.
    pub(super) approved: Option<&'a str>,
    pub(super) cause: SweepCause,
    /// The domains to look at, `None` for all.
    pub(super) only: Option<&'a BTreeSet<String>>,
    /// Whether somebody has made or removed an override, of which a notice says what is in force.
    pub(super) after_override: bool,
}

impl Guard {
    pub(super) async fn sweep(&self, asked: Asked<'_>, invocation: &Invocation) -> Report {
        let overrides = self.read_overrides().await;
        self.sweep_knowing(&overrides, asked, invocation).await
    }

    /// The same with the overrides that were read for it.
    pub(super) async fn sweep_knowing(
        &self,
        overrides: &Read,
        asked: Asked<'_>,
        invocation: &Invocation,
    ) -> Report {
        let Asked { scheduled_at, approved, cause, only, after_override } = asked;
        let id = Cause::incident_of_a_sweep(&invocation.request_id);
        let now = self.now();
        let says_all = match (approved, cause) {
            // An approval comes at any time, and is about its set alone.
            (Some(_), _) => false,
            // Whoever asks for a sweep wants to know.
            (None, SweepCause::Request) => !after_override,
            (None, SweepCause::Schedule | SweepCause::Deployment) => {
                self.is_first_of_day(scheduled_at.unwrap_or(now))
            }
        };
        let stop = if says_all || approved.is_some() { Stop::Due } else { Stop::NotAgain };
        let incident = Incident::of_a_sweep(&id, &self.reach.home, stop, invocation);
        let mut found = match only {
            Some(names) => self.look_at_some(names, overrides.known()).await,
            None => self.look_at_all(overrides.known(), invocation).await,
        };
        found.sweep.cause = cause;
        let since = if says_all { Duration::DAY } else { self.sweep_interval };
        // What is in force has been notified where an override was the cause.
        if !after_override {
            found.sweep.overrides = overrides.of_interest(now, since);
            found.urgent |= found.sweep.overrides.iter().any(is_news);
        }
        let is_held = self.hold_back(&mut found, approved);
        let mut report = Report::of(TriggerKind::Sweep, self.reach.home.clone());
        let is_here = |exemption: &Exemption| exemption.scope.has(&self.reach.home);
        let announced = if says_all {
            self.announce(is_here, &incident, now, &mut report).await
        } else {
            Ok(())
        };
        let mut unpublished = announced.err().map(|error| error.to_string());
        // Whether or not the topic takes notices: whoever can break the topic must not be able to switch
        // enforcement off by it.
        unpublished = unpublished.or(self.put_back(&mut found, &incident, &mut report).await);
        let about = self.about("", &incident);
        let mut notices = Vec::new();
        if found.urgent || (says_all && found.sweep.is_notable()) {
            let reverted = self.at_home(found.reverted.iter().cloned());
            notices.push(Notice::digest(&about, &reverted, found.sweep.clone()));
        }
        if is_held {
            notices.push(Notice::held(&about, found.sweep.clone()));
        }
        for notice in notices {
            let published = self.publish_general(&notice, &mut report).await;
            unpublished = unpublished.or(published.err().map(|error| error.to_string()));
        }
        if let Some(error) = unpublished {
            report.unsettled = Some(notice_failed(&error, &found.sweep));
        }
        if let (Some(error), None) = (overrides.error(), &report.unsettled) {
            report.unsettled = Some(Unsettled {
                error_type: ErrorType::OverridesUnreadable,
                message: format!("{error}; domains off their baseline were left as they are"),
            });
        }
        report.outcomes.append(&mut found.outcomes);
        report.sweep = Some(found.sweep);
        report
    }

    /// Puts back what the sweep found off the baseline. `Some` where a notice could not be published.
    async fn put_back(
        &self,
        found: &mut Findings,
        incident: &Incident<'_>,
        report: &mut Report,
    ) -> Option<String> {
        let to_revert = std::mem::take(&mut found.to_revert);
        if to_revert.is_empty() {
            return None;
        }
        let drifts = self.at_home(to_revert.iter().flat_map(ToRevert::drifts));
        let mut intention = found.sweep.clone();
        intention.findings.extend(to_revert.iter().map(ToRevert::intention));
        self.write_intention(&Notice::digest(&self.about("", incident), &drifts, intention));
        let mut unpublished = None;
        for one in to_revert {
            if self.is_over(incident.invocation, RESERVE_FOR_DIGEST) {
                found.leave(&one);
                continue;
            }
            let home = self.sessions.home();
            let outcome = self.look(home, &one.name, Purpose::Sweep, incident).await;
            if let Some(Unsettled { error_type: ErrorType::NoticeFailed, message }) =
                &outcome.unsettled
            {
                unpublished.get_or_insert_with(|| message.clone());
            }
            found.tried(&one.name, &outcome, self.now());
            report.outcomes.push(settled(outcome));
        }
        unpublished
    }

    /// Drift of domains in the guard's own place.
    fn at_home(
        &self,
        drifts: impl Iterator<Item = (String, Drift)>,
    ) -> Vec<(Place, String, Drift)> {
        drifts.map(|(name, drift)| (self.reach.home.clone(), name, drift)).collect()
    }

    /// Looks at these domains.
    async fn look_at_some(&self, names: &BTreeSet<String>, overrides: Known<'_>) -> Findings {
        let mut found = Findings::default();
        let place = &self.reach.home;
        for name in names {
            match self.sessions.home().cognito.describe(name).await {
                Err(error) => found.unreadable(Some(name.clone()), name, &error),
                Ok(domain) => {
                    let (baseline, now) = (&self.baseline, self.now());
                    let seen = domain.as_ref();
                    let plan = decide(name, seen, Purpose::Sweep, baseline, overrides, place, now);
                    found.take(place, baseline.digest(), name.clone(), false, plan, now);
                }
            }
        }
        found.sweep.complete = true;
        found
    }

    /// Looks at every domain of the account and region.
    async fn look_at_all(&self, overrides: Known<'_>, invocation: &Invocation) -> Findings {
        let mut found = Findings::default();
        let place = &self.reach.home;
        let known = self.baseline.exact_names(place).map(str::to_owned);
        let left = invocation.deadline.map_or(Duration::MAX, |deadline| deadline - self.now());
        let reserve = RESERVE.min(left / 3);
        let is_over = || self.is_over(invocation, reserve);
        let per_second = self.sweep_requests_per_second;
        let complete =
            survey(&self.sessions.home().cognito, known, per_second, is_over, |seen| match seen {
                Seen::Pool => found.sweep.pools += 1,
                Seen::Unreadable { subject, error } => found.unreadable(None, &subject, &error),
                Seen::Domain { name, described: Err(error), .. } => {
                    found.unreadable(Some(name.clone()), &name, &error);
                }
                Seen::Domain { name, known, described: Ok(domain) } => {
                    let known = (known, overrides);
                    self.find(&mut found, place, name, known, domain.as_ref());
                }
            })
            .await;
        found.sweep.complete = complete;
        found.list_overlooked();
        found.sweep.overlong_exemptions = self.overlong_exemptions(|one| one.scope.has(place));
        found
    }

    /// What a sweep finds of one domain.
    pub(super) fn find(
        &self,
        found: &mut Findings,
        place: &Place,
        name: String,
        (declared, overrides): (bool, Known<'_>),
        domain: Option<&Domain>,
    ) {
        let now = self.now();
        let plan = decide(&name, domain, Purpose::Sweep, &self.baseline, overrides, place, now);
        if plan.decision != Decision::Gone && self.baseline.governing(&name, place).is_overlooked()
        {
            found.overlook(&name);
        }
        found.take(place, self.baseline.digest(), name, declared, plan, now);
    }

    /// Where each exemption stands that is longer than it may be, of those that apply.
    pub(super) fn overlong_exemptions(&self, applies: impl Fn(&Exemption) -> bool) -> Vec<String> {
        let (file, overlong) =
            (self.baseline.name(), self.baseline.overlong_exemptions(self.now()));
        overlong
            .filter(|(one, _)| applies(one))
            .take(SweepRecord::MOST_NAMED)
            .map(|(one, _)| {
                format!("{file}:{}: {} until {}", one.position, one.pattern, one.until.date())
            })
            .collect()
    }

    /// Announces the exemptions that end soon, of those that apply.
    pub(super) async fn announce(
        &self,
        applies: impl Fn(&Exemption) -> bool,
        incident: &Incident<'_>,
        now: OffsetDateTime,
        report: &mut Report,
    ) -> Result<(), CallError> {
        let mut result = Ok(());
        for exemption in self.baseline.exemptions().iter().filter(|exemption| applies(exemption)) {
            if now < exemption.until && exemption.until <= now + NOTICE_PERIOD {
                let notice = Notice::expiring(&self.about("", incident), exemption);
                result = result.and(self.publish_general(&notice, report).await);
            }
        }
        result
    }

    /// Publishes a notice about no domain in particular.
    pub(super) async fn publish_general(
        &self,
        notice: &Notice,
        report: &mut Report,
    ) -> Result<(), CallError> {
        match self.publish(notice, REPETITION).await {
            Published::Yes => report.general_notices.0 += 1,
            Published::HeldBack => {}
            Published::No(error) => {
                report.general_notices.1 += 1;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether the last sweep was on another day.
    fn is_first_of_day(&self, scheduled_at: OffsetDateTime) -> bool {
        let utc = scheduled_at.to_offset(time::UtcOffset::UTC);
        (utc - self.sweep_interval).date() != utc.date()
    }

    pub(super) fn is_over(&self, invocation: &Invocation, reserve: Duration) -> bool {
        invocation.deadline.is_some_and(|deadline| self.now() + reserve >= deadline)
    }
}

/// What a sweep leaves unfinished is the next sweep's: it is not brought back.
pub(super) fn settled(mut outcome: DomainReport) -> DomainReport {
    if let Some(unsettled) = outcome.unsettled.take() {
        outcome.reason.get_or_insert(unsettled.message);
    }
    outcome
}

/// Names what was found, since the dead letter is all that people may see of it.
fn notice_failed(error: &str, sweep: &SweepRecord) -> Unsettled {
    let findings: Vec<&str> = sweep.findings.iter().map(String::as_str).take(MOST_NAMED).collect();
    let found =
        if findings.is_empty() { String::new() } else { format!(": {}", findings.join("; ")) };
    Unsettled {
        error_type: ErrorType::NoticeFailed,
        message: format!(
            "a notice of the sweep could not be published, and is in the log{found}; {error}"
        ),
    }
}
