//! Faults, quotas, records and messages through the real SDK clients.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_sns as sns;
use serde_json::{Value, json};

use crate::tests::*;
use crate::*;
use cognito_domain_guard::domain::{ObservedPolicy, SecurityPolicy};

#[tokio::test(start_paused = true)]
async fn the_sdk_waits_out_throttling_in_virtual_time() {
    let world = world();
    let throttled = Fault::error(400, "TooManyRequestsException", "Rate exceeded");
    world.inject(throttled.on(Action::DescribeUserPoolDomain).times(2));
    describe(&cognito_client(&world)).await;
    let codes: Vec<_> =
        world.calls().iter().map(|call| call.error_code().map(str::to_owned)).collect();
    let throttled = Some("TooManyRequestsException".to_owned());
    assert_eq!(codes, [throttled.clone(), throttled, None]);
}

#[tokio::test(start_paused = true)]
async fn a_denial_reads_as_aws_words_it() {
    let world = world();
    world.deny(Action::UpdateUserPoolDomain);
    world.deny(Action::DescribeUserPoolDomain);
    let client = cognito_client(&world);
    let (code, message) = update(&client, Some("TLS_V1_2_2021")).await.unwrap_err();
    assert_eq!(code, "AccessDeniedException");
    assert_eq!(
        message,
        "User: arn:aws:sts::111122223333:assumed-role/guard/cognito-domain-guard is not authorized to perform: \
         cognito-idp:UpdateUserPoolDomain on resource: \
         arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_EXAMPLE01 because no \
         identity-based policy allows the cognito-idp:UpdateUserPoolDomain action"
    );
    let denied = refusal(client.describe_user_pool_domain().domain(NAME).send().await);
    assert!(denied.unwrap_err().1.contains("on resource: * because"));
    world.allow(Action::UpdateUserPoolDomain);
    update(&client, Some("TLS_V1_2_2021")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_timeout_after_the_update_leaves_it_applied_and_the_retry_meets_a_busy_domain() {
    let world = world();
    world.inject(
        Fault::new(FaultKind::After(Break::Timeout)).on(Action::UpdateUserPoolDomain).once(),
    );
    let before = world.now();
    let result = update(&cognito_client(&world), Some("TLS_V1_2_2021")).await;
    assert_eq!(result.unwrap_err().0, "ConcurrentModificationException");
    assert!(world.now() - before >= Duration::from_secs(5));
    let calls = world.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls[0].changed && !calls[0].answered);
    assert_eq!(custom(&world).security_policy, ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021));
}

#[tokio::test(start_paused = true)]
async fn silence_and_broken_connections_end_in_errors_without_a_code() {
    for kind in [FaultKind::Before(Break::Timeout), FaultKind::Before(Break::Reset)] {
        let world = world();
        world.inject(Fault::new(kind.clone()));
        let result = update(&cognito_client(&world), Some("TLS_V1_2_2021")).await;
        assert_eq!(result, Err((String::new(), String::new())), "{kind:?}");
        assert!(world.calls().is_empty(), "{kind:?}");
    }
    let world = world();
    world.inject(Fault::new(FaultKind::After(Break::Reset)).once());
    update(&cognito_client(&world), Some("TLS_V1_2_2021")).await.unwrap_err();
    assert_eq!(world.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_killed_caller_is_dropped_before_or_after_its_call() {
    for (kind, applied) in [(FaultKind::Before(Break::Kill), 0), (FaultKind::After(Break::Kill), 1)]
    {
        let world = world();
        world.inject(Fault::new(kind).once());
        let client = cognito_client(&world);
        tokio::select! {
            _ = update(&client, Some("TLS_V1_2_2021")) => panic!("the call was answered"),
            () = world.killed() => {}
        }
        assert_eq!(world.calls().len(), applied);
        world.revive();
        describe(&client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_changes_the_world_between_describe_and_update() {
    let world = world();
    world.before(Action::UpdateUserPoolDomain, |world| world.remove_domain(NAME));
    let client = cognito_client(&world);
    describe(&client).await;
    let result = update(&client, Some("TLS_V1_2_2021")).await;
    assert_eq!(result.unwrap_err().0, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_write_leaves_an_event_and_a_read_only_a_record() {
    let world = world();
    let client = cognito_client(&world);
    describe(&client).await;
    assert!(world.take_events().is_empty());
    update(&client, Some("TLS_V1_2_2021")).await.unwrap();
    let events = world.take_events();
    let [event] = events.as_slice() else { panic!("one event: {events:?}") };
    assert_eq!(event["source"], "aws.cognito-idp");
    assert_eq!(event["detail-type"], "AWS API Call via CloudTrail");
    let detail = &event["detail"];
    assert_eq!(
        detail["requestParameters"],
        json!({"domain": NAME, "userPoolId": POOL,
               "customDomainConfig": {"certificateArn": CERTIFICATE, "securityPolicy": "TLS_V1_2_2021"}})
    );
    assert_eq!(detail["userIdentity"]["inScopeOf"]["credentialsIssuedTo"], FUNCTION);
    assert_eq!(detail["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"], ROLE);
    assert_eq!(detail["eventTime"], "2026-07-01T09:00:00Z");
    assert_eq!(detail["readOnly"], false);
    assert_eq!(detail.get("errorCode"), None);
    assert!(detail["responseElements"]["cloudFrontDomain"].is_string());
    assert!(detail["userAgent"].as_str().unwrap().ends_with("app/cdg.some-event"));
    assert_ne!(detail["eventID"], event["id"]);
    assert!(matches_rule(event));
    assert_eq!(world.records().len(), 2);
    assert_eq!(world.records()[0]["readOnly"], true);
    assert!(world.take_events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_leaves_an_event_that_the_rule_ignores() {
    let world = world();
    world.deny(Action::UpdateUserPoolDomain);
    update(&cognito_client(&world), Some("TLS_V1_2_2021")).await.unwrap_err();
    let events = world.take_events();
    assert_eq!(events[0]["detail"]["errorCode"], "AccessDeniedException");
    assert_eq!(events[0]["detail"]["requestParameters"], Value::Null);
    assert!(!matches_rule(&events[0]));
}

#[tokio::test(start_paused = true)]
async fn two_worlds_of_one_seed_are_the_same_to_the_last_identifier() {
    let mut records = Vec::new();
    for _ in 0..2 {
        let world = world();
        let client = cognito_client(&world);
        describe(&client).await;
        update(&client, Some("TLS_V1_2_2021")).await.unwrap();
        records.push((world.records(), world.take_events()));
    }
    assert_eq!(records[0], records[1]);
}

#[tokio::test(start_paused = true)]
async fn quotas_throttle_in_their_second_and_only_where_they_are_enforced() {
    let world = world();
    let client = cognito_client(&world);
    world.enforce_quotas(true);
    // Ten milliseconds each: the 21st call of the second is one too many.
    let throttled = |world: &World| {
        let code = Some("TooManyRequestsException");
        let calls = world.calls();
        calls.iter().filter(|call| call.error_code() == code).count()
    };
    let flood = async |client: &cognito::Client| {
        for _ in 0..40 {
            // The SDK waits and tries again, by chance not always long enough.
            let _ = client.describe_user_pool_domain().domain(NAME).send().await;
        }
    };
    flood(&client).await;
    assert!(throttled(&world) > 0);
    assert!(world.highest_rate(Category::DescribeDomain) > Category::DescribeDomain.limit());
    assert_eq!(world.highest_rate(Category::UpdateDomain), 0);
    let other = self::world();
    flood(&cognito_client(&other)).await;
    assert_eq!(throttled(&other), 0);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_published_and_reads_back() {
    let world = world();
    let message = json!({"default": "a & b <c>", "https": "{\"version\":\"1.0\"}"}).to_string();
    let output = sns_client(&world)
        .publish()
        .topic_arn(TOPIC)
        .subject("auth.example.com: reverted")
        .message_structure("json")
        .message(&message)
        .send()
        .await
        .unwrap();
    assert!(output.message_id().is_some());
    let published = world.published();
    let [notice] = published.as_slice() else { panic!("one message: {published:?}") };
    assert_eq!(notice.subject.as_deref(), Some("auth.example.com: reverted"));
    assert_eq!(notice.message, message);
    assert_eq!(notice.body_for("email"), "a & b <c>");
    assert_eq!(notice.body_for("https"), "{\"version\":\"1.0\"}");
    assert!(world.records().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_against_the_rules_is_refused() {
    let world = world();
    let client = sns_client(&world);
    let long = "x".repeat(100);
    let subjects = ["", "two\nlines", "ümlaut", long.as_str()];
    for subject in subjects {
        let sent = client.publish().topic_arn(TOPIC).subject(subject).message("m").send();
        let code = refusal(sent.await).unwrap_err().0;
        assert_eq!(code, "InvalidParameter", "{subject:?}");
    }
    let structures = ["not json", "[]", "{}", r#"{"default":1}"#, r#"{"default":"d","sms":{}}"#];
    for message in structures {
        let sent =
            client.publish().topic_arn(TOPIC).message_structure("json").message(message).send();
        assert_eq!(refusal(sent.await).unwrap_err().0, "InvalidParameter", "{message:?}");
    }
    let big = client.publish().topic_arn(TOPIC).message("x".repeat(256 * 1024 + 1)).send();
    assert_eq!(refusal(big.await).unwrap_err().0, "InvalidParameter");
    let elsewhere =
        client.publish().topic_arn("arn:aws:sns:eu-central-1:111122223333:no").message("m").send();
    assert_eq!(refusal(elsewhere.await).unwrap_err().0, "NotFound");
    assert!(world.published().is_empty());
}

#[tokio::test(start_paused = true)]
async fn sns_errors_have_their_codes() {
    for code in ["KMSAccessDenied", "Throttled", "InternalError"] {
        let world = world();
        world.inject(Fault::error(400, code, "a < b & c").on(Action::Publish));
        let sent = sns_client(&world).publish().topic_arn(TOPIC).message("m").send();
        assert_eq!(refusal(sent.await), Err((code.to_owned(), "a < b & c".to_owned())));
    }
    let world = world();
    world.deny(Action::Publish);
    let sent = sns_client(&world).publish().topic_arn(TOPIC).message("m").send();
    let (code, message) = refusal(sent.await).unwrap_err();
    assert_eq!(code, "AuthorizationError");
    assert!(message.contains("SNS:Publish on resource: arn:aws:sns:"), "{message}");
}

#[tokio::test]
async fn the_same_world_answers_over_a_socket() {
    let world = world();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(world.clone().serve(listener));
    let http_client = aws_smithy_http_client::Builder::new().build_http();
    let config = cognito_client(&world)
        .config()
        .to_builder()
        .http_client(http_client.clone())
        .endpoint_url(format!("http://{address}"))
        .build();
    let client = cognito::Client::from_conf(config);
    assert_eq!(describe(&client).await.user_pool_id(), Some(POOL));
    update(&client, Some("TLS_V1_2_2021")).await.unwrap();
    world.inject(Fault::new(FaultKind::After(Break::Reset)).on(Action::Publish).once());
    let config = sns_client(&world)
        .config()
        .to_builder()
        .http_client(http_client)
        .endpoint_url(format!("http://{address}"))
        .build();
    let publisher = sns::Client::from_conf(config);
    publisher.publish().topic_arn(TOPIC).message("m").send().await.unwrap();
    assert_eq!(world.published().len(), 2);
    assert_eq!(world.calls().len(), 4);
    assert_eq!(world.calls()[0].access_key_id, "AKIDGUARD");
    serving.abort();
}
