//! The names of domains as a baseline writes them: exact, or with wildcards.

use std::fmt;

use super::problem::{Fault, quoted};

/// The name of a domain, or a glob for the names of many.
///
/// In a glob, `*` stands for any run of characters, none and dots included, and `?` for exactly one.
/// Upper and lower case are the same, as they are in DNS.
#[derive(Clone, PartialEq, Eq)]
pub struct DomainPattern {
    written: String,
    /// In lower case: the form in which a pattern is compared with a more general one.
    folded: String,
    /// The form in which a glob takes in names and other globs; `None` for an exact name.
    glob: Option<Glob>,
}

impl DomainPattern {
    /// The pattern that a record shows, which was one when it was read.
    pub(crate) fn shown(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    /// Takes a pattern that could be the name of a domain.
    pub(super) fn parse(written: &str) -> Result<Self, Fault> {
        check(written)?;
        let folded = written.to_ascii_lowercase();
        let glob = folded.contains(is_wildcard).then(|| Glob::new(&folded));
        Ok(Self { written: written.to_owned(), folded, glob })
    }

    /// Whether the pattern is for `domain`.
    pub fn matches(&self, domain: &str) -> bool {
        match &self.glob {
            None => self.written.eq_ignore_ascii_case(domain),
            Some(glob) => glob.covers(&domain.to_ascii_lowercase()),
        }
    }

    /// The pattern as the baseline has it.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it has no wildcard, and so is for one domain only.
    pub const fn is_exact(&self) -> bool {
        self.glob.is_none()
    }

    /// Whether it leaves out hardly any domain: it is made of wildcards, or names no more than a top
    /// level, as `*`, `*.*`, `*.com` and `*.co.uk` do.
    ///
    /// A matter of judgement, for warnings and for what a sweep reports. Nothing else depends on it.
    pub fn is_catch_all(&self) -> bool {
        /// What stands before a country's code where its names have three parts.
        const SECOND_LEVELS: [&str; 9] =
            ["ac", "co", "com", "edu", "go", "gov", "net", "or", "org"];
        if !self.folded.contains('*') {
            return false;
        }
        let literal = |label: &str| label.bytes().any(|byte| byte.is_ascii_alphanumeric());
        let mut labels = self.folded.split('.').skip_while(|label| !literal(label));
        let is_open_before = !self.folded.split('.').next().is_some_and(literal);
        match (labels.next(), labels.next(), labels.next()) {
            // Only wildcards, dots and hyphens.
            (None, ..) => true,
            // `*m`, `*com`: most names end so. `login*` and `*-login` are somebody's.
            (Some(only), None, _) if !is_open_before => {
                only.starts_with(is_wildcard)
                    && only.bytes().filter(u8::is_ascii_alphanumeric).count() <= 3
            }
            (Some(_), None, _) => true,
            (Some(second), Some(_), None) => is_open_before && SECOND_LEVELS.contains(&second),
            (Some(_), Some(_), Some(_)) => false,
        }
    }

    /// Whether it is for every name there can be.
    pub(super) fn is_for_every_name(&self) -> bool {
        self.folded.contains('*') && self.folded.chars().all(is_wildcard)
    }

    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    pub(super) const fn glob(&self) -> Option<&Glob> {
        self.glob.as_ref()
    }
}

impl fmt::Debug for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.written, f)
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Stands in a [`Glob`] for a `?` in the same run of wildcards as a `*`: one character, and any
/// number of `*` before it. No domain has it in its name.
const ONE_OF_MANY: u8 = b'+';

/// A pattern with wildcards, made ready to be compared with names and patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    /// In lower case, each run of wildcards that contains a `*` written as [`ONE_OF_MANY`] for each
    /// of its `?` and then one `*`.
    symbols: Vec<u8>,
}

impl Glob {
    fn new(folded: &str) -> Self {
        let mut symbols = Vec::with_capacity(folded.len());
        let mut rest = folded;
        while !rest.is_empty() {
            let literal = rest.find(is_wildcard).unwrap_or(rest.len());
            let (before, wild) = rest.split_at(literal);
            let run = wild.find(|c| !is_wildcard(c)).unwrap_or(wild.len());
            let (wild, after) = wild.split_at(run);
            symbols.extend_from_slice(before.as_bytes());
            let unbounded = wild.contains('*');
            let one = if unbounded { ONE_OF_MANY } else { b'?' };
            symbols.extend(wild.bytes().filter(|symbol| *symbol == b'?').map(|_| one));
            symbols.extend(unbounded.then_some(b'*'));
            rest = after;
        }
        Self { symbols }
    }

    /// Whether it takes in everything that `specific`, a name or a pattern in lower case, takes in.
    ///
    /// A yes is always right: each symbol of `specific` was found a symbol here that allows at least
    /// as much. For patterns it may miss an unusual yes; none is known, and a test compares every
    /// pair of short patterns with what they match.
    ///
    /// The time is the product of the two lengths at worst.
    pub(super) fn covers(&self, specific: &str) -> bool {
        let (general, specific) = (self.symbols.as_slice(), specific.as_bytes());
        let (mut g, mut s) = (0, 0);
        // Where to go on when the last `*` has to take in one more symbol. Only the last one ever
        // has to: an earlier `*` that takes in more leaves less for the rest.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (general.get(g), specific.get(s)) {
                (None, None) => return true,
                (Some(b'*'), _) => {
                    g += 1;
                    retry = Some((g, s));
                }
                (Some(&ONE_OF_MANY), Some(b'*')) => s += 1,
                (Some(&wanted), Some(&found))
                    if found != b'*'
                        && (matches!(wanted, b'?' | ONE_OF_MANY) || wanted == found) =>
                {
                    g += 1;
                    s += 1;
                }
                _ => match retry {
                    Some((after_star, taken)) if taken < specific.len() => {
                        g = after_star;
                        s = taken + 1;
                        retry = Some((g, s));
                    }
                    _ => return false,
                },
            }
        }
    }
}

pub(super) const fn is_wildcard(c: char) -> bool {
    matches!(c, '*' | '?')
}

/// What a folded name or pattern begins and ends with, up to its first and from its last wildcard.
pub(super) fn literal_ends(folded: &str) -> (&str, &str) {
    let prefix = folded.split(is_wildcard).next().unwrap_or_default();
    let suffix = folded.rsplit(is_wildcard).next().unwrap_or_default();
    (prefix, suffix)
}

/// The longest name that DNS knows. Two patterns are compared in the product of their lengths.
const LONGEST: usize = 253;

/// Refuses what cannot be the name of a domain or a pattern for such names.
fn check(written: &str) -> Result<(), Fault> {
    let is_sound = written.len() <= LONGEST
        && written.chars().all(is_of_a_name)
        && written.split('.').all(|label| !label.is_empty());
    if !is_sound {
        return Err(fault(written));
    }
    of_a_prefix_domain(written).map_or(Ok(()), Err)
}

/// The fault of a host name that Cognito makes of a prefix: no domain is called so.
fn of_a_prefix_domain(written: &str) -> Option<Fault> {
    let folded = written.to_ascii_lowercase();
    let host = folded.strip_suffix(".cn").unwrap_or(&folded).strip_suffix(".amazoncognito.com")?;
    let prefix = host.split('.').next().unwrap_or_default();
    let is_whole = matches!(host.split('.').nth(1), Some("auth" | "auth-fips"));
    let fix = if is_whole && !prefix.contains(is_wildcard) {
        format!("write the prefix alone: \"{prefix}\"")
    } else {
        "write the prefix alone, such as example-login, or a pattern for prefixes, such as \"example-*\""
            .to_owned()
    };
    Some(Fault::new(
        format!(
            "{} is the host name of a prefix domain, which goes by its prefix",
            quoted(written)
        ),
        fix,
    ))
}

/// What may stand in the name of a domain or in a pattern.
const fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.') || is_wildcard(c)
}

/// What is wrong with a name that is not sound, and what it should be.
fn fault(written: &str) -> Fault {
    const FORM: &str = "write the name of a domain, such as auth.example.com, or a pattern, such as \"*.example.com\"";
    let shown = quoted(written);

    if written.len() > LONGEST {
        return Fault::new(
            format!("{shown} is longer than the {LONGEST} characters of a name"),
            FORM,
        );
    }
    if written.contains(char::is_whitespace) {
        return Fault::new(format!("{shown} contains white space"), FORM);
    }
    let host = written.split_once("://").map_or(written, |(_, host)| host);
    let bare = host.split(['/', ':']).next().unwrap_or_default();
    if bare.is_empty() {
        return Fault::new(format!("{shown} is not the name of a domain"), FORM);
    }
    // Of all that is wrong with it, this says which name to write.
    let name = bare.strip_suffix('.').unwrap_or(bare);
    if let Some(fault) = of_a_prefix_domain(name).filter(|_| name.chars().all(is_of_a_name)) {
        return fault;
    }
    if host.len() < written.len() {
        return Fault::new(
            format!("{shown} is a URL, not the name of a domain"),
            format!("write \"{bare}\""),
        );
    }
    if bare.len() < written.len() {
        return Fault::new(
            format!("{shown} is more than the name of a domain"),
            format!("write \"{bare}\", without path or port"),
        );
    }
    if !written.is_ascii() {
        return Fault::new(
            format!("{shown} has letters that DNS does not know"),
            "write the ASCII form, in which such a part of a name begins with xn--",
        );
    }
    if let Some(stranger) = written.chars().find(|c| !is_of_a_name(*c)) {
        return Fault::new(
            format!("{shown} contains {}", quoted(&stranger.to_string())),
            "use letters, digits, hyphens and dots, `*` for any run of characters and `?` for any one",
        );
    }
    if let Some(rest) = written.strip_prefix('.') {
        return Fault::new(
            format!("{shown} begins with a dot"),
            format!("write \"*.{rest}\" for every name under {rest}"),
        );
    }
    if let Some(rest) = written.strip_suffix('.') {
        return Fault::new(format!("{shown} ends with a dot"), format!("write \"{rest}\""));
    }
    Fault::new(format!("{shown} has nothing between two dots"), FORM)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::DomainPattern;

    fn pattern(written: &str) -> DomainPattern {
        DomainPattern::parse(written).expect("a pattern of a test")
    }

    fn covers(general: &str, specific: &str) -> bool {
        let general = pattern(general);
        match general.glob() {
            None => general.folded() == specific,
            Some(glob) => glob.covers(specific),
        }
    }

    /// Matching as it is defined, one wildcard at a time.
    fn matches_by_definition(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => {
                let mut remaining = (0..=name.len()).filter_map(|taken| name.get(taken..));
                remaining.any(|name| matches_by_definition(rest, name))
            }
            ([b'?', rest @ ..], [_, name @ ..]) => matches_by_definition(rest, name),
            ([letter, rest @ ..], [first, name @ ..]) => {
                letter == first && matches_by_definition(rest, name)
            }
            _ => false,
        }
    }

    /// Every text of `letters` up to a length.
    fn texts(letters: &[char], longest: usize) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut last = texts.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|text| letters.iter().map(move |letter| format!("{text}{letter}")))
                .collect();
            texts.extend_from_slice(&last);
        }
        texts
    }

    #[test]
    fn a_star_is_any_run_of_characters_and_a_question_mark_is_one() {
        for (written, name, expected) in [
            ("a.x", "a.x", true),
            ("a.x", "A.X", true),
            ("a.x", "b.a.x", false),
            ("*.x", "a.x", true),
            ("*.x", "a.b.x", true),
            ("*.x", ".x", true),
            ("*.x", "x", false),
            ("a?.x", "ab.x", true),
            ("a?.x", "a.x", false),
            ("a*b*c", "abbbc", true),
            ("a*b*c", "acb", false),
            ("?*?", "a", false),
            ("?*?", "ab", true),
            ("*", "", true),
        ] {
            assert_eq!(pattern(written).matches(name), expected, "{written} {name}");
        }
    }

    #[test]
    fn for_short_patterns_covering_is_exactly_matching_all_that_the_other_matches() {
        let names = texts(&['a', 'b', 'c'], 6);
        let patterns: Vec<String> = texts(&['a', 'b', '*', '?'], 4).split_off(1);
        let matched: Vec<Vec<bool>> = patterns
            .iter()
            .map(|pattern| {
                let matches =
                    |name: &String| matches_by_definition(pattern.as_bytes(), name.as_bytes());
                names.iter().map(matches).collect()
            })
            .collect();
        for (general, matched_by_general) in patterns.iter().zip(&matched) {
            let compiled = pattern(general);
            for (name, expected) in names.iter().zip(matched_by_general) {
                assert_eq!(compiled.matches(name), *expected, "{general} {name}");
            }
            for (specific, matched_by_specific) in patterns.iter().zip(&matched) {
                let expected = matched_by_specific
                    .iter()
                    .zip(matched_by_general)
                    .all(|(specific, general)| *general || !*specific);
                assert_eq!(covers(general, specific), expected, "{general} {specific}");
            }
        }
    }

    /// A pattern, and another that puts something as particular in place of each of its wildcards.
    fn general_and_specific() -> impl Strategy<Value = (String, String)> {
        let part = prop_oneof![
            "[ab-]".prop_map(|letter| (letter.clone(), letter)),
            "[ab?]".prop_map(|specific| ("?".to_owned(), specific)),
            "[ab*?]{0,3}".prop_map(|specific| ("*".to_owned(), specific)),
        ];
        prop::collection::vec(part, 1..12)
            .prop_map(|parts| parts.into_iter().unzip())
            .prop_filter("an empty pattern is none", |(_, specific): &(String, String)| {
                !specific.is_empty()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_a_covered_pattern_matches_its_cover_matches(
            general in "[ab*?]{1,10}", specific in "[ab*?]{1,10}", name in "[abc]{0,12}"
        ) {
            if covers(&general, &specific) && pattern(&specific).matches(&name) {
                prop_assert!(pattern(&general).matches(&name));
            }
        }

        #[test]
        fn a_pattern_covers_whatever_is_put_in_place_of_its_wildcards(
            (general, specific) in general_and_specific()
        ) {
            prop_assert!(covers(&general, &specific), "{} {}", general, specific);
        }
    }
}
