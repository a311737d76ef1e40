//! Lambda's Runtime API for one process: the same event as often as it is released, and nothing
//! but silence in between, as when Lambda has frozen the process.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The longest that Lambda grants, and what the sweep's function has. Events take none of it.
pub(super) const TIME_TO_ANSWER: Duration = Duration::from_secs(15 * 60);

/// Something that the process did.
#[derive(Debug)]
pub(super) enum Moment {
    /// It answered, so long after it had been given the event.
    Answered { at: Instant, took: Duration },
    /// It asks for an event that is not released.
    Idle,
    /// It reported an error in place of an answer, or asked for what there is not.
    Failed(String),
}

#[derive(Clone)]
pub(super) struct RuntimeApi(Arc<State>);

struct State {
    event: Bytes,
    function: String,
    released: watch::Receiver<usize>,
    given: AtomicUsize,
    given_at: Mutex<Option<Instant>>,
    moments: Sender<Moment>,
}

impl RuntimeApi {
    pub(super) fn new(
        event: &Value,
        function: &str,
        released: watch::Receiver<usize>,
        moments: Sender<Moment>,
    ) -> Self {
        Self(Arc::new(State {
            event: event.to_string().into(),
            function: function.to_owned(),
            released,
            given: AtomicUsize::new(0),
            given_at: Mutex::new(None),
            moments,
        }))
    }

    pub(super) async fn serve(&self, listener: TcpListener) -> io::Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let api = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| api.respond(request));
                // A connection that breaks is the end of a process.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let path = head.uri.path().trim_start_matches("/2018-06-01/runtime");
        if head.method == Method::GET && path == "/invocation/next" {
            return self.next().await;
        }
        let at = Instant::now();
        let moment = match path.strip_prefix("/invocation/") {
            Some(rest) if rest.ends_with("/response") => {
                let given_at = self.0.given_at.lock().unwrap_or_else(PoisonError::into_inner);
                let took = given_at.map_or(Duration::ZERO, |given_at| at - given_at);
                Moment::Answered { at, took }
            }
            _ => Moment::Failed(format!("{path}: {}", String::from_utf8_lossy(&body))),
        };
        self.tell(moment);
        let mut accepted = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}")));
        *accepted.status_mut() = StatusCode::ACCEPTED;
        Ok(accepted)
    }

    async fn next(&self) -> io::Result<Response<Full<Bytes>>> {
        let state = &self.0;
        let number = state.given.fetch_add(1, Ordering::Relaxed);
        let mut released = state.released.clone();
        if *released.borrow() <= number {
            self.tell(Moment::Idle);
        }
        let waited = released.wait_for(|released| *released > number).await;
        waited.map_err(io::Error::other)?;
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?
            + TIME_TO_ANSWER;
        let response = Response::builder()
            .header("content-type", "application/json")
            .header(
                "lambda-runtime-aws-request-id",
                format!("00000000-0000-4000-8000-{number:012}"),
            )
            .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
            .header("lambda-runtime-invoked-function-arn", &state.function)
            .header(
                "lambda-runtime-trace-id",
                "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
            )
            .body(Full::new(state.event.clone()))
            .map_err(io::Error::other);
        *state.given_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        response
    }

    fn tell(&self, moment: Moment) {
        // Nobody listens any more when the stand-in is about to end.
        let _ = self.0.moments.send(moment);
    }
}
