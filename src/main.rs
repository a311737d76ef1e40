//! The Lambda function: reads its settings and its baseline once, then answers one event at a time.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_async::time::SharedTimeSource;
use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::reconcile::{Guard, Invocation, Undelivered};
use cognito_domain_guard::report::Unsettled;
use cognito_domain_guard::settings::{LogSettings, Settings};
use cognito_domain_guard::{clients, file, log, metrics};
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use time::OffsetDateTime;

// One event at a time needs one thread; more cost twice the CPU of each event.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::init(&LogSettings::from_env());
    let guard = match guard() {
        Ok(guard) => guard,
        Err(problem) => {
            tracing::error!("the guard cannot start: {problem}");
            return ExitCode::FAILURE;
        }
    };
    let cold_start = AtomicBool::new(true);
    let answer = async |event: LambdaEvent<Value>| {
        let (payload, context) = event.into_parts();
        let invocation = invocation(context);
        let answer = guard.answer(&payload, &invocation).await;
        let cold_start = cold_start.swap(false, Ordering::Relaxed);
        log::answer(&answer, &invocation, cold_start);
        for line in metrics::lines(&answer, guard.time.now().into(), cold_start) {
            println!("{line}");
        }
        answer.result.map_err(Unfinished)
    };
    match lambda_runtime::run(service_fn(answer)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the Lambda runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}

fn guard() -> Result<Guard, Box<dyn std::error::Error>> {
    let settings = Settings::from_env()?;
    let baseline =
        read_baseline(&settings.baseline)?.of_revision(settings.baseline_revision.clone());
    let clients = clients::connect(&settings)?;
    let undelivered = Undelivered::new(log::undelivered);
    Ok(Guard::new(baseline, settings, clients, undelivered, SharedTimeSource::default()))
}

/// The first of the files that exists.
fn read_baseline(paths: &[PathBuf]) -> Result<Baseline, Box<dyn std::error::Error>> {
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let path = paths.iter().find(|path| path.exists()).ok_or_else(|| {
        format!(
            "there is no baseline at {}: deploy it as a layer, or set BASELINE to where it is",
            shown.join(" or ")
        )
    })?;
    let text = file::read_text(path, file::LARGEST_BASELINE)
        .map_err(|error| format!("the baseline {} cannot be read: {error}", path.display()))?;
    // Notices name a place in the file as its owners know it, not as it is mounted.
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Ok(Baseline::parse(&name, &text)?)
}

fn invocation(context: Context) -> Invocation {
    let deadline = i128::from(context.deadline) * 1_000_000;
    Invocation {
        request_id: context.request_id,
        trace_id: context.xray_trace_id,
        deadline: OffsetDateTime::from_unix_timestamp_nanos(deadline).ok(),
    }
}

/// Ends the invocation in the error type that alarms, the destination record and the next look see.
#[derive(Debug)]
struct Unfinished(Unsettled);

impl From<Unfinished> for Diagnostic {
    fn from(Unfinished(unsettled): Unfinished) -> Self {
        Self {
            error_type: unsettled.error_type.as_str().to_owned(),
            error_message: unsettled.message,
        }
    }
}
