//! Overrides in words and in JSON, and the commands for whoever may do what somebody may not. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cognito_domain_guard::baseline::{Effect, OverrideText};
use cognito_domain_guard::overrides::{Content, Override, Overrides, State};
use cognito_domain_guard::report::OverrideRecord;
use cognito_domain_guard::when::rfc3339;
use guardctl::page::wrapped;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::draft::Draft;
use crate::shell::{quoted, word};

/// An override that is to be made.
pub fn draft(draft: &Draft, lasts: Duration) -> String {
    let mut out = String::new();
    wrapped(&mut out, "", 2, &format!("{} ({})", effect(&draft.read), length(lasts)));
    notes(&mut out, &draft.read, None);
    let _ = writeln!(out, "  as    {}", draft.parameter);
    out
}

/// All overrides that there are. `writers` has AWS's word of who wrote each, as far as it is known.
pub fn list(
    overrides: &Overrides,
    writers: &BTreeMap<String, String>,
    now: OffsetDateTime,
) -> String {
    let mut out = String::new();
    for one in overrides.iter() {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&shown(one, writers.get(&one.parameter).map(String::as_str), now));
    }
    out
}

/// One override, as it stands.
pub fn shown(one: &Override, writer: Option<&str>, now: OffsetDateTime) -> String {
    let left = || length(one.ends_at() - now);
    let state = match one.state(now) {
        State::InForce => format!("in force, {} left", left()),
        State::Ended => format!("ended at {}", rfc3339(one.ends_at())),
        State::Holds => format!("cannot be understood: nothing is written for {}", left()),
        State::Void => "cannot be understood, and is ignored".to_owned(),
    };
    let mut out = format!("{}: {state}\n", one.id);
    match &one.content {
        Content::Sound(text) => {
            wrapped(&mut out, "  ", 4, &effect(text));
            notes(&mut out, text, writer);
        }
        Content::Unsound(unsound) => {
            for line in unsound.problem.lines() {
                wrapped(&mut out, "  ", 4, line);
            }
            if let Some(writer) = writer {
                let _ = writeln!(out, "  by    {writer} (AWS says)");
            }
        }
    }
    out
}

/// The same for programs.
pub fn json(
    overrides: &Overrides,
    writers: &BTreeMap<String, String>,
    now: OffsetDateTime,
) -> Value {
    let one = |one: &Override| {
        let mut value = serde_json::to_value(OverrideRecord::of(one, now)).unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.insert("id".to_owned(), json!(one.id));
            let left = (one.ends_at() - now).max(Duration::ZERO);
            members.insert("seconds_left".to_owned(), json!(left.whole_seconds()));
            if let Some(writer) = writers.get(&one.parameter) {
                members.insert("written_by".to_owned(), json!(writer));
            }
        }
        value
    };
    Value::Array(overrides.iter().map(one).collect())
}

/// What an override does, in a sentence without its full stop.
pub fn effect(text: &OverrideText) -> String {
    let domains = match text.pattern.as_str() {
        "*" => "every domain",
        named => named,
    };
    let mut places = String::new();
    for (word, values) in ["account", "region"].into_iter().zip(text.scope.values()) {
        if let Some(values) = values {
            let _ = write!(places, " in the {word} {}", values.join(", "));
        }
    }
    let until = rfc3339(text.until);
    match &text.effect {
        Effect::Allow(attributes) => {
            let names: Vec<_> = attributes.iter().map(|attribute| attribute.as_str()).collect();
            format!(
                "{} of {domains}{places} may be off the baseline until {until}",
                names.join(", ")
            )
        }
        Effect::Pause => {
            format!("{domains}{places}: the guard changes nothing until {until}")
        }
    }
}

fn notes(out: &mut String, text: &OverrideText, writer: Option<&str>) {
    let OverrideText { reason, by, owner, ticket, .. } = text;
    let ticket = ticket.as_ref().map(|ticket| format!(" ({ticket})")).unwrap_or_default();
    wrapped(out, "  why   ", 8, &format!("{reason}{ticket}"));
    let by = match writer {
        Some(writer) => format!("{by} (as they wrote), {writer} (AWS says)"),
        None => by.clone(),
    };
    wrapped(out, "  by    ", 8, &by);
    if let Some(owner) = owner {
        wrapped(out, "  ask   ", 8, owner);
    }
}

/// A length of time in its two largest units.
pub fn length(time: Duration) -> String {
    let minutes = time.whole_minutes().max(0);
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min")];
    let named: Vec<_> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .take(2)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect();
    if named.is_empty() { "less than a minute".to_owned() } else { named.join(" ") }
}

/// The command of the AWS CLI that makes an override.
pub fn put_command(draft: &Draft, region: &str) -> String {
    format!(
        "aws ssm put-parameter --region {region} --type String --name {} --value {}",
        word(&draft.parameter),
        quoted(&draft.text)
    )
}

/// The one that removes it.
pub fn delete_command(parameter: &str, region: &str) -> String {
    format!("aws ssm delete-parameter --region {region} --name {}", word(parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_in_its_two_largest_units() {
        for (seconds, shown) in [
            (28_800, "8 h"),
            (28_799, "7 h 59 min"),
            (5_400, "1 h 30 min"),
            (93_661, "1 d 2 h"),
            (59, "less than a minute"),
            (-5, "less than a minute"),
        ] {
            assert_eq!(length(Duration::seconds(seconds)), shown);
        }
    }
}
