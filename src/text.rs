//! Text that others chose, made harmless: events, baselines, AWS's answers, names.
//!
//! Three readers, three functions. A notice shows it on one line and bounded ([`clean`]), and so
//! that nobody can click on what others wrote ([`unlinked`]). Logs and terminals show what is
//! there, but as escapes ([`harmless`], [`harmless_lines`]): a reader of logs wants to see that a
//! name had an escape sequence in it.

use std::borrow::Cow;
use std::fmt::Write as _;

#[cfg(test)]
mod tests;

/// Characters that act on what shows them instead of being shown: control characters, direction
/// overrides, zero widths, line separators, blanks that look like nothing, tags.
///
/// Accents, other scripts and emoji are none of them. The two joiners (U+200C, U+200D) are, though
/// some scripts use them: a name stays readable without them.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether nothing in it has to change: nearly every text there is.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// `text` on one line, with hidden characters written as the escapes of JSON (`\n`, `\u001b`), which
/// are those of YAML and of most languages too. In a JSON document it changes no value.
pub fn harmless(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// The same for a text of our own with text of others in it: line breaks and tabs stay.
pub fn harmless_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(|c| is_hidden(c) && !stays(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if stays(c) || !is_hidden(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    Cow::Owned(out)
}

/// `text` without hidden characters and at most `longest` characters; what is cut is marked.
pub fn clean(text: &str, longest: usize) -> String {
    if text.len() <= longest && is_plain(text) {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len().min(4 * longest));
    for (length, c) in text.chars().enumerate() {
        if length == longest {
            for _ in 0..3.min(length) {
                clean.pop();
            }
            clean.truncate(cut(&clean).len());
            clean.push_str("...");
            break;
        }
        clean.push(if is_hidden(c) { ' ' } else { c });
    }
    clean
}

/// The beginning of a text before the `...` that marks a cut: not one that the mark would make
/// `www.` or `ftp.` of.
pub fn cut(begin: &str) -> &str {
    begin.trim_end_matches(['w', 'W', 'p', 'P'])
}

/// Words that make a link of what follows their colon, without two slashes.
const BARE_SCHEMES: [&str; 11] = [
    "mailto",
    "javascript",
    "vbscript",
    "data",
    "file",
    "tel",
    "sms",
    "callto",
    "skype",
    "news",
    "magnet",
];

/// `1 domain`, `2 domains`.
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// `text` in which no mail client finds a link: `https[:]//evil[.]example/x`, `www[.]evil[.]example`.
///
/// Clients make links of `scheme://`, of `mailto:` and its like, of what begins with `www.` or
/// `ftp.`, and of `\\server`. Some also do of a bare host name; those stay, since user names, domains
/// and ARNs are made of them. Applied twice it changes nothing more.
pub fn unlinked(text: &str) -> Cow<'_, str> {
    if !may_link(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    // Whether the dots are those of a link's host.
    let mut in_host = false;
    let mut word = String::new();
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let slashes = || after.starts_with("//") || after.starts_with("\\\\");
        let is_scheme = || {
            BARE_SCHEMES.contains(&word.as_str())
                && after.chars().next().is_some_and(|next| !next.is_whitespace())
        };
        if c == ':' && (slashes() || is_scheme()) {
            out.push_str("[:]");
            in_host = true;
            if let Some(host) = after.strip_prefix("//") {
                out.push_str("//");
                rest = host;
                word.clear();
                continue;
            }
        } else if c == '\\' && after.starts_with('\\') {
            out.push_str("\\ ");
        } else if c == '.' && (in_host || word.ends_with("www") || word == "ftp") {
            out.push_str("[.]");
            in_host = true;
        } else {
            in_host &= !(c.is_whitespace() || matches!(c, '/' | '?' | '#' | '\\'));
            out.push(c);
        }
        if c.is_ascii_alphanumeric() || c == '-' {
            word.push(c.to_ascii_lowercase());
        } else {
            word.clear();
        }
        rest = after;
    }
    Cow::Owned(out)
}

/// Whether a client could find a link in it. Most texts have none, and each is asked several times.
fn may_link(text: &str) -> bool {
    let ends_with = |before: &[u8], word: &str| {
        before
            .len()
            .checked_sub(word.len())
            .and_then(|begin| before.get(begin..))
            .is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
    };
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let (before, after) = bytes.split_at(at);
        let after = after.get(1..).unwrap_or_default();
        match byte {
            b':' => {
                after.starts_with(b"//")
                    || after.starts_with(b"\\\\")
                    || BARE_SCHEMES.iter().any(|scheme| ends_with(before, scheme))
            }
            b'.' => ends_with(before, "www") || ends_with(before, "ftp"),
            b'\\' => after.starts_with(b"\\"),
            _ => false,
        }
    })
}
