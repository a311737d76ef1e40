//! Lines as wide as the terminal.

use std::fmt::Write as _;
use std::sync::OnceLock;

/// Where nobody says how wide a line may be.
const UNKNOWN_WIDTH: usize = 80;
/// Below it nothing is left beside the labels; above it lines are hard to read.
const NARROWEST: usize = 60;
const WIDEST: usize = 120;

/// How wide a line may be: as the terminal is, or `COLUMNS` says.
fn width() -> usize {
    static WIDTH: OnceLock<usize> = OnceLock::new();
    *WIDTH.get_or_init(|| {
        terminal_size::terminal_size()
            .map(|(width, _)| usize::from(width.0))
            .or_else(|| std::env::var("COLUMNS").ok()?.parse().ok())
            .unwrap_or(UNKNOWN_WIDTH)
            .clamp(NARROWEST, WIDEST)
    })
}

/// Text behind a label, wrapped with an indent. A word that is longer than a line stays whole.
pub fn block(out: &mut String, label: &str, indent: usize, text: &str) {
    let mut line = String::new();
    let mut first = true;
    let mut flush = |line: &mut String, first: &mut bool| {
        let _ = match *first {
            true => writeln!(out, "{label}{line}"),
            false => writeln!(out, "{:indent$}{line}", ""),
        };
        *first = false;
        line.clear();
    };
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + line.len() + 1 + word.len() > width() {
            flush(&mut line, &mut first);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    flush(&mut line, &mut first);
}
