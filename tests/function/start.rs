//! A function that cannot start says why, where people look.

use std::io::ErrorKind;

use super::runtime_api::RuntimeApi;
use super::*;

/// What the function says when it cannot start: to Lambda, and the same in its log.
fn failed_start(name: &str, changes: &[(&str, Option<&str>)]) -> (String, String) {
    let api = RuntimeApi::with(Vec::new());
    let mut process = start(name, &api.address.to_string(), "http://127.0.0.1:1", changes);
    let posted = api.posted();
    assert_eq!(process.0.wait().unwrap().code(), Some(1));
    assert_eq!(posted.path, "/2018-06-01/runtime/init/error");
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    let text = |member: &str| body[member].as_str().unwrap().to_owned();
    let (error_type, message) = (text("errorType"), text("errorMessage"));
    assert_eq!(posted.error_type, Some(format!("Function.{error_type}")));

    let lines = std::fs::read_to_string(scratch(&format!("{name}.log"))).unwrap();
    let [line] = lines.lines().collect::<Vec<_>>()[..] else { panic!("{lines}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["error.type"], error_type.as_str());
    assert_eq!(line["message"], format!("the guard cannot start: {message}"));
    (error_type, message)
}

fn with_baseline(name: &str, text: &str) -> (String, String) {
    let path = scratch(&format!("{name}.yaml"));
    std::fs::write(&path, text).unwrap();
    failed_start(name, &[("BASELINE", Some(path.to_str().unwrap()))])
}

#[test]
fn a_malformed_baseline_ends_the_start_with_the_place_and_the_fix_of_every_problem() {
    let text = "version: 1\ndefaults:\n  security_polcy: TLS_V1_3_2025\n  routing: off\n";
    let (error_type, message) = with_baseline("malformed", text);
    assert_eq!(error_type, "BaselineInvalid");
    let [first, second] = message.lines().collect::<Vec<_>>()[..] else { panic!("{message}") };
    assert!(first.starts_with("function-malformed.yaml:3:3: defaults.security_polcy"), "{first}");
    assert!(first.contains("did you mean security_policy?"), "{first}");
    assert!(second.starts_with("function-malformed.yaml:4:12: defaults.routing"), "{second}");
}

#[test]
fn a_baseline_with_a_time_that_no_calendar_has_ends_the_start() {
    let text = std::fs::read_to_string(case("fuzz/fuzz-baseline-panic0.bin")).unwrap();
    let (error_type, message) = with_baseline("year-9999", &text);
    assert_eq!(error_type, "BaselineInvalid");
    assert!(message.contains("is not in the years 2000 to 2200"), "{message}");
}

#[test]
fn of_a_thousand_problems_the_first_are_named_and_the_others_counted() {
    let wrong: String = (0..2_000).map(|nth| format!("wrong{nth}: 1\n")).collect();
    let (_, message) = with_baseline("thousand", &format!("version: 1\n{wrong}"));
    assert!(message.len() < 33_000, "{}", message.len());
    assert!(message.starts_with("function-thousand.yaml:2:1: wrong0: "), "{message}");
    let (lines, last) = message.rsplit_once('\n').unwrap();
    let left_out = 2_000 - lines.lines().count();
    assert_eq!(last, format!("... and {left_out} more; `guardctl validate` shows all of them"));
}

#[test]
fn a_baseline_that_is_not_there_ends_the_start_with_its_path() {
    let changes = [("BASELINE", Some("/nowhere/baseline.yaml"))];
    let (error_type, message) = failed_start("no-baseline", &changes);
    assert_eq!(error_type, "BaselineInvalid");
    assert!(message.contains("/nowhere/baseline.yaml"), "{message}");
}

#[test]
fn a_baseline_that_is_no_text_ends_the_start_with_its_path() {
    let path = scratch("no-text.yaml");
    std::fs::write(&path, b"version: 1\xff").unwrap();
    let changes = [("BASELINE", Some(path.to_str().unwrap()))];
    let (error_type, message) = failed_start("no-text", &changes);
    assert_eq!(error_type, "BaselineInvalid");
    assert!(message.contains("no-text.yaml cannot be read"), "{message}");
}

#[test]
fn a_missing_variable_ends_the_start_with_its_name() {
    for variable in ["NOTICE_TOPIC_ARN", "GUARD_ROLE_ARN", "AWS_REGION"] {
        let (error_type, message) = failed_start(variable, &[(variable, None)]);
        assert_eq!(error_type, "SettingsInvalid");
        assert!(message.contains(&format!("{variable}: is not set")), "{message}");
    }
}

#[test]
fn a_malformed_variable_ends_the_start_with_its_name() {
    let changes = [("SWEEP_INTERVAL_MINUTES", Some("1h"))];
    let (error_type, message) = failed_start("malformed-variable", &changes);
    assert_eq!(error_type, "SettingsInvalid");
    assert!(message.contains("SWEEP_INTERVAL_MINUTES"), "{message}");
}

#[test]
fn certificates_that_cannot_be_read_end_the_start_with_their_path() {
    let changes = [("SSL_CERT_FILE", Some("/nowhere/roots.pem"))];
    let (error_type, message) = failed_start("no-certificates", &changes);
    assert_eq!(error_type, "SettingsInvalid");
    assert!(message.contains("/nowhere/roots.pem"), "{message}");
}

/// The environment holds the function's credentials.
#[test]
fn a_baseline_that_leads_elsewhere_ends_the_start_and_nothing_of_it_is_said() {
    for (name, target) in [("environ", "/proc/self/environ"), ("zero", "/dev/zero")] {
        let path = scratch(&format!("{name}.yaml"));
        let _ = std::fs::remove_file(&path);
        std::os::unix::fs::symlink(target, &path).unwrap();
        let (error_type, message) = failed_start(name, &[("BASELINE", path.to_str())]);
        assert_eq!(error_type, "BaselineInvalid");
        assert!(message.contains("cannot be read: it is not a regular file"), "{message}");
    }
    let (_, message) = with_baseline("password", "hunter2: *correct\n");
    assert!(message.contains("does not look like a baseline"), "{message}");
    assert!(!message.contains("hunter2") && !message.contains("correct"), "{message}");
}

/// The reason is in the log then.
#[test]
fn without_a_runtime_api_the_start_ends_all_the_same() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = std::net::TcpStream::connect(free).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    for (name, address) in [("closed", free.to_string()), ("nonsense", "nonsense".to_owned())] {
        let changes = [("NOTICE_TOPIC_ARN", None)];
        let mut process = start(name, &address, "http://127.0.0.1:1", &changes);
        assert_eq!(process.0.wait().unwrap().code(), Some(1));
        let lines = std::fs::read_to_string(scratch(&format!("{name}.log"))).unwrap();
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(lines.contains("the Runtime API does not take the reason"), "{lines}");
    }
}
