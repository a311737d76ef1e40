//! Whole runs over the sandbox, in each of its Cognitos and in virtual time.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use cognito_domain_guard::domain::{Domain, Hosting, Status};
use cognito_domain_guard_sandbox::{Pool, Tier, Variant, World, WorldSettings};

use super::experiments::Found;
use super::finding::{Finding, Kind, Question};
use super::wanted::Custom;
use super::*;

mod answers;
mod left;
mod weather;

const DOMAIN: &str = "guard-test.example.com";
const PREFIX: &str = "guard-test-4711";
const ACCOUNT: &str = "111122223333";
const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d";
/// What somebody else has in the account, named to be confused with a run's.
const OTHERS_POOL: &str = "eu-central-1_Others001";
const OTHERS_DOMAIN: &str = "guard-test.others.example.com";

/// Both domains, and nothing that only some users have.
fn wanted() -> Wanted {
    Wanted {
        account: ACCOUNT.to_owned(),
        custom: Some(Custom {
            name: DOMAIN.to_owned(),
            certificate_arn: CERTIFICATE.to_owned(),
            second_certificate_arn: None,
            restricted_role_arn: None,
            replica: None,
        }),
        prefix: Some(PREFIX.to_owned()),
        foreign_domain: None,
    }
}

/// A world with somebody else's pool and domain in it.
fn world_of(settings: WorldSettings) -> World {
    let world = World::new(settings);
    world.put_pool(Pool {
        id: OTHERS_POOL.to_owned(),
        name: format!("{}20260701t080000z-00000-custom", resources::NAME),
        tier: Tier::Essentials,
    });
    world.put_domain(others());
    world
}

fn others() -> Domain {
    Domain {
        name: OTHERS_DOMAIN.to_owned(),
        user_pool_id: OTHERS_POOL.to_owned(),
        account: Some(ACCOUNT.to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(cognito_domain_guard::domain::CustomDomain {
            certificate_arn: Some(CERTIFICATE.to_owned()),
            security_policy: cognito_domain_guard::domain::ObservedPolicy::from_name("TLS_V1"),
            failover: None,
        }),
        managed_login_version: Some(1),
    }
}

fn world(variant: Variant) -> World {
    world_of(WorldSettings { variant, ..WorldSettings::default() })
}

/// The SDK's configuration for a world, as `live` makes it for an account.
fn config(world: &World) -> SdkConfig {
    let credentials = Credentials::new("AKIDRUN", "secret", None, None, "a test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(world.region().to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(world.http_client())
        .time_source(world.time_source())
        .sleep_impl(TokioSleep::new())
        .build()
}

/// A run from its first call to its last.
async fn run_in(world: &World, wanted: &Wanted) -> Report {
    with_run_for(world, wanted, async |lab, resources, mark| {
        let mut report = Report { began: Some(world.now()), ..Report::default() };
        experiments::all(lab, resources, wanted, &mut report.found).await;
        report.left = removed(resources, wanted).await;
        let names: Vec<String> = wanted.names().map(str::to_owned).collect();
        let since = report.began.unwrap();
        report.events = history::read(lab, &names, mark, since).await.unwrap();
        report
    })
    .await
}

/// Work of a run that begins now.
async fn with_run<T>(
    world: &World,
    work: impl AsyncFnOnce(&Lab<'_>, &Resources<'_, '_>, &str) -> T,
) -> T {
    with_run_for(world, &wanted(), work).await
}

/// The same with what was asked for.
async fn with_run_for<T>(
    world: &World,
    wanted: &Wanted,
    work: impl AsyncFnOnce(&Lab<'_>, &Resources<'_, '_>, &str) -> T,
) -> T {
    let config = config(world);
    let run = Run::begun(world.now());
    let cause = Cause { incident: format!("conformance.{run}"), ..Cause::default() };
    let account = Account::new(&config, crate::live::cognito(&config), &cause.app_name());
    let steps = Steps::new(quiet(), world.now());
    let lab = Lab::new(&account, &steps, &cause);
    let kept_pool = wanted.kept_pool();
    let resources = Resources::new(&lab, &run, ACCOUNT, kept_pool);
    work(&lab, &resources, &cause.app_name()).await
}

/// `CONFORMANCE_STEPS=1` shows what a run does.
fn quiet() -> fn(&str) -> io::Result<()> {
    if std::env::var("CONFORMANCE_STEPS").is_ok() { step } else { |_| Ok(()) }
}

/// In virtual time, on a runtime of its own.
fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// What is left of a world after a run: what was there before, as it was.
fn assert_only_others_are_left(world: &World) {
    assert_eq!(world.pools(), [OTHERS_POOL]);
    assert_eq!(world.domains(), [others()]);
    let on_others = world.calls().into_iter().filter(|call| {
        let of = |name: &str| call.request.get(name).and_then(serde_json::Value::as_str);
        of("Domain") == Some(OTHERS_DOMAIN)
            || (of("UserPoolId") == Some(OTHERS_POOL)
                && call.action != cognito_domain_guard_sandbox::Action::DescribeUserPool)
    });
    assert_eq!(on_others.count(), 0);
}

fn found(report: &Report, question: Question, kind: Kind) -> &Finding {
    let Found { findings, stops: _ } = &report.found;
    let mut of = findings.iter().filter(|f| f.question == question && f.kind == kind);
    let found =
        of.next().unwrap_or_else(|| panic!("{} is missing: {report:#?}", question.as_str()));
    assert_eq!(of.next(), None, "{} is there twice", question.as_str());
    found
}

const MINUTES: fn(u64) -> Duration = |minutes| Duration::from_secs(60 * minutes);
