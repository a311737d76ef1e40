//! Any domain, baseline and change: a decision is made, it weakens nothing, and it changes nothing
//! that was not declared.
#![no_main]

use fuzz::baseline::{Baseline, PolicyRule};
use fuzz::domain::{
    Attribute, CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use fuzz::memory::Earlier;
use fuzz::overrides::Known;
use fuzz::plan::{Decision, Purpose, RoutingUpdate, decide, seen_through};
use fuzz::trigger::{Change, Payload, Trigger, read};
use fuzz::{guard, home, now, reach};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const NAME: &str = "auth.example.com";
const POLICIES: [&str; 6] = ["TLS_V1", "TLS_V1_2_2021", "TLS_V1_3_2025", "TLS_V2_2031", "", "tls"];
const CERTIFICATES: [&str; 2] = [
    "arn:aws:acm:us-east-1:111122223333:certificate/1b2c",
    "arn:aws:acm:us-east-1:111122223333:certificate/9f8e",
];
const REGIONS: [&str; 2] = ["us-west-2", "eu-west-1"];
const CHECKS: [&str; 2] = ["0a1b2c3d", "4e5f6071"];

/// One of a few that are likely, or any text.
fn text(u: &mut Unstructured<'_>, likely: &[&str]) -> Result<String> {
    if u.ratio(9, 10)? { Ok((*u.choose(likely)?).to_owned()) } else { u.arbitrary() }
}

fn domain(u: &mut Unstructured<'_>) -> Result<Domain> {
    let custom = CustomDomain {
        certificate_arn: u.ratio(9, 10)?.then(|| text(u, &CERTIFICATES)).transpose()?,
        security_policy: match u.int_in_range(0..=5)? {
            0 => ObservedPolicy::Absent,
            _ => ObservedPolicy::from_name(&text(u, &POLICIES)?),
        },
        failover: if u.arbitrary()? {
            Some(Failover {
                secondary_region: text(u, &REGIONS)?,
                primary_route53_health_check_id: text(u, &CHECKS)?,
            })
        } else {
            None
        },
    };
    Ok(Domain {
        name: NAME.to_owned(),
        user_pool_id: text(u, &["eu-central-1_Ab12Cd34E", "eu-central-1_OTHER", ""])?,
        account: match u.int_in_range(0..=3)? {
            0 => None,
            1 => Some(text(u, &["444455556666"])?),
            _ => Some("111122223333".to_owned()),
        },
        status: match u.int_in_range(0..=7)? {
            0 => Status::Updating,
            1 => Status::Creating,
            2 => Status::Deleting,
            3 => Status::Failed,
            4 => Status::Unknown(u.arbitrary()?),
            _ => Status::Active,
        },
        hosting: if u.ratio(1, 6)? { Hosting::Prefix } else { Hosting::Custom(custom) },
        managed_login_version: match u.int_in_range(0..=4)? {
            0 => None,
            1 | 2 => Some(1),
            3 => Some(2),
            _ => Some(u.arbitrary()?),
        },
    })
}

/// `key: value` pairs of one place of a baseline.
fn declarations(u: &mut Unstructured<'_>) -> Result<Vec<String>> {
    let mut pairs = Vec::new();
    if u.arbitrary()? {
        let policy = *u.choose(&POLICIES[..3])?;
        pairs.push(match u.int_in_range(0..=2)? {
            0 => format!("security_policy: {policy}"),
            1 => format!("security_policy: {{ at_least: {policy} }}"),
            _ => "security_policy: unmanaged".to_owned(),
        });
    }
    if u.arbitrary()? {
        pairs.push(match u.int_in_range(0..=2)? {
            0 => "routing: none".to_owned(),
            1 => "routing: unmanaged".to_owned(),
            _ => format!(
                "routing: {{ failover: {{ secondary_region: {}, primary_route53_health_check_id: {:?} }} }}",
                u.choose(&REGIONS)?,
                u.choose(&CHECKS)?
            ),
        });
    }
    if u.arbitrary()? {
        pairs.push(format!("managed_login_version: {}", u.choose(&["1", "2", "unmanaged"])?));
    }
    if u.arbitrary()? {
        pairs.push(format!("certificate_arn: {:?}", u.choose(&CERTIFICATES)?));
    }
    Ok(pairs)
}

fn baseline(u: &mut Unstructured<'_>) -> Result<Option<Baseline>> {
    let mode = u.choose(&["enforce", "enforce", "enforce", "audit"])?;
    let mut yaml = format!("version: 1\nmode: {mode}\n");
    let defaults = declarations(u)?;
    if !defaults.is_empty() {
        yaml.push_str(&format!("defaults: {{ {} }}\n", defaults.join(", ")));
    }
    if u.arbitrary()? {
        let pattern =
            *u.choose(&[NAME, "*", "*.example.com", "????.example.com", "b.example.com"])?;
        let mut pairs = declarations(u)?;
        pairs.insert(0, format!("domain: {pattern:?}"));
        if u.ratio(1, 3)? {
            pairs.push(format!("mode: {}", u.choose(&["enforce", "audit"])?));
        }
        yaml.push_str(&format!("domains: [{{ {} }}]\n", pairs.join(", ")));
    }
    if u.ratio(1, 3)? {
        let until = *u.choose(&["2026-11-01T00:00:00Z", "2200-12-31T23:59:59Z"])?;
        let attributes: Vec<&str> = Attribute::ALL
            .into_iter()
            .map(Attribute::as_str)
            .filter(|_| u.arbitrary().unwrap_or(false))
            .collect();
        yaml.push_str(&format!(
            "exemptions: [{{ domain: {NAME}, attributes: [{}], until: {until}, reason: x }}]\n",
            attributes.join(", ")
        ));
    }
    // A pair that Cognito refuses is no baseline.
    Ok(Baseline::parse("baseline.yaml", &yaml).ok())
}

/// A member of a record's parameters, in one of the forms that records have.
fn evidence(u: &mut Unstructured<'_>, likely: &[&str]) -> Result<Value> {
    Ok(match u.int_in_range(0..=9)? {
        0 => Value::Null,
        1 => json!({}),
        2 => json!("HIDDEN_DUE_TO_SECURITY_REASONS"),
        3 => json!(u.arbitrary::<f64>()?),
        4 => json!(u.arbitrary::<i64>()?),
        5 => json!([u.arbitrary::<bool>()?]),
        _ => json!(text(u, likely)?),
    })
}

fn change(u: &mut Unstructured<'_>) -> Result<Option<Change>> {
    let mut parameters = json!({
        "domain": NAME,
        "customDomainConfig": {
            "certificateArn": evidence(u, &CERTIFICATES)?,
            "securityPolicy": evidence(u, &POLICIES)?,
        },
        "managedLoginVersion": evidence(u, &["1", "2", "2.0"])?,
        "routing": { "failover": {
            "secondaryRegion": evidence(u, &REGIONS)?,
            "primaryRoute53HealthCheckId": evidence(u, &CHECKS)?,
        }},
    });
    if u.ratio(1, 4)? {
        parameters["routing"] = evidence(u, &["{}", "null"])?;
    }
    if u.ratio(1, 2)? {
        parameters["userPoolId"] = json!(text(u, &["eu-central-1_Ab12Cd34E"])?);
    }
    let parameters = if u.ratio(1, 8)? { json!(parameters.to_string()) } else { parameters };
    let call =
        *u.choose(&["UpdateUserPoolDomain", "CreateUserPoolDomain", "DeleteUserPoolDomain"])?;
    let mut record = json!({
        "eventSource": "cognito-idp.amazonaws.com",
        "eventName": call,
        "eventTime": text(u, &["2026-11-23T08:02:11Z", "9999-12-31T23:59:59-23:59", "1795420931"])?,
        "eventID": text(u, &["00a1b2c3-d4e5-4f60-8a7b-9c8d7e6f5a4b"])?,
        "requestParameters": parameters,
    });
    if u.ratio(1, 5)? {
        record["userIdentity"] =
            json!({ "sessionContext": { "sessionIssuer": { "arn": guard().role_arn } } });
    }
    match read(&record, &guard(), &reach()) {
        Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => Ok(Some(*change)),
        Payload::Single(_) | Payload::Together(_) | Payload::Queue(_) | Payload::Step(_) => {
            Ok(None)
        }
    }
}

fn custom_of(domain: &Domain) -> Option<&CustomDomain> {
    match &domain.hosting {
        Hosting::Prefix => None,
        Hosting::Custom(custom) => Some(custom),
    }
}

fn check(domain: &Domain, baseline: &Baseline, purpose: Purpose<'_>) {
    let plan = decide(NAME, Some(domain), purpose, baseline, Known::NONE, &home(), now());
    let Decision::Update(update) = &plan.decision else { return };
    if let Purpose::Change(change, _) = purpose {
        let change = seen_through(change, NAME, baseline, Known::NONE);
        assert!(change.origin.is_foreign(), "the guard answers itself");
    }
    assert_eq!(domain.account.as_deref().unwrap_or("111122223333"), "111122223333");
    let request = &update.request;
    assert_eq!((&request.domain, &request.user_pool_id), (&domain.name, &domain.user_pool_id));
    let drifts = |attribute| update.changes.iter().any(|drift| drift.attribute == attribute);
    assert!(!update.changes.is_empty());
    assert!(update.changes.iter().all(|drift| drift.observed != drift.desired));
    for exempt in &plan.assessment.exempt {
        assert!(!drifts(exempt.drift.attribute), "exempt, and yet put back");
    }
    if !drifts(Attribute::ManagedLoginVersion) {
        assert_eq!(request.managed_login_version, domain.managed_login_version);
    }
    let (Some(sent), Some(observed)) = (&request.custom, custom_of(domain)) else {
        assert!(request.custom.is_none() && custom_of(domain).is_none());
        return;
    };
    if !drifts(Attribute::CertificateArn) {
        assert_eq!(Some(&sent.certificate_arn), observed.certificate_arn.as_ref());
    }
    if !drifts(Attribute::Routing) {
        let same = observed.failover.clone();
        assert_eq!(sent.routing, same.map_or(RoutingUpdate::Omitted, RoutingUpdate::Failover));
    }
    if !drifts(Attribute::SecurityPolicy) {
        assert_eq!(sent.security_policy.as_deref(), observed.security_policy.as_sent());
    }
    let after =
        sent.security_policy.as_deref().map_or(ObservedPolicy::Absent, ObservedPolicy::from_name);
    let Some(before) = observed.security_policy.in_effect() else {
        assert_eq!(after, observed.security_policy, "a policy newer than the guard was replaced");
        return;
    };
    let after = after.in_effect().unwrap();
    let governing = baseline.governing(NAME, &home());
    let rule = governing.security_policy.map(|declared| declared.value);
    let floor: SecurityPolicy = match rule {
        None | Some(PolicyRule::AtLeast(_)) => before,
        Some(PolicyRule::Exactly(policy)) => before.min(policy),
    };
    assert!(after >= floor, "{before} became {after}");
}

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let mut scene = || -> Result<_> { Ok((domain(&mut u)?, baseline(&mut u)?, change(&mut u)?)) };
    let Ok((domain, Some(baseline), change)) = scene() else { return };
    check(&domain, &baseline, Purpose::Sweep);
    check(&domain, &baseline, Purpose::Command);
    if let Some(change) = &change {
        for earlier in [
            Earlier::FirstLook,
            Earlier::Settling,
            Earlier::Overdue,
            Earlier::Unreached,
            Earlier::Unannounced,
            Earlier::Pending,
            Earlier::Denied,
        ] {
            check(&domain, &baseline, Purpose::Change(change, earlier));
        }
        let gone = Purpose::Change(change, Earlier::FirstLook);
        let plan = decide(NAME, None, gone, &baseline, Known::NONE, &home(), now());
        assert_eq!(plan.decision, Decision::Gone);
    }
});
