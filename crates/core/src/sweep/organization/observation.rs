//! What one batch of accounts came to: the answer of *observe*.
//!
//! The answers of all batches lie in one state together, so each has a share of it. Counts are always
//! whole. What the next step cannot do without comes first, and what is left out is counted: the brake takes
//! a domain that nobody names as one that it must not put back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::item::Item;
use crate::domain::Attribute;
use crate::plan::AttributeValue;
use crate::report::Gap;
use crate::sweep::Fingerprint;

/// What was seen, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Places whose list of user pools was read to its end.
    pub covered: usize,
    /// Places that are surely not guarded.
    pub not_covered: usize,
    /// Places of which nobody knows.
    pub unknown_places: usize,
    /// User pools.
    pub pools: usize,
    /// Domains.
    pub domains: usize,
    /// Domains for which the baseline declares something.
    pub governed: usize,
    /// Domains off their baseline.
    pub drifted: usize,
    /// Domains off their baseline that Cognito is busy with.
    pub busy: usize,
    /// Domains off their baseline that a pause, or an override that cannot be read, leaves as they are.
    pub paused: usize,
    /// Domains whose drift is exempt.
    pub exempt: usize,
    /// User pools and domains that could not be read.
    pub unknown: usize,
}

impl Seen {
    /// The number of places with that gap.
    pub const fn of_a_gap(&mut self, why: Gap) -> &mut usize {
        if why.is_not_covered() { &mut self.not_covered } else { &mut self.unknown_places }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        let Self {
            covered,
            not_covered,
            unknown_places,
            pools,
            domains,
            governed,
            drifted,
            busy,
            paused,
            exempt,
            unknown,
        } = other;
        Self {
            covered: self.covered + covered,
            not_covered: self.not_covered + not_covered,
            unknown_places: self.unknown_places + unknown_places,
            pools: self.pools + pools,
            domains: self.domains + domains,
            governed: self.governed + governed,
            drifted: self.drifted + drifted,
            busy: self.busy + busy,
            paused: self.paused + paused,
            exempt: self.exempt + exempt,
            unknown: self.unknown + unknown,
        }
    }
}

/// A domain that could be put back: its name, what would be changed, and where there is room for it, how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off(pub String, pub Fingerprint, pub Vec<OffChange>);

/// One attribute: what Cognito reports, and what an update would set. For people to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffChange(pub Attribute, pub AttributeValue, pub AttributeValue);

/// The domains of one account that could be put back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffAccount {
    /// How many there are.
    pub count: usize,
    /// Those of them that fitted, by region and in the order of their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub domains: BTreeMap<String, Vec<Off>>,
}

/// The answer of *observe*.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The digest of the baseline by which it was judged.
    pub baseline: String,
    /// What was seen, in numbers.
    pub seen: Seen,
    /// What is still to be looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<Item>,
    /// How often it has been gone on with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rounds: usize,
    /// What could be put back, by account.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub off: BTreeMap<String, OffAccount>,
    /// How many more domains could be put back, in accounts that are not named.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unnamed: usize,
    /// The places of which something is not known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gaps: BTreeMap<Gap, Vec<Item>>,
    /// How many more such places there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unnamed_gaps: usize,
    /// The places that have a domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with_domains: Vec<Item>,
    /// How many more such places there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unnamed_with_domains: usize,
    /// Which of the names that the baseline declares there are, by their places among them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub names: BTreeSet<usize>,
    /// How many more of them there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unnamed_names: usize,
    /// Lines about single domains that are left as they are, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Domains that nothing governs and of which no entry says that this is meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ungoverned: Vec<String>,
    /// How many more lines and names there would have been.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Whether people should hear of something now rather than once a day.
    #[serde(default, skip_serializing_if = "is_false")]
    pub urgent: bool,
}

impl Observation {
    /// What is left of it where another baseline is in force by now: which places there are, and which have
    /// domains. What could be put back, what is governed, and which of the declared names there are, it says
    /// of the other one.
    #[must_use]
    pub(super) fn outdated(self) -> Self {
        let Self { seen, gaps, unnamed_gaps, with_domains, unnamed_with_domains, .. } = self;
        let Seen { covered, not_covered, unknown_places, pools, domains, unknown, .. } = seen;
        let seen = Seen {
            covered,
            not_covered,
            unknown_places,
            pools,
            domains,
            unknown,
            ..Seen::default()
        };
        // Some name is not named, so that no name counts as missing.
        let unnamed_names = 1;
        Self {
            seen,
            gaps,
            unnamed_gaps,
            with_domains,
            unnamed_with_domains,
            unnamed_names,
            ..Self::default()
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}
