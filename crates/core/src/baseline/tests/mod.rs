//! The rules of the baseline, each as the name of a test, and each error as people will read it.

use expect_test::{Expect, expect};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Attribute, Baseline, BaselineError, Declared, Governing, Mode};
use crate::place::Place;

mod entries;
mod exemptions;
mod file;
mod hostile;
mod meaning;
mod overrides;
mod places;
mod properties;
mod schema;
mod values;

const EXAMPLE: &str = include_str!("../../../../../baseline/example.yaml");

fn at(moment: &str) -> OffsetDateTime {
    OffsetDateTime::parse(moment, &Rfc3339).expect("a moment of a test")
}

/// A place: an account and a region.
fn place(account: &str, region: &str) -> Place {
    Place { partition: "aws".to_owned(), account: account.to_owned(), region: region.to_owned() }
}

/// A place that no file of the tests names.
fn somewhere() -> Place {
    place("999988887777", "ca-west-1")
}

fn parsed(text: &str) -> Baseline {
    Baseline::parse("baseline.yaml", text).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str) -> BaselineError {
    Baseline::parse("baseline.yaml", text).expect_err("a baseline that is refused")
}

/// Checks the whole error of a file, one line for each problem.
fn check_refused(text: &str, expected: &Expect) {
    expected.assert_eq(&refused(text).to_string());
}

/// Checks the whole error of a file with `entry` as the only item of `domains`, from line 3 on.
fn check_entry_refused(entry: &str, expected: &Expect) {
    check_refused(
        &format!("version: 1\ndomains:\n  - {}\n", entry.replace('\n', "\n    ")),
        expected,
    );
}

/// Checks the whole error of a file with `exemption` as its only one, from line 3 on.
fn check_exemption_refused(exemption: &str, expected: &Expect) {
    check_refused(
        &format!("version: 1\nexemptions:\n  - {}\n", exemption.replace('\n', "\n    ")),
        expected,
    );
}

/// What a baseline says about a domain, in the words and with the lines of the file.
fn said(governing: &Governing<'_>) -> String {
    fn line<T: std::fmt::Display>(key: &str, declared: Option<&Declared<T>>) -> Option<String> {
        declared.map(|declared| format!("{key} {} at {}", declared.written(), declared.position))
    }
    let Governing { mode, entry, security_policy, routing, managed_login_version, certificate_arn } =
        governing;
    [
        Some(mode.to_string()),
        entry.map(|entry| format!("by {} at {}", entry.pattern, entry.position)),
        line("security_policy", *security_policy),
        line("routing", *routing),
        line("managed_login_version", *managed_login_version),
        line("certificate_arn", *certificate_arn),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("\n")
}

fn check_said(text: &str, domain: &str, expected: &Expect) {
    expected.assert_eq(&said(&parsed(text).governing(domain, &somewhere())));
}
