//! The sessions of a hub in the sweep of an organization: how many are made in a second, how many are kept, and
//! that none is used after its end.

use std::collections::HashMap;
use std::time::Duration;

use cognito_domain_guard::reconcile::Invocation;
use cognito_domain_guard_sandbox::{Action, Call, Pool, Tier};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::organization::{HERE, Organized, PAY, SHOP, updates};

const REGIONS: [&str; 2] = [HERE, "us-west-2"];

/// So many accounts join, each with two places.
fn join(all: &mut Organized, accounts: u64) -> Vec<String> {
    let ids: Vec<String> =
        (0..accounts).map(|nth| format!("{:012}", 600_000_000_000 + nth)).collect();
    ids.iter().for_each(|id| all.join(id));
    ids.iter().flat_map(|id| REGIONS.map(|region| format!("{id}/{region}"))).collect()
}

/// A step that looks at those places, and how many sessions it made.
async fn sessions_to_look_at(all: &Organized, places: &[String]) -> usize {
    let before = all.home.calls().len();
    let step = json!({ "step": "observe", "items": places, "room": 24_000 });
    let invocation = Invocation { request_id: "r".into(), trace_id: None, deadline: None };
    let answer = all.guard.answer(&step, &invocation).await.result.unwrap();
    assert_eq!(answer["seen"]["covered"], places.len(), "{answer}");
    all.home.calls().iter().skip(before).filter(|call| is_session(call)).count()
}

fn is_session(call: &Call) -> bool {
    call.action == Action::AssumeRole
}

#[tokio::test(start_paused = true)]
async fn two_hundred_sessions_are_kept_and_they_are_those_that_were_used_last() {
    let mut all = Organized::new();
    let places = join(&mut all, 125);
    let (first, others) = places.split_at(50);
    // That of the one that was looked at last among these would be the two hundred and first.
    let first: Vec<String> = first.iter().rev().cloned().collect();
    assert_eq!(sessions_to_look_at(&all, &places).await, 250);
    assert_eq!(sessions_to_look_at(&all, others).await, 0);
    assert_eq!(sessions_to_look_at(&all, &first).await, 50);
    // Which took the room of those that were used first.
    let (forgotten, kept) = others.split_at(50);
    assert_eq!(sessions_to_look_at(&all, kept).await, 0);
    assert_eq!(sessions_to_look_at(&all, forgotten).await, 50);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_a_hundred_sessions_are_made_in_a_second() {
    let mut all = Organized::new();
    let places = join(&mut all, 160).len() + 4; // those of the two that are always there
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!(all.coverage(), (places + 2, 0, 0));
    let calls = all.home.calls();
    let made: Vec<OffsetDateTime> =
        calls.iter().filter(|call| is_session(call)).map(|call| call.at).collect();
    assert_eq!(made.len(), places);
    // The hundred and first after any of them is a second later.
    for (one, later) in made.iter().zip(made.iter().skip(100)) {
        assert!(*later - *one >= Duration::from_secs(1), "{one} {later}");
    }
    // Nothing but that pace kept them apart.
    assert!(*made.last().unwrap() - made[0] < Duration::from_secs(4), "{made:?}");
}

/// A session lasts for a quarter of an hour, and at one request a second more than a thousand user pools take
/// longer.
#[tokio::test(start_paused = true)]
async fn a_session_that_runs_out_in_a_sweep_is_replaced_before_its_end() {
    let mut all = Organized::new();
    all.guard.sweep_requests_per_second = 1;
    let (shop, pay) = (all.weak(SHOP, HERE, 2), all.weak(PAY, HERE, 1));
    for nth in 100..1_100 {
        let id = format!("{HERE}_{nth:09}");
        shop.put_pool(Pool { name: id.clone(), id, tier: Tier::Essentials });
    }
    let began = all.home.now();
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert!(all.home.now() - began > Duration::from_secs(1_000));
    assert_eq!((updates(&shop), updates(&pay), all.coverage()), (2, 1, (6, 0, 0)));

    let mut ends: HashMap<String, OffsetDateTime> = HashMap::new();
    let mut of_shop = Vec::new();
    for call in all.home.calls() {
        let given = call.outcome.as_ref().ok().and_then(|answer| answer.get("Credentials"));
        let text = |given: &Value, name: &str| given[name].as_str().unwrap().to_owned();
        if let Some(given) = given {
            let end = OffsetDateTime::parse(&text(given, "Expiration"), &Rfc3339).unwrap();
            ends.insert(text(given, "AccessKeyId"), end);
        }
        if let Some(end) = ends.get(&call.access_key_id) {
            assert!(call.at < *end, "{} at {}, after {end}", call.action, call.at);
            if call.place == *shop.place() {
                of_shop.push(call.access_key_id.clone());
            }
        }
    }
    of_shop.dedup();
    assert!(of_shop.len() >= 2, "it took more than one session: {of_shop:?}");
}
