//! The edges of what is measured and notified: who is named, from when an age counts, and what happens where the
//! topic fails in the middle of something.

use std::time::Duration;

use cognito_domain_guard::domain::{Domain, Hosting, ObservedPolicy, SecurityPolicy, Status};
use cognito_domain_guard::memory::ErrorType;
use cognito_domain_guard_sandbox::{Action, Fault, World};
use serde_json::{Value, json};

use crate::check::{End, LIMIT, check};
use crate::sweeps::{make, weaken};

const DOMAIN: &str = "auth.example.com";
const COMPLIANT: &str = "version: 1
defaults: { security_policy: { at_least: TLS_V1_2_2021 } }
";

fn kinds(end: &End) -> Vec<String> {
    end.notices().iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

fn ages(end: &End, of: fn(&cognito_domain_guard::report::DomainReport) -> Option<i64>) -> Vec<i64> {
    end.journal.read(|entries| {
        let reports = entries.iter().flat_map(|entry| &entry.reports);
        reports.flat_map(|report| &report.outcomes).filter_map(of).collect()
    })
}

fn is_busy_for(minutes: u64) -> impl Fn(crate::check::Check) -> crate::check::Check {
    move |check| {
        check
            .certificates_take(Duration::from_secs(minutes * 60))
            .only_where("describe=lags old-policy=tls-v1 empty-routing=removes busy=conflict")
            .event(|event| {
                event["detail"]["requestParameters"]["customDomainConfig"]["certificateArn"] =
                    json!("arn:aws:acm:us-east-1:111122223333:certificate/another");
            })
    }
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_settles_after_its_event_was_a_dead_letter_closes_what_the_warning_opened() {
    is_busy_for(120)(check("update-compliant.json"))
        .baseline(COMPLIANT)
        .unchecked()
        .run_and_then(async |end, _| {
            assert_eq!(kinds(end), ["state_unknown"]);
            assert_eq!(end.platform.dead_letters().len(), 1);
            end.world.advance(Duration::from_secs(60 * 60));
            end.platform.redrive();
            end.platform.run_until_idle(LIMIT).await;
            assert_eq!(kinds(end), ["state_unknown", "restored"]);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_pool_whose_domains_cannot_be_listed_is_unknown_also_where_entries_name_domains_only() {
    check("update-weakens-tls.json")
        .in_the_likeliest_world()
        .alone()
        .baseline(
            "version: 1\ndomains: [{ domain: auth.example.com, security_policy: TLS_V1_3_2025 }]\n",
        )
        .event(|event| {
            event["detail"]["requestParameters"]["domain"] =
                json!("HIDDEN_DUE_TO_SECURITY_REASONS");
        })
        .arrange(|world| {
            let fault = Fault::error(429, "TooManyRequestsException", "Too many requests");
            world.inject(fault.on(Action::DescribeUserPool));
        })
        .unchecked()
        .run_and(|end, _| {
            let [unknown] = end.notices().try_into().unwrap();
            assert_eq!(unknown["kind"], "state_unknown");
            assert!(ages(end, |outcome| outcome.seconds_unknown).len() > 80);
            let headline = unknown["headline"].as_str().unwrap();
            let end = "_Ab12Cd34E could not be looked at 15 minutes after the change. You decide.";
            assert!(headline.starts_with("User pool ") && headline.ends_with(end), "{headline}");
            // What failed is said once.
            assert!(unknown["error"]["code"].is_string());
            assert_eq!(unknown["reason"], Value::Null);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_nothing_governs_is_not_measured_however_busy_it_is() {
    is_busy_for(60)(check("update-compliant.json"))
        .baseline("version: 1\ndomains: [{ domain: other.example.com, security_policy: TLS_V1_3_2025 }]\n")
        .unchecked()
        .run_and(|end, _| {
            assert_eq!(kinds(end), [] as [String; 0]);
            assert_eq!(ages(end, |outcome| outcome.seconds_unknown), [] as [i64; 0]);
            assert_eq!(ages(end, |outcome| outcome.seconds_off_baseline), [] as [i64; 0]);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn whoever_created_a_domain_is_named_although_somebody_else_changed_it_since() {
    check("create-below-floor.json")
        .late()
        .in_the_likeliest_world()
        .arrange(|world: &World| {
            let mut domain = world.domain("login.example.com").unwrap();
            if let Hosting::Custom(custom) = &mut domain.hosting {
                custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025);
            }
            world.put_domain(domain);
        })
        .unchecked()
        .run_and(|end, _| {
            let [created] = end.notices().try_into().unwrap();
            assert_eq!(created["kind"], "domain_created");
            assert!(created["actor"]["name"].is_string(), "{created}");
            assert_eq!(created["attribution"], Value::Null);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_ends_in_notice_failed_where_a_notice_about_one_domain_was_refused() {
    let break_the_topic_later = |world: &World| {
        make(world, |domain: &mut Domain| weaken(domain));
        world.inject(
            Fault::error(403, "AccessDeniedException", "no").on(Action::UpdateUserPoolDomain),
        );
        world.before(Action::UpdateUserPoolDomain, |world| {
            let fault = Fault::error(404, "NotFound", "Topic does not exist");
            world.inject(fault.on(Action::Publish));
        });
    };
    check("scheduled-sweep.json")
        .in_the_likeliest_world()
        .arrange(break_the_topic_later)
        .unchecked()
        .run_and(|end, _| {
            let error = end.journal.read(|entries| entries[0].result.clone().unwrap_err());
            assert_eq!(error.error_type, ErrorType::NoticeFailed);
            for word in [DOMAIN, "security_policy TLS_V1_2_2021", "Topic does not exist"] {
                assert!(error.message.contains(word), "{error}");
            }
            assert_eq!(end.world.logged().last().unwrap().record["kind"], "revert_failed");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_digest_that_is_not_answered_is_in_the_log_before_anything_is_put_back() {
    use cognito_domain_guard_sandbox::{Break, FaultKind};
    check("scheduled-sweep.json")
        .in_the_likeliest_world()
        .alone()
        .arrange(|world| {
            make(world, weaken);
            let fault = Fault::new(FaultKind::After(Break::Timeout));
            world.inject(fault.on(Action::Publish).times(3));
        })
        .unchecked()
        .run_and(|end, _| {
            let error = end.journal.read(|entries| entries[0].result.clone().unwrap_err());
            assert_eq!(error.error_type, ErrorType::NoticeFailed);
            let calls = end.world.calls();
            let update = calls.iter().position(|call| {
                call.action == Action::UpdateUserPoolDomain && call.outcome.is_ok()
            });
            let logged = end.world.logged();
            assert!(logged[0].calls <= update.unwrap());
            assert_eq!(logged[0].record["kind"], "sweep_digest");
            assert_eq!(end.accepted_updates(), 1);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_arrives_after_the_domain_was_created_again_blames_nobody_for_its_drift() {
    check("delete-declared.json")
        .in_the_likeliest_world()
        .late()
        .arrange(|world| {
            let baseline = crate::check::example_baseline();
            let pool = "eu-central-1_Ab12Cd34E";
            let mut domain =
                cognito_domain_guard_sandbox::at_baseline(DOMAIN, pool, world, &baseline);
            weaken(&mut domain);
            world.put_domain(domain);
        })
        .unchecked()
        .run_and(|end, _| {
            let notices = end.notices();
            let reverted = notices.iter().find(|notice| notice["kind"] == "reverted").unwrap();
            assert_eq!(reverted["actor"], Value::Null, "{reverted}");
            assert_eq!(reverted["attribution"]["result"], "contradicted");
            assert_eq!(notices.iter().filter(|n| n["kind"] == "domain_deleted").count(), 0);
        })
        .await;
}

fn of_kind<'a>(notices: &'a [Value], kind: &str) -> Vec<&'a Value> {
    notices.iter().filter(|notice| notice["kind"] == kind).collect()
}

#[tokio::test(start_paused = true)]
async fn drift_that_lasts_since_updates_are_throttled_or_not_answered_is_critical_as_well() {
    use cognito_domain_guard_sandbox::{Break, FaultKind};
    let throttled = || Fault::error(429, "TooManyRequestsException", "Too many requests");
    let unanswered = || Fault::new(FaultKind::Before(Break::Timeout));
    for (fault, reason) in [
        (&throttled as &dyn Fn() -> Fault, "TooManyRequestsException"),
        (&unanswered, "cognito-idp:UpdateUserPoolDomain"),
    ] {
        let fault = fault();
        check("update-weakens-tls.json")
            .late()
            .alone()
            .in_the_likeliest_world()
            .arrange(move |world| world.inject(fault.clone().on(Action::UpdateUserPoolDomain)))
            .unchecked()
            .run_and(|end, _| {
                let notices = end.notices();
                let lasts = of_kind(&notices, "drift_lasts");
                assert_eq!(lasts.len(), 2, "{reason}");
                for notice in lasts {
                    assert_eq!(notice["severity"], "critical");
                    assert!(notice["reason"].as_str().unwrap().contains(reason), "{notice}");
                    assert!(notice["actor"]["name"].is_string());
                }
                assert!(*ages(end, |o| o.seconds_off_baseline).last().unwrap() > 80 * 60);
                assert_eq!(ages(end, |o| o.seconds_unknown), [] as [i64; 0]);
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn critical_notices_about_drift_that_lasts_are_in_the_log_where_the_topic_is_gone() {
    check("update-weakens-tls.json")
        .late()
        .alone()
        .in_the_likeliest_world()
        .arrange(|world| {
            let throttled = Fault::error(429, "TooManyRequestsException", "Too many requests");
            world.inject(throttled.on(Action::UpdateUserPoolDomain));
            world.inject(Fault::error(404, "NotFound", "Topic does not exist").on(Action::Publish));
        })
        .unchecked()
        .run_and(|end, _| {
            let logged: Vec<Value> = end.world.logged().into_iter().map(|it| it.record).collect();
            let lasts = of_kind(&logged, "drift_lasts");
            assert_eq!(lasts.len(), 2);
            assert!(lasts.iter().all(|notice| notice["severity"] == "critical"));
            assert_eq!(end.notices(), [] as [Value; 0]);
        })
        .await;
}

/// Cognito goes on creating login.example.com.
fn stays_new(world: &World) {
    world.before(Action::DescribeUserPoolDomain, |world| {
        let domain = world.domain("login.example.com").unwrap();
        world.put_domain(Domain { status: Status::Creating, ..domain });
        stays_new(world);
    });
}

#[tokio::test(start_paused = true)]
async fn a_creation_may_take_75_minutes_before_people_are_warned_that_nothing_is_known() {
    check("create-below-floor.json")
        .in_the_likeliest_world()
        .baseline("version: 1\ndefaults: { managed_login_version: 1 }\n")
        .arrange(stays_new)
        .unchecked()
        .run_and(|end, _| {
            let notices = end.notices();
            let kinds: Vec<_> = notices.iter().map(|notice| &notice["kind"]).collect();
            assert_eq!(kinds, ["domain_created", "state_unknown"]);
            assert_eq!(notices[1]["severity"], "warning");
            let age = notices[1]["timings"]["seconds_unknown"].as_i64().unwrap();
            assert!((75 * 60..77 * 60).contains(&age), "{age}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_foreign_change_is_counted_once_however_often_it_is_looked_at() {
    check("update-weakens-tls.json")
        .only_where("old-policy=tls-v1 empty-routing=removes omitted=kept")
        .unchecked()
        .run_and(|end, variant| {
            let foreign = end.journal.read(|entries| {
                let reports = entries.iter().flat_map(|entry| &entry.reports);
                let outcomes = reports.flat_map(|report| &report.outcomes);
                outcomes.filter(|outcome| outcome.is_foreign_change).count()
            });
            assert_eq!(foreign, 1, "{variant}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_domain_that_the_guard_may_not_describe_is_counted_and_critical_at_once() {
    check("update-weakens-tls.json")
        .in_the_likeliest_world()
        .arrange(|world| world.deny(Action::DescribeUserPoolDomain))
        .unchecked()
        .run_and(|end, _| {
            let [failed] = end.notices().try_into().unwrap();
            assert_eq!(
                (&failed["kind"], &failed["severity"]),
                (&json!("revert_failed"), &json!("critical"))
            );
            end.journal.read(|entries| {
                assert!(entries[0].reports[0].outcomes[0].is_foreign_change);
            });
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn only_the_very_same_notice_is_held_back() {
    check("update-weakens-tls.json")
        .late()
        .direct()
        .in_the_likeliest_world()
        .arrange(|world| {
            let denied = Fault::error(403, "AccessDeniedException", "no");
            world.inject(denied.on(Action::UpdateUserPoolDomain));
        })
        .unchecked()
        .run_and_then(async |end, _| {
            let event = crate::check::event("update-weakens-tls.json");
            let mut again = event.clone();
            again["detail"]["eventID"] = json!("00000000-0000-4000-8000-000000000001");
            let mut by_another = event.clone();
            by_another["detail"]["userIdentity"] = json!({ "type": "Root" });
            for payload in [&again, &again, &by_another, &event, &by_another] {
                let _ = end.platform.invoke(payload.clone()).await;
            }
            // The first, that of another incident, and that of another actor.
            assert_eq!(end.notices().len(), 3);
            // What the domain is like now is another notice, too.
            make(&end.world, |domain| {
                if let Hosting::Custom(custom) = &mut domain.hosting {
                    custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1);
                    domain.managed_login_version = Some(1);
                }
            });
            let _ = end.platform.invoke(event).await;
            assert_eq!(end.notices().len(), 4);
        })
        .await;
}
