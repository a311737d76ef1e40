//! Whatever wakes the function, reading it ends in an answer.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::tests::{fixture, guard, reach};
use super::*;
use crate::domain::Attribute;

const LONGEST_APP_NAME: usize = 50;

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(&["aws:sqs", "Scheduled Event", "aws.cognito-idp", "UpdateUserPoolDomain"][..])
            .prop_map(Value::from),
    ]
}

fn documents() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        3 => select(&[
            "Records", "body", "attributes", "eventSource", "eventName", "detail", "detail-type",
            "source", "requestContext", "requestPayload", "requestParameters", "userIdentity",
        ][..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    leaf().prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

const FIXTURES: [&str; 8] = [
    "update-weakens-tls.json",
    "update-own.json",
    "update-own-sweep.json",
    "update-by-root.json",
    "scheduled-sweep.json",
    "recheck-destination-record.json",
    "recheck-bare-event.json",
    "cloudtrail-record.json",
];

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Puts `other` in the place of the `nth` value, depth first.
fn replace(value: &mut Value, nth: &mut usize, other: &Value) {
    if *nth == 0 {
        *value = other.clone();
        *nth = usize::MAX;
        return;
    }
    *nth -= 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, nth, other)),
        Value::Object(members) => members.values_mut().for_each(|item| replace(item, nth, other)),
        _ => {}
    }
}

fn mutants() -> impl Strategy<Value = Value> {
    (select(&FIXTURES[..]), prop::collection::vec((any::<Index>(), documents()), 1..4)).prop_map(
        |(name, changes)| {
            let mut event = fixture(name);
            for (index, other) in changes {
                let mut nth = index.index(count(&event));
                replace(&mut event, &mut nth, &other);
            }
            event
        },
    )
}

/// The characters that an `eventID` and a request id of Lambda are made of.
fn incidents() -> impl Strategy<Value = (String, bool)> {
    let id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    prop_oneof![id.prop_map(|id| (id, true)), id.prop_map(|id| (format!("sweep.{id}"), false)),]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_json_is_read_without_a_panic(payload in documents()) {
        let _ = read(&payload, &guard(), &reach());
    }

    #[test]
    fn a_damaged_event_is_read_without_a_panic_and_from_no_one_else_becomes_the_guards(
        payload in mutants(),
    ) {
        let shown = payload.to_string();
        if let Payload::Single(Ok(Trigger::DomainChanged { change, .. })) = read(&payload, &guard(), &reach()) {
            prop_assert!(change.origin == Origin::Foreign || shown.contains(&guard().role_arn));
        }
    }

    #[test]
    fn a_cause_comes_back_from_the_user_agent_as_it_was_sent(
        (incident, timed) in incidents(), seconds in 0x1000_0000_i64..=0xffff_ffff,
        attributes in prop::sample::subsequence(Attribute::ALL.to_vec(), 0..=4), actor in ".{1,15}",
    ) {
        let changed_at = timed.then_some(seconds);
        let cause = Cause { incident, changed_at, attributes, actor: Some(actor) };
        let metadata = cause.metadata().unwrap();
        prop_assert!(metadata.bytes().all(|b| b.is_ascii_graphic()), "{metadata}");
        let app = cause.app_name();
        let agent = format!("aws-sdk-rust/1.3.14 ua/2.1 m/E app/{app} lang/rust {metadata}");
        prop_assert_eq!(Cause::from_user_agent(&agent), Some(cause));
    }

    #[test]
    fn an_application_name_is_always_one_that_the_sdk_takes(
        incident in any::<String>(), changed_at in any::<Option<i64>>(),
    ) {
        let name = Cause { incident, changed_at, ..Cause::default() }.app_name();
        prop_assert!(name.len() <= LONGEST_APP_NAME, "{name}");
        prop_assert!(name.starts_with("cdg."));
        prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)), "{name}");
    }

    #[test]
    fn a_time_that_does_not_fit_is_left_out_and_the_incident_stays_whole(
        incident in "[a-z][a-z0-9-]{0,20}", seconds in any::<i64>(),
    ) {
        let cause =
            Cause { incident: incident.clone(), changed_at: Some(seconds), ..Cause::default() };
        let read = Cause::from_user_agent(&format!("app/{}", cause.app_name())).unwrap();
        prop_assert_eq!(read.incident, incident);
        prop_assert!(read.changed_at.is_none_or(|read| read == seconds));
    }

    #[test]
    fn any_user_agent_is_read_without_a_panic(agent in any::<String>()) {
        let _ = Cause::from_user_agent(&agent);
        let _ = Cause::from_user_agent(&format!("app/cdg.{agent}"));
        let _ = Cause::from_user_agent(&format!("app/cdg.x md/cdg-for#routing.{agent}"));
        let _ = Actor::read(&json!({ "userAgent": agent })).via();
    }

    /// Words of tools with anything around them: a tool is named, shortly, and never as a fact.
    #[test]
    fn what_only_a_user_agent_says_is_a_claim(
        before in any::<String>(),
        mark in prop::sample::select(vec![
            "Terraform/", "aws-cli/", "Pulumi", "md/awslabs#mcp#", "aws-controllers-k8s/",
            "cloudformation.amazonaws.com", "AWS Internal", "console.amazonaws.com", "exec-env/",
            "spinnaker-user/", "Mozilla/5.0", "crossplane-provider-aws/v",
        ]),
        after in any::<String>(),
    ) {
        let via = Actor::read(&json!({ "userAgent": format!("{before}{mark}{after}") })).via();
        prop_assert_ne!(via.said_by, SaidBy::CloudTrail);
        prop_assert!(via.tool.chars().count() <= 250, "{}", via.tool);
        prop_assert!(!via.tool.is_empty());
    }
}
