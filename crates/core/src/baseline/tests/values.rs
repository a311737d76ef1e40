//! What the attributes of a domain may be declared to be.

use super::*;

#[test]
fn a_security_policy_that_does_not_exist_names_the_nearest() {
    check_entry_refused(
        "domain: a.x\nsecurity_policy: TLS_V12",
        &expect![[
            r#"baseline.yaml:4:22: domains[0].security_policy: "TLS_V12" is not a security policy; did you mean TLS_V1_2_2021? (one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025)"#
        ]],
    );
    check_entry_refused(
        "domain: a.x\nsecurity_policy: { at_least: strong }",
        &expect![[
            r#"baseline.yaml:4:34: domains[0].security_policy.at_least: "strong" is not a security policy; write one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025"#
        ]],
    );
}

#[test]
fn a_security_policy_is_a_name_or_has_exactly_one_of_its_two_keys() {
    check_entry_refused(
        "domain: a.x\nsecurity_policy: { exactly: TLS_V1, at_least: TLS_V1 }",
        &expect![
            "baseline.yaml:4:22: domains[0].security_policy: `exactly` and `at_least` exclude each other; keep the one that is meant"
        ],
    );
    check_entry_refused(
        "domain: a.x\nsecurity_policy: {}",
        &expect![
            "baseline.yaml:4:22: domains[0].security_policy: no policy is given; write the name of a policy, or `{ at_least: NAME }` (one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025)"
        ],
    );
    check_entry_refused(
        "domain: a.x\nsecurity_policy: { atleast: TLS_V1 }",
        &expect![
            "baseline.yaml:4:24: domains[0].security_policy.atleast: there is no such key here; did you mean at_least? (one of exactly, at_least)"
        ],
    );
    check_entry_refused(
        "domain: a.x\nsecurity_policy: [TLS_V1]",
        &expect![
            "baseline.yaml:4:22: domains[0].security_policy: a list does not belong here; write the name of a policy, or `{ at_least: NAME }` (one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025)"
        ],
    );
    check_entry_refused(
        "domain: a.x\nsecurity_policy: 1.2",
        &expect![
            "baseline.yaml:4:22: domains[0].security_policy: 1.2 is a number; write the name of a policy, or `{ at_least: NAME }` (one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025)"
        ],
    );
}

#[test]
fn a_managed_login_version_is_the_number_1_or_2() {
    check_entry_refused(
        "domain: a.x\nmanaged_login_version: \"2\"",
        &expect![[
            r#"baseline.yaml:4:28: domains[0].managed_login_version: "2" is text; remove the quotes to make it a number: `managed_login_version: 2`"#
        ]],
    );
    check_entry_refused(
        "domain: a.x\nmanaged_login_version: 3",
        &expect![
            "baseline.yaml:4:28: domains[0].managed_login_version: there is no managed_login_version 3; write `managed_login_version: 1` or `managed_login_version: 2`"
        ],
    );
    check_entry_refused(
        "domain: a.x\nmanaged_login_version: latest",
        &expect![[
            r#"baseline.yaml:4:28: domains[0].managed_login_version: "latest" is text; write `managed_login_version: 1` or `managed_login_version: 2`"#
        ]],
    );
    check_entry_refused(
        "domain: a.x\nmanaged_login_version: [2]",
        &expect![
            "baseline.yaml:4:28: domains[0].managed_login_version: a list does not belong here; write `managed_login_version: 1` or `managed_login_version: 2`"
        ],
    );
}

#[test]
fn a_certificate_is_one_that_cognito_can_use() {
    for (arn, expected) in [
        (
            "certificate/1b2c",
            expect![[
                r#"baseline.yaml:4:22: domains[0].certificate_arn: "certificate/1b2c" is not an ARN; write the ARN of an ACM certificate: arn:aws:acm:us-east-1:111122223333:certificate/ID"#
            ]],
        ),
        (
            "arn:aws:iam::111122223333:server-certificate/x",
            expect![[
                r#"baseline.yaml:4:22: domains[0].certificate_arn: "arn:aws:iam::111122223333:server-certificate/x" is not the ARN of an ACM certificate; write the ARN of an ACM certificate: arn:aws:acm:us-east-1:111122223333:certificate/ID"#
            ]],
        ),
        (
            "arn:aws:acm:us-east-1:1111:certificate/1b2c",
            expect![[
                r#"baseline.yaml:4:22: domains[0].certificate_arn: "arn:aws:acm:us-east-1:1111:certificate/1b2c" has no account of 12 digits; write the ARN of an ACM certificate: arn:aws:acm:us-east-1:111122223333:certificate/ID"#
            ]],
        ),
        (
            "arn:aws:acm:virginia:111122223333:certificate/1b2c",
            expect![[
                r#"baseline.yaml:4:22: domains[0].certificate_arn: "arn:aws:acm:virginia:111122223333:certificate/1b2c" has no AWS region; write the ARN of an ACM certificate: arn:aws:acm:us-east-1:111122223333:certificate/ID"#
            ]],
        ),
        (
            "arn:gcp:acm:us-east-1:111122223333:certificate/1b2c",
            expect![[
                r#"baseline.yaml:4:22: domains[0].certificate_arn: "arn:gcp:acm:us-east-1:111122223333:certificate/1b2c" is in no partition of AWS; write the ARN of an ACM certificate: arn:aws:acm:us-east-1:111122223333:certificate/ID"#
            ]],
        ),
        (
            "arn:aws:acm:eu-west-1:111122223333:certificate/1b2c",
            expect![[
                r#"baseline.yaml:4:22: domains[0].certificate_arn: "arn:aws:acm:eu-west-1:111122223333:certificate/1b2c" is not in us-east-1, where Cognito takes the certificates of custom domains from; write the ARN of a certificate that ACM issued or imported in us-east-1"#
            ]],
        ),
    ] {
        check_entry_refused(&format!("domain: a.x\ncertificate_arn: {arn}"), &expected);
    }
    check_entry_refused(
        "domain: a.x\ncertificate_arn: ''",
        &expect![[r#"
            baseline.yaml:4:22: domains[0].certificate_arn: "" is not an ARN; write the ARN of an ACM certificate: arn:aws:acm:us-east-1:111122223333:certificate/ID"#]],
    );
}

#[test]
fn routing_is_none_or_a_failover_and_never_null() {
    check_entry_refused(
        "domain: a.x\nrouting: null",
        &expect![
            "baseline.yaml:4:5: domains[0].routing: no value is given; write `none` for no failover, or remove the key to leave routing alone"
        ],
    );
    check_entry_refused(
        "domain: a.x\nrouting:",
        &expect![
            "baseline.yaml:4:5: domains[0].routing: no value is given; write `none` for no failover, or remove the key to leave routing alone"
        ],
    );
    check_entry_refused(
        "domain: a.x\nrouting: false",
        &expect![
            "baseline.yaml:4:14: domains[0].routing: false is a boolean; write `{ failover: { secondary_region: REGION, primary_route53_health_check_id: ID } }`, or `none`"
        ],
    );
    check_entry_refused(
        "domain: a.x\nrouting: {}",
        &expect![
            "baseline.yaml:4:14: domains[0].routing: no failover is given; write `{ failover: { secondary_region: REGION, primary_route53_health_check_id: ID } }`, or `none`"
        ],
    );
    check_entry_refused(
        "domain: a.x\nrouting: us-west-2",
        &expect![[
            r#"baseline.yaml:4:14: domains[0].routing: "us-west-2" is text; write `{ failover: { secondary_region: REGION, primary_route53_health_check_id: ID } }`, or `none`"#
        ]],
    );
}

#[test]
fn a_failover_has_both_members() {
    check_entry_refused(
        "domain: a.x\nrouting:\n  failover: {}",
        &expect![[r#"
            baseline.yaml:5:17: domains[0].routing.failover.secondary_region: this key is missing; write the region that takes over, such as us-west-2
            baseline.yaml:5:17: domains[0].routing.failover.primary_route53_health_check_id: this key is missing; write the ID of the Route 53 health check that decides when to fail over"#]],
    );
    check_entry_refused(
        "domain: a.x\nrouting: { failover: { secondary_region: us-west-2 } }",
        &expect![
            "baseline.yaml:4:26: domains[0].routing.failover.primary_route53_health_check_id: this key is missing; write the ID of the Route 53 health check that decides when to fail over"
        ],
    );
    check_entry_refused(
        "domain: a.x\nrouting:\n  failover:\n    secondary_region: Oregon\n    primary_route53_health_check_id: arn:aws:route53:::healthcheck/0a1b",
        &expect![[r#"
                baseline.yaml:6:27: domains[0].routing.failover.secondary_region: "Oregon" is not an AWS region; write the region that takes over by its code, such as us-west-2
                baseline.yaml:7:42: domains[0].routing.failover.primary_route53_health_check_id: "arn:aws:route53:::healthcheck/0a1b" is more than the ID of a health check; write "0a1b""#]],
    );
    check_entry_refused(
        "domain: a.x\nrouting:\n  failover:\n    secondary_region: ''\n    primary_route53_health_check_id: 12",
        &expect![[r#"
            baseline.yaml:6:27: domains[0].routing.failover.secondary_region: this text is empty; write the region that takes over, such as us-west-2
            baseline.yaml:7:42: domains[0].routing.failover.primary_route53_health_check_id: 12 is a number; write the ID of a Route 53 health check, such as 0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8; if this is it, put it in quotes: "12""#]],
    );
}
