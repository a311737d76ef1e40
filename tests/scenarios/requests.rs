//! What goes over the wire, and what comes back.

use cognito_domain_guard::memory::ErrorType;
use cognito_domain_guard::reconcile::Invocation;
use cognito_domain_guard_sandbox::{
    Action, Busy, Call, Describe, World, WorldSettings, guard, topic_arn,
};
use serde_json::{Value, json};

use crate::check::{End, check, example_baseline};

/// The update that the guard sent first.
fn update(end: &End) -> Call {
    let calls = end.world.calls();
    let ours = |call: &&std::sync::Arc<Call>| {
        call.action == Action::UpdateUserPoolDomain && !call.access_key_id.is_empty()
    };
    Call::clone(calls.iter().find(ours).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_update_carries_all_that_nobody_declared_exactly_as_it_was_observed() {
    check("update-changes-failover.json")
        .late()
        .baseline("{ version: 1, defaults: { security_policy: TLS_V1_2_2021 } }")
        .unchecked()
        .run_and(|end, _| {
            assert_eq!(update(end).request, json!({
                "Domain": "auth.example.com",
                "UserPoolId": "eu-central-1_Ab12Cd34E",
                "ManagedLoginVersion": 2,
                "CustomDomainConfig": {
                    "CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d",
                    "SecurityPolicy": "TLS_V1_2_2021",
                },
                "Routing": {"Failover": {
                    "SecondaryRegion": "eu-west-1",
                    "PrimaryRoute53HealthCheckId": "5c6d7e8f-9012-4a3b-8c4d-5e6f708192a3",
                }},
            }));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_may_not_be_there_is_removed_by_an_empty_routing() {
    check("update-changes-failover.json")
        .late()
        .baseline("{ version: 1, defaults: { routing: none } }")
        .unchecked()
        .run_and(|end, _| assert_eq!(update(end).request["Routing"], json!({})))
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_prefix_domain_has_nothing_that_only_a_custom_domain_takes() {
    check("create-prefix.json")
        .late()
        .baseline("{ version: 1, defaults: { managed_login_version: 1, routing: none } }")
        .unchecked()
        .run_and(|end, _| {
            assert_eq!(
                update(end).request,
                json!({
                    "Domain": "example-login",
                    "UserPoolId": "eu-central-1_Fg56Hi78J",
                    "ManagedLoginVersion": 1,
                })
            );
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_user_agent_of_an_update_names_the_event_that_it_answers() {
    check("update-weakens-tls.json")
        .late()
        .unchecked()
        .run_and(|end, _| {
            let call = update(end);
            let app = call.user_agent.split(' ').find_map(|part| part.strip_prefix("app/"));
            // With the time of the change, 2026-11-23T08:02:11Z.
            assert_eq!(app, Some("cdg.2c63888f-28f0-4481-be6d-dce7a7ace732.6b03f303"));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn all_notices_of_one_change_share_its_event_id() {
    check("update-weakens-tls.json")
        .unchecked()
        .run_and(|end, _| {
            for notice in end.notices() {
                assert_eq!(notice["incident"], "2c63888f-28f0-4481-be6d-dce7a7ace732");
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_repeated_event_leads_to_one_update_unless_cognito_still_shows_the_old_values() {
    check("update-weakens-tls.json")
        .late()
        .twice()
        .unchecked()
        .run_and(|end, variant| {
            let repeated = match (variant.busy, variant.describe) {
                (Busy::Accepted, Describe::Lags) => 2,
                (Busy::Accepted | Busy::Conflict | Busy::Invalid, _) => 1,
            };
            assert_eq!(end.accepted_updates(), repeated, "in {variant}");
            let requests = end.world.calls();
            let requests: Vec<&Value> = requests
                .iter()
                .filter(|call| {
                    call.action == Action::UpdateUserPoolDomain && !call.access_key_id.is_empty()
                })
                .map(|call| &call.request)
                .collect();
            assert!(requests.windows(2).all(|two| two[0] == two[1]));
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_direct_invocation_answers_the_report() {
    check("update-weakens-tls.json")
        .late()
        .direct()
        .unchecked()
        .run_and(|end, _| {
            let answer = end.journal.read(|entries| entries[0].result.clone().unwrap());
            assert_eq!(
                answer,
                json!({
                    "trigger": "domain_changed",
                    "partition": "aws",
                    "account": "111122223333",
                    "region": "eu-central-1",
                    "baseline": { "file": "baseline.yaml", "digest": example_baseline().digest() },
                    "outcomes": [{
                        "domain": "auth.example.com",
                        "outcome": "reverted",
                        "seconds_off_baseline": 7200,
                        "changes": [{
                            "attribute": "security_policy",
                            "observed": "TLS_V1_2_2021",
                            "desired": "TLS_V1_3_2025",
                        }],
                        "incident": "2c63888f-28f0-4481-be6d-dce7a7ace732",
                        "seconds_to_revert": 7200,
                        "notices": ["reverted"],
                    }],
                })
            );
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_cannot_be_read_is_kept_by_an_error() {
    let world = World::new(WorldSettings {
        topics: vec![topic_arn("111122223333", "eu-central-1")],
        ..WorldSettings::default()
    });
    let guard = guard(&world, example_baseline(), "ASIAGUARD");
    let invocation = Invocation { request_id: "1".into(), trace_id: None, deadline: None };
    for payload in [
        json!(null),
        json!({}),
        json!([]),
        json!("update"),
        json!({"detail": {}}),
        json!({"source": 1, "detail-type": 2}),
        json!({"requestContext": {}, "requestPayload": null}),
        json!({"source": "aws.cognito-idp", "detail-type": "AWS API Call via CloudTrail", "detail": {
            "eventSource": "cognito-idp.amazonaws.com",
            "eventName": "UpdateUserPoolDomain",
            "requestParameters": "none",
        }}),
    ] {
        let error = guard.answer(&payload, &invocation).await.result.unwrap_err();
        assert_eq!(error.error_type, ErrorType::Unreadable, "{payload}");
    }
    assert!(world.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_message_of_a_batch_that_cannot_be_read_does_not_bring_back_the_others() {
    let world = World::new(WorldSettings {
        topics: vec![topic_arn("111122223333", "eu-central-1")],
        ..WorldSettings::default()
    });
    let guard = guard(&world, example_baseline(), "ASIAGUARD");
    let invocation = Invocation { request_id: "1".into(), trace_id: None, deadline: None };
    let message = |id: &str, body: &str| {
        json!({"messageId": id, "body": body, "eventSource": "aws:sqs", "attributes": {},
               "messageAttributes": {}})
    };
    let ignored = crate::check::event("unrelated-event.json").to_string();
    let batch = json!({"Records": [message("a", "not JSON"), message("b", &ignored)]});
    let answer = guard.answer(&batch, &invocation).await.result;
    assert_eq!(answer, Ok(json!({"batchItemFailures": [{"itemIdentifier": "a"}]})));
}
