use std::collections::BTreeMap;

use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::baseline::Position;
use crate::domain::Attribute;
use crate::place::Place;
use crate::plan::{AttributeValue, Drift, Update, UpdateRequest};
use crate::report::Gap;
use crate::sweep::Fingerprint;

const DIGEST: &str = "3f9c0d5b7e12";

fn regions() -> [String; 2] {
    ["eu-central-1".to_owned(), "us-west-2".to_owned()]
}

pub(super) fn place(account: usize, region: &str) -> Place {
    Place {
        partition: "aws".to_owned(),
        account: format!("{account:012}"),
        region: region.to_owned(),
    }
}

pub(super) fn update(domain: &str, observed: &str) -> Update {
    Update {
        request: UpdateRequest {
            domain: domain.to_owned(),
            user_pool_id: "eu-central-1_a".to_owned(),
            managed_login_version: Some(1),
            custom: None,
        },
        changes: vec![Drift {
            attribute: Attribute::SecurityPolicy,
            observed: AttributeValue::Text(observed.to_owned()),
            desired: AttributeValue::Text("TLS_V1_2_2021".to_owned()),
            declared: "at_least: TLS_V1_2_2021".to_owned(),
            position: Position { line: 7, column: 3 },
        }],
        withheld: Vec::new(),
        notify_first: false,
    }
}

/// A domain with that update.
pub(super) fn add_off(all: &mut Observing, place: &Place, update: &Update, digest: &str) {
    let fingerprint = Fingerprint::of(place, update, digest);
    all.off(place, &update.request.domain, fingerprint, &update.changes);
}

/// A batch with something of everything.
fn observing() -> Observing {
    let mut all = Observing::new(regions());
    for (account, region, name) in [
        (1, "eu-central-1", "b.example.com"),
        (1, "eu-central-1", "a.example.com"),
        (2, "us-west-2", "c.example.com"),
    ] {
        let place = place(account, region);
        all.covered();
        all.domains(&place, (name == "c.example.com").then_some(4));
        all.seen.domains += 1;
        add_off(&mut all, &place, &update(name, "TLS_V1"), DIGEST);
    }
    for region in regions() {
        all.gap(Gap::NoRole, "000000000003", &region);
        all.gap(Gap::Throttled, "000000000004", &region);
    }
    all.gap(Gap::NoRole, "000000000005", "us-west-2");
    all.finding(&place(1, "us-west-2"), "d.example.com is left unchanged (audit mode)");
    all.ungoverned(&place(2, "us-west-2"), "prefix");
    all.rest("000000000006".parse().unwrap());
    all.rest("000000000007/us-west-2#token".parse().unwrap());
    all
}

fn shown(observation: &Observation) -> String {
    serde_json::to_string_pretty(observation).unwrap()
}

#[test]
fn an_observation_with_room_says_everything_shortly() {
    let answer = observing().finish(DIGEST, 4_000);
    expect![[r#"
        {
          "baseline": "3f9c0d5b7e12",
          "seen": {
            "covered": 3,
            "not_covered": 3,
            "unknown_places": 2,
            "pools": 0,
            "domains": 3,
            "governed": 0,
            "drifted": 0,
            "busy": 0,
            "paused": 0,
            "exempt": 0,
            "unknown": 0
          },
          "rest": [
            "000000000006",
            "000000000007/us-west-2#token"
          ],
          "off": {
            "000000000001": {
              "count": 2,
              "domains": {
                "eu-central-1": [
                  [
                    "a.example.com",
                    "0b4474a46ec30ecec17a3764",
                    [
                      [
                        "security_policy",
                        "TLS_V1",
                        "TLS_V1_2_2021"
                      ]
                    ]
                  ],
                  [
                    "b.example.com",
                    "d1d69587fdcbd1dbda01ac19",
                    [
                      [
                        "security_policy",
                        "TLS_V1",
                        "TLS_V1_2_2021"
                      ]
                    ]
                  ]
                ]
              }
            },
            "000000000002": {
              "count": 1,
              "domains": {
                "us-west-2": [
                  [
                    "c.example.com",
                    "bb81bba01ae8f0a10e5a7c8a",
                    [
                      [
                        "security_policy",
                        "TLS_V1",
                        "TLS_V1_2_2021"
                      ]
                    ]
                  ]
                ]
              }
            }
          },
          "gaps": {
            "no_role": [
              "000000000003",
              "000000000005/us-west-2"
            ],
            "throttled": [
              "000000000004"
            ]
          },
          "with_domains": [
            "000000000001/eu-central-1",
            "000000000002/us-west-2"
          ],
          "names": [
            4
          ],
          "findings": [
            "000000000001/us-west-2: d.example.com is left unchanged (audit mode)"
          ],
          "ungoverned": [
            "000000000002/us-west-2 prefix"
          ]
        }"#]]
    .assert_eq(&shown(&answer));
}

#[test]
fn what_does_not_fit_is_counted() {
    let whole = observing().finish(DIGEST, 4_000);
    for most in [0, 650, 700, 750, 800, 900, 1_000] {
        let answer = observing().finish(DIGEST, most);
        assert_eq!(counts(&answer), counts(&whole), "{most}");
    }
}

/// What the numbers of an observation say, whether or not the names fitted.
fn counts(answer: &Observation) -> [usize; 5] {
    let places = |items: &[Item]| -> usize {
        items.iter().map(|i| if i.regions.is_empty() { 2 } else { i.regions.len() }).sum()
    };
    let rest = places(&answer.rest);
    let off: usize = answer.off.values().map(|account| account.count).sum();
    let gaps: usize = answer.gaps.values().map(|items| places(items)).sum();
    [
        off + answer.unnamed,
        gaps + answer.unnamed_gaps + rest,
        places(&answer.with_domains) + answer.unnamed_with_domains,
        answer.names.len() + answer.unnamed_names,
        answer.findings.len() + answer.ungoverned.len() + answer.left_out,
    ]
}

#[test]
fn accounts_with_few_domains_are_named_first_and_whole() {
    let mut all = Observing::new(regions());
    for nth in 0..500 {
        add_off(
            &mut all,
            &place(1, "eu-central-1"),
            &update(&format!("x{nth}.example.com"), "TLS_V1"),
            DIGEST,
        );
    }
    add_off(&mut all, &place(2, "eu-central-1"), &update("login.example.com", "TLS_V1"), DIGEST);
    let answer = all.finish(DIGEST, 1_500);
    let listed =
        |account: &str| -> usize { answer.off[account].domains.values().map(Vec::len).sum() };
    assert_eq!(answer.off["000000000001"].count, 500, "the count is whole");
    assert_eq!(listed("000000000002"), 1);
    assert!((1..500).contains(&listed("000000000001")), "{}", listed("000000000001"));
    assert_eq!(answer.unnamed, 0);
}

#[test]
fn a_place_whose_token_is_too_long_is_begun_anew() {
    let mut all = Observing::new(regions());
    let token = "t".repeat(3_000);
    all.rest(format!("000000000001/us-west-2#{token}").parse().unwrap());
    let answer = all.finish(DIGEST, 500);
    assert_eq!(answer.rest, ["000000000001/us-west-2".parse::<Item>().unwrap()]);
}

#[test]
fn what_many_rounds_left_is_unknown_for_want_of_time() {
    let mut answer = Observation { rounds: 7, ..Observation::default() };
    for (rounds, unknown) in [(8, 2), (9, 2)] {
        let mut all = Observing::after(answer, regions());
        assert_eq!(all.seen.unknown_places, if rounds == 8 { 0 } else { 2 });
        if rounds == 8 {
            all.rest(Item::account("000000000001".to_owned()));
        }
        answer = all.finish(DIGEST, 1_000);
        assert_eq!((answer.rest.len(), answer.rounds), (0, rounds));
        assert_eq!((answer.seen.unknown_places, answer.gaps[&Gap::NoTime].len()), (unknown, 1));
    }
}

#[test]
fn values_of_others_are_short_and_harmless() {
    let mut all = Observing::new(regions());
    let hostile = format!("\u{1b}[31m\n{}", "x".repeat(10_000));
    add_off(&mut all, &place(1, "us-west-2"), &update("login.example.com", &hostile), DIGEST);
    all.finding(&place(1, "us-west-2"), &hostile);
    all.ungoverned(&place(1, "us-west-2"), &hostile);
    let text = serde_json::to_string(&all.finish(DIGEST, 100_000)).unwrap();
    assert!(text.len() < 2_000 && !text.contains("u001b"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// 256 KiB are for all batches together, so no batch takes more than its share, whoever chose what is
    /// in it; and what is said is read back as it was.
    #[test]
    fn no_observation_is_larger_than_its_share_and_none_loses_a_count(
        domains in proptest::collection::vec((0_usize..40, 0_usize..2, "[a-z\"\\\\é.]{1,80}"), 0..120),
        gaps in proptest::collection::vec((0..Gap::ALL.len(), 0_usize..60, 0_usize..2), 0..120),
        rest in 0_usize..120,
        most in 1_000_usize..12_000,
    ) {
        let mut all = Observing::new(regions());
        let mut expected = BTreeMap::<String, usize>::new();
        for (account, region, name) in &domains {
            let place = place(*account, &regions()[*region]);
            all.domains(&place, Some(*account));
            add_off(&mut all, &place, &update(name, name), DIGEST);
            all.finding(&place, name);
            all.ungoverned(&place, name);
            *expected.entry(place.account).or_default() += 1;
        }
        for (why, account, region) in &gaps {
            all.gap(Gap::ALL[*why], &format!("{account:012}"), &regions()[*region]);
        }
        for account in 0..rest {
            all.rest(Item::account(format!("{account:012}")));
        }
        let answer = all.finish(DIGEST, most);
        let text = serde_json::to_string(&answer).unwrap();
        let without_rest = size(&Observation { rest: Vec::new(), ..answer.clone() });
        prop_assert!(without_rest <= most, "{without_rest} of {most}");
        // Gone on with, and with nothing more to see, it says the same.
        let again = Observing::after(answer.clone(), regions()).finish(DIGEST, 1_000_000);
        prop_assert_eq!(&again, &Observation { rest: Vec::new(), rounds: 1, ..answer.clone() });
        prop_assert_eq!(serde_json::from_str::<Observation>(&text).unwrap(), answer.clone());
        let named: usize = answer.off.values().map(|account| account.count).sum();
        prop_assert_eq!(named + answer.unnamed, domains.len());
        for (account, off) in &answer.off {
            prop_assert_eq!(off.count, expected[account]);
            let listed: usize = off.domains.values().map(Vec::len).sum();
            prop_assert!(listed <= off.count);
        }
    }
}
