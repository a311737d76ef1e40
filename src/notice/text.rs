//! Text that others chose, made harmless.

/// `text` without control characters and at most `longest` characters; what is cut is marked.
pub(super) fn clean(text: &str, longest: usize) -> String {
    // Nearly every text there is.
    if text.len() <= longest && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    for (length, c) in text.chars().enumerate() {
        if length == longest {
            for _ in 0..3.min(length) {
                clean.pop();
            }
            clean.push_str("...");
            break;
        }
        clean.push(if c.is_control() || is_invisible(c) { ' ' } else { c });
    }
    clean
}

/// Characters that change how the text around them is shown, or hide in it: direction overrides,
/// zero widths, line separators, tags.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
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
