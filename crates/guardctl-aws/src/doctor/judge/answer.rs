//! What the functions answered, where somebody asked for that.

use cognito_domain_guard::baseline::digest;
use cognito_domain_guard::text::harmless;
use serde_json::Value;

use super::{known, region_of};
use crate::doctor::facts::{Answered, BaselineFile, Facts, Function};
use crate::doctor::finding::{Check, Finding, Step, run, say};

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let check = Check::Answer;
    let functions = || facts.guard.iter().chain(facts.sweep.iter().flatten());
    for (name, answered) in &facts.answers {
        let Some(answered) = known(check, answered, found) else { continue };
        let function = functions().find(|function| function.name == *name);
        found.push(of(facts, function, name, answered));
    }
}

/// What a function made of an event that is not for it.
fn of(facts: &Facts, function: Option<&Function>, name: &str, answered: &Answered) -> Finding {
    let check = Check::Answer;
    let Answered { is_error, payload } = answered;
    let log = || log_of(facts, function);
    if *is_error {
        return check.wrong(format!("{name} cannot answer: {}", error(payload)), log());
    }
    if text(payload, "/trigger") != Some("ignored") {
        return check.wrong(
            format!("{name} answers what no guard does: {}", harmless(&payload.to_string())),
            log(),
        );
    }
    let in_force = text(payload, "/baseline/digest").unwrap_or("unknown");
    let in_archive = function.and_then(|function| match function.baseline.as_ref().ok()? {
        BaselineFile::Found { content, .. } => Some(digest(content)),
        BaselineFile::Missing { .. } => None,
    });
    if let Some(in_archive) = in_archive
        && in_archive != in_force
    {
        return check.wrong(
            format!(
                "{name} decides by the baseline {}, and its archive has {in_archive}",
                harmless(in_force)
            ),
            vec![say("deploy it again: that starts it anew")],
        );
    }
    check.ok(format!(
        "{name} starts and answers, with the baseline {} (an event that is not for it)",
        harmless(in_force)
    ))
}

/// A function's error, in one line.
pub fn error(payload: &Value) -> String {
    let error_type = text(payload, "/errorType").unwrap_or("an error without a type");
    let message = text(payload, "/errorMessage").unwrap_or("no message");
    format!("{}: {}", harmless(error_type), harmless(message))
}

pub fn text<'a>(payload: &'a Value, pointer: &str) -> Option<&'a str> {
    payload.pointer(pointer).and_then(Value::as_str)
}

/// How to read what it logged.
pub fn log_of(facts: &Facts, function: Option<&Function>) -> Vec<Step> {
    let group = function.map_or("LOG-GROUP", |function| function.log_group.as_str());
    vec![run(format!("aws logs tail {group} {} --since 15m", region_of(&facts.place)))]
}
