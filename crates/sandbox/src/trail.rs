//! What remains of a call: the world's own log, and the record that CloudTrail makes of it.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::action::{Action, ApiError};
use crate::caller::Caller;
use crate::clock::whole_seconds;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;

/// One call that reached the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Where it was made: the account of the caller's credentials, in the region that was asked.
    pub place: Place,
    /// Which call.
    pub action: Action,
    /// Who made it.
    pub caller: Arc<Caller>,
    /// The access key that signed it; empty for calls in process.
    pub access_key_id: String,
    /// The user agent that it was sent with.
    pub user_agent: String,
    /// Its parameters, named as the API names them.
    pub request: Value,
    /// What the service answered.
    pub outcome: Result<Value, ApiError>,
    /// Whether the accepted configuration of anything changed. An identical update is accepted
    /// without a change.
    pub changed: bool,
    /// Whether the answer reached the caller: not where a fault of kind `After` swallowed it.
    pub answered: bool,
    /// The domain that a create, an update or a delete was about, as the call left it and whether or
    /// not it was accepted. `None` for a domain that is not there, and for every other call.
    pub left: Option<Domain>,
    /// When, in virtual time.
    pub at: OffsetDateTime,
    /// The `eventID` of its CloudTrail record.
    pub event_id: String,
    /// The `requestID`, which the answer carries too.
    pub request_id: String,
}

impl Call {
    /// The error code it was answered with.
    pub fn error_code(&self) -> Option<&str> {
        self.outcome.as_ref().err().map(|error| error.code.as_str())
    }

    /// The CloudTrail record: the `detail` of the event.
    ///
    /// Parameters and answer are in CloudTrail's camelCase; a refused caller's parameters are not
    /// in it.
    pub(super) fn record(&self) -> Value {
        let Self {
            place: Place { partition: _, account, region },
            action,
            caller,
            access_key_id: _,
            user_agent,
            request,
            outcome,
            changed: _,
            answered: _,
            left: _,
            at,
            event_id,
            request_id,
        } = self;
        let service = action.service();
        let mut record = Map::new();
        let mut add = |name: &str, value: Value| record.insert(name.to_owned(), value);
        add("eventVersion", json!("1.11"));
        add("userIdentity", caller.user_identity.clone());
        add("eventTime", json!(whole_seconds(*at)));
        add("eventSource", json!(format!("{service}.amazonaws.com")));
        add("eventName", json!(action.name()));
        add("awsRegion", json!(region));
        add("sourceIPAddress", json!(caller.source_ip_address));
        add("userAgent", json!(user_agent));
        let mut parameters = camel_case(request);
        if let (Action::PutParameter, Some(value)) = (action, parameters.get_mut("value")) {
            *value = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
        }
        let mut elements = Value::Null;
        match outcome {
            Ok(response) => match action {
                Action::CreateUserPoolDomain
                | Action::UpdateUserPoolDomain
                | Action::CreateUserPool => {
                    elements = camel_case(response);
                }
                Action::PutParameter | Action::DeleteParameters => elements = camel_case(response),
                Action::AssumeRole => {
                    elements = camel_case(response);
                    if let Some(Value::Object(credentials)) = elements.get_mut("credentials") {
                        credentials.remove("secretAccessKey");
                    }
                }
                Action::DeleteUserPoolDomain
                | Action::DescribeUserPoolDomain
                | Action::DescribeUserPool
                | Action::ListUserPools
                | Action::Publish
                | Action::GetParametersByPath
                | Action::DescribeParameters
                | Action::DescribeStacks
                | Action::FilterLogEvents
                | Action::DescribeLogGroups
                | Action::DeleteUserPool
                | Action::LookupEvents
                | Action::DescribeCertificate
                | Action::ListDistributions
                | Action::DeleteParameter => {}
            },
            Err(error) => {
                if error.code.starts_with("AccessDenied") {
                    parameters = Value::Null;
                }
                add("errorCode", json!(error.code));
                add("errorMessage", json!(error.message));
            }
        }
        add("requestParameters", parameters);
        add("responseElements", elements);
        add("requestID", json!(request_id));
        add("eventID", json!(event_id));
        add("readOnly", json!(!action.is_write()));
        add("eventType", json!("AwsApiCall"));
        add("managementEvent", json!(true));
        add("recipientAccountId", json!(account));
        add("eventCategory", json!("Management"));
        add(
            "tlsDetails",
            json!({
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": format!("{service}.{region}.amazonaws.com"),
            }),
        );
        if caller.from_console {
            add("sessionCredentialFromConsole", json!("true"));
        }
        Value::Object(record)
    }
}

/// The event that EventBridge carries for a call. `id` is the envelope's own, not the `eventID`.
pub(super) fn envelope(call: &Call, id: &str) -> Value {
    let Place { partition: _, account, region } = &call.place;
    let detail = call.record();
    let time = detail.get("eventTime").cloned().unwrap_or_default();
    let mut event = Map::new();
    let mut add = |name: &str, value: Value| event.insert(name.to_owned(), value);
    add("version", json!("0"));
    add("id", json!(id));
    add("detail-type", json!("AWS API Call via CloudTrail"));
    add("source", json!(format!("aws.{}", call.action.service())));
    add("account", json!(account));
    add("time", time);
    add("region", json!(region));
    add("resources", json!([]));
    add("detail", detail);
    Value::Object(event)
}

/// Names as CloudTrail writes them, at every level.
fn camel_case(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let mut characters = name.chars();
                    let first = characters.next().map(|first| first.to_ascii_lowercase());
                    (first.into_iter().chain(characters).collect(), camel_case(value))
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(camel_case).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
