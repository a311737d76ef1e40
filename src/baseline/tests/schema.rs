//! `docs/schema/baseline.json` says what the parser takes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{DEFAULT_EXEMPTION_DAYS, MOST_EXEMPTION_DAYS};
use super::{parsed, refused};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/schema/baseline.json")).expect("a schema")
}

/// The keys that the parser names when it meets one that there is not.
fn keys_of_the_parser(text: &str) -> BTreeSet<String> {
    let error = refused(text);
    let mend =
        &error.problems.iter().find(|problem| problem.path.ends_with("qqq")).expect("it").mend;
    let names = mend.strip_prefix("use one of ").expect("a list");
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
