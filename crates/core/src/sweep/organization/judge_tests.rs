use std::collections::BTreeSet;

use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::observing_tests::{add_off, place, update};
use super::*;
use crate::baseline::Baseline;
use crate::report::{Gap, HeldBy, SweepRecord};
use crate::sweep::Brake;

const BASELINE: &str = "version: 1
defaults:
  security_policy: { at_least: TLS_V1_2_2021 }
domains:
  - domain: login.example.com
    managed_login_version: 2
  - domain: old.example.com
    managed_login_version: 2
";

fn baseline() -> Baseline {
    Baseline::parse("baseline.yaml", BASELINE).unwrap()
}

fn guarded() -> BTreeSet<String> {
    ["eu-central-1".to_owned(), "us-west-2".to_owned()].into()
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(20_782 * 86_400 + 43_200).unwrap() // noon
}

/// What a batch answers that saw so many domains that could be put back in each account.
fn answer(off: &[(usize, usize)]) -> Observation {
    let mut all = Observing::new(guarded());
    for (account, domains) in off {
        let place = place(*account, "eu-central-1");
        all.covered();
        for nth in 0..*domains {
            all.seen.domains += 1;
            all.domains(&place, None);
            let name = format!("login.{nth}.example.com");
            add_off(&mut all, &place, &update(&name, "TLS_V1"), baseline().digest());
        }
    }
    all.finish(baseline().digest(), 50_000)
}

struct Given {
    standing: Standing,
    everything: Option<Everything>,
    answers: Vec<Answer>,
    now: OffsetDateTime,
    brake: Brake,
}

fn given(answers: Vec<Observation>) -> Given {
    Given {
        standing: Standing::default(),
        everything: Some(Everything { accounts: 10, fell: false }),
        answers: answers.into_iter().map(|answer| Answer::Seen(Box::new(answer))).collect(),
        now: now(),
        brake: Brake::ORGANIZATION,
    }
}

fn judge(given: Given) -> Judgement {
    let Given { standing, everything, answers, now, brake } = given;
    Judging {
        baseline: &baseline(),
        partition: "aws",
        guarded: &guarded(),
        brake,
        now,
        standing: &standing,
        everything,
    }
    .judge(answers)
}

fn targets(judgement: &Judgement) -> Vec<(&str, usize)> {
    let targets = judgement.put_back.iter();
    targets.map(|t| (t.account.as_str(), t.domains.values().map(Vec::len).sum())).collect()
}

#[test]
fn what_is_within_the_limits_is_put_back_and_said_how() {
    let judgement = judge(given(vec![answer(&[(1, 2)]), answer(&[(2, 1)])]));
    assert_eq!(targets(&judgement), [("000000000001", 2), ("000000000002", 1)]);
    let said: Vec<_> = judgement
        .changes
        .iter()
        .map(|(place, name, drift)| {
            format!("{place} {name} {} {} ({})", drift.attribute, drift.observed, drift.declared)
        })
        .collect();
    assert_eq!(
        said,
        [
            "000000000001/eu-central-1 login.0.example.com security_policy TLS_V1 (at_least: TLS_V1_2_2021)",
            "000000000001/eu-central-1 login.1.example.com security_policy TLS_V1 (at_least: TLS_V1_2_2021)",
            "000000000002/eu-central-1 login.0.example.com security_policy TLS_V1 (at_least: TLS_V1_2_2021)",
        ]
    );
    assert_eq!(judgement.sweep.held, None);
    assert!(judgement.held_set.is_empty() && !judgement.held_is_news);
}

#[test]
fn the_counts_of_an_account_in_several_answers_are_one_count() {
    let judgement = judge(given(vec![answer(&[(1, 2)]), answer(&[(1, 2), (2, 3)])]));
    assert_eq!(targets(&judgement), [("000000000002", 3)]);
    let held = judgement.sweep.held.unwrap();
    assert_eq!((held.domains, held.accounts.len()), (4, 1));
    assert_eq!(held.accounts[0].held_by, HeldBy::Account);
}

#[test]
fn over_the_total_nothing_is_put_back_and_everything_is_in_the_held_set() {
    let judgement = judge(given(vec![answer(&[(1, 3), (2, 3), (3, 3), (4, 3)])]));
    assert_eq!((targets(&judgement), judgement.changes.len()), (vec![], 0));
    assert_eq!(judgement.held_set.len(), 12);
    let held = judgement.sweep.held.unwrap();
    assert_eq!((held.domains, held.in_set), (12, 12));
    assert_eq!(held.set, judgement.held_set.hash().map(|hash| hash.to_string()));
    assert_eq!(held.entries[0].position, "baseline.yaml:3:3");
    assert!(judgement.held_is_news);
}

#[test]
fn people_hear_of_a_held_set_once_a_day_and_at_once_of_another() {
    let judged = |standing: Standing, domains: usize, later: Duration| {
        let answers = vec![answer(&[(1, domains)])];
        judge(Given { standing, now: now() + later, ..given(answers) })
    };
    let first = judged(Standing::default(), 4, Duration::ZERO);
    assert!(first.held_is_news);
    let again = judged(first.standing.clone(), 4, Duration::HOUR);
    assert!(!again.held_is_news);
    let other = judged(again.standing.clone(), 5, 2 * Duration::HOUR);
    assert!(other.held_is_news);
    // A place that cannot be seen for an hour makes another set, and then the first one again.
    let back = judged(other.standing, 4, 3 * Duration::HOUR);
    assert!(!back.held_is_news);
    let tomorrow = judged(back.standing, 4, Duration::DAY);
    assert!(tomorrow.held_is_news);
    let since = |judgement: &Judgement| judgement.sweep.held.as_ref().unwrap().since.clone();
    assert_eq!(since(&tomorrow), since(&first));
}

#[test]
fn what_did_not_answer_is_unknown_and_not_forgotten() {
    let standing = Standing {
        with_domains: vec!["000000000001/us-west-2".parse().unwrap()],
        ..Standing::default()
    };
    let lost =
        vec!["000000000001".parse().unwrap(), "000000000002/us-west-2#token".parse().unwrap()];
    let mut given = given(vec![answer(&[(3, 1)])]);
    given.answers.push(Answer::Lost { lost });
    let judgement = judge(Given { standing, ..given });
    let coverage = judgement.sweep.coverage.unwrap();
    assert_eq!((coverage.places, coverage.covered, coverage.unknown), (4, 1, 3));
    let first = &coverage.gaps[0];
    assert_eq!((first.region.as_str(), first.why), ("us-west-2", Gap::StepFailed));
    assert!(first.had_domains && judgement.sweep.complete && !judgement.urgent);
    let next: Vec<String> =
        judgement.standing.with_domains.iter().map(ToString::to_string).collect();
    assert_eq!(next, ["000000000001/us-west-2", "000000000003/eu-central-1"]);
}

#[test]
fn by_another_baseline_nothing_is_put_back_and_no_name_is_missing() {
    let other = Observation { baseline: "000000000000".to_owned(), ..answer(&[(1, 1)]) };
    let judgement = judge(given(vec![other, answer(&[(2, 1)])]));
    assert_eq!(targets(&judgement), [("000000000002", 1)]);
    let SweepRecord { domains, missing, complete, findings, .. } = judgement.sweep;
    assert_eq!((domains, missing, complete), (2, vec![], false));
    assert!(findings.last().is_some_and(|line| line.starts_with("another baseline was deployed")));
}

#[test]
fn people_hear_at_once_that_a_place_with_domains_is_guarded_no_longer() {
    let mut uncovered = Observing::new(guarded());
    uncovered.gap(Gap::NoRole, "000000000001", "us-west-2");
    let uncovered = uncovered.finish(baseline().digest(), 10_000);
    let with = |items: &[&str]| Standing {
        with_domains: items.iter().map(|item| item.parse().unwrap()).collect(),
        places: 20,
        ..Standing::default()
    };
    let hourly = |standing: Standing| {
        let all = given(vec![uncovered.clone()]);
        judge(Given { standing, everything: None, ..all })
    };
    let first = hourly(with(&["000000000001/us-west-2"]));
    assert!(first.urgent);
    let again = hourly(first.standing.clone());
    assert!(!again.urgent, "it is known");
    let coverage = again.sweep.coverage.unwrap();
    assert_eq!((coverage.places, coverage.covered, coverage.not_covered), (20, 19, 1));
    assert!(!hourly(with(&[])).urgent, "there was nothing to guard");
}

#[test]
fn a_sweep_of_some_places_leaves_what_is_known_of_the_others() {
    let gap = |account: &str| GapSince {
        why: Gap::NoRole,
        since: 100,
        places: vec![account.parse().unwrap()],
    };
    let standing = Standing {
        baseline: baseline().digest().to_owned(),
        looked_at_all: Some(7),
        accounts: 9,
        places: 18,
        with_domains: vec!["000000000001/eu-central-1".parse().unwrap()],
        gaps: vec![gap("000000000005")],
        ..Standing::default()
    };
    let all = Given { everything: None, ..given(vec![answer(&[(1, 1)])]) };
    let judgement = judge(Given { standing: standing.clone(), ..all });
    assert_eq!(judgement.standing, standing);
}

#[test]
fn a_declared_name_is_missing_only_where_every_place_was_seen() {
    let mut seen = Observing::new(guarded());
    seen.domains(&place(1, "eu-central-1"), Some(0));
    let seen = seen.finish(baseline().digest(), 10_000);
    let missing = |given: Given| judge(given).sweep.missing;
    assert_eq!(missing(given(vec![seen.clone()])), ["old.example.com"]);
    assert_eq!(missing(Given { everything: None, ..given(vec![seen.clone()]) }), [""; 0]);
    let mut all = given(vec![seen]);
    all.answers.push(Answer::Lost { lost: vec!["000000000009".parse().unwrap()] });
    assert_eq!(missing(all), [""; 0], "it may be there");
}

#[test]
fn fewer_than_half_of_the_accounts_is_urgent() {
    let everything = Some(Everything { accounts: 4, fell: true });
    let judgement = judge(Given { everything, ..given(vec![]) });
    assert!(judgement.urgent && judgement.sweep.coverage.unwrap().accounts_fell);
}

#[test]
fn without_a_limit_what_one_sweep_puts_back_still_fits() {
    let many: Vec<_> = (0..40).map(|account| (account, 60)).collect();
    let judgement = judge(Given { brake: Brake::NONE, ..given(vec![answer(&many)]) });
    assert!(size(&judgement.put_back) <= 44_000, "{}", size(&judgement.put_back));
    assert!(judgement.sweep.held.is_none() && judgement.held_set.is_empty());
}

/// The largest that each part can be, all at once: the answers of 50 batches that were all full.
#[test]
fn whatever_a_sweep_comes_to_fits_into_a_state() {
    let mut answers = Vec::new();
    for batch in 0..50_usize {
        let mut all = Observing::new(guarded());
        for nth in 0..100 {
            let account = batch * 100 + nth;
            let place = place(account, "us-west-2");
            all.domains(&place, None);
            all.finding(&place, &"f".repeat(300));
            all.ungoverned(&place, &"u".repeat(300));
            all.gap(Gap::ALL[nth % Gap::ALL.len()], &place.account, "eu-central-1");
            let name = format!("login.{nth}.a-department.example.com");
            add_off(&mut all, &place, &update(&name, "TLS_V1"), baseline().digest());
        }
        answers.push(all.finish(baseline().digest(), 2_400));
    }
    let answered: usize = answers.iter().map(size).sum();
    let judgement = judge(given(answers));
    let Judgement { put_back, held_set, sweep, standing, .. } = judgement;
    let said = size(&put_back) + size(&held_set) + size(&sweep) + size(&standing);
    assert!(answered <= 121_000 && size(&standing) <= 75_000, "{answered} {}", size(&standing));
    assert!(said < 230_000, "{said}");
    assert_eq!(sweep.held.unwrap().domains, 5_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The invariant that the brake is for, over everything that batches may answer: however the domains
    /// are spread over accounts and answers, no more is put back than the limits say, and what is put back
    /// or held was seen.
    #[test]
    fn no_more_is_put_back_than_the_brake_allows(
        answers in proptest::collection::vec(
            proptest::collection::vec((0_usize..6, 0_usize..5), 0..5), 0..4),
        (per_account, total) in (proptest::option::of(1_usize..5), proptest::option::of(1_usize..12)),
    ) {
        let brake = Brake { per_account, total };
        let answers: Vec<_> = answers.iter().map(|off| answer(off)).collect();
        let seen: usize = answers.iter().map(|answer| answer.seen.domains).sum();
        let judgement = judge(Given { brake, ..given(answers) });
        let targets = targets(&judgement);
        let put_back: usize = targets.iter().map(|(_, count)| count).sum();
        prop_assert!(total.is_none_or(|most| put_back <= most));
        prop_assert!(targets.iter().all(|(_, count)| per_account.is_none_or(|most| *count <= most)));
        let held = judgement.sweep.held.as_ref().map_or(0, |held| held.domains);
        prop_assert_eq!(put_back + held, seen);
        prop_assert_eq!(judgement.held_set.len(), held);
        for (account, region, _) in judgement.held_set.names() {
            prop_assert!(!targets.iter().any(|(id, _)| *id == account), "{account} {region}");
        }
    }
}
