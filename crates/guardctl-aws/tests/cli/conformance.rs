//! `guardctl conformance` as a person starts it: what is asked, what Ctrl-C leaves, what the file says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use cognito_domain_guard_sandbox::{Action, Durations, World, WorldSettings};
use rexpect::session::spawn_command;

use crate::served::Served;
use crate::support::{empty_folder, text};

/// An AWS in which nobody waits long.
fn quick() -> Served {
    let second = Duration::from_secs(1);
    let durations = Durations {
        update_prefix: second,
        create_prefix: second,
        event_history: Duration::ZERO,
        ..Durations::default()
    };
    Served::of(World::new(WorldSettings { durations, ..WorldSettings::default() }))
}

fn file(folder: &str) -> PathBuf {
    empty_folder(folder).join("result.json")
}

fn command(served: &Served, output: &Path, more: &[&str]) -> Command {
    let output = output.display().to_string();
    let own = ["conformance", "--prefix", "guard-test-4711", "--output", &output];
    served.command(&[&own, more].concat())
}

fn run(served: &Served, output: &Path, more: &[&str]) -> Output {
    command(served, output, more).output().expect("guardctl")
}

fn writes(served: &Served) -> usize {
    let reads = [
        Action::DescribeUserPoolDomain,
        Action::DescribeUserPool,
        Action::ListUserPools,
        Action::LookupEvents,
    ];
    served.world.calls().iter().filter(|call| !reads.contains(&call.action)).count()
}

#[test]
fn nothing_is_made_before_somebody_says_yes() {
    let served = quick();
    let output = file("cli-conformance-asks");
    let dry = run(&served, &output, &["--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", text(&dry.stderr));
    let told = text(&dry.stdout);
    assert!(told.contains("makes the user pool guardctl-conformance-"), "{told}");
    assert!(told.contains("costs nothing"), "{told}");

    let nobody = run(&served, &output, &[]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(text(&nobody.stderr).contains("pass --yes"), "{}", text(&nobody.stderr));

    let mut terminal =
        spawn_command(command(&served, &output, &[]), Some(20_000)).expect("a terminal");
    terminal.exp_string("begin? Only \"yes\" counts: ").expect("the question");
    terminal.send_line("y").expect("an answer");
    terminal.exp_string("nothing was made").expect("its end");
    terminal.exp_eof().expect("its end");

    std::fs::write(&output, "mine").expect("a file");
    let over = run(&served, &output, &["--yes"]);
    assert_eq!(over.status.code(), Some(1));
    assert!(text(&over.stdout).contains("it is there already"), "{}", text(&over.stdout));
    assert_eq!(std::fs::read_to_string(&output).expect("the file"), "mine");

    assert_eq!(writes(&served), 0);
    assert!(!served.world.pools().iter().any(|pool| pool.contains("conformance")));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an answer that takes its time")]
fn ctrl_c_removes_what_was_made_and_the_file_says_what_was_found() {
    let served = quick();
    let output = file("cli-conformance-interrupted");
    let (sender, process) = channel::<u32>();
    // The first one comes while the domain is being created.
    served.world.before(Action::UpdateUserPoolDomain, |_| ());
    served.world.before(Action::UpdateUserPoolDomain, move |_| {
        let id = process.recv().expect("a process").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().expect("kill");
        assert!(sent.success());
        std::thread::sleep(Duration::from_millis(300));
    });
    let child = command(&served, &output, &["--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("guardctl");
    sender.send(child.id()).expect("the hook");
    let ended = child.wait_with_output().expect("its end");
    let told = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert!(told.contains("what it made is removed"), "{told}");
    assert_eq!(served.world.pools(), [""; 0]);
    assert_eq!(served.world.domain("guard-test-4711"), None);
    let file = std::fs::read_to_string(&output).expect("the file");
    assert!(file.contains("\"busy.creating\""), "{file}");
    assert!(file.contains("somebody interrupted it"), "{file}");
    assert!(!file.contains("111122223333:"), "{file}");
}

#[test]
fn without_a_reader_it_ends_before_it_makes_anything() {
    let served = quick();
    let output = file("cli-conformance-reader");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut child = command(&served, &output, &["--yes"]).stdout(writer).spawn().expect("guardctl");
    assert_eq!(child.wait().expect("its end").code(), Some(141));
    assert_eq!(writes(&served), 0);
    assert_eq!(served.world.pools(), [""; 0]);
}
