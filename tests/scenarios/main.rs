//! The guard as it is deployed, in every world that Cognito might be.
//!
//! A scenario sets a stage, lets the platform run in virtual time until nothing is left to happen,
//! and compares the whole story: each look with its outcome, every AWS call in order, every notice,
//! and the domains at the end. Where the story depends on what nobody knows about Cognito, it says
//! so: one story for each answer.

mod check;
mod counts;
mod events;
mod faults;
mod refusals;
mod requests;
mod sweeps;
