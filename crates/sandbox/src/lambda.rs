//! The function's side of the platform: what it is invoked with, and what AWS writes down about it.

use std::fmt;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::action::Action;
use crate::clock::milliseconds;

/// What a handler gets about the invocation besides its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Lambda's request id, a new one for each invocation.
    pub request_id: String,
    /// The ARN of the invoked function: the guard's, or the sweep's.
    pub function_arn: String,
    /// How often this event has been brought to the function: 1 for its first invocation, 2 for the
    /// first recheck.
    pub attempt: u32,
}

/// What Lambda makes of a handler that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The type, which destinations and alarms see.
    pub error_type: String,
    /// The message.
    pub error_message: String,
}

impl FunctionError {
    /// An error of that type and message.
    pub fn new(error_type: impl Into<String>, error_message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), error_message: error_message.into() }
    }

    /// What Lambda says of a process that died.
    pub(super) fn killed(request_id: &str) -> Self {
        Self::new(
            "Runtime.ExitError",
            format!("RequestId: {request_id} Error: Runtime exited with error: signal: killed"),
        )
    }

    /// What Lambda says of a handler that took too long.
    pub(super) fn timed_out(request_id: &str, after: std::time::Duration) -> Self {
        Self::new(
            "Sandbox.Timedout",
            format!(
                "RequestId: {request_id} Error: Task timed out after {:.2} seconds",
                after.as_secs_f64()
            ),
        )
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.error_message)
    }
}

impl std::error::Error for FunctionError {}

/// What woke the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The EventBridge rule.
    Rule,
    /// The recheck queue.
    Queue,
    /// The schedule of the sweep.
    Schedule,
    /// A test, through [`Platform::invoke`](super::Platform::invoke).
    Direct,
}

/// One invocation, seen from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Woken {
    /// What it was woken by.
    pub source: Source,
    /// What its handler got.
    pub invocation: Invocation,
    /// When it began, in virtual time.
    pub at: OffsetDateTime,
    /// What came of it.
    pub result: Result<Value, FunctionError>,
}

/// Whether the rule in front of the function takes an event: a domain's create, update or delete,
/// reported by Cognito through CloudTrail, that did not fail.
pub fn matches_rule(event: &Value) -> bool {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let succeeded = match event.pointer("/detail/errorCode") {
        None => true,
        Some(code) => code.as_str() == Some(""),
    };
    text("/source") == Some("aws.cognito-idp")
        && text("/detail-type") == Some("AWS API Call via CloudTrail")
        && text("/detail/eventName")
            .and_then(Action::from_name)
            .is_some_and(Action::is_domain_write)
        && succeeded
}

/// Whether the rule of the overrides takes an event: a parameter below that path was made or removed.
pub(super) fn matches_override_rule(event: &Value, path: &str) -> bool {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let is_below = |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    let named = |pointer: &str| text(pointer).is_some_and(is_below);
    let several = event.pointer("/detail/requestParameters/names").and_then(Value::as_array);
    let several = several.into_iter().flatten().filter_map(Value::as_str);
    let action = text("/detail/eventName").and_then(Action::from_name);
    text("/source") == Some("aws.ssm")
        && text("/detail-type") == Some("AWS API Call via CloudTrail")
        && action.is_some_and(Action::is_parameter_write)
        && event.pointer("/detail/errorCode").is_none()
        && (named("/detail/requestParameters/name") || several.into_iter().any(is_below))
}

/// The record that Lambda's on-failure destination sends for an event that is out of retries.
pub(super) fn destination_record(
    payload: Value,
    invocation: &Invocation,
    error: &FunctionError,
    at: OffsetDateTime,
) -> Value {
    let Invocation { request_id, function_arn, attempt: _ } = invocation;
    let FunctionError { error_type, error_message } = error;
    // The payload is moved in: it is the big one.
    let mut record = json!({
        "version": "1.0",
        "timestamp": milliseconds(at),
        "requestContext": {
            "requestId": request_id,
            "functionArn": format!("{function_arn}:$LATEST"),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 1,
        },
        "requestPayload": null,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {"errorMessage": error_message, "errorType": error_type},
    });
    if let Some(members) = record.as_object_mut() {
        members.insert("requestPayload".to_owned(), payload);
    }
    record
}

/// The event of a schedule.
pub(super) fn scheduled_event(
    id: &str,
    rule_arn: &str,
    account: &str,
    region: &str,
    time: &str,
) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": time,
        "region": region,
        "resources": [rule_arn],
        "detail": {},
    })
}
