//! What tools of AWS print of events, as people save it and hand it on.
//!
//! Whatever takes an event takes it in these forms too: the Lambda, and each command of `guardctl`. Asked
//! last, after all forms in which AWS itself delivers an event, so that those pay nothing for it.

use serde_json::{Map, Value};

use super::Unreadable;
use super::change::DomainCall;
use super::json::{self, member, text};

/// A member of what Splunk's HTTP Event Collector takes, beside `source` and the `event`. No event of EventBridge
/// has it.
pub(super) const SPLUNK: &str = "sourcetype";

/// What a tool printed, one list for each form.
///
/// | form | its members |
/// | --- | --- |
/// | `aws cloudtrail lookup-events`, also one of its events | `Events`, `CloudTrailEvent` |
/// | a log file of a trail | `Records` of calls |
/// | `aws logs filter-log-events` and `get-log-events`, also one of their events | `events`, `message` |
/// | what a subscription of CloudWatch Logs delivers, once it is decoded | `logEvents`, `message` |
/// | `aws logs get-query-results` | `results`, `@message` |
/// | `aws cloudtrail get-query-results` (CloudTrail Lake), also one of its rows | `QueryResultRows`, `eventJson` |
/// | `aws athena get-query-results` | `ResultSet.Rows` |
/// | a row of Athena as JSON, a record of CloudTrail in any letter case | `eventname` and the other names of its columns |
/// | `aws sqs receive-message`, also one of its messages | `Messages`, `Body` |
/// | what Splunk's HTTP Event Collector takes | `event`, `sourcetype` |
/// | a row of columns that a query chose, one of them an event | a list, or members of any name |
/// | an event in a member of something else, as log and search tools wrap it | members of any name |
///
/// Where a member has an event as text, it may have it as JSON too: `jq` takes such texts apart. An item of a
/// list that is null is none.
///
/// `None` where it is none of these. The events are still in whatever they were sent in.
pub fn saved(value: &Value) -> Option<Vec<Result<Value, Unreadable>>> {
    if let Some(items) = value.as_array() {
        return lake_row(items).map(|row| vec![row]).or_else(|| chosen_columns(items));
    }
    let list = |name| member(value, name).and_then(Value::as_array);
    if let Some(events) = ["Events", "events", "Messages", "logEvents"].into_iter().find_map(list) {
        return Some(events.iter().flat_map(item).collect());
    }
    if let Some(records) = list("Records").filter(|records| is_trail_log(records)) {
        return Some(records.iter().filter(|one| is_record(one)).cloned().map(Ok).collect());
    }
    if let Some(rows) = list("QueryResultRows") {
        return Some(rows.iter().flat_map(item).collect());
    }
    if let Some(rows) = list("results") {
        return Some(rows.iter().map(log_insights_row).collect());
    }
    if let Some(rows) = member(value, "ResultSet").and_then(|set| member(set, "Rows")?.as_array()) {
        return Some(athena_rows(rows));
    }
    one(value).map(|event| vec![event])
}

/// Whether `record` is CloudTrail's and of no call on a user pool domain: another call, or no call at all,
/// as an Insight record.
pub fn is_other_record(record: &Value) -> bool {
    let call = text(record, "/eventName").and_then(DomainCall::from_event_name);
    call.is_none() && is_record(record)
}

/// Whether it is a record of CloudTrail. Messages of SQS and notifications of S3 have some of its members.
pub fn is_record(value: &Value) -> bool {
    let is_of_aws = text(value, "/eventSource").is_none_or(|source| !source.starts_with("aws:"));
    is_of_aws && (member(value, "eventName").is_some() || member(value, "insightDetails").is_some())
}

/// Whether it is a digest file, as S3 has them beside a trail's log files: it has no events.
pub fn is_digest(value: &Value) -> bool {
    member(value, "digestStartTime").is_some() && member(value, "logFiles").is_some()
}

/// Whether a text may be an event: JSON that is more than a number or a word.
pub fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
}

/// One item of a list: what it stands for, or itself.
fn item(value: &Value) -> Vec<Result<Value, Unreadable>> {
    match value {
        Value::Null => Vec::new(),
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => saved(value).unwrap_or_else(|| vec![Ok(value.clone())]),
    }
}

/// One event as a tool prints it.
fn one(value: &Value) -> Option<Result<Value, Unreadable>> {
    for name in ["CloudTrailEvent", "cloudTrailEvent", "Body", "eventJson", "eventjson"] {
        if let Some(event) = inner(value, name, &format!("what is in {name}")) {
            return Some(event);
        }
    }
    // A message of SQS without what Lambda adds, an event of a log group, and what Splunk's collector takes.
    for (name, mark) in [
        ("body", "messageId"),
        ("message", "logStreamName"),
        ("message", "timestamp"),
        ("event", SPLUNK),
    ] {
        if member(value, mark).is_some()
            && let Some(event) = inner(value, name, &format!("what is in {name}"))
        {
            return Some(event);
        }
    }
    athena_row(value).or_else(|| chosen_members(value)).map(Ok)
}

/// The JSON that a member has, as text or taken apart. `what` is what an error calls it.
pub(super) fn inner(value: &Value, name: &str, what: &str) -> Option<Result<Value, Unreadable>> {
    match member(value, name)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(json::parse(what, text.as_bytes())),
        inner @ (Value::Object(_) | Value::Array(_)) => Some(Ok(inner.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A row of `--query 'Events[].[EventTime, CloudTrailEvent]'`: words, and among them texts that are JSON. A list
/// of such texts alone is no row.
fn chosen_columns(columns: &[Value]) -> Option<Vec<Result<Value, Unreadable>>> {
    let mut events = Vec::new();
    for column in columns {
        match column {
            Value::String(text) if is_json(text) => {
                events.push(json::parse("a column", text.as_bytes()));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(_) | Value::Object(_) => return None,
        }
    }
    let is_row = !events.is_empty() && events.len() < columns.len();
    is_row.then_some(events)
}

/// The same with names, as of `--query 'Events[].{time: EventTime, event: CloudTrailEvent}'`, and an event that
/// some other tool has put into a member, or into a member of that.
fn chosen_members(row: &Value) -> Option<Value> {
    // What AWS itself delivers has an event in its own place, and says more of it.
    const OF_AWS: [&str; 6] =
        ["source", "eventSource", "Type", "DetailType", "Records", "requestPayload"];
    if OF_AWS.iter().any(|name| member(row, name).is_some()) {
        return None;
    }
    row.as_object()?.values().find_map(|value| match value {
        Value::String(text) if is_json(text) => {
            let event = json::parse("a column", text.as_bytes()).ok()?;
            (is_record(&event) || is_whole(&event)).then_some(event)
        }
        Value::Object(_) if is_whole(value) => Some(value.clone()),
        Value::Object(_) => chosen_members(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    })
}

/// Whether it says itself what it is: a record of CloudTrail with the service that was called, or an event of
/// EventBridge around one.
fn is_whole(value: &Value) -> bool {
    let is_event = text(value, "/source") == Some("aws.cognito-idp");
    (is_event && member(value, "detail").is_some())
        || (text_of(value, "eventSource").is_some() && is_record(value))
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    member(value, name)?.as_str()
}

fn parsed(name: &str, event: &str) -> Result<Value, Unreadable> {
    json::parse(&format!("what is in {name}"), event.as_bytes())
}

fn is_trail_log(records: &[Value]) -> bool {
    records.iter().any(is_record)
}

/// A row of CloudTrail Lake: a list of columns, each an object with one member. A list in which two have the
/// same name is no row but several events, each with the one member that somebody asked for.
fn lake_row(columns: &[Value]) -> Option<Result<Value, Unreadable>> {
    let mut row = Map::new();
    for column in columns {
        let column = column.as_object().filter(|column| column.len() == 1)?;
        for (name, value) in column {
            if row.insert(name.clone(), value.clone()).is_some() {
                return None;
            }
        }
    }
    of_columns(row)
}

/// The record in a row's columns: whole where the query selected it, else what the columns say of it.
fn of_columns(row: Map<String, Value>) -> Option<Result<Value, Unreadable>> {
    let is_empty = row.is_empty();
    let row = Value::Object(row);
    if let Some(whole) = one(&row) {
        return Some(whole);
    }
    if is_empty || member(&row, "eventName").is_none() {
        return None;
    }
    // Maps are printed as {domain=auth.example.com}, which is not JSON.
    Some(match member(&row, "requestParameters").and_then(Value::as_str) {
        Some(parameters) if parameters.contains('=') && !parameters.contains('"') => {
            Err(Unreadable {
                reason:
                    "a row whose requestParameters are not JSON: SELECT eventJson, which has the \
                         whole record"
                        .to_owned(),
            })
        }
        Some(_) | None => Ok(row),
    })
}

/// A row of CloudWatch Logs Insights: a list of fields, each with its name and value.
fn log_insights_row(row: &Value) -> Result<Value, Unreadable> {
    let fields = row.as_array().into_iter().flatten();
    let message = fields
        .filter(|field| text_of(field, "field") == Some("@message"))
        .find_map(|field| text_of(field, "value"));
    let message = message.ok_or_else(|| Unreadable {
        reason: "a row without @message: add it to the fields of the query".to_owned(),
    })?;
    parsed("@message", message)
}

/// The rows of Athena: the first has the names of the columns.
fn athena_rows(rows: &[Value]) -> Vec<Result<Value, Unreadable>> {
    let cells = |row: &Value| -> Vec<Option<String>> {
        let cells = member(row, "Data").and_then(Value::as_array).into_iter().flatten();
        cells.map(|cell| text_of(cell, "VarCharValue").map(str::to_owned)).collect()
    };
    let mut rows = rows.iter();
    let names = rows.next().map(cells).unwrap_or_default();
    rows.map(|row| {
        let columns = names.iter().zip(cells(row));
        let columns = columns.filter_map(|(name, cell)| {
            Some((name.clone()?, Value::String(cell?)))
        });
        let row = Value::Object(columns.collect());
        one(&row).unwrap_or_else(|| {
            Err(Unreadable {
                reason: "a row of Athena without eventname and eventsource: SELECT * of the trail's table"
                    .to_owned(),
            })
        })
    })
    .collect()
}

/// The names of CloudTrail's members that Athena's table has in lower case, and that anything here reads.
const NAMES: [&str; 40] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "requestID",
    "eventID",
    "readOnly",
    "eventType",
    "recipientAccountId",
    "vpcEndpointId",
    "sessionCredentialFromConsole",
    "principalId",
    "accountId",
    "accessKeyId",
    "userName",
    "invokedBy",
    "sessionContext",
    "sessionIssuer",
    "mfaAuthenticated",
    "creationDate",
    "inScopeOf",
    "sourceIdentity",
    "addendum",
    "type",
    "arn",
    "attributes",
    "assumedRoot",
    "credentialsIssuedTo",
    "federatedProvider",
    "onBehalfOf",
    "userId",
    "webIdFederationData",
];

/// A row of Athena's table of a trail, or a record whose members somebody's tool has put into another letter
/// case, with the names of CloudTrail; `None` where it is none.
fn athena_row(row: &Value) -> Option<Value> {
    let has = |name: &str| {
        row.as_object()?
            .iter()
            .find(|(key, value)| !value.is_null() && key.eq_ignore_ascii_case(name))
    };
    let (name, _) = has("eventName")?;
    has("eventSource").filter(|_| name != "eventName").map(|_| renamed(row))
}

/// What a call asked for keeps its names: they are read in every case.
fn renamed(value: &Value) -> Value {
    let Some(members) = value.as_object() else {
        return value.clone();
    };
    let members = members.iter().map(|(name, value)| {
        match NAMES.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(known @ (&"requestParameters" | &"responseElements")) => {
                ((*known).to_owned(), value.clone())
            }
            Some(known) => ((*known).to_owned(), renamed(value)),
            None => (name.clone(), renamed(value)),
        }
    });
    Value::Object(members.collect())
}
