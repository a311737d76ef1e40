//! Lines as CloudWatch Logs gets them.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::domain::Attribute;
use crate::memory::ErrorType;
use crate::place::Place;
use crate::plan::AttributeValue;
use crate::report::{BaselineRecord, Kind, ReportedDrift, Unsettled};
use crate::trigger::TriggerKind;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lines(report: Report) -> Vec<Value> {
    let baseline = BaselineRecord {
        file: "baseline.yaml".to_owned(),
        digest: "3f9c0d5b7e12".to_owned(),
        revision: Some("v1.2.3".to_owned()),
    };
    let lines = lines_of(Report { baseline: Some(baseline), ..report });
    for line in &lines {
        assert_eq!(line["baseline.digest"], "3f9c0d5b7e12", "{line}");
        assert_eq!(line["baseline.revision"], "v1.2.3", "{line}");
    }
    lines
}

fn lines_of(report: Report) -> Vec<Value> {
    raw(report, true).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What is written in that format.
fn raw(report: Report, is_json: bool) -> String {
    let captured = Captured::default();
    let writer = captured.clone();
    let settings = LogSettings { json: is_json, level: "info".to_owned() };
    let invocation = Invocation {
        request_id: "a-request".to_owned(),
        trace_id: Some("a-trace".to_owned()),
        deadline: None,
    };
    let answer = Answer { reports: vec![report], result: Ok(Value::Null) };
    let write = || super::answer(&answer, &invocation);
    let make = move || writer.clone();
    if is_json {
        tracing::subscriber::with_default(json(&settings, make), write);
    } else {
        tracing::subscriber::with_default(text(&settings, make), write);
    }
    String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
}

fn domain(outcome: Outcome) -> DomainReport {
    let mut report = DomainReport::new(Some("auth.example.com".to_owned()), outcome);
    report.incident = Some("an-incident".to_owned());
    report
}

fn of(outcome: DomainReport) -> Vec<Value> {
    let mut report = Report::of(TriggerKind::DomainChanged, place());
    report.outcomes.push(outcome);
    lines(report)
}

fn place() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

#[test]
fn a_domain_has_one_line_and_an_invocation_another() {
    let mut reverted = domain(Outcome::Reverted);
    reverted.seconds_to_revert = Some(41);
    reverted.notices = vec![Kind::DriftDetected, Kind::Reverted];
    reverted.drifts.push(ReportedDrift {
        attribute: Attribute::SecurityPolicy,
        observed: AttributeValue::Text("TLS_V1".to_owned()),
        desired: AttributeValue::Text("TLS_V1_2_2021".to_owned()),
    });
    let lines = of(reverted);
    assert_eq!(lines.len(), 1);
    let mut line = lines[0].clone();
    assert!(line.as_object_mut().unwrap().remove("timestamp").unwrap().is_string());
    assert_eq!(
        line,
        json!({
            "level": "INFO",
            "message": "auth.example.com: reverted",
            "domain.name": "auth.example.com",
            "domain.account": "111122223333",
            "domain.region": "eu-central-1",
            "domain.outcome": "reverted",
            "domain.changes":
                r#"[{"attribute":"security_policy","observed":"TLS_V1","desired":"TLS_V1_2_2021"}]"#,
            "incident.id": "an-incident",
            "incident.seconds_to_revert": 41,
            "notice.kinds": "drift_detected,reverted",
            "trigger": "domain_changed",
            "baseline.digest": "3f9c0d5b7e12",
            "baseline.revision": "v1.2.3",
            "request.id": "a-request",
            "trace.id": "a-trace",
        })
    );
}

#[test]
fn the_level_says_whether_somebody_should_look() {
    for (outcome, level) in [
        (Outcome::InSync, "INFO"),
        (Outcome::Reverted, "INFO"),
        (Outcome::Audited, "INFO"),
        (Outcome::Exempt, "INFO"),
        (Outcome::Paused, "INFO"),
        (Outcome::Held, "INFO"),
        (Outcome::Unmanaged, "INFO"),
        (Outcome::Gone, "INFO"),
        (Outcome::Restored, "INFO"),
        (Outcome::Ignored, "INFO"),
        (Outcome::Refused, "WARN"),
        (Outcome::NotCovered, "WARN"),
        (Outcome::Failed, "ERROR"),
        (Outcome::NotRestored, "ERROR"),
    ] {
        assert_eq!(of(domain(outcome))[0]["level"], level, "{outcome:?}");
    }
    let mut untold = domain(Outcome::Reverted);
    untold.notices_undelivered = vec![Kind::Reverted];
    assert_eq!(of(untold)[0]["level"], "ERROR");
    let mut untold = domain(Outcome::Refused);
    untold.notices_undelivered = vec![Kind::Refused];
    assert_eq!(of(untold)[0]["level"], "ERROR");
}

#[test]
fn a_failure_is_logged_once_with_its_message_and_its_type() {
    let mut held = domain(Outcome::Held);
    held.reason = Some("Cognito reports UPDATING".to_owned());
    held.unsettled = Some(Unsettled {
        error_type: ErrorType::DomainBusy,
        message: "auth.example.com: busy; to be looked at again".to_owned(),
    });
    let lines = of(held);
    assert_eq!(lines[0]["message"], "auth.example.com: busy; to be looked at again");
    assert_eq!(lines[0]["error.type"], "DomainBusy");
    let said = |line: &Value| line["message"].as_str().unwrap().contains("busy");
    assert_eq!(lines.iter().filter(|line| said(line)).count(), 1);
}

#[test]
fn an_event_that_came_to_no_domain_is_an_error_of_its_own() {
    let mut report = Report::new(TriggerKind::Unreadable);
    report.unsettled = Some(Unsettled {
        error_type: ErrorType::Unreadable,
        message: "it names nothing".to_owned(),
    });
    let lines = lines(report);
    assert_eq!(lines[0]["level"], "ERROR");
    assert_eq!(lines[0]["error.type"], "Unreadable");
    assert_eq!(lines[0]["message"], "it names nothing");
}

#[test]
fn an_event_has_a_record_line_each() {
    let reports = vec![Report::new(TriggerKind::Ignored), Report::new(TriggerKind::Sweep)];
    let invocation = Invocation {
        request_id: "a-request".to_owned(),
        trace_id: Some("a-trace".to_owned()),
        deadline: None,
    };
    let answer = Answer { reports, result: Ok(Value::Null) };
    let lines = records(&answer, &invocation, true, OffsetDateTime::UNIX_EPOCH);
    let [ignored, sweep] = [0, 1].map(|nth| serde_json::from_str::<Value>(&lines[nth]).unwrap());
    assert_eq!((&ignored["message"], &sweep["message"]), (&json!("report"), &json!("report")));
    assert_eq!(ignored["report"]["trigger"], "ignored");
    assert_eq!(sweep["report"]["trigger"], "sweep");
    for line in [ignored, sweep] {
        assert_eq!(line["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(
            (&line["request.id"], &line["trace.id"]),
            (&json!("a-request"), &json!("a-trace"))
        );
        assert_eq!((&line["cold_start"], &line["settled"]), (&json!(true), &json!(true)));
    }
}

/// A report in which every text was chosen by somebody.
fn spoilt(evil: &str) -> Report {
    let mut failed = DomainReport::new(Some(evil.to_owned()), Outcome::Failed);
    failed.reason = Some(evil.to_owned());
    failed.incident = Some(evil.to_owned());
    failed.drifts.push(ReportedDrift {
        attribute: Attribute::SecurityPolicy,
        observed: AttributeValue::Text(evil.to_owned()),
        desired: AttributeValue::Text(evil.to_owned()),
    });
    let mut report = Report::new(TriggerKind::Unreadable);
    report.outcomes.push(failed);
    report.unsettled =
        Some(Unsettled { error_type: ErrorType::Unreadable, message: evil.to_owned() });
    report
}

#[test]
fn text_of_others_cannot_begin_a_line_or_act_on_a_terminal_in_either_format() {
    for evil in [
        "evil\n{\"level\":\"INFO\"}\u{1b}[31m",
        "evil\r\n2026-11-23T08:02:11Z  INFO all is well",
        "\u{9b}2J\u{7}\u{8}\u{0}\u{7f}",
        "\u{202e}desrever\u{2066}\u{200b}\u{feff}\u{e0041}",
        "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}f",
    ] {
        for is_json in [true, false] {
            let written = raw(spoilt(evil), is_json);
            assert_eq!(written.matches('\n').count(), 2, "{written:?}");
            let hidden = |c: char| crate::text::is_hidden(c) && c != '\n';
            assert!(!written.chars().any(hidden), "{written:?}");
        }
        // The JSON has the very text.
        assert_eq!(lines(spoilt(evil))[0]["domain.name"], evil);
    }
    let written = raw(spoilt("José 🦀"), false);
    assert!(written.contains("José 🦀"), "{written}");
}

#[test]
fn an_unknown_level_counts_as_info() {
    let of = |level: &str| super::level(&LogSettings { json: true, level: level.to_owned() });
    assert_eq!(of("LOUD"), LevelFilter::INFO);
    assert_eq!(of("DEBUG"), LevelFilter::DEBUG);
    assert_eq!(of("warn"), LevelFilter::WARN);
}
