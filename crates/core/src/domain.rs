//! The observed side: what one answer of `DescribeUserPoolDomain` says, free of the API's oddities.
//!
//! A [`Domain`] is the whole configuration that an update has to send back. Nothing in this file
//! knows the AWS SDK; the adapter in `cognito` translates.

use std::fmt;

use crate::words::words;

words! {
    /// One thing that a baseline can declare about a domain, in the order in which they are reported.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Attribute {
        /// The TLS policy of a custom domain (`CustomDomainConfig.SecurityPolicy`).
        SecurityPolicy = "security_policy",
        /// The failover to a secondary region (`Routing`), custom domains only.
        Routing = "routing",
        /// Classic hosted UI (1) or managed login (2) (`ManagedLoginVersion`).
        ManagedLoginVersion = "managed_login_version",
        /// The ACM certificate of a custom domain (`CustomDomainConfig.CertificateArn`).
        CertificateArn = "certificate_arn",
    }
}

impl Attribute {
    /// Whether such a domain has it at all.
    pub const fn exists_on(self, hosting: &Hosting) -> bool {
        match (self, hosting) {
            (Self::ManagedLoginVersion, Hosting::Prefix | Hosting::Custom(_))
            | (Self::SecurityPolicy | Self::Routing | Self::CertificateArn, Hosting::Custom(_)) => {
                true
            }
            (Self::SecurityPolicy | Self::Routing | Self::CertificateArn, Hosting::Prefix) => false,
        }
    }

    /// The argument of Terraform's `aws_cognito_user_pool_domain`.
    pub const fn terraform_argument(self) -> &'static str {
        match self {
            Self::SecurityPolicy => "security_policy",
            Self::Routing => "routing",
            Self::ManagedLoginVersion => "managed_login_version",
            Self::CertificateArn => "certificate_arn",
        }
    }

    /// The property of CloudFormation's `AWS::Cognito::UserPoolDomain`.
    pub const fn cloudformation_property(self) -> &'static str {
        match self {
            Self::SecurityPolicy => "CustomDomainConfig.SecurityPolicy",
            Self::Routing => "Routing",
            Self::ManagedLoginVersion => "ManagedLoginVersion",
            Self::CertificateArn => "CustomDomainConfig.CertificateArn",
        }
    }
}

words! {
    /// A TLS security policy that this build knows, weakest first: the order is the strength.
    ///
    /// Source: the `SecurityPolicyType` of the Cognito service model, June 2026.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum SecurityPolicy {
        /// Permits TLS 1.0. Cognito rejects it together with managed login.
        TlsV1 = "TLS_V1",
        /// TLS 1.3 with a fallback to TLS 1.2.
        TlsV1_2_2021 = "TLS_V1_2_2021",
        /// TLS 1.3 only.
        TlsV1_3_2025 = "TLS_V1_3_2025",
    }
}

/// The security policy that Cognito reports for a custom domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ObservedPolicy {
    /// No policy in the answer. Domains made before June 2026 may look like this; they permit
    /// TLS 1.0, so the policy in effect is [`SecurityPolicy::TlsV1`].
    Absent,
    /// A policy this build knows.
    Known(SecurityPolicy),
    /// A policy newer than this build. Its strength cannot be judged, so nothing may lower it.
    Unknown(String),
}

impl ObservedPolicy {
    /// The policy of that name, known or not.
    pub fn from_name(name: &str) -> Self {
        SecurityPolicy::from_name(name).map_or_else(|| Self::Unknown(name.to_owned()), Self::Known)
    }

    /// What Cognito sent, or would have to be sent to leave it as it is; `None` where it sent none.
    pub fn as_sent(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::Known(policy) => Some(policy.as_str()),
            Self::Unknown(name) => Some(name),
        }
    }

    /// The policy in effect, where this build can judge it.
    pub const fn in_effect(&self) -> Option<SecurityPolicy> {
        match self {
            Self::Absent => Some(SecurityPolicy::TlsV1),
            Self::Known(policy) => Some(*policy),
            Self::Unknown(_) => None,
        }
    }
}

/// Failover of a custom domain to the replica of its user pool in another region.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Failover {
    /// The region that takes over, such as `us-west-2`.
    pub secondary_region: String,
    /// The Route 53 health check that decides it. Only its identifier, not an ARN.
    pub primary_route53_health_check_id: String,
}

impl fmt::Display for Failover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "failover to {} by health check {}",
            self.secondary_region, self.primary_route53_health_check_id
        )
    }
}

/// What Cognito is doing with a domain (`DomainDescription.Status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Serving, and open to changes.
    Active,
    /// Being created: up to an hour for a custom domain.
    Creating,
    /// A change is on its way out: up to five minutes for a custom domain, an hour for a certificate.
    Updating,
    /// On its way to not being there.
    Deleting,
    /// Cognito gave up on it. Only a person can say what should become of it.
    Failed,
    /// A status newer than this build, or none at all. Treated as one in which Cognito may be busy.
    Unknown(String),
}

impl Status {
    /// The name that Cognito uses.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "ACTIVE",
            Self::Creating => "CREATING",
            Self::Updating => "UPDATING",
            Self::Deleting => "DELETING",
            Self::Failed => "FAILED",
            Self::Unknown(name) => name,
        }
    }

    /// Whether Cognito may be working on the domain.
    pub const fn is_busy(&self) -> bool {
        match self {
            Self::Creating | Self::Updating | Self::Unknown(_) => true,
            Self::Active | Self::Failed | Self::Deleting => false,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a custom domain has and a prefix domain has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomDomain {
    /// The ACM certificate. `None` when Cognito did not say: without it no update can be sent.
    pub certificate_arn: Option<String>,
    /// The TLS policy.
    pub security_policy: ObservedPolicy,
    /// The failover, `None` when there is none.
    pub failover: Option<Failover>,
}

/// Where a domain is served from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosting {
    /// `NAME.auth.REGION.amazoncognito.com`: AWS's certificate, AWS's TLS policy, no routing.
    Prefix,
    /// The customer's own name, through a certificate and a CloudFront distribution.
    Custom(CustomDomain),
}

/// One user pool domain as Cognito describes it: all that an update has to send back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// `auth.example.com`, or the prefix alone.
    pub name: String,
    /// The user pool that it belongs to now, empty when Cognito did not say.
    pub user_pool_id: String,
    /// The account of that user pool, where Cognito said.
    pub account: Option<String>,
    /// What Cognito is doing with it.
    pub status: Status,
    /// Prefix or custom.
    pub hosting: Hosting,
    /// 1 or 2, `None` when Cognito did not say (version 1 is then in effect).
    pub managed_login_version: Option<i32>,
}
