//! What a person sees: progress, colour, and lines that fit.

use std::fs;

use cognito_domain_guard_sandbox::Action;

use crate::printed::{fits, on_a_terminal};
use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

#[test]
fn progress_is_on_standard_error_of_a_terminal_and_data_on_standard_output() {
    let served = Served::start();
    served.world.put_domain(weak("login.example.com"));
    let file = empty_folder("cli-progress").join("baseline.yaml").display().to_string();
    let watched = on_a_terminal(served.shell(&format!("guardctl-aws snapshot > {file}")));
    assert!(watched.contains("\r\u{1b}[2Keu-central-1: 1 user pools, 1 domains"), "{watched:?}");
    let data = fs::read_to_string(&file).expect("the snapshot");
    assert!(data.starts_with("# An editor") && !data.contains('\u{1b}'), "{data}");
    // In a pipeline nobody watches.
    assert_eq!(text(&served.guardctl(&["snapshot"]).stderr), "");
}

#[test]
fn apply_that_waits_shows_how_long_cognito_has_been_at_it() {
    let served = Served::start();
    served.world.put_domain(weak("login.example.com"));
    let world = served.world.clone();
    // The first look is before the question, the second before the update, the third sees it busy.
    for _ in 0..3 {
        world.before(Action::DescribeUserPoolDomain, |_| ());
    }
    world.before(Action::DescribeUserPoolDomain, |world| {
        world.advance(std::time::Duration::from_secs(600));
    });
    let watched = on_a_terminal(served.command(&[
        "apply",
        "--domain",
        "login.example.com",
        "--yes",
        "--wait",
    ]));
    assert!(watched.contains("login.example.com: UPDATING for 0 s"), "{watched:?}");
    assert!(watched.contains("login.example.com: at its baseline, and in effect"), "{watched:?}");
}

#[test]
fn colour_is_for_terminals_whose_user_has_not_said_no() {
    let served = Served::start();
    served.world.put_domain(weak("login.example.com"));
    let plan = ["plan", "--domain", "login.example.com"];
    let red = "\u{1b}[31mdrifted: would be put back\u{1b}[0m";
    assert!(on_a_terminal(served.command(&plan)).contains(red));
    assert!(!text(&served.guardctl(&plan).stdout).contains('\u{1b}'));
    let mut plain =
        served.shell("NO_COLOR=1 guardctl-aws plan --domain login.example.com 2> /dev/null");
    plain.env("TERM", "xterm");
    assert!(!on_a_terminal(plain).contains('\u{1b}'));
    let help = on_a_terminal(served.shell("NO_COLOR=1 guardctl-aws plan --help"));
    assert!(!help.contains('\u{1b}'), "{help:?}");
}

#[test]
fn a_plan_fits_into_80_columns() {
    let served = Served::start();
    served.world.put_domain(weak("login.example.com"));
    served.world.put_domain(weak("pos.example.com"));
    let failing = crate::served::custom(
        "x.dev.example.com",
        cognito_domain_guard::domain::ObservedPolicy::Known(
            cognito_domain_guard::domain::SecurityPolicy::TlsV1_2_2021,
        ),
        true,
        Some(1),
    );
    served.world.put_domain(failing);
    let narrow = |arguments: &[&str]| {
        let output = served.command(arguments).env("COLUMNS", "80").output().expect("guardctl");
        text(&output.stdout).to_owned()
    };
    fits("plan", &narrow(&["plan"]));
    fits("list", &narrow(&["list"]));
    served.world.deny(Action::DescribeUserPoolDomain);
    fits("plan that is denied", &narrow(&["plan"]));
}
