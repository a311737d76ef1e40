//! Cognito through the real SDK client, and what the other tests share.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_sns as sns;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use serde_json::json;

use crate::*;
use cognito::types::{
    CustomDomainConfigType, DomainDescriptionType, RoutingType, SecurityPolicyType,
};
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};

pub(super) const NAME: &str = "auth.example.com";
pub(super) const POOL: &str = "eu-central-1_EXAMPLE01";
pub(super) const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:domain-notices";
pub(super) const CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/guard";
pub(super) const FUNCTION: &str =
    "arn:aws:lambda:eu-central-1:111122223333:function:cognito-domain-guard";

fn domain(policy: ObservedPolicy) -> Domain {
    Domain {
        name: NAME.to_owned(),
        user_pool_id: POOL.to_owned(),
        account: Some("111122223333".to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(CERTIFICATE.to_owned()),
            security_policy: policy,
            failover: Some(Failover {
                secondary_region: "us-west-2".to_owned(),
                primary_route53_health_check_id: "0a1b2c3d".to_owned(),
            }),
        }),
        managed_login_version: Some(1),
    }
}

fn tls_1_3() -> ObservedPolicy {
    ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025)
}

fn prefix(status: Status) -> Domain {
    Domain { name: "prefix".to_owned(), hosting: Hosting::Prefix, status, ..domain(tls_1_3()) }
}

fn world_of(variant: Variant) -> World {
    let world = World::new(WorldSettings { variant, ..WorldSettings::default() });
    world.put_domain(domain(tls_1_3()));
    world.register_caller("AKIDGUARD", Caller::lambda(ROLE, FUNCTION));
    world
}

pub(super) fn world() -> World {
    world_of(Variant::default())
}

/// Somebody lowers the policy, without the wire.
pub(super) fn foreign_change(world: &World) {
    let parameters = json!({"Domain": NAME, "UserPoolId": POOL,
                            "CustomDomainConfig": {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1"}});
    let jane = Caller::iam_user("111122223333", "jane");
    world.call_as(&jane, Action::UpdateUserPoolDomain, parameters).unwrap();
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(20))
        .build()
}

pub(super) fn cognito_client(world: &World) -> cognito::Client {
    let config = cognito::Config::builder()
        .behavior_version(cognito::config::BehaviorVersion::latest())
        .region(cognito::config::Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDGUARD", "secret", None, None, "test"))
        .app_name(cognito::config::AppName::new("cdg.some-event").unwrap())
        .http_client(world.http_client())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(world.time_source())
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard())
        .build();
    cognito::Client::from_conf(config)
}

pub(super) fn sns_client(world: &World) -> sns::Client {
    let config = sns::Config::builder()
        .behavior_version(sns::config::BehaviorVersion::latest())
        .region(sns::config::Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDGUARD", "secret", None, None, "test"))
        .http_client(world.http_client())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(world.time_source())
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard())
        .build();
    sns::Client::from_conf(config)
}

pub(super) async fn describe(client: &cognito::Client) -> DomainDescriptionType {
    let output = client.describe_user_pool_domain().domain(NAME).send();
    output.await.unwrap().domain_description.unwrap()
}

pub(super) fn described_policy(description: &DomainDescriptionType) -> Option<&str> {
    let config = description.custom_domain_config.as_ref().unwrap();
    config.security_policy.as_ref().map(SecurityPolicyType::as_str)
}

fn custom_config(policy: Option<&str>) -> CustomDomainConfigType {
    CustomDomainConfigType::builder()
        .certificate_arn(CERTIFICATE)
        .set_security_policy(policy.map(SecurityPolicyType::from))
        .build()
        .unwrap()
}

/// Sends an update of the policy alone and says how it was refused.
pub(super) async fn update(
    client: &cognito::Client,
    policy: Option<&str>,
) -> Result<(), (String, String)> {
    let sent = client
        .update_user_pool_domain()
        .domain(NAME)
        .user_pool_id(POOL)
        .custom_domain_config(custom_config(policy))
        .send();
    refusal(sent.await)
}

pub(super) fn refusal<T, E: ProvideErrorMetadata>(
    result: Result<T, E>,
) -> Result<(), (String, String)> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    result.map(|_| ()).map_err(|error| (text(error.code()), text(error.message())))
}

pub(super) fn custom(world: &World) -> CustomDomain {
    match world.domain(NAME).unwrap().hosting {
        Hosting::Custom(custom) => custom,
        Hosting::Prefix => panic!("a prefix domain"),
    }
}

#[test]
fn there_are_48_different_variants_and_each_reads_back() {
    let all = Variant::all();
    let names: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), 48);
    assert!(all.iter().all(|variant| variant.to_string().parse() == Ok(*variant)));
    assert!(all.contains(&Variant::default()));
    assert!("omitted=maybe".parse::<Variant>().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_domain_is_described_as_it_is() {
    let world = world();
    let description = describe(&cognito_client(&world)).await;
    assert_eq!(description.user_pool_id(), Some(POOL));
    assert_eq!(description.aws_account_id(), Some("111122223333"));
    assert_eq!(description.status().unwrap().as_str(), "ACTIVE");
    assert_eq!(description.managed_login_version(), Some(1));
    assert_eq!(described_policy(&description), Some("TLS_V1_3_2025"));
    let failover = description.routing.unwrap().failover.unwrap();
    assert_eq!(failover.secondary_region, "us-west-2");
}

#[tokio::test(start_paused = true)]
async fn a_missing_domain_is_an_empty_description() {
    let client = cognito_client(&world());
    let missing = client.describe_user_pool_domain().domain("nowhere.example.com").send();
    let description = missing.await.unwrap().domain_description.unwrap();
    assert_eq!(description, DomainDescriptionType::builder().build());
}

#[tokio::test(start_paused = true)]
async fn a_prefix_domain_has_an_empty_custom_config() {
    let world = world();
    world.put_domain(prefix(Status::Active));
    let client = cognito_client(&world);
    let described = client.describe_user_pool_domain().domain("prefix").send();
    let description = described.await.unwrap().domain_description.unwrap();
    assert_eq!(description.custom_domain_config.unwrap().certificate_arn, "");
    assert_eq!(description.routing, None);
}

#[tokio::test(start_paused = true)]
async fn an_update_takes_five_minutes_and_describe_shows_what_the_variant_says() {
    for variant in Variant::all() {
        let world = world_of(variant);
        let client = cognito_client(&world);
        update(&client, Some("TLS_V1_2_2021")).await.unwrap();
        let meanwhile = describe(&client).await;
        assert_eq!(meanwhile.status().unwrap().as_str(), "UPDATING", "{variant}");
        let shown = match variant.describe {
            Describe::Fresh => "TLS_V1_2_2021",
            Describe::Lags => "TLS_V1_3_2025",
        };
        assert_eq!(described_policy(&meanwhile), Some(shown), "{variant}");
        world.advance(Duration::from_secs(299));
        assert_eq!(world.domain(NAME).unwrap().status, Status::Updating, "{variant}");
        world.advance(Duration::from_secs(1));
        let afterwards = describe(&client).await;
        assert_eq!(afterwards.status().unwrap().as_str(), "ACTIVE", "{variant}");
        assert_eq!(described_policy(&afterwards), Some("TLS_V1_2_2021"), "{variant}");
        let kept = match variant.omitted {
            Omitted::Kept => true,
            Omitted::Reset => false,
        };
        assert_eq!(afterwards.routing.is_some(), kept, "{variant}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_while_updating_meets_what_the_variant_says() {
    for variant in Variant::all() {
        let world = world_of(variant);
        let client = cognito_client(&world);
        update(&client, Some("TLS_V1_2_2021")).await.unwrap();
        let second = update(&client, Some("TLS_V1_3_2025")).await;
        let code = second.map_err(|(code, _)| code);
        let expected = match variant.busy {
            Busy::Accepted => Ok(()),
            Busy::Conflict => Err("ConcurrentModificationException".to_owned()),
            Busy::Invalid => Err("InvalidParameterException".to_owned()),
        };
        assert_eq!(code, expected, "{variant}");
        let accepted = world.calls().iter().filter(|call| call.changed).count();
        assert_eq!(accepted, 1 + usize::from(variant.busy == Busy::Accepted));
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_routing_does_what_the_variant_says() {
    for variant in Variant::all() {
        let world = world_of(variant);
        cognito_client(&world)
            .update_user_pool_domain()
            .domain(NAME)
            .user_pool_id(POOL)
            .custom_domain_config(custom_config(Some("TLS_V1_3_2025")))
            .routing(RoutingType::builder().build())
            .send()
            .await
            .unwrap();
        let removed = custom(&world).failover.is_none();
        assert_eq!(removed, variant.empty_routing == EmptyRouting::Removes, "{variant}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_domain_from_before_policies_is_described_as_the_variant_says() {
    for variant in Variant::all() {
        let world = world_of(variant);
        world.put_domain(domain(ObservedPolicy::Absent));
        let description = describe(&cognito_client(&world)).await;
        let expected = match variant.old_policy {
            OldPolicy::TlsV1 => Some("TLS_V1"),
            OldPolicy::Absent => None,
        };
        assert_eq!(described_policy(&description), expected, "{variant}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_forgets_the_policy_keeps_or_weakens_it_as_the_variant_says() {
    for variant in Variant::all() {
        let world = world_of(variant);
        update(&cognito_client(&world), None).await.unwrap();
        let expected = match variant.omitted {
            Omitted::Kept => SecurityPolicy::TlsV1_3_2025,
            Omitted::Reset => SecurityPolicy::TlsV1,
        };
        let policy = custom(&world).security_policy;
        assert_eq!(policy, ObservedPolicy::Known(expected), "{variant}");
    }
}

#[test]
fn bad_updates_are_refused_as_cognito_refuses_them() {
    let world = world();
    world.put_domain(prefix(Status::Active));
    world.put_pool(Pool {
        id: "eu-central-1_LITE".to_owned(),
        name: "lite".to_owned(),
        tier: Tier::Lite,
    });
    world.put_domain(Domain {
        name: "lite.example.com".to_owned(),
        user_pool_id: "eu-central-1_LITE".to_owned(),
        ..domain(tls_1_3())
    });
    let config = json!({"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1"});
    let cases = [
        (
            json!({"Domain": NAME, "UserPoolId": POOL}),
            "InvalidParameterException",
            "Cannot convert custom domain to prefix domain.",
        ),
        (
            json!({"Domain": "prefix", "UserPoolId": POOL, "CustomDomainConfig": config}),
            "InvalidParameterException",
            "Cannot convert prefix domain",
        ),
        (
            json!({"Domain": NAME, "UserPoolId": POOL, "CustomDomainConfig": {"CertificateArn": ""}}),
            "InvalidParameterException",
            "customDomainConfig.certificateArn",
        ),
        (
            json!({"Domain": NAME, "UserPoolId": POOL, "ManagedLoginVersion": 2, "CustomDomainConfig": config}),
            "InvalidInputException",
            "TLS_V1_2_2021 or higher",
        ),
        (
            json!({"Domain": NAME, "UserPoolId": POOL,
                   "CustomDomainConfig": {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V9"}}),
            "InvalidParameterException",
            "enum value set: [TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025]",
        ),
        (
            json!({"Domain": "lite.example.com", "UserPoolId": "eu-central-1_LITE", "ManagedLoginVersion": 2,
                   "CustomDomainConfig": {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_3_2025"}}),
            "FeatureUnavailableInTierException",
            "LITE",
        ),
        (
            json!({"Domain": "nowhere.example.com", "UserPoolId": POOL}),
            "ResourceNotFoundException",
            "nowhere.example.com",
        ),
        (
            json!({"Domain": NAME, "UserPoolId": "eu-central-1_LITE", "CustomDomainConfig": config}),
            "InvalidParameterException",
            "not associated",
        ),
        (
            json!({"Domain": NAME, "UserPoolId": POOL, "CustomDomainConfig": config,
                   "Routing": {"Failover": {"SecondaryRegion": "us-west-2"}}}),
            "InvalidParameterException",
            "primaryRoute53HealthCheckId",
        ),
    ];
    let jane = Caller::iam_user("111122223333", "jane");
    for (parameters, code, message) in cases {
        let refused = world.call_as(&jane, Action::UpdateUserPoolDomain, parameters.clone());
        let error = refused.unwrap_err();
        assert_eq!(error.code, code, "{parameters}");
        assert!(error.message.contains(message), "{parameters}: {error}");
    }
    assert_eq!(world.domain(NAME), Some(domain(tls_1_3())));
}

#[tokio::test(start_paused = true)]
async fn a_policy_newer_than_the_build_can_be_sent_back_once_it_was_put() {
    let world = world();
    let newer = || ObservedPolicy::Unknown("TLS_V1_4_2031".to_owned());
    world.put_domain(domain(newer()));
    update(&cognito_client(&world), Some("TLS_V1_4_2031")).await.unwrap();
    assert_eq!(custom(&world).security_policy, newer());
}

#[tokio::test(start_paused = true)]
async fn a_domain_is_created_used_and_deleted() {
    let world = World::default();
    let jane = Caller::sso("111122223333", "PlatformAdmin", "jane@example.com");
    world.put_pool(Pool {
        id: POOL.to_owned(),
        name: "customers".to_owned(),
        tier: Tier::Essentials,
    });
    let parameters = json!({"Domain": NAME, "UserPoolId": POOL, "ManagedLoginVersion": 2,
                            "CustomDomainConfig": {"CertificateArn": CERTIFICATE}});
    world.call_as(&jane, Action::CreateUserPoolDomain, parameters.clone()).unwrap();
    assert_eq!(world.domain(NAME).unwrap().status, Status::Creating);
    let again = world.call_as(&jane, Action::CreateUserPoolDomain, parameters);
    assert_eq!(again.unwrap_err().code, "InvalidParameterException");
    assert_eq!(world.next_settlement(), Some(world.now() + Duration::from_secs(3600)));
    world.advance(Duration::from_secs(3600));
    assert_eq!(world.domain(NAME).unwrap().status, Status::Active);
    let pool = cognito_client(&world).describe_user_pool().user_pool_id(POOL).send();
    assert_eq!(pool.await.unwrap().user_pool.unwrap().custom_domain(), Some(NAME));
    let name = json!({"Domain": NAME, "UserPoolId": POOL});
    world.call_as(&jane, Action::DeleteUserPoolDomain, name).unwrap();
    assert_eq!(world.domains(), []);
}

#[tokio::test(start_paused = true)]
async fn failed_stays_and_deleting_ends() {
    let world = world();
    world.put_domain(Domain { status: Status::Failed, ..domain(tls_1_3()) });
    world.put_domain(prefix(Status::Deleting));
    world.advance(Duration::from_secs(86_400));
    assert_eq!(world.domain(NAME).unwrap().status, Status::Failed);
    assert_eq!(world.domain("prefix"), None);
    let refused = update(&cognito_client(&world), Some("TLS_V1_3_2025")).await;
    assert_eq!(refused.unwrap_err().0, "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn pools_are_listed_page_by_page() {
    let world = World::default();
    for number in 0..130 {
        world.put_pool(Pool {
            id: format!("eu-central-1_{number:03}"),
            name: format!("pool {number}"),
            tier: Tier::Plus,
        });
    }
    let client = cognito_client(&world);
    let pages = client.list_user_pools().into_paginator().page_size(60).items().send();
    let pools = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(pools.len(), 130);
    let listed = world.calls().len();
    assert_eq!(listed, 3);
    let refused = refusal(client.list_user_pools().max_results(61).send().await);
    assert_eq!(refused.unwrap_err().0, "InvalidParameterException");
}
