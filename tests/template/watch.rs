//! The rules that report changes to the guard itself, and iam-watch.yaml.
//!
//! Each case is a record of a call and the one rule that must take it, or none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::matching::{check, matcher, rules_of, watch_rules};
use super::read::{parsed, resource};
use super::records::{by_cloudformation, denied, record, stack_status};
use super::resolve::{ACCOUNT, REGION, STACK_ID, Stack};

/// How many characters EventBridge takes.
const LONGEST_PATTERN: usize = 2_048;

const FUNCTIONS: Option<&str> = Some("FunctionWatchRule");
const WAKING: Option<&str> = Some("WakingWatchRule");
const TOPICS: Option<&str> = Some("TopicWatchRule");
const TELEMETRY: Option<&str> = Some("TelemetryWatchRule");
const STACK: Option<&str> = Some("StackWatchRule");

#[test]
fn whoever_changes_a_function_is_reported_however_the_call_names_it() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    for id in ["GuardFunction", "SweepFunction"] {
        let (name, arn) = (stack.name_of(id), stack.arn_of(id));
        let forms = [
            name.clone(),
            arn.clone(),
            format!("{ACCOUNT}:function:{name}"),
            format!("{name}:$LATEST"),
            format!("{arn}:live"),
        ];
        for form in forms {
            for call in [
                "UpdateFunctionCode20150331v2",
                "UpdateFunctionConfiguration20150331v2",
                "AddPermission20150331v2",
                "RemovePermission20150331v2",
                "DeleteFunction20150331",
                "PutFunctionConcurrency20171031",
                "DeleteFunctionConcurrency20171031",
                "PutFunctionEventInvokeConfig",
                "UpdateFunctionEventInvokeConfig",
                "DeleteFunctionEventInvokeConfig",
                "CreateFunction20150331",
                "CreateFunctionUrlConfig",
                "UpdateFunctionUrlConfig",
                "PutRuntimeManagementConfig",
            ] {
                let event = record("lambda", call, json!({"functionName": form}), Value::Null);
                check(&rules, FUNCTIONS, &event);
                check(&rules, None, &denied(event));
            }
        }
    }
}

#[test]
fn another_function_and_a_functions_use_are_not_reported() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    let name = stack.name_of("GuardFunction");
    for other in [
        format!("{name}-2"),
        format!("{name}2"),
        format!("my-{name}"),
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}-2"),
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:my-{name}"),
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}-2:live"),
        "orders".to_owned(),
    ] {
        let request = json!({"functionName": other});
        check(
            &rules,
            None,
            &record("lambda", "UpdateFunctionCode20150331v2", request, Value::Null),
        );
    }
    for call in ["Invoke", "InvokeExecution", "GetFunction20150331v2", "ListTags20170331"] {
        let event = record("lambda", call, json!({"functionName": name}), Value::Null);
        check(&rules, None, &event);
    }
    // A bus may take in other accounts' events.
    let request = json!({"functionName": name});
    let mut event = record("lambda", "DeleteFunction20150331", request, Value::Null);
    event["account"] = json!("444455556666");
    check(&rules, None, &event);
}

#[test]
fn whoever_changes_what_reads_the_queue_is_reported() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    let mapping = |queue: &str, function: &str| {
        json!({
            "uUID": stack.name_of("GuardFunctionRecheck"),
            "eventSourceArn": queue,
            "functionArn": function,
            "state": "Disabling",
            "batchSize": 1,
        })
    };
    let (queue, function) = (stack.arn_of("RecheckQueue"), stack.arn_of("GuardFunction"));
    let other_queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders");
    let other = stack.arn_of("GuardFunction").replace("GuardFunction", "Orders");
    for (call, request) in [
        ("UpdateEventSourceMapping20150331", json!({"uUID": "5f0c", "enabled": false})),
        ("DeleteEventSourceMapping20150331", json!({"uuid": "5f0c"})),
        (
            "CreateEventSourceMapping20150331",
            json!({"eventSourceArn": queue, "functionName": "thief"}),
        ),
    ] {
        // Somebody else's function that reads the queue, and somebody else's queue that wakes the guard.
        for response in
            [mapping(&queue, &function), mapping(&queue, &other), mapping(&other_queue, &function)]
        {
            let event = record("lambda", call, request.clone(), response);
            check(&rules, FUNCTIONS, &event);
            check(&rules, FUNCTIONS, &by_cloudformation(event.clone()));
            check(&rules, None, &denied(event));
        }
        check(&rules, None, &record("lambda", call, request, mapping(&other_queue, &other)));
    }
}

#[test]
fn whoever_changes_a_rule_is_reported_also_one_of_these_rules() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    for id in ["DomainChangeRule", "DeploymentRule", "SweepFunctionSchedule", "StackWatchRule"] {
        let name = stack.name_of(id);
        for call in ["PutRule", "EnableRule", "DisableRule", "DeleteRule"] {
            let event = record("events", call, json!({"name": name}), Value::Null);
            check(&rules, WAKING, &event);
            check(&rules, None, &denied(event));
        }
        for call in ["PutTargets", "RemoveTargets"] {
            let request = json!({"rule": name, "ids": ["guard"]});
            check(&rules, WAKING, &record("events", call, request, json!({"failedEntryCount": 0})));
        }
    }
    for other in [format!("{}-2", stack.name_of("DomainChangeRule")), "orders".to_owned()] {
        check(&rules, None, &record("events", "DisableRule", json!({"name": other}), Value::Null));
    }
    let name = stack.name_of("DomainChangeRule");
    let look = record("events", "DescribeRule", json!({"name": name}), Value::Null);
    check(&rules, None, &look);
}

#[test]
fn whoever_changes_or_empties_a_queue_is_reported() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    for id in ["RecheckQueue", "DeadLetterQueue", "UndeliveredQueue"] {
        let name = stack.name_of(id);
        for host in [format!("sqs.{REGION}.amazonaws.com"), format!("{REGION}.queue.amazonaws.com")]
        {
            for call in [
                "SetQueueAttributes",
                "DeleteQueue",
                "PurgeQueue",
                "AddPermission",
                "RemovePermission",
            ] {
                let request = json!({"queueUrl": format!("https://{host}/{ACCOUNT}/{name}")});
                let event = record("sqs", call, request, Value::Null);
                check(&rules, WAKING, &event);
                // Any stack can set any queue's policy.
                check(&rules, WAKING, &by_cloudformation(event.clone()));
                check(&rules, None, &denied(event));
            }
        }
        for url in [
            format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}2"),
            format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/my-{name}"),
            format!("https://sqs.{REGION}.amazonaws.com/444455556666/{name}"),
        ] {
            check(
                &rules,
                None,
                &record("sqs", "PurgeQueue", json!({"queueUrl": url}), Value::Null),
            );
        }
        let url = format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}");
        check(&rules, None, &record("sqs", "TagQueue", json!({"queueUrl": url}), Value::Null));
    }
}

#[test]
fn whoever_changes_a_topic_or_its_subscribers_is_reported() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    for topic in [stack.arn_of("NoticeTopic"), stack.alarm_topic()] {
        for call in [
            "SetTopicAttributes",
            "DeleteTopic",
            "AddPermission",
            "RemovePermission",
            "Subscribe",
            "ConfirmSubscription",
        ] {
            let event = record("sns", call, json!({"topicArn": topic}), Value::Null);
            check(&rules, TOPICS, &event);
            check(&rules, TOPICS, &by_cloudformation(event.clone()));
            check(&rules, None, &denied(event));
            let other = json!({"topicArn": format!("{topic}-2")});
            check(&rules, None, &record("sns", call, other, Value::Null));
        }
        for call in ["Unsubscribe", "SetSubscriptionAttributes"] {
            let subscription = format!("{topic}:0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d");
            let request = json!({"subscriptionArn": subscription});
            check(&rules, TOPICS, &record("sns", call, request, Value::Null));
            let other = subscription.replace(&topic, &format!("{topic}-2"));
            let request = json!({"subscriptionArn": other});
            check(&rules, None, &record("sns", call, request, Value::Null));
        }
        check(&rules, None, &record("sns", "Publish", json!({"topicArn": topic}), Value::Null));
    }
}

#[test]
fn whoever_changes_an_alarm_a_log_group_or_a_trail_is_reported() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    let log_group = json!({"logGroupName": stack.name_of("GuardLogs")});
    let cases = [
        ("monitoring", "DeleteAlarms", json!({"alarmNames": ["orders", "guard-dead-letters"]})),
        ("monitoring", "DisableAlarmActions", json!({"alarmNames": ["guard-drift-lasts"]})),
        (
            "monitoring",
            "PutMetricAlarm",
            json!({"alarmName": "guard-drift-lasts", "threshold": 9e9}),
        ),
        (
            "monitoring",
            "SetAlarmState",
            json!({"alarmName": "guard-contested", "stateValue": "OK"}),
        ),
        ("logs", "DeleteLogGroup", log_group.clone()),
        ("logs", "PutRetentionPolicy", log_group),
    ];
    for (source, call, request) in cases {
        let event = record(source, call, request, Value::Null);
        check(&rules, TELEMETRY, &event);
        check(&rules, None, &by_cloudformation(event.clone()));
        check(&rules, None, &denied(event));
    }
    for call in ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"] {
        let request = json!({"name": format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/any")});
        let event = record("cloudtrail", call, request, Value::Null);
        check(&rules, TELEMETRY, &event);
        check(&rules, TELEMETRY, &by_cloudformation(event.clone()));
        check(&rules, None, &denied(event));
    }
    for (source, call, request) in [
        ("monitoring", "DeleteAlarms", json!({"alarmNames": ["guards", "orders"]})),
        ("logs", "DeleteLogGroup", json!({"logGroupName": "/aws/lambda/guard-guard-2"})),
        ("cloudtrail", "StartLogging", json!({"name": "any"})),
    ] {
        check(&rules, None, &record(source, call, request, Value::Null));
    }
}

#[test]
fn a_deployment_of_this_stack_is_one_notice() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    let arn = format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/guard/{STACK_ID}");
    let set = format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/samcli-deploy1/0a1b");
    for name in ["guard", &arn] {
        for call in ["ExecuteChangeSet", "UpdateStack", "DeleteStack", "SetStackPolicy"] {
            let request = json!({"stackName": name, "changeSetName": set});
            let event = record("cloudformation", call, request, Value::Null);
            check(&rules, STACK, &event);
            check(&rules, None, &denied(event));
        }
    }
    // It says whose change set it is by its ARN alone, which does not name the stack.
    let request = json!({"changeSetName": set});
    check(&rules, STACK, &record("cloudformation", "ExecuteChangeSet", request, Value::Null));
    // What CloudFormation does then, and what it says of it.
    let function = json!({"functionName": stack.name_of("GuardFunction")});
    for (source, call, request) in [
        ("lambda", "UpdateFunctionCode20150331v2", function.clone()),
        ("lambda", "UpdateFunctionConfiguration20150331v2", function),
        ("lambda", "PublishLayerVersion20181031", json!({"layerName": "guard-baseline"})),
        ("events", "PutRule", json!({"name": stack.name_of("DomainChangeRule")})),
        ("events", "PutTargets", json!({"rule": stack.name_of("DomainChangeRule")})),
        ("monitoring", "PutMetricAlarm", json!({"alarmName": "guard-drift-lasts"})),
        ("logs", "PutRetentionPolicy", json!({"logGroupName": stack.name_of("GuardLogs")})),
    ] {
        check(&rules, None, &by_cloudformation(record(source, call, request, Value::Null)));
    }
    for status in ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"] {
        check(&rules, None, &stack_status(&arn, status));
    }
    for status in ["DELETE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"] {
        check(&rules, Some("StackEndRule"), &stack_status(&arn, status));
    }
    let other = arn.replace("stack/guard/", "stack/guard-2/");
    for name in ["guard-2", &other] {
        for call in ["UpdateStack", "ExecuteChangeSet"] {
            let request = json!({"stackName": name});
            check(&rules, None, &record("cloudformation", call, request, Value::Null));
        }
    }
    let other = stack_status(&other.replace(STACK_ID, "1"), "DELETE_IN_PROGRESS");
    check(&rules, None, &other);
}

const ROLE_CALLS: [&str; 10] = [
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "DeleteRole",
    "CreateRole",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
];

/// IAM's events are in us-east-1 alone: there iam-watch.yaml takes them, and they look the same when they
/// arrive on the bus of the guard's region.
#[test]
fn whoever_changes_the_role_is_reported_across_regions() {
    let stack = Stack::named("guard");
    let forwarder = parsed(include_str!("../../iam-watch.yaml"));
    let pattern = &forwarder["Resources"]["RoleChangeRule"]["Properties"]["EventPattern"];
    let forwards = matcher([("forward".to_owned(), stack.resolve(pattern))].into_iter());
    let rules = rules_of(&stack);
    let both = |expected: bool, event: &Value| {
        check(&forwards, expected.then_some("forward"), event);
        check(&rules, if expected { STACK } else { None }, event);
    };
    let in_us_east_1 = |mut record: Value| {
        record["region"] = json!("us-east-1");
        record["detail"]["awsRegion"] = json!("us-east-1");
        record
    };
    let role = stack.name_of("GuardRole");
    for call in ROLE_CALLS {
        let request = json!({"roleName": role, "policyName": "more"});
        let event = in_us_east_1(record("iam", call, request, Value::Null));
        both(true, &event);
        // Any stack can attach a policy to any role.
        both(true, &by_cloudformation(event.clone()));
        both(false, &denied(event));
        for other in [format!("{role}-2"), format!("my-{role}")] {
            let request = json!({"roleName": other});
            both(false, &in_us_east_1(record("iam", call, request, Value::Null)));
        }
    }
    both(
        true,
        &in_us_east_1(record(
            "iam",
            "DeleteRole",
            json!({"roleName": role.to_uppercase()}),
            Value::Null,
        )),
    );
    both(false, &in_us_east_1(record("iam", "GetRole", json!({"roleName": role}), Value::Null)));
    // Whoever takes the forwarding away.
    let name = format!("domain-guard-iam-watch-{STACK_ID}");
    for (call, request) in [
        ("DisableRule", json!({"name": name})),
        ("DeleteRule", json!({"name": name})),
        ("RemoveTargets", json!({"rule": name, "ids": ["guard-region"]})),
    ] {
        let event = in_us_east_1(record("events", call, request, Value::Null));
        check(&forwards, Some("forward"), &event);
        let matched = rules.matches_for_event(event.to_string().as_bytes()).unwrap();
        assert!(matched.iter().any(|name| *name == "StackWatchRule"));
    }
}

/// Whoever changes who may send to it, or takes it away. Any stack can attach a statement to any bus.
#[test]
fn whoever_changes_the_hubs_bus_is_reported() {
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    let bus = resource("HubBus")["Name"].as_str().unwrap().to_owned();
    for (call, request) in [
        ("PutPermission", json!({"eventBusName": bus, "statementId": "everybody"})),
        ("RemovePermission", json!({"eventBusName": bus, "statementId": "organization"})),
        ("UpdateEventBus", json!({"name": bus})),
        ("DeleteEventBus", json!({"name": bus})),
    ] {
        let event = record("events", call, request.clone(), Value::Null);
        check(&rules, STACK, &event);
        check(&rules, STACK, &by_cloudformation(event.clone()));
        check(&rules, None, &denied(event));
        let other = request.to_string().replace(&bus, "orders");
        let other = serde_json::from_str(&other).unwrap();
        check(&rules, None, &record("events", call, other, Value::Null));
    }
}

#[test]
fn no_pattern_is_too_long_for_eventbridge_whatever_the_stack_is_called() {
    let forwarder = parsed(include_str!("../../iam-watch.yaml"));
    for (stack, most) in [
        (Stack::named("cognito-domain-guard"), 1_900),
        (Stack::with_the_longest_names(), LONGEST_PATTERN),
    ] {
        for id in watch_rules() {
            let pattern = stack.resolve(&resource(&id)["EventPattern"]).to_string();
            assert!(pattern.len() <= most, "{id}: {} characters: {pattern}", pattern.len());
        }
        let pattern = &forwarder["Resources"]["RoleChangeRule"]["Properties"]["EventPattern"];
        assert!(stack.resolve(pattern).to_string().len() <= most);
    }
}

/// Whoever may create rules could else have EventBridge publish whatever they like.
#[test]
fn the_topics_take_from_eventbridge_what_these_rules_send_and_nothing_else() {
    let expected: BTreeSet<String> = watch_rules().into_iter().collect();
    assert_eq!(expected.len(), 7);
    for policy in ["NoticeTopicPolicy", "AlarmTopicPolicy"] {
        let text = resource(policy)["PolicyDocument"]["Statement"].clone();
        let statement = text.as_array().unwrap().iter();
        let statement = statement
            .map(|statement| statement.get("Fn::If").map_or(statement, |choice| &choice[1]))
            .find(|statement| statement["Principal"] == json!({"Service": "events.amazonaws.com"}))
            .unwrap();
        let sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"].as_array().unwrap();
        let sources: BTreeSet<String> = sources
            .iter()
            .map(|arn| arn.get("Fn::If").map_or(arn, |choice| &choice[1]))
            .map(|arn| arn["Fn::GetAtt"].as_str().unwrap().trim_end_matches(".Arn").to_owned())
            .collect();
        assert_eq!(sources, expected, "{policy}");
    }
}

/// A variable that the event does not have is left out, so each text is tried with the event's own
/// members only; and what stays must say who did what, in words that a person understands.
#[test]
fn a_notice_of_a_change_says_who_did_what() {
    let stack = Stack::named("guard");
    let function = stack.name_of("GuardFunction");
    let event = record(
        "lambda",
        "UpdateFunctionCode20150331v2",
        json!({"functionName": function}),
        Value::Null,
    );
    let text = rendered(&stack, "FunctionWatchRule", &event);
    let expected = expect_test::expect![[r#"
        "WARNING: the Cognito domain guard itself was changed (stack guard, account 111122223333, eu-central-1)."
        "UpdateFunctionCode20150331v2 on guard-GuardFunction-AbCdEf012345 "
        "by arn:aws:sts::111122223333:assumed-role/PlatformAdmin/jane.doe@example.com "
        "from 203.0.113.24 at 2026-11-26T02:51:02Z, CloudTrail event 9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a"
        "If nobody planned it, see docs/operate.md, 'Somebody changed the guard'.""#]];
    expected.assert_eq(&text);
    for id in watch_rules().iter().filter(|id| *id != "StackEndRule") {
        let text = rendered(&stack, id, &event);
        for word in ["UpdateFunctionCode", "jane.doe", "203.0.113.24", "9d8c7b6a", "operate.md"] {
            assert!(text.contains(word), "{id}: no {word} in {text}");
        }
        assert!(!text.contains(['<', '>', '{', '}']), "{id}: {text}");
    }
}

fn rendered(stack: &Stack, rule: &str, event: &Value) -> String {
    let transformer = &resource(rule)["Targets"][0]["InputTransformer"];
    let template = stack.resolve(&transformer["InputTemplate"]);
    let mut text = template.as_str().unwrap().to_owned();
    for line in text.lines() {
        serde_json::from_str::<String>(line).unwrap();
    }
    for (name, path) in transformer["InputPathsMap"].as_object().unwrap() {
        let pointer = path.as_str().unwrap().trim_start_matches('$').replace('.', "/");
        let value = event.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
        let placeholder = format!("<{name}>");
        assert!(text.contains(&placeholder), "{rule} does not use {placeholder}");
        text = text.replace(&placeholder, value);
    }
    text
}
