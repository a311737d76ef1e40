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
        (String::new(), format!("not valid YAML: {info}"), syntax_fix(info, &rest))
    };
    Problem {
        position: start,
        end: start.advanced(word.chars().count().max(1)),
        path,
        message,
        fix,
    }
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
