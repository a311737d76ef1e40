//! What a sweep looks at, in batches of which each is one step's work.

use std::collections::BTreeSet;

use serde::Serialize;

use super::accounts::Exclusions;
use super::item::Item;
use super::places::Places;
use super::standing::Standing;

/// Batches at the most: their answers lie in one state together.
const MOST_BATCHES: usize = 50;
/// Bytes of all answers together, but for what they leave to look at. That is as much again, in one round.
const ANSWERS: usize = 120_000;
/// Bytes of one answer at the most.
const LARGEST_ANSWER: usize = 12_000;
/// Bytes of one answer at the least: counts, and some names.
const LEAST_ANSWER: usize = 1_000;
/// How often what could not be done in time is gone on with. A round takes four minutes.
const MOST_ROUNDS: usize = 30;

/// What a sweep looks at next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Batches {
    /// The batches.
    pub batches: Vec<Vec<Item>>,
    /// How many bytes each may answer.
    pub room: usize,
    /// What is not looked at any more, for want of time or room.
    pub given_up: Vec<Item>,
}

/// The accounts of a sweep that looks at every place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// How many there are.
    pub accounts: usize,
    /// Whether there are fewer than half as many as in the last such sweep.
    pub fell: bool,
    /// What to look at.
    pub items: Vec<Item>,
}

impl Listed {
    /// The accounts that were listed, without what is excluded: by its number, or since it is one of
    /// `below_excluded`, the accounts in the organizational units that are excluded.
    ///
    /// Where there are fewer than half as many accounts as in the last sweep, whatever lists them may be
    /// wrong: the places that had a domain are looked at in any case, and people are notified.
    pub fn of(
        accounts: Vec<Item>,
        below_excluded: &BTreeSet<String>,
        exclusions: &Exclusions,
        standing: &Standing,
        guarded: &BTreeSet<String>,
    ) -> Self {
        let is_looked_at = |item: &&Item| {
            !below_excluded.contains(&item.account) && !exclusions.accounts.contains(&item.account)
        };
        let listed: Vec<&Item> = accounts.iter().filter(is_looked_at).collect();
        let ids: BTreeSet<&str> = listed.iter().map(|item| item.account.as_str()).collect();
        let fell = 2 * ids.len() < standing.accounts;
        let remembered = standing.with_domains.iter().filter(|_| fell).filter(is_looked_at);
        let places = Places::of(listed.into_iter().chain(remembered), guarded);
        let accounts = ids.len();
        Self { accounts, fell, items: places.items(guarded).map(|(item, _)| item).collect() }
    }
}

impl Batches {
    /// The batches of a sweep's first round.
    pub fn first(items: Vec<Item>) -> Self {
        Self::of(items, ANSWERS)
    }

    /// The batches of the round after so many, of what the last one left. The answers so far have `used`
    /// bytes.
    pub fn after(rounds: usize, items: Vec<Item>, used: usize) -> Self {
        let batches = Self::of(items, ANSWERS.saturating_sub(used));
        if rounds < MOST_ROUNDS && batches.room >= LEAST_ANSWER {
            return batches;
        }
        let given_up = batches.batches.into_iter().flatten();
        Self { given_up: given_up.collect(), ..Self::default() }
    }

    fn of(items: Vec<Item>, bytes: usize) -> Self {
        // Neighbours in the list were often made together, for one purpose: dealt out like cards, no batch
        // has all the accounts with many user pools.
        let count = items.len().min(MOST_BATCHES);
        let mut batches = vec![Vec::new(); count];
        for (nth, item) in items.into_iter().enumerate() {
            if let Some(batch) = batches.get_mut(nth % count) {
                batch.push(item);
            }
        }
        let room = bytes.checked_div(count).unwrap_or(bytes).min(LARGEST_ANSWER);
        Self { batches, room, given_up: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sweep::organization::size;

    /// What Step Functions lets a state hold.
    const STATE: usize = 256 * 1_024;

    fn guarded() -> BTreeSet<String> {
        ["eu-central-1".to_owned(), "us-west-2".to_owned()].into()
    }

    fn items(texts: &[&str]) -> Vec<Item> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn accounts(count: usize) -> Vec<Item> {
        (0..count).map(|n| Item::account(format!("{n:012}"))).collect()
    }

    const A: &str = "111111111111";
    const B: &str = "222222222222";
    const C: &str = "333333333333";

    #[test]
    fn excluded_are_accounts_and_what_is_below_excluded_units() {
        let exclusions = Exclusions { accounts: [A.to_owned()].into(), ..Exclusions::default() };
        let below = [B.to_owned()].into();
        let listed =
            Listed::of(items(&[A, B, C, C]), &below, &exclusions, &Standing::default(), &guarded());
        assert_eq!(listed, Listed { accounts: 1, fell: false, items: items(&[C]) });
    }

    #[test]
    fn half_of_the_accounts_is_no_alarm_and_fewer_are_and_places_with_domains_are_not_forgotten() {
        let standing = Standing {
            accounts: 4,
            with_domains: items(&["222222222222/us-west-2", A]),
            ..Standing::default()
        };
        let listed = |accounts: &[&str]| {
            let (accounts, none) = (items(accounts), Exclusions::default());
            Listed::of(accounts, &BTreeSet::new(), &none, &standing, &guarded())
        };
        assert_eq!(listed(&[A, C]), Listed { accounts: 2, fell: false, items: items(&[A, C]) });
        let expected = items(&["222222222222/us-west-2", C]);
        let expected = items(&[A]).into_iter().chain(expected).collect();
        assert_eq!(listed(&[C]), Listed { accounts: 1, fell: true, items: expected });
        let nobody =
            Listed { accounts: 0, fell: true, items: items(&[A, "222222222222/us-west-2"]) };
        assert_eq!(listed(&[]), nobody);
    }

    #[test]
    fn what_is_left_is_gone_on_with_while_there_are_rounds_and_room() {
        let left = items(&["111111111111/us-west-2#token"]);
        assert_eq!(Batches::after(1, left.clone(), 0).batches.concat(), left);
        for (rounds, used) in [(MOST_ROUNDS, 0), (1, ANSWERS - LEAST_ANSWER + 1), (1, 2 * ANSWERS)]
        {
            let given_up = Batches { given_up: left.clone(), ..Batches::default() };
            assert_eq!(Batches::after(rounds, left.clone(), used), given_up, "{rounds} {used}");
        }
    }

    #[test]
    fn nothing_to_look_at_makes_no_batch() {
        assert_eq!(Batches::first(Vec::new()).batches, Vec::<Vec<Item>>::new());
    }

    /// The sizes that the sweep is made for, and three times as many accounts.
    #[test]
    fn what_is_to_be_looked_at_fits_into_a_state_and_so_do_the_answers() {
        for (count, bytes) in [(1, 15), (10, 150), (5_000, 75_000), (15_000, 225_000)] {
            let batches = Batches::first(accounts(count));
            let size = size(&batches);
            assert!((bytes..bytes + 400).contains(&size) && size < STATE, "{count}: {size}");
            // As much again for what is left, and what the state machine writes around each answer.
            let answers = batches.batches.len() * (2 * batches.room + 50);
            assert!(answers < STATE, "{count}: {answers}");
        }
    }

    proptest! {
        #[test]
        fn every_item_is_in_one_batch_and_they_differ_by_one_at_the_most(count in 0_usize..700) {
            let all = accounts(count);
            let batches = Batches::first(all.clone()).batches;
            let lengths: Vec<usize> = batches.iter().map(Vec::len).collect();
            if let (Some(least), Some(most)) = (lengths.iter().min(), lengths.iter().max()) {
                prop_assert!(*least > 0 && most - least <= 1);
            }
            let mut found: Vec<Item> = batches.into_iter().flatten().collect();
            found.sort();
            prop_assert_eq!(found, all);
        }
    }
}
