//! Takes everything out that says whose account it is.
//!
//! A record is rebuilt by the names of its members: what is not known to be harmless is replaced. Free text
//! (an error's message) loses what this run knows to be an identifier, and whatever looks like one. What
//! stands in place of each is what AWS's documentation uses.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value};

const ACCOUNT: &str = "111122223333";
const ADDRESS: &str = "203.0.113.24";
const UUID: &str = "00000000-0000-4000-8000-000000000000";
/// What identifiers of IAM begin with: keys, users, roles, groups, policies and the rest.
const IAM: [&str; 12] = [
    "AKIA", "ASIA", "AIDA", "AROA", "AGPA", "AIPA", "ANPA", "ANVA", "ASCA", "APKA", "ABIA", "ACCA",
];
/// What stands in place of a machine.
const HOST: &str = "host.example.com";
/// What a name of somebody's machine or service usually ends with, if it has two labels only.
const TOPS: [&str; 34] = [
    "ai", "app", "at", "au", "biz", "br", "ca", "ch", "cloud", "cn", "co", "com", "corp", "de",
    "dev", "es", "eu", "fr", "home", "in", "info", "internal", "io", "it", "jp", "lan", "local",
    "net", "nl", "org", "pl", "se", "uk", "us",
];
/// Services whose endpoints a message may name.
const SERVICES: [&str; 8] =
    ["acm", "cloudfront", "cloudtrail", "cognito-idp", "iam", "kms", "lambda", "sts"];
/// What the SDK says of itself in a user agent.
const PRODUCTS: [&str; 8] = ["aws-sdk-rust", "ua", "api", "os", "lang", "exec-env", "m", "cfg"];
/// The members of a record that are words of AWS's own, or times.
const HARMLESS: [&str; 19] = [
    "apiVersion",
    "awsRegion",
    "cipherSuite",
    "creationDate",
    "errorCode",
    "eventCategory",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "issuerType",
    "mfaAuthenticated",
    "secondaryRegion",
    "securityPolicy",
    "sessionCredentialFromConsole",
    "tlsVersion",
    "type",
    "version",
];

/// What a run knows to be identifiers, and what to write instead.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// The longest first, so that a domain is replaced before the domain above it.
    known: Vec<(String, &'static str)>,
}

impl Redactor {
    pub fn new(known: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        let mut known: Vec<_> =
            known.into_iter().filter(|(identifier, _)| identifier.len() > 2).collect();
        known.sort_by_key(|(identifier, _)| std::cmp::Reverse(identifier.len()));
        Self { known }
    }

    /// The path of a member, such as `userIdentity.arn`. Its words are AWS's own.
    pub fn path(&self, path: &str) -> String {
        path.split('.').map(|name| self.text(name)).collect::<Vec<_>>().join(".")
    }

    /// Free text.
    pub fn text(&self, text: &str) -> String {
        let known = self.known.iter().fold(decoded(text), |text, (identifier, instead)| {
            replaced(&text, identifier, instead)
        });
        let mut out = String::new();
        let mut rest = known.as_str();
        while let Some(start) = rest.find(is_of_a_token) {
            let (between, token) = rest.split_at(start);
            let end = token.find(|c| !is_of_a_token(c)).unwrap_or(token.len());
            let (token, after) = token.split_at(end);
            out += between;
            out += &token_without(token);
            rest = after;
        }
        out + rest
    }

    /// A record of CloudTrail.
    pub fn record(&self, record: &Value) -> Value {
        self.member("", record)
    }

    fn member(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => {
                // A version or a count, and no account.
                let is_small = number.as_f64().is_some_and(|number| number.abs() < 1e6);
                if is_small { value.clone() } else { Value::from(0) }
            }
            Value::Array(items) => items.iter().map(|item| self.member(name, item)).collect(),
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| (self.text(name), self.member(name, value)))
                    .collect::<Map<_, _>>(),
            ),
            Value::String(text) => Value::String(self.string(name, text)),
        }
    }

    fn string(&self, name: &str, text: &str) -> String {
        let lower = {
            let mut characters = name.chars();
            let first = characters.next().iter().map(char::to_ascii_lowercase).collect::<String>();
            first + characters.as_str()
        };
        // Not every service writes a boolean as one.
        if ["true", "false"].contains(&text) {
            return text.to_owned();
        }
        if HARMLESS.contains(&lower.as_str()) || lower == "errorMessage" {
            return self.text(text);
        }
        match lower.as_str() {
            "accountId" | "recipientAccountId" => ACCOUNT.to_owned(),
            "accessKeyId" => "ASIAEXAMPLEKEYID0001".to_owned(),
            "principalId" => "AROAEXAMPLEROLEID0001:example".to_owned(),
            "arn" => format!("arn:aws:iam::{ACCOUNT}:example"),
            "userName" => "example".to_owned(),
            "userAgent" => self.user_agent(text),
            "sourceIPAddress" if text == "AWS Internal" || text.ends_with(".amazonaws.com") => {
                text.to_owned()
            }
            "sourceIPAddress" => ADDRESS.to_owned(),
            "domain" if text.contains('.') => "guard-test.example.com".to_owned(),
            "domain" => "guard-test".to_owned(),
            "userPoolId" => "eu-central-1_Example01".to_owned(),
            "certificateArn" => {
                format!("arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{UUID}")
            }
            "cloudFrontDomain" => "d111111abcdef8.cloudfront.net".to_owned(),
            "requestID" | "eventID" | "sharedEventID" | "primaryRoute53HealthCheckId" => {
                UUID.to_owned()
            }
            _ => "redacted".to_owned(),
        }
    }

    /// What the SDK says of itself, and the mark of the run. Anything else may name a machine or a person.
    fn user_agent(&self, text: &str) -> String {
        let part = |part: &str| {
            let (product, value) = part.split_once('/').unwrap_or((part, ""));
            let is_of_the_sdk = match product {
                "app" => value.starts_with("cdg.conformance."),
                "md" => !value.starts_with("cdg-for"),
                other => PRODUCTS.contains(&other),
            };
            if is_of_the_sdk { self.text(part) } else { "redacted".to_owned() }
        };
        text.split_whitespace().map(part).collect::<Vec<_>>().join(" ")
    }
}

/// With `%40` and the like as what they stand for: an identifier may be written so.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out += before;
        let code = after.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code.filter(u8::is_ascii_graphic) {
            Some(character) => {
                out.push(char::from(character));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

/// Whatever the letter case: hosts have none.
fn replaced(text: &str, identifier: &str, instead: &str) -> String {
    let (lower, identifier) = (text.to_ascii_lowercase(), identifier.to_ascii_lowercase());
    let mut out = String::new();
    let mut from = 0;
    for (at, found) in lower.match_indices(&identifier) {
        out += text.get(from..at).unwrap_or_default();
        out += instead;
        from = at + found.len();
    }
    out + text.get(from..).unwrap_or_default()
}

/// What identifiers are written with.
fn is_of_a_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-:/*".contains(c)
}

/// A run of such characters without what identifies.
fn token_without(token: &str) -> String {
    if let Some((before, arn)) = token.split_once("arn:") {
        let service: String = arn.split(':').nth(1).unwrap_or_default().to_owned();
        let is_a_service = service.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let service = if is_a_service { service } else { String::new() };
        // Whether a permission is asked for on one distribution or on all is an answer.
        let resource = match arn.trim_end_matches(['.', ',']).splitn(5, ':').nth(4) {
            Some("distribution/*") => "distribution/*",
            Some(other) if other.starts_with("distribution/") => "distribution/redacted",
            Some(_) | None => "redacted",
        };
        return format!("{}arn:aws:{service}::{ACCOUNT}:{resource}", token_without(before));
    }
    // An address, a session of SSO, or a name at a machine.
    if token.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
        return "user@example.com".to_owned();
    }
    token.split_inclusive([',', '=']).map(piece_without).collect()
}

/// A piece between commas and equals signs.
fn piece_without(piece: &str) -> String {
    let bare = piece.trim_end_matches([':', ',', '=', '.']);
    let end = piece.get(bare.len()..).unwrap_or_default();
    // An address of IPv6 has colons, too, and may stand behind a word with one.
    let starts = std::iter::once(0).chain(bare.match_indices(':').map(|(at, _)| at + 1));
    for start in starts {
        let (before, address) = bare.split_at(start);
        let (address, length) = match address.split_once('/') {
            Some((address, length)) => (address, format!("/{length}")),
            None => (address, String::new()),
        };
        if address.parse::<Ipv6Addr>().is_ok() {
            return format!("{before}2001:db8::1{length}{end}");
        }
    }
    piece.split_inclusive([':', ',', '=']).map(section_without).collect()
}

/// A section between colons: a path, a key, or a word.
fn section_without(section: &str) -> String {
    let bare = section.trim_end_matches([':', ',', '=', '.']);
    let is_one_key = bare.chars().all(|c| c.is_ascii_alphanumeric() || "+/_-".contains(c))
        && bare.len() >= 32
        && bare.chars().any(|c| c.is_ascii_digit())
        && bare.chars().any(|c| c.is_ascii_uppercase())
        && bare.chars().any(|c| c.is_ascii_lowercase());
    if is_one_key {
        return format!("redacted{}", section.get(bare.len()..).unwrap_or_default());
    }
    section.split_inclusive(['/', '*']).map(part_without).collect()
}

/// A part between colons, slashes, commas and equals signs.
fn part_without(part: &str) -> String {
    let bare = part.trim_end_matches([':', '/', ',', '=', '*', '.']);
    let end = part.get(bare.len()..).unwrap_or_default();
    let instead = if is_uuid(bare) {
        UUID.to_owned()
    } else if IAM.iter().any(|start| bare.starts_with(start)) && bare.len() >= 16 {
        format!("{}EXAMPLE", bare.get(..4).unwrap_or_default())
    } else if bare.to_ascii_lowercase().ends_with(".cloudfront.net") {
        "d111111abcdef8.cloudfront.net".to_owned()
    } else if is_host(bare) || is_private_host(bare) {
        HOST.to_owned()
    } else if looks_secret(bare) {
        "redacted".to_owned()
    } else {
        without_accounts(&without_addresses(&without_pools(bare)))
    };
    instead + end
}

/// `login.acme.io`, `build-7.corp.acme`: a name of somebody's machine or service, and no name of AWS's or of a
/// member of a record.
fn is_host(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let Some(top) = labels.last().map(|top| top.to_ascii_lowercase()) else { return false };
    if labels.len() < 2
        || !labels.iter().all(is_label)
        || top.len() < 2
        || !top.chars().all(|c| c.is_ascii_lowercase())
    {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let is_an_endpoint =
        [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|of| lower.ends_with(of))
            && labels.first().is_some_and(|service| SERVICES.contains(service));
    if is_an_endpoint || lower == "example.com" || lower.ends_with(".example.com") {
        return false;
    }
    let is_of_one_case = lower == text || text.to_ascii_uppercase() == text;
    TOPS.contains(&top.as_str()) || (labels.len() > 2 && is_of_one_case)
}

/// `ip-10-0-0-5`
fn is_private_host(text: &str) -> bool {
    let numbers = text.strip_prefix("ip-").map(|rest| rest.split('-').collect::<Vec<_>>());
    numbers.is_some_and(|numbers| {
        numbers.len() == 4 && numbers.iter().all(|number| number.parse::<u8>().is_ok())
    })
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// `eu-central-1_Ab12Cd34E`, with the region and without the pool.
fn without_pools(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('_') {
        let is_of_a_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let region = before.rsplit(|c| !is_of_a_region(c)).next().unwrap_or_default();
        let number = region.rsplit('-').next().unwrap_or_default();
        let is_region = region.matches('-').count() >= 2
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit());
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        out += before;
        out.push('_');
        rest = after;
        if is_region && end >= 6 {
            out += "Example01";
            rest = after.get(end..).unwrap_or_default();
        }
    }
    out + rest
}

/// An address of IPv4 wherever it stands, as in `host-198.51.100.7`.
fn without_addresses(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let is_of_an_address = |c: char| c.is_ascii_digit() || c == '.';
    while let Some(start) = rest.find(is_of_an_address) {
        let (before, run) = rest.split_at(start);
        let end = run.find(|c| !is_of_an_address(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        out += before;
        let bare = run.trim_matches('.');
        if bare.parse::<Ipv4Addr>().is_ok() {
            out += &run.replace(bare, ADDRESS);
        } else {
            out += run;
        }
        rest = after;
    }
    out + rest
}

/// A key, a token, or an identifier that a service has given: letters and digits without a word in it, such as
/// the `E2QWRUHAPOMQZL` of a distribution, the `Z1D633PJN98FT9` of a hosted zone or the client of a user pool.
fn looks_secret(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_one = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '+');
    let is_upper = !text.chars().any(|c| c.is_ascii_lowercase());
    let has_letters = text.chars().any(|c| c.is_ascii_alphabetic());
    is_one
        && has_letters
        && ((digits >= 3 && text.len() >= 20) || (digits >= 1 && is_upper && text.len() >= 10))
}

/// Each run of exactly twelve digits is an account, and so are three of four with a dash between, as the console
/// shows it.
fn without_accounts(text: &str) -> String {
    let numbers: Vec<&str> = text.split('-').collect();
    let is_four = |number: &&str| number.len() == 4 && number.chars().all(|c| c.is_ascii_digit());
    if numbers.len() == 3 && numbers.iter().all(is_four) {
        return "1111-2222-3333".to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (digits, after) = digits.split_at(end);
        out += before;
        out += if digits.len() == 12 { ACCOUNT } else { digits };
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests;
