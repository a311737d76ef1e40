//! Whose call was it?

use expect_test::expect;
use serde_json::json;

use crate::check::check;

#[tokio::test(start_paused = true)]
async fn the_guards_own_update_is_verified_and_never_answered() {
    check("update-own.json")
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x4: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_of_the_guards_sweep_is_verified_and_never_answered() {
    check("update-own-sweep.json")
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x4: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_session_name_and_a_user_agent_like_the_guards_excuse_nothing() {
    check("update-imposter.json")
        .put_back(&["security_policy TLS_V1_3_2025 -> TLS_V1_2_2021"])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_role_of_the_guards_name_in_another_account_excuses_nothing() {
    check("update-imposter-role.json")
        .put_back(&["security_policy TLS_V1_3_2025 -> TLS_V1_2_2021"])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn another_function_with_the_guards_role_is_not_the_guard() {
    check("update-other-function.json")
        .put_back(&["security_policy TLS_V1_3_2025 -> TLS_V1_2_2021"])
        .run()
        .await;
}

/// It has all that the guard's own calls have: the role, the name of its session, its user agent. And it
/// asks for what the guard does not send.
#[tokio::test(start_paused = true)]
async fn a_weakening_by_whoever_assumed_the_guards_role_is_put_back_and_critical() {
    check("update-with-guard-role.json")
        .put_back(&["security_policy TLS_V1_3_2025 -> TLS_V1_2_2021"])
        .run_and(|end, _| {
            let id = "c1b2a3f4-5e6d-4c7b-8a99-0f1e2d3c4b5a";
            let (told, closed): (Vec<_>, Vec<_>) =
                end.notices().into_iter().partition(|notice| notice["kind"] != "restored");
            assert!(!told.is_empty());
            for notice in told {
                assert_eq!((&notice["incident"], &notice["event"]["id"]), (&json!(id), &json!(id)));
                assert_eq!(notice["severity"], "critical", "{notice}");
                assert_eq!(
                    notice["event"]["imposter"],
                    "the call asked for a security_policy that the guard does not send"
                );
            }
            let [closed] = closed.try_into().unwrap();
            assert_eq!((&closed["incident"], &closed["severity"]), (&json!(id), &json!("info")));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_poor_event_of_the_root_user_is_answered_like_any_other() {
    check("update-by-root.json")
        .put_back(&["security_policy TLS_V1_3_2025 -> TLS_V1_2_2021"])
        .run()
        .await;
}
