//! What there is to a domain, attribute by attribute, as people and other programs are shown it.

use cognito_domain_guard::domain::{Attribute, CustomDomain, Domain, Hosting};
use cognito_domain_guard::plan::AttributeValue;
use serde_json::{Value, json};

/// One attribute of a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Which.
    pub attribute: Attribute,
    /// Its value; [`AttributeValue::None`] where the domain has none.
    pub value: AttributeValue,
}

/// All that there is to a domain, in the order in which attributes are reported.
pub fn facts(domain: &Domain) -> [Fact; Attribute::ALL.len()] {
    let Domain { name: _, user_pool_id: _, account: _, status: _, hosting, managed_login_version } =
        domain;
    let [policy, routing, certificate] = match hosting {
        Hosting::Prefix => [AttributeValue::None, AttributeValue::None, AttributeValue::None],
        Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover }) => {
            [security_policy.into(), failover.into(), certificate_arn.into()]
        }
    };
    let login = managed_login_version.into();
    [
        Fact { attribute: Attribute::SecurityPolicy, value: policy },
        Fact { attribute: Attribute::Routing, value: routing },
        Fact { attribute: Attribute::ManagedLoginVersion, value: login },
        Fact { attribute: Attribute::CertificateArn, value: certificate },
    ]
}

/// The domain in one line: what is there, and nothing that would fill the line.
pub fn in_short(domain: &Domain) -> String {
    let kind = match domain.hosting {
        Hosting::Prefix => ", prefix domain",
        Hosting::Custom(_) => "",
    };
    let facts: Vec<String> = facts(domain).iter().filter_map(Fact::in_short).collect();
    format!("{}{kind}: {}", domain.status, facts.join(", "))
}

impl Fact {
    fn in_short(&self) -> Option<String> {
        let value = match (self.attribute, &self.value) {
            (Attribute::CertificateArn, _) | (_, AttributeValue::None) => return None,
            (_, AttributeValue::Failover(failover)) => {
                format!("failover to {}", failover.secondary_region)
            }
            (_, value @ (AttributeValue::Text(_) | AttributeValue::Version(_))) => {
                value.to_string()
            }
        };
        Some(format!("{} {value}", self.attribute))
    }
}

/// The domain as an object.
pub fn to_json(domain: &Domain) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("domain".into(), json!(domain.name));
    object.insert("user_pool_id".into(), json!(domain.user_pool_id));
    object.insert("status".into(), json!(domain.status.as_str()));
    for Fact { attribute, value } in facts(domain) {
        object.insert(attribute.to_string(), json!(value.to_string()));
    }
    Value::Object(object)
}
