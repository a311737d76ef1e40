//! How many domains one sweep may put back.
//!
//! A wrong line in the baseline must not rewrite an organization's sign-in in one night. And whoever can
//! drift many domains must not be able to switch enforcement off for the others by it: so an account over
//! its own limit is held alone, and does not count in the total.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::HeldBy;

/// The limits, in domains a sweep. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brake {
    /// Of one account, with all its regions.
    pub per_account: Option<usize>,
    /// Of all accounts that are within theirs.
    pub total: Option<usize>,
}

impl Brake {
    /// What a sweep of an organization has unless somebody says otherwise.
    pub const ORGANIZATION: Self = Self { per_account: Some(3), total: Some(10) };
    /// What a sweep of one account has unless somebody says otherwise: none, as ever.
    pub const NONE: Self = Self { per_account: None, total: None };
}

/// How many domains of each account a sweep would put back.
pub type Counts = BTreeMap<String, usize>;

/// What the brake says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Braked {
    /// The accounts that are put back.
    pub put_back: Counts,
    /// The accounts over their own limit.
    pub held_by_account: Counts,
    /// The accounts within theirs that are held because all of them together are too many.
    pub held_by_total: Counts,
}

impl Braked {
    /// Why an account is held, if it is.
    pub fn held(&self, account: &str) -> Option<HeldBy> {
        let Self { put_back: _, held_by_account, held_by_total } = self;
        if held_by_account.contains_key(account) {
            Some(HeldBy::Account)
        } else if held_by_total.contains_key(account) {
            Some(HeldBy::Total)
        } else {
            None
        }
    }
}

impl Brake {
    /// Decides which accounts a sweep puts back.
    ///
    /// `unnamed` is how many more domains there are whose accounts did not fit into what a step says. They
    /// count in the total, since each may be in an account that is within its limit; nobody knows them, so
    /// none of them is put back.
    ///
    /// | an account has | all within their limits have, with the unnamed | it is |
    /// | --- | --- | --- |
    /// | more than its limit | whatever | held alone |
    /// | no more than its limit | no more than the total | put back |
    /// | no more than its limit | more than the total | held |
    pub fn apply(self, counts: &Counts, unnamed: usize) -> Braked {
        let is_over = |count: usize, limit: Option<usize>| limit.is_some_and(|most| count > most);
        let counted = counts.iter().filter(|(_, count)| **count > 0);
        let (over, within): (Counts, Counts) = counted
            .map(|(account, count)| (account.clone(), *count))
            .partition(|(_, count)| is_over(*count, self.per_account));
        let total = within.values().fold(unnamed, |sum, count| sum.saturating_add(*count));
        let mut braked = Braked { held_by_account: over, ..Braked::default() };
        if is_over(total, self.total) {
            braked.held_by_total = within;
        } else {
            braked.put_back = within;
        }
        braked
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEFAULT: Brake = Brake::ORGANIZATION;

    fn check(brake: Brake, counts: &[usize], unnamed: usize, expected: &str) {
        let account = |nth: usize| format!("{nth:012}");
        let counts: Counts = counts.iter().enumerate().map(|(n, c)| (account(n), *c)).collect();
        let braked = brake.apply(&counts, unnamed);
        let word = |account: &String| match braked.held(account) {
            Some(HeldBy::Account) => 'A',
            Some(HeldBy::Total) => 'T',
            None if braked.put_back.contains_key(account) => 'w',
            None => '.',
        };
        assert_eq!(counts.keys().map(word).collect::<String>(), expected, "{counts:?}");
    }

    #[test]
    fn nothing_is_held_within_the_limits() {
        check(DEFAULT, &[], 0, "");
        check(DEFAULT, &[0, 1, 3], 0, ".ww");
        check(DEFAULT, &[3, 3, 3, 1], 0, "wwww");
    }

    #[test]
    fn an_account_over_its_limit_is_held_alone_and_does_not_count_in_the_total() {
        check(DEFAULT, &[4, 1], 0, "Aw");
        check(DEFAULT, &[1000, 3, 3, 3, 1], 0, "Awwww");
        check(DEFAULT, &[1000, 1000], 0, "AA");
    }

    #[test]
    fn over_the_total_all_that_are_within_their_limits_are_held() {
        check(DEFAULT, &[3, 3, 3, 2], 0, "TTTT");
        check(DEFAULT, &[3, 3, 3, 2, 9], 0, "TTTTA");
        check(DEFAULT, &[1; 11], 0, "TTTTTTTTTTT");
    }

    #[test]
    fn domains_that_nobody_names_count_in_the_total() {
        check(DEFAULT, &[1], 9, "w");
        check(DEFAULT, &[1], 10, "T");
    }

    #[test]
    fn no_limit_is_none() {
        check(Brake::NONE, &[1000, 1000], 1000, "ww");
        check(Brake { per_account: None, total: Some(10) }, &[10], 0, "w");
        check(Brake { per_account: None, total: Some(10) }, &[11], 0, "T");
        check(Brake { per_account: Some(3), total: None }, &[3, 3, 3, 3, 4], 0, "wwwwA");
        check(Brake { per_account: Some(0), total: None }, &[0, 1], 0, ".A");
    }

    proptest! {
        #[test]
        fn no_more_is_put_back_than_the_limits_say(
            counts in proptest::collection::vec(0_usize..12, 0..12),
            (per_account, total) in (proptest::option::of(0_usize..6), proptest::option::of(0_usize..20)),
            unnamed in 0_usize..8,
        ) {
            let counts: Counts =
                counts.iter().enumerate().map(|(n, c)| (format!("{n:012}"), *c)).collect();
            let brake = Brake { per_account, total };
            let Braked { put_back, held_by_account, held_by_total } = brake.apply(&counts, unnamed);
            let sum: usize = put_back.values().sum();
            prop_assert!(total.is_none_or(|most| put_back.is_empty() || sum + unnamed <= most));
            prop_assert!(put_back.values().all(|count| per_account.is_none_or(|most| *count <= most)));
            // Each account with drift is in exactly one of the three.
            let mut all = Counts::new();
            for (account, count) in [put_back, held_by_account, held_by_total].into_iter().flatten() {
                prop_assert_eq!(all.insert(account, count), None);
            }
            let off: Counts = counts.into_iter().filter(|(_, count)| *count > 0).collect();
            prop_assert_eq!(all, off);
        }

        /// Whoever can drift as many domains of their own as they like stops nobody else's.
        #[test]
        fn one_account_over_its_limit_changes_nothing_for_the_others(
            counts in proptest::collection::vec(0_usize..4, 0..6),
            of_the_attacker in 4_usize..10_000,
        ) {
            let mut counts: Counts =
                counts.iter().enumerate().map(|(n, c)| (format!("{n:012}"), *c)).collect();
            let before = Brake::ORGANIZATION.apply(&counts, 0);
            counts.insert("999999999999".to_owned(), of_the_attacker);
            let after = Brake::ORGANIZATION.apply(&counts, 0);
            prop_assert_eq!(after.put_back, before.put_back);
            prop_assert_eq!(after.held_by_total, before.held_by_total);
        }
    }
}
