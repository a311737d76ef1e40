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
    /// Each list in the order of the file.
    exact: HashMap<String, Vec<usize>>,
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
            self.exact.entry(folded.to_owned()).or_default().push(nth);
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

    /// The number of the first pattern, from 0, that takes in everything `folded` does, the name of a
    /// domain or a pattern in lower case, among those that `counts`.
    pub(super) fn first_covering(
        &self,
        folded: &str,
        counts: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let exact = self.exact.get(folded).into_iter().flatten();
        let mut first = exact.copied().find(|nth| counts(*nth));
        self.among_globs(folded, |nth, glob| {
            if first.is_some_and(|first| first < nth) {
                return Next::List;
            }
            if counts(nth) && glob.covers(folded) {
                first = Some(nth);
                return Next::List;
            }
            Next::Pattern
        });
        first
    }

    /// Every such pattern rather than the first, with what that took.
    pub(super) fn all_covering(&self, folded: &str, counts: impl Fn(usize) -> bool) -> LookUp {
        /// How many patterns can be asked whether they count in the time of one comparison.
        const ASKED: usize = 16;
        let exact = self.exact.get(folded).into_iter().flatten();
        let mut covering: Vec<usize> = exact.copied().filter(|nth| counts(*nth)).collect();
        let (mut compared, mut asked) = (0, 0);
        let lists = self.among_globs(folded, |nth, glob| {
            asked += 1;
            if counts(nth) {
                compared += 1;
                if glob.covers(folded) {
                    covering.push(nth);
                }
            }
            Next::Pattern
        });
        covering.sort_unstable();
        LookUp { covering, steps: lists + compared + asked / ASKED }
    }

    /// Goes through the globs that begin and end with what `folded` begins and ends with, and counts the
    /// pairs of lengths on the way.
    fn among_globs(&self, folded: &str, mut visit: impl FnMut(usize, &Glob) -> Next) -> usize {
        let (prefix, suffix) = literal_ends(folded);
        let mut key = String::new();
        for same in &self.globs {
            let (Some(begins), Some(ends)) = (
                prefix.get(..same.prefix),
                suffix.len().checked_sub(same.suffix).and_then(|from| suffix.get(from..)),
            ) else {
                continue;
            };
            key.clear();
            key.push_str(begins);
            key.push_str(ends);
            for (nth, glob) in same.by_ends.get(&key).into_iter().flatten() {
                match visit(*nth, glob) {
                    Next::Pattern => {}
                    Next::List => break,
                }
            }
        }
        self.globs.len()
    }
}

/// Where to go on after a glob.
enum Next {
    /// With the next glob of the same list.
    Pattern,
    /// With the next list: what follows in this one comes later in the file.
    List,
}

/// What a look-up found, and what it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LookUp {
    /// The numbers of the patterns that take everything in, in the order of the file.
    pub(super) covering: Vec<usize>,
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
        fn the_patterns_found_are_those_that_asking_each_in_turn_finds(
            written in prop::collection::vec(
                ("[ab]{0,2}[*?]?[ab]{1,2}|[ab*?]{1,4}", prop::bool::weighted(0.7)),
                0..12,
            ),
            asked in "[ab]{0,4}|[ab*?]{1,4}",
        ) {
            let patterns: Vec<(DomainPattern, bool)> = written
                .iter()
                .map(|(written, counts)| {
                    (DomainPattern::parse(written).expect("a pattern of a test"), *counts)
                })
                .collect();
            let mut index = PatternIndex::default();
            for (pattern, _) in &patterns {
                index.push(pattern);
            }
            let counts = |nth: usize| patterns[nth].1;
            let expected: Vec<usize> = (0..patterns.len())
                .filter(|nth| counts(*nth) && covers(&patterns[*nth].0, &asked))
                .collect();
            prop_assert_eq!(index.first_covering(&asked, counts), expected.first().copied());
            prop_assert_eq!(index.all_covering(&asked, counts).covering, expected);
        }
    }
}
