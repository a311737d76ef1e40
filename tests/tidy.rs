//! What must agree, and no compiler holds together.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and its helpers are tests, too"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[path = "tidy/circles.rs"]
mod circles;
#[path = "tidy/deploying.rs"]
mod deploying;
#[path = "tidy/written.rs"]
mod written;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// Every file below `folder` whose name ends so.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// The certificates of a PEM file, in DER.
fn certificates(pem: &str) -> Vec<Vec<u8>> {
    pem.split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .map(|rest| base64(rest.split("-----END").next().unwrap()))
        .collect()
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = ALPHABET.iter().position(|letter| *letter == byte).unwrap();
        buffer = (buffer << 6) | u32::try_from(value).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap());
        }
    }
    bytes
}

#[test]
fn the_built_in_roots_are_mozillas_too() {
    let ours = certificates(&read("certificates/amazon-trust-services.pem"));
    assert_eq!(ours.len(), 5);
    for (number, root) in ours.iter().enumerate() {
        let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let known = all.iter().any(|mozillas| mozillas.as_ref() == root.as_slice());
        assert!(known, "root {} is not in Mozilla's list any more", number + 1);
    }
}

#[test]
fn no_source_file_outgrows_500_lines() {
    for path in
        ["src", "crates", "tests", "benches"].into_iter().flat_map(|folder| files(folder, "rs"))
    {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines: make it a folder", path.display());
    }
}

#[test]
fn the_table_of_events_lists_each_file_once() {
    let readme = read("events/README.md");
    let listed: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |").map(|(name, _)| name))
        .collect();
    let there: BTreeSet<String> = files("events", "json")
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed.len(), there.len());
    assert_eq!(listed.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), there);
}

#[test]
fn each_event_has_an_id_of_its_own() {
    let mut seen = BTreeSet::new();
    for path in files("events", "json") {
        let event: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for pointer in ["/id", "/eventID", "/detail/eventID"] {
            if let Some(id) = event.pointer(pointer).and_then(serde_json::Value::as_str) {
                assert!(seen.insert(id.to_owned()), "{}: {id}", path.display());
            }
        }
    }
}

/// A mutation that no longer applies would be one that the proof is not tried on.
#[test]
fn every_mutation_applies() {
    let patches = files("tests/convergence/mutants", "patch");
    assert!(!patches.is_empty());
    for path in patches {
        let mut git = std::process::Command::new("git");
        let checked = git.args(["apply", "--check"]).arg(&path).current_dir(ROOT).status();
        // Without git there is nobody to ask.
        let Ok(checked) = checked else { return };
        assert!(checked.success(), "{}", path.display());
    }
}

/// One after the other: each builds on those before it.
#[test]
fn every_patch_of_what_may_grow_applies() {
    let mut patches = files("tests/growth", "patch");
    patches.sort();
    for series in patches.chunk_by(|one, other| one.parent() == other.parent()) {
        let mut git = std::process::Command::new("git");
        let checked = git.args(["apply", "--check"]).args(series).current_dir(ROOT).status();
        let Ok(checked) = checked else { return };
        assert!(checked.success(), "{}", series[0].display());
    }
}

/// What is linked into the Lambda, as `NAME VERSION`.
fn linked_into_the_lambda() -> BTreeSet<String> {
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal,no-proc-macro"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let words = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let crates: BTreeSet<String> = String::from_utf8(tree.stdout)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with("cognito-domain-guard"))
        .map(words)
        .collect();
    assert!(crates.iter().any(|linked| linked.starts_with("aws-sdk-cognitoidentityprovider ")));
    crates
}

/// What the command line and the sandbox need must not get into the Lambda, nor a TLS stack other
/// than the one that ARCHITECTURE.md gives reasons for.
#[test]
fn the_lambda_is_built_without_the_command_lines_crates() {
    for linked in linked_into_the_lambda() {
        let name = linked.split(' ').next().unwrap();
        for absent in ["clap", "flate2", "schemars", "zip", "aws-lc-rs", "openssl", "native-tls"] {
            assert_ne!(name, absent);
        }
        assert!(!name.starts_with("aws-config"), "{name}");
        assert!(
            !name.starts_with("aws-sdk-") || name == "aws-sdk-cognitoidentityprovider",
            "{name}"
        );
    }
}

#[test]
fn the_lambda_has_one_http_stack_and_one_tls_stack() {
    let crates = linked_into_the_lambda();
    for stack in ["h2", "http", "hyper", "hyper-rustls", "hyper-util", "ring", "rustls", "tokio"] {
        let versions = crates.iter().filter(|linked| linked.split(' ').next() == Some(stack));
        assert_eq!(versions.count(), 1, "{stack}");
    }
}

/// What `cargo tree` prints of a folder's package, a crate a line, with its features.
fn tree(folder: &Path, arguments: &[&str]) -> String {
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--format", " {p} {f}"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap()
}

/// A feature that the command line or the sandbox asks of a crate of the Lambda's would make the Lambda
/// grow, and nobody would see why.
#[test]
fn the_lambda_is_built_as_if_there_were_nothing_else_in_the_workspace() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tidy-lambda-alone");
    let mut manifest = String::new();
    let mut is_kept = true;
    for line in read("Cargo.toml").lines() {
        if line.starts_with('[') {
            is_kept = !matches!(line, "[dev-dependencies]" | "[[bench]]");
        }
        let is_of_others = line.starts_with("cognito-domain-guard = ")
            || line.starts_with("cognito-domain-guard-sandbox = ");
        if line.starts_with("members = ") {
            manifest += "members = [\"crates/core\"]\n";
        } else if is_kept && !is_of_others {
            manifest += line;
            manifest += "\n";
        }
    }
    let core = "crates/core";
    for (at, manifest) in [("", manifest), (core, read("crates/core/Cargo.toml"))] {
        std::fs::create_dir_all(folder.join(at).join("src")).unwrap();
        std::fs::write(folder.join(at).join("Cargo.toml"), manifest).unwrap();
        std::fs::write(folder.join(at).join("src/lib.rs"), "").unwrap();
    }
    std::fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let crates = |folder: &Path| -> BTreeSet<String> {
        tree(folder, &["--prefix", "none", "--edges", "normal,build"])
            .lines()
            .map(|line| line.replace(" (*)", ""))
            .filter(|line| !line.contains("cognito-domain-guard"))
            .collect()
    };
    let alone = crates(&folder);
    assert!(alone.len() > 100, "{alone:?}");
    assert_eq!(crates(Path::new(ROOT)), alone);
}

/// What the guard decides and says must not be able to reach a network, a runtime or a clock.
#[test]
fn the_core_has_neither_an_aws_client_nor_a_runtime() {
    let core = tree(
        Path::new(ROOT),
        &["-p", "cognito-domain-guard-core", "--prefix", "none", "--edges", "normal"],
    );
    for line in core.lines() {
        let name = line.trim().split(' ').next().unwrap();
        for absent in ["tokio", "hyper", "reqwest", "mio", "socket2", "rustls", "lambda_runtime"] {
            assert_ne!(name, absent);
        }
        assert!(!name.starts_with("aws-sdk-") && !name.starts_with("aws-smithy-"), "{name}");
    }
    assert!(core.lines().count() > 10, "{core}");
}

/// Otherwise whoever runs the README's two commands builds the SDK and our own crates twice, and for `guardctl-aws` once more.
#[test]
fn the_command_line_and_the_tests_take_the_same_crates() {
    let crates = |of: &[&str]| -> BTreeSet<String> {
        let tree = tree(Path::new(ROOT), &[&["--prefix", "none"], of].concat());
        let lines = tree.lines().map(|line| line.replace(" (*)", ""));
        lines.filter(|line| !line.is_empty()).collect()
    };
    let all = crates(&["--workspace", "--edges", "normal,build,dev"]);
    for packages in [["-p", "guardctl"].as_slice(), &["-p", "guardctl", "-p", "guardctl-aws"]] {
        let found = crates(&[packages, &["--edges", "normal,build"]].concat());
        assert!(found.len() > 100, "{packages:?}: {found:?}");
        let others: Vec<_> = found.difference(&all).collect();
        assert!(
            others.is_empty(),
            "{packages:?}, with other features: {others:?}; see crates/sandbox/Cargo.toml"
        );
    }
}

/// Who tries it out does not wait for what only an account needs.
#[test]
fn guardctl_is_built_without_what_only_an_account_needs() {
    let tree =
        tree(Path::new(ROOT), &["-p", "guardctl", "--prefix", "none", "--edges", "normal,build"]);
    let names: BTreeSet<_> =
        tree.lines().filter_map(|line| line.trim().split(' ').next()).collect();
    for name in &names {
        let sdk = "aws-sdk-cognitoidentityprovider";
        assert!(!name.starts_with("aws-sdk-") || *name == sdk, "{name}");
    }
    for absent in ["aws-config", "guardctl-aws", "schemars", "url", "zip"] {
        assert!(!names.contains(absent), "{absent}");
    }
}

/// Each crate is code that has to be trusted with the role's credentials.
#[test]
fn the_lambda_has_no_more_crates_than_its_budget() {
    let budgets: serde_json::Value = serde_json::from_str(&read("benches/budgets.json")).unwrap();
    let crates = linked_into_the_lambda();
    let budget = budgets["crates"].as_u64().unwrap();
    assert!(
        crates.len() as u64 <= budget,
        "{} crates instead of {budget}; if that is meant, write it into benches/budgets.json, and in \
         ARCHITECTURE.md why: {crates:#?}",
        crates.len()
    );
}

/// Of what the Lambda reads; what tests and the sandbox make up is their own.
#[test]
fn times_from_outside_are_read_in_one_place() {
    for path in ["src", "crates/core/src"].into_iter().flat_map(|folder| files(folder, "rs")) {
        let name = path.strip_prefix(ROOT).unwrap().to_str().unwrap();
        if name == "crates/core/src/when.rs" {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let is_test = ["tests", "properties", "notice/scene", "notice/found", "notice/reading"]
            .iter()
            .any(|part| name.contains(part));
        let own = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for reader in ["OffsetDateTime::parse(", "from_unix_timestamp"] {
            // The baseline's own, which says what is wrong with a time, asks `when` too.
            let asks =
                name == "crates/core/src/baseline/values.rs" && own.contains("when::is_sensible");
            assert!(
                is_test || asks || !own.contains(reader),
                "{name} reads a time by {reader}: let when.rs of the core do it"
            );
        }
    }
}

#[test]
fn only_the_adapters_name_an_sdk() {
    // Of the command line, live.rs asks whose account it is, credentials.rs for the session of a role with MFA,
    // stack.rs where the guard is, list/regions.rs where Cognito is, sessions.rs for the session of a member, and
    // adapters ask the rest. The tests of signed.rs hold its endpoints against those of the SDKs.
    let allowed = [
        "src/cognito.rs",
        "src/clients.rs",
        "src/signed/tests.rs",
        "crates/guardctl-aws/src/sessions.rs",
        "crates/guardctl-aws/src/credentials.rs",
        "crates/guardctl-aws/src/list/regions.rs",
        "crates/guardctl-aws/src/live.rs",
        "crates/guardctl-aws/src/stack.rs",
        "crates/guardctl-aws/src/overrides/aws.rs",
        "crates/guardctl-aws/src/doctor/aws/",
        "crates/guardctl-aws/src/conformance/aws/",
    ];
    for path in ["src", "crates"].into_iter().flat_map(|folder| files(folder, "rs")) {
        let name = path.strip_prefix(ROOT).unwrap().to_str().unwrap();
        let source = std::fs::read_to_string(&path).unwrap();
        let is_test_of_the_sandbox =
            name.starts_with("crates/sandbox/") && name.ends_with("tests.rs");
        if source.contains("aws_sdk_") {
            let is_adapter = allowed.iter().any(|adapter| name.starts_with(adapter));
            assert!(is_adapter || is_test_of_the_sandbox, "{name} names an SDK");
        }
    }
}

/// The rooms of the core, and after them those of the Lambda. Each knows only those before it, so that
/// there is no circle.
const CORE: [&str; 17] = [
    "words",
    "text",
    "denial",
    "when",
    "place",
    "reach",
    "domain",
    "baseline",
    "overrides",
    "memory",
    "trigger",
    "plan",
    "report",
    "call",
    "notice",
    "record_line",
    "sweep",
];
const LAMBDA: [&str; 18] = [
    "timeouts",
    "file",
    "declared",
    "sdk",
    "settings",
    "cognito",
    "signed",
    "query",
    "topic",
    "sts",
    "parameters",
    "clients",
    "survey",
    "sessions",
    "reconcile",
    "metrics",
    "log",
    "runtime",
];

#[test]
fn a_room_knows_only_the_rooms_before_it() {
    let rooms: Vec<&str> = CORE.into_iter().chain(LAMBDA).collect();
    let place = |room: &str| rooms.iter().position(|known| *known == room);
    let mut met = BTreeSet::new();
    let sources = ["crates/core/src", "src"]
        .map(|folder| files(folder, "rs").into_iter().map(move |path| (folder, path)));
    for (folder, path) in sources.into_iter().flatten() {
        let name = path.strip_prefix(Path::new(ROOT).join(folder)).unwrap().to_str().unwrap();
        let room = name.split('/').next().unwrap().trim_end_matches(".rs");
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let own = place(room).unwrap_or_else(|| panic!("{room} has no place among the rooms"));
        met.insert(room.to_owned());
        let source = std::fs::read_to_string(&path).unwrap();
        // What tests import makes no circle, since the Lambda has none of them.
        let is_test = ["tests", "properties", "doubt", "scene", "hostile", "documents", "reading"]
            .iter()
            .any(|test| name.contains(test));
        let code = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for reached in [
            "aws_sdk",
            "aws_smithy",
            "aws_config",
            "aws_credential",
            "tokio::",
            "std::env",
            "std::net",
        ] {
            let is_pure = CORE.contains(&room) && !is_test;
            let reaches = |line: &str| line.contains(reached) && !line.contains('"');
            assert!(!is_pure || !lines.clone().any(reaches), "{name} reaches {reached}");
        }
        for used in lines.flat_map(|line| line.split("crate::").skip(1)) {
            let used: String =
                used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            assert!(
                !used.is_empty(),
                "{name}: a line for each room, so that this test can read them"
            );
            let Some(other) = place(&used).filter(|_| !is_test) else { continue };
            assert!(other <= own, "{name} knows {used}, which comes after {room}");
        }
    }
    assert_eq!(met.len(), rooms.len(), "{met:?}");
}
