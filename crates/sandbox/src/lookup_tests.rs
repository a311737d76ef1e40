//! User pools, CloudTrail's event history and ACM, as a run of `guardctl conformance` meets them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::*;

fn jane() -> Caller {
    Caller::iam_user("111122223333", "jane")
}

#[tokio::test(start_paused = true)]
async fn a_pool_keeps_its_tags_and_is_deleted_only_without_a_domain() {
    let world = World::default();
    let call = |action, parameters| world.call_as(&jane(), action, parameters);
    let made = call(
        Action::CreateUserPool,
        json!({"PoolName": "a test", "UserPoolTags": {"team": "login"}, "UserPoolTier": "LITE"}),
    )
    .unwrap();
    let id = made["UserPool"]["Id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("eu-central-1_"), "{id}");
    assert_eq!(world.pools(), std::slice::from_ref(&id));
    let seen = call(Action::DescribeUserPool, json!({"UserPoolId": id})).unwrap();
    assert_eq!(seen["UserPool"]["UserPoolTags"], json!({"team": "login"}));
    assert_eq!(seen["UserPool"]["UserPoolTier"], "LITE");

    call(Action::CreateUserPoolDomain, json!({"UserPoolId": id, "Domain": "a-test"})).unwrap();
    let refused = call(Action::DeleteUserPool, json!({"UserPoolId": id})).unwrap_err();
    assert_eq!(refused.code, "InvalidParameterException");
    call(Action::DeleteUserPoolDomain, json!({"UserPoolId": id, "Domain": "a-test"})).unwrap();
    call(Action::DeleteUserPool, json!({"UserPoolId": id})).unwrap();
    assert_eq!(world.pools(), [""; 0]);
    let gone = call(Action::DescribeUserPool, json!({"UserPoolId": id})).unwrap_err();
    assert_eq!(gone.code, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn an_event_can_be_looked_up_by_its_name_five_minutes_later() {
    let world = World::default();
    let call = |action, parameters| world.call_as(&jane(), action, parameters).unwrap();
    for name in ["a", "b", "c"] {
        call(Action::CreateUserPool, json!({"PoolName": name}));
    }
    call(Action::ListUserPools, json!({"MaxResults": 60}));
    let lookup = |token: Option<Value>| {
        let mut parameters = json!({
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateUserPool"}],
            "MaxResults": 2,
        });
        if let Some(token) = token {
            parameters["NextToken"] = token;
        }
        call(Action::LookupEvents, parameters)
    };
    assert_eq!(lookup(None)["Events"], json!([]));
    world.advance(Duration::from_secs(5 * 60));
    let first = lookup(None);
    let record = first["Events"][0]["CloudTrailEvent"].as_str().unwrap();
    let record: Value = serde_json::from_str(record).unwrap();
    // Newest first.
    assert_eq!(record["requestParameters"]["poolName"], "c");
    assert_eq!(record["readOnly"], false);
    let second = lookup(Some(first["NextToken"].clone()));
    assert_eq!(second["Events"].as_array().unwrap().len(), 1);
    assert!(second.get("NextToken").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_described_and_another_one_is_not_there() {
    let world = World::default();
    let arn = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c";
    world.put_certificate(Certificate {
        arn: arn.to_owned(),
        names: vec!["*.example.com".to_owned()],
        status: "ISSUED".to_owned(),
    });
    let describe = |arn: &str| {
        world.call_as(&jane(), Action::DescribeCertificate, json!({"CertificateArn": arn}))
    };
    let found = describe(arn).unwrap();
    assert_eq!(found["Certificate"]["Status"], "ISSUED");
    assert_eq!(describe("arn:aws:acm:other").unwrap_err().code, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn without_a_replica_a_failover_is_refused() {
    let world =
        World::new(WorldSettings { replicas: Replicas::Nowhere, ..WorldSettings::default() });
    let call = |action, parameters| world.call_as(&jane(), action, parameters);
    let made = call(Action::CreateUserPool, json!({"PoolName": "a test"})).unwrap();
    let mut domain = json!({
        "UserPoolId": made["UserPool"]["Id"],
        "Domain": "a.example.com",
        "CustomDomainConfig": {"CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1b2c"},
    });
    call(Action::CreateUserPoolDomain, domain.clone()).unwrap();
    world.advance(Duration::from_secs(3600));
    domain["Routing"] =
        json!({"Failover": {"SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "x"}});
    let refused = call(Action::UpdateUserPoolDomain, domain.clone()).unwrap_err();
    assert_eq!(refused.code, "InvalidParameterException");
    domain["Routing"] = json!({});
    call(Action::UpdateUserPoolDomain, domain).unwrap();
}
