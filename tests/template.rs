//! `template.yaml` against the code and the events it is for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and its helpers are tests, too"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cognito_domain_guard_sandbox::{PlatformSettings, matches_rule};
use cognito_domain_guard::{cognito, metrics, topic};
use quamina::Quamina;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value, json};

const TEMPLATE: &str = include_str!("../template.yaml");

/// The template, with `!Ref X` as `{"Ref": "X"}`, `!Sub X` as `{"Fn::Sub": "X"}` and so on.
fn template() -> Value {
    let mut open: Vec<(Value, Option<String>, Option<String>)> = Vec::new();
    let mut root = Value::Null;
    for event in Parser::new_from_str(TEMPLATE) {
        let done = match event.unwrap().0 {
            Event::MappingStart(_, tag) => {
                open.push((json!({}), function(tag.as_deref()), None));
                continue;
            }
            Event::SequenceStart(_, tag) => {
                open.push((json!([]), function(tag.as_deref()), None));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let (value, function, _) = open.pop().unwrap();
                called(function, value)
            }
            Event::Scalar(text, style, _, tag) => {
                let number = text.parse::<i64>().ok().filter(|_| style == ScalarStyle::Plain);
                let value = match (number, text.as_ref(), style) {
                    (Some(number), ..) => json!(number),
                    (_, "true" | "false", ScalarStyle::Plain) => json!(text == "true"),
                    _ => json!(text),
                };
                called(function(tag.as_deref()), value)
            }
            Event::Alias(_) => panic!("the template has no aliases"),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => continue,
        };
        match open.last_mut() {
            None => root = done,
            Some((Value::Array(items), ..)) => items.push(done),
            Some((Value::Object(members), _, key)) => match key.take() {
                None => *key = Some(done.as_str().unwrap().to_owned()),
                Some(key) => assert!(members.insert(key, done).is_none()),
            },
            Some(_) => unreachable!(),
        }
    }
    root
}

fn function(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| tag.handle == "!").map(|tag| match tag.suffix.as_str() {
        "Ref" => "Ref".to_owned(),
        other => format!("Fn::{other}"),
    })
}

fn called(function: Option<String>, value: Value) -> Value {
    match function {
        None => value,
        Some(function) => Value::Object(Map::from_iter([(function, value)])),
    }
}

fn resource(name: &str) -> Value {
    template()["Resources"][name]["Properties"].clone()
}

fn events() -> BTreeMap<String, Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let event = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), event)
        })
        .collect()
}

/// The rule in account 111122223333.
fn rule() -> Quamina<&'static str> {
    let mut pattern = resource("DomainChangeRule")["EventPattern"].clone();
    assert_eq!(pattern["account"], json!([{"Ref": "AWS::AccountId"}]));
    pattern["account"] = json!(["111122223333"]);
    let codes = pattern["detail"]["errorCode"].take();
    assert_eq!(codes, json!([{"exists": false}, ""]));
    // EventBridge takes one or the other; this matcher has no such "or" beside `exists`.
    let mut rule = Quamina::new();
    for code in codes.as_array().unwrap() {
        pattern["detail"]["errorCode"] = json!([code]);
        rule.add_pattern("rule", &pattern.to_string()).unwrap();
    }
    rule
}

#[test]
fn the_rule_lets_through_exactly_the_events_that_their_table_says() {
    let rule = rule();
    let table = include_str!("../events/README.md");
    for (name, event) in events() {
        let row = table.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
        let column = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap().trim();
        let expected = match column.split(':').next().unwrap() {
            "yes" => true,
            "no" => false,
            other => panic!("{name}: {other}"),
        };
        let matched = rule.has_matches(event.to_string().as_bytes()).unwrap();
        assert_eq!(matched, expected, "{name}");
        assert_eq!(matches_rule(&event), expected, "{name}: the sandbox's rule");
    }
}

#[test]
fn the_rule_lets_through_what_succeeded_with_an_empty_error_code_or_none() {
    let rule = rule();
    let mut event = events()["update-weakens-tls.json"].clone();
    for (code, expected) in [(json!(""), true), (json!("AccessDenied"), false)] {
        event["detail"]["errorCode"] = code;
        assert_eq!(rule.has_matches(event.to_string().as_bytes()).unwrap(), expected);
        assert_eq!(matches_rule(&event), expected);
    }
    event["detail"].as_object_mut().unwrap().remove("errorCode");
    assert!(rule.has_matches(event.to_string().as_bytes()).unwrap());
    event["account"] = json!("444455556666");
    assert!(!rule.has_matches(event.to_string().as_bytes()).unwrap());
}

/// The names of environment variables that settings.rs reads.
fn read_by_settings() -> BTreeSet<String> {
    let source = include_str!("../src/settings.rs");
    let mut names = BTreeSet::new();
    for call in ["get(\"", "required(\n            \"", "required(\""] {
        for rest in source.split(call).skip(1) {
            names.insert(rest.split('"').next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn the_template_sets_each_variable_of_ours_and_none_that_nobody_reads() {
    let globals = &template()["Globals"]["Function"]["Environment"]["Variables"];
    let own = |name: &str| resource(name)["Environment"]["Variables"].clone();
    let set: BTreeSet<String> = [globals, &own("GuardFunction"), &own("SweepFunction")]
        .into_iter()
        .flat_map(|variables| variables.as_object().unwrap().keys().cloned())
        .collect();
    // What Lambda sets, what every AWS tool knows, and what a person may add.
    let others = ["AWS_", "LAMBDA_TASK_ROOT", "RUST_LOG", "SSL_CERT_FILE"];
    let read: BTreeSet<String> = read_by_settings()
        .into_iter()
        .filter(|name| !others.iter().any(|other| name.starts_with(other)))
        .collect();
    assert_eq!(set, read);
    for name in &read {
        let of_sweep = name.starts_with("SWEEP_") && name != "SWEEP_FUNCTION_ARN";
        let function = if of_sweep { "SweepFunction" } else { "GuardFunction" };
        let is_set = globals.get(name).is_some() || own(function).get(name).is_some();
        assert!(is_set, "{function} has no {name}");
    }
}

/// The actions of the role's policies, conditional ones included.
fn permitted() -> BTreeSet<String> {
    fn collect(value: &Value, actions: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match (name.as_str(), value) {
                        ("Action", Value::String(action)) => {
                            actions.insert(action.clone());
                        }
                        ("Action", Value::Array(list)) => actions
                            .extend(list.iter().map(|action| action.as_str().unwrap().to_owned())),
                        _ => collect(value, actions),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, actions)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut actions = BTreeSet::new();
    collect(&resource("GuardRole")["Policies"], &mut actions);
    actions
}

#[test]
fn the_role_permits_what_the_code_calls_and_what_aws_needs_for_it() {
    let called = [
        cognito::DESCRIBE_DOMAIN,
        cognito::UPDATE_DOMAIN,
        cognito::DESCRIBE_POOL,
        cognito::LIST_POOLS,
        topic::PUBLISH,
    ];
    // What AWS does in the role's name: Cognito with its distribution and its keys, Lambda with the
    // queues and the logs, SNS with the topic's key.
    let by_aws = [
        "cloudfront:updateDistribution",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
        "kms:GenerateDataKey*",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ];
    let wanted: BTreeSet<String> = called.iter().chain(&by_aws).map(ToString::to_string).collect();
    assert_eq!(permitted(), wanted);
}

#[test]
fn the_sandbox_has_the_numbers_of_the_template() {
    let seconds = |resource: &Value, name: &str| {
        Duration::from_secs(resource[name].as_u64().unwrap_or_else(|| panic!("no {name}")))
    };
    let sandbox = PlatformSettings::default();
    let (guard, sweep) = (resource("GuardFunction"), resource("SweepFunction"));
    let queue = resource("RecheckQueue");
    assert_eq!(seconds(&guard, "Timeout"), sandbox.function_timeout);
    assert_eq!(seconds(&sweep, "Timeout"), sandbox.sweep_timeout);
    assert_eq!(seconds(&queue, "DelaySeconds"), sandbox.queue_delay);
    assert_eq!(seconds(&queue, "VisibilityTimeout"), sandbox.visibility_timeout);
    assert_eq!(queue["RedrivePolicy"]["maxReceiveCount"], sandbox.max_receives);
    assert_eq!(sandbox.max_receives, 90);
    // Lambda refuses an event source whose messages come back while they are worked on.
    assert!(seconds(&queue, "VisibilityTimeout") >= seconds(&guard, "Timeout"));
    assert_eq!(guard["EventInvokeConfig"]["MaximumRetryAttempts"], 0);
}

#[test]
fn an_invocation_has_time_for_all_its_calls() {
    use cognito_domain_guard::clients::{TIMEOUTS, UPDATE_TIMEOUTS};
    // Describe, publish, update, publish.
    let calls = TIMEOUTS.operation * 3 + UPDATE_TIMEOUTS.operation;
    let timeout = resource("GuardFunction")["Timeout"].as_u64().unwrap();
    assert!(calls < Duration::from_secs(timeout), "{calls:?}");
}

#[test]
fn alarms_and_dashboard_show_metrics_that_there_are() {
    let known: BTreeSet<&str> =
        metrics::COUNTERS.into_iter().chain(metrics::GAUGES).chain(metrics::SECONDS).collect();
    let template = template();
    let mut used = BTreeSet::new();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let properties = &resource["Properties"];
        if resource["Type"] == "AWS::CloudWatch::Alarm"
            && properties["Namespace"] == metrics::NAMESPACE
        {
            let metric = properties["MetricName"].as_str().unwrap();
            assert!(known.contains(metric), "{name} watches {metric}");
            used.insert(metric.to_owned());
        }
    }
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0];
    let dashboard: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    for widget in dashboard["widgets"].as_array().unwrap() {
        for metric in shown(&widget["properties"]["metrics"]) {
            assert!(known.contains(metric.as_str()), "{} shows {metric}", widget["properties"]);
            used.insert(metric);
        }
    }
    for metric in ["SweepGoverned", "NotRestored", "Failed", "NoticeFailures", "Reverts"] {
        assert!(used.contains(metric), "nothing shows {metric}");
    }
    // Sweeps alone send it, so that its samples count them.
    let missed = &template["Resources"]["SweepMissedAlarm"]["Properties"];
    assert_eq!(missed["MetricName"], "SweepGoverned");
    assert_eq!(missed["Statistic"], "SampleCount");
}

/// The metrics of ours in a widget's rows: "." repeats the field above it, "..." all but the last.
fn shown(rows: &Value) -> Vec<String> {
    let mut metrics = Vec::new();
    let mut above: Vec<String> = Vec::new();
    for row in rows.as_array().into_iter().flatten() {
        let fields: Vec<&str> = row.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        if fields.is_empty() {
            continue;
        }
        let full: Vec<String> = if fields[0] == "..." {
            above.clone()
        } else {
            let field = |(nth, field): (usize, &&str)| match *field {
                "." => above[nth].clone(),
                own => own.to_owned(),
            };
            fields.iter().enumerate().map(field).collect()
        };
        if full[0] == metrics::NAMESPACE {
            metrics.push(full[1].clone());
        }
        above = full;
    }
    metrics
}

#[test]
fn the_schedule_and_the_sweep_know_the_same_interval() {
    let template = template();
    let parameter = &template["Parameters"]["SweepIntervalMinutes"];
    assert_eq!(parameter["Default"], 60);
    // EventBridge wants `rate(1 minute)` for one, which the schedule's plural does not say.
    assert_eq!(parameter["MinValue"], 2);
    assert_eq!(parameter["MaxValue"], 1_440);
    let sweep = resource("SweepFunction");
    let schedule = &sweep["Events"]["Schedule"]["Properties"]["Schedule"];
    assert_eq!(*schedule, json!({"Fn::Sub": "rate(${SweepIntervalMinutes} minutes)"}));
    let variables = &sweep["Environment"]["Variables"];
    assert_eq!(variables["SWEEP_INTERVAL_MINUTES"], json!({"Ref": "SweepIntervalMinutes"}));
}

#[test]
fn https_subscribers_get_the_form_of_the_parameter() {
    let template = template();
    let parameter = &template["Parameters"]["NoticeHttpsForm"];
    assert_eq!(parameter["Default"], "chat");
    assert_eq!(parameter["AllowedValues"], json!(["chat", "record"]));
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(variables["NOTICE_HTTPS_FORM"], json!({"Ref": "NoticeHttpsForm"}));
}
