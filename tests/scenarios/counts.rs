//! How many calls each thing costs.

use cognito_domain_guard_sandbox::{Describe, Variant};

use crate::check::{Check, End, check};

/// The calls of the first look.
fn first_look(end: &End) -> usize {
    end.journal.read(|entries| entries[0].calls.len())
}

async fn costs(check: Check, calls: impl Fn(Variant) -> usize) {
    check
        .unchecked()
        .run_and(|end, variant| {
            assert_eq!(first_look(end), calls(variant), "in {variant}");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_compliant_domain_costs_one_call() {
    costs(check("update-compliant.json").late(), |_| 1).await;
}

#[tokio::test(start_paused = true)]
async fn drift_on_an_active_domain_costs_three_calls() {
    costs(check("update-weakens-tls.json").late(), |_| 3).await;
}

#[tokio::test(start_paused = true)]
async fn drift_on_a_busy_domain_costs_three_calls_as_far_as_it_can_be_seen() {
    costs(check("update-weakens-tls.json"), |variant| match variant.describe {
        Describe::Fresh => 3,
        Describe::Lags => 1,
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_own_event_costs_two_calls() {
    costs(check("update-own.json").late(), |_| 2).await;
}

#[tokio::test(start_paused = true)]
async fn an_ignored_event_costs_no_call() {
    costs(check("unrelated-event.json"), |_| 0).await;
}
