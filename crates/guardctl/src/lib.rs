//! What both programs of the command line share: its definition, what it reads, and how it prints.
//!
//! [`arguments`] says which command is whose.
#![expect(clippy::disallowed_methods, reason = "people have a clock")]
#![warn(clippy::print_stdout, reason = "out! and outln! know a reader that went away")]

#[macro_use]
pub mod out;

pub mod arguments;
pub mod declared;
pub mod exit;
pub mod facts;
pub mod input;
pub mod interrupt;
pub mod page;

use std::error::Error;
use std::process::ExitCode;

use crate::exit::Exit;
use crate::interrupt::Interrupted;

/// The end of a command: what it was to say, or what kept it from being done, on standard error.
pub fn ended(result: Result<ExitCode, Box<dyn Error>>) -> ExitCode {
    result.unwrap_or_else(|problem| {
        errln!("error: {problem}");
        let code = if problem.is::<Interrupted>() { Exit::Interrupted } else { Exit::Failed };
        code.into()
    })
}
