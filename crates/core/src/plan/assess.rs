//! One domain against the baseline, attribute by attribute.

use std::fmt;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use crate::baseline::{
    Baseline, Declared, Exemption, Governing, PolicyRule, Position, RoutingRule,
};
use crate::domain::{Attribute, CustomDomain, Domain, Failover, Hosting, ObservedPolicy};

/// The value of an attribute, observed or desired, as it stands in reports and notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A policy's name or a certificate's ARN.
    Text(String),
    /// A managed login version.
    Version(i32),
    /// A failover.
    Failover(Failover),
    /// None: no failover, or a member that Cognito did not report.
    None,
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Version(version) => write!(f, "{version}"),
            Self::Failover(failover) => write!(f, "{failover}"),
            Self::None => f.write_str("none"),
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Routing<'a> {
            failover: Members<'a>,
        }
        #[derive(Serialize)]
        struct Members<'a> {
            secondary_region: &'a str,
            primary_route53_health_check_id: &'a str,
        }
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Version(version) => serializer.serialize_i32(*version),
            Self::Failover(failover) => Routing {
                failover: Members {
                    secondary_region: &failover.secondary_region,
                    primary_route53_health_check_id: &failover.primary_route53_health_check_id,
                },
            }
            .serialize(serializer),
            Self::None => serializer.serialize_str("none"),
        }
    }
}

#[cfg(any(test, feature = "schema"))]
impl schemars::JsonSchema for AttributeValue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AttributeValue".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A value: a text, a number, a failover, or \"none\".",
            "anyOf": [
                { "type": "string" },
                { "type": "integer" },
                {
                    "type": "object",
                    "properties": { "failover": {
                        "type": "object",
                        "properties": {
                            "secondary_region": { "type": "string" },
                            "primary_route53_health_check_id": { "type": "string" },
                        },
                        "required": ["secondary_region", "primary_route53_health_check_id"],
                    } },
                    "required": ["failover"],
                },
            ],
        })
    }
}

/// One attribute of one domain that is not at its baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// Which.
    pub attribute: Attribute,
    /// What Cognito reports.
    pub observed: AttributeValue,
    /// What an update would set.
    pub desired: AttributeValue,
    /// The declaration as it is written, such as `at_least: TLS_V1_2_2021`.
    pub declared: String,
    /// Where it is written.
    pub position: Position,
}

/// Drift that an exemption allows for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptDrift {
    /// The drift.
    pub drift: Drift,
    /// Until when.
    pub until: OffsetDateTime,
    /// Why.
    pub reason: String,
    /// Whom to ask.
    pub owner: Option<String>,
    /// Where the exemption is written.
    pub position: Position,
}

/// An attribute that is declared and cannot be judged by this build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged {
    /// Which.
    pub attribute: Attribute,
    /// What Cognito reports: a value newer than this build.
    pub observed: AttributeValue,
    /// The declaration as it is written.
    pub declared: String,
}

/// One domain against the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// What is to be put back.
    pub drifts: Vec<Drift>,
    /// What is allowed for a while.
    pub exempt: Vec<ExemptDrift>,
    /// What is left alone because it is newer than this build.
    pub unjudged: Vec<Unjudged>,
}

/// Compares every declared attribute of `domain` with what Cognito reports.
pub(super) fn assess(
    domain: &Domain,
    governing: &Governing<'_>,
    baseline: &Baseline,
    now: OffsetDateTime,
) -> Assessment {
    let mut assessment = Assessment::default();
    for attribute in Attribute::ALL {
        match judge(attribute, domain, governing) {
            Verdict::Fine => {}
            Verdict::Unjudged(unjudged) => assessment.unjudged.push(unjudged),
            Verdict::Drift(drift) => match baseline.exemption(&domain.name, attribute, now) {
                Some(exemption) => assessment.exempt.push(exempt(drift, exemption)),
                None => assessment.drifts.push(drift),
            },
        }
    }
    assessment
}

fn exempt(drift: Drift, exemption: &Exemption) -> ExemptDrift {
    ExemptDrift {
        drift,
        until: exemption.until,
        reason: exemption.reason.clone(),
        owner: exemption.owner.clone(),
        position: exemption.position,
    }
}

enum Verdict {
    /// Not declared, without meaning on such a domain, or at its baseline.
    Fine,
    Drift(Drift),
    Unjudged(Unjudged),
}

fn judge(attribute: Attribute, domain: &Domain, governing: &Governing<'_>) -> Verdict {
    // What only a custom domain has means nothing on a prefix domain and is skipped there.
    let custom = match &domain.hosting {
        Hosting::Prefix => None,
        Hosting::Custom(custom) => Some(custom),
    };
    match attribute {
        Attribute::SecurityPolicy => match (custom, governing.security_policy) {
            (Some(custom), Some(declared)) => judge_policy(&custom.security_policy, declared),
            _ => Verdict::Fine,
        },
        Attribute::Routing => match (custom, governing.routing) {
            (Some(custom), Some(declared)) => judge_routing(custom, declared),
            _ => Verdict::Fine,
        },
        Attribute::CertificateArn => match (custom, governing.certificate_arn) {
            (Some(custom), Some(declared)) => judge_certificate(custom, declared),
            _ => Verdict::Fine,
        },
        Attribute::ManagedLoginVersion => match governing.managed_login_version {
            Some(declared) => judge_login(domain.managed_login_version, declared),
            None => Verdict::Fine,
        },
    }
}

fn judge_policy(observed: &ObservedPolicy, declared: &Declared<PolicyRule>) -> Verdict {
    let shown = observed
        .as_sent()
        .map_or(AttributeValue::None, |name| AttributeValue::Text(name.to_owned()));
    let Some(in_effect) = observed.in_effect() else {
        // Newer than this build, so its strength is unknown: replacing it might weaken it, under
        // `exactly` no less than under `at_least`.
        return Verdict::Unjudged(Unjudged {
            attribute: Attribute::SecurityPolicy,
            observed: shown,
            declared: declared.written(),
        });
    };
    let desired = match declared.value {
        PolicyRule::Exactly(policy) if in_effect != policy => policy,
        PolicyRule::AtLeast(floor) if in_effect < floor => floor,
        PolicyRule::Exactly(_) | PolicyRule::AtLeast(_) => return Verdict::Fine,
    };
    drift(Attribute::SecurityPolicy, shown, AttributeValue::Text(desired.as_str().into()), declared)
}

fn judge_routing(custom: &CustomDomain, declared: &Declared<RoutingRule>) -> Verdict {
    let observed = &custom.failover;
    let desired = match &declared.value {
        RoutingRule::NoFailover => None,
        RoutingRule::Failover(failover) => Some(failover),
    };
    if observed.as_ref() == desired {
        return Verdict::Fine;
    }
    let value = |failover: Option<&Failover>| {
        failover.cloned().map_or(AttributeValue::None, AttributeValue::Failover)
    };
    drift(Attribute::Routing, value(observed.as_ref()), value(desired), declared)
}

fn judge_certificate(custom: &CustomDomain, declared: &Declared<String>) -> Verdict {
    let observed = custom.certificate_arn.as_ref();
    if observed == Some(&declared.value) {
        return Verdict::Fine;
    }
    let shown = observed.cloned().map_or(AttributeValue::None, AttributeValue::Text);
    drift(Attribute::CertificateArn, shown, AttributeValue::Text(declared.value.clone()), declared)
}

fn judge_login(observed: Option<i32>, declared: &Declared<i32>) -> Verdict {
    // Cognito serves version 1 where none was ever set.
    if observed.unwrap_or(1) == declared.value {
        return Verdict::Fine;
    }
    let shown = observed.map_or(AttributeValue::None, AttributeValue::Version);
    drift(Attribute::ManagedLoginVersion, shown, AttributeValue::Version(declared.value), declared)
}

fn drift<T: fmt::Display>(
    attribute: Attribute,
    observed: AttributeValue,
    desired: AttributeValue,
    declared: &Declared<T>,
) -> Verdict {
    Verdict::Drift(Drift {
        attribute,
        observed,
        desired,
        declared: declared.written(),
        position: declared.position,
    })
}
