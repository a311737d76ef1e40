//! Events out of tables of CSV, as the consoles of CloudTrail Lake, Athena and CloudWatch Logs Insights save
//! what a query found.

use std::io::{self, Read};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::json::{Failed, Meter, Metered, Most};
use super::mistake::not_json;
use super::{Reading, Stopped};

/// The longest first line that may have the names of columns.
const LONGEST_LINE: usize = 8 << 10;
/// What separates columns. Spreadsheets of some countries write semicolons.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Columns that have a whole event as JSON: of CloudTrail Lake, of `lookup-events`, of Logs Insights, of a search tool.
const WHOLE: [&str; 4] = ["eventjson", "cloudtrailevent", "@message", "_raw"];
/// What an event is made of where no column has it whole, as in Athena's table of a trail.
const PARTS: [&str; 3] = ["eventname", "eventsource", "requestparameters"];
/// How a table of events may be recognised that has neither.
const SIGNS: [&str; 2] = ["eventname", "event name"];

/// The names of a table's columns.
pub(super) struct Columns {
    separator: u8,
    names: Vec<String>,
}

impl Columns {
    /// The columns of a first line, if it has those of a table of events.
    fn of(line: &str) -> Option<Self> {
        SEPARATORS.into_iter().find_map(|separator| {
            let names = cells(line.as_bytes(), separator).into_records().next()?.ok()?;
            let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
            let is_one = |name: &String| {
                WHOLE.iter().chain(&SIGNS).any(|known| name.eq_ignore_ascii_case(known))
            };
            names.iter().any(is_one).then_some(Self { separator, names })
        })
    }

    /// The column that has the whole event.
    fn whole(&self) -> Option<usize> {
        WHOLE
            .into_iter()
            .find_map(|whole| self.names.iter().position(|name| name.eq_ignore_ascii_case(whole)))
    }

    fn has_parts(&self) -> bool {
        PARTS.iter().all(|part| self.names.iter().any(|name| name.eq_ignore_ascii_case(part)))
    }
}

fn cells<R: Read>(reader: R, separator: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(4096)
        .from_reader(reader)
}

/// What stands at the beginning of `reader`, and the columns, if that is the first line of a table of events.
/// Reads no further than it must: more may come late.
pub(super) fn begins(reader: &mut impl Read) -> io::Result<(Vec<u8>, Option<Columns>)> {
    let mut start = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let is_json = start.iter().find(|byte| !u8::is_ascii_whitespace(byte));
        if matches!(is_json, Some(b'{' | b'[')) || start.len() > LONGEST_LINE {
            return Ok((start, None));
        }
        let length = match reader.read(&mut chunk) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        start.extend_from_slice(chunk.get(..length).unwrap_or_default());
        let line = start.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        if length == 0 || line.len() < start.len() {
            let columns = str::from_utf8(line).ok().and_then(Columns::of);
            return Ok((start, columns));
        }
    }
}

impl Reading {
    /// Takes the events out of the rows of a table, one after the other. The outer result is the caller's, the
    /// inner one the file's.
    pub(super) fn table(
        &mut self,
        name: &str,
        reader: impl Read,
        columns: Columns,
        most: Most,
    ) -> Result<Result<(), Failed>, Stopped> {
        let whole = columns.whole();
        if whole.is_none() && !columns.has_parts() {
            return Ok(Err(Failed::NoEvents(
                "is a table without what the calls asked for, as CloudTrail's event history saves as CSV: download it \
                 as JSON there, use `aws cloudtrail lookup-events`, or select eventJson (Lake), * (Athena) or \
                 @message (Logs Insights)",
            )));
        }
        let meter = Rc::new(Meter::new(most));
        let metered = Metered { inner: reader, meter: Rc::clone(&meter) };
        for (nth, row) in cells(metered, columns.separator).into_records().enumerate().skip(1) {
            let row = match row {
                Ok(row) => row,
                Err(error) => return Ok(Err(meter.failed(error.into()))),
            };
            meter.begin_event();
            match whole {
                Some(whole) => match row.get(whole).map(str::trim).unwrap_or_default() {
                    "" => {}
                    event => match serde_json::from_str(event) {
                        Ok(event) => self.inside(name, event)?,
                        Err(error) => {
                            let column = columns.names.get(whole).map_or("", String::as_str);
                            let at = format!(" of {column} in row {nth}");
                            self.problem(format!("{name} is not JSON: {}", not_json(&error, &at)))?;
                        }
                    },
                },
                // As CloudTrail Lake prints a row: a list of columns.
                None => {
                    let cells = columns.names.iter().zip(&row).filter(|(_, cell)| !cell.is_empty());
                    let cells = cells.map(|(name, cell)| {
                        Value::Object(Map::from_iter([(name.clone(), Value::from(cell))]))
                    });
                    let row = Value::Array(cells.collect());
                    if row.as_array().is_some_and(|cells| !cells.is_empty()) {
                        self.unpack(name, row)?;
                    }
                }
            }
        }
        Ok(Ok(()))
    }
}
