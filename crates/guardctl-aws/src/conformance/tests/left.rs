//! Killed at any step, the next run removes what is left, and nothing else.

use cognito_domain_guard_sandbox::{Action, Break, Fault, FaultKind};
use serde_json::json;

use super::*;
use crate::conformance::resources::NAME;
use cognito_domain_guard_sandbox::Caller;

/// A run that is killed at that call, and a second one that cleans up. Says whether the first one was.
fn killed_at(action: Action, nth: u32, kind: FaultKind) -> bool {
    in_virtual_time(async {
        let world = world(Variant::default());
        world.inject(Fault::new(kind).on(action).skip(nth).once());
        let wanted = wanted();
        let killed = tokio::select! {
            _ = run_in(&world, &wanted) => false,
            () = world.killed() => true,
        };
        world.revive();
        world.clear_faults();
        world.advance(MINUTES(1));
        with_run(&world, async |lab, _, _| {
            let left = leftovers(lab).await.unwrap();
            assert!(left.iter().all(|left| left.id() != OTHERS_POOL));
            assert_eq!(remove(lab, &left).await.unwrap(), [""; 0]);
        })
        .await;
        assert_only_others_are_left(&world);
        killed
    })
}

#[test]
fn killed_at_any_write_the_next_run_removes_what_is_left() {
    for (action, at_least) in [
        (Action::CreateUserPool, 2),
        (Action::CreateUserPoolDomain, 2),
        (Action::UpdateUserPoolDomain, 12),
        (Action::DeleteUserPoolDomain, 2),
        (Action::DeleteUserPool, 2),
    ] {
        for kind in [FaultKind::Before(Break::Kill), FaultKind::After(Break::Kill)] {
            let mut nth = 0;
            while killed_at(action, nth, kind.clone()) {
                nth += 1;
            }
            assert!(nth >= at_least, "{action}: {nth}");
        }
    }
}

#[test]
fn a_pool_that_lost_its_mark_is_left_alone() {
    in_virtual_time(async {
        let world = world(Variant::default());
        let made = world
            .call_as(
                &Caller::iam_user(ACCOUNT, "jane"),
                Action::CreateUserPool,
                json!({"PoolName": format!("{}mine", resources::NAME), "UserPoolTags": {"guardctl-conformance": "x"}}),
            )
            .unwrap();
        let id = made["UserPool"]["Id"].as_str().unwrap().to_owned();
        with_run(&world, async |lab, _, _| {
            assert_eq!(leftovers(lab).await.unwrap(), []);
        })
        .await;
        assert!(world.pools().contains(&id));
    });
}

/// Cognito may refuse to delete a domain that it is still creating.
#[test]
fn a_removal_waits_as_long_as_cognito_makes_it_wait() {
    in_virtual_time(async {
        let world = world(Variant::default());
        let busy = Fault::error(400, "InvalidParameterException", "Domain is being created.");
        world.inject(busy.on(Action::DeleteUserPoolDomain).times(90));
        let report = run_in(&world, &Wanted { custom: None, ..wanted() }).await;
        assert_eq!(report.left, [""; 0]);
        assert_only_others_are_left(&world);
    });
}

#[test]
fn what_may_not_be_removed_is_named_at_once() {
    in_virtual_time(async {
        let world = world(Variant::default());
        let denied = Fault::error(400, "AccessDeniedException", "not authorized");
        world.inject(denied.on(Action::DeleteUserPoolDomain));
        with_run(&world, async |_, resources, _| {
            let pool = resources.make_pool("prefix").await.unwrap();
            resources.make_domain(pool, PREFIX, None).await.unwrap();
            let began = tokio::time::Instant::now();
            let left = resources.remove_own().await.unwrap();
            assert!(began.elapsed() < MINUTES(1), "{:?}", began.elapsed());
            assert_eq!(left.len(), 1);
            assert!(left[0].contains("not authorized"), "{left:?}");
        })
        .await;
    });
}

#[test]
fn what_cannot_be_removed_is_named_with_the_reason() {
    in_virtual_time(async {
        let world = world(Variant::default());
        let never = Fault::error(400, "InvalidParameterException", "Not this one.");
        world.inject(never.on(Action::DeleteUserPool));
        let report = run_in(&world, &Wanted { custom: None, ..wanted() }).await;
        assert_eq!(report.left.len(), 1);
        assert!(report.left[0].contains("Not this one."), "{:?}", report.left);
        assert_eq!(report.exit(), Exit::Off);
    });
}

/// The user's own pool with a replica: the custom domain is made on it and removed, and the pool stays as it was.
#[test]
fn a_failover_is_measured_on_a_pool_that_the_user_made_for_it_and_that_stays() {
    in_virtual_time(async {
        let world = world(Variant::default());
        let made = world
            .call_as(
                &Caller::iam_user(ACCOUNT, "jane"),
                Action::CreateUserPool,
                json!({
                    "PoolName": format!("{}replicated", resources::NAME),
                    "UserPoolTags": {"guardctl-conformance": "replicated"},
                }),
            )
            .unwrap();
        let id = made["UserPool"]["Id"].as_str().unwrap().to_owned();
        let mut wanted = Wanted { prefix: None, ..wanted() };
        wanted.custom.as_mut().unwrap().replica = Some(wanted::Replica {
            user_pool_id: id.clone(),
            region: "eu-west-3".to_owned(),
            health_check_id: "2c63888f-28f0-4481-be6d-dce7a7ace732".to_owned(),
        });
        // The first run is killed; the next one removes the domain, and leaves the pool.
        world.inject(
            Fault::new(FaultKind::After(Break::Kill))
                .on(Action::UpdateUserPoolDomain)
                .skip(4)
                .once(),
        );
        tokio::select! {
            _ = run_in(&world, &wanted) => panic!("it was not killed"),
            () = world.killed() => {}
        }
        world.revive();
        world.clear_faults();
        assert_eq!(world.domain(DOMAIN).unwrap().user_pool_id, id);
        with_run(&world, async |lab, _, _| {
            let left = leftovers(lab).await.unwrap();
            let shown: Vec<String> = left.iter().map(ToString::to_string).collect();
            assert_eq!(
                shown,
                [format!(
                    "user pool guardctl-conformance-replicated ({id}), which stays, with {DOMAIN}"
                )]
            );
            assert_eq!(remove(lab, &left).await.unwrap(), [""; 0]);
            assert_eq!(leftovers(lab).await.unwrap(), []);
        })
        .await;

        let report = run_in(&world, &wanted).await;
        assert!(found(&report, Question::EmptyRouting, Kind::Custom).measured().is_some());
        assert_eq!((report.left.as_slice(), report.exit()), (&[][..], Exit::Good));
        let asked = world.calls().into_iter().find_map(|call| {
            let failover = call.request.pointer("/Routing/Failover/SecondaryRegion");
            failover.and_then(serde_json::Value::as_str).map(str::to_owned)
        });
        assert_eq!(asked.as_deref(), Some("eu-west-3"));
        assert!(world.pools().contains(&id));
        assert_eq!(world.domain(DOMAIN), None);
    });
}

/// Ctrl-C came between a creation and its answer, and the pool is listed some seconds later.
#[test]
fn a_pool_that_appears_after_the_run_was_ended_is_removed_too() {
    in_virtual_time(async {
        let world = world(Variant::default());
        let silent = Fault::new(FaultKind::Before(Break::Timeout));
        world.inject(silent.on(Action::CreateUserPool));
        with_run(&world, async |lab, resources, _| {
            let ended = tokio::time::timeout(Duration::from_secs(1), resources.make_pool("prefix"));
            assert!(ended.await.is_err(), "it was answered");
            world.clear_faults();
            let run = lab.cause.incident.trim_start_matches("conformance.").to_owned();
            let late = async {
                tokio::time::sleep(Duration::from_secs(8)).await;
                world
                    .call_as(
                        &Caller::iam_user(ACCOUNT, "tester"),
                        Action::CreateUserPool,
                        json!({
                            "PoolName": format!("{NAME}{run}-prefix"),
                            "UserPoolTags": {"guardctl-conformance": run},
                        }),
                    )
                    .unwrap();
            };
            let (left, ()) = tokio::join!(resources.remove_own(), late);
            assert_eq!(left.unwrap(), [""; 0]);
        })
        .await;
        assert_only_others_are_left(&world);
    });
}
