//! What replay makes of every case in tests/cases: shapes that public reports and documentation led to.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect;
use serde_json::{Value, json};

use crate::support::{ROOT, empty_folder, text};

/// How it ends, and what it says: the changes that were played, the domains that were prepared, and the
/// first line of standard error without the path.
fn played(path: &str) -> String {
    let output = crate::guardctl().args(["replay", "--json", path]).output().expect("guardctl");
    let code = output.status.code().expect("a code");
    let stories: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let played: u64 = stories.iter().filter_map(|story| story["played"].as_u64()).sum();
    let mut domains: Vec<&str> = stories
        .iter()
        .flat_map(|story| story["domains"].as_array().expect("domains"))
        .filter_map(|domain| domain["domain"].as_str())
        .collect();
    domains.dedup();
    let mut line = format!("{code}, played {played}");
    if played > 0 {
        let _ = write!(line, ": {}", domains.join(" "));
    }
    let complaint = text(&output.stderr).replace(&format!("{path}: "), "").replace(path, "it");
    for said in complaint.lines() {
        let said: String = said.chars().take(100).collect();
        let _ = write!(line, "\n  {said}");
    }
    line
}

fn cases() -> Vec<String> {
    let mut cases: Vec<String> = std::fs::read_dir(Path::new(ROOT).join("tests/cases"))
        .expect("the cases")
        .map(|entry| entry.expect("a case").file_name().into_string().expect("a name"))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) && !name.ends_with(".yaml"))
        .collect();
    cases.sort();
    cases
}

/// Those of identities and user agents are one shape, and each is the story of one change.
#[test]
fn every_case_is_played_or_refused_with_a_reason() {
    let mut shown = String::new();
    for case in cases() {
        let told = played(&format!("tests/cases/{case}"));
        if case.contains("-ua-") || case.contains("-id-") {
            assert_eq!(told, "0, played 1: auth.example.com", "{case}");
        } else {
            writeln!(shown, "{case}: {told}").expect("written");
        }
    }
    expect![[r#"
        01-lookup-events.json: 0, played 1: auth.example.com
        02-lookup-events-query-strings.json: 0, played 1: auth.example.com
        03-lookup-events-query-one.json: 0, played 1: auth.example.com
        04-lookup-events-query-jqstring.json: 0, played 1: auth.example.com
        05-lookup-events-text.txt: 0, played 2: auth.example.com
        06-lookup-events-list.json: 0, played 1: auth.example.com
        07-filter-log-events.json: 0, played 1: auth.example.com
        08-lake-get-query-results.json: 0, played 1: auth.example.com
        09-athena-row.json: 0, played 1: auth.example.com
        10-requestparameters-string.json: 0, played 1: auth.example.com
        100-lookup-events-query-columns.json: 0, played 1: auth.example.com
          note: passed over: 2 values beside an event, such as a time that a query chose
        101-lookup-events-output-text.txt: 0, played 1: auth.example.com
          note: passed over: the text beside the JSON
        102-lake.csv: 0, played 1: auth.example.com
          note: passed over: 1 record of calls on something else than a user pool domain
        103-logs-insights.csv: 0, played 1: auth.example.com
        104-athena.csv: 0, played 1: auth.example.com
        105-logs-subscription-decoded.json: 0, played 1: auth.example.com
        106-kinesis.json: 1, played 0
          error: records of a stream (Kinesis, Firehose), whose data is base64: decode it and give the guard w
        107-wrapped-by-a-tool.json: 0, played 1: auth.example.com
        108-coloured.json: 1, played 0
          error: it is not JSON: it has a terminal's colours: save it without them, such as with `jq -M`
        109-cut.json: 1, played 0
          error: it is not JSON: EOF while parsing a string at line 1 column 900; its end is missing: save it 
        11-jsonl.json: 0, played 2: auth.example.com
        110-splunk-event-collector.json: 0, played 1: auth.example.com
        12-trail-log-with-insight.json: 0, played 1: auth.example.com
          note: passed over: 1 record without an eventName, such as an Insight record
        13-insight-alone-envelope.json: 1, played 0
          error: no change of a user pool domain was played: nothing in what was given is one
        14-insight-log.json.gz: 1, played 0
          note: passed over: 1 record without an eventName, such as an Insight record
          error: there is no event on a user pool domain in what was given
        15-digest.json.gz: 1, played 0
          note: passed over: 1 digest file
          error: there is no event on a user pool domain in what was given
        16-bucket: 0, played 1: auth.example.com
          note: passed over: 1 digest file
          note: passed over: 1 record of calls on something else than a user pool domain
        17-bucket-flat: 0, played 1: auth.example.com
          note: passed over: 1 digest file
          note: passed over: 1 record of calls on something else than a user pool domain
        18-empty-log.json: 1, played 0
          error: there is no event on a user pool domain in what was given
        19-utf16.json: 0, played 1: auth.example.com
        20-utf8-bom.json: 0, played 1: auth.example.com
        21-python-repr.json: 1, played 0
          error: it is not JSON: key must be a string at line 1 column 2; names are in double quotes, and ther
        22-sns-to-lambda.json: 0, played 1: auth.example.com
        23-sns-in-sqs.json: 0, played 1: auth.example.com
        24-pipes-sqs-array.json: 0, played 1: auth.example.com
        25-sns-notification-body.json: 0, played 1: auth.example.com
        26-awslogs-subscription.json: 1, played 0
          error: a subscription of CloudWatch Logs: the guard takes events, so send it those of an EventBridge
        27-s3-notification.json: 1, played 0
          error: a notification of S3: the guard does not read a trail's log files, so send it the events of a
        28-detail-string.json: 0, played 1: auth.example.com
        29-archive-replay.json: 0, played 1: auth.example.com
        30-put-events-entries.json: 1, played 0
          error: an entry for `aws events put-events`, which is no event yet: give the guard the CloudTrail re
        31-hello-world.json: 1, played 0
          error: an object with "key1", "key2", "key3": neither an EventBridge event, a CloudTrail record, a d
        32-eventbridge-scheduler.json: 0, played 1: auth.example.com
        33-rule-constant-input.json: 1, played 0
          error: an object with "sweep": neither an EventBridge event, a CloudTrail record, a destination reco
        34-event-history.csv: 1, played 0
          error: it is a table without what the calls asked for, as CloudTrail's event history saves as CSV: d
        35-comment.json: 1, played 0
          error: it is not JSON: key must be a string at line 1 column 60; names are in double quotes, and the
        36-ocsf.json: 1, played 0
          error: an object with "actor", "api", "class_name", "class_uid", "cloud", "metadata", "time": neithe
        39-org-log.json: 0, played 2: auth.example.com
          note: passed over: 1 record of calls on something else than a user pool domain
        76-hardening.json: 0, played 1: auth.example.com
        80-number-int.json: 0, played 1: auth.example.com
        82-number-string.json: 0, played 1: auth.example.com
        83-pascal-case.json: 0, played 1: auth.example.com
        84-error-null.json: 0, played 1: auth.example.com
        85-time-ms.json: 0, played 1: auth.example.com
        86-time-nocolon.json: 0, played 1: auth.example.com
        87-time-epoch.json: 0, played 1: auth.example.com
        88-addendum-updated.json: 0, played 1: auth.example.com
        89-vpce.json: 0, played 1: auth.example.com
        90-localstack.json: 0, played 1: auth.example.com
        92-trimmed.json: 0, played 1: auth.example.com
        95-nan.json: 1, played 0
          error: it is not JSON: expected value at line 1 column 2309; a value is a number, true, false, null,
        96-sqs-receive-message.json: 0, played 2: auth.example.com
        97-sqs-batch-two-domains.json: 0, played 2: auth.example.com login.example.com
        98-export-with-nulls.json: 0, played 1: auth.example.com
        99-eventbridge-dlq-receive.json: 0, played 1: auth.example.com
    "#]].assert_eq(&shown);
}

fn event(file: &str) -> Value {
    let path = crate::shipped::at(&format!("events/{file}"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("an event")).expect("JSON")
}

/// Replays an event on its own: how it ends, its story, and what it complains of.
fn replay(folder: &str, event: &Value) -> (Option<i32>, String, String) {
    let file = empty_folder(folder).join("event.json");
    std::fs::write(&file, event.to_string()).expect("a file");
    let output = crate::guardctl().arg("replay").arg(&file).output().expect("guardctl");
    (output.status.code(), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

#[test]
fn an_unreadable_event_has_a_short_story_that_gives_the_reason() {
    let mut unreadable = event("update-weakens-tls.json");
    unreadable["detail"]["requestParameters"] = json!(null);
    let (code, story, told) = replay("cli-cases-unreadable", &unreadable);
    let reason = "names neither a domain nor a user pool";
    assert_eq!(code, Some(1), "{story}");
    assert!(told.contains(reason), "{told}");
    let flat = story.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(reason) && flat.contains("more looks, each minute: the same"), "{story}");
    assert!(story.lines().count() < 60, "{} lines: {story}", story.lines().count());
}

/// As when a person invokes the function with what the rule would not let through, while Cognito is busy.
#[test]
fn a_direct_invocation_is_not_brought_back_by_the_queue() {
    let mut record = event("update-weakens-tls.json")["detail"].take();
    record["errorCode"] = json!(7);
    let (_, story, _) = replay("cli-cases-direct", &record);
    let flat = story.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("the EventBridge rule does not let this event through"), "{story}");
    assert!(flat.contains("EVENT somebody invokes the guard with the event"), "{story}");
    assert!(flat.contains("ends in DomainBusy, which only whoever invoked it hears"), "{story}");
    assert!(!flat.contains("the recheck queue"), "{story}");
}

#[test]
fn what_was_not_played_ends_in_1_whatever_else_was() {
    let update = event("update-weakens-tls.json");
    let mut elsewhere = update.clone();
    elsewhere["region"] = json!("us-east-1");
    elsewhere["detail"]["awsRegion"] = json!("us-east-1");
    let message = |event: &Value, id: &str| json!({ "messageId": id, "eventSource": "aws:sqs", "body": event.to_string() });
    let batch = json!({ "Records": [message(&update, "1"), message(&elsewhere, "2")] });
    let (code, _, told) = replay("cli-cases-elsewhere", &batch);
    assert_eq!(code, Some(1));
    assert!(told.contains("not played: it is of region us-east-1"), "{told}");
    // A call that failed changed nothing, so nothing was left out; alone it is no change.
    let mut failed = update.clone();
    failed["detail"]["errorCode"] = json!("AccessDenied");
    let batch = json!({ "Records": [message(&update, "1"), message(&failed, "2")] });
    assert_eq!(replay("cli-cases-failed", &batch).0, Some(0));
    let (code, _, told) = replay("cli-cases-failed-alone", &failed);
    assert_eq!(code, Some(1));
    assert!(told.contains("no change of a user pool domain was played"), "{told}");
}
