//! What the caller does next, by error code.

use std::fmt;

use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;

#[test]
fn a_code_says_what_to_do_next_and_the_status_only_where_the_code_is_unknown() {
    use Failure::{Busy, Denied, Gone, Rejected, Throttled, Unavailable};
    for (code, status, expected) in [
        ("ConcurrentModificationException", 400, Busy),
        ("TooManyRequestsException", 400, Throttled),
        ("ThrottlingException", 400, Throttled),
        ("LimitExceededException", 400, Throttled),
        ("KMSThrottlingException", 400, Throttled),
        ("Throttled", 400, Throttled),
        ("ResourceNotFoundException", 400, Gone),
        ("AccessDeniedException", 400, Denied),
        ("NotAuthorizedException", 400, Denied),
        ("AuthorizationError", 403, Denied),
        ("KMSAccessDeniedException", 400, Denied),
        ("UnrecognizedClientException", 400, Denied),
        ("SignatureDoesNotMatch", 403, Denied),
        ("InvalidParameterException", 400, Rejected),
        ("InvalidInputException", 400, Rejected),
        ("FeatureUnavailableInTierException", 400, Rejected),
        ("OperationNotEnabledException", 400, Rejected),
        ("SomethingNewException", 400, Rejected),
        ("SomethingNewException", 429, Throttled),
        ("SomethingNewException", 503, Unavailable),
        ("InternalErrorException", 500, Unavailable),
        ("InternalErrorException", 400, Unavailable),
        ("ServiceUnavailable", 503, Unavailable),
        // New credentials come with the next start of the function.
        ("ExpiredTokenException", 400, Unavailable),
    ] {
        assert_eq!(classify(Some(code), Some(status)), expected, "{code} {status}");
    }
    assert_eq!(classify(None, Some(500)), Unavailable);
    assert_eq!(classify(None, Some(429)), Throttled);
    assert_eq!(classify(None, Some(400)), Rejected);
    assert_eq!(classify(None, None), Rejected);
}

#[derive(Debug)]
struct ServiceError(ErrorMetadata);

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("service error")
    }
}

impl StdError for ServiceError {}

impl ProvideErrorMetadata for ServiceError {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

fn response(status: u16) -> Response {
    Response::new(StatusCode::try_from(status).unwrap(), SdkBody::empty())
}

#[test]
fn an_error_says_the_call_the_code_and_the_words_of_aws() {
    let meta = ErrorMetadata::builder().code("InvalidParameterException").message("No.").build();
    let error = SdkError::service_error(ServiceError(meta), response(400));
    let error = call_error("cognito-idp:UpdateUserPoolDomain", error);
    assert_eq!(error.failure, Failure::Rejected);
    assert_eq!(
        error.to_string(),
        "cognito-idp:UpdateUserPoolDomain failed with InvalidParameterException: No."
    );
    let nothing =
        SdkError::service_error(ServiceError(ErrorMetadata::builder().build()), response(502));
    let error = call_error("sns:Publish", nothing);
    assert_eq!(error.failure, Failure::Unavailable);
    assert_eq!(error.to_string(), "sns:Publish failed: AWS sent no message");
}

#[test]
fn no_answer_is_unavailable_and_a_request_that_cannot_be_made_is_rejected() {
    let from = |error: SdkError<ServiceError, Response>| call_error("sns:Publish", error);
    let timeout = from(SdkError::timeout_error("slow"));
    assert_eq!(
        (timeout.failure, timeout.message.as_str()),
        (Failure::Unavailable, "no answer in time")
    );
    let construction = from(SdkError::construction_failure("a dot too many"));
    assert_eq!(construction.failure, Failure::Rejected);
    assert_eq!(construction.message, "the request could not be made: a dot too many");
    let broken = from(SdkError::response_error("half a body", response(200)));
    assert_eq!(broken.failure, Failure::Unavailable);
    assert_eq!(broken.message, "no answer: half a body");
}
