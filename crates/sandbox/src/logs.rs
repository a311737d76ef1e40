//! CloudWatch Logs, as far as the command line asks it: lines of a log group that contain a term.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::action::ApiError;

/// How many lines one page looks through. A page may find nothing, and still not be the last.
const LINES_A_PAGE: usize = 2;

/// The lines of each log group of the account and region, by the group's name.
#[derive(Debug, Default)]
pub(super) struct Logs {
    groups: BTreeMap<String, Vec<Line>>,
}

#[derive(Debug)]
struct Line {
    at: OffsetDateTime,
    text: String,
}

impl Logs {
    pub(super) fn add(&mut self, group: &str, text: &str, at: OffsetDateTime) {
        self.groups.entry(group.to_owned()).or_default().push(Line { at, text: text.to_owned() });
    }

    /// Answers `FilterLogEvents`: the pattern is one term in quotes, which a line contains as it stands.
    pub(super) fn filter(&self, parameters: &Value) -> Result<Value, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let group = text("logGroupName").unwrap_or_default();
        let lines = self
            .groups
            .get(group)
            .ok_or_else(|| ApiError::not_found("The specified log group does not exist."))?;
        let pattern = text("filterPattern").unwrap_or_default();
        let term = pattern
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|term| !term.contains('"'))
            .ok_or_else(|| ApiError::invalid_parameter("the sandbox knows one term in quotes"))?;
        let since = parameters.get("startTime").and_then(Value::as_i64).unwrap_or_default();
        let from: usize = text("nextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
        let milliseconds = |at: OffsetDateTime| at.unix_timestamp() * 1_000;
        let events: Vec<Value> = lines
            .iter()
            .skip(from)
            .take(LINES_A_PAGE)
            .filter(|line| milliseconds(line.at) >= since && line.text.contains(term))
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
