//! The record lines of the log: what happened, for programs that ask later.
//!
//! Each notice leaves one line with its whole record, and each event another with its report. A line is
//! one JSON object, in each log format and never longer than CloudWatch Logs takes.
//!
//! The rule: [`RecordLine::read`] gives back what was written, and a later version of the guard reads what an earlier
//! one wrote. So a line only grows, as [`Record`] does; `tests/record-lines` keeps lines of each version.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::call::CallError;
use crate::notice::Record;
use crate::report::Report;
use crate::text::{clean, harmless};
use crate::when::rfc3339;
use crate::words::words;

#[cfg(test)]
mod tests;

/// The longest line in bytes. CloudWatch Logs takes 256 KiB an event, and counts 26 bytes of its own;
/// Lambda cuts what is longer into events that are no JSON.
pub const LONGEST: usize = 256 * 1024 - 26;

/// As many entries of a list as could fit, whatever is in them.
const MOST_ENTRIES: usize = 4_000;

/// Characters of a text of others that stay where even a report without a domain is too long.
const LONGEST_TEXT: usize = 4_000;

/// One record line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum RecordLine<'a> {
    /// A notice that the topic took.
    Notice {
        /// When the notice was made, RFC 3339 in UTC.
        timestamp: String,
        /// The log level: `INFO`.
        level: Level,
        /// The notice.
        notice: Cow<'a, Record>,
    },
    /// The digest of what a sweep is about to put back, before its first update. What it did is in the digest
    /// that is published at its end; if the function is killed in between, this line is what is left.
    SweepIntends {
        /// When the line was made, RFC 3339 in UTC.
        timestamp: String,
        /// The log level: `INFO`.
        level: Level,
        /// The digest, of which nothing has been done yet.
        notice: Cow<'a, Record>,
    },
    /// A notice that the topic refused, so that nobody has it.
    NoticeUndelivered {
        /// When the notice was made, RFC 3339 in UTC.
        timestamp: String,
        /// The log level: `ERROR`.
        level: Level,
        /// What the topic answered.
        error: String,
        /// The notice.
        notice: Cow<'a, Record>,
    },
    /// What came of an event.
    Report {
        /// When the event was done with, RFC 3339 in UTC.
        timestamp: String,
        /// The log level: `INFO`. What failed has a line of its own.
        level: Level,
        /// The version of this line's schema, `MAJOR.MINOR`. A new minor version only adds fields.
        schema_version: Cow<'a, str>,
        /// Lambda's request id. A batch of the queue leaves one line for each of its events.
        #[serde(rename = "request.id")]
        request_id: Cow<'a, str>,
        /// X-Ray's trace id.
        #[serde(rename = "trace.id", skip_serializing_if = "Option::is_none")]
        trace_id: Option<Cow<'a, str>>,
        /// The version of the guard.
        guard_version: Cow<'a, str>,
        /// Whether the process had just started.
        cold_start: bool,
        /// Whether nothing is left to do. If not, the platform brings the event back.
        settled: bool,
        /// How many domains were looked at.
        domains: usize,
        /// How many outcomes the report leaves out, since CloudWatch Logs takes no more than 256 KiB. Each
        /// of them has a line of its own.
        #[serde(default, skip_serializing_if = "is_zero")]
        outcomes_left_out: usize,
        /// What came of it.
        report: Cow<'a, Report>,
    },
}

words! {
    /// A log level, by Lambda's word.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Level {
        /// For the record.
        Info = "INFO",
        /// Somebody should look.
        Error = "ERROR",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The invocation that a report came of.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// Lambda's request id.
    pub request_id: &'a str,
    /// X-Ray's trace id.
    pub trace_id: Option<&'a str>,
    /// Whether the process had just started.
    pub cold_start: bool,
    /// When the event was done with.
    pub ended_at: OffsetDateTime,
}

/// The version of the line of a report. A notice's record has its own.
pub const REPORT_SCHEMA_VERSION: &str = "1.1";

/// What became of a notice.
#[derive(Clone, Copy, Debug)]
pub enum NoticeFate<'a> {
    /// The topic took it.
    Published,
    /// The topic refused it, and answered this.
    Refused(&'a CallError),
    /// It was not sent: it says what a sweep is about to do.
    Intended,
}

/// The line of a notice, with what became of it.
pub fn of_notice(record: &Record, fate: NoticeFate<'_>) -> String {
    let mut record = Cow::Borrowed(record);
    // More than this cannot fit, so no time is spent on writing it.
    while record.entries() > MOST_ENTRIES && record.to_mut().lose_detail() {}
    loop {
        let (timestamp, notice) = (record.time.clone(), Cow::Borrowed(&*record));
        let line = text_of(&match fate {
            NoticeFate::Published => RecordLine::Notice { timestamp, level: Level::Info, notice },
            NoticeFate::Intended => {
                RecordLine::SweepIntends { timestamp, level: Level::Info, notice }
            }
            NoticeFate::Refused(error) => RecordLine::NoticeUndelivered {
                timestamp,
                level: Level::Error,
                error: clean(&error.to_string(), LONGEST_TEXT),
                notice,
            },
        });
        if line.len() <= LONGEST || !record.to_mut().lose_detail() {
            return line;
        }
    }
}

/// The line of a report.
pub fn of_report(report: &Report, of: Of<'_>) -> String {
    let Of { request_id, trace_id, cold_start, ended_at } = of;
    let mut shown = Cow::Borrowed(report);
    if shown.outcomes.len() > MOST_ENTRIES {
        shown.to_mut().outcomes.truncate(MOST_ENTRIES);
    }
    loop {
        let line = text_of(&RecordLine::Report {
            timestamp: rfc3339(ended_at),
            level: Level::Info,
            schema_version: REPORT_SCHEMA_VERSION.into(),
            request_id: request_id.into(),
            trace_id: trace_id.map(Cow::Borrowed),
            guard_version: env!("CARGO_PKG_VERSION").into(),
            cold_start,
            settled: report.unsettled().is_none(),
            domains: report.sweep.as_ref().map_or(report.outcomes.len(), |sweep| sweep.domains),
            outcomes_left_out: report.outcomes.len().saturating_sub(shown.outcomes.len()),
            report: Cow::Borrowed(&*shown),
        });
        if line.len() <= LONGEST || !lose_detail(shown.to_mut()) {
            return line;
        }
    }
}

impl RecordLine<'static> {
    /// A line of the log, if it is a record line.
    ///
    /// `None` is any other line: about a domain, a metric, Lambda's own, or none of the guard's.
    ///
    /// # Errors
    /// It is a record line that this version cannot read: a later version's, or cut.
    pub fn read(line: &str) -> Option<Result<Self, serde_json::Error>> {
        /// What makes a line a record line: a domain's line may say anything in its message.
        #[derive(Deserialize)]
        struct Begin {
            message: String,
            notice: Option<serde::de::IgnoredAny>,
            report: Option<serde::de::IgnoredAny>,
        }
        let Begin { message, notice, report } = serde_json::from_str(line).ok()?;
        match message.as_str() {
            "notice" | "notice_undelivered" | "sweep_intends" => notice?,
            "report" => report?,
            _ => return None,
        };
        Some(serde_json::from_str(line))
    }
}

fn text_of(line: &RecordLine<'_>) -> String {
    // Text, numbers and lists: none of them can fail to be written.
    let text = serde_json::to_string(line).unwrap_or_default();
    match harmless(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
}

/// Gives up detail of a report: what the lines of single domains say as well. `false` when there is none
/// left to give up.
fn lose_detail(report: &mut Report) -> bool {
    let mut lost = false;
    let mut halve = |length: usize| {
        lost |= length > 0;
        length / 2
    };
    report.outcomes.truncate(halve(report.outcomes.len()));
    if let Some(sweep) = &mut report.sweep {
        for list in [
            &mut sweep.findings,
            &mut sweep.missing,
            &mut sweep.ungoverned,
            &mut sweep.overlong_exemptions,
        ] {
            list.truncate(halve(list.len()));
        }
    }
    if !lost && let Some(unsettled) = &mut report.unsettled {
        let short = clean(&unsettled.message, LONGEST_TEXT);
        lost = short.len() < unsettled.message.len();
        unsettled.message = short;
    }
    lost
}
