//! How a notice reaches people: to the topic, and its record into the log, also where the topic refuses it.
//!
//! The rule: no one can keep the guard from putting a domain back by breaking something that only
//! notifies people. So nothing here fails; a notice that was not published is written down whole, at
//! once, and the caller goes on.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

use super::Guard;
use crate::call::CallError;
use crate::notice::{ActorRecord, ChangeRecord, Kind, Notice, Record};
use crate::record_line::NoticeFate;

/// For how long the same notice is held back.
pub(super) const REPETITION: Duration = Duration::MINUTE;
/// The same of a notice that every recheck of an event would repeat: longer than the queue brings an event
/// back.
pub(super) const WHILE_RECHECKED: Duration = Duration::hours(2);
/// The same of a place that is not covered, whatever changes there.
pub(super) const UNCOVERED: Duration = Duration::DAY;
/// How many notices a process remembers. It publishes but a few in a day.
const REMEMBERED: usize = 64;

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Published {
    /// The topic took it.
    Yes,
    /// This process published the same one a short while ago.
    HeldBack,
    /// The topic did not take it. It is in the log.
    No(CallError),
}

/// Where the record of each notice goes, with what became of it.
#[derive(Clone)]
pub struct NoticeLog(Arc<Write>);

type Write = dyn Fn(&Record, NoticeFate<'_>) + Send + Sync;

impl NoticeLog {
    /// `write` must have written the record down when it returns: an update may follow.
    pub fn new(write: impl Fn(&Record, NoticeFate<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }
}

impl fmt::Debug for NoticeLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoticeLog")
    }
}

/// The notices that this process has published in the last day.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Arc<Mutex<VecDeque<(OffsetDateTime, Key)>>>);

/// What makes two notices the same. The actor counts: else a forged event with the id of a real one,
/// sent first, would hide who made the change.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    kind: Kind,
    account: String,
    region: String,
    incident: String,
    domain: Option<String>,
    drifts: Vec<ChangeRecord>,
    actor: Option<ActorRecord>,
}

impl Key {
    fn of(record: &Record) -> Self {
        let Record { kind, account, region, incident, domain, drifts, actor, .. } = record.clone();
        if kind == Kind::NotCovered {
            // It is about the place, whatever was changed there.
            let (incident, domain, drifts, actor) = (String::new(), None, Vec::new(), None);
            return Self { kind, account, region, incident, domain, drifts, actor };
        }
        Self { kind, account, region, incident, domain, drifts, actor }
    }
}

impl Recent {
    fn has(&self, record: &Record, within: Duration, now: OffsetDateTime) -> bool {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(at, _)| now - *at < UNCOVERED);
        let mut recent = recent.iter().filter(|(at, _)| now - *at < within).peekable();
        recent.peek().is_some() && {
            let key = Key::of(record);
            recent.any(|(_, published)| *published == key)
        }
    }

    fn add(&self, record: &Record, now: OffsetDateTime) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == REMEMBERED {
            recent.pop_front();
        }
        recent.push_back((now, Key::of(record)));
    }
}

impl Guard {
    /// Publishes a notice, and writes it down. Held back where this process has published the same one
    /// `within` that time.
    pub(super) async fn publish(&self, notice: &Notice, within: Duration) -> Published {
        let now = self.now();
        if self.recent.has(&notice.record, within, now) {
            return Published::HeldBack;
        }
        match self.topic.publish(&notice.message(self.https_form)).await {
            Ok(()) => {
                (self.notice_log.0)(&notice.record, NoticeFate::Published);
                self.recent.add(&notice.record, now);
                Published::Yes
            }
            Err(error) => {
                (self.notice_log.0)(&notice.record, NoticeFate::Refused(&error));
                Published::No(error)
            }
        }
    }

    /// Writes into the log what a sweep is about to put back.
    pub(super) fn write_intention(&self, notice: &Notice) {
        (self.notice_log.0)(&notice.record, NoticeFate::Intended);
    }
}
