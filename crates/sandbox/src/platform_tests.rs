//! The platform around handlers that are simpler than the guard.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::tests::{NAME, cognito_client, foreign_change, world};
use crate::*;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

fn event(name: &str) -> Value {
    json!({
        "version": "0",
        "id": "6f87d04b",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.cognito-idp",
        "account": "111122223333",
        "time": "2026-07-01T09:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": {"eventSource": "cognito-idp.amazonaws.com", "eventName": name, "eventID": "e1"},
    })
}

fn busy() -> FunctionError {
    FunctionError::new("DomainBusy", "auth.example.com is still updating")
}

fn ok() -> Result<Value, FunctionError> {
    Ok(json!({"outcomes": []}))
}

/// When each invocation began, in seconds after `start`.
fn seconds<H>(platform: &Platform<H>, start: time::OffsetDateTime) -> Vec<i64> {
    let begun = |woken: &Woken| (woken.at - start).whole_seconds();
    platform.invocations().iter().map(begun).collect()
}

fn sources<H>(platform: &Platform<H>) -> Vec<Source> {
    platform.invocations().iter().map(|woken| woken.source).collect()
}

#[test]
fn the_rule_takes_the_three_calls_that_did_not_fail() {
    for name in ["CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain"] {
        assert!(matches_rule(&event(name)), "{name}");
    }
    assert!(!matches_rule(&event("DescribeUserPoolDomain")));
    assert!(!matches_rule(&event("UpdateUserPool")));
    assert!(!matches_rule(&json!({})));
    for (code, taken) in [(json!(""), true), (json!("AccessDenied"), false), (Value::Null, false)] {
        let mut event = event("UpdateUserPoolDomain");
        event["detail"]["errorCode"] = code;
        assert_eq!(matches_rule(&event), taken);
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_settles_is_one_invocation() {
    let world = World::default();
    let mut platform = Platform::new(&world, |_, _| async { ok() });
    platform.deliver(event("UpdateUserPoolDomain"));
    platform.deliver(event("UpdateUserPool"));
    assert_eq!(platform.run_until_idle(DAY).await, Pause::Idle);
    assert_eq!(sources(&platform), [Source::Rule]);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_fails_comes_back_each_minute_until_it_settles() {
    let world = World::default();
    let start = world.now();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let mut platform = Platform::new(&world, |payload, invocation: Invocation| {
        seen.borrow_mut().push(payload);
        async move { if invocation.attempt < 4 { Err(busy()) } else { ok() } }
    });
    platform.deliver(event("UpdateUserPoolDomain"));
    assert_eq!(platform.run_until_idle(DAY).await, Pause::Idle);
    assert_eq!(seconds(&platform, start), [0, 60, 120, 180]);
    assert_eq!(sources(&platform), [Source::Rule, Source::Queue, Source::Queue, Source::Queue]);

    let seen = seen.borrow();
    let record = &seen[2]["Records"][0];
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(record["attributes"]["SentTimestamp"], "1782896400000");
    assert_eq!(record["attributes"]["ApproximateFirstReceiveTimestamp"], "1782896460000");
    assert_eq!(record["messageId"], seen[1]["Records"][0]["messageId"]);
    assert_ne!(record["receiptHandle"], seen[1]["Records"][0]["receiptHandle"]);
    let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    let request_id = &platform.invocations()[0].invocation.request_id;
    assert_eq!(
        body,
        json!({
            "version": "1.0",
            "timestamp": "2026-07-01T09:00:00.000Z",
            "requestContext": {
                "requestId": request_id,
                "functionArn": "arn:aws:lambda:eu-central-1:111122223333:function:cognito-domain-guard:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 1,
            },
            "requestPayload": event("UpdateUserPoolDomain"),
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorType": "DomainBusy", "errorMessage": "auth.example.com is still updating"},
        })
    );
}

#[tokio::test(start_paused = true)]
async fn lambda_itself_reads_the_queues_event() {
    let world = World::default();
    let mut platform = Platform::new(&world, |payload: Value, _| async move {
        let event: aws_lambda_events::sqs::SqsEvent = serde_json::from_value(payload).unwrap();
        assert_eq!(event.records[0].body.as_deref(), Some("hello"));
        assert_eq!(
            event.records[0].md5_of_body.as_deref(),
            Some("5d41402abc4b2a76b9719d911017c592")
        );
        ok()
    });
    platform.enqueue("hello");
    assert_eq!(platform.queued().count(), 1);
    platform.run_until_idle(DAY).await;
    assert_eq!(sources(&platform), [Source::Queue]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_batch_item_stays_and_an_empty_list_settles() {
    let world = World::default();
    let looks = Cell::new(0);
    let mut platform = Platform::new(&world, |payload: Value, _| {
        looks.set(looks.get() + 1);
        let failed = looks.get() < 3;
        async move {
            let id = &payload["Records"][0]["messageId"];
            let failures = if failed { vec![json!({"itemIdentifier": id})] } else { vec![] };
            Ok(json!({"batchItemFailures": failures}))
        }
    });
    platform.enqueue("{}");
    platform.run_until_idle(DAY).await;
    assert_eq!(looks.get(), 3);
    assert!(platform.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_90_receives_a_message_is_a_dead_letter_and_a_redrive_brings_it_back() {
    let world = World::default();
    let start = world.now();
    let fixed = Cell::new(false);
    let mut platform = Platform::new(&world, |_, _| {
        let fixed = fixed.get();
        async move { if fixed { ok() } else { Err(busy()) } }
    });
    platform.deliver(event("UpdateUserPoolDomain"));
    assert_eq!(platform.run_until_idle(90 * MINUTE).await, Pause::OutOfTime);
    assert_eq!(world.now() - start, 90 * MINUTE);
    assert_eq!(platform.run_until_idle(DAY).await, Pause::Idle);
    assert_eq!(platform.invocations().len(), 91);
    assert_eq!(platform.dead_letters().len(), 1);
    assert_eq!(platform.dead_letters()[0].receives, 90);
    fixed.set(true);
    platform.redrive();
    platform.run_until_idle(DAY).await;
    assert_eq!(platform.invocations().len(), 92);
    assert!(platform.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_killed_handler_is_a_crashed_runtime_and_its_event_comes_back() {
    let world = World::default();
    world.inject(Fault::new(FaultKind::After(Break::Kill)).once());
    let client = cognito_client(&world);
    let mut platform = Platform::new(&world, |_, _| async {
        client.describe_user_pool_domain().domain(NAME).send().await.unwrap();
        ok()
    });
    platform.deliver(event("UpdateUserPoolDomain"));
    platform.run_until_idle(DAY).await;
    let crashed = platform.invocations()[0].result.clone().unwrap_err();
    assert_eq!(crashed.error_type, "Runtime.ExitError");
    assert!(crashed.error_message.ends_with("Error: Runtime exited with error: signal: killed"));
    assert_eq!(sources(&platform), [Source::Rule, Source::Queue]);
    assert!(platform.invocations()[1].result.is_ok());
    assert_eq!(world.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_never_ends_is_timed_out() {
    let world = World::default();
    let start = world.now();
    let mut platform = Platform::new(&world, |_, _| std::future::pending());
    let error = platform.invoke(json!({})).await.unwrap_err();
    assert_eq!(error.error_type, "Sandbox.Timedout");
    assert!(error.error_message.ends_with("Task timed out after 55.00 seconds"));
    assert_eq!(world.now() - start, Duration::from_secs(55));
}

#[tokio::test(start_paused = true)]
async fn the_schedule_wakes_the_sweep_and_its_failure_ends_there() {
    let world = World::default();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let mut platform = Platform::new(&world, |payload, invocation: Invocation| {
        seen.borrow_mut().push((payload, invocation.function_arn));
        async { Err(busy()) }
    });
    platform.sweep_after(60 * MINUTE);
    assert_eq!(platform.run_until_idle(DAY).await, Pause::Idle);
    let seen = seen.borrow();
    let [(payload, function)] = seen.as_slice() else { panic!("one sweep: {seen:?}") };
    assert_eq!(payload["detail-type"], "Scheduled Event");
    assert_eq!(payload["source"], "aws.events");
    assert_eq!(payload["time"], "2026-07-01T10:00:00Z");
    assert!(function.ends_with("-sweep"));
}

/// A world with a domain, a handler that does nothing, and how often the rule woke it for one
/// foreign change under that policy.
async fn deliveries(policy: impl FnMut(&mut Value) -> Vec<Duration> + 'static) -> Vec<i64> {
    let world = world();
    let start = world.now();
    let mut platform = Platform::new(&world, |_, _| async { ok() });
    platform.on_event(policy);
    foreign_change(&world);
    platform.run_until_idle(DAY).await;
    seconds(&platform, start)
}

#[tokio::test(start_paused = true)]
async fn emitted_events_are_dropped_duplicated_and_delayed_by_the_policy() {
    let seconds =
        |seconds: &[u64]| seconds.iter().map(|s| Duration::from_secs(*s)).collect::<Vec<_>>();
    assert_eq!(deliveries(move |_| seconds(&[])).await, [0_i64; 0]);
    assert_eq!(deliveries(move |_| seconds(&[7])).await, [7]);
    assert_eq!(deliveries(move |_| seconds(&[900, 0, 30])).await, [0, 30, 900]);
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_writes_comes_back_as_an_event() {
    let world = world();
    let start = world.now();
    let writes = Cell::new(0);
    let mut platform = Platform::new(&world, |_, _| {
        if writes.get() == 0 {
            foreign_change(&world);
        }
        writes.set(writes.get() + 1);
        async { ok() }
    });
    platform.deliver(event("UpdateUserPoolDomain"));
    platform.run_until_idle(DAY).await;
    assert_eq!(seconds(&platform, start), [0, 2]);
}

#[tokio::test(start_paused = true)]
async fn two_deliveries_at_once_overlap_between_their_calls() {
    let world = world();
    let client = cognito_client(&world);
    let mut platform = Platform::new(&world, |_, _| async {
        for _ in 0..2 {
            let describe = client.describe_user_pool_domain().domain(NAME);
            describe.send().await.unwrap();
        }
        Err(busy())
    });
    let start = world.now();
    let event = event("UpdateUserPoolDomain");
    platform.deliver_together(vec![event.clone(), json!({}), event]).await;
    let at: Vec<i128> =
        world.calls().iter().map(|call| (call.at - start).whole_milliseconds()).collect();
    assert_eq!(at, [10, 10, 20, 20]);
    assert_eq!(sources(&platform), [Source::Rule, Source::Rule]);
    assert_eq!(platform.queued().count(), 2);
}
