//! The text of an override: what it may say, and each mistake as people will read it.

use super::*;
use crate::baseline::{Effect, OverrideText};

const ALLOW: &str = "domain: pos.example.com
attributes: [security_policy]
until: 2026-11-23T16:00:00Z
reason: terminals locked out
by: jane.doe@example.com
ticket: INC-4711
";

fn baseline() -> Baseline {
    parsed("version: 1\naccounts: { production: \"111122223333\" }\n")
}

fn read(text: &str) -> OverrideText {
    baseline().read_override("an-id", text).unwrap_or_else(|found| panic!("{}", found.error))
}

/// Checks all that is wrong with a text, and which domains it may be meant for.
fn check(text: &str, meant: Option<&str>, expected: &Expect) {
    let found = baseline().read_override("an-id", text).unwrap_err();
    expected.assert_eq(&found.error.to_string());
    assert_eq!(found.pattern.as_ref().map(ToString::to_string).as_deref(), meant, "{text}");
}

#[test]
fn an_override_reads_like_an_exemption() {
    let text = read(ALLOW);
    assert_eq!(text.effect, Effect::Allow(vec![Attribute::SecurityPolicy]));
    assert_eq!(text.pattern.as_str(), "pos.example.com");
    assert_eq!(text.until, at("2026-11-23T16:00:00Z"));
    assert_eq!(text.reason, "terminals locked out");
    assert_eq!(text.by, "jane.doe@example.com");
    assert_eq!(text.ticket.as_deref(), Some("INC-4711"));
    assert!(text.scope.is_everywhere());
}

#[test]
fn a_pause_names_domains_and_no_attributes() {
    let text = read("pause: '*'\nuntil: 2026-11-23T16:00:00Z\nreason: r\nby: me\n");
    assert_eq!(text.effect, Effect::Pause);
    assert!(text.pattern.matches("any.example.com"));
}

#[test]
fn it_may_be_json_and_may_have_regions_and_accounts() {
    let text = read(
        r#"{"pause": "*", "regions": ["eu-central-1"], "accounts": ["production"],
            "until": "2026-11-23T16:00:00Z", "reason": "r", "by": "me"}"#,
    );
    assert!(text.scope.has(&place("111122223333", "eu-central-1")));
    assert!(!text.scope.has(&place("111122223333", "eu-west-1")));
    assert!(!text.scope.has(&place("444455556666", "eu-central-1")));
}

#[test]
fn an_end_a_reason_and_a_name_are_required() {
    check(
        "domain: pos.example.com\n",
        Some("pos.example.com"),
        &expect![[r#"
            an-id:1:1: attributes: this key is missing; write a list of security_policy, routing, managed_login_version and certificate_arn
            an-id:1:1: until: this key is missing; an override has an end: write `until: 2026-12-31T00:00:00Z`
            an-id:1:1: reason: this key is missing; write `reason:` and why, for whoever reads the notices
            an-id:1:1: by: this key is missing; write `by:` and who you are, for whoever reads the notices"#]],
    );
    check(
        "until: 2026-11-23T16:00:00Z\nreason: r\nby: me\n",
        None,
        &expect![[r#"
            an-id:1:1: attributes: this key is missing; write a list of security_policy, routing, managed_login_version and certificate_arn
            an-id:1:1: domain: this key is missing; write `domain: NAME` and what of it may drift, or `pause: NAME` to stop all writing"#]],
    );
}

#[test]
fn a_mistake_is_said_in_the_baselines_words() {
    check(
        &ALLOW.replace("security_policy", "tls"),
        Some("pos.example.com"),
        &expect![[
            r#"an-id:2:14: attributes[0]: "tls" is not an attribute; write one of security_policy, routing, managed_login_version, certificate_arn"#
        ]],
    );
    check(
        &ALLOW.replace("2026-11-23T16:00:00Z", "8h"),
        Some("pos.example.com"),
        &expect![[
            r#"an-id:3:8: until: "8h" is not a moment in time; write a date, a time and an offset, such as 2026-12-31T00:00:00Z"#
        ]],
    );
    check(
        &ALLOW.replace("ticket", "tickett"),
        Some("pos.example.com"),
        &expect![
            "an-id:6:1: tickett: there is no such key here; did you mean ticket? (one of domain, pause, regions, accounts, attributes, until, reason, by, owner, ticket)"
        ],
    );
    check(
        &format!("{ALLOW}accounts: [prod]\n"),
        Some("pos.example.com"),
        &expect![[
            r#"an-id:7:12: accounts[0]: no account is named "prod"; write its 12 digits in quotes, or add the name to `accounts` at the top of the file"#
        ]],
    );
}

#[test]
fn a_pause_and_an_exemption_exclude_each_other() {
    let rest = "until: 2026-11-23T16:00:00Z\nreason: r\nby: me\n";
    check(
        &format!("domain: a.example.com\npause: b.example.com\n{rest}"),
        None,
        &expect![
            "an-id:2:8: pause: `domain` and `pause` exclude each other; keep `domain` to let attributes drift, or `pause` to stop all writing"
        ],
    );
    check(
        &format!("pause: a.example.com\nattributes: [routing]\n{rest}"),
        Some("a.example.com"),
        &expect![
            "an-id:2:13: attributes: a pause stops the writing of every attribute; remove the key, or write `domain` in place of `pause` to let these drift"
        ],
    );
    check(
        &format!("pause: all\n{rest}"),
        None,
        &expect![[
            r#"an-id:1:8: pause: all is not the name of a domain; write the name of a domain or a pattern, such as auth.example.com, or "*" for every domain"#
        ]],
    );
}

#[test]
fn what_is_no_mapping_names_no_domain() {
    for (text, expected) in [
        (
            "",
            expect![
                "an-id:1:1: the text says nothing; write `domain: NAME` and what of it may drift, or `pause: NAME` to stop all writing"
            ],
        ),
        (
            "hunter2",
            expect![[
                r#"an-id:1:1: "hunter2" is text; write `domain: NAME` and what of it may drift, or `pause: NAME` to stop all writing"#
            ]],
        ),
        (
            "- domain: a.example.com\n",
            expect![
                "an-id:1:1: a list does not belong here; write `domain: NAME` and what of it may drift, or `pause: NAME` to stop all writing"
            ],
        ),
        (
            "domain: *.example.com\n",
            expect![[
                r#"an-id:1:9: domain: *.example.com without quotes is a YAML alias, not a pattern; put the pattern in quotes: "*.example.com""#
            ]],
        ),
    ] {
        check(text, None, &expected);
    }
}

#[test]
fn the_schema_has_the_keys_that_the_parser_takes_and_what_it_requires() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../docs/schema/override.json")).unwrap();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let found = baseline().read_override("an-id", "qqq: x\n").unwrap_err();
    let problems = &found.error.problems;
    let fix = &problems.iter().find(|one| one.path.ends_with("qqq")).unwrap().fix;
    let mut taken: Vec<_> = fix.strip_prefix("use one of ").unwrap().split(", ").collect();
    taken.sort_unstable();
    assert_eq!(keys, taken);
    let mut named: Vec<String> = Vec::new();
    for pattern in ["domain: a.example.com\nattributes: [routing]\n", "pause: '*'\n"] {
        let found = baseline().read_override("an-id", pattern).unwrap_err();
        named = found.error.problems.iter().map(|one| one.path.clone()).collect();
        assert_eq!(serde_json::json!(named), schema["required"], "{pattern}");
    }
    assert_eq!(named.len(), 3);
    let words = &schema["properties"]["attributes"]["items"]["enum"];
    assert_eq!(*words, serde_json::json!(Attribute::WORDS));
}
