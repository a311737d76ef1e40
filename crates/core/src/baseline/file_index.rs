//! Where each entry of a baseline stands, so that what holds for one domain is read without the rest of the file.
//!
//! The rule: an index says *where*, never *what*. What holds for a domain is read out of the text itself, by the
//! reader that reads a whole file, from the parts that could be for it; each keeps its place in the file. An
//! index says of which text it was made, and is used for no other.
//!
//! `bytes` writes and reads the form in which it is kept, `sections` finds the parts of a text.

mod bytes;
mod sections;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;

use super::pattern::{DomainPattern, literal_ends};
use super::text_print::TextPrint;
use super::yaml::Lines;
use super::{Baseline, BaselineError};

use bytes::{Hash, Listing, Written};

/// The index of a baseline's file, made when it is deployed.
///
/// # Guarantees
/// - [`FileIndex::baseline`] of the parts for a domain governs that domain, and exempts it, as the whole file
///   does, places in the file included. Of other domains it says nothing.
#[derive(Clone, Debug)]
pub struct FileIndex {
    written: Written,
}

/// Some lines of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first byte, from 0.
    pub offset: u64,
    /// How many bytes it has.
    pub length: usize,
    /// Its first line, from 1.
    line: usize,
}

/// Why there is no index of a file. The file may be sound all the same: the guard then reads all of it.
#[derive(Debug)]
pub enum NotIndexed {
    /// It is no baseline.
    Invalid(BaselineError),
    /// A part of it cannot be read alone.
    Entangled {
        /// What keeps it from that, with the line where there is one.
        reason: String,
    },
}

impl fmt::Display for NotIndexed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::Entangled { reason } => f.write_str(reason),
        }
    }
}

impl Error for NotIndexed {}

impl FileIndex {
    /// The index of a sound file.
    ///
    /// # Errors
    /// The file is no baseline, or is written so that its entries cannot be read one by one: with aliases, or
    /// with brackets around the list.
    pub fn of(name: &str, text: &str) -> Result<Self, NotIndexed> {
        let whole = Baseline::parse(name, text).map_err(NotIndexed::Invalid)?;
        let found = sections::find(text)?;
        let index = Written::of(&whole, text, &found).map(|written| Self { written });
        index.filter(|index| index.says_the_same(&whole, text)).ok_or_else(|| {
            NotIndexed::Entangled {
                reason: "its entries mean something else when they are read one by one".to_owned(),
            }
        })
    }

    /// Reads an index as it is kept. `None` if the bytes are none of this version's, or not all of one.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(Self { written: Written::read(bytes)? })
    }

    /// The form in which it is kept.
    pub fn as_bytes(&self) -> &[u8] {
        self.written.bytes()
    }

    /// Whether it was made of the text with that print.
    pub fn is_of(&self, text: TextPrint) -> bool {
        self.written.text == text.finish()
    }

    /// The parts of the file that could say something about `domain`, and what holds for all domains; `None`
    /// asks for the latter alone. No part is larger than the file.
    ///
    /// Gives nothing if the index is not as it was written.
    pub fn parts(&self, domain: Option<&str>) -> Option<Vec<Part>> {
        let folded = domain.map(str::to_ascii_lowercase);
        let mut parts = self.written.head()?;
        for list in [&self.written.entries, &self.written.exemptions] {
            let Some(folded) = &folded else { continue };
            let found = self.could_be_for(list, folded)?;
            if !found.is_empty() {
                parts.push(list.key);
                parts.extend(found);
            }
        }
        let is_in_the_file = |part: &Part| part.offset + part.length as u64 <= self.written.text.0;
        parts.iter().all(is_in_the_file).then_some(parts)
    }

    /// The items of a list that are for the name, in the order of the file, and perhaps others.
    fn could_be_for(&self, list: &Listing, folded: &str) -> Option<Vec<Part>> {
        let mut items = self.written.exact(list, Hash::of(folded))?;
        let (before, after) = literal_ends(folded);
        for glob in self.written.globs(list) {
            let (item, pattern) = glob?;
            let (begins, ends) = literal_ends(pattern);
            // The comparison of every glob of a large file would take longer than reading its text.
            let is_for = before.starts_with(begins)
                && after.ends_with(ends)
                && DomainPattern::shown(pattern).is_none_or(|pattern| pattern.matches(folded));
            items.extend(is_for.then_some(item));
        }
        items.sort_unstable();
        items.dedup();
        items.into_iter().map(|item| self.written.item(list, item)).collect()
    }

    /// The baseline that those parts make, each with its text.
    ///
    /// # Errors
    /// What is wrong with them. Of the parts of one sound file, nothing is.
    pub fn baseline(
        &self,
        name: &str,
        parts: impl IntoIterator<Item = (Part, String)>,
    ) -> Result<Baseline, BaselineError> {
        let (mut text, mut lines, mut line) = (String::new(), Lines::default(), 1);
        for (part, written) in parts {
            lines.push(line, part.line);
            text.push_str(&written);
            if !written.ends_with('\n') {
                text.push('\n');
            }
            line += written.matches('\n').count() + usize::from(!written.ends_with('\n'));
        }
        Baseline::read(name, &text, &lines, || self.written.digest.clone())
    }

    /// Whether the parts, read in other company than in the file, say what they say there.
    fn says_the_same(&self, whole: &Baseline, text: &str) -> bool {
        let subsets: [fn(usize) -> bool; 4] =
            [|_| false, |_| true, |nth| nth % 2 == 0, |nth| nth % 2 == 1];
        subsets.into_iter().all(|is_in| self.reads(whole, text, is_in).is_some_and(|same| same))
    }

    fn reads(&self, whole: &Baseline, text: &str, is_in: fn(usize) -> bool) -> Option<bool> {
        let mut parts = self.written.head()?;
        for list in [&self.written.entries, &self.written.exemptions] {
            let items = (0..list.len()).filter(|nth| is_in(*nth));
            let found: Vec<Part> =
                items.map(|nth| self.written.item(list, nth)).collect::<Option<_>>()?;
            if !found.is_empty() {
                parts.push(list.key);
                parts.extend(found);
            }
        }
        let written = |part: Part| {
            let from = usize::try_from(part.offset).ok()?;
            Some((part, text.get(from..from + part.length)?.to_owned()))
        };
        let parts: Vec<_> = parts.into_iter().map(written).collect::<Option<_>>()?;
        let read = self.baseline(&whole.name, parts).ok()?;
        let same = |nth: &usize| is_in(*nth);
        let entries = (0..whole.entries.len()).filter(same).map(|nth| whole.entries.get(nth));
        let exemptions =
            (0..whole.exemptions.len()).filter(same).map(|nth| whole.exemptions.get(nth));
        Some(
            read.digest == whole.digest
                && read.mode == whole.mode
                && read.max_exemption_days == whole.max_exemption_days
                && read.accounts == whole.accounts
                && read.defaults == whole.defaults
                && entries.eq(read.entries.iter().map(Some))
                && exemptions.eq(read.exemptions.iter().map(Some)),
        )
    }
}
