//! The adapter to SSM, where the overrides are: one call, all of its pages.
//!
//! `aws-sdk-ssm` would be the largest crate of the Lambda by far, for one call of one page of JSON. So the
//! request is written out here, and [`signed`] sends it.

use std::sync::OnceLock;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_types::error::metadata::ErrorMetadata;
use serde_json::{Value, json};

use crate::call::{CallError, Failure};
use crate::overrides::{Location, Parameter, ParameterKind};
use crate::sdk::call_error;
use crate::signed::{self, Connection, Target, text};
use crate::timeouts::TIMEOUTS;
use crate::when;

#[cfg(test)]
mod tests;

/// The IAM action of [`ParameterStore::read`].
pub const GET_PARAMETERS: &str = "ssm:GetParametersByPath";

/// How many pages there may be, of ten parameters each: nobody has a thousand overrides.
const MOST_PAGES: usize = 100;

/// The parameters below one path.
#[derive(Clone, Debug)]
pub struct ParameterStore {
    location: Location,
    connection: Connection,
    /// Made when something is to be read, which most invocations never need.
    operation: OnceLock<Operation<Value, Answer, ErrorMetadata>>,
}

#[derive(Debug)]
struct Answer {
    parameters: Vec<Parameter>,
    next: Option<String>,
}

impl ParameterStore {
    /// The parameters below the path of that location.
    pub const fn new(location: Location, connection: Connection) -> Self {
        Self { location, connection, operation: OnceLock::new() }
    }

    /// Where it is.
    pub const fn location(&self) -> &Location {
        &self.location
    }

    /// Reads every parameter below the path, in no particular order. A `SecureString` stays encrypted.
    ///
    /// # Errors
    /// Not all of them could be read, within the time that one call has.
    pub async fn read(&self) -> Result<Vec<Parameter>, CallError> {
        let unavailable = |message: &str| CallError {
            failure: Failure::Unavailable,
            action: GET_PARAMETERS,
            code: None,
            message: message.to_owned(),
        };
        let Location { path, region } = &self.location;
        let operation = self
            .operation
            .get_or_init(|| signed::operation(TARGET, region, &self.connection, answer));
        let all = async {
            let (mut parameters, mut page) = (Vec::new(), None);
            for _ in 0..MOST_PAGES {
                let answer = operation.invoke(request(path, page)).await;
                let Answer { parameters: more, next } =
                    answer.map_err(|error| call_error(GET_PARAMETERS, error))?;
                parameters.extend(more);
                if next.is_none() {
                    return Ok(parameters);
                }
                page = next;
            }
            Err(unavailable("there are more pages than anybody has overrides"))
        };
        tokio::time::timeout(TIMEOUTS.operation, all)
            .await
            .unwrap_or_else(|_| Err(unavailable("not all pages came in time")))
    }
}

const TARGET: Target =
    Target { service: "ssm", target: "AmazonSSM.GetParametersByPath", json: "1.1" };

fn request(path: &str, page: Option<String>) -> Value {
    let mut body = json!({ "Path": path, "Recursive": true, "MaxResults": 10 });
    if let (Some(page), Some(members)) = (page, body.as_object_mut()) {
        members.insert("NextToken".to_owned(), Value::String(page));
    }
    body
}

fn answer(body: &Value) -> Result<Answer, &'static str> {
    let listed = body
        .get("Parameters")
        .and_then(Value::as_array)
        .ok_or("an answer of SSM without Parameters")?;
    let parameters = listed
        .iter()
        .map(|one| parameter(one).ok_or("a parameter without its members"))
        .collect::<Result<_, _>>()?;
    Ok(Answer { parameters, next: text(body, "NextToken").map(str::to_owned) })
}

/// One parameter. Without its date nobody could say until when it counts, so that is no parameter.
fn parameter(one: &Value) -> Option<Parameter> {
    let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Parameter {
        name: text("Name")?,
        kind: match text("Type")?.as_str() {
            "String" => ParameterKind::String,
            other => ParameterKind::Other(other.to_owned()),
        },
        value: text("Value").unwrap_or_default(),
        modified_at: one.get("LastModifiedDate").and_then(when::read)?,
    })
}
