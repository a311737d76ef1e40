//! What a baseline consists of once it has been read.

use std::fmt;

use time::OffsetDateTime;

use crate::domain::{Attribute, Failover, SecurityPolicy};
use crate::place::Place;

use super::mode::Mode;
use super::pattern::DomainPattern;
use super::problem::Position;
use super::scope::Scope;

/// One value of the baseline, and where a person finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared<T> {
    /// The value.
    pub value: T,
    /// The key that declares it: in the entry of the domain, or in `defaults`.
    pub position: Position,
}

impl<T: fmt::Display> Declared<T> {
    /// The value in the baseline's own words, on one line and in the shortest form, whatever form
    /// the file uses: `TLS_V1_3_2025`, `at_least: TLS_V1_2_2021`, `none`.
    pub fn written(&self) -> String {
        self.value.to_string()
    }
}

/// Which TLS security policies a custom domain may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyRule {
    /// This one and no other, not even a stronger one.
    Exactly(SecurityPolicy),
    /// This one or a stronger one; what is weaker goes back to this one.
    AtLeast(SecurityPolicy),
}

impl PolicyRule {
    /// The policy that a domain at odds with the rule is put back to.
    pub const fn policy(self) -> SecurityPolicy {
        match self {
            Self::Exactly(policy) | Self::AtLeast(policy) => policy,
        }
    }

    /// Whether a domain with `policy` is as the rule wants it.
    pub fn allows(self, policy: SecurityPolicy) -> bool {
        match self {
            Self::Exactly(only) => policy == only,
            Self::AtLeast(floor) => policy >= floor,
        }
    }
}

impl fmt::Display for PolicyRule {
    /// As the baseline has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(policy) => write!(f, "{policy}"),
            Self::AtLeast(floor) => write!(f, "at_least: {floor}"),
        }
    }
}

/// Which failover a custom domain must have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RoutingRule {
    /// None at all.
    NoFailover,
    /// Exactly this one.
    Failover(Failover),
}

impl fmt::Display for RoutingRule {
    /// As the baseline has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFailover => f.write_str("none"),
            Self::Failover(Failover { secondary_region, primary_route53_health_check_id }) => {
                write!(
                    f,
                    "failover: {{ secondary_region: {secondary_region}, \
                 primary_route53_health_check_id: {primary_route53_health_check_id} }}"
                )
            }
        }
    }
}

/// What one place of the baseline, an entry or `defaults`, says about one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Setting<T> {
    /// Nothing: the defaults decide.
    #[default]
    Undeclared,
    /// `unmanaged`: the attribute is nobody's business, whatever the defaults say.
    Unmanaged,
    /// A value to keep.
    Declared(Declared<T>),
}

impl<T> Setting<T> {
    const fn said(&self) -> Said {
        match self {
            Self::Undeclared => Said::Nothing,
            Self::Unmanaged => Said::Unmanaged,
            Self::Declared(_) => Said::Declared,
        }
    }

    /// What holds where this setting is the entry's and `default` that of `defaults`.
    pub(super) fn or<'a>(&'a self, default: &'a Self) -> Option<&'a Declared<T>> {
        match self {
            Self::Declared(declared) => Some(declared),
            Self::Unmanaged => None,
            Self::Undeclared => match default {
                Self::Declared(declared) => Some(declared),
                Self::Undeclared | Self::Unmanaged => None,
            },
        }
    }
}

/// What one place of the baseline says about each attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Declarations {
    pub(super) security_policy: Setting<PolicyRule>,
    pub(super) routing: Setting<RoutingRule>,
    pub(super) managed_login_version: Setting<i32>,
    pub(super) certificate_arn: Setting<String>,
}

impl Declarations {
    /// Those of a domain that has no entry.
    pub(super) const NOTHING: Self = Self {
        security_policy: Setting::Undeclared,
        routing: Setting::Undeclared,
        managed_login_version: Setting::Undeclared,
        certificate_arn: Setting::Undeclared,
    };

    /// What each attribute is said to be, in the order in which attributes are reported.
    pub(super) const fn said(&self) -> [(Attribute, Said); Attribute::ALL.len()] {
        let Self { security_policy, routing, managed_login_version, certificate_arn } = self;
        [
            (Attribute::SecurityPolicy, security_policy.said()),
            (Attribute::Routing, routing.said()),
            (Attribute::ManagedLoginVersion, managed_login_version.said()),
            (Attribute::CertificateArn, certificate_arn.said()),
        ]
    }

    /// Whether an attribute is expressly nobody's business.
    pub(super) fn opts_out(&self) -> bool {
        self.said().iter().any(|(_, said)| *said == Said::Unmanaged)
    }
}

/// A [`Setting`] without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    Unmanaged,
    Declared,
}

/// One item of `domains`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The domains it is for, except those that an earlier entry is for.
    pub pattern: DomainPattern,
    /// Where it is for them.
    pub scope: Scope,
    /// Its first key.
    pub position: Position,
    pub(super) mode: Option<Mode>,
    pub(super) declarations: Declarations,
}

impl Entry {
    /// Whether it leaves out hardly any domain of hardly any place.
    pub(super) fn is_catch_all(&self) -> bool {
        self.pattern.is_catch_all() && self.scope.is_everywhere()
    }
}

/// Drift that is allowed for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The domains it is for.
    pub pattern: DomainPattern,
    /// Where it is for them.
    pub scope: Scope,
    /// The attributes that may drift; never empty.
    pub attributes: Vec<Attribute>,
    /// The first moment at which they may no longer.
    pub until: OffsetDateTime,
    /// Why, in the words of whoever asked for it; never empty.
    pub reason: String,
    /// Who to ask about it.
    pub owner: Option<String>,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// Its first key.
    pub position: Position,
    /// Its key `until`.
    pub until_position: Position,
    pub(super) reason_position: Position,
    pub(super) owner_position: Option<Position>,
    pub(super) ticket_position: Option<Position>,
}

impl Exemption {
    /// Whether it lets `attribute` of `domain` in `place` drift at `now`: it does not at `until` itself.
    pub fn covers(
        &self,
        domain: &str,
        attribute: Attribute,
        place: &Place,
        now: OffsetDateTime,
    ) -> bool {
        now < self.until
            && self.attributes.contains(&attribute)
            && self.scope.has(place)
            && self.pattern.matches(domain)
    }
}
