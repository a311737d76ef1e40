//! How many instructions a cold start of the release binary takes, from its first one until it waits
//! for a second event: counted by callgrind, TLS included.
//!
//! `scripts/instructions` runs it, and compares. It is no bench of gungraun's, because that fixes a
//! command's environment before the servers of the command have their ports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a bench ends where something is amiss, and is given the path of a program"
)]

mod support;

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Map, Value};

use support::{Authority, Roots, StandIn, event, program_to_measure};

const EVENTS: [(&str, &str); 3] = [
    ("ignored", "unrelated-event.json"),
    ("compliant", "update-compliant.json"),
    ("drift", "update-weakens-tls.json"),
];

fn main() {
    let Some(program) = program_to_measure() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let authority = Authority::new();
    let roots = authority.write_roots(folder);
    let counts: Map<String, Value> = EVENTS
        .into_iter()
        .map(|(name, file)| {
            let count = count(&program, &event(file), &authority, &roots, folder);
            (format!("cold_start/{name}"), count.into())
        })
        .collect();
    println!("{}", Value::Object(counts));
}

fn count(
    program: &Path,
    event: &Value,
    authority: &Authority,
    roots: &Roots,
    folder: &Path,
) -> u64 {
    let stand_in = StandIn::start(authority, event, Duration::ZERO);
    let counted = folder.join("cold-start.callgrind");
    let said = folder.join("cold-start.log");
    let mut out = std::ffi::OsString::from("--callgrind-out-file=");
    out.push(&counted);
    let mut valgrind = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(out)
        .arg(program)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SSL_CERT_FILE", &roots.few)
        .envs(stand_in.environment())
        .stdout(File::create(&said).unwrap())
        .spawn()
        .expect("valgrind is not installed");
    stand_in.release(1);
    let answered = stand_in.answer().and_then(|_| stand_in.idle());
    // Idle is its request for the next event; the instructions until it sleeps are few and its own.
    std::thread::sleep(Duration::from_millis(200));
    kill(Pid::from_raw(valgrind.id().cast_signed()), Signal::SIGTERM).unwrap();
    valgrind.wait().unwrap();
    if let Err(error) = answered {
        panic!("{error}\n{}", std::fs::read_to_string(said).unwrap_or_default());
    }
    let written = std::fs::read_to_string(counted).unwrap();
    let total = written.lines().find_map(|line| line.strip_prefix("totals: "));
    total.and_then(|total| total.trim().parse().ok()).expect("callgrind's file has no total")
}
