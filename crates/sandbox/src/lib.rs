//! An AWS of a few accounts and regions over one clock, small enough to live in a test.
//!
//! A [`World`] stands below the real SDK clients, at the wire: it answers Cognito's JSON and SNS's
//! query protocol, keeps user pools and their domains, lets their statuses take virtual time, and
//! writes a CloudTrail record for each call with the identity and the user agent of its caller.
//! A test gives its [`World::http_client`] to the clients that the project builds anyway, runs the
//! real code, and then looks: [`World::calls`], [`World::published`], [`World::domain`].
//! [`World::serve`] is the same world behind a loopback socket, for whole binaries and other SDKs.
//!
//! A world begins with one account and region, and most tests need no other. [`World::at`] gives it
//! another, with pools, faults, quotas and a trail of its own; [`World::put_role`] lets callers of one
//! account assume a role of another.
//!
//! A [`Platform`] is what AWS puts between EventBridge and the function: the rule, the asynchronous
//! invocation with its on-failure destination, the recheck queue, the dead-letter queue, the schedule.
//!
//! A [`Stage`] is a world in which a recorded call has just been made, for playing recorded events.
//!
//! # Guarantees
//!
//! - Nothing here reads a wall clock or draws a random number without a seed: under tokio's paused
//!   clock the same calls give the same world, to the last identifier.
//! - What nobody knows about Cognito is a switch ([`Variant`]), never a silent choice.
//! - A fault ([`World::inject`]) strikes only calls that come over the wire, so that a test can change
//!   the world behind the back of the code it tests, whatever the weather.
//!
//! # Caveats
//!
//! The SDK draws the length of its backoff from `fastrand`'s generator of the thread. A history with
//! retries repeats itself only after `fastrand::seed`.
//!
//! Nothing here was compared with a live account. What documents say is built as they say it; what
//! they do not say and no switch covers is noted where it is built.
#![cfg_attr(
    test,
    expect(clippy::disallowed_types, reason = "its tests drive the real SDK clients")
)]
#![cfg_attr(test, allow(clippy::wildcard_enum_match_arm, reason = "a test names what it expects"))]

mod acm;
mod action;
mod caller;
mod change;
mod clock;
mod cloudfront;
mod cognito;
mod connector;
mod deployment;
mod description;
mod fault;
mod ids;
mod lambda;
mod logs;
mod lookup;
mod place;
mod place_state;
mod platform;
mod pool;
mod queue;
mod quota;
mod server;
mod settings;
mod sns;
mod ssm;
mod stacks;
mod stage;
mod state;
mod sts;
mod sweeping;
mod trail;
mod variant;
mod wire;
mod world;

#[cfg(test)]
mod lookup_tests;
#[cfg(test)]
mod places_tests;
#[cfg(test)]
mod platform_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;

pub use acm::Certificate;
pub use action::{Action, ApiError};
pub use caller::Caller;
pub use cloudfront::Distribution;
pub use deployment::{
    Handler, Invoked, Journal, JournalEntry, deploy, deploy_with_overrides, guard, hub,
    hub_with_overrides, identity as deployment_identity, member_role,
    overrides as deployment_overrides, topic_arn,
};
pub use fault::{Break, Fault, FaultKind};
pub use lambda::{FunctionError, Invocation, Source, Woken, matches_rule};
pub use platform::{Pause, Platform, PlatformSettings};
pub use pool::{Pool, Tier};
pub use queue::QueueMessage;
pub use quota::Category;
pub use settings::{Durations, WorldSettings};
pub use sns::Published;
pub use stage::{Delivery, Part, Played, Refused, Stage, at_baseline};
pub use state::Logged;
pub use sts::Role;
pub use sweeping::{Ended, STATE_MACHINE, StateMachine};
pub use trail::Call;
pub use variant::{
    Busy, Describe, Distributions, Elsewhere, EmptyRouting, OldPolicy, Omitted, Replicas, Variant,
};
pub use world::World;
