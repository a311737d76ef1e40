//! What random histories found in the guard, and later the histories themselves.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test ends in a panic")]

mod found;
