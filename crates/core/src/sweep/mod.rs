//! A sweep as a whole: how many domains it may put back, and how it goes through an organization.
//!
//! What becomes of one domain is `plan`'s. This room decides what only the sight of all of them can: that
//! too many are off their baseline at once.

mod brake;
mod fingerprint;
mod held;
pub mod organization;

pub use brake::{Brake, Braked, Counts};
pub use fingerprint::{Fingerprint, NotHexadecimal, SetHash};
pub use held::Held;
