//! The lines of the case tables about overrides, and what holds for every domain and override.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use time::Duration;

use super::properties::{baselines, domains, facts, plan_knowing, reasons};
use super::tests::{EARLIER, NAME, foreign, home, now, own, sound, weak};
use super::*;
use crate::overrides::{DEFAULT_LONGEST, Overrides, Parameter, ParameterKind};
use crate::trigger::{Asked, Requested};

const FLOOR: &str = "version: 1\ndefaults: { security_policy: { at_least: TLS_V1_2_2021 } }\n";
const AUDIT: &str =
    "version: 1\nmode: audit\ndefaults: { security_policy: { at_least: TLS_V1_2_2021 } }\n";
const NOTHING: &str = "version: 1\ndomains: [{ domain: other.example.com, routing: none }]\n";

/// Made an hour before now, and over in an hour.
const ALLOW: &str = "{domain: auth.example.com, attributes: [security_policy], \
                     until: 2026-07-01T10:00:00Z, reason: r, by: me}";
const ALLOW_OTHER: &str = "{domain: auth.example.com, attributes: [routing], \
                           until: 2026-07-01T10:00:00Z, reason: r, by: me}";
const PAUSE: &str = "{pause: '*', until: 2026-07-01T10:00:00Z, reason: r, by: me}";
const OVER: &str = "{pause: '*', until: 2026-07-01T09:00:00Z, reason: r, by: me}";
const BROKEN: &str = "{domain: auth.example.com, attributes: [tls]}";

/// The decision in a word or two.
pub(super) fn decided_knowing(
    overrides: Known<'_>,
    domain: Option<&Domain>,
    baseline: &str,
    purpose: Purpose<'_>,
) -> String {
    let baseline = Baseline::parse("baseline.yaml", baseline).unwrap();
    match decide(NAME, domain, purpose, &baseline, overrides, &home(), now()).decision {
        Decision::InSync => "in sync".to_owned(),
        Decision::Restored => "restored".to_owned(),
        Decision::NotRestored => "not restored".to_owned(),
        Decision::Update(update) if update.notify_first => "notify and update".to_owned(),
        Decision::Update(_) => "update".to_owned(),
        Decision::Hold(hold) => format!("hold {hold:?}"),
        Decision::Refuse(refusal) => {
            let shown = format!("{refusal:?}");
            format!("refuse {}", shown.split(' ').next().unwrap_or_default())
        }
        Decision::Exempt => "exempt".to_owned(),
        Decision::AuditOnly => "audit".to_owned(),
        Decision::Pause(by) => format!("pause by {}", by.id),
        Decision::Withhold(Withheld::Unreadable) => "withhold".to_owned(),
        Decision::Withhold(Withheld::Unsound(by)) => format!("withhold for {}", by.id),
        Decision::ReadOverrides => "read overrides".to_owned(),
        Decision::Unmanaged => "unmanaged".to_owned(),
        Decision::Gone => "gone".to_owned(),
    }
}

fn overrides(made: Duration, texts: &[&str]) -> Overrides {
    let baseline = Baseline::parse("baseline.yaml", "version: 1\n").unwrap();
    let parameters = texts.iter().zip(["a", "b", "c"]).map(|(text, id)| Parameter {
        name: format!("/overrides/{id}"),
        kind: ParameterKind::String,
        value: (*text).to_owned(),
        modified_at: now() + made,
    });
    Overrides::read("/overrides", parameters, &baseline, DEFAULT_LONGEST)
}

/// Half an hour ago, so that what cannot be read still holds.
const RECENTLY: Duration = Duration::minutes(-30);

fn decided(texts: &[&str], domain: &Domain, baseline: &str, purpose: Purpose<'_>) -> String {
    let known = overrides(RECENTLY, texts);
    decided_knowing(Known::All(&known), Some(domain), baseline, purpose)
}

/// Checks the decision for every foreign change, a sweep and a command.
#[track_caller]
fn check(texts: &[&str], domain: &Domain, baseline: &str, expected: &str) {
    let change = foreign();
    for earlier in EARLIER {
        let purpose = Purpose::Change(&change, earlier);
        assert_eq!(decided(texts, domain, baseline, purpose), expected, "{earlier:?}");
    }
    for purpose in [Purpose::Sweep, Purpose::Command] {
        assert_eq!(decided(texts, domain, baseline, purpose), expected, "{purpose:?}");
    }
}

#[test]
fn an_override_that_allows_all_drift_makes_it_exempt() {
    check(&[ALLOW], &weak(), FLOOR, "exempt");
    check(&[ALLOW], &weak(), AUDIT, "exempt");
    // As an exemption does, it covers what the guard's own update has not brought about.
    let own = own();
    let verified =
        |texts: &[&str]| decided(texts, &weak(), FLOOR, Purpose::Change(&own, Earlier::FirstLook));
    assert_eq!(verified(&[]), "not restored");
    assert_eq!(verified(&[ALLOW]), "restored");
}

#[test]
fn a_pause_stops_only_the_writing() {
    check(&[PAUSE], &weak(), FLOOR, "pause by a");
    check(&[PAUSE], &weak(), AUDIT, "audit");
    check(&[PAUSE], &weak(), NOTHING, "unmanaged");
    let failed = Domain { status: Status::Failed, ..weak() };
    check(&[PAUSE], &failed, FLOOR, "refuse Failed");
    let own = own();
    let verified = decided(&[PAUSE], &weak(), FLOOR, Purpose::Change(&own, Earlier::Pending));
    assert_eq!(verified, "not restored");
}

#[test]
fn drift_is_withheld_while_an_override_that_cannot_be_read_may_allow_it() {
    check(&[BROKEN], &weak(), FLOOR, "withhold for a");
    check(&[BROKEN], &weak(), AUDIT, "audit");
    // Somebody has said for sure that nothing is to be written.
    check(&[BROKEN, PAUSE], &weak(), FLOOR, "pause by b");
}

#[test]
fn what_no_longer_counts_changes_nothing() {
    let change = foreign();
    let purpose = Purpose::Change(&change, Earlier::FirstLook);
    assert_eq!(decided(&[OVER], &weak(), FLOOR, purpose), "update");
    assert_eq!(decided(&[ALLOW_OTHER], &weak(), FLOOR, purpose), "update");
    let old = overrides(Duration::HOUR * -1, &[BROKEN]);
    assert_eq!(decided_knowing(Known::All(&old), Some(&weak()), FLOOR, purpose), "update");
}

#[test]
fn a_domain_without_drift_needs_no_override() {
    for known in [Known::NotRead, Known::Unreadable, Known::NONE] {
        for (domain, baseline, expected) in [
            (sound(), FLOOR, "in sync"),
            (weak(), NOTHING, "unmanaged"),
            (sound(), AUDIT, "in sync"),
        ] {
            let decision = decided_knowing(known, Some(&domain), baseline, Purpose::Sweep);
            assert_eq!(decision, expected, "{known:?}");
        }
    }
}

#[test]
fn drift_is_answered_only_once_the_overrides_are_known() {
    let change = foreign();
    let own = own();
    let busy = Domain { status: Status::Updating, ..weak() };
    for (domain, baseline) in [(&weak(), FLOOR), (&weak(), AUDIT), (&busy, FLOOR)] {
        for earlier in EARLIER {
            for change in [&change, &own] {
                let purpose = Purpose::Change(change, earlier);
                let decided = |known| decided_knowing(known, Some(domain), baseline, purpose);
                if !change.origin.is_foreign() && domain.status == Status::Updating {
                    assert_eq!(decided(Known::NotRead), "hold InProgress");
                    continue;
                }
                assert_eq!(decided(Known::NotRead), "read overrides");
                // What waits in any case goes on waiting for its own reason.
                let settled = decided(Known::NONE);
                let expected = if settled.starts_with("hold") { &settled } else { "withhold" };
                assert_eq!(decided(Known::Unreadable), expected, "{earlier:?}");
            }
        }
    }
}

/// Texts of overrides, sound and not, for the domain and for others, over and not.
fn texts() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::collection::vec(
        select(vec![
            ALLOW,
            ALLOW_OTHER,
            PAUSE,
            OVER,
            BROKEN,
            "",
            "{pause: other.example.com, until: 2026-07-01T10:00:00Z, reason: r, by: me}",
            "{pause: '*', accounts: ['444455556666'], until: 2026-07-01T10:00:00Z, reason: r, by: me}",
            "{pause: '*', until: 2027-07-01T10:00:00Z, reason: r, by: me}",
        ]),
        0..=3,
    )
}

fn is_an_update(plan: &Plan) -> bool {
    matches!(plan.decision, Decision::Update(_))
}

proptest! {
    #[test]
    fn nothing_is_written_or_reported_of_drift_before_the_overrides_are_known(
        domain in domains(), baseline in baselines(), reason in reasons()
    ) {
        let plan = plan_knowing(Known::NotRead, &domain, &baseline, &reason);
        let waits = matches!(
            plan.decision,
            Decision::ReadOverrides | Decision::Unmanaged | Decision::Gone | Decision::Hold(_)
        );
        prop_assert!(waits || plan.assessment.drifts.is_empty(), "{plan:?}");
        let unreadable = plan_knowing(Known::Unreadable, &domain, &baseline, &reason);
        prop_assert!(!is_an_update(&unreadable), "{unreadable:?}");
    }

    #[test]
    fn what_an_override_covers_is_not_written(
        domain in domains(), baseline in baselines(), reason in reasons(), texts in texts()
    ) {
        let known = overrides(RECENTLY, &texts);
        let plan = plan_knowing(Known::All(&known), &domain, &baseline, &reason);
        let is_stopped = texts.iter().any(|text| {
            [PAUSE, BROKEN, ""].contains(text) || text.contains("2027")
        });
        prop_assert!(!(is_stopped && is_an_update(&plan)), "{texts:?} {plan:?}");
        if let Decision::Update(update) = &plan.decision {
            let allowed = |attribute| {
                (attribute == Attribute::SecurityPolicy && texts.contains(&ALLOW))
                    || (attribute == Attribute::Routing && texts.contains(&ALLOW_OTHER))
            };
            prop_assert!(update.changes.iter().all(|change| !allowed(change.attribute)));
            let (before, after) = (facts(&domain), facts(&update.request.applied_to(&domain)));
            for ((attribute, before), after) in Attribute::ALL.into_iter().zip(before).zip(after) {
                prop_assert!(!allowed(attribute) || before == after, "{attribute}");
            }
        }
    }

    #[test]
    fn an_override_that_does_not_count_changes_no_decision(
        domain in domains(), baseline in baselines(), reason in reasons(),
        text in option::of(select(vec![
            OVER,
            "{pause: other.example.com, until: 2026-07-01T10:00:00Z, reason: r, by: me}",
            "{pause: '*', regions: [eu-west-1], until: 2026-07-01T10:00:00Z, reason: r, by: me}",
            "{domain: other.example.com, attributes: [tls]}",
        ])),
    ) {
        let known = overrides(RECENTLY, text.as_slice());
        let plan = plan_knowing(Known::All(&known), &domain, &baseline, &reason);
        prop_assert_eq!(&plan, &plan_knowing(Known::NONE, &domain, &baseline, &reason));
        // What cannot be read no longer counts an hour after it was made.
        let old = overrides(Duration::HOUR * -1, &[BROKEN, "", "pause: all"]);
        prop_assert_eq!(plan, plan_knowing(Known::All(&old), &domain, &baseline, &reason));
    }
}

/// A guard sends a whole request, and so what an override lets it leave as it is.
#[test]
fn a_value_that_an_override_allowed_at_the_time_of_a_call_does_not_show_an_imposter() {
    let weakens = |minutes| Change {
        requested: Requested {
            security_policy: Asked::Value("TLS_V1".to_owned()),
            ..Requested::default()
        },
        time: Some(now() + Duration::minutes(minutes)),
        ..own()
    };
    let baseline = Baseline::parse("baseline.yaml", FLOOR).unwrap();
    let is_own = |change: &Change, known: Known<'_>| {
        !seen_through(change, NAME, &baseline, known).origin.is_foreign()
    };
    let allowed = overrides(RECENTLY, &[ALLOW]);
    assert!(!is_own(&weakens(0), Known::NONE));
    assert!(is_own(&weakens(0), Known::All(&allowed)));
    // The guard looked while it counted, and Cognito took the update later.
    assert!(is_own(&weakens(64), Known::All(&allowed)));
    assert!(!is_own(&weakens(66), Known::All(&allowed)));
    for other in [ALLOW_OTHER, PAUSE, BROKEN] {
        assert!(!is_own(&weakens(0), Known::All(&overrides(RECENTLY, &[other]))), "{other}");
    }
    // What is not known shows nothing.
    for known in [Known::NotRead, Known::Unreadable] {
        assert!(is_own(&weakens(0), known));
    }
}
