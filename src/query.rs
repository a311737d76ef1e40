//! Calls of SNS and STS, which speak AWS's Query protocol: a form is sent, XML comes back.
//!
//! Each is one call of the guard's, for which its SDK would have a client read the list of all partitions
//! and a crate be built and loaded. So the form is written out here, and [`crate::signed`] sends it.

use std::borrow::Cow;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};

use crate::signed::{Connection, USER_AGENT, begun};

/// An operation of a service that speaks the Query protocol.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// The name of the service in signatures.
    pub service: &'static str,
    /// The member `Action`.
    pub action: &'static str,
    /// The member `Version`: that of the service's API.
    pub version: &'static str,
}

/// The members of a request, by their names in the form.
pub type Members = Vec<(Cow<'static, str>, String)>;

/// What an answer is made into, out of the element that is its root.
pub type Read<T> = fn(ScopedDecoder<'_, '_>) -> Result<T, XmlDecodeError>;

/// The call, whose answer `read` makes something of. An answer that cannot be read is one that failed in passing.
pub fn operation<T: Send + Sync + std::fmt::Debug + 'static>(
    query: Query,
    region: &str,
    connection: &Connection,
    read: Read<T>,
) -> Operation<Members, T, ErrorMetadata> {
    let Query { service, action, version: _ } = query;
    begun(service, action, region, connection)
        .serializer(move |members: Members| request(query, &members))
        .deserializer(move |response: &HttpResponse| answer(response, read))
        .build()
}

fn request(query: Query, members: &Members) -> Result<HttpRequest, BoxError> {
    let Query { service: _, action, version } = query;
    let mut form = format!("Action={action}&Version={version}");
    for (name, value) in members {
        form.push('&');
        encode(name, &mut form);
        form.push('=');
        encode(value, &mut form);
    }
    let mut request = HttpRequest::new(SdkBody::from(form));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    headers.insert("user-agent", USER_AGENT);
    Ok(request)
}

/// Percent-encoded: everything but what RFC 3986 calls unreserved.
fn encode(text: &str, form: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            form.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

fn answer<T>(
    response: &HttpResponse,
    read: Read<T>,
) -> Result<T, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        let read = Document::try_from(body).and_then(|mut document| read(document.root_element()?));
        read.map_err(|error| OrchestratorError::response(error.into()))
    } else {
        // What is no such document says nothing but its status.
        Err(OrchestratorError::operation(refusal(body).unwrap_or_default()))
    }
}

/// The code and the message of an `ErrorResponse`.
///
/// # Errors
/// It is no XML.
pub fn refusal(body: &[u8]) -> Result<ErrorMetadata, XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut response = document.root_element()?;
    let mut error = ErrorMetadata::builder();
    while let Some(mut member) = response.next_tag() {
        if !member.start_el().matches("Error") {
            continue;
        }
        while let Some(mut part) = member.next_tag() {
            if part.start_el().matches("Code") {
                error = error.code(try_data(&mut part)?);
            } else if part.start_el().matches("Message") {
                error = error.message(try_data(&mut part)?);
            }
        }
    }
    Ok(error.build())
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;

    use super::*;

    #[test]
    fn a_request_is_a_form_in_which_nothing_can_end_a_member() {
        let query = Query { service: "sns", action: "Publish", version: "2010-03-31" };
        let members = vec![
            (Cow::from("TopicArn"), "arn:aws:sns:eu-central-1:1:t".to_owned()),
            (Cow::from("Message"), "a+b &Action=x=ü\n~._-".to_owned()),
        ];
        let request = request(query, &members).unwrap();
        assert_eq!(
            request.headers().get("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        assert_eq!(
            std::str::from_utf8(request.body().bytes().unwrap()).unwrap(),
            "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A1%3At\
             &Message=a%2Bb%20%26Action%3Dx%3D%C3%BC%0A~._-"
        );
    }

    #[test]
    fn an_error_has_the_code_and_the_message_of_aws() {
        for (body, code, message) in [
            (
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
                 <Code>AuthorizationError</Code><Message>User: x is not &quot;authorized&quot; &amp; y</Message>\
                 </Error><RequestId>1</RequestId></ErrorResponse>",
                Some("AuthorizationError"),
                Some("User: x is not \"authorized\" & y"),
            ),
            ("<html><body>502 Bad Gateway</body></html>", None, None),
            ("upstream connect error", None, None),
            ("", None, None),
        ] {
            let status = StatusCode::try_from(403).unwrap();
            let response = HttpResponse::new(status, SdkBody::from(body));
            let error = answer::<()>(&response, |_| Ok(())).unwrap_err();
            let error = error.as_operation_error().unwrap();
            assert_eq!((error.code(), error.message()), (code, message), "{body}");
        }
    }
}
