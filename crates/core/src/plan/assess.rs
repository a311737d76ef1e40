//! One domain against the baseline, attribute by attribute.
//!
//! The rule: no value is compared here, and none is chosen. What is off the baseline is the difference
//! between the observed domain and the desired one; this file says which of it is exempt.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;

use super::desired::{drifts, lay_over};
use crate::baseline::{Baseline, Governing, Position};
use crate::domain::{
    Attribute, CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy,
};
use crate::overrides::Known;
use crate::place::Place;

/// The value of an attribute, observed or desired, as it stands in reports and notices. For people to
/// read; nothing is decided by it.
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

impl From<&ObservedPolicy> for AttributeValue {
    fn from(policy: &ObservedPolicy) -> Self {
        policy.as_sent().map_or(Self::None, |name| Self::Text(name.to_owned()))
    }
}

impl From<&Option<Failover>> for AttributeValue {
    fn from(failover: &Option<Failover>) -> Self {
        failover.clone().map_or(Self::None, Self::Failover)
    }
}

impl From<&Option<i32>> for AttributeValue {
    fn from(version: &Option<i32>) -> Self {
        version.map_or(Self::None, Self::Version)
    }
}

impl From<&Option<String>> for AttributeValue {
    fn from(text: &Option<String>) -> Self {
        text.clone().map_or(Self::None, Self::Text)
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

/// What [`Serialize`] wrote, read back.
impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Version(i32),
            Routing { failover: Members },
        }
        #[derive(Deserialize)]
        struct Members {
            secondary_region: String,
            primary_route53_health_check_id: String,
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Text(text) if text == "none" => Self::None,
            Written::Text(text) => Self::Text(text),
            Written::Version(version) => Self::Version(version),
            Written::Routing {
                failover: Members { secondary_region, primary_route53_health_check_id },
            } => Self::Failover(Failover { secondary_region, primary_route53_health_check_id }),
        })
    }
}

#[cfg(test)]
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

impl Drift {
    /// Whether to take the domain there lowers its security policy, which only an exact declaration does.
    pub fn lowers_policy(&self) -> bool {
        let Self { attribute, observed, desired, declared: _, position: _ } = self;
        // A domain of which Cognito reports none permits TLS 1.0: nothing is weaker.
        let rank = |value: &AttributeValue| match value {
            AttributeValue::Text(name) => SecurityPolicy::from_name(name),
            AttributeValue::Version(_) | AttributeValue::Failover(_) | AttributeValue::None => None,
        };
        *attribute == Attribute::SecurityPolicy
            && rank(observed).zip(rank(desired)).is_some_and(|(from, to)| to < from)
    }
}

/// Drift that an exemption or an override allows for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptDrift {
    /// The drift.
    pub drift: Drift,
    /// Until when.
    pub until: OffsetDateTime,
    /// Why.
    pub reason: String,
    /// Who to ask.
    pub owner: Option<String>,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// What allows it.
    pub by: ExemptBy,
}

/// What allows drift for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExemptBy {
    /// An exemption of the baseline, at that place.
    Baseline(Position),
    /// An override.
    Override {
        /// The name of its parameter.
        parameter: String,
        /// Who made it, in their own words.
        by: String,
    },
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

/// A domain held against the baseline.
pub(super) struct Comparison<'a> {
    pub(super) observed: &'a Domain,
    /// What the baseline declares of it, but for what is exempt.
    pub(super) enforced: Governing<'a>,
    /// Where an update is to take it: the observed domain with `enforced` laid over it.
    pub(super) desired: Domain,
}

/// Compares `observed` with what is declared for it, attribute by attribute.
pub(super) fn compare<'a>(
    observed: &'a Domain,
    governing: &Governing<'a>,
    allowed: &Allowed<'_>,
) -> (Comparison<'a>, Assessment) {
    let declared = lay_over(observed, governing);
    let mut assessment = Assessment {
        unjudged: unjudged(observed, governing).into_iter().collect(),
        ..Assessment::default()
    };
    for drift in drifts(observed, &declared, governing) {
        match allowed.exempt(&observed.name, &drift) {
            Some(exempt) => assessment.exempt.push(exempt),
            None => assessment.drifts.push(drift),
        }
    }
    let exempt = &assessment.exempt;
    let is_exempt = |attribute| exempt.iter().any(|exempt| exempt.drift.attribute == attribute);
    let enforced = governing.without(is_exempt);
    let desired = if exempt.is_empty() { declared } else { lay_over(observed, &enforced) };
    (Comparison { observed, enforced, desired }, assessment)
}

impl Comparison<'_> {
    /// The same, with `attribute` left as it is.
    pub(super) fn leaving(&self, attribute: Attribute) -> Self {
        let enforced = self.enforced.without(|one| one == attribute);
        Self { enforced, desired: lay_over(self.observed, &enforced), ..*self }
    }

    /// The drift that is put back where the domain becomes `after`.
    pub(super) fn drifts_to(&self, after: &Domain) -> Vec<Drift> {
        drifts(self.observed, after, &self.enforced)
    }

    /// The drift that is left where the domain is only taken to where `less` desires it.
    pub(super) fn left_by(&self, less: &Self) -> Vec<Drift> {
        drifts(&less.desired, &self.desired, &self.enforced)
    }
}

/// By what drift may be allowed.
pub(super) struct Allowed<'a> {
    pub(super) baseline: &'a Baseline,
    pub(super) overrides: Known<'a>,
    pub(super) place: &'a Place,
    pub(super) now: OffsetDateTime,
}

impl Allowed<'_> {
    /// The drift as one that is allowed, if it is. What the baseline allows needs no override.
    fn exempt(&self, domain: &str, drift: &Drift) -> Option<ExemptDrift> {
        let Self { baseline, overrides, place, now } = *self;
        if let Some(exemption) = baseline.exemption(domain, drift.attribute, place, now) {
            return Some(ExemptDrift {
                drift: drift.clone(),
                until: exemption.until,
                reason: exemption.reason.clone(),
                owner: exemption.owner.clone(),
                ticket: exemption.ticket.clone(),
                by: ExemptBy::Baseline(exemption.position),
            });
        }
        let (found, text) = overrides.read()?.allowing(domain, drift.attribute, place, now)?;
        Some(ExemptDrift {
            drift: drift.clone(),
            until: text.until,
            reason: text.reason.clone(),
            owner: text.owner.clone(),
            ticket: text.ticket.clone(),
            by: ExemptBy::Override { parameter: found.parameter.clone(), by: text.by.clone() },
        })
    }
}

/// A declared policy that is newer than this build.
fn unjudged(observed: &Domain, governing: &Governing<'_>) -> Option<Unjudged> {
    let Hosting::Custom(custom) = &observed.hosting else {
        return None;
    };
    let CustomDomain { certificate_arn: _, security_policy: policy, failover: _ } = custom;
    match policy {
        ObservedPolicy::Absent | ObservedPolicy::Known(_) => None,
        ObservedPolicy::Unknown(_) => Some(Unjudged {
            attribute: Attribute::SecurityPolicy,
            observed: policy.into(),
            declared: governing.security_policy?.written(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_says_whether_to_put_it_back_lowers_the_policy() {
        let lowers = |attribute, observed, desired| {
            let value = |name: Option<&str>| {
                name.map_or(AttributeValue::None, |name| AttributeValue::Text(name.to_owned()))
            };
            let (observed, desired) = (value(observed), value(desired));
            let position = Position { line: 1, column: 1 };
            Drift { attribute, observed, desired, declared: String::new(), position }
                .lowers_policy()
        };
        let policy = Attribute::SecurityPolicy;
        assert!(lowers(policy, Some("TLS_V1_3_2025"), Some("TLS_V1_2_2021")));
        assert!(!lowers(policy, Some("TLS_V1"), Some("TLS_V1_2_2021")));
        assert!(!lowers(policy, None, Some("TLS_V1_2_2021")));
        assert!(!lowers(Attribute::CertificateArn, Some("TLS_V1_3_2025"), Some("TLS_V1")));
    }
}
