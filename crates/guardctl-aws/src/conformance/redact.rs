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

    /// Free text.
    pub fn text(&self, text: &str) -> String {
        let known = self.known.iter().fold(text.to_owned(), |text, (identifier, instead)| {
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
        if HARMLESS.contains(&lower.as_str())
            || ["errorMessage", "userAgent"].contains(&lower.as_str())
        {
            return self.text(text);
        }
        match lower.as_str() {
            "accountId" | "recipientAccountId" => ACCOUNT.to_owned(),
            "accessKeyId" => "ASIAEXAMPLEKEYID0001".to_owned(),
            "principalId" => "AROAEXAMPLEROLEID0001:example".to_owned(),
            "arn" => format!("arn:aws:iam::{ACCOUNT}:example"),
            "userName" => "example".to_owned(),
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
        return format!("{}arn:aws:{service}::{ACCOUNT}:redacted", token_without(before));
    }
    if let Some((name, host)) = token.split_once('@')
        && !name.is_empty()
        && host.contains('.')
    {
        return "user@example.com".to_owned();
    }
    token.split_inclusive([',', '=']).map(piece_without).collect()
}

/// A piece between commas and equals signs.
fn piece_without(piece: &str) -> String {
    let bare = piece.trim_end_matches([':', ',', '=', '.']);
    if bare.parse::<Ipv6Addr>().is_ok() {
        return piece.replace(bare, "2001:db8::1");
    }
    piece.split_inclusive([':', '/', ',', '=', '*']).map(part_without).collect()
}

/// A part between colons, slashes, commas and equals signs.
fn part_without(part: &str) -> String {
    let bare = part.trim_end_matches([':', '/', ',', '=', '*', '.']);
    let end = part.get(bare.len()..).unwrap_or_default();
    let instead = if bare.parse::<Ipv4Addr>().is_ok() {
        ADDRESS.to_owned()
    } else if is_uuid(bare) {
        UUID.to_owned()
    } else if IAM.iter().any(|start| bare.starts_with(start)) && bare.len() >= 16 {
        format!("{}EXAMPLE", bare.get(..4).unwrap_or_default())
    } else if bare.to_ascii_lowercase().ends_with(".cloudfront.net") {
        "d111111abcdef8.cloudfront.net".to_owned()
    } else if let Some(region) = region_of_a_pool(bare) {
        format!("{region}_Example01")
    } else if looks_secret(bare) {
        "redacted".to_owned()
    } else {
        without_accounts(bare)
    };
    instead + end
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// `eu-central-1_Ab12Cd34E`
fn region_of_a_pool(text: &str) -> Option<&str> {
    let (region, id) = text.split_once('_')?;
    let number = region.rsplit('-').next()?;
    let is_region = region.matches('-').count() >= 2
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit());
    let is_id = id.len() >= 6 && id.chars().all(|c| c.is_ascii_alphanumeric());
    (is_region && is_id).then_some(region)
}

/// A key or a token: long, without a word in it, of letters and digits.
fn looks_secret(text: &str) -> bool {
    text.len() >= 32
        && !text.contains('.')
        && !text.contains('-')
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().any(|c| c.is_ascii_alphabetic())
}

/// Each run of exactly twelve digits is an account.
fn without_accounts(text: &str) -> String {
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
