//! Every form of an event is taken by everything that takes events, and the page has the table of them.

use std::fmt::Write as _;
use std::path::Path;

use cognito_domain_guard::place::Place;
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::trigger::{self, Identity, Payload, Trigger};
use expect_test::expect_file;
use serde_json::Value;

use crate::beside::programs;
use crate::served::{Served, weak};
use crate::support::{ROOT, at_root};

/// The forms, and the case of each. Where the function never sees a form, it is one of files.
const FORMS: [(&str, &str); 32] = [
    ("an EventBridge event, also of an archive's replay", "29-archive-replay.json"),
    ("the same with `detail` as text", "28-detail-string.json"),
    ("a CloudTrail record, also with nulls or in part", "98-export-with-nulls.json"),
    ("`requestParameters` as text, members in any letter case", "10-requestparameters-string.json"),
    ("a message of SNS, as Lambda gets it", "22-sns-to-lambda.json"),
    ("a message of SNS alone", "25-sns-notification-body.json"),
    ("a message of SNS in a queue", "23-sns-in-sqs.json"),
    ("a batch of SQS", "97-sqs-batch-two-domains.json"),
    ("a batch of EventBridge Pipes", "24-pipes-sqs-array.json"),
    (
        "`aws sqs receive-message`, with destination records of Lambda",
        "96-sqs-receive-message.json",
    ),
    ("the same of EventBridge's dead letters", "99-eventbridge-dlq-receive.json"),
    ("`aws cloudtrail lookup-events`", "01-lookup-events.json"),
    ("the same with `--query 'Events[].CloudTrailEvent'`", "02-lookup-events-query-strings.json"),
    ("the same with `--query 'Events[0]'`", "03-lookup-events-query-one.json"),
    ("the same through `jq`, a text in quotes", "04-lookup-events-query-jqstring.json"),
    ("the same with `--query Events`", "06-lookup-events-list.json"),
    (
        "the same with columns, as `--query 'Events[].[EventTime,CloudTrailEvent]'`",
        "100-lookup-events-query-columns.json",
    ),
    ("the same with `--output text`", "101-lookup-events-output-text.txt"),
    ("`aws logs filter-log-events`", "07-filter-log-events.json"),
    ("CloudTrail Lake's `get-query-results`, with `eventJson`", "08-lake-get-query-results.json"),
    ("the same as CSV, as its console saves it", "102-lake.csv"),
    ("a row of Athena's table of a trail", "09-athena-row.json"),
    ("the same as CSV, as its console saves it", "104-athena.csv"),
    ("a query of CloudWatch Logs Insights with `@message`, as CSV", "103-logs-insights.csv"),
    ("a subscription of CloudWatch Logs, decoded", "105-logs-subscription-decoded.json"),
    ("an event in a member of what another tool exports", "107-wrapped-by-a-tool.json"),
    ("what Splunk's HTTP Event Collector takes", "110-splunk-event-collector.json"),
    ("a log file of a trail", "12-trail-log-with-insight.json"),
    ("records one after the other (`--output text`, JSON lines)", "11-jsonl.json"),
    ("UTF-16, as PowerShell writes it", "19-utf16.json"),
    ("UTF-8 with a byte order mark", "20-utf8-bom.json"),
    ("a folder, as `aws s3 sync` leaves a trail's bucket", "16-bucket"),
];

/// What is no event on a user pool domain, and ends in an error that says what it is.
const REFUSED: [(&str, &str); 10] = [
    ("an empty log file, a digest file, an Insight record alone", "18-empty-log.json"),
    ("a subscription of CloudWatch Logs, as it is delivered", "26-awslogs-subscription.json"),
    ("records of Kinesis or Firehose", "106-kinesis.json"),
    ("a notification of S3", "27-s3-notification.json"),
    ("entries for `aws events put-events`", "30-put-events-entries.json"),
    ("Lambda's test event, a constant input of a rule", "31-hello-world.json"),
    ("the event history's CSV", "34-event-history.csv"),
    ("OCSF", "36-ocsf.json"),
    ("Python's `repr`", "21-python-repr.json"),
    ("JSON with comments or `NaN`", "95-nan.json"),
];

/// Whether a change was found in it.
struct Taken {
    replay: bool,
    rehearse: bool,
    function: bool,
}

fn taken(served: &Served, case: &str) -> Taken {
    let path = format!("tests/cases/{case}");
    let replay = at_root(&programs().join("guardctl").display().to_string())
        .args(["replay", "--json", &path])
        .output()
        .expect("guardctl");
    let rehearse = served.guardctl(&["rehearse", &path]);
    Taken {
        replay: replay.status.code() != Some(1),
        rehearse: rehearse.status.code() != Some(1),
        function: is_read_by_the_function(&path),
    }
}

fn is_read_by_the_function(path: &str) -> bool {
    let Ok(bytes) = std::fs::read(Path::new(ROOT).join(path)) else { return false };
    let nobody = Identity { role_arn: String::new(), function_arns: Vec::new(), overrides: None };
    let here = Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    };
    let triggers = match trigger::read_bytes(&bytes, &nobody, &Reach::one(here)) {
        Payload::Single(trigger) => vec![trigger],
        Payload::Together(triggers) => triggers,
        Payload::Queue(messages) => messages.into_iter().flat_map(|m| m.triggers).collect(),
        Payload::Step(_) => Vec::new(),
    };
    triggers.iter().any(|trigger| matches!(trigger, Ok(Trigger::DomainChanged { .. })))
}

fn yes(taken: bool) -> &'static str {
    if taken { "yes" } else { "no" }
}

#[test]
fn the_page_has_the_table_of_what_each_takes_and_what_one_takes_all_take() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    served.world.put_domain(weak("login.example.com"));
    let mut table = String::from("| form | `replay` | `rehearse` | the function |\n");
    table.push_str("| --- | --- | --- | --- |\n");
    for (form, case) in FORMS {
        let Taken { replay, rehearse, function } = taken(&served, case);
        assert!(replay && rehearse, "{case}: replay {replay}, rehearse {rehearse}");
        let function = if function { "yes" } else { "a form of files" };
        writeln!(table, "| {form} | {} | {} | {function} |", yes(replay), yes(rehearse))
            .expect("written");
    }
    for (form, case) in REFUSED {
        let Taken { replay, rehearse, function } = taken(&served, case);
        assert!(!replay && !rehearse && !function, "{case}: {replay} {rehearse} {function}");
        writeln!(table, "| {form} | no | no | no |").expect("written");
    }
    let path = Path::new(ROOT).join("docs/guardctl.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once("<!-- forms -->\n").expect("where the table begins");
    let (_, after) = rest.split_once("<!-- end of forms -->\n").expect("where it ends");
    let expected = format!("{before}<!-- forms -->\n{table}<!-- end of forms -->\n{after}");
    expect_file![path].assert_eq(&expected);
}

/// Every case there is, also those that are another identity or user agent.
#[test]
fn what_replay_makes_of_a_case_rehearse_and_the_function_make_of_it_too() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    served.world.put_domain(weak("login.example.com"));
    let mut compared = 0;
    for entry in std::fs::read_dir(Path::new(ROOT).join("tests/cases")).expect("the cases") {
        let name = entry.expect("a case").file_name().into_string().expect("a name");
        let is_case = name.starts_with(|c: char| c.is_ascii_digit()) && !name.ends_with(".yaml");
        // A sweep is the story of no event, and the emulator's account is another than the live one.
        if !is_case || name.starts_with("32-") || name.starts_with("90-") {
            continue;
        }
        let Taken { replay, rehearse, function } = taken(&served, &name);
        assert_eq!(replay, rehearse, "{name}");
        // Several values, another encoding, compressed: a payload of Lambda is none of these.
        let is_of_files = ["05-", "11-", "16-", "17-", "19-", "101-", "102-", "103-", "104-"]
            .iter()
            .any(|n| name.starts_with(n));
        assert_eq!(replay && !is_of_files, function, "{name}");
        compared += 1;
    }
    assert!(compared > 65, "{compared}");
}

/// A served plan says the same of a baseline as validate does, whatever its encoding.
#[test]
fn every_baseline_is_read_or_refused_by_each_command_alike() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let folder = Path::new(ROOT).join("tests/cases/baselines");
    for entry in std::fs::read_dir(folder).expect("the baselines") {
        let name = entry.expect("a baseline").file_name().into_string().expect("a name");
        let path = format!("tests/cases/baselines/{name}");
        let read = |output: &std::process::Output| {
            let told = String::from_utf8_lossy(&output.stderr);
            let is_refused =
                told.contains(&format!("error: {name}:")) || told.contains("cannot be read");
            output.status.code() != Some(1) || !is_refused
        };
        let guardctl = |arguments: &[&str]| {
            let program = programs().join("guardctl").display().to_string();
            at_root(&program).args(arguments).output().expect("guardctl")
        };
        let validate = guardctl(&["validate", "--format", "json", &path]);
        let valid: Value = serde_json::from_slice(&validate.stdout).unwrap_or_default();
        let is_valid = validate.status.code() == Some(0);
        let event = "events/update-compliant.json";
        for output in [
            served.guardctl(&["plan", "--baseline", &path]),
            served.guardctl(&["apply", "--baseline", &path]),
            served.guardctl(&["rehearse", "--baseline", &path, event]),
            guardctl(&["replay", "--baseline", &path, event]),
        ] {
            assert_eq!(read(&output), is_valid, "{name}: {valid} {output:?}");
        }
    }
}
