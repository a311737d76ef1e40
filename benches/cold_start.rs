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

#[allow(dead_code, reason = "the other benches take the rest")]
mod inputs;
mod support;

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Map, Value};

use support::{Authority, BASELINE, Roots, StandIn, event, program_to_measure, write_baseline};

/// So many entries, and whether an index lies beside them.
const BASELINES: [(usize, bool); 3] = [(10, false), (1_000, true), (10_000, true)];
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
    let count = |file, baseline: &Path| {
        count(&program, (&event(file), baseline), &authority, &roots, folder)
    };
    let mut counts = Map::new();
    for (name, file) in EVENTS {
        counts.insert(format!("cold_start/{name}"), count(file, Path::new(BASELINE)).into());
    }
    for (entries, is_indexed) in BASELINES {
        let text = inputs::baseline_text(entries);
        let baselines = folder.join("cold-start-baseline");
        let baseline = write_baseline(&baselines, &format!("of-{entries}"), &text, is_indexed);
        let indexed = if is_indexed { "_indexed" } else { "" };
        let name = format!("cold_start/compliant_of_{entries}{indexed}");
        counts.insert(name, count("update-compliant.json", &baseline).into());
    }
    println!("{}", Value::Object(counts));
}

fn count(
    program: &Path,
    (event, baseline): (&Value, &Path),
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
        .env("BASELINE", baseline)
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
