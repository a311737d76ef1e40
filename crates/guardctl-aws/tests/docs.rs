//! The docs show real output: every `console` block is run, in order, against the embedded AWS.
//!
//! `cargo build -p guardctl && UPDATE_EXPECT=1 cargo test -p guardctl-aws --test docs` writes what came out
//! into the docs.
#![expect(clippy::disallowed_methods, reason = "what was written today shows today's date")]
#![expect(clippy::expect_used, reason = "a test may fail")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use expect_test::expect_file;
use time::{Duration, OffsetDateTime};

mod beside;
#[path = "../../guardctl/tests/support/mod.rs"]
mod support;

/// The program that people call.
fn program() -> String {
    beside::programs().join("guardctl").display().to_string()
}

/// A running `guardctl sandbox`, ended when dropped.
struct Aws {
    child: Child,
    endpoint: String,
}

impl Aws {
    fn start() -> Self {
        let mut child = support::at_root(&program())
            .args(["sandbox", "--listen", "127.0.0.1:0", "--update-seconds", "1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("guardctl sandbox");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("a line");
        let endpoint = line
            .split_ascii_whitespace()
            .find_map(|part| part.strip_prefix("AWS_ENDPOINT_URL="))
            .expect("the endpoint")
            .to_owned();
        Self { child, endpoint }
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the blocks of a page and holds what they print against what the page says.
fn check(page: &str) {
    let aws = Aws::start();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = support::empty_folder(&page.replace(['/', '.'], "-"));
    // As in a checkout.
    copy_folder(&root.join("baseline"), &folder.join("baseline"));
    copy_folder(&root.join("docs/schema"), &folder.join("docs/schema"));
    let text = fs::read_to_string(root.join(page)).expect("the page");
    let mut rendered = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        rendered.push_str(line);
        rendered.push('\n');
        if line != "```console" {
            continue;
        }
        for line in lines.by_ref() {
            if line == "```" {
                rendered.push_str("```\n");
                break;
            }
            if let Some(command) = line.strip_prefix("$ ") {
                rendered.push_str(&format!("{line}\n{}", run(command, &folder, &aws)));
            }
        }
    }
    expect_file![root.join(page)].assert_eq(&rendered);
}

fn run(command: &str, folder: &Path, aws: &Aws) -> String {
    let path = format!("{}:/usr/bin:/bin", beside::programs().display());
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("COLUMNS", "80")
        .envs(aws.environment())
        .output()
        .expect("a shell");
    let text = support::text(&output.stdout);
    // Pages do not change every day.
    let today = OffsetDateTime::now_utc().date();
    let text = text
        .replace(&today.to_string(), "2026-11-23")
        .replace(&(today + Duration::days(90)).to_string(), "2027-02-21");
    text.lines().map(|line| format!("{}\n", steady(line.trim_end()))).collect()
}

/// The line with one digest for all: those of a snapshot change with its date.
fn steady(line: &str) -> String {
    let Some((before, digest)) = line.split_once("(digest ") else { return line.to_owned() };
    let after = digest.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    assert_eq!(digest.len() - after.len(), 12, "{line}");
    format!("{before}(digest 3f9c0d5b7e12{after}")
}

#[test]
fn the_way_to_adopt_it_prints_what_the_page_says() {
    check("docs/adopt.md");
}

#[test]
fn help_is_what_the_page_says() {
    check("docs/guardctl.md");
}

/// The files of a folder, in another.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
    }
}

/// A folder with what the examples name, as somebody who tries them would have it.
fn workplace(name: &str) -> PathBuf {
    use std::io::Write as _;
    let folder = support::empty_folder(name);
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    for shipped in ["baseline", "events"] {
        copy_folder(&root.join(shipped), &folder.join(shipped));
    }
    fs::copy(folder.join("baseline/example.yaml"), folder.join("my.yaml")).expect("a copy");
    fs::copy(folder.join("events/update-compliant.json"), folder.join("event.json"))
        .expect("a copy");
    let record = fs::read_to_string(folder.join("events/cloudtrail-record.json")).expect("one");
    let log = "111122223333_CloudTrail_eu-central-1_20261123T1200Z_x.json.gz";
    let log = fs::File::create(folder.join(log)).expect("a file");
    let mut log = flate2::write::GzEncoder::new(log, flate2::Compression::fast());
    write!(log, "{{\"Records\": [{record}]}}").expect("written");
    log.finish().expect("finished");
    folder
}

/// Runs an example as it stands, and says how it ended and what it said on standard error.
fn example(line: &str, folder: &Path, aws: &Aws) -> (Option<i32>, String) {
    let path = format!("{}:/usr/bin:/bin", beside::programs().display());
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .envs(aws.environment())
        .output()
        .expect("a shell");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn every_example_of_a_help_text_runs() {
    let aws = Aws::start();
    let folder = workplace("help-examples");
    fs::create_dir_all(folder.join(".local/share/bash-completion/completions")).expect("a folder");
    let help = |command: &str| {
        let (code, out) =
            (example(&format!("guardctl {command} --help > help"), &folder, &aws).0, "help");
        assert_eq!(code, Some(0), "{command}");
        fs::read_to_string(folder.join(out)).expect("the help")
    };
    let all = help("");
    let (_, commands) = all.split_once("Commands:\n").expect("commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands: Vec<_> = commands
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .map(str::to_owned)
        .collect();
    assert!(commands.len() >= 9, "{commands:?}");
    for command in commands {
        let help = help(&command);
        let (_, examples) =
            help.split_once("Example").unwrap_or_else(|| panic!("{command} has no example"));
        for line in examples.lines().filter(|line| line.starts_with("  guardctl")) {
            // The first goes on until it is ended: every test here runs against one. The others want a guard
            // that has been deployed, and has reverted something; a conformance run takes its time.
            let needs_more = ["sandbox", "doctor", "undo", "report"].contains(&command.as_str());
            // Endpoints are asked in scripts/probe-servers: no test here leaves the machine.
            let asks_an_endpoint = command == "probe" || line.contains("--probe");
            // And an organization wants a hub: tests/cli/organization.rs names its accounts.
            let needs_a_hub = line.contains("--organization");
            let takes_long = command == "conformance" && !line.contains("--dry-run");
            if needs_more || asks_an_endpoint || needs_a_hub || takes_long {
                continue;
            }
            // A pager is not everywhere.
            let line = line.split(" | man").next().unwrap_or_default();
            let (code, told) = example(line, &folder, &aws);
            // 2: it ran, and something is not at its baseline.
            assert!(matches!(code, Some(0 | 2)), "{line} ended with {code:?}: {told}");
            assert!(!told.contains("error:"), "{line} says: {told}");
        }
    }
}

#[test]
fn every_command_of_the_readme_runs() {
    let aws = Aws::start();
    let folder = workplace("readme-examples");
    let readme = include_str!("../../../README.md");
    let in_blocks =
        readme.lines().filter_map(|line| line.strip_prefix("cargo run -p guardctl -- "));
    let in_text = readme.split('`').filter_map(|code| code.strip_prefix("guardctl "));
    // A deployed guard, and the time for a run, is what scripts/e2e has; endpoints, scripts/probe-servers.
    let wants_none = |command: &&str| {
        !["doctor", "conformance", "probe"].iter().any(|name| command.starts_with(name))
    };
    let commands: Vec<_> = in_blocks.chain(in_text).filter(wants_none).collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for command in commands {
        let line = format!("guardctl {}", command.replace("events/...", "events/*.json"));
        let (code, told) = example(&line, &folder, &aws);
        assert!(matches!(code, Some(0 | 2)), "{line} ended with {code:?}: {told}");
    }
}

#[test]
fn the_mistake_in_the_docs_is_reported_as_the_docs_say() {
    let page = include_str!("../../../docs/configure.md");
    let (_, block) = page.split_once("```text\nerror: ").expect("a mistake");
    let (block, _) = block.split_once("```").expect("its end");
    let folder = support::empty_folder("readme-mistake");
    let text = "version: 1\n\nmode: enforce\ndefaults:\n  security_policy: TLS_V12\n";
    fs::write(folder.join("baseline.yaml"), text).expect("a file");
    let output = Command::new(beside::programs().join("guardctl"))
        .args(["validate", "baseline.yaml"])
        .current_dir(folder)
        .output()
        .expect("guardctl");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(printed.contains(block), "{printed}");
}
