//! What came of one invocation: the outcomes, and what the platform does next.
//!
//! The rule: facts, in enums and numbers. How they are worded for people is the notices' business, which
//! build on this module; it knows nothing of them but their kinds.

mod coverage;
#[cfg(test)]
mod documents;
mod held;
mod in_force;
mod kind;
mod overrides;
mod sweep;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use coverage::{CoverageRecord, Gap, GapRecord};
pub use held::{HeldAccount, HeldBy, HeldEntry, HeldRecord};
pub use in_force::BaselineRecord;
pub use kind::{Kind, Severity};
pub use overrides::{OverrideEffect, OverrideRecord};
pub use sweep::SweepRecord;

use crate::denial::Denial;
use crate::domain::{Attribute, Domain};
use crate::memory::ErrorType;
use crate::place::Place;
use crate::plan::{AttributeValue, Drift, Plan};
use crate::trigger::TriggerKind;
use crate::words::words;

words! {
    /// What came of one domain, by its word in reports and logs.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Outcome {
        /// At its baseline; nothing was done.
        InSync = "in_sync",
        /// Cognito accepted the update. It takes effect when the domain is `ACTIVE` again.
        Reverted = "reverted",
        /// Off its baseline; the mode is audit, so a notice was sent and nothing was changed.
        Audited = "audited",
        /// Off its baseline; an exemption or an override allows it for a while.
        Exempt = "exempt",
        /// Off its baseline; somebody has paused the guard, so a notice was sent and nothing was changed.
        Paused = "paused",
        /// Not now: Cognito is still working on the domain, or the overrides cannot be read, so that nobody
        /// knows whether its drift is allowed. It will be looked at again.
        Held = "held",
        /// Off its baseline, and the guard must not or cannot put it back. A notice says why.
        Refused = "refused",
        /// A call to AWS failed.
        Failed = "failed",
        /// The baseline declares nothing for it.
        Unmanaged = "unmanaged",
        /// There is no such domain (any more).
        Gone = "gone",
        /// Seen in effect at its baseline after a revert.
        Restored = "restored",
        /// Seen off its baseline after an accepted revert.
        NotRestored = "not_restored",
        /// In a place whose role the guard cannot assume, so nothing is known of it. A notice said so.
        NotCovered = "not_covered",
        /// The event was not for the guard.
        Ignored = "ignored",
    }
}

/// An invocation that is not finished: the platform keeps the event and brings it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Unsettled {
    /// Why, for machines.
    pub error_type: ErrorType,
    /// Why, for people.
    pub message: String,
}

impl Unsettled {
    /// The one that says most, with every message.
    pub fn worst(all: impl Iterator<Item = Self>) -> Option<Self> {
        all.reduce(|worst, other| Self {
            error_type: worst.error_type.max(other.error_type),
            message: format!("{}; {}", worst.message, other.message),
        })
    }
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type.as_str(), self.message)
    }
}

impl std::error::Error for Unsettled {}

/// One attribute of a domain in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReportedDrift {
    /// The attribute.
    pub attribute: Attribute,
    /// What Cognito reported.
    pub observed: AttributeValue,
    /// What the baseline wants.
    pub desired: AttributeValue,
}

impl From<&Drift> for ReportedDrift {
    fn from(drift: &Drift) -> Self {
        Self {
            attribute: drift.attribute,
            observed: drift.observed.clone(),
            desired: drift.desired.clone(),
        }
    }
}

/// What came of one domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DomainReport {
    /// The domain, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// The drift that was found.
    #[serde(rename = "changes", default, skip_serializing_if = "Vec::is_empty")]
    pub drifts: Vec<ReportedDrift>,
    /// Why, where the outcome alone does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What all notices of one incident share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// Seconds from the change until the guard's update was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_to_revert: Option<i64>,
    /// Seconds from the change until the guard saw the revert in effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_to_effect: Option<i64>,
    /// Seconds from the change to this look, which saw the domain off its baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_off_baseline: Option<i64>,
    /// Seconds from the change to this look, which could not see whether the domain is at its
    /// baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_unknown: Option<i64>,
    /// The kinds of the notices that were published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Kind>,
    /// The kinds of the notices that were not published, since the same ones were within the last
    /// minute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices_held_back: Vec<Kind>,
    /// The kinds of the notices that the topic did not take. The log has them whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices_undelivered: Vec<Kind>,
    /// Whether this was the first look at a change that somebody else made to a governed domain.
    #[serde(skip)]
    pub is_foreign_change: bool,
    /// Why AWS denied the guard's update, where it did.
    #[serde(skip)]
    pub denial: Option<Denial>,
    /// Why the platform should bring the event back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<Unsettled>,
    /// What was observed and decided, where the domain could be described.
    #[serde(skip)]
    pub look: Option<Box<Look>>,
}

/// What one look at a domain saw, and what it led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The domain as it was described, before anything was done.
    pub observed: Option<Domain>,
    /// What was decided.
    pub plan: Plan,
}

impl DomainReport {
    /// A report of that outcome, with nothing else to say yet.
    pub const fn new(domain: Option<String>, outcome: Outcome) -> Self {
        Self {
            domain,
            outcome,
            drifts: Vec::new(),
            reason: None,
            incident: None,
            seconds_to_revert: None,
            seconds_to_effect: None,
            seconds_off_baseline: None,
            seconds_unknown: None,
            notices: Vec::new(),
            notices_held_back: Vec::new(),
            notices_undelivered: Vec::new(),
            is_foreign_change: false,
            denial: None,
            unsettled: None,
            look: None,
        }
    }
}

/// What came of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// What woke the guard.
    pub trigger: TriggerKind,
    /// Where the domains are that it is about.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The baseline in force, by which was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineRecord>,
    /// One for each domain that something came of. A sweep leaves out those at their baseline.
    pub outcomes: Vec<DomainReport>,
    /// What a sweep saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepRecord>,
    /// Notices about no domain in particular that were published, and that the topic did not take.
    #[serde(skip)]
    pub general_notices: (u32, u32),
    /// Why the platform should bring back an event that came to no domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<Unsettled>,
}

impl Report {
    /// A report without outcomes, about domains of that place.
    pub fn of(trigger: TriggerKind, place: Place) -> Self {
        Self { place: Some(place), ..Self::new(trigger) }
    }

    /// A report without outcomes, about no place.
    pub const fn new(trigger: TriggerKind) -> Self {
        Self {
            trigger,
            place: None,
            baseline: None,
            outcomes: Vec::new(),
            sweep: None,
            general_notices: (0, 0),
            unsettled: None,
        }
    }

    /// Why the platform should bring the event back: the reason that says most of all domains, with
    /// every message. `None` when everything is settled.
    pub fn unsettled(&self) -> Option<Unsettled> {
        let of_outcomes = self.outcomes.iter().filter_map(|outcome| outcome.unsettled.as_ref());
        Unsettled::worst(of_outcomes.chain(&self.unsettled).cloned())
    }
}
