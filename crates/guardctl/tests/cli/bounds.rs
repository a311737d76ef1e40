//! What others put where guardctl reads: bombs, and names and texts that act on a terminal.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::baseline_files::{SECRET, SOUND, all, bounded, guardctl, refused};
use crate::support::{empty_folder, text};

fn event() -> Value {
    let text =
        fs::read_to_string(crate::shipped::at("events/update-weakens-tls.json")).expect("an event");
    serde_json::from_str(&text).expect("JSON")
}

fn with_stdin(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = guardctl(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("guardctl");
    let mut stdin = child.stdin.take().expect("its input");
    let input = input.to_vec();
    // It may stop reading.
    let writer = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().expect("its end");
    writer.join().expect("a thread");
    output
}

fn gzipped(path: &Path, parts: impl IntoIterator<Item = Vec<u8>>) {
    let mut archive = GzEncoder::new(File::create(path).expect("a file"), Compression::fast());
    for part in parts {
        archive.write_all(&part).expect("written");
    }
    archive.finish().expect("finished");
}

#[test]
fn an_event_that_is_a_link_to_no_regular_file_is_refused() {
    let folder = empty_folder("cli-bounds-event-link");
    let event = folder.join("event.json");
    for target in ["/proc/self/environ", "/proc/self/status", "/dev/zero", "/proc/self"] {
        let _ = fs::remove_file(&event);
        symlink(target, &event).expect("a link");
        let replayed = bounded(&mut guardctl(&["replay".as_ref(), event.as_os_str()]));
        assert_eq!(replayed.status.code(), Some(1), "{}", all(&replayed));
        assert!(!all(&replayed).contains(SECRET));
    }
}

#[test]
fn a_named_pipe_among_the_events_is_refused_and_nobody_waits_for_it() {
    let folder = empty_folder("cli-bounds-event-pipe");
    let pipe = folder.join("event.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let replayed = bounded(&mut guardctl(&["replay".as_ref(), folder.as_os_str()]));
    refused(&replayed, "not a regular file");
}

#[test]
fn a_link_to_a_regular_file_is_ordinary_and_so_are_standard_input_and_pipes_of_the_shell() {
    let folder = empty_folder("cli-bounds-ordinary");
    let file = folder.join("file.yaml");
    fs::write(&file, SOUND).expect("a file");
    let link = folder.join("baseline.yaml");
    symlink("file.yaml", &link).expect("a link");
    let valid = |output: &Output| {
        assert_eq!(output.status.code(), Some(0), "{}", all(output));
    };
    valid(&guardctl(&["validate".as_ref(), link.as_os_str()]).output().expect("guardctl"));
    for stdin in ["-", "/dev/stdin"] {
        valid(&with_stdin(&["validate", stdin], SOUND.as_bytes()));
        let event = event().to_string();
        let replayed = with_stdin(&["replay", stdin], event.as_bytes());
        assert!(text(&replayed.stdout).contains("standard input"), "{}", all(&replayed));
    }
    let bin = env!("CARGO_BIN_EXE_guardctl");
    let line = format!("'{bin}' validate <(cat '{}')", file.display());
    valid(&Command::new("bash").args(["-c", &line]).output().expect("bash"));
    valid(&with_stdin(&["validate", "-"], ["\u{feff}", SOUND].concat().as_bytes()));
}

#[test]
fn standard_input_that_is_no_text_is_refused_as_a_file_would_be() {
    let nul = format!("version: 1\0x: {SECRET}\0").into_bytes();
    let refusal = "the control character U+0000 is at 1:11";
    refused(&with_stdin(&["validate", "-"], &nul), refusal);
    let other = [b"version: 1\n# \xe9 ", SECRET.as_bytes()].concat();
    refused(&with_stdin(&["validate", "-"], &other), "it is not UTF-8 text: see byte 13");
}

#[test]
fn an_excerpt_of_a_long_line_is_short() {
    let folder = empty_folder("cli-bounds-long");
    let baseline = folder.join("baseline.yaml");
    let line = format!("{{version: 1, x: \"{}\", mode: adit}}\n", "y".repeat(100_000));
    fs::write(&baseline, line).expect("a file");
    let output = guardctl(&["validate".as_ref(), baseline.as_os_str()]).output().expect("guardctl");
    let printed = text(&output.stdout);
    assert!(printed.contains("\"adit\" is not a mode") && printed.len() < 3_000, "{printed}");
    let excerpt = printed.lines().filter(|line| line.starts_with("1 | ")).nth(1).expect("two");
    let at = excerpt.chars().position(|c| c == 'a').expect("the mode");
    let carets = printed.lines().find(|line| line.contains("^^^^")).expect("carets");
    assert!(excerpt.contains("mode: adit") && carets.chars().nth(at) == Some('^'), "{printed}");
}

#[test]
fn a_file_name_cannot_act_on_a_terminal_or_forge_a_line() {
    let folder = empty_folder("cli-bounds-name");
    let name = "a\nerror: forged\u{1b}[2J\u{202e}.json";
    let events = folder.join(name);
    fs::write(&events, "{").expect("a file");
    let baseline = folder.join("b\n::error::forged\u{1b}[31m.yaml");
    fs::write(&baseline, "version: 1\nmode: adit\n").expect("a file");
    let gone = folder.join("gone\n\u{1b}]0;t\u{7}");
    let odd = folder.join(std::ffi::OsStr::from_bytes(b"\xff\x1b[m"));
    let b = baseline.as_os_str();
    for arguments in [
        vec!["replay".as_ref(), events.as_os_str()],
        vec!["replay".as_ref(), folder.as_os_str()],
        vec!["replay".as_ref(), gone.as_os_str()],
        vec!["replay".as_ref(), odd.as_os_str()],
        vec!["validate".as_ref(), b],
        vec!["validate".as_ref(), "--format".as_ref(), "github".as_ref(), b],
        vec!["validate".as_ref(), "--format".as_ref(), "json".as_ref(), b],
        vec!["validate".as_ref(), gone.as_os_str()],
        // As `guardctl validate *` would have it.
        vec!["validate".as_ref(), b, gone.as_os_str()],
        vec![gone.as_os_str()],
    ] {
        let output = guardctl(&arguments).output().expect("guardctl");
        let printed = all(&output);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!printed.contains(acts), "{arguments:?}: {printed:?}");
        assert!(
            printed
                .lines()
                .all(|line| !line.starts_with("error: forged") && !line.starts_with("::error::")),
            "{arguments:?}: {printed}"
        );
        assert!(!output.status.success(), "{arguments:?}");
    }
}

#[test]
fn text_of_others_in_events_and_answers_cannot_act_on_a_terminal() {
    let folder = empty_folder("cli-bounds-text-of-others");
    let mut event = event();
    event["detail"]["userAgent"] = json!("aws-cli/2.0 \u{1b}[2J\u{9b}1A\r\u{202e}");
    event["detail"]["eventID"] = json!("id\u{1b}]0;title\u{7}\nerror: forged");
    event["detail"]["userIdentity"]["arn"] = json!("arn:aws:iam::111122223333:user/\u{1b}[31mred");
    let file = folder.join("event.json");
    for content in [event.clone(), json!({ "Records": [event["detail"]] })] {
        fs::write(&file, content.to_string()).expect("a file");
        for format in [&[][..], &["--json"]] {
            let mut command = guardctl(&["replay"]);
            let output = command.arg(&file).args(format).output().expect("guardctl");
            let printed = all(&output);
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!printed.contains(acts), "{printed:?}");
            assert!(printed.lines().all(|line| !line.starts_with("error: forged")), "{printed}");
        }
    }
    // A baseline may have them in quotes.
    let baseline = folder.join("baseline.yaml");
    fs::write(&baseline, "version: 1\n\"mo\\e[2Jde\\n\": \"\\u202e\\e\"\n").expect("a file");
    let output = guardctl(&["validate".as_ref(), baseline.as_os_str()]).output().expect("guardctl");
    let printed = all(&output);
    assert!(!printed.contains(|c: char| c.is_control() && c != '\n'), "{printed:?}");
    assert!(printed.contains("mo\\u001b[2Jde"), "{printed}");
}

/// 3 GB of memory before there were limits.
#[test]
fn a_small_archive_of_something_huge_is_refused_with_the_limit_and_in_little_memory() {
    let folder = empty_folder("cli-bounds-bombs");
    let file = |name: &str| folder.join(name);
    let mebibytes = |byte: u8, count: usize| std::iter::repeat_n(vec![byte; 1 << 20], count);
    let start = |text: &str| std::iter::once(text.as_bytes().to_vec());
    gzipped(&file("zeros.json.gz"), mebibytes(0, 300));
    gzipped(&file("number.json.gz"), mebibytes(b'1', 300));
    gzipped(&file("string.json.gz"), start("{\"a\": \"").chain(mebibytes(b'x', 300)));
    gzipped(
        &file("record.json.gz"),
        start("{\"Records\": [{\"eventName\": \"").chain(mebibytes(b'x', 300)),
    );
    let objects = "{\"\":0},".repeat(100_000).into_bytes();
    gzipped(
        &file("objects.json.gz"),
        start("{\"Records\": [{\"a\": [").chain(std::iter::repeat_n(objects, 60)),
    );
    gzipped(&file("deep.json.gz"), mebibytes(b'[', 10));
    for (name, because) in [
        ("zeros.json.gz", "is not JSON"),
        ("number.json.gz", "has an event of more than 6 MiB"),
        ("string.json.gz", "has an event of more than 6 MiB"),
        ("record.json.gz", "has an event of more than 6 MiB"),
        ("objects.json.gz", "has an event of more than 100000 values"),
        ("deep.json.gz", "nested more than 128 levels deep"),
    ] {
        let path = file(name);
        let output = bounded(&mut guardctl(&["replay".as_ref(), path.as_os_str()]));
        refused(&output, because);
        assert!(text(&output.stderr).contains(name), "{}", all(&output));
        let whole = fs::read(&path).expect("a file");
        refused(&with_stdin(&["replay", "-"], &whole), because);
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_with_the_limit_before_it_is_read() {
    let folder = empty_folder("cli-bounds-large");
    let sparse = |name: &str, size: u64| {
        let path = folder.join(name);
        File::create(&path).and_then(|file| file.set_len(size)).expect("a file");
        path
    };
    let events = sparse("events.json", 300 << 20);
    let replayed = bounded(&mut guardctl(&["replay".as_ref(), events.as_os_str()]));
    refused(&replayed, "events.json cannot be read: it is larger than 256 MiB; split it");
    let comment = "# x\n".repeat(2 << 20);
    refused(&with_stdin(&["validate", "-"], comment.as_bytes()), "it is larger than 4 MiB");
}

/// Of a log file, only the calls on user pool domains are kept.
#[test]
fn a_long_log_file_is_read_in_little_memory() {
    let folder = empty_folder("cli-bounds-log");
    let file = folder.join("log.json.gz");
    let record = event()["detail"].clone();
    let mut other = record.clone();
    other["eventName"] = json!("DescribeUserPool");
    let others = format!("{other},").repeat(1000).into_bytes();
    let start = b"{\"x\": 1, \"Records\": [".to_vec();
    let end = format!("{{\"eventCategory\": \"Insight\"}}, {record}], \"y\": 2}}").into_bytes();
    let parts = std::iter::once(start).chain(std::iter::repeat_n(others, 10)).chain([end]);
    gzipped(&file, parts);
    let mut command = guardctl(&["replay".as_ref(), file.as_os_str()]);
    let output = bounded(command.arg("--json"));
    assert_eq!(output.status.code(), Some(0), "{}", all(&output));
    let stories: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(stories.as_array().map(Vec::len), Some(1));
    assert!(text(&output.stderr).contains("passed over: 1 record without an eventName"));
}

#[test]
fn json_that_cannot_be_read_is_named_and_the_other_files_are_read() {
    let folder = empty_folder("cli-bounds-json");
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let deeper = json!({ "Messages": [{ "Body": deep }] }).to_string();
    for (name, content, because) in [
        ("a.json", deep.as_str(), "a.json is not JSON: nested more than 128 levels deep"),
        ("b.json", "{\"detail\": 1e999}", "b.json is not JSON: number out of range"),
        ("c.json", "", "c.json is empty"),
        ("d.json", "{\"a\": \"\0\"}", "d.json is not JSON: control character"),
        ("e.json", "\u{1f}\u{8b}", "e.json is not JSON"),
        ("f.json.gz", "\x1f", "f.json.gz is not JSON"),
        (
            "g.json",
            &deeper,
            "g.json: what is in Body is not readable JSON: nested more than 128 levels deep",
        ),
        (
            "h.json",
            &format!("{} {{x", event()),
            "h.json is not JSON: key must be a string at line 1 column 2 (in value 2)",
        ),
    ] {
        fs::write(folder.join(name), content).expect("a file");
        let path = folder.join(name);
        let output = guardctl(&["replay".as_ref(), path.as_os_str()]).output().expect("guardctl");
        assert_eq!(output.status.code(), Some(1), "{name}: {}", all(&output));
        assert!(text(&output.stderr).contains(because), "{name}: {}", all(&output));
    }
    // A gzip that ends too early.
    gzipped(&folder.join("i.json.gz"), [event().to_string().into_bytes()]);
    let whole = fs::read(folder.join("i.json.gz")).expect("a file");
    fs::write(folder.join("i.json.gz"), &whole[..whole.len() / 2]).expect("a file");
    symlink("/nowhere", folder.join("j.json")).expect("a link");
    fs::write(folder.join("z.json"), event().to_string()).expect("a file");
    let output = guardctl(&["replay".as_ref(), folder.as_os_str()]).output().expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    for name in [
        "a.json",
        "b.json",
        "c.json",
        "d.json",
        "e.json",
        "f.json.gz",
        "g.json",
        "h.json",
        "j.json",
    ] {
        assert!(told.contains(name), "{name}: {told}");
    }
    assert!(told.contains("i.json.gz cannot be decompressed"), "{told}");
    assert!(text(&output.stdout).contains("z.json"), "{}", text(&output.stdout));
}

/// As root, nothing is forbidden.
#[test]
fn a_file_that_may_not_be_read_is_named_and_the_others_are_read() {
    let folder = empty_folder("cli-bounds-forbidden");
    for name in ["a.json", "b.json"] {
        fs::write(folder.join(name), event().to_string()).expect("a file");
    }
    let forbidden = folder.join("a.json");
    fs::set_permissions(&forbidden, fs::Permissions::from_mode(0o000)).expect("permissions");
    let is_root = File::open(&forbidden).is_ok();
    let output = guardctl(&["replay".as_ref(), folder.as_os_str()]).output().expect("guardctl");
    assert!(text(&output.stdout).contains("b.json"), "{}", all(&output));
    if !is_root {
        refused(&output, "a.json cannot be read: Permission denied");
    }
}

#[test]
fn links_to_folders_are_not_followed_so_a_loop_of_them_ends_and_each_file_is_read_once() {
    let folder = empty_folder("cli-bounds-loop");
    let day = folder.join("AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/23");
    fs::create_dir_all(&day).expect("folders");
    fs::write(day.join("event.json"), event().to_string()).expect("a file");
    fs::write(day.join("digest.json"), "{\"digestStartTime\": \"x\", \"logFiles\": []}")
        .expect("a file");
    symlink("..", day.join("up")).expect("a link");
    symlink(&folder, day.join("top")).expect("a link");
    symlink(".", folder.join("self")).expect("a link");
    symlink("/", folder.join("all")).expect("a link");
    let output = bounded(guardctl(&["replay".as_ref(), folder.as_os_str()]).arg("--json"));
    assert_eq!(output.status.code(), Some(0), "{}", all(&output));
    let stories: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(stories.as_array().map(Vec::len), Some(1), "{stories}");
    let told = text(&output.stderr);
    assert!(told.contains("note: passed over: 1 digest file\n"), "{told}");
    for link in ["23/up", "23/top", "/self", "/all"] {
        assert!(told.contains(&format!("{link}: a symbolic link to a folder")), "{told}");
    }

    let mut deep: PathBuf = folder.join("deep");
    for _ in 0..40 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).expect("folders");
    let output = guardctl(&["replay".as_ref(), folder.as_os_str()]).output().expect("guardctl");
    refused(&output, "is more than 32 folders deep");
}
