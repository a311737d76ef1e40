//! AWS's signature, version 4, of a POST to `/`.

use std::time::{SystemTime, UNIX_EPOCH};

use hyper::Request;
use hyper::http::request;
use ring::{digest, hmac};

pub(crate) struct Signer {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    pub(crate) region: String,
}

impl Signer {
    /// A POST with these headers, which must be in alphabetical order and come between `a` and
    /// `host` or after `x-amz-security-token`, as `content-type` and `x-amz-target` do.
    pub(crate) fn sign(
        &self,
        service: &str,
        host: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> request::Builder {
        let time = now();
        let date = &time[..8];
        let mut signed = vec![
            ("host", host),
            ("x-amz-date", time.as_str()),
            ("x-amz-security-token", self.session_token.as_str()),
        ];
        signed.extend_from_slice(headers);
        signed.sort_unstable();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut canonical = String::from("POST\n/\n\n");
        for (name, value) in &signed {
            canonical.extend([name, ":", value, "\n"]);
        }
        canonical.extend(["\n", &names, "\n", &hex(digest(body).as_ref())]);

        let scope = format!("{date}/{}/{service}/aws4_request", self.region);
        let text = format!(
            "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
            hex(digest(canonical.as_bytes()).as_ref())
        );
        let mut key = mac(format!("AWS4{}", self.secret_access_key).as_bytes(), date);
        for part in [&self.region, service, "aws4_request", &text] {
            key = mac(key.as_ref(), part);
        }
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.access_key_id,
            hex(key.as_ref())
        );
        let mut request = Request::post("/")
            .header("authorization", authorization)
            .header("x-amz-date", &time)
            .header("x-amz-security-token", &self.session_token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
    }
}

fn digest(bytes: &[u8]) -> digest::Digest {
    digest::digest(&digest::SHA256, bytes)
}

fn mac(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// `20261124T093000Z`.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    // Years begin in March here, so that the odd day is the last one; 719,468 days before 1970
    // is the first of March of the year 0.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
