//! The sweep of an organization: what its steps say to each other, and what they decide.
//!
//! A state machine asks the sweep function step by step. It lists the accounts, has each batch of them
//! *observed*, has all that was found *judged* at once, has what is within the brake *put back*, and *closes*.
//! What one step says to the next travels through the state machine, which holds 256 KiB at a time. So
//! everything here is bounded, and what does not fit is counted.
//!
//! The rule: no step writes a value that came from another one. What crosses is which places and domains
//! to look at, and what notices say; each domain is described and planned anew before it is written.

mod batches;
mod coverage;
mod done;
mod held;
mod item;
mod judge;
mod observation;
mod observing;
mod places;
mod room;
mod standing;
mod step;

#[cfg(test)]
mod judge_tests;
#[cfg(test)]
mod observing_tests;

pub use batches::{Batch, Batches, Listed};
pub use coverage::{Coverage, GapSince};
pub use done::{Done, Reverted, drifts_of};
pub use held::{Domains, HeldSet, NotApproved, Target};
pub use item::{Item, ItemError};
pub use judge::{Answer, Everything, Judgement, Judging};
pub use observation::{Observation, Off, OffAccount, OffChange, Seen};
pub use observing::Observing;
pub use places::Places;
pub use room::size;
pub use standing::{HeldToday, Standing};
pub use step::{Approved, Beginning, Closed, Dealt, Judged, Step, Summary, Tried};
