//! What to do where AWS denied the guard's call.
//!
//! The rule: an explicit deny has two readings, and both are offered. Somebody may have stopped the guard on
//! purpose, as docs/operate.md says how; then nothing is to be done before they end it. Or somebody changed
//! the role who should not have.

use super::about::About;
use super::commands;
use super::record::Record;
use crate::call::CallError;
use crate::denial::{Denial, DeniedBy, PolicyKind};

/// The name that the emergency stop of docs/operate.md gives its policy.
const EMERGENCY_STOP: &str = "emergency-stop";

/// What to do about a call that was denied.
pub(super) fn steps(
    steps: &mut Vec<String>,
    record: &Record,
    about: &About<'_>,
    error: &CallError,
    denial: &Denial,
) {
    match denial {
        Denial::Explicit(by) => {
            stopped(steps, about, error, by.as_ref());
            commands::apply(
                steps,
                record,
                "To put the domain back before that, with permissions of your own:",
            );
        }
        Denial::Missing(kind) => {
            commands::apply(
                steps,
                record,
                "Put the domain back now, with permissions of your own:",
            );
            missing(steps, about, error, *kind);
        }
    }
}

/// Both readings of an explicit deny.
fn stopped(steps: &mut Vec<String>, about: &About<'_>, error: &CallError, by: Option<&DeniedBy>) {
    let Some(DeniedBy { kind, arn }) = by else { return on_the_role(steps, about, error, None) };
    let arn = arn.as_deref();
    let role = commands::role_of(error);
    let account = &about.place.account;
    let organization = |filter: &str| match arn.and_then(policy_id) {
        Some(id) => format!("aws organizations describe-policy --policy-id {id}"),
        None => format!(
            "aws organizations list-policies-for-target --target-id {account} --filter {filter}"
        ),
    };
    let (whose, look) = match kind {
        PolicyKind::Identity => return on_the_role(steps, about, error, arn),
        PolicyKind::ServiceControl => (
            "whoever looks after the organization's service control policies. In the management account",
            Some(organization("SERVICE_CONTROL_POLICY")),
        ),
        PolicyKind::ResourceControl => (
            "whoever looks after the organization's resource control policies. In the management account",
            Some(organization("RESOURCE_CONTROL_POLICY")),
        ),
        PolicyKind::Boundary => (
            "whoever looks after the role's permissions boundary",
            Some(format!(
                "aws iam get-role --role-name {role} --query \
                 Role.PermissionsBoundary.PermissionsBoundaryArn --output text"
            )),
        ),
        PolicyKind::VpcEndpoint => (
            "whoever looks after the VPC endpoint that the function's calls go through",
            Some(format!(
                "aws ec2 describe-vpc-endpoints --region {} --query \
                 'VpcEndpoints[].[VpcEndpointId,ServiceName]' --output text",
                about.place.region
            )),
        ),
        PolicyKind::Resource => {
            ("whoever looks after the policy of the resource that is named", None)
        }
        PolicyKind::Session | PolicyKind::RoleTrust => {
            ("whoever makes sessions of the guard's role", None)
        }
    };
    steps.push(match look {
        Some(look) => format!("Find out whether the stop is meant: ask {whose}:\n{look}"),
        None => format!("Find out whether the stop is meant: ask {whose}."),
    });
    steps.push(format!(
        "If it is meant, no action is needed: the guard goes on once the Deny is taken out of the {kind}."
    ));
    steps.push(format!(
        "If it is not meant, have the Deny taken out of the {kind}, and find out who put it there."
    ));
}

/// A Deny in a policy of the role: a managed one that AWS names, or else one that is written into the role.
fn on_the_role(steps: &mut Vec<String>, about: &About<'_>, error: &CallError, arn: Option<&str>) {
    let role = commands::role_of(error);
    steps.push(format!(
        "Find out whether the stop is meant, and who set it:\n{}",
        commands::iam_events(about.place, role)
    ));
    match arn {
        Some(arn) => {
            steps.push(format!(
                "If it is meant, no action is needed. To end it:\naws iam detach-role-policy --role-name {role} \
                 --policy-arn {arn}"
            ));
            steps.push(
                "If it is not meant, find out who changed the role and why, and end it in the same way."
                    .to_owned(),
            );
        }
        None => {
            steps.push(format!(
                "If it is meant, no action is needed. To end the emergency stop of docs/operate.md:\naws iam \
                 delete-role-policy --role-name {role} --policy-name {EMERGENCY_STOP}"
            ));
            steps.push(format!(
                "If it is not meant, find out who changed the role and why, and delete the policy with the \
                 Deny:\naws iam list-role-policies --role-name {role}"
            ));
        }
    }
}

/// A permission that nothing gives.
fn missing(
    steps: &mut Vec<String>,
    about: &About<'_>,
    error: &CallError,
    kind: Option<PolicyKind>,
) {
    let role = commands::role_of(error);
    let action = error.denied_action();
    match kind {
        Some(PolicyKind::Identity) | None => {
            steps.push(format!(
                "Deploy the stack again, or give the guard's role the permission:\naws iam put-role-policy \
                 --role-name {role} --policy-name allow-what-is-missing --policy-document {}",
                commands::policy("Allow", action)
            ));
        }
        Some(
            kind @ (PolicyKind::ServiceControl
            | PolicyKind::ResourceControl
            | PolicyKind::Boundary
            | PolicyKind::Session
            | PolicyKind::VpcEndpoint
            | PolicyKind::Resource
            | PolicyKind::RoleTrust),
        ) => steps.push(format!(
            "Have {action} allowed for the guard's role in the {kind}, which does not allow it now:\n{role}"
        )),
    }
    steps.push(format!("See who changed the role:\n{}", commands::iam_events(about.place, role)));
}

/// The identifier at the end of the ARN of a policy of an organization.
fn policy_id(arn: &str) -> Option<&str> {
    arn.rsplit('/').next().filter(|id| id.starts_with("p-") && commands::is_safe_word(id))
}

#[cfg(test)]
mod tests {
    use super::super::scene::{denied_by, event, home, revert_failed};

    const RUNBOOK: &str = "docs/operate.md#the-guard-is-stopped";

    fn stopped(clause: &str) -> Vec<String> {
        let notice = revert_failed(&denied_by(clause), &event("update-weakens-tls"), &home());
        assert_eq!(notice.record.links.runbook.as_deref(), Some(RUNBOOK));
        assert_eq!(notice.record.severity.as_str(), "critical");
        let headline = &notice.record.headline;
        assert!(
            headline.ends_with("a Deny stops the guard. Act now unless that is meant."),
            "{headline}"
        );
        notice.record.next_steps
    }

    fn check(clause: &str, meaning: &str, expected: [&str; 4]) {
        let notice = revert_failed(&denied_by(clause), &event("update-weakens-tls"), &home());
        assert!(notice.record.meaning.contains(meaning), "{}", notice.record.meaning);
        let steps = stopped(clause);
        for (step, expected) in steps.iter().zip(expected) {
            assert!(step.contains(expected), "{step}");
        }
        assert!(steps[4].contains("\nguardctl allow auth.example.com "), "{}", steps[4]);
        assert!(steps[5].starts_with("To keep"), "{}", steps[5]);
    }

    #[test]
    fn a_deny_on_the_role_may_be_meant_or_not_and_names_the_commands_for_both() {
        check(
            "with an explicit deny in an identity-based policy",
            "is denied cognito-idp:UpdateUserPoolDomain by an explicit deny in an identity-based policy.",
            [
                "who set it:\naws cloudtrail lookup-events --region us-east-1 --lookup-attributes \
                 AttributeKey=ResourceName,AttributeValue=cognito-domain-guard-GuardRole",
                "If it is meant, no action is needed. To end the emergency stop of docs/operate.md:\naws \
                 iam delete-role-policy --role-name cognito-domain-guard-GuardRole --policy-name \
                 emergency-stop",
                "If it is not meant, find out who changed the role and why, and delete the policy with the \
                 Deny:\naws iam list-role-policies --role-name cognito-domain-guard-GuardRole",
                "guardctl apply --domain auth.example.com --region eu-central-1",
            ],
        );
    }

    #[test]
    fn a_managed_policy_that_aws_names_is_detached() {
        let arn = "arn:aws:iam::111122223333:policy/Stop";
        check(
            &format!("with an explicit deny in an identity-based policy: {arn}"),
            "in the identity-based policy arn:aws:iam::111122223333:policy/Stop",
            [
                "who set it",
                "--role-name cognito-domain-guard-GuardRole --policy-arn arn:aws:iam::111122223333:policy/Stop",
                "in the same way",
                "guardctl apply",
            ],
        );
    }

    #[test]
    fn a_deny_that_is_not_on_the_role_is_somebody_elses_to_end() {
        check(
            "with an explicit deny in a service control policy: \
             arn:aws:organizations::444455556666:policy/o-1/service_control_policy/p-abc123",
            "service control policy",
            [
                "aws organizations describe-policy --policy-id p-abc123",
                "no action is needed",
                "taken out of the service control policy",
                "guardctl apply",
            ],
        );
        check(
            "with an explicit deny in a permissions boundary",
            "in a permissions boundary",
            ["aws iam get-role", "no action is needed", "permissions boundary", "guardctl apply"],
        );
        check(
            "with an explicit deny in a VPC endpoint policy",
            "in a VPC endpoint policy",
            [
                "aws ec2 describe-vpc-endpoints",
                "no action",
                "VPC endpoint policy",
                "guardctl apply",
            ],
        );
        check(
            "with an explicit deny in a session policy",
            "in a session policy",
            ["sessions of the guard's role", "no action", "session policy", "guardctl apply"],
        );
    }

    #[test]
    fn a_deny_of_an_unknown_kind_is_looked_for_on_the_role() {
        check(
            "with an explicit deny",
            "by an explicit deny.",
            ["lookup-events", "emergency-stop", "list-role-policies", "guardctl apply"],
        );
    }

    #[test]
    fn nobody_is_asked_to_allow_an_action_again_that_somebody_denied() {
        for kind in crate::denial::PolicyKind::ALL {
            let steps = stopped(&format!("with an explicit deny in a {kind}"));
            let allows =
                |step: &String| step.contains("put-role-policy") || step.starts_with("Allow");
            assert!(!steps.iter().any(allows), "{steps:#?}");
        }
    }

    #[test]
    fn a_permission_that_is_missing_is_given_after_the_domain_was_put_back() {
        let clause =
            "because no identity-based policy allows the cognito-idp:UpdateUserPoolDomain action";
        let notice = revert_failed(&denied_by(clause), &event("update-weakens-tls"), &home());
        let steps = &notice.record.next_steps;
        assert!(steps[0].contains("guardctl apply --domain auth.example.com"), "{}", steps[0]);
        assert!(
            steps[1].contains(
                r#"'{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cognito-idp:UpdateUserPoolDomain","Resource":"*"}}'"#
            ),
            "{}",
            steps[1]
        );
        assert!(notice.record.headline.ends_with("the guard lacks a permission. Act now."));
        assert!(!notice.record.error.unwrap().denial.unwrap().explicit);
    }
}
