//! The pure part of the guard: what was declared, what was observed, what woke it, what to do, and the
//! notices about it.
//!
//! The rule: nothing here can reach a network, a clock or the environment, by construction. There is no
//! AWS client and no runtime among the dependencies; time and identity are passed in.
//!
//! Read the modules in the order [`baseline`], [`overrides`], [`domain`], [`trigger`], [`memory`], [`plan`],
//! [`report`], [`notice`], [`record_line`], [`sweep`].
#![cfg_attr(test, allow(clippy::wildcard_enum_match_arm, reason = "a test names what it expects"))]

pub mod baseline;
pub mod call;
pub mod denial;
pub mod domain;
pub mod memory;
pub mod notice;
pub mod overrides;
pub mod place;
pub mod plan;
pub mod reach;
pub mod record_line;
pub mod report;
pub mod sweep;
pub mod text;
pub mod trigger;
pub mod when;
pub mod words;
