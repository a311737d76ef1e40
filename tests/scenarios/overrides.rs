//! What people allow and stop for a short while.

use std::time::Duration;

use cognito_domain_guard_sandbox::{
    Action, Break, Caller, Fault, FaultKind, World, deployment_overrides,
};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::check::{Check, check};

const WEAKENED: &str = "update-weakens-tls.json";

/// So many minutes from now, as an override writes it.
pub(crate) fn in_minutes(world: &World, minutes: i64) -> String {
    let end: OffsetDateTime = world.now() + time::Duration::minutes(minutes);
    end.replace_nanosecond(0).unwrap().format(&Rfc3339).unwrap()
}

/// Somebody makes the override of that name.
pub(crate) fn write(world: &World, id: &str, text: &str) {
    write_as(world, id, text, "String");
}

fn write_as(world: &World, id: &str, text: &str, kind: &str) {
    let name = format!("{}/{id}", deployment_overrides(world).path);
    let caller = Caller::iam_user(world.account(), "on-call");
    let parameters = json!({ "Name": name, "Value": text, "Type": kind, "Overwrite": false });
    world.call_as(&caller, Action::PutParameter, parameters).unwrap();
}

pub(crate) fn remove(world: &World, id: &str) {
    let name = format!("{}/{id}", deployment_overrides(world).path);
    let caller = Caller::iam_user(world.account(), "on-call");
    world.call_as(&caller, Action::DeleteParameter, json!({ "Name": name })).unwrap();
}

pub(crate) fn allow(world: &World, attributes: &str, minutes: i64) -> String {
    let until = in_minutes(world, minutes);
    format!(
        "domain: auth.example.com\nattributes: [{attributes}]\nuntil: {until}\nreason: INC-4711\nby: jane\n"
    )
}

pub(crate) fn pause(world: &World, domain: &str, minutes: i64) -> String {
    let until = in_minutes(world, minutes);
    format!("pause: '{domain}'\nuntil: {until}\nreason: release\nby: jane\n")
}

/// The weakened policy, seen late, so that Cognito has long finished with the change.
pub(crate) fn weakened(arrange: impl Fn(&World) + 'static) -> Check {
    check(WEAKENED).late().overridable().arrange(arrange)
}

/// The notices that were published, by kind.
pub(crate) fn notices(end: &crate::check::End) -> Vec<Value> {
    end.notices()
}

#[tokio::test(start_paused = true)]
async fn a_compliant_change_is_looked_at_in_one_call_and_no_override_is_read() {
    check("update-compliant.json")
        .late()
        .overridable()
        .arrange(|world| write(world, "all", &pause(world, "*", 60)))
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            event: in_sync
              cognito-idp:DescribeUserPoolDomain
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn drift_is_put_back_once_the_overrides_were_read_and_none_is_there() {
    weakened(|_| {})
        .always(expect![[r#"
        change: auth.example.com status ACTIVE -> UPDATING
        change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        event: reverted
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath
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
async fn without_a_path_nothing_is_read() {
    check(WEAKENED)
        .late()
        .arrange(|world| world.deny(Action::GetParametersByPath))
        .unchecked()
        .run_and(|end, _| {
            assert!(
                end.world.calls().iter().all(|call| call.action != Action::GetParametersByPath)
            );
            assert_eq!(notices(end)[0]["kind"], "reverted");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_an_override_allows_is_left_and_people_hear_who_allowed_it() {
    weakened(|world| write(world, "a", &allow(world, "security_policy", 480)))
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: exempt
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
              sns:Publish exempted
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and(|end, _| {
            let exempt = &notices(end)[0]["exempt"][0];
            assert_eq!((&exempt["by"], &exempt["reason"]), (&json!("jane"), &json!("INC-4711")));
            let position = exempt["position"].as_str().unwrap();
            assert!(position.ends_with("/overrides/a"), "{position}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_override_for_another_attribute_or_domain_changes_nothing() {
    weakened(|world| {
        write(world, "a", &allow(world, "routing", 480));
        write(world, "b", &pause(world, "pos.example.com", 480));
    })
    .always(expect![[r#"
        change: auth.example.com status ACTIVE -> UPDATING
        change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        event: reverted
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath
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
async fn a_pause_stops_the_writing_and_the_first_sweep_after_it_puts_back() {
    weakened(|world| write(world, "p", &pause(world, "*", 90)))
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: paused
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
              sns:Publish paused
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run_and_then(async |end, _| {
            let notice = &notices(end)[0];
            assert_eq!(
                (&notice["kind"], &notice["severity"]),
                (&json!("paused"), &json!("warning"))
            );
            let reason = notice["reason"].as_str().unwrap();
            assert!(
                reason.starts_with("paused until ") && reason.contains("(release)"),
                "{reason}"
            );
            end.platform.sweep_after(Duration::from_secs(30 * 60));
            end.platform.run_until_idle(Duration::from_secs(40 * 60)).await;
            assert!(
                end.world.calls().iter().all(|call| call.action != Action::UpdateUserPoolDomain
                    || call.access_key_id.is_empty())
            );
            end.platform.sweep_after(Duration::from_secs(60 * 60));
            end.platform.run_until_idle(Duration::from_secs(3 * 60 * 60)).await;
            let domain = end.world.domain("auth.example.com").unwrap();
            assert!(format!("{domain:?}").contains("TlsV1_3_2025"), "{domain:?}");
            let digest =
                notices(end).into_iter().find(|notice| notice["kind"] == "sweep_digest").unwrap();
            let ended = &digest["sweep"]["overrides"][0];
            assert_eq!((&ended["state"], &ended["effect"]), (&json!("ended"), &json!("pause")));
            assert_eq!(digest["changes"][0]["attribute"], "security_policy");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_made_between_the_look_and_the_update_stops_it() {
    weakened(|world| {
        world.before(Action::GetParametersByPath, |world| {
            write(world, "p", &pause(world, "auth.example.com", 60));
        });
    })
    .always(expect![[r#"
        change: auth.example.com status ACTIVE -> UPDATING
        change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        event: paused
          cognito-idp:DescribeUserPoolDomain
          ssm:PutParameter
          ssm:GetParametersByPath
          sns:Publish paused
        event: paused
          ssm:GetParametersByPath
          sns:Publish override_changed
          cognito-idp:DescribeUserPoolDomain
        end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
    "#]])
    .run()
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_override_that_cannot_be_read_holds_the_guard_for_an_hour_and_no_longer() {
    weakened(|world| write(world, "b", "domain: auth.example.com\nattributes: [tls]\n"))
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
              sns:Publish paused
            recheck x9: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
            recheck: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
              sns:Publish drift_lasts
            recheck x19: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
            recheck: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
              sns:Publish drift_lasts
            recheck x29: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
            recheck: reverted
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
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
        .run_and(|end, _| {
            let first = &notices(end)[0];
            assert_eq!(
                (&first["kind"], &first["severity"]),
                (&json!("paused"), &json!("critical"))
            );
            let problem = first["overrides"][0]["problem"].as_str().unwrap();
            assert!(problem.contains("\"tls\" is not an attribute"), "{problem}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_override_of_which_not_even_the_domain_can_be_read_holds_for_every_domain() {
    for (text, kind) in [("hunter2", "String"), ("domain: pos.example.com", "SecureString")] {
        weakened(move |world| write_as(world, "b", text, kind))
            .unchecked()
            .run_and(|end, _| {
                assert_eq!(notices(end)[0]["kind"], "paused", "{text}");
                assert_eq!(notices(end)[0]["severity"], "critical");
                assert!(
                    notices(end).iter().any(|notice| notice["kind"] == "reverted"),
                    "an hour later"
                );
                let record = notices(end)[0].to_string();
                assert!(!record.contains("AQICAHh"), "what is encrypted is shown to nobody");
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_override_that_would_last_too_long_is_none() {
    weakened(|world| write(world, "long", &allow(world, "security_policy", 73 * 60)))
        .unchecked()
        .run_and(|end, _| {
            let first = &notices(end)[0];
            assert_eq!(
                (&first["kind"], &first["severity"]),
                (&json!("paused"), &json!("critical"))
            );
            let problem = first["overrides"][0]["problem"].as_str().unwrap();
            assert!(problem.contains("more than 72 hours"), "{problem}");
            assert!(
                notices(end).iter().any(|notice| notice["kind"] == "reverted"),
                "an hour later"
            );
        })
        .await;
}

async fn unreadable(arrange: impl Fn(&World) + 'static, expected: Expect) {
    weakened(arrange).alone().in_the_likeliest_world().always(expected).run().await;
}

#[tokio::test(start_paused = true)]
async fn where_the_read_is_denied_the_event_waits_and_people_are_warned() {
    unreadable(
        |world| world.deny(Action::GetParametersByPath),
        expect![[r#"
        change: auth.example.com status ACTIVE -> UPDATING
        change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        event: held, OverridesUnreadable
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath AccessDeniedException
          sns:Publish paused
        recheck x9: held, OverridesUnreadable
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath AccessDeniedException
        recheck: held, OverridesUnreadable
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath AccessDeniedException
          sns:Publish drift_lasts
        recheck x19: held, OverridesUnreadable
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath AccessDeniedException
        recheck: held, OverridesUnreadable
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath AccessDeniedException
          sns:Publish drift_lasts
        recheck x60: held, OverridesUnreadable
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath AccessDeniedException
        dead letters: 1
        end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
    "#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn where_the_read_is_throttled_or_unanswered_the_event_waits_until_it_is_not() {
    unreadable(
        |world| {
            let throttled = Fault::error(400, "ThrottlingException", "Rate exceeded");
            world.inject(throttled.on(Action::GetParametersByPath).times(6));
        },
        expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath ThrottlingException
              ssm:GetParametersByPath ThrottlingException
              ssm:GetParametersByPath ThrottlingException
              sns:Publish paused
            recheck: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath ThrottlingException
              ssm:GetParametersByPath ThrottlingException
              ssm:GetParametersByPath ThrottlingException
            recheck: reverted
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
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
    .await;
    unreadable(
        |world| {
            let silent = Fault::new(FaultKind::Before(Break::Timeout));
            world.inject(silent.on(Action::GetParametersByPath).times(3));
        },
        expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: held, OverridesUnreadable
              cognito-idp:DescribeUserPoolDomain
              sns:Publish paused
            recheck: reverted
              cognito-idp:DescribeUserPoolDomain
              ssm:GetParametersByPath
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
    .await;
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_read() {
    weakened(|world| {
        for nth in 0..25 {
            write(world, &format!("a{nth:02}"), &pause(world, "pos.example.com", 60));
        }
        write(world, "z", &pause(world, "*", 60));
    })
    .always(expect![[r#"
        change: auth.example.com status ACTIVE -> UPDATING
        change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        event: paused
          cognito-idp:DescribeUserPoolDomain
          ssm:GetParametersByPath
          ssm:GetParametersByPath
          ssm:GetParametersByPath
          sns:Publish paused
        end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
    "#]])
    .run()
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_override_is_gone_at_the_next_look() {
    weakened(|world| {
        write(world, "p", &pause(world, "*", 60));
        remove(world, "p");
    })
    .unchecked()
    .run_and(|end, _| assert_eq!(notices(end)[0]["kind"], "reverted"))
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_whose_read_fails_writes_nothing_and_says_so() {
    weakened(|world| {
        write(world, "p", &pause(world, "*", 1));
    })
    .in_the_likeliest_world()
    .unchecked()
    .run_and_then(async |end, _| {
        end.world.deny(Action::GetParametersByPath);
        end.platform.sweep_after(Duration::from_secs(10 * 60));
        end.platform.run_until_idle(Duration::from_secs(20 * 60)).await;
        end.journal.read(|entries| {
            let last = entries.last().unwrap();
            let error = last.result.as_ref().unwrap_err();
            assert_eq!(error.error_type.as_str(), "OverridesUnreadable");
            assert!(error.message.contains("ssm:GetParametersByPath"), "{}", error.message);
        });
        let digest = notices(end).pop().unwrap();
        assert_eq!(digest["kind"], "sweep_digest");
        let finding = digest["sweep"]["findings"][0].as_str().unwrap();
        assert!(finding.contains("the overrides cannot be read"), "{finding}");
    })
    .await;
}
