//! What goes wrong between the guard and AWS.

use cognito_domain_guard::memory::ErrorType;
use cognito_domain_guard_sandbox::{Action, Break, Fault, FaultKind};
use expect_test::expect;

use crate::check::{LIMIT, check};

fn throttled() -> Fault {
    Fault::error(400, "TooManyRequestsException", "Rate exceeded")
}

#[tokio::test(start_paused = true)]
async fn a_denied_describe_is_notified_with_the_action_that_is_missing_and_not_tried_again() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| world.deny(Action::DescribeUserPoolDomain))
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: failed
              cognito-idp:DescribeUserPoolDomain AccessDeniedException
              sns:Publish revert_failed
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and(|end, _| {
            let error = &end.notices()[0]["error"];
            assert_eq!(error["action"], "cognito-idp:DescribeUserPoolDomain");
            assert_eq!(error["code"], "AccessDeniedException");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_denied_update_is_notified_once_with_the_action_that_is_missing_and_tried_each_minute() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| world.deny(Action::UpdateUserPoolDomain))
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
        .run_and(|end, _| {
            let error = &end.notices()[0]["error"];
            assert_eq!(error["action"], "cognito-idp:UpdateUserPoolDomain");
            assert_eq!(error["code"], "AccessDeniedException");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_denied_publish_brings_the_event_back_until_the_topic_takes_the_notice() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let denial = "User is not authorized to perform: SNS:Publish";
            world.inject(
                Fault::error(403, "AuthorizationError", denial).on(Action::Publish).times(2),
            );
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: reverted, NoticeFailed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain
              sns:Publish reverted AuthorizationError
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x8: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck: restored, NoticeFailed
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored AuthorizationError
            recheck x2: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: as before the change
        "#]])
        .run_and(|end, _| {
            let error = end.journal.read(|entries| entries[0].result.clone().unwrap_err());
            let wanted = "sns:Publish failed with AuthorizationError: User is not authorized";
            assert!(error.message.contains(wanted), "{error}");
            assert_eq!(end.accepted_updates(), 1);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn two_throttled_describes_are_the_sdks_to_repeat() {
    check("update-weakens-tls.json")
        .late()
        .alone()
        .arrange(|world| world.inject(throttled().on(Action::DescribeUserPoolDomain).times(2)))
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: reverted
              cognito-idp:DescribeUserPoolDomain TooManyRequestsException
              cognito-idp:DescribeUserPoolDomain TooManyRequestsException
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
async fn two_throttled_updates_are_the_sdks_to_repeat_since_they_were_surely_not_applied() {
    check("update-weakens-tls.json")
        .late()
        .alone()
        .arrange(|world| world.inject(throttled().on(Action::UpdateUserPoolDomain).times(2)))
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: reverted
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain TooManyRequestsException
              cognito-idp:UpdateUserPoolDomain TooManyRequestsException
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
        .run_and(|end, _| assert_eq!(end.accepted_updates(), 1))
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_throttled_for_ever_ends_among_the_dead_letters_and_a_redrive_settles_it()
{
    check("update-weakens-tls.json")
        .late()
        .alone()
        .in_the_likeliest_world()
        .arrange(|world| world.inject(throttled().on(Action::DescribeUserPoolDomain)))
        .unchecked()
        .run_and_then(async |end, variant| {
            let looks = end.journal.read(|entries| {
                assert!(entries.iter().all(|look| {
                    let unsettled = look.reports[0].unsettled().unwrap();
                    unsettled.error_type == ErrorType::Throttled
                }));
                entries.len()
            });
            // The rule's, and 90 of the queue.
            assert_eq!(looks, 91);
            assert_eq!(end.platform.dead_letters().len(), 1);
            // Nothing was seen, so nothing is said of a baseline.
            let kinds: Vec<_> = end.notices().iter().map(|notice| notice["kind"].clone()).collect();
            assert_eq!(kinds, ["state_unknown"]);
            end.world.clear_faults();
            end.platform.redrive();
            end.platform.run_until_idle(LIMIT).await;
            assert_eq!(
                end.story(looks, variant),
                "recheck: reverted\n  \
                 cognito-idp:DescribeUserPoolDomain\n  \
                 cognito-idp:UpdateUserPoolDomain\n  \
                 sns:Publish reverted\n\
                 own event: held, DomainBusy\n  \
                 cognito-idp:DescribeUserPoolDomain\n\
                 recheck x4: held, DomainBusy\n  \
                 cognito-idp:DescribeUserPoolDomain\n\
                 recheck: restored\n  \
                 cognito-idp:DescribeUserPoolDomain\n  \
                 sns:Publish restored\n"
            );
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_times_out_after_it_was_applied_is_not_repeated_blindly() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let fault = Fault::new(FaultKind::After(Break::Timeout));
            world.inject(fault.on(Action::UpdateUserPoolDomain).once());
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: failed, UpdateUnconfirmed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain (unanswered)
              sns:Publish drift_detected
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x8: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x2: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: as before the change
        "#]])
        .run_and(|end, _| assert_eq!(end.accepted_updates(), 1))
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_times_out_before_it_was_applied_is_sent_again_from_a_fresh_look() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let fault = Fault::new(FaultKind::Before(Break::Timeout));
            world.inject(fault.on(Action::UpdateUserPoolDomain).once());
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: failed, UpdateUnconfirmed
              cognito-idp:DescribeUserPoolDomain
              sns:Publish drift_detected
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
        .run_and(|end, _| assert_eq!(end.accepted_updates(), 1))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_cognito_during_an_update_is_treated_like_no_answer() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let fault = Fault::error(500, "InternalErrorException", "Something broke");
            world.inject(fault.on(Action::UpdateUserPoolDomain).once());
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: failed, UpdateUnconfirmed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain InternalErrorException
              sns:Publish drift_detected
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
async fn a_topic_that_refuses_after_an_accepted_update_gets_the_notice_on_the_recheck() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let fault = Fault::error(404, "NotFound", "Topic does not exist");
            world.inject(fault.on(Action::Publish).once());
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: reverted, NoticeFailed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain
              sns:Publish reverted NotFound
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x8: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x2: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_is_killed_right_after_its_update_was_accepted_still_tells() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let fault = Fault::new(FaultKind::After(Break::Kill));
            world.inject(fault.on(Action::UpdateUserPoolDomain).once());
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x8: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x2: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_an_active_domain_rejects_is_told_and_not_tried_again() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let fault = Fault::error(400, "InvalidParameterException", "No such health check");
            world.inject(fault.on(Action::UpdateUserPoolDomain));
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: failed
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain InvalidParameterException
              sns:Publish revert_failed
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and(|end, _| {
            assert_eq!(end.notices()[0]["error"]["message"], "No such health check");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_change_between_describe_and_update_is_met_with_a_fresh_look() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            let fault = Fault::error(400, "ConcurrentModificationException", "Not now");
            world.inject(fault.on(Action::UpdateUserPoolDomain).once());
        })
        .when(
            "busy=conflict",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
                event: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
                  cognito-idp:UpdateUserPoolDomain <busy>
                  sns:Publish drift_detected
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
            "#]],
        )
        .when(
            "busy=accepted,invalid",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
                event: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
                  cognito-idp:UpdateUserPoolDomain ConcurrentModificationException
                  sns:Publish drift_detected
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
            "#]],
        )
        .run()
        .await;
}
