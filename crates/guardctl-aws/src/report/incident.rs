//! One incident: a domain that was off its baseline, from the change to its end. Pure.

use cognito_domain_guard::domain::Attribute;
use cognito_domain_guard::notice::{ActorRecord, AttributionResult, ViaSaidBy};
use cognito_domain_guard::report::Kind;
use cognito_domain_guard::words::words;
use serde::Serialize;

words! {
    /// How an incident stands at the end of the records.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum State {
        /// Seen in effect at its baseline after the guard's update.
        Restored = "restored",
        /// Cognito accepted the guard's update, and nobody has seen it in effect yet.
        Reverted = "reverted",
        /// At its baseline again, without an update of the guard.
        EndedItself = "ended_itself",
        /// The domain was deleted.
        Deleted = "deleted",
        /// Allowed for a while by an exemption or an override.
        Allowed = "allowed",
        /// Left, since the guard is paused.
        Paused = "paused",
        /// Left, since the mode is audit.
        Audited = "audited",
        /// Left, since the guard must not or cannot put it back.
        Refused = "refused",
        /// The revert failed or had no effect.
        Failed = "failed",
        /// In a place where the guard has no role, so that nothing is known of it.
        NotCovered = "not_covered",
        /// Off its baseline when it was last looked at.
        Open = "open",
    }
}

impl State {
    /// Whether nothing is left to do.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Restored | Self::EndedItself | Self::Deleted => true,
            Self::Reverted
            | Self::Allowed
            | Self::Paused
            | Self::Audited
            | Self::Refused
            | Self::Failed
            | Self::NotCovered
            | Self::Open => false,
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Reverted => "reverted (effect not seen yet)",
            Self::EndedItself => "at its baseline again",
            Self::Deleted => "domain deleted",
            Self::Allowed => "allowed",
            Self::Paused => "left unchanged: paused",
            Self::Audited => "left unchanged: audit mode",
            Self::Refused => "left unchanged: refused",
            Self::Failed => "revert failed",
            Self::NotCovered => "not covered",
            Self::Open => "open",
        }
    }
}

words! {
    /// What led the guard to the drift.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum FoundBy {
        /// The event of the change.
        Event = "event",
        /// A sweep: no event is known, so the time of the change is not either.
        Sweep = "sweep",
    }
}

/// One incident of one domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Incident {
    /// What all notices and lines of the incident share: the `eventID` of the change, or `sweep.` and the
    /// request id of the sweep.
    pub incident: String,
    pub domain: String,
    pub user_pool_id: Option<String>,
    pub partition: String,
    pub account: String,
    /// What the baseline calls the account.
    pub account_name: Option<String>,
    /// Who answers for the account, as the baseline says.
    pub owner: Option<String>,
    pub region: String,
    pub found_by: FoundBy,
    /// When the change was made, RFC 3339; of an incident that a sweep found, when the guard first reported it.
    pub opened_at: String,
    /// When the guard last reported something of it, RFC 3339.
    pub last_seen_at: String,
    pub state: State,
    /// Each attribute that was off its baseline.
    pub changes: Vec<Change>,
    /// Seconds from the change until Cognito accepted the guard's update.
    pub seconds_to_revert: Option<i64>,
    /// Seconds from the change until the guard saw it in effect: the final duration of the incident.
    pub seconds_to_effect: Option<i64>,
    /// Seconds from the change to the last look that saw the domain off its baseline: the age so far. Null
    /// where `seconds_to_effect` is the duration, and where it is not known.
    pub seconds_so_far: Option<i64>,
    /// Who made the change. Null where nobody is known to have made it.
    pub actor: Option<Actor>,
    /// Whether the recorded call explains what was observed.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub attribution: Option<AttributionResult>,
    /// What shows that somebody else used the guard's role.
    pub imposter: Option<String>,
    /// The kinds of the notices, in their order.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub notices: Vec<Kind>,
    /// How many of them the topic refused.
    pub notices_undelivered: usize,
    /// The first twelve digits of the SHA-256 of the baseline that decided last.
    pub baseline_digest: Option<String>,
}

/// One attribute that was off its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    #[cfg_attr(test, schemars(with = "String"))]
    pub attribute: Attribute,
    /// What Cognito reported, as text.
    pub observed: String,
    /// What the guard sets it to, as text.
    pub desired: String,
    /// The declaration as it is written, where a record says it.
    pub baseline: Option<String>,
}

/// Who made a change, and with what.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Actor {
    /// A name that a person would recognise.
    pub name: String,
    pub arn: Option<String>,
    /// The tool.
    pub via: String,
    /// Whether only the user agent says which tool, so that it is a claim.
    pub via_is_claimed: bool,
    pub source_ip: Option<String>,
}

impl From<ActorRecord> for Actor {
    fn from(record: ActorRecord) -> Self {
        let ActorRecord {
            kind: _,
            arn,
            name,
            source_identity: _,
            access_key_id: _,
            via,
            via_said_by,
            source_ip,
            mfa: _,
            invoked_by: _,
        } = record;
        let via_is_claimed = match via_said_by {
            Some(ViaSaidBy::UserAgent) => true,
            Some(ViaSaidBy::Cloudtrail) | None => false,
        };
        Self { name, arn, via, via_is_claimed, source_ip }
    }
}

impl Incident {
    /// Whether the domain was off its baseline. What was looked at and found in order is no incident.
    pub fn is_drift(&self) -> bool {
        !self.changes.is_empty() || self.state == State::NotCovered
    }

    /// How long it was off its baseline, and whether that is final.
    pub fn seconds(&self) -> Option<(i64, bool)> {
        let final_one = self.seconds_to_effect.map(|seconds| (seconds, true));
        final_one.or(self.seconds_so_far.map(|seconds| (seconds, false)))
    }
}

/// What makes lines those of one incident of one domain: a sweep finds drift of several at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub incident: String,
    pub account: String,
    pub region: String,
    pub domain: String,
}

impl Key {
    /// A sweep's incidents have an id of their own.
    pub fn found_by(&self) -> FoundBy {
        if self.incident.starts_with("sweep.") { FoundBy::Sweep } else { FoundBy::Event }
    }
}
