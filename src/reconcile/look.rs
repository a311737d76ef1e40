//! One look at one domain.
//!
//! The rule: the plan has decided, and nothing here decides again. Every decision has its arm, every
//! failed call an end that says whether the platform brings the event back, and nothing waits or tries
//! twice.

use time::OffsetDateTime;

use super::overrides::Read;
use super::{Guard, Incident, Stop};
use crate::call::{CallError, Failure};
use crate::denial::Denial;
use crate::domain::Domain;
use crate::memory::{Earlier, ErrorType};
use crate::notice::{About, Kind, why_stopped};
use crate::plan::{Decision, Hold, Plan, Purpose, Refusal, Update, decide};
use crate::report::{DomainReport, Look, Outcome, Unsettled};
use crate::sessions::Session;
use crate::sweep::Fingerprint;
use crate::trigger::{Cause, DomainCall, Origin};

impl Guard {
    /// Observes the domain called `name`, decides, does it, and sends the notices about it.
    pub(super) async fn look(
        &self,
        session: &Session,
        name: &str,
        purpose: Purpose<'_>,
        incident: &Incident<'_>,
    ) -> DomainReport {
        let observed = match session.cognito.describe(name).await {
            Ok(observed) => observed,
            Err(error) => {
                if error.failure == Failure::Denied {
                    self.sessions.forget(&session.place);
                }
                let mut report =
                    self.could_not_look(Some(name), name, &error, purpose, incident).await;
                self.announce_creation(name, Err(&error), None, purpose, incident, &mut report)
                    .await;
                return report;
            }
        };
        let (baseline, place) = (&self.baseline, incident.place);
        let seen = observed.as_ref();
        let known = self.known_at_first();
        let mut plan = decide(name, seen, purpose, baseline, known, place, self.now());
        let mut read = Read::NoPath;
        if plan.decision == Decision::ReadOverrides {
            read = self.read_overrides().await;
            plan = decide(name, seen, purpose, baseline, read.known(), place, self.now());
        }
        let about = About {
            observed: seen,
            plan: Some(&plan),
            error: read.error(),
            now: self.now(),
            ..self.about(name, incident)
        };
        let mut report = self.carry_out(session, name, purpose, &plan, &about, incident).await;
        self.measure(purpose, &about, incident, &mut report).await;
        let seen = Ok(observed.as_ref());
        self.announce_creation(name, seen, Some(&plan), purpose, incident, &mut report).await;
        report.look = Some(Box::new(Look { observed, plan }));
        report
    }

    async fn carry_out(
        &self,
        session: &Session,
        name: &str,
        purpose: Purpose<'_>,
        plan: &Plan,
        about: &About<'_>,
        incident: &Incident<'_>,
    ) -> DomainReport {
        let mut report = DomainReport::new(Some(name.to_owned()), Outcome::InSync);
        report.incident = Some(incident.id.to_owned());
        report.drifts = plan.assessment.drifts.iter().map(Into::into).collect();
        match &plan.decision {
            Decision::InSync => {}
            Decision::Unmanaged => report.outcome = Outcome::Unmanaged,
            Decision::Gone => {
                report.outcome = Outcome::Gone;
                if plan.governed && is_news(purpose) {
                    self.notify(Kind::DomainDeleted, about, incident, &mut report).await;
                }
            }
            Decision::Exempt => {
                report.outcome = Outcome::Exempt;
                self.notify(Kind::Exempted, about, incident, &mut report).await;
            }
            Decision::AuditOnly => {
                report.outcome = Outcome::Audited;
                self.notify(Kind::Audit, about, incident, &mut report).await;
            }
            Decision::Refuse(refusal) => {
                report.outcome = Outcome::Refused;
                let reason = why_refused(refusal);
                let about = About { reason: Some(&reason), ..*about };
                self.notify(Kind::Refused, &about, incident, &mut report).await;
                report.reason = Some(reason);
            }
            Decision::Pause(_) => {
                report.outcome = Outcome::Paused;
                report.reason = why_stopped(&plan.decision, about.now);
                self.notify(Kind::Paused, about, incident, &mut report).await;
            }
            Decision::Withhold(_) | Decision::ReadOverrides => {
                self.withhold(plan, about, purpose, incident, &mut report).await;
            }
            Decision::Hold(hold) => hold_for(*hold, name, about.observed, purpose, &mut report),
            Decision::Restored => {
                report.outcome = Outcome::Restored;
                let about = About { effective_at: Some(about.now), ..*about };
                report.seconds_to_effect = about.seconds_to_effect();
                report.seconds_to_revert = about.seconds_to_revert();
                self.notify(Kind::Restored, &about, incident, &mut report).await;
            }
            Decision::NotRestored => {
                report.outcome = Outcome::NotRestored;
                self.notify(Kind::NotRestored, about, incident, &mut report).await;
            }
            Decision::Update(update)
                if incident.approved.is_some_and(|approved| {
                    approved != Fingerprint::of(incident.place, update, self.baseline.digest())
                }) =>
            {
                report.outcome = Outcome::Refused;
                report.reason = Some(
                    "it is not as it was when it was approved: the next sweep says what it finds"
                        .to_owned(),
                );
            }
            Decision::Update(update) => {
                // Where the topic refuses it, the notice is in the log before the update is sent, and
                // the event stays on the queue.
                if update.notify_first {
                    self.notify(Kind::DriftDetected, about, incident, &mut report).await;
                }
                self.update(session, update, about, purpose, incident, &mut report).await;
            }
        }
        report
    }

    /// Drift that is not put back as long as nobody knows whether it is allowed. The event waits, and people
    /// hear of it once: of a later look from the queue nobody knows whether it is the first to see it.
    async fn withhold(
        &self,
        plan: &Plan,
        about: &About<'_>,
        purpose: Purpose<'_>,
        incident: &Incident<'_>,
        report: &mut DomainReport,
    ) {
        report.outcome = Outcome::Held;
        let why = why_stopped(&plan.decision, about.now);
        report.reason = match (&why, about.error) {
            (Some(why), Some(error)) => Some(format!("{why}: {error}")),
            (Some(_), None) | (None, _) => why,
        };
        let Purpose::Change(_, earlier) = purpose else { return };
        if !earlier.was_announced() && incident.receipt.receives <= 1 {
            self.notify(Kind::Paused, about, incident, report).await;
        }
        let why = report.reason.as_deref().unwrap_or("the overrides were not read");
        let message = format!("{}: {why}; to be looked at again", about.domain);
        let error_type = ErrorType::OverridesUnreadable;
        report.unsettled.get_or_insert(Unsettled { error_type, message });
    }

    async fn update(
        &self,
        session: &Session,
        update: &Update,
        about: &About<'_>,
        purpose: Purpose<'_>,
        incident: &Incident<'_>,
        report: &mut DomainReport,
    ) {
        let cause = Cause {
            incident: incident.id.to_owned(),
            changed_at: incident.changed_at.map(OffsetDateTime::unix_timestamp),
            attributes: update.changes.iter().map(|drift| drift.attribute).collect(),
            actor: about.named_actor().map(|actor| actor.name.clone()),
        };
        let accepted = session.cognito.update(&update.request, &cause).await;
        let now = self.now();
        let error = match accepted {
            Ok(()) => {
                report.outcome = Outcome::Reverted;
                let about = About { accepted_at: Some(now), now, ..*about };
                report.seconds_to_revert = about.seconds_to_revert();
                // A sweep says so in its digest.
                if let Purpose::Change(..) = purpose {
                    self.notify(Kind::Reverted, &about, incident, report).await;
                }
                return;
            }
            Err(error) => error,
        };
        let busy = about.observed.is_some_and(|domain| domain.status.is_busy());
        let about = About { error: Some(&error), now, ..*about };
        let (outcome, error_type) = match next(&error, busy) {
            Next::LookAgain(error_type) => (Outcome::Held, error_type),
            Next::BringBack(error_type) => (Outcome::Failed, error_type),
            Next::Denied => {
                report.denial = error.denial();
                if is_denial_news(report.denial.as_ref(), purpose, incident) {
                    self.notify(Kind::RevertFailed, &about, incident, report).await;
                }
                (Outcome::Failed, ErrorType::UpdateDenied)
            }
            Next::GiveUp => {
                report.outcome = Outcome::Failed;
                report.reason = Some(error.to_string());
                self.notify(Kind::RevertFailed, &about, incident, report).await;
                return;
            }
            Next::Gone => {
                report.outcome = Outcome::Gone;
                report.reason = Some(error.to_string());
                // An earlier look may have written and sent no notice.
                if is_news(purpose) {
                    self.notify(Kind::DomainDeleted, &about, incident, report).await;
                }
                return;
            }
        };
        report.outcome = outcome;
        report.reason = Some(error.to_string());
        if is_first_to_notify(error_type, purpose) {
            self.notify(Kind::DriftDetected, &about, incident, report).await;
        }
        if report.unsettled.is_none() {
            report.unsettled = Some(Unsettled {
                error_type,
                message: format!("{}: {error}; to be looked at again", about.domain),
            });
        }
    }

    /// A domain, or the user pool `subject`, that could not be described.
    pub(super) async fn could_not_look(
        &self,
        domain: Option<&str>,
        subject: &str,
        error: &CallError,
        purpose: Purpose<'_>,
        incident: &Incident<'_>,
    ) -> DomainReport {
        let about = About { error: Some(error), ..self.about(subject, incident) };
        let mut report = DomainReport::new(domain.map(str::to_owned), Outcome::Failed);
        report.incident = Some(incident.id.to_owned());
        report.reason = Some(error.to_string());
        let error_type = match error.failure {
            Failure::Throttled => ErrorType::Throttled,
            Failure::Busy | Failure::Unavailable => ErrorType::Unavailable,
            Failure::Denied | Failure::Rejected | Failure::Gone => {
                self.notify(Kind::RevertFailed, &about, incident, &mut report).await;
                self.measure(purpose, &about, incident, &mut report).await;
                return report;
            }
        };
        report.unsettled = Some(Unsettled {
            error_type,
            message: format!("{subject}: {error}; nothing was written"),
        });
        self.measure(purpose, &about, incident, &mut report).await;
        report
    }
}

/// What to do after an update that was not accepted.
enum Next {
    /// Cognito is not ready for it.
    LookAgain(ErrorType),
    /// It could not be sent, or was not answered.
    BringBack(ErrorType),
    /// The guard may not. Only a person ends that, perhaps soon; until then the event comes back, so that the
    /// age of the drift is measured.
    Denied,
    /// It would be refused again.
    GiveUp,
    /// The domain was deleted meanwhile; its deletion has an event of its own.
    Gone,
}

fn next(error: &CallError, busy: bool) -> Next {
    match error.failure {
        // Also for a domain that was ACTIVE when it was described: then somebody has changed it
        // since, and a fresh look shows what they did.
        Failure::Busy => Next::LookAgain(ErrorType::DomainBusy),
        // Nobody knows in which words Cognito refuses a busy domain. On a busy one this may be
        // them; on an ACTIVE one it is a rejection, and asking again would be asking in a circle.
        Failure::Rejected if busy && error.code.as_deref() == Some("InvalidParameterException") => {
            Next::LookAgain(ErrorType::DomainBusy)
        }
        Failure::Throttled => Next::BringBack(ErrorType::Throttled),
        Failure::Unavailable => Next::BringBack(ErrorType::UpdateUnconfirmed),
        Failure::Denied => Next::Denied,
        Failure::Rejected => Next::GiveUp,
        Failure::Gone => Next::Gone,
    }
}

/// Whether a notice says that the update was denied. A permission that is missing is said by every sweep:
/// nobody meant it, and a sweep does not know whether an event reported the drift.
fn is_denial_news(denial: Option<&Denial>, purpose: Purpose<'_>, incident: &Incident<'_>) -> bool {
    match (purpose, denial) {
        (Purpose::Sweep | Purpose::Command, Some(Denial::Missing(_)) | None) => true,
        (Purpose::Sweep | Purpose::Command, Some(Denial::Explicit(_)))
        | (Purpose::Change(..), Some(Denial::Explicit(_) | Denial::Missing(_)) | None) => {
            incident.stop == Stop::Due
        }
    }
}

/// A notice says once that a revert is pending: that of the first look, or of a later one when the first
/// could not send it.
const fn is_first_to_notify(error_type: ErrorType, purpose: Purpose<'_>) -> bool {
    let pending = match error_type {
        ErrorType::DomainBusy | ErrorType::UpdateUnconfirmed => true,
        // It has a notice of its own.
        ErrorType::UpdateDenied
        | ErrorType::OverridesUnreadable
        | ErrorType::DomainSettling
        | ErrorType::Throttled
        | ErrorType::Unavailable
        | ErrorType::NoticeFailed
        | ErrorType::Unreadable
        | ErrorType::BaselineInvalid
        | ErrorType::SettingsInvalid => false,
    };
    pending
        && match purpose {
            // A notice was sent before the update was.
            Purpose::Change(_, Earlier::Settling | Earlier::Overdue) => false,
            Purpose::Change(_, earlier) => !earlier.was_announced(),
            Purpose::Sweep | Purpose::Command => false,
        }
}

/// Whether a notice should say that a domain is gone: its deletion is what the event says, or people
/// wait for the end of an incident. Otherwise the deletion has an event of its own.
fn is_news(purpose: Purpose<'_>) -> bool {
    match purpose {
        Purpose::Change(change, earlier) => {
            change.call == DomainCall::Delete
                || matches!(change.origin, Origin::Guard(_))
                || earlier.may_have_written()
        }
        Purpose::Sweep | Purpose::Command => false,
    }
}

fn hold_for(
    hold: Hold,
    name: &str,
    observed: Option<&Domain>,
    purpose: Purpose<'_>,
    report: &mut DomainReport,
) {
    report.outcome = Outcome::Held;
    let status = observed.map_or("unknown", |domain| domain.status.as_str());
    let reason = match hold {
        Hold::Settling => {
            format!("Cognito reports {status} and may not show the latest change yet")
        }
        Hold::InProgress => {
            format!("Cognito reports {status}: what it has accepted is not in effect yet")
        }
    };
    // The next sweep looks again by itself.
    if let Purpose::Change(..) = purpose {
        report.unsettled = Some(Unsettled {
            error_type: match hold {
                Hold::Settling => ErrorType::DomainSettling,
                Hold::InProgress => ErrorType::DomainBusy,
            },
            message: format!("{name}: {reason}; to be looked at again"),
        });
    }
    report.reason = Some(reason);
}

/// Why the guard does not put a domain back, as a sentence without its full stop.
pub fn why_refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::OtherAccount { observed } => {
            format!(
                "the domain belongs to account {observed}, not to the one that it was looked up in"
            )
        }
        Refusal::OtherPool { observed, named } => format!(
            "the domain belongs to user pool {observed} now, and the change was made in {named}"
        ),
        Refusal::Failed => "Cognito reports the domain as FAILED".to_owned(),
        Refusal::NoCertificate => {
            "Cognito did not name the domain's certificate, without which no update can be sent"
                .to_owned()
        }
        Refusal::Unsatisfiable => {
            "the result would be TLS_V1 with managed login (2), which Cognito rejects".to_owned()
        }
        Refusal::NewerPolicy => {
            "the security policy is newer than this version of the guard, which cannot say whether \
             a change would weaken it"
                .to_owned()
        }
        Refusal::FailoverRemoval => {
            "a sweep does not remove a failover, since AWS does not say whether Cognito honours it"
                .to_owned()
        }
        Refusal::FailoverKept => {
            "the change asked Cognito to remove the failover, and it is still there".to_owned()
        }
    }
}
