//! A file out of an archive that Lambda keeps: downloaded and opened in memory.

use std::io::{Cursor, Read as _};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::clients::{Roots, connector};
use http_body_util::BodyExt as _;
use zip::ZipArchive;
use zip::result::ZipError;

use super::facts::Known;

/// More than the biggest package of this program, on a slow line.
const PATIENCE: Duration = Duration::from_secs(60);
/// No baseline is that long; an archive may claim that it is.
const LONGEST: u64 = 4 << 20;

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
    member(&archive, name).map_err(|error| unreadable(error.to_string()))
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
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?;
    Ok(body.to_bytes().to_vec())
}

fn member(archive: &[u8], name: &str) -> Result<Option<Vec<u8>>, ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(archive))?;
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = Vec::new();
    file.take(LONGEST).read_to_end(&mut content)?;
    Ok(Some(content))
}
