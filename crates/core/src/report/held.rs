//! What a sweep held back because it was too much at once.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Why a sweep does not put a domain back that it could.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum HeldBy {
        /// More domains of its account are off their baseline than the limit of an account.
        Account = "account",
        /// More domains are off their baseline, in accounts that are within their limit, than the total.
        Total = "total",
    }
}

/// What a sweep held back because it was too much at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeldRecord {
    /// By what the set is approved: the hash over what would be changed in each of its domains. `None` where
    /// no domain could be named, so that there is nothing to approve yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// When a sweep first held this set back, RFC 3339.
    pub since: String,
    /// How many domains are held.
    pub domains: usize,
    /// How many of them are in the set. The others follow when these are put back.
    pub in_set: usize,
    /// The most domains of one account that a sweep puts back, `None` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_limit: Option<usize>,
    /// The most domains that a sweep puts back, `None` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// By the entry of the baseline that governs them, most domains first. At most 50.
    pub entries: Vec<HeldEntry>,
    /// By their account, most domains first. At most 50.
    pub accounts: Vec<HeldAccount>,
    /// The domains of the set, each as `ACCOUNT/REGION NAME`. At most 50.
    pub names: Vec<String>,
    /// The command that has the set put back, to be run once by somebody who has looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// An entry of the baseline, and how many of its domains are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeldEntry {
    /// Where it stands, as `FILE:LINE:COLUMN`; of the defaults, their first declaration.
    pub position: String,
    /// How many domains of the set.
    pub domains: usize,
}

/// An account, and how many of its domains are held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeldAccount {
    /// Twelve digits.
    pub account: String,
    /// Why.
    pub held_by: HeldBy,
    /// How many domains.
    pub domains: usize,
}
