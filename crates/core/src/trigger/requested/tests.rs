use serde_json::{Value, json};

use super::{Asked, Requested, RequestedFailover, parameters};
use crate::domain::{Attribute, CustomDomain, Domain, Hosting, ObservedPolicy, Status};

fn read(record: &Value) -> Requested {
    Requested::read(parameters(record).as_deref())
}

fn of(parameters: &Value) -> Requested {
    read(&json!({ "requestParameters": parameters }))
}

fn everything() -> Requested {
    Requested {
        security_policy: Asked::Value("TLS_V1".to_owned()),
        certificate_arn: Asked::Value("arn:1".to_owned()),
        managed_login_version: Asked::Value(2),
        failover: Asked::Value(RequestedFailover {
            secondary_region: Asked::Value("us-west-2".to_owned()),
            primary_route53_health_check_id: Asked::Value("0a1b".to_owned()),
        }),
    }
}

#[test]
fn the_same_call_is_read_from_every_form_that_a_record_may_have() {
    let camel = json!({
        "customDomainConfig": { "certificateArn": "arn:1", "securityPolicy": "TLS_V1" },
        "managedLoginVersion": 2,
        "routing": { "failover": {
            "secondaryRegion": "us-west-2", "primaryRoute53HealthCheckId": "0a1b" } },
    });
    let pascal = json!({
        "CustomDomainConfig": { "CertificateArn": "arn:1", "SecurityPolicy": "TLS_V1" },
        "ManagedLoginVersion": 2.0,
        "Routing": { "Failover": {
            "SecondaryRegion": "us-west-2", "PrimaryRoute53HealthCheckId": "0a1b" } },
    });
    let snake = json!({
        "custom_domain_config": { "certificate_arn": "arn:1", "security_policy": "TLS_V1" },
        "managed_login_version": "2",
        "routing": { "failover": {
            "secondary_region": "us-west-2", "primary_route53_health_check_id": "0a1b" } },
    });
    let nested = json!({
        "customDomainConfig": r#"{"certificateArn": "arn:1", "securityPolicy": "TLS_V1"}"#,
        "managedLoginVersion": " 2.0 ",
        "routing": r#" {"failover": "{\"secondaryRegion\": \"us-west-2\", \"primaryRoute53HealthCheckId\": \"0a1b\"}"}"#,
    });
    let spaced = json!({
        "CUSTOMDOMAINCONFIG": { "certificateARN": " arn:1 ", "securitypolicy": "TLS_V1\n" },
        "managed_Login_Version": "2e0 ",
        "routing": { "failover": {
            "SecondaryRegion": "us-west-2 ", "primary_route53_health_check_id": "0a1b" } },
    });
    for form in [&camel, &pascal, &snake, &nested, &spaced] {
        assert_eq!(of(form), everything(), "{form}");
        let text = form.to_string();
        assert_eq!(of(&json!(text)), everything(), "{form} as text");
        let twice = json!(json!(text).to_string());
        assert_eq!(of(&twice), everything(), "{form} as text in a text");
    }
    for number in [json!(2), json!(2.0), json!("2"), json!("+2"), json!("2.00"), json!(20e-1)] {
        let read = of(&json!({ "managedLoginVersion": number }));
        assert_eq!(read.managed_login_version, Asked::Value(2), "{number}");
    }
}

#[test]
fn parameters_that_cloudtrail_left_out_for_their_size_are_unreadable_in_every_member() {
    for mark in [
        json!({ "omitted": true }),
        json!({ "omitted": "true", "originalSize": 112_358, "reason": "too large" }),
        json!({ "domain": "auth.example.com", "userPoolId": "eu-central-1_A", "omitted": true }),
        json!({ "domain": "auth.example.com", "Truncated": true, "managedLoginVersion": 2 }),
    ] {
        assert_eq!(of(&mark), Requested::UNREADABLE, "{mark}");
    }
    assert_eq!(of(&json!({ "omitted": false })), Requested::default());
    assert_eq!(of(&json!({ "omitted": null })), Requested::default());
}

#[test]
fn what_cognito_does_not_report_is_what_is_then_in_effect() {
    let domain = Domain {
        name: "auth.example.com".to_owned(),
        user_pool_id: "eu-central-1_A".to_owned(),
        account: None,
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some("arn:1".to_owned()),
            security_policy: ObservedPolicy::Absent,
            failover: None,
        }),
        managed_login_version: None,
    };
    let asked = json!({
        "customDomainConfig": { "certificateArn": "ARN:1", "securityPolicy": "TLS_V1" },
        "managedLoginVersion": 1,
    });
    assert!(of(&asked).is_shown_by(&domain));
    let other = of(&json!({
        "customDomainConfig": { "securityPolicy": "TLS_V1_2_2021" }, "managedLoginVersion": 2 }));
    for attribute in [Attribute::SecurityPolicy, Attribute::ManagedLoginVersion] {
        assert!(other.is_contradicted_by(&domain, attribute), "{attribute}");
    }
    // No call leaves a custom domain without a certificate, so nobody is cleared by such a record.
    let lost = of(&json!({ "customDomainConfig": { "certificateArn": null } }));
    assert!(!lost.is_shown_by(&domain));
    assert!(!lost.is_contradicted_by(&domain, Attribute::CertificateArn));
}

#[test]
fn what_is_absent_or_null_was_not_asked() {
    assert_eq!(of(&json!({})), Requested::default());
    assert_eq!(of(&json!({ "domain": "auth.example.com" })), Requested::default());
    let nulls = json!({ "customDomainConfig": null, "managedLoginVersion": null, "routing": null });
    assert_eq!(of(&nulls), Requested::default());
    let partly =
        of(&json!({ "customDomainConfig": { "certificateArn": "arn:1", "securityPolicy": null } }));
    assert_eq!(partly.security_policy, Asked::NotAsked);
    let region = of(&json!({ "routing": { "failover": { "secondaryRegion": "us-west-2" } } }));
    let expected = RequestedFailover {
        secondary_region: Asked::Value("us-west-2".to_owned()),
        primary_route53_health_check_id: Asked::NotAsked,
    };
    assert_eq!(region.failover, Asked::Value(expected));
}

#[test]
fn an_empty_object_asks_for_none_also_where_its_members_are_null_or_it_is_in_a_text() {
    for routing in [
        json!({}),
        json!({ "failover": {} }),
        json!({ "failover": null }),
        json!({ "Failover": { "SecondaryRegion": null } }),
        json!("{}"),
        json!({ "failover": "{}" }),
    ] {
        assert_eq!(of(&json!({ "routing": routing })).failover, Asked::None, "{routing}");
    }
    let config = of(&json!({ "customDomainConfig": {} }));
    assert_eq!(config.security_policy, Asked::None);
    assert_eq!(config.certificate_arn, Asked::None);
}

#[test]
fn what_is_hidden_of_another_type_newer_or_said_twice_is_unreadable() {
    for (name, value) in [
        ("customDomainConfig", json!("HIDDEN_DUE_TO_SECURITY_REASONS")),
        ("customDomainConfig", json!(["TLS_V1"])),
        ("customDomainConfig", json!({ "securityPolicy": "HIDDEN_DUE_TO_SECURITY_REASONS" })),
        ("customDomainConfig", json!({ "securityPolicy": 1 })),
        ("customDomainConfig", json!({ "securityPolicy": "" })),
        ("customDomainConfig", json!({ "securityPolicy": {} })),
        ("customDomainConfig", json!([{ "securityPolicy": "TLS_V1" }])),
        ("customDomainConfig", json!("TLS_V1")),
        ("customDomainConfig", json!(true)),
        ("customDomainConfig", json!({ "securityPolicy": ["TLS_V1"] })),
        (
            "customDomainConfig",
            json!({ "securityPolicy": "TLS_V1", "SecurityPolicy": "TLS_V1_3_2025" }),
        ),
    ] {
        let read = of(&json!({ name: value }));
        assert_eq!(read.security_policy, Asked::Unreadable, "{value}");
    }
    for value in [
        json!("HIDDEN_DUE_TO_SECURITY_REASONS"),
        json!("two"),
        json!(""),
        json!(2.5),
        json!(1e300),
        json!(true),
        json!([2]),
        json!({ "version": 2 }),
        json!({}),
        json!("{}"),
        json!("none"),
        json!(false),
    ] {
        let read = of(&json!({ "managedLoginVersion": value }));
        assert_eq!(read.managed_login_version, Asked::Unreadable, "{value}");
    }
    for value in [
        json!("none"),
        json!(false),
        json!([]),
        json!("None"),
        json!(""),
        json!(0),
        json!([{}]),
        json!({ "failover": "none" }),
        json!({ "failover": [{ "secondaryRegion": "us-west-2" }] }),
        json!({ "failover": "HIDDEN_DUE_TO_SECURITY_REASONS" }),
        json!({ "failover": {}, "Failover": { "secondaryRegion": "us-west-2" } }),
        json!({ "failover": {
            "secondaryRegion": "", "primaryRoute53HealthCheckId": "" } }),
        json!({ "failover": {
            "secondaryRegion": "HIDDEN_DUE_TO_SECURITY_REASONS",
            "primaryRoute53HealthCheckId": "HIDDEN_DUE_TO_SECURITY_REASONS" } }),
        json!({ "weighted": { "region": "us-west-2" } }),
        json!({ "failover": { "secondaryRegion": "us-west-2" }, "weighted": 1 }),
        json!({ "failover": { "secondaryRegion": "us-west-2", "delay": 5 } }),
    ] {
        let read = of(&json!({ "routing": value }));
        assert_eq!(read.failover, Asked::Unreadable, "{value}");
    }
}

#[test]
fn a_call_without_parameters_that_can_be_read_is_unreadable_in_every_member() {
    for record in [
        json!({}),
        json!({ "requestParameters": null }),
        json!({ "requestParameters": "HIDDEN_DUE_TO_SECURITY_REASONS" }),
        json!({ "requestParameters": ["auth.example.com"] }),
        json!({ "requestParameters": "{\"domain\": " }),
    ] {
        assert_eq!(read(&record), Requested::UNREADABLE, "{record}");
    }
}
