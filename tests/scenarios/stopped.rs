//! Somebody has stopped the guard: a Deny keeps its role from updating domains.

use cognito_domain_guard::domain::SecurityPolicy;
use cognito_domain_guard_sandbox::{Action, Fault, World};
use expect_test::expect;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::check::{End, LIMIT, check, event};
use crate::sweeps::{make, weaken};

fn stop(world: &World) {
    world.deny_explicitly(Action::UpdateUserPoolDomain);
}

fn end_the_stop(world: &World) {
    world.allow(Action::UpdateUserPoolDomain);
}

fn kinds(end: &End) -> Vec<String> {
    end.notices().iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_critical_once_and_the_event_comes_back_each_minute_until_it_is_a_dead_letter() {
    check("update-weakens-tls.json")
        .late()
        .arrange(stop)
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: failed, UpdateDenied
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain AccessDeniedException
              sns:Publish revert_failed
            recheck x90: failed, UpdateDenied
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain AccessDeniedException
            dead letters: 1
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and(|end, _| assert_eq!(end.notices()[0]["severity"], "critical"))
        .await;
}

/// The line of the alarm `drift-lasts`, by its default.
const DRIFT_LASTS: i64 = 30 * 60;

#[tokio::test(start_paused = true)]
async fn the_alarm_for_drift_that_lasts_fires_during_a_stop() {
    check("update-weakens-tls.json")
        .late()
        .in_the_likeliest_world()
        .arrange(stop)
        .unchecked()
        .run_and(|end, _| {
            let ages: Vec<i64> = end.journal.read(|entries| {
                let outcomes = entries.iter().flat_map(|look| &look.reports[0].outcomes);
                outcomes.filter_map(|outcome| outcome.seconds_off_baseline).collect()
            });
            assert_eq!(ages.len(), 91);
            assert!(ages.iter().any(|age| *age > DRIFT_LASTS), "{ages:?}");
            // What was said once is not said again after ten and thirty looks.
            assert_eq!(kinds(end), ["revert_failed"]);
        })
        .await;
}

/// Where the first look sees nothing, or Cognito is not ready, nothing but the process remembers what was
/// said.
#[tokio::test(start_paused = true)]
async fn a_stop_is_critical_once_also_where_a_later_look_is_the_first_to_be_denied() {
    check("update-weakens-tls.json")
        .arrange(stop)
        .unchecked()
        .run_and(|end, variant| {
            let notices = end.notices();
            let criticals: Vec<_> =
                notices.iter().filter(|notice| notice["severity"] == "critical").collect();
            assert_eq!(criticals.len(), 1, "{variant}: {:?}", kinds(end));
            assert_eq!(criticals[0]["kind"], "revert_failed");
            let warned = notices.iter().filter(|notice| notice["kind"] == "drift_detected");
            assert!(warned.count() <= 1, "{variant}: {:?}", kinds(end));
            assert_eq!(end.platform.dead_letters().len(), 1, "{variant}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_domain_is_put_back_within_a_minute_of_the_end_of_the_stop() {
    check("update-weakens-tls.json")
        .late()
        .in_the_likeliest_world()
        .arrange(|world| {
            stop(world);
            // Before the fifth look.
            fn after(looks: u32, world: &World) {
                world.before(Action::DescribeUserPoolDomain, move |world| match looks {
                    0 => end_the_stop(world),
                    more => after(more - 1, world),
                });
            }
            after(4, world);
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: failed, UpdateDenied
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain AccessDeniedException
              sns:Publish revert_failed
            recheck x3: failed, UpdateDenied
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain AccessDeniedException
            recheck: reverted
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain
              sns:Publish reverted
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
async fn whoever_puts_the_domain_back_by_hand_during_a_stop_hears_that_it_is_restored() {
    check("update-weakens-tls.json")
        .late()
        .in_the_likeliest_world()
        .arrange(|world| {
            stop(world);
            world.before(Action::UpdateUserPoolDomain, |world| {
                make(world, |domain| {
                    if let cognito_domain_guard::domain::Hosting::Custom(custom) =
                        &mut domain.hosting
                    {
                        custom.security_policy =
                            cognito_domain_guard::domain::ObservedPolicy::Known(
                                SecurityPolicy::TlsV1_3_2025,
                            );
                    }
                });
            });
        })
        .unchecked()
        .run_and(|end, _| assert_eq!(kinds(end), ["revert_failed", "restored"]))
        .await;
}

/// The event of a sweep at that hour of 24 November 2026.
fn at_hour(hour: i64) -> Value {
    let midnight = OffsetDateTime::from_unix_timestamp(1_795_478_400).unwrap();
    let time = (midnight + Duration::hours(hour))
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    let mut sweep = event("scheduled-sweep.json");
    sweep["time"] = json!(time);
    sweep
}

async fn sweeps_of_a_day(end: &mut End) {
    for hour in 1..=24 {
        end.world.advance(std::time::Duration::from_secs(3_600));
        end.platform.sweep_with(at_hour(hour)).await;
        end.platform.run_until_idle(LIMIT).await;
    }
}

#[tokio::test(start_paused = true)]
async fn sweeps_during_a_stop_are_critical_once_a_day_and_count_what_they_leave() {
    check("scheduled-sweep.json")
        .arrange(|world| {
            make(world, weaken);
            stop(world);
        })
        .always(expect![[r#"
            sweep: failed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain AccessDeniedException
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and_then(async |end, variant| {
            // What it was about to do is in the log all the same.
            assert_eq!(end.world.logged().len(), 1);
            assert!(end.world.logged()[0].is_intention);
            sweeps_of_a_day(end).await;
            assert_eq!(kinds(end), ["revert_failed", "sweep_digest"], "{variant}");
            let [failed, digest] = end.notices().try_into().unwrap();
            assert_eq!(failed["severity"], "critical");
            assert_eq!(digest["sweep"]["denied"], 1);
            assert_eq!(digest["changes"], json!([]));
            let finding = digest["sweep"]["findings"][0].as_str().unwrap();
            assert!(
                finding.contains(
                    "is left, since AWS denied the update (an explicit deny in an identity-based policy)"
                ),
                "{finding}"
            );
            let steps = digest["next_steps"].to_string();
            assert!(!steps.contains("no event"), "{steps}");
            end.journal.read(|entries| {
                let denied = entries.iter().map(|look| {
                    look.reports[0].sweep.as_ref().map_or(0, |sweep| sweep.denied)
                });
                assert!(denied.eq(std::iter::repeat_n(1, 25)));
            });
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_is_critical_in_each_sweep_and_needs_no_digest_beside_that() {
    check("scheduled-sweep.json")
        .arrange(|world| {
            make(world, weaken);
            world.deny(Action::UpdateUserPoolDomain);
        })
        .always(expect![[r#"
            sweep: failed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain AccessDeniedException
              sns:Publish revert_failed
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_somebody_asks_for_says_that_the_guard_is_stopped_at_any_hour() {
    check("sweep-now.json")
        .arrange(|world| {
            make(world, weaken);
            stop(world);
        })
        .unchecked()
        .run_and(|end, _| assert_eq!(kinds(end), ["revert_failed", "sweep_digest"]))
        .await;
}

/// Two domains, of which one may be put back: the digest says of each what came of it.
#[tokio::test(start_paused = true)]
async fn a_digest_says_what_was_put_back_and_what_was_denied() {
    check("scheduled-sweep.json")
        .in_the_likeliest_world()
        .baseline(
            "version: 1\ndefaults: { security_policy: { at_least: TLS_V1_3_2025 } }\ndomains:\n  - { \
             domain: login.example.com, routing: none }\n  - { domain: auth.example.com, routing: none \
             }\n",
        )
        .arrange(|world| {
            make(world, |domain| {
                weaken(domain);
                if let cognito_domain_guard::domain::Hosting::Custom(custom) = &mut domain.hosting {
                    custom.failover = None;
                }
            });
            let weak = world.domain("auth.example.com").unwrap();
            let name = "login.example.com".to_owned();
            world.put_domain(cognito_domain_guard::domain::Domain { name, ..weak });
            // The second of the two: its user pool has a Deny of its own.
            let denial = "with an explicit deny in an identity-based policy";
            let fault = Fault::error(400, "AccessDeniedException", denial);
            world.inject(fault.on(Action::UpdateUserPoolDomain).skip(1));
        })
        .unchecked()
        .run_and(|end, _| {
            let notices = end.notices();
            let digest = notices.iter().find(|notice| notice["kind"] == "sweep_digest").unwrap();
            let findings = digest["sweep"]["findings"].to_string();
            assert!(findings.contains("auth.example.com was put back: security_policy"), "{findings}");
            assert!(findings.contains("login.example.com is left, since AWS denied"), "{findings}");
            assert_eq!(digest["changes"].as_array().unwrap().len(), 1);
            assert_eq!(
                digest["headline"],
                "A sweep put 1 domain back and left 1 off the baseline. You decide."
            );
        })
        .await;
}
