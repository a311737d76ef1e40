//! The story of one replayed event: what happened at which point of virtual time. [`text`] and [`json`]
//! tell it.

mod json;
mod text;

use std::sync::Arc;

use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::notice::Record;
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::report::{DomainReport, Report};
use cognito_domain_guard::trigger::{self, Change, Identity, Origin, Payload, Trigger};
use cognito_domain_guard_sandbox::{
    Call, Delivery, Journal, JournalEntry, Published, World, deployment_identity,
};
use time::OffsetDateTime;

/// One event and what it led to.
pub(crate) struct Story {
    file: String,
    /// When the change was made.
    start: OffsetDateTime,
    pub(crate) moments: Vec<Moment>,
    pub(crate) ends: Vec<End>,
    /// How many changes and sweeps it is the story of.
    pub(crate) played: usize,
    /// Why others in the same payload are not part of it.
    pub(crate) not_played: Vec<String>,
    dead_letters: usize,
}

/// What happened at one point of virtual time.
pub(crate) enum Moment {
    /// The recorded call was made.
    Change(Box<Changed>),
    /// The EventBridge rule does not take the event, so the function was invoked with it.
    NotMatched,
    /// The guard was woken.
    Look(Looked),
    /// The queue gave up.
    DeadLetter { at: OffsetDateTime, messages: usize },
}

/// The recorded call, and every domain before and after it.
pub(crate) struct Changed {
    at: OffsetDateTime,
    change: Change,
    before: Vec<Domain>,
    after: Vec<Domain>,
}

/// One invocation of the guard.
pub(crate) struct Looked {
    at: OffsetDateTime,
    woken_by: WokenBy,
    reports: Vec<Report>,
    calls: Vec<Arc<Call>>,
    notices: Vec<Notice>,
}

/// What brought an event to the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WokenBy {
    /// The event at hand, for the first time.
    Event,
    /// The event of an update of the guard's own.
    OwnUpdate,
    /// Somebody who waits for the answer: nobody brings that event back.
    Person,
    /// The recheck queue; how often, where the message says so.
    Queue { receives: Option<u32> },
}

/// A notice as it was published.
pub(crate) struct Notice {
    subject: String,
    record: Box<Record>,
}

/// A domain at the end.
pub(crate) struct End {
    pub(crate) name: String,
    pub(crate) domain: Option<Domain>,
    pub(crate) at_baseline: bool,
}

impl Story {
    pub(crate) fn new(file: &str, start: OffsetDateTime) -> Self {
        Self {
            file: file.to_owned(),
            start,
            moments: Vec::new(),
            ends: Vec::new(),
            played: 0,
            not_played: Vec::new(),
            dead_letters: 0,
        }
    }

    pub(crate) fn ended_at_baseline(&self) -> bool {
        self.dead_letters == 0 && self.ends.iter().all(|end| end.at_baseline)
    }

    /// Takes down the recorded call.
    pub(crate) fn changed(&mut self, change: Change, before: Vec<Domain>, after: Vec<Domain>) {
        let changed = Changed { at: self.start, change, before, after };
        self.moments.push(Moment::Change(Box::new(changed)));
    }

    /// Takes down what the guard did, from its journal and from what the world saw of it.
    ///
    /// # Errors
    ///
    /// A notice that is none.
    pub(crate) fn tell(
        &mut self,
        world: &World,
        journal: &Journal,
        dead_letters: usize,
        delivery: Delivery,
    ) -> Result<(), serde_json::Error> {
        let (published, calls) = (world.published(), world.calls());
        let (identity, reach) = (deployment_identity(world), Reach::one(world.place().clone()));
        journal.read(|entries| {
            for (nth, entry) in entries.iter().enumerate() {
                let JournalEntry { at, ended, payload, calls: made, reports, result: _ } = entry;
                let woken_by = match delivery {
                    Delivery::Direct if nth == 0 => WokenBy::Person,
                    Delivery::Direct
                    | Delivery::Rule
                    | Delivery::Queue
                    | Delivery::Topic
                    | Delivery::Schedule => WokenBy::reading(payload, &identity, &reach),
                };
                let during =
                    published.iter().filter(|notice| notice.at >= *at && notice.at <= *ended);
                self.moments.push(Moment::Look(Looked {
                    at: *at,
                    woken_by,
                    reports: reports.clone(),
                    calls: calls.get(made.clone()).unwrap_or_default().to_vec(),
                    notices: during.map(Notice::reading).collect::<Result<_, _>>()?,
                }));
            }
            Ok::<_, serde_json::Error>(())
        })?;
        self.dead_letters = dead_letters;
        if dead_letters > 0 {
            self.moments.push(Moment::DeadLetter { at: world.now(), messages: dead_letters });
        }
        Ok(())
    }
}

impl Notice {
    fn reading(published: &Published) -> Result<Self, serde_json::Error> {
        Ok(Self {
            subject: published.subject.clone().unwrap_or_default(),
            record: serde_json::from_str(&published.body_for("default"))?,
        })
    }
}

impl WokenBy {
    fn reading(payload: &serde_json::Value, identity: &Identity, reach: &Reach) -> Self {
        let is_own = |trigger: &Trigger| match trigger {
            Trigger::DomainChanged { change, .. } => match change.origin {
                Origin::Guard(_) => true,
                Origin::Foreign | Origin::Imposter(_) => false,
            },
            Trigger::Sweep { .. }
            | Trigger::OverrideChanged(_)
            | Trigger::Test { .. }
            | Trigger::Ignored { .. } => false,
        };
        match trigger::read(payload, identity, reach) {
            Payload::Queue(messages) => {
                let triggers = messages.iter().flat_map(|message| &message.triggers).flatten();
                let receives = triggers.filter_map(|trigger| match trigger {
                    Trigger::DomainChanged { receipt, .. } => Some(receipt.receives),
                    Trigger::Sweep { .. }
                    | Trigger::OverrideChanged(_)
                    | Trigger::Test { .. }
                    | Trigger::Ignored { .. } => None,
                });
                Self::Queue { receives: receives.max() }
            }
            Payload::Single(Ok(trigger)) if is_own(&trigger) => Self::OwnUpdate,
            Payload::Single(_) | Payload::Together(_) | Payload::Step(_) => Self::Event,
        }
    }
}

impl Looked {
    /// Whether it is but a repetition of the look before it, to be shown once: the queue brought the event
    /// back, everything is as it was, and there is nothing to say.
    fn repeats(&self, before: &Self) -> bool {
        let (WokenBy::Queue { .. }, WokenBy::Queue { .. }) = (self.woken_by, before.woken_by)
        else {
            return false;
        };
        let outcome = |looked: &Self| {
            let outcomes = looked.reports.iter().flat_map(|report| &report.outcomes);
            let of_each = |one: &DomainReport| {
                (one.domain.clone(), one.outcome, one.reason.clone(), one.notices.is_empty())
            };
            outcomes.map(of_each).collect::<Vec<_>>()
        };
        let is_quiet = |looked: &Self| looked.notices.is_empty();
        let is_unsettled = |looked: &Self| looked.reports.iter().any(|r| r.unsettled().is_some());
        is_quiet(self) && is_quiet(before) && is_unsettled(self) && outcome(self) == outcome(before)
    }
}
