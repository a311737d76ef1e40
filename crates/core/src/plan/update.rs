//! The request that puts a domain back: the whole observed configuration with only the drifted
//! attributes replaced.

use super::assess::{AttributeValue, Drift};
use crate::domain::{Attribute, Domain, Failover, Hosting, SecurityPolicy};

/// A complete `UpdateUserPoolDomain` request. Applying it takes no further choice.
///
/// Guarantee: every member that is not named by a drift carries what Cognito reported, so that it
/// makes no difference whether Cognito keeps or resets a member that is left out. A member that
/// Cognito did not report is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateRequest {
    /// The domain.
    pub domain: String,
    /// The user pool it belongs to.
    pub user_pool_id: String,
    /// `ManagedLoginVersion`
    pub managed_login_version: Option<i32>,
    /// `CustomDomainConfig` and `Routing`: `None` for a prefix domain, which must not be sent any.
    pub custom: Option<CustomUpdate>,
}

/// The part of a request that only a custom domain takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomUpdate {
    /// `CustomDomainConfig.CertificateArn`: always sent, since without it Cognito takes the request
    /// for an attempt to turn the domain into a prefix domain.
    pub certificate_arn: String,
    /// `CustomDomainConfig.SecurityPolicy`
    pub security_policy: Option<String>,
    /// `Routing`
    pub routing: RoutingUpdate,
}

/// What a request says about failover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutingUpdate {
    /// Nothing: there is none, and none is wanted.
    Omitted,
    /// This one.
    Failover(Failover),
    /// `Routing: {}`, which should remove it. Nobody has documented that it does.
    Remove,
}

impl UpdateRequest {
    /// The request that takes `domain` to where `drifts` say it should be.
    ///
    /// `None` for a custom domain without a known certificate: no complete request can be made.
    pub(super) fn complete(domain: &Domain, drifts: &[Drift]) -> Option<Self> {
        let desired = |attribute: Attribute| {
            drifts.iter().find(|drift| drift.attribute == attribute).map(|drift| &drift.desired)
        };
        let custom = match &domain.hosting {
            Hosting::Prefix => None,
            Hosting::Custom(custom) => Some(CustomUpdate {
                certificate_arn: match desired(Attribute::CertificateArn) {
                    Some(AttributeValue::Text(arn)) => arn.clone(),
                    _ => custom.certificate_arn.clone()?,
                },
                security_policy: match desired(Attribute::SecurityPolicy) {
                    Some(AttributeValue::Text(policy)) => Some(policy.clone()),
                    _ => custom.security_policy.as_sent().map(str::to_owned),
                },
                routing: match (desired(Attribute::Routing), &custom.failover) {
                    (Some(AttributeValue::Failover(failover)), _) => {
                        RoutingUpdate::Failover(failover.clone())
                    }
                    (Some(_), _) => RoutingUpdate::Remove,
                    (None, Some(failover)) => RoutingUpdate::Failover(failover.clone()),
                    (None, None) => RoutingUpdate::Omitted,
                },
            }),
        };
        Some(Self {
            domain: domain.name.clone(),
            user_pool_id: domain.user_pool_id.clone(),
            managed_login_version: match desired(Attribute::ManagedLoginVersion) {
                Some(AttributeValue::Version(version)) => Some(*version),
                _ => domain.managed_login_version,
            },
            custom,
        })
    }

    /// Whether Cognito is known to reject the request: managed login (2) needs `TLS_V1_2_2021` or
    /// higher.
    pub(super) fn is_unsatisfiable(&self) -> bool {
        // A policy that Cognito does not report is sent as none; what it makes of that pair is for it
        // to say.
        let policy = self.custom.as_ref().and_then(|custom| custom.security_policy.as_deref());
        policy == Some(SecurityPolicy::TlsV1.as_str()) && self.managed_login_version == Some(2)
    }
}
