//! Events from wherever people have them: files, folders, standard input, CloudTrail's log files.

use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cognito_domain_guard::trigger::DomainCall;
use flate2::read::GzDecoder;
use serde_json::Value;

/// One event and what it is called.
pub struct Input {
    pub name: String,
    pub payload: Value,
}

/// Reads the events of every path, in order. `-` is standard input, a folder all its `.json` and
/// `.json.gz` files. A CloudTrail log file gives the calls on user pool domains that it records.
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Input>, Box<dyn Error>> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.is_dir() {
            for file in events_in(path)? {
                read(&file, &mut inputs)?;
            }
        } else {
            read(path, &mut inputs)?;
        }
    }
    if inputs.is_empty() {
        return Err("there is no event on a user pool domain in what was given".into());
    }
    Ok(inputs)
}

fn events_in(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)
        .map_err(|error| format!("{} cannot be read: {error}", folder.display()))?
    {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if name.ends_with(".json") || name.ends_with(".json.gz") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path, inputs: &mut Vec<Input>) -> Result<(), Box<dyn Error>> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    if name == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = fs::read(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
    }
    // As S3 has CloudTrail's log files.
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .map_err(|error| format!("{name} is not whole: {error}"))?;
        bytes = plain;
    }
    let payload: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("{name} is not JSON: {error}"))?;
    let records = payload.get("Records").and_then(Value::as_array);
    match records.filter(|records| is_trail_log(records)) {
        None => inputs.push(Input { name, payload }),
        Some(records) => {
            for record in records {
                let call = record.get("eventName").and_then(Value::as_str).unwrap_or_default();
                if DomainCall::from_event_name(call).is_some() {
                    let id = record.get("eventID").and_then(Value::as_str).unwrap_or("unknown");
                    inputs.push(Input { name: format!("{name} {id}"), payload: record.clone() });
                }
            }
        }
    }
    Ok(())
}

/// A message of SQS has an `eventSource` too, but no `eventName`.
fn is_trail_log(records: &[Value]) -> bool {
    records.iter().all(|record| record.get("eventName").is_some())
}
