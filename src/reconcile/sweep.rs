//! The scheduled look at every domain, for what events missed.
//!
//! A sweep observes first, says in one digest what it found, and only then puts it back, domain
//! by domain and each from a fresh look. So a sweep never sends an update before the drift was
//! published, or written into the log where the topic refused; nothing would bring a dead sweep's
//! memory back.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::look::why_refused;
use super::publish::Published;
use super::{Guard, Incident, Invocation};
use crate::baseline::Exemption;
use crate::call::CallError;
use crate::memory::ErrorType;
use crate::notice::Notice;
use crate::place::Place;
use crate::plan::{Assessment, Decision, Drift, Plan, Purpose, Refusal, Unjudged, Update, decide};
use crate::report::{DomainReport, Outcome, Report, SweepRecord, Unsettled};
use crate::survey::{Seen, survey};
use crate::sweep::Fingerprint;
use crate::trigger::{Receipt, TriggerKind};

/// What a sweep keeps of its time for the digest, the updates and the report: a third where it has
/// little, as in a function that is not meant for it.
const RESERVE: Duration = Duration::seconds(60);
/// How many findings an error names; the log has them all.
const MOST_NAMED: usize = 20;
/// How long before its end an exemption is announced.
const NOTICE_PERIOD: Duration = Duration::hours(72);

/// What a sweep has found so far. It grows with what is off the baseline, not with what there is.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) sweep: SweepRecord,
    /// Domains that can be put back.
    pub(super) to_revert: Vec<ToRevert>,
    pub(super) outcomes: Vec<DomainReport>,
    /// The first domains by name that nothing governs.
    ungoverned: BTreeSet<String>,
    /// Something that people should hear of now rather than once a day.
    urgent: bool,
}

/// A domain that a sweep can put back.
#[derive(Debug)]
pub(super) struct ToRevert {
    pub(super) name: String,
    /// By what it is known again, if it is held.
    pub(super) fingerprint: Fingerprint,
    /// What an update changes.
    pub(super) changes: Vec<Drift>,
    /// The same in words, with what the update leaves.
    pub(super) worded: String,
}

impl Guard {
    pub(super) async fn sweep(
        &self,
        scheduled_at: Option<OffsetDateTime>,
        approved: Option<&str>,
        invocation: &Invocation,
    ) -> Report {
        let id = format!("sweep.{}", invocation.request_id);
        let incident = Incident {
            id: &id,
            place: &self.reach.home,
            change: None,
            changed_at: None,
            receipt: Receipt::NONE,
            accepted_at: None,
            invocation,
        };
        let now = self.now();
        // An approval comes at any time, and is not the first sweep of a day.
        let daily = approved.is_none() && self.is_first_of_day(scheduled_at.unwrap_or(now));
        let mut found = self.look_at_all(invocation).await;
        let is_held = self.hold_back(&mut found, approved);
        let mut report = Report::of(TriggerKind::Sweep, self.reach.home.clone());
        let announced =
            if daily { self.announce(&incident, now, &mut report).await } else { Ok(()) };
        let due =
            found.urgent || !found.to_revert.is_empty() || (daily && found.sweep.is_notable());
        let told = if due {
            let about = self.about("", &incident);
            let changed = |one: &ToRevert| {
                let name = one.name.clone();
                one.changes.iter().map(|drift| (name.clone(), drift.clone())).collect::<Vec<_>>()
            };
            let reverted: Vec<_> = found.to_revert.iter().flat_map(changed).collect();
            let digest = Notice::digest(&about, &reverted, found.sweep.clone());
            self.publish_general(&digest, &mut report).await
        } else {
            Ok(())
        };
        let held = if is_held {
            let notice = Notice::held(&self.about("", &incident), found.sweep.clone());
            self.publish_general(&notice, &mut report).await
        } else {
            Ok(())
        };
        let mut unpublished = announced.and(told).and(held).err().map(|error| error.to_string());
        // Whether or not the topic took the digest: if it did not, the whole of it is in the log by
        // now, and whoever can break the topic must not be able to switch enforcement off by it.
        for ToRevert { name, .. } in &found.to_revert {
            if self.is_over(invocation, Duration::seconds(15)) {
                break;
            }
            let outcome = self.look(self.sessions.home(), name, Purpose::Sweep, &incident).await;
            if let Some(Unsettled { error_type: ErrorType::NoticeFailed, message }) =
                &outcome.unsettled
            {
                unpublished.get_or_insert_with(|| message.clone());
            }
            report.outcomes.push(settled(outcome));
        }
        if let Some(error) = unpublished {
            report.unsettled = Some(notice_failed(&error, &found.sweep));
        }
        report.outcomes.append(&mut found.outcomes);
        report.sweep = Some(found.sweep);
        report
    }

    /// Looks at every domain of the account and region.
    async fn look_at_all(&self, invocation: &Invocation) -> Findings {
        let mut found = Findings::default();
        let place = &self.reach.home;
        let known = self.baseline.exact_names(place).map(str::to_ascii_lowercase);
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
                    let plan = decide(
                        &name,
                        domain.as_ref(),
                        Purpose::Sweep,
                        &self.baseline,
                        place,
                        self.now(),
                    );
                    if plan.decision != Decision::Gone
                        && self.baseline.governing(&name, place).is_overlooked()
                    {
                        found.overlook(&name);
                    }
                    found.take(place, self.baseline.digest(), name, known, &plan);
                }
            })
            .await;
        found.sweep.complete = complete;
        found.sweep.ungoverned = std::mem::take(&mut found.ungoverned).into_iter().collect();
        let (file, overlong) =
            (self.baseline.name(), self.baseline.overlong_exemptions(self.now()));
        found.sweep.overlong_exemptions = overlong
            .filter(|(one, _)| one.scope.has(place))
            .take(SweepRecord::MOST_NAMED)
            .map(|(one, _)| {
                format!("{file}:{}: {} until {}", one.position, one.pattern, one.until.date())
            })
            .collect();
        found
    }

    /// Announces the exemptions that end soon.
    async fn announce(
        &self,
        incident: &Incident<'_>,
        now: OffsetDateTime,
        report: &mut Report,
    ) -> Result<(), CallError> {
        let mut result = Ok(());
        let place = &self.reach.home;
        let applies = |exemption: &&Exemption| exemption.scope.has(place);
        for exemption in self.baseline.exemptions().iter().filter(applies) {
            if now < exemption.until && exemption.until <= now + NOTICE_PERIOD {
                let notice = Notice::expiring(&self.about("", incident), exemption);
                result = result.and(self.publish_general(&notice, report).await);
            }
        }
        result
    }

    /// Publishes a notice about no domain in particular.
    async fn publish_general(&self, notice: &Notice, report: &mut Report) -> Result<(), CallError> {
        match self.publish(notice).await {
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

    fn is_over(&self, invocation: &Invocation, reserve: Duration) -> bool {
        invocation.deadline.is_some_and(|deadline| self.now() + reserve >= deadline)
    }
}

impl Findings {
    /// A domain that nothing governs. Which of many are named must not change from day to day.
    fn overlook(&mut self, name: &str) {
        self.ungoverned.insert(name.to_owned());
        if self.ungoverned.len() > SweepRecord::MOST_NAMED {
            self.ungoverned.pop_last();
        }
    }

    /// `baseline` is the digest of the one by which was planned.
    fn take(&mut self, place: &Place, baseline: &str, name: String, declared: bool, plan: &Plan) {
        let sweep = &mut self.sweep;
        if plan.decision == Decision::Gone {
            if declared {
                sweep.missing.push(name);
            }
            return;
        }
        sweep.domains += 1;
        sweep.governed += usize::from(plan.governed);
        sweep.drifted += usize::from(!plan.assessment.drifts.is_empty());
        sweep.exempt += usize::from(!plan.assessment.exempt.is_empty());
        let mut report = DomainReport::new(Some(name.clone()), Outcome::InSync);
        report.drifts = plan.assessment.drifts.iter().map(Into::into).collect();
        match &plan.decision {
            Decision::InSync
            | Decision::Restored
            | Decision::NotRestored
            | Decision::Unmanaged
            | Decision::Gone => return,
            Decision::Update(update) => {
                self.to_revert.push(ToRevert {
                    fingerprint: Fingerprint::of(place, update, baseline),
                    changes: update.changes.clone(),
                    worded: put_back(update, plan),
                    name,
                });
                return;
            }
            Decision::Hold(_) => {
                report.outcome = Outcome::Held;
                sweep.busy += 1;
                sweep.findings.push(finding(
                    &name,
                    plan,
                    "is left unchanged while Cognito is busy with it",
                ));
                self.urgent = true;
            }
            Decision::Exempt => report.outcome = Outcome::Exempt,
            Decision::AuditOnly => {
                report.outcome = Outcome::Audited;
                sweep.findings.push(finding(&name, plan, "is left unchanged (audit mode)"));
            }
            Decision::Refuse(refusal) => {
                report.outcome = Outcome::Refused;
                let why = why_refused(refusal);
                sweep.findings.push(finding(&name, plan, &format!("is left: {why}")));
                report.reason = Some(why);
                self.urgent = true;
            }
        }
        self.outcomes.push(report);
    }

    fn unreadable(&mut self, domain: Option<String>, subject: &str, error: &CallError) {
        self.sweep.unknown += 1;
        let mut report = DomainReport::new(domain, Outcome::Failed);
        report.reason = Some(format!("{subject}: {error}"));
        self.sweep.findings.push(format!("{subject} could not be read: {error}"));
        self.outcomes.push(report);
    }
}

fn finding(name: &str, plan: &Plan, what: &str) -> String {
    let Assessment { drifts, unjudged, exempt: _ } = &plan.assessment;
    format!("{name} {what}: {}", worded(drifts, unjudged))
}

/// What an update changes. What it leaves as it is was not put back, so it is told apart.
fn put_back(update: &Update, plan: &Plan) -> String {
    let mut line = worded(&update.changes, &[]);
    if !update.withheld.is_empty() {
        let withheld = worded(&update.withheld, &[]);
        let why = why_refused(&Refusal::FailoverRemoval);
        line.push_str(&format!("; {withheld} is left: {why}"));
    }
    let unjudged = &plan.assessment.unjudged;
    if !unjudged.is_empty() {
        let why = why_refused(&Refusal::NewerPolicy);
        line.push_str(&format!("; {} is left: {why}", worded(&[], unjudged)));
    }
    line
}

fn worded(drifts: &[Drift], unjudged: &[Unjudged]) -> String {
    let drifts = drifts
        .iter()
        .map(|drift| format!("{} {} ({})", drift.attribute, drift.observed, drift.declared));
    let unjudged = unjudged.iter().map(|unjudged| {
        format!("{} {} ({})", unjudged.attribute, unjudged.observed, unjudged.declared)
    });
    drifts.chain(unjudged).collect::<Vec<_>>().join(", ")
}

/// What a sweep leaves unfinished is the next sweep's: it is not brought back.
fn settled(mut outcome: DomainReport) -> DomainReport {
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
