//! A healthy guard's facts, and their parts.

use std::collections::BTreeMap;

use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::place::Place;

use crate::doctor::alarms::names;
use crate::doctor::facts::{
    Alarm, AlarmState, Architecture, BaselineFile, Decision, EventSource, Executable, Facts,
    FieldSelector, Function, Leftovers, LeftoversKind, Machine, OnFailure, Permission, Program,
    Queue, Redrive, Rule, Selector, Stack, Subscription, Target, Topic, Trail,
};
use crate::doctor::sample;

pub const RULE: &str = "arn:aws:events:eu-central-1:111122223333:rule/domain-change";
pub const SCHEDULE: &str = "arn:aws:events:eu-central-1:111122223333:rule/sweep";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/guard";
pub const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:notices";
pub const ALARM_TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:alarms";
pub const STACK_ID: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
pub const WATCH_RULES: &str = "arn:aws:events:eu-central-1:111122223333:rule/domain-guard-*";
pub const BASELINE: &str = "version: 1\nmode: audit\ndefaults:\n  security_policy: TLS_V1_2_2021\n";

pub fn place() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:111122223333:{name}")
}

pub fn queue(name: &str) -> Queue {
    Queue { arn: queue_arn(name), url: format!("https://sqs/{name}"), ..Queue::default() }
}

pub fn policy(action: &str, rule: &str) -> String {
    format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": "events.amazonaws.com"}},
        "Action": "{action}", "Condition": {{"ArnLike": {{"AWS:SourceArn": "{rule}"}}}}}}]}}"#
    )
}

pub fn function(name: &str, rule: &str) -> Function {
    let variables = [
        ("NOTICE_TOPIC_ARN", TOPIC.to_owned()),
        ("GUARD_ROLE_ARN", ROLE.to_owned()),
        ("SWEEP_FUNCTION_ARN", place().function_arn("sweep")),
        ("BASELINE", "/opt/baseline.yaml".to_owned()),
    ];
    Function {
        name: name.to_owned(),
        arn: place().function_arn(name),
        role_arn: ROLE.to_owned(),
        state: "Active".to_owned(),
        state_reason: None,
        last_update: "Successful".to_owned(),
        timeout_seconds: 55,
        reserved_concurrency: None,
        environment: variables.map(|(name, value)| (name.to_owned(), value)).into(),
        layers: Vec::new(),
        code: None,
        architecture: Architecture::Arm64,
        program: Ok(Program::Found {
            archive: "the function's own archive".to_owned(),
            executable: Executable { is_executable: true, machine: Some(Machine::Arm64) },
        }),
        log_group: format!("/aws/lambda/{name}"),
        is_traced: true,
        on_failure: Ok(Some(OnFailure {
            retries: Some(0),
            destination: Some(queue_arn(if name == "guard" { "recheck" } else { "dead" })),
        })),
        event_sources: Ok(vec![EventSource {
            id: "1b2c".to_owned(),
            queue_arn: queue_arn("recheck"),
            state: "Enabled".to_owned(),
            batch_size: 1,
            reports_batch_item_failures: true,
        }]),
        policy: Ok(Some(policy("lambda:InvokeFunction", rule))),
        baseline: Ok(BaselineFile::Found {
            path: "/opt/baseline.yaml".to_owned(),
            archive: "arn:aws:lambda:eu-central-1:111122223333:layer:guard-baseline:3".to_owned(),
            content: BASELINE.into(),
            index: None,
        }),
    }
}

pub fn rule(name: &str, arn: &str, function: &str) -> Rule {
    Rule {
        name: name.to_owned(),
        arn: arn.to_owned(),
        state: "ENABLED".to_owned(),
        pattern: None,
        schedule: None,
        targets: Ok(vec![Target {
            arn: place().function_arn(function),
            is_transformed: false,
            dead_letters: None,
        }]),
        trials: Vec::new(),
    }
}

pub fn watch_rule(part: &str) -> Rule {
    let name = format!("domain-guard-{part}-{STACK_ID}");
    let arn = WATCH_RULES.replace("domain-guard-*", &name);
    let target = Target { arn: ALARM_TOPIC.to_owned(), is_transformed: true, dead_letters: None };
    Rule { targets: Ok(vec![target]), ..rule(&name, &arn, "") }
}

/// A rule of IAM's region that forwards to that region.
pub fn forwarding(region: &str) -> Rule {
    let bus = format!("arn:aws:events:{region}:111122223333:event-bus/default");
    let target = Target { arn: bus, is_transformed: false, dead_letters: None };
    let arn = "arn:aws:events:us-east-1:111122223333:rule/domain-guard-iam-watch-1";
    Rule { targets: Ok(vec![target]), ..rule("domain-guard-iam-watch-1", arn, "") }
}

pub fn healthy() -> Facts {
    let mut change = rule("domain-change", RULE, "guard");
    change.pattern = Some("{}".to_owned());
    change.trials = sample::ALL.iter().map(|sample| Ok(sample.must_match())).collect();
    change.targets.as_mut().unwrap()[0].dead_letters = Some(queue_arn("undelivered"));
    let mut schedule = rule("sweep", SCHEDULE, "sweep");
    schedule.schedule = Some("rate(1 hour)".to_owned());
    let mut undelivered = queue("undelivered");
    undelivered.policy = Some(policy("sqs:SendMessage", RULE));
    let mut recheck = queue("recheck");
    recheck.visibility_timeout_seconds = 60;
    recheck.redrive = Some(Redrive { dead_letters: queue_arn("dead"), receives: 90 });
    Facts {
        place: place(),
        stack: Some(stack()),
        trails: Ok(vec![trail()]),
        guard_name: "guard".to_owned(),
        guard: Ok(function("guard", RULE)),
        sweep: Some(Ok(function("sweep", SCHEDULE))),
        rules: Ok(vec![change, schedule]),
        recheck: Some(Ok(recheck)),
        dead_letters: vec![
            Leftovers {
                kind: LeftoversKind::DeadLetters,
                arn: queue_arn("dead"),
                queue: Ok(queue("dead")),
            },
            Leftovers {
                kind: LeftoversKind::Undelivered,
                arn: queue_arn("undelivered"),
                queue: Ok(undelivered),
            },
        ],
        topic: Some(Topic {
            arn: TOPIC.to_owned(),
            policy: Ok(Some(policy("sns:Publish", RULE))),
            subscriptions: Ok(vec![subscription(true)]),
        }),
        alarm_topic: Some(Topic {
            arn: ALARM_TOPIC.to_owned(),
            policy: Ok(Some(policy("sns:Publish", WATCH_RULES))),
            subscriptions: Ok(vec![subscription(true)]),
        }),
        alarms: Some(Ok(names(&stack()).iter().map(|name| alarm(name)).collect())),
        watch: Some(Ok(["functions", "waking", "topics", "telemetry", "stack", "stack-end"]
            .map(watch_rule)
            .to_vec())),
        role_watch: Some(Ok(vec![forwarding("eu-central-1")])),
        permissions: vec![permission("cognito-idp:UpdateUserPoolDomain", Decision::Allowed)],
        stops: Ok(Vec::new()),
        overrides: None,
        answers: Vec::new(),
        notified: None,
    }
}

pub fn stack() -> Stack {
    Stack {
        name: "guard".to_owned(),
        id: format!("arn:aws:cloudformation:eu-central-1:111122223333:stack/guard/{STACK_ID}"),
        status: "UPDATE_COMPLETE".to_owned(),
        parameters: BTreeMap::new(),
        outputs: BTreeMap::new(),
    }
}

pub fn alarm(name: &str) -> Alarm {
    Alarm {
        name: name.to_owned(),
        description: "Read the error.".to_owned(),
        state: AlarmState::Ok,
        reason: "Threshold not crossed".to_owned(),
        since: Some("2026-01-01T00:00:00Z".to_owned()),
        is_enabled: true,
        notifies: vec![ALARM_TOPIC.to_owned()],
    }
}

pub fn trail() -> Trail {
    Trail {
        name: "management".to_owned(),
        arn: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/management".to_owned(),
        home_region: "eu-west-1".to_owned(),
        is_multi_region: true,
        is_of_organization: false,
        is_logging: Ok(true),
        selectors: Ok(vec![basic("All", true, &[])]),
    }
}

pub fn basic(read_write_type: &str, management_events: bool, excluded: &[&str]) -> Selector {
    Selector::Basic {
        read_write_type: read_write_type.to_owned(),
        management_events,
        excluded_sources: excluded.iter().map(|&source| source.to_owned()).collect(),
    }
}

pub fn equals(field: &str, value: &str) -> FieldSelector {
    FieldSelector {
        field: field.to_owned(),
        equals: vec![value.to_owned()],
        ..FieldSelector::default()
    }
}

pub fn subscription(is_confirmed: bool) -> Subscription {
    Subscription {
        protocol: "email".to_owned(),
        endpoint: "you@example.com".to_owned(),
        is_confirmed,
    }
}

pub fn permission(action: &'static str, decision: Decision) -> Permission {
    Permission { action, resource: "*".to_owned(), decision: Ok(decision) }
}

pub fn error(action: &'static str, code: &str, failure: Failure) -> CallError {
    CallError { failure, action, code: Some(code.to_owned()), message: "no".to_owned() }
}
