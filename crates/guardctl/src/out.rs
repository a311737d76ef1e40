//! Standard output, whose reader may go away: `guardctl plan | head` is no reason to panic.
//!
//! Everything that is printed passes [`page::shown`](crate::page::shown): what events, baselines and
//! AWS say cannot act on the terminal.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _, stderr, stdout};
use std::process::exit;

use crate::exit::Exit;
use crate::page::shown;

/// Prints at once. Where nobody reads any more, that is the end of the process: it is called
/// between two calls to AWS, never in the middle of one.
pub fn print(text: Arguments<'_>) {
    let written =
        stdout().write_all(shown(&text.to_string()).as_bytes()).and_then(|()| stdout().flush());
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(Exit::ReaderGone.into()),
        Err(error) => {
            complain(format_args!("error: standard output: {error}"));
            exit(Exit::Failed.into());
        }
    }
}

/// Prints a line on standard error. One that cannot be printed is nothing to fail for: with `2>&1 | tee`, Ctrl-C
/// ends its reader, too, and what a command has begun is still to be brought to an end.
pub fn complain(text: Arguments<'_>) {
    let line = format!("{}\n", shown(&text.to_string()));
    let _ = stderr().write_all(line.as_bytes());
}

/// As `eprintln!`, which panics where nobody reads.
#[macro_export]
macro_rules! errln {
    ($($text:tt)*) => { $crate::out::complain(format_args!($($text)*)) };
}

/// As `print!`.
#[macro_export]
macro_rules! out {
    ($($text:tt)*) => { $crate::out::print(format_args!($($text)*)) };
}

/// As `println!`.
#[macro_export]
macro_rules! outln {
    () => { $crate::out::print(format_args!("\n")) };
    ($($text:tt)*) => { $crate::out::print(format_args!("{}\n", format_args!($($text)*))) };
}
