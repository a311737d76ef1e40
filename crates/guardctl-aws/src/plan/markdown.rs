//! A plan for a pull request or a job's summary.

use std::fmt::Write as _;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::text::harmless;

use super::Region;
use super::text::who_to_ask;
use crate::look::{Looked, until};
use crate::probe::Difference;
use crate::unread::explained;

/// A table of every domain, with a row for each attribute that is off the baseline.
pub fn markdown(regions: &[Region], baseline: &Baseline) -> String {
    let mut out = String::new();
    for region in regions {
        let place = &region.place;
        let _ = writeln!(out, "### {} {}\n", place.account, place.region);
        let _ = writeln!(out, "{} (digest {})\n", cell(baseline.name()), baseline.digest());
        out.push_str("| domain | attribute | observed | baseline | result |\n");
        out.push_str("| --- | --- | --- | --- | --- |\n");
        for looked in &region.looked {
            rows(&mut out, looked);
            if let Some(Difference { standing: _, text }) = region.difference(looked) {
                let _ =
                    writeln!(out, "| {} | endpoint | | | {} |", cell(&looked.name), cell(&text));
            }
        }
        for problem in explained(&region.problems) {
            let problem = problem.replace('\n', " ").replace('`', "'");
            let _ = writeln!(out, "\nCould not be checked: `{}`", harmless(&problem));
        }
        out.push('\n');
    }
    out
}

/// A cell whose text is text: nothing in it ends the cell or its line, or is markup.
pub fn cell(text: &str) -> String {
    let mut cell = String::new();
    for character in harmless(text).chars() {
        match character {
            // Where HTML is allowed in Markdown it stays text, as do links and images, which a reader's program would load.
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '\\' | '|' | '[' | ']' | '*' => cell.extend(['\\', character]),
            '`' => cell.push('\''),
            other => cell.push(other),
        }
    }
    cell
}

/// The same within backquotes, where nothing but the cell's own end counts.
fn code(text: &str) -> String {
    format!("`{}`", harmless(text).replace('|', "\\|").replace('`', "'"))
}

fn rows(out: &mut String, looked: &Looked) {
    let (name, verdict) = (cell(&looked.name), looked.verdict());
    let (changes, exempt) = (looked.changes(), &looked.plan.assessment.exempt);
    if changes.is_empty() && exempt.is_empty() {
        let _ = writeln!(out, "| {name} | | | | {verdict} |");
    }
    for drift in changes {
        let mark = if drift.lowers_policy() { " **WEAKENS**" } else { "" };
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {verdict}{mark} |",
            drift.attribute,
            code(&drift.observed.to_string()),
            code(&drift.declared)
        );
    }
    for one in exempt {
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | exempt until {}: {}{} |",
            one.drift.attribute,
            code(&one.drift.observed.to_string()),
            code(&one.drift.declared),
            until(one),
            cell(&one.reason),
            cell(&who_to_ask(one))
        );
    }
}
