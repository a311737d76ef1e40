//! The Lambda function: reads its settings and its baseline once, then answers one event at a time.

use std::fmt;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_async::time::SharedTimeSource;
use cognito_domain_guard::declared::Declared;
use cognito_domain_guard::memory::ErrorType;
use cognito_domain_guard::reconcile::{Guard, Invocation, NoticeLog};
use cognito_domain_guard::report::Unsettled;
use cognito_domain_guard::settings::{LogSettings, Settings};
use cognito_domain_guard::{clients, log, metrics, runtime, settings, when};
use lambda_runtime::{Context, Diagnostic};

// One event at a time needs one thread; more cost twice the CPU of each event.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::init(&LogSettings::from_env());
    let guard = match guard() {
        Ok(guard) => guard,
        Err(failure) => {
            failure.report();
            return ExitCode::FAILURE;
        }
    };
    let cold_start = AtomicBool::new(true);
    let answer = async |payload: Vec<u8>, context: Context| {
        let invocation = invocation(context);
        let answer = guard.answer_bytes(&payload, &invocation).await;
        let cold_start = cold_start.swap(false, Ordering::Relaxed);
        let ended_at = guard.time.now().into();
        log::answer(&answer, &invocation);
        let records = log::records(&answer, &invocation, cold_start, ended_at);
        for line in records.into_iter().chain(metrics::lines(&answer, ended_at, cold_start)) {
            println!("{line}");
        }
        answer.result.map_err(Unfinished)
    };
    match runtime::run(answer).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the Lambda runtime ended: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Why the function cannot start: the error type that whoever invoked it sees, and the whole reason.
struct FailedStart {
    error_type: ErrorType,
    message: String,
}

impl FailedStart {
    fn new(error_type: ErrorType, reason: &impl fmt::Display) -> Self {
        Self { error_type, message: runtime::bounded(&reason.to_string()) }
    }

    fn report(&self) {
        let Self { error_type, message } = self;
        let error_type = error_type.as_str();
        tracing::error!("error.type" = error_type, "the guard cannot start: {message}");
        let Some(address) = settings::runtime_api() else {
            return;
        };
        if let Err(error) = runtime::report_failed_start(&address, error_type, message) {
            tracing::error!("the Runtime API does not take the reason: {error}");
        }
    }
}

fn guard() -> Result<Guard, FailedStart> {
    let settings = Settings::from_env()
        .map_err(|error| FailedStart::new(ErrorType::SettingsInvalid, &error))?;
    let declared = declared(&settings)?;
    let clients = clients::connect(&settings)
        .map_err(|error| FailedStart::new(ErrorType::SettingsInvalid, &error))?;
    let notice_log = NoticeLog::new(log::notice);
    Ok(Guard::new(declared, settings, clients, notice_log, SharedTimeSource::default()))
}

/// What the first of the files that exists declares.
fn declared(settings: &Settings) -> Result<Declared, FailedStart> {
    let paths = &settings.baseline;
    let invalid = |reason: &dyn fmt::Display| FailedStart::new(ErrorType::BaselineInvalid, &reason);
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let path = paths.iter().find(|path| path.exists()).ok_or_else(|| {
        let shown = shown.join(" or ");
        invalid(&format_args!(
            "there is no baseline at {shown}: deploy it as a layer, or set BASELINE to where it is"
        ))
    })?;
    Declared::read(path, settings.baseline_revision.clone()).map_err(|reason| invalid(&reason))
}

fn invocation(context: Context) -> Invocation {
    Invocation {
        request_id: context.request_id,
        trace_id: context.xray_trace_id,
        deadline: i64::try_from(context.deadline).ok().and_then(when::from_milliseconds),
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
