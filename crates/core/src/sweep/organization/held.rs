//! The domains that a sweep held back, and their approval.
//!
//! A held set is a list of fingerprints. Whoever approves it, by its hash, approves these changes of these
//! domains by this baseline and no others: what is still as it was is put back, what has changed since is
//! left and reported.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::observation::{Off, OffAccount};
use super::room::Room;
use crate::sweep::{Fingerprint, SetHash};

/// Room for the baseline's digest and the names of members.
const FRAME: usize = 60;

/// The domains of one account, by region: each by its name, and by what would be changed. Without a
/// fingerprint whatever is off the baseline when it is written is put back.
pub type Domains = BTreeMap<String, Vec<(String, Option<Fingerprint>)>>;

/// What is to be put back in one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Twelve digits.
    pub account: String,
    /// Which domains.
    pub domains: Domains,
}

impl Target {
    /// How many domains.
    pub fn len(&self) -> usize {
        self.domains.values().map(Vec::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The domains that a sweep held back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSet {
    /// The digest of the baseline by which they were judged.
    pub baseline: String,
    /// By account and region, each with what would be changed.
    pub domains: BTreeMap<String, BTreeMap<String, Vec<(String, Fingerprint)>>>,
}

/// Why an approval is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// The sweep that the approval names held nothing back, or another set.
    OtherSet {
        /// The set that it held.
        held: Option<SetHash>,
    },
    /// Another baseline has been deployed since.
    OtherBaseline {
        /// Its digest.
        now: String,
        /// The digest of the one that was approved.
        approved: String,
    },
}

impl fmt::Display for NotApproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherSet { held: Some(held) } => write!(
                f,
                "the sweep that it names held back the set {held}: run the command of the latest notice"
            ),
            Self::OtherSet { held: None } => f.write_str(
                "the sweep that it names held nothing back: run the command of the latest notice",
            ),
            Self::OtherBaseline { now, approved } => write!(
                f,
                "the set was approved for the baseline {approved}, and {now} is deployed now: the next \
                 sweep says what it holds back"
            ),
        }
    }
}

impl HeldSet {
    /// The named domains of the accounts that `is_held` says, as far as there is room. Which of many are
    /// in the set must not change from sweep to sweep, so they are taken by their names.
    pub(super) fn of(
        off: &BTreeMap<String, OffAccount>,
        is_held: impl Fn(&str) -> bool,
        baseline: &str,
        most: usize,
    ) -> Self {
        let mut set = Self { baseline: baseline.to_owned(), domains: BTreeMap::new() };
        let mut room = Room::new(most.saturating_sub(FRAME));
        for (account, OffAccount { count: _, domains }) in off.iter().filter(|(id, _)| is_held(id))
        {
            for (region, domains) in domains {
                for Off(name, fingerprint, _) in domains {
                    let of_account = set.domains.get(account);
                    let is_first = of_account.is_none_or(|known| !known.contains_key(region));
                    let fits = if is_first {
                        room.takes(&(("", account, region), name, fingerprint)) // with what it stands under
                    } else {
                        room.takes(&(name, fingerprint))
                    };
                    if fits {
                        let regions = set.domains.entry(account.clone()).or_default();
                        let named = regions.entry(region.clone()).or_default();
                        named.push((name.clone(), *fingerprint));
                    }
                }
            }
        }
        set
    }

    fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.domains.values().flat_map(BTreeMap::values).flatten().map(|(_, found)| *found)
    }

    /// Each domain by account, region and name.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.domains.iter().flat_map(|(account, regions)| {
            regions.iter().flat_map(move |(region, domains)| {
                domains
                    .iter()
                    .map(move |(name, _)| (account.as_str(), region.as_str(), name.as_str()))
            })
        })
    }

    /// How many domains are in it.
    pub fn len(&self) -> usize {
        self.fingerprints().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fingerprints().next().is_none()
    }

    /// By what it is approved; `None` where there is nothing to approve.
    pub fn hash(&self) -> Option<SetHash> {
        (!self.is_empty()).then(|| SetHash::of(self.fingerprints()))
    }

    /// What is to be put back, once somebody approved the set with that hash, while the baseline with
    /// that digest is in force.
    ///
    /// # Errors
    /// Where it is another set, or another baseline.
    pub fn approved(self, hash: SetHash, baseline: &str) -> Result<Vec<Target>, NotApproved> {
        match self.hash() {
            Some(held) if held == hash => {}
            held => return Err(NotApproved::OtherSet { held }),
        }
        let Self { baseline: approved, domains } = self;
        if approved != baseline {
            return Err(NotApproved::OtherBaseline { now: baseline.to_owned(), approved });
        }
        let known = |(name, fingerprint)| (name, Some(fingerprint));
        let targets = domains.into_iter().map(|(account, regions)| {
            let domains = regions
                .into_iter()
                .map(|(region, domains)| (region, domains.into_iter().map(known).collect()));
            Target { account, domains: domains.collect() }
        });
        Ok(targets.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::observing_tests::{add_off, place, update};
    use super::*;
    use crate::sweep::organization::{Observing, size};

    const DIGEST: &str = "3f9c0d5b7e12";

    /// One domain an account, named after it.
    fn off(accounts: &[usize], observed: &str) -> BTreeMap<String, OffAccount> {
        let mut all = Observing::new(["eu-central-1".to_owned()]);
        for account in accounts {
            let name = format!("login.{account}.example.com");
            add_off(&mut all, &place(*account, "eu-central-1"), &update(&name, observed), DIGEST);
        }
        all.finish(DIGEST, 100_000).off
    }

    fn held(accounts: &[usize]) -> HeldSet {
        HeldSet::of(&off(accounts, "TLS_V1"), |_| true, DIGEST, 10_000)
    }

    #[test]
    fn the_same_domains_make_the_same_set_and_others_another() {
        assert_eq!(held(&[1, 2, 3]).hash(), held(&[3, 2, 1]).hash());
        assert_ne!(held(&[1, 2, 3]).hash(), held(&[1, 2]).hash());
        let other = HeldSet::of(&off(&[1, 2, 3], "TLS_V1_1"), |_| true, DIGEST, 10_000);
        assert_ne!(held(&[1, 2, 3]).hash(), other.hash());
        assert_eq!(HeldSet::default().hash(), None, "nothing can be approved of nothing");
    }

    #[test]
    fn only_held_accounts_are_in_the_set() {
        let set = HeldSet::of(&off(&[1, 2], "TLS_V1"), |id| id.ends_with('2'), DIGEST, 10_000);
        assert_eq!(set.hash(), held(&[2]).hash());
    }

    #[test]
    fn an_approval_names_each_domain_with_what_was_approved() {
        let set = held(&[1, 2]);
        let targets = set.clone().approved(set.hash().unwrap(), DIGEST).unwrap();
        let names: Vec<_> = targets
            .iter()
            .flat_map(|target| target.domains.values().flatten())
            .map(|(name, fingerprint)| (name.as_str(), fingerprint.is_some()))
            .collect();
        assert_eq!(names, [("login.1.example.com", true), ("login.2.example.com", true)]);
    }

    #[test]
    fn another_set_or_another_baseline_is_not_approved() {
        let (one, other) = (held(&[1]), held(&[2]));
        let refused = one.clone().approved(other.hash().unwrap(), DIGEST);
        assert_eq!(refused, Err(NotApproved::OtherSet { held: one.hash() }));
        let nothing = HeldSet::default().approved(one.hash().unwrap(), DIGEST);
        assert_eq!(nothing, Err(NotApproved::OtherSet { held: None }));
        let refused = one.clone().approved(one.hash().unwrap(), "000000000000");
        let (now, approved) = ("000000000000".to_owned(), DIGEST.to_owned());
        assert_eq!(refused, Err(NotApproved::OtherBaseline { now, approved }));
    }

    #[test]
    fn what_does_not_fit_is_not_in_the_set_and_the_rest_is_always_the_same() {
        let accounts: Vec<usize> = (0..1_000).collect();
        let off = off(&accounts, "TLS_V1");
        let set = HeldSet::of(&off, |_| true, DIGEST, 5_000);
        assert!(set.len() > 30 && set.len() < 1_000, "{}", set.len());
        assert!(size(&set) <= 5_000, "{}", size(&set));
        assert_eq!(set.hash(), HeldSet::of(&off, |_| true, DIGEST, 5_000).hash());
    }
}
