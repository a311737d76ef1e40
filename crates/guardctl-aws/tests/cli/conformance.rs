//! `guardctl conformance` as a person starts it: what is asked, what Ctrl-C leaves, what the file says.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use cognito_domain_guard_sandbox::{
    Action, Caller, Certificate, Distribution, Durations, World, WorldSettings,
};
use rexpect::session::spawn_command;
use serde_json::json;

use crate::served::Served;
use crate::support::{empty_folder, text};

/// An AWS in which nobody waits long. Its time is that of the program, which asks CloudTrail since when it began.
#[expect(clippy::disallowed_methods, reason = "the program has the real time")]
fn quick() -> Served {
    let second = Duration::from_secs(1);
    let durations = Durations {
        update_prefix: second,
        create_prefix: second,
        event_history: Duration::ZERO,
        ..Durations::default()
    };
    let start = time::OffsetDateTime::now_utc();
    Served::of(World::new(WorldSettings { start, durations, ..WorldSettings::default() }))
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
        Action::DescribeCertificate,
        Action::ListDistributions,
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
    assert!(told.contains("Not measurable here\n"), "{told}");

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
fn a_name_that_is_an_alias_of_a_distribution_is_refused_before_anything_is_made() {
    let served = quick();
    let certificate = "arn:aws:acm:us-east-1:111122223333:certificate/1b2c";
    served.world.put_certificate(Certificate {
        arn: certificate.to_owned(),
        names: vec!["*.localhost".to_owned()],
        status: "ISSUED".to_owned(),
    });
    let put = |number: u32, alias: &str| {
        let aliases = vec![format!("cdn-{number}.example.com"), alias.to_owned()];
        served.world.put_distribution(Distribution { id: format!("E{number:03}"), aliases });
    };
    // One more than a page of CloudFront's has.
    (0..=100).for_each(|number| put(number, "*.localhost"));
    // The domain above it has an address on every machine.
    let name = "guard-test.localhost";
    let options = ["--dry-run", "--domain", name, "--certificate-arn", certificate];
    let output = file("cli-conformance-alias");
    let free = run(&served, &output, &options);
    let told = text(&free.stdout);
    assert_eq!(free.status.code(), Some(0), "{told}{}", text(&free.stderr));
    assert!(told.contains(&format!("ok    alias: {name} is on none of this account's")), "{told}");

    put(100, name);
    let taken = run(&served, &output, &options);
    let told = text(&taken.stdout);
    assert_eq!(taken.status.code(), Some(1), "{told}");
    assert!(
        told.contains(&format!(
            "no    alias: {name} is an alias of CloudFront's distribution E100"
        )),
        "{told}"
    );

    // CloudFront is asked in one region, whichever the run is of.
    served.world.at("111122223333", "us-east-1").deny(Action::ListDistributions);
    let unseen = run(&served, &output, &options);
    let told = text(&unseen.stdout);
    assert_eq!(unseen.status.code(), Some(0), "{told}");
    let note = "note  alias: could not look at your distributions: cloudfront:ListDistributions";
    assert!(told.contains(note) && told.contains("is not authorized to perform"), "{told}");
    assert_eq!(writes(&served), 0);
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

#[test]
fn a_run_that_may_make_nothing_ends_at_once() {
    let served = quick();
    let output = file("cli-conformance-denied");
    served.world.deny(Action::CreateUserPool);
    let denied = run(&served, &output, &["--yes"]);
    let told = text(&denied.stdout);
    assert_eq!(denied.status.code(), Some(2), "{told}");
    assert!(told.contains("CreateUserPool was refused with AccessDeniedException"), "{told}");
    // One is of the checks.
    let lookups = served.world.calls().into_iter();
    let lookups = lookups.filter(|call| call.action == Action::LookupEvents).count();
    assert_eq!(lookups, 1, "{told}");
}

/// As with `| head`: it may read as far as what was made, and no further.
fn check_a_reader_that_goes_away_meanwhile(folder: &str, is_stderr_read: bool) {
    let served = quick();
    let output = file(folder);
    let (sender, reader_is_gone) = channel::<()>();
    // The answer to the first update waits until nobody reads the line about it any more.
    served.world.before(Action::UpdateUserPoolDomain, move |_| {
        reader_is_gone.recv().expect("the reader");
    });
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = command(&served, &output, &["--yes"]);
    command.stdout(writer.try_clone().expect("the same pipe"));
    if is_stderr_read {
        command.stderr(Stdio::piped());
    } else {
        command.stderr(writer);
    }
    let child = command.spawn().expect("guardctl");
    let mut lines = BufReader::new(reader).lines();
    let is_made = |line: &str| line.contains("CreateUserPoolDomain guard-test-4711 -> accepted");
    assert!(lines.any(|line| is_made(&line.expect("a line"))));
    assert_ne!(served.world.domain("guard-test-4711"), None);
    drop(lines);
    sender.send(()).expect("the hook");

    let ended = child.wait_with_output().expect("its end");
    let told = text(&ended.stderr);
    assert_eq!(ended.status.code(), Some(141), "{told}");
    assert_eq!(served.world.pools(), [""; 0]);
    assert_eq!(served.world.domain("guard-test-4711"), None);
    let updates = served.world.calls().into_iter();
    let updates = updates.filter(|call| call.action == Action::UpdateUserPoolDomain).count();
    assert_eq!(updates, 1, "it goes on measuring");
    let file = std::fs::read_to_string(&output).expect("the file");
    assert!(file.contains("whoever read its output went away"), "{file}");
    assert_eq!(told.contains("what it made is removed"), is_stderr_read, "{told}");
}

#[test]
fn a_reader_that_goes_away_ends_the_measuring_and_what_was_made_is_removed() {
    check_a_reader_that_goes_away_meanwhile("cli-conformance-reader-gone", true);
}

#[test]
fn a_reader_of_both_outputs_that_goes_away_keeps_nothing_from_being_removed() {
    check_a_reader_that_goes_away_meanwhile("cli-conformance-both-gone", false);
}

/// What somebody sees who says yes, after an earlier run was killed.
#[test]
fn what_an_earlier_run_left_is_listed_and_removed_once_somebody_says_yes() {
    let served = quick();
    let output = file("cli-conformance-leftover");
    let run = "20261126t204512z-0a1b2";
    let left = served.world.call_as(
        &Caller::iam_user("111122223333", "jane"),
        Action::CreateUserPool,
        json!({
            "PoolName": format!("guardctl-conformance-{run}-prefix"),
            "UserPoolTags": {"guardctl-conformance": run},
        }),
    );
    let left = left.expect("a pool")["UserPool"]["Id"].as_str().expect("an id").to_owned();

    let mut terminal =
        spawn_command(command(&served, &output, &[]), Some(60_000)).expect("a terminal");
    terminal.exp_string(&format!("run {run}: user pool")).expect("the list");
    terminal.exp_string("remove 1 leftover of earlier runs, and begin?").expect("the question");
    assert!(served.world.pools().contains(&left));
    terminal.send_line("yes").expect("an answer");
    terminal.exp_string(&format!("DeleteUserPool guardctl-conformance-{run}")).expect("a step");
    terminal.exp_string("What was found").expect("the end");
    terminal.exp_string("omitted.managed_login_version (prefix): reset").expect("an answer");
    terminal.exp_string("Your Cognito").expect("its words");
    terminal.exp_eof().expect("its end");
    assert_eq!(served.world.pools(), [""; 0]);

    let file = std::fs::read_to_string(&output).expect("the file");
    let file: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    assert_eq!((file["format"].as_str(), file["left"].as_u64()), (Some("1"), Some(0)));
    assert_eq!(file["events"]["missing"], serde_json::Value::Null);
}
