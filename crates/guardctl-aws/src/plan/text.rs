//! A plan for a person at a terminal.

use std::fmt::Write as _;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::text::harmless;
use guardctl::page::{self, Tone, toned};

use super::Region;
use crate::look::Looked;

/// The table of all domains and the three-way view of each drift.
pub fn text(regions: &[Region], baseline: &Baseline) -> String {
    let mut out = String::new();
    for region in regions {
        let place = &region.live.place;
        let _ = writeln!(
            out,
            "account {} {}, {} (digest {})\n",
            place.account,
            place.region,
            baseline.name(),
            baseline.digest()
        );
        let length = |looked: &Looked| harmless(&looked.name).chars().count();
        let width = region.looked.iter().map(length).max().unwrap_or(0);
        for looked in &region.looked {
            let (name, status) = (harmless(&looked.name), harmless(looked.status()));
            let verdict = toned(looked.tone(), looked.verdict());
            let _ = writeln!(out, "  {name:<width$}  {status:<8}  {verdict}");
        }
        for looked in &region.looked {
            details(&mut out, looked, baseline.name());
        }
        for problem in &region.problems {
            // What follows the first line is a policy to paste.
            let (first, rest) = problem.split_once('\n').unwrap_or((problem, ""));
            let lead = toned(Tone::Bad, "could not tell:");
            out.push('\n');
            page::wrapped(&mut out, "", 4, &format!("{lead} {first}"));
            let _ = writeln!(out, "{rest}");
        }
        let drifted = region.looked.iter().filter(|looked| !looked.is_at_baseline()).count();
        let there = || region.looked.iter().filter(|looked| looked.domain.is_some());
        let domains = there().count();
        let plural = if domains == 1 { "" } else { "s" };
        let _ = writeln!(
            out,
            "\n{domains} domain{plural}, {} governed, {drifted} off the baseline, {} not readable",
            there().filter(|looked| looked.plan.governed).count(),
            region.problems.len()
        );
    }
    out
}

fn details(out: &mut String, looked: &Looked, baseline: &str) {
    let assessment = &looked.plan.assessment;
    if assessment.drifts.is_empty() && assessment.exempt.is_empty() && looked.reason().is_none() {
        return;
    }
    let _ = writeln!(out, "\n{}", harmless(&looked.name));
    if let Some(reason) = looked.reason() {
        page::wrapped(out, "  ", 2, &format!("left alone, since {reason}"));
    }
    for drift in &assessment.drifts {
        let _ = writeln!(out, "  {}", drift.attribute);
        row(out, "observed", &drift.observed.to_string());
        let at = drift.position;
        row(out, "baseline", &format!("{} ({baseline}:{}:{})", drift.declared, at.line, at.column));
        if let Some(sent) = looked.changes().iter().find(|sent| sent.attribute == drift.attribute) {
            row(out, "would send", &sent.desired.to_string());
        }
    }
    for exempt in &assessment.exempt {
        let _ = writeln!(out, "  {}", exempt.drift.attribute);
        row(out, "observed", &exempt.drift.observed.to_string());
        row(out, "exempt", &format!("until {}: {}", exempt.until.date(), exempt.reason));
    }
}

/// One of the sides of a drift.
fn row(out: &mut String, label: &str, text: &str) {
    page::wrapped(out, &format!("    {label:<12}"), 16, &harmless(text));
}
