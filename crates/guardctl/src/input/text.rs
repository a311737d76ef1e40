//! Text in which JSON stands, as the AWS CLI prints it with `--output text` or `table`, and `aws logs tail`.

use std::io::{self, BufRead};

/// How much of it an error shows.
const SHOWN: usize = 40;

/// What stands around the JSON.
#[derive(Default)]
pub(super) struct Around {
    start: Option<String>,
}

impl Around {
    /// How the first of it begins, if there is any.
    pub(super) fn start(&self) -> Option<String> {
        self.start.clone()
    }

    pub(super) fn passed(&mut self, text: &str) {
        if self.start.is_none() && !text.is_empty() {
            self.start = Some(text.chars().take(SHOWN).collect());
        }
    }
}

/// What comes next in a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A value of JSON.
    Json,
    /// Nothing more.
    End,
    /// A character that no text has, and so what it is instead.
    Binary(&'static str),
}

/// Goes to the next value of JSON, past blanks and text; `line` is called at the end of each of its lines. Text
/// goes up to the end of its column or line, or to an object in it: behind a blank or a quotation mark of
/// YAML. In the cell of a table of CSV it would be none, since its own quotation marks are doubled.
pub(super) fn next_json(
    reader: &mut impl BufRead,
    around: &mut Around,
    line: impl Fn(),
) -> io::Result<Next> {
    let mut text: Vec<u8> = Vec::new();
    let mut is_over = false;
    while !is_over {
        let buffer = reader.fill_buf()?;
        is_over = buffer.is_empty();
        let mut passed = 0;
        for byte in buffer {
            let begins = match text.last() {
                None => matches!(byte, b'{' | b'[' | b'"'),
                Some(before) => *byte == b'{' && matches!(before, b' ' | b'\''),
            };
            if begins {
                reader.consume(passed);
                around.passed(&String::from_utf8_lossy(&text));
                return Ok(Next::Json);
            }
            passed += 1;
            match byte {
                b'\t' | b'\n' | b'\r' => {
                    around.passed(&String::from_utf8_lossy(&text));
                    text.clear();
                    line();
                }
                ..b' ' => return Ok(Next::Binary(binary(&text, *byte))),
                // Only the beginning is shown, and only the last one counts.
                _ if text.len() > 4 * SHOWN => {
                    text.truncate(4 * SHOWN);
                    text.push(*byte);
                }
                b' ' if text.is_empty() => {}
                _ => text.push(*byte),
            }
        }
        reader.consume(passed);
    }
    around.passed(&String::from_utf8_lossy(&text));
    Ok(Next::End)
}

/// What a file is that has `byte` behind `text`, and what to do with it.
fn binary(text: &[u8], byte: u8) -> &'static str {
    match (text, byte) {
        (b"PK", _) => "it is a zip archive: unpack it, and give what is in it",
        (b"", 0x1f) => "it is compressed twice: decompress it once",
        (_, 0x1b) => "it has a terminal's colours: save it without them, such as with `jq -M`",
        _ => "it is not a text file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of the reader at the first JSON, and the text before it.
    fn found(text: &str) -> (Option<String>, Option<String>) {
        // However it is cut.
        let all: Vec<_> = [1, 2, 7, 4096]
            .into_iter()
            .map(|at_a_time| {
                let mut reader = io::BufReader::with_capacity(at_a_time, text.as_bytes());
                let mut around = Around::default();
                let next = next_json(&mut reader, &mut around, || {}).expect("text");
                let rest = (next == Next::Json).then(|| io::read_to_string(reader).expect("text"));
                (rest, around.start())
            })
            .collect();
        assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
        all[0].clone()
    }

    fn check(text: &str, rest: Option<&str>, around: Option<&str>) {
        assert_eq!(found(text), (rest.map(str::to_owned), around.map(str::to_owned)), "{text:?}");
    }

    #[test]
    fn json_is_found_behind_blanks_and_in_the_columns_and_lines_of_a_text() {
        check("{}", Some("{}"), None);
        check(" \r\n\t[1]", Some("[1]"), None);
        check("EVENTS\tAKIA\t{\"a\": 1}\tjane\n", Some("{\"a\": 1}\tjane\n"), Some("EVENTS"));
        check("2026-11-23T08:02:11 stream {}", Some("{}"), Some("2026-11-23T08:02:11 stream "));
        check("- CloudTrailEvent: '{}'", Some("{}'"), Some("- CloudTrailEvent: '"));
        check(",\n{}", Some("{}"), Some(","));
        check(&format!("{} {{}}", "x".repeat(500)), Some("{}"), Some(&"x".repeat(40)));
    }

    #[test]
    fn what_has_none_says_how_it_begins() {
        check("", None, None);
        check(" \n ", None, None);
        check("a,b\n1,\"{\"\"a\"\": 1}\"\n", None, Some("a,b"));
        check("null", None, Some("null"));
    }

    #[test]
    fn what_is_no_text_is_not_searched() {
        for (bytes, what) in [
            (&b"\0\0"[..], "it is not a text file"),
            (b"PK\x03\x04 {}", "it is a zip archive"),
            (b"\x1f\x8b", "it is compressed twice"),
            (b"\x1b[1;39m{}", "it has a terminal's colours"),
        ] {
            let next = next_json(&mut &*bytes, &mut Around::default(), || {});
            assert!(matches!(next, Ok(Next::Binary(said)) if said.starts_with(what)), "{next:?}");
        }
    }
}
