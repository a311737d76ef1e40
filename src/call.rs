//! A call to AWS that failed: what the caller does next, and what a person reads.
//!
//! The SDK's own text says nothing (`service error`), so the error is made from the code and the
//! message that AWS sent, the operation, and what it was about. It is rendered once, at the edge.

use std::error::Error as StdError;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::text::harmless;

#[cfg(test)]
mod tests;

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Cognito is working on the domain: look again later.
    Busy,
    /// Too many requests, also after the SDK's retries: look again later.
    Throttled,
    /// It is not there.
    Gone,
    /// A permission is missing: tell people which, and leave it.
    Denied,
    /// The request is not acceptable: tell people why, and leave it.
    Rejected,
    /// No answer, or a fault on AWS's side. Whether a write was applied is not known.
    Unavailable,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// What to do about it.
    pub failure: Failure,
    /// The IAM name of the call, such as `cognito-idp:UpdateUserPoolDomain`.
    pub action: &'static str,
    /// The error code, where AWS sent one.
    pub code: Option<String>,
    /// AWS's message, or what happened on the way.
    pub message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.action)?;
        if let Some(code) = &self.code {
            write!(f, " with {}", harmless(code))?;
        }
        write!(f, ": {}", harmless(&self.message))
    }
}

impl StdError for CallError {}

impl CallError {
    /// Reads the SDK's error.
    pub fn from_sdk<E>(action: &'static str, error: SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        match &error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().map(str::to_owned);
                let message = service.err().message().unwrap_or("AWS sent no message").to_owned();
                let failure = classify(code.as_deref(), status);
                Self { failure, action, code, message }
            }
            SdkError::ConstructionFailure(_) => Self {
                failure: Failure::Rejected,
                action,
                code: None,
                message: format!("the request could not be made: {}", innermost(&error)),
            },
            SdkError::TimeoutError(_) => Self {
                failure: Failure::Unavailable,
                action,
                code: None,
                message: "no answer in time".to_owned(),
            },
            SdkError::DispatchFailure(_) | SdkError::ResponseError(_) | _ => Self {
                failure: Failure::Unavailable,
                action,
                code: None,
                message: format!("no answer: {}", innermost(&error)),
            },
        }
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
