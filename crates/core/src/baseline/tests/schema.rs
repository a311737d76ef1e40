//! `docs/schema/baseline.json` says what the parser takes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{DEFAULT_EXEMPTION_DAYS, MOST_EXEMPTION_DAYS, Mode};
use super::{parsed, refused};
use crate::domain::{Attribute, SecurityPolicy};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../../docs/schema/baseline.json"))
        .expect("a schema")
}

/// The keys that the parser names when it meets one that there is not.
fn keys_of_the_parser(text: &str) -> BTreeSet<String> {
    let error = refused(text);
    let fix = &error.problems.iter().find(|problem| problem.path.ends_with("qqq")).expect("it").fix;
    let names = fix.strip_prefix("use one of ").expect("a list");
    names.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_schema_has_the_keys_that_the_parser_takes_in_every_section() {
    let schema = schema();
    for (section, text) in [
        ("/properties", "version: 1\nqqq: x\n"),
        ("/properties/defaults/properties", "version: 1\ndefaults: { qqq: x }\n"),
        (
            "/properties/domains/items/properties",
            "version: 1\ndomains: [{ domain: a.x, qqq: x }]\n",
        ),
        ("/properties/exemptions/items/properties", "version: 1\nexemptions: [{ qqq: x }]\n"),
        (
            "/properties/accounts/additionalProperties/anyOf/1/properties",
            "version: 1\naccounts: { a: { qqq: x } }\n",
        ),
        (
            "/$defs/routing/anyOf/1/properties/failover/properties",
            "version: 1\ndefaults: { routing: { failover: { qqq: x } } }\n",
        ),
    ] {
        let of_the_schema: BTreeSet<String> = schema
            .pointer(section)
            .and_then(Value::as_object)
            .expect("it")
            .keys()
            .cloned()
            .collect();
        assert_eq!(of_the_schema, keys_of_the_parser(text), "{section}");
    }
}

#[test]
fn the_schema_has_the_bounds_and_the_default_of_the_longest_exemption() {
    let schema = schema();
    let of =
        |name: &str| schema.pointer(&format!("/properties/max_exemption_days/{name}")).cloned();
    assert_eq!(of("type"), Some("integer".into()));
    assert_eq!(of("default"), Some(DEFAULT_EXEMPTION_DAYS.into()));
    assert_eq!(of("maximum"), Some(MOST_EXEMPTION_DAYS.into()));
    for (name, beyond) in [("minimum", -1), ("maximum", 1)] {
        let bound = of(name).and_then(|bound| bound.as_i64()).expect("a bound");
        parsed(&format!("version: 1\nmax_exemption_days: {bound}\n"));
        refused(&format!("version: 1\nmax_exemption_days: {}\n", bound + beyond));
    }
}

#[test]
fn the_schema_has_the_words_that_the_parser_takes() {
    let schema = schema();
    let listed = |at: &str| schema.pointer(at).cloned().expect("a list");
    assert_eq!(listed("/$defs/mode/enum"), serde_json::json!(Mode::WORDS));
    assert_eq!(listed("/$defs/policy/enum"), serde_json::json!(SecurityPolicy::WORDS));
    let exempt = "/properties/exemptions/items/properties/attributes/items/enum";
    assert_eq!(listed(exempt), serde_json::json!(Attribute::WORDS));
    let versions = listed("/$defs/managedLoginVersion/enum");
    for version in 0..5 {
        let text = format!("version: 1\ndefaults: {{ managed_login_version: {version} }}\n");
        if versions.as_array().expect("a list").contains(&version.into()) {
            parsed(&text);
        } else {
            refused(&text);
        }
    }
    for (at, key) in
        [("/$defs/unmanaged/const", "security_policy"), ("/$defs/routing/anyOf/0/const", "routing")]
    {
        let word = listed(at);
        let word = word.as_str().expect("a word");
        parsed(&format!("version: 1\ndomains: [{{ domain: a.x, {key}: {word} }}]\n"));
    }
}

#[test]
fn the_schema_requires_what_the_parser_requires() {
    let schema = schema();
    let failover = "secondary_region: us-west-2, primary_route53_health_check_id: 0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8";
    let account = "id: \"111122223333\", owner: who, mode: audit";
    let exemption = "domain: a.x, regions: [us-east-1], accounts: [\"111122223333\"], attributes: [routing], until: 2026-12-31T00:00:00Z, reason: old terminals, owner: who, ticket: T-1";
    for (at, (before, object, after)) in [
        (
            "",
            (
                "",
                "version: 1, mode: audit, max_exemption_days: 30, accounts: { a: \"111122223333\" }, defaults: { routing: none }",
                "",
            ),
        ),
        (
            "/properties/domains/items",
            (
                "version: 1, domains: [{ ",
                "domain: a.x, regions: [us-east-1], accounts: [\"111122223333\"], mode: audit, routing: none",
                " }]",
            ),
        ),
        (
            "/properties/accounts/additionalProperties/anyOf/1",
            ("version: 1, accounts: { a: { ", account, " } }"),
        ),
        ("/properties/exemptions/items", ("version: 1, exemptions: [{ ", exemption, " }]")),
        (
            "/$defs/routing/anyOf/1/properties/failover",
            ("version: 1, defaults: { routing: { failover: { ", failover, " } } }"),
        ),
    ] {
        let required =
            schema.pointer(&format!("{at}/required")).and_then(Value::as_array).expect("a list");
        let members: Vec<&str> = object.split(", ").collect();
        let file = |object: &str| format!("{{ {before}{object}{after} }}\n");
        parsed(&file(object));
        for member in &members {
            let key = member.split(':').next().unwrap_or_default();
            let others: Vec<&str> =
                members.iter().copied().filter(|other| other != member).collect();
            let text = file(&others.join(", "));
            if required.contains(&key.into()) {
                refused(&text);
            } else {
                parsed(&text);
            }
        }
    }
}
