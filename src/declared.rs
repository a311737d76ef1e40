//! The baseline's file: read whole, or domain by domain where an index of it lies beside it.
//!
//! The rule: an index is used for the text that it was made of, and for no other. Where it is of another text,
//! or cannot be read, the text is read whole, and the log says so: a forgotten index costs time, never a rule.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::baseline::{Baseline, FileIndex, TextPrint};
use crate::file::{self, LARGEST_BASELINE};

/// The largest index, in bytes. That of ten thousand entries takes a tenth of it.
pub const LARGEST_INDEX: u64 = 4 << 20;
/// Read at once to see whether a text is the index's: small enough to stay in a processor's cache.
const PIECE: usize = 64 << 10;

/// Where the index of a baseline's file is kept: beside it, as `baseline.index`.
pub fn index_path(baseline: &Path) -> PathBuf {
    baseline.with_extension("index")
}

/// What is declared, as far as it has been read.
#[derive(Clone, Debug)]
pub struct Declared {
    /// All of it, or of an indexed file what holds for every domain.
    pub baseline: Arc<Baseline>,
    /// The rest of an indexed file.
    pub indexed: Option<Arc<Indexed>>,
}

impl From<Baseline> for Declared {
    fn from(baseline: Baseline) -> Self {
        Self { baseline: Arc::new(baseline), indexed: None }
    }
}

impl Declared {
    /// Reads the file at `path`, of that revision of whatever it is kept in.
    ///
    /// # Errors
    /// Why there is no baseline, for whoever deployed it.
    pub fn read(path: &Path, revision: Option<String>) -> Result<Self, String> {
        // Notices name a place in the file as its owners know it, not as it is mounted.
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let index = index_path(path);
        if index.exists() {
            match Indexed::open(path, &index, name.clone(), revision.clone()) {
                Ok(indexed) => {
                    let baseline = Arc::new(indexed.of(None)?);
                    return Ok(Self { baseline, indexed: Some(Arc::new(indexed)) });
                }
                Err(why) => tracing::warn!(
                    "{} is not used, and all of {name} is read: {why}; run `guardctl index` before you deploy",
                    index.display()
                ),
            }
        }
        let text =
            file::read_text(path, LARGEST_BASELINE).map_err(|error| unreadable(path, &error))?;
        let baseline = Baseline::parse(&name, &text).map_err(|error| error.to_string())?;
        Ok(baseline.of_revision(revision).into())
    }
}

fn unreadable(path: &Path, error: &impl Display) -> String {
    format!("the baseline {} cannot be read: {error}", path.display())
}

/// A file that is read domain by domain.
#[derive(Debug)]
pub struct Indexed {
    path: PathBuf,
    name: String,
    revision: Option<String>,
    text: Mutex<File>,
    index: FileIndex,
    whole: OnceLock<Arc<Baseline>>,
}

impl Indexed {
    fn open(
        path: &Path,
        index: &Path,
        name: String,
        revision: Option<String>,
    ) -> Result<Self, String> {
        let mut bytes = Vec::new();
        file::open(index, LARGEST_INDEX)
            .and_then(|mut file| Ok(file.read_to_end(&mut bytes)?))
            .map_err(|error| error.to_string())?;
        let index =
            FileIndex::from_bytes(bytes).ok_or("it is no index, or one of another version")?;
        let mut text = file::open(path, LARGEST_BASELINE).map_err(|error| error.to_string())?;
        let mut print = TextPrint::default();
        let mut piece = vec![0; PIECE];
        loop {
            let length = text.read(&mut piece).map_err(|error| error.to_string())?;
            if length == 0 {
                break;
            }
            print.update(piece.get(..length).unwrap_or_default());
        }
        if !index.is_of(print) {
            return Err("it is of another text".to_owned());
        }
        let text = Mutex::new(text.into_inner());
        Ok(Self { path: path.to_owned(), name, revision, text, index, whole: OnceLock::new() })
    }

    /// What the file says of one domain; of `None`, what it says of all.
    ///
    /// # Errors
    /// The file has changed since it was opened, or the index is not as it was written.
    pub fn of(&self, domain: Option<&str>) -> Result<Baseline, String> {
        let parts = self.index.parts(domain).ok_or("it has an index that names no part of it");
        let parts = parts.map_err(|error| unreadable(&self.path, &error))?;
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = |from: u64, length: usize| -> io::Result<String> {
            text.seek(SeekFrom::Start(from))?;
            let mut bytes = vec![0; length];
            text.read_exact(&mut bytes)?;
            String::from_utf8(bytes).map_err(io::Error::other)
        };
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| Ok((part, written(part.offset, part.length)?)))
            .collect::<io::Result<_>>()
            .map_err(|error| unreadable(&self.path, &error))?;
        let baseline = self.index.baseline(&self.name, parts).map_err(|error| error.to_string())?;
        Ok(baseline.of_revision(self.revision.clone()))
    }

    /// All that the file says, read when it is first asked for.
    ///
    /// # Errors
    /// As [`Declared::read`].
    pub fn whole(&self) -> Result<Arc<Baseline>, String> {
        if let Some(whole) = self.whole.get() {
            return Ok(Arc::clone(whole));
        }
        let text = file::read_text(&self.path, LARGEST_BASELINE)
            .map_err(|error| unreadable(&self.path, &error))?;
        let baseline = Baseline::parse(&self.name, &text).map_err(|error| error.to_string())?;
        let baseline = Arc::new(baseline.of_revision(self.revision.clone()));
        Ok(Arc::clone(self.whole.get_or_init(|| baseline)))
    }
}
