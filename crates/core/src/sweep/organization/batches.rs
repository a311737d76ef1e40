//! What a sweep looks at, in batches of which each is one step's work.

use std::collections::BTreeSet;

use serde::Serialize;

use super::item::Item;
use super::places::Places;
use super::standing::Standing;

/// Batches at the most: their answers lie in one state together.
const MOST_BATCHES: usize = 50;
/// Items of a batch at the least, where there are enough: each batch costs some transitions of a state machine.
const LEAST_ITEMS: usize = 20;
/// Bytes of all answers together. As many again are left for what stands beside them when they are judged.
const ANSWERS: usize = 120_000;
/// Bytes of one answer at the most.
const LARGEST_ANSWER: usize = 24_000;

/// What a sweep looks at, dealt out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Batches {
    /// The batches.
    pub batches: Vec<Batch>,
    /// How many bytes each may answer.
    pub room: usize,
}

/// One step's work. An object, since JSONata takes a list in a list for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// What to look at.
    pub items: Vec<Item>,
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
    /// The accounts that were listed, each once and without those that are excluded.
    ///
    /// Where there are fewer than half as many accounts as in the last sweep, whatever lists them may be
    /// wrong: the places that had a domain are looked at in any case, and people are notified.
    pub fn of(
        accounts: Vec<Item>,
        excluded: &BTreeSet<String>,
        standing: &Standing,
        guarded: &BTreeSet<String>,
    ) -> Self {
        let is_looked_at = |item: &&Item| !excluded.contains(&item.account);
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
    /// The batches of these.
    pub fn of(items: Vec<Item>) -> Self {
        // Neighbours in the list were often made together, for one purpose: dealt out like cards, no batch
        // has all the accounts with many user pools.
        let count = items.len().div_ceil(LEAST_ITEMS).min(MOST_BATCHES);
        let mut batches = vec![Batch::default(); count];
        for (nth, item) in items.into_iter().enumerate() {
            if let Some(batch) = batches.get_mut(nth % count) {
                batch.items.push(item);
            }
        }
        let room = ANSWERS.checked_div(count).unwrap_or(ANSWERS).min(LARGEST_ANSWER);
        Self { batches, room }
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
    fn each_account_is_looked_at_once_and_an_excluded_one_not_at_all() {
        let excluded = [A.to_owned()].into();
        let listed = Listed::of(items(&[A, B, C, C]), &excluded, &Standing::default(), &guarded());
        assert_eq!(listed, Listed { accounts: 2, fell: false, items: items(&[B, C]) });
    }

    #[test]
    fn half_of_the_accounts_is_no_alarm_and_fewer_are_and_places_with_domains_are_not_forgotten() {
        let standing = Standing {
            accounts: 4,
            with_domains: items(&["222222222222/us-west-2", A]),
            ..Standing::default()
        };
        let listed = |accounts: &[&str]| {
            Listed::of(items(accounts), &BTreeSet::new(), &standing, &guarded())
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
    fn nothing_to_look_at_makes_no_batch_and_little_makes_few() {
        for (items, batches) in [(0, 0), (1, 1), (20, 1), (21, 2), (999, 50), (5_000, 50)] {
            assert_eq!(Batches::of(accounts(items)).batches.len(), batches, "{items}");
        }
    }

    /// The sizes that the sweep is made for, and twice as many accounts.
    #[test]
    fn what_is_to_be_looked_at_fits_into_a_state_and_so_do_the_answers() {
        for (count, bytes) in [(1, 15), (10, 150), (5_000, 75_000), (10_000, 150_000)] {
            let batches = Batches::of(accounts(count));
            let size = size(&batches);
            assert!((bytes..bytes + 1_000).contains(&size) && size < STATE, "{count}: {size}");
            // What the state machine writes around each answer is a comma.
            let answers = batches.batches.len() * (batches.room + 1);
            assert!(answers <= ANSWERS + 50, "{count}: {answers}");
        }
    }

    proptest! {
        #[test]
        fn every_item_is_in_one_batch_and_they_differ_by_one_at_the_most(count in 0_usize..1_500) {
            let all = accounts(count);
            let batches = Batches::of(all.clone()).batches;
            let lengths: Vec<usize> = batches.iter().map(|batch| batch.items.len()).collect();
            if let (Some(least), Some(most)) = (lengths.iter().min(), lengths.iter().max()) {
                prop_assert!(*least > 0 && most - least <= 1);
            }
            let mut found: Vec<Item> = batches.into_iter().flat_map(|batch| batch.items).collect();
            found.sort();
            prop_assert_eq!(found, all);
        }
    }
}
