//! The request that puts a domain back: the whole desired domain, which is the observed one but for
//! what has drifted.

use crate::domain::{CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy};

/// A complete `UpdateUserPoolDomain` request. Applying it takes no further choice.
///
/// Guarantee: every member that has not drifted carries what Cognito reported, so that it makes no
/// difference whether Cognito keeps or resets a member that is left out. A member that Cognito did not
/// report is left out.
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
    /// The request that takes the domain that is `observed` to where it is `desired`.
    ///
    /// `None` for a custom domain without a known certificate: no complete request can be made.
    pub fn complete(observed: &Domain, desired: &Domain) -> Option<Self> {
        let Domain { name, user_pool_id, account: _, status: _, hosting, managed_login_version } =
            desired;
        let custom = match hosting {
            Hosting::Prefix => None,
            Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover }) => {
                Some(CustomUpdate {
                    certificate_arn: certificate_arn.clone()?,
                    security_policy: security_policy.as_sent().map(str::to_owned),
                    routing: match (failover, has_failover(observed)) {
                        (Some(failover), _) => RoutingUpdate::Failover(failover.clone()),
                        (None, true) => RoutingUpdate::Remove,
                        (None, false) => RoutingUpdate::Omitted,
                    },
                })
            }
        };
        Some(Self {
            domain: name.clone(),
            user_pool_id: user_pool_id.clone(),
            managed_login_version: *managed_login_version,
            custom,
        })
    }

    /// The domain that is `observed`, once Cognito has applied the request to the letter. What the
    /// request does not mention stays.
    pub(super) fn applied_to(&self, observed: &Domain) -> Domain {
        let Self { domain, user_pool_id, managed_login_version, custom } = self;
        Domain {
            name: domain.clone(),
            user_pool_id: user_pool_id.clone(),
            account: observed.account.clone(),
            status: observed.status.clone(),
            hosting: match (custom, &observed.hosting) {
                (Some(custom), Hosting::Custom(observed)) => {
                    Hosting::Custom(custom.applied_to(observed))
                }
                (None, Hosting::Custom(_) | Hosting::Prefix) | (Some(_), Hosting::Prefix) => {
                    observed.hosting.clone()
                }
            },
            managed_login_version: managed_login_version.or(observed.managed_login_version),
        }
    }
}

impl CustomUpdate {
    fn applied_to(&self, observed: &CustomDomain) -> CustomDomain {
        let Self { certificate_arn, security_policy, routing } = self;
        CustomDomain {
            certificate_arn: Some(certificate_arn.clone()),
            security_policy: security_policy
                .as_deref()
                .map_or_else(|| observed.security_policy.clone(), ObservedPolicy::from_name),
            failover: match routing {
                RoutingUpdate::Omitted => observed.failover.clone(),
                RoutingUpdate::Failover(failover) => Some(failover.clone()),
                RoutingUpdate::Remove => None,
            },
        }
    }
}

/// Whether an update that takes one domain to the other removes a failover.
pub(super) fn removes_failover(observed: &Domain, desired: &Domain) -> bool {
    has_failover(observed) && !has_failover(desired)
}

const fn has_failover(domain: &Domain) -> bool {
    match &domain.hosting {
        Hosting::Prefix => false,
        Hosting::Custom(custom) => custom.failover.is_some(),
    }
}

/// Whether Cognito is known to reject the domain: managed login (2) needs `TLS_V1_2_2021` or higher.
pub(super) fn is_unsatisfiable(desired: &Domain) -> bool {
    match &desired.hosting {
        Hosting::Prefix => false,
        // A policy that Cognito does not report is sent as none; what it makes of that pair is for it
        // to say.
        Hosting::Custom(custom) => {
            custom.security_policy == ObservedPolicy::Known(SecurityPolicy::TlsV1)
                && desired.managed_login_version == Some(2)
        }
    }
}
