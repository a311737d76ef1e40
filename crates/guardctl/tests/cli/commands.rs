//! What each command prints, and how it ends.

use std::fs;

use serde_json::Value;

use crate::support::{self, text};

#[test]
fn a_port_that_is_taken_is_named_with_the_way_to_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let output =
        crate::guardctl().args(["sandbox", "--listen", &address]).output().expect("guardctl");
    let told = text(&output.stderr);
    assert!(told.contains(&address) && told.contains("--listen 127.0.0.1:0"), "{told}");
}

#[test]
fn replay_reads_files_folders_standard_input_and_cloudtrails_own_log_files() {
    let folder = support::empty_folder("cli-replay");
    let record = fs::read_to_string(crate::shipped::at("events/cloudtrail-record.json"))
        .expect("the record");
    fs::write(folder.join("log.json"), format!("{{\"Records\": [{record}, {record}]}}"))
        .expect("a file");
    let replay = |path: &str| {
        crate::guardctl()
            .args(["replay", "--json", path])
            .stdin(
                fs::File::open(crate::shipped::at("events/update-compliant.json"))
                    .expect("an event"),
            )
            .output()
            .expect("guardctl")
    };
    for (path, stories) in [
        ("events/update-weakens-tls.json", 1),
        (folder.to_str().expect("a path"), 2),
        ("-", 1),
        ("events/recheck-destination-record.json", 1),
    ] {
        let output = replay(path);
        assert_eq!(output.status.code(), Some(0), "{path}: {}", text(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(told.as_array().map(Vec::len), Some(stories), "{path}");
    }
}

#[test]
fn replay_reads_a_gzipped_log_file_as_s3_has_it() {
    use std::io::Write as _;
    let file = support::empty_folder("cli-gzip").join("log.json.gz");
    let record = fs::read_to_string(crate::shipped::at("events/cloudtrail-record.json"))
        .expect("the record");
    let log = fs::File::create(&file).expect("a file");
    let mut log = flate2::write::GzEncoder::new(log, flate2::Compression::fast());
    write!(log, "{{\"Records\": [{record}]}}").expect("written");
    log.finish().expect("finished");
    let path = file.to_str().expect("a path");
    let output = crate::guardctl().args(["replay", "--json", path]).output().expect("guardctl");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn the_manual_page_completions_and_version_are_printed() {
    for (arguments, expected) in [
        (vec!["man"], ".TH guardctl"),
        (vec!["--version"], concat!("guardctl ", env!("CARGO_PKG_VERSION"))),
        (vec!["completions", "bash"], "_guardctl"),
        (vec!["completions", "zsh"], "#compdef guardctl"),
        (vec!["completions", "fish"], "complete -c guardctl"),
        (vec!["completions", "elvish"], "edit:completion:arg-completer[guardctl]"),
        (vec!["completions", "powershell"], "Register-ArgumentCompleter"),
    ] {
        let output = crate::guardctl().args(&arguments).output().expect("guardctl");
        assert!(output.status.success());
        assert!(text(&output.stdout).contains(expected), "{arguments:?}");
    }
}

#[test]
fn a_baseline_that_is_wrong_ends_every_command_with_all_its_problems() {
    let folder = support::empty_folder("cli-wrong");
    let file = folder.join("wrong.yaml");
    fs::write(&file, "version: 1\nmode: enforc\ndefaults:\n  security_policy: TLS_V12\n")
        .expect("a file");
    let file = file.display().to_string();
    for arguments in [
        vec!["validate", &file],
        vec!["replay", "--baseline", &file, "events/update-compliant.json"],
    ] {
        let output = crate::guardctl().args(&arguments).output().expect("guardctl");
        assert_eq!(output.status.code(), Some(1));
        let printed = [text(&output.stdout), text(&output.stderr)].concat();
        assert!(printed.contains("enforce") && printed.contains("TLS_V1_2_2021"), "{printed}");
    }
}

#[test]
fn a_reader_that_went_away_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output =
        crate::guardctl().args(["schema", "baseline"]).stdout(writer).output().expect("guardctl");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(141), ""));
}

/// The deployed guard honours it too: `validate`, `plan` and `apply` say so to whoever deploys it.
#[test]
fn an_exemption_that_is_too_long_is_honoured_by_replay() {
    let file = support::empty_folder("cli-long-exemption").join("long.yaml");
    let text_of = "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\nexemptions:\n  \
                   - domain: pos.example.com\n    attributes: [security_policy]\n    until: \
                   2150-01-01T00:00:00Z\n    reason: old terminals\n";
    fs::write(&file, text_of).expect("a file");
    let file = file.display().to_string();
    let output = crate::guardctl()
        .args(["replay", "--baseline", &file, "events/update-exempt.json"])
        .output()
        .expect("guardctl");
    assert!(text(&output.stdout).contains("exempt"), "{}", text(&output.stdout));
}

/// 2 is an answer: something is off its baseline. A pipeline must not take a typing error for it.
#[test]
fn a_wrong_command_line_ends_in_64_whatever_the_command() {
    for arguments in [
        &[][..],
        &["plann"],
        &["plan", "--regoin", "eu-central-1"],
        &["apply", "--domain", "*.example.com"],
        &["snapshot", "--floor", "TLS_V12"],
        &["replay"],
        &["validate", "--format", "xml"],
        &["schema", "world"],
        &["man", "plann"],
        &["sandbox", "--listen", "0.0.0.0:4510"],
    ] {
        let output = crate::guardctl().args(arguments).output().expect("guardctl");
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["plan", "--help"], &["help", "plan"]] {
        let output = crate::guardctl().args(arguments).output().expect("guardctl");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn completions_know_the_policies_that_a_floor_may_be() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = crate::guardctl().args(["completions", shell]).output().expect("guardctl");
        // Elvish and PowerShell complete names of options only.
        let knows = text(&output.stdout).contains("TLS_V1_3_2025");
        assert_eq!(knows, !matches!(shell, "elvish" | "powershell"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let help = crate::guardctl().arg("--help").output().expect("guardctl");
    let (_, commands) = text(&help.stdout).split_once("Commands:\n").expect("commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"plan") && names.len() >= 11, "{names:?}");
    for name in names {
        let page = crate::guardctl().args(["man", name]).output().expect("guardctl");
        assert_eq!(page.status.code(), Some(0), "{name}");
        let page = text(&page.stdout);
        assert!(page.contains(&format!(".TH guardctl-{name} 1")), "{page}");
        assert!(page.contains("Example") || page.contains("EXTRA"), "{page}");
    }
    let nothing = crate::guardctl().args(["man", "plann"]).output().expect("guardctl");
    assert!(text(&nothing.stderr).contains("there is no command plann: "));
}
