//! `guardctl report`: what is, what happened, who did it, who allowed it, and whether the guard was alive.
//!
//! `read` gets the evidence; `history`, `posture` and `evidence` make facts of it; `model` computes every figure
//! once; each rendering is a file. All but `read` is pure.

mod asff;
mod charts;
mod csv;
mod evidence;
mod forming;
mod history;
mod html;
mod incident;
mod markdown;
mod model;
mod numbers;
mod posture;
mod read;
mod recorded;
mod tables;
mod text;

use std::error::Error;
use std::process::ExitCode;

use guardctl::arguments::{Report as Arguments, ReportFormat};
use guardctl::declared::{deployed, read_baseline};
use guardctl::exit::Exit;
use guardctl::interrupt::block_on;
use guardctl::{errln, out};
use time::OffsetDateTime;

use self::model::Report;
use crate::output;

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    // Before anybody waits for the log.
    output::is_free(arguments.output.as_deref(), arguments.force)?;
    let now = OffsetDateTime::now_utc();
    let until = arguments.until.map_or(now, |until| until.counted_from(now));
    let since = arguments.since.counted_from(until);
    if since >= until {
        return Err("--since is not before --until".into());
    }
    let baseline = match arguments.baseline.as_deref().or_else(|| deployed()) {
        Some(path) => Some(read_baseline(path)?),
        None => None,
    };
    let evidence = block_on(read::read(arguments, baseline.as_ref(), [since, until]))?;
    let report = Report::of(evidence);
    let rendered = render(&report, arguments.format)?;
    match &arguments.output {
        Some(path) => output::write(path, &rendered, arguments.force)?,
        None => out!("{rendered}"),
    }
    for line in &report.missing {
        errln!("missing: {line}");
    }
    Ok(if report.is_whole() { Exit::Good } else { Exit::Failed }.into())
}

fn render(report: &Report, format: ReportFormat) -> Result<String, Box<dyn Error>> {
    Ok(match format {
        ReportFormat::Text => text::text(report),
        ReportFormat::Html => html::html(report),
        ReportFormat::Markdown => markdown::markdown(report),
        ReportFormat::Csv => csv::csv(report)?,
        ReportFormat::Json => serde_json::to_string_pretty(report)? + "\n",
        ReportFormat::Asff => serde_json::to_string_pretty(&asff::asff(report)?)? + "\n",
    })
}

#[cfg(test)]
mod tests;
