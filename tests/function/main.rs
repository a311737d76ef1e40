//! The binary that is deployed, in a process of its own, between the Runtime API and the sandbox's
//! socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and its helpers are tests, too"
)]

mod bytes;
mod indexed;
mod runtime_api;
mod start;

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::metrics;
use cognito_domain_guard::record_line::RecordLine;
use cognito_domain_guard_sandbox::{
    Action, Caller, Stage, World, WorldSettings, deployment_identity, topic_arn,
};
use lambda_simulator::{InvocationStatus, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline/example.yaml");
const REVISION: &str = "v1.2.3-4-g5d6e7f8";
/// Longer than Cognito takes over anything.
const LATE: Duration = Duration::from_secs(2 * 60 * 60);

fn event(file: &str) -> Value {
    let path = format!("{}/events/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Where one of the shared cases is.
fn case(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file)
}

/// A file of this test alone.
fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("function-{name}"))
}

/// The function's process, ended with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It has no more to do, and may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the function with the environment that the template and Lambda give it; `changes` replace
/// variables, or take them away.
fn start(
    name: &str,
    runtime_api: &str,
    endpoint: &str,
    changes: &[(&str, Option<&str>)],
) -> Process {
    let binary = env!("CARGO_BIN_EXE_cognito-domain-guard");
    let mut command = Command::new(binary);
    let topic = topic_arn("111122223333", "eu-central-1");
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "cognito-domain-guard-GuardFunction")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/guard")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .env("AWS_LAMBDA_LOG_LEVEL", "INFO")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "ASIAGUARD")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_SESSION_TOKEN", "session")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("BASELINE", BASELINE)
        .env("BASELINE_REVISION", REVISION)
        .env("NOTICE_TOPIC_ARN", topic)
        .env("GUARD_ROLE_ARN", "arn:aws:iam::111122223333:role/cognito-domain-guard-GuardRole")
        .stdout(File::create(scratch(&format!("{name}.log"))).unwrap());
    for (variable, value) in changes {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    Process(command.spawn().unwrap())
}

/// A function that has answered one event.
struct Answered {
    world: World,
    before: Vec<Domain>,
    status: InvocationStatus,
    /// What it answered, or the type of its error.
    answer: Value,
    /// Its standard output, line by line.
    lines: Vec<Value>,
    _serving: JoinHandle<()>,
}

/// Has the function answer the event of a file, when Cognito has long finished with its change.
async fn invoke(file: &str) -> Answered {
    invoke_with(file, file, &[]).await
}

/// The same with other variables; `name` is of this test alone.
async fn invoke_with(name: &str, file: &str, changes: &[(&str, Option<&str>)]) -> Answered {
    let payload = event(file);
    let baseline =
        Baseline::parse("baseline.yaml", &std::fs::read_to_string(BASELINE).unwrap()).unwrap();
    let settings = WorldSettings { latency: Duration::ZERO, ..WorldSettings::default() };
    let stage = Stage::set(&payload, &baseline, settings).unwrap();
    let world = stage.world.clone();
    world.advance(LATE);
    let identity = deployment_identity(&world);
    world.register_caller(
        "ASIAGUARD",
        Caller::lambda(&identity.role_arn, &identity.function_arns[0]),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let served = world.clone();
    let serving = tokio::spawn(async move {
        served.serve(listener).await.unwrap();
    });
    let simulator = Simulator::builder()
        .function_name("cognito-domain-guard-GuardFunction")
        .invocation_timeout(Duration::from_secs(45))
        .build()
        .await
        .unwrap();
    let process = start(name, &simulator.addr().to_string(), &endpoint, changes);
    let id = simulator.enqueue_payload(payload).await;
    let wait = Duration::from_secs(30);
    let state = simulator.wait_for_invocation_complete(&id, wait).await.unwrap();
    drop(process);
    let text = std::fs::read_to_string(scratch(&format!("{name}.log"))).unwrap();
    Answered {
        world,
        before: stage.before,
        status: state.status,
        answer: match (state.response, state.error) {
            (Some(response), _) => response.payload,
            (None, error) => json!(error.unwrap().error_type),
        },
        lines: text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        _serving: serving,
    }
}

impl Answered {
    fn calls(&self) -> Vec<String> {
        let calls = self.world.calls();
        calls
            .iter()
            .filter(|call| !call.access_key_id.is_empty())
            .map(|call| call.action.to_string())
            .collect()
    }

    fn kinds(&self) -> Vec<String> {
        let record = |message: String| serde_json::from_str::<Value>(&message).unwrap();
        let published = self.world.published();
        let kind = |body: Value| body["kind"].as_str().unwrap().to_owned();
        published.iter().map(|notice| kind(record(notice.body_for("default")))).collect()
    }

    /// Whether the domains are as they were before the change, but for their status.
    fn is_as_before(&self) -> bool {
        let now = self.world.domains();
        let status =
            |domain: &Domain| Domain { status: self.before[0].status.clone(), ..domain.clone() };
        now.iter().map(status).eq(self.before.iter().cloned())
    }

    /// The one line of metrics.
    fn metrics(&self) -> &Value {
        let metrics: Vec<&Value> =
            self.lines.iter().filter(|line| line.get("_aws").is_some()).collect();
        assert_eq!(metrics.len(), 1, "one line an invocation");
        metrics[0]
    }

    /// The log line about the domain.
    fn line_about_the_domain(&self) -> &Value {
        self.lines.iter().find(|line| line.get("domain.outcome").is_some()).unwrap()
    }
}

const REVERT: [&str; 3] =
    ["cognito-idp:DescribeUserPoolDomain", "cognito-idp:UpdateUserPoolDomain", "sns:Publish"];

async fn is_put_back(file: &str, attribute: &str) {
    let answered = invoke(file).await;
    assert_eq!(answered.status, InvocationStatus::Success);
    assert_eq!(answered.answer["outcomes"][0]["outcome"], "reverted");
    assert_eq!(answered.answer["outcomes"][0]["changes"][0]["attribute"], attribute);
    assert_eq!(answered.calls(), REVERT);
    assert_eq!(answered.kinds(), ["reverted"]);
    assert!(answered.is_as_before());
    assert_eq!(answered.metrics()["Reverts"], 1);
}

#[tokio::test]
async fn a_weakened_policy_is_put_back() {
    is_put_back("update-weakens-tls.json", "security_policy").await;
}

#[tokio::test]
async fn a_removed_failover_is_put_back() {
    is_put_back("update-removes-failover.json", "routing").await;
}

#[tokio::test]
async fn a_changed_failover_is_put_back() {
    is_put_back("update-changes-failover.json", "routing").await;
}

#[tokio::test]
async fn an_own_event_verifies_and_does_not_write() {
    let answered = invoke("update-own.json").await;
    assert_eq!(answered.answer["outcomes"][0]["outcome"], "restored");
    assert_eq!(answered.calls(), ["cognito-idp:DescribeUserPoolDomain", "sns:Publish"]);
    assert_eq!(answered.kinds(), ["restored"]);
    assert!(answered.is_as_before());
}

#[tokio::test]
async fn an_unrelated_event_is_ignored_without_a_call() {
    let answered = invoke("unrelated-event.json").await;
    assert_eq!(answered.answer["outcomes"][0]["outcome"], "ignored");
    assert_eq!(answered.calls(), Vec::<String>::new());
    assert_eq!(answered.metrics()["Ignored"], 1);
}

#[tokio::test]
async fn a_batch_of_the_recheck_queue_is_answered_with_its_failures() {
    let answered = invoke("recheck-destination-record.json").await;
    assert_eq!(answered.status, InvocationStatus::Success);
    assert_eq!(answered.answer, json!({"batchItemFailures": []}));
    assert_eq!(answered.calls(), REVERT);
    assert!(answered.is_as_before());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_ends_in_its_error_type() {
    let answered = invoke("update-nothing-to-go-by.json").await;
    assert_eq!(answered.status, InvocationStatus::Error);
    assert_eq!(answered.answer, "Unreadable");
    let line = answered.lines.iter().find(|line| line.get("error.type").is_some()).unwrap();
    assert_eq!(line["error.type"], "Unreadable");
    assert_eq!(line["level"], "ERROR");
    answered.metrics();
}

#[tokio::test]
async fn the_baseline_in_force_stands_in_notice_answer_and_every_line() {
    let answered = invoke("update-replaces-certificate.json").await;
    let digest = cognito_domain_guard::baseline::digest(&std::fs::read(BASELINE).unwrap());
    let said = json!({ "file": "example.yaml", "digest": digest, "revision": REVISION });
    assert_eq!(answered.answer["baseline"], said);
    let notice = answered.world.published().remove(0);
    let record: Value = serde_json::from_str(&notice.body_for("default")).unwrap();
    assert_eq!(record["baseline"], said);
    let in_short = format!("example.yaml {digest}, revision {REVISION}");
    let chat: Value = serde_json::from_str(&notice.body_for("https")).unwrap();
    assert_eq!(chat["metadata"]["additionalContext"]["baseline"], in_short);
    assert!(notice.body_for("email").contains(&in_short));
    let mut of_records = 0;
    for line in answered.lines.iter().filter(|line| line.get("message").is_some()) {
        match RecordLine::read(&line.to_string()) {
            Some(_) => {
                let record = line.get("notice").or_else(|| line.get("report")).unwrap();
                assert_eq!(record["baseline"], said);
                of_records += 1;
            }
            None => assert_eq!(
                (&line["baseline.digest"], &line["baseline.revision"]),
                (&json!(digest), &json!(REVISION))
            ),
        }
    }
    assert_eq!(of_records, 2, "a notice and a report");
}

#[tokio::test]
async fn log_lines_are_json_with_fields_to_query() {
    let answered = invoke("update-by-root.json").await;
    let line = answered.line_about_the_domain();
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["domain.name"], "auth.example.com");
    assert_eq!(line["domain.outcome"], "reverted");
    assert_eq!(line["notice.kinds"], "reverted");
    assert_eq!(line["trigger"], "domain_changed");
    let changes: Value = serde_json::from_str(line["domain.changes"].as_str().unwrap()).unwrap();
    assert_eq!(changes[0]["desired"], "TLS_V1_3_2025");
    for field in ["timestamp", "message", "incident.id", "request.id"] {
        assert!(line[field].is_string(), "{field}");
    }
    assert!(line["incident.seconds_to_revert"].is_number());
}

/// The lines that programs ask later: who, what, how long, by which baseline.
#[tokio::test]
async fn each_notice_and_each_event_leaves_one_record_line_and_no_line_is_there_twice() {
    let answered = invoke("update-weakens-tls.json").await;
    let (mut notices, mut reports) = (Vec::new(), Vec::new());
    for line in &answered.lines {
        match RecordLine::read(&line.to_string()).map(Result::unwrap) {
            Some(RecordLine::Notice { notice, .. }) => notices.push(notice.into_owned()),
            Some(
                RecordLine::NoticeUndelivered { notice, .. }
                | RecordLine::SweepIntends { notice, .. },
            ) => panic!("{notice:?}"),
            Some(RecordLine::Report { report, settled, cold_start, domains, .. }) => {
                assert_eq!((settled, cold_start, domains), (true, true, 1));
                reports.push(report.into_owned());
            }
            None => {}
        }
    }
    let [notice] = &notices[..] else { panic!("{notices:?}") };
    let published: Value =
        serde_json::from_str(&answered.world.published()[0].body_for("default")).unwrap();
    assert_eq!(serde_json::to_value(notice).unwrap(), published);
    assert_eq!(notice.actor.as_ref().unwrap().name, "jane.doe@example.com (SSO, PlatformAdmin)");
    assert!(notice.timings.seconds_to_revert.is_some() && !notice.drifts.is_empty());
    let [report] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(serde_json::to_value(report).unwrap(), answered.answer);
    assert_eq!(report.outcomes[0].incident.as_ref(), Some(&notice.incident));
    let lines: std::collections::BTreeSet<String> =
        answered.lines.iter().map(Value::to_string).collect();
    assert_eq!(lines.len(), answered.lines.len(), "a line twice");
}

#[tokio::test]
async fn the_line_of_metrics_is_in_the_embedded_format() {
    let answered = invoke("cloudtrail-record.json").await;
    let line = answered.metrics();
    let [all, by_domain] = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().as_slice() else {
        panic!("{line}");
    };
    assert_eq!(all["Namespace"], metrics::NAMESPACE);
    assert_eq!(all["Dimensions"], json!([[]]));
    for metric in all["Metrics"].as_array().unwrap() {
        let name = metric["Name"].as_str().unwrap();
        assert!(!line[name].is_null(), "{name} has no value");
    }
    assert_eq!(by_domain["Dimensions"], json!([["Domain"]]));
    assert_eq!(line["Domain"], "auth.example.com");
    assert_eq!(line["ColdStarts"], 1);
    let update = answered.world.calls().iter().any(|call| {
        call.action == Action::UpdateUserPoolDomain && call.user_agent.contains(" app/cdg.")
    });
    assert!(update);
}
