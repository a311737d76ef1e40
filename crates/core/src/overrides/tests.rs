//! What an override is worth, and until when.

use expect_test::{Expect, expect};

use super::*;

const PATH: &str = "/cognito-domain-guard/guard/overrides";
const DOMAIN: &str = "pos.example.com";

/// When each was made.
fn made() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_420_800).unwrap()
}

fn home() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

fn parameter(id: &str, text: &str) -> Parameter {
    Parameter {
        name: format!("{PATH}/{id}"),
        kind: ParameterKind::String,
        value: text.to_owned(),
        modified_at: made(),
    }
}

/// Ends so many hours after it was made.
fn allow(id: &str, domain: &str, hours: i64) -> Parameter {
    let until = rfc3339(made() + Duration::hours(hours));
    let text = format!(
        "domain: '{domain}'\nattributes: [security_policy]\nuntil: {until}\nreason: r\nby: me\n"
    );
    parameter(id, &text)
}

fn pause(id: &str, domain: &str, hours: i64) -> Parameter {
    let until = rfc3339(made() + Duration::hours(hours));
    parameter(id, &format!("pause: '{domain}'\nuntil: {until}\nreason: r\nby: me\n"))
}

fn read(parameters: impl IntoIterator<Item = Parameter>) -> Overrides {
    let baseline = Baseline::parse("baseline.yaml", "version: 1\n").unwrap();
    Overrides::read(PATH, parameters, &baseline, DEFAULT_LONGEST)
}

fn hours(after: i64) -> OffsetDateTime {
    made() + Duration::hours(after)
}

/// What each says about the domain so many hours after it was made: allowed by, paused by, held by.
fn said(overrides: &Overrides, domain: &str, after: i64) -> [Option<String>; 3] {
    let now = hours(after);
    let place = home();
    let id = |one: &Override| one.id.clone();
    [
        overrides.allowing(domain, Attribute::SecurityPolicy, &place, now).map(|(one, _)| id(one)),
        overrides.pausing(domain, &place, now).map(|(one, _)| id(one)),
        overrides.holding(domain, &place, now).map(|(one, _)| id(one)),
    ]
}

fn check(parameter: Parameter, domain: &str, after: i64, expected: [bool; 3]) {
    let overrides = read([parameter]);
    let found = said(&overrides, domain, after).map(|id| id.is_some());
    assert_eq!(found, expected, "[allows, pauses, holds] {domain} after {after} h: {overrides:?}");
}

#[test]
fn without_overrides_nothing_is_allowed_or_stopped() {
    assert_eq!(said(&Overrides::NONE, DOMAIN, 0), [None, None, None]);
}

#[test]
fn an_override_counts_until_its_end_and_not_at_it() {
    check(allow("a", DOMAIN, 8), DOMAIN, 0, [true, false, false]);
    check(allow("a", DOMAIN, 8), DOMAIN, 7, [true, false, false]);
    check(allow("a", DOMAIN, 8), DOMAIN, 8, [false, false, false]);
    check(pause("p", DOMAIN, 2), DOMAIN, 1, [false, true, false]);
    check(pause("p", DOMAIN, 2), DOMAIN, 2, [false, false, false]);
}

#[test]
fn an_override_changes_nothing_for_another_domain_attribute_or_place() {
    let overrides = read([allow("a", DOMAIN, 8), pause("p", DOMAIN, 8)]);
    assert_eq!(said(&overrides, "auth.example.com", 1), [None, None, None]);
    let other = overrides.allowing(DOMAIN, Attribute::Routing, &home(), hours(1));
    assert_eq!(other, None);
    let scoped = parameter(
        "a",
        "{pause: '*', regions: [eu-west-1], until: 2026-11-24T00:00:00Z, reason: r, by: me}",
    );
    check(scoped, DOMAIN, 0, [false, false, false]);
}

#[test]
fn one_that_cannot_be_read_stops_writing_for_an_hour_and_allows_nothing() {
    let broken = || parameter("b", "domain: pos.example.com\nattributes: [tls]\n");
    check(broken(), DOMAIN, 0, [false, false, true]);
    check(broken(), "auth.example.com", 0, [false, false, false]);
    check(broken(), DOMAIN, 1, [false, false, false]);
    // Where not even the domain can be read it may be meant for any.
    for text in ["", "hunter2", "domain: [", "pause: all", "dmain: pos.example.com"] {
        check(parameter("b", text), "auth.example.com", 0, [false, false, true]);
        check(parameter("b", text), "auth.example.com", 1, [false, false, false]);
    }
}

#[test]
fn none_ends_later_than_the_longest_after_its_making() {
    check(allow("a", DOMAIN, 72), DOMAIN, 71, [true, false, false]);
    // It is no override at all then, not one that ends earlier.
    check(allow("a", DOMAIN, 73), DOMAIN, 0, [false, false, true]);
    check(allow("a", DOMAIN, 73), DOMAIN, 1, [false, false, false]);
    check(allow("a", DOMAIN, 100_000), "auth.example.com", 0, [false, false, false]);
    // The clock of whoever wrote the end was ahead: the end is AWS's word.
    let ahead = Parameter { modified_at: made() - Duration::minutes(4), ..pause("p", "*", 72) };
    let overrides = read([ahead]);
    let last = hours(72) - Duration::minutes(4);
    assert!(overrides.pausing(DOMAIN, &home(), last - Duration::SECOND).is_some());
    assert!(overrides.pausing(DOMAIN, &home(), last).is_none());
}

#[test]
fn one_that_was_over_when_it_was_made_never_counts() {
    check(allow("a", DOMAIN, -1), DOMAIN, 0, [false, false, false]);
}

#[test]
fn a_parameter_of_another_type_is_not_read() {
    let secret = Parameter {
        kind: ParameterKind::Other("SecureString".to_owned()),
        ..allow("s", DOMAIN, 8)
    };
    check(secret.clone(), "auth.example.com", 0, [false, false, true]);
    check(secret, "auth.example.com", 1, [false, false, false]);
}

#[test]
fn of_several_the_one_that_ends_last_is_named_and_a_bad_one_spoils_only_itself() {
    let overrides = read([
        allow("a", DOMAIN, 2),
        allow("b", "*.example.com", 8),
        pause("c", DOMAIN, 1),
        parameter("d", "domain: pos.example.com\n"),
    ]);
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(said(&overrides, DOMAIN, 0), [some("b"), some("c"), some("d")]);
    assert_eq!(said(&overrides, DOMAIN, 3), [some("b"), None, None]);
    assert_eq!(said(&overrides, "auth.example.com", 0), [some("b"), None, None]);
}

#[test]
fn what_is_wrong_names_the_override_and_the_fix() {
    let check = |parameter: Parameter, expected: Expect| {
        let overrides = read([parameter]);
        let (_, unsound) = overrides.holding(DOMAIN, &home(), made()).unwrap();
        expected.assert_eq(&unsound.problem);
    };
    check(
        parameter(
            "a/b",
            "domain: pos.example.com\nattributes: [tls]\nuntil: 2026-11-24T00:00:00Z\nreason: r\nby: me",
        ),
        expect![[
            r#"a/b:2:14: attributes[0]: "tls" is not an attribute; write one of security_policy, routing, managed_login_version, certificate_arn"#
        ]],
    );
    check(
        allow("a", DOMAIN, 100),
        expect![
            "a:3:1: until: 2026-11-27T12:00:00Z is more than 72 hours after the override was made (OverrideMaxHours); end it by 2026-11-26T08:00:00Z, and declare in the baseline what should last longer"
        ],
    );
    check(
        Parameter {
            kind: ParameterKind::Other("SecureString".to_owned()),
            ..parameter("s", "AQICAHh")
        },
        expect![
            "s: the parameter is a SecureString; make it a String, so that everybody can read it"
        ],
    );
}
