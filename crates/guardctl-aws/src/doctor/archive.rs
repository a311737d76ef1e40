//! A file out of an archive that Lambda keeps: downloaded and opened in memory, so of a bounded size.

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

use super::facts::Known;

/// More than the biggest package of this program, on a slow line.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than the biggest package of this program. Lambda takes no larger one without a bucket.
const LARGEST_ARCHIVE: usize = 64 << 20;
/// Each is held in memory as it is opened.
const MOST_ENTRIES: usize = 65_535;

/// The file of that name, or `None` where the archive has none. `action` is the call that gave the
/// location.
pub async fn read(action: &'static str, location: &str, name: &str) -> Known<Option<Vec<u8>>> {
    let unreadable = |message: String| CallError {
        failure: Failure::Unavailable,
        action,
        code: None,
        message: format!("the archive cannot be read: {message}"),
    };
    let archive = tokio::time::timeout(PATIENCE, download(location))
        .await
        .unwrap_or_else(|_| Err("no answer in time".to_owned()))
        .map_err(unreadable)?;
    member(&archive, name).map_err(unreadable)
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

fn member(archive: &[u8], name: &str) -> Result<Option<Vec<u8>>, String> {
    // What each entry of the directory begins with. The number that the archive gives may be any.
    let entries = archive.windows(4).filter(|window| *window == b"PK\x01\x02").count();
    if entries > MOST_ENTRIES {
        return Err(format!("it has more than {MOST_ENTRIES} files"));
    }
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(|error| error.to_string())?;
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
        let refused = member(&baseline(300 << 20), "baseline.yaml").unwrap_err();
        assert_eq!(refused, "baseline.yaml in it is larger than 4 MiB");
        assert!(member(b"no archive", "baseline.yaml").is_err());
    }

    #[test]
    fn an_archive_of_very_many_files_is_not_opened() {
        let mut many = baseline(1);
        many.extend(b"PK\x01\x02".repeat(MOST_ENTRIES));
        let refused = member(&many, "baseline.yaml").unwrap_err();
        assert_eq!(refused, "it has more than 65535 files");
    }
}
