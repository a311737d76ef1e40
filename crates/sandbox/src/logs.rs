//! CloudWatch Logs, as far as the command line asks it: lines of a log group that contain a term, and since when
//! a group can have any.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::action::ApiError;

/// How many lines one page looks through. A page may find nothing, and still not be the last.
const LINES_A_PAGE: usize = 2;

/// The lines of each log group of the account and region, by the group's name.
#[derive(Debug, Default)]
pub(super) struct Logs {
    groups: BTreeMap<String, Group>,
}

#[derive(Debug)]
struct Group {
    made: OffsetDateTime,
    /// For how many days it keeps lines; for ever where there is no number.
    keeps: Option<i32>,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    at: OffsetDateTime,
    text: String,
}

impl Logs {
    pub(super) fn add(&mut self, group: &str, text: &str, at: OffsetDateTime) {
        let made = Group { made: at, keeps: None, lines: Vec::new() };
        let group = self.groups.entry(group.to_owned()).or_insert(made);
        group.lines.push(Line { at, text: text.to_owned() });
    }

    pub(super) fn put_group(&mut self, name: &str, made: OffsetDateTime, keeps: Option<i32>) {
        let new = Group { made, keeps, lines: Vec::new() };
        let group = self.groups.entry(name.to_owned()).or_insert(new);
        (group.made, group.keeps) = (made, keeps);
    }

    /// Answers `DescribeLogGroups`, in one page.
    pub(super) fn describe(&self, parameters: &Value) -> Value {
        let prefix = parameters.get("logGroupNamePrefix").and_then(Value::as_str);
        let found = self.groups.iter().filter(|(name, _)| name.starts_with(prefix.unwrap_or("")));
        let groups = found.map(|(name, group)| {
            let mut one = json!({ "logGroupName": name, "creationTime": milliseconds(group.made) });
            if let (Some(days), Some(members)) = (group.keeps, one.as_object_mut()) {
                members.insert("retentionInDays".to_owned(), json!(days));
            }
            one
        });
        json!({ "logGroups": groups.collect::<Vec<_>>() })
    }

    /// Answers `FilterLogEvents`: the pattern is one term in quotes, which a line contains as it stands.
    pub(super) fn filter(&self, parameters: &Value) -> Result<Value, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let group = text("logGroupName").unwrap_or_default();
        let lines = &self
            .groups
            .get(group)
            .ok_or_else(|| ApiError::not_found("The specified log group does not exist."))?
            .lines;
        let pattern = text("filterPattern").unwrap_or_default();
        let term = pattern
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|term| !term.contains('"'))
            .ok_or_else(|| ApiError::invalid_parameter("the sandbox knows one term in quotes"))?;
        let number = |name: &str| parameters.get(name).and_then(Value::as_i64);
        let window =
            number("startTime").unwrap_or_default()..=number("endTime").unwrap_or(i64::MAX);
        let from: usize = text("nextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
        let events: Vec<Value> = lines
            .iter()
            .skip(from)
            .take(LINES_A_PAGE)
            .filter(|line| window.contains(&milliseconds(line.at)) && line.text.contains(term))
            .map(|line| {
                json!({
                    "logStreamName": "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef",
                    "timestamp": milliseconds(line.at),
                    "message": line.text,
                    "ingestionTime": milliseconds(line.at),
                    "eventId": "0",
                })
            })
            .collect();
        let mut answer = json!({ "events": events });
        let next = from + LINES_A_PAGE;
        if let (true, Some(members)) = (next < lines.len(), answer.as_object_mut()) {
            members.insert("nextToken".to_owned(), json!(next.to_string()));
        }
        Ok(answer)
    }
}

fn milliseconds(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1_000
}
