//! How many instructions the pure parts take, counted by callgrind: a figure that does not depend on
//! the machine's mood, so CI compares it with `benches/budgets.json`.
//!
//! `scripts/instructions` runs it.

#![allow(missing_docs, reason = "gungraun's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that panics has failed")]

mod inputs;

use std::hint::black_box;

use cognito_domain_guard_core::baseline::{Baseline, BaselineError};
use cognito_domain_guard_core::domain::Domain;
use cognito_domain_guard_core::place::Place;
use cognito_domain_guard_core::plan::Plan;
use cognito_domain_guard_core::reach::Reach;
use cognito_domain_guard_core::trigger::{self, Change, Identity, Payload};
use gungraun::{library_benchmark, library_benchmark_group, main};
use serde_json::Value;

#[library_benchmark]
#[bench::entries_100(inputs::baseline_text(100))]
#[bench::entries_1000(inputs::baseline_text(1_000))]
fn parse_baseline(text: String) -> Result<Baseline, BaselineError> {
    Baseline::parse("baseline.yaml", black_box(&text))
}

type Decided = (Baseline, Domain);

fn to_decide(entries: usize) -> Decided {
    (inputs::baseline(entries), inputs::drifted_domain(entries))
}

#[library_benchmark]
#[bench::entries_100(to_decide(100))]
#[bench::entries_10000(to_decide(10_000))]
fn decide((baseline, domain): Decided) -> (Plan, Decided) {
    let plan = inputs::decision(black_box(&baseline), black_box(&domain));
    // Given back, so that its end is not counted.
    (plan, (baseline, domain))
}

#[library_benchmark]
#[bench::update_weakens_tls(inputs::event(), inputs::identity(), Reach::one(inputs::home()))]
fn read_event(event: Value, guard: Identity, reach: Reach) -> (Payload, Value, Identity, Reach) {
    (trigger::read(black_box(&event), &guard, &reach), event, guard, reach)
}

type Told = (Plan, Domain, Change, (Place, Baseline));

fn to_tell() -> Told {
    let (baseline, domain) = to_decide(100);
    let (guard, home) = (inputs::identity(), inputs::home());
    let plan = inputs::decision(&baseline, &domain);
    (plan, domain, inputs::change(&inputs::event(), &guard, &home), (home, baseline))
}

#[library_benchmark]
#[bench::reverted(to_tell())]
fn write_notice((plan, domain, change, given): Told) -> (String, Told) {
    let body = inputs::notice(black_box(&plan), &domain, &change, &given);
    (body, (plan, domain, change, given))
}

library_benchmark_group!(
    name = pure,
    benchmarks = [parse_baseline, decide, read_event, write_notice]
);

main!(library_benchmark_groups = pure);
