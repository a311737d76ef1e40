//! What people hand over: events and baselines, from files, folders and standard input.
//!
//! None of it is trusted. Files are regular ones, or a pipe that the person names; nothing is held that
//! need not be: events come one by one, and of a log file only the calls on user pool domains are kept.
//! What is too large is an error that names the limit.

mod encoding;
mod json;
mod mistake;
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use cognito_domain_guard::file::{self, Bytes, LARGEST_BASELINE, Unreadable};
use cognito_domain_guard::text::{counted, harmless};
use flate2::bufread::MultiGzDecoder;
use serde_json::Value;

use encoding::Text;

/// A file of events, also once it is decompressed. CloudTrail's are below 50 MiB.
const LARGEST_FILE: u64 = 256 << 20;
/// A log that is read line by line.
const LARGEST_LOG: u64 = 16 << 30;
/// Events of one command. Playing that many takes minutes.
const MOST_EVENTS: usize = 10_000;
/// Files of one command: those of a trail and region in a year.
const MOST_FILES: usize = 100_000;
/// Folders in folders. Nine are enough for an organization's trail.
const DEEPEST_FOLDER: usize = 32;

/// One event and what it is called.
pub struct Input {
    /// The file, and which of its events.
    pub name: String,
    /// The event in the form in which it was found.
    pub payload: Value,
}

/// Events, one by one as they are read. What cannot be read is said on standard error, and keeps
/// nobody from the rest.
pub struct Inputs {
    found: Receiver<Found>,
    failed: bool,
    ended: bool,
}

enum Found {
    Event(Input),
    Problem(String),
    /// Passed over, as it should be.
    Note(String),
    /// Everything was read.
    End,
}

impl Inputs {
    /// Whether something could not be read so far.
    pub fn failed(&self) -> bool {
        self.failed
    }
}

impl Iterator for Inputs {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        loop {
            let Ok(found) = self.found.recv() else {
                // Without its last word, the reading ended in a panic.
                self.failed |= !self.ended;
                return None;
            };
            match found {
                Found::End => self.ended = true,
                Found::Event(input) => return Some(input),
                Found::Note(note) => errln!("note: {note}"),
                Found::Problem(problem) => {
                    errln!("error: {problem}");
                    self.failed = true;
                }
            }
        }
    }
}

/// How the name of a file of events ends, which a folder may have among others; also with `.gz`.
const ENDINGS: [&str; 3] = [".json", ".jsonl", ".ndjson"];

/// Reads the events of every path, in order. `-` is standard input. A folder gives the `.json`, `.jsonl` and `.ndjson`
/// files in it and in its folders, also with `.gz`. A CloudTrail log file gives the calls on user pool domains that
/// it records.
pub fn read_all(paths: &[PathBuf]) -> Inputs {
    // One is read while another is played, and no more are held.
    let (sender, found) = sync_channel(1);
    let paths = paths.to_vec();
    std::thread::spawn(move || {
        // Whether it was read to the end is of no interest where nobody listens any more.
        let _ = Reading::new(sender).all(&paths);
    });
    Inputs { found, failed: false, ended: false }
}

/// There is no point in going on: there is more than may be, or nobody listens any more.
struct Stopped;

struct Reading {
    sender: SyncSender<Found>,
    events: usize,
    problems: usize,
    /// What was passed over: digest files, and a trail's records of other calls and of no call.
    digests: usize,
    other_calls: usize,
    no_calls: usize,
    /// The columns beside an event, and the files of a folder that are of no events.
    columns: usize,
    other_files: usize,
}

impl Reading {
    fn new(sender: SyncSender<Found>) -> Self {
        Self {
            sender,
            events: 0,
            problems: 0,
            digests: 0,
            other_calls: 0,
            no_calls: 0,
            columns: 0,
            other_files: 0,
        }
    }

    fn all(&mut self, paths: &[PathBuf]) -> Result<(), Stopped> {
        for path in paths {
            if path.is_dir() {
                for file in self.files_in(path)? {
                    self.file(&file)?;
                }
            } else {
                self.file(path)?;
            }
        }
        for (count, one, why) in [
            (self.digests, "digest file", ""),
            (self.other_calls, "record", " of calls on something else than a user pool domain"),
            (self.no_calls, "record", " without an eventName, such as an Insight record"),
            (self.columns, "value", " beside an event, such as a time that a query chose"),
            (
                self.other_files,
                "file",
                " of a folder, neither .json, .jsonl nor .ndjson, with or without .gz",
            ),
        ] {
            if count > 0 {
                self.note(format!("passed over: {}{why}", counted(count, one)))?;
            }
        }
        if self.events + self.problems == 0 {
            self.problem("there is no event on a user pool domain in what was given".to_owned())?;
        }
        self.send(Found::End)
    }

    /// The files of a folder and of the folders in it. A symbolic link to a folder is not followed: it
    /// may lead back, or anywhere.
    fn files_in(&mut self, folder: &Path) -> Result<Vec<PathBuf>, Stopped> {
        let mut files = Vec::new();
        let mut folders = vec![(folder.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.problem(format!("{} cannot be read: {error}", shown(&folder)))?;
                    continue;
                }
            };
            for entry in entries {
                let (path, kind) =
                    match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                        Ok(found) => found,
                        Err(error) => {
                            self.problem(format!("{} cannot be read: {error}", shown(&folder)))?;
                            break;
                        }
                    };
                let name = path.to_string_lossy().to_ascii_lowercase();
                let name = name.strip_suffix(".gz").unwrap_or(&name);
                if kind.is_dir() && depth == DEEPEST_FOLDER {
                    self.problem(format!(
                        "{} is more than {DEEPEST_FOLDER} folders deep: name it itself",
                        shown(&path)
                    ))?;
                } else if kind.is_dir() {
                    folders.push((path, depth + 1));
                } else if kind.is_symlink() && path.is_dir() {
                    self.note(format!(
                        "{}: a symbolic link to a folder, passed over: name the folder itself",
                        shown(&path)
                    ))?;
                } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                    files.push(path);
                } else {
                    self.other_files += 1;
                }
                if files.len() + folders.len() > MOST_FILES {
                    return self.stop(format!(
                        "{} has more than {MOST_FILES} files: name some of its folders instead",
                        shown(&folder)
                    ));
                }
            }
        }
        files.sort();
        Ok(files)
    }

    fn file(&mut self, path: &Path) -> Result<(), Stopped> {
        let name = shown(path);
        match opened(path, LARGEST_FILE).and_then(plain) {
            Ok((mut reader, is_compressed)) => {
                let most = json::Most { bytes: LARGEST_FILE, ..json::Most::DEFAULT };
                let read = match table::begins(&mut reader) {
                    Ok((start, None)) => {
                        self.documents(&name, Cursor::new(start).chain(reader), most)?
                    }
                    Ok((start, Some(columns))) => {
                        self.table(&name, Cursor::new(start).chain(reader), columns, most)?
                    }
                    Err(error) => Err(json::Failed::Cut(error)),
                };
                let Err(error) = read else { return Ok(()) };
                self.problem(match &error {
                    json::Failed::Cut(error) if is_compressed => {
                        format!("{name} cannot be decompressed: {error}")
                    }
                    json::Failed::Cut(_)
                    | json::Failed::TooLarge(_)
                    | json::Failed::NotJson(_)
                    | json::Failed::NoJson(_)
                    | json::Failed::NoEvents(_)
                    | json::Failed::Empty => format!("{name} {error}"),
                })
            }
            Err(error) => self.problem(format!("{name} cannot be read: {error}{}", hint(&error))),
        }
    }

    fn event(&mut self, name: &str, payload: Value) -> Result<(), Stopped> {
        self.events += 1;
        if self.events > MOST_EVENTS {
            return self.stop(format!(
                "{name}: more than {MOST_EVENTS} events in what was given: replay fewer files at a time"
            ));
        }
        self.send(Found::Event(Input { name: name.to_owned(), payload }))
    }

    fn problem(&mut self, problem: String) -> Result<(), Stopped> {
        self.problems += 1;
        if self.problems > MOST_EVENTS {
            return self.stop(format!("more than {MOST_EVENTS} errors: the rest was not read"));
        }
        self.send(Found::Problem(problem))
    }

    fn stop<T>(&mut self, problem: String) -> Result<T, Stopped> {
        self.send(Found::Problem(problem))?;
        Err(Stopped)
    }

    fn note(&mut self, note: String) -> Result<(), Stopped> {
        self.send(Found::Note(note))
    }

    fn send(&mut self, found: Found) -> Result<(), Stopped> {
        self.sender.send(found).map_err(|_| Stopped)
    }
}

/// How to go on with a file that is too large.
fn hint(error: &Unreadable) -> &'static str {
    if matches!(error, Unreadable::TooLarge(_)) { "; split it" } else { "" }
}

/// What a file is called in messages.
pub fn shown(path: &Path) -> String {
    if is_standard_input(path) {
        return "standard input".to_owned();
    }
    harmless(&path.display().to_string()).into_owned()
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-" || path == Path::new("/dev/stdin")
}

/// What a path names, to read. Pipes are read where the person names one as such: `-`, or what a shell
/// writes for `<(command)`. A link in a checkout cannot lead there.
fn opened(path: &Path, most: u64) -> Result<Box<dyn Read>, Unreadable> {
    if is_standard_input(path) {
        return Ok(Box::new(io::stdin()));
    }
    if path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd") {
        let file = File::open(path)?;
        if is_pipe(&file.metadata()?) {
            return Ok(Box::new(file));
        }
    }
    Ok(Box::new(file::open(path, most)?))
}

#[cfg(unix)]
fn is_pipe(found: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}

/// Decompressed, as S3 has CloudTrail's log files, and as text in UTF-8 whatever encoding it has. Says
/// whether it was compressed.
fn plain(mut reader: Box<dyn Read>) -> Result<(Box<dyn Read>, bool), Unreadable> {
    let mut start = Vec::new();
    reader.by_ref().take(2).read_to_end(&mut start)?;
    let is_compressed = start == [0x1f, 0x8b];
    let whole = Cursor::new(start).chain(reader);
    if is_compressed {
        let inside = MultiGzDecoder::new(BufReader::new(whole.take(LARGEST_FILE)));
        return Ok((Box::new(Text::new(inside)), true));
    }
    Ok((Box::new(Text::new(whole)), false))
}

/// A baseline's text, and what to call it; `-` is standard input.
pub fn read_text(path: &Path) -> Result<(String, String), Box<dyn Error>> {
    let (name, bytes) = read_bytes(path)?;
    let text = file::text(bytes).map_err(|error| format!("{name} cannot be read: {error}"))?;
    Ok((name, text))
}

/// A baseline as it is, and what to call it.
pub fn read_bytes(path: &Path) -> Result<(String, Vec<u8>), Box<dyn Error>> {
    let name = shown(path);
    let read = opened(path, LARGEST_BASELINE).and_then(|reader| {
        let mut bytes = Vec::new();
        reader.take(LARGEST_BASELINE + 1).read_to_end(&mut bytes)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > LARGEST_BASELINE {
            Err(Unreadable::TooLarge(LARGEST_BASELINE))
        } else {
            Ok(bytes)
        }
    });
    let bytes = read.map_err(|error| format!("{name} cannot be read: {error}"))?;
    Ok((name, bytes))
}

/// A document or lines of a log, also gzipped, as text; and what to call it. `-` is standard input.
pub fn read_document(path: &Path) -> Result<(String, String), Box<dyn Error>> {
    let name = shown(path);
    let read = opened(path, LARGEST_FILE).and_then(plain).and_then(|(reader, _)| {
        let mut text = String::new();
        reader.take(LARGEST_FILE + 1).read_to_string(&mut text)?;
        match u64::try_from(text.len()).is_ok_and(|size| size <= LARGEST_FILE) {
            true => Ok(text),
            false => Err(Unreadable::TooLarge(LARGEST_FILE)),
        }
    });
    let text = read.map_err(|error| format!("{name} cannot be read: {error}{}", hint(&error)))?;
    Ok((name, text))
}

/// The lines of a log, also gzipped, one by one; and what to call it. `-` is standard input.
pub fn each_line(path: &Path, mut take: impl FnMut(&str)) -> Result<String, Box<dyn Error>> {
    let name = shown(path);
    let read = opened(path, LARGEST_LOG).and_then(plain).and_then(|(reader, _)| {
        let mut reader = BufReader::new(reader);
        let mut line = String::new();
        // One that is longer comes in parts.
        while reader.by_ref().take(LARGEST_FILE).read_line(&mut line)? > 0 {
            take(line.trim_end_matches(['\n', '\r']));
            line.clear();
        }
        Ok(())
    });
    read.map_err(|error| format!("{name} cannot be read: {error}{}", hint(&error)))?;
    Ok(name)
}
