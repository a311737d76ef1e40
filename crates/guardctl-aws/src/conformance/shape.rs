//! The shape of recorded events beside that of the synthetic ones in `events/`, member by member.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The calls of a run that there is a synthetic event of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Create,
    Update,
    Delete,
}

impl Call {
    /// AWS's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CreateUserPoolDomain",
            Self::Update => "UpdateUserPoolDomain",
            Self::Delete => "DeleteUserPoolDomain",
        }
    }

    /// The synthetic event that recorded ones are held against.
    const fn synthetic(self) -> &'static str {
        match self {
            Self::Create => include_str!("../../../../events/create-below-floor.json"),
            Self::Update => include_str!("../../../../events/update-weakens-tls.json"),
            Self::Delete => include_str!("../../../../events/delete-declared.json"),
        }
    }

    /// What a run does not send, so that its events cannot have it.
    const fn not_sent(self) -> &'static [&'static str] {
        match self {
            Self::Create => &[
                "requestParameters.customDomainConfig.securityPolicy",
                "requestParameters.managedLoginVersion",
                "requestParameters.routing",
            ],
            Self::Update | Self::Delete => &[],
        }
    }
}

/// How a recorded member differs from the synthetic one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the synthetic event has it.
    Missing,
    /// Only the recorded events have it.
    New,
    /// The recorded one is written in another letter case.
    OtherCase { recorded: String },
    /// Both have it, with values of other types.
    OtherType { synthetic: String, recorded: String },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("missing in the recorded events"),
            Self::New => f.write_str("not in the synthetic event"),
            Self::OtherCase { recorded } => write!(f, "recorded as {recorded}"),
            Self::OtherType { synthetic, recorded } => {
                write!(f, "recorded as {recorded} instead of {synthetic}")
            }
        }
    }
}

/// Types by path, such as `requestParameters.managedLoginVersion`: `number`.
type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// How the records of a call differ from the synthetic one. Several records count as one that has what any of
/// them has.
pub fn against_synthetic(call: Call, records: &[Value]) -> Vec<(String, Difference)> {
    let event: Value = serde_json::from_str(call.synthetic()).unwrap_or_default();
    let mut differences = differences(event.get("detail").unwrap_or(&Value::Null), records);
    differences.retain(|(path, difference)| {
        *difference != Difference::Missing || !call.not_sent().contains(&path.as_str())
    });
    differences
}

fn differences(synthetic: &Value, records: &[Value]) -> Vec<(String, Difference)> {
    let (mut expected, mut found) = (Shape::new(), Shape::new());
    add(&mut expected, String::new(), synthetic);
    for record in records {
        add(&mut found, String::new(), record);
    }
    let mut differences: BTreeMap<String, Difference> = BTreeMap::new();
    let mut renamed = BTreeSet::new();
    // A member comes before those in it.
    for (path, types) in &expected {
        if outer(path).any(|outer| differences.contains_key(outer)) {
            continue;
        }
        let difference = match found.get(path) {
            Some(recorded) if types.is_disjoint(recorded) => {
                Difference::OtherType { synthetic: words(types), recorded: words(recorded) }
            }
            Some(_) => continue,
            None => match found.keys().find(|other| other.eq_ignore_ascii_case(path)) {
                Some(other) => {
                    renamed.insert(other.clone());
                    Difference::OtherCase { recorded: other.clone() }
                }
                None => Difference::Missing,
            },
        };
        differences.insert(path.clone(), difference);
    }
    for path in found.keys() {
        let is_new = !expected.contains_key(path) && !renamed.contains(path);
        let is_inside = |outer: &str| differences.contains_key(outer) || renamed.contains(outer);
        if is_new && !outer(path).any(is_inside) {
            differences.insert(path.clone(), Difference::New);
        }
    }
    differences.into_iter().collect()
}

/// The members that a member is in.
fn outer(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').filter_map(|(at, _)| path.get(..at))
}

fn add(shape: &mut Shape, path: String, value: &Value) {
    let below = |name: &str| {
        if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                add(shape, below("[]"), item);
            }
            "array"
        }
        Value::Object(members) => {
            for (name, value) in members {
                add(shape, below(name), value);
            }
            "object"
        }
    };
    if !path.is_empty() {
        shape.entry(path).or_default().insert(kind);
    }
}

fn words(types: &BTreeSet<&'static str>) -> String {
    types.iter().copied().collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn told(synthetic: &Value, records: &[Value]) -> Vec<String> {
        let told = differences(synthetic, records).into_iter();
        told.map(|(path, difference)| format!("{path}: {difference}")).collect()
    }

    #[test]
    fn each_member_is_compared_once_at_the_outermost_place_where_it_differs() {
        let synthetic = json!({
            "eventName": "UpdateUserPoolDomain",
            "requestParameters": {"domain": "a", "managedLoginVersion": 2, "routing": {"failover": {"x": "y"}}},
            "responseElements": {"cloudFrontDomain": "d"},
            "readOnly": false,
        });
        assert!(told(&synthetic, std::slice::from_ref(&synthetic)).is_empty());
        let recorded = json!({
            "eventName": "UpdateUserPoolDomain",
            "requestParameters": {"Domain": "a", "managedLoginVersion": "2"},
            "responseElements": null,
            "addendum": {"reason": "x"},
            "readOnly": false,
        });
        assert_eq!(
            told(&synthetic, &[recorded]),
            [
                "addendum: not in the synthetic event",
                "requestParameters.domain: recorded as requestParameters.Domain",
                "requestParameters.managedLoginVersion: recorded as string instead of number",
                "requestParameters.routing: missing in the recorded events",
                "responseElements: recorded as null instead of object",
            ]
        );
    }

    #[test]
    fn what_one_record_lacks_another_may_have() {
        let synthetic = json!({"errorCode": "x", "responseElements": {"a": 1}});
        let refused = json!({"errorCode": "x", "responseElements": null});
        let accepted = json!({"responseElements": {"a": 1}});
        assert!(told(&synthetic, &[refused.clone(), accepted]).is_empty());
        assert_eq!(told(&synthetic, &[refused]).len(), 1);
    }

    #[test]
    fn there_is_a_synthetic_event_of_each_call() {
        for call in [Call::Create, Call::Update, Call::Delete] {
            let event: Value = serde_json::from_str(call.synthetic()).unwrap();
            let detail = event["detail"].clone();
            assert_eq!(detail["eventName"], call.as_str());
            assert_eq!(against_synthetic(call, &[detail]), Vec::new());
            assert_ne!(against_synthetic(call, &[json!({})]), Vec::new());
        }
    }

    proptest! {
        #[test]
        fn an_event_is_shaped_like_itself_whatever_the_values(a in any::<i64>(), b in ".*", n in 0..4_usize) {
            let of = |a: i64, b: &str| json!({"a": a, "b": {"c": b, "d": vec![a; n.max(1)]}});
            prop_assert!(differences(&of(1, "x"), &[of(a, &b)]).is_empty());
        }
    }
}
