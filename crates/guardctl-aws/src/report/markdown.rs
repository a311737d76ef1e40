//! The report for a wiki, an issue or a job's summary.

use std::fmt::Write as _;

use cognito_domain_guard::report::OverrideEffect;
use cognito_domain_guard::text::{counted, harmless_lines};

use super::incident::Incident;
use super::model::{Report, alarms_in_words, places_in_words};
use super::numbers::{Distribution, length};
use super::posture::{Posture, Standing};
use super::recorded::Recorded;
use crate::plan::markdown::cell;

/// Incidents in the table at the most, the latest first. More is for the CSV.
const MOST: usize = 200;

pub fn markdown(report: &Report) -> String {
    let mut out = format!("# Sign-in domains, {} to {}\n", report.since, report.until);
    section(&mut out, "Missing");
    if report.missing.is_empty() {
        out.push_str("Nothing: everything that the report asks for was read.\n");
    }
    for line in &report.missing {
        let _ = writeln!(out, "- {}", cell(line));
    }
    if let Some(posture) = &report.posture {
        postures(&mut out, posture);
    }
    if let Some(history) = &report.history {
        incidents(&mut out, history);
        times(&mut out, history);
        actors(&mut out, history);
        overrides(&mut out, history);
        health(&mut out, history);
    }
    if let Some(exemptions) = &report.exemptions {
        section(&mut out, "Exemptions of the baseline");
        table(
            &mut out,
            &["domain", "attributes", "until", "days left", "owner", "reason", "used by"],
        );
        for one in exemptions {
            row(
                &mut out,
                &[
                    &one.domain,
                    &one.attributes.join(", "),
                    &one.until,
                    &one.days_left.to_string(),
                    one.owner.as_deref().unwrap_or("not named"),
                    &one.reason,
                    &one.used_by
                        .map_or_else(|| "not known".to_owned(), |used| counted(used, "domain")),
                ],
            );
        }
    }
    if let Some(findings) = &report.doctor {
        section(&mut out, "What guardctl doctor found");
        if let Some(places) = &report.places {
            let each = places_in_words(places);
            let _ = writeln!(
                out,
                "{} beside the guard's own: {each}.\n",
                counted(places.len(), "place")
            );
        }
        table(&mut out, &["check", "verdict", "what"]);
        for one in findings {
            row(&mut out, &[&one.check, one.verdict.as_str(), &one.what]);
        }
    }
    if let Some(alarms) = &report.alarms {
        section(&mut out, "Alarms");
        let _ = writeln!(out, "{}: {}.\n", counted(alarms.len(), "alarm"), alarms_in_words(alarms));
        table(&mut out, &["alarm", "state", "since", "why"]);
        for one in alarms {
            let since = one.since.as_deref().unwrap_or("not known");
            row(&mut out, &[&one.name, one.state.as_str(), since, &one.reason]);
        }
    }
    section(&mut out, "How it was obtained");
    for source in &report.sources {
        let _ = writeln!(out, "- {}: {}", source.part, cell(&source.from));
    }
    harmless_lines(&out).into_owned()
}

fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n## {title}\n");
}

fn table(out: &mut String, columns: &[&str]) {
    let _ = writeln!(out, "| {} |\n|{}", columns.join(" | "), " --- |".repeat(columns.len()));
}

fn row(out: &mut String, cells: &[&str]) {
    let cells: Vec<_> = cells.iter().map(|text| cell(text)).collect();
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn postures(out: &mut String, posture: &Posture) {
    section(out, "Domains now");
    table(out, &["account", "region", "domain", "policy", "state", "what is off or allowed"]);
    for one in &posture.domains {
        let differs = one.endpoint.as_ref().filter(|endpoint| endpoint.as_reported != Some(true));
        if one.standing == Standing::AtBaseline && differs.is_none() {
            continue;
        }
        let endpoint = differs.map(super::posture::Endpoint::in_words);
        let allowed = one.exceptions.iter().map(|one| {
            format!("{} {} until {}: {}", one.attribute, one.observed, one.until, one.reason)
        });
        let off = one.off.iter().cloned().chain(allowed).chain(endpoint).collect::<Vec<_>>();
        row(
            out,
            &[
                &one.account,
                &one.region,
                &one.domain,
                one.policy.as_deref().unwrap_or_default(),
                one.standing.label(),
                &off.join("; "),
            ],
        );
    }
    let at = posture.count(Standing::AtBaseline);
    let _ = writeln!(
        out,
        "\n{} in {}, {at} of them at their baseline and not listed; read at {}.",
        counted(posture.domains.len(), "domain"),
        counted(posture.accounts.len(), "account"),
        cell(&posture.read_at)
    );
}

fn incidents(out: &mut String, history: &Recorded) {
    section(out, "Incidents");
    table(
        out,
        &[
            "opened",
            "account",
            "region",
            "domain",
            "attributes",
            "state",
            "off baseline",
            "who",
            "with",
        ],
    );
    for one in history.incidents.iter().rev().take(MOST) {
        let Incident { opened_at, account, region, domain, state, .. } = one;
        let attributes: Vec<_> = one.changes.iter().map(|one| one.attribute.as_str()).collect();
        let actor = one.actor.as_ref();
        row(
            out,
            &[
                opened_at,
                account,
                region,
                domain,
                &attributes.join(", "),
                state.label(),
                &duration(one),
                actor.map_or("not known", |actor| &actor.name),
                &actor.map_or_else(String::new, |actor| tool(&actor.via, actor.via_is_claimed)),
            ],
        );
    }
    if history.incidents.len() > MOST {
        let _ = writeln!(out, "\n{} older ones: see --format csv.", history.incidents.len() - MOST);
    }
}

/// A tool that only the user agent names is a claim: anybody can send any.
fn tool(via: &str, is_claimed: bool) -> String {
    if is_claimed { format!("{via} (claimed)") } else { via.to_owned() }
}

/// How long a domain was off its baseline, in words.
pub fn duration(incident: &Incident) -> String {
    match incident.seconds() {
        Some((seconds, true)) => length(seconds),
        Some((seconds, false)) => format!("at least {}", length(seconds)),
        None => "not known".to_owned(),
    }
}

fn times(out: &mut String, history: &Recorded) {
    section(out, "How long it took");
    table(out, &["", "incidents", "median", "95 %", "longest"]);
    for (name, distribution) in
        [("until the revert", &history.to_revert), ("until it was in effect", &history.to_effect)]
    {
        match distribution {
            Some(Distribution { count, median, p95, max, steps: _ }) => {
                let [median, p95, max] = [median, p95, max].map(|seconds| length(*seconds));
                row(out, &[name, &count.to_string(), &median, &p95, &max]);
            }
            None => row(out, &[name, "none measured", "", "", ""]),
        }
    }
}

fn actors(out: &mut String, history: &Recorded) {
    section(out, "Who, and with what");
    table(out, &["who", "with", "incidents", "domains", "last"]);
    for one in &history.actors {
        row(
            out,
            &[
                one.name.as_deref().unwrap_or("not known"),
                &one.via.as_deref().map_or_else(String::new, |via| tool(via, one.via_is_claimed)),
                &one.incidents.to_string(),
                &one.domains.to_string(),
                &one.last,
            ],
        );
    }
}

fn overrides(out: &mut String, history: &Recorded) {
    section(out, "Overrides");
    table(out, &["override", "does", "domain", "made", "until", "by", "reason"]);
    for one in &history.overrides {
        let made_by = one.made_by.as_ref().map(|actor| actor.name.clone());
        let by = made_by.or_else(|| one.by.clone()).unwrap_or_else(|| "not known".to_owned());
        row(
            out,
            &[
                &one.parameter,
                one.effect.map_or("cannot be read", OverrideEffect::as_str),
                one.domain.as_deref().unwrap_or_default(),
                &one.made_at,
                &one.until,
                &by,
                one.reason.as_deref().unwrap_or_default(),
            ],
        );
    }
}

fn health(out: &mut String, history: &Recorded) {
    section(out, "The guard");
    match &history.sweeps {
        Some(sweeps) => {
            let _ = writeln!(
                out,
                "- Sweeps: {}, {} complete; the longest time without one was {}, from {}",
                sweeps.in_words(),
                sweeps.complete,
                length(sweeps.longest_gap),
                cell(&sweeps.longest_gap_from)
            );
        }
        None => out.push_str("- Sweeps: none in the records\n"),
    }
    if let Some(coverage) = &history.coverage {
        let _ = writeln!(
            out,
            "- Accounts and regions: {} of {} covered, {} not covered, {} unknown, at {}",
            coverage.covered,
            coverage.places,
            coverage.not_covered,
            coverage.unknown,
            cell(&coverage.at)
        );
    }
    let _ = writeln!(
        out,
        "- Notices: {}, of which the topic refused {}",
        history.notices, history.undelivered
    );
    for one in &history.baselines {
        let revision = one.revision.as_deref().unwrap_or_default();
        let _ = writeln!(
            out,
            "- Baseline {} {} from {} to {}",
            cell(&one.value),
            cell(revision),
            cell(&one.since),
            cell(&one.until)
        );
    }
}
