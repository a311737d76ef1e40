//! `guardctl` goes on as `guardctl-aws`, and whoever called it sees no difference.

use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cognito_domain_guard_sandbox::Action;

use crate::beside::programs;
use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

/// A folder with guardctl alone, and beside it this script in place of the other program, if there is one.
///
/// Neither is written by this process: what it has open for writing, a child that another test has just forked has
/// open too until it becomes its own program, and the kernel starts no file that is being written ("Text file busy").
fn installed(name: &str, other: Option<&str>) -> PathBuf {
    let folder = empty_folder(name);
    fs::hard_link(programs().join("guardctl"), folder.join("guardctl")).expect("a link");
    if let Some(other) = other {
        script(&folder, other);
    }
    folder
}

fn script(folder: &Path, text: &str) {
    let path = folder.join("guardctl-aws");
    let writes = r#"printf '#!/bin/sh\n%s\n' "$1" > "$0" && chmod 755 "$0""#;
    let written = Command::new("sh").arg("-c").arg(writes).arg(&path).arg(text).status();
    assert!(written.expect("sh").success(), "{}", path.display());
}

fn guardctl(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("guardctl"));
    command.env("PATH", "/usr/bin:/bin");
    command
}

#[test]
fn every_command_on_an_account_answers_through_guardctl() {
    let served = Served::start();
    served.world.put_domain(weak("login.example.com"));
    let guardctl = |arguments: &[&str]| {
        let mut command = served.command(arguments);
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut through = Command::new(programs().join("guardctl"));
        through.args(arguments).current_dir(crate::support::ROOT);
        for (name, value) in command.get_envs() {
            through.env(name, value.expect("a value"));
        }
        let direct = command.output().expect("guardctl-aws");
        (through.output().expect("guardctl"), direct)
    };
    for arguments in [
        &["list"][..],
        &["snapshot"],
        &["plan", "--domain", "login.example.com"],
        &["plan", "--domain", "login.example.com", "--format", "markdown"],
        &["rehearse", "events/update-weakens-tls.json"],
        &["replay", "--live", "events/update-weakens-tls.json"],
        &["apply", "--domain", "login.example.com"],
        &["doctor"],
    ] {
        let (through, direct) = guardctl(arguments);
        assert_eq!(through, direct, "{arguments:?}");
        assert!(!through.stdout.is_empty() || !through.stderr.is_empty(), "{arguments:?}");
    }
    let (applied, _) = guardctl(&["apply", "--domain", "login.example.com", "--yes"]);
    assert_eq!(applied.status.code(), Some(0), "{}", text(&applied.stderr));
    let is_update = |call: &Action| *call == Action::UpdateUserPoolDomain;
    assert_eq!(served.world.calls().iter().filter(|call| is_update(&call.action)).count(), 1);
}

#[test]
fn arguments_environment_streams_and_the_exit_code_pass_through_unchanged() {
    let folder = installed(
        "started-through",
        Some("printf '<%s>' \"$@\" \"$SOMETHING\"; cat; echo complaint >&2; exit 42"),
    );
    let odd = std::ffi::OsStr::from_bytes(b"\xff b\n$(c)'\"");
    let mut child = guardctl(&folder)
        .args(["plan", "--stack", "a b", "--profile="])
        .arg("--baseline")
        .arg(odd)
        .env("SOMETHING", odd)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("guardctl");
    child.stdin.take().expect("its input").write_all(b"from standard input").expect("written");
    let output = child.wait_with_output().expect("its end");
    let odd = odd.as_bytes();
    let expected = [
        b"<plan><--stack><a b><--profile=><--baseline><",
        odd,
        b"><",
        odd,
        b">from standard input",
    ];
    assert_eq!(output.stdout, expected.concat());
    assert_eq!(text(&output.stderr), "complaint\n");
    assert_eq!(output.status.code(), Some(42));
}

#[test]
fn a_signal_reaches_the_program_that_does_the_work_and_its_end_is_guardctls() {
    let folder = installed("started-signal", Some("kill -TERM $$"));
    let output = guardctl(&folder).arg("plan").output().expect("guardctl");
    assert_eq!(output.status.signal(), Some(15));
    // It is the same process, so that whoever signals guardctl signals the other one.
    let folder = installed("started-process", Some("echo $$"));
    let child = guardctl(&folder).arg("plan").stdout(Stdio::piped()).spawn().expect("guardctl");
    let process = child.id().to_string();
    let output = child.wait_with_output().expect("its end");
    assert_eq!(text(&output.stdout).trim(), process);
}

#[test]
fn the_program_beside_guardctl_counts_before_one_on_path() {
    let folder = installed("started-beside", Some("echo beside"));
    let other = empty_folder("started-on-path");
    script(&other, "echo on PATH");
    let run = |program: &Path| {
        let output = Command::new(program)
            .arg("plan")
            .env("PATH", format!("{}:/usr/bin:/bin", other.display()))
            .output()
            .expect("guardctl");
        text(&output.stdout).to_owned()
    };
    assert_eq!(run(&folder.join("guardctl")), "beside\n");
    // Also where guardctl is called by a link.
    let link = empty_folder("started-link").join("guardctl");
    symlink(folder.join("guardctl"), &link).expect("a link");
    assert_eq!(run(&link), "beside\n");
    fs::remove_file(folder.join("guardctl-aws")).expect("removed");
    assert_eq!(run(&folder.join("guardctl")), "on PATH\n");
}

#[test]
fn where_the_other_program_is_missing_one_error_says_how_to_get_it() {
    let folder = installed("started-missing", None);
    for arguments in [&["plan"][..], &["doctor"], &["replay", "--live", "event.json"]] {
        let output = guardctl(&folder).args(arguments).output().expect("guardctl");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let told = text(&output.stderr);
        assert_eq!(told.matches("error:").count(), 1, "{told}");
        assert!(told.contains("cargo build -p guardctl-aws"), "{told}");
        assert!(told.contains("cargo install --locked --path crates/guardctl-aws"), "{told}");
        assert_eq!(text(&output.stdout), "");
    }
    // What needs none of it works, and so does the help of what does.
    for arguments in [&["schema", "notice"][..], &["plan", "--help"], &["help", "doctor"]] {
        let output = guardctl(&folder).args(arguments).output().expect("guardctl");
        assert!(output.status.success() && !output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn one_that_cannot_be_started_is_named() {
    let folder = installed("started-not", Some("exit 0"));
    let path = folder.join("guardctl-aws");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("its mode");
    let output = guardctl(&folder).arg("plan").output().expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains(&format!("{} cannot be started: ", path.display())), "{told}");
}

#[test]
fn one_of_another_version_refuses_to_go_on() {
    let output = crate::guardctl().arg("plan").env("GUARDCTL_VERSION", "9.9.9").output();
    let output = output.expect("guardctl-aws");
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    let own = env!("CARGO_PKG_VERSION");
    assert!(told.contains(&format!("is version {own}")) && told.contains("9.9.9"), "{told}");
    assert!(told.contains("from the same checkout"), "{told}");
}

#[test]
fn called_by_itself_for_what_needs_no_account_it_names_guardctl() {
    let output = crate::guardctl().args(["schema", "notice"]).output().expect("guardctl-aws");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("call guardctl for it"), "{}", text(&output.stderr));
}
