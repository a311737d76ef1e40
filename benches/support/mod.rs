//! An AWS and a Lambda for one process: the sandbox's world over TLS, and a Runtime API that hands
//! out one event as often as it is let to.
//!
//! ```text
//! let stand_in = StandIn::start(&Authority::new(), &event, Duration::ZERO);
//! let process = Command::new(program).envs(stand_in.environment()).spawn();
//! stand_in.release(1);
//! let answered = stand_in.answer();     // when the answer came
//! stand_in.idle();                      // the process has asked for the next event, and waits
//! ```
//!
//! Cognito and SNS are at two addresses, as in AWS, so that a program opens a connection to each.
//! Both go by a name, so that it looks one up.

#![allow(dead_code, reason = "each bench takes what it needs")]

mod authority;
mod runtime_api;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cognito_domain_guard::baseline::{Baseline, FileIndex};
use cognito_domain_guard::declared::index_path;
use cognito_domain_guard_sandbox::{
    Caller, Stage, World, WorldSettings, at_baseline, deployment_identity, member_role, topic_arn,
};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio_rustls::TlsAcceptor;

pub(crate) use authority::{Authority, Roots};
use runtime_api::{Moment, RuntimeApi};

/// The repository.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The baseline that every event is measured against.
pub(crate) const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline/example.yaml");
/// The account of a member of the organization whose hub the function is.
pub(crate) const MEMBER: &str = "444455556666";
const HOME: &str = "111122223333";
/// Longer than Cognito takes over anything, so that it is busy with nothing.
const LATE: Duration = Duration::from_secs(2 * 60 * 60);
/// Longer than Python takes to start at a fourteenth of a core.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program that the variable `GUARD` names; `None` for `cargo test --all-targets`, which only
/// wants to see that a bench starts.
pub(crate) fn program_to_measure() -> Option<PathBuf> {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let program = || std::env::var_os("GUARD").unwrap_or_else(|| panic!("GUARD: the program"));
    is_bench.then(|| program().into())
}

/// An event of `events/`.
pub(crate) fn event(file: &str) -> Value {
    let text = std::fs::read_to_string(Path::new(ROOT).join("events").join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A baseline of that text with one entry more, for the domain of the events, and its index beside it or not.
pub(crate) fn write_baseline(folder: &Path, name: &str, text: &str, is_indexed: bool) -> PathBuf {
    let own = "domains:\n  - domain: auth.example.com\n    security_policy: TLS_V1_3_2025\n";
    let text = text.replacen("domains:\n", own, 1);
    let path = folder.join(format!("{name}.yaml"));
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&path, &text).unwrap();
    if is_indexed {
        let index = FileIndex::of("baseline.yaml", &text).unwrap();
        std::fs::write(index_path(&path), index.as_bytes()).unwrap();
    }
    path
}

/// A world in which the event has just happened, and what surrounds a function in it. Ends with
/// this value.
#[derive(Debug)]
pub(crate) struct StandIn {
    /// What the world saw.
    pub(crate) world: World,
    runtime_api: String,
    cognito: String,
    sns: String,
    ssm: String,
    connections: Arc<AtomicUsize>,
    released: watch::Sender<usize>,
    moments: Receiver<Moment>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Opens four ports on the loopback interface. Each call over TLS travels for `latency` before
    /// it is answered.
    pub(crate) fn start(authority: &Authority, event: &Value, latency: Duration) -> Self {
        let baseline =
            Baseline::parse("baseline.yaml", &std::fs::read_to_string(BASELINE).unwrap()).unwrap();
        let settings = WorldSettings { latency, ..WorldSettings::default() };
        let world = Stage::set(event, &baseline, settings).unwrap().world;
        world.advance(LATE);
        let identity = deployment_identity(&world);
        let function = &identity.function_arns[0];
        world.register_caller("ASIAGUARD", Caller::lambda(&identity.role_arn, function));
        Self::of(authority, &world, event, function)
    }

    /// The same of a hub: a member of its organization has the domain, at its baseline, and the event.
    pub(crate) fn of_a_member(authority: &Authority, event: &Value, latency: Duration) -> Self {
        let baseline =
            Baseline::parse("baseline.yaml", &std::fs::read_to_string(BASELINE).unwrap()).unwrap();
        let topics = vec![topic_arn(HOME, "eu-central-1")];
        let home = World::new(WorldSettings { topics, latency, ..WorldSettings::default() });
        let identity = deployment_identity(&home);
        let function = &identity.function_arns[0];
        home.register_caller("ASIAGUARD", Caller::lambda(&identity.role_arn, function));
        let member = home.at(MEMBER, home.region());
        member.put_role(member_role(&member, &identity.role_arn));
        let event: Value = serde_json::from_str(&event.to_string().replace(HOME, MEMBER)).unwrap();
        let parameters = &event["detail"]["requestParameters"];
        let text = |name: &str| parameters[name].as_str().unwrap();
        member.put_domain(at_baseline(text("domain"), text("userPoolId"), &member, &baseline));
        Self::of(authority, &home, &event, function)
    }

    /// The same of a world that is made already, for that function.
    pub(crate) fn of(authority: &Authority, world: &World, event: &Value, function: &str) -> Self {
        let world = world.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listen = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (lambda, cognito, sns, ssm) = (listen(), listen(), listen(), listen());
        let address = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let (released, gate) = watch::channel(0);
        let (moments_in, moments) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let mut stand_in = Self {
            world: world.clone(),
            runtime_api: format!("127.0.0.1:{}", address(&lambda)),
            cognito: format!("https://localhost:{}", address(&cognito)),
            sns: format!("https://localhost:{}", address(&sns)),
            ssm: format!("https://localhost:{}", address(&ssm)),
            connections: Arc::new(AtomicUsize::new(0)),
            released,
            moments,
            stop: Some(stop),
            thread: None,
        };
        let api = RuntimeApi::new(event, function, gate, moments_in);
        let acceptor = authority.acceptor();
        let connections = Arc::clone(&stand_in.connections);
        stand_in.thread = Some(std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    failed = api.serve(lambda) => panic!("the Runtime API ended: {failed:?}"),
                    failed = serve(&world, cognito, &acceptor, &connections) => panic!("{failed:?}"),
                    failed = serve(&world, sns, &acceptor, &connections) => panic!("{failed:?}"),
                    failed = serve(&world, ssm, &acceptor, &connections) => panic!("{failed:?}"),
                    _ = stopped => {}
                }
            });
        }));
        stand_in
    }

    /// What Lambda and the template put into a function's environment, with the addresses of this
    /// stand-in. Roots are the caller's to choose.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let fixed = [
            ("AWS_LAMBDA_FUNCTION_NAME", "cognito-domain-guard-GuardFunction"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/guard"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "ASIAGUARD"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "session"),
            ("BASELINE", BASELINE),
            ("GUARD_ROLE_ARN", "arn:aws:iam::111122223333:role/cognito-domain-guard-GuardRole"),
            ("OVERRIDES_PATH", "/cognito-domain-guard/cognito-domain-guard/overrides"),
        ];
        let mut all: Vec<_> =
            fixed.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        all.extend([
            ("NOTICE_TOPIC_ARN", topic_arn(self.world.account(), self.world.region())),
            ("AWS_LAMBDA_RUNTIME_API", self.runtime_api.clone()),
            ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", self.cognito.clone()),
            ("AWS_ENDPOINT_URL_SNS", self.sns.clone()),
            ("AWS_ENDPOINT_URL_SSM", self.ssm.clone()),
            // The world tells services apart by what is asked; a hub alone asks this one.
            ("AWS_ENDPOINT_URL_STS", self.ssm.clone()),
        ]);
        all
    }

    /// Lets the process have the event so many times more.
    pub(crate) fn release(&self, times: usize) {
        self.released.send_modify(|released| *released += times);
    }

    /// When the next answer came, and how long it had been since the event was handed out.
    ///
    /// # Errors
    ///
    /// What the process said instead, or that it said nothing.
    pub(crate) fn answer(&self) -> io::Result<(Instant, Duration)> {
        self.answer_within(PATIENCE)
    }

    /// The same of a sweep, which may take all the time that Lambda grants.
    pub(crate) fn answer_of_a_sweep(&self) -> io::Result<(Instant, Duration)> {
        self.answer_within(runtime_api::TIME_TO_ANSWER)
    }

    fn answer_within(&self, patience: Duration) -> io::Result<(Instant, Duration)> {
        loop {
            match self.moment(patience)? {
                Moment::Answered { at, took } => return Ok((at, took)),
                Moment::Idle => {}
                Moment::Failed(what) => return Err(io::Error::other(what)),
            }
        }
    }

    /// Waits until the process has asked for an event that is not released.
    pub(crate) fn idle(&self) -> io::Result<()> {
        match self.moment(PATIENCE)? {
            Moment::Idle => Ok(()),
            Moment::Answered { .. } => Err(io::Error::other("more answers than were waited for")),
            Moment::Failed(what) => Err(io::Error::other(what)),
        }
    }

    fn moment(&self, patience: Duration) -> io::Result<Moment> {
        self.moments.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => io::Error::other("no answer"),
            RecvTimeoutError::Disconnected => io::Error::other("the stand-in ended"),
        })
    }

    /// How many connections were opened to AWS.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// How many calls the process made.
    pub(crate) fn calls(&self) -> usize {
        self.world.calls().iter().filter(|call| !call.access_key_id.is_empty()).count()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // A thread that is gone already has said why.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn serve(
    world: &World,
    listener: TcpListener,
    acceptor: &TlsAcceptor,
    connections: &AtomicUsize,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        connections.fetch_add(1, Ordering::Relaxed);
        stream.set_nodelay(true)?;
        let (world, acceptor) = (world.clone(), acceptor.clone());
        tokio::spawn(async move {
            // A handshake that fails is the client's news, and so is what breaks after it.
            if let Ok(stream) = acceptor.accept(stream).await {
                world.serve_connection(stream).await;
            }
        });
    }
}
