//! The proof's own view of a domain and of the baseline, made without the guard's `plan`.

use std::fmt;

use cognito_domain_guard::baseline::{Baseline, Mode, PolicyRule, RoutingRule};
use cognito_domain_guard::domain::{Attribute, Domain, Hosting, SecurityPolicy};
use cognito_domain_guard::place::Place;
use serde_json::Value;
use time::OffsetDateTime;

/// What a domain is like, in effect: a policy that is not there permits TLS 1.0, a managed login
/// that is not there is version 1. An attribute that means nothing on a prefix domain is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Values([String; 4]);

impl Values {
    pub(crate) fn of(domain: &Domain) -> Self {
        let login = domain.managed_login_version.unwrap_or(1).to_string();
        match &domain.hosting {
            Hosting::Prefix => Self([String::new(), String::new(), login, String::new()]),
            Hosting::Custom(custom) => Self([
                custom.security_policy.as_sent().unwrap_or("TLS_V1").to_owned(),
                custom.failover.as_ref().map_or_else(none, |failover| {
                    let region = &failover.secondary_region;
                    format!("{region}/{}", failover.primary_route53_health_check_id)
                }),
                login,
                custom.certificate_arn.clone().unwrap_or_default(),
            ]),
        }
    }

    /// What a `DomainDescription` shows.
    pub(crate) fn described(description: &Value) -> Self {
        let text = |pointer: &str| description.pointer(pointer).and_then(Value::as_str);
        let login = description.get("ManagedLoginVersion").and_then(Value::as_i64).unwrap_or(1);
        let login = login.to_string();
        let Some(certificate) = text("/CustomDomainConfig/CertificateArn") else {
            return Self([String::new(), String::new(), login, String::new()]);
        };
        let failover = text("/Routing/Failover/SecondaryRegion").map_or_else(none, |region| {
            let check = text("/Routing/Failover/PrimaryRoute53HealthCheckId").unwrap_or_default();
            format!("{region}/{check}")
        });
        let policy = text("/CustomDomainConfig/SecurityPolicy").unwrap_or("TLS_V1");
        Self([policy.to_owned(), failover, login, certificate.to_owned()])
    }

    pub(crate) fn get(&self, attribute: Attribute) -> &str {
        let [policy, routing, login, certificate] = &self.0;
        match attribute {
            Attribute::SecurityPolicy => policy,
            Attribute::Routing => routing,
            Attribute::ManagedLoginVersion => login,
            Attribute::CertificateArn => certificate,
        }
    }

    /// The policy, where its strength is known.
    pub(crate) fn policy(&self) -> Option<SecurityPolicy> {
        SecurityPolicy::from_name(self.get(Attribute::SecurityPolicy))
    }

    /// The same with these values instead.
    pub(crate) fn with(&self, drifts: &[Drift]) -> Self {
        let mut values = self.clone();
        for drift in drifts {
            let [policy, routing, login, certificate] = &mut values.0;
            let place = match drift.attribute {
                Attribute::SecurityPolicy => policy,
                Attribute::Routing => routing,
                Attribute::ManagedLoginVersion => login,
                Attribute::CertificateArn => certificate,
            };
            drift.desired.clone_into(place);
        }
        values
    }
}

fn none() -> String {
    "none".to_owned()
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [policy, routing, login, certificate] = &self.0;
        let certificate = certificate.rsplit('/').next().unwrap_or_default();
        write!(f, "policy {policy}, failover {routing}, login {login}, certificate {certificate}")
    }
}

/// One attribute that is not as the baseline wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drift {
    pub(crate) attribute: Attribute,
    pub(crate) desired: String,
    pub(crate) exempt: bool,
}

impl Drift {
    pub(crate) fn removes_failover(&self) -> bool {
        self.attribute == Attribute::Routing && self.desired == "none"
    }
}

/// What the baseline wants of one domain.
pub(crate) struct Wanted<'a> {
    baseline: &'a Baseline,
    name: &'a str,
    place: &'a Place,
    pub(crate) governed: bool,
    pub(crate) enforce: bool,
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(baseline: &'a Baseline, name: &'a str, place: &'a Place) -> Self {
        let governing = baseline.governing(name, place);
        Self {
            baseline,
            name,
            place,
            governed: !governing.declares_nothing(),
            enforce: governing.mode == Mode::Enforce,
        }
    }

    /// Every drift, exempt ones included. A policy that nobody can judge is none.
    pub(crate) fn drifts(&self, values: &Values, now: OffsetDateTime) -> Vec<Drift> {
        Attribute::ALL
            .into_iter()
            .filter_map(|attribute| {
                let desired = self.desired(attribute, values)?;
                let exempt =
                    self.baseline.exemption(self.name, attribute, self.place, now).is_some();
                Some(Drift { attribute, desired, exempt })
            })
            .collect()
    }

    /// The drifts that the guard is to put back.
    pub(crate) fn enforced(&self, values: &Values, now: OffsetDateTime) -> Vec<Drift> {
        if !self.enforce {
            return Vec::new();
        }
        let mut drifts = self.drifts(values, now);
        drifts.retain(|drift| !drift.exempt);
        drifts
    }

    /// The weakest policy that the baseline takes, where it says anything of it.
    pub(crate) fn weakest_policy(&self) -> Option<SecurityPolicy> {
        self.baseline
            .governing(self.name, self.place)
            .security_policy
            .map(|declared| declared.value.policy())
    }

    /// Whether the policy is declared, and newer than the guard.
    pub(crate) fn cannot_be_judged(&self, values: &Values) -> bool {
        self.weakest_policy().is_some()
            && !values.get(Attribute::SecurityPolicy).is_empty()
            && values.policy().is_none()
    }

    /// What an attribute would have to be, `None` when it is fine as it is.
    fn desired(&self, attribute: Attribute, values: &Values) -> Option<String> {
        let governing = self.baseline.governing(self.name, self.place);
        let observed = values.get(attribute);
        if observed.is_empty() {
            return None;
        }
        let desired = match attribute {
            Attribute::SecurityPolicy => {
                match (governing.security_policy?.value, values.policy()) {
                    (_, None) => return None,
                    (PolicyRule::Exactly(policy), Some(_)) => policy.as_str().to_owned(),
                    (PolicyRule::AtLeast(floor), Some(policy)) => {
                        floor.max(policy).as_str().to_owned()
                    }
                }
            }
            Attribute::Routing => match &governing.routing?.value {
                RoutingRule::NoFailover => none(),
                RoutingRule::Failover(failover) => format!(
                    "{}/{}",
                    failover.secondary_region, failover.primary_route53_health_check_id
                ),
            },
            Attribute::ManagedLoginVersion => governing.managed_login_version?.value.to_string(),
            Attribute::CertificateArn => governing.certificate_arn?.value.clone(),
        };
        (desired != observed).then_some(desired)
    }

    /// When exemptions of this domain end.
    pub(crate) fn ends(&self) -> impl Iterator<Item = OffsetDateTime> {
        let (name, place) = (self.name, self.place);
        let exemptions = self.baseline.exemptions().iter().filter(move |one| one.scope.has(place));
        exemptions.filter(move |one| one.pattern.matches(name)).map(|one| one.until)
    }
}
