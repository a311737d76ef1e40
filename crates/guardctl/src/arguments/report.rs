//! What the guard's evidence is asked for, and where it is read.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cognito_domain_guard::when;
use time::format_description::well_known::Iso8601;
use time::{Date, Duration, OffsetDateTime, Time};

use super::access::{Access, Across, STACK, region};
use super::overrides::duration;
use super::probe::Endpoint;

/// Report what is, what happened, who did it and who allowed it; changes nothing
///
/// Posture comes from the live domains, as `guardctl plan` shows them; incidents, sweeps, overrides and
/// baselines from the record lines in the guard's log; the guard's own health from `guardctl doctor`. What
/// could not be read is said in the report, and never shown as zero.
/// With --plan, --records or --doctor, that part is read from files instead.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl report --since 90d --format html --output report.html\n  \
    guardctl report --region eu-central-1 --region us-east-1 --format csv > incidents.csv\n  \
    guardctl report --organization --format html --output report.html\n  \
    guardctl report --probe --format html --output report.html\n  \
    guardctl report --format asff > findings.json\n  \
    guardctl report --offline --records log.jsonl --plan plan.json --format html --output report.html\n\n\
    Exit code: 0 when everything was read, 1 when something is missing: the report is made all the same, and \
    says what.")]
pub struct Report {
    /// From when: so long before the end, such as 90d or 12h, or a date
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = moment)]
    pub since: Moment,
    /// Until when: a date, or so long ago [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Moment>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Also ask the endpoint of each custom domain what it speaks, as `guardctl probe` does
    #[arg(long, conflicts_with_all = ["plan", "offline"])]
    pub probe: bool,
    /// Where to ask instead of where the DNS says that each domain is
    #[arg(long, value_name = "HOST[:PORT]", requires = "probe")]
    pub connect: Option<Endpoint>,
    /// The baseline [default: baseline/baseline.yaml, where there is one]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Domains as `guardctl plan --format json` printed them, instead of asking; several if repeated
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "organization",
        help_heading = "Evidence from files"
    )]
    pub plan: Vec<PathBuf>,
    /// Record lines from a file, instead of the guard's log; several if repeated
    ///
    /// One line of the log each, also gzipped, or what `aws logs filter-log-events` prints. So the report can go
    /// further back than CloudWatch Logs keeps lines, where they are exported.
    #[arg(long, value_name = "FILE", help_heading = "Evidence from files")]
    pub records: Vec<PathBuf>,
    /// Findings as `guardctl doctor --format json` printed them, instead of examining the guard
    #[arg(long, value_name = "FILE", help_heading = "Evidence from files")]
    pub doctor: Vec<PathBuf>,
    /// Ask no account: what no file is given for is missing in the report
    #[arg(long, conflicts_with = "organization", help_heading = "Evidence from files")]
    pub offline: bool,
    /// Log group of the guard's functions, several if repeated [default: as the stack says]
    #[arg(long, value_name = "NAME")]
    pub log_group: Vec<String>,
    /// The guard's stack
    #[arg(long, value_name = "NAME", default_value = STACK)]
    pub stack: String,
    /// Region of the guard [default: as the AWS CLI]
    ///
    /// With --organization the guard is the hub, and --hub-region says the same.
    #[arg(long, value_name = "REGION", value_parser = region, conflicts_with = "hub_region")]
    pub guard_region: Option<String>,
    /// Where the domains are.
    #[command(flatten)]
    pub access: Access,
    /// The same, of an organization.
    #[command(flatten)]
    pub across: Across,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people, in short
    Text,
    /// One page that needs no network, with charts
    Html,
    /// For a wiki or an issue
    Markdown,
    /// A row for each incident, for spreadsheets
    Csv,
    /// For other programs; `guardctl schema evidence` describes it
    Json,
    /// Findings for `aws securityhub batch-import-findings`
    Asff,
}

/// A time on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long before another time.
    Before(Duration),
    /// That time.
    At(OffsetDateTime),
}

impl Moment {
    /// The time that it is, counted back from `end`.
    pub fn counted_from(self, end: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Before(length) => end.saturating_sub(length),
            Self::At(time) => time,
        }
    }
}

fn moment(text: &str) -> Result<Moment, String> {
    // A date's parser takes the beginning of a time for the whole.
    let at = if text.contains('T') {
        when::from_text(text)
    } else {
        let date = Date::parse(text, &Iso8601::DATE).ok();
        date.map(|date| date.with_time(Time::MIDNIGHT).assume_utc())
    };
    if let Some(at) = at {
        return Ok(Moment::At(at));
    }
    duration(text).map(Moment::Before).map_err(|_| {
        "write a length such as 90d or 12h, a date such as 2026-09-01, or a time such as \
         2026-09-01T08:00:00Z"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_length_a_date_or_rfc_3339() {
        assert_eq!(moment("90d"), Ok(Moment::Before(Duration::days(90))));
        let at = |seconds| Ok(Moment::At(OffsetDateTime::from_unix_timestamp(seconds).unwrap()));
        assert_eq!(moment("2026-09-01"), at(1_788_220_800));
        assert_eq!(moment("2026-09-01T10:00:00+02:00"), at(1_788_249_600));
        for text in ["", "yesterday", "90", "2026-13-01", "2026", "-1d", "1788220800"] {
            assert!(moment(text).is_err(), "{text:?}");
        }
    }
}
