//! What a payload is that the guard does not take, and what to give it instead.

use serde_json::Value;

use super::Unreadable;
use super::json::{member, text};
use super::saved::is_digest;

/// How many names of members an error lists, and how long each may be.
const MOST_NAMES: usize = 8;
const LONGEST_NAME: usize = 40;

/// The error for `event`, which is nothing that wakes the guard.
pub(super) fn not_taken(event: &Value) -> Unreadable {
    let reason = match known(event) {
        Some(reason) => reason.to_owned(),
        None => format!(
            "{}: neither an EventBridge event, a CloudTrail record, a destination record of Lambda \
             nor a message of SQS or SNS; see events/ for what the guard takes, and remove the Input of \
             a rule or schedule that has one",
            described(event)
        ),
    };
    Unreadable { reason }
}

/// What people give to the function by mistake.
fn known(event: &Value) -> Option<&'static str> {
    let has = |name| member(event, name).is_some();
    let entry = member(event, "Entries").and_then(|entries| entries.get(0)).unwrap_or(event);
    if member(entry, "Detail").is_some() && member(entry, "DetailType").is_some() {
        return Some(
            "an entry for `aws events put-events`, which is no event yet: give the guard the \
             CloudTrail record in its Detail",
        );
    }
    if has("awslogs") {
        return Some(
            "a subscription of CloudWatch Logs: the guard takes events, so send it those of an \
             EventBridge rule",
        );
    }
    if is_digest(event) {
        return Some("a digest of a trail's log files, which has no events");
    }
    if let Some("SubscriptionConfirmation" | "UnsubscribeConfirmation") = text(event, "/Type") {
        return Some("a topic's request to confirm a subscription: confirm it, or delete it");
    }
    let first = ["Records", "records"].into_iter().find_map(|list| member(event, list)?.get(0));
    let first = first.unwrap_or(event);
    if ["kinesis", "data", "Data"].into_iter().any(|name| member(first, name).is_some()) {
        return Some(
            "records of a stream (Kinesis, Firehose), whose data is base64: decode it and give the guard \
             what is in it, or send it the events of an EventBridge rule",
        );
    }
    if member(first, "s3").is_some() {
        return Some(
            "a notification of S3: the guard does not read a trail's log files, so send it the \
             events of an EventBridge rule",
        );
    }
    None
}

fn described(event: &Value) -> String {
    let members = match event {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => return format!("the value {event}"),
        Value::String(_) => return "a text".to_owned(),
        Value::Array(_) => return "an empty list".to_owned(),
        Value::Object(members) => members,
    };
    let names: Vec<String> = members
        .keys()
        .take(MOST_NAMES)
        .map(|name| format!("{:?}", name.chars().take(LONGEST_NAME).collect::<String>()))
        .collect();
    match members.len() {
        0 => "an empty object".to_owned(),
        1..=MOST_NAMES => format!("an object with {}", names.join(", ")),
        more => format!("an object with {} and {} more", names.join(", "), more - MOST_NAMES),
    }
}
