//! The line of a baseline that an error is about, as a compiler shows it.
//!
//! No more of it than is needed to see the place: lines may be long, and have characters in them that act
//! on a terminal. Those are shown as escapes, and the carets stand below what they mark.

use cognito_domain_guard::baseline::Position;
use cognito_domain_guard::text::{harmless, is_hidden};

/// Of a longer line, only what is around the place is shown.
const WIDEST: usize = 120;
/// Characters before the place, in a line that is cut.
const BEFORE: usize = 40;

/// A line of the file, in which the character at any column is found without reading all before it:
/// of a file in one line, each of thousands of problems is in that line.
pub struct Line<'a> {
    text: &'a str,
    /// Where each [`STEP`]th character is.
    marks: Vec<usize>,
}

const STEP: usize = 256;

impl<'a> Line<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, marks: text.char_indices().step_by(STEP).map(|(at, _)| at).collect() }
    }

    /// Every line of a file.
    pub fn all(text: &'a str) -> Vec<Self> {
        text.lines().map(Self::new).collect()
    }

    /// What is in the line from the character with that number on, from 0.
    fn from(&self, nth: usize) -> impl Iterator<Item = char> + use<'a> {
        let mark = self.marks.get(nth / STEP).copied().unwrap_or(self.text.len());
        self.text.get(mark..).unwrap_or_default().chars().skip(nth % STEP)
    }
}

/// A line and what is below it.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub line: String,
    /// As wide as what is before the place.
    pub indent: String,
    /// How many carets mark the place.
    pub length: usize,
}

/// The part of `line` around a place that begins at `start`, and ends at `end` if that is in this line.
pub fn excerpt(line: &Line<'_>, start: Position, end: Position) -> Excerpt {
    let column = start.column.saturating_sub(1);
    let marked = if end.line == start.line {
        end.column.saturating_sub(start.column).max(1)
    } else {
        WIDEST
    };
    let is_long = line.from(WIDEST).next().is_some();
    let first = if is_long { column.saturating_sub(BEFORE) } else { 0 };
    let mut excerpt = Excerpt { line: String::new(), indent: String::new(), length: 0 };
    if first > 0 {
        excerpt.line.push('…');
        excerpt.indent.push(' ');
    }
    let mut width = 0;
    let mut is_cut = false;
    for (nth, c) in (first..).zip(line.from(first)) {
        if width >= WIDEST {
            is_cut = true;
            break;
        }
        let shown = match c {
            '\t' => "\t".to_owned(),
            c if is_hidden(c) => harmless(c.encode_utf8(&mut [0; 4])).into_owned(),
            c => c.into(),
        };
        let columns = shown.chars().count();
        width += columns;
        if nth < column {
            excerpt.indent.push_str(&if c == '\t' { shown.clone() } else { " ".repeat(columns) });
        } else if nth < column.saturating_add(marked) {
            excerpt.length += columns;
        }
        excerpt.line.push_str(&shown);
    }
    if is_cut {
        excerpt.line.push('…');
    }
    // What is missing is marked behind the line.
    excerpt.length = excerpt.length.max(1);
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line, and the carets below it.
    fn check(line: &str, columns: (usize, usize), shown: &str, carets: &str) {
        let at = |column| Position { line: 1, column };
        let Excerpt { line, indent, length } =
            excerpt(&Line::new(line), at(columns.0), at(columns.1));
        assert_eq!(line, shown);
        assert_eq!(format!("{indent}{}", "^".repeat(length)), carets);
    }

    #[test]
    fn carets_are_below_what_they_mark() {
        check("mode: adit", (7, 11), "mode: adit", "      ^^^^");
        check("", (1, 1), "", "^");
        check("\tmode: adit", (8, 12), "\tmode: adit", "\t      ^^^^");
        // What is hidden takes as many columns as its escape.
        check("a\u{202e}b: c", (3, 4), "a\\u202eb: c", "       ^");
        check("ab\u{1b}[1mc: d", (3, 8), "ab\\u001b[1mc: d", "  ^^^^^^^^^^");
    }

    #[test]
    fn of_a_long_line_only_what_is_around_the_place_is_shown() {
        let line = format!("{}bad{}", "x".repeat(1000), "y".repeat(1000));
        let shown = format!("…{}bad{}…", "x".repeat(40), "y".repeat(77));
        check(&line, (1001, 1004), &shown, &format!("{}^^^", " ".repeat(41)));
        // However much is marked, and whatever it takes.
        let Excerpt { line, length, .. } = excerpt(
            &Line::new(&"\u{202e}".repeat(100_000)),
            Position { line: 1, column: 1 },
            Position { line: 9, column: 1 },
        );
        assert!(line.chars().count() < 130 && length < 130, "{line} {length}");
    }

    #[test]
    fn a_line_is_read_from_any_character_on_as_if_from_its_beginning() {
        let text = "aä🦀\t".repeat(300);
        let line = Line::new(&text);
        for nth in (0..1_300).chain([usize::MAX]) {
            assert!(line.from(nth).eq(text.chars().skip(nth)), "{nth}");
        }
        // What is skipped is less than a step, however long the line is.
        assert_eq!(line.marks.len(), 1_200_usize.div_ceil(STEP));
        assert_eq!(Line::new("").from(0).next(), None);
    }
}
