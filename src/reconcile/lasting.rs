//! Drift that lasts, and changes that stay invisible: how long, and when people hear of it again.
//!
//! The rule: nobody can keep a domain off its baseline unnoticed by keeping Cognito busy. Each look
//! that sees drift measures how old the incident is, and an alarm watches that figure; the notices
//! come on top of it. A look that sees no drift says nothing about a baseline: it measures for how
//! long nothing is known.

use time::Duration;

use super::{Guard, Incident};
use crate::baseline::Mode;
use crate::domain::Status;
use crate::memory::{Earlier, STILL_OFF_BASELINE_AT};
use crate::notice::{About, Kind};
use crate::plan::{Plan, Purpose};
use crate::report::{DomainReport, Outcome};
use crate::trigger::{Change, DomainCall};

/// What a look that left a change unfinished has seen.
enum Seen {
    /// The domain off its baseline, in enforce mode.
    Drift,
    /// Nothing that is off the baseline, or nothing at all.
    Nothing,
}

impl Guard {
    /// Notes how old the incident is, and sends the notice that is due at this look, if one is.
    pub(super) async fn measure(
        &self,
        purpose: Purpose<'_>,
        about: &About<'_>,
        incident: &Incident<'_>,
        report: &mut DomainReport,
    ) {
        // A sweep knows no change, and so no age.
        let Purpose::Change(change, earlier) = purpose else {
            return;
        };
        // Which domains of a user pool it is about is not known while they cannot be listed.
        let is_named = report.domain.is_some();
        if is_named && self.baseline.governing(about.domain, about.place).declares_nothing() {
            return;
        }
        let is_foreign = change.origin.is_foreign();
        report.is_foreign_change = is_foreign && earlier == Earlier::FirstLook;
        // A call that failed is said as such.
        let reason = report.reason.clone().filter(|_| about.error.is_none());
        let about = About { reason: reason.as_deref(), now: self.now(), ..*about };
        let age = about.age().map(Duration::whole_seconds);
        let receives = incident.receipt.receives;
        match Seen::by(&about) {
            Seen::Drift => {
                report.seconds_off_baseline = age;
                // What keeps the guard's own update from its effect is nobody's change. What was denied has
                // a notice of its own, and waiting does not end it.
                let is_waiting = is_open(report) && report.denial.is_none();
                if is_waiting && is_foreign && STILL_OFF_BASELINE_AT.contains(&receives) {
                    self.notify(Kind::DriftLasts, &about, incident, report).await;
                }
            }
            Seen::Nothing if is_open(report) => {
                report.seconds_unknown = age;
                if receives == due(change, &about) {
                    self.notify(Kind::StateUnknown, &about, incident, report).await;
                }
            }
            Seen::Nothing => {}
        }
    }
}

impl Seen {
    fn by(about: &About<'_>) -> Self {
        match about.plan {
            Some(Plan { mode: Mode::Enforce, assessment, .. }) if !assessment.drifts.is_empty() => {
                Self::Drift
            }
            Some(_) | None => Self::Nothing,
        }
    }
}

/// At which receipt people hear that nothing is known yet. What was changed while it is being created
/// takes as long as its creation.
fn due(change: &Change, about: &About<'_>) -> u32 {
    match about.observed.map(|domain| &domain.status) {
        Some(Status::Creating) => DomainCall::Create.still_unknown_at(),
        Some(
            Status::Active
            | Status::Updating
            | Status::Deleting
            | Status::Failed
            | Status::Unknown(_),
        )
        | None => change.call.still_unknown_at(),
    }
}

/// Whether the event comes back because the domain is not where it should be, or not known to be.
fn is_open(report: &DomainReport) -> bool {
    match report.outcome {
        Outcome::Held | Outcome::Failed => report.unsettled.is_some(),
        Outcome::InSync
        | Outcome::Reverted
        | Outcome::Audited
        | Outcome::Exempt
        | Outcome::Paused
        | Outcome::Refused
        | Outcome::Unmanaged
        | Outcome::Gone
        | Outcome::Restored
        | Outcome::NotRestored
        | Outcome::NotCovered
        | Outcome::Ignored => false,
    }
}
