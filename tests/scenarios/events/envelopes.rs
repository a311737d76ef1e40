//! What was left out, what is ignored, sweeps and rechecks.

use expect_test::expect;

use crate::check::check;

#[tokio::test(start_paused = true)]
async fn a_failed_call_is_ignored() {
    check("update-failed-call.json")
        .always(expect![[r#"
            event: ignored
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_hides_its_domain_has_all_domains_of_its_pool_looked_at() {
    check("update-without-domain.json")
        .always(expect![[r#"
            event: in_sync
              cognito-idp:DescribeUserPool
              cognito-idp:DescribeUserPoolDomain
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_event_that_names_nothing_ends_among_the_dead_letters() {
    check("update-nothing-to-go-by.json")
        .always(expect![[r#"
            event: nothing, Unreadable
            recheck x90: nothing, Unreadable
            dead letters: 1
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn another_call_to_cognito_is_ignored() {
    check("unrelated-event.json")
        .always(expect![[r#"
            event: ignored
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_to_another_service_is_ignored() {
    check("other-source.json")
        .always(expect![[r#"
            event: ignored
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_of_domains_at_their_baseline_only_reads() {
    check("scheduled-sweep.json")
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
async fn a_sweep_after_a_deployment_is_a_sweep() {
    check("deployment-sweep.json")
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
async fn a_sweep_that_somebody_asks_for_is_a_sweep() {
    check("sweep-now.json")
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
async fn an_override_that_was_made_is_notified_and_its_domain_looked_at() {
    check("override-made.json")
        .overridable()
        .always(expect![[r#"
            event: nothing
              ssm:GetParametersByPath
              sns:Publish override_changed
              cognito-idp:DescribeUserPoolDomain
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn overrides_that_were_removed_are_notified_and_their_domains_looked_at() {
    check("override-removed.json")
        .overridable()
        .always(expect![[r#"
            event: nothing
              ssm:GetParametersByPath
              sns:Publish override_changed
              cognito-idp:DescribeUserPoolDomain
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_destination_record_of_a_busy_domain_is_looked_at_again_without_telling_twice() {
    check("recheck-destination-record.json")
        .when(
            "busy=accepted describe=fresh",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
                recheck x4: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
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
            "describe=lags",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
                recheck x4: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
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
            "busy=conflict,invalid describe=fresh",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
                recheck x4: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
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

#[tokio::test(start_paused = true)]
async fn a_bare_event_on_the_queue_is_looked_at_until_it_is_restored() {
    check("recheck-bare-event.json")
        .when(
            "busy=accepted describe=fresh",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
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
            "describe=lags",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
                recheck: held, DomainSettling
                  cognito-idp:DescribeUserPoolDomain
                recheck x3: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
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
            "busy=conflict,invalid describe=fresh",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
                recheck: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
                  cognito-idp:UpdateUserPoolDomain <busy>
                  sns:Publish drift_detected
                recheck x3: held, DomainBusy
                  cognito-idp:DescribeUserPoolDomain
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

#[tokio::test(start_paused = true)]
async fn a_bare_cloudtrail_record_is_answered_like_its_event() {
    check("cloudtrail-record.json")
        .put_back(&["security_policy TLS_V1_3_2025 -> TLS_V1_2_2021"])
        .run()
        .await;
}
