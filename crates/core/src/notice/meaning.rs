//! What it means: the second sentence that somebody reads.
//!
//! The rule: it says what holds now and what the guard does about it. What a person can do is a step.

use super::about::About;
use super::overrides;
use super::record::Record;
use crate::baseline::Mode;
use crate::denial::{Denial, DeniedBy};
use crate::domain::Status;
use crate::plan::Refusal;
use crate::report::{Kind, Severity};
use crate::trigger::SweepCause;

/// How long the guard goes on after a look that was not the last.
const GOES_ON: &str =
    "The guard tries again each minute for an hour and a half, and then with each sweep.";

/// What a notice about one domain means.
pub(super) fn of(record: &Record, about: &About<'_>) -> String {
    match record.kind {
        Kind::DriftDetected => {
            "Cognito is busy with the domain, or did not answer. The guard looks again each minute for an \
             hour and a half, and a notice follows when the domain is put back."
                .to_owned()
        }
        Kind::DriftLasts if is_being_created(about) => {
            "Cognito is still creating the domain, which takes up to an hour, and refuses changes until \
             then. The guard puts it back as soon as it can."
                .to_owned()
        }
        Kind::DriftLasts => {
            "Cognito takes no update of a domain while it is busy with another one. If somebody changes the \
             domain again and again, the guard cannot win by waiting."
                .to_owned()
        }
        Kind::StateUnknown => {
            "The domain may or may not be at its baseline: no look has seen drift, and none could yet. The \
             guard looks again each minute, and an alarm follows if it gives up."
                .to_owned()
        }
        Kind::Reverted => {
            "Cognito brings the revert into effect, usually within five minutes (an hour for a certificate). \
             A notice follows when it has."
                .to_owned()
        }
        Kind::Restored => {
            "The domain is in service with every declared value. This ends the incident.".to_owned()
        }
        Kind::NotRestored if record.drifts.is_empty() => {
            "Cognito accepted the guard's update, and the domain is not in service now. The guard changes \
             nothing before the next change or sweep."
                .to_owned()
        }
        Kind::NotRestored => {
            "Cognito accepted the guard's update, and the domain does not show it: somebody has changed it \
             again, or Cognito did not do all of it. The guard does not answer its own update with another; \
             it tries again at the next change or sweep."
                .to_owned()
        }
        Kind::RevertFailed => failed(record, about),
        Kind::Refused => refused(about),
        Kind::Exempted => match record.exempt.first() {
            Some(exempt) => format!(
                "The guard changes nothing until {}, and puts the domain back after that.",
                exempt.until
            ),
            None => "The guard changes nothing while the exemption lasts.".to_owned(),
        },
        Kind::Audit => {
            "The domain's mode is audit: the guard reports drift and changes nothing.".to_owned()
        }
        Kind::Paused => overrides::meaning(record),
        Kind::NotCovered => {
            "The guard has no role in that account and region that it can assume, so nobody looks after the \
             domain. It does not try this change again."
                .to_owned()
        }
        Kind::DomainCreated if record.severity == Severity::Info => {
            let does = match about.baseline.governing(about.domain, about.place).mode {
                Mode::Enforce => "keeps the domain at what the baseline declares for it",
                Mode::Audit => "reports drift of the domain, and changes nothing (audit mode)",
            };
            format!("The guard {does}. Drift that the domain has already has a notice of its own.")
        }
        Kind::DomainCreated => {
            "The baseline says nothing about the domain, so the guard does not look after it.".to_owned()
        }
        Kind::DomainDeleted => {
            "Sign-in through the domain does not work any more. The guard never creates a domain.".to_owned()
        }
        // Made by `build::sweep` and `build::overrides`, of what no look at a domain knows.
        Kind::OverrideChanged
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => {
            String::new()
        }
    }
}

/// What a digest means.
pub(super) fn of_a_digest(record: &Record, cause: SweepCause) -> String {
    if record.drifts.is_empty() {
        return String::new();
    }
    let unexplained = record.drifts.iter().any(|drift| drift.exempt_until.is_none());
    match cause {
        SweepCause::Schedule if unexplained => {
            "No event led to this revert. The event did not reach the guard, or the guard could not act on it \
             then."
                .to_owned()
        }
        SweepCause::Schedule => {
            "An exemption or an override had ended, and what it allowed was put back. A notice follows for each \
             domain when the revert is in effect."
                .to_owned()
        }
        SweepCause::Deployment => {
            "The guard was deployed, and what its baseline declares was put back. A notice follows for each \
             domain when the revert is in effect."
                .to_owned()
        }
        SweepCause::Request => {
            "Somebody asked for this sweep, or an override was made or removed. If the guard was stopped, paused \
             or disabled until now, that is why no event led to the revert."
                .to_owned()
        }
    }
}

fn is_being_created(about: &About<'_>) -> bool {
    about.observed.is_some_and(|domain| domain.status == Status::Creating)
}

/// Of a call that AWS denied or rejected.
fn failed(record: &Record, about: &About<'_>) -> String {
    let denial = about.error.and_then(|error| Some((error.denied_action(), error.denial()?)));
    let saw_drift = !record.drifts.is_empty();
    // What a sweep cannot put back, the next sweep tries again.
    let again = match (saw_drift, about.change.is_some()) {
        (true, true) => GOES_ON,
        (true, false) => "The guard tries again with each sweep.",
        (false, true | false) => "The guard looks again at the next change or sweep.",
    };
    match denial {
        Some((action, Denial::Explicit(by))) => {
            let policy = match by {
                Some(DeniedBy { kind, arn: Some(arn) }) => format!(" in the {kind} {arn}"),
                Some(DeniedBy { kind, arn: None }) => format!(" in {} {kind}", kind.article()),
                None => String::new(),
            };
            let stays = if saw_drift { "The domain stays as it is" } else { "Nobody looks after it" };
            format!(
                "The guard is stopped: its role is denied {action} by an explicit deny{policy}. {stays} \
                 until the Deny is gone. {again} This notice comes back once a day."
            )
        }
        Some((action, Denial::Missing(kind))) => {
            let kind = kind.map(|kind| format!(": no {kind} allows it")).unwrap_or_default();
            let stays =
                if saw_drift { "The domain stays off its baseline" } else { "Nobody looks after it" };
            format!("The guard's role may not use {action}{kind}. {stays} until it may. {again}")
        }
        None => "AWS rejected the guard's request, and would reject the same one again. The guard tries \
                 again at the next change or sweep."
            .to_owned(),
    }
}

fn refused(about: &About<'_>) -> String {
    match about.plan.and_then(|plan| plan.decision.refusal()) {
        Some(Refusal::NewerPolicy) => {
            "The guard changes nothing, since it cannot say whether a change would weaken the domain."
                .to_owned()
        }
        Some(
            Refusal::OtherAccount { .. }
            | Refusal::OtherPool { .. }
            | Refusal::Failed
            | Refusal::NoCertificate
            | Refusal::Unsatisfiable
            | Refusal::FailoverRemoval
            | Refusal::FailoverKept,
        )
        | None => "The guard must not, or cannot, put the domain back, and changed nothing. It looks again at \
                   the next change or sweep."
            .to_owned(),
    }
}
