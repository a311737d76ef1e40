//! What Cognito makes of the parameters of a create or an update: validation, and the configuration
//! that results.
//!
//! The order is that of a service: the shape of the request, then what it refers to, then whether
//! the result is allowed, then whether now is a good time for it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::action::ApiError;
use crate::pool::Tier;
use crate::variant::{Busy, EmptyRouting, Omitted, Replicas, Variant};
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};

/// The parameters of a create or an update, of the right shape.
pub(super) struct Parameters<'a> {
    pub(super) domain: &'a str,
    pub(super) user_pool_id: &'a str,
    pub(super) custom: Option<CustomParameters<'a>>,
    managed_login_version: Option<i32>,
    routing: Routing,
}

pub(super) struct CustomParameters<'a> {
    certificate_arn: &'a str,
    security_policy: Option<ObservedPolicy>,
}

/// The member `Routing`.
enum Routing {
    Omitted,
    Empty,
    Failover(Failover),
}

impl<'a> Parameters<'a> {
    /// What the service model checks before anything is looked up. `policies` are the names that
    /// the model knows.
    pub(super) fn parse(
        parameters: &'a Value,
        policies: &BTreeSet<String>,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            domain: required(parameters, "Domain")?,
            user_pool_id: required(parameters, "UserPoolId")?,
            custom: member(parameters, "CustomDomainConfig")
                .map(|config| CustomParameters::parse(config, policies))
                .transpose()?,
            managed_login_version: managed_login_version(parameters)?,
            routing: Routing::parse(parameters)?,
        })
    }
}

impl Parameters<'_> {
    /// Whether there is a replica where the failover goes, if there is to be one.
    pub(super) fn check_replica(&self, replicas: Replicas) -> Result<(), ApiError> {
        match (&self.routing, replicas) {
            (Routing::Failover(_), Replicas::Nowhere) => Err(ApiError::invalid_parameter(
                "The user pool has no active replica in the secondary region.",
            )),
            (Routing::Failover(_), Replicas::Everywhere)
            | (Routing::Omitted | Routing::Empty, Replicas::Everywhere | Replicas::Nowhere) => {
                Ok(())
            }
        }
    }
}

impl<'a> CustomParameters<'a> {
    fn parse(config: &'a Value, policies: &BTreeSet<String>) -> Result<Self, ApiError> {
        let certificate_arn = text(config, "CertificateArn").ok_or_else(|| {
            violated("customDomainConfig.certificateArn", "Member must not be null")
        })?;
        if certificate_arn.is_empty() {
            return Err(violated(
                "customDomainConfig.certificateArn",
                "Member must have length greater than or equal to 20",
            ));
        }
        let security_policy = text(config, "SecurityPolicy");
        if let Some(policy) = security_policy.filter(|policy| !policies.contains(*policy)) {
            let known: Vec<&str> = policies.iter().map(String::as_str).collect();
            return Err(ApiError::invalid_parameter(format!(
                "1 validation error detected: Value '{policy}' at 'customDomainConfig.securityPolicy' \
                 failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                known.join(", ")
            )));
        }
        Ok(Self {
            certificate_arn,
            security_policy: security_policy.map(ObservedPolicy::from_name),
        })
    }
}

impl Routing {
    fn parse(parameters: &Value) -> Result<Self, ApiError> {
        let Some(routing) = member(parameters, "Routing") else {
            return Ok(Self::Omitted);
        };
        let Some(failover) = member(routing, "Failover") else {
            return Ok(Self::Empty);
        };
        let required = |name: &str, path: &str| {
            text(failover, name)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| violated(path, "Member must not be null"))
        };
        Ok(Self::Failover(Failover {
            secondary_region: required("SecondaryRegion", "routing.failover.secondaryRegion")?,
            primary_route53_health_check_id: required(
                "PrimaryRoute53HealthCheckId",
                "routing.failover.primaryRoute53HealthCheckId",
            )?,
        }))
    }
}

/// The domain that a create makes, still without its account. Its status is `CREATING`.
pub(super) fn created(parameters: &Parameters<'_>, tier: Tier) -> Result<Domain, ApiError> {
    let managed_login_version = parameters.managed_login_version.unwrap_or(1);
    let hosting = match (&parameters.custom, &parameters.routing) {
        (None, Routing::Failover(_)) => return Err(routing_on_prefix()),
        (None, Routing::Omitted | Routing::Empty) => Hosting::Prefix,
        (Some(custom), routing) => Hosting::Custom(CustomDomain {
            certificate_arn: Some(custom.certificate_arn.to_owned()),
            security_policy: custom
                .security_policy
                .clone()
                .unwrap_or_else(|| default_policy(managed_login_version)),
            failover: match routing {
                Routing::Omitted | Routing::Empty => None,
                Routing::Failover(failover) => Some(failover.clone()),
            },
        }),
    };
    let domain = Domain {
        name: parameters.domain.to_owned(),
        user_pool_id: parameters.user_pool_id.to_owned(),
        account: None,
        status: Status::Creating,
        hosting,
        managed_login_version: Some(managed_login_version),
    };
    check_managed_login(&domain, tier)?;
    Ok(domain)
}

/// The domain that an update makes of `current`; the status is still that of `current`.
pub(super) fn updated(
    current: &Domain,
    parameters: &Parameters<'_>,
    tier: Tier,
    variant: Variant,
) -> Result<Domain, ApiError> {
    let managed_login_version = match (parameters.managed_login_version, variant.omitted) {
        (Some(version), _) => Some(version),
        (None, Omitted::Kept) => current.managed_login_version,
        (None, Omitted::Reset) => Some(1),
    };
    let hosting = match (&current.hosting, &parameters.custom) {
        (Hosting::Custom(_), None) => {
            return Err(ApiError::invalid_parameter(
                "Cannot convert custom domain to prefix domain.",
            ));
        }
        (Hosting::Prefix, Some(_)) => {
            return Err(ApiError::invalid_parameter(
                "Cannot convert prefix domain to custom domain.",
            ));
        }
        (Hosting::Prefix, None) => match parameters.routing {
            Routing::Failover(_) => return Err(routing_on_prefix()),
            Routing::Omitted | Routing::Empty => Hosting::Prefix,
        },
        (Hosting::Custom(before), Some(custom)) => Hosting::Custom(CustomDomain {
            certificate_arn: Some(custom.certificate_arn.to_owned()),
            security_policy: match (&custom.security_policy, variant.omitted) {
                (Some(policy), _) => policy.clone(),
                (None, Omitted::Kept) => before.security_policy.clone(),
                (None, Omitted::Reset) => default_policy(managed_login_version.unwrap_or(1)),
            },
            failover: match (&parameters.routing, variant.omitted, variant.empty_routing) {
                (Routing::Failover(failover), _, _) => Some(failover.clone()),
                (Routing::Omitted, Omitted::Kept, _) | (Routing::Empty, _, EmptyRouting::Keeps) => {
                    before.failover.clone()
                }
                (Routing::Omitted, Omitted::Reset, _)
                | (Routing::Empty, _, EmptyRouting::Removes) => None,
            },
        }),
    };
    let desired = Domain { hosting, managed_login_version, ..current.clone() };
    // A domain from before there were policies may have managed login over TLS 1.0 by inheritance.
    // An update that leaves both alone is not the one that made it so.
    let inherited = in_effect(current) == Some(&ObservedPolicy::Absent)
        && in_effect(&desired) == Some(&ObservedPolicy::Absent)
        && current.managed_login_version == desired.managed_login_version;
    if !inherited {
        check_managed_login(&desired, tier)?;
    }
    Ok(desired)
}

/// Whether a domain of that status takes an update now.
///
/// That `FAILED` and `DELETING` refuse one is a guess: no document says, and the guard is never to
/// find out.
pub(super) fn check_status(status: &Status, domain: &str, busy: Busy) -> Result<(), ApiError> {
    match (status, busy) {
        (Status::Active | Status::Unknown(_), _)
        | (Status::Creating | Status::Updating, Busy::Accepted) => Ok(()),
        (Status::Creating | Status::Updating, Busy::Conflict) => Err(ApiError::new(
            400,
            "ConcurrentModificationException",
            format!("Domain {domain} is being modified by another request."),
        )),
        (Status::Creating | Status::Updating, Busy::Invalid)
        | (Status::Deleting | Status::Failed, _) => Err(ApiError::invalid_parameter(format!(
            "Domain {domain} cannot be updated while its status is {status}."
        ))),
    }
}

/// A member that has to be there, as text.
pub(super) fn required<'a>(parameters: &'a Value, name: &str) -> Result<&'a str, ApiError> {
    text(parameters, name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| violated(&lower_first(name), "Member must not be null"))
}

/// The policy of a domain that nobody gave one. No document says which it is; this is the weakest
/// that its managed login allows, which is what makes forgetting it dangerous.
fn default_policy(managed_login_version: i32) -> ObservedPolicy {
    ObservedPolicy::Known(if managed_login_version >= 2 {
        SecurityPolicy::TlsV1_2_2021
    } else {
        SecurityPolicy::TlsV1
    })
}

fn check_managed_login(domain: &Domain, tier: Tier) -> Result<(), ApiError> {
    if domain.managed_login_version.is_none_or(|version| version < 2) {
        return Ok(());
    }
    if tier == Tier::Lite {
        return Err(ApiError::new(
            400,
            "FeatureUnavailableInTierException",
            "Managed login is not available in the LITE feature plan.",
        ));
    }
    match in_effect(domain).and_then(ObservedPolicy::in_effect) {
        Some(SecurityPolicy::TlsV1) => Err(ApiError::new(
            400,
            "InvalidInputException",
            "Managed login requires TLS_V1_2_2021 or higher.",
        )),
        Some(SecurityPolicy::TlsV1_2_2021 | SecurityPolicy::TlsV1_3_2025) | None => Ok(()),
    }
}

const fn in_effect(domain: &Domain) -> Option<&ObservedPolicy> {
    match &domain.hosting {
        Hosting::Prefix => None,
        Hosting::Custom(custom) => Some(&custom.security_policy),
    }
}

fn managed_login_version(parameters: &Value) -> Result<Option<i32>, ApiError> {
    let Some(version) = member(parameters, "ManagedLoginVersion") else {
        return Ok(None);
    };
    version
        .as_i64()
        .and_then(|version| i32::try_from(version).ok())
        .filter(|version| (1..=2).contains(version))
        .map(Some)
        .ok_or_else(|| violated("managedLoginVersion", "Member must be 1 or 2"))
}

fn routing_on_prefix() -> ApiError {
    ApiError::invalid_parameter("Routing is only supported for custom domains.")
}

fn violated(path: &str, constraint: &str) -> ApiError {
    ApiError::invalid_parameter(format!(
        "1 validation error detected: Value at '{path}' failed to satisfy constraint: {constraint}"
    ))
}

/// A member that is there and not null.
fn member<'a>(parameters: &'a Value, name: &str) -> Option<&'a Value> {
    parameters.get(name).filter(|value| !value.is_null())
}

fn text<'a>(parameters: &'a Value, name: &str) -> Option<&'a str> {
    member(parameters, name).and_then(Value::as_str)
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}
