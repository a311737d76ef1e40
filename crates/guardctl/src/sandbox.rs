//! `guardctl sandbox`: an AWS to try things on.

use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard::overrides::{DEFAULT_LONGEST, Location};
use cognito_domain_guard_sandbox::{Durations, World, WorldSettings, topic_arn};
use time::OffsetDateTime;
use tokio::net::TcpListener;

use guardctl::arguments::Sandbox;
use guardctl::interrupt;

const ACCOUNT: &str = "111122223333";
/// The guard's stack.
const STACK: &str = "cognito-domain-guard";
const REGION: &str = "eu-central-1";

pub fn run(arguments: &Sandbox) -> Result<ExitCode, Box<dyn Error>> {
    interrupt::run(async |interrupt| {
        // Ctrl-C is how it is meant to end.
        match interrupt.or(serve(arguments)).await {
            Some(Err(problem)) => Err(problem.into()),
            None => Ok(ExitCode::SUCCESS),
        }
    })?
}

async fn serve(arguments: &Sandbox) -> io::Result<Infallible> {
    let update = Duration::from_secs(arguments.update_seconds);
    let world = World::new(WorldSettings {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        start: OffsetDateTime::now_utc(),
        durations: Durations {
            update_custom: update,
            update_certificate: update,
            ..Durations::default()
        },
        topics: vec![topic_arn(ACCOUNT, REGION)],
        ..WorldSettings::default()
    });
    for domain in domains() {
        world.put_domain(domain);
    }
    world.put_stack(STACK, &outputs());
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| {
        io::Error::new(
            error.kind(),
            format!(
                "{} cannot be listened on: {error}; --listen 127.0.0.1:0 takes a free port",
                arguments.listen
            ),
        )
    })?;
    // Whoever started it may read the first line and close the pipe.
    let _ = writeln!(
        io::stdout(),
        "export AWS_ENDPOINT_URL=http://{} AWS_REGION={REGION}\n\
         export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
        listener.local_addr()?
    );
    world.serve(listener).await
}

/// What a stack of the guard says about itself. Its functions are not there: nothing here runs them.
fn outputs() -> [(&'static str, String); 4] {
    [
        ("OverridesPath", Location::path_of(STACK)),
        ("OverrideMaxHours", DEFAULT_LONGEST.whole_hours().to_string()),
        ("GuardLogs", format!("/aws/lambda/{STACK}-GuardFunction")),
        ("SweepLogs", format!("/aws/lambda/{STACK}-SweepFunction")),
    ]
}

/// A small company's: one domain as it should be, and four that are not all.
fn domains() -> Vec<Domain> {
    let custom = |name: &str, pool: &str, policy, failover, login| Domain {
        name: name.to_owned(),
        user_pool_id: format!("{REGION}_{pool}"),
        account: Some(ACCOUNT.to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(format!(
                "arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d"
            )),
            security_policy: policy,
            failover,
        }),
        managed_login_version: Some(login),
    };
    let failover = || Failover {
        secondary_region: "us-west-2".to_owned(),
        primary_route53_health_check_id: "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8".to_owned(),
    };
    let known = ObservedPolicy::Known;
    vec![
        custom(
            "auth.example.com",
            "Ab12Cd34E",
            known(SecurityPolicy::TlsV1_3_2025),
            Some(failover()),
            2,
        ),
        custom("login.example.com", "Fg56Hi78J", known(SecurityPolicy::TlsV1), None, 1),
        custom("pos.example.com", "Kl90Mn12O", known(SecurityPolicy::TlsV1), None, 1),
        custom(
            "x.dev.example.com",
            "Pq34Rs56T",
            known(SecurityPolicy::TlsV1_2_2021),
            Some(failover()),
            1,
        ),
        Domain {
            name: "example-login".to_owned(),
            user_pool_id: format!("{REGION}_Ab12Cd34E"),
            account: Some(ACCOUNT.to_owned()),
            status: Status::Active,
            hosting: Hosting::Prefix,
            managed_login_version: Some(1),
        },
    ]
}
