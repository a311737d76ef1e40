//! `validate`: everything that is wrong, in each format, and quickly.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::served::text;
use crate::support::empty_folder;

const MISTAKE: &str = "version: 1\ndefaults:\n  security_policy: TLS_V12\n";

fn validate(folder: &str, baseline: &str, arguments: &[&str]) -> Output {
    let folder = empty_folder(folder);
    fs::write(folder.join("baseline.yaml"), baseline).expect("a file");
    Command::new(env!("CARGO_BIN_EXE_guardctl"))
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
    assert!(problem["mend"].as_str().expect("a mend").contains("did you mean TLS_V1_2_2021?"));
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
    assert!(printed.ends_with("baseline.yaml is valid: 0 errors, 1 warning\n"), "{printed}");
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
