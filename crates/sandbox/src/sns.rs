//! SNS: `Publish`, with the rules that a message can break.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::action::ApiError;
use crate::ids::Ids;

/// What a topic takes, subject and attributes left out of the count.
const MESSAGE_LIMIT: usize = 256 * 1024;
/// A subject has to be shorter than this.
const SUBJECT_LIMIT: usize = 100;

/// A message that a topic has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Where to.
    pub topic_arn: String,
    /// The subject, `None` when there was none.
    pub subject: Option<String>,
    /// The message as it was sent: with `message_structure` `json`, the object of all protocols.
    pub message: String,
    /// `Some("json")` for a message per protocol.
    pub message_structure: Option<String>,
    /// When, in virtual time.
    pub at: OffsetDateTime,
}

impl Published {
    /// What subscribers of that protocol (`email`, `https`, `sqs`...) receive.
    ///
    /// For a message without structure, and for a protocol that the structure does not name, it is
    /// what everyone gets.
    pub fn body_for(&self, protocol: &str) -> String {
        if self.message_structure.is_none() {
            return self.message.clone();
        }
        let bodies: Value = serde_json::from_str(&self.message).unwrap_or_default();
        [protocol, "default"]
            .into_iter()
            .find_map(|key| bodies.get(key)?.as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

/// The topics of the account, and what they were sent.
#[derive(Debug)]
pub(super) struct Sns {
    pub(super) topics: Vec<String>,
    pub(super) published: Vec<Published>,
}

impl Sns {
    pub(super) fn publish(
        &mut self,
        parameters: &Value,
        at: OffsetDateTime,
        ids: &mut Ids,
    ) -> Result<Value, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let topic_arn = text("TopicArn")
            .ok_or_else(|| invalid("Invalid parameter: TopicArn or TargetArn Reason: no value"))?;
        if !self.topics.iter().any(|topic| topic == topic_arn) {
            return Err(ApiError::new(404, "NotFound", "Topic does not exist"));
        }
        let message = text("Message").unwrap_or_default();
        if message.is_empty() {
            return Err(invalid("Invalid parameter: Empty message"));
        }
        if message.len() > MESSAGE_LIMIT {
            return Err(invalid("Invalid parameter: Message too long"));
        }
        let subject = text("Subject");
        if let Some(subject) = subject {
            check_subject(subject)?;
        }
        let message_structure = text("MessageStructure");
        match message_structure {
            None => {}
            Some("json") => check_structure(message)?,
            Some(_) => {
                return Err(invalid("Invalid parameter: MessageStructure must be \"json\""));
            }
        }
        self.published.push(Published {
            topic_arn: topic_arn.to_owned(),
            subject: subject.map(str::to_owned),
            message: message.to_owned(),
            message_structure: message_structure.map(str::to_owned),
            at,
        });
        Ok(json!({"MessageId": ids.uuid()}))
    }
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(400, "InvalidParameter", message)
}

fn check_subject(subject: &str) -> Result<(), ApiError> {
    let printable = subject.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    if subject.is_empty()
        || subject.starts_with(' ')
        || !printable
        || subject.len() >= SUBJECT_LIMIT
    {
        return Err(invalid("Invalid parameter: Subject"));
    }
    Ok(())
}

fn check_structure(message: &str) -> Result<(), ApiError> {
    let Ok(Value::Object(bodies)) = serde_json::from_str(message) else {
        return Err(invalid(
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ));
    };
    if !bodies.contains_key("default") {
        return Err(invalid(
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ));
    }
    if !bodies.values().all(Value::is_string) {
        return Err(invalid(
            "Invalid parameter: Message Structure - JSON message body must have string values",
        ));
    }
    Ok(())
}
