//! What is said of a call that somebody made with the guard's own role.

use super::about::About;
use super::commands;
use super::record::Record;
use crate::report::{Kind, Severity};
use crate::trigger::{Change, Imposture, Origin};

/// Why it was not the guard, as a fragment that goes on after `somebody else with the guard's role`.
pub(super) fn note(change: &Change) -> Option<String> {
    match change.origin {
        Origin::Foreign | Origin::Guard(_) => None,
        Origin::Imposter(why) => Some(match why {
            Imposture::Function => "CloudTrail names another function than the guard's".to_owned(),
            Imposture::Call => "the guard never makes this call".to_owned(),
            Imposture::Value(attribute) => {
                format!("the call asked for a {attribute} that the guard does not send")
            }
        }),
    }
}

/// How urgent a notice is that is about such a call. One that only closes an incident or says what an
/// exemption allows stays as it is.
pub(super) const fn severity(usual: Severity) -> Severity {
    match usual {
        Severity::Info => Severity::Info,
        Severity::Warning | Severity::Critical => Severity::Critical,
    }
}

/// What to do about the role: nothing else ends it.
pub(super) fn steps(record: &Record, about: &About<'_>, change: &Change) -> Vec<String> {
    let why = match change.origin {
        Origin::Foreign | Origin::Guard(_) => return Vec::new(),
        Origin::Imposter(why) => why,
    };
    match record.kind {
        // Its own steps begin with the role.
        Kind::DriftLasts => return Vec::new(),
        Kind::DriftDetected
        | Kind::StateUnknown
        | Kind::Reverted
        | Kind::Restored
        | Kind::NotRestored
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::NotCovered
        | Kind::Paused
        | Kind::OverrideChanged
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => {}
    }
    let mut steps = vec![of_the_role(about, change)];
    match why {
        Imposture::Value(_) => steps.push(
            "If the baseline was changed, or an override removed, about the time of the call, the guard may \
             have sent it, by what held before."
                .to_owned(),
        ),
        Imposture::Function | Imposture::Call => {}
    }
    steps
}

/// Taking a permission from the role would stop the guard, so no command is offered that does.
pub(super) fn of_the_role(about: &About<'_>, change: &Change) -> String {
    const ROLE: &str = "Somebody else used the guard's role. Look in CloudTrail for who assumed it and who \
                        changed its trust (AssumeRole, UpdateAssumeRolePolicy), remove that, and deploy \
                        the stack of the role again. Take no permission from the role: that would stop the \
                        guard.";
    let role = change.actor.arn.as_deref().and_then(|arn| {
        let (_, session) = arn.split_once(":assumed-role/")?;
        session.split('/').next().filter(|role| commands::is_safe_word(role))
    });
    match role {
        Some(role) => format!("{ROLE}\n{}", commands::iam_events(about.place, role)),
        None => ROLE.to_owned(),
    }
}
