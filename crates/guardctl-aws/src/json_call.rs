//! A call in JSON to a service of which so little is asked that its SDK is not built for it: Organizations, Step
//! Functions, CloudWatch's alarms.

use aws_config::SdkConfig;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::signed::{Target, operation};
use serde_json::Value;

use crate::live::connection;

/// How often a call is made: Organizations takes few requests a second, of the whole organization.
const ATTEMPTS: u32 = 8;

/// Makes the call with the credentials of `config`.
///
/// # Errors
///
/// The service refused it, or could not be reached.
pub async fn call(
    config: &SdkConfig,
    action: &'static str,
    target: Target,
    (region, endpoint): (&str, String),
    body: Value,
) -> Result<Value, CallError> {
    let connection = connection(config, action, &endpoint, ATTEMPTS).await?;
    let operation = operation(target, region, &connection, |body| Ok(body.clone()));
    operation.invoke(body).await.map_err(|error| call_error(action, error))
}

/// The answer came, and is none that this version can read.
pub fn unreadable(action: &'static str, why: &str) -> CallError {
    CallError { failure: Failure::Unavailable, action, code: None, message: why.to_owned() }
}
