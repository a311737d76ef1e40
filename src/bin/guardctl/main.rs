//! The command line: the guard's own code, for people.
#![expect(clippy::disallowed_methods, reason = "people have a clock")]
#![warn(clippy::print_stdout, reason = "out! and outln! know a reader that went away")]
#![allow(unreachable_pub, reason = "in a binary, pub means: for its other modules")]

#[macro_use]
mod out;

mod apply;
mod doctor;
mod excerpt;
mod input;
mod interrupt;
mod live;
mod page;
mod plan;
mod rehearse;
mod replay;
mod sandbox;
mod schema;
mod snapshot;
mod story;
mod validate;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use cognito_domain_guard::text::harmless_lines;

use crate::interrupt::{Interrupted, block_on};

/// Keeps Amazon Cognito user pool domains at a declared baseline
///
/// The way to adopt it: `snapshot` what is there, `validate` what you declare, `plan` against the
/// live domains, `replay` events, then deploy in audit mode, ask the `doctor`, and enforce.
#[derive(Debug, Parser)]
#[command(name = "guardctl", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Snapshot(snapshot::Arguments),
    Validate(validate::Arguments),
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Replay(replay::Arguments),
    Doctor(doctor::Arguments),
    Sandbox(sandbox::Arguments),
    Schema(schema::Arguments),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  guardctl completions bash > ~/.local/share/bash-completion/completions/guardctl"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  guardctl man | man -l -")]
    Man,
}

/// The arguments, or the end: help, or what is wrong with them. A name in a folder of somebody else's may
/// be among them, and is shown harmless.
fn parsed() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| {
        let text = error.render().to_string();
        if harmless_lines(&text) == text {
            error.exit();
        }
        errln!("{}", text.trim_end());
        std::process::exit(error.exit_code());
    })
}

fn main() -> ExitCode {
    let result = match parsed().command {
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Apply(arguments) => apply::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Sandbox(arguments) => sandbox::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "guardctl", &mut script);
            out!("{}", String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
        Command::Man => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut page);
            out!("{}", String::from_utf8_lossy(&page));
            rendered.map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
    };
    result.unwrap_or_else(|problem| {
        errln!("error: {problem}");
        ExitCode::from(if problem.is::<Interrupted>() { interrupt::EXIT_CODE } else { 1 })
    })
}
