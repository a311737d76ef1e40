//! Which places of an organization are guarded.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Why nothing, or not everything, is known of a place.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Gap {
        /// The member role cannot be assumed: it is not there, does not trust the hub, or the region is
        /// denied. AWS answers the same to all three.
        NoRole = "no_role",
        /// The member role may not do what the guard needs.
        Denied = "denied",
        /// Too many requests, also after retries.
        Throttled = "throttled",
        /// AWS did not answer, or not as it should.
        Unavailable = "unavailable",
        /// There was no time for it.
        NoTime = "no_time",
        /// The step that should have looked failed or did not answer.
        StepFailed = "step_failed",
    }
}

impl Gap {
    /// Whether the place is surely not guarded, until somebody deploys or allows something. Of the others
    /// nobody knows, and the next sweep may.
    pub const fn is_not_covered(self) -> bool {
        match self {
            Self::NoRole | Self::Denied => true,
            Self::Throttled | Self::Unavailable | Self::NoTime | Self::StepFailed => false,
        }
    }
}

/// How much of an organization is guarded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CoverageRecord {
    /// Accounts, without those that are excluded or not active.
    pub accounts: usize,
    /// Whether they are fewer than half of those that the last sweep found.
    pub accounts_fell: bool,
    /// Accounts and regions.
    pub places: usize,
    /// Those whose user pools could be listed.
    pub covered: usize,
    /// Those that surely nothing guards.
    pub not_covered: usize,
    /// Those of which nobody knows.
    pub unknown: usize,
    /// The places that are not covered or unknown: first those that had a domain, then those that are not
    /// covered, each the oldest first. At most 50.
    pub gaps: Vec<GapRecord>,
}

impl CoverageRecord {
    /// Whether a place is not covered or unknown, or accounts are missing.
    pub const fn has_gaps(&self) -> bool {
        self.accounts_fell || self.not_covered + self.unknown > 0
    }
}

/// Places of which something is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GapRecord {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Why.
    pub why: Gap,
    /// When a sweep first found it so, RFC 3339.
    pub since: String,
    /// Whether the place had a domain when it was last looked at.
    pub had_domains: bool,
}
