//! A domain was changed.

use expect_test::expect;

use crate::check::check;

#[tokio::test(start_paused = true)]
async fn a_weakened_policy_is_raised_to_what_is_declared() {
    check("update-weakens-tls.json")
        .put_back(&["security_policy TLS_V1_3_2025 -> TLS_V1_2_2021"])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_failover_is_set_again() {
    check("update-removes-failover.json")
        .put_back_when("empty-routing=removes", &["routing us-west-2/0a1b2c3d -> none"])
        .when(
            "empty-routing=keeps",
            expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                event: held, DomainSettling
                  cognito-idp:DescribeUserPoolDomain
                recheck x4: held, DomainSettling
                  cognito-idp:DescribeUserPoolDomain
                recheck: in_sync
                  cognito-idp:DescribeUserPoolDomain
                end: as before the change
            "#]],
        )
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_changed_failover_is_set_back() {
    check("update-changes-failover.json")
        .put_back(&["routing us-west-2/0a1b2c3d -> eu-west-1/5c6d7e8f"])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_downgraded_managed_login_goes_back_with_all_that_cognito_reset_beside_it() {
    check("update-downgrades-login.json")
        .put_back_when("omitted=kept", &["managed_login_version 2 -> 1"])
        .put_back_when(
            "omitted=reset",
            &[
                "managed_login_version 2 -> 1",
                "security_policy TLS_V1_3_2025 -> TLS_V1",
                "routing us-west-2/0a1b2c3d -> none",
            ],
        )
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_replaced_certificate_goes_back_though_a_stack_replaced_it() {
    check("update-replaces-certificate.json")
        .put_back(&["certificate 1b2c3d4e -> 9f8e7d6c"])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_created_below_the_floor_is_raised_to_it_when_cognito_lets_it() {
    check("create-below-floor.json")
        .when("busy=accepted", expect![[r#"
            change: login.example.com is new: status CREATING, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
            event: reverted
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain
              sns:Publish reverted
              sns:Publish domain_created
            own event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck x59: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck: restored
              cognito-idp:DescribeUserPoolDomain
              sns:Publish restored
            end: login.example.com is new: status ACTIVE, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1_2_2021, routing none, certificate 2c3d4e5f
        "#]])
        .when("busy=conflict,invalid", expect![[r#"
            change: login.example.com is new: status CREATING, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1, routing none, certificate 2c3d4e5f
            event: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
              cognito-idp:UpdateUserPoolDomain <busy>
              sns:Publish drift_detected
              sns:Publish domain_created
            recheck x9: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
              sns:Publish drift_lasts
            recheck x19: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
            recheck: held, DomainBusy
              cognito-idp:DescribeUserPoolDomain
              sns:Publish drift_lasts
            recheck x29: held, DomainBusy
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
            end: login.example.com is new: status ACTIVE, managed_login_version 1, user_pool eu-central-1_Fg56Hi78J, account 111122223333, security_policy TLS_V1_2_2021, routing none, certificate 2c3d4e5f
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_prefix_domain_has_no_policy_to_keep() {
    check("create-prefix.json").always(expect![[r#"
        change: example-login is new: status CREATING, managed_login_version 2, user_pool eu-central-1_Fg56Hi78J, account 111122223333, hosting prefix
        event: held, DomainSettling
          cognito-idp:DescribeUserPoolDomain
        recheck: in_sync
          cognito-idp:DescribeUserPoolDomain
        end: example-login is new: status ACTIVE, managed_login_version 2, user_pool eu-central-1_Fg56Hi78J, account 111122223333, hosting prefix
    "#]]).run().await;
}

#[tokio::test(start_paused = true)]
async fn a_deleted_domain_is_notified_and_never_created() {
    check("delete-declared.json")
        .always(expect![[r#"
            change: auth.example.com is gone
            event: gone
              cognito-idp:DescribeUserPoolDomain
              sns:Publish domain_deleted
            end: auth.example.com is gone
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_to_what_is_declared_is_looked_at_until_it_is_in_effect_and_no_more() {
    check("update-compliant.json")
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            event: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck x4: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck: in_sync
              cognito-idp:DescribeUserPoolDomain
            end: as before the change
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn drift_in_audit_mode_is_notified_and_left() {
    check("update-audit-domain.json")
        .when(
            "describe=fresh",
            expect![[r#"
                change: x.dev.example.com status ACTIVE -> UPDATING
                change: x.dev.example.com managed_login_version 1 -> 2
                change: x.dev.example.com routing none -> eu-west-1/6d7e8f90
                change: x.dev.example.com certificate 00000000 -> 4e5f6071
                event: audited
                  cognito-idp:DescribeUserPoolDomain
                  sns:Publish audit
                end: x.dev.example.com status ACTIVE -> UPDATING
                end: x.dev.example.com managed_login_version 1 -> 2
                end: x.dev.example.com routing none -> eu-west-1/6d7e8f90
                end: x.dev.example.com certificate 00000000 -> 4e5f6071
            "#]],
        )
        .when(
            "describe=lags",
            expect![[r#"
                change: x.dev.example.com status ACTIVE -> UPDATING
                change: x.dev.example.com managed_login_version 1 -> 2
                change: x.dev.example.com routing none -> eu-west-1/6d7e8f90
                change: x.dev.example.com certificate 00000000 -> 4e5f6071
                event: held, DomainSettling
                  cognito-idp:DescribeUserPoolDomain
                recheck x4: held, DomainSettling
                  cognito-idp:DescribeUserPoolDomain
                recheck: audited
                  cognito-idp:DescribeUserPoolDomain
                  sns:Publish audit
                end: x.dev.example.com managed_login_version 1 -> 2
                end: x.dev.example.com routing none -> eu-west-1/6d7e8f90
                end: x.dev.example.com certificate 00000000 -> 4e5f6071
            "#]],
        )
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn exempt_drift_is_notified_and_left() {
    check("update-exempt.json")
        .always(expect![[r#"
            change: pos.example.com status ACTIVE -> UPDATING
            change: pos.example.com security_policy TLS_V1_2_2021 -> TLS_V1
            change: pos.example.com certificate 00000000 -> 3d4e5f60
            event: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck x4: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck: exempt
              cognito-idp:DescribeUserPoolDomain
              sns:Publish exempted
            end: pos.example.com security_policy TLS_V1_2_2021 -> TLS_V1
            end: pos.example.com certificate 00000000 -> 3d4e5f60
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_newer_than_this_build_is_left_alone_and_told() {
    check("update-unknown-policy.json")
        .always(expect![[r#"
            change: login.example.com status ACTIVE -> UPDATING
            change: login.example.com managed_login_version 1 -> 2
            change: login.example.com security_policy TLS_V1_2_2021 -> TLS_V1_3_2027
            change: login.example.com certificate 00000000 -> 2c3d4e5f
            event: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck x4: held, DomainSettling
              cognito-idp:DescribeUserPoolDomain
            recheck: refused
              cognito-idp:DescribeUserPoolDomain
              sns:Publish refused
            end: login.example.com managed_login_version 1 -> 2
            end: login.example.com security_policy TLS_V1_2_2021 -> TLS_V1_3_2027
            end: login.example.com certificate 00000000 -> 2c3d4e5f
        "#]])
        .run()
        .await;
}
