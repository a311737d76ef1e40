//! What to do next.
//!
//! The rule: first what restores the domain, then what keeps it as it is now. A step is a sentence. What is
//! to be pasted, or was chosen by others, stands on lines of its own after it, so that every form can show it
//! as it is.

use time::Duration;

use super::about::About;
use super::record::Record;
use super::text::rfc3339;
use super::{commands, created, denied, imposter, lasting, overrides, source};
use crate::domain::{Attribute, Status};
use crate::plan::{AttributeValue, Refusal};
use crate::report::{Kind, Severity};
use crate::text::unlinked;

/// How long an exemption lasts that is proposed for pasting.
const EXEMPTION: Duration = Duration::days(14);

/// What to do next, most useful first.
pub(super) fn next_steps(record: &Record, about: &About<'_>) -> Vec<String> {
    let mut steps =
        about.change.map(|change| imposter::steps(record, about, change)).unwrap_or_default();
    match record.kind {
        Kind::DriftDetected => {
            source::steps(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::Reverted => {
            overrides::undo(&mut steps, record, about);
            source::steps(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::DriftLasts => {
            lasting::drift(&mut steps, record, about);
            overrides::undo(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::StateUnknown => lasting::unknown(&mut steps, record, about),
        Kind::Restored
        | Kind::Exempted
        | Kind::OverrideChanged
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => {}
        Kind::NotRestored => {
            not_restored(&mut steps, record, about);
            overrides::undo(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::RevertFailed => {
            failed(&mut steps, record, about);
            overrides::undo(&mut steps, record, about);
            keep(&mut steps, record, about);
        }
        Kind::Refused => refused(&mut steps, record, about),
        Kind::Audit => {
            steps.push(
                "To have the guard put it back, set mode: enforce for the domain in the baseline."
                    .to_owned(),
            );
            keep(&mut steps, record, about);
        }
        Kind::NotCovered => not_covered(&mut steps, record, about),
        Kind::Paused => {
            overrides::next_steps(&mut steps, record, about);
            if record.severity == Severity::Critical {
                overrides::undo(&mut steps, record, about);
            }
            keep(&mut steps, record, about);
        }
        Kind::DomainCreated => steps.extend(created::next_steps(record)),
        Kind::DomainDeleted => {
            deleted(&mut steps, record);
            if record.severity == Severity::Critical {
                overrides::undo(&mut steps, record, about);
            }
        }
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
        commands::describe(
            steps,
            record,
            "Cognito reports the domain as FAILED: open a case with AWS Support, and look again with:",
        );
    }
    commands::apply(
        steps,
        record,
        "Put the domain back now, if it cannot wait for the next sweep:",
    );
    steps.push(format!(
        "See in CloudTrail who has changed the domain after the guard:\n{}",
        commands::domain_events(about.place)
    ));
    let ignored_removal = record.drifts.iter().any(|change| {
        change.attribute == Attribute::Routing && change.desired == AttributeValue::None
    });
    if ignored_removal {
        steps.push(
            "If only the failover is left, Cognito ignored the request to remove it: remove it in the \
             console, or declare it."
                .to_owned(),
        );
    }
}

/// What to deploy, and how to find out what is wrong with what is deployed.
fn not_covered(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let place = about.place;
    let (account, region) = (&place.account, &place.region);
    let hub_region = about.overrides.map(|location| location.region.as_str());
    let hub_region = hub_region.filter(|region| commands::is_safe_word(region));
    // Short, so that the command fits into a chat's step, too.
    steps.push(format!(
        "Deploy member.yaml in account {account}, region {region}, from the hub:\n{}",
        place.member_deployment(hub_region)
    ));
    steps.push(format!(
        "UNIT is the organizational unit of that account, which this prints in the hub's account:\n{}",
        place.unit_of_account()
    ));
    if let Some((hub, stack)) = hub_region.zip(about.overrides.and_then(overrides::stack_of)) {
        steps.push(format!(
            "If it is deployed, find out why the hub cannot assume its role there (deleted, another trust, denied \
             by a policy of the organization):\nguardctl doctor --organization{stack} --hub-region {hub} --account \
             {account} --region {region}"
        ));
    }
    commands::describe(
        steps,
        record,
        "Look at the domain meanwhile, with permissions of its account:",
    );
    steps.push(format!(
        "If the place is not to be guarded, name {account} in ExcludedAccounts, or take {region} out of \
         OrganizationRegions."
    ));
}

fn failed(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let Some(error) = about.error else {
        return;
    };
    match (error.code.as_deref(), error.denial()) {
        (Some("NotAuthorizedException"), _) => {
            commands::apply(steps, record, "Put the domain back now, with permissions of your own:");
            steps.push(format!(
                "Cognito did not authorize {}: for a user pool under a customer key, allow the guard's \
                 role kms:Decrypt and kms:GenerateDataKey on it.",
                error.action
            ));
        }
        (_, Some(denial)) => denied::steps(steps, record, about, error, &denial),
        (Some("FeatureUnavailableInTierException"), None) => steps.push(
            "The user pool's feature plan does not have it (managed login needs Essentials or \
             Plus): change the plan, or the declaration."
                .to_owned(),
        ),
        (Some("OperationNotEnabledException"), None) => steps.push(
            "Cognito does not allow it on this replica: deploy the guard in the primary region too."
                .to_owned(),
        ),
        (_, None) => {
            commands::describe(
                steps,
                record,
                "Read AWS's message, and change what it names by hand. What Cognito has now:",
            );
            if commands::domain_of(record).is_none() {
                steps.push("Read AWS's message, and change what it names by hand.".to_owned());
            }
        }
    }
}

fn refused(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let Some(refusal) = about.plan.and_then(|plan| plan.decision.refusal()) else { return };
    match refusal {
        Refusal::OtherAccount { .. } => steps.push(
            "Deploy a guard in the account that owns the domain: this one must not change it."
                .to_owned(),
        ),
        Refusal::OtherPool { .. } => {
            steps.push(format!(
                "If nobody planned the move, find out who moved the domain:\n{}",
                commands::domain_events(about.place)
            ));
            commands::apply(
                steps,
                record,
                "If it was planned, the next change or sweep puts the domain back. To do it now:",
            );
        }
        Refusal::Failed => {
            commands::describe(
                steps,
                record,
                "Find out why Cognito gave up on it (often DNS or the certificate), and update or create \
                 the domain again by hand. What Cognito has now:",
            );
        }
        Refusal::NoCertificate => steps.push(
            "Declare certificate_arn for the domain in the baseline, so that a complete request \
             can be made, and deploy it."
                .to_owned(),
        ),
        Refusal::Unsatisfiable => steps.push(
            "Cognito rejects TLS_V1 together with managed login (2): declare a security_policy of \
             TLS_V1_2_2021 or higher, or end the exemption that allows TLS_V1."
                .to_owned(),
        ),
        Refusal::NewerPolicy => {
            steps.push("Update the guard to a version that knows the policy.".to_owned());
            return;
        }
        Refusal::FailoverRemoval => commands::apply(
            steps,
            record,
            "Remove the failover yourself. A sweep does not: AWS does not say whether Cognito does it, and \
             a sweep that tried would try for ever.",
        ),
        Refusal::FailoverKept => commands::apply(
            steps,
            record,
            "Remove the failover yourself. The change asked Cognito to remove it, and it is still there: \
             another update would ask for the same.",
        ),
    }
    overrides::undo(steps, record, about);
    keep(steps, record, about);
}

fn deleted(steps: &mut Vec<String>, record: &Record) {
    let create = match (commands::domain_of(record), record.user_pool_id.as_deref()) {
        (Some(domain), Some(pool)) if commands::is_safe_word(pool) => {
            let custom = if record.severity == Severity::Critical {
                " --custom-domain-config CertificateArn=CERTIFICATE,SecurityPolicy=POLICY"
            } else {
                ""
            };
            format!(
                "\naws cognito-idp create-user-pool-domain --region {} --domain {domain} \
                 --user-pool-id {pool}{custom}",
                record.region
            )
        }
        (Some(_) | None, Some(_) | None) => String::new(),
    };
    let colon = if create.is_empty() { "." } else { ":" };
    steps.push(format!("If nobody planned it, create the domain again{colon}{create}"));
    if record.severity == Severity::Critical {
        steps.push(
            "A new custom domain has another CloudFront distribution: point the domain's DNS record at the one \
             that Cognito names, or sign-in stays down."
                .to_owned(),
        );
    }
    steps.push("If it was planned, remove its entry from the baseline.".to_owned());
}
