//! The report for somebody at a terminal: the figures, and what needs a person.

use std::fmt::Write as _;

use cognito_domain_guard::text::{counted, harmless};
use guardctl::page::wrapped;

use super::incident::State;
use super::markdown::duration;
use super::model::{Report, alarms_in_words, places_in_words};
use super::numbers::{Distribution, length};
use super::posture::{Posture, Standing};
use super::recorded::Recorded;
use crate::doctor::facts::AlarmState;
use crate::doctor::finding::VerdictWord;

/// Where what is said of a label begins.
const INDENT: usize = 12;
/// Incidents and domains that are named.
const MOST: usize = 20;

pub fn text(report: &Report) -> String {
    let mut out = String::new();
    line(&mut out, "window", &format!("{} to {}", report.since, report.until));
    match &report.posture {
        Some(posture) => postures(&mut out, posture),
        None => line(&mut out, "domains", "not known"),
    }
    match &report.history {
        Some(history) => histories(&mut out, history),
        None => line(&mut out, "incidents", "not known"),
    }
    if let Some(exemptions) = &report.exemptions {
        let over = exemptions.iter().filter(|one| one.days_left < 0).count();
        let soon = exemptions.iter().filter(|one| (0..14).contains(&one.days_left)).count();
        let all = counted(exemptions.len(), "exemption");
        line(
            &mut out,
            "exceptions",
            &format!(
                "{all} in the baseline: {soon} that end within two weeks, {over} that are over"
            ),
        );
    }
    if let Some(places) = &report.places {
        line(
            &mut out,
            "places",
            &format!("{} as guardctl doctor sees them", places_in_words(places)),
        );
    }
    if let Some(findings) = &report.doctor {
        let count = |verdict| findings.iter().filter(|one| one.verdict == verdict).count();
        let (ok, fix) = (count(VerdictWord::Ok), counted(count(VerdictWord::Fix), "problem"));
        line(
            &mut out,
            "doctor",
            &format!("{ok} ok, {fix}, {} could not be checked", count(VerdictWord::Unknown)),
        );
    }
    if let Some(alarms) = &report.alarms {
        let on = alarms.iter().filter(|alarm| alarm.state == AlarmState::Alarm);
        let on: Vec<_> = on.map(|alarm| alarm.name.as_str()).collect();
        let on = if on.is_empty() { String::new() } else { format!(": {}", on.join(", ")) };
        line(&mut out, "alarms", &format!("{}{on}", alarms_in_words(alarms)));
    }
    let open: Vec<_> = report.open().collect();
    if !open.is_empty() {
        let _ = writeln!(out, "\nnot over:");
        for one in open.iter().rev().take(MOST) {
            let who = one.actor.as_ref().map_or("not known who", |actor| &actor.name);
            let what = format!(
                "{}/{} {}: {}, {}; {who}; incident {}",
                one.account,
                one.region,
                one.domain,
                one.state.label(),
                duration(one),
                one.incident
            );
            wrapped(&mut out, "  ", 4, &harmless(&what));
        }
        if open.len() > MOST {
            let _ = writeln!(out, "  and {} more: see --format csv", open.len() - MOST);
        }
    }
    if !report.missing.is_empty() {
        out.push_str("\nmissing:\n");
    }
    for one in &report.missing {
        wrapped(&mut out, "  ", 4, &harmless(one));
    }
    out
}

fn line(out: &mut String, label: &str, text: &str) {
    wrapped(out, &format!("{label:<INDENT$}"), INDENT, &harmless(text));
}

fn postures(out: &mut String, posture: &Posture) {
    let each: Vec<_> = Standing::ALL
        .into_iter()
        .filter(|standing| posture.count(*standing) > 0)
        .map(|standing| format!("{} {}", posture.count(standing), standing.label()))
        .collect();
    let all = counted(posture.domains.len(), "domain");
    let accounts = counted(posture.accounts.len(), "account");
    line(out, "domains", &format!("{all} in {accounts}: {}", each.join(", ")));
    let each: Vec<_> =
        posture.policies.iter().map(|one| format!("{} {}", one.domains, one.policy)).collect();
    line(out, "policies", &each.join(", "));
    if let Some([asked, not, unknown]) = posture.asked() {
        let all = counted(asked, "endpoint");
        line(
            out,
            "endpoints",
            &format!("{all} asked: {not} not as Cognito reports, {unknown} not known"),
        );
    }
}

fn histories(out: &mut String, history: &Recorded) {
    let each: Vec<_> = history
        .states
        .iter()
        .filter(|one| one.incidents > 0)
        .map(|one| format!("{} {}", one.incidents, one.state.label()))
        .collect();
    let all = counted(history.incidents.len(), "incident");
    let each = each.join(", ");
    line(out, "incidents", &format!("{all}{}{each}", if each.is_empty() { "" } else { ": " }));
    let took = |distribution: &Option<Distribution>| match distribution {
        Some(Distribution { count: _, median, p95, max, steps: _ }) => format!(
            "half within {}, 95 % within {}, the longest {}",
            length(*median),
            length(*p95),
            length(*max)
        ),
        None => "none measured".to_owned(),
    };
    line(out, "to revert", &took(&history.to_revert));
    line(out, "to effect", &took(&history.to_effect));
    let actors = history.actors.iter().filter(|row| row.name.is_some()).count();
    let unknown = history.actors.iter().filter(|row| row.name.is_none());
    let unknown: usize = unknown.map(|row| row.incidents).sum();
    line(
        out,
        "who",
        &format!(
            "{}; not known of {}",
            if actors == 1 {
                "1 person or tool".to_owned()
            } else {
                format!("{actors} people or tools")
            },
            counted(unknown, "incident")
        ),
    );
    let counting = history.overrides.iter().filter(|one| one.counts).count();
    line(out, "overrides", &format!("{}, {counting} still count", history.overrides.len()));
    match &history.sweeps {
        Some(sweeps) => line(out, "sweeps", &sweeps.in_words()),
        None => line(out, "sweeps", "none in the records"),
    }
    if let Some(coverage) = &history.coverage {
        let covered = format!(
            "{} of {} accounts and regions covered, {} not covered, {} unknown",
            coverage.covered, coverage.places, coverage.not_covered, coverage.unknown
        );
        line(out, "coverage", &covered);
    }
    let failed = history.count(|state| state == State::Failed);
    let imposters = history.imposters();
    if failed + imposters + history.undelivered > 0 {
        line(
            out,
            "attention",
            &format!(
                "{} by others with the guard's role, {} failed, {} refused by the topic",
                counted(imposters, "change"),
                counted(failed, "revert"),
                counted(history.undelivered, "notice")
            ),
        );
    }
}
