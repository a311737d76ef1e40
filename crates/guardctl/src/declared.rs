//! The baseline that a command is given.

use std::error::Error;
use std::path::Path;

use cognito_domain_guard::baseline::{Baseline, BaselineError};
use cognito_domain_guard::text::harmless;
use time::OffsetDateTime;

use crate::arguments::DEPLOYED;

/// The baseline that the template ships, where a checkout is the working directory.
pub fn deployed() -> Option<&'static Path> {
    Some(Path::new(DEPLOYED)).filter(|path| path.is_file())
}

/// What to do where a command is given in another folder than the checkout's.
fn hint(path: &Path) -> &'static str {
    match path == Path::new("-") || path.symlink_metadata().is_ok() {
        true => "",
        false => "; name yours with --baseline, or `guardctl snapshot --output FILE` writes one",
    }
}

/// Reads a baseline; `-` is standard input.
///
/// # Errors
///
/// It cannot be read, or is not valid: then with every mistake in it.
pub fn read_baseline(path: &Path) -> Result<Baseline, Box<dyn Error>> {
    let (name, text) = crate::input::read_text(path)
        .map_err(|error| format!("the baseline {error}{}", hint(path)))?;
    let name = path
        .file_name()
        .filter(|file| *file != "-")
        .map_or(name, |file| harmless(&file.to_string_lossy()).into_owned());
    Ok(Baseline::parse(&name, &text)?)
}

/// The same, without exemptions that are longer than the file allows. The deployed guard honours them;
/// whoever is about to deploy or apply a baseline gets an error.
///
/// # Errors
///
/// Those of [`read_baseline`], and such an exemption.
pub fn read_baseline_to_enforce(path: &Path) -> Result<Baseline, Box<dyn Error>> {
    let baseline = read_baseline(path)?;
    let overlong = baseline.overlong_exemptions(OffsetDateTime::now_utc());
    let problems: Vec<_> = overlong.map(|(_, problem)| problem).collect();
    if problems.is_empty() {
        return Ok(baseline);
    }
    Err(BaselineError { name: baseline.name().to_owned(), problems }.into())
}
