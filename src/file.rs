//! Files that somebody else may have put there: ordinary ones only, no larger than they may be, and
//! text where text is expected.
//!
//! A path may lead anywhere. One of a checkout may be a symbolic link to `/proc/self/environ`, whose
//! lines an error message must not show; a device never ends. So the *opened* file is asked what it
//! is: what a path names may be exchanged meanwhile. Symbolic links to ordinary files are ordinary.

use std::error::Error;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Take};
use std::path::Path;

/// The largest baseline, in bytes. Ten thousand domains take a third of it.
pub const LARGEST_BASELINE: u64 = 4 << 20;

/// Why a file is not read.
#[derive(Debug)]
pub enum Unreadable {
    /// The system said no.
    Io(io::Error),
    /// A folder.
    Folder,
    /// A device, a named pipe, a socket.
    Special,
    /// No size, and content all the same: a file of `/proc`, or another that the system makes up.
    MadeUp,
    /// It gave fewer bytes than it has: made up by the system, or written to meanwhile.
    Shorter,
    /// More bytes than this.
    TooLarge(u64),
    /// UTF-16, as some editors and shells of Windows write.
    Utf16,
    /// Not UTF-8, from this byte on (counted from 0).
    NotUtf8(usize),
    /// A character that no text has, with its line and column.
    Control(char, usize, usize),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                f.write_str("there is no such file")
            }
            Self::Io(error) => error.fmt(f),
            Self::Folder => f.write_str("it is a folder, not a file"),
            Self::Special => f.write_str("it is not a regular file"),
            Self::MadeUp => {
                f.write_str("it is not a regular file: it has content and no size, as in /proc")
            }
            Self::Shorter => f.write_str(
                "it has less content than its size says: it is not a regular file, or it is being \
                 written to",
            ),
            Self::TooLarge(most) => write!(f, "it is larger than {}", Bytes(*most)),
            Self::Utf16 => f.write_str("it is UTF-16; save it as UTF-8"),
            Self::NotUtf8(at) => write!(f, "it is not UTF-8 text: see byte {at}; save it as UTF-8"),
            Self::Control(c, line, column) => write!(
                f,
                "it is not a text file: the control character U+{:04X} is at {line}:{column}",
                u32::from(*c)
            ),
        }
    }
}

impl Error for Unreadable {}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A number of bytes as people write it, such as `4 MiB`.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= 1 << 20 && bytes % (1 << 20) == 0 => write!(f, "{} MiB", bytes >> 20),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

/// Opens a regular file of at most `most` bytes. What comes out of it is no longer than it was when it
/// was opened.
///
/// # Errors
/// Nothing was read, but for one byte of a file that says it has none.
pub fn open(path: &Path, most: u64) -> Result<Take<File>, Unreadable> {
    // Opening a named pipe would wait for somebody to write into it.
    regular(&fs::metadata(path)?)?;
    let mut file = File::open(path)?;
    let found = file.metadata()?;
    regular(&found)?;
    let size = found.len();
    if size > most {
        return Err(Unreadable::TooLarge(most));
    }
    if size == 0 && file.read(&mut [0])? > 0 {
        return Err(Unreadable::MadeUp);
    }
    Ok(file.take(size))
}

fn regular(found: &Metadata) -> Result<(), Unreadable> {
    match found.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_dir() => Err(Unreadable::Folder),
        _ => Err(Unreadable::Special),
    }
}

/// The text of a regular file of at most `most` bytes.
///
/// # Errors
/// What it is instead. The error never shows a part of the content.
pub fn read_text(path: &Path, most: u64) -> Result<String, Unreadable> {
    let mut file = open(path, most)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if file.limit() > 0 {
        return Err(Unreadable::Shorter);
    }
    text(bytes)
}

/// UTF-8 with or without a byte order mark, and without control characters.
///
/// # Errors
/// What it is instead. The error never shows a part of it.
pub fn text(bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Unreadable::Utf16);
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| Unreadable::NotUtf8(error.utf8_error().valid_up_to()))?;
    // NEL ends a line in YAML 1.1.
    let is_foreign = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    let Some((at, c)) = text.char_indices().find(|(_, c)| is_foreign(*c)) else {
        return Ok(text);
    };
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Err(Unreadable::Control(c, line, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> String {
        text(bytes.to_vec()).expect_err("no text").to_string()
    }

    #[test]
    fn text_is_utf_8_with_or_without_a_mark_and_has_no_control_characters() {
        for ordinary in ["", "a: b\r\n\tc\n", "\u{feff}a: b\n", "stra\u{df}e: \u{1f980}\u{85}"] {
            assert_eq!(text(ordinary.into()).expect("text"), ordinary);
        }
        assert_eq!(refused(b"\xff\xfea\0"), "it is UTF-16; save it as UTF-8");
        assert_eq!(refused(b"ab\xff"), "it is not UTF-8 text: see byte 2; save it as UTF-8");
        for (bytes, place) in [
            (&b"HOME=/\0SECRET=x\0"[..], "U+0000 is at 1:7"),
            (b"a\n\xc3\x9f\x1b[31m", "U+001B is at 2:2"),
            (b"a\x7f", "U+007F is at 1:2"),
            ("a\n\n\u{9b}31m".as_bytes(), "U+009B is at 3:1"),
        ] {
            let refused = refused(bytes);
            assert!(refused.ends_with(place) && !refused.contains("SECRET"), "{refused}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_system_makes_up_is_not_read() {
        let refused = |path: &str| {
            read_text(Path::new(path), 1 << 20).expect_err("no regular file").to_string()
        };
        assert_eq!(refused("/dev/zero"), "it is not a regular file");
        assert_eq!(refused("/proc"), "it is a folder, not a file");
        for made_up in ["/proc/self/environ", "/proc/self/status", "/proc/version"] {
            assert!(refused(made_up).contains("as in /proc"), "{made_up}");
        }
    }

    #[test]
    fn the_limit_is_named() {
        let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        assert!(read_text(own, 1 << 20).is_ok());
        let refused = read_text(own, 1000).expect_err("too large").to_string();
        assert_eq!(refused, "it is larger than 1000 bytes");
        assert_eq!(Unreadable::TooLarge(LARGEST_BASELINE).to_string(), "it is larger than 4 MiB");
    }
}
