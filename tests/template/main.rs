//! `template.yaml` against the code and the events it is for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and its helpers are tests, too"
)]

mod matching;
mod organization;
mod overrides;
mod read;
mod records;
mod resolve;
mod sweeping;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cognito_domain_guard::{cognito, metrics, parameters, topic};
use cognito_domain_guard_sandbox::{PlatformSettings, matches_rule};
use quamina::Quamina;
use serde_json::{Value, json};

use self::read::{resource, template};

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

/// A rule for changes of domains, in account 111122223333 where it names one.
fn pattern_matcher(mut pattern: Value) -> Quamina<&'static str> {
    if let Some(account) = pattern.get_mut("account") {
        assert_eq!(*account, json!([{"Ref": "AWS::AccountId"}]));
        *account = json!(["111122223333"]);
    }
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

fn rule() -> Quamina<&'static str> {
    pattern_matcher(resource("DomainChangeRule")["EventPattern"].clone())
}

/// Whether the table in `events/README.md` says that the rule lets a file's event through.
fn expected_of(name: &str) -> bool {
    let table = include_str!("../../events/README.md");
    let row = table.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
    let column = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap().trim();
    match column.split(':').next().unwrap() {
        "yes" => true,
        "no" => false,
        other => panic!("{name}: {other}"),
    }
}

#[test]
fn the_rule_lets_through_exactly_the_events_that_their_table_says() {
    let rule = rule();
    for (name, event) in events() {
        let expected = expected_of(&name);
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

/// The names of environment variables that the settings read.
fn read_by_settings() -> BTreeSet<String> {
    let source = concat!(
        include_str!("../../src/settings.rs"),
        include_str!("../../src/settings/organization.rs")
    );
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
        parameters::GET_PARAMETERS,
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
    // Describe, overrides, publish, update, publish.
    let calls = TIMEOUTS.operation * 4 + UPDATE_TIMEOUTS.operation;
    let timeout = resource("GuardFunction")["Timeout"].as_u64().unwrap();
    assert!(calls < Duration::from_secs(timeout), "{calls:?}");
}

#[test]
fn alarms_and_dashboard_show_metrics_that_there_are() {
    let known = known();
    let template = template();
    let mut used = BTreeSet::new();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        if resource["Type"] == "AWS::CloudWatch::Alarm" {
            for metric in watched(&resource["Properties"]) {
                assert!(known.contains(metric.as_str()), "{name} watches {metric}");
                used.insert(metric);
            }
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
    for metric in [
        "SweepGoverned",
        "SweepDomains",
        "SweepOffBaseline",
        "NotRestored",
        "Failed",
        "NoticeFailures",
        "Reverts",
        "ForeignChanges",
        "SecondsOffBaseline",
        "SecondsUnknown",
    ] {
        assert!(used.contains(metric), "nothing shows {metric}");
    }
    // Sweeps alone send it, so that its samples count them.
    let missed = &template["Resources"]["SweepMissedAlarm"]["Properties"];
    assert_eq!(missed["MetricName"], "SweepGoverned");
    assert_eq!(missed["Statistic"], "SampleCount");
}

fn known() -> BTreeSet<&'static str> {
    metrics::COUNTERS.into_iter().chain(metrics::GAUGES).chain(metrics::SECONDS).collect()
}

/// The metrics of ours that an alarm looks at: its own, those of its metric math, those of its query.
fn watched(alarm: &Value) -> Vec<String> {
    let mut metrics = Vec::new();
    if alarm["Namespace"] == metrics::NAMESPACE {
        metrics.push(alarm["MetricName"].as_str().unwrap().to_owned());
    }
    for metric in alarm["Metrics"].as_array().into_iter().flatten() {
        let of = &metric["MetricStat"]["Metric"];
        if of["Namespace"] == metrics::NAMESPACE {
            metrics.push(of["MetricName"].as_str().unwrap().to_owned());
        }
        let query = metric["Expression"].as_str().unwrap_or_default();
        if let Some((_, rest)) = query.split_once("SELECT SUM(") {
            assert!(
                rest.contains(&format!("FROM SCHEMA({}, Domain)", metrics::NAMESPACE)),
                "{query}"
            );
            metrics.push(rest.split(')').next().unwrap().to_owned());
        }
    }
    let of_others = "/Metrics/1/MetricStat/Metric/Namespace";
    let namespace = alarm.pointer(of_others).unwrap_or(&alarm["Namespace"]);
    assert!(!metrics.is_empty() || namespace.is_string(), "{alarm}");
    metrics
}

#[test]
fn each_alarm_says_in_words_what_to_do_and_reaches_somebody() {
    let template = template();
    let alarms = template["Resources"].as_object().unwrap().iter();
    let alarms: Vec<_> =
        alarms.filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm").collect();
    assert_eq!(alarms.len(), 16);
    for (name, resource) in alarms {
        let alarm = &resource["Properties"];
        assert_eq!(alarm["AlarmActions"], json!([{"Fn::GetAtt": "AlarmTarget.Value"}]), "{name}");
        let description = alarm["AlarmDescription"].as_str().unwrap();
        let steps = ["Read", "Run", "Look at", "Change the domain", "Stop", "look in CloudTrail"];
        assert!(steps.iter().any(|step| description.contains(step)), "{name}: {description}");
        // SNS sends it in a mail, CloudWatch takes 1,024 characters.
        assert!(description.len() < 300, "{name}: {description}");
    }
}

/// 90 looks a minute apart, a minute before the first, and time for Lambda to fetch each.
#[test]
fn the_recheck_queues_age_alarms_after_the_last_look_and_drift_before_it() {
    let queue = resource("RecheckQueue");
    let number = |value: &Value| value.as_u64().unwrap();
    let looks = number(&queue["RedrivePolicy"]["maxReceiveCount"]);
    let last = number(&queue["DelaySeconds"]) + looks * number(&queue["VisibilityTimeout"]);
    let stuck = number(&resource("RecheckStuckAlarm")["Threshold"]);
    assert!(stuck > last + looks * 10 && stuck < last * 3 / 2, "{stuck} for {last}");
    let template = template();
    let parameter = &template["Parameters"]["DriftLastsMinutes"];
    assert_eq!(parameter["Default"], 30);
    let mapping = template["Mappings"]["DriftLasts"].as_object().unwrap();
    let allowed = parameter["AllowedValues"].as_array().unwrap();
    assert_eq!(mapping.len(), allowed.len());
    for minutes in allowed {
        let seconds = number(&mapping[&minutes.to_string()]["Seconds"]);
        assert_eq!(seconds, number(minutes) * 60);
        // A look after that must still come, or the alarm never does.
        assert!(seconds + 600 < last, "{minutes}");
    }
}

/// Two sweeps, not two of one hour, and two must fit where one may be missed.
#[test]
fn two_sweeps_must_have_found_a_domain_off_its_baseline() {
    let alarm = resource("SweepOffBaselineAlarm");
    assert_eq!(alarm["DatapointsToAlarm"], 2);
    let periods = json!({"Fn::If": ["MissedAfterOneHour", 2, {"Ref": "SweepMissedAfterHours"}]});
    assert_eq!(alarm["EvaluationPeriods"], periods);
    let template = template();
    assert_eq!(template["Parameters"]["SweepMissedAfterHours"]["MinValue"], 1);
    let condition = json!({"Fn::Equals": [{"Ref": "SweepMissedAfterHours"}, "1"]});
    assert_eq!(template["Conditions"]["MissedAfterOneHour"], condition);
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

#[test]
fn the_docs_that_notices_link_to_are_the_parameters_or_nobodys() {
    let template = template();
    assert_eq!(template["Parameters"]["DocsUrl"]["Default"], "");
    let variables = &template["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(variables["DOCS_URL"], json!({"Ref": "DocsUrl"}));
}

/// The example beside it enforces things that nobody chose. SAM makes an archive of a folder, not of a file.
#[test]
fn of_the_layer_the_functions_read_the_baseline_and_not_the_example() {
    assert_eq!(resource("BaselineLayer")["ContentUri"], "baseline/");
    let read = &template()["Globals"]["Function"]["Environment"]["Variables"]["BASELINE"];
    assert_eq!(read, "/opt/baseline.yaml");
}
