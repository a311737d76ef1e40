//! The scheduled look at every domain.

use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Domain, Hosting, ObservedPolicy, SecurityPolicy, Status};
use cognito_domain_guard::reconcile::{Answer, Invocation};
use cognito_domain_guard::report::{DomainReport, Outcome};
use cognito_domain_guard_sandbox::{
    Action, Category, Fault, World, WorldSettings, at_baseline, guard, topic_arn,
};
use expect_test::expect;
use serde_json::{Value, json};

use crate::check::{check, record};

/// Makes auth.example.com another domain, of which there is no event.
pub(crate) fn make(world: &World, change: impl FnOnce(&mut Domain)) {
    let mut domain = world.domain("auth.example.com").unwrap();
    change(&mut domain);
    world.put_domain(domain);
}

pub(crate) fn weaken(domain: &mut Domain) {
    if let Hosting::Custom(custom) = &mut domain.hosting {
        custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021);
    }
}

/// The first sweep of a day.
pub(crate) fn at_midnight(event: &mut Value) {
    event["time"] = json!("2026-11-24T00:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn a_sweep_says_in_a_digest_what_it_put_back() {
    check("scheduled-sweep.json")
        .arrange(|world| make(world, weaken))
        .always(expect![[r#"
            sweep: reverted
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain
              sns:Publish sweep_digest
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x4: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: as before the change
        "#]])
        .run_and(|end, _| {
            let [digest, restored] = end.notices().try_into().unwrap();
            assert_eq!(digest["incident"], restored["incident"]);
            assert_eq!(digest["sweep"]["drifted"], 1);
            assert_eq!(digest["changes"][0]["desired"], "TLS_V1_3_2025");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_a_sweep_found_is_put_back_although_the_topic_takes_no_notice() {
    check("scheduled-sweep.json")
        .arrange(|world| {
            make(world, weaken);
            world.inject(Fault::error(404, "NotFound", "Topic does not exist").on(Action::Publish));
        })
        .always(expect![[r#"
            sweep: reverted, NoticeFailed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain
              sns:Publish sweep_digest NotFound
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x4: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x86: restored, NoticeFailed
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored NotFound
            dead letters: 1
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_never_removes_a_failover_and_says_so_each_time() {
    check("scheduled-sweep.json")
        .baseline("{ version: 1, domains: [{ domain: auth.example.com, routing: none }] }")
        .arrange(|world| {
            make(world, |domain| {
                let Hosting::Custom(custom) = &mut domain.hosting else { panic!() };
                custom.failover = Some(cognito_domain_guard::domain::Failover {
                    secondary_region: "us-west-2".to_owned(),
                    primary_route53_health_check_id: "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8"
                        .to_owned(),
                });
            });
        })
        .always(expect![[r#"
            sweep: refused
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              sns:Publish sweep_digest
            end: auth.example.com routing none -> us-west-2/0a1b2c3d
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_leaves_a_busy_domain_to_the_event_of_what_keeps_it_busy() {
    check("scheduled-sweep.json")
        .arrange(|world| {
            make(world, |domain| {
                weaken(domain);
                domain.status = Status::Updating;
            });
        })
        .always(expect![[r#"
            sweep: held
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              sns:Publish sweep_digest
            end: auth.example.com status ACTIVE -> UPDATING
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and(|end, _| {
            let [digest] = end.notices().try_into().unwrap();
            assert_eq!(digest["sweep"]["busy"], 1);
            assert_eq!(digest["severity"], "warning");
            end.journal.read(|entries| {
                let report = &entries[0].reports[0];
                assert_eq!(report.sweep.as_ref().unwrap().busy, 1);
                // It knows no change, and so no age.
                let ages = |it: &DomainReport| it.seconds_off_baseline.or(it.seconds_unknown);
                assert_eq!(report.outcomes.iter().find_map(ages), None);
            });
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_declared_name_without_a_domain_is_told_once_a_day() {
    let gone = |world: &World| world.remove_domain("auth.example.com");
    check("scheduled-sweep.json")
        .event(at_midnight)
        .arrange(gone)
        .always(expect![[r#"
            sweep: nothing
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              sns:Publish sweep_digest
            end: auth.example.com is gone
        "#]])
        .run_and(|end, _| {
            assert_eq!(end.notices()[0]["sweep"]["missing"], json!(["auth.example.com"]));
        })
        .await;
    check("scheduled-sweep.json")
        .arrange(gone)
        .always(expect![[r#"
            sweep: nothing
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
            end: auth.example.com is gone
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_declared_for_other_places_is_neither_missing_nor_announced() {
    let exemption = |place: &str| {
        format!(
            "  - {{ domain: pos.example.com, {place}, attributes: [routing], reason: old terminals, until: \
             2026-11-25T00:00:00Z }}\n"
        )
    };
    let text = |place: &str| {
        format!(
            "version: 1\ndomains:\n  - {{ domain: auth.example.com, {place}, routing: none }}\n\
             exemptions:\n{}",
            exemption(place)
        )
    };
    for (place, is_here) in [
        ("regions: [us-east-1]", false),
        ("accounts: [\"444455556666\"]", false),
        ("regions: [eu-central-1, us-east-1], accounts: [\"111122223333\"]", true),
    ] {
        let (calls, kinds) = if is_here {
            (
                expect![[r#"
                    sweep: nothing
                      cognito-idp:DescribeUserPoolDomain
                      cognito-idp:ListUserPools
                      cognito-idp:DescribeUserPool
                      sns:Publish exemption_expiring
                      sns:Publish sweep_digest
                    end: auth.example.com is gone
                "#]],
                json!(["exemption_expiring", "sweep_digest"]),
            )
        } else {
            (
                expect![[r#"
                    sweep: nothing
                      cognito-idp:ListUserPools
                    end: as before the change
                "#]],
                json!([]),
            )
        };
        check("scheduled-sweep.json")
            .baseline(&text(place))
            .event(at_midnight)
            .arrange(|world| world.remove_domain("auth.example.com"))
            .always(calls)
            .run_and(move |end, _| {
                let found: Vec<_> = end.notices().iter().map(|n| n["kind"].clone()).collect();
                assert_eq!(json!(found), kinds, "{place}");
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_exemption_that_ends_within_three_days_is_announced_once_a_day() {
    check("scheduled-sweep.json")
        .event(|event| event["time"] = json!("2026-12-29T00:00:00Z"))
        .always(expect![[r#"
            sweep: nothing
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
              sns:Publish exemption_expiring
            end: as before the change
        "#]])
        .run_and(|end, _| assert_eq!(end.notices()[0]["domain"], "pos.example.com"))
        .await;
    check("scheduled-sweep.json")
        .event(|event| event["time"] = json!("2026-12-29T01:00:00Z"))
        .always(expect![[r#"
            sweep: nothing
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
            end: as before the change
        "#]])
        .run()
        .await;
    check("scheduled-sweep.json")
        .event(|event| event["time"] = json!("2026-12-27T00:00:00Z"))
        .always(expect![[r#"
            sweep: nothing
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_cannot_be_read_does_not_end_a_sweep() {
    check("scheduled-sweep.json")
        .event(at_midnight)
        .arrange(|world| world.deny(Action::DescribeUserPool))
        .always(expect![[r#"
            sweep: failed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:ListUserPools
              cognito-idp:DescribeUserPool AccessDeniedException
              sns:Publish sweep_digest
            end: as before the change
        "#]])
        .run_and(|end, _| {
            assert_eq!(end.notices()[0]["sweep"]["unknown"], 1);
            assert_eq!(end.notices()[0]["sweep"]["complete"], true);
        })
        .await;
}

/// A sweep of a thousand pools with a domain each, in a world that enforces its quotas.
async fn sweep_of_a_thousand_pools(deadline: Duration) -> (World, Answer) {
    let world = World::new(WorldSettings {
        topics: vec![topic_arn("111122223333", "eu-central-1")],
        latency: Duration::from_millis(80),
        ..WorldSettings::default()
    });
    let text = "{ version: 1, defaults: { security_policy: TLS_V1_2_2021 } }";
    let baseline = Baseline::parse("baseline.yaml", text).unwrap();
    for number in 0..1_000 {
        let pool = format!("eu-central-1_{number:09}");
        world.put_domain(at_baseline(&format!("login-{number}"), &pool, &world, &baseline));
    }
    world.enforce_quotas(true);
    let invocation = Invocation {
        request_id: "sweep".to_owned(),
        trace_id: None,
        deadline: Some(world.now() + deadline),
    };
    let midnight = json!({
        "source": "aws.events", "detail-type": "Scheduled Event", "time": "2026-07-02T00:00:00Z",
    });
    let answer = guard(&world, baseline, "ASIASWEEP").answer(&midnight, &invocation).await;
    (world, answer)
}

#[tokio::test(start_paused = true)]
async fn a_sweep_stays_below_its_rate_and_uses_it() {
    let (world, answer) = sweep_of_a_thousand_pools(Duration::from_secs(900)).await;
    let sweep = answer.reports[0].sweep.clone().unwrap();
    assert_eq!((sweep.pools, sweep.domains, sweep.complete), (1_000, 1_000, true));
    let calls = world.calls();
    assert!(calls.iter().all(|call| call.outcome.is_ok()));
    let most = (0..calls.len())
        .map(|first| {
            let end = calls[first].at + Duration::from_millis(999);
            calls[first..].iter().take_while(|call| call.at <= end).count()
        })
        .max();
    assert_eq!(most, Some(8));
    assert!(world.highest_rate(Category::ReadPools) <= 8);
    let took = (calls[calls.len() - 1].at - calls[0].at).as_seconds_f64();
    let rate = (calls.len() - 1) as f64 / took;
    assert!(rate >= 0.95 * 8.0, "{rate} a second");
}

#[tokio::test(start_paused = true)]
async fn a_sweep_stops_before_its_deadline_and_says_so() {
    let (world, answer) = sweep_of_a_thousand_pools(Duration::from_secs(120)).await;
    let sweep = answer.reports[0].sweep.clone().unwrap();
    assert!(!sweep.complete);
    // Two requests for each pool, eight a second, for two thirds of the time.
    assert!((300..=340).contains(&sweep.pools), "{} pools", sweep.pools);
    assert!(answer.result.is_ok());
    let took = world.now() - WorldSettings::default().start;
    assert!(took < Duration::from_secs(120), "{took}");
    let digest = record(&world.published()[0]);
    assert_eq!(digest["sweep"]["complete"], false);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_cannot_list_the_pools_has_looked_at_the_declared_names() {
    check("scheduled-sweep.json")
        .arrange(|world| {
            make(world, weaken);
            world.deny(Action::ListUserPools);
        })
        .unchecked()
        .run_and(|end, _| {
            end.journal.read(|entries| {
                let report = &entries[0].reports[0];
                let outcomes: Vec<Outcome> = report.outcomes.iter().map(|o| o.outcome).collect();
                assert_eq!(outcomes, [Outcome::Reverted, Outcome::Failed]);
                assert!(!report.sweep.as_ref().unwrap().complete);
            });
        })
        .await;
}
