//! The guard as it is deployed, in every world that Cognito might be.
//!
//! A scenario sets a stage, lets the platform run in virtual time until nothing is left to happen,
//! and compares the whole story: each look with its outcome, every AWS call in order, every notice,
//! and the domains at the end. Where the story depends on what nobody knows about Cognito, it says
//! so: one story for each answer.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, and its helpers are tests, too"
)]

mod brake;
mod check;
mod counts;
mod digests;
mod edges;
mod events;
mod faults;
mod history;
mod hub;
mod lasting;
mod organization;
mod organization_digests;
mod organization_overrides;
mod organization_random;
mod organization_sessions;
mod override_changes;
mod overrides;
mod own_events;
mod refusals;
mod requests;
mod stopped;
mod story;
mod sweeps;
mod test_notices;
mod two_guards;
