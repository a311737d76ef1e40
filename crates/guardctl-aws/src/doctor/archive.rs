//! Files out of an archive that Lambda keeps: downloaded and opened in memory, so of a bounded size.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::clients::{Roots, connector};
use cognito_domain_guard::file::{Bytes, LARGEST_BASELINE};
use http_body_util::BodyExt as _;
use zip::ZipArchive;
use zip::result::ZipError;

use super::facts::{Executable, Known, Machine};

/// More than the biggest package of this program, on a slow line.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than the biggest package of this program. Lambda takes no larger one without a bucket.
const LARGEST_ARCHIVE: usize = 64 << 20;
/// Each is held in memory as it is opened.
const MOST_ENTRIES: usize = 65_535;
/// As much of an ELF file as names its machine.
const ELF_HEADER: u64 = 20;

/// An archive, in memory.
pub struct Archive {
    /// The call that gave its location.
    action: &'static str,
    bytes: Vec<u8>,
}

impl Archive {
    /// Downloads it from where `action` said it is.
    pub async fn at(action: &'static str, location: &str) -> Known<Self> {
        let bytes = tokio::time::timeout(PATIENCE, download(location))
            .await
            .unwrap_or_else(|_| Err("no answer in time".to_owned()))
            .map_err(|message| unreadable(action, &message))?;
        Ok(Self { action, bytes })
    }

    /// The file of that name, or `None` where the archive has none.
    pub fn file(&self, name: &str) -> Known<Option<Vec<u8>>> {
        member(&self.bytes, name).map_err(|message| unreadable(self.action, &message))
    }

    /// What Lambda would start by that name, or `None` where the archive has no such file.
    pub fn program(&self, name: &str) -> Known<Option<Executable>> {
        executable(&self.bytes, name).map_err(|message| unreadable(self.action, &message))
    }

    /// The files and folders at its top, each once.
    pub fn top(&self) -> Known<BTreeSet<String>> {
        let archive = open(&self.bytes).map_err(|message| unreadable(self.action, &message))?;
        let top = |name: &str| match name.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => name.to_owned(),
        };
        Ok(archive.file_names().flatten().map(|name| top(&name)).collect())
    }
}

fn unreadable(action: &'static str, message: &str) -> CallError {
    CallError {
        failure: Failure::Unavailable,
        action,
        code: None,
        message: format!("the archive cannot be read: {message}"),
    }
}

async fn download(location: &str) -> Result<Vec<u8>, String> {
    let connector = connector(&Roots::System).map_err(|error| error.to_string())?;
    let mut request = Request::new(SdkBody::empty());
    request.set_uri(location).map_err(|error| error.to_string())?;
    let response = connector.call(request).await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(format!("the download ended with status {status}"));
    }
    let too_large = || format!("it is larger than {}", Bytes(LARGEST_ARCHIVE as u64));
    let mut body = response.into_body();
    let mut archive = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        let Some(data) = frame.data_ref() else { continue };
        if archive.len() + data.len() > LARGEST_ARCHIVE {
            return Err(too_large());
        }
        archive.extend_from_slice(data);
    }
    Ok(archive)
}

fn open(archive: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, String> {
    // What each entry of the directory begins with. The number that the archive gives may be any.
    let entries = archive.windows(4).filter(|window| *window == b"PK\x01\x02").count();
    if entries > MOST_ENTRIES {
        return Err(format!("it has more than {MOST_ENTRIES} files"));
    }
    ZipArchive::new(Cursor::new(archive)).map_err(|error| error.to_string())
}

fn executable(archive: &[u8], name: &str) -> Result<Option<Executable>, String> {
    let mut archive = open(archive)?;
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mode = file.unix_mode();
    let mut header = Vec::new();
    file.take(ELF_HEADER).read_to_end(&mut header).map_err(|error| error.to_string())?;
    Ok(Some(Executable {
        // A function does not run as the owner of its files.
        is_executable: mode.is_none_or(|mode| mode & 0o001 != 0),
        machine: machine(&header),
    }))
}

/// For which machine a program is made, by the header of its ELF file. Lambda's machines are
/// little-endian.
fn machine(header: &[u8]) -> Option<Machine> {
    let number = header.strip_prefix(b"\x7fELF\x02\x01")?.get(12..14)?;
    Some(match u16::from_le_bytes(number.try_into().ok()?) {
        62 => Machine::X86_64,
        183 => Machine::Arm64,
        _ => Machine::Another,
    })
}

fn member(archive: &[u8], name: &str) -> Result<Option<Vec<u8>>, String> {
    let mut archive = open(archive)?;
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut content = Vec::new();
    // Whatever size the archive gives.
    file.take(LARGEST_BASELINE + 1).read_to_end(&mut content).map_err(|error| error.to_string())?;
    if content.len() as u64 > LARGEST_BASELINE {
        return Err(format!("{name} in it is larger than {}", Bytes(LARGEST_BASELINE)));
    }
    Ok(Some(content))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(&content).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn baseline(size: usize) -> Vec<u8> {
        archive([("baseline.yaml".to_owned(), vec![b'#'; size])])
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let most = usize::try_from(LARGEST_BASELINE).unwrap();
        let whole = member(&baseline(most), "baseline.yaml").unwrap().unwrap();
        assert_eq!(whole.len(), most);
        assert_eq!(member(&baseline(1), "other.yaml"), Ok(None));
        let refused = member(&baseline(64 << 20), "baseline.yaml").unwrap_err();
        assert_eq!(refused, "baseline.yaml in it is larger than 4 MiB");
        assert!(member(b"no archive", "baseline.yaml").is_err());
    }

    fn with_mode(content: &[u8], mode: u32) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().unix_permissions(mode);
        archive.start_file("bootstrap", options).unwrap();
        archive.write_all(content).unwrap();
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_program_is_known_by_its_mode_and_its_machine() {
        let elf = |number: u8| {
            let mut header = b"\x7fELF\x02\x01\x01".to_vec();
            header.resize(18, 0);
            header.extend([number, 0, 1, 0, 0, 0]);
            header
        };
        let check = |content: &[u8], mode, is_executable, machine| {
            let found = executable(&with_mode(content, mode), "bootstrap").unwrap();
            assert_eq!(found, Some(Executable { is_executable, machine }));
        };
        check(&elf(62), 0o755, true, Some(Machine::X86_64));
        check(&elf(183), 0o755, true, Some(Machine::Arm64));
        check(&elf(3), 0o755, true, Some(Machine::Another));
        check(&elf(62), 0o744, false, Some(Machine::X86_64));
        check(b"#!/bin/sh\n", 0o755, true, None);
        check(b"", 0o755, true, None);
        assert_eq!(executable(&baseline(1), "bootstrap"), Ok(None));
    }

    #[test]
    fn the_top_of_an_archive_is_named_once() {
        let files = ["src/main.rs", "src/lib.rs", "Cargo.toml"];
        let bytes = archive(files.map(|name| (name.to_owned(), Vec::new())));
        let top = Archive { action: "lambda:GetFunction", bytes }.top().unwrap();
        assert_eq!(top.into_iter().collect::<Vec<_>>(), ["Cargo.toml", "src/"]);
    }

    #[test]
    fn an_archive_of_very_many_files_is_not_opened() {
        let mut many = baseline(1);
        many.extend(b"PK\x01\x02".repeat(MOST_ENTRIES));
        let refused = member(&many, "baseline.yaml").unwrap_err();
        assert_eq!(refused, "it has more than 65535 files");
    }
}
