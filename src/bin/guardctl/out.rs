//! Standard output, whose reader may go away: `guardctl plan | head` is no reason to panic.
//!
//! Here, too, text of others is made harmless for good: whatever an event, a file name, an answer of AWS
//! or an error has in it, a terminal gets no control character but the colours of `page`.

use std::borrow::Cow;
use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _, stdout};
use std::process::exit;

use cognito_domain_guard::text::harmless_lines;

use crate::page;

/// What a shell reports of a command whose reader went away.
const READER_GONE: i32 = 141;

/// Prints at once. Where nobody reads any more, that is the end of the process: it is called
/// between two calls to AWS, never in the middle of one.
pub fn print(text: Arguments<'_>) {
    let text = text.to_string();
    let shown = if page::is_coloured() { coloured(&text) } else { harmless_lines(&text) };
    let written = stdout().write_all(shown.as_bytes()).and_then(|()| stdout().flush());
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(READER_GONE),
        Err(error) => {
            eprintln!("error: standard output: {error}");
            exit(1);
        }
    }
}

/// The same on standard error, which nobody has to read.
pub fn print_error(text: Arguments<'_>) {
    let text = text.to_string();
    let _ = writeln!(std::io::stderr(), "{}", harmless_lines(&text));
}

/// Harmless text in which our own colours stay.
fn coloured(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(&harmless_lines(before));
        rest = match page::COLOURS
            .iter()
            .find_map(|colour| after.strip_prefix(colour).zip(Some(colour)))
        {
            Some((rest, colour)) => {
                out.push('\u{1b}');
                out.push_str(colour);
                rest
            }
            None => {
                out.push_str(&harmless_lines("\u{1b}"));
                after
            }
        };
    }
    if out.is_empty() && rest.len() == text.len() {
        return harmless_lines(text);
    }
    out.push_str(&harmless_lines(rest));
    Cow::Owned(out)
}

/// As `print!`.
macro_rules! out {
    ($($text:tt)*) => { $crate::out::print(format_args!($($text)*)) };
}

/// As `println!`.
macro_rules! outln {
    () => { $crate::out::print(format_args!("\n")) };
    ($($text:tt)*) => { $crate::out::print(format_args!("{}\n", format_args!($($text)*))) };
}

/// As `eprintln!`.
macro_rules! errln {
    ($($text:tt)*) => { $crate::out::print_error(format_args!($($text)*)) };
}

#[cfg(test)]
mod tests {
    use super::coloured;
    use crate::page::COLOURS;

    #[test]
    fn of_all_control_sequences_only_our_own_colours_reach_a_terminal() {
        let ours = COLOURS.map(|colour| format!("\u{1b}{colour}x")).concat();
        assert_eq!(coloured(&ours), ours);
        assert_eq!(coloured("plain\n"), "plain\n");
        assert_eq!(
            coloured("\u{1b}[31mbad\u{1b}[0m \u{1b}]0;title\u{7} \u{1b}[2J\r\u{9b}1A\n"),
            "\u{1b}[31mbad\u{1b}[0m \\u001b]0;title\\u0007 \\u001b[2J\\r\\u009b1A\n"
        );
    }
}
