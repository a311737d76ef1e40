//! How long the pure parts take: reading an event and a baseline, deciding, writing a notice.
//!
//! `cargo bench --profile release --bench decision`: as the Lambda is built.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that panics has failed")]

mod inputs;

use std::hint::black_box;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::trigger;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

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
criterion_main!(benches);
