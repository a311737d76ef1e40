//! What a sweep has found and done so far.
//!
//! The rule: a line about a domain says what came of it, after it came of it. It grows with what is off the
//! baseline, not with what there is.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::super::look::why_refused;
use crate::call::CallError;
use crate::memory::ErrorType;
use crate::notice::why_stopped;
use crate::place::Place;
use crate::plan::{Assessment, Decision, Drift, Plan, Refusal, Unjudged, Update};
use crate::report::{DomainReport, Outcome, SweepRecord};
use crate::sweep::Fingerprint;

/// What a sweep has found and done so far.
#[derive(Debug, Default)]
pub(in crate::reconcile) struct Findings {
    pub(in crate::reconcile) sweep: SweepRecord,
    /// Domains that can be put back.
    pub(in crate::reconcile) to_revert: Vec<ToRevert>,
    pub(in crate::reconcile) outcomes: Vec<DomainReport>,
    /// The drift that was put back, each with its domain.
    pub(in crate::reconcile) reverted: Vec<(String, Drift)>,
    /// Something that people should hear of now rather than once a day.
    pub(in crate::reconcile) urgent: bool,
    /// The first domains by name that nothing governs.
    pub(in crate::reconcile) ungoverned: BTreeSet<String>,
}

/// A domain that a sweep can put back.
#[derive(Debug)]
pub(in crate::reconcile) struct ToRevert {
    pub(in crate::reconcile) name: String,
    /// By what it is known again, if it is held.
    pub(in crate::reconcile) fingerprint: Fingerprint,
    /// What an update changes.
    pub(in crate::reconcile) changes: Vec<Drift>,
    /// The same in words, with what the update leaves.
    pub(in crate::reconcile) worded: String,
}

impl ToRevert {
    /// What is to be put back, each with its domain.
    pub(in crate::reconcile) fn drifts(&self) -> impl Iterator<Item = (String, Drift)> {
        self.changes.iter().map(|drift| (self.name.clone(), drift.clone()))
    }

    /// The line about it before it is tried.
    pub(in crate::reconcile) fn intention(&self) -> String {
        format!("{} is being put back: {}", self.name, self.worded)
    }
}

impl Findings {
    /// A domain that nothing governs. Which of many are named must not change from day to day.
    pub(in crate::reconcile) fn overlook(&mut self, name: &str) {
        self.ungoverned.insert(name.to_owned());
        if self.ungoverned.len() > SweepRecord::MOST_NAMED {
            self.ungoverned.pop_last();
        }
    }

    pub(in crate::reconcile) fn list_overlooked(&mut self) {
        self.sweep.ungoverned = std::mem::take(&mut self.ungoverned).into_iter().collect();
    }

    /// A domain as it was first described. `baseline` is the digest of the one by which was planned.
    pub(in crate::reconcile) fn take(
        &mut self,
        place: &Place,
        baseline: &str,
        name: String,
        declared: bool,
        plan: Plan,
        now: OffsetDateTime,
    ) {
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
        report.outcome = match &plan.decision {
            Decision::InSync
            | Decision::Restored
            | Decision::NotRestored
            | Decision::Unmanaged
            | Decision::Gone => return,
            Decision::Update(update) => {
                self.to_revert.push(ToRevert {
                    fingerprint: Fingerprint::of(place, update, baseline),
                    changes: update.changes.clone(),
                    worded: put_back(update, &plan.assessment.unjudged),
                    name,
                });
                return;
            }
            Decision::Hold(_) => Outcome::Held,
            Decision::Pause(_) => {
                report.reason = why_stopped(&plan.decision, now);
                Outcome::Paused
            }
            Decision::Withhold(_) | Decision::ReadOverrides => {
                report.reason = why_stopped(&plan.decision, now);
                Outcome::Held
            }
            Decision::Exempt => Outcome::Exempt,
            Decision::AuditOnly => Outcome::Audited,
            Decision::Refuse(refusal) => {
                report.reason = Some(why_refused(refusal));
                Outcome::Refused
            }
        };
        self.left(&name, &plan, now);
        self.outcomes.push(report);
    }

    /// A domain that could not be read.
    pub(in crate::reconcile) fn unreadable(
        &mut self,
        domain: Option<String>,
        subject: &str,
        error: &CallError,
    ) {
        self.sweep.unknown += 1;
        let mut report = DomainReport::new(domain, Outcome::Failed);
        report.reason = Some(format!("{subject}: {error}"));
        self.sweep.findings.push(format!("{subject} could not be read: {error}"));
        self.outcomes.push(report);
    }

    /// A domain for which no time was left.
    pub(in crate::reconcile) fn leave(&mut self, one: &ToRevert) {
        let ToRevert { name, worded, .. } = one;
        let line = format!("{name} is left to the next sweep, since time ran out: {worded}");
        self.sweep.findings.push(line);
        self.urgent = true;
    }

    /// A domain that was to be put back, and what came of it.
    pub(in crate::reconcile) fn tried(
        &mut self,
        name: &str,
        outcome: &DomainReport,
        now: OffsetDateTime,
    ) {
        let Some(plan) = outcome.look.as_deref().map(|look| &look.plan) else {
            let reason = outcome.reason.as_deref().unwrap_or_default();
            self.sweep.unknown += 1;
            self.sweep.findings.push(format!("{name} could not be read a second time: {reason}"));
            self.urgent = true;
            return;
        };
        let Decision::Update(update) = &plan.decision else {
            return self.left(name, plan, now);
        };
        let unjudged = &plan.assessment.unjudged;
        let reason = outcome.reason.as_deref().unwrap_or("no reason is known");
        let changes = put_back(update, unjudged);
        let what = match outcome.outcome {
            Outcome::Reverted => {
                let drifts = update.changes.iter().map(|drift| (name.to_owned(), drift.clone()));
                self.reverted.extend(drifts);
                self.urgent = true;
                "was put back".to_owned()
            }
            Outcome::Gone => "is not there any more".to_owned(),
            Outcome::Held => {
                self.sweep.busy += 1;
                self.urgent = true;
                format!("is left unchanged while Cognito is busy with it ({reason})")
            }
            Outcome::Failed => match &outcome.denial {
                // It has a notice of its own, where one is due.
                Some(denial) => {
                    self.sweep.denied += 1;
                    format!("is left, since AWS denied the update ({denial})")
                }
                None => {
                    let what = self.failed(outcome);
                    // At the end, since a line is cut where it gets too long.
                    self.sweep.findings.push(format!("{name} {what}: {changes} ({reason})"));
                    return;
                }
            },
            // It was approved as something else.
            Outcome::Refused => {
                self.urgent = true;
                format!("is left ({reason})")
            }
            // What an update does not end in.
            Outcome::InSync
            | Outcome::Audited
            | Outcome::Exempt
            | Outcome::Paused
            | Outcome::Unmanaged
            | Outcome::Restored
            | Outcome::NotRestored
            | Outcome::NotCovered
            | Outcome::Ignored => return,
        };
        self.sweep.findings.push(format!("{name} {what}: {changes}"));
    }

    /// An update that was not accepted, or not answered.
    fn failed(&mut self, outcome: &DomainReport) -> &'static str {
        match outcome.unsettled.as_ref().map(|unsettled| unsettled.error_type) {
            Some(ErrorType::UpdateUnconfirmed) => {
                self.urgent = true;
                "may have been put back (Cognito did not answer)"
            }
            Some(
                ErrorType::UpdateDenied
                | ErrorType::OverridesUnreadable
                | ErrorType::DomainSettling
                | ErrorType::DomainBusy
                | ErrorType::Throttled
                | ErrorType::Unavailable,
            ) => {
                self.urgent = true;
                "is left to the next sweep"
            }
            // Cognito rejected it, of which there is a notice.
            Some(
                ErrorType::NoticeFailed
                | ErrorType::Unreadable
                | ErrorType::BaselineInvalid
                | ErrorType::SettingsInvalid,
            )
            | None => "could not be put back",
        }
    }

    /// A domain that is not put back, and why.
    fn left(&mut self, name: &str, plan: &Plan, now: OffsetDateTime) {
        let what = match &plan.decision {
            Decision::InSync | Decision::Restored => {
                "is at its baseline at a second look".to_owned()
            }
            Decision::NotRestored | Decision::Update(_) => "is off its baseline".to_owned(),
            Decision::Gone => "is not there at a second look".to_owned(),
            Decision::Exempt | Decision::Unmanaged => return,
            Decision::AuditOnly => "is left unchanged (audit mode)".to_owned(),
            Decision::Hold(_) => {
                self.sweep.busy += 1;
                self.urgent = true;
                "is left unchanged while Cognito is busy with it".to_owned()
            }
            Decision::Pause(_) => {
                self.sweep.paused += 1;
                let why = why_stopped(&plan.decision, now).unwrap_or_default();
                format!("is left unchanged: {why}")
            }
            Decision::Withhold(_) | Decision::ReadOverrides => {
                self.sweep.paused += 1;
                self.urgent = true;
                let why = why_stopped(&plan.decision, now).unwrap_or_default();
                format!("is left unchanged: {why}")
            }
            Decision::Refuse(refusal) => {
                self.urgent = true;
                format!("is left: {}", why_refused(refusal))
            }
        };
        let Assessment { drifts, unjudged, exempt: _ } = &plan.assessment;
        let drift = worded(drifts, unjudged);
        let colon = if drift.is_empty() { "" } else { ": " };
        self.sweep.findings.push(format!("{name} {what}{colon}{drift}"));
    }
}

/// What an update changes. What it leaves as it is stands apart.
fn put_back(update: &Update, unjudged: &[Unjudged]) -> String {
    let mut line = worded(&update.changes, &[]);
    if !update.withheld.is_empty() {
        let withheld = worded(&update.withheld, &[]);
        let why = why_refused(&Refusal::FailoverRemoval);
        line.push_str(&format!("; {withheld} is left: {why}"));
    }
    if !unjudged.is_empty() {
        let why = why_refused(&Refusal::NewerPolicy);
        line.push_str(&format!("; {} is left: {why}", worded(&[], unjudged)));
    }
    line
}

/// `security_policy TLS_V1 -> TLS_V1_3_2025`: what is observed, and what the baseline declares.
fn worded(drifts: &[Drift], unjudged: &[Unjudged]) -> String {
    let drifts = drifts
        .iter()
        .map(|drift| format!("{} {} -> {}", drift.attribute, drift.observed, drift.declared));
    let unjudged = unjudged.iter().map(|unjudged| {
        format!("{} {} ({})", unjudged.attribute, unjudged.observed, unjudged.declared)
    });
    drifts.chain(unjudged).collect::<Vec<_>>().join(", ")
}
