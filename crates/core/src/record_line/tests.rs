//! What is written is read back, now and later, and fits.

use expect_test::expect_file;
use serde_json::{Value, json};

use super::*;
use crate::call::Failure;
use crate::domain::Attribute;
use crate::memory::ErrorType;
use crate::notice::scene::{event_for, home, notice_about, of_a_sweep};
use crate::notice::{Kind, Notice};
use crate::plan::AttributeValue;
use crate::report::{BaselineRecord, DomainReport, Outcome, ReportedDrift, SweepRecord, Unsettled};
use crate::trigger::TriggerKind;

fn notices() -> Vec<Notice> {
    let of = |kind| match event_for(kind) {
        Some(event) => notice_about(kind, &event, &home()),
        None => of_a_sweep(kind, &home()),
    };
    Kind::ALL.into_iter().map(of).collect()
}

fn refused() -> CallError {
    CallError {
        failure: Failure::Denied,
        action: "sns:Publish",
        code: Some("AuthorizationError".to_owned()),
        message: "no\nentry\u{9b}2J\u{202e}".to_owned(),
    }
}

fn of<'a>() -> Of<'a> {
    Of {
        request_id: "a-request",
        trace_id: Some("a-trace"),
        cold_start: true,
        ended_at: OffsetDateTime::UNIX_EPOCH,
    }
}

/// A report with something in each of its fields that is written.
fn report() -> Report {
    let drifts = vec![
        ReportedDrift {
            attribute: Attribute::SecurityPolicy,
            observed: AttributeValue::Text("TLS_V1".to_owned()),
            desired: AttributeValue::Text("TLS_V1_2_2021".to_owned()),
        },
        ReportedDrift {
            attribute: Attribute::Routing,
            observed: AttributeValue::Failover(crate::domain::Failover {
                secondary_region: "eu-west-1".to_owned(),
                primary_route53_health_check_id: "a-check".to_owned(),
            }),
            desired: AttributeValue::None,
        },
        ReportedDrift {
            attribute: Attribute::ManagedLoginVersion,
            observed: AttributeValue::Version(1),
            desired: AttributeValue::Version(2),
        },
    ];
    let reverted = DomainReport {
        drifts,
        reason: Some("a reason".to_owned()),
        incident: Some("an-incident".to_owned()),
        seconds_to_revert: Some(41),
        seconds_to_effect: Some(90),
        seconds_off_baseline: Some(41),
        seconds_unknown: Some(3),
        notices: vec![Kind::DriftDetected, Kind::Reverted],
        notices_held_back: vec![Kind::Reverted],
        notices_undelivered: vec![Kind::Restored],
        unsettled: Some(Unsettled {
            error_type: ErrorType::DomainBusy,
            message: "to be looked at again".to_owned(),
        }),
        ..DomainReport::new(Some("auth.example.com".to_owned()), Outcome::Reverted)
    };
    Report {
        baseline: Some(BaselineRecord {
            file: "baseline.yaml".to_owned(),
            digest: "3f9c0d5b7e12".to_owned(),
            revision: Some("v1.2.3".to_owned()),
        }),
        outcomes: vec![reverted, DomainReport::new(None, Outcome::Gone)],
        sweep: Some(SweepRecord {
            pools: 1,
            domains: 2,
            complete: true,
            missing: vec!["old.example.com".to_owned()],
            findings: vec!["a finding".to_owned()],
            ..SweepRecord::default()
        }),
        unsettled: Some(Unsettled {
            error_type: ErrorType::NoticeFailed,
            message: "no topic".to_owned(),
        }),
        ..Report::of(TriggerKind::Sweep, home())
    }
}

fn read_back(line: &str) -> RecordLine<'static> {
    assert!(line.len() <= LONGEST, "{}", line.len());
    assert!(!line.chars().any(crate::text::is_hidden), "{line:?}");
    RecordLine::read(line).unwrap().unwrap()
}

#[test]
fn the_line_of_each_notice_is_read_back_as_it_was_written() {
    for Notice { record } in notices() {
        let expected: Cow<'_, Record> = Cow::Owned(record.clone());
        let RecordLine::Notice { timestamp, level: Level::Info, notice } =
            read_back(&of_notice(&record, NoticeFate::Published))
        else {
            panic!("{record:?}")
        };
        assert_eq!((timestamp, notice), (record.time.clone(), expected.clone()));
        let RecordLine::NoticeUndelivered { error, level: Level::Error, notice, .. } =
            read_back(&of_notice(&record, NoticeFate::Refused(&refused())))
        else {
            panic!("{record:?}")
        };
        assert_eq!(notice, expected);
        let RecordLine::SweepIntends { level: Level::Info, notice, .. } =
            read_back(&of_notice(&record, NoticeFate::Intended))
        else {
            panic!("{record:?}")
        };
        assert_eq!(notice, expected);
        assert!(error.contains("sns:Publish") && error.contains("AuthorizationError"), "{error}");
    }
}

#[test]
fn the_line_of_a_report_is_read_back_as_it_was_written() {
    let written = report();
    let RecordLine::Report { report, settled, domains, outcomes_left_out, request_id, .. } =
        read_back(&of_report(&written, of()))
    else {
        panic!("{written:?}")
    };
    assert_eq!(*report, written);
    assert_eq!((settled, domains, outcomes_left_out), (false, 2, 0));
    assert_eq!(request_id, "a-request");
}

/// What programs find first, and in which words.
#[test]
fn a_line_has_lambdas_own_members_and_the_record() {
    let line: Value =
        serde_json::from_str(&of_report(&Report::new(TriggerKind::Ignored), of())).unwrap();
    assert_eq!(
        line,
        json!({
            "message": "report",
            "timestamp": "1970-01-01T00:00:00Z",
            "level": "INFO",
            "schema_version": "1.1",
            "request.id": "a-request",
            "trace.id": "a-trace",
            "guard_version": env!("CARGO_PKG_VERSION"),
            "cold_start": true,
            "settled": true,
            "domains": 0,
            "report": { "trigger": "ignored", "outcomes": [] },
        })
    );
}

#[test]
fn the_published_schema_is_that_of_the_type() {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<RecordLine<'_>>().to_value();
    let pretty = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    expect_file!["../../../../docs/schema/record-line.json"].assert_eq(&pretty);
}

/// Lines stay in a log group for years. The files are never written again; a new version of a schema
/// gets one of its own, of the lines that this test then prints.
#[test]
fn lines_of_each_version_are_read() {
    let versions = [
        ("1.0", include_str!("../../../../tests/record-lines/1.0.jsonl")),
        ("1.1", include_str!("../../../../tests/record-lines/1.1.jsonl")),
    ];
    for (version, lines) in versions {
        let mut kinds = std::collections::BTreeSet::new();
        for line in lines.lines() {
            match RecordLine::read(line).unwrap().unwrap_or_else(|error| panic!("{error}: {line}"))
            {
                RecordLine::Notice { notice, .. }
                | RecordLine::SweepIntends { notice, .. }
                | RecordLine::NoticeUndelivered { notice, .. } => {
                    assert_eq!(notice.schema_version, version);
                    kinds.insert(notice.kind);
                }
                RecordLine::Report { schema_version, report, .. } => {
                    assert_eq!(schema_version, version);
                    assert!(!report.outcomes.is_empty());
                }
            }
        }
        assert!(kinds.len() >= 14, "{version}: {kinds:?}");
    }
    assert!(
        (Record::SCHEMA_VERSION, REPORT_SCHEMA_VERSION) == ("1.1", "1.1"),
        "keep the lines of the new version in a file of their own:\n{}",
        lines_of_this_version()
    );
}

/// A line of each kind, as this version writes them.
fn lines_of_this_version() -> String {
    let mut lines: Vec<String> =
        notices().iter().map(|notice| of_notice(&notice.record, NoticeFate::Published)).collect();
    let of_a_digest = of_a_sweep(Kind::SweepDigest, &home());
    lines.push(of_notice(&notices().swap_remove(0).record, NoticeFate::Refused(&refused())));
    lines.push(of_notice(&of_a_digest.record, NoticeFate::Intended));
    lines.push(of_report(&report(), of()));
    lines.join("\n")
}

#[test]
fn other_lines_are_no_record_lines() {
    for line in [
        "",
        "START RequestId: 1 Version: $LATEST",
        "{\"message\":\"auth.example.com: reverted\",\"domain.name\":\"auth.example.com\"}",
        "{\"message\":\"notice\",\"domain.name\":\"a domain whose reason is a word\"}",
        "{\"message\":\"report\",\"notice\":{}}",
        "{\"_aws\":{},\"Events\":1}",
        "[\"message\"]",
        "{\"message\":1,\"report\":{}}",
    ] {
        assert!(RecordLine::read(line).is_none(), "{line}");
    }
    // A cut one, and one of a version to come, are said to be unreadable, not skipped.
    for line in [
        "{\"message\":\"report\",\"report\":{}}",
        "{\"message\":\"notice\",\"notice\":{\"kind\":\"next\"}}",
    ] {
        assert!(RecordLine::read(line).unwrap().is_err(), "{line}");
    }
}

#[test]
fn what_a_version_to_come_adds_is_passed_over() {
    let mut line: Value = serde_json::from_str(&of_report(&report(), of())).unwrap();
    line["next"] = json!(1);
    line["report"]["next"] = json!({});
    line["report"]["outcomes"][0]["next"] = json!([]);
    assert!(matches!(RecordLine::read(&line.to_string()), Some(Ok(RecordLine::Report { .. }))));
}

#[test]
fn a_long_notice_loses_detail_until_it_fits() {
    let mut record = of_a_sweep(Kind::SweepDigest, &home()).record;
    let sweep = record.sweep.as_mut().unwrap();
    sweep.findings = (0..5_000).map(|nth| format!("{nth} {}", "é".repeat(390))).collect();
    let RecordLine::Notice { notice, .. } = read_back(&of_notice(&record, NoticeFate::Published))
    else {
        panic!()
    };
    assert!(notice.truncated);
    let kept = notice.sweep.as_ref().unwrap().findings.len();
    assert!((100..1_000).contains(&kept), "{kept}");
    // A thousand short ones do fit.
    let mut record = of_a_sweep(Kind::SweepDigest, &home()).record;
    record.sweep.as_mut().unwrap().findings = vec!["a finding".to_owned(); 1_000];
    let RecordLine::Notice { notice, .. } = read_back(&of_notice(&record, NoticeFate::Published))
    else {
        panic!()
    };
    assert_eq!(*notice, record);
}

#[test]
fn a_long_report_says_how_much_it_leaves_out() {
    let mut many = report();
    let outcome = many.outcomes[0].clone();
    many.outcomes = vec![outcome; 5_000];
    let RecordLine::Report { report: kept, domains, outcomes_left_out, .. } =
        read_back(&of_report(&many, of()))
    else {
        panic!()
    };
    assert_eq!(domains, 2, "what the sweep says");
    assert!((100..1_000).contains(&kept.outcomes.len()), "{}", kept.outcomes.len());
    assert_eq!(outcomes_left_out, 5_000 - kept.outcomes.len());
}

#[test]
fn no_text_of_others_makes_a_report_too_long() {
    for evil in ["x".repeat(300_000), "\u{202e}".repeat(50_000), "\"".repeat(140_000)] {
        let mut report = Report::new(TriggerKind::Unreadable);
        report.outcomes.push(DomainReport::new(Some(evil.clone()), Outcome::Ignored));
        report.unsettled =
            Some(Unsettled { error_type: ErrorType::Unreadable, message: evil.clone() });
        let RecordLine::Report { report, outcomes_left_out, .. } =
            read_back(&of_report(&report, of()))
        else {
            panic!()
        };
        assert_eq!(outcomes_left_out, 1);
        assert!(report.unsettled.as_ref().unwrap().message.len() < evil.len());
    }
}
