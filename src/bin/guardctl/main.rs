//! The command line: the guard's own code, for people.

mod replay;
mod story;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps Amazon Cognito user pool domains at a declared baseline.
#[derive(Debug, Parser)]
#[command(name = "guardctl", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Replay(replay::Arguments),
    Validate(validate::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
    };
    result.unwrap_or_else(|problem| {
        eprintln!("error: {problem}");
        ExitCode::from(1)
    })
}
