//! What a sweep saw.

use serde::{Deserialize, Serialize};

use super::{CoverageRecord, HeldRecord, OverrideRecord};
use crate::trigger::SweepCause;

/// What a sweep saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SweepRecord {
    /// What asked for the sweep.
    #[serde(default)]
    pub cause: SweepCause,
    /// User pools seen.
    pub pools: usize,
    /// Domains looked at.
    pub domains: usize,
    /// Domains for which the baseline declares something.
    pub governed: usize,
    /// Domains off their baseline.
    pub drifted: usize,
    /// Domains off their baseline that are left because Cognito is busy with them.
    pub busy: usize,
    /// Domains off their baseline that are left because AWS denied the guard's update.
    #[serde(default)]
    pub denied: usize,
    /// Domains off their baseline that are left because the guard is paused, or because it cannot be known
    /// whether that is allowed.
    #[serde(default)]
    pub paused: usize,
    /// Domains whose drift is exempt.
    pub exempt: usize,
    /// Domains that could not be read.
    pub unknown: usize,
    /// Declared names of which there is no domain.
    pub missing: Vec<String>,
    /// Domains that nothing governs and of which no entry says that this is meant, by name. At most 50;
    /// `domains` less `governed` says how many there are, with those that are meant.
    pub ungoverned: Vec<String>,
    /// Exemptions that last longer than `max_exemption_days` allows: where each stands, for which
    /// domains, and until when.
    pub overlong_exemptions: Vec<String>,
    /// Overrides that count, that cannot be read, or that have ended since the last sweep; in the first sweep
    /// of a day, since the day before. At most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideRecord>,
    /// Whether the sweep saw everything before its time was over.
    pub complete: bool,
    /// Lines about single domains: what was found and what is done.
    pub findings: Vec<String>,
    /// What was held back because it was too much at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Box<HeldRecord>>,
    /// How much of an organization is guarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Box<CoverageRecord>>,
}

impl SweepRecord {
    /// Names in a list of the digest at the most; more help nobody.
    pub const MOST_NAMED: usize = 50;
    /// The longest line of `findings`. One about a domain with every attribute off its baseline is shorter, and
    /// ends in what is left as it is: cut there, it would say that all is well.
    pub const LONGEST_FINDING: usize = 700;

    /// Whether a person should hear of it once a day: only what somebody can put an end to, so that a
    /// quiet account gets no mail for nothing.
    ///
    /// | what | ends when |
    /// | --- | --- |
    /// | drift that was left | it is put back, declared or exempt |
    /// | pools or domains that could not be read, or no time for all | the permission or the rate is raised |
    /// | a declared name without a domain | it is created, or no longer declared |
    /// | a domain that nothing governs | the baseline says something about it, if only `unmanaged` |
    /// | an override that counts, cannot be read or has ended | its end, or it is removed |
    /// | an exemption beyond `max_exemption_days` | its end, or the limit, is another |
    /// | a place of an organization that is not covered or unknown | its role is deployed, or it is excluded |
    ///
    /// Drift that is exempt for no longer than that is none of it: it is allowed, and its end is announced.
    pub fn is_notable(&self) -> bool {
        self.drifted > 0
            || self.unknown > 0
            || !self.complete
            || !self.missing.is_empty()
            || !self.ungoverned.is_empty()
            || !self.overlong_exemptions.is_empty()
            || !self.overrides.is_empty()
            || self.coverage.as_ref().is_some_and(|coverage| coverage.has_gaps())
    }
}
