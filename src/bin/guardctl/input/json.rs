//! Events out of JSON of any size: value by value, with nothing kept that need not be.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use cognito_domain_guard::trigger::DomainCall;
use serde::Deserialize as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Bytes, Reading, Stopped, harmless, has_more};

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
    Empty,
    /// The system, or the decompression, gave up.
    Cut(io::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(what) => f.write_str(what),
            Self::NotJson(what) => write!(f, "is not JSON: {what}"),
            Self::Empty => f.write_str("is empty"),
            Self::Cut(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

/// Counts what goes through a reader, and ends it at a limit.
struct Meter {
    most: Most,
    bytes: Cell<u64>,
    event_bytes: Cell<u64>,
    event_values: Cell<u64>,
    exceeded: Cell<bool>,
}

impl Meter {
    fn new(most: Most) -> Self {
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
    fn begin_event(&self) {
        self.event_bytes.set(0);
        self.event_values.set(0);
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

struct Metered<R> {
    inner: R,
    meter: Rc<Meter>,
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
        let failed = |error: io::Error| match meter.exceeded.get() {
            true => Failed::TooLarge(error.to_string()),
            false => Failed::Cut(error),
        };
        for nth in 1_usize.. {
            match has_more(&mut reader) {
                Ok(true) => {}
                Ok(false) if nth == 1 => return Ok(Err(Failed::Empty)),
                Ok(false) => break,
                Err(error) => return Ok(Err(failed(error))),
            }
            meter.begin_event();
            let mut stopped = false;
            let mut from = serde_json::Deserializer::from_reader(&mut reader);
            let part =
                Part { reading: self, name, meter: &meter, stopped: &mut stopped, list: None };
            match part.deserialize(&mut from) {
                Ok(Some(payload)) => self.unpack(name, payload)?,
                Ok(None) => {}
                Err(_) if stopped => return Err(Stopped),
                Err(error) if error.is_io() => return Ok(Err(failed(error.into()))),
                Err(error) => {
                    let what = not_json(&error);
                    let at = if nth == 1 { String::new() } else { format!(" (in value {nth})") };
                    return Ok(Err(Failed::NotJson(format!("{what}{at}"))));
                }
            }
        }
        Ok(Ok(()))
    }

    /// Takes events out of what AWS and its CLI hand them to people in. What the guard itself takes
    /// apart stays as it is.
    fn unpack(&mut self, name: &str, payload: Value) -> Result<(), Stopped> {
        if let Value::Array(events) = payload {
            return events.into_iter().try_for_each(|event| self.unpack(name, event));
        }
        let list = |list: List| payload.get(list.name()).and_then(Value::as_array);
        if let Some(records) = list(List::Records).filter(|records| is_trail_log(records)) {
            return records.iter().try_for_each(|record| self.call(name, record.clone()));
        }
        if let Some(events) = list(List::Events) {
            return events.iter().try_for_each(|event| self.looked_up(name, event));
        }
        if let Some(messages) = list(List::Messages) {
            return messages.iter().try_for_each(|message| self.inner(name, message, "Body"));
        }
        // As S3 has them beside the log files.
        if payload.get("digestStartTime").is_some() && payload.get("logFiles").is_some() {
            return self
                .note(format!("{name}: a digest of log files, which has no events, passed over"));
        }
        // One message alone, as a console or a function's log shows it.
        for member in ["body", "Body"] {
            if payload.get(member).is_some_and(Value::is_string) {
                return self.inner(name, &payload, member);
            }
        }
        self.event(name, payload)
    }

    /// One of what `aws cloudtrail lookup-events` prints.
    fn looked_up(&mut self, name: &str, event: &Value) -> Result<(), Stopped> {
        match inner(event, "CloudTrailEvent") {
            Ok(record) => self.call(name, record),
            Err(problem) => self.problem(format!("{name}: {problem}")),
        }
    }

    fn inner(&mut self, name: &str, outer: &Value, member: &str) -> Result<(), Stopped> {
        match inner(outer, member) {
            Ok(value) => self.unpack(name, value),
            Err(problem) => self.problem(format!("{name}: {problem}")),
        }
    }

    /// Of the many calls that a trail records, one on a user pool domain.
    fn call(&mut self, name: &str, record: Value) -> Result<(), Stopped> {
        let call = record.get("eventName").and_then(Value::as_str).unwrap_or_default();
        if DomainCall::from_event_name(call).is_none() {
            return Ok(());
        }
        let id = record.get("eventID").and_then(Value::as_str).unwrap_or("unknown");
        let name = format!("{name} {}", harmless(id));
        self.event(&name, record)
    }
}

/// The JSON in a string member.
fn inner(outer: &Value, member: &str) -> Result<Value, String> {
    let text = outer.get(member).and_then(Value::as_str).unwrap_or_default();
    serde_json::from_str(text)
        .map_err(|error| format!("what is in {member} is not JSON: {}", not_json(&error)))
}

fn not_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Its words are those of somebody who writes parsers.
    text.replace("recursion limit exceeded", "nested more than 128 levels deep")
}

/// A message of SQS has an `eventSource` too, but no `eventName`.
fn is_trail_log(records: &[Value]) -> bool {
    records.iter().all(is_of_trail)
}

fn is_of_trail(record: &Value) -> bool {
    record.get("eventName").is_some()
}

/// A list that AWS or its CLI wraps around what they hand out. It may be longer than what fits into
/// memory.
#[derive(Clone, Copy)]
enum List {
    /// A CloudTrail log file, but also a batch of SQS.
    Records,
    /// `aws cloudtrail lookup-events`
    Events,
    /// `aws sqs receive-message`
    Messages,
}

impl List {
    const fn name(self) -> &'static str {
        match self {
            Self::Records => "Records",
            Self::Events => "Events",
            Self::Messages => "Messages",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Records, Self::Events, Self::Messages].into_iter().find(|list| list.name() == name)
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
                while let Some(left) = items.next_element_seed(self.part(None))? {
                    let taken = match left {
                        Some(payload) => self.reading.unpack(self.name, payload),
                        None => Ok(()),
                    };
                    self.taken(taken)?;
                }
            }
            Some(List::Records) => {
                let (mut others, mut passed_over, mut is_trail) = (Vec::new(), 0_usize, false);
                while let Some(record) = items.next_element::<Value>()? {
                    if is_of_trail(&record) {
                        is_trail = true;
                        passed_over += std::mem::take(&mut others).len();
                        let taken = self.reading.call(self.name, record);
                        self.taken(taken)?;
                    } else if is_trail {
                        passed_over += 1;
                        self.taken(Ok(()))?;
                    } else {
                        others.push(record);
                    }
                }
                if !others.is_empty() {
                    return Ok(Some(Value::Array(others)));
                }
                if passed_over > 0 {
                    let which = if passed_over == 1 { "record" } else { "records" };
                    let note = format!(
                        "{}: {passed_over} {which} without an eventName passed over",
                        self.name
                    );
                    let noted = self.reading.note(note);
                    self.taken(noted)?;
                }
            }
            Some(List::Events) => {
                while let Some(event) = items.next_element::<Value>()? {
                    let taken = self.reading.looked_up(self.name, &event);
                    self.taken(taken)?;
                }
            }
            Some(List::Messages) => {
                while let Some(message) = items.next_element::<Value>()? {
                    let taken = self.reading.inner(self.name, &message, "Body");
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
