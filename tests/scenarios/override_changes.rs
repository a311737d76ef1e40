//! Somebody makes or removes an override: who hears of it, and what is looked at.

use std::time::Duration;

use cognito_domain_guard_sandbox::{Action, Caller, World, deployment_overrides};
use serde_json::{Value, json};

use crate::check::check;
use crate::overrides::{allow, notices, pause, remove, weakened, write};

/// What happens within half an hour of that.
async fn within_half_an_hour(end: &mut crate::check::End, what: impl FnOnce(&World)) -> Vec<Value> {
    let before = notices(end).len();
    what(&end.world);
    end.platform.run_until_idle(Duration::from_secs(30 * 60)).await;
    notices(end).split_off(before)
}

fn kinds(notices: &[Value]) -> Vec<&str> {
    notices.iter().filter_map(|notice| notice["kind"].as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_removal_of_a_pause_is_notified_and_what_it_stopped_is_put_back_at_once() {
    weakened(|world| write(world, "p", &pause(world, "auth.example.com", 600)))
        .in_the_likeliest_world()
        .unchecked()
        .run_and_then(async |end, _| {
            let after = within_half_an_hour(end, |world| remove(world, "p")).await;
            assert_eq!(
                kinds(&after),
                ["override_changed", "sweep_digest", "restored"],
                "{after:#?}"
            );
            let removed = &after[0];
            assert_eq!(removed["severity"], "info");
            assert_eq!(removed["actor"]["name"], "on-call");
            assert_eq!(removed["event"]["name"], "DeleteParameter");
            assert_eq!(removed["overrides"], Value::Null, "nothing is in force any more");
            assert_eq!(after[1]["changes"][0]["attribute"], "security_policy");
            let domain = end.world.domain("auth.example.com").unwrap();
            assert!(format!("{domain:?}").contains("TlsV1_3_2025"), "{domain:?}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn everybody_hears_who_made_an_override_and_what_is_in_force_and_no_other_domain_is_looked_at()
 {
    check("update-compliant.json")
        .late()
        .overridable()
        .in_the_likeliest_world()
        .unchecked()
        .arrange(|world| write(world, "before", &pause(world, "pos.example.com", 600)))
        .run_and_then(async |end, _| {
            let calls = end.world.calls().len();
            let made = within_half_an_hour(end, |world| {
                write(world, "now", &allow(world, "security_policy", 60));
            })
            .await;
            assert_eq!(kinds(&made), ["override_changed"]);
            assert_eq!(made[0]["severity"], "warning");
            assert_eq!(made[0]["domain"], "auth.example.com");
            assert_eq!(made[0]["actor"]["name"], "on-call");
            let listed = made[0]["overrides"].as_array().unwrap();
            let domains: Vec<_> =
                listed.iter().map(|one| one["domain"].as_str().unwrap()).collect();
            assert_eq!(domains, ["auth.example.com", "pos.example.com"], "the new one first");
            let actions: Vec<_> =
                end.world.calls()[calls..].iter().map(|call| call.action).collect();
            assert_eq!(
                actions,
                [
                    Action::PutParameter,
                    Action::GetParametersByPath,
                    Action::Publish,
                    Action::DescribeUserPoolDomain
                ]
            );
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_failed_and_parameters_of_others_are_nothing() {
    check("update-compliant.json")
        .late()
        .overridable()
        .in_the_likeliest_world()
        .unchecked()
        .arrange(|world| write(world, "p", &pause(world, "*", 600)))
        .run_and_then(async |end, _| {
            let after = within_half_an_hour(end, |world| {
                let name = format!("{}/p", deployment_overrides(world).path);
                let caller = Caller::iam_user(world.account(), "on-call");
                let again = json!({ "Name": name, "Value": "x", "Type": "String" });
                assert!(world.call_as(&caller, Action::PutParameter, again).is_err());
                let other = json!({ "Name": "/shop/p", "Value": "x", "Type": "String" });
                world.call_as(&caller, Action::PutParameter, other).unwrap();
            })
            .await;
            assert_eq!(kinds(&after), Vec::<&str>::new());
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn several_that_are_removed_in_one_call_are_one_notice_and_a_look_at_every_domain() {
    weakened(|world| {
        write(world, "p", &pause(world, "*", 600));
        write(world, "q", &pause(world, "pos.example.com", 600));
    })
    .in_the_likeliest_world()
    .unchecked()
    .run_and_then(async |end, _| {
        let after = within_half_an_hour(end, |world| {
            let path = deployment_overrides(world).path;
            let caller = Caller::iam_user(world.account(), "on-call");
            let names = json!({ "Names": [format!("{path}/p"), format!("{path}/q")] });
            world.call_as(&caller, Action::DeleteParameters, names).unwrap();
        })
        .await;
        assert_eq!(kinds(&after), ["override_changed", "sweep_digest", "restored"], "{after:#?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_of_which_several_are_removed_in_one_call_is_put_back_once() {
    let ids = ["_20261123T080211Z_aaaaaa", "_20261123T080212Z_bbbbbb"];
    let ids = ids.map(|end| format!("auth.example.com{end}"));
    let made = ids.clone();
    weakened(move |world| {
        for id in &made {
            write(world, id, &pause(world, "auth.example.com", 600));
        }
    })
    .in_the_likeliest_world()
    .unchecked()
    .run_and_then(async |end, _| {
        let after = within_half_an_hour(end, |world| {
            let path = deployment_overrides(world).path;
            let caller = Caller::iam_user(world.account(), "on-call");
            let names = json!({ "Names": ids.each_ref().map(|id| format!("{path}/{id}")) });
            world.call_as(&caller, Action::DeleteParameters, names).unwrap();
        })
        .await;
        assert_eq!(kinds(&after), ["override_changed", "sweep_digest", "restored"], "{after:#?}");
        let sweep = &after[1]["sweep"];
        assert_eq!((&sweep["drifted"], &sweep["busy"]), (&json!(1), &json!(0)), "{sweep:#?}");
        assert_eq!(sweep["findings"].as_array().unwrap().len(), 1, "{sweep:#?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn where_the_overrides_cannot_be_read_the_news_of_one_waits_until_they_can() {
    check("update-compliant.json")
        .late()
        .overridable()
        .in_the_likeliest_world()
        .unchecked()
        .run_and_then(async |end, _| {
            end.world.deny(Action::GetParametersByPath);
            let denied = within_half_an_hour(end, |world| {
                write(world, "p", &pause(world, "*", 600));
            })
            .await;
            assert_eq!(kinds(&denied), Vec::<&str>::new());
            let allowed =
                within_half_an_hour(end, |world| world.allow(Action::GetParametersByPath));
            assert_eq!(kinds(&allowed.await), ["override_changed"]);
        })
        .await;
}
