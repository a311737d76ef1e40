//! The envelopes in which AWS delivers a trigger, peeled one after the other.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use serde::Deserialize as _;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::change::{Record, read_record, text};
use super::{Identity, Message, Payload, Trigger, Unreadable};
use crate::memory::{Earlier, ErrorType};

/// Lambda wraps a failed event once; a redriven one may be wrapped again. Deeper is nobody's doing.
const DEEPEST: usize = 4;

/// Reads what the function was invoked with.
pub fn read(payload: &Value, guard: &Identity) -> Payload {
    if !is_sqs_batch(payload) {
        return Payload::Single(read_event(payload, None, Receipt::NONE, guard, DEEPEST));
    }
    match SqsEvent::deserialize(payload) {
        Ok(batch) => Payload::Queue(
            batch.records.into_iter().map(|message| read_message(message, guard)).collect(),
        ),
        Err(error) => Payload::Single(Err(Unreadable {
            reason: format!("the SQS batch cannot be read: {error}"),
        })),
    }
}

fn is_sqs_batch(payload: &Value) -> bool {
    text(payload, "/Records/0/eventSource") == Some("aws:sqs")
}

fn read_message(message: SqsMessage, guard: &Identity) -> Message {
    let receives = message
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse::<u32>().ok())
        .unwrap_or(1);
    let sent_at = message
        .attributes
        .get("SentTimestamp")
        .and_then(|sent| sent.parse::<i128>().ok())
        .and_then(|sent| OffsetDateTime::from_unix_timestamp_nanos(sent * 1_000_000).ok());
    let receipt = Receipt { receives, sent_at };
    let trigger = match message.body.as_deref().map(serde_json::from_str::<Value>) {
        None => Err(Unreadable { reason: "the message has no body".into() }),
        Some(Err(error)) => {
            Err(Unreadable { reason: format!("the message's body is not JSON: {error}") })
        }
        Some(Ok(body)) => read_event(&body, None, receipt, guard, DEEPEST),
    };
    Message { id: message.message_id.unwrap_or_default(), trigger }
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

    /// Whether the message was looked at since the look that `record` tells of. Lambda sends its
    /// record at once, so one that was sent much later has been a dead letter.
    fn was_looked_at(self, record: &Value) -> bool {
        self.receives > 1 || self.is_redriven(record)
    }

    /// Whether the message has been a dead letter.
    fn is_redriven(self, record: &Value) -> bool {
        let recorded =
            text(record, "/timestamp").and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
        self.sent_at
            .zip(recorded)
            .is_some_and(|(sent, recorded)| sent - recorded > time::Duration::MINUTE)
    }
}

/// Reads one event out of whatever wraps it. `earlier` is what the outermost destination record
/// said; without one, a first receipt is a first look.
fn read_event(
    event: &Value,
    earlier: Option<Earlier>,
    receipt: Receipt,
    guard: &Identity,
    depth: usize,
) -> Result<Trigger, Unreadable> {
    let Some(deeper) = depth.checked_sub(1) else {
        return Err(Unreadable { reason: "too many envelopes in one another".into() });
    };
    if let (Some(_), Some(inner)) = (event.get("requestContext"), event.get("requestPayload")) {
        let earlier = earlier.unwrap_or_else(|| {
            let error_type = text(event, "/responsePayload/errorType");
            let error_type = error_type.and_then(ErrorType::from_name);
            let earlier = Earlier::after(error_type, receipt.was_looked_at(event));
            if receipt.is_redriven(event) { earlier.after_a_redrive() } else { earlier }
        });
        return read_event(inner, Some(earlier), receipt, guard, deeper);
    }
    let earlier = earlier.unwrap_or_else(|| {
        if receipt.receives <= 1 { Earlier::FirstLook } else { Earlier::after(None, true) }
    });
    let record = |record: &Value, envelope: &Value| {
        read_record(record, envelope, guard).map(|read| match read {
            Record::Change(change) => Trigger::DomainChanged { change, earlier, receipt },
            Record::Ignored { domain, reason } => Trigger::Ignored { domain, reason },
        })
    };
    if event.get("eventSource").is_some() && event.get("eventName").is_some() {
        return record(event, &Value::Null);
    }
    match (text(event, "/source"), text(event, "/detail-type")) {
        (Some("aws.events" | "aws.scheduler"), Some("Scheduled Event")) => Ok(Trigger::Sweep {
            scheduled_at: text(event, "/time")
                .and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok()),
        }),
        (Some("aws.cognito-idp"), Some("AWS API Call via CloudTrail")) => {
            record(event.get("detail").unwrap_or(&Value::Null), event)
        }
        (Some(source), kind) => Ok(Trigger::Ignored {
            domain: None,
            reason: format!(
                "{:?} of {source} is not a call on a user pool domain",
                kind.unwrap_or("an event")
            ),
        }),
        (None, _) => Err(Unreadable {
            reason: "neither an EventBridge event, a CloudTrail record, a destination record of \
                     Lambda nor an SQS batch: see events/ for what the guard takes"
                .into(),
        }),
    }
}
