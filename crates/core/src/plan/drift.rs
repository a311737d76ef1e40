//! One attribute off its baseline, as reports, records and notices have it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::baseline::Position;
use crate::domain::{Attribute, Failover, ObservedPolicy, SecurityPolicy};

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
