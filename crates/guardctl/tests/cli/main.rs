//! The command line as a person or a pipeline runs it, against the embedded AWS.
#![expect(clippy::expect_used, reason = "a test may fail")]
#![allow(clippy::indexing_slicing, reason = "a test that panics has failed")]

mod bounds;
mod commands;
mod decisions;
mod hostile;
mod inputs;
mod interrupt;
mod served;
mod shipped;
mod snapshot;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod validate;
