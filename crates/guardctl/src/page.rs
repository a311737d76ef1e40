//! Text as a terminal shows it: how wide a line may be, and colour where somebody sees it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::sync::OnceLock;

use cognito_domain_guard::text::{harmless_lines, is_hidden};

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

/// Words after a lead, on as many lines as they need: those after the first begin at `indent`. A
/// word is never broken, so that names and ARNs can be copied.
pub fn wrapped(out: &mut String, lead: &str, indent: usize, text: &str) {
    let _ = write!(out, "{lead}");
    let mut column = columns(lead);
    let mut is_first = true;
    for word in text.split_whitespace() {
        let length = columns(word);
        if !is_first && column + 1 + length > width() {
            let _ = write!(out, "\n{:indent$}", "");
            column = indent;
        } else if !is_first {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        is_first = false;
    }
    let trimmed = out.trim_end_matches(' ').len();
    out.truncate(trimmed);
    out.push('\n');
}

/// How many columns a text takes: the colours of [`toned`] take none.
fn columns(text: &str) -> usize {
    let colours = Tone::ALL.into_iter().map(Tone::colour).chain([PLAIN]);
    let hidden: usize = colours.map(|colour| text.matches(colour).count() * colour.len()).sum();
    text.chars().count() - hidden
}

/// What a text says at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Not wrong, but to be known.
    Notable,
    /// Wrong.
    Bad,
    /// Nobody's concern.
    Quiet,
}

impl Tone {
    const ALL: [Self; 4] = [Self::Good, Self::Notable, Self::Bad, Self::Quiet];

    const fn colour(self) -> &'static str {
        match self {
            Self::Good => "\x1b[32m",
            Self::Notable => "\x1b[33m",
            Self::Bad => "\x1b[31m",
            Self::Quiet => "\x1b[2m",
        }
    }
}

/// Ends a colour.
const PLAIN: &str = "\x1b[0m";

/// The text in the colour of its tone, on a terminal whose user has not said `NO_COLOR`.
pub fn toned(tone: Tone, text: &str) -> String {
    if is_coloured() { format!("{}{text}{PLAIN}", tone.colour()) } else { text.to_owned() }
}

/// A page as it may be printed: line breaks, tabs and the colours of [`toned`] act, and any other
/// control character, escape sequence or hidden character is shown as an escape. In JSON these are
/// the same values.
pub fn shown(page: &str) -> Cow<'_, str> {
    if !page.chars().any(|c| is_hidden(c) && c != '\n') {
        return Cow::Borrowed(page);
    }
    let mut colours: Vec<&str> = Tone::ALL.into_iter().map(Tone::colour).chain([PLAIN]).collect();
    colours.retain(|_| is_coloured());
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(at) = rest.find('\x1b') {
        let (before, from) = rest.split_at(at);
        out.push_str(&harmless_lines(before));
        let colour = colours.iter().find(|colour| from.starts_with(**colour)).copied();
        let sequence = colour.unwrap_or("\x1b");
        out.push_str(&match colour {
            Some(colour) => Cow::Borrowed(colour),
            None => harmless_lines(sequence),
        });
        rest = from.get(sequence.len()..).unwrap_or_default();
    }
    out.push_str(&harmless_lines(rest));
    Cow::Owned(out)
}

fn is_coloured() -> bool {
    static COLOURED: OnceLock<bool> = OnceLock::new();
    *COLOURED.get_or_init(|| {
        let says = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        std::io::stdout().is_terminal() && !says("NO_COLOR") && !is_dumb
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_take_no_columns() {
        for tone in Tone::ALL {
            assert_eq!(columns(&format!("{}drifted{PLAIN}", tone.colour())), 7);
        }
        // A line that just fits is not broken for the sake of its colours. Nobody says how wide it may be.
        let words = format!("{}{}{PLAIN} {}", Tone::Bad.colour(), "x".repeat(39), "y".repeat(40));
        let mut out = String::new();
        wrapped(&mut out, "", 4, &words);
        assert_eq!(out.lines().count(), 1, "{out:?}");
    }
}
