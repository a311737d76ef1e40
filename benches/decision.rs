//! How long the pure parts take: reading an event and a baseline, deciding, writing a notice.
//!
//! `cargo bench --profile release --bench decision`: as the Lambda is built. With `WRITE=1` it writes the table of
//! benches/README.md out of what criterion has left in the target folder.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a bench that panics has failed"
)]

mod inputs;
#[allow(dead_code, reason = "the other benches and a test take the rest")]
#[path = "support/written.rs"]
mod written;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::trigger;
use criterion::{BenchmarkId, Criterion, criterion_group};
use serde_json::Value;

use written::DECISION;

/// Entries of a baseline: a company's, and a hundred times as many.
const SIZES: [usize; 2] = [100, 10_000];

fn baseline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse and check a baseline");
    for entries in SIZES {
        let text = inputs::baseline_text(entries);
        group.bench_with_input(BenchmarkId::from_parameter(entries), &text, |bencher, text| {
            bencher.iter(|| Baseline::parse("baseline.yaml", black_box(text)));
        });
    }
}

fn plan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide for one domain");
    for entries in SIZES {
        let (baseline, domain) = (inputs::baseline(entries), inputs::drifted_domain(entries));
        group.bench_function(BenchmarkId::from_parameter(entries), |bencher| {
            bencher.iter(|| inputs::decision(black_box(&baseline), black_box(&domain)));
        });
    }
}

fn event(criterion: &mut Criterion) {
    let (event, guard) = (inputs::event(), inputs::identity());
    let reach = Reach::one(inputs::home());
    criterion.bench_function("read an event", |bencher| {
        bencher.iter(|| trigger::read(black_box(&event), &guard, &reach));
    });
}

fn notice(criterion: &mut Criterion) {
    let (guard, home) = (inputs::identity(), inputs::home());
    let (baseline, domain) = (inputs::baseline(100), inputs::drifted_domain(100));
    let plan = inputs::decision(&baseline, &domain);
    let change = inputs::change(&inputs::event(), &guard, &home);
    let given = (home, baseline);
    criterion.bench_function("write a notice", |bencher| {
        bencher.iter(|| inputs::notice(black_box(&plan), &domain, &change, &given));
    });
}

criterion_group!(benches, baseline, plan, event, notice);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if std::env::var_os("WRITE").is_some() {
        DECISION.write(Path::new(env!("CARGO_MANIFEST_DIR")), &table()).unwrap();
    }
}

/// What is held to a time: the bench, what that is in words, and the most microseconds that it may take.
const TIMES: [(&str, &str, f64); 4] = [
    ("decide for one domain/100", "a decision against 100 entries", 5.0),
    ("decide for one domain/10000", "a decision against 10,000 entries", 200.0),
    (
        "parse and check a baseline/100",
        "reading and checking all of a baseline of 100 entries, nine of ten with every attribute",
        1_000.0,
    ),
    ("parse and check a baseline/10000", "the same of 10,000 entries", 100_000.0),
];

fn table() -> String {
    let mut text = format!("{}| --- | --- | --- |\n", DECISION.head);
    // Beside `release/deps`, where this program lies.
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().nth(3).unwrap();
    for (bench, what, most) in TIMES {
        let path = target.join("criterion").join(bench).join("new/estimates.json");
        let estimates = std::fs::read_to_string(path).unwrap();
        let estimates: Value = serde_json::from_str(&estimates).unwrap();
        let median = estimates["median"]["point_estimate"].as_f64().unwrap() / 1_000.0;
        let met = if median <= most { "" } else { ", **missed**" };
        let _ = writeln!(text, "| {what} | {} | {}{met} |", shown(most), shown(median));
    }
    text
}

/// So many microseconds.
fn shown(microseconds: f64) -> String {
    match microseconds {
        small if small < 1_000.0 => format!("{small:.1} us"),
        large => format!("{:.1} ms", large / 1_000.0),
    }
}
