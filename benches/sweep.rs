//! What a sweep of an account with a thousand user pools, and with ten thousand, holds in memory and
//! makes of its rate: the release binary, over TLS, in real time. It takes seventeen minutes.
//!
//! `GUARD=target/bench-process/cognito-domain-guard cargo bench --bench sweep`, where the process bench leaves the release build;
//! `-- --write` writes the table of benches/README.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a bench ends where something is amiss, and is given the path of a program"
)]

mod support;
#[allow(dead_code, reason = "the other benches and a test take the rest")]
#[path = "support/written.rs"]
mod written;

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cognito_domain_guard::domain::{Domain, Hosting, Status};

use support::{Authority, Roots, StandIn, event, program_to_measure};
use written::SWEEP;

/// The quota that a sweep shares with everybody else in the account, and the most that it may take.
const REQUESTS_PER_SECOND: u32 = 15;

struct Swept {
    calls: usize,
    took: Duration,
    /// Kilobytes.
    peak_memory: u64,
}

fn main() {
    let Some(program) = program_to_measure() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let authority = Authority::new();
    let roots = authority.write_roots(folder);
    let mut text = format!("{}| --- | --- | --- | --- | --- |\n", SWEEP.head);
    let mut first = None;
    for pools in [1_000, 10_000] {
        let swept = sweep(&program, pools, &authority, &roots, folder);
        let first = *first.get_or_insert(swept.peak_memory);
        let _ = writeln!(
            text,
            "| {pools} | {} | {:.0} s | {:.1} % | {:.1} MB, {:.2} x |",
            swept.calls,
            swept.took.as_secs_f64(),
            swept.calls as f64 / swept.took.as_secs_f64() / f64::from(REQUESTS_PER_SECOND) * 100.0,
            swept.peak_memory as f64 / 1024.0,
            swept.peak_memory as f64 / first as f64
        );
    }
    print!("{text}");
    if std::env::args().any(|argument| argument == "--write") {
        SWEEP.write(Path::new(support::ROOT), &text).unwrap();
    }
}

/// A sweep of so many user pools with a prefix domain each, until it is done or its time is over.
fn sweep(
    program: &Path,
    pools: usize,
    authority: &Authority,
    roots: &Roots,
    folder: &Path,
) -> Swept {
    let stand_in = StandIn::start(authority, &event("scheduled-sweep.json"), Duration::ZERO);
    for nth in 0..pools {
        stand_in.world.put_domain(Domain {
            name: format!("company-login-{nth:05}"),
            user_pool_id: format!("{}_{nth:09}", stand_in.world.region()),
            account: Some(stand_in.world.account().to_owned()),
            status: Status::Active,
            hosting: Hosting::Prefix,
            managed_login_version: Some(2),
        });
    }
    let said = folder.join("sweep.log");
    let mut process = Command::new(program)
        .env_clear()
        .envs(stand_in.environment())
        .env("SSL_CERT_FILE", &roots.few)
        .env("SWEEP_REQUESTS_PER_SECOND", REQUESTS_PER_SECOND.to_string())
        .stdout(File::create(&said).unwrap())
        .spawn()
        .unwrap();
    stand_in.release(1);
    let answered = stand_in.answer_of_a_sweep();
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let (calls, (_, took)) = (stand_in.calls(), answered.unwrap());
    process.kill().unwrap();
    process.wait().unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak_memory = peak.unwrap().trim().trim_end_matches(" kB").parse().unwrap();
    Swept { calls, took, peak_memory }
}
