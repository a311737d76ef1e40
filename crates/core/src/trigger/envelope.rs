//! The envelopes in which AWS delivers a trigger, peeled one after the other.
//!
//! Each is recognised by its members, wherever it stands: EventBridge may reach the guard through SNS, through
//! a queue, through both or through a pipe, and Lambda wraps whatever failed. A member that is null
//! counts as absent.

use serde_json::Value;
use time::OffsetDateTime;

use super::change::{Record, read_record};
use super::json::{self, at, member, text};
use super::overrides;
use super::refusal::not_taken;
use super::saved::{SPLUNK, inner, is_json, is_other_record, saved};
use super::{Identity, Payload, QueueMessage, SweepCause, Trigger, Unreadable};
use crate::memory::{Earlier, ErrorType};
use crate::reach::Reach;
use crate::when;

/// How many envelopes may be in one another: a message of a topic in a record of Lambda that was put
/// back from the dead letters has five. Deeper is nobody's doing.
const DEEPEST: usize = 8;

/// How many events one payload or message may carry. A pipe hands over ten unless it is configured otherwise.
const MOST_EVENTS: usize = 1_000;

/// Who asks for a test notice, in the payload of a direct invocation: `{"test_notice": "jane"}`.
const TEST: &str = "/test_notice";

/// Reads what the function was invoked with, from its bytes.
pub fn read_bytes(payload: &[u8], guard: &Identity, reach: &Reach) -> Payload {
    match json::parse("the payload", payload) {
        Ok(payload) => read(&payload, guard, reach),
        Err(unreadable) => Payload::Single(Err(unreadable)),
    }
}

/// Reads what the function was invoked with. The guard's own calls and its events are recognised by who it is,
/// and where it works.
pub fn read(payload: &Value, guard: &Identity, reach: &Reach) -> Payload {
    if let Some(messages) = messages(payload) {
        return Payload::Queue(
            messages.iter().map(|message| read_message(message, guard, reach)).collect(),
        );
    }
    if reach.organization.is_some() && text(payload, "/step").is_some() {
        return Payload::Step(payload.clone());
    }
    // An event of EventBridge has a source, and what came by a queue or a topic is in an envelope.
    if let (Some(asked_by), None) = (text(payload, TEST), member(payload, "source")) {
        return Payload::Single(Ok(Trigger::Test { asked_by: asked_by.to_owned() }));
    }
    let mut triggers = read_all(payload, Receipt::NONE, guard, reach);
    match triggers.pop() {
        Some(only) if triggers.is_empty() => Payload::Single(only),
        last => Payload::Together(triggers.into_iter().chain(last).collect()),
    }
}

/// The messages of a batch, from an event source of Lambda or from a pipe. Both take the same answer:
/// which of them failed.
fn messages(payload: &Value) -> Option<&[Value]> {
    let list = payload.as_array().or_else(|| member(payload, "Records")?.as_array())?;
    (text(list.first()?, "/eventSource") == Some("aws:sqs")).then_some(list)
}

fn read_message(message: &Value, guard: &Identity, reach: &Reach) -> QueueMessage {
    let attribute = |name| {
        let value = member(message.get("attributes")?, name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    let receives = attribute("ApproximateReceiveCount");
    let receipt = Receipt {
        receives: receives.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        sent_at: attribute("SentTimestamp").and_then(when::from_milliseconds),
    };
    let triggers = match body(message) {
        Ok(body) => read_all(&body, receipt, guard, reach),
        Err(unreadable) => vec![Err(unreadable)],
    };
    // Without an identifier, the answer has Lambda take the whole batch for failed.
    let id = text(message, "/messageId").unwrap_or_default().to_owned();
    QueueMessage { id, triggers }
}

fn body(message: &Value) -> Result<Value, Unreadable> {
    inner(message, "body", "the message's body")
        .unwrap_or_else(|| Err(Unreadable { reason: "the message has no body".to_owned() }))
}

/// Each event in a payload, as it is inside whatever wraps it: what [`read`] reads, one by one.
pub fn events(payload: &Value) -> Vec<Result<Value, Unreadable>> {
    let mut found = Vec::new();
    let each = |event: Result<&Value, Unreadable>, _| found.push(event.cloned());
    let mut opening = Opening { receipt: Receipt::NONE, count: 0, each };
    match messages(payload) {
        None => opening.open(payload, None, DEEPEST),
        Some(messages) => {
            for message in messages {
                match body(message) {
                    Ok(body) => opening.open(&body, None, DEEPEST),
                    Err(unreadable) => opening.found(Err(unreadable), None),
                }
            }
        }
    }
    found
}

/// How the recheck queue has handed an event over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How often, this time included: none for an event that did not come by the queue. A message
    /// that is put back from the dead-letter queue counts anew.
    pub receives: u32,
    /// When the message was sent; one that was put back counts as sent then.
    pub sent_at: Option<OffsetDateTime>,
}

impl Receipt {
    /// Of an event that did not come by the queue.
    pub const NONE: Self = Self { receives: 0, sent_at: None };

    /// Whether the message was looked at since the look that `record` is about. Lambda sends its
    /// record at once, so one that was sent much later has been a dead letter.
    fn was_looked_at(self, record: &Value) -> bool {
        self.receives > 1 || self.is_redriven(record)
    }

    /// Whether the message has been a dead letter.
    fn is_redriven(self, record: &Value) -> bool {
        let recorded = at(record, "/timestamp").and_then(when::read);
        self.sent_at
            .zip(recorded)
            .is_some_and(|(sent, recorded)| sent - recorded > time::Duration::MINUTE)
    }
}

fn read_all(
    event: &Value,
    receipt: Receipt,
    guard: &Identity,
    reach: &Reach,
) -> Vec<Result<Trigger, Unreadable>> {
    let mut found = Vec::new();
    let reader = Reader { receipt, guard, reach };
    let each = |event: Result<&Value, Unreadable>, earlier| {
        found.push(event.and_then(|event| reader.trigger(event, earlier)));
    };
    Opening { receipt, count: 0, each }.open(event, None, DEEPEST);
    found
}

/// Takes the events out of whatever wraps them, one after the other.
struct Opening<F> {
    receipt: Receipt,
    count: usize,
    /// What is done with each, and what the outermost destination record said of earlier looks at it.
    each: F,
}

impl<F: FnMut(Result<&Value, Unreadable>, Option<Earlier>)> Opening<F> {
    /// Opens `event`. `earlier` is what the outermost destination record said; without one, a first
    /// receipt is a first look.
    fn open(&mut self, event: &Value, earlier: Option<Earlier>, depth: usize) {
        let Some(deeper) = depth.checked_sub(1) else {
            return self.refuse("too many envelopes in one another".to_owned());
        };
        match event {
            Value::String(text) if is_json(text) => {
                return self.open_inner(
                    json::parse("the payload", text.as_bytes()),
                    earlier,
                    deeper,
                );
            }
            Value::Array(events) if !events.iter().all(Value::is_null) => {
                return match saved(event) {
                    Some(row) => self.open_saved(row, earlier, deeper),
                    None => self.open_each(events, earlier, deeper),
                };
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => {}
        }
        if let (Some(_), Some(inner)) =
            (member(event, "requestContext"), member(event, "requestPayload"))
        {
            let earlier = earlier.unwrap_or_else(|| {
                let error_type = text(event, "/responsePayload/errorType");
                let looked_at = self.receipt.was_looked_at(event);
                let earlier = Earlier::after(error_type.and_then(ErrorType::from_name), looked_at);
                if self.receipt.is_redriven(event) { earlier.after_a_redrive() } else { earlier }
            });
            return self.open(inner, Some(earlier), deeper);
        }
        if let Some(records) = member(event, "Records").and_then(Value::as_array) {
            let source = records.first().and_then(|record| {
                text(record, "/EventSource").or_else(|| text(record, "/eventSource"))
            });
            if let Some("aws:sns" | "aws:sqs") = source {
                return self.open_each(records, earlier, deeper);
            }
        }
        // A message of SNS, with and without what Lambda puts around it, and one of SQS.
        if let Some(message) = member(event, "Sns") {
            return self.open(message, earlier, deeper);
        }
        if text(event, "/Type") == Some("Notification")
            && let Some(message) = inner(event, "Message", "the topic's message")
        {
            return self.open_inner(message, earlier, deeper);
        }
        if text(event, "/eventSource") == Some("aws:sqs")
            && let Some(body) = inner(event, "body", "the message's body")
        {
            return self.open_inner(body, earlier, deeper);
        }
        if !is_event(event)
            && let Some(events) = saved(event)
        {
            return self.open_saved(events, earlier, deeper);
        }
        self.found(Ok(event), earlier);
    }

    fn open_each(&mut self, events: &[Value], earlier: Option<Earlier>, depth: usize) {
        for event in events.iter().filter(|event| !event.is_null()) {
            if self.is_full() {
                return;
            }
            self.open(event, earlier, depth);
        }
    }

    /// Of the many calls that a trail records, those on user pool domains.
    fn open_saved(
        &mut self,
        events: Vec<Result<Value, Unreadable>>,
        earlier: Option<Earlier>,
        depth: usize,
    ) {
        let before = self.count;
        for event in events {
            if self.is_full() {
                return;
            }
            match event {
                Ok(record) if is_other_record(&record) => {}
                Ok(event) => self.open(&event, earlier, depth),
                Err(unreadable) => self.found(Err(unreadable), earlier),
            }
        }
        if self.count == before {
            self.refuse("there is no call on a user pool domain in it".to_owned());
        }
    }

    fn open_inner(
        &mut self,
        inner: Result<Value, Unreadable>,
        earlier: Option<Earlier>,
        depth: usize,
    ) {
        match inner {
            Ok(event) => self.open(&event, earlier, depth),
            Err(unreadable) => self.found(Err(unreadable), None),
        }
    }

    fn is_full(&mut self) -> bool {
        let is_full = self.count >= MOST_EVENTS;
        if is_full {
            self.refuse(format!("more than {MOST_EVENTS} events at once"));
        }
        is_full
    }

    fn refuse(&mut self, reason: String) {
        self.found(Err(Unreadable { reason }), None);
    }

    fn found(&mut self, event: Result<&Value, Unreadable>, earlier: Option<Earlier>) {
        self.count += 1;
        (self.each)(event, earlier);
    }
}

/// Whether it has what [`Reader::trigger`] recognises an event by.
fn is_event(event: &Value) -> bool {
    // An SDK's answer to LookupEvents has the two members beside the record, where its names are in lower case.
    let is_around_a_record = || member(event, "cloudTrailEvent").is_some();
    (member(event, "source").is_some() && member(event, SPLUNK).is_none())
        || (member(event, "eventSource").is_some()
            && member(event, "eventName").is_some()
            && !is_around_a_record())
}

/// Reads events that nothing wraps.
struct Reader<'a> {
    receipt: Receipt,
    guard: &'a Identity,
    reach: &'a Reach,
}

impl Reader<'_> {
    /// Reads an event that nothing wraps.
    fn trigger(&self, event: &Value, earlier: Option<Earlier>) -> Result<Trigger, Unreadable> {
        let Self { receipt, guard, reach } = *self;
        let earlier = earlier.unwrap_or_else(|| {
            if receipt.receives <= 1 { Earlier::FirstLook } else { Earlier::after(None, true) }
        });
        let record = |record: &Value, envelope: &Value| {
            if text(record, "/eventSource") == Some("ssm.amazonaws.com") {
                return Ok(match overrides::read(record, envelope, guard, reach) {
                    Ok(change) => Trigger::OverrideChanged(Box::new(change)),
                    Err(reason) => Trigger::Ignored { domain: None, reason },
                });
            }
            read_record(record, envelope, guard, reach).map(|read| match read {
                Record::Change(change) => Trigger::DomainChanged { change, earlier, receipt },
                Record::Ignored { domain, reason } => Trigger::Ignored { domain, reason },
            })
        };
        if member(event, "eventSource").is_some() && member(event, "eventName").is_some() {
            return record(event, &Value::Null);
        }
        match (text(event, "/source"), text(event, "/detail-type")) {
            (Some("aws.events" | "aws.scheduler"), Some("Scheduled Event")) => {
                let cause = text(event, "/detail/sweep").and_then(SweepCause::from_name);
                Ok(Trigger::Sweep {
                    scheduled_at: at(event, "/time").and_then(when::read),
                    approved: None,
                    cause: cause.unwrap_or_default(),
                })
            }
            (Some("aws.cognito-idp" | "aws.ssm"), Some("AWS API Call via CloudTrail")) => {
                match member(event, "detail") {
                    Some(Value::String(detail)) if detail.trim_start().starts_with('{') => {
                        record(&json::parse("the event's detail", detail.as_bytes())?, event)
                    }
                    detail => record(detail.unwrap_or(&Value::Null), event),
                }
            }
            (Some(source), kind) => Ok(Trigger::Ignored {
                domain: None,
                reason: format!(
                    "{:?} of {source} is not a call on a user pool domain",
                    kind.unwrap_or("an event")
                ),
            }),
            // One whose notice failed comes back by the queue, where nothing is to be asked for.
            (None, _) if text(event, TEST).is_some() => Ok(Trigger::Ignored {
                domain: None,
                reason: "a test notice is sent only to whoever invokes the function directly"
                    .to_owned(),
            }),
            // Whoever can put a message into the queue approves nothing by it.
            (None, _) if receipt == Receipt::NONE => match text(event, "/approve") {
                Some(set) => Ok(Trigger::Sweep {
                    scheduled_at: None,
                    approved: Some(set.to_owned()),
                    cause: SweepCause::Request,
                }),
                None => Err(not_taken(event)),
            },
            (None, _) => Err(not_taken(event)),
        }
    }
}
