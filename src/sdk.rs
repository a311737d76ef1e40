//! The SDK's errors as [`CallError`]s.
//!
//! The SDK's own text says nothing (`service error`), so the error is made from the code and the
//! message that AWS sent, the operation, and what it was about.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::call::{CallError, Failure};

#[cfg(test)]
mod tests;

/// Reads the SDK's error.
pub fn call_error<E>(action: &'static str, error: SdkError<E, Response>) -> CallError
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match &error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().map(str::to_owned);
            let message = service.err().message().unwrap_or("AWS sent no message").to_owned();
            let failure = classify(code.as_deref(), status);
            CallError { failure, action, code, message }
        }
        SdkError::ConstructionFailure(_) => CallError {
            failure: Failure::Rejected,
            action,
            code: None,
            message: format!("the request could not be made: {}", innermost(&error)),
        },
        SdkError::TimeoutError(_) => CallError {
            failure: Failure::Unavailable,
            action,
            code: None,
            message: "no answer in time".to_owned(),
        },
        SdkError::DispatchFailure(_) | SdkError::ResponseError(_) | _ => CallError {
            failure: Failure::Unavailable,
            action,
            code: None,
            message: format!("no answer: {}", innermost(&error)),
        },
    }
}

/// The innermost cause says most: `connection refused` rather than `dispatch failure`.
fn innermost(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn classify(code: Option<&str>, status: Option<u16>) -> Failure {
    match code.unwrap_or_default() {
        "ConcurrentModificationException" => Failure::Busy,
        "TooManyRequestsException"
        | "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "Throttled"
        | "LimitExceededException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "KMSThrottling"
        | "KMSThrottlingException"
        | "BandwidthLimitExceeded"
        | "SlowDown" => Failure::Throttled,
        "ResourceNotFoundException" => Failure::Gone,
        "AccessDeniedException"
        | "AccessDenied"
        | "NotAuthorizedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "KMSAccessDenied"
        | "KMSAccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "MissingAuthenticationTokenException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch" => Failure::Denied,
        "InternalErrorException"
        | "InternalError"
        | "InternalErrorFault"
        | "InternalFailure"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "ExpiredTokenException"
        | "ExpiredToken" => Failure::Unavailable,
        _ => match status {
            Some(429) => Failure::Throttled,
            Some(500..) => Failure::Unavailable,
            _ => Failure::Rejected,
        },
    }
}
