//! The recheck queue's messages, as SQS keeps them and as Lambda's event source hands them over.

use md5::{Digest, Md5};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::epoch_milliseconds;

/// A message of the recheck queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage {
    /// Its id, the same at each receive.
    pub id: String,
    /// Its body: Lambda's destination record, as text.
    pub body: String,
    /// When it was sent.
    pub sent_at: OffsetDateTime,
    /// When it was first received.
    pub first_received_at: Option<OffsetDateTime>,
    /// How often it was received.
    pub receives: u32,
}

impl QueueMessage {
    pub(super) const fn new(id: String, body: String, sent_at: OffsetDateTime) -> Self {
        Self { id, body, sent_at, first_received_at: None, receives: 0 }
    }

    /// One more receive: the event that the function gets, of this message alone.
    pub(super) fn receive(
        &mut self,
        receipt_handle: &str,
        queue_arn: &str,
        region: &str,
        now: OffsetDateTime,
    ) -> Value {
        self.receives += 1;
        let first_received_at = *self.first_received_at.get_or_insert(now);
        json!({"Records": [{
            "messageId": self.id,
            "receiptHandle": receipt_handle,
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": self.receives.to_string(),
                "SentTimestamp": epoch_milliseconds(self.sent_at),
                "SenderId": "AROACKCEVSQ6C2EXAMPLE:awslambda",
                "ApproximateFirstReceiveTimestamp": epoch_milliseconds(first_received_at),
            },
            "messageAttributes": {},
            "md5OfBody": md5_of(&self.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": region,
        }]})
    }

    /// The message as a redrive puts it back: the id stays, its receives are counted anew.
    pub(super) fn redriven(self, now: OffsetDateTime) -> Self {
        let Self { id, body, sent_at: _, first_received_at: _, receives: _ } = self;
        Self::new(id, body, now)
    }

    /// Whether a function that answered this has done with the message.
    ///
    /// As Lambda reads it: an answer without failures, an empty or a null list of them, is success;
    /// one that names the message is not, nor is one that cannot be understood.
    pub(super) fn settled_by(&self, answer: &Value) -> bool {
        match answer.get("batchItemFailures") {
            None | Some(Value::Null) => true,
            Some(Value::Array(failures)) => failures.is_empty(),
            Some(_) => false,
        }
    }
}

fn md5_of(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
