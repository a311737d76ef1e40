//! A name that a person recognises, out of what CloudTrail says of an identity.
//!
//! The identity is CloudTrail's word. Parts of it were chosen by somebody: the session's name by
//! whoever assumed the role, a role's name by whoever made it. So a name alone makes nobody an SSO
//! user or an AWS service: the path of the role does, which only AWS can use.

use serde_json::Value;

use super::bounded;
use crate::trigger::json::{HIDDEN, text};

/// The name of an actor about which nothing is known.
pub const UNKNOWN: &str = "an unknown identity";

/// Where IAM Identity Center keeps its roles. Nobody else can make a role there.
const SSO_PATH: &str = "aws-reserved/sso.amazonaws.com/";
/// Where service-linked roles are. Nobody else can make a role there.
const SERVICE_PATH: &str = "aws-service-role/";

pub(super) fn name(record: &Value) -> String {
    let of = |member: &str| identity(record, member);
    let named = match of("type") {
        Some("Root") => Some(root(record)),
        Some("AWSService") => Some(service(of("invokedBy"))),
        Some("AWSAccount") => other_account(record),
        Some("IdentityCenterUser") => Some(identity_center_user(record)),
        Some("FederatedUser") => federated_user(record),
        Some("WebIdentityUser" | "SAMLUser") => of("userName").map(|user| {
            of("identityProvider")
                .and_then(provider)
                .map_or_else(|| user.to_owned(), |provider| format!("{user} from {provider}"))
        }),
        _ => None,
    };
    let name = named.or_else(|| session(record)).or_else(|| {
        let last = |arn: &str| arn.rsplit(['/', ':']).next().map(str::to_owned);
        of("userName")
            .map(str::to_owned)
            .or_else(|| of("arn").and_then(last).filter(|name| !name.is_empty()))
            .or_else(|| of("principalId").map(str::to_owned))
    });
    bounded(&name.unwrap_or_else(|| UNKNOWN.to_owned()))
}

/// Whether it is an AWS service, or the role that one made for itself.
pub(super) fn is_service(record: &Value) -> bool {
    let issuer = text(record, "/userIdentity/sessionContext/sessionIssuer/arn");
    let session = || identity(record, "arn").and_then(role_and_session);
    identity(record, "type") == Some("AWSService")
        || session().is_some_and(|(role, _)| matches!(path(issuer, role), RolePath::Service(_)))
}

fn identity<'a>(record: &'a Value, member: &str) -> Option<&'a str> {
    record
        .get("userIdentity")?
        .get(member)?
        .as_str()
        .filter(|text| !text.is_empty() && *text != HIDDEN)
}

/// Role and session of `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
pub(super) fn role_and_session(arn: &str) -> Option<(&str, &str)> {
    let (_, rest) = arn.split_once(":assumed-role/")?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

/// Whether the role is one that IAM Identity Center made.
pub(super) fn is_sso_user(record: &Value) -> bool {
    let issuer = text(record, "/userIdentity/sessionContext/sessionIssuer/arn");
    let session = identity(record, "arn").and_then(role_and_session);
    session.is_some_and(|(role, _)| matches!(path(issuer, role), RolePath::Sso))
}

/// Somebody with a role.
fn session(record: &Value) -> Option<String> {
    let issuer = text(record, "/userIdentity/sessionContext/sessionIssuer/arn");
    let (role, session) = match identity(record, "arn").and_then(role_and_session) {
        Some(found) => found,
        // A record without the session's ARN may still name the role and, behind it, the session.
        None => {
            let role = text(record, "/userIdentity/sessionContext/sessionIssuer/userName")
                .filter(|_| identity(record, "type") == Some("AssumedRole"))?;
            let principal = identity(record, "principalId").unwrap_or_default();
            (role, principal.split_once(':').map_or("", |(_, session)| session))
        }
    };
    let mut name = match path(issuer, role) {
        RolePath::Sso => {
            // AWSReservedSSO_<permission set>_<16 hexadecimal digits>: the session is the SSO user.
            let set = role.strip_prefix("AWSReservedSSO_").unwrap_or(role);
            let set = set.rsplit_once('_').map_or(set, |(set, _)| set);
            let user = if session.is_empty() { "an SSO user" } else { session };
            format!("{user} (SSO, {set})")
        }
        RolePath::Service(service) => {
            format!("AWS service {service} (service-linked role {role})")
        }
        RolePath::Own if session.is_empty() => role.to_owned(),
        RolePath::Own => format!("{role} ({session})"),
    };
    let federated = "/userIdentity/sessionContext/webIdFederationData/federatedProvider";
    if let Some(provider) = text(record, federated).and_then(provider) {
        name.push_str(" from ");
        name.push_str(&provider);
    }
    if let Some(user) = text(record, "/userIdentity/onBehalfOf/userId") {
        name.push_str(", on behalf of Identity Center user ");
        name.push_str(user);
    }
    Some(name)
}

/// What the path of a role says.
enum RolePath<'a> {
    /// IAM Identity Center made the role.
    Sso,
    /// This AWS service made the role for itself.
    Service(&'a str),
    /// Somebody made the role.
    Own,
}

/// The issuer must be of the very role: it stands beside the session's ARN, and is not part of it.
fn path<'a>(issuer: Option<&'a str>, role: &str) -> RolePath<'a> {
    let Some(path) = issuer
        .and_then(|arn| arn.splitn(6, ':').nth(5))
        .and_then(|resource| resource.strip_prefix("role/"))
        .and_then(|path| path.strip_suffix(role))
        .filter(|path| path.ends_with('/'))
    else {
        return RolePath::Own;
    };
    if path.starts_with(SSO_PATH) {
        return RolePath::Sso;
    }
    match path.strip_prefix(SERVICE_PATH).map(|service| service.trim_end_matches('/')) {
        Some(service) => RolePath::Service(service),
        None => RolePath::Own,
    }
}

fn root(record: &Value) -> String {
    match text(record, "/userIdentity/sessionContext/assumedRoot") {
        Some("true") => "root (a session of sts:AssumeRoot)".to_owned(),
        _ => "root".to_owned(),
    }
}

fn service(invoked_by: Option<&str>) -> String {
    match invoked_by {
        Some("AWS Internal") | None => "an AWS service".to_owned(),
        Some(service) => format!("AWS service {service}"),
    }
}

/// A principal of another account: of a role `AROA...:SESSION`, of a user its identifier.
fn other_account(record: &Value) -> Option<String> {
    let principal = identity(record, "principalId");
    let account = identity(record, "accountId");
    let who = match principal.map(|principal| principal.split_once(':').ok_or(principal)) {
        Some(Ok((role, session))) if !session.is_empty() => format!("{session} with role {role}"),
        Some(Ok((only, _)) | Err(only)) => only.to_owned(),
        None => "somebody".to_owned(),
    };
    match (principal, account) {
        (_, Some(account)) => Some(format!("{who} of account {account}")),
        (Some(_), None) => Some(who),
        (None, None) => None,
    }
}

fn identity_center_user(record: &Value) -> String {
    let id = text(record, "/userIdentity/onBehalfOf/userId");
    match (identity(record, "userName"), id) {
        (Some(user), _) => user.to_owned(),
        (None, Some(id)) => format!("Identity Center user {id}"),
        (None, None) => "an Identity Center user".to_owned(),
    }
}

/// `arn:aws:sts::ACCOUNT:federated-user/NAME`: an IAM user made the session, and chose its name.
fn federated_user(record: &Value) -> Option<String> {
    let name = identity(record, "arn")?.split_once(":federated-user/")?.1;
    Some(match text(record, "/userIdentity/sessionContext/sessionIssuer/userName") {
        Some(user) => format!("{name} (federated by {user})"),
        None => name.to_owned(),
    })
}

/// Who vouched for the identity: the ARN of an OIDC or SAML provider, or a host name.
fn provider(provider: &str) -> Option<String> {
    let host = provider.split_once("-provider/").map_or(provider, |(_, host)| host);
    if host == "token.actions.githubusercontent.com" {
        return Some("GitHub Actions".to_owned());
    }
    if host.starts_with("oidc.eks.") {
        return Some("a pod in EKS".to_owned());
    }
    (!host.is_empty()).then(|| host.to_owned())
}
