//! What holds for every domain, every baseline and every purpose.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::{ACCOUNT, CERTIFICATE, EARLIER, NAME, POOL, change, home, now, own};
use super::*;
use crate::baseline::PolicyRule;
use crate::domain::{CustomDomain, Failover, Hosting, ObservedPolicy, SecurityPolicy};
use crate::trigger::{Asked, DomainCall, Origin, Requested};

const OTHER_CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/9f8e";

fn policies() -> impl Strategy<Value = ObservedPolicy> {
    prop_oneof![
        1 => Just(ObservedPolicy::Absent),
        4 => select(&SecurityPolicy::ALL[..]).prop_map(ObservedPolicy::Known),
        1 => Just(ObservedPolicy::Unknown("TLS_V2_2031".to_owned())),
    ]
}

fn failovers() -> impl Strategy<Value = Failover> {
    (select(&["us-west-2", "eu-west-1"][..]), select(&["0a1b2c3d", "4e5f6071"][..])).prop_map(
        |(region, check)| Failover {
            secondary_region: region.to_owned(),
            primary_route53_health_check_id: check.to_owned(),
        },
    )
}

fn certificates() -> impl Strategy<Value = String> {
    select(&[CERTIFICATE, OTHER_CERTIFICATE][..]).prop_map(str::to_owned)
}

fn hostings() -> impl Strategy<Value = Hosting> {
    let custom = (option::weighted(0.9, certificates()), policies(), option::of(failovers()))
        .prop_map(|(certificate_arn, security_policy, failover)| {
            Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover })
        });
    prop_oneof![1 => Just(Hosting::Prefix), 5 => custom]
}

fn statuses() -> impl Strategy<Value = Status> {
    prop_oneof![
        6 => Just(Status::Active),
        2 => Just(Status::Updating),
        1 => select(vec![
            Status::Creating,
            Status::Deleting,
            Status::Failed,
            Status::Unknown("MIGRATING".to_owned()),
        ]),
    ]
}

pub(super) fn domains() -> impl Strategy<Value = Domain> {
    (
        hostings(),
        statuses(),
        option::of(1..=2),
        option::of(prop_oneof![9 => Just(ACCOUNT), 1 => Just("444455556666")]),
        prop_oneof![9 => Just(POOL), 1 => Just("eu-central-1_OTHER")],
    )
        .prop_map(|(hosting, status, managed_login_version, account, pool)| Domain {
            name: NAME.to_owned(),
            user_pool_id: pool.to_owned(),
            account: account.map(str::to_owned),
            status,
            hosting,
            managed_login_version,
        })
}

/// `key: value` pairs of one place of a baseline.
fn declarations() -> impl Strategy<Value = Vec<String>> {
    let name = select(&SecurityPolicy::ALL[..]);
    let policy = prop_oneof![
        name.clone().prop_map(|policy| format!("security_policy: {policy}")),
        name.prop_map(|policy| format!("security_policy: {{ at_least: {policy} }}")),
        Just("security_policy: unmanaged".to_owned()),
    ];
    let routing = prop_oneof![
        Just("routing: none".to_owned()),
        Just("routing: unmanaged".to_owned()),
        failovers().prop_map(|f| format!(
            "routing: {{ failover: {{ secondary_region: {}, primary_route53_health_check_id: {:?} }} }}",
            f.secondary_region, f.primary_route53_health_check_id
        )),
    ];
    let login = select(&["1", "2", "unmanaged"][..])
        .prop_map(|version| format!("managed_login_version: {version}"));
    let certificate = certificates().prop_map(|arn| format!("certificate_arn: {arn:?}"));
    (option::of(policy), option::of(routing), option::of(login), option::of(certificate)).prop_map(
        |(policy, routing, login, certificate)| {
            [policy, routing, login, certificate].into_iter().flatten().collect()
        },
    )
}

fn yaml() -> impl Strategy<Value = String> {
    let exemption = (
        proptest::sample::subsequence(Attribute::ALL.to_vec(), 1..=4),
        // Over, ending now, ending soon, and in force.
        select(
            &[
                "2026-06-01T00:00:00Z",
                "2026-07-01T09:00:00Z",
                "2026-07-01T09:02:00Z",
                "2026-08-01T00:00:00Z",
            ][..],
        ),
    );
    (
        select(&["enforce", "enforce", "enforce", "audit"][..]),
        declarations(),
        option::of((option::of(select(&["enforce", "audit"][..])), declarations())),
        option::weighted(0.3, exemption),
    )
        .prop_map(|(mode, defaults, entry, exemption)| {
            let mut text = format!("version: 1\nmode: {mode}\n");
            if !defaults.is_empty() {
                text.push_str(&format!("defaults: {{ {} }}\n", defaults.join(", ")));
            }
            if let Some((mode, mut declarations)) = entry {
                declarations.extend(mode.map(|mode| format!("mode: {mode}")));
                declarations.insert(0, format!("domain: {NAME}"));
                text.push_str(&format!("domains: [{{ {} }}]\n", declarations.join(", ")));
            }
            if let Some((attributes, until)) = exemption {
                let names: Vec<_> = attributes.iter().map(ToString::to_string).collect();
                text.push_str(&format!(
                    "exemptions: [{{ domain: {NAME}, attributes: [{}], until: {until}, reason: x }}]\n",
                    names.join(", ")
                ));
            }
            text
        })
}

/// Baselines by way of their text, as the guard gets them. Those that ask for what Cognito never
/// accepts do not parse and are left out.
pub(super) fn baselines() -> impl Strategy<Value = Baseline> {
    yaml().prop_filter_map("not a sound baseline", |text| {
        Baseline::parse("baseline.yaml", &text).ok()
    })
}

#[derive(Clone, Debug)]
pub(super) enum Reason {
    Change(Box<Change>, Earlier),
    Sweep,
    Command,
}

impl Reason {
    const fn change(&self) -> Option<&Change> {
        match self {
            Self::Change(change, _) => Some(change),
            Self::Sweep | Self::Command => None,
        }
    }
}

pub(super) fn purpose(reason: &Reason) -> Purpose<'_> {
    match reason {
        Reason::Change(change, earlier) => Purpose::Change(change, *earlier),
        Reason::Sweep => Purpose::Sweep,
        Reason::Command => Purpose::Command,
    }
}

pub(super) fn reasons() -> impl Strategy<Value = Reason> {
    let calls = select(vec![DomainCall::Create, DomainCall::Update, DomainCall::Delete]);
    let asked = option::of(select(vec!["TLS_V1", "TLS_V1_2_2021", "TLS_V1_3_2025"]));
    let foreign = (select(&EARLIER[..]), calls, asked, option::weighted(0.8, Just(POOL))).prop_map(
        |(earlier, call, policy, pool)| {
            let policy = policy.map_or(Asked::NotAsked, |policy| Asked::Value(policy.to_owned()));
            let requested = Requested { security_policy: policy, ..Requested::default() };
            let user_pool_id = pool.map(str::to_owned);
            let change = Change { call, requested, user_pool_id, ..change(Origin::Foreign) };
            Reason::Change(Box::new(change), earlier)
        },
    );
    let verification =
        select(&EARLIER[..]).prop_map(|earlier| Reason::Change(Box::new(own()), earlier));
    prop_oneof![
        4 => foreign,
        1 => verification,
        2 => Just(Reason::Sweep),
        1 => Just(Reason::Command),
    ]
}

fn plan_of(domain: &Domain, baseline: &Baseline, reason: &Reason) -> Plan {
    plan_knowing(Known::NONE, domain, baseline, reason)
}

pub(super) fn plan_knowing(
    overrides: Known<'_>,
    domain: &Domain,
    baseline: &Baseline,
    reason: &Reason,
) -> Plan {
    decide(NAME, Some(domain), purpose(reason), baseline, overrides, &home(), now())
}

/// What Cognito shows once it has applied the request to the letter.
fn applied(domain: &Domain, request: &UpdateRequest) -> Domain {
    let hosting = match &request.custom {
        None => Hosting::Prefix,
        Some(custom) => Hosting::Custom(CustomDomain {
            certificate_arn: Some(custom.certificate_arn.clone()),
            security_policy: custom
                .security_policy
                .as_deref()
                .map_or(ObservedPolicy::Absent, ObservedPolicy::from_name),
            failover: match &custom.routing {
                RoutingUpdate::Failover(failover) => Some(failover.clone()),
                RoutingUpdate::Omitted | RoutingUpdate::Remove => None,
            },
        }),
    };
    Domain {
        status: Status::Active,
        hosting,
        managed_login_version: request.managed_login_version,
        ..domain.clone()
    }
}

/// The value of each attribute, as people read it.
pub(super) fn facts(domain: &Domain) -> [String; Attribute::ALL.len()] {
    let custom = custom_of(domain);
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    [
        or_none(custom.and_then(|c| c.security_policy.as_sent()).map(str::to_owned)),
        or_none(custom.and_then(|c| c.failover.as_ref()).map(ToString::to_string)),
        or_none(domain.managed_login_version.map(|version| version.to_string())),
        or_none(custom.and_then(|c| c.certificate_arn.clone())),
    ]
}

pub(super) fn custom_of(domain: &Domain) -> Option<&CustomDomain> {
    match &domain.hosting {
        Hosting::Prefix => None,
        Hosting::Custom(custom) => Some(custom),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_facts_lead_to_the_same_plan(
        domain in domains(), baseline in baselines(), reason in reasons(),
    ) {
        prop_assert_eq!(plan_of(&domain, &baseline, &reason), plan_of(&domain, &baseline, &reason));
    }

    #[test]
    fn an_update_is_sent_only_for_an_enforced_foreign_drift_of_the_guards_own_account(
        domain in domains(), baseline in baselines(), reason in reasons(),
    ) {
        let plan = plan_of(&domain, &baseline, &reason);
        let governing = baseline.governing(NAME, &home());
        let other_account = domain.account.as_deref().is_some_and(|account| account != ACCOUNT);
        let other_pool = reason.change().and_then(|change| change.user_pool_id.as_deref())
            .is_some_and(|pool| pool != domain.user_pool_id);
        let is_own = reason.change().is_some_and(|change| {
            !seen_through(change, NAME, &baseline, Known::NONE).origin.is_foreign()
        });
        let no_certificate = custom_of(&domain).is_some_and(|custom| custom.certificate_arn.is_none())
            && governing.certificate_arn.is_none();
        let forbidden = governing.mode == Mode::Audit
            || governing.declares_nothing()
            || is_own
            || other_account
            || other_pool
            || no_certificate
            || matches!(domain.status, Status::Failed | Status::Deleting);
        let updates = matches!(plan.decision, Decision::Update(_));
        prop_assert!(!(forbidden && updates), "{:?}", plan);
    }

    #[test]
    fn a_request_is_complete_and_replaces_only_what_has_drifted(
        domain in domains(), baseline in baselines(), reason in reasons(),
    ) {
        let plan = plan_of(&domain, &baseline, &reason);
        let Decision::Update(update) = &plan.decision else { return Ok(()) };
        let request = &update.request;
        prop_assert_eq!(&request.domain, &domain.name);
        prop_assert_eq!(&request.user_pool_id, &domain.user_pool_id);
        prop_assert!(!update.changes.is_empty());
        prop_assert!(update.changes.iter().all(|drift| drift.observed != drift.desired));
        let drifts = |attribute| update.changes.iter().any(|drift| drift.attribute == attribute);
        let declared = baseline.governing(NAME, &home());
        prop_assert!(!drifts(Attribute::SecurityPolicy) || declared.security_policy.is_some());
        prop_assert!(!drifts(Attribute::Routing) || declared.routing.is_some());
        prop_assert!(!drifts(Attribute::ManagedLoginVersion) || declared.managed_login_version.is_some());
        prop_assert!(!drifts(Attribute::CertificateArn) || declared.certificate_arn.is_some());
        for exempt in &plan.assessment.exempt {
            prop_assert!(!drifts(exempt.drift.attribute), "exempt, and yet put back");
        }
        if !drifts(Attribute::ManagedLoginVersion) {
            prop_assert_eq!(request.managed_login_version, domain.managed_login_version);
        }
        let Some(observed) = custom_of(&domain) else {
            prop_assert_eq!(&request.custom, &None, "a prefix domain takes no custom part");
            return Ok(());
        };
        let custom = request.custom.as_ref().expect("a custom domain is sent as one");
        prop_assert!(!custom.certificate_arn.is_empty());
        if !drifts(Attribute::CertificateArn) {
            prop_assert_eq!(Some(&custom.certificate_arn), observed.certificate_arn.as_ref());
        }
        if !drifts(Attribute::SecurityPolicy) {
            prop_assert_eq!(custom.security_policy.as_deref(), observed.security_policy.as_sent());
        }
        if !drifts(Attribute::Routing) {
            let same = observed.failover.clone()
                .map_or(RoutingUpdate::Omitted, RoutingUpdate::Failover);
            prop_assert_eq!(&custom.routing, &same);
        }
    }

    #[test]
    fn what_an_update_announces_is_what_its_request_changes_and_all_that_has_drifted(
        domain in domains(), baseline in baselines(), reason in reasons(),
    ) {
        let plan = plan_of(&domain, &baseline, &reason);
        let Decision::Update(update) = &plan.decision else { return Ok(()) };
        let after = facts(&applied(&domain, &update.request));
        let before = facts(&domain);
        for (attribute, (before, after)) in Attribute::ALL.into_iter().zip(before.into_iter().zip(after)) {
            let announced = update.changes.iter().find(|drift| drift.attribute == attribute);
            let announced = announced.map(|drift| (drift.observed.to_string(), drift.desired.to_string()));
            prop_assert_eq!(announced, (before != after).then_some((before, after)));
        }
        let mut all: Vec<_> = update.changes.iter().chain(&update.withheld).cloned().collect();
        all.sort_by_key(|drift| drift.attribute);
        prop_assert_eq!(&all, &plan.assessment.drifts);
    }

    #[test]
    fn a_policy_is_never_weakened_below_both_sides_and_under_a_floor_never_at_all(
        domain in domains(), baseline in baselines(), reason in reasons(),
    ) {
        let plan = plan_of(&domain, &baseline, &reason);
        let Decision::Update(update) = &plan.decision else { return Ok(()) };
        let (Some(custom), Some(observed)) = (&update.request.custom, custom_of(&domain)) else {
            return Ok(());
        };
        let sent = custom.security_policy.as_deref()
            .map_or(ObservedPolicy::Absent, ObservedPolicy::from_name);
        let Some(before) = observed.security_policy.in_effect() else {
            prop_assert_eq!(&sent, &observed.security_policy, "an unknown policy was replaced");
            return Ok(());
        };
        let after = sent.in_effect().expect("only known policies are declared");
        let rule = baseline.governing(NAME, &home()).security_policy.map(|declared| declared.value);
        let declared = rule.map_or(before, PolicyRule::policy);
        prop_assert!(after >= before.min(declared), "{before} and {declared} became {after}");
        if let Some(PolicyRule::AtLeast(_)) = rule {
            prop_assert!(after >= before, "{before} became {after} under a floor");
        }
    }

    #[test]
    fn a_second_plan_is_empty_whatever_asks_for_it(
        domain in domains(), baseline in baselines(), reason in reasons(), next in reasons(),
    ) {
        let plan = plan_of(&domain, &baseline, &reason);
        let Decision::Update(update) = &plan.decision else { return Ok(()) };
        let settled = applied(&domain, &update.request);
        let again = |reason: &Reason| plan_of(&settled, &baseline, reason).decision;
        prop_assert!(!matches!(again(&reason), Decision::Update(_)));
        // What a sweep withholds, the removal of a failover, is left for the next change.
        if update.withheld.is_empty() {
            prop_assert!(!matches!(again(&next), Decision::Update(_)));
        } else {
            prop_assert_eq!(again(&Reason::Sweep), Decision::Refuse(Refusal::FailoverRemoval));
        }
    }

    #[test]
    fn a_sweep_never_removes_a_failover_and_withholds_nothing_else(
        domain in domains(), baseline in baselines(),
    ) {
        let Decision::Update(update) = plan_of(&domain, &baseline, &Reason::Sweep).decision else {
            return Ok(());
        };
        let routing = update.request.custom.map(|custom| custom.routing);
        prop_assert_ne!(routing, Some(RoutingUpdate::Remove));
        prop_assert!(update.withheld.iter().all(|drift| drift.attribute == Attribute::Routing));
    }
}

#[test]
fn the_random_baselines_are_mostly_sound_and_lead_to_every_decision() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3_000 {
        let (domain, baseline, reason) =
            (domains(), baselines(), reasons()).new_tree(&mut runner).unwrap().current();
        let shown = format!("{:?}", plan_of(&domain, &baseline, &reason).decision);
        let name: String = shown.chars().take_while(char::is_ascii_alphabetic).collect();
        seen.insert(name);
    }
    let seen: Vec<_> = seen.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        [
            "AuditOnly",
            "Exempt",
            "Gone",
            "Hold",
            "InSync",
            "NotRestored",
            "Refuse",
            "Restored",
            "Unmanaged",
            "Update"
        ]
    );
}
