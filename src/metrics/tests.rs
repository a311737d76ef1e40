//! What CloudWatch makes of the line.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::domain::Attribute;
use crate::plan::AttributeValue;
use crate::report::{DomainReport, Kind, ReportedDrift, SweepRecord};
use crate::trigger::TriggerKind;

const OUTCOMES: [Outcome; 14] = [
    Outcome::InSync,
    Outcome::Reverted,
    Outcome::Audited,
    Outcome::Exempt,
    Outcome::Paused,
    Outcome::Held,
    Outcome::Refused,
    Outcome::Failed,
    Outcome::Unmanaged,
    Outcome::Gone,
    Outcome::Restored,
    Outcome::NotRestored,
    Outcome::NotCovered,
    Outcome::Ignored,
];

fn looks() -> impl Strategy<Value = DomainReport> {
    let names = select(&["auth.example.com", "login.example.com"][..]);
    let facts = (any::<bool>(), any::<bool>());
    let notices = (0..3_usize, 0..2_usize);
    (names, select(&OUTCOMES[..]), facts, notices, prop::option::of(0..900_i64)).prop_map(
        |(name, outcome, (drifted, foreign), (notices, failures), seconds)| {
            let mut report = DomainReport::new(Some(name.to_owned()), outcome);
            report.is_foreign_change = foreign;
            if drifted {
                report.drifts.push(ReportedDrift {
                    attribute: Attribute::SecurityPolicy,
                    observed: AttributeValue::Text("TLS_V1".to_owned()),
                    desired: AttributeValue::Text("TLS_V1_2_2021".to_owned()),
                });
            }
            report.notices = vec![Kind::Reverted; notices];
            report.notices_undelivered = vec![Kind::Reverted; failures];
            report.seconds_off_baseline = seconds.filter(|_| drifted);
            report.seconds_unknown = seconds.filter(|_| !drifted);
            report.seconds_to_revert = seconds;
            report.seconds_to_effect = seconds.filter(|_| outcome == Outcome::Restored);
            report
        },
    )
}

fn reports() -> impl Strategy<Value = Report> {
    let sweep = (0..9_usize, 0..9_usize).prop_map(|(domains, drifted)| SweepRecord {
        domains,
        drifted,
        ..SweepRecord::default()
    });
    (prop::collection::vec(looks(), 0..5), prop::option::of(sweep), 0..2_u32, 0..2_u32).prop_map(
        |(outcomes, sweep, published, unpublished)| {
            let mut report = Report::new(TriggerKind::DomainChanged);
            report.outcomes = outcomes;
            report.sweep = sweep;
            report.general_notices = (published, unpublished);
            report
        },
    )
}

fn all_lines(reports: Vec<Report>) -> Vec<Value> {
    let answer = Answer { reports, result: Ok(Value::Null) };
    let now = OffsetDateTime::from_unix_timestamp(1_782_896_400).unwrap();
    let lines = lines(&answer, now, true);
    assert!(lines.iter().all(|line| !line.contains('\n')));
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The line of the invocation.
fn rendered(reports: Vec<Report>) -> Value {
    all_lines(reports).swap_remove(0)
}

fn sum(line: &Value, names: &[&str]) -> u64 {
    names.iter().map(|name| line[*name].as_u64().unwrap()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_sums_hold_whatever_happened(reports in prop::collection::vec(reports(), 0..4)) {
        let looks: Vec<_> = reports.iter().flat_map(|report| report.outcomes.clone()).collect();
        let count = |wanted: Outcome| looks.iter().filter(|l| l.outcome == wanted).count() as u64;
        let events = reports.len() as u64;
        let line = rendered(reports);
        prop_assert_eq!(
            sum(&line, &["Drift", "DriftUnknown"]),
            sum(&line, &["Reverts", "Held", "Failed", "Refused", "Audited", "Exempt", "Paused"])
        );
        prop_assert_eq!(sum(&line, &["Events"]), events);
        prop_assert_eq!(sum(&line, &["ColdStarts"]), 1);
        for (name, outcome) in [
            ("Reverts", Outcome::Reverted),
            ("Held", Outcome::Held),
            ("Failed", Outcome::Failed),
            ("Refused", Outcome::Refused),
            ("Audited", Outcome::Audited),
            ("Exempt", Outcome::Exempt),
            ("NotCovered", Outcome::NotCovered),
            ("Paused", Outcome::Paused),
            ("Ignored", Outcome::Ignored),
            ("Restored", Outcome::Restored),
            ("NotRestored", Outcome::NotRestored),
            ("Deleted", Outcome::Gone),
        ] {
            prop_assert_eq!(sum(&line, &[name]), count(outcome), "{}", name);
        }
        let foreign = looks.iter().filter(|look| look.is_foreign_change).count();
        prop_assert_eq!(sum(&line, &["ForeignChanges"]), foreign as u64);
    }

    #[test]
    fn the_counts_by_domain_are_those_of_the_invocation(
        reports in prop::collection::vec(reports(), 0..4),
    ) {
        let lines = all_lines(reports);
        for name in BY_DOMAIN {
            let is_by_domain = |line: &&Value| line.get("Domain").is_some();
            let of = |line: &Value| line.get(name).and_then(Value::as_u64).unwrap_or_default();
            let by_domain: u64 = lines.iter().filter(is_by_domain).map(of).sum();
            prop_assert_eq!(by_domain, of(&lines[0]), "{}", name);
            for domain in ["auth.example.com", "login.example.com"] {
                let once = lines.iter().filter(|line| line["Domain"] == domain).count();
                prop_assert!(once <= 1, "{} has {} lines", domain, once);
            }
        }
    }

    #[test]
    fn each_line_is_sound_embedded_metric_format(reports in prop::collection::vec(reports(), 0..4)) {
        for line in all_lines(reports) {
        prop_assert_eq!(&line["_aws"]["Timestamp"], &json!(1_782_896_400_000_i64));
        let mut named = BTreeSet::new();
        for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            prop_assert_eq!(&directive["Namespace"], &json!(NAMESPACE));
            for dimension in directive["Dimensions"].as_array().unwrap() {
                for name in dimension.as_array().unwrap() {
                    // No account, in a hub neither: each would be a metric to pay for, and no alarm needs it.
                    prop_assert_eq!(name, "Domain");
                    prop_assert!(line["Domain"].is_string());
                }
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            prop_assert!(metrics.len() <= 100);
            for metric in metrics {
                let (name, unit) = (metric["Name"].as_str().unwrap(), &metric["Unit"]);
                named.insert(name.to_owned());
                let value = &line[name];
                let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                prop_assert!((1..=100).contains(&values.len()), "{} has {:?}", name, values);
                prop_assert!(values.iter().all(Value::is_number), "{} is {}", name, value);
                let seconds = SECONDS.contains(&name);
                prop_assert_eq!(unit, &json!(if seconds { "Seconds" } else { "Count" }));
                prop_assert!(seconds || COUNTERS.contains(&name) || GAUGES.contains(&name));
            }
        }
        // What is a number and no metric would be a metric that nobody sees, but for zeros.
        for (name, value) in line.as_object().unwrap() {
            let is_value = (value.is_number() && *value != json!(0)) || value.is_array();
            prop_assert!(named.contains(name) || !is_value, "{}", name);
        }
        }
    }
}

#[test]
fn more_values_than_cloudwatch_takes_are_not_sent() {
    let mut report = Report::new(TriggerKind::Sweep);
    report.outcomes = vec![DomainReport::new(None, Outcome::Reverted); 300];
    for outcome in &mut report.outcomes {
        outcome.seconds_to_revert = Some(1);
    }
    let line = rendered(vec![report]);
    assert_eq!(line["Reverts"], 300);
    assert_eq!(line["SecondsToRevert"].as_array().unwrap().len(), 100);
}

#[test]
fn a_zero_stands_in_the_line_and_is_not_billed_as_a_metric() {
    let line = rendered(Vec::new());
    assert!(COUNTERS.iter().all(|name| line[*name] == u64::from(*name == "ColdStarts")));
    let cold_start = json!([{ "Name": "ColdStarts", "Unit": "Count" }]);
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"], cold_start);
    assert_eq!(line.get("SecondsToRevert"), None);
    assert_eq!(line.get("SweepPools"), None);
}

#[test]
fn a_single_revert_is_also_counted_for_its_domain() {
    let mut report = Report::new(TriggerKind::DomainChanged);
    report.outcomes.push(DomainReport::new(Some("auth.example.com".into()), Outcome::Reverted));
    let line = rendered(vec![report]);
    assert_eq!(line["Domain"], "auth.example.com");
    assert_eq!(line["_aws"]["CloudWatchMetrics"][1]["Dimensions"], json!([["Domain"]]));
}

#[test]
fn a_name_that_an_event_made_up_cannot_act_on_a_terminal() {
    let mut look = DomainReport::new(Some("x\u{9b}2J\u{202e}\n".to_owned()), Outcome::Failed);
    look.is_foreign_change = true;
    let mut report = Report::new(TriggerKind::DomainChanged);
    report.outcomes.push(look);
    let answer = Answer { reports: vec![report], result: Ok(Value::Null) };
    let [line] = lines(&answer, OffsetDateTime::UNIX_EPOCH, false).try_into().unwrap();
    assert!(!line.chars().any(crate::text::is_hidden), "{line:?}");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["Domain"], "x\u{9b}2J\u{202e}\n");
}
