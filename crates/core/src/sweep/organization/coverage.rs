//! Which places are guarded, which are not, of which nobody knows, and since when.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::item::Item;
use super::observing::fitting;
use super::places::Places;
use super::room::Room;
use crate::report::Gap;

/// Places of which something is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapSince {
    /// Why it is not known.
    pub why: Gap,
    /// Since which sweep, in seconds since 1970. A gap that only changes its reason is the same gap, unless
    /// it becomes one of which is known that nothing guards the place, or the other way round.
    pub since: i64,
    /// The places with that gap since then.
    pub places: Vec<Item>,
}

/// The gaps of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<(Gap, i64), Places>);

impl Coverage {
    /// Reads what a sweep left.
    pub fn of(gaps: &[GapSince], guarded: &BTreeSet<String>) -> Self {
        let mut coverage = Self::default();
        for GapSince { why, since, places } in gaps {
            for (account, region) in Places::of(places, guarded).iter() {
                coverage.add(*why, *since, account, region);
            }
        }
        coverage
    }

    fn add(&mut self, why: Gap, since: i64, account: &str, region: &str) {
        self.0.entry((why, since)).or_default().add(account, region);
    }

    /// Each gap: why, since when, and where.
    pub fn iter(&self) -> impl Iterator<Item = (Gap, i64, &str, &str)> {
        self.0.iter().flat_map(|((why, since), places)| {
            places.iter().map(move |(account, region)| (*why, *since, account, region))
        })
    }

    /// The gaps after a sweep that looked at `looked_at` (`None` for every place) at `now`, and could not
    /// see into `found`.
    #[must_use]
    pub fn after(
        &self,
        looked_at: Option<&Places>,
        found: &BTreeMap<Gap, Places>,
        now: i64,
    ) -> Self {
        let mut since = BTreeMap::new();
        let mut next = Self::default();
        for (why, began, account, region) in self.iter() {
            since.insert((account, region, why.is_not_covered()), began);
            if looked_at.is_some_and(|looked_at| !looked_at.has(account, region)) {
                next.add(why, began, account, region);
            }
        }
        for (why, places) in found {
            for (account, region) in places.iter() {
                let began = since.get(&(account, region, why.is_not_covered())).unwrap_or(&now);
                next.add(*why, *began, account, region);
            }
        }
        next
    }

    /// The places that surely nothing guards, of those in `of`, and that were none before.
    pub fn newly_uncovered(&self, before: &Self, of: &Places) -> Places {
        let known: BTreeSet<_> = before.uncovered().collect();
        self.uncovered()
            .filter(|(account, region)| {
                of.has(account, region) && !known.contains(&(account, region))
            })
            .collect()
    }

    fn uncovered(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter()
            .filter(|(why, ..)| why.is_not_covered())
            .map(|(.., account, region)| (account, region))
    }

    /// How many places are surely not guarded, and of how many nobody knows.
    pub fn counts(&self) -> (usize, usize) {
        let count = |is_not_covered: bool| {
            let those =
                self.0.iter().filter(|((why, _), _)| why.is_not_covered() == is_not_covered);
            those.map(|(_, places)| places.len()).sum()
        };
        (count(true), count(false))
    }

    /// What the next sweep is left, as far as there is room, and how many places there is none for.
    pub(super) fn left(self, guarded: &BTreeSet<String>, most: usize) -> (Vec<GapSince>, usize) {
        let mut room = Room::new(most);
        let (mut gaps, mut left_out) = (Vec::new(), 0);
        for ((why, since), places) in self.0 {
            let frame = GapSince { why, since, places: Vec::new() };
            if !room.takes(&frame) {
                left_out += places.len();
                continue;
            }
            let (places, more) = fitting(places, guarded, &mut room);
            left_out += more;
            gaps.push(GapSince { places, ..frame });
        }
        gaps.retain(|gap| !gap.places.is_empty());
        (gaps, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded() -> BTreeSet<String> {
        ["eu-central-1".to_owned(), "us-west-2".to_owned()].into()
    }

    fn places(items: &[&str]) -> Places {
        let items: Vec<Item> = items.iter().map(|item| item.parse().unwrap()).collect();
        Places::of(&items, &guarded())
    }

    fn gap(why: Gap, since: i64, items: &[&str]) -> GapSince {
        let places = items.iter().map(|item| item.parse().unwrap()).collect();
        GapSince { why, since, places }
    }

    fn after(
        before: &[GapSince],
        looked_at: Option<&[&str]>,
        found: &[(Gap, &[&str])],
    ) -> Vec<GapSince> {
        let looked_at = looked_at.map(places);
        let found = found.iter().map(|(why, items)| (*why, places(items))).collect();
        let coverage = Coverage::of(before, &guarded()).after(looked_at.as_ref(), &found, 200);
        coverage.left(&guarded(), 10_000).0
    }

    const A: &str = "111111111111";
    const B: &str = "222222222222";

    #[test]
    fn a_gap_is_as_old_as_the_first_sweep_that_saw_it() {
        assert_eq!(after(&[], None, &[(Gap::NoRole, &[A])]), [gap(Gap::NoRole, 200, &[A])]);
        let before = [gap(Gap::NoRole, 100, &[A])];
        assert_eq!(
            after(&before, None, &[(Gap::NoRole, &[A, B])]),
            [gap(Gap::NoRole, 100, &[A]), gap(Gap::NoRole, 200, &[B]),]
        );
        assert_eq!(after(&before, None, &[]), []);
    }

    #[test]
    fn another_reason_of_the_same_sort_is_the_same_gap_and_another_sort_is_not() {
        let before = [gap(Gap::NoRole, 100, &[A])];
        assert_eq!(after(&before, None, &[(Gap::Denied, &[A])]), [gap(Gap::Denied, 100, &[A])]);
        assert_eq!(after(&before, None, &[(Gap::NoTime, &[A])]), [gap(Gap::NoTime, 200, &[A])]);
    }

    #[test]
    fn what_a_sweep_did_not_look_at_stays_as_it_was() {
        let before = [gap(Gap::NoRole, 100, &[A, B])];
        assert_eq!(after(&before, Some(&[A]), &[]), [gap(Gap::NoRole, 100, &[B])]);
        assert_eq!(
            after(&before, Some(&["111111111111/us-west-2"]), &[]),
            [gap(Gap::NoRole, 100, &["111111111111/eu-central-1", B]),]
        );
    }

    #[test]
    fn a_place_that_was_guarded_and_is_no_longer_is_new() {
        let of = |gaps: &[GapSince]| Coverage::of(gaps, &guarded());
        let before = of(&[gap(Gap::NoRole, 100, &[A]), gap(Gap::Throttled, 100, &[B])]);
        let now = of(&[gap(Gap::NoRole, 100, &[A]), gap(Gap::Denied, 200, &[B, "333333333333"])]);
        assert_eq!(now.newly_uncovered(&before, &places(&[A, B])), places(&[B]));
        assert_eq!(now.counts(), (6, 0));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let many: Vec<String> = (0..100).map(|n| format!("{n:012}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let coverage = Coverage::of(&[gap(Gap::NoRole, 100, &many)], &guarded());
        let (gaps, left_out) = coverage.left(&guarded(), 500);
        assert_eq!(gaps[0].places.len() + left_out / 2, 100);
        assert!(crate::sweep::organization::size(&gaps) <= 502, "{gaps:?}");
    }
}
