//! What a run ends with, and the text of it for the terminal.

use std::collections::BTreeMap;

use cognito_domain_guard::text::counted;
use guardctl::exit::Exit;
use serde_json::Value;
use time::OffsetDateTime;

use super::experiments::Found;
use super::finding::{Finding, Outcome};
use super::meaning::{self, Answers};
use super::shape::{self, Call};

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
    pub records: BTreeMap<Call, Vec<Value>>,
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
            let differences = shape::against_synthetic(*call, records);
            let alike = if differences.is_empty() { ": as the synthetic one" } else { "" };
            let (call, records) = (call.as_str(), counted(records.len(), "record"));
            lines.push(format!("{call}, {records}{alike}"));
            lines.extend(differences.iter().map(|(path, what)| format!("  {path}: {what}")));
        }
        lines.extend(missing.clone());
        lines
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
