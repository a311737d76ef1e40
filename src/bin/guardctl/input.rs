//! Events from wherever people have them: files, folders, standard input, CloudTrail's log files.

use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cognito_domain_guard::trigger::DomainCall;
use flate2::read::GzDecoder;
use serde_json::{Deserializer, Value};

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
    let (name, mut bytes) = read_bytes(path)?;
    // As S3 has CloudTrail's log files.
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .map_err(|error| format!("{name} is not whole: {error}"))?;
        bytes = plain;
    }
    let values: Vec<Value> = Deserializer::from_slice(&bytes)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{name} is not JSON: {error}"))?;
    if values.is_empty() {
        return Err(format!("{name} is empty").into());
    }
    for value in values {
        unpack(&name, value, inputs)?;
    }
    Ok(())
}

/// Takes events out of what AWS and its CLI hand them to people in. What the guard itself takes
/// apart stays as it is.
fn unpack(name: &str, payload: Value, inputs: &mut Vec<Input>) -> Result<(), Box<dyn Error>> {
    let list = |member: &str| payload.get(member).and_then(Value::as_array);
    if let Some(events) = payload.as_array() {
        for event in events {
            unpack(name, event.clone(), inputs)?;
        }
        return Ok(());
    }
    // A CloudTrail log file.
    if let Some(records) = list("Records").filter(|records| is_trail_log(records)) {
        for record in records {
            push_call(name, record.clone(), inputs);
        }
        return Ok(());
    }
    // aws cloudtrail lookup-events
    if let Some(events) = list("Events") {
        for event in events {
            push_call(name, inner(name, event, "CloudTrailEvent")?, inputs);
        }
        return Ok(());
    }
    // aws sqs receive-message
    if let Some(messages) = list("Messages") {
        for message in messages {
            unpack(name, inner(name, message, "Body")?, inputs)?;
        }
        return Ok(());
    }
    // One message alone, as a console or a function's log shows it.
    for member in ["body", "Body"] {
        if payload.get(member).is_some_and(Value::is_string) {
            return unpack(name, inner(name, &payload, member)?, inputs);
        }
    }
    inputs.push(Input { name: name.to_owned(), payload });
    Ok(())
}

/// The JSON in a string member.
fn inner(name: &str, outer: &Value, member: &str) -> Result<Value, Box<dyn Error>> {
    let text = outer.get(member).and_then(Value::as_str).unwrap_or_default();
    Ok(serde_json::from_str(text)
        .map_err(|error| format!("{name}: what is in {member} is not JSON: {error}"))?)
}

/// Of the many calls that a trail records, one on a user pool domain.
fn push_call(name: &str, record: Value, inputs: &mut Vec<Input>) {
    let call = record.get("eventName").and_then(Value::as_str).unwrap_or_default();
    if DomainCall::from_event_name(call).is_some() {
        let id = record.get("eventID").and_then(Value::as_str).unwrap_or("unknown");
        inputs.push(Input { name: format!("{name} {id}"), payload: record });
    }
}

/// A message of SQS has an `eventSource` too, but no `eventName`.
fn is_trail_log(records: &[Value]) -> bool {
    records.iter().all(|record| record.get("eventName").is_some())
}

/// A file as text, and what to call it; `-` is standard input.
pub fn read_text(path: &Path) -> Result<(String, String), Box<dyn Error>> {
    let (name, bytes) = read_bytes(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| format!("{name} is not UTF-8: {}", error.utf8_error()))?;
    Ok((name, text))
}

fn read_bytes(path: &Path) -> Result<(String, Vec<u8>), Box<dyn Error>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        let name = "standard input".to_owned();
        std::io::stdin().read_to_end(&mut bytes)?;
        return Ok((name, bytes));
    }
    let name = path.display().to_string();
    bytes = fs::read(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
    Ok((name, bytes))
}
