//! The docs show real output: every `console` block is run, in order, against the embedded AWS.
//!
//! `UPDATE_EXPECT=1 cargo test --test docs` writes what came out into the docs.
#![expect(clippy::disallowed_methods, reason = "what was written today shows today's date")]
#![expect(clippy::expect_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect_file;
use time::{Duration, OffsetDateTime};

mod support;

use support::Aws;

/// Runs the blocks of a page and holds what they print against what the page says.
fn check(page: &str) {
    let aws = Aws::start();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = support::empty_folder(&page.replace(['/', '.'], "-"));
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
    let bin = PathBuf::from(env!("CARGO_BIN_EXE_guardctl"));
    let path = format!("{}:/usr/bin:/bin", bin.parent().expect("a folder").display());
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("COLUMNS", "80")
        .envs(aws.environment())
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    // Pages do not change every day.
    let today = OffsetDateTime::now_utc().date();
    let text = text
        .replace(&today.to_string(), "2026-11-23")
        .replace(&(today + Duration::days(90)).to_string(), "2027-02-21");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_way_to_adopt_it_prints_what_the_page_says() {
    check("docs/adopt.md");
}

#[test]
fn help_is_what_the_page_says() {
    check("docs/guardctl.md");
}

/// The README shortens, so its lines are looked for one by one.
#[test]
fn the_readmes_first_command_prints_what_the_readme_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let (_, block) = readme.split_once("```text\n").expect("a block");
    let (block, _) = block.split_once("```").expect("its end");
    let output = Command::new(env!("CARGO_BIN_EXE_guardctl"))
        .args(["replay", "events/update-weakens-tls.json"])
        .current_dir(root)
        .output()
        .expect("guardctl");
    assert_eq!(output.status.code(), Some(0));
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printed = squeeze(&String::from_utf8(output.stdout).expect("text"));
    for line in block.lines() {
        let line = squeeze(line.trim_end_matches("..."));
        // The times of the shortened blocks stand before other lines.
        let line = match line.split_once(' ') {
            Some((at, rest)) if at.starts_with('+') => rest.to_owned(),
            _ => line,
        };
        assert!(printed.contains(line.trim()), "the README says {line:?}, and guardctl does not");
    }
}
