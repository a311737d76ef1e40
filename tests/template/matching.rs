//! The rules of the template as matchers.

use std::collections::BTreeSet;

use quamina::Quamina;
use serde_json::{Value, json};

use super::read::{resource, template};
use super::resolve::Stack;

/// The rules whose target is the topic.
pub(crate) fn watch_rules() -> Vec<String> {
    let template = template();
    let rules = template["Resources"].as_object().unwrap().iter();
    let publishes = |resource: &Value| {
        resource["Properties"]["Targets"][0]["Arn"] == json!({"Fn::GetAtt": "AlarmTarget.Value"})
    };
    rules
        .filter(|(_, resource)| resource["Type"] == "AWS::Events::Rule" && publishes(resource))
        .map(|(id, _)| id.clone())
        .collect()
}

/// Patterns without `$or`, which this matcher does not know: one for each way to satisfy it.
fn alternatives(pattern: &Value) -> Vec<Value> {
    let Value::Object(members) = pattern else { return vec![pattern.clone()] };
    let mut found = vec![json!({})];
    for (name, value) in members {
        let ways: Vec<Value> = if name == "$or" {
            value.as_array().unwrap().iter().flat_map(alternatives).collect()
        } else {
            alternatives(value).into_iter().map(|value| json!({ name.as_str(): value })).collect()
        };
        let with =
            |before: &Value| ways.iter().map(|way| merged(before.clone(), way)).collect::<Vec<_>>();
        found = found.iter().flat_map(with).collect();
    }
    found
}

fn merged(mut into: Value, other: &Value) -> Value {
    for (name, value) in other.as_object().unwrap() {
        let before = into.as_object_mut().unwrap().entry(name.clone()).or_insert(Value::Null);
        *before = match before {
            Value::Object(_) => merged(before.take(), value),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => value.clone(),
        };
    }
    into
}

pub(crate) fn matcher(rules: impl Iterator<Item = (String, Value)>) -> Quamina<String> {
    let mut matcher = Quamina::new();
    for (name, pattern) in rules {
        for way in alternatives(&pattern) {
            matcher.add_pattern(name.clone(), &way.to_string()).unwrap();
        }
    }
    matcher
}

pub(crate) fn rules_of(stack: &Stack) -> Quamina<String> {
    let pattern = |id: String| {
        let pattern = stack.resolve(&resource(&id)["EventPattern"]);
        (id, pattern)
    };
    matcher(watch_rules().into_iter().map(pattern))
}

#[track_caller]
pub(crate) fn check(rules: &Quamina<String>, expected: Option<&str>, event: &Value) {
    let matched = rules.matches_for_event(event.to_string().as_bytes()).unwrap();
    let matched: BTreeSet<&str> = matched.iter().map(|name| name.as_str()).collect();
    let expected = BTreeSet::from_iter(expected);
    let detail = &event["detail"];
    assert_eq!(matched, expected, "{} {}", detail["eventName"], detail["requestParameters"]);
}
