//! Which pattern is the first to be for a domain, without asking each of them.

use std::collections::HashMap;

use super::pattern::{DomainPattern, Glob, literal_ends};

/// Patterns in the order of the file, to be asked for the first that takes in a name or a pattern.
///
/// Exact names are looked up by name. Globs are looked up by what they literally begin and end with,
/// once for each pair of lengths that occurs: thousands of globs such as `*.team-17.example.com` have
/// but a few dozen of those between them. The globs that such a look-up leaves are tried in order.
#[derive(Clone, Debug, Default)]
pub(super) struct PatternIndex {
    exact: HashMap<String, usize>,
    globs: Vec<SameEnds>,
    len: usize,
}

/// The globs whose literal beginnings are equally long, and whose literal ends are.
#[derive(Clone, Debug)]
struct SameEnds {
    prefix: usize,
    suffix: usize,
    /// By beginning and end, joined; each list in the order of the file.
    by_ends: HashMap<String, Vec<(usize, Glob)>>,
}

impl PatternIndex {
    /// Adds the next pattern of the file.
    pub(super) fn push(&mut self, pattern: &DomainPattern) {
        let nth = self.len;
        self.len += 1;
        let folded = pattern.folded();
        let Some(glob) = pattern.glob() else {
            self.exact.entry(folded.to_owned()).or_insert(nth);
            return;
        };
        let (prefix, suffix) = literal_ends(folded);
        let known = self
            .globs
            .iter()
            .position(|same| same.prefix == prefix.len() && same.suffix == suffix.len());
        let at = known.unwrap_or(self.globs.len());
        if known.is_none() {
            self.globs.push(SameEnds {
                prefix: prefix.len(),
                suffix: suffix.len(),
                by_ends: HashMap::new(),
            });
        }
        if let Some(same) = self.globs.get_mut(at) {
            let key = [prefix, suffix].concat();
            same.by_ends.entry(key).or_default().push((nth, glob.clone()));
        }
    }

    /// The number of the first pattern, from 0, that takes in everything `folded` does: the name of
    /// a domain or a pattern, in lower case.
    pub(super) fn first_covering(&self, folded: &str) -> Option<usize> {
        self.look_up(folded).first
    }

    /// The same, with what it took.
    pub(super) fn look_up(&self, folded: &str) -> LookUp {
        let mut first = self.exact.get(folded).copied();
        let mut steps = 0;
        let (prefix, suffix) = literal_ends(folded);
        let mut key = String::new();
        for same in &self.globs {
            steps += 1;
            let (Some(begins), Some(ends)) = (
                prefix.get(..same.prefix),
                suffix.len().checked_sub(same.suffix).and_then(|from| suffix.get(from..)),
            ) else {
                continue;
            };
            key.clear();
            key.push_str(begins);
            key.push_str(ends);
            let candidates = same.by_ends.get(&key).into_iter().flatten();
            let found = candidates
                .take_while(|(nth, _)| first.is_none_or(|first| *nth < first))
                .inspect(|_| steps += 1)
                .find(|(_, glob)| glob.covers(folded));
            if let Some((nth, _)) = found {
                first = Some(*nth);
            }
        }
        LookUp { first, steps }
    }
}

/// What a look-up found, and what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LookUp {
    /// The number of the first pattern that takes everything in.
    pub(super) first: Option<usize>,
    /// Pairs of lengths and globs that were tried.
    pub(super) steps: usize,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DomainPattern, PatternIndex};

    fn covers(pattern: &DomainPattern, folded: &str) -> bool {
        match pattern.glob() {
            None => pattern.folded() == folded,
            Some(glob) => glob.covers(folded),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_first_pattern_found_is_the_first_that_asking_each_in_turn_finds(
            written in prop::collection::vec("[ab]{0,2}[*?]?[ab]{1,2}|[ab*?]{1,4}", 0..12),
            asked in "[ab]{0,4}|[ab*?]{1,4}",
        ) {
            let patterns: Vec<DomainPattern> = written
                .iter()
                .map(|written| DomainPattern::parse(written).expect("a pattern of a test"))
                .collect();
            let mut index = PatternIndex::default();
            for pattern in &patterns {
                index.push(pattern);
            }
            let expected = patterns.iter().position(|pattern| covers(pattern, &asked));
            prop_assert_eq!(index.first_covering(&asked), expected);
        }
    }
}
