//! What to do next.
//!
//! A step is a sentence. What is to be pasted, or was chosen by others, stands on lines of its own
//! after it, so that every form can show it as it is.

use time::Duration;

use super::about::About;
use super::record::Record;
use super::text::rfc3339;
use super::{created, imposter, lasting, source};
use crate::domain::{Attribute, Status};
use crate::plan::{AttributeValue, Decision, Refusal};
use crate::report::{Kind, Severity};
use crate::text::unlinked;

/// How long an exemption lasts that is proposed for pasting.
const EXEMPTION: Duration = Duration::days(14);

/// The sentence after `calming`, which an urgent notice does without.
fn unless_urgent(calming: &str, sentence: &str, record: &Record) -> String {
    match record.severity {
        Severity::Info | Severity::Warning => format!("{calming}{sentence}"),
        Severity::Critical => {
            let mut chars = sentence.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect())
                .unwrap_or_default()
        }
    }
}

/// What to do next, most useful first.
pub(super) fn next_steps(record: &Record, about: &About<'_>) -> Vec<String> {
    let mut steps = about.change.map(|change| imposter::steps(record, change)).unwrap_or_default();
    match record.kind {
        Kind::DriftDetected => {
            steps.push(unless_urgent(
                "No action needed yet: ",
                "the guard looks again each minute for an hour and a half, and a notice follows when the \
                 domain is at its baseline.",
                record,
            ));
            source::steps(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::DriftLasts => {
            lasting::drift(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::StateUnknown => lasting::unknown(&mut steps, about),
        Kind::Reverted => {
            steps.push(unless_urgent(
                "No action needed now: ",
                "Cognito brings the revert into effect, usually within five minutes (an hour for a \
                 certificate), and a notice follows.",
                record,
            ));
            source::steps(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::Restored => {}
        Kind::NotRestored => {
            not_restored(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::RevertFailed => {
            failed(&mut steps, record);
            keep(&mut steps, record, about);
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
            keep(&mut steps, record, about);
        }
        Kind::NotCovered => not_covered(&mut steps, about),
        Kind::DomainCreated => steps.extend(created::next_steps(record)),
        Kind::DomainDeleted => {
            steps.push(
                "If it was not planned, create the domain again: sign-in through it does not work, \
                 and the guard never creates one."
                    .to_owned(),
            );
            steps.push("If it was planned, remove its entry from the baseline.".to_owned());
        }
        Kind::ExemptionExpiring | Kind::SweepDigest | Kind::SweepHeld => {}
    }
    steps
}

/// How to keep the change: what to declare and where, or the exemption to paste.
fn keep(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    // What was done with the guard's role is nothing to keep.
    if record.drifts.is_empty() || record.is_about_an_imposter() {
        return;
    }
    for change in &record.drifts {
        // A value that Cognito does not report has no name to declare.
        let name = change.attribute;
        if let Some(value) = as_declared(name, &change.observed) {
            steps.push(format!(
                "To keep the new {name}, declare it in the baseline (declared now at {}):\n{name}: {value}",
                change.position
            ));
        }
    }
    let domain = record.domain.as_deref().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if domain.is_empty() || !domain.chars().all(is_name) {
        return;
    }
    // A name that mail clients make a link of is written with YAML's escape for a dot.
    let pasted = match unlinked(domain) {
        shown if shown == domain => shown.into_owned(),
        _ => format!("\"{}\"", domain.replace('.', "\\x2E")),
    };
    let attributes: Vec<_> = record.drifts.iter().map(|c| c.attribute.as_str()).collect();
    let until =
        about.now.checked_add(EXEMPTION).unwrap_or(about.now).replace_time(time::Time::MIDNIGHT);
    steps.push(format!(
        "To allow it for a while, add under exemptions, with a reason:\n- {{ domain: {pasted}, \
         attributes: [{}], until: {}, reason: \"...\" }}",
        attributes.join(", "),
        rfc3339(until)
    ));
}

/// A value as the baseline would declare it.
fn as_declared(attribute: Attribute, value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Text(text) => Some(text.clone()),
        AttributeValue::Version(version) => Some(version.to_string()),
        AttributeValue::Failover(failover) => Some(format!(
            "{{ failover: {{ secondary_region: {}, primary_route53_health_check_id: {:?} }} }}",
            failover.secondary_region, failover.primary_route53_health_check_id
        )),
        AttributeValue::None => match attribute {
            Attribute::Routing => Some("none".to_owned()),
            Attribute::SecurityPolicy
            | Attribute::ManagedLoginVersion
            | Attribute::CertificateArn => None,
        },
    }
}

fn not_restored(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    if about.observed.is_some_and(|domain| domain.status == Status::Failed) {
        steps
            .push("Cognito reports the domain as FAILED: open a case with AWS Support.".to_owned());
    }
    let ignored_removal = record.drifts.iter().any(|change| {
        change.attribute == Attribute::Routing && change.desired == AttributeValue::None
    });
    if ignored_removal {
        steps.push(
            "If only the failover is left, Cognito ignored the request to remove it. Remove it by \
             hand, or declare it; the guard does not try again before the next change."
                .to_owned(),
        );
    }
    steps.push(
        "Put the domain back by hand if it cannot wait for the next sweep. The guard never answers \
         its own update with another."
            .to_owned(),
    );
    steps.push(
        "Look in CloudTrail for a change after the guard's: another writer may have set the values \
         again."
            .to_owned(),
    );
}

/// Why nothing is known, and what to deploy.
fn not_covered(steps: &mut Vec<String>, about: &About<'_>) {
    let place = about.place;
    let (account, region) = (&place.account, &place.region);
    steps.push(format!(
        "Deploy member.yaml in account {account}, region {region}, or find out why the hub cannot assume \
         its role there (missing, another trust, denied by a policy of the organization):\n{}",
        place.member_role_arn()
    ));
    steps.push(
        "Look at the domain in its account meanwhile: the guard cannot, and does not try this change again."
            .to_owned(),
    );
    steps.push(format!(
        "If the place is not to be guarded, name {account} in ExcludedAccounts, or take {region} out of \
         OrganizationRegions."
    ));
}

fn failed(steps: &mut Vec<String>, record: &Record) {
    let Some(error) = &record.error else {
        return;
    };
    match error.code.as_deref() {
        Some("AccessDeniedException" | "AccessDenied") => steps.push(format!(
            "Allow the guard's role the action that the message names ({} unless it says \
             otherwise); a service control policy or a permissions boundary can deny it too. The \
             next sweep tries again. Put the domain back by hand if that is too late.",
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
    keep(steps, record, about);
}
