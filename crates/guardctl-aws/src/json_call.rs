//! A call in JSON to a service of which so little is asked that its SDK is not built for it: SSM, Organizations, Step
//! Functions, CloudWatch's alarms.

use aws_config::SdkConfig;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::signed::{Target, endpoint, operation};
use serde_json::Value;

use crate::live::connection;

/// How often a call is made: Organizations takes few requests a second, of the whole organization.
pub const ATTEMPTS: u32 = 8;

/// Makes the call, in a region and at an endpoint of it.
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

/// The region of the configuration, and where a service is in it: the endpoint that the SDK would take.
pub fn place(config: &SdkConfig, service: &str) -> (String, String) {
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let is = |asked: Option<bool>| asked.unwrap_or_default();
    let endpoint = endpoint(service, &region, is(config.use_fips()), is(config.use_dual_stack()));
    (region, endpoint)
}

/// The answer came, and is none that this version can read.
pub fn unreadable(action: &'static str, why: &str) -> CallError {
    CallError { failure: Failure::Unavailable, action, code: None, message: why.to_owned() }
}
