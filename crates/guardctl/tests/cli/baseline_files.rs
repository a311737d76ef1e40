//! What stands where a baseline should: links that lead elsewhere, devices, pipes, and files of another
//! kind. Every command that reads one refuses it, and shows nothing of it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{empty_folder, text};

pub(crate) const SECRET: &str = "correct-horse-battery-staple";
pub(crate) const SOUND: &str =
    "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n";

pub(crate) fn guardctl<A: AsRef<std::ffi::OsStr>>(arguments: &[A]) -> Command {
    let mut command = crate::guardctl();
    command.args(arguments).env("DEPLOY_SECRET", SECRET).stdin(Stdio::null());
    command
}

/// Ends within a time and with half a gigabyte, or is killed.
pub(crate) fn bounded(command: &mut Command) -> Output {
    let mut shell = Command::new("timeout");
    shell.args(["60", "sh", "-c", "ulimit -v 500000 && exec \"$0\" \"$@\""]);
    shell.arg(command.get_program()).args(command.get_args()).env("DEPLOY_SECRET", SECRET);
    shell.current_dir(crate::support::ROOT);
    shell.stdin(Stdio::null()).output().expect("a shell")
}

pub(crate) fn all(output: &Output) -> String {
    [text(&output.stdout), text(&output.stderr)].concat()
}

/// Refused with this, and nothing of the file was shown.
pub(crate) fn refused(output: &Output, because: &str) {
    let printed = all(output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains(because), "{printed}");
    assert!(!printed.contains(SECRET), "{printed}");
}

/// Each command of the program under test that reads a baseline, with this one.
fn readers(baseline: &Path) -> Vec<Command> {
    crate::readers(baseline.to_str().expect("a path")).iter().map(|one| guardctl(one)).collect()
}

#[test]
fn a_link_to_what_is_no_regular_file_is_refused_before_anything_of_it_is_shown() {
    let folder = empty_folder("cli-bounds-link");
    let baseline = folder.join("baseline.yaml");
    for target in ["/proc/self/environ", "/proc/self/status", "/dev/zero", "/proc/self"] {
        let _ = fs::remove_file(&baseline);
        symlink(target, &baseline).expect("a link");
        for mut command in readers(&baseline) {
            let output = bounded(&mut command);
            refused(&output, "cannot be read: it is ");
            assert!(!all(&output).contains("VmPeak"), "{}", all(&output));
        }
    }
}

#[test]
fn a_named_pipe_is_refused_and_nobody_waits_for_it() {
    let folder = empty_folder("cli-bounds-pipe");
    let pipe = folder.join("baseline.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let link = folder.join("link.yaml");
    symlink(&pipe, &link).expect("a link");
    for path in [&pipe, &link] {
        for mut command in readers(path) {
            refused(&bounded(&mut command), "cannot be read: it is not a regular file");
        }
    }
}

#[test]
fn what_is_no_text_is_refused_with_what_it_is_instead() {
    let folder = empty_folder("cli-bounds-text");
    let baseline = folder.join("baseline.yaml");
    let utf16: Vec<u8> = SOUND.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, because) in [
        (
            format!("version: 1\0x: {SECRET}\0").into_bytes(),
            "the control character U+0000 is at 1:11",
        ),
        (
            format!("version: 1\nx: \x1b[2J{SECRET}\n").into_bytes(),
            "the control character U+001B is at 2:4",
        ),
        ([b"version: 1\n# \xe9 ", SECRET.as_bytes()].concat(), "it is not UTF-8 text: see byte 13"),
        ([&[0xff, 0xfe][..], &utf16].concat(), "it is UTF-16; save it as UTF-8"),
    ] {
        fs::write(&baseline, &content).expect("a file");
        for mut command in readers(&baseline) {
            // The doctor would go on to AWS with any bytes; it judges them there.
            if command.get_args().next() != Some("doctor".as_ref()) {
                refused(&command.output().expect("guardctl"), because);
            }
        }
    }
}

#[test]
fn of_a_text_file_that_is_no_baseline_nothing_is_shown() {
    let folder = empty_folder("cli-bounds-other");
    let baseline = folder.join("baseline.yaml");
    for content in [
        format!("{SECRET}\n"),
        format!("*{SECRET}\n"),
        format!("[default]\naws_access_key_id = AKIA\naws_secret_access_key = {SECRET}\n"),
        format!("DB_PASSWORD={SECRET}\n"),
        format!("password: {SECRET}\n{SECRET}: x\n"),
        format!("{{\"auths\": {{\"ghcr.io\": {{\"auth\": \"{SECRET}\"}}}}}}"),
    ] {
        fs::write(&baseline, &content).expect("a file");
        for mut command in readers(&baseline) {
            if command.get_args().next() != Some("doctor".as_ref()) {
                let output = command.output().expect("guardctl");
                refused(&output, "does not look like a baseline");
            }
        }
    }
}

#[test]
fn a_baseline_that_is_too_large_is_refused_with_the_limit_before_it_is_read() {
    let baseline = empty_folder("cli-large-baseline").join("baseline.yaml");
    File::create(&baseline).and_then(|file| file.set_len(1 << 30)).expect("a file");
    for mut command in readers(&baseline) {
        refused(&bounded(&mut command), "cannot be read: it is larger than 4 MiB");
    }
}
