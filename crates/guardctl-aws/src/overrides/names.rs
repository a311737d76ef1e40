//! By which names accounts are known: those of a baseline.

use std::error::Error;
use std::path::Path;

use cognito_domain_guard::baseline::Baseline;
use guardctl::arguments::{DEPLOYED, ScopeOf};
use guardctl::declared::{deployed, read_baseline};
use guardctl::errln;

use super::draft::no_baseline;

/// The baseline by whose names the accounts are known in which an override is to count. Numbers need none, and a
/// file that is broken keeps nobody from stopping the guard in them.
pub fn names_for(scope: &ScopeOf) -> Result<Baseline, Box<dyn Error>> {
    let ScopeOf { account, region: _, baseline } = scope;
    let is_number = |account: &String| account.bytes().all(|byte| byte.is_ascii_digit());
    let Some(name) = account.iter().find(|account| !is_number(account)) else {
        return match baseline {
            Some(path) => read_baseline(path),
            None => Ok(no_baseline()?),
        };
    };
    let path = baseline.as_deref().or_else(|| deployed());
    let path = path.ok_or_else(|| {
        format!(
            "--account {name}: there is no {DEPLOYED} here to name accounts; name one with --baseline, or write the \
             account's 12 digits"
        )
    })?;
    read_baseline(path)
}

/// The baseline by whose names of accounts an override is read. One that nobody named and that cannot be read
/// keeps nobody from ending a pause, and standard error says so.
pub fn of_the_guard(named: Option<&Path>) -> Result<Baseline, Box<dyn Error>> {
    if let Some(path) = named {
        return read_baseline(path);
    }
    let Some(path) = deployed() else { return Ok(no_baseline()?) };
    read_baseline(path).or_else(|problem| {
        errln!("note: {problem}\nso accounts in overrides are known by their numbers alone");
        Ok(no_baseline()?)
    })
}
