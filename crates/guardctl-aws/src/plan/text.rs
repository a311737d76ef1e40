//! A plan for a person at a terminal.

use std::fmt::Write as _;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::plan::{Decision, ExemptDrift};
use cognito_domain_guard::text::{counted, harmless};
use guardctl::page::{self, Tone, toned};

use super::Region;
use crate::look::{Looked, Standing, until};
use crate::probe::Difference;
use crate::unread::explained;

/// Every domain, with a line for each change that would be made or is allowed.
pub fn text(regions: &[Region], baseline: &Baseline) -> String {
    let mut out = String::new();
    for (nth, region) in regions.iter().enumerate() {
        if nth > 0 {
            out.push('\n');
        }
        let place = &region.place;
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
            details(&mut out, looked, baseline.name());
            if let Some(Difference { standing: _, text }) = region.difference(looked) {
                page::wrapped(&mut out, "      ", 8, &toned_words(Tone::Bad, &harmless(&text)));
            }
        }
        for problem in explained(&region.problems) {
            // What follows the first line is a policy to paste.
            let (first, rest) = problem.split_once('\n').unwrap_or((&problem, ""));
            let lead = toned(Tone::Bad, "could not be checked:");
            out.push('\n');
            page::wrapped(&mut out, "", 4, &format!("{lead} {first}"));
            if !rest.is_empty() {
                let _ = writeln!(out, "{rest}");
            }
        }
        let _ = writeln!(out, "\n{}", summary(region));
    }
    out
}

/// Each word in the colour, so that it holds where the line is broken.
fn toned_words(tone: Tone, text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(|word| toned(tone, word)).collect();
    words.join(" ")
}

fn summary(region: &Region) -> String {
    let there = || region.looked.iter().filter(|looked| looked.domain.is_some());
    let standing =
        |standing| region.looked.iter().filter(|looked| looked.standing() == standing).count();
    let asked = region.asked.len();
    let differ = region.looked.iter().filter(|looked| region.difference(looked).is_some()).count();
    let endpoints = match asked {
        0 => String::new(),
        asked => format!(", {differ} of {} not as Cognito reports", counted(asked, "endpoint")),
    };
    format!(
        "{}, {} governed, {} off the baseline, {} exempt, {} not readable{endpoints}",
        counted(there().count(), "domain"),
        there().filter(|looked| looked.plan.governed).count(),
        standing(Standing::Off),
        standing(Standing::Exempt),
        region.problems.len()
    )
}

fn details(out: &mut String, looked: &Looked, baseline: &str) {
    for drift in looked.changes() {
        let mark = match drift.lowers_policy() {
            true => format!(" {}", toned(Tone::Bad, "WEAKENS")),
            false => String::new(),
        };
        let at = drift.position;
        let line = format!(
            "{} {} -> {}{mark} ({baseline}:{}:{})",
            drift.attribute,
            harmless(&drift.observed.to_string()),
            harmless(&drift.desired.to_string()),
            at.line,
            at.column
        );
        page::wrapped(out, "      ", 8, &line);
    }
    for exempt in &looked.plan.assessment.exempt {
        let line = format!(
            "{} {} is exempt until {}: {}{}",
            exempt.drift.attribute,
            harmless(&exempt.drift.observed.to_string()),
            until(exempt),
            harmless(&exempt.reason),
            harmless(&who_to_ask(exempt))
        );
        page::wrapped(out, "      ", 8, &line);
    }
    let reason = match &looked.plan.decision {
        Decision::Refuse(_)
        | Decision::Pause(_)
        | Decision::Withhold(_)
        | Decision::ReadOverrides => looked.why_left(),
        // The lines above have said why.
        Decision::InSync
        | Decision::Restored
        | Decision::NotRestored
        | Decision::Update(_)
        | Decision::Hold(_)
        | Decision::Exempt
        | Decision::AuditOnly
        | Decision::Unmanaged
        | Decision::Gone => None,
    };
    if let Some(reason) = reason {
        page::wrapped(out, "      ", 8, &format!("left unchanged: {}", harmless(&reason)));
    }
}

/// The owner and the ticket of an exemption, where it names them.
pub fn who_to_ask(exempt: &ExemptDrift) -> String {
    let named = [("owner", &exempt.owner), ("ticket", &exempt.ticket)];
    let named =
        named.iter().filter_map(|(what, named)| Some(format!("{what} {}", named.as_ref()?)));
    let named: Vec<String> = named.collect();
    if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
}
