//! Text as a terminal shows it: how wide a line may be, and colour where somebody sees it.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
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

/// Words after a lead, on as many lines as they need: those after the first begin at `indent`. A
/// word is never broken, so that names and ARNs can be copied.
pub fn wrapped(out: &mut String, lead: &str, indent: usize, text: &str) {
    let _ = write!(out, "{lead}");
    let mut column = lead.chars().count();
    let mut is_first = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
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

/// What a text says at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Notable,
    Bad,
    Quiet,
}

/// All that `toned` writes after the escape character.
pub const COLOURS: [&str; 5] = ["[32m", "[33m", "[31m", "[2m", "[0m"];

/// The text in the colour of its tone, on a terminal whose user has not said `NO_COLOR`.
pub fn toned(tone: Tone, text: &str) -> String {
    let colour = match tone {
        Tone::Good => 32,
        Tone::Notable => 33,
        Tone::Bad => 31,
        Tone::Quiet => 2,
    };
    if is_coloured() { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Whether standard output is a terminal whose user wants colours.
pub fn is_coloured() -> bool {
    static COLOURED: OnceLock<bool> = OnceLock::new();
    *COLOURED.get_or_init(|| {
        let says = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        std::io::stdout().is_terminal() && !says("NO_COLOR") && !is_dumb
    })
}
