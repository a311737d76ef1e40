//! What the benches are run on: baselines of a size, a domain off such a baseline, a recorded change.

use std::fmt::Write as _;

use cognito_domain_guard_core::baseline::Baseline;
use cognito_domain_guard_core::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard_core::memory::Earlier;
use cognito_domain_guard_core::notice::{About, Kind, Notice};
use cognito_domain_guard_core::overrides::Known;
use cognito_domain_guard_core::place::Place;
use cognito_domain_guard_core::plan::{Plan, Purpose, decide};
use cognito_domain_guard_core::reach::Reach;
use cognito_domain_guard_core::trigger::{self, Change, Identity, Payload, Trigger};
use serde_json::Value;
use time::OffsetDateTime;

const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d";
const HEALTH_CHECK: &str = "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8";

/// A baseline with so many entries: nine of ten for one domain and with every attribute, the tenth for
/// many and with one; and an exemption for each hundred entries.
pub(crate) fn baseline_text(entries: usize) -> String {
    let mut text = "version: 1\n\
                    defaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n\
                    domains:\n"
        .to_owned();
    for nth in 0..entries {
        let written = if nth % 10 == 9 {
            writeln!(
                text,
                "  - domain: \"*.team-{nth}.example.com\"\n    security_policy: TLS_V1_3_2025"
            )
        } else {
            writeln!(
                text,
                "  - domain: {}\n    \
                     security_policy: TLS_V1_3_2025\n    \
                     managed_login_version: 2\n    \
                     certificate_arn: {CERTIFICATE}\n    \
                     routing:\n      \
                       failover:\n        \
                         secondary_region: us-west-2\n        \
                         primary_route53_health_check_id: {HEALTH_CHECK}",
                domain_name(nth)
            )
        };
        written.unwrap();
    }
    text.push_str("exemptions:\n");
    for nth in (0..entries).step_by(100) {
        writeln!(
            text,
            "  - domain: {}\n    attributes: [routing]\n    until: 2026-12-31T00:00:00Z\n    \
                 reason: the other region is being set up",
            domain_name(nth)
        )
        .unwrap();
    }
    text
}

fn domain_name(nth: usize) -> String {
    format!("auth-{nth}.example.com")
}

pub(crate) fn baseline(entries: usize) -> Baseline {
    Baseline::parse("baseline.yaml", &baseline_text(entries)).unwrap()
}

/// The last domain that such a baseline declares by name, with all that it declares about it drifted.
pub(crate) fn drifted_domain(entries: usize) -> Domain {
    Domain {
        name: domain_name(entries - 2),
        user_pool_id: "eu-central-1_Ab12Cd34E".to_owned(),
        account: Some("111122223333".to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(CERTIFICATE.replace("1b2c", "ffff")),
            security_policy: ObservedPolicy::Known(SecurityPolicy::TlsV1),
            failover: Some(Failover {
                secondary_region: "eu-west-1".to_owned(),
                primary_route53_health_check_id: HEALTH_CHECK.to_owned(),
            }),
        }),
        managed_login_version: Some(1),
    }
}

pub(crate) fn identity() -> Identity {
    Identity {
        role_arn: "arn:aws:iam::111122223333:role/cognito-domain-guard-GuardRole".to_owned(),
        function_arns: vec![
            "arn:aws:lambda:eu-central-1:111122223333:function:cognito-domain-guard-GuardFunction"
                .to_owned(),
        ],
        overrides: None,
    }
}

/// Where it is.
pub(crate) fn home() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

/// The decision for that domain as a sweep makes it.
pub(crate) fn decision(baseline: &Baseline, domain: &Domain) -> Plan {
    decide(&domain.name, Some(domain), Purpose::Sweep, baseline, Known::NONE, &home(), now())
}

/// The shipped event of a weakened policy.
pub(crate) fn event() -> Value {
    serde_json::from_str(include_str!("../../events/update-weakens-tls.json")).unwrap()
}

pub(crate) fn change(event: &Value, guard: &Identity, place: &Place) -> Change {
    let Payload::Single(Ok(Trigger::DomainChanged {
        change,
        earlier: Earlier::FirstLook,
        receipt: _,
    })) = trigger::read(event, guard, &Reach::one(place.clone()))
    else {
        panic!("the event is no change");
    };
    *change
}

/// All that is published of a revert, in the forms for every kind of subscriber.
pub(crate) fn notice(
    plan: &Plan,
    domain: &Domain,
    change: &Change,
    (place, baseline): &(Place, Baseline),
) -> String {
    let about = About {
        overrides: None,
        place,
        baseline,
        domain: &domain.name,
        observed: Some(domain),
        plan: Some(plan),
        change: Some(change),
        incident: "2c63888f-28f0-4481-be6d-dce7a7ace732",
        changed_at: change.time,
        since: change.time,
        accepted_at: Some(now()),
        effective_at: None,
        reason: None,
        error: None,
        now: now(),
        request_id: "4a1f0b1e-7f0e-4b52-9d0a-0c5a2f1f6d3b",
        trace_id: None,
        docs: None,
    };
    Notice::about(Kind::Reverted, &about).message(Default::default()).body
}

/// Three seconds after the event.
fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_420_934).unwrap()
}
