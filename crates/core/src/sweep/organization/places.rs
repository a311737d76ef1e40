//! Sets of places, and the short form in which they travel.

use std::collections::{BTreeMap, BTreeSet};

use super::item::Item;

/// Accounts, each with some of the regions that are guarded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, BTreeSet<String>>);

impl Places {
    /// The places that those items stand for, where these regions are guarded.
    pub fn of<'a>(items: impl IntoIterator<Item = &'a Item>, guarded: &BTreeSet<String>) -> Self {
        let mut places = Self::default();
        for Item { account, regions, page: _ } in items {
            let of_account = places.0.entry(account.clone()).or_default();
            if regions.is_empty() {
                of_account.extend(guarded.iter().cloned());
            } else {
                of_account.extend(regions.iter().cloned());
            }
        }
        places
    }

    /// Adds one.
    pub fn add(&mut self, account: &str, region: &str) -> bool {
        self.0.entry(account.to_owned()).or_default().insert(region.to_owned())
    }

    /// Adds others.
    pub fn extend(&mut self, others: &Self) {
        for (account, region) in others.iter() {
            self.add(account, region);
        }
    }

    /// Whether it is one of them.
    pub fn has(&self, account: &str, region: &str) -> bool {
        self.0.get(account).is_some_and(|regions| regions.contains(region))
    }

    /// Each, by account and region.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(account, regions)| {
            regions.iter().map(move |region| (account.as_str(), region.as_str()))
        })
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(BTreeSet::is_empty)
    }

    /// The items that stand for them, each with how many it stands for. An account with every region that
    /// is guarded is said without its regions.
    pub fn items(self, guarded: &BTreeSet<String>) -> impl Iterator<Item = (Item, usize)> {
        let occupied = self.0.into_iter().filter(|(_, regions)| !regions.is_empty());
        occupied.map(move |(account, regions)| {
            let places = regions.len();
            let is_whole = places > 1 && regions == *guarded;
            let regions = if is_whole { Vec::new() } else { regions.into_iter().collect() };
            (Item { account, regions, page: None }, places)
        })
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Places {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(all: T) -> Self {
        let mut places = Self::default();
        for (account, region) in all {
            places.add(account, region);
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded() -> BTreeSet<String> {
        ["eu-central-1".to_owned(), "us-west-2".to_owned()].into()
    }

    #[test]
    fn items_stand_for_places_and_places_for_items() {
        for (items, short) in [
            (vec!["111111111111"], vec![("111111111111", 2)]),
            (
                vec![
                    "111111111111/us-west-2",
                    "111111111111/eu-central-1",
                    "222222222222/us-west-2",
                ],
                vec![("111111111111", 2), ("222222222222/us-west-2", 1)],
            ),
            // A region that is guarded no longer is still a place.
            (vec!["111111111111/us-east-1"], vec![("111111111111/us-east-1", 1)]),
            (vec!["111111111111/us-west-2#token"], vec![("111111111111/us-west-2", 1)]),
        ] {
            let items: Vec<Item> = items.iter().map(|text| text.parse().unwrap()).collect();
            let found: Vec<_> = Places::of(&items, &guarded())
                .items(&guarded())
                .map(|(item, places)| (item.to_string(), places))
                .collect();
            let short: Vec<_> = short.into_iter().map(|(item, n)| (item.to_owned(), n)).collect();
            assert_eq!(found, short);
        }
    }

    #[test]
    fn where_one_region_is_guarded_it_is_named() {
        let one: BTreeSet<String> = ["eu-central-1".to_owned()].into();
        let places = Places::of(&["111111111111".parse().unwrap()], &one);
        assert_eq!((places.len(), places.is_empty()), (1, false));
        let item = places.items(&one).next().unwrap().0;
        assert_eq!(item.to_string(), "111111111111/eu-central-1");
    }
}
