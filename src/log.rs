//! What operators read: one line for each domain, by `tracing`, and the record lines for programs.
//!
//! JSON in Lambda's own convention (`AWS_LAMBDA_LOG_FORMAT`, `AWS_LAMBDA_LOG_LEVEL`), with dotted
//! fields for queries. A failure is logged here and nowhere else.
//!
//! A line stays one line and shows what others wrote as it is, with escapes for what would act on a
//! terminal: in both formats, since a reader may print the lines of either.

use std::io;

use time::OffsetDateTime;
use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, error, info, warn};
use tracing_subscriber::fmt::MakeWriter;

use crate::notice::Record;
use crate::reconcile::{Answer, Invocation};
use crate::record_line::{self, NoticeFate};
use crate::report::{DomainReport, Kind, Outcome, Report};
use crate::settings::LogSettings;
use crate::text::harmless;

#[cfg(test)]
mod tests;

/// Sends log lines to standard output, where Lambda takes them from.
///
/// Does nothing if the process has a subscriber already.
pub fn init(settings: &LogSettings) {
    // An error here only means that a subscriber was set before.
    let _ = if settings.json {
        tracing::subscriber::set_global_default(json(settings, io::stdout))
    } else {
        tracing::subscriber::set_global_default(text(settings, io::stdout))
    };
}

fn level(settings: &LogSettings) -> LevelFilter {
    settings.level.parse().unwrap_or(LevelFilter::INFO)
}

fn json<W>(settings: &LogSettings, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .with_max_level(level(settings))
        .with_target(false)
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(OneLine(writer))
        .finish()
}

fn text<W>(settings: &LogSettings, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .with_max_level(level(settings))
        .with_target(false)
        .with_ansi(false)
        .with_writer(OneLine(writer))
        .finish()
}

/// A writer of whole log lines, each of which stays one.
struct OneLine<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for OneLine<W> {
    type Writer = OneLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(self.0.make_writer())
    }
}

impl<W: io::Write> io::Write for OneLine<W> {
    /// The subscriber writes a line at once, with the line break that ends it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        match line.strip_suffix('\n') {
            Some(line) => self.0.write_all(format!("{}\n", harmless(line)).as_bytes())?,
            None => self.0.write_all(harmless(&line).as_bytes())?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Logs what came of an invocation: a line for each domain, and one for an event that came to none.
pub fn answer(answer: &Answer, invocation: &Invocation) {
    for report in &answer.reports {
        for outcome in &report.outcomes {
            domain(outcome, report, invocation);
        }
        if let Some(unsettled) = &report.unsettled {
            error!(
                "error.type" = unsettled.error_type.as_str(),
                "trigger" = report.trigger.as_str(),
                "baseline.digest" = digest(report),
                "baseline.revision" = revision(report),
                "request.id" = invocation.request_id,
                "{}",
                unsettled.message
            );
        }
    }
}

/// The record line of each event, for standard output, like the metrics.
pub fn records(
    answer: &Answer,
    invocation: &Invocation,
    cold_start: bool,
    ended_at: OffsetDateTime,
) -> Vec<String> {
    let of = record_line::Of {
        request_id: &invocation.request_id,
        trace_id: invocation.trace_id.as_deref(),
        cold_start,
        ended_at,
    };
    answer.reports.iter().map(|report| record_line::of_report(report, of)).collect()
}

fn domain(outcome: &DomainReport, report: &Report, invocation: &Invocation) {
    let name = outcome.domain.as_deref().unwrap_or("-");
    let reason = outcome.reason.as_deref().unwrap_or_default();
    let changes = serde_json::to_string(&outcome.drifts).unwrap_or_default();
    let message = match (reason, &outcome.unsettled) {
        (_, Some(unsettled)) => unsettled.message.clone(),
        ("", None) => format!("{name}: {}", outcome.outcome.as_str()),
        (reason, None) => format!("{name}: {}: {reason}", outcome.outcome.as_str()),
    };
    macro_rules! line {
        ($level:ident) => {
            $level!(
                "domain.name" = name,
                "domain.account" = account(report),
                "domain.region" = region(report),
                "domain.outcome" = outcome.outcome.as_str(),
                "domain.changes" = changes,
                "error.type" =
                    outcome.unsettled.as_ref().map(|unsettled| unsettled.error_type.as_str()),
                "incident.id" = outcome.incident,
                "incident.seconds_to_revert" = outcome.seconds_to_revert,
                "incident.seconds_to_effect" = outcome.seconds_to_effect,
                "incident.seconds_off_baseline" = outcome.seconds_off_baseline,
                "incident.seconds_unknown" = outcome.seconds_unknown,
                "notice.kinds" = words(&outcome.notices),
                "notice.held_back" = joined(&outcome.notices_held_back),
                "notice.undelivered" = joined(&outcome.notices_undelivered),
                "trigger" = report.trigger.as_str(),
                "baseline.digest" = digest(report),
                "baseline.revision" = revision(report),
                "request.id" = invocation.request_id,
                "trace.id" = invocation.trace_id,
                "{message}"
            )
        };
    }
    match outcome.outcome {
        _ if !outcome.notices_undelivered.is_empty() => line!(error),
        Outcome::Failed | Outcome::NotRestored => line!(error),
        Outcome::Refused | Outcome::NotCovered => line!(warn),
        Outcome::InSync
        | Outcome::Reverted
        | Outcome::Audited
        | Outcome::Exempt
        | Outcome::Paused
        | Outcome::Held
        | Outcome::Unmanaged
        | Outcome::Gone
        | Outcome::Restored
        | Outcome::Ignored => line!(info),
    }
}

fn words(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(",")
}

fn joined(kinds: &[Kind]) -> Option<String> {
    (!kinds.is_empty()).then(|| words(kinds))
}

/// Writes down a notice: one record line on standard output, like the metrics, whatever the format of the
/// other lines. It is written when this returns.
pub fn notice(record: &Record, fate: NoticeFate<'_>) {
    println!("{}", record_line::of_notice(record, fate));
}

/// Of the place that the report is about.
fn account(report: &Report) -> Option<&str> {
    report.place.as_ref().map(|place| place.account.as_str())
}

fn region(report: &Report) -> Option<&str> {
    report.place.as_ref().map(|place| place.region.as_str())
}

/// Of the baseline in force.
fn digest(report: &Report) -> Option<&str> {
    report.baseline.as_ref().map(|baseline| baseline.digest.as_str())
}

fn revision(report: &Report) -> Option<&str> {
    report.baseline.as_ref()?.revision.as_deref()
}
