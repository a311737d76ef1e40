//! What the histories found in the guard, each as a scenario of its own.

use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard_sandbox::{
    Action, Break, Busy, Caller, Describe, Fault, FaultKind, Variant, World, WorldSettings, deploy,
    topic_arn,
};
use serde_json::{Value, json};

const NAME: &str = "auth.example.com";
const POOL: &str = "eu-central-1_EXAMPLE01";
const CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c";

/// A world with one domain, at that policy and with a failover.
fn world(policy: SecurityPolicy, variant: Variant) -> World {
    let settings = WorldSettings::default();
    let topics = vec![topic_arn(&settings.account, &settings.region)];
    let world = World::new(WorldSettings { topics, variant, ..settings });
    world.put_domain(Domain {
        name: NAME.to_owned(),
        user_pool_id: POOL.to_owned(),
        account: Some(world.account().to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(CERTIFICATE.to_owned()),
            security_policy: ObservedPolicy::Known(policy),
            failover: Some(Failover {
                secondary_region: "us-west-2".to_owned(),
                primary_route53_health_check_id: "0a1b2c3d".to_owned(),
            }),
        }),
        managed_login_version: Some(1),
    });
    world
}

fn baseline(text: &str) -> Baseline {
    Baseline::parse("baseline.yaml", text).unwrap()
}

/// Somebody takes the policy down.
fn weaken(world: &World) {
    let request = json!({"Domain": NAME, "UserPoolId": POOL, "CustomDomainConfig":
        {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1"}});
    let jane = Caller::iam_user(world.account(), "jane");
    world.call_as(&jane, Action::UpdateUserPoolDomain, request).unwrap();
}

/// Only the first event arrives: not the guard's own, which would lead to a notice as well.
fn only_the_first() -> impl FnMut(&mut Value) -> Vec<Duration> {
    let mut first = true;
    move |_| {
        if std::mem::take(&mut first) { vec![Duration::from_secs(2)] } else { Vec::new() }
    }
}

fn kinds(world: &World) -> Vec<Value> {
    records(world).iter().map(|record| record["kind"].clone()).collect()
}

fn records(world: &World) -> Vec<Value> {
    let messages = world.published().into_iter();
    messages
        .map(|published| {
            let message: Value = serde_json::from_str(&published.message).unwrap();
            serde_json::from_str(message["default"].as_str().unwrap()).unwrap()
        })
        .collect()
}

/// The digest said of a failover that it was being put back, and the sweep left it.
#[tokio::test(start_paused = true)]
async fn a_digest_keeps_apart_what_is_put_back_and_what_is_left() {
    let world = world(SecurityPolicy::TlsV1, Variant::default());
    let declared = "version: 1\ndefaults: { security_policy: TLS_V1_2_2021, routing: none }\n";
    let (mut platform, _) = deploy(&world, baseline(declared));
    platform.sweep_after(Duration::ZERO);
    platform.run_until_idle(Duration::from_secs(30)).await;
    let digest = &records(&world)[0];
    assert_eq!(
        digest["sweep"]["findings"][0],
        "auth.example.com was put back: security_policy TLS_V1 -> TLS_V1_2_2021; routing failover to \
         us-west-2 by health check 0a1b2c3d -> none is left: a sweep does not remove a \
         failover, since AWS does not say whether Cognito honours it"
    );
}

/// Where the first looks reached nobody, people were notified each minute that a revert is pending.
#[tokio::test(start_paused = true)]
async fn a_pending_revert_is_notified_once_after_looks_that_came_to_nothing() {
    let world = world(SecurityPolicy::TlsV1_2_2021, Variant::default());
    let declared = "version: 1\ndefaults: { security_policy: TLS_V1_2_2021 }\n";
    let (mut platform, _) = deploy(&world, baseline(declared));
    weaken(&world);
    // The first look only: each tries three times.
    world.inject(
        Fault::error(500, "InternalErrorException", "internal error")
            .on(Action::DescribeUserPoolDomain)
            .times(3),
    );
    platform.run_until_idle(Duration::from_secs(3_600)).await;
    assert_eq!(kinds(&world), ["drift_detected", "reverted", "restored"]);
}

/// The same, and the update that a later look sends is not answered: that one is pending too, and
/// people have heard of it.
#[tokio::test(start_paused = true)]
async fn a_pending_revert_is_notified_once_although_a_later_update_is_not_answered() {
    let world = world(SecurityPolicy::TlsV1_2_2021, Variant::default());
    let declared = "version: 1\ndefaults: { security_policy: TLS_V1_2_2021 }\n";
    let (mut platform, _) = deploy(&world, baseline(declared));
    weaken(&world);
    let fault = || Fault::error(500, "InternalErrorException", "internal error");
    world.inject(fault().on(Action::DescribeUserPoolDomain).times(3));
    // The first update meets a busy domain, the second comes when Cognito is done.
    world.before(Action::UpdateUserPoolDomain, |_| ());
    world.before(Action::UpdateUserPoolDomain, move |world| {
        world.inject(fault().on(Action::UpdateUserPoolDomain).once());
    });
    platform.run_until_idle(Duration::from_secs(3_600)).await;
    assert_eq!(kinds(&world), ["drift_detected", "reverted", "restored"]);
    let updates = world.calls();
    let updates = updates.iter().filter(|call| call.action == Action::UpdateUserPoolDomain);
    let refused = updates.filter(|call| call.outcome.is_err()).count();
    assert_eq!(refused, 2, "one that was too early, and one without an answer");
}

/// The function was killed after its update, and when it came back somebody deleted the domain under
/// its hands: nobody ever heard of the update.
#[tokio::test(start_paused = true)]
async fn a_domain_that_is_deleted_under_a_recheck_is_notified() {
    let variant = Variant { busy: Busy::Accepted, ..Variant::default() };
    let world = world(SecurityPolicy::TlsV1_2_2021, variant);
    let declared = "version: 1\ndefaults: { security_policy: TLS_V1_2_2021 }\n";
    let (mut platform, _) = deploy(&world, baseline(declared));
    platform.on_event(only_the_first());
    weaken(&world);
    let killed = FaultKind::After(Break::Kill);
    world.inject(Fault::new(killed).on(Action::UpdateUserPoolDomain).once());
    platform.run_until_idle(Duration::from_secs(30)).await;
    weaken(&world);
    world.before(Action::UpdateUserPoolDomain, |world| world.remove_domain(NAME));
    platform.run_until_idle(Duration::from_secs(3_600)).await;
    assert_eq!(kinds(&world), ["domain_deleted"]);
}

/// The first look was throttled, a recheck put the domain back and could not notify, and the message
/// became a dead letter: when it was put back, it looked as if nothing had ever been written.
#[tokio::test(start_paused = true)]
async fn a_redriven_message_reports_what_was_written_before() {
    let variant = Variant { busy: Busy::Accepted, ..Variant::default() };
    let world = world(SecurityPolicy::TlsV1_2_2021, variant);
    let declared = "version: 1\ndefaults: { security_policy: TLS_V1_2_2021 }\n";
    let (mut platform, _) = deploy(&world, baseline(declared));
    platform.on_event(only_the_first());
    weaken(&world);
    world.inject(
        Fault::error(400, "TooManyRequestsException", "Rate exceeded")
            .on(Action::DescribeUserPoolDomain)
            .times(3),
    );
    world.inject(Fault::error(403, "AuthorizationError", "no topic for you").on(Action::Publish));
    platform.run_until_idle(Duration::from_secs(3 * 3_600)).await;
    assert_eq!(platform.dead_letters().len(), 1);
    world.clear_faults();
    platform.redrive();
    platform.run_until_idle(Duration::from_secs(3_600)).await;
    assert_eq!(kinds(&world), ["restored"]);
}

/// Somebody's update reset the managed login, and Cognito still showed it: the guard refused what was
/// possible by then, and nobody looked again.
#[tokio::test(start_paused = true)]
async fn a_pair_that_cognito_rejects_is_refused_only_when_it_is_idle() {
    let variant = Variant { describe: Describe::Lags, ..Variant::default() };
    let world = world(SecurityPolicy::TlsV1_3_2025, variant);
    let domain = world.domain(NAME).unwrap();
    world.put_domain(Domain { managed_login_version: Some(2), ..domain });
    let declared = "version: 1\ndefaults: { security_policy: TLS_V1 }\n";
    let (mut platform, _) = deploy(&world, baseline(declared));
    let request = json!({"Domain": NAME, "UserPoolId": POOL, "CustomDomainConfig":
        {"CertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_V1_3_2025"}});
    let jane = Caller::iam_user(world.account(), "jane");
    world.call_as(&jane, Action::UpdateUserPoolDomain, request).unwrap();
    platform.run_until_idle(Duration::from_secs(3_600)).await;
    assert_eq!(kinds(&world), ["drift_detected", "reverted", "restored"]);
}
