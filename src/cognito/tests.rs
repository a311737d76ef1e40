//! The oddities of a description.

use super::*;
use crate::domain::SecurityPolicy;

fn config(arn: &str, policy: Option<&str>) -> CustomDomainConfigType {
    CustomDomainConfigType::builder()
        .certificate_arn(arn)
        .set_security_policy(policy.map(SecurityPolicyType::from))
        .build()
        .unwrap()
}

fn described() -> DomainDescriptionType {
    DomainDescriptionType::builder()
        .domain("auth.example.com")
        .user_pool_id("eu-central-1_EXAMPLE01")
        .status(DomainStatusType::Active)
        .custom_domain_config(config("arn:certificate", Some("TLS_V1_2_2021")))
        .build()
}

fn with(
    mut found: DomainDescriptionType,
    change: impl FnOnce(&mut DomainDescriptionType),
) -> DomainDescriptionType {
    change(&mut found);
    found
}

fn custom(name: &str, found: DomainDescriptionType) -> CustomDomain {
    match domain(name, found).unwrap().hosting {
        Hosting::Custom(custom) => custom,
        Hosting::Prefix => panic!("a prefix domain"),
    }
}

#[test]
fn a_description_without_members_is_no_domain_and_one_with_any_of_three_is() {
    let empty = || DomainDescriptionType::builder().build();
    assert_eq!(domain("auth.example.com", empty()), None);
    let blank = with(empty(), |found| found.user_pool_id = Some(String::new()));
    assert_eq!(domain("auth.example.com", blank), None);
    let named = with(empty(), |found| found.domain = Some("auth.example.com".into()));
    let seen = domain("auth.example.com", named).unwrap();
    assert_eq!(seen.status, Status::Unknown("unknown".to_owned()));
    assert_eq!((seen.user_pool_id.as_str(), seen.account), ("", None));
}

#[test]
fn an_empty_custom_config_is_a_prefix_domain_unless_the_name_has_a_dot() {
    let empty = with(described(), |found| found.custom_domain_config = Some(config("", None)));
    assert_eq!(domain("prefix", empty.clone()).unwrap().hosting, Hosting::Prefix);
    let nameless = custom("auth.example.com", empty);
    assert_eq!(
        (nameless.certificate_arn, nameless.security_policy),
        (None, ObservedPolicy::Absent)
    );
    let absent = with(described(), |found| found.custom_domain_config = None);
    assert_eq!(custom("auth.example.com", absent).certificate_arn, None);
}

#[test]
fn a_policy_is_known_unknown_or_absent() {
    for (sent, expected) in [
        (None, ObservedPolicy::Absent),
        (Some(""), ObservedPolicy::Absent),
        (Some("TLS_V1"), ObservedPolicy::Known(SecurityPolicy::TlsV1)),
        (Some("TLS_V1_3_2025"), ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025)),
        (Some("TLS_V2_2031"), ObservedPolicy::Unknown("TLS_V2_2031".to_owned())),
    ] {
        let config = config("arn:certificate", sent);
        let found = with(described(), |found| found.custom_domain_config = Some(config));
        assert_eq!(custom("auth.example.com", found).security_policy, expected);
    }
}

#[test]
fn an_empty_routing_and_an_empty_failover_are_none_and_half_a_failover_is_one() {
    let failover = |region: &str, check: &str| {
        FailoverType::builder()
            .secondary_region(region)
            .primary_route53_health_check_id(check)
            .build()
            .unwrap()
    };
    let shown = |routing: Option<RoutingType>| {
        custom("auth.example.com", with(described(), |found| found.routing = routing)).failover
    };
    let routed = |failover| Some(RoutingType::builder().failover(failover).build());
    assert_eq!(shown(None), None);
    assert_eq!(shown(Some(RoutingType::builder().build())), None);
    assert_eq!(shown(routed(failover("", ""))), None);
    assert_eq!(
        shown(routed(failover("us-west-2", ""))),
        Some(Failover {
            secondary_region: "us-west-2".to_owned(),
            primary_route53_health_check_id: String::new(),
        })
    );
}

#[test]
fn a_status_newer_than_this_build_keeps_its_name() {
    for (sent, expected) in [
        ("ACTIVE", Status::Active),
        ("CREATING", Status::Creating),
        ("UPDATING", Status::Updating),
        ("DELETING", Status::Deleting),
        ("FAILED", Status::Failed),
        ("MIGRATING", Status::Unknown("MIGRATING".to_owned())),
    ] {
        assert_eq!(status(Some(&DomainStatusType::from(sent))), expected);
    }
    assert_eq!(status(None), Status::Unknown("unknown".to_owned()));
}
