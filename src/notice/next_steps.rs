//! What happened in one line, and what to do next. The most read sentences of the project.

use super::About;
use super::record::{Kind, Record};
use crate::plan::{AttributeValue, Decision, Refusal};
use crate::trigger::{Actor, ViaKind};

/// What happened, and whether somebody must act.
pub(super) fn headline(record: &Record) -> String {
    let domain = record.domain.as_deref().unwrap_or("a domain");
    let what = attributes(record);
    match record.kind {
        Kind::DriftDetected => {
            format!("{domain} drifted ({what}); the revert is pending. No action needed yet.")
        }
        Kind::Reverted => format!("{domain} drifted ({what}) and was put back. No action needed."),
        Kind::Restored => format!("{domain} is at its baseline again. No action needed."),
        Kind::NotRestored => {
            format!("{domain} is still off its baseline ({what}) after the revert. Act now.")
        }
        Kind::RevertFailed if record.changes.is_empty() => {
            format!("{domain} could not be looked at. Act now.")
        }
        Kind::RevertFailed => {
            format!("{domain} drifted ({what}) and could not be put back. Act now.")
        }
        Kind::Refused if record.changes.is_empty() => {
            format!(
                "{domain} was left alone: its policy is newer than the guard. Update the guard."
            )
        }
        Kind::Refused => format!("{domain} drifted ({what}) and was left alone. You decide."),
        Kind::Exempted => {
            let what = list(record.exempt.iter().map(|exempt| exempt.attribute.as_str()));
            format!("{domain} drifted ({what}); an exemption allows it. No action needed.")
        }
        Kind::Audit => {
            format!("{domain} drifted ({what}); audit mode, so nothing was changed. You decide.")
        }
        Kind::DomainDeleted => {
            format!("{domain} was deleted. Act now if that was not planned.")
        }
        Kind::ExemptionExpiring | Kind::SweepDigest => record.headline.clone(),
    }
}

fn attributes(record: &Record) -> String {
    list(record.changes.iter().map(|change| change.attribute.as_str()))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    names.join(", ")
}

/// What to do next, most useful first.
pub(super) fn next_steps(record: &Record, about: &About<'_>) -> Vec<String> {
    let mut steps = Vec::new();
    match record.kind {
        Kind::DriftDetected => {
            steps.push(
                "Nothing yet: the guard looks again each minute, for an hour and a half, and says \
                 when the domain is at its baseline."
                    .to_owned(),
            );
            source(&mut steps, record, about);
            keep(&mut steps, record);
        }
        Kind::Reverted => {
            source(&mut steps, record, about);
            keep(&mut steps, record);
        }
        Kind::Restored => {}
        Kind::NotRestored => {
            not_restored(&mut steps, record);
            keep(&mut steps, record);
        }
        Kind::RevertFailed => {
            failed(&mut steps, record);
            keep(&mut steps, record);
        }
        Kind::Refused => refused(&mut steps, record, about),
        Kind::Exempted => {
            if let Some(exempt) = record.exempt.first() {
                steps.push(format!(
                    "The exemption ends at {}. After that the guard puts {} back.",
                    exempt.until, exempt.attribute
                ));
            }
        }
        Kind::Audit => {
            steps.push(
                "To have the guard put it back, set mode: enforce for the domain in the baseline."
                    .to_owned(),
            );
            keep(&mut steps, record);
        }
        Kind::DomainDeleted => {
            steps.push(
                "If it was not planned, create the domain again: sign-in through it does not work, \
                 and the guard never creates one."
                    .to_owned(),
            );
            steps.push("If it was planned, remove its entry from the baseline.".to_owned());
        }
        Kind::ExemptionExpiring | Kind::SweepDigest => {}
    }
    steps
}

/// Where the change came from, and what to change there so that it does not come again.
fn source(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let Some(Actor { via, .. }) = about.change.map(|change| &change.actor) else {
        return;
    };
    let argument = |terraform: bool| {
        let names =
            record.changes.iter().map(|change| match (change.attribute.as_str(), terraform) {
                ("security_policy", true) => "security_policy",
                ("security_policy", false) => "CustomDomainConfig.SecurityPolicy",
                ("routing", true) => "routing",
                ("routing", false) => "Routing",
                ("managed_login_version", true) => "managed_login_version",
                ("managed_login_version", false) => "ManagedLoginVersion",
                (_, true) => "certificate_arn",
                (_, false) => "CustomDomainConfig.CertificateArn",
            });
        names.collect::<Vec<_>>().join(", ")
    };
    match via.kind {
        ViaKind::Terraform => steps.push(format!(
            "The change came through Terraform: set {} of aws_cognito_user_pool_domain there, or \
             the next apply brings it back and the guard reverts it again. A provider that does \
             not know the argument resets it unseen.",
            argument(true)
        )),
        ViaKind::CloudFormation => steps.push(format!(
            "The change came through CloudFormation: set {} of AWS::Cognito::UserPoolDomain in \
             the template (or the CDK app), or the next deployment brings it back and the guard \
             reverts it again.",
            argument(false)
        )),
        ViaKind::Pulumi => steps.push(
            "The change came through Pulumi: change the UserPoolDomain in the program, or the next \
             update brings it back and the guard reverts it again."
                .to_owned(),
        ),
        ViaKind::Console | ViaKind::Other => {
            if let Some(actor) = &record.actor {
                steps.push(format!("Ask {} about the change.", actor.name));
            }
        }
    }
}

/// How to keep the change: which line to edit, or the exemption to paste.
fn keep(steps: &mut Vec<String>, record: &Record) {
    let Some(first) = record.changes.first() else {
        return;
    };
    let domain = record.domain.as_deref().unwrap_or_default();
    let values: Vec<_> = record
        .changes
        .iter()
        .map(|change| format!("{} ({})", change.attribute, as_declared(&change.observed)))
        .collect();
    steps.push(format!(
        "To keep the new value, declare it in the baseline: {}; the declaration now in force is at \
         {}.",
        values.join(", "),
        first.position
    ));
    let attributes: Vec<_> = record.changes.iter().map(|c| c.attribute.as_str()).collect();
    steps.push(format!(
        "To allow it for a while, add under exemptions: {{ domain: {domain:?}, attributes: [{}], \
         until: YYYY-MM-DDT00:00:00Z, reason: \"...\" }}",
        attributes.join(", ")
    ));
}

/// A value as the baseline would declare it.
fn as_declared(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Version(version) => version.to_string(),
        AttributeValue::Failover(failover) => format!(
            "failover: {{ secondary_region: {}, primary_route53_health_check_id: {} }}",
            failover.secondary_region, failover.primary_route53_health_check_id
        ),
        AttributeValue::None => "none".to_owned(),
    }
}

fn not_restored(steps: &mut Vec<String>, record: &Record) {
    if record.status.as_deref() == Some("FAILED") {
        steps
            .push("Cognito reports the domain as FAILED: open a case with AWS Support.".to_owned());
    }
    let ignored_removal = record
        .changes
        .iter()
        .any(|change| change.attribute == "routing" && change.desired == AttributeValue::None);
    if ignored_removal {
        steps.push(
            "If only the failover is left, Cognito ignored the request to remove it. Remove it by \
             hand, or declare it; the guard does not try again before the next change."
                .to_owned(),
        );
    }
    steps.push(
        "Look in CloudTrail for a change after the guard's: another writer may have set the values \
         again. The guard answers each foreign change once and never its own."
            .to_owned(),
    );
}

fn failed(steps: &mut Vec<String>, record: &Record) {
    let Some(error) = &record.error else {
        return;
    };
    match error.code.as_deref() {
        Some("AccessDeniedException" | "AccessDenied") => steps.push(format!(
            "Allow the guard's role the action that the message names ({} unless it says \
             otherwise). A service control policy or a permissions boundary can deny it too.",
            error.action
        )),
        Some("NotAuthorizedException") => steps.push(format!(
            "Cognito did not authorize {}: for a user pool under a customer key, allow the guard's \
             role kms:Decrypt and kms:GenerateDataKey on it.",
            error.action
        )),
        Some("FeatureUnavailableInTierException") => steps.push(
            "The user pool's feature plan does not have it (managed login needs Essentials or \
             Plus): change the plan, or the declaration."
                .to_owned(),
        ),
        Some("OperationNotEnabledException") => steps.push(
            "Cognito does not allow it on this replica: deploy the guard in the primary region too."
                .to_owned(),
        ),
        _ => steps.push(
            "Put the domain back by hand, and read AWS's message: the same request will be \
             rejected again."
                .to_owned(),
        ),
    }
}

fn refused(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let refusal = match about.plan.map(|plan| &plan.decision) {
        Some(Decision::Refuse(refusal)) => refusal,
        _ => return,
    };
    match refusal {
        Refusal::OtherAccount { .. } => steps.push(
            "Deploy a guard in the account that owns the domain: this one has no business there."
                .to_owned(),
        ),
        Refusal::OtherPool { .. } => steps.push(
            "If the move was planned, do nothing: the next change or sweep brings the domain to \
             its baseline. If not, find out who moved it."
                .to_owned(),
        ),
        Refusal::Failed => steps.push(
            "Find out why Cognito gave up on it (often DNS or the certificate), and update or \
             create the domain again by hand."
                .to_owned(),
        ),
        Refusal::NoCertificate => steps.push(
            "Declare certificate_arn for the domain in the baseline, so that a complete request \
             can be made."
                .to_owned(),
        ),
        Refusal::Unsatisfiable => steps.push(
            "Cognito rejects TLS_V1 together with managed login (2): declare a security_policy of \
             TLS_V1_2_2021 or higher, or end the exemption that allows TLS_V1."
                .to_owned(),
        ),
        Refusal::NewerPolicy => {
            steps.push(
                "Update the guard to a version that knows the policy; until then it is left alone, \
                 since nobody can say whether a change would weaken it."
                    .to_owned(),
            );
            return;
        }
        Refusal::FailoverRemoval => steps.push(
            "Remove the failover by hand. A sweep does not: AWS does not say whether Cognito \
             honours the removal, and a sweep that tried would try for ever."
                .to_owned(),
        ),
    }
    keep(steps, record);
}
