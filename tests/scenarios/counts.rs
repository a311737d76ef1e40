//! Which calls each thing costs, as they were on the wire: those of the table in benches/README.md.

use cognito_domain_guard::reconcile::Invocation;
use cognito_domain_guard_sandbox::{Call, Describe, Variant, World, at_baseline};
use serde_json::Value;

use crate::check::{Check, check, event};
use crate::organization::{HERE, Organized, SHOP, THERE};

const DESCRIBE: &str = "cognito-idp:DescribeUserPoolDomain";
const UPDATE: &str = "cognito-idp:UpdateUserPoolDomain";
const OVERRIDES: &str = "ssm:GetParametersByPath";
const PUBLISH: &str = "sns:Publish";
const SESSION: &str = "sts:AssumeRole";

fn names<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Vec<String> {
    calls.into_iter().map(|call| call.action.to_string()).collect()
}

/// The calls of the first look, in every variant of the world.
async fn costs(what: &str, check: Check, expected: impl Fn(Variant) -> Vec<&'static str>) {
    check
        .unchecked()
        .run_and(|end, variant| {
            let first = end.journal.read(|entries| entries[0].calls.clone());
            let made = end.world.calls();
            let made = names(made[first].iter().map(AsRef::as_ref));
            assert_eq!(made, expected(variant), "{what} in {variant}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn each_event_costs_these_calls_and_no_other() {
    let drift = "update-weakens-tls.json";
    for (what, check, expected) in [
        ("not for the guard", check("unrelated-event.json"), vec![]),
        ("compliant", check("update-compliant.json").late(), vec![DESCRIBE]),
        (
            "compliant, with overrides",
            check("update-compliant.json").late().overridable(),
            vec![DESCRIBE],
        ),
        ("drift", check(drift).late(), vec![DESCRIBE, UPDATE, PUBLISH]),
        (
            "drift, with overrides",
            check(drift).late().overridable(),
            vec![DESCRIBE, OVERRIDES, UPDATE, PUBLISH],
        ),
        ("the guard's own", check("update-own.json").late(), vec![DESCRIBE, PUBLISH]),
        (
            "the guard's own, with overrides",
            check("update-own.json").late().overridable(),
            vec![DESCRIBE, PUBLISH],
        ),
    ] {
        costs(what, check, |_| expected.clone()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn drift_of_a_busy_domain_costs_as_much_as_far_as_it_can_be_seen() {
    costs("drift of a busy domain", check("update-weakens-tls.json"), |variant| {
        match variant.describe {
            Describe::Fresh => vec![DESCRIBE, UPDATE, PUBLISH],
            Describe::Lags => vec![DESCRIBE],
        }
    })
    .await;
}

/// Somebody's event about that domain, as the rule of its place sends it.
fn somebodys(world: &World, domain: &str) -> Value {
    let text = event("update-compliant.json").to_string();
    let pool = world.domain(domain).unwrap().user_pool_id;
    let text = text.replace("eu-central-1_Ab12Cd34E", &pool);
    let text = text.replace("111122223333", world.account()).replace(HERE, world.region());
    serde_json::from_str(&text.replace("auth.example.com", domain)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_hub_adds_one_call_for_each_new_session_and_none_in_one_that_it_has() {
    let all = Organized::new();
    let home = all.at(all.home.account(), HERE);
    let shop = all.weak(SHOP, HERE, 2);
    let abroad = all.weak(SHOP, THERE, 1);
    for (world, name) in [(&home, "home"), (&shop, "shop"), (&abroad, "abroad")] {
        let pool = format!("{}_Ab12Cd34E", world.region());
        let name = &format!("{name}.example.com");
        world.put_domain(at_baseline(name, &pool, world, &all.guard.baseline));
    }
    let [weak, weak_too] = [0, 1].map(|nth| format!("login-{nth}-{HERE}-{SHOP}.example.com"));
    let weak_abroad = format!("login-0-{THERE}-{SHOP}.example.com");
    for (what, world, domain, expected) in [
        ("at home", &home, "home.example.com", vec![DESCRIBE]),
        ("of a member, the first", &shop, "shop.example.com", vec![SESSION, DESCRIBE]),
        ("of a member, the second", &shop, "shop.example.com", vec![DESCRIBE]),
        ("drift in that session", &shop, &*weak, vec![DESCRIBE, OVERRIDES, UPDATE, PUBLISH]),
        (
            "drift in another region of that member",
            &abroad,
            &*weak_abroad,
            vec![SESSION, DESCRIBE, OVERRIDES, UPDATE, PUBLISH],
        ),
        ("in the session of that region", &abroad, "abroad.example.com", vec![DESCRIBE]),
        (
            "in the first session still",
            &shop,
            &*weak_too,
            vec![DESCRIBE, OVERRIDES, UPDATE, PUBLISH],
        ),
    ] {
        let before = all.home.calls().len();
        let invocation = Invocation { request_id: "r".into(), trace_id: None, deadline: None };
        let answer = all.guard.answer(&somebodys(world, domain), &invocation).await;
        assert!(answer.result.is_ok(), "{what}: {:?}", answer.result);
        let made = all.home.calls();
        assert_eq!(names(made[before..].iter().map(AsRef::as_ref)), expected, "{what}");
    }
}
