//! `guardctl-aws` as `guardctl` starts it for a person or a pipeline, against the embedded AWS.
#![expect(clippy::expect_used, reason = "a test may fail")]
#![allow(clippy::indexing_slicing, reason = "a test that panics has failed")]

mod apply;
#[path = "../../../guardctl/tests/cli/baseline_files.rs"]
mod baseline_files;
#[path = "../beside/mod.rs"]
mod beside;
mod commands;
mod conformance;
mod credentials;
mod decisions;
mod forms;
mod hostile;
mod in_force;
mod inputs;
mod interrupt;
mod list;
mod organization;
mod overrides;
mod plan;
#[path = "../../../guardctl/tests/support/printed.rs"]
mod printed;
mod probe;
mod report;
mod served;
#[path = "../../../guardctl/tests/cli/shipped.rs"]
mod shipped;
mod snapshot;
mod started;
#[path = "../../../guardctl/tests/support/mod.rs"]
mod support;
mod terminal;

/// The program under test.
fn guardctl() -> std::process::Command {
    support::at_root(env!("CARGO_BIN_EXE_guardctl-aws"))
}

/// The arguments of each of its commands that reads a baseline.
fn readers(baseline: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["plan", "--baseline", baseline],
        vec!["apply", "--baseline", baseline],
        vec!["rehearse", "--baseline", baseline, "events/update-compliant.json"],
        vec!["doctor", "--baseline", baseline],
    ]
}
