//! The tables of `judge`, and the choice of values.

use std::time::Duration;

use cognito_domain_guard::domain::{
    CustomDomain, Domain, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use proptest::prelude::*;

use super::chosen::Chosen;
use super::judge;
use crate::conformance::finding::{Finding, Kind, Measured, Outcome, Question, Refusal};
use crate::conformance::lab::{Answer, Change, Look, Probe};
use crate::conformance::values::policy;

fn domain(status: Status, policy: &str) -> Domain {
    Domain {
        name: "guard-test.example.com".to_owned(),
        user_pool_id: "eu-central-1_Ab12Cd34E".to_owned(),
        account: Some("111122223333".to_owned()),
        status,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some("arn".to_owned()),
            security_policy: ObservedPolicy::from_name(policy),
            failover: None,
        }),
        managed_login_version: Some(1),
    }
}

fn refusal(code: &str, message: &str) -> Answer {
    Answer::Refused(Refusal { code: code.to_owned(), message: message.to_owned() })
}

/// An accepted update, and what was described: seconds, status and policy.
fn change(looks: &[(u64, Status, &str)]) -> Change {
    let looks = looks.iter().map(|(seconds, status, policy)| Look {
        after: Duration::from_secs(*seconds),
        domain: domain(status.clone(), policy),
    });
    Change {
        before: domain(Status::Active, "OLD"),
        answer: Answer::Accepted,
        is_timed: true,
        looks: looks.collect(),
    }
}

fn told(finding: &Finding) -> String {
    let text = finding.to_string();
    text.split_once(": ").map_or(text.clone(), |(_, told)| told.to_owned())
}

#[test]
fn what_is_described_meanwhile_is_fresh_or_lags_and_nothing_else_is_expected() {
    use Status::{Active, Updating};
    for (looks, expected) in [
        (&[(0, Updating, "NEW"), (300, Active, "NEW")][..], "fresh"),
        (&[(0, Active, "NEW")], "fresh"),
        (&[(0, Updating, "OLD"), (300, Active, "NEW")], "lags"),
        (&[(0, Updating, "OLD"), (9, Updating, "NEW"), (300, Active, "NEW")], "lags"),
        (
            &[(0, Active, "OLD"), (2, Active, "NEW")],
            "UNEXPECTED: it was described as ACTIVE with the old value first",
        ),
        (
            &[(0, Active, "OLD"), (1, Updating, "NEW"), (2, Active, "NEW")],
            "UNEXPECTED: it was described as ACTIVE with the old value first",
        ),
        (
            &[(0, Updating, "NEW"), (300, Active, "OLD")],
            "UNEXPECTED: accepted, and once ACTIVE it is OLD instead of NEW",
        ),
        (
            &[(0, Updating, "THIRD"), (300, Active, "NEW")],
            "UNEXPECTED: meanwhile it was neither the old nor the new value",
        ),
        (&[], "not measured: nothing was described"),
    ] {
        let value = |domain: &Domain| policy(domain).unwrap_or_default();
        let finding = judge::describe(Kind::Custom, &change(looks), value, ("OLD", "NEW"));
        assert_eq!(told(&finding), expected, "{looks:?}");
        assert_eq!(finding.evidence.len(), looks.len());
    }
}

#[test]
fn an_update_of_a_busy_domain_is_judged_by_its_code_and_by_what_came_of_it() {
    let probe = |answer, after| Probe { before: Status::Updating, answer, after };
    let busy = |answer, effect| {
        let probe = probe(answer, Status::Updating);
        told(&judge::busy(Question::BusyUpdating, Kind::Custom, Some(&probe), effect))
    };
    assert_eq!(busy(Answer::Accepted, Some(true)), "accepted");
    assert_eq!(busy(Answer::Accepted, None), "accepted");
    assert_eq!(busy(refusal("ConcurrentModificationException", "x"), None), "conflict");
    assert_eq!(busy(refusal("InvalidParameterException", "x"), None), "invalid");
    assert_eq!(
        busy(refusal("OperationNotEnabledException", "not now"), None),
        "UNEXPECTED: refused with OperationNotEnabledException: not now"
    );
    assert_eq!(
        busy(Answer::Accepted, Some(false)),
        "UNEXPECTED: accepted, and without effect once the domain is ACTIVE"
    );
    assert!(busy(Answer::Lost("reset".to_owned()), None).starts_with("not measured"));
    let late = probe(Answer::Accepted, Status::Active);
    let late = judge::busy(Question::BusyUpdating, Kind::Custom, Some(&late), Some(true));
    assert!(told(&late).starts_with("not measured: the domain became ACTIVE"));
    let never = judge::busy(Question::BusyUpdating, Kind::Custom, None, None);
    assert!(told(&never).starts_with("not measurable here"));
}

#[test]
fn what_is_left_out_is_kept_or_reset_or_unexpected_and_never_a_guess() {
    let omitted = |before: &str, new: &str, after: &str| {
        told(&judge::omitted(Question::OmittedManagedLogin, Kind::Custom, before, new, after))
    };
    assert_eq!(omitted("2", "1", "2"), "kept");
    assert_eq!(omitted("2", "1", "1"), "reset");
    assert_eq!(omitted("2", "absent", "absent"), "reset");
    assert_eq!(
        omitted("2", "1", "absent"),
        "UNEXPECTED: it became absent, which is neither kept nor reset"
    );
    assert!(omitted("1", "1", "1").starts_with("not measurable here"));
}

#[test]
fn a_permission_is_needed_where_a_refusal_names_it() {
    let denied = |code: &str, message: &str| {
        let mut change = change(&[]);
        change.answer = refusal(code, message);
        judge::update_distribution(&change, "111122223333").outcome
    };
    let needed = |resource: &str, is_own| {
        Outcome::Measured(Measured::Needed { resource: resource.to_owned(), is_own })
    };
    let says = |resource: &str| {
        format!(
            "User: x is not authorized to perform: cloudfront:UpdateDistribution on resource: {resource}."
        )
    };
    let own = "arn:aws:cloudfront::111122223333:distribution/E1";
    let cognitos = "arn:aws:cloudfront::444455556666:distribution/E1";
    assert_eq!(denied("AccessDeniedException", &says(own)), needed(own, true));
    assert_eq!(denied("AccessDeniedException", &says(cognitos)), needed(cognitos, false));
    assert_eq!(
        denied("AccessDeniedException", "cloudfront:updateDistribution is missing"),
        needed("*", true)
    );
    let other = denied("AccessDeniedException", "cognito-idp:UpdateUserPoolDomain");
    assert!(matches!(other, Outcome::NotMeasurable(_)));
    assert!(matches!(denied("InvalidParameterException", "x"), Outcome::Unexpected(_)));
    assert_eq!(
        judge::update_distribution(&change(&[]), "x").outcome,
        Outcome::Measured(Measured::NotNeeded)
    );
}

#[test]
fn a_domain_of_another_account_names_it() {
    let seen = |account: Option<&str>| {
        let mut domain = domain(Status::Active, "TLS_V1");
        domain.account = account.map(str::to_owned);
        judge::elsewhere(Some(&domain), "111122223333").outcome
    };
    assert_eq!(seen(Some("444455556666")), Outcome::Measured(Measured::Described));
    assert!(matches!(seen(Some("111122223333")), Outcome::NotMeasurable(_)));
    assert!(matches!(seen(None), Outcome::Unexpected(_)));
    assert_eq!(judge::elsewhere(None, "x").outcome, Outcome::Measured(Measured::Hidden));
}

proptest! {
    /// Whatever a new domain has, the chosen values tell kept from reset, and are such as Cognito takes.
    #[test]
    fn the_chosen_values_are_not_those_of_a_new_domain(
        new_policy in prop::sample::select(vec!["absent", "TLS_V1", "TLS_V1_2_2021", "TLS_V1_3_2025", "TLS_V2_2030"]),
        new_login in prop::sample::select(vec!["absent", "1", "2"]),
    ) {
        let Chosen { base, other, first, usual_login, base_login } = Chosen::by(new_policy, new_login);
        prop_assert_ne!(base.as_str(), new_policy);
        prop_assert_ne!(first.as_str(), new_policy);
        prop_assert_ne!(first, base);
        prop_assert_ne!(other, base);
        prop_assert_ne!(usual_login, base_login);
        prop_assert_ne!(base_login.to_string(), new_login);
        for with_managed_login in [base, other] {
            prop_assert_ne!(with_managed_login, SecurityPolicy::TlsV1);
        }
    }
}
