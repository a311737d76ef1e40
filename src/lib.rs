//! Keeps Amazon Cognito user pool domains at a declared baseline.
//!
//! 1. Something wakes the function: a CloudTrail event, a schedule, a queued copy of an earlier
//!    event. [`trigger`] reads it into "look at this domain", "look at all", or "ignore".
//! 2. [`cognito`] describes the domain afresh, as a [`domain::Domain`].
//! 3. [`plan`] compares it with the [`baseline`], asks for the [`overrides`] where there is drift, and decides.
//!    This step alone decides, and is pure.
//! 4. [`reconcile`] sends the update that was decided on, and publishes a [`notice`].
//! 5. [`report`] says what came of it, and whether the platform should bring the event back.
//!
//! What is pure of it is a crate of its own, [`cognito_domain_guard_core`]; here is what reaches AWS,
//! the clock and the environment.
#![cfg_attr(test, allow(clippy::wildcard_enum_match_arm, reason = "a test names what it expects"))]

pub use cognito_domain_guard_core::{
    baseline, call, denial, domain, memory, notice, overrides, place, plan, reach, record_line,
    report, sweep, text, trigger, when, words,
};

#[expect(clippy::disallowed_types, reason = "makes the clients")]
#[expect(clippy::disallowed_methods, reason = "a proxy stands in the environment")]
pub mod clients;
#[expect(clippy::disallowed_types, reason = "the adapter to Cognito")]
pub mod cognito;
pub mod declared;
pub mod file;
pub mod log;
pub mod metrics;
pub mod parameters;
pub mod query;
pub mod reconcile;
pub mod runtime;
pub mod sdk;
pub mod sessions;
#[expect(clippy::disallowed_methods, reason = "reads the environment")]
pub mod settings;
pub mod signed;
pub mod sts;
pub mod survey;
pub mod timeouts;
pub mod topic;
