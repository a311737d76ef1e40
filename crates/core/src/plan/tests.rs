//! The case tables of [`Decision`](super::Decision), line by line.

use super::override_tests::decided_knowing;
use super::*;
use crate::domain::{CustomDomain, Failover, Hosting, ObservedPolicy, SecurityPolicy};
use crate::place::Place;
use crate::trigger::{
    Actor, Asked, Cause, DomainCall, Origin, Requested, RequestedFailover, Subject,
};

pub(super) const NAME: &str = "auth.example.com";
pub(super) const POOL: &str = "eu-central-1_EXAMPLE01";
pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c";

const FLOOR: &str = "version: 1\ndefaults: { security_policy: { at_least: TLS_V1_2_2021 } }\n";
const AUDIT: &str =
    "version: 1\nmode: audit\ndefaults: { security_policy: { at_least: TLS_V1_2_2021 } }\n";
const NO_FAILOVER: &str = "version: 1\ndefaults: { routing: none }\n";
const NOTHING: &str = "version: 1\ndomains: [{ domain: other.example.com, routing: none }]\n";
const EXEMPTION: &str = "exemptions: [{ domain: auth.example.com, attributes: [security_policy], \
                         until: 2026-07-02T00:00:00Z, reason: old terminals }]\n";

/// Everything that an earlier look can have left behind.
pub(super) const EARLIER: [Earlier; 8] = [
    Earlier::FirstLook,
    Earlier::Settling,
    Earlier::Overdue,
    Earlier::Unreached,
    Earlier::Unannounced,
    Earlier::Pending,
    Earlier::Denied,
    Earlier::Withheld,
];

/// 2026-07-01T09:00:00Z
pub(super) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_782_896_400).unwrap()
}

pub(super) fn home() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: ACCOUNT.to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

pub(super) fn change(origin: Origin) -> Change {
    Change {
        event_id: "2c63888f-28f0-4481-be6d-dce7a7ace732".to_owned(),
        call: DomainCall::Update,
        place: home(),
        subject: Subject::Domain(NAME.to_owned()),
        user_pool_id: Some(POOL.to_owned()),
        time: Some(now()),
        actor: Actor::default(),
        origin,
        requested: Requested::default(),
    }
}

pub(super) fn foreign() -> Change {
    change(Origin::Foreign)
}

pub(super) fn own() -> Change {
    change(Origin::Guard(Some(Cause { incident: "an-event".to_owned(), ..Cause::default() })))
}

fn custom() -> CustomDomain {
    CustomDomain {
        certificate_arn: Some(CERTIFICATE.to_owned()),
        security_policy: ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021),
        failover: None,
    }
}

/// A custom domain at the floor, `ACTIVE`.
pub(super) fn sound() -> Domain {
    Domain {
        name: NAME.to_owned(),
        user_pool_id: POOL.to_owned(),
        account: Some(ACCOUNT.to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(custom()),
        managed_login_version: Some(1),
    }
}

fn hosted(custom: CustomDomain) -> Domain {
    Domain { hosting: Hosting::Custom(custom), ..sound() }
}

fn with_policy(policy: &str) -> Domain {
    hosted(CustomDomain { security_policy: ObservedPolicy::from_name(policy), ..custom() })
}

pub(super) fn weak() -> Domain {
    with_policy("TLS_V1")
}

fn with_failover() -> Domain {
    hosted(CustomDomain { failover: Some(failover()), ..custom() })
}

fn failover() -> Failover {
    Failover {
        secondary_region: "us-west-2".to_owned(),
        primary_route53_health_check_id: "0a1b2c3d".to_owned(),
    }
}

fn in_status(status: Status, domain: Domain) -> Domain {
    Domain { status, ..domain }
}

fn busy(domain: Domain) -> Domain {
    in_status(Status::Updating, domain)
}

const BUSY: fn() -> [Status; 3] =
    || [Status::Creating, Status::Updating, Status::Unknown("MIGRATING".to_owned())];

/// The decision in a word or two, where there are no overrides.
fn decided(domain: Option<&Domain>, baseline: &str, purpose: Purpose<'_>) -> String {
    decided_knowing(Known::NONE, domain, baseline, purpose)
}

/// Checks one line for a foreign change with every [`Earlier`], and for a sweep.
#[track_caller]
fn check(domain: Option<&Domain>, baseline: &str, expected: [&str; 8]) {
    let change = foreign();
    let [first, settling, overdue, unreached, unannounced, pending, denied, sweep] = expected;
    // Nothing was written and people were warned: else it is as if AWS had not been reached.
    let withheld = if unreached == "in sync" { "restored" } else { unreached };
    let expected = [first, settling, overdue, unreached, unannounced, pending, denied, withheld];
    for (earlier, expected) in EARLIER.into_iter().zip(expected) {
        let decision = decided(domain, baseline, Purpose::Change(&change, earlier));
        assert_eq!(decision, expected, "{earlier:?} of {domain:?}");
    }
    assert_eq!(decided(domain, baseline, Purpose::Sweep), sweep, "a sweep of {domain:?}");
}

#[test]
fn a_domain_at_its_baseline_is_in_sync_and_restored_after_a_look_that_warned_or_may_have_written() {
    let first = "in sync";
    let again = "restored";
    check(Some(&sound()), FLOOR, [first, first, again, first, again, again, again, first]);
    // Also when Cognito gave up on it: there is nothing to put back.
    let failed = in_status(Status::Failed, sound());
    check(Some(&failed), FLOOR, [first, first, again, first, again, again, again, first]);
}

#[test]
fn a_domain_that_is_not_there_or_being_deleted_is_gone() {
    check(None, FLOOR, ["gone"; 8]);
    check(Some(&in_status(Status::Deleting, weak())), FLOOR, ["gone"; 8]);
    check(None, NOTHING, ["gone"; 8]);
}

#[test]
fn a_domain_for_which_nothing_is_declared_is_unmanaged_in_every_status() {
    check(Some(&weak()), NOTHING, ["unmanaged"; 8]);
    for status in BUSY() {
        check(Some(&in_status(status, weak())), NOTHING, ["unmanaged"; 8]);
    }
}

#[test]
fn no_drift_on_a_busy_domain_is_held_since_the_change_may_not_show_yet() {
    let (settling, progress) = ("hold Settling", "hold InProgress");
    for status in BUSY() {
        let domain = in_status(status, sound());
        check(
            Some(&domain),
            FLOOR,
            [settling, settling, settling, settling, progress, progress, progress, "in sync"],
        );
    }
}

#[test]
fn a_policy_newer_than_this_build_is_left_alone_under_a_floor_and_under_an_exact_policy() {
    let newer = with_policy("TLS_V2_2031");
    check(Some(&newer), FLOOR, ["refuse NewerPolicy"; 8]);
    let exactly = "version: 1\ndefaults: { security_policy: TLS_V1_2_2021 }\n";
    check(Some(&newer), exactly, ["refuse NewerPolicy"; 8]);
}

#[test]
fn drift_that_is_all_exempt_is_exempt_until_the_exemption_ends() {
    check(Some(&weak()), &format!("{FLOOR}{EXEMPTION}"), ["exempt"; 8]);
    let over = EXEMPTION.replace("2026-07-02", "2026-07-01").replace("T00", "T09");
    let (now, first) = ("update", "notify and update");
    check(Some(&weak()), &format!("{FLOOR}{over}"), [now, first, first, now, now, now, now, now]);
}

#[test]
fn drift_in_audit_mode_is_only_reported_also_on_a_busy_or_failed_domain() {
    check(Some(&weak()), AUDIT, ["audit"; 8]);
    check(Some(&busy(weak())), AUDIT, ["audit"; 8]);
    check(Some(&in_status(Status::Failed, weak())), AUDIT, ["audit"; 8]);
}

#[test]
fn drift_on_a_failed_domain_is_refused() {
    check(Some(&in_status(Status::Failed, weak())), FLOOR, ["refuse Failed"; 8]);
}

#[test]
fn drift_on_a_domain_of_another_account_is_refused_and_an_unnamed_account_is_not() {
    let other = Domain { account: Some("444455556666".to_owned()), ..weak() };
    check(Some(&other), FLOOR, ["refuse OtherAccount"; 8]);
    let unnamed = Domain { account: None, ..weak() };
    let (now, first) = ("update", "notify and update");
    check(Some(&unnamed), FLOOR, [now, first, first, now, now, now, now, now]);
}

#[test]
fn drift_in_another_pool_than_the_event_says_is_refused_and_a_sweep_takes_the_pool_it_finds() {
    let moved = Domain { user_pool_id: "eu-central-1_OTHER".to_owned(), ..weak() };
    let refused = "refuse OtherPool";
    check(
        Some(&moved),
        FLOOR,
        [refused, refused, refused, refused, refused, refused, refused, "update"],
    );
}

#[test]
fn drift_without_a_known_certificate_is_refused_unless_the_baseline_declares_one() {
    let nameless = CustomDomain {
        certificate_arn: None,
        security_policy: ObservedPolicy::Known(SecurityPolicy::TlsV1),
        ..custom()
    };
    check(Some(&hosted(nameless.clone())), FLOOR, ["refuse NoCertificate"; 8]);
    let declared = format!(
        "version: 1\ndefaults: {{ certificate_arn: {CERTIFICATE:?}, security_policy: TLS_V1_2_2021 }}\n"
    );
    let (now, first) = ("update", "notify and update");
    check(Some(&hosted(nameless)), &declared, [now, first, first, now, now, now, now, now]);
}

#[test]
fn a_result_that_cognito_rejects_is_refused() {
    let exactly_1 = "version: 1\ndefaults: { security_policy: TLS_V1 }\n";
    let managed_login = Domain { managed_login_version: Some(2), ..sound() };
    check(Some(&managed_login), exactly_1, ["refuse Unsatisfiable"; 8]);
    let login = format!(
        "version: 1\ndefaults: {{ managed_login_version: 2, security_policy: TLS_V1_2_2021 }}\n{EXEMPTION}"
    );
    check(Some(&weak()), &login, ["refuse Unsatisfiable"; 8]);
}

#[test]
fn drift_on_a_busy_domain_that_shows_the_change_is_put_back_at_once_unless_it_settles_or_was_written()
 {
    let (now, settling, written) = ("update", "hold Settling", "hold InProgress");
    for status in BUSY() {
        let domain = in_status(status, weak());
        check(
            Some(&domain),
            FLOOR,
            [now, settling, settling, now, written, written, written, settling],
        );
    }
}

#[test]
fn a_command_is_answered_like_a_visible_change_and_never_writes_to_a_busy_domain() {
    let command = |domain: &Domain, baseline| decided(Some(domain), baseline, Purpose::Command);
    assert_eq!(command(&sound(), FLOOR), "in sync");
    assert_eq!(command(&weak(), FLOOR), "update");
    assert_eq!(command(&with_failover(), "version: 1\ndefaults: { routing: none }\n"), "update");
    for status in BUSY() {
        assert_eq!(command(&in_status(status, weak()), FLOOR), "hold Settling");
    }
}

#[test]
fn drift_on_a_busy_domain_that_does_not_show_the_change_yet_is_held() {
    let asked = |requested: Requested| Change { requested, ..foreign() };
    let failover = |failover| Requested { failover, ..Requested::default() };
    let region = RequestedFailover {
        secondary_region: Asked::Value("us-west-2".into()),
        primary_route53_health_check_id: Asked::NotAsked,
    };
    let unseen = [
        Requested { security_policy: Asked::Value("TLS_V1_3_2025".into()), ..Requested::default() },
        Requested { security_policy: Asked::Unreadable, ..Requested::default() },
        Requested { certificate_arn: Asked::Value("arn:other".into()), ..Requested::default() },
        Requested { managed_login_version: Asked::Value(2), ..Requested::default() },
        Requested { managed_login_version: Asked::Unreadable, ..Requested::default() },
        failover(Asked::Value(region)),
        failover(Asked::Unreadable),
        Requested::UNREADABLE,
    ];
    for change in unseen.map(asked) {
        for earlier in EARLIER {
            let purpose = Purpose::Change(&change, earlier);
            assert_eq!(decided(Some(&busy(weak())), FLOOR, purpose), "hold Settling", "{change:?}");
            // In audit mode people would hear of older drift, and never of the change.
            assert_eq!(decided(Some(&busy(weak())), AUDIT, purpose), "hold Settling", "{change:?}");
            assert_eq!(decided(Some(&weak()), AUDIT, purpose), "audit", "{change:?}");
            // An idle domain shows what it is: somebody else has changed it since.
            assert_ne!(decided(Some(&weak()), FLOOR, purpose), "hold Settling", "{change:?}");
        }
    }
    let seen = asked(Requested {
        security_policy: Asked::Value("TLS_V1".into()),
        certificate_arn: Asked::Value(CERTIFICATE.into()),
        managed_login_version: Asked::Value(1),
        failover: Asked::None,
    });
    let purpose = Purpose::Change(&seen, Earlier::FirstLook);
    assert_eq!(decided(Some(&busy(weak())), FLOOR, purpose), "update");
}

#[test]
fn a_failover_that_somebody_has_just_removed_is_not_put_back_from_an_answer_that_still_shows_it() {
    let removed = Change {
        requested: Requested { failover: Asked::None, ..Requested::default() },
        ..foreign()
    };
    let weak = hosted(CustomDomain {
        security_policy: ObservedPolicy::Known(SecurityPolicy::TlsV1),
        failover: Some(failover()),
        ..custom()
    });
    let purpose = Purpose::Change(&removed, Earlier::FirstLook);
    assert_eq!(decided(Some(&busy(weak)), FLOOR, purpose), "hold Settling");
}

#[test]
fn a_busy_domain_that_is_there_after_a_deletion_is_held() {
    let deleted = Change { call: DomainCall::Delete, ..foreign() };
    let purpose = Purpose::Change(&deleted, Earlier::FirstLook);
    assert_eq!(decided(Some(&busy(weak())), FLOOR, purpose), "hold Settling");
    // An idle one was created again, and shows what it is.
    assert_eq!(decided(Some(&weak()), FLOOR, purpose), "update");
}

#[test]
fn a_failover_that_should_not_be_there_is_removed_after_a_change_and_never_by_a_sweep() {
    let (now, first) = ("update", "notify and update");
    let refused = "refuse FailoverRemoval";
    check(Some(&with_failover()), NO_FAILOVER, [now, first, first, now, now, now, now, refused]);
}

/// Where Cognito ignores the removal, two guards would else answer each other's for ever.
#[test]
fn a_failover_that_the_change_itself_asked_to_remove_is_reported_and_not_removed_again() {
    for (failover, expected) in [
        (Asked::None, "refuse FailoverKept"),
        (Asked::NotAsked, "update"),
        (Asked::Unreadable, "update"),
        (Asked::Value(RequestedFailover::default()), "update"),
    ] {
        let requested = Requested { failover, ..Requested::default() };
        let purpose = Purpose::Change(&Change { requested, ..foreign() }, Earlier::FirstLook);
        assert_eq!(decided(Some(&with_failover()), NO_FAILOVER, purpose), expected);
    }
}

#[test]
fn a_sweep_puts_back_the_rest_and_withholds_the_removal_of_a_failover() {
    let both = "version: 1\ndefaults: { routing: none, security_policy: TLS_V1_3_2025 }\n";
    let baseline = Baseline::parse("baseline.yaml", both).unwrap();
    let domain = with_failover();
    let plan = decide(NAME, Some(&domain), Purpose::Sweep, &baseline, Known::NONE, &home(), now());
    let Decision::Update(update) = plan.decision else { panic!("{:?}", plan.decision) };
    let names = |drifts: &[Drift]| drifts.iter().map(|d| d.attribute).collect::<Vec<_>>();
    assert_eq!(names(&update.changes), [Attribute::SecurityPolicy]);
    assert_eq!(names(&update.withheld), [Attribute::Routing]);
    assert_eq!(update.request.custom.unwrap().routing, RoutingUpdate::Failover(failover()));
}

#[test]
fn drift_is_put_back_after_a_notice_where_the_platform_would_not_remember() {
    let (now, first) = ("update", "notify and update");
    check(Some(&weak()), FLOOR, [now, first, first, now, now, now, now, now]);
}

#[test]
fn the_guards_own_change_verifies_and_never_writes() {
    let own = own();
    let failed = in_status(Status::Failed, sound());
    let exempt = format!("{FLOOR}{EXEMPTION}");
    let deleting = in_status(Status::Deleting, sound());
    for earlier in EARLIER {
        let verified = |domain: Option<&Domain>, baseline: &str| {
            decided(domain, baseline, Purpose::Change(&own, earlier))
        };
        assert_eq!(verified(Some(&sound()), FLOOR), "restored");
        assert_eq!(verified(None, FLOOR), "gone");
        assert_eq!(verified(Some(&deleting), FLOOR), "gone");
        assert_eq!(verified(Some(&weak()), FLOOR), "not restored");
        assert_eq!(verified(Some(&failed), FLOOR), "not restored");
        assert_eq!(verified(Some(&weak()), &exempt), "restored");
        assert_eq!(verified(Some(&weak()), AUDIT), "not restored");
        for status in BUSY() {
            let busy = in_status(status, weak());
            assert_eq!(verified(Some(&busy), FLOOR), "hold InProgress");
        }
    }
}

#[test]
fn an_absent_policy_counts_as_tls_1_0_and_goes_back_as_absent_when_it_is_not_declared() {
    let absent = || hosted(CustomDomain { security_policy: ObservedPolicy::Absent, ..custom() });
    check(
        Some(&absent()),
        FLOOR,
        [
            "update",
            "notify and update",
            "notify and update",
            "update",
            "update",
            "update",
            "update",
            "update",
        ],
    );
    check(Some(&absent()), "version: 1\ndefaults: { security_policy: TLS_V1 }\n", {
        let (first, again) = ("in sync", "restored");
        [first, first, again, first, again, again, again, first]
    });
    let login = "version: 1\ndefaults: { managed_login_version: 2 }\n";
    let baseline = Baseline::parse("baseline.yaml", login).unwrap();
    let plan =
        decide(NAME, Some(&absent()), Purpose::Sweep, &baseline, Known::NONE, &home(), now());
    let Decision::Update(update) = plan.decision else { panic!("{:?}", plan.decision) };
    assert_eq!(
        update.request,
        UpdateRequest {
            domain: NAME.to_owned(),
            user_pool_id: POOL.to_owned(),
            managed_login_version: Some(2),
            custom: Some(CustomUpdate {
                certificate_arn: CERTIFICATE.to_owned(),
                security_policy: None,
                routing: RoutingUpdate::Omitted,
            }),
        }
    );
}

#[test]
fn what_only_a_custom_domain_has_means_nothing_on_a_prefix_domain() {
    let all = format!(
        "version: 1\ndefaults: {{ security_policy: TLS_V1_3_2025, routing: none, \
         managed_login_version: 2, certificate_arn: {CERTIFICATE:?} }}\n"
    );
    let baseline = Baseline::parse("baseline.yaml", &all).unwrap();
    let prefix = Domain { name: "prefix".to_owned(), hosting: Hosting::Prefix, ..sound() };
    let plan =
        decide("prefix", Some(&prefix), Purpose::Sweep, &baseline, Known::NONE, &home(), now());
    let Decision::Update(update) = plan.decision else { panic!("{:?}", plan.decision) };
    assert_eq!(
        update.request,
        UpdateRequest {
            domain: "prefix".to_owned(),
            user_pool_id: POOL.to_owned(),
            managed_login_version: Some(2),
            custom: None,
        }
    );
}

#[test]
fn a_managed_login_version_that_cognito_does_not_report_counts_as_1() {
    let unset = Domain { managed_login_version: None, ..sound() };
    let one = "version: 1\ndefaults: { managed_login_version: 1 }\n";
    assert_eq!(decided(Some(&unset), one, Purpose::Sweep), "in sync");
    let two = "version: 1\ndefaults: { managed_login_version: 2 }\n";
    assert_eq!(decided(Some(&unset), two, Purpose::Sweep), "update");
}

#[test]
fn a_command_is_met_like_a_sweep_but_also_removes_a_failover() {
    let exempt = format!("{FLOOR}{EXEMPTION}");
    for (domain, baseline, expected) in [
        (sound(), FLOOR, "in sync"),
        (weak(), FLOOR, "update"),
        (weak(), AUDIT, "audit"),
        (weak(), NOTHING, "unmanaged"),
        (weak(), &exempt, "exempt"),
        (busy(sound()), FLOOR, "in sync"),
        (busy(weak()), FLOOR, "hold Settling"),
        (in_status(Status::Deleting, weak()), FLOOR, "gone"),
        (in_status(Status::Failed, weak()), FLOOR, "refuse Failed"),
        (with_policy("TLS_V2_2031"), FLOOR, "refuse NewerPolicy"),
        (with_failover(), NO_FAILOVER, "update"),
    ] {
        assert_eq!(decided(Some(&domain), baseline, Purpose::Command), expected, "{domain:?}");
    }
}
