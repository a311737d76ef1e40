//! `validate`: everything that is wrong, in each format, and quickly.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{empty_folder, text};

const MISTAKE: &str = "version: 1\ndefaults:\n  security_policy: TLS_V12\n";

fn validate(folder: &str, baseline: &str, arguments: &[&str]) -> Output {
    let folder = empty_folder(folder);
    fs::write(folder.join("baseline.yaml"), baseline).expect("a file");
    crate::guardctl()
        .args([&["validate", "baseline.yaml"], arguments].concat())
        .current_dir(folder)
        .env("COLUMNS", "80")
        .output()
        .expect("guardctl")
}

#[test]
fn a_mistake_has_its_place_its_span_and_its_mend_in_json() {
    let output = validate("cli-validate-json", MISTAKE, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(printed["valid"], false);
    let problem = &printed["problems"][0];
    assert_eq!(problem["level"], "error");
    let place = ["line", "column", "end_line", "end_column"].map(|member| problem[member].as_u64());
    assert_eq!(place, [3, 20, 3, 27].map(Some));
    assert_eq!(problem["path"], "defaults.security_policy");
    assert!(problem["fix"].as_str().expect("a fix").contains("did you mean TLS_V1_2_2021?"));
}

#[test]
fn a_mistake_is_an_annotation_for_github() {
    let output = validate("cli-validate-github", MISTAKE, &["--format", "github"]);
    assert_eq!(
        text(&output.stdout),
        "::error file=baseline.yaml,line=3,col=20,endLine=3,endColumn=27,\
         title=defaults.security_policy::\"TLS_V12\" is not a security policy; did you mean \
         TLS_V1_2_2021? (one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025)\n"
    );
}

#[test]
fn a_lint_is_a_warning_and_leaves_the_baseline_valid() {
    let over = "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n\
                exemptions:\n  - domain: pos.example.com\n    attributes: [security_policy]\n    \
                until: 2020-01-01T00:00:00Z\n    reason: old terminals\n";
    let output = validate("cli-validate-lint", over, &[]);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    assert!(printed.starts_with("warning: exemptions[0]"), "{printed}");
    let verdict =
        format!("baseline.yaml is valid: 0 errors, 1 warning (digest {})\n", digest(over));
    assert!(printed.ends_with(&verdict), "{printed}");
}

/// As a person would find it, with sha256sum.
fn digest(baseline: &str) -> String {
    use std::io::Write as _;
    let mut child = Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("sha256sum");
    child.stdin.take().expect("a pipe").write_all(baseline.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("its end");
    text(&output.stdout).get(..12).expect("a digest").to_owned()
}

#[test]
fn strict_fails_on_warnings_and_on_nothing_else() {
    let sound = "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n";
    for (baseline, strict, passes, verdict) in [
        (sound, false, true, "baseline.yaml is valid: 0 errors, 0 warnings"),
        (sound, true, true, "baseline.yaml is valid: 0 errors, 0 warnings"),
        ("version: 1\n", false, true, "baseline.yaml is valid: 0 errors, 1 warning"),
        ("version: 1\n", true, false, "is valid, but not with --strict: 0 errors, 1 warning"),
        (MISTAKE, true, false, "baseline.yaml is not valid: 1 error, 0 warnings\n"),
    ] {
        let arguments: &[&str] = if strict { &["--strict"] } else { &[] };
        let output = validate("cli-validate-strict", baseline, arguments);
        assert_eq!(output.status.code(), Some(i32::from(!passes)), "{baseline} {strict}");
        let printed = text(&output.stdout);
        assert!(printed.contains(verdict), "{printed}");
        let json = [arguments, &["--format", "json"]].concat();
        let output = validate("cli-validate-strict", baseline, &json);
        assert_eq!(output.status.code(), Some(i32::from(!passes)), "{baseline} {strict}");
        let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(printed["passes"], passes);
        assert_eq!(printed["valid"], baseline != MISTAKE);
    }
}

#[test]
fn a_file_in_audit_mode_is_said_to_be_one_and_has_no_warning_for_it() {
    let audit = "version: 1\nmode: audit\ndefaults:\n  managed_login_version: 2\n";
    let output = validate("cli-validate-audit", audit, &["--strict"]);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    assert!(printed.ends_with("mode audit: notices only)\n"), "{printed}");
}

#[test]
fn an_exemption_that_is_too_long_is_an_error_with_its_place() {
    let long = "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\nexemptions:\n  \
                - domain: pos.example.com\n    attributes: [security_policy]\n    until: \
                2150-01-01T00:00:00Z\n    reason: old terminals\n";
    let output = validate("cli-validate-long", long, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(printed["valid"], false);
    let problem = &printed["problems"][0];
    assert_eq!(problem["level"], "error");
    assert_eq!(problem["path"], "exemptions[0].until");
    assert_eq!([problem["line"].as_u64(), problem["column"].as_u64()], [Some(7), Some(5)]);
    let message = problem["message"].as_str().expect("text");
    assert!(message.contains("an exemption may last 400 (max_exemption_days)"), "{message}");
}

/// In CPU time, which other work on the machine does not change much.
#[test]
fn ten_thousand_entries_validate_within_a_second() {
    let mut baseline = String::from("version: 1\ndomains:\n");
    for nth in 0..10_000 {
        let _ = write!(
            baseline,
            "  - domain: d{nth}.example.com\n    security_policy: {{ at_least: TLS_V1_2_2021 }}\n    \
             managed_login_version: 1\n"
        );
    }
    let folder = empty_folder("cli-validate-many");
    fs::write(folder.join("baseline.yaml"), baseline).expect("a file");
    let seconds = (0..3)
        .map(|_| {
            let output = Command::new("sh")
                .args(["-c", "\"$GUARDCTL\" validate baseline.yaml && times"])
                .env("GUARDCTL", env!("CARGO_BIN_EXE_guardctl"))
                .current_dir(&folder)
                .output()
                .expect("a shell");
            let printed = text(&output.stdout);
            assert!(printed.contains("baseline.yaml is valid: 0 errors"), "{printed}");
            // The last line: of the shell's children, in its own mode and in the system's.
            let children = printed.lines().last().expect("times");
            children.split_whitespace().map(seconds).sum::<f64>()
        })
        .fold(f64::INFINITY, f64::min);
    assert!(seconds < 1.0, "{seconds} s");
}

/// Such as `0m0.520000s`.
fn seconds(time: &str) -> f64 {
    let (minutes, rest) = time.split_once('m').expect("minutes");
    let number = |text: &str| text.trim_end_matches('s').replace(',', ".").parse::<f64>();
    number(minutes).expect("minutes") * 60.0 + number(rest).expect("seconds")
}
