//! Texts that stand where somebody meant to write something.

/// What `guardctl snapshot` writes as the reason of an exemption, between the two policies.
pub const SNAPSHOT_REASON: &str = "when the baseline was made, below the floor";

/// Texts that are placeholders as a whole, in lower case, their words separated by one space.
const WHOLE: [&str; 55] = [
    "a reason",
    "allowed",
    "an exemption",
    "any",
    "asdf",
    "because",
    "change me",
    "changeme",
    "dummy",
    "example",
    "exception",
    "exempt",
    "exemption",
    "foo",
    "insert reason",
    "later",
    "lorem ipsum",
    "me",
    "misc",
    "na",
    "name",
    "needed",
    "nil",
    "no",
    "no reason",
    "nobody",
    "none",
    "nothing",
    "null",
    "ok",
    "owner",
    "placeholder",
    "reason",
    "reason here",
    "reason tbd",
    "see ticket",
    "some reason",
    "somebody",
    "someone",
    "something",
    "soon",
    "temp",
    "temporary",
    "test",
    "the reason",
    "ticket",
    "tmp",
    "undefined",
    "unknown",
    "why",
    "wip",
    "write me",
    "yes",
    "your reason",
    "your reason here",
];
/// Words with which a text begins that is still to be written.
const FIRST: [&str; 16] = [
    "todo",
    "to do",
    "tbd",
    "tba",
    "tbc",
    "tbs",
    "fixme",
    "fill in",
    "fill me in",
    "fill this in",
    "please fill in",
    "to be filled",
    "to be done",
    "to be defined",
    "to be decided",
    "xxx",
];

/// Whether a text says nothing: no letter or digit in it, one letter over and over, or the words that
/// people put where something is still to be written.
pub(super) fn is_placeholder(text: &str) -> bool {
    if text.contains(SNAPSHOT_REASON) {
        return true;
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut letters = words.iter().flat_map(|word| word.chars());
    let Some(first) = letters.next() else {
        return true;
    };
    // A ticket may well be called 7.
    if first.is_alphabetic() && letters.all(|letter| letter == first) {
        return true;
    }
    // T.B.D. is one word, and so is n/a.
    let is_spelt = words.iter().all(|word| word.chars().count() == 1);
    let plain = words.join(if is_spelt { "" } else { " " });
    let begins = |start: &&str| {
        plain.strip_prefix(*start).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    WHOLE.contains(&plain.as_str()) || FIRST.iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn a_text_that_says_nothing_is_a_placeholder() {
        for text in [
            "fill in",
            "Fill in.",
            "FILL IN",
            "fill-in",
            "<fill in>",
            "fill me in",
            "fill in the reason",
            "please fill in",
            "to be filled in",
            "...",
            "\u{2026}",
            "-",
            "--",
            "\u{2014}",
            "?",
            "???",
            ".",
            "_",
            "\u{200B}",
            "\u{A0}",
            "TODO",
            "todo: explain",
            "[TODO]",
            "to do",
            "tbd",
            "TBD!",
            "tba",
            "T.B.D.",
            "x",
            "X",
            "xx",
            "xxx",
            "XXX-XXX",
            "n/a",
            "N/A",
            "na",
            "none",
            "null",
            "unknown",
            "reason",
            "a reason",
            "<reason>",
            "placeholder",
            "change me",
            "CHANGEME",
            "test",
            "FIXME",
            "asdf",
            "someone",
            "aaaa",
            "TLS_V1 when the baseline was made, below the floor TLS_V1_2_2021",
        ] {
            assert!(is_placeholder(text), "{text:?}");
        }
    }

    #[test]
    fn a_text_that_says_something_is_none() {
        for text in [
            "card terminals speak TLS 1.0 until they are replaced",
            "old terminals",
            "payments@example.com",
            "OPS-4711",
            "4711",
            "7",
            "#11",
            "https://tickets.example.com/4711",
            "test devices of the laboratory speak TLS 1.0",
            "the reason is in the ticket",
            "TBDB migration", // A name that only begins like one.
            "none of the terminals speaks TLS 1.2",
            "xylophone",
            "Kassenterminals, bis sie ersetzt sind",
            "\u{7d42}\u{7aef}\u{306e}\u{4ea4}\u{63db}\u{5f85}\u{3061}",
        ] {
            assert!(!is_placeholder(text), "{text:?}");
        }
    }
}
