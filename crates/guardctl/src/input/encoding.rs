//! Text as people's tools save it, made UTF-8 that a parser of JSON takes.
//!
//! A byte order mark is left out, UTF-16 (which PowerShell writes) is converted, and what is no text is read
//! as U+FFFD: bytes that are not UTF-8, and escapes in JSON that are half of a surrogate pair, which come of
//! names that were cut. The Lambda reads them so too.

use std::io::{self, Read};

/// How much is read at a time.
const CHUNK: u64 = 16 << 10;
/// How long an escape such as `\ud83d` is.
const ESCAPE: usize = 6;

/// A reader's bytes as UTF-8.
pub(super) struct Text<R> {
    inner: R,
    encoding: Option<Encoding>,
    /// Bytes of the inner reader that are still to be made text.
    raw: Vec<u8>,
    /// Text in which escapes are still to be looked at.
    text: String,
    /// What may be handed out, and how much of it was.
    done: Vec<u8>,
    handed_out: usize,
    is_over: bool,
}

#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl<R: Read> Text<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            encoding: None,
            raw: Vec::new(),
            text: String::new(),
            done: Vec::new(),
            handed_out: 0,
            is_over: false,
        }
    }

    /// Reads on until there is something to hand out, or nothing more.
    fn fill(&mut self) -> io::Result<()> {
        self.done.clear();
        self.handed_out = 0;
        while self.done.is_empty() && !self.is_over {
            self.is_over = self.inner.by_ref().take(CHUNK).read_to_end(&mut self.raw)? == 0;
            let Some(encoding) = self.encoding.or_else(|| self.recognise()) else { continue };
            self.encoding = Some(encoding);
            match encoding {
                Encoding::Utf8 => self.take_utf8(),
                Encoding::Utf16Little => self.take_utf16(u16::from_le_bytes),
                Encoding::Utf16Big => self.take_utf16(u16::from_be_bytes),
            }
            self.take_escapes();
        }
        Ok(())
    }

    /// The encoding that the first bytes show, with the mark taken out; nothing where more is needed.
    fn recognise(&mut self) -> Option<Encoding> {
        let (encoding, mark) = match self.raw.as_slice() {
            [0xff, 0xfe, ..] => (Encoding::Utf16Little, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16Big, 2),
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            // Without a mark: JSON begins with a letter of ASCII, and has no letter that is zero.
            [1..=255, 0, 1..=255, ..] => (Encoding::Utf16Little, 0),
            [0, 1..=255, 0, ..] => (Encoding::Utf16Big, 0),
            [_, _, _, ..] => (Encoding::Utf8, 0),
            _ if self.is_over => (Encoding::Utf8, 0),
            _ => return None,
        };
        self.raw.drain(..mark);
        Some(encoding)
    }

    fn take_utf8(&mut self) {
        let mut taken = 0;
        for chunk in self.raw.utf8_chunks() {
            self.text.push_str(chunk.valid());
            taken += chunk.valid().len();
            let (invalid, end) = (chunk.invalid().len(), self.raw.len());
            // The rest of a character may be still to come.
            if invalid == 0 || (taken + invalid == end && invalid < 4 && !self.is_over) {
                break;
            }
            self.text.push(char::REPLACEMENT_CHARACTER);
            taken += invalid;
        }
        self.raw.drain(..taken);
    }

    fn take_utf16(&mut self, unit: impl Fn([u8; 2]) -> u16) {
        let (pairs, rest) = self.raw.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        let mut left = rest.to_vec();
        if let Some(0xD800..=0xDBFF) = units.last().filter(|_| !self.is_over) {
            units.pop();
            left = self.raw.get(2 * units.len()..).unwrap_or_default().to_vec();
        }
        let characters = char::decode_utf16(units);
        self.text.extend(characters.map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)));
        self.raw = left;
    }

    /// Hands over the text up to where an escape may go on in what is still to come.
    fn take_escapes(&mut self) {
        let text = std::mem::take(&mut self.text);
        let mut at = 0;
        while let Some(next) = text.get(at..).and_then(|rest| rest.find('\\')) {
            self.done.extend_from_slice(text.get(at..at + next).unwrap_or_default().as_bytes());
            at += next;
            if text.len() < at + 2 * ESCAPE && !self.is_over {
                text.get(at..).unwrap_or_default().clone_into(&mut self.text);
                return;
            }
            let (length, is_whole) = match (code_unit(&text, at), code_unit(&text, at + ESCAPE)) {
                (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (2 * ESCAPE, true),
                (Some(0xD800..=0xDFFF), _) => (ESCAPE, false),
                // Any other escape. The second character of `\\` begins none.
                (Some(_) | None, _) => {
                    let second = text.get(at + 1..).and_then(|rest| rest.chars().next());
                    (1 + second.map_or(0, char::len_utf8), true)
                }
            };
            let escape = if is_whole { text.get(at..at + length) } else { Some("\\ufffd") };
            self.done.extend_from_slice(escape.unwrap_or_default().as_bytes());
            at += length;
        }
        self.done.extend_from_slice(text.get(at..).unwrap_or_default().as_bytes());
    }
}

/// The number in an escape of the form `\u0000` that begins at `at`.
fn code_unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    // `from_str_radix` takes a sign too.
    let digits = Some(digits).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.handed_out == self.done.len() {
            self.fill()?;
        }
        let length = self.done.get(self.handed_out..).unwrap_or_default().read(buffer)?;
        self.handed_out += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time, as a pipe may.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    /// Reads the same however it is cut.
    fn check(bytes: &[u8], expected: &str) {
        for at_a_time in [1, 2, 3, 5, 7, 100_000] {
            let mut text = String::new();
            Text::new(Slowly(bytes, at_a_time)).read_to_string(&mut text).expect("text");
            assert_eq!(text, expected, "{at_a_time} bytes at a time");
        }
    }

    #[test]
    fn utf_8_is_itself_and_a_mark_is_left_out() {
        check(b"", "");
        check(b"{", "{");
        check("\u{feff}{\"a\": \"山🦀\"}".as_bytes(), "{\"a\": \"山🦀\"}");
        check("é".repeat(20_000).as_bytes(), &"é".repeat(20_000));
    }

    #[test]
    fn utf_16_is_converted_in_both_orders() {
        let text = "{\"a\": \"山🦀\"}";
        let marked: Vec<u16> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).collect();
        let little: Vec<u8> = marked.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = marked.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        check(&little, text);
        check(&big, text);
        check(&little[2..], text);
        check(&big[2..], text);
        // Half of a pair at the end.
        check(&[0xff, 0xfe, b'a', 0, 0x3e, 0xd8], "a\u{fffd}");
    }

    #[test]
    fn what_is_no_text_is_a_replacement_character() {
        check(b"a\xe9b", "a\u{fffd}b");
        check(b"a\xe5\xb1", "a\u{fffd}");
        check(br#""\ud83e\udd80 \ud83e x \udd80""#, r#""\ud83e\udd80 \ufffd x \ufffd""#);
        check(br#""\\ud83e \n \u0041 \ud8""#, r#""\\ud83e \n \u0041 \ud8""#);
    }
}
