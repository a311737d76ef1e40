//! The desired domain: what is observed, with the baseline laid over it.
//!
//! The rule: drift, request and announcement are all derived from an observed and a desired domain, so
//! none of them can know an attribute that the others do not. What nobody declares, what an exemption
//! allows and what this build cannot judge keeps its observed value in the desired domain.

use super::drift::{AttributeValue, Drift};
use crate::baseline::{Declared, Governing, PolicyRule, Position, RoutingRule};
use crate::domain::{Attribute, CustomDomain, Domain, Failover, Hosting, ObservedPolicy};

/// `observed` with what `governing` declares laid over it.
///
/// What only a custom domain has means nothing on a prefix domain and is skipped there.
pub(super) fn lay_over(observed: &Domain, governing: &Governing<'_>) -> Domain {
    let Domain { name, user_pool_id, account, status, hosting, managed_login_version } = observed;
    let Governing {
        mode: _,
        entry: _,
        security_policy: declared_policy,
        routing: declared_routing,
        managed_login_version: declared_login,
        certificate_arn: declared_certificate,
    } = governing;
    Domain {
        name: name.clone(),
        user_pool_id: user_pool_id.clone(),
        account: account.clone(),
        status: status.clone(),
        hosting: match hosting {
            Hosting::Prefix => Hosting::Prefix,
            Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover }) => {
                Hosting::Custom(CustomDomain {
                    certificate_arn: laid(*declared_certificate, certificate_arn, |arn, _| {
                        Some(arn.clone())
                    }),
                    security_policy: laid(*declared_policy, security_policy, policy),
                    failover: laid(*declared_routing, failover, routing),
                })
            }
        },
        managed_login_version: laid(*declared_login, managed_login_version, login),
    }
}

/// What becomes of one attribute: what `over` makes of the declaration, else what is observed.
fn laid<D, O: Clone>(declared: Option<&Declared<D>>, observed: &O, over: fn(&D, &O) -> O) -> O {
    declared.map_or_else(|| observed.clone(), |declared| over(&declared.value, observed))
}

fn policy(rule: &PolicyRule, observed: &ObservedPolicy) -> ObservedPolicy {
    // One newer than this build is of unknown strength: replacing it might weaken it, under `exactly`
    // no less than under `at_least`.
    let Some(in_effect) = observed.in_effect() else {
        return observed.clone();
    };
    match *rule {
        PolicyRule::Exactly(only) if in_effect != only => ObservedPolicy::Known(only),
        PolicyRule::AtLeast(floor) if in_effect < floor => ObservedPolicy::Known(floor),
        // Also one that Cognito does not report, where what is in effect then is allowed.
        PolicyRule::Exactly(_) | PolicyRule::AtLeast(_) => observed.clone(),
    }
}

fn routing(rule: &RoutingRule, _: &Option<Failover>) -> Option<Failover> {
    match rule {
        RoutingRule::NoFailover => None,
        RoutingRule::Failover(failover) => Some(failover.clone()),
    }
}

fn login(version: &i32, observed: &Option<i32>) -> Option<i32> {
    // Cognito serves version 1 where none was ever set.
    if observed.unwrap_or(1) == *version { *observed } else { Some(*version) }
}

/// Each attribute by which `desired` differs from `observed`, in the order in which attributes are
/// reported. Both are the same domain.
pub(super) fn drifts(observed: &Domain, desired: &Domain, governing: &Governing<'_>) -> Vec<Drift> {
    if observed == desired {
        return Vec::new();
    }
    // Who it is and what Cognito does with it is not declared.
    let Domain {
        name: _,
        user_pool_id: _,
        account: _,
        status: _,
        hosting: observed_hosting,
        managed_login_version: observed_login,
    } = observed;
    let Domain {
        name: _,
        user_pool_id: _,
        account: _,
        status: _,
        hosting: desired_hosting,
        managed_login_version: desired_login,
    } = desired;
    let mut found = Found { drifts: Vec::new(), governing };
    match (observed_hosting, desired_hosting) {
        (Hosting::Custom(observed), Hosting::Custom(desired)) => {
            let CustomDomain {
                certificate_arn: observed_arn,
                security_policy: observed_policy,
                failover: observed_failover,
            } = observed;
            let CustomDomain {
                certificate_arn: desired_arn,
                security_policy: desired_policy,
                failover: desired_failover,
            } = desired;
            found.compare(Attribute::SecurityPolicy, observed_policy, desired_policy);
            found.compare(Attribute::Routing, observed_failover, desired_failover);
            found.compare(Attribute::ManagedLoginVersion, observed_login, desired_login);
            found.compare(Attribute::CertificateArn, observed_arn, desired_arn);
        }
        // No baseline makes one of the other.
        (Hosting::Prefix, Hosting::Prefix | Hosting::Custom(_))
        | (Hosting::Custom(_), Hosting::Prefix) => {
            found.compare(Attribute::ManagedLoginVersion, observed_login, desired_login);
        }
    }
    found.drifts
}

struct Found<'a> {
    drifts: Vec<Drift>,
    governing: &'a Governing<'a>,
}

impl Found<'_> {
    fn compare<T: PartialEq>(&mut self, attribute: Attribute, observed: &T, desired: &T)
    where
        for<'a> AttributeValue: From<&'a T>,
    {
        if observed == desired {
            return;
        }
        // No update sets what nobody declares. Were one to, it would be announced all the same.
        let undeclared = || ("nothing".to_owned(), Position::START);
        let (declared, position) = self.governing.declaration(attribute).unwrap_or_else(undeclared);
        self.drifts.push(Drift {
            attribute,
            observed: observed.into(),
            desired: desired.into(),
            declared,
            position,
        });
    }
}
