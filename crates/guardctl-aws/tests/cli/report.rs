//! The report in each form: of a guard's log, stack and live domains, and of files.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;

use cognito_domain_guard::domain::{Hosting, ObservedPolicy, Status};
use cognito_domain_guard_sandbox::{Action, Caller, Fault};
use expect_test::expect_file;
use serde_json::Value;
use time::OffsetDateTime;

use crate::overrides::{LOGS, RECORD_LINES, count, logged};
use crate::served::{Served, custom, weak};
use crate::support::{empty_folder, text};

const FORMATS: [&str; 6] = ["text", "html", "markdown", "csv", "json", "asff"];
/// The record lines of the world are of that time.
const WINDOW: [&str; 4] = ["--since", "2026-11-23", "--until", "2027-01-01"];

/// A guard whose logs are older than the window and keep everything, and a domain below its floor.
fn guarded() -> Served {
    // The report of a test has no time of its own, and a line of 1970 would not be read.
    let lines = RECORD_LINES.replace("1970-01-01T00:00:00Z", "2026-12-28T00:00:01Z");
    let served = logged(&lines);
    served.world.put_domain(weak("pos.example.com"));
    let made = OffsetDateTime::from_unix_timestamp(1_767_225_600).expect("2026-01-01");
    LOGS.iter().for_each(|group| served.world.put_log_group(group, made, None));
    served
}

fn report(served: &Served, format: &str, more: &[&str]) -> Output {
    let doctor = ["--doctor", "tests/report/doctor.json"];
    let begin = ["report", "--baseline", "baseline/example.yaml", "--format", format];
    served.guardctl(&[&begin[..], &WINDOW, &doctor, more].concat())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn missing(output: &Output) -> Vec<String> {
    let lines = json(output)["missing"].as_array().expect("a list").clone();
    lines.iter().map(|line| line.as_str().expect("text").to_owned()).collect()
}

#[test]
fn every_format_has_the_incident_of_the_log_and_the_live_domain() {
    let served = guarded();
    for format in FORMATS {
        let output = report(&served, format, &[]);
        assert_eq!(output.status.code(), Some(0), "{format}: {}", text(&output.stderr));
        let page = text(&output.stdout);
        assert!(page.contains("auth.example.com"), "{format}: {page}");
        match format {
            "html" => assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>")),
            "json" | "asff" => assert!(json(&output).is_object() || json(&output).is_array()),
            _ => assert!(page.ends_with('\n'), "{format}"),
        }
    }
    let whole = json(&report(&served, "json", &[]));
    let incidents = whole["history"]["incidents"].as_array().expect("incidents");
    let one = incidents
        .iter()
        .find(|one| one["incident"] == "2c63888f-28f0-4481-be6d-dce7a7ace732")
        .expect("the incident of the record lines");
    assert_eq!(one["domain"], "auth.example.com");
    assert!(one["actor"]["name"].is_string(), "{one}");
    let domains = whole["posture"]["domains"].as_array().expect("domains");
    assert!(domains.iter().any(|one| one["domain"] == "pos.example.com"), "{domains:?}");
    // It reads. Nothing of the account is changed.
    assert_eq!(count(&served, Action::UpdateUserPoolDomain), 0);
    assert!(served.world.parameters().is_empty());
}

#[test]
fn a_log_that_keeps_less_than_was_asked_for_is_said_to() {
    let served = guarded();
    let made = OffsetDateTime::from_unix_timestamp(1_767_225_600).expect("2026-01-01");
    served.world.put_log_group(LOGS[1], made, Some(1));
    let told = missing(&report(&served, "json", &[]));
    let line = told.iter().find(|line| line.starts_with("No logs before 20")).expect("a line");
    assert!(line.contains(LOGS[1]) && line.contains("keeps lines for 1 day"), "{line}");
}

#[test]
fn what_may_not_be_read_is_missing_and_the_rest_is_there() {
    for (action, part) in [
        (Action::FilterLogEvents, "logs:FilterLogEvents"),
        (Action::DescribeLogGroups, "logs:DescribeLogGroups"),
        (Action::DescribeStacks, "cloudformation:DescribeStacks"),
        (Action::ListUserPools, "the list of user pools: not you"),
    ] {
        let served = guarded();
        let denied = Fault::error(400, "AccessDeniedException", "not you");
        served.world.inject(denied.on(action));
        let output = report(&served, "json", &[]);
        assert_eq!(output.status.code(), Some(1), "{part}");
        let told = missing(&output);
        assert!(told.iter().any(|line| line.contains(part)), "{part}: {told:?}");
        assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
        let whole = json(&output);
        let (history, posture) = (&whole["history"], &whole["posture"]);
        let has_log = action == Action::DescribeLogGroups || action == Action::ListUserPools;
        assert_eq!(history.is_object(), has_log, "{part}");
        assert!(posture.is_object(), "{part}");
    }
}

#[test]
fn a_file_is_written_once_and_replaced_only_on_demand() {
    let served = guarded();
    let path = empty_folder("report-output").join("report.html");
    let output = ["--output", path.to_str().expect("a path")];
    let first = report(&served, "html", &output);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert!(first.stdout.is_empty());
    assert!(fs::read_to_string(&path).expect("a page").ends_with("</html>"));
    fs::write(&path, "mine").expect("written");
    let calls = served.world.calls().len();
    let second = report(&served, "html", &output);
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("--force"), "{}", text(&second.stderr));
    assert_eq!(fs::read_to_string(&path).expect("a file"), "mine");
    assert_eq!(served.world.calls().len(), calls, "it is refused before anybody waits");
    let third = report(&served, "html", &[&output[..], &["--force"]].concat());
    assert_eq!(third.status.code(), Some(0), "{}", text(&third.stderr));
    assert!(fs::read_to_string(&path).expect("a page").ends_with("</html>"));
}

#[test]
fn from_files_alone_no_account_is_asked() {
    let served = guarded();
    let files = [
        "report",
        "--offline",
        "--since",
        "2026-07-02",
        "--until",
        "2026-09-30",
        "--baseline",
        "tests/report/baseline.yaml",
        "--records",
        "tests/report/history.jsonl",
        "--plan",
        "tests/report/plan.json",
        "--doctor",
        "tests/report/doctor.json",
    ];
    for format in FORMATS {
        let output = served.guardctl(&[&files[..], &["--format", format]].concat());
        assert_eq!(output.status.code(), Some(0), "{format}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains("login.example.com"), "{format}");
    }
    let nothing = served.guardctl(&["report", "--offline"]);
    assert_eq!(nothing.status.code(), Some(1));
    let told = text(&nothing.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("no account was asked (--offline)"), "{told}");
    let empty = served.guardctl(&["report", "--offline", "--format", "csv"]);
    assert_eq!(empty.status.code(), Some(1));
    assert!(empty.stdout.is_empty() && text(&empty.stderr).contains("--offline"));
    assert!(served.world.calls().is_empty());
}

#[test]
fn a_window_that_ends_before_it_begins_is_refused() {
    let served = guarded();
    let output = served.guardctl(&["report", "--since", "2026-09-30", "--until", "2026-09-01"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("--since is not before --until"));
}

/// The domains with which the made history ends, as its scenario lists them.
#[test]
fn the_plan_that_the_report_is_tried_on_is_what_guardctl_plan_prints() {
    let served = Served::start();
    let mut accounts = BTreeSet::new();
    for line in include_str!("../../../../tests/report/domains.txt").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [account, region, name, pool, status, policy] = words[..] else {
            panic!("{line}");
        };
        let mut domain = custom(name, ObservedPolicy::from_name(policy), false, Some(1));
        pool.clone_into(&mut domain.user_pool_id);
        domain.status = match status {
            "ACTIVE" => Status::Active,
            "UPDATING" => Status::Updating,
            other => panic!("{other}"),
        };
        domain.account = Some(account.to_owned());
        if policy == "prefix" {
            domain.hosting = Hosting::Prefix;
        }
        served.world.at(account, region).put_domain(domain);
        accounts.insert(account);
    }
    let mut planned = Vec::new();
    for account in accounts {
        served.world.register_caller(account, Caller::iam_user(account, "auditor"));
        let plan = ["plan", "--baseline", "tests/report/baseline.yaml", "--format", "json"];
        let regions = ["--region", "eu-central-1", "--region", "us-west-2"];
        let mut command = served.command(&[&plan[..], &regions].concat());
        let output = command.env("AWS_ACCESS_KEY_ID", account).output().expect("guardctl");
        assert_ne!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let mut places: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        for place in &mut places {
            assert_eq!(place["account"], account);
            place["time"] = "2026-09-30T09:00:00Z".into();
        }
        planned.extend(places);
    }
    let pretty = serde_json::to_string_pretty(&planned).expect("JSON") + "\n";
    expect_file!["../../../../tests/report/plan.json"].assert_eq(&pretty);
}
