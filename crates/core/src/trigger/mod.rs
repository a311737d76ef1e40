//! What woke the function, read leniently.
//!
//! An event says *look*, never *what is true*: it names a domain, who changed it, when and with
//! which tool. Nothing here reads the state of a domain out of an event. The one use made of the
//! values that a call asked for ([`Requested`]) is to doubt an answer of Cognito that does not show
//! them yet, never to act on them.
//!
//! | payload | becomes |
//! | --- | --- |
//! | EventBridge envelope or bare CloudTrail record of Create-, Update- or DeleteUserPoolDomain | [`Trigger::DomainChanged`] |
//! | the same, of a call that failed, or of a place that is out of [`Reach`](crate::reach::Reach) | [`Trigger::Ignored`] |
//! | the same of PutParameter, DeleteParameter or DeleteParameters below the path of the guard's overrides | [`Trigger::OverrideChanged`] |
//! | any other EventBridge event or CloudTrail record | [`Trigger::Ignored`] |
//! | `Scheduled Event` of EventBridge | [`Trigger::Sweep`] |
//! | `{"approve": "SET"}`, by a direct invocation alone | the same, of a set that a sweep held back |
//! | `{"test_notice": "WHO"}`, the payload of a direct invocation itself | [`Trigger::Test`] |
//! | `{"step": ...}`, by a direct invocation alone | a step of an organization's sweep ([`Payload::Step`]) |
//! | Lambda's on-failure destination record around any of these | the same, with what the earlier look left behind ([`Earlier`]) |
//! | a message of SNS around any of these, as Lambda or SQS delivers it | the same |
//! | an SQS batch whose bodies are any of these, from an event source or a pipe | one each ([`Payload::Queue`]) |
//! | what AWS's tools print of any of these, as people save it ([`saved`]) | each call on a user pool domain |
//! | a list of any of these | each of them ([`Payload::Together`]) |
//! | a call on a user pool domain that names neither domain nor user pool, or anything else | [`Unreadable`]: an error, so that the platform keeps it |

mod actor;
mod cause;
mod change;
mod envelope;
mod json;
mod overrides;
mod place;
mod refusal;
mod requested;
mod saved;

#[cfg(test)]
mod case_tests;
#[cfg(test)]
mod hub_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod saved_tests;
#[cfg(test)]
mod tests;

pub use actor::{Actor, SaidBy, UNKNOWN, Via, ViaKind};
pub use cause::Cause;
pub use change::{Change, DomainCall, Imposture, Origin, Subject};
pub use envelope::{Receipt, events, read, read_bytes};
pub use overrides::{OverrideCall, OverrideChange};
pub use requested::{Asked, Requested, RequestedFailover};
pub use saved::{is_digest, is_json, is_other_record, is_record, saved};

use std::fmt;

use serde_json::Value;
use time::OffsetDateTime;

use crate::memory::Earlier;
use crate::overrides::Location;
use crate::words::words;

/// Who the guard is, as far as its own calls can be recognised. Where it works, a
/// [`Reach`](crate::reach::Reach) says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The ARN of the role that the guard's functions run with. In the accounts of members a hub acts
    /// with a role of theirs.
    pub role_arn: String,
    /// The ARNs of the guard's functions, without version or alias. Lambda names one of them in
    /// every call that a function makes (`userIdentity.inScopeOf`); another function that was given
    /// the guard's role is not the guard.
    pub function_arns: Vec<String>,
    /// Where its overrides are; `None` where it reads none.
    pub overrides: Option<Location>,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// Look at the domain that this call was about.
    DomainChanged {
        /// The call.
        change: Box<Change>,
        /// What earlier looks at it left behind.
        earlier: Earlier,
        /// How the queue handed it over.
        receipt: Receipt,
    },
    /// Look at every domain.
    Sweep {
        /// When the schedule says it is, which drifts less than the clock.
        scheduled_at: Option<OffsetDateTime>,
        /// The held set that somebody approves by it.
        approved: Option<String>,
        /// What asked for it.
        cause: SweepCause,
    },
    /// Somebody made or removed overrides: notify, and look at what they are for.
    OverrideChanged(Box<OverrideChange>),
    /// Send a test notice, and do nothing else.
    Test {
        /// Who asks, in the words of whoever invoked the function.
        asked_by: String,
    },
    /// Nothing to do, and why.
    Ignored {
        /// The domain, where the event named one.
        domain: Option<String>,
        /// A sentence without its full stop.
        reason: String,
    },
}

words! {
    /// What asked for a sweep, by its word in the event (`detail.sweep`), in reports and in notices.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    #[derive(Default)]
    pub enum SweepCause {
        /// The schedule.
        #[default]
        Schedule = "schedule",
        /// A deployment of the guard, perhaps with another baseline.
        Deployment = "deployment",
        /// A person, who may know why no event led to a revert: by asking for it, or by making or removing an
        /// override.
        Request = "request",
    }
}

words! {
    /// What woke the guard, by its word in reports and logs.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum TriggerKind {
        /// A change that no look has seen before.
        DomainChanged = "domain_changed",
        /// A change that an earlier look did not finish.
        Recheck = "recheck",
        /// The schedule.
        Sweep = "sweep",
        /// Somebody made or removed an override.
        OverrideChanged = "override_changed",
        /// Somebody asked for a test notice.
        Test = "test",
        /// An event that is not for the guard.
        Ignored = "ignored",
        /// An event that cannot be read.
        Unreadable = "unreadable",
    }
}

impl Trigger {
    /// The kind in reports and logs.
    pub const fn kind(&self) -> TriggerKind {
        match self {
            Self::DomainChanged { earlier: Earlier::FirstLook, .. } => TriggerKind::DomainChanged,
            Self::DomainChanged {
                earlier:
                    Earlier::Settling
                    | Earlier::Overdue
                    | Earlier::Withheld
                    | Earlier::Unreached
                    | Earlier::Unannounced
                    | Earlier::Pending
                    | Earlier::Denied,
                ..
            } => TriggerKind::Recheck,
            Self::Sweep { .. } => TriggerKind::Sweep,
            Self::OverrideChanged(_) => TriggerKind::OverrideChanged,
            Self::Test { .. } => TriggerKind::Test,
            Self::Ignored { .. } => TriggerKind::Ignored,
        }
    }
}

/// What the function was invoked with.
#[derive(Debug)]
pub enum Payload {
    /// One event, invoked asynchronously by EventBridge or directly by a person.
    Single(Result<Trigger, Unreadable>),
    /// Several events in one payload that cannot fail on their own, such as a pipe's from another
    /// source than a queue: whoever sent them hears of the worst.
    Together(Vec<Result<Trigger, Unreadable>>),
    /// A batch of the recheck queue, or of a pipe that reads a queue; each message succeeds or fails
    /// on its own.
    Queue(Vec<QueueMessage>),
    /// A step of an organization's sweep, which its state machine asks for. It comes alone.
    Step(Value),
}

/// One message of the recheck queue.
#[derive(Debug)]
pub struct QueueMessage {
    /// SQS's identifier, by which a failure is reported.
    pub id: String,
    /// What its body asks for: one thing, but for a record of Lambda around several events. The
    /// message has failed if one of them has.
    pub triggers: Vec<Result<Trigger, Unreadable>>,
}

/// An event that should have been for the guard but cannot be read. Ending the invocation with it
/// keeps the event: it goes to the recheck queue and from there to the dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is missing, as a lowercase fragment.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Unreadable {}
