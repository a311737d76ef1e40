//! Calls with the guard's role: those that it makes lead to no update, whatever Cognito shows after them,
//! and those that it would not make are somebody else's.

use proptest::prelude::*;
use proptest::sample::select;
use time::Duration;

use super::properties::{baselines, domains, reasons};
use super::tests::{NAME, change, now, own};
use super::*;
use crate::domain::Attribute;
use crate::trigger::{Asked, Cause, Imposture, Origin, Requested, RequestedFailover};

/// What becomes of a call with the guard's role that names this.
fn check(declared: &str, requested: Requested, expected: &Origin) {
    let text = format!("version: 1\ndefaults: {{ {declared} }}\n");
    let baseline = Baseline::parse("baseline.yaml", &text).unwrap();
    let call = Change { requested, ..own() };
    let seen = seen_through(&call, NAME, &baseline, Known::NONE);
    assert_eq!(seen.origin, *expected, "{declared}: {:?}", call.requested);
}

fn ours() -> Origin {
    own().origin
}

/// Somebody else's, as this shows.
const fn by(attribute: Attribute) -> Origin {
    Origin::Imposter(Imposture::Value(attribute))
}

fn policy(name: &str) -> Requested {
    Requested { security_policy: Asked::Value(name.to_owned()), ..Requested::default() }
}

fn failover(region: Asked<&str>, health_check: Asked<&str>) -> Requested {
    let text = |asked| match asked {
        Asked::Value(text) => Asked::Value(String::from(text)),
        Asked::NotAsked => Asked::NotAsked,
        Asked::None => Asked::None,
        Asked::Unreadable => Asked::Unreadable,
    };
    Requested {
        failover: Asked::Value(RequestedFailover {
            secondary_region: text(region),
            primary_route53_health_check_id: text(health_check),
        }),
        ..Requested::default()
    }
}

#[test]
fn a_policy_is_the_guards_if_the_declaration_allows_it() {
    let floor = "security_policy: { at_least: TLS_V1_2_2021 }";
    let exactly = "security_policy: TLS_V1_2_2021";
    for (declared, asked, expected) in [
        (floor, "TLS_V1", by(Attribute::SecurityPolicy)),
        (floor, "TLS_V1_2_2021", ours()),
        (floor, "TLS_V1_3_2025", ours()),
        (exactly, "TLS_V1", by(Attribute::SecurityPolicy)),
        (exactly, "TLS_V1_2_2021", ours()),
        (exactly, "TLS_V1_3_2025", by(Attribute::SecurityPolicy)),
        // It is left as it is, and a request names what it leaves.
        (floor, "TLS_V2_2031", ours()),
        (exactly, "TLS_V2_2031", ours()),
        ("routing: none", "TLS_V1", ours()),
    ] {
        check(declared, policy(asked), &expected);
    }
}

#[test]
fn a_login_version_or_certificate_is_the_guards_if_it_is_the_declared_one() {
    let version = |version| Requested {
        managed_login_version: Asked::Value(version),
        ..Requested::default()
    };
    let certificate = |arn: &str| Requested {
        certificate_arn: Asked::Value(arn.to_owned()),
        ..Requested::default()
    };
    let arn = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d";
    let declared = format!("certificate_arn: {arn:?}");
    for (declared, asked, expected) in [
        ("managed_login_version: 2", version(2), ours()),
        ("managed_login_version: 2", version(1), by(Attribute::ManagedLoginVersion)),
        ("routing: none", version(1), ours()),
        (&declared, certificate(arn), ours()),
        (&declared, certificate("arn:other"), by(Attribute::CertificateArn)),
        ("routing: none", certificate("arn:other"), ours()),
    ] {
        check(declared, asked, &expected);
    }
}

#[test]
fn a_failover_is_the_guards_unless_another_one_is_declared() {
    let declared = "routing: { failover: { secondary_region: eu-west-1, \
                    primary_route53_health_check_id: \"4e5f\" } }";
    let (region, health_check) = (Asked::Value("eu-west-1"), Asked::Value("4e5f"));
    for (declared, asked, expected) in [
        (declared, failover(region, health_check), ours()),
        (declared, failover(Asked::Value("us-west-2"), health_check), by(Attribute::Routing)),
        (declared, failover(region, Asked::Value("0a1b")), by(Attribute::Routing)),
        (declared, failover(region, Asked::Unreadable), ours()),
        (declared, failover(Asked::NotAsked, Asked::None), ours()),
        // A sweep leaves a failover, and so names it.
        ("routing: none", failover(region, health_check), ours()),
    ] {
        check(declared, asked, &expected);
    }
}

#[test]
fn what_a_call_does_not_say_never_disowns_it() {
    let declared = "security_policy: TLS_V1_3_2025, managed_login_version: 2, routing: { failover: { \
                    secondary_region: eu-west-1, primary_route53_health_check_id: \"4e5f\" } }";
    let removal = Requested { failover: Asked::None, ..Requested::default() };
    for silent in [Requested::default(), Requested::UNREADABLE, removal] {
        check(declared, silent, &ours());
    }
}

#[test]
fn an_exemption_explains_a_call_until_five_minutes_after_its_end() {
    let exempted = |domain: &str, attribute: &str| {
        let text = format!(
            "version: 1\ndefaults: {{ security_policy: TLS_V1_3_2025 }}\nexemptions: [{{ domain: {domain}, \
             attributes: [{attribute}], until: 2026-07-01T09:00:00Z, reason: old terminals }}]\n"
        );
        Baseline::parse("baseline.yaml", &text).unwrap()
    };
    let ours = exempted(NAME, "security_policy");
    for (time, baseline, expected) in [
        (Some(now() - Duration::DAY), &ours, false),
        (Some(now()), &ours, false),
        (Some(now() + Duration::seconds(299)), &ours, false),
        (Some(now() + Duration::seconds(300)), &ours, true),
        (None, &ours, false),
        (Some(now()), &exempted("other.example.com", "security_policy"), true),
        (Some(now()), &exempted(NAME, "routing"), true),
    ] {
        let call = Change { time, requested: policy("TLS_V1"), ..own() };
        let seen = seen_through(&call, NAME, baseline, Known::NONE);
        assert_eq!(seen.origin.is_foreign(), expected, "{time:?}");
    }
}

#[test]
fn nobody_elses_call_is_looked_through() {
    let text = "version: 1\ndefaults: { security_policy: TLS_V1_3_2025 }\n";
    let baseline = Baseline::parse("baseline.yaml", text).unwrap();
    for origin in [Origin::Foreign, Origin::Imposter(Imposture::Call)] {
        let call = Change { requested: policy("TLS_V1_3_2025"), ..change(origin.clone()) };
        assert_eq!(seen_through(&call, NAME, &baseline, Known::NONE).origin, origin);
    }
}

#[test]
fn a_weakening_with_the_guards_role_is_put_back_and_one_that_it_does_not_name_is_not() {
    let text = "version: 1\ndefaults: { security_policy: TLS_V1_3_2025 }\n";
    let baseline = Baseline::parse("baseline.yaml", text).unwrap();
    let weak = super::tests::weak();
    for (requested, expected) in [(policy("TLS_V1"), true), (Requested::default(), false)] {
        let call = Change { requested, ..own() };
        let purpose = Purpose::Change(&call, Earlier::FirstLook);
        let plan = decide(NAME, Some(&weak), purpose, &baseline, Known::NONE, &call.place, now());
        assert_eq!(matches!(plan.decision, Decision::Update(_)), expected, "{:?}", plan.decision);
    }
}

/// What CloudTrail records of a request; of each member of it the value, nothing, or something that
/// cannot be read.
fn recorded(request: &UpdateRequest, shown: [Shown; 4]) -> Requested {
    let UpdateRequest { domain: _, user_pool_id: _, managed_login_version, custom } = request;
    let custom = custom.as_ref();
    let failover = custom.map_or(Asked::NotAsked, |custom| match &custom.routing {
        RoutingUpdate::Omitted => Asked::NotAsked,
        RoutingUpdate::Remove => Asked::None,
        RoutingUpdate::Failover(failover) => Asked::Value(RequestedFailover {
            secondary_region: Asked::Value(failover.secondary_region.clone()),
            primary_route53_health_check_id: Asked::Value(
                failover.primary_route53_health_check_id.clone(),
            ),
        }),
    });
    let text = |text: Option<&String>| text.cloned().map_or(Asked::NotAsked, Asked::Value);
    Requested {
        security_policy: shown[0].of(text(custom.and_then(|c| c.security_policy.as_ref()))),
        certificate_arn: shown[1].of(text(custom.map(|c| &c.certificate_arn))),
        managed_login_version: shown[2]
            .of(managed_login_version.map_or(Asked::NotAsked, |v| Asked::Value(v.into()))),
        failover: shown[3].of(failover),
    }
}

#[derive(Clone, Copy, Debug)]
enum Shown {
    Whole,
    Dropped,
    Emptied,
    Hidden,
}

impl Shown {
    fn of<T>(self, asked: Asked<T>) -> Asked<T> {
        match self {
            Self::Whole => asked,
            Self::Dropped => Asked::NotAsked,
            Self::Emptied => Asked::None,
            Self::Hidden => Asked::Unreadable,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, failure_persistence: None, ..ProptestConfig::default() })]

    /// So there is no loop: whatever Cognito makes of an update and shows of it later, and whatever
    /// CloudTrail leaves out of its record.
    #[test]
    fn the_event_of_an_update_never_leads_to_another(
        domain in domains(), baseline in baselines(), reason in reasons(), shown_later in domains(),
        earlier in select(&super::tests::EARLIER[..]),
        parts in proptest::array::uniform4(select(
            &[Shown::Whole, Shown::Whole, Shown::Dropped, Shown::Emptied, Shown::Hidden][..],
        )),
        seconds in 0..300_i64, looked_after in 0..100_000_i64, has_time in proptest::bool::weighted(0.9),
    ) {
        let purpose = super::properties::purpose(&reason);
        let plan = decide(NAME, Some(&domain), purpose, &baseline, Known::NONE, &super::tests::home(), now());
        let Decision::Update(update) = &plan.decision else { return Ok(()) };
        let cause = Cause { incident: "an-event".to_owned(), ..Cause::default() };
        let event = Change {
            requested: recorded(&update.request, parts),
            time: has_time.then(|| now() + Duration::seconds(seconds)),
            user_pool_id: Some(update.request.user_pool_id.clone()),
            ..change(Origin::Guard(Some(cause)))
        };
        prop_assert!(!seen_through(&event, NAME, &baseline, Known::NONE).origin.is_foreign(), "{event:?}");
        let later = now() + Duration::seconds(seconds + looked_after);
        let again = decide(
            NAME, Some(&shown_later), Purpose::Change(&event, earlier), &baseline, Known::NONE, &super::tests::home(), later,
        );
        prop_assert!(!matches!(again.decision, Decision::Update(_)), "{:?}", again.decision);
    }
}
