//! CloudTrail's event history, as `LookupEvents` answers it.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::action::ApiError;
use crate::trail::Call;

/// The most events that one answer has.
const PAGE_LIMIT: usize = 50;

/// The management events among these calls that are known so long after they were made, newest first.
pub(super) fn events<'a>(
    calls: impl DoubleEndedIterator<Item = &'a Call>,
    parameters: &Value,
    after: Duration,
    now: OffsetDateTime,
) -> Result<Value, ApiError> {
    let attributes = parameters.get("LookupAttributes").and_then(Value::as_array);
    let attributes = attributes.map(Vec::as_slice).unwrap_or_default();
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = match attributes {
        [] => None,
        [one] if text(one, "AttributeKey").as_deref() == Some("EventName") => {
            text(one, "AttributeValue")
        }
        [_] => {
            return Err(ApiError::new(
                400,
                "InvalidLookupAttributesException",
                "the sandbox looks events up by EventName alone",
            ));
        }
        [_, _, ..] => {
            return Err(ApiError::new(
                400,
                "InvalidLookupAttributesException",
                "You can only use one lookup attribute per request.",
            ));
        }
    };
    let seconds = |name: &str| parameters.get(name).and_then(Value::as_f64);
    let (from, until) = (seconds("StartTime"), seconds("EndTime"));
    let size = parameters.get("MaxResults").and_then(Value::as_u64);
    let size = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE_LIMIT);
    // The token says how many were answered before.
    let skip = text(parameters, "NextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "seconds, as the wire has them")]
    let found: Vec<&Call> = calls
        .rev()
        .filter(|call| call.action.is_management_event() && call.at + after <= now)
        .filter(|call| name.as_ref().is_none_or(|name| call.action.name() == name))
        .filter(|call| from.is_none_or(|from| call.at.unix_timestamp() as f64 >= from.floor()))
        .filter(|call| until.is_none_or(|until| call.at.unix_timestamp() as f64 <= until))
        .collect();
    let left = found.len().saturating_sub(skip);
    let size = size.clamp(1, PAGE_LIMIT);
    let events: Vec<Value> = found.into_iter().skip(skip).take(size).map(event).collect();
    let mut answer = Map::new();
    answer.insert("Events".to_owned(), Value::Array(events));
    if left > size {
        answer.insert("NextToken".to_owned(), json!((skip + size).to_string()));
    }
    Ok(Value::Object(answer))
}

fn event(call: &Call) -> Value {
    let record = call.record();
    json!({
        "EventId": call.event_id,
        "EventName": call.action.name(),
        "EventSource": record.get("eventSource"),
        "EventTime": call.at.unix_timestamp(),
        "ReadOnly": (!call.action.is_write()).to_string(),
        "CloudTrailEvent": record.to_string(),
    })
}
