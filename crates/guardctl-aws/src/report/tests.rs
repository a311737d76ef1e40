//! The report of ninety days of an organization, which a scenario made, in each form.

use std::collections::BTreeMap;

use cognito_domain_guard::baseline::Baseline;
use expect_test::{expect, expect_file};
use time::OffsetDateTime;

use super::evidence;
use super::history::Lines;
use super::incident::State;
use super::model::{Evidence, Report};
use super::posture::{Posture, Standing};
use super::*;

const HISTORY: &str = include_str!("../../../../tests/report/history.jsonl");
const BASELINE: &str = include_str!("../../../../tests/report/baseline.yaml");
const PLAN: &str = include_str!("../../../../tests/report/plan.json");
const DOCTOR: &str = include_str!("../../../../tests/report/doctor.json");

fn at(text: &str) -> OffsetDateTime {
    cognito_domain_guard::when::from_text(text).unwrap()
}

const WINDOW: [&str; 2] = ["2026-07-02T00:00:00Z", "2026-09-30T00:00:00Z"];

fn lines<'a>(all: impl Iterator<Item = &'a str>) -> Lines {
    let mut lines = Lines::of(WINDOW.map(at));
    all.for_each(|line| lines.add(line));
    lines
}

/// The report of that log and plan.
fn reported(history: &str, plan: &str) -> Report {
    let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
    let planned = evidence::planned(serde_json::from_str(plan).unwrap()).unwrap();
    let examined = evidence::examined(serde_json::from_str(DOCTOR).unwrap()).unwrap();
    Report::of(Evidence {
        since: at("2026-07-02T00:00:00Z"),
        until: at("2026-09-30T00:00:00Z"),
        records: Ok((lines(history.lines()), "the log".to_owned())),
        log_begins: None,
        posture: Ok((Posture::of(planned).unwrap(), "a plan".to_owned())),
        doctor: Ok((examined, "the doctor".to_owned())),
        baseline: Some(&baseline),
        guard_at: None,
        problems: Vec::new(),
    })
}

fn of_history() -> Report {
    reported(HISTORY, PLAN)
}

/// A report without anything.
fn of_nothing() -> Report {
    let why = || "nobody asked".to_owned();
    Report::of(Evidence {
        since: at("2026-07-02T00:00:00Z"),
        until: at("2026-09-30T00:00:00Z"),
        records: Err(why()),
        log_begins: None,
        posture: Err(why()),
        doctor: Err(why()),
        baseline: None,
        guard_at: None,
        problems: Vec::new(),
    })
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<Report>();
    let pretty = serde_json::to_string_pretty(&schema.to_value()).unwrap() + "\n";
    expect_file!["../../../../docs/schema/evidence.json"].assert_eq(&pretty);
}

/// What `scripts/check-report` opens in a browser, and `scripts/check-asff` holds against AWS's model.
#[test]
fn the_page_and_the_findings_are_those_that_scripts_check() {
    let report = of_history();
    let version = concat!("guardctl ", env!("CARGO_PKG_VERSION"));
    let page = html::html(&report).replace(version, "guardctl");
    expect_file!["../../../../tests/report/report.html"].assert_eq(&page);
    let findings = serde_json::to_string_pretty(&asff::asff(&report).unwrap()).unwrap() + "\n";
    expect_file!["../../../../tests/report/findings.json"].assert_eq(&findings);
}

#[test]
fn the_report_in_short_says_what_happened() {
    expect![[r#"
        window      2026-07-02T00:00:00Z to 2026-09-30T00:00:00Z
        domains     19 domains in 3 accounts: 10 at the baseline, 1 exempt, 2 off the
                    baseline, 6 not governed
        policies    3 TLS_V1, 8 TLS_V1_2_2021, 2 TLS_V1_3_2025, 6 prefix
        incidents   12 incidents: 8 restored, 1 allowed, 2 left: audit mode, 1 revert
                    failed
        to revert   half within 5 min 2 s, 95 % within 15 min 2 s, the longest 15 min 2
                    s
        to effect   half within 10 min 4 s, 95 % within 20 min 4 s, the longest 20 min 4
                    s
        who         4 people or tools; of 1 incident nobody is known
        overrides   1, 0 still count
        sweeps      89 of 89 due (one every 1 d)
        coverage    6 of 8 places covered, 2 not covered, 0 unknown
        attention   0 changes by others with the guard's role, 1 revert failed, 0
                    notices refused by the topic
        exceptions  1 exemption in the baseline: 0 that end within two weeks, 0 that are
                    over
        doctor      6 ok, 1 problem, 1 could not be checked

        not over:
          333333333333/us-west-2 2us-west-2-login.example.com: revert failed, 14 min 2 s
            so far; deploy; incident 97b71935-2a26-4a81-ace6-3c755f4a81dc
          222222222222/us-west-2 audit-1-us-west-2.example.com: left: audit mode, not
            known; sam@example.com (SSO, PlatformAdmin); incident
            79f02a54-e5e5-4c73-b37a-6a8d88f74a72
          222222222222/eu-central-1 pos.example.com: allowed, not known;
            jane.doe@example.com (SSO, PlatformAdmin); incident
            fd316900-5599-4ebe-975e-796fc5a2bba8
          222222222222/us-west-2 audit-1-us-west-2.example.com: left: audit mode, not
            known; sam@example.com (SSO, PlatformAdmin); incident
            bd0f493a-d21a-4a6c-99f0-aac0d7b28a83

        missing:
          The state of CloudWatch alarms is not read: the alarms' topic has it, and the
            dashboard
    "#]]
    .assert_eq(&text::text(&of_history()));
}

#[test]
fn a_row_of_the_sheet_is_an_incident() {
    let report = of_history();
    let sheet = csv::csv(&report).unwrap();
    let mut reader = ::csv::Reader::from_reader(sheet.as_bytes());
    let rows: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), report.history.unwrap().incidents.len());
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
}

#[test]
fn an_incident_that_is_over_has_its_final_duration_and_one_that_is_not_its_age_so_far() {
    let incidents = of_history().history.unwrap().incidents;
    assert!(incidents.iter().any(|one| one.seconds_to_effect.is_some()));
    assert!(incidents.iter().any(|one| one.seconds_so_far.is_some()));
    for one in &incidents {
        assert!(one.seconds_to_effect.is_none() || one.seconds_so_far.is_none(), "{one:#?}");
        if let (Some(revert), Some(effect)) = (one.seconds_to_revert, one.seconds_to_effect) {
            assert!(revert <= effect && one.state == State::Restored, "{one:#?}");
        }
    }
}

#[test]
fn the_notice_the_log_line_and_the_report_have_the_same_durations() {
    let (mut notified, mut logged) = (Vec::new(), Vec::new());
    for line in HISTORY.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(seconds) = line["notice"]["timings"]["seconds_to_effect"].as_i64() {
            notified.push((line["notice"]["incident"].as_str().unwrap().to_owned(), seconds));
        }
        for outcome in line["report"]["outcomes"].as_array().into_iter().flatten() {
            if let Some(seconds) = outcome["seconds_to_effect"].as_i64() {
                logged.push((outcome["incident"].as_str().unwrap().to_owned(), seconds));
            }
        }
    }
    let history = of_history().history.unwrap();
    let mut reported: Vec<_> = history
        .incidents
        .iter()
        .filter_map(|one| Some((one.incident.clone(), one.seconds_to_effect?)))
        .collect();
    for all in [&mut notified, &mut logged, &mut reported] {
        all.sort();
    }
    assert!(!notified.is_empty());
    assert_eq!(notified, logged);
    assert_eq!(notified, reported);
}

#[test]
fn what_one_sweep_puts_back_is_one_incident_though_its_steps_have_their_own_ids() {
    let incidents = of_history().history.unwrap().incidents;
    let swept: Vec<_> = incidents.iter().filter(|one| one.incident.starts_with("sweep.")).collect();
    assert_eq!(swept.len(), 1, "{swept:#?}");
    assert_eq!(swept[0].state, State::Restored);
}

#[test]
fn what_was_not_read_is_said_and_is_never_zero() {
    let report = of_nothing();
    assert!(report.history.is_none() && report.posture.is_none() && report.exemptions.is_none());
    for part in ["live domains", "guard's log", "Exemptions", "not examined"] {
        assert!(report.missing.iter().any(|line| line.contains(part)), "{part}");
    }
    for page in [text::text(&report), html::html(&report), markdown::markdown(&report)] {
        assert!(page.contains("nobody asked"), "{page}");
        assert!(!page.contains("0 incidents") && !page.contains("0 domains"), "{page}");
    }
    assert!(csv::csv(&report).is_err());
    assert!(asff::asff(&report).is_err());
}

#[test]
fn a_log_that_begins_after_the_window_is_said() {
    let late: Vec<_> = HISTORY.lines().skip(HISTORY.lines().count() / 2).collect();
    let report = reported(&late.join("\n"), PLAN);
    assert!(report.missing.iter().any(|line| line.starts_with("No logs before 2026-0")));
    let whole = of_history();
    assert!(!whole.missing.iter().any(|line| line.starts_with("No logs before")));
}

const HOSTILE: &str = "=cmd|' /C calc'!A0</td><script>alert(1)</script>\u{7}\u{202e}\n| x |`\"'";

/// The document with hostile text before each text in it, but where its reader takes no such text: words of an
/// enumeration, times and the like. What a reader takes at a place once, it takes there always.
fn hostile(
    document: &serde_json::Value,
    reads: &dyn Fn(&serde_json::Value) -> bool,
    known: &mut BTreeMap<String, bool>,
) -> serde_json::Value {
    fn texts(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
        match value {
            serde_json::Value::String(_) => found.push(at.to_owned()),
            serde_json::Value::Array(all) => {
                all.iter()
                    .enumerate()
                    .for_each(|(nth, one)| texts(one, &format!("{at}/{nth}"), found));
            }
            serde_json::Value::Object(all) => {
                all.iter().for_each(|(name, one)| texts(one, &format!("{at}/{name}"), found));
            }
            _ => {}
        }
    }
    let mut places = Vec::new();
    texts(document, "", &mut places);
    let mut whole = document.clone();
    for place in places {
        let text = document.pointer(&place).unwrap().as_str().unwrap();
        let mut tried = whole.clone();
        *tried.pointer_mut(&place).unwrap() = format!("{HOSTILE}{text}").into();
        let kind: String = place.chars().filter(|one| !one.is_ascii_digit()).collect();
        let kind = format!("{} {kind}", document["message"]);
        if *known.entry(kind).or_insert_with(|| reads(&tried)) {
            whole = tried;
        }
    }
    assert!(reads(&whole), "{whole:#}");
    whole
}

/// Whatever somebody calls a session, a domain, a pool, a ticket or a reason: in every field, and in each form.
#[test]
fn hostile_names_in_every_field_do_no_harm() {
    let mut known = BTreeMap::new();
    let is_read = |line: &serde_json::Value| {
        let mut lines = Lines::of(WINDOW.map(at));
        lines.add(&line.to_string());
        lines.len() == 1
    };
    let mut history = String::new();
    for line in HISTORY.lines().filter(|line| !line.contains("\"_aws\"")) {
        let line = hostile(&serde_json::from_str(line).unwrap(), &is_read, &mut known);
        history.push_str(&line.to_string());
        history.push('\n');
    }
    let taken = |name: &str| known.iter().any(|(kind, taken)| kind.ends_with(name) && *taken);
    for name in
        ["/actor/name", "/actor/via", "/headline", "/domain", "/account", "/reason", "/incident"]
    {
        assert!(taken(name), "{name} was not tried: {known:#?}");
    }
    let plan = |document: &serde_json::Value| evidence::planned(document.clone()).is_ok();
    let plan = hostile(&serde_json::from_str(PLAN).unwrap(), &plan, &mut BTreeMap::new());
    let report = reported(&history, &plan.to_string());
    assert!(report.history.as_ref().unwrap().incidents.len() > 5);
    let page = html::html(&report);
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    let sheet = csv::csv(&report).unwrap();
    for page in [&page, &text::text(&report), &markdown::markdown(&report), &sheet] {
        assert!(!page.contains(['\u{7}', '\u{202e}']));
    }
    for line in markdown::markdown(&report).lines().filter(|line| line.starts_with("| =cmd")) {
        assert!(line.contains("\\|"), "{line}");
    }
    let mut reader = ::csv::Reader::from_reader(sheet.as_bytes());
    for cell in reader
        .records()
        .map(Result::unwrap)
        .flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>())
    {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell}");
    }
    asff::asff(&report).unwrap();
}

#[test]
fn the_page_loads_nothing_and_each_table_and_chart_has_its_words() {
    let page = html::html(&of_history());
    for outside in ["<script", "<link", "<img", "@import", "url(", " src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
    assert_eq!(page.matches("role=\"img\"").count(), page.matches("<desc ").count());
    let mut ids: Vec<_> =
        page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id stands twice");
    for target in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(ids.contains(&target), "{target}");
    }
}

#[test]
fn findings_for_security_hub_are_the_hubs_and_name_the_member() {
    let report = of_history();
    let findings = asff::asff(&report).unwrap();
    let findings = findings.as_array().unwrap();
    let posture = report.posture.as_ref().unwrap();
    let governed = posture.domains.len() - posture.count(Standing::NotGoverned);
    assert_eq!(findings.len(), governed + report.history.as_ref().unwrap().incidents.len());
    assert!(findings.iter().all(|one| one["AwsAccountId"] == "111122223333"));
    let of_member = findings
        .iter()
        .filter(|one| one["Resources"][0]["Details"]["Other"]["account"] == "222222222222");
    assert!(of_member.count() > 1);
}

/// Two log groups are read one after the other, and exported files in any order.
#[test]
fn the_order_in_which_lines_come_makes_no_difference() {
    let whole = of_history();
    let (even, odd): (Vec<_>, Vec<_>) =
        HISTORY.lines().enumerate().partition(|(nth, _)| nth % 2 == 0);
    let halves: Vec<&str> = odd.into_iter().chain(even).map(|(_, line)| line).collect();
    let reversed: Vec<&str> = HISTORY.lines().rev().collect();
    for order in [halves, reversed] {
        assert_eq!(reported(&order.join("\n"), PLAN), whole);
    }
}
