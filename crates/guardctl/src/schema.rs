//! `guardctl schema`: JSON Schemas of what goes in and of what comes out.

use std::error::Error;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

/// Print a JSON Schema
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guardctl schema baseline > baseline.schema.json\n\n\
                        Name it in the first line of a baseline, so that editors complete and \
                        check it:\n  # yaml-language-server: $schema=baseline.schema.json")]
pub struct Arguments {
    /// Of what
    of: Of,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The baseline
    Baseline,
    /// The machine-readable form of a notice
    Notice,
    /// What a direct invocation of the function answers
    Report,
    /// What the log keeps of each notice and of each event
    RecordLine,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    // Tests hold the first against the parser, and the others against the types.
    let schema = match arguments.of {
        Of::Baseline => include_str!("../../../docs/schema/baseline.json"),
        Of::Notice => include_str!("../../../docs/schema/notice.json"),
        Of::Report => include_str!("../../../docs/schema/report.json"),
        Of::RecordLine => include_str!("../../../docs/schema/record-line.json"),
    };
    let schema = schema.trim_end();
    outln!("{schema}");
    Ok(ExitCode::SUCCESS)
}
