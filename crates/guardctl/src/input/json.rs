//! Events out of JSON of any size: value by value, with nothing kept that need not be.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use cognito_domain_guard::trigger;
use serde::Deserialize as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::mistake::{in_plain_words, not_json};
use super::text::{Around, Next, next_json};
use super::{Bytes, Reading, Stopped, harmless};

/// What a file and an event may hold.
#[derive(Clone, Copy)]
pub(super) struct Most {
    /// Of a whole file, once it is decompressed.
    pub(super) bytes: u64,
    /// Of one event. Lambda itself takes no larger one.
    pub(super) event_bytes: u64,
    /// Of one event: its brackets, colons and commas, also those in texts, which may be JSON again. An
    /// event has some hundreds. It bounds the memory, since a small value takes many times its bytes.
    pub(super) event_values: u64,
}

impl Most {
    pub(super) const DEFAULT: Self =
        Self { bytes: super::LARGEST_FILE, event_bytes: 6 << 20, event_values: 100_000 };
}

/// Why the rest of a file is not read.
#[derive(Debug)]
pub(super) enum Failed {
    /// Larger than it may be.
    TooLarge(String),
    NotJson(String),
    /// A table whose columns are of no event.
    NoEvents(&'static str),
    /// Text without any JSON, and how it begins.
    NoJson(String),
    Empty,
    /// The system, or the decompression, gave up.
    Cut(io::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(what) => f.write_str(what),
            Self::NotJson(what) => write!(f, "is not JSON: {what}"),
            Self::NoEvents(what) => f.write_str(what),
            Self::NoJson(start) => write!(
                f,
                "has no JSON object or list: it begins with {start:?}; save events as JSON, such as with \
                 `--output json` of the AWS CLI"
            ),
            Self::Empty => f.write_str("is empty"),
            Self::Cut(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

/// Counts what goes through a reader, and ends it at a limit.
pub(super) struct Meter {
    most: Most,
    bytes: Cell<u64>,
    event_bytes: Cell<u64>,
    event_values: Cell<u64>,
    exceeded: Cell<bool>,
}

impl Meter {
    pub(super) fn new(most: Most) -> Self {
        let none = || Cell::new(0);
        Self {
            most,
            bytes: none(),
            event_bytes: none(),
            event_values: none(),
            exceeded: Cell::new(false),
        }
    }

    /// What came before is kept no longer.
    pub(super) fn begin_event(&self) {
        self.event_bytes.set(0);
        self.event_values.set(0);
    }

    /// Why the reading of what it counts ended.
    pub(super) fn failed(&self, error: io::Error) -> Failed {
        match self.exceeded.get() {
            true => Failed::TooLarge(error.to_string()),
            false => Failed::Cut(error),
        }
    }

    fn count(&self, chunk: &[u8]) -> io::Result<()> {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let values = chunk.iter().filter(|byte| matches!(byte, b'[' | b'{' | b':' | b',')).count();
        let add = |cell: &Cell<u64>, more| {
            cell.set(cell.get().saturating_add(more));
            cell.get()
        };
        let bytes = add(&self.bytes, length);
        let event_bytes = add(&self.event_bytes, length);
        let event_values = add(&self.event_values, u64::try_from(values).unwrap_or(u64::MAX));
        let Most { bytes: most, event_bytes: most_of_event, event_values: most_values } = self.most;
        let problem = if bytes > most {
            format!("holds more than {}; split it", Bytes(most))
        } else if event_bytes > most_of_event {
            format!("has an event of more than {}; no event is that large", Bytes(most_of_event))
        } else if event_values > most_values {
            format!("has an event of more than {most_values} values; no event has that many")
        } else {
            return Ok(());
        };
        self.exceeded.set(true);
        Err(io::Error::other(problem))
    }
}

pub(super) struct Metered<R> {
    pub(super) inner: R,
    pub(super) meter: Rc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.meter.count(buffer.get(..length).unwrap_or_default())?;
        Ok(length)
    }
}

impl Reading {
    /// Takes the events out of JSON values, one after the other. The outer result is the caller's, the
    /// inner one the file's.
    pub(super) fn documents(
        &mut self,
        name: &str,
        reader: impl Read,
        most: Most,
    ) -> Result<Result<(), Failed>, Stopped> {
        let meter = Rc::new(Meter::new(most));
        // What is read ahead counts for the event before, so not much is.
        let metered = Metered { inner: reader, meter: Rc::clone(&meter) };
        let mut reader = BufReader::with_capacity(4096, metered);
        let failed = |error: io::Error| meter.failed(error);
        let mut around = Around::default();
        let mut has_json = false;
        for nth in 1_usize.. {
            match next_json(&mut reader, &mut around, || meter.begin_event()) {
                Ok(Next::Json) => {}
                Ok(Next::Binary(what)) => return Ok(Err(Failed::NotJson(what.to_owned()))),
                Ok(Next::End) if has_json => break,
                Ok(Next::End) => {
                    return Ok(Err(around.start().map_or(Failed::Empty, Failed::NoJson)));
                }
                Err(error) => return Ok(Err(failed(error))),
            }
            meter.begin_event();
            let mut stopped = false;
            let mut from = serde_json::Deserializer::from_reader(&mut reader);
            let part =
                Part { reading: self, name, meter: &meter, stopped: &mut stopped, list: None };
            match part.deserialize(&mut from) {
                // A word in quotes is text, as the cells of a table.
                Ok(Some(Value::String(text))) if !trigger::is_json(&text) => {
                    around.passed(&text);
                    continue;
                }
                Ok(Some(payload)) => self.unpack(name, payload)?,
                Ok(None) => {}
                Err(_) if stopped => return Err(Stopped),
                Err(error) if error.is_io() => return Ok(Err(failed(error.into()))),
                Err(error) => {
                    let at = if nth == 1 { String::new() } else { format!(" (in value {nth})") };
                    return Ok(Err(Failed::NotJson(not_json(&error, &at))));
                }
            }
            has_json = true;
        }
        if around.start().is_some() {
            self.note(format!("{name}: passed over: the text beside the JSON"))?;
        }
        Ok(Ok(()))
    }

    /// Takes events out of what AWS's tools hand them to people in. What AWS itself delivers stays as it
    /// is: it says how the event gets to the guard.
    pub(super) fn unpack(&mut self, name: &str, payload: Value) -> Result<(), Stopped> {
        if trigger::is_digest(&payload) {
            self.digests += 1;
            return Ok(());
        }
        if let Some(events) = trigger::saved(&payload) {
            return events.into_iter().try_for_each(|event| match event {
                Ok(event) => self.inside(name, event),
                Err(unreadable) => {
                    self.problem(format!("{name}: {}", in_plain_words(&unreadable.to_string())))
                }
            });
        }
        match payload {
            Value::Array(mut events) => {
                events.retain(|event| !event.is_null());
                events.into_iter().try_for_each(|event| self.unpack(name, event))
            }
            // As `jq` and `--output text` leave a record.
            Value::String(text) if trigger::is_json(&text) => match serde_json::from_str(&text) {
                Ok(payload) => self.unpack(name, payload),
                Err(error) => self.problem(format!("{name}: {}", not_json(&error, ""))),
            },
            payload @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => self.event(name, payload),
        }
    }

    /// Of the many calls that a trail records, one on a user pool domain; else whatever a message has in it.
    pub(super) fn inside(&mut self, name: &str, event: Value) -> Result<(), Stopped> {
        if trigger::is_other_record(&event) {
            match event.get("eventName") {
                Some(_) => self.other_calls += 1,
                None => self.no_calls += 1,
            }
            return Ok(());
        }
        match event.get("eventID").and_then(Value::as_str) {
            Some(id) => {
                let name = format!("{name} {}", harmless(id));
                self.event(&name, event)
            }
            None => self.unpack(name, event),
        }
    }
}

/// A list that AWS or its CLI wraps around what they hand out. It may be longer than what fits into
/// memory, so its items are taken out one by one: each alone is what [`trigger::saved`] knows.
#[derive(Clone, Copy)]
enum List {
    /// A CloudTrail log file, but also a batch of SQS.
    Records,
    /// `aws cloudtrail lookup-events`
    Events,
    /// `aws logs filter-log-events`
    LogEvents,
    /// A subscription of CloudWatch Logs, decoded.
    Delivered,
    /// `aws sqs receive-message`
    Messages,
    /// `aws cloudtrail get-query-results`
    Rows,
}

impl List {
    const ALL: [Self; 6] =
        [Self::Records, Self::Events, Self::LogEvents, Self::Delivered, Self::Messages, Self::Rows];

    const fn name(self) -> &'static str {
        match self {
            Self::Records => "Records",
            Self::Events => "Events",
            Self::LogEvents => "events",
            Self::Delivered => "logEvents",
            Self::Messages => "Messages",
            Self::Rows => "QueryResultRows",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }
}

/// The items of a list that may be the columns of one row, held until it is known.
#[derive(Default)]
struct Row {
    /// Objects with one member, each of another name, as CloudTrail Lake prints a row.
    named: Map<String, Value>,
    /// What is no JSON in a text, as a time that a query chose beside the event.
    words: Vec<Value>,
    has_event: bool,
}

impl Row {
    /// The item, unless it is held: an item that is null is none.
    fn held(&mut self, item: Value) -> Option<Value> {
        match item {
            Value::Null => None,
            Value::String(text) if trigger::is_json(&text) => {
                self.has_event = true;
                Some(Value::String(text))
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.words.push(item);
                None
            }
            Value::Object(column)
                if column.len() == 1
                    && column.keys().all(|name| !self.named.contains_key(name)) =>
            {
                self.named.extend(column);
                None
            }
            Value::Array(_) | Value::Object(_) => Some(item),
        }
    }

    /// The named columns, once they are known to be none.
    fn columns(&mut self) -> Vec<Value> {
        let column = |(name, value)| Value::Object(Map::from_iter([(name, value)]));
        std::mem::take(&mut self.named).into_iter().map(column).collect()
    }

    /// What is left at the end of the list, and how many words are no events for sure.
    fn ended(mut self) -> (Vec<Value>, usize) {
        let columns = self.columns();
        let mut left = Vec::new();
        if !columns.is_empty() {
            left.push(Value::Array(columns));
        }
        if self.has_event {
            return (left, self.words.len());
        }
        left.append(&mut self.words);
        (left, 0)
    }
}

/// A part of a document. Gives what is left to be taken apart, or nothing if its events were taken out
/// already.
struct Part<'r, 'n> {
    reading: &'r mut Reading,
    name: &'n str,
    meter: &'n Meter,
    stopped: &'r mut bool,
    /// The list that it is, if it is one; else a whole event, or a list of whole events.
    list: Option<List>,
}

impl<'n> Part<'_, 'n> {
    fn part(&mut self, list: Option<List>) -> Part<'_, 'n> {
        let Self { reading, name, meter, stopped, list: _ } = self;
        Part { reading, name, meter, stopped, list }
    }

    /// An event was taken out, and its memory is free for the next.
    fn taken<E: serde::de::Error>(&mut self, taken: Result<(), Stopped>) -> Result<(), E> {
        self.meter.begin_event();
        taken.map_err(|Stopped| {
            *self.stopped = true;
            E::custom("stopped")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_, '_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<Value>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Option<Value>, E> {
        Ok(Some(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Option<Value>, A::Error> {
        match self.list {
            None => {
                let mut row = Row::default();
                while let Some(left) = items.next_element_seed(self.part(None))? {
                    let Some(item) = left.and_then(|item| row.held(item)) else { continue };
                    let mut ready = row.columns();
                    ready.push(item);
                    let taken =
                        ready.into_iter().try_for_each(|item| self.reading.unpack(self.name, item));
                    self.taken(taken)?;
                }
                let (columns, words) = row.ended();
                self.reading.columns += words;
                let taken =
                    columns.into_iter().try_for_each(|item| self.reading.unpack(self.name, item));
                self.taken(taken)?;
            }
            Some(List::Records) => {
                let (mut others, mut is_trail) = (Vec::new(), false);
                while let Some(record) = items.next_element::<Value>()? {
                    if trigger::is_record(&record) {
                        is_trail = true;
                        self.reading.no_calls += std::mem::take(&mut others).len();
                        let taken = self.reading.inside(self.name, record);
                        self.taken(taken)?;
                    } else if is_trail {
                        self.reading.no_calls += 1;
                        self.taken(Ok(()))?;
                    } else {
                        others.push(record);
                    }
                }
                if !others.is_empty() {
                    return Ok(Some(Value::Array(others)));
                }
            }
            Some(
                List::Events | List::LogEvents | List::Delivered | List::Messages | List::Rows,
            ) => {
                while let Some(item) = items.next_element::<Option<Value>>()? {
                    let Some(item) = item else { continue };
                    let taken = self.reading.unpack(self.name, item);
                    self.taken(taken)?;
                }
            }
        }
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Option<Value>, A::Error> {
        if self.list.is_some() {
            return Value::deserialize(MapAccessDeserializer::new(members)).map(Some);
        }
        // Nothing, once events were taken out: then the rest is around them.
        let mut kept = Some(Map::new());
        while let Some(name) = members.next_key::<String>()? {
            let value = match (List::named(&name), &kept) {
                (Some(list), _) => members.next_value_seed(self.part(Some(list)))?,
                (None, Some(_)) => Some(members.next_value()?),
                (None, None) => {
                    members.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            match (value, &mut kept) {
                (Some(value), Some(kept)) => {
                    kept.insert(name, value);
                }
                (Some(_), None) => {}
                (None, _) => kept = None,
            }
        }
        Ok(kept.map(Value::Object))
    }
}
