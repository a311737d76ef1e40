//! What is wrong with a baseline file, where, and what to write instead.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::text::harmless;

/// A place in the baseline file as an editor counts it: the first character is at line 1, column 1.
///
/// Columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Position {
    /// The first character of the file.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place so many characters further on in the same line.
    pub(super) const fn advanced(self, characters: usize) -> Self {
        Self { line: self.line, column: self.column.saturating_add(characters) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One mistake in a baseline file.
///
/// It reads as `7:22: domains[0].security_policy: "TLS_V12" is not a security policy; did you mean
/// TLS_V1_2_2021? …`: the place, the key, what is wrong and what to write instead. Every problem has
/// a fix, so nobody has to look up the format to get on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The first character of the text at fault.
    pub position: Position,
    /// The character after the text at fault; never before `position`.
    pub end: Position,
    /// The key at fault, such as `domains[2].routing.failover.secondary_region`. Empty where the
    /// mistake is that of the whole file or where the YAML could not be read so far.
    pub path: String,
    /// What is wrong, as a fragment of a sentence.
    pub message: String,
    /// What to write instead, as a fragment of a sentence.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, end: _, path, message, fix } = self;
        write!(f, "{position}: ")?;
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{message}; {fix}")
    }
}

/// What is wrong with a text and what to write instead, before it is known where the text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) fix: String,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { message: message.into(), fix: fix.into() }
    }
}

/// A baseline file that cannot be used.
///
/// It displays one line for each problem, in the order of the file and in the form that editors and
/// CI annotations recognise: `FILE:LINE:COLUMN: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineError {
    /// The file, as it was called when it was parsed.
    pub name: String,
    /// Everything found wrong with it, in the order of the file; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.problems.iter().enumerate() {
            if nth > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}:{problem}", self.name)?;
        }
        Ok(())
    }
}

impl Error for BaselineError {}

/// The longest text of the file that a message repeats.
const LONGEST: usize = 80;

/// A key or a word of the file where quotes would only disturb: on one line, and not too much of it.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        None => harmless(text),
        Some((cut, _)) => Cow::Owned(format!("{}…", harmless(text.get(..cut).unwrap_or_default()))),
    }
}

/// Text of the file as a message repeats it: quoted, on one line, and not too much of it.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => format!("{text:?}"),
        Some((cut, _)) => format!("{:?}…", text.get(..cut).unwrap_or_default()),
    }
}
