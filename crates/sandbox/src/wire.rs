//! The wire: requests as SDKs send them, answers as SDKs read them.
//!
//! Cognito speaks `application/x-amz-json-1.1` with its operation in `X-Amz-Target`. SNS still
//! speaks AWS's query protocol, a form in and XML out. Signatures are not checked; the access key id
//! in them says who calls.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::action::{Action, ApiError};
use crate::trail::Call;
use crate::world::{Fate, Request, World};

const COGNITO: &str = "AWSCognitoIdentityProviderService.";
const JSON: &str = "application/x-amz-json-1.1";
const XML: &str = "text/xml";

/// What comes back over a connection.
pub(super) enum Reply {
    /// A response.
    Response(Response<Vec<u8>>),
    /// The connection breaks.
    Reset,
    /// It stays open, and silent.
    Silence,
}

/// The one way in, for clients in process and over a socket.
pub(super) async fn answer(world: &World, head: &Parts, body: &[u8]) -> Reply {
    if !world.latency().is_zero() {
        tokio::time::sleep(world.latency()).await;
    }
    let headers = &head.headers;
    let access_key_id = access_key_id(headers).unwrap_or_default();
    let caller = world.caller_of(access_key_id);
    if let Some(identity) = crate::sts::answer(body, world.account(), caller.arn()) {
        let (id, body) = (world.fresh_id(), identity.into_bytes());
        return Reply::Response(respond(StatusCode::OK, XML, &id, body));
    }
    let (protocol, parsed) = match text(headers, &HeaderName::from_static("x-amz-target")) {
        Some(target) => (Protocol::Json, parse_json(target, body)),
        None => (Protocol::Query, parse_query(body)),
    };
    let (action, parameters) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return Reply::Response(protocol.refusal(&error, &world.fresh_id())),
    };
    let fate = world.receive(Request {
        action,
        parameters,
        caller,
        access_key_id: access_key_id.to_owned(),
        user_agent: user_agent(headers).to_owned(),
        event_id: None,
    });
    match fate {
        Fate::Answered(call) => Reply::Response(protocol.response(&call)),
        Fate::Reset => Reply::Reset,
        Fate::Silence => Reply::Silence,
    }
}

fn parse_json(target: &str, body: &[u8]) -> Result<(Action, Value), ApiError> {
    let action = target
        .strip_prefix(COGNITO)
        .and_then(Action::from_name)
        .filter(|action| *action != Action::Publish)
        .ok_or_else(|| {
            ApiError::new(
                400,
                "UnknownOperationException",
                format!("the sandbox does not know {target}"),
            )
        })?;
    let parameters = serde_json::from_slice(body)
        .map_err(|error| ApiError::new(400, "SerializationException", error.to_string()))?;
    Ok((action, parameters))
}

fn parse_query(body: &[u8]) -> Result<(Action, Value), ApiError> {
    let mut parameters = Map::new();
    let mut operation = None;
    for (name, value) in form_urlencoded::parse(body) {
        match name.as_ref() {
            "Action" => operation = Some(value.into_owned()),
            "Version" => {}
            _ => {
                parameters.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
    }
    match operation.as_deref() {
        Some("Publish") => Ok((Action::Publish, Value::Object(parameters))),
        other => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("the sandbox does not know {}", other.unwrap_or("this request")),
        )),
    }
}

/// `AKIDEXAMPLE` of `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260701/eu-central-1/..`.
fn access_key_id(headers: &HeaderMap) -> Option<&str> {
    let (_, credential) = text(headers, &header::AUTHORIZATION)?.split_once("Credential=")?;
    credential.split('/').next()
}

/// SDKs in a browser cannot set `User-Agent`; CloudTrail then has the other one.
fn user_agent(headers: &HeaderMap) -> &str {
    text(headers, &header::USER_AGENT)
        .or_else(|| text(headers, &HeaderName::from_static("x-amz-user-agent")))
        .unwrap_or_default()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[derive(Clone, Copy)]
enum Protocol {
    Json,
    Query,
}

impl Protocol {
    fn response(self, call: &Arc<Call>) -> Response<Vec<u8>> {
        match (&call.outcome, self) {
            (Err(error), _) => self.refusal(error, &call.request_id),
            (Ok(response), Self::Json) => {
                let body = serde_json::to_vec(response).unwrap_or_default();
                respond(StatusCode::OK, JSON, &call.request_id, body)
            }
            (Ok(response), Self::Query) => {
                let message_id =
                    response.get("MessageId").and_then(Value::as_str).unwrap_or_default();
                let request_id = &call.request_id;
                let body = format!(
                    "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
                     <PublishResult><MessageId>{message_id}</MessageId></PublishResult>\
                     <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
                     </PublishResponse>"
                );
                respond(StatusCode::OK, XML, request_id, body.into_bytes())
            }
        }
    }

    fn refusal(self, error: &ApiError, request_id: &str) -> Response<Vec<u8>> {
        let ApiError { status, code, message } = error;
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self {
            Self::Json => {
                let body = json!({"__type": code, "message": message}).to_string();
                respond(status, JSON, request_id, body.into_bytes())
            }
            Self::Query => {
                let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
                let body = format!(
                    "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
                     <Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error>\
                     <RequestId>{request_id}</RequestId></ErrorResponse>",
                    escape(code),
                    escape(message)
                );
                respond(status, XML, request_id, body.into_bytes())
            }
        }
    }
}

fn respond(
    status: StatusCode,
    content_type: &'static str,
    request_id: &str,
    body: Vec<u8>,
) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    if let Ok(request_id) = request_id.parse() {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), request_id);
    }
    response
}

/// Text for the inside of an XML element.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
