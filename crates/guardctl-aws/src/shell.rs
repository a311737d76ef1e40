//! Text in the commands that people are given to paste.

/// A text as one word of a shell.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The same, as it stands where a shell takes it for one word.
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-:/".contains(c);
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_one_word_for_a_shell() {
        for (text, expected) in [
            ("/cognito-domain-guard/by-hand/overrides", "/cognito-domain-guard/by-hand/overrides"),
            ("it's; $(id)", "'it'\\''s; $(id)'"),
            ("--name", "'--name'"),
            ("", "''"),
        ] {
            assert_eq!(word(text), expected);
        }
        assert_eq!(quoted("plain"), "'plain'");
    }
}
