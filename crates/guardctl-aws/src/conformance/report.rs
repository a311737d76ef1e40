//! What a run ends with: for the terminal, and as a file without an identifier.

use std::collections::BTreeMap;

use cognito_domain_guard::text::counted;
use guardctl::exit::Exit;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::experiments::Found;
use super::finding::{Finding, Outcome};
use super::meaning::{self, Answers};
use super::redact::Redactor;
use super::shape;

/// The version of the file's format.
const FORMAT: &str = "1";
/// How many records of a call the file has. More say the same.
const SAMPLES: usize = 3;

/// All that a run has to say.
#[derive(Debug, Default)]
pub struct Report {
    pub region: String,
    pub partition: String,
    pub began: Option<OffsetDateTime>,
    pub found: Found,
    pub events: Events,
    /// What could not be removed, and why.
    pub left: Vec<String>,
}

/// What CloudTrail has of the run.
#[derive(Debug, Default)]
pub struct Events {
    /// The records of the run's own calls, by the name of the call.
    pub records: BTreeMap<&'static str, Vec<Value>>,
    /// How many calls on the run's domains were somebody else's.
    pub foreign: usize,
    /// Why there are none, or not all.
    pub missing: Option<String>,
}

impl Report {
    /// For the person at the terminal.
    pub fn text(&self) -> String {
        let Self { region: _, partition: _, began: _, found, events, left } = self;
        let Found { findings, stops } = found;
        let mut text = String::new();
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                text += &format!("\n{title}\n");
                for line in lines {
                    text += &format!("  {}\n", line.replace('\n', "\n  "));
                }
            }
        };
        let answers = Answers::of(findings);
        section("What was found", findings.iter().map(ToString::to_string).collect());
        section("Your Cognito", vec![answers.words()]);
        section(
            "Unexpected: none of the Cognitos that the guard was tried in",
            meaning::unexpected(findings),
        );
        let seen = meaning::for_an_operator(&answers).into_iter();
        section(
            "What an operator of a guard will see (docs/proof.md)",
            seen.map(|(condition, seen)| format!("Cognito {condition}: {seen}")).collect(),
        );
        section("What that means for the guard's settings", meaning::settings(findings));
        section("Events, beside the synthetic ones in events/", self.event_lines());
        if events.foreign > 0 {
            section(
                "Somebody else changed a domain of this run",
                vec![format!(
                    "{}: the answers may be theirs. Repeat the run",
                    counted(events.foreign, "call")
                )],
            );
        }
        section("The run ended early", stops.clone());
        section("Left to remove: the next run offers to", left.clone());
        text
    }

    fn event_lines(&self) -> Vec<String> {
        let Events { records, foreign: _, missing } = &self.events;
        let mut lines = Vec::new();
        for (call, records) in records {
            let differences = shape::against_synthetic(call, records).unwrap_or_default();
            let alike = if differences.is_empty() { ": as the synthetic one" } else { "" };
            lines.push(format!("{call}, {}{alike}", counted(records.len(), "record")));
            lines.extend(differences.iter().map(|(path, what)| format!("  {path}: {what}")));
        }
        lines.extend(missing.clone());
        lines
    }

    /// For a file that may be shown to everybody.
    pub fn file(&self, redactor: &Redactor) -> Value {
        let Self { region, partition, began, found, events, left } = self;
        let Found { findings, stops } = found;
        let answers = Answers::of(findings);
        let text = |text: &String| redactor.text(text);
        let finding = |finding: &Finding| {
            let Finding { question, kind, outcome, evidence } = finding;
            let (word, what) = match outcome {
                Outcome::Measured(measured) => ("measured", measured.to_string()),
                Outcome::Unexpected(what) => ("unexpected", what.clone()),
                Outcome::NotMeasurable(why) => ("not_measurable", why.clone()),
                Outcome::NotMeasured(why) => ("not_measured", why.clone()),
            };
            json!({
                "question": question.as_str(),
                "domain": kind.as_str(),
                "outcome": word,
                "answer": text(&what),
                "evidence": evidence.iter().map(text).collect::<Vec<_>>(),
            })
        };
        let calls = events.records.iter().map(|(call, records)| {
            let differences = shape::against_synthetic(call, records).unwrap_or_default();
            let differences = differences.iter().map(
                |(path, what)| json!({"member": text(path), "difference": text(&what.to_string())}),
            );
            let samples = records.iter().take(SAMPLES).map(|record| redactor.record(record));
            let value = json!({
                "records": records.len(),
                "differences": differences.collect::<Vec<_>>(),
                "samples": samples.collect::<Vec<_>>(),
            });
            ((*call).to_owned(), value)
        });
        let calls: serde_json::Map<String, Value> = calls.collect();
        json!({
            "format": FORMAT,
            "guardctl": env!("CARGO_PKG_VERSION"),
            "date": began.map(|began| began.date().to_string()),
            "partition": partition,
            "region": region,
            "cognito": answers.words(),
            "findings": findings.iter().map(finding).collect::<Vec<_>>(),
            "unexpected": meaning::unexpected(findings).iter().map(text).collect::<Vec<_>>(),
            "settings": meaning::settings(findings).iter().map(text).collect::<Vec<_>>(),
            "events": {
                "calls": calls,
                "by_somebody_else": events.foreign,
                "missing": events.missing.as_ref().map(text),
            },
            "ended_early": stops.iter().map(text).collect::<Vec<_>>(),
            "left": left.len(),
        })
    }

    /// As the help says.
    pub fn exit(&self) -> Exit {
        let Self { region: _, partition: _, began: _, found, events, left } = self;
        let Found { findings, stops } = found;
        let is_open = |finding: &Finding| match finding.outcome {
            Outcome::Measured(_) | Outcome::NotMeasurable(_) => false,
            Outcome::Unexpected(_) | Outcome::NotMeasured(_) => true,
        };
        let is_well = stops.is_empty()
            && left.is_empty()
            && events.foreign == 0
            && !findings.iter().any(is_open)
            && meaning::unexpected(findings).is_empty();
        if is_well { Exit::Good } else { Exit::Off }
    }
}
