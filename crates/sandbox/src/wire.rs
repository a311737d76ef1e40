//! The wire: requests as SDKs send them, answers as SDKs read them.
//!
//! Cognito, SSM, CloudWatch Logs, CloudTrail and ACM speak `application/x-amz-json-1.1` with the operation in
//! `X-Amz-Target`. SNS, STS and CloudFormation still speak AWS's query protocol, a form in and XML out; CloudFront
//! is asked by a path, and answers in XML.
//! Signatures are not checked; the access key id in them says who calls, and the region in them where.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, HeaderName, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::action::{Action, ApiError};
use crate::state::Request;
use crate::sts::{self, Signed, Unauthenticated};
use crate::trail::Call;
use crate::world::{Fate, World};

/// What stands before the operation's name, and the service that it is of.
const TARGETS: [(&str, &str); 6] = [
    ("AWSCognitoIdentityProviderService.", "cognito-idp"),
    ("AmazonSSM.", "ssm"),
    ("Logs_20140328.", "logs"),
    ("CloudTrail_20131101.", "cloudtrail"),
    // As botocore writes it.
    ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.", "cloudtrail"),
    ("CertificateManager.", "acm"),
];
const JSON: &str = "application/x-amz-json-1.1";
const XML: &str = "text/xml";
const CLOUDFRONT: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
/// Where CloudFront lists distributions.
const DISTRIBUTIONS: &str = "/2020-05-31/distribution";

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
    let target = text(headers, &HeaderName::from_static("x-amz-target"));
    let protocol = match target {
        Some(_) => Protocol::Json,
        None if head.method == http::Method::GET => Protocol::Rest,
        None => Protocol::Query,
    };
    let signed = signed(headers);
    let (world, caller) = match check_region(head.uri.host(), signed.region)
        .and_then(|()| world.authenticate(&signed))
    {
        Ok(authenticated) => authenticated,
        Err(why) => return Reply::Response(protocol.turn_away(why, &world.fresh_id())),
    };
    if let Some(identity) = sts::identity(body, world.account(), caller.arn()) {
        let (id, body) = (world.fresh_id(), identity.into_bytes());
        return Reply::Response(respond(StatusCode::OK, XML, &id, body));
    }
    let parsed = match (target, protocol) {
        (Some(target), _) => parse_json(target, body),
        (None, Protocol::Rest) => parse_rest(&head.uri),
        (None, Protocol::Json | Protocol::Query) => parse_query(body),
    };
    let (action, parameters) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return Reply::Response(protocol.refusal(&error, &world.fresh_id())),
    };
    let fate = world.receive(Request {
        action,
        parameters,
        caller,
        access_key_id: signed.access_key_id.to_owned(),
        user_agent: user_agent(headers).to_owned(),
    });
    match fate {
        Fate::Answered(call) => Reply::Response(protocol.response(&call)),
        Fate::Reset => Reply::Reset,
        Fate::Silence => Reply::Silence,
    }
}

fn parse_json(target: &str, body: &[u8]) -> Result<(Action, Value), ApiError> {
    let action = TARGETS
        .iter()
        .find_map(|(prefix, service)| {
            let action = Action::from_name(target.strip_prefix(prefix)?)?;
            Some(action).filter(|action| action.service() == *service)
        })
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
            "DurationSeconds" => {
                let seconds = value.parse().map_or(Value::Null, |seconds: u64| json!(seconds));
                parameters.insert(name.into_owned(), seconds);
            }
            _ => {
                parameters.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
    }
    let action = operation.as_deref().and_then(Action::from_name);
    match action.filter(|action| ["sns", "sts", "cloudformation"].contains(&action.service())) {
        Some(action) => Ok((action, Value::Object(parameters))),
        None => Err(ApiError::new(
            400,
            "InvalidAction",
            format!("the sandbox does not know {}", operation.as_deref().unwrap_or("this request")),
        )),
    }
}

fn parse_rest(uri: &http::Uri) -> Result<(Action, Value), ApiError> {
    if uri.path() != DISTRIBUTIONS {
        let message = format!("the sandbox does not know {}", uri.path());
        return Err(ApiError::new(404, "NoSuchResource", message));
    }
    let parameters = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let parameters = parameters.into_owned().map(|(name, value)| (name, Value::String(value)));
    Ok((Action::ListDistributions, Value::Object(parameters.collect())))
}

/// Of `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260701/eu-central-1/..` the key and the region.
fn signed(headers: &HeaderMap) -> Signed<'_> {
    let credential = text(headers, &header::AUTHORIZATION)
        .and_then(|authorization| authorization.split_once("Credential="))
        .map_or("", |(_, credential)| credential);
    let mut parts = credential.split('/');
    Signed {
        access_key_id: parts.next().unwrap_or_default(),
        region: parts.nth(1),
        token: text(headers, &HeaderName::from_static("x-amz-security-token")),
    }
}

/// An endpoint of AWS is of one region, and takes no signature for another. Any other address may be
/// this world's.
fn check_region(host: Option<&str>, region: Option<&str>) -> Result<(), Unauthenticated> {
    let parts: Vec<&str> = host.unwrap_or_default().split('.').collect();
    match (parts.as_slice(), region) {
        ([_, of, "amazonaws", ..], Some(region)) if *of != region => {
            Err(Unauthenticated::WrongRegion)
        }
        (_, _) => Ok(()),
    }
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
    Rest,
}

impl Protocol {
    fn response(self, call: &Arc<Call>) -> Response<Vec<u8>> {
        match (&call.outcome, self) {
            (Err(error), _) => self.refusal(error, &call.request_id),
            (Ok(response), Self::Json) => {
                let body = serde_json::to_vec(response).unwrap_or_default();
                respond(StatusCode::OK, JSON, &call.request_id, body)
            }
            (Ok(response), Self::Rest) => {
                let body = format!(
                    "<?xml version=\"1.0\"?><DistributionList xmlns=\"{CLOUDFRONT}\">{}</DistributionList>",
                    flat_elements(response)
                );
                respond(StatusCode::OK, XML, &call.request_id, body.into_bytes())
            }
            (Ok(response), Self::Query) => {
                let request_id = &call.request_id;
                let (name, namespace) = match call.action {
                    Action::AssumeRole => {
                        ("AssumeRole", "https://sts.amazonaws.com/doc/2011-06-15/")
                    }
                    Action::DescribeStacks => {
                        ("DescribeStacks", "http://cloudformation.amazonaws.com/doc/2010-05-15/")
                    }
                    Action::Publish
                    | Action::CreateUserPoolDomain
                    | Action::UpdateUserPoolDomain
                    | Action::DeleteUserPoolDomain
                    | Action::DescribeUserPoolDomain
                    | Action::DescribeUserPool
                    | Action::ListUserPools
                    | Action::GetParametersByPath
                    | Action::PutParameter
                    | Action::DeleteParameter
                    | Action::DeleteParameters
                    | Action::DescribeParameters
                    | Action::FilterLogEvents
                    | Action::DescribeLogGroups
                    | Action::CreateUserPool
                    | Action::DeleteUserPool
                    | Action::LookupEvents
                    | Action::DescribeCertificate
                    | Action::ListDistributions => {
                        ("Publish", "http://sns.amazonaws.com/doc/2010-03-31/")
                    }
                };
                let body = format!(
                    "<{name}Response xmlns=\"{namespace}\"><{name}Result>{}</{name}Result>\
                     <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
                     </{name}Response>",
                    elements(response)
                );
                respond(StatusCode::OK, XML, request_id, body.into_bytes())
            }
        }
    }

    /// The answer to somebody whose credentials are not taken. No trail has it.
    fn turn_away(self, why: Unauthenticated, request_id: &str) -> Response<Vec<u8>> {
        let (json, query, message) = match why {
            Unauthenticated::Expired => (
                "ExpiredTokenException",
                "ExpiredToken",
                "The security token included in the request is expired",
            ),
            Unauthenticated::WrongToken => (
                "UnrecognizedClientException",
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
            Unauthenticated::WrongRegion => (
                "InvalidSignatureException",
                "SignatureDoesNotMatch",
                "Credential should be scoped to a valid region.",
            ),
        };
        let error = match self {
            Self::Json => ApiError::new(400, json, message),
            Self::Query | Self::Rest => ApiError::new(403, query, message),
        };
        self.refusal(&error, request_id)
    }

    fn refusal(self, error: &ApiError, request_id: &str) -> Response<Vec<u8>> {
        let ApiError { status, code, message } = error;
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self {
            Self::Json => {
                let body = json!({"__type": code, "message": message}).to_string();
                respond(status, JSON, request_id, body.into_bytes())
            }
            Self::Query | Self::Rest => {
                let namespace = match self {
                    Self::Rest => CLOUDFRONT,
                    Self::Json | Self::Query => "http://sns.amazonaws.com/doc/2010-03-31/",
                };
                let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
                let body = format!(
                    "<ErrorResponse xmlns=\"{namespace}\">\
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

/// Members as XML elements.
fn elements(value: &Value) -> String {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("<{name}>{}</{name}>", elements(value)))
            .collect(),
        Value::String(text) => escape(text),
        Value::Array(members) => {
            members.iter().map(|member| format!("<member>{}</member>", elements(member))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The same where a list has no element for each item: an item is an object of one member, which names it.
fn flat_elements(value: &Value) -> String {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("<{name}>{}</{name}>", flat_elements(value)))
            .collect(),
        Value::Array(items) => items.iter().map(flat_elements).collect(),
        Value::String(text) => escape(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Text for the inside of an XML element.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
