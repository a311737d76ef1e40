//! The brake of a sweep: too much at once is held back until somebody has looked at it.

use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Hosting, ObservedPolicy, SecurityPolicy};
use cognito_domain_guard::reconcile::{Answer, Guard, Invocation};
use cognito_domain_guard::report::Outcome;
use cognito_domain_guard_sandbox::{Action, World, WorldSettings, at_baseline, guard, topic_arn};
use serde_json::{Value, json};

use crate::check::{event, record};

const BASELINE: &str = "version: 1
mode: enforce
domains:
  - domain: \"*.example.com\"
    security_policy: TLS_V1_2_2021
";

/// A world with so many domains below the baseline, and a guard whose sweep puts back so many at the most.
fn stage(domains: usize, limit: Option<usize>) -> (World, Guard) {
    let topics = vec![topic_arn("111122223333", "eu-central-1")];
    let world = World::new(WorldSettings { topics, ..WorldSettings::default() });
    let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
    for number in 0..domains {
        let pool = format!("eu-central-1_{number:09}");
        let name = format!("login-{number}.example.com");
        world.put_domain(at_baseline(&name, &pool, &world, &baseline));
        set(&world, &name, SecurityPolicy::TlsV1);
    }
    let mut guard = guard(&world, baseline, "ASIASWEEP");
    guard.sweep_limit = limit;
    (world, guard)
}

fn set(world: &World, name: &str, policy: SecurityPolicy) {
    let mut domain = world.domain(name).unwrap();
    if let Hosting::Custom(custom) = &mut domain.hosting {
        custom.security_policy = ObservedPolicy::Known(policy);
    }
    world.put_domain(domain);
}

async fn invoke(world: &World, guard: &Guard, payload: &Value) -> Answer {
    let deadline = Some(world.now() + Duration::from_secs(900));
    let request_id = format!("after {} calls", world.calls().len());
    guard.answer(payload, &Invocation { request_id, trace_id: None, deadline }).await
}

/// How many updates Cognito accepted.
fn updates(world: &World) -> usize {
    let is_update = |action| action == Action::UpdateUserPoolDomain;
    world.calls().iter().filter(|call| is_update(call.action) && call.outcome.is_ok()).count()
}

fn kinds(world: &World) -> Vec<Value> {
    world.published().iter().map(|notice| record(notice)["kind"].clone()).collect()
}

/// The payload of the command in the latest notice.
fn approval(world: &World) -> Value {
    let notice = record(world.published().last().unwrap());
    let command = notice["sweep"]["held"]["command"].as_str().unwrap().to_owned();
    assert!(notice["next_steps"].to_string().contains("aws lambda invoke --region eu-central-1"));
    let payload = command.split('\'').nth(1).unwrap();
    serde_json::from_str(payload).unwrap()
}

#[tokio::test(start_paused = true)]
async fn as_many_as_the_limit_are_put_back_and_without_a_limit_all_are() {
    for (domains, limit) in [(3, Some(3)), (20, None)] {
        let (world, guard) = stage(domains, limit);
        let answer = invoke(&world, &guard, &event("scheduled-sweep.json")).await;
        assert_eq!((updates(&world), kinds(&world)), (domains, vec![json!("sweep_digest")]));
        assert_eq!(answer.reports[0].sweep.as_ref().unwrap().held, None);
    }
}

#[tokio::test(start_paused = true)]
async fn one_more_than_the_limit_and_none_is_put_back_until_the_set_is_approved() {
    let (world, guard) = stage(4, Some(3));
    let sweep = event("scheduled-sweep.json");
    let answer = invoke(&world, &guard, &sweep).await;
    assert_eq!((updates(&world), kinds(&world)), (0, vec![json!("sweep_held")]));
    assert!(answer.result.is_ok(), "the sweep has done what it should");
    let outcomes = &answer.reports[0].outcomes;
    assert!(outcomes.len() == 4 && outcomes.iter().all(|one| one.outcome == Outcome::Refused));
    let notice = record(&world.published()[0]);
    let held = &notice["sweep"]["held"];
    assert_eq!((&held["domains"], &held["limit"]), (&json!(4), &json!(3)));
    assert_eq!(held["entries"], json!([{ "position": "baseline.yaml:4:5", "domains": 4 }]));
    assert_eq!(notice["severity"], "critical");

    let approval = approval(&world);
    invoke(&world, &guard, &json!({ "approve": "00112233445566778899aabbccddeeff" })).await;
    assert_eq!(updates(&world), 0, "another set is not this one");
    invoke(&world, &guard, &approval).await;
    assert_eq!(updates(&world), 4);
    assert_eq!(kinds(&world).last(), Some(&json!("sweep_digest")));
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_of_the_changes_that_were_shown_and_of_no_others() {
    let (world, guard) = stage(4, Some(3));
    invoke(&world, &guard, &event("scheduled-sweep.json")).await;
    let approval = approval(&world);
    // One more domain: nobody has seen it among the others.
    let baseline = guard.baseline.clone();
    world.put_domain(at_baseline("new.example.com", "eu-central-1_new000000", &world, &baseline));
    set(&world, "new.example.com", SecurityPolicy::TlsV1);
    invoke(&world, &guard, &approval).await;
    assert_eq!((updates(&world), kinds(&world).last()), (0, Some(&json!("sweep_held"))));
    let notice = record(world.published().last().unwrap());
    assert_ne!(notice["sweep"]["held"]["set"], approval["approve"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_the_queue_approves_nothing() {
    let (world, guard) = stage(4, Some(3));
    invoke(&world, &guard, &event("scheduled-sweep.json")).await;
    let message = json!({
        "messageId": "1", "eventSource": "aws:sqs", "body": approval(&world).to_string(),
        "attributes": { "ApproximateReceiveCount": "1" },
    });
    let answer = invoke(&world, &guard, &json!({ "Records": [message] })).await;
    assert_eq!(updates(&world), 0);
    assert!(answer.reports[0].unsettled.is_some(), "it stays on the queue as unreadable");
}
