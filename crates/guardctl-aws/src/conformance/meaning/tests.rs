use cognito_domain_guard_sandbox::Variant;
use proptest::prelude::*;

use super::*;

fn finding(question: Question, kind: Kind, measured: Measured) -> Finding {
    Finding::new(question, kind, Outcome::Measured(measured))
}

#[test]
fn a_custom_domain_counts_before_a_prefix_domain() {
    let both = [
        finding(Question::BusyUpdating, Kind::Prefix, Measured::Accepted),
        finding(Question::BusyUpdating, Kind::Custom, Measured::Conflict),
        finding(Question::Describe, Kind::Prefix, Measured::Fresh),
    ];
    assert_eq!(
        Answers::of(&both).words(),
        "omitted=? busy=conflict empty-routing=? old-policy=? describe=fresh"
    );
}

#[test]
fn members_that_are_not_treated_alike_are_outside_of_the_variants() {
    let mixed = [
        finding(Question::OmittedSecurityPolicy, Kind::Custom, Measured::Reset),
        finding(Question::OmittedManagedLogin, Kind::Custom, Measured::Kept),
        finding(Question::OmittedManagedLogin, Kind::Prefix, Measured::Kept),
    ];
    assert_eq!(Answers::of(&mixed).omitted, None);
    let unexpected = unexpected(&mixed);
    assert_eq!(unexpected.len(), 1);
    assert!(
        unexpected[0].contains("omitted.security_policy=reset, omitted.managed_login_version=kept"),
        "{unexpected:?}"
    );
}

#[test]
fn an_unexpected_member_is_not_covered_by_the_others() {
    let findings = [
        finding(Question::OmittedManagedLogin, Kind::Custom, Measured::Kept),
        Finding::new(
            Question::OmittedSecurityPolicy,
            Kind::Custom,
            Outcome::Unexpected("it became TLS_V1".to_owned()),
        )
        .with("before TLS_V1_3_2025"),
    ];
    assert_eq!(Answers::of(&findings).omitted, None);
    assert!(unexpected(&findings)[0].ends_with("before TLS_V1_3_2025"));
}

/// The page's table is what is shown, so a row that is worded anew must still be found.
#[test]
fn each_answer_that_makes_a_difference_has_its_row_in_the_proof() {
    let none = Answers::default();
    for (answers, conditions) in [
        (Answers { busy: Some(Measured::Conflict), ..none.clone() }, 1),
        (Answers { busy: Some(Measured::Invalid), ..none.clone() }, 1),
        (Answers { busy: Some(Measured::Accepted), ..none.clone() }, 1),
        (Answers { empty_routing: Some(Measured::Keeps), ..none.clone() }, 1),
        (Answers { empty_routing: Some(Measured::Removes), ..none.clone() }, 1),
        (Answers { describe: Some(Measured::Lags(Duration::ZERO)), ..none.clone() }, 1),
        (Answers { omitted: Some(Measured::Reset), ..none.clone() }, 1),
        (Answers { omitted: Some(Measured::Kept), ..none.clone() }, 0),
        (Answers { describe: Some(Measured::Fresh), ..none.clone() }, 0),
        (none, 0),
    ] {
        assert_eq!(for_an_operator(&answers).len(), conditions, "{answers:?}");
    }
    assert!(rows().count() >= 7);
}

#[test]
fn the_words_are_those_of_the_simulation() {
    let answers = Answers {
        omitted: Some(Measured::Kept),
        busy: Some(Measured::Invalid),
        empty_routing: Some(Measured::Keeps),
        describe: Some(Measured::Lags(Duration::from_secs(9))),
    };
    let words = answers.words().replace("old-policy=?", "old-policy=absent");
    assert!(words.parse::<Variant>().is_ok(), "{words}");
}

#[test]
fn what_is_found_says_what_to_set() {
    let needed =
        |resource: &str, is_own| Measured::Needed { resource: resource.to_owned(), is_own };
    for (question, measured, said) in [
        (Question::EmptyRouting, Measured::Removes, "`guardctl apply` removes it"),
        (Question::EmptyRouting, Measured::Keeps, "by hand"),
        (Question::UpdateDistribution, needed("*", true), "leave DenyOwnDistributions at false"),
        (
            Question::UpdateDistribution,
            needed("arn:x", false),
            "DenyOwnDistributions=true is possible",
        ),
        (Question::UpdateDistribution, Measured::NotNeeded, "can be left out"),
        (
            Question::DurationUpdating,
            Measured::Took(Duration::from_secs(3600)),
            "DriftLastsMinutes",
        ),
        (
            Question::DurationUpdating,
            Measured::Took(Duration::from_secs(300)),
            "nothing that was found",
        ),
        (Question::Describe, Measured::Fresh, "nothing that was found"),
    ] {
        let settings = settings(&[finding(question, Kind::Custom, measured)]);
        assert_eq!(settings.len(), 1);
        assert!(settings[0].contains(said), "{settings:?}");
    }
}

proptest! {
    /// The order in which things are found makes no difference.
    #[test]
    fn answers_do_not_hang_on_the_order_of_the_findings(order in Just(vec![0, 1, 2, 3, 4]).prop_shuffle()) {
        let findings = [
            finding(Question::OmittedSecurityPolicy, Kind::Custom, Measured::Reset),
            finding(Question::OmittedManagedLogin, Kind::Custom, Measured::Reset),
            finding(Question::OmittedManagedLogin, Kind::Prefix, Measured::Kept),
            finding(Question::BusyUpdating, Kind::Prefix, Measured::Accepted),
            finding(Question::Describe, Kind::Custom, Measured::Fresh),
        ];
        let shuffled: Vec<Finding> = order.iter().map(|nth| findings[*nth].clone()).collect();
        prop_assert_eq!(Answers::of(&shuffled), Answers::of(&findings));
    }
}
