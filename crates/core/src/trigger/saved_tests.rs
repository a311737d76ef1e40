//! One recorded call in every form in which people save and hand on events.

use serde_json::{Value, json};

use super::tests::{fixture, guard, reach};
use super::*;

/// What is found in a payload: the domain of each change, or why something cannot be read.
fn found(payload: &Value) -> Vec<String> {
    let triggers = match read(payload, &guard(), &reach()) {
        Payload::Single(trigger) => vec![trigger],
        Payload::Together(triggers) => triggers,
        Payload::Queue(messages) => messages.into_iter().flat_map(|m| m.triggers).collect(),
        Payload::Step(step) => panic!("{step}"),
    };
    triggers
        .into_iter()
        .map(|trigger| match trigger {
            Ok(Trigger::DomainChanged { change, .. }) => {
                assert!(change.actor.name.starts_with("jane.doe@example.com"), "{payload}");
                match change.subject {
                    Subject::Domain(domain) => domain,
                    Subject::UserPool(pool) => pool,
                }
            }
            Ok(other) => other.kind().to_string(),
            Err(unreadable) => unreadable.reason,
        })
        .collect()
}

fn record() -> Value {
    fixture("update-weakens-tls.json")["detail"].clone()
}

/// An event of `aws cloudtrail lookup-events` around what is given.
fn looked_up(inner: Value) -> Value {
    json!({
        "EventId": "2c63888f", "EventName": "UpdateUserPoolDomain", "ReadOnly": "false",
        "EventTime": "2026-11-23T08:02:11+00:00", "EventSource": "cognito-idp.amazonaws.com",
        "Username": "jane.doe@example.com", "Resources": [], "CloudTrailEvent": inner,
    })
}

#[test]
fn what_is_text_in_a_tools_output_may_be_json_as_jq_leaves_it() {
    let (event, record) = (fixture("update-weakens-tls.json"), record());
    for payload in [
        json!({ "Events": [looked_up(record.clone())] }),
        looked_up(record.clone()),
        json!({ "QueryResultRows": [[{ "eventID": "2c" }, { "eventJson": record.clone() }]] }),
        json!({ "events": [{ "timestamp": 1, "message": record.clone() }] }),
        json!({ "messageType": "DATA_MESSAGE", "logGroup": "trail", "logEvents": [
            { "id": "1", "timestamp": 1, "message": record.to_string() },
        ] }),
        json!({ "Messages": [{ "MessageId": "m", "Body": event.clone() }] }),
        json!({ "Records": [{ "messageId": "m", "eventSource": "aws:sqs", "body": event.clone() }] }),
        json!({ "messageId": "m", "eventSource": "aws:sqs", "body": event.clone() }),
        json!({ "Type": "Notification", "TopicArn": "t", "Message": event.clone() }),
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": {
            "Type": "Notification", "Message": event.clone(),
        } }] }),
    ] {
        assert_eq!(found(&payload), ["auth.example.com"], "{payload}");
    }
}

#[test]
fn of_the_columns_that_a_query_chose_the_one_that_is_an_event_is_taken() {
    let text = record().to_string();
    for payload in [
        json!(["2026-11-23T08:02:11+00:00", "jane", text]),
        json!([text, 5, null]),
        json!([["2026-11-23T08:02:11+00:00", "jane", text]]),
        json!({ "time": "2026-11-23T08:02:11+00:00", "who": "jane", "event": text }),
        json!([{ "time": "2026-11-23T08:02:11+00:00", "event": text }]),
        json!({ "m": text }),
    ] {
        assert_eq!(found(&payload), ["auth.example.com"], "{payload}");
    }
    // Several texts are several events, and none is passed over.
    assert_eq!(found(&json!([text, text])), ["auth.example.com", "auth.example.com"]);
    assert!(found(&json!([text, "{"]))[1].contains("is not readable JSON"));
}

#[test]
fn a_choice_takes_nothing_out_of_what_aws_delivers_or_what_is_no_event_yet() {
    let text = record().to_string();
    let entry = json!({ "Source": "x", "DetailType": "y", "Detail": text });
    assert!(found(&entry)[0].starts_with("an entry for `aws events put-events`"));
    let other = json!({ "source": "aws.s3", "detail-type": "x", "detail": text });
    assert_eq!(found(&other), ["ignored"]);
    // An event of EventBridge has its call in its detail, whatever else somebody has put into it.
    let beside = json!({ "source": "aws.s3", "detail-type": "x", "detail": {}, "event": text });
    assert_eq!(found(&beside), ["ignored"]);
    assert!(found(&json!({ "a": "{\"b\": 1}" }))[0].starts_with("an object with \"a\""));
}

#[test]
fn an_event_that_another_tool_wrapped_is_taken_out_of_its_member() {
    let (event, record) = (fixture("update-weakens-tls.json"), record());
    for payload in [
        json!({ "schemaVersion": "1.0", "payload": event }),
        json!({ "eventMetadata": { "ruleVersion": "1" }, "eventData": record }),
        json!({ "preview": false, "result": { "_raw": record.to_string(), "_time": "x" } }),
        json!({ "_index": "trail", "_source": { "aws": {}, "event": { "original": record } } }),
        json!({ "Input": event.to_string() }),
        json!({ "time": 1_795_420_931, "source": "trail", "sourcetype": "aws:cloudtrail", "event": record }),
        json!({ "source": "bus", "sourcetype": "aws:eventbridge", "event": event.to_string() }),
    ] {
        assert_eq!(found(&payload), ["auth.example.com"], "{payload}");
    }
    // A finding about a call, or a call on something else, is none.
    let finding =
        json!({ "actor": { "user": {} }, "api": { "eventName": "UpdateUserPoolDomain" } });
    assert!(found(&finding)[0].starts_with("an object with \"actor\""));
}

#[test]
fn the_records_of_a_stream_are_refused_with_what_to_do() {
    let data = "eyJhIjogMX0=";
    for payload in [
        json!({ "Records": [{ "eventSource": "aws:kinesis", "kinesis": { "data": data } }] }),
        json!({ "Records": [{ "SequenceNumber": "1", "Data": data }], "MillisBehindLatest": 0 }),
        json!({ "invocationId": "x", "records": [{ "recordId": "1", "data": data }] }),
        json!([{ "eventSource": "aws:kinesis", "data": data, "partitionKey": "1" }]),
    ] {
        assert!(found(&payload)[0].contains("whose data is base64: decode it"), "{payload}");
    }
}

/// The members of an object and of the objects in it, under other names.
fn renamed(value: &Value, name: &impl Fn(&str) -> String) -> Value {
    match value.as_object() {
        Some(members) => {
            members.iter().map(|(key, value)| (name(key), renamed(value, name))).collect()
        }
        None => value.clone(),
    }
}

#[test]
fn the_names_of_members_may_be_in_any_letter_case() {
    let pascal = |name: &str| {
        name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect()
    };
    let camel = |name: &str| {
        name.chars().take(1).flat_map(char::to_lowercase).chain(name.chars().skip(1)).collect()
    };
    for payload in [
        renamed(&record(), &pascal),
        renamed(&record(), &str::to_lowercase),
        renamed(&record(), &str::to_uppercase),
        json!({ "events": [renamed(&looked_up(record().to_string().into()), &camel)] }),
        renamed(&looked_up(record().to_string().into()), &camel),
    ] {
        assert_eq!(found(&payload), ["auth.example.com"], "{payload}");
    }
}

#[test]
fn a_null_in_a_list_is_nothing_and_a_list_of_nulls_is_no_event() {
    let event = fixture("update-weakens-tls.json");
    for payload in [
        json!([null, event, null]),
        json!({ "Events": [null, looked_up(record().to_string().into())] }),
        json!({ "Records": [null, record()] }),
        json!({ "QueryResultRows": [null, [{ "eventJson": record().to_string() }]] }),
    ] {
        assert_eq!(found(&payload), ["auth.example.com"], "{payload}");
    }
    assert!(found(&json!([null, null]))[0].starts_with("an empty list: neither"));
    assert_eq!(
        found(&json!({ "Events": [null] })),
        ["there is no call on a user pool domain in it"]
    );
}
