//! JSON as others write it: the payload of an invocation, a message's body, JSON inside a string.
//!
//! `serde_json` refuses a string with half of a surrogate pair (`"\ud83d"`), and bytes that are not
//! UTF-8. Both come in text that anybody may choose, such as a user agent that was cut after so many
//! characters, and an event must not be lost for it: each such part is read as U+FFFD, as a terminal
//! would show it. What is still no JSON then (`1e999`, arrays 128 deep, no JSON at all) is unreadable.

use std::borrow::Cow;

use serde_json::Value;

use super::Unreadable;

/// Reads one document. `what` is what an error calls it, such as `the payload`.
pub(super) fn parse(what: &str, bytes: &[u8]) -> Result<Value, Unreadable> {
    // Nearly every document is sound, and pays for no repair.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    serde_json::from_str(&whole_surrogates(&text))
        .map_err(|error| Unreadable { reason: format!("{what} is not readable JSON: {error}") })
}

/// How long an escape such as `\ud83d` is.
const ESCAPE: usize = 6;

/// `text` with `\ufffd` in the place of every escape that is half of a surrogate pair. Nothing is
/// moved by it, so the place that an error names is right for the original too.
fn whole_surrogates(text: &str) -> Cow<'_, str> {
    let mut whole = String::new();
    // Up to where `text` is in `whole` already.
    let mut done = 0;
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('\\')) {
        at += next;
        at += match (code_unit(text, at), code_unit(text, at + ESCAPE)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                whole.push_str(text.get(done..at).unwrap_or_default());
                whole.push_str("\\ufffd");
                done = at + ESCAPE;
                ESCAPE
            }
            // Any other escape. The second character of `\\` begins none.
            (Some(_) | None, _) => 1 + text.get(at + 1..).map_or(0, first_length),
        };
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    whole.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(whole)
}

/// The number in an escape of the form `\u0000` that begins at `at`.
fn code_unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    // `from_str_radix` takes a sign too.
    let digits = Some(digits).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

fn first_length(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// CloudTrail's mark for a value that it does not show.
pub(super) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The text at a JSON pointer. Empty text and CloudTrail's mark for hidden values count as absent,
/// as does anything that is not text.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    at(value, pointer).and_then(Value::as_str).filter(|text| !text.is_empty() && *text != HIDDEN)
}

/// The value at a JSON pointer without escapes. `Value::pointer` copies each name twice to resolve
/// them, which was a tenth of the CPU time of an event.
pub(super) fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(value, |value, name| match value.as_array() {
        Some(elements) => elements.get(name.parse::<usize>().ok()?),
        None => value.get(name),
    })
}

/// A member that is not null.
pub(super) fn member<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    of.get(name).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn half_of_a_surrogate_pair_is_a_replacement_character_and_a_pair_is_what_it_says() {
        for (text, expected) in [
            (r#""plain""#, "plain"),
            (r#""\ud83e\udd80""#, "🦀"),
            (r#""\ud83e""#, "\u{FFFD}"),
            (r#""\udd80""#, "\u{FFFD}"),
            (r#""\uD83E\uD83E\uDD80x""#, "\u{FFFD}🦀x"),
            (r#""\udd80\ud83e""#, "\u{FFFD}\u{FFFD}"),
            (r#""\ud83e\n""#, "\u{FFFD}\n"),
            (r#""\ud83e\u0041""#, "\u{FFFD}A"),
            (r#""\\ud83e\ud83e""#, "\\ud83e\u{FFFD}"),
            (r#""\\\ud83e""#, "\\\u{FFFD}"),
            (r#""\"\ud83e""#, "\"\u{FFFD}"),
            (r#""ä\ud83e🦀""#, "ä\u{FFFD}🦀"),
        ] {
            assert_eq!(parse("it", text.as_bytes()).unwrap(), json!(expected), "{text}");
        }
    }

    #[test]
    fn a_name_may_have_half_of_a_pair_too() {
        assert_eq!(parse("it", br#"{"\ud83e":1}"#).unwrap(), json!({ "\u{FFFD}": 1 }));
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_replacement_characters_and_a_byte_order_mark_is_nothing() {
        assert_eq!(parse("it", b"\"Beno\xeet\"").unwrap(), json!("Beno\u{FFFD}t"));
        assert_eq!(parse("it", b"\xef\xbb\xbf{\"a\":1}").unwrap(), json!({ "a": 1 }));
    }

    #[test]
    fn what_is_no_json_is_unreadable_with_its_place() {
        let deep = "[".repeat(128);
        for (bytes, expected) in [
            (&b""[..], "EOF while parsing a value at line 1 column 0"),
            (b"{\"a\":1e999}", "number out of range at line 1 column 10"),
            (b"{\"a\":NaN}", "expected value at line 1 column 6"),
            (b"{'a': None}", "key must be a string at line 1 column 2"),
            (b"{} {}", "trailing characters at line 1 column 4"),
            (b"\"\\ud83e", "EOF while parsing a string at line 1 column 7"),
            (b"\"\\u+123\"", "invalid escape at line 1 column 7"),
            (b"\\", "expected value at line 1 column 1"),
            (deep.as_bytes(), "recursion limit exceeded at line 1 column 128"),
        ] {
            let expected = format!("it is not readable JSON: {expected}");
            assert_eq!(parse("it", bytes).unwrap_err().reason, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_string_of_any_escapes_and_characters_is_read(
            parts in prop::collection::vec(
                prop_oneof!["\\\\u[dD][89abAB][0-9a-f]{2}", "\\\\u[dD][c-fC-F][0-9a-f]{2}",
                    "\\\\u00[4-7][0-9]", "\\\\[nrt\\\\/\"]", "[a-zäö🦀]"],
                0..12,
            ),
        ) {
            let text = format!("\"{}\"", parts.concat());
            prop_assert!(parse("it", text.as_bytes()).is_ok(), "{}", text);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in any::<Vec<u8>>()) {
            let _ = parse("it", &bytes);
        }
    }
}
