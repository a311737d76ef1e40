//! `guardctl` as a person or a pipeline runs it, without an account.
#![expect(clippy::expect_used, reason = "a test may fail")]
#![allow(clippy::indexing_slicing, reason = "a test that panics has failed")]

mod baseline_files;
mod bounds;
mod cases;
mod commands;
mod hostile;
mod index;
mod inputs;
mod interrupt;
#[path = "../support/printed.rs"]
mod printed;
mod shipped;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod validate;

/// The program under test.
fn guardctl() -> std::process::Command {
    support::at_root(env!("CARGO_BIN_EXE_guardctl"))
}

/// The arguments of each of its commands that reads a baseline.
fn readers(baseline: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["validate", baseline],
        vec!["validate", "--format", "json", baseline],
        vec!["validate", "--format", "github", baseline],
        vec!["replay", "--baseline", baseline, "events/update-compliant.json"],
    ]
}
