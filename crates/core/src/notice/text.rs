//! Text that others chose, as the forms of a notice show it.

use crate::text::{clean, unlinked};
pub(super) use crate::when::rfc3339;

/// Longest text taken over from an event. ARNs, the longest useful ones, stay below it.
pub(super) const LONGEST: usize = 512;

/// What others wrote, as it may stand in a record: on one line, bounded, and without a link, since
/// records end up in incident tools and mailboxes that make links of what looks like one.
pub(super) fn of_others(text: &str, longest: usize) -> String {
    unlinked(&clean(text, longest)).into_owned()
}

/// One line of printable ASCII; anything else becomes a question mark.
pub(super) fn ascii_line(text: &str, longest: usize) -> String {
    let mut line = clean(text, longest);
    // Most lines are such already.
    if line.bytes().any(|byte| byte != b' ' && !byte.is_ascii_graphic()) {
        let printable = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
        line = line.chars().map(printable).collect();
    }
    line.trim().to_owned()
}

/// Text for a chat: inside a code span, where neither markup nor mentions work, and without the
/// characters that could end the span or start a link.
pub(super) fn code(text: &str, longest: usize) -> String {
    let inner: String =
        clean(text, longest).chars().filter(|c| !matches!(c, '`' | '<' | '>' | '|')).collect();
    // Also for clients that look for mentions before they look for code.
    let mut safe = String::with_capacity(inner.len());
    let mut before = ' ';
    for c in inner.chars() {
        if c == '@' && !before.is_alphanumeric() {
            safe.push_str("(at)");
        } else {
            safe.push(c);
        }
        before = c;
    }
    if safe.trim().is_empty() { "`-`".to_owned() } else { format!("`{}`", safe.trim()) }
}

/// `observed -> baseline` in one code span: outside of one, a chat would take the arrow for markup.
pub(super) fn arrow(observed: &str, baseline: &str, longest: usize) -> String {
    joined([observed, baseline].into_iter(), longest)
}

/// A sentence with such changes in it, in one code span.
pub(super) fn arrows(text: &str, longest: usize) -> String {
    joined(clean(text, longest).split(ARROW), longest)
}

const ARROW: &str = " -> ";

fn joined<'t>(parts: impl Iterator<Item = &'t str>, longest: usize) -> String {
    let inner = |text| code(text, longest).trim_matches('`').to_owned();
    format!("`{}`", parts.map(inner).collect::<Vec<_>>().join(ARROW))
}

/// Breaks `text` into lines of at most `width` characters. The first begins with `first`, the others
/// with `rest`. A word that is longer than a line, such as an ARN, is never broken.
pub(super) fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut wrapped = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            wrapped.push_str(&line);
            wrapped.push('\n');
            rest.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    if !is_empty {
        wrapped.push_str(&line);
        wrapped.push('\n');
    }
    wrapped
}
