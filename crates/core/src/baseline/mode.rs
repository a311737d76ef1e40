//! `mode`: what the guard does about drift.

use crate::words::words;

use super::field::Field;
use super::nearest::nearest;
use super::problem::Problem;

words! {
    /// What the guard does about drift, by its word in the baseline.
    #[derive(Default)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Mode {
        /// Puts it back, and sends a notice. The mode of a baseline that names none.
        #[default]
        Enforce = "enforce",
        /// Sends a notice, and changes nothing.
        Audit = "audit",
    }
}

/// `mode`: `enforce` or `audit`.
pub(super) fn read(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<Mode> {
    let text = field.text("write `enforce` or `audit`", problems)?;
    let mode = Mode::from_name(text);
    if mode.is_none() {
        let words = Mode::WORDS;
        problems.push(field.not_one_of(text, "a mode", nearest(text, &words), &words));
    }
    mode
}
