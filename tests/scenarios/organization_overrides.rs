//! What people allow and pause, in the sweep of an organization.

use cognito_domain_guard_sandbox::Action;
use serde_json::json;

use crate::organization::{HERE, Organized, PAY, SHOP, updates};
use crate::overrides::{pause, write};

#[tokio::test(start_paused = true)]
async fn a_pause_in_one_account_is_counted_stops_no_other_and_explains_what_is_put_back_after_it() {
    let mut all = Organized::new();
    let (shop, pay) = (all.weak(SHOP, HERE, 2), all.weak(PAY, HERE, 1));
    let text = format!("{}accounts: ['{SHOP}']\n", pause(&all.home, "*", 30));
    write(&all.home, "p", &text);
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!((updates(&shop), updates(&pay)), (0, 1));
    let sweep = all.latest()["sweep"].clone();
    assert_eq!((&sweep["drifted"], &sweep["paused"]), (&json!(3), &json!(2)), "{sweep:#}");

    // It has ended: no event is missing.
    all.hourly().await.unwrap();
    assert_eq!((updates(&shop), updates(&pay)), (2, 1));
    let digest = all.latest();
    assert_eq!(digest["headline"], "A sweep put 2 domains back to the baseline. No action needed.");
    let change = &digest["changes"][0];
    let domain = format!("{SHOP}/{HERE} login-0-{HERE}-{SHOP}.example.com");
    assert_eq!(change["domain"], domain);
    assert!(change["exempt_until"].as_str().unwrap().ends_with("/overrides/p)"), "{change}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_made_before_the_update_stops_it_and_is_counted() {
    let mut all = Organized::new();
    let shop = all.weak(SHOP, HERE, 1);
    // One reading is for the look at all places, and the next one for the update.
    all.home.before(Action::GetParametersByPath, |_| {});
    all.home.before(Action::GetParametersByPath, |world| {
        write(world, "p", &pause(world, "*", 30));
    });
    all.run(json!({ "cause": "schedule" })).await.unwrap();
    assert_eq!(updates(&shop), 0);
    let sweep = all.latest()["sweep"].clone();
    assert_eq!((&sweep["drifted"], &sweep["paused"]), (&json!(1), &json!(1)), "{sweep:#}");
}
