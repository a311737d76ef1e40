//! What the parser says of places and of mistakes in the YAML itself, in the words of somebody who is writing
//! a baseline.

use saphyr_parser::{Marker, ScanError};

use super::problem::{Position, Problem, quoted, shown};

/// The place that the parser means, whose columns begin at zero.
pub(super) fn position(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col().saturating_add(1) }
}

/// The problem that ended the reading of `text`. `path` is the key whose value the parser's reader
/// expected next.
pub(super) fn syntax_problem(text: &str, path: String, error: &ScanError) -> Problem {
    if let Some(problem) = merge_conflict(text) {
        return problem;
    }
    let start = position(*error.marker());
    let rest: String = text
        .lines()
        .nth(start.line - 1)
        .unwrap_or_default()
        .chars()
        .skip(start.column - 1)
        .collect();
    let word: &str = rest
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}' | '#'))
        .next()
        .unwrap_or_default();

    let info = error.info();
    let (path, message, fix) = if word.starts_with('*') {
        (
            path,
            format!("{} without quotes is a YAML alias, not a pattern", shown(word)),
            format!("put the pattern in quotes: {}", quoted(word)),
        )
    } else {
        // The parser may be ahead of the tree here, so that the path would name a neighbour.
        let fix = match above(text, start.line) {
            Some(line) if lacks_a_space(line) => {
                "write a space behind each colon, as in `version: 1`".to_owned()
            }
            Some(_) | None => syntax_fix(info, &rest),
        };
        (String::new(), format!("not valid YAML: {info}"), fix)
    };
    Problem {
        position: start,
        end: start.advanced(word.chars().count().max(1)),
        path,
        message,
        fix,
    }
}

/// What git leaves in a file of which two people changed the same lines.
fn merge_conflict(text: &str) -> Option<Problem> {
    let (index, line) = text.lines().enumerate().find(|(_, line)| line.starts_with("<<<<<<< "))?;
    let start = Position { line: index + 1, column: 1 };
    Some(Problem {
        position: start,
        end: start.advanced(line.chars().count()),
        path: String::new(),
        message: "a conflict of a merge is left here".to_owned(),
        fix: "keep what is right of both sides, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"
            .to_owned(),
    })
}

/// The next line above that says something.
fn above(text: &str, line: usize) -> Option<&str> {
    let is_said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let before: Vec<&str> = text.lines().take(line.saturating_sub(1)).filter(is_said).collect();
    before.last().copied()
}

/// Whether it is `mode:audit`, which is a word to YAML that goes on in the next line.
fn lacks_a_space(line: &str) -> bool {
    line.trim_start().trim_start_matches("- ").split_once(':').is_some_and(|(key, value)| {
        let is_key = |c: char| c.is_ascii_lowercase() || c == '_';
        !key.is_empty()
            && key.chars().all(is_key)
            && value.starts_with(|c: char| !c.is_whitespace())
    })
}

fn syntax_fix(info: &str, rest: &str) -> String {
    let fixes = [
        ("tab", "indent with spaces, never with tabs"),
        (
            "mapping values are not allowed",
            "put a value that contains `: ` in quotes, and begin each key on a line of its own, indented like its neighbours",
        ),
        (
            "simple key expect",
            "write `key: value` with a colon and a space, here or on the line above",
        ),
        ("unexpected end of stream", "close the quotes that begin here"),
        ("did not find expected ',' or", "close the bracket, or separate the values with commas"),
        ("expected ',' or ']'", "close the bracket, or separate the values with commas"),
        ("flow construct", "close the bracket that was opened above"),
        ("did not find expected key", "indent this line like the other keys of its mapping"),
        ("did not find expected '-'", "indent this line like the other items of its list"),
        ("unexpected character", "put the value in quotes"),
        ("invalid trailing content", "put the whole value in one pair of quotes"),
    ];
    fixes.into_iter().find(|(part, _)| info.contains(part)).map_or_else(
        || match rest.trim() {
            "" => "look at the indentation and quotes of this line and the one above".to_owned(),
            at => format!("look at the indentation and quotes from {} on", quoted(at)),
        },
        |(_, fix)| fix.to_owned(),
    )
}
