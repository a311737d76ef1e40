//! The report of ninety days of an organization, which a scenario made, in each form.

use std::collections::BTreeMap;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::report::Kind;
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
    reported_with(history, plan, serde_json::from_str(DOCTOR).unwrap())
}

fn reported_with(history: &str, plan: &str, doctor: serde_json::Value) -> Report {
    let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
    let planned = evidence::planned(serde_json::from_str(plan).unwrap()).unwrap();
    let examined = evidence::examined(doctor).unwrap();
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
        domains     25 domains in 3 accounts: 15 at the baseline, 1 exempt, 3 off the
                    baseline, 6 not governed
        policies    4 TLS_V1, 13 TLS_V1_2_2021, 2 TLS_V1_3_2025, 6 prefix
        incidents   37 incidents: 25 restored, 1 reverted (effect not seen yet), 1 at
                    its baseline again, 1 domain deleted, 2 allowed, 1 left unchanged:
                    paused, 2 left unchanged: audit mode, 1 left unchanged: refused, 1
                    revert failed, 1 not covered, 1 open
        to revert   half within 5 min 2 s, 95 % within 1 h, the longest 1 h
        to effect   half within 20 min 2 s, 95 % within 1 h 5 min, the longest 1 h 5 min
        who         5 people or tools; not known of 4 incidents
        overrides   3, 0 still count
        sweeps      89 of 89 due (one every 1 d)
        coverage    6 of 8 accounts and regions covered, 2 not covered, 0 unknown
        attention   1 change by others with the guard's role, 1 revert failed, 0 notices
                    refused by the topic
        exceptions  1 exemption in the baseline: 0 that end within two weeks, 0 that are
                    over
        doctor      6 ok, 2 problems, 1 could not be checked
        alarms      14 OK, 1 in ALARM, 1 without enough data (INSUFFICIENT_DATA):
                    cognito-domain-guard-dead-letters

        not over:
          222222222222/us-west-2 1us-west-2-login.example.com: open, at least 2 s;
            sam@example.com (SSO, PlatformAdmin); incident
            dff0ba57-607e-40d6-a3c2-43840c525242
          222222222222/eu-central-1 1eu-central-1-login.example.com: reverted (effect
            not seen yet), at least 5 min 2 s; jane.doe@example.com (SSO,
            PlatformAdmin); incident 6e738c40-778a-4771-beaa-1974b91e22f8
          333333333333/us-west-2 2us-west-2-login.example.com: revert failed, at least
            15 min 2 s; deploy; incident ac33c0a6-0ac7-4a69-b6cb-d466ff22e929
          444444444444/eu-central-1 start.example.com: not covered, not known;
            jane.doe@example.com (SSO, PlatformAdmin); incident
            d5af0dcd-6d23-4cfd-8621-367fbfe41a3a
          111122223333/eu-central-1 0eu-central-1-login.example.com: left unchanged:
            refused, at least 2 min 2 s; =cmd|' /C calc'!A0 <script>alert(1)</script>
            (SSO, Support); incident 74cb8891-d515-4841-bf20-2de62d5bf34f
          222222222222/us-west-2 audit-1-us-west-2.example.com: left unchanged: audit
            mode, not known; sam@example.com (SSO, PlatformAdmin); incident
            8a714329-04a2-454a-be17-e622d79ca301
          111122223333/eu-central-1 0eu-central-1-login.example.com: allowed, not known;
            =cmd|' /C calc'!A0 <script>alert(1)</script> (SSO, Support); incident
            ee2036d6-50dd-4207-b6f9-2792269eafb4
          222222222222/eu-central-1 pos.example.com: allowed, not known;
            jane.doe@example.com (SSO, PlatformAdmin); incident
            1e2d999e-49a1-4168-9c76-d6d1e3b6ced9
          111122223333/eu-central-1 0eu-central-1-login.example.com: left unchanged:
            paused, at least 3 s; =cmd|' /C calc'!A0 <script>alert(1)</script> (SSO,
            Support); incident 89095df2-c548-40a1-adaf-4a2c22d458e4
          222222222222/us-west-2 audit-1-us-west-2.example.com: left unchanged: audit
            mode, not known; sam@example.com (SSO, PlatformAdmin); incident
            d857409f-1862-4f9c-aeb6-60c4b7dbbf27
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

/// The metric lines of the history are those that CloudWatch gets; they name no incident, so the numbers are compared.
#[test]
fn the_notice_the_metric_the_log_line_and_the_report_have_the_same_durations() {
    let (mut notified, mut logged) = (Vec::new(), Vec::new());
    let (mut measured, mut reverts, mut reverts_measured) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ages, mut ages_measured) = (Vec::new(), Vec::new());
    // The age at the last look of each incident, by its notices and by the log.
    let (mut age_notified, mut age_logged) = (BTreeMap::new(), BTreeMap::new());
    for line in HISTORY.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let numbers = |name: &str| line[name].as_array().cloned().unwrap_or_default();
        measured.extend(numbers("SecondsToEffect").iter().map(|one| one.as_i64().unwrap()));
        reverts_measured.extend(numbers("SecondsToRevert").iter().map(|one| one.as_i64().unwrap()));
        ages_measured.extend(numbers("SecondsOffBaseline").iter().map(|one| one.as_i64().unwrap()));
        let notice = &line["notice"];
        if let Some(seconds) = notice["timings"]["seconds_to_effect"].as_i64() {
            notified.push((notice["incident"].as_str().unwrap().to_owned(), seconds));
        }
        if let Some(seconds) = notice["timings"]["seconds_off_baseline"].as_i64() {
            let at = (notice["incident"].clone().to_string(), line["timestamp"].to_string());
            age_notified.insert(at, seconds);
        }
        if notice["kind"] == "reverted" {
            reverts.extend(notice["timings"]["seconds_to_revert"].as_i64());
        }
        for outcome in line["report"]["outcomes"].as_array().into_iter().flatten() {
            if let Some(seconds) = outcome["seconds_to_effect"].as_i64() {
                logged.push((outcome["incident"].as_str().unwrap().to_owned(), seconds));
            }
            if let Some(seconds) = outcome["seconds_off_baseline"].as_i64() {
                age_logged.insert(
                    (outcome["incident"].to_string(), line["timestamp"].to_string()),
                    seconds,
                );
                // Of the metric lines the history has those that measure a revert or its effect.
                if outcome["outcome"] == "reverted" {
                    ages.push(seconds);
                }
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
    assert!(notified.len() > 5);
    assert_eq!(notified, logged);
    assert_eq!(notified, reported);
    let mut seconds: Vec<i64> = notified.iter().map(|(_, seconds)| *seconds).collect();
    let numbers = [&mut seconds, &mut measured, &mut reverts, &mut reverts_measured];
    for all in numbers.into_iter().chain([&mut ages, &mut ages_measured]) {
        all.sort_unstable();
    }
    assert_eq!(seconds, measured);
    assert_eq!(reverts, reverts_measured);
    assert!(ages.len() > 5);
    assert_eq!(ages, ages_measured);
    let both = age_notified.iter().filter_map(|(at, seconds)| Some((seconds, age_logged.get(at)?)));
    assert!(both.clone().count() > 5);
    assert!(
        both.clone().all(|(notified, logged)| notified == logged),
        "{:?}",
        both.collect::<Vec<_>>()
    );
    for one in &history.incidents {
        let Some(so_far) = one.seconds_so_far else { continue };
        let id = serde_json::Value::from(one.incident.clone()).to_string();
        let last = age_logged.iter().rfind(|((incident, _), _)| *incident == id);
        assert_eq!(last.map(|(_, seconds)| *seconds), Some(so_far), "{one:#?}");
    }
}

/// The scenario that makes the history makes one of each that a guard in enforce mode can leave behind.
#[test]
fn the_history_has_incidents_of_each_kind() {
    let history = of_history().history.unwrap();
    for state in State::ALL {
        assert!(history.count(|one| one == state) > 0, "{state}");
    }
    assert_eq!(history.imposters(), 1);
    assert!(history.incidents.iter().any(|one| one.notices.contains(&Kind::DriftLasts)));
    for kind in [Kind::DomainCreated, Kind::DomainDeleted, Kind::OverrideChanged, Kind::NotCovered]
    {
        assert!(history.happenings.iter().any(|one| one.kind == kind), "{kind}");
    }
    assert_eq!(history.baselines.len(), 2);
}

#[test]
fn what_one_sweep_puts_back_is_one_incident_though_its_steps_have_their_own_ids() {
    let incidents = of_history().history.unwrap().incidents;
    let swept: Vec<_> = incidents.iter().filter(|one| one.incident.starts_with("sweep.")).collect();
    assert_eq!(swept.len(), 3, "{swept:#?}");
    assert!(swept.iter().all(|one| one.state == State::Restored), "{swept:#?}");
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
fn alarms_that_were_not_read_are_not_known_and_the_reason_is_said() {
    let doctor: serde_json::Value = serde_json::from_str(DOCTOR).unwrap();
    let denied = |doctor: &mut serde_json::Value| {
        doctor[0]["alarms"] = serde_json::Value::Null;
        let findings = doctor[0]["findings"].as_array_mut().unwrap();
        let one = findings.iter_mut().find(|finding| finding["check"] == "alarms").unwrap();
        one["verdict"] = "unknown".into();
        one["what"] = "cloudwatch:DescribeAlarms failed with AccessDeniedException".into();
    };
    let older = |doctor: &mut serde_json::Value| {
        doctor[0].as_object_mut().unwrap().remove("alarms");
        let findings = doctor[0]["findings"].as_array_mut().unwrap();
        findings.retain(|finding| finding["check"] != "alarms");
    };
    let (mut without_permission, mut by_an_older_one) = (doctor.clone(), doctor);
    denied(&mut without_permission);
    older(&mut by_an_older_one);
    for (doctor, why) in [
        (without_permission, "cloudwatch:DescribeAlarms failed"),
        (by_an_older_one, "it was an older one"),
    ] {
        let report = reported_with(HISTORY, PLAN, doctor);
        assert!(report.alarms.is_none() && !report.is_whole());
        let [line] = report.missing.as_slice() else { panic!("{:#?}", report.missing) };
        let begin = "The state of the alarms in account 111122223333 eu-central-1 is not known: ";
        assert!(line.starts_with(begin) && line.contains(why), "{line}");
        let page = html::html(&report);
        assert!(page.contains("The state of the guard's alarms is not known."), "{page}");
        for page in [page, text::text(&report), markdown::markdown(&report)] {
            assert!(page.contains(why) && !page.contains("0 alarms"), "{page}");
        }
    }
}

#[test]
fn a_log_that_begins_after_the_window_is_said() {
    let late: Vec<_> = HISTORY.lines().skip(HISTORY.lines().count() / 2).collect();
    let report = reported(&late.join("\n"), PLAN);
    assert!(report.missing.iter().any(|line| line.starts_with("No logs before 2026-0")));
    let whole = of_history();
    assert!(!whole.missing.iter().any(|line| line.starts_with("No logs before")));
}

const HOSTILE: &str = "=cmd|' /C calc'!A0</td>![x](https://evil.example/x)<script>alert(1)</script>\u{7}\u{202e}\n| x |`\"'";

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
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            }
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
    // Some wikis take HTML in Markdown, and each loads an image.
    let wiki = markdown::markdown(&report);
    assert!(wiki.contains("&lt;script>") && !wiki.contains("<script"), "{wiki}");
    assert!(wiki.contains("!\\[x\\](") && !wiki.contains("![x]("), "{wiki}");
    for line in wiki.lines().filter(|line| line.starts_with("| =cmd")) {
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
