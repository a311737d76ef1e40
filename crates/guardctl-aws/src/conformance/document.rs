//! The file that a run writes, without an identifier: `docs/schema/conformance.json` describes it.
//!
//! Every text goes through the redactor here, and only here is a document made.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::experiments::Found;
use super::finding::{Finding, Outcome};
use super::meaning::{self, Answers};
use super::redact::Redactor;
use super::report::{Events, Report};
use super::shape::{self, Call};

/// The version of the file's format.
const FORMAT: &str = "1";
/// How many records of a call the file has: more say the same.
const SAMPLES: usize = 5;

/// What `guardctl conformance` writes into its file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Document {
    /// `1`.
    format: &'static str,
    /// The version of guardctl.
    guardctl: &'static str,
    /// The day on which the run began, in UTC.
    date: Option<String>,
    /// `aws`, `aws-cn` or another.
    partition: String,
    region: String,
    /// The answers in the words of docs/proof.md: `omitted=kept busy=conflict empty-routing=? old-policy=? describe=fresh`.
    /// `?` for what is not known.
    cognito: String,
    /// What came of each question.
    findings: Vec<OfFinding>,
    /// What lies outside of the Cognitos that the guard was tried in.
    unexpected: Vec<String>,
    /// What follows for the settings of a guard.
    settings: Vec<String>,
    /// What CloudTrail has of the run.
    events: OfEvents,
    /// Why the run, or parts of it, ended early. Empty where none did.
    ended_early: Vec<String>,
    /// How many user pools of the run could not be removed.
    left: usize,
}

/// What came of a question.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfFinding {
    /// Such as `omitted.security_policy`; docs/conformance.md says what each asks.
    question: &'static str,
    /// On which kind of domain: `custom` or `prefix`.
    domain: &'static str,
    /// `measured`; `unexpected`, an answer that the guard was not tried with; `not_measurable` with what the run
    /// was given; `not_measured`, since it ended before or got no answer.
    outcome: &'static str,
    /// The answer, or why there is none.
    answer: String,
    /// What the answer is judged by.
    evidence: Vec<String>,
}

/// What CloudTrail has of the run.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfEvents {
    /// By the name of the call, such as `UpdateUserPoolDomain`.
    calls: BTreeMap<&'static str, OfCall>,
    /// How many calls on the run's domains were somebody else's: then the answers may be theirs.
    by_somebody_else: usize,
    /// Why there are no records, or not all.
    missing: Option<String>,
}

/// The records of one kind of call.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfCall {
    /// How many the run found.
    records: usize,
    /// How their members differ from those of the synthetic event.
    differences: Vec<OfDifference>,
    /// One of those that were accepted, and one for each code with which it was refused, with every identifier
    /// replaced.
    samples: Vec<Value>,
}

/// How a member of the recorded events differs from the synthetic one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct OfDifference {
    /// Such as `requestParameters.managedLoginVersion`.
    member: String,
    /// Missing, new, in another letter case or of another type.
    difference: String,
}

impl Document {
    pub fn of(report: &Report, redactor: &Redactor) -> Self {
        let Report { region, partition, began, found, events, left } = report;
        let Found { findings, stops } = found;
        let text = |text: &String| redactor.text(text);
        Self {
            format: FORMAT,
            guardctl: env!("CARGO_PKG_VERSION"),
            date: began.map(|began| began.date().to_string()),
            partition: partition.clone(),
            region: region.clone(),
            cognito: Answers::of(findings).words(),
            findings: findings.iter().map(|finding| OfFinding::of(finding, redactor)).collect(),
            unexpected: meaning::unexpected(findings).iter().map(text).collect(),
            settings: meaning::settings(findings).iter().map(text).collect(),
            events: OfEvents::of(events, redactor),
            ended_early: stops.iter().map(text).collect(),
            left: left.len(),
        }
    }
}

impl OfFinding {
    fn of(finding: &Finding, redactor: &Redactor) -> Self {
        let Finding { question, kind, outcome, evidence } = finding;
        let (outcome, answer) = match outcome {
            Outcome::Measured(measured) => ("measured", measured.to_string()),
            Outcome::Unexpected(what) => ("unexpected", what.clone()),
            Outcome::NotMeasurable(why) => ("not_measurable", why.clone()),
            Outcome::NotMeasured(why) => ("not_measured", why.clone()),
        };
        Self {
            question: question.as_str(),
            domain: kind.as_str(),
            outcome,
            answer: redactor.text(&answer),
            evidence: evidence.iter().map(|text| redactor.text(text)).collect(),
        }
    }
}

impl OfEvents {
    fn of(events: &Events, redactor: &Redactor) -> Self {
        let Events { records, foreign, missing } = events;
        let calls = records
            .iter()
            .map(|(call, records)| (call.as_str(), OfCall::of(*call, records, redactor)));
        Self {
            calls: calls.collect(),
            by_somebody_else: *foreign,
            missing: missing.as_ref().map(|why| redactor.text(why)),
        }
    }
}

impl OfCall {
    fn of(call: Call, records: &[Value], redactor: &Redactor) -> Self {
        let differences = shape::against_synthetic(call, records).into_iter();
        let differences = differences.map(|(path, what)| OfDifference {
            member: redactor.path(&path),
            difference: redactor.text(&what.to_string()),
        });
        Self {
            records: records.len(),
            differences: differences.collect(),
            samples: samples(records).into_iter().map(|record| redactor.record(record)).collect(),
        }
    }
}

/// A record for each way in which the call ended, that with the most in it, and the accepted one first.
fn samples(records: &[Value]) -> Vec<&Value> {
    let mut by_end: BTreeMap<&str, &Value> = BTreeMap::new();
    for record in records {
        let end = record.get("errorCode").and_then(Value::as_str).unwrap_or_default();
        let known = by_end.entry(end).or_insert(record);
        if known.to_string().len() < record.to_string().len() {
            *known = record;
        }
    }
    by_end.into_values().take(SAMPLES).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_file_shows_how_each_end_of_a_call_is_recorded() {
        let refused = |code: &str| json!({"errorCode": code, "responseElements": null});
        let short = json!({"responseElements": null});
        let long =
            json!({"responseElements": {"cloudFrontDomain": "d111111abcdef8.cloudfront.net"}});
        let records = [
            refused("InvalidParameterException"),
            short,
            refused("ConcurrentModificationException"),
            long.clone(),
            refused("InvalidParameterException"),
        ];
        assert_eq!(
            samples(&records),
            [
                &long,
                &refused("ConcurrentModificationException"),
                &refused("InvalidParameterException")
            ]
        );
    }

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Document>();
        let pretty = serde_json::to_string_pretty(&schema.to_value()).unwrap() + "\n";
        expect_file!["../../../../docs/schema/conformance.json"].assert_eq(&pretty);
    }
}
