//! A file to write to: never over another one unasked.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use guardctl::input::shown;

/// Whether the file may be written, before anybody waits for what goes into it.
///
/// # Errors
///
/// There is one already.
pub fn is_free(path: Option<&Path>, force: bool) -> Result<(), String> {
    match path.filter(|path| !force && path.exists()) {
        Some(path) => Err(there_is_one(path)),
        None => Ok(()),
    }
}

/// Writes the file.
///
/// # Errors
///
/// There is one already and it is not to be replaced, or it cannot be written.
pub fn write(path: &Path, text: &str, force: bool) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            there_is_one(path)
        } else {
            format!("{} cannot be written: {error}", shown(path))
        }
    })
}

fn there_is_one(path: &Path) -> String {
    format!("{} is there already: pass --force to replace it, or name another file", shown(path))
}
