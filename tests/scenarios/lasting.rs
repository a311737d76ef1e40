//! What lasts: drift that somebody keeps alive, a change that stays invisible, a topic that is gone.

use std::time::Duration;

use cognito_domain_guard::domain::Status;
use cognito_domain_guard::sandbox::{Action, Caller, Fault, World};
use expect_test::expect;
use serde_json::{Value, json};

use crate::check::check;

const DOMAIN: &str = "auth.example.com";

/// Somebody looks before each of the guard's looks, and changes the domain again whenever Cognito is
/// ready for it.
fn is_kept_weak(world: &World) {
    world.before(Action::DescribeUserPoolDomain, |world| {
        let domain = world.domain(DOMAIN).unwrap();
        if domain.status == Status::Active {
            let caller = Caller::iam_user(world.account(), "mallory");
            let change = json!({
                "Domain": DOMAIN,
                "UserPoolId": domain.user_pool_id,
                "ManagedLoginVersion": 2,
                "CustomDomainConfig": {
                    "CertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/mine",
                    "SecurityPolicy": "TLS_V1_2_2021",
                },
            });
            world.call_as(&caller, Action::UpdateUserPoolDomain, change).unwrap();
        }
        is_kept_weak(world);
    });
}

fn kinds(notices: &[Value], kind: &str, incident: &str) -> usize {
    let is = |notice: &&Value| notice["kind"] == kind && notice["incident"] == incident;
    notices.iter().filter(is).count()
}

#[tokio::test(start_paused = true)]
async fn drift_that_somebody_keeps_alive_is_critical_after_ten_and_thirty_looks_and_its_age_is_measured()
 {
    check("update-weakens-tls.json")
        .in_the_likeliest_world()
        .arrange(is_kept_weak)
        .unchecked()
        .run_and(|end, _| {
            let notices = end.notices();
            let incident = "2c63888f-28f0-4481-be6d-dce7a7ace732";
            assert_eq!(kinds(&notices, "drift_detected", incident), 1);
            assert_eq!(kinds(&notices, "drift_lasts", incident), 2);
            assert_eq!(kinds(&notices, "reverted", incident), 0);
            let lasts = notices.iter().find(|notice| notice["kind"] == "drift_lasts").unwrap();
            assert_eq!(lasts["severity"], "critical");
            assert!(lasts["timings"]["seconds_off_baseline"].as_i64().unwrap() >= 600);
            let oldest = end.journal.read(|entries| {
                let outcomes =
                    entries.iter().flat_map(|entry| &entry.reports).flat_map(|r| &r.outcomes);
                outcomes.filter_map(|outcome| outcome.seconds_off_baseline).max()
            });
            // Ninety looks, and then it is a dead letter.
            assert!(oldest.unwrap() > 5_000, "{oldest:?}");
            assert!(!end.platform.dead_letters().is_empty());
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_stays_invisible_is_a_warning_once_and_never_said_to_be_off_the_baseline() {
    check("update-compliant.json")
        .baseline("version: 1\ndefaults: { security_policy: { at_least: TLS_V1_2_2021 } }\n")
        .certificates_take(Duration::from_secs(60 * 60))
        .only_where("old-policy=tls-v1 empty-routing=removes busy=conflict")
        .event(|event| {
            event["detail"]["requestParameters"]["customDomainConfig"]["certificateArn"] =
                json!("arn:aws:acm:us-east-1:111122223333:certificate/another");
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com managed_login_version 1 -> 2
            change: auth.example.com security_policy TLS_V1_2_2021 -> TLS_V1_3_2025
            change: auth.example.com routing none -> us-west-2/0a1b2c3d
            change: auth.example.com certificate 00000000 -> another
            event: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck x14: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
              sns:Publish state_unknown
            recheck x44: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: auth.example.com managed_login_version 1 -> 2
            end: auth.example.com security_policy TLS_V1_2_2021 -> TLS_V1_3_2025
            end: auth.example.com routing none -> us-west-2/0a1b2c3d
            end: auth.example.com certificate 00000000 -> another
        "#]])
        .run_and(|end, variant| {
            let notices = end.notices();
            assert!(notices.iter().all(|notice| notice["severity"] != "critical"), "{notices:?}");
            let unknown = notices.iter().find(|notice| notice["kind"] == "state_unknown").unwrap();
            let step = unknown["next_steps"][0].as_str().unwrap();
            // Where the description is up to date, it shows the certificate that was asked for.
            let lags = variant.to_string().contains("describe=lags");
            assert_eq!(step.contains("another certificate"), lags, "{step}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_notice_that_should_come_first_is_in_the_log_before_the_update_when_the_topic_is_gone() {
    check("update-weakens-tls.json")
        .only_where("old-policy=tls-v1 empty-routing=removes omitted=reset")
        .arrange(|world| {
            world.inject(Fault::error(404, "NotFound", "Topic does not exist").on(Action::Publish));
        })
        .unchecked()
        .run_and(|end, variant| {
            let calls = end.world.calls();
            let update = calls.iter().position(|call| {
                call.action == Action::UpdateUserPoolDomain
                    && !call.access_key_id.is_empty()
                    && call.outcome.is_ok()
            });
            let update = update.unwrap_or_else(|| panic!("nothing was put back in {variant}"));
            let logged = end.world.logged();
            assert!(!logged.is_empty());
            // Where the first look saw nothing, a later one has no memory of what it sends.
            if variant.to_string().contains("describe=lags") {
                assert!(logged[0].calls <= update, "{variant}");
                assert_eq!(logged[0].record["kind"], "drift_detected");
            }
            assert!(logged.iter().any(|logged| logged.record["kind"] == "reverted"));
            assert_eq!(end.notices(), Vec::<Value>::new());
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_same_notice_is_published_once_a_minute_by_one_process() {
    check("update-weakens-tls.json")
        .late()
        .direct()
        .in_the_likeliest_world()
        .arrange(|world| {
            world.inject(
                Fault::error(403, "AccessDeniedException", "no").on(Action::UpdateUserPoolDomain),
            )
        })
        .unchecked()
        .run_and_then(async |end, _| {
            let event = crate::check::event("update-weakens-tls.json");
            for _ in 0..20 {
                let _ = end.platform.invoke(event.clone()).await;
            }
            let kinds: Vec<_> = end.notices().iter().map(|notice| notice["kind"].clone()).collect();
            assert_eq!(kinds, ["revert_failed"]);
            end.world.advance(Duration::from_secs(61));
            let _ = end.platform.invoke(event).await;
            assert_eq!(end.notices().len(), 2);
        })
        .await;
}
