//! The guard's own event is never answered with an update, also where the baseline allows less by then than when the guard
//! made the call: an exemption that has ended since.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{CustomDomain, Domain, Hosting, ObservedPolicy};
use cognito_domain_guard_sandbox::{
    Action, Caller, Variant, World, WorldSettings, at_baseline, deploy, deployment_identity,
    topic_arn,
};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::check::record;

const ACCOUNT: &str = "111122223333";
const NAME: &str = "login.example.com";
const POOL: &str = "eu-central-1_EXAMPLE01";
const CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c";
const ANOTHER: &str = "arn:aws:acm:us-east-1:111122223333:certificate/9f8e";
const AFTER_ALL: Duration = Duration::from_secs(12 * 3_600);

fn custom(world: &World) -> CustomDomain {
    match world.domain(NAME).unwrap().hosting {
        Hosting::Custom(custom) => custom,
        Hosting::Prefix => panic!("a prefix domain"),
    }
}

fn policy(world: &World) -> ObservedPolicy {
    custom(world).security_policy
}

fn certificate(world: &World) -> Option<String> {
    custom(world).certificate_arn
}

/// The guard puts a certificate back and names beside it the policy that an exemption allows. Its own event, which says
/// that it set a policy below the declared one, arrives an hour after the exemption has ended.
#[tokio::test(start_paused = true)]
async fn an_own_event_after_the_end_of_an_exemption_leads_to_no_update_and_the_next_sweep_does() {
    for variant in Variant::all() {
        let topics = vec![topic_arn(ACCOUNT, "eu-central-1")];
        let world = World::new(WorldSettings { topics, variant, ..WorldSettings::default() });
        // Beyond the longest time that Cognito keeps a domain busy.
        let end = (world.now() + time::Duration::hours(2)).replace_nanosecond(0).unwrap();
        let until = end.format(&Rfc3339).unwrap();
        let baseline = Baseline::parse(
            "baseline.yaml",
            &format!(
                "version: 1\nmode: enforce\ndomains:\n  - domain: {NAME}\n    security_policy: \
                 {{ at_least: TLS_V1_2_2021 }}\n    certificate_arn: {CERTIFICATE}\nexemptions:\n  - domain: {NAME}\n    \
                 attributes: [security_policy]\n    until: {until}\n    reason: old terminals\n"
            ),
        )
        .unwrap();
        let domain = at_baseline(NAME, POOL, &world, &baseline);
        let hosting = Hosting::Custom(CustomDomain {
            certificate_arn: Some(CERTIFICATE.to_owned()),
            security_policy: ObservedPolicy::from_name("TLS_V1"),
            failover: None,
        });
        world.put_domain(Domain { hosting, managed_login_version: Some(1), ..domain });
        let (mut platform, _) = deploy(&world, baseline);
        let own = deployment_identity(&world).role_arn;
        let late = Rc::<RefCell<Vec<Value>>>::default();
        let (kept, role) = (Rc::clone(&late), own.clone());
        platform.on_event(move |event| {
            let by = &event["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"];
            let was_accepted = event["detail"].get("errorCode").is_none();
            if *by == json!(role) && was_accepted && kept.borrow().is_empty() {
                kept.borrow_mut().push(event.clone());
                return Vec::new();
            }
            vec![Duration::from_secs(2)]
        });

        let request = json!({ "Domain": NAME, "UserPoolId": POOL, "ManagedLoginVersion": 1,
            "CustomDomainConfig": { "CertificateArn": ANOTHER, "SecurityPolicy": "TLS_V1" } });
        let jane = Caller::iam_user(ACCOUNT, "jane");
        world.call_as(&jane, Action::UpdateUserPoolDomain, request).unwrap();
        platform.run_until_idle(Duration::from_secs(3_600)).await;
        let updates = || {
            let calls = world.calls().into_iter().filter(|call| call.outcome.is_ok());
            calls
                .filter(|call| {
                    call.action == Action::UpdateUserPoolDomain && call.caller.principal() == own
                })
                .count()
        };
        assert_eq!(
            (updates(), certificate(&world).as_deref()),
            (1, Some(CERTIFICATE)),
            "{variant}"
        );
        let event = late.borrow_mut().pop().unwrap();
        let asked = &event["detail"]["requestParameters"];
        assert!(asked.to_string().contains("TLS_V1\""), "{variant}: it says what it left: {asked}");

        let wait = end + time::Duration::HOUR - world.now();
        platform.deliver_after(wait.try_into().unwrap(), event);
        platform.run_until_idle(AFTER_ALL).await;
        assert!(world.now() > end, "{variant}");
        assert_eq!((updates(), policy(&world).as_sent()), (1, Some("TLS_V1")), "{variant}");
        let kinds: Vec<Value> =
            world.published().iter().map(|notice| record(notice)["kind"].clone()).collect();
        assert!(kinds.contains(&json!("not_restored")), "{variant}: {kinds:?}");

        // What the exemption allowed is a sweep's to put back, and the event of that leads to nothing more.
        platform.sweep_after(Duration::from_secs(60));
        platform.run_until_idle(AFTER_ALL).await;
        assert_eq!((updates(), policy(&world).as_sent()), (2, Some("TLS_V1_2_2021")), "{variant}");
        platform.sweep_after(Duration::from_secs(60));
        platform.run_until_idle(AFTER_ALL).await;
        assert_eq!(updates(), 2, "{variant}");
    }
}
