//! What the guard leaves as it is, and says so.

use cognito_domain_guard::domain::{Domain, Hosting, ObservedPolicy, Status};
use cognito_domain_guard_sandbox::World;
use expect_test::expect;

use crate::check::check;

/// Makes auth.example.com another domain, as no call could.
fn make(world: &World, change: impl FnOnce(&mut Domain)) {
    let mut domain = world.domain("auth.example.com").unwrap();
    change(&mut domain);
    world.put_domain(domain);
}

#[tokio::test(start_paused = true)]
async fn a_failed_domain_is_left_to_people() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            make(world, |domain| domain.status = Status::Failed);
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: refused
              cognito-idp:DescribeUserPoolDomain
              sns:Publish refused
            end: auth.example.com status ACTIVE -> FAILED
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_of_another_pool_than_the_events_is_not_touched() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            make(world, |domain| domain.user_pool_id = "eu-central-1_Elsewhere".to_owned());
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: refused
              cognito-idp:DescribeUserPoolDomain
              sns:Publish refused
            end: auth.example.com user_pool eu-central-1_Ab12Cd34E -> eu-central-1_Elsewhere
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_of_another_account_is_not_touched() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            make(world, |domain| domain.account = Some("444455556666".to_owned()));
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: refused
              cognito-idp:DescribeUserPoolDomain
              sns:Publish refused
            end: auth.example.com account 111122223333 -> 444455556666
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_custom_domain_without_a_known_certificate_cannot_be_updated() {
    check("update-weakens-tls.json")
        .late()
        .baseline("{ version: 1, defaults: { security_policy: TLS_V1_3_2025 } }")
        .arrange(|world| {
            make(world, |domain| {
                let Hosting::Custom(custom) = &mut domain.hosting else { panic!() };
                custom.certificate_arn = None
            });
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com managed_login_version 1 -> 2
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            change: auth.example.com routing none -> us-west-2/0a1b2c3d
            change: auth.example.com certificate 00000000 -> 1b2c3d4e
            event: refused
              cognito-idp:DescribeUserPoolDomain
              sns:Publish refused
            end: auth.example.com managed_login_version 1 -> 2
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            end: auth.example.com routing none -> us-west-2/0a1b2c3d
            end: auth.example.com certificate 00000000 -> none
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn tls_1_0_is_not_declared_together_with_managed_login_that_nobody_declared() {
    check("update-weakens-tls.json")
        .late()
        .baseline("{ version: 1, defaults: { security_policy: TLS_V1 } }")
        .arrange(|world| {
            make(world, |domain| domain.managed_login_version = Some(2));
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com managed_login_version 1 -> 2
            change: auth.example.com security_policy TLS_V1 -> TLS_V1_2_2021
            change: auth.example.com routing none -> us-west-2/0a1b2c3d
            change: auth.example.com certificate 00000000 -> 1b2c3d4e
            event: refused
              cognito-idp:DescribeUserPoolDomain
              sns:Publish refused
            end: auth.example.com managed_login_version 1 -> 2
            end: auth.example.com security_policy TLS_V1 -> TLS_V1_2_2021
            end: auth.example.com routing none -> us-west-2/0a1b2c3d
            end: auth.example.com certificate 00000000 -> 1b2c3d4e
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_newer_than_this_build_is_not_replaced_by_an_exact_one_either() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            make(world, |domain| {
                let Hosting::Custom(custom) = &mut domain.hosting else { panic!() };
                custom.security_policy = ObservedPolicy::from_name("TLS_V1_4_2030")
            });
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: refused
              cognito-idp:DescribeUserPoolDomain
              sns:Publish refused
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_4_2030
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_newer_than_this_build_goes_back_as_it_is_when_something_else_drifted() {
    check("update-weakens-tls.json")
        .late()
        .arrange(|world| {
            make(world, |domain| {
                let Hosting::Custom(custom) = &mut domain.hosting else { panic!() };
                custom.security_policy = ObservedPolicy::from_name("TLS_V1_4_2030");
                custom.failover = None
            });
        })
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            event: reverted
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
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_4_2030
        "#]])
        .run()
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_an_entry_for_other_places_declares_is_not_put_back_here() {
    for place in ["regions: [us-east-1]", "accounts: [\"444455556666\"]"] {
        check("update-weakens-tls.json")
            .late()
            .baseline(&format!(
                "version: 1\ndomains: [{{ domain: auth.example.com, {place}, security_policy: TLS_V1_3_2025 }}]\n"
            ))
            .in_the_likeliest_world()
            .always(expect![[r#"
                change: auth.example.com status ACTIVE -> UPDATING
                change: auth.example.com managed_login_version 1 -> 2
                change: auth.example.com routing none -> us-west-2/0a1b2c3d
                change: auth.example.com certificate 00000000 -> 1b2c3d4e
                event: unmanaged
                  cognito-idp:DescribeUserPoolDomain
                end: auth.example.com managed_login_version 1 -> 2
                end: auth.example.com routing none -> us-west-2/0a1b2c3d
                end: auth.example.com certificate 00000000 -> 1b2c3d4e
            "#]])
            .run()
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_in_audit_mode_is_not_written_to_though_an_entry_says_enforce() {
    check("update-weakens-tls.json")
        .late()
        .baseline(
            "version: 1\naccounts: { here: { id: \"111122223333\", mode: audit } }\ndomains: [{ domain: \
             auth.example.com, mode: enforce, security_policy: TLS_V1_3_2025 }]\n",
        )
        .in_the_likeliest_world()
        .always(expect![[r#"
            change: auth.example.com status ACTIVE -> UPDATING
            change: auth.example.com managed_login_version 1 -> 2
            change: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            change: auth.example.com routing none -> us-west-2/0a1b2c3d
            change: auth.example.com certificate 00000000 -> 1b2c3d4e
            event: audited
              cognito-idp:DescribeUserPoolDomain
              sns:Publish audit
            end: auth.example.com managed_login_version 1 -> 2
            end: auth.example.com security_policy TLS_V1_3_2025 -> TLS_V1_2_2021
            end: auth.example.com routing none -> us-west-2/0a1b2c3d
            end: auth.example.com certificate 00000000 -> 1b2c3d4e
        "#]])
        .run()
        .await;
}
