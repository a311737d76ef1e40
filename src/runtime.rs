//! Lambda's Runtime API, where `lambda_runtime` leaves something out.
//!
//! - It hands a handler what its JSON reader makes of a payload, and answers an event that this
//!   reader refuses by itself. [`run`] gives the handler the bytes, so that no event is lost
//!   without the guard's own error, metric and log line.
//! - It has no report for a start that failed. Without one, a function that exits says
//!   `Runtime.ExitError`, and its reason stands in the log alone. [`report_failed_start`] posts it,
//!   so that it is in the answer to whoever invoked the function, and in the dead letter.

use std::cell::RefCell;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::Layer;
use lambda_runtime::{
    Context, Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, Service, service_fn,
};
use serde_json::{Value, json};

/// Answers one invocation after the other with `handler`, which gets the bytes of each.
pub async fn run<E>(
    handler: impl AsyncFn(Vec<u8>, Context) -> Result<Value, E>,
) -> Result<(), Error>
where
    E: Into<Diagnostic> + std::fmt::Debug,
{
    let payload = Rc::default();
    let take = TakePayload(Rc::clone(&payload));
    let (handler, payload) = (&handler, &payload);
    let answer = async move |event: LambdaEvent<()>| {
        // In a box, so that the type of the whole stays within what the compiler takes.
        Box::pin(handler(payload.take(), event.context)).await
    };
    Runtime::new(service_fn(answer)).layer(take).layer(TracingLayer::new()).run().await
}

/// Puts the payload aside for the handler, and leaves `null` to be read in its place. There is one
/// invocation at a time, so there is one payload.
struct TakePayload(Rc<RefCell<Vec<u8>>>);

struct WithoutPayload<S> {
    payload: Rc<RefCell<Vec<u8>>>,
    inner: S,
}

impl<S> Layer<S> for TakePayload {
    type Service = WithoutPayload<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WithoutPayload { payload: Rc::clone(&self.0), inner }
    }
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for WithoutPayload<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> Self::Future {
        let nothing = b"null".as_slice().into();
        // Without a copy: nobody else holds the bytes.
        self.payload.replace(std::mem::replace(&mut invocation.body, nothing).into());
        self.inner.call(invocation)
    }
}

/// Lambda takes more. The text also goes into a destination record and a log line, of 256 KiB each.
const LONGEST_MESSAGE: usize = 32 * 1024;

/// A status and a few headers.
const LONGEST_ANSWER: u64 = 4_096;

/// The Runtime API answers at once, and a function that cannot start has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reports to the Runtime API at `address`, which Lambda names in `AWS_LAMBDA_RUNTIME_API`, that the
/// function cannot start, and why. The process should end afterwards.
///
/// Once in a process's life, so it is written out here: HTTP/1.1, from a socket that blocks.
///
/// # Errors
/// The API cannot be reached or does not accept the report. Lambda then says `Runtime.ExitError`.
pub fn report_failed_start(address: &str, error_type: &str, message: &str) -> io::Result<()> {
    let body = json!({ "errorType": error_type, "errorMessage": message, "stackTrace": [] });
    let body = body.to_string();
    // Lambda's telemetry takes a type in this header only if it begins with `Function.` or
    // `Runtime.`; what people see is the one in the body.
    let request = format!(
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n\
         Host: {address}\r\n\
         Content-Type: application/json\r\n\
         Content-Length: {}\r\n\
         Lambda-Runtime-Function-Error-Type: Function.{error_type}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    let socket = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let mut stream = TcpStream::connect_timeout(&socket, PATIENCE)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    if answer.starts_with(b"HTTP/1.1 202") {
        return Ok(());
    }
    Err(io::Error::other(format!("its answer is {:?}", String::from_utf8_lossy(&answer))))
}

/// `message` at a length that every place takes which shows it: whole lines, and how many are left
/// out.
pub fn bounded(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let cut = message.floor_char_boundary(LONGEST_MESSAGE);
    let (shown, _) = message.split_at(cut);
    let shown = shown.rsplit_once('\n').map_or(shown, |(lines, _)| lines);
    let left_out = message.lines().count().saturating_sub(shown.lines().count());
    format!("{shown}\n... and {left_out} more; `guardctl validate` shows all of them")
}
