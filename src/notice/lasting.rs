//! What to do about drift that lasts, and about a state that stays unknown.

use super::about::About;
use super::record::Record;
use crate::domain::{CustomDomain, Hosting, Status};
use crate::trigger::{Asked, Change, Origin};

/// Whoever makes the change, whatever it is, loses the permission first: nothing else ends a race that
/// somebody runs against the guard.
pub(super) fn drift(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    if about.observed.is_some_and(|domain| domain.status == Status::Creating) {
        steps.push(
            "Cognito is still creating the domain, which takes up to an hour, and refuses changes \
             until then. The guard puts it back as soon as it can."
                .to_owned(),
        );
    }
    let foreign =
        about.change.filter(|change| change.origin == Origin::Foreign && !record.names_nobody());
    if let Some(principal) = foreign.and_then(Principal::of) {
        principal.stop(steps);
    }
    let domain = record.domain.as_deref().unwrap_or_default();
    steps.push(
        "See in CloudTrail who has called UpdateUserPoolDomain since. If the calls go on, they are \
         what keeps Cognito busy, and the guard cannot win by waiting."
            .to_owned(),
    );
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if !domain.is_empty() && domain.chars().all(is_name) {
        steps.push(format!(
            "When Cognito reports the domain as ACTIVE, put it back by hand if the guard has not:\n\
             guardctl apply --baseline {} --domain {domain}",
            about.baseline.name()
        ));
    }
}

pub(super) fn unknown(steps: &mut Vec<String>, about: &About<'_>) {
    if about.error.is_some() {
        steps.push(
            "Look at the error: Cognito throttles or does not answer. The guard goes on looking each \
             minute, and an alarm follows if it gives up."
                .to_owned(),
        );
        return;
    }
    if brings_a_certificate(about) {
        steps.push(
            "No action needed for an hour: the change names another certificate than the domain \
             shows, and a new certificate may take that long."
                .to_owned(),
        );
    }
    steps.push(
        "Look at the domain in the Cognito console. The guard goes on looking each minute; what it \
         cannot see yet may be off the baseline."
            .to_owned(),
    );
    steps.push(
        "If Cognito stays busy for more than an hour, open a case with AWS Support.".to_owned(),
    );
}

/// Whether the change asked for another certificate than the domain shows.
fn brings_a_certificate(about: &About<'_>) -> bool {
    let asked = about.change.map(|change| &change.requested.certificate_arn);
    let shown = about.observed.map(|domain| &domain.hosting);
    match (asked, shown) {
        (
            Some(Asked::Value(asked)),
            Some(Hosting::Custom(CustomDomain { certificate_arn, .. })),
        ) => certificate_arn.as_ref() != Some(asked),
        (Some(Asked::Value(_) | Asked::NotAsked | Asked::None | Asked::Unreadable) | None, _) => {
            false
        }
    }
}

/// Who can be kept from changing the domain again, and how.
enum Principal<'a> {
    User(&'a str),
    Role(&'a str),
    /// A role of IAM Identity Center, which only Identity Center can change.
    SingleSignOn(&'a str),
    Root,
}

impl<'a> Principal<'a> {
    fn of(change: &'a Change) -> Option<Self> {
        if change.actor.kind.as_deref() == Some("Root") {
            return Some(Self::Root);
        }
        let arn = change.actor.arn.as_deref()?;
        let (_, resource) = arn.split_once("::").and_then(|(_, rest)| rest.split_once(':'))?;
        let name = |name: &'a str| {
            // What is pasted into a shell was chosen by others.
            let is_safe = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
            Some(name).filter(|name| !name.is_empty() && name.chars().all(is_safe))
        };
        if let Some(user) = resource.strip_prefix("user/") {
            return name(user.rsplit('/').next()?).map(Self::User);
        }
        let (role, _) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
        let role = name(role)?;
        Some(if role.starts_with("AWSReservedSSO_") {
            Self::SingleSignOn(role)
        } else {
            Self::Role(role)
        })
    }

    fn stop(self, steps: &mut Vec<String>) {
        const POLICY: &str = r#"'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["cognito-idp:CreateUserPoolDomain","cognito-idp:UpdateUserPoolDomain","cognito-idp:DeleteUserPoolDomain"],"Resource":"*"}]}'"#;
        const NAME: &str = "no-user-pool-domain-changes";
        let first = "If the change was not meant, take the permission away from whoever made it";
        steps.push(match self {
            Self::User(user) => format!(
                "{first}:\naws iam put-user-policy --user-name {user} --policy-name {NAME} \
                 --policy-document {POLICY}"
            ),
            Self::Role(role) => format!(
                "{first}; it holds for sessions that are open, too:\naws iam put-role-policy --role-name \
                 {role} --policy-name {NAME} --policy-document {POLICY}"
            ),
            Self::SingleSignOn(role) => format!(
                "{first}: in IAM Identity Center, remove the user's assignment, or deny \
                 cognito-idp:UpdateUserPoolDomain in the permission set of the role:\n{role}"
            ),
            Self::Root => format!(
                "{first}: it was the root user, whom no IAM policy stops. Change its password and delete \
                 its access keys, or deny cognito-idp:UpdateUserPoolDomain by a service control policy."
            ),
        });
    }
}
