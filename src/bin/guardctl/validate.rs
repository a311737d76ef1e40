//! `guardctl validate`: all that is wrong with a baseline, in one go.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use cognito_domain_guard::baseline::Baseline;

/// Check a baseline, and report everything that is wrong with it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guardctl validate baseline/baseline.yaml\n\n\
                        Exit code: 0 when it is valid, 1 when it is not.")]
pub(crate) struct Arguments {
    /// The baseline
    #[arg(default_value = "baseline/baseline.yaml")]
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let name = arguments.file.display().to_string();
    let text = fs::read_to_string(&arguments.file)
        .map_err(|error| format!("{name} cannot be read: {error}"))?;
    match Baseline::parse(&name, &text) {
        Ok(baseline) => {
            println!(
                "{name} is valid: {} exact names, {} exemptions",
                baseline.exact_names().count(),
                baseline.exemptions().len()
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("{error}");
            Ok(ExitCode::from(1))
        }
    }
}
