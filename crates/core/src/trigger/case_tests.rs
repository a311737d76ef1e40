//! What the guard makes of every case in tests/cases: shapes that public reports and documentation
//! led to, and inputs that fuzzing found.

use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::tests::{guard, reach};
use super::*;

fn case(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(trigger: &Result<Trigger, Unreadable>) -> String {
    match trigger {
        Ok(Trigger::DomainChanged { change, earlier, .. }) => {
            let subject = match &change.subject {
                Subject::Domain(name) => name,
                Subject::UserPool(pool) => pool,
            };
            let time = change.time.map_or("?".to_owned(), |time| time.unix_timestamp().to_string());
            let call = change.call.event_name().replace("UserPoolDomain", "");
            format!("{call} {subject} at {time}, {earlier:?}")
        }
        Ok(Trigger::Sweep { scheduled_at, .. }) => {
            format!("Sweep at {:?}", scheduled_at.map(OffsetDateTime::unix_timestamp))
        }
        Ok(Trigger::OverrideChanged(change)) => {
            format!("{} {}", change.call, change.ids.join(", "))
        }
        Ok(Trigger::Test { asked_by }) => format!("Test for {asked_by}"),
        Ok(Trigger::Ignored { reason, .. }) => format!("Ignored: {reason}"),
        Err(unreadable) => format!("Unreadable: {unreadable}"),
    }
}

/// One line for each event: `Update auth.example.com at 1795420931, FirstLook`.
fn read_case(payload: &[u8]) -> String {
    let lines: Vec<String> = match read_bytes(payload, &guard(), &reach()) {
        Payload::Single(trigger) => vec![shown(&trigger)],
        Payload::Together(triggers) => triggers.iter().map(shown).collect(),
        Payload::Queue(messages) => messages
            .iter()
            .flat_map(|message| {
                let id = message.id.get(..4).unwrap_or(&message.id);
                message.triggers.iter().map(move |trigger| format!("[{id}] {}", shown(trigger)))
            })
            .collect(),
        Payload::Step(step) => panic!("{step}"),
    };
    lines.join("\n")
}

/// Checks what each file of a list becomes.
#[track_caller]
fn check(files: &[&str], expected: &Expect) {
    let shown: String =
        files.iter().map(|file| format!("{file}\n{}\n", read_case(&case(file)))).collect();
    expected.assert_eq(&shown);
}

#[test]
fn an_event_is_found_in_every_envelope_that_aws_may_put_it_into() {
    check(
        &[
            "22-sns-to-lambda.json",
            "23-sns-in-sqs.json",
            "24-pipes-sqs-array.json",
            "25-sns-notification-body.json",
            "28-detail-string.json",
            "29-archive-replay.json",
            "32-eventbridge-scheduler.json",
            "97-sqs-batch-two-domains.json",
        ],
        &expect![[r#"
            22-sns-to-lambda.json
            Update auth.example.com at 1795420931, FirstLook
            23-sns-in-sqs.json
            [059f] Update auth.example.com at 1795420931, FirstLook
            24-pipes-sqs-array.json
            [059f] Update auth.example.com at 1795420931, FirstLook
            25-sns-notification-body.json
            Update auth.example.com at 1795420931, FirstLook
            28-detail-string.json
            Update auth.example.com at 1795420931, FirstLook
            29-archive-replay.json
            Update auth.example.com at 1795420931, FirstLook
            32-eventbridge-scheduler.json
            Sweep at Some(1795471500)
            97-sqs-batch-two-domains.json
            [1] Update auth.example.com at 1795420931, FirstLook
            [2] Update login.example.com at 1795420931, FirstLook
        "#]],
    );
}

#[test]
fn a_member_that_is_null_or_left_out_or_in_another_form_keeps_no_event_from_being_read() {
    check(
        &[
            "10-requestparameters-string.json",
            "20-utf8-bom.json",
            "80-number-int.json",
            "82-number-string.json",
            "83-pascal-case.json",
            "84-error-null.json",
            "85-time-ms.json",
            "86-time-nocolon.json",
            "87-time-epoch.json",
            "88-addendum-updated.json",
            "89-vpce.json",
            "90-localstack.json",
            "92-trimmed.json",
            "93-ua-lone-surrogate.json",
            "94-ua-latin1.json",
            "98-export-with-nulls.json",
        ],
        &expect![[r#"
            10-requestparameters-string.json
            Update auth.example.com at 1795420931, FirstLook
            20-utf8-bom.json
            Update auth.example.com at 1795420931, FirstLook
            80-number-int.json
            Update auth.example.com at 1795420931, FirstLook
            82-number-string.json
            Update auth.example.com at 1795420931, FirstLook
            83-pascal-case.json
            Update auth.example.com at 1795420931, FirstLook
            84-error-null.json
            Update auth.example.com at 1795420931, FirstLook
            85-time-ms.json
            Update auth.example.com at 1795420931, FirstLook
            86-time-nocolon.json
            Update auth.example.com at 1795420931, FirstLook
            87-time-epoch.json
            Update auth.example.com at 1795420931, FirstLook
            88-addendum-updated.json
            Update auth.example.com at 1795420931, FirstLook
            89-vpce.json
            Update auth.example.com at 1795420931, FirstLook
            90-localstack.json
            Ignored: it is of account 000000000000, and this guard works in 111122223333
            92-trimmed.json
            Update auth.example.com at 1795428931, FirstLook
            93-ua-lone-surrogate.json
            Update auth.example.com at 1795420931, FirstLook
            94-ua-latin1.json
            Update auth.example.com at 1795420931, FirstLook
            98-export-with-nulls.json
            Update auth.example.com at 1795420931, FirstLook
        "#]],
    );
}

#[test]
fn what_tools_print_of_events_is_read_in_each_form_in_which_people_save_it() {
    check(
        &[
            "01-lookup-events.json",
            "02-lookup-events-query-strings.json",
            "03-lookup-events-query-one.json",
            "04-lookup-events-query-jqstring.json",
            "06-lookup-events-list.json",
            "07-filter-log-events.json",
            "08-lake-get-query-results.json",
            "09-athena-row.json",
            "12-trail-log-with-insight.json",
            "39-org-log.json",
            "96-sqs-receive-message.json",
            "99-eventbridge-dlq-receive.json",
        ],
        &expect![[r#"
            01-lookup-events.json
            Update auth.example.com at 1795420931, FirstLook
            02-lookup-events-query-strings.json
            Update auth.example.com at 1795420931, FirstLook
            03-lookup-events-query-one.json
            Update auth.example.com at 1795420931, FirstLook
            04-lookup-events-query-jqstring.json
            Update auth.example.com at 1795420931, FirstLook
            06-lookup-events-list.json
            Update auth.example.com at 1795420931, FirstLook
            07-filter-log-events.json
            Update auth.example.com at 1795420931, FirstLook
            08-lake-get-query-results.json
            Update auth.example.com at 1795420931, FirstLook
            09-athena-row.json
            Update auth.example.com at 1795420931, FirstLook
            12-trail-log-with-insight.json
            Update auth.example.com at 1795420931, FirstLook
            39-org-log.json
            Update auth.example.com at 1795420931, FirstLook
            Ignored: it is of account 444455556666, and this guard works in 111122223333
            Ignored: the call failed with AccessDenied, so it changed nothing
            96-sqs-receive-message.json
            Update auth.example.com at 1795420931, Pending
            Update auth.example.com at 1795424531, FirstLook
            99-eventbridge-dlq-receive.json
            Update auth.example.com at 1795420931, FirstLook
        "#]],
    );
}

/// The forms of which no case is a whole file.
#[test]
fn rows_of_queries_are_read_with_and_without_what_is_around_them() {
    let record: Value = serde_json::from_slice(&case("28-detail-string.json")).unwrap();
    let whole = record["detail"].as_str().unwrap();
    let lake = json!([[{ "eventTime": "2026-11-23" }, { "eventJson": whole }]]);
    let insights = json!({ "results": [[{ "field": "@ptr", "value": "x" }, { "field": "@message", "value": whole }]] });
    let athena: Value = serde_json::from_slice(&case("09-athena-row.json")).unwrap();
    let (names, cells): (Vec<_>, Vec<_>) = athena
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (json!({ "VarCharValue": name }), json!({ "VarCharValue": value }))
        })
        .unzip();
    let athena = json!({ "ResultSet": { "Rows": [{ "Data": names }, { "Data": cells }] } });
    for form in [lake[0].clone(), lake, insights, athena] {
        assert_eq!(
            read_case(form.to_string().as_bytes()),
            "Update auth.example.com at 1795420931, FirstLook",
            "{form}"
        );
    }
    let columns = json!({ "QueryResultRows": [[{ "eventName": "UpdateUserPoolDomain" },
        { "requestParameters": "{domain=auth.example.com, userPoolId=eu-central-1_Ab12Cd34E}" }]] });
    let read = read_case(columns.to_string().as_bytes());
    assert!(read.starts_with("Unreadable:") && read.contains("SELECT eventJson"), "{read}");
    let nothing = json!({ "Events": [{ "CloudTrailEvent": "{\"eventName\":\"ListUserPools\"}" }] });
    let read = read_case(nothing.to_string().as_bytes());
    assert_eq!(read, "Unreadable: there is no call on a user pool domain in it");
}

/// What `--query 'Events[].{CloudTrailEvent: CloudTrailEvent}'` prints, and the like.
#[test]
fn a_list_of_events_with_one_member_each_is_not_taken_for_the_columns_of_one_row() {
    let record: Value = serde_json::from_slice(&case("28-detail-string.json")).unwrap();
    let whole = record["detail"].as_str().unwrap();
    for name in ["CloudTrailEvent", "eventJson", "Body"] {
        let list = json!([{ name: whole }, { name: whole }]);
        assert_eq!(read_case(list.to_string().as_bytes()).lines().count(), 2, "{name}");
    }
}

#[test]
fn what_is_no_event_says_what_it_is_and_what_to_give_instead() {
    check(
        &[
            "05-lookup-events-text.txt",
            "11-jsonl.json",
            "13-insight-alone-envelope.json",
            "15-digest.json.gz",
            "18-empty-log.json",
            "19-utf16.json",
            "21-python-repr.json",
            "26-awslogs-subscription.json",
            "27-s3-notification.json",
            "30-put-events-entries.json",
            "31-hello-world.json",
            "33-rule-constant-input.json",
            "34-event-history.csv",
            "35-comment.json",
            "36-ocsf.json",
            "95-nan.json",
        ],
        &expect![[r#"
            05-lookup-events-text.txt
            Unreadable: the payload is not readable JSON: trailing characters at line 1 column 2030
            11-jsonl.json
            Unreadable: the payload is not readable JSON: trailing characters at line 2 column 1
            13-insight-alone-envelope.json
            Ignored: "AWS Insight via CloudTrail" of aws.cloudtrail is not a call on a user pool domain
            15-digest.json.gz
            Unreadable: the payload is not readable JSON: expected value at line 1 column 1
            18-empty-log.json
            Unreadable: an object with "Records": neither an EventBridge event, a CloudTrail record, a destination record of Lambda nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of a rule or schedule that has one
            19-utf16.json
            Unreadable: the payload is not readable JSON: expected value at line 1 column 1
            21-python-repr.json
            Unreadable: the payload is not readable JSON: key must be a string at line 1 column 2
            26-awslogs-subscription.json
            Unreadable: a subscription of CloudWatch Logs: the guard takes events, so send it those of an EventBridge rule
            27-s3-notification.json
            Unreadable: a notification of S3: the guard does not read a trail's log files, so send it the events of an EventBridge rule
            30-put-events-entries.json
            Unreadable: an entry for `aws events put-events`, which is no event yet: give the guard the CloudTrail record in its Detail
            31-hello-world.json
            Unreadable: an object with "key1", "key2", "key3": neither an EventBridge event, a CloudTrail record, a destination record of Lambda nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of a rule or schedule that has one
            33-rule-constant-input.json
            Unreadable: an object with "sweep": neither an EventBridge event, a CloudTrail record, a destination record of Lambda nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of a rule or schedule that has one
            34-event-history.csv
            Unreadable: the payload is not readable JSON: expected value at line 1 column 1
            35-comment.json
            Unreadable: the payload is not readable JSON: key must be a string at line 1 column 60
            36-ocsf.json
            Unreadable: an object with "actor", "api", "class_name", "class_uid", "cloud", "metadata", "time": neither an EventBridge event, a CloudTrail record, a destination record of Lambda nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of a rule or schedule that has one
            95-nan.json
            Unreadable: the payload is not readable JSON: expected value at line 1 column 2309
        "#]],
    );
}

#[test]
fn every_identity_and_every_user_agent_is_one_that_an_event_may_have() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.contains("-ua-") || name.contains("-id-") {
            assert_eq!(
                read_case(&case(&name)),
                "Update auth.example.com at 1795420931, FirstLook",
                "{name}"
            );
            read += 1;
        }
    }
    assert!(read >= 29, "{read}");
}

#[test]
fn what_fuzzing_found_is_read_with_its_impossible_times_left_out() {
    check(
        &[
            "fuzz/fuzz-notice-panic0.bin",
            "fuzz/fuzz-notice-panic1.bin",
            "fuzz/fuzz-trigger-panic0.bin",
        ],
        &expect![[r#"
            fuzz/fuzz-notice-panic0.bin
            Update auth.example.com at ?, FirstLook
            fuzz/fuzz-notice-panic1.bin
            Update auth.example.com at ?, FirstLook
            fuzz/fuzz-trigger-panic0.bin
            [m] Sweep at Some(1795443031)
        "#]],
    );
}

fn event() -> Value {
    serde_json::from_slice(&case("29-archive-replay.json")).unwrap()
}

/// What Lambda's on-failure destination makes of a payload, in a message of the queue.
fn brought_back(payload: &Value) -> Value {
    let record = json!({
        "requestContext": { "condition": "RetriesExhausted" },
        "requestPayload": payload,
        "responsePayload": { "errorType": "DomainSettling" },
    });
    json!({ "Records": [{ "messageId": "m-1", "eventSource": "aws:sqs", "body": record.to_string() }] })
}

#[test]
fn every_envelope_is_found_again_in_what_the_queue_brings_back() {
    for file in ["22-sns-to-lambda.json", "24-pipes-sqs-array.json", "28-detail-string.json"] {
        let payload = serde_json::from_slice(&case(file)).unwrap();
        assert_eq!(
            read_case(brought_back(&payload).to_string().as_bytes()),
            "[m-1] Update auth.example.com at 1795420931, Settling",
            "{file}"
        );
    }
    let both = json!([event(), event()]);
    assert_eq!(
        read_case(brought_back(&both).to_string().as_bytes()),
        "[m-1] Update auth.example.com at 1795420931, Settling\n\
         [m-1] Update auth.example.com at 1795420931, Settling"
    );
}

#[test]
fn each_event_of_a_list_is_read_on_its_own() {
    expect![[r#"
        Update auth.example.com at 1795420931, FirstLook
        Unreadable: an object with "sweep": neither an EventBridge event, a CloudTrail record, a destination record of Lambda nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of a rule or schedule that has one
        Update auth.example.com at 1795420931, FirstLook"#]].assert_eq(&read_case(
        json!([event(), { "sweep": true }, null, event()]).to_string().as_bytes(),
    ));
}

#[test]
fn each_message_of_a_batch_is_read_on_its_own_whatever_its_neighbours_are() {
    let batch = json!({ "Records": [
        { "messageId": "good", "eventSource": "aws:sqs", "body": event().to_string() },
        { "messageId": "bare", "eventSource": "aws:sqs", "body": null },
        { "messageId": "half", "eventSource": "aws:sqs", "body": "\"\\ud83e\"" },
        { "messageId": "list", "eventSource": "aws:sqs", "body": [1], "attributes": [1] },
        { "messageId": "deep", "eventSource": "aws:sqs", "body": "[".repeat(200) },
        "no message",
        null,
    ]});
    expect![[r#"
        [good] Update auth.example.com at 1795420931, FirstLook
        [bare] Unreadable: the message has no body
        [half] Unreadable: a text: neither an EventBridge event, a CloudTrail record, a destination record of Lambda nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of a rule or schedule that has one
        [list] Unreadable: the value 1: neither an EventBridge event, a CloudTrail record, a destination record of Lambda nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of a rule or schedule that has one
        [deep] Unreadable: the message's body is not readable JSON: recursion limit exceeded at line 1 column 128
        [] Unreadable: the message has no body
        [] Unreadable: the message has no body"#]].assert_eq(&read_case(batch.to_string().as_bytes()));
}

#[test]
fn envelopes_in_one_another_and_events_at_once_are_bounded() {
    let mut nested = event();
    for _ in 0..8 {
        nested = json!([nested]);
    }
    assert_eq!(
        read_case(nested.to_string().as_bytes()),
        "Unreadable: too many envelopes in one another"
    );
    let many = vec![json!({ "source": "aws.ec2" }); 1_001];
    let Payload::Together(triggers) = read(&json!(many), &guard(), &reach()) else { panic!() };
    assert_eq!(triggers.len(), 1_001);
    assert_eq!(shown(&triggers[1_000]), "Unreadable: more than 1000 events at once");
    // Lists in lists stop as well.
    let lists = json!(vec![json!(many); 1_000]);
    let Payload::Together(triggers) = read(&lists, &guard(), &reach()) else { panic!() };
    assert!(triggers.len() <= 2_001, "{}", triggers.len());
}
