//! What is allowed in a baseline and still deserves a second look.
//!
//! One file a subject: `entries` what `defaults` and `domains` declare, `exemptions` what is allowed to
//! drift, `places` where that holds, `placeholder` texts that say nothing, `reach` what the file as a whole
//! keeps. A warning must be one that a person would act on: a file that is right has none.

mod entries;
mod exemptions;
mod placeholder;
mod places;
mod reach;

#[cfg(test)]
mod place_tests;
#[cfg(test)]
mod tests;

pub use placeholder::SNAPSHOT_REASON;

use time::OffsetDateTime;

use super::{Baseline, Position, Problem};

impl Baseline {
    /// What deserves a second look at `now`, in no case an error, in the order of the file.
    ///
    /// What [`overlong_exemptions`](Self::overlong_exemptions) has is not here again.
    pub fn lints(&self, now: OffsetDateTime) -> Vec<Problem> {
        let mut lints = entries::lints(self);
        lints.extend(exemptions::lints(self, now));
        lints.extend(places::lints(self));
        lints.extend(reach::lints(self, now));
        lints.sort_by_key(|lint| lint.position);
        lints
    }
}

fn lint(
    position: Position,
    length: usize,
    path: String,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> Problem {
    Problem {
        position,
        end: position.advanced(length),
        path,
        message: message.into(),
        fix: fix.into(),
    }
}

/// Names in a sentence: `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
