//! Each warning as people read it, and what has none.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Baseline;
use crate::baseline::Mode;

pub(super) const DEFAULTS: &str =
    "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n";
const EVERY_ATTRIBUTE: &str = "security_policy, routing, managed_login_version, certificate_arn";

fn now() -> OffsetDateTime {
    OffsetDateTime::parse("2026-11-23T00:00:00Z", &Rfc3339).expect("a time")
}

pub(super) fn lints(text: &str) -> Vec<String> {
    let baseline = Baseline::parse("b.yaml", text).unwrap_or_else(|error| panic!("{error}"));
    baseline.lints(now()).iter().map(ToString::to_string).collect()
}

#[track_caller]
pub(super) fn check(text: &str, expected: &[&str]) {
    assert_eq!(lints(text), expected);
}

/// Checks an exemption as the only one under a floor for all, from line 5 on.
#[track_caller]
pub(super) fn check_exemption(exemption: &str, expected: &[&str]) {
    check(&format!("{DEFAULTS}exemptions:\n  - {{ {exemption} }}\n"), expected);
}

/// Checks that a text has one warning that says so.
#[track_caller]
pub(super) fn warns(text: &str, expected: &str) {
    let lints = lints(text);
    assert!(lints.len() == 1 && lints[0].contains(expected), "{text}\n{lints:#?}");
}

#[test]
fn the_shipped_baseline_audits_the_defaults_alone_and_has_no_warning() {
    let text = include_str!("../../../../../baseline/baseline.yaml");
    let baseline = Baseline::parse("baseline.yaml", text).expect("sound");
    assert_eq!(baseline.mode, Mode::Audit);
    assert!(baseline.entries.is_empty() && baseline.exemptions.is_empty());
    assert_eq!(baseline.lints(now()), []);
}

#[test]
fn the_example_has_no_warning_but_that_its_exemption_ends() {
    let text = include_str!("../../../../../baseline/example.yaml");
    let at = |moment: &str| OffsetDateTime::parse(moment, &Rfc3339).expect("a time");
    let baseline = Baseline::parse("baseline.yaml", text).expect("sound");
    assert_eq!(baseline.lints(at("2026-07-01T00:00:00Z")), []);
    assert_eq!(baseline.overlong_exemptions(at("2026-07-01T00:00:00Z")).count(), 0);
    for problem in baseline.lints(now()).iter().chain(&baseline.lints(at("2027-01-01T00:00:00Z"))) {
        assert!(problem.message.contains("2026-12-31"), "{problem}");
    }
}

#[test]
fn a_floor_and_the_strongest_policy_are_fine() {
    check(
        "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\ndomains:\n  \
         - domain: a.example.com\n    security_policy: TLS_V1_3_2025\n",
        &[],
    );
}

#[test]
fn an_exact_policy_that_can_lower_is_mentioned() {
    check(
        "version: 1\ndefaults:\n  security_policy: TLS_V1_2_2021\n",
        &["3:3: defaults.security_policy: a policy stronger than TLS_V1_2_2021 is put back down \
           to it; write { at_least: TLS_V1_2_2021 } if that is not meant"],
    );
}

#[test]
fn a_floor_that_every_policy_reaches_is_mentioned() {
    check(
        "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1 }\n",
        &[
            "3:3: defaults.security_policy: every policy is at least TLS_V1, so nothing is ever put \
             back; write a stronger floor, such as { at_least: TLS_V1_2_2021 }, or `unmanaged`",
        ],
    );
}

#[test]
fn what_means_nothing_on_a_prefix_domain_is_mentioned() {
    check(
        "version: 1\ndomains:\n  - domain: example-login\n    routing: none\n",
        &["4:5: domains[0].routing: a name without a dot is a prefix domain, on which this means \
           nothing; remove it, or write the custom domain's full name"],
    );
}

#[test]
fn exemptions_that_are_over_that_end_soon_or_that_allow_nothing_are_mentioned() {
    check(
        &format!(
            "{DEFAULTS}exemptions:\n  - {{ domain: a.example.com, attributes: [security_policy], \
             until: 2026-11-01T00:00:00Z, reason: old terminals }}\n  - {{ domain: b.example.com, \
             attributes: [routing], until: 2026-12-01T00:00:00Z, reason: old terminals }}\n"
        ),
        &[
            "5:5: exemptions[0]: it ended on 2026-11-01, and what it allowed is put back; remove \
             it, or move `until` if the reason still holds",
            "6:5: exemptions[1]: it ends on 2026-12-01; prepare for it, or move `until` if the \
             reason will still hold",
            "6:5: exemptions[1].attributes: nothing declares routing for b.example.com, so there \
             is nothing to exempt; remove the attribute, or declare it",
        ],
    );
}

#[test]
fn a_baseline_that_declares_nothing_is_mentioned_once_and_at_its_top() {
    let nothing = "1:1: nothing is declared for any domain, so there is no drift and nothing is put back; \
                   declare an attribute in `defaults` or in an entry of `domains`";
    for text in [
        "version: 1\n",
        "version: 1\nmode: audit\n",
        "version: 1\ndefaults: {}\n",
        "version: 1\ndomains: []\nexemptions: []\n",
        "version: 1\nmax_exemption_days: 90\n",
        "version: 1\ndomains:\n  - { domain: a.example.com, routing: unmanaged }\n",
    ] {
        check(text, &[nothing]);
    }
    // Where something else is why, that is mentioned beside it.
    for text in [
        "version: 1\ndomains:\n  - { domain: \"*\", mode: audit, routing: unmanaged }\n",
        "version: 1\ndomains:\n  - domain: a.example.com\n",
        "version: 1\nexemptions:\n  - { domain: a.example.com, attributes: [routing], until: \
         2027-01-01T00:00:00Z, reason: old terminals }\n",
        "version: 1\ndefaults: { routing: none }\ndomains:\n  - { domain: \"*\", routing: unmanaged }\n",
    ] {
        let lints = lints(text);
        assert!(lints.len() == 2 && lints[0] == nothing, "{text}\n{lints:#?}");
    }
}

#[test]
fn a_catch_all_that_opts_out_of_the_defaults_is_mentioned() {
    check(
        &format!(
            "{DEFAULTS}  routing: none\ndomains:\n  - domain: auth.example.com\n    routing: none\n  \
             - domain: \"*\"\n    security_policy: unmanaged\n"
        ),
        &[
            "8:5: domains[1]: * matches nearly every domain, so the default for security_policy is for \
           hardly any; name the domains that are to be left unmanaged, or remove the default",
        ],
    );
    for pattern in
        ["*", "**", "?*", "*?", "*.*", "*.*.*", "*-*", "*.com", "*com", "*.co.uk", "*.c*", "*m"]
    {
        warns(
            &format!(
                "{DEFAULTS}domains:\n  - {{ domain: auth.example.com, routing: none }}\n  - {{ domain: \
                 \"{pattern}\", security_policy: unmanaged, routing: none }}\n"
            ),
            "so the default for security_policy is for hardly any",
        );
    }
    for pattern in [
        "*.example.com",
        "*.dev.example.com",
        "auth.*",
        "acme-*",
        "*-login",
        "*.example.co.uk",
        "???",
    ] {
        check(
            &format!(
                "{DEFAULTS}domains:\n  - {{ domain: \"{pattern}\", security_policy: unmanaged }}\n"
            ),
            &[],
        );
    }
}

#[test]
fn a_catch_all_that_declares_nothing_is_mentioned_whatever_it_says() {
    for entry in ["routing: unmanaged", "mode: audit", "mode: audit, routing: unmanaged"] {
        warns(
            &format!(
                "version: 1\ndomains:\n  - {{ domain: auth.example.com, routing: none }}\n  - {{ domain: \
                 \"*\", {entry} }}\n"
            ),
            "declares nothing, so what no entry above names is not kept",
        );
    }
}

#[test]
fn a_catch_all_in_audit_mode_is_mentioned_where_the_file_enforces() {
    let text =
        |mode: &str| format!("{DEFAULTS}{mode}domains:\n  - {{ domain: \"*.*\", mode: audit }}\n");
    check(
        &text(""),
        &[
            "5:5: domains[0].mode: *.* matches nearly every domain, so audit mode here puts nothing back \
           but what entries above enforce; if that is meant, write `mode: audit` at the top of the file \
           and `mode: enforce` in the entries to enforce",
        ],
    );
    check(&text("mode: audit\n"), &[]);
}

#[test]
fn audit_mode_is_mentioned_where_it_is_hidden_in_the_entries_and_not_where_the_file_says_it() {
    check("version: 1\nmode: audit\ndefaults: { routing: none }\n", &[]);
    let entries = "domains:\n  - { domain: a.example.com, mode: audit, routing: none }\n  - { domain: \
                   b.example.com, mode: audit, routing: none }\n";
    check(&format!("version: 1\nmode: audit\n{entries}"), &[]);
    warns(&format!("version: 1\n{entries}"), "so nothing is put back");
    check(&format!("{DEFAULTS}{entries}"), &[]);
}

#[test]
fn an_entry_without_a_declaration_is_mentioned_unless_it_says_that_it_is_meant() {
    let text = |entry: &str| {
        format!(
            "version: 1\ndomains:\n  - {{ domain: a.example.com, routing: none }}\n  - {{ domain: \
             b.example.com{entry} }}\n"
        )
    };
    warns(&text(""), "nothing is declared for b.example.com");
    warns(&text(", mode: enforce"), "nothing is declared for b.example.com");
    check(&text(", security_policy: unmanaged"), &[]);
    check(&format!("{DEFAULTS}domains:\n  - domain: b.example.com\n"), &[]);
}

#[test]
fn an_exemption_for_nearly_every_domain_is_mentioned() {
    check_exemption(
        "domain: \"*\", attributes: [routing], until: 2027-01-01T00:00:00Z, reason: old terminals",
        &["5:5: exemptions[0].domain: * matches nearly every domain, so routing may drift almost \
           everywhere until 2027-01-01; name the domains that have a reason to drift"],
    );
    let text = |pattern: &str| {
        format!(
            "{DEFAULTS}exemptions:\n  - {{ domain: \"{pattern}\", attributes: [routing], until: \
             2027-01-01T00:00:00Z, reason: old terminals }}\n"
        )
    };
    for pattern in ["**", "*.*", "*.com", "?*"] {
        warns(&text(pattern), "matches nearly every domain");
    }
    check(&text("*.example.com"), &[]);
}

#[test]
fn an_exemption_of_every_attribute_is_mentioned_however_it_is_split() {
    let defaults = "version: 1\ndefaults:\n  routing: none\n  security_policy: { at_least: TLS_V1_2_2021 }\n  \
                    managed_login_version: 2\n  certificate_arn: \
                    arn:aws:acm:us-east-1:111122223333:certificate/1b2c\nexemptions:\n";
    let exemption = |attributes: &str| {
        format!(
            "  - {{ domain: a.example.com, attributes: [{attributes}], until: 2027-01-01T00:00:00Z, \
             reason: old terminals }}\n"
        )
    };
    check(
        &format!("{defaults}{}", exemption(EVERY_ATTRIBUTE)),
        &[
            "8:5: exemptions[0].attributes: every attribute of a.example.com may drift; exempt only what \
           has a reason to drift",
        ],
    );
    let (first, second) = EVERY_ATTRIBUTE.split_at(EVERY_ATTRIBUTE.find(", m").expect("the third"));
    let split = [exemption(first), exemption(second.trim_start_matches(", "))].concat();
    warns(&format!("{defaults}{split}"), "exemptions[1].attributes: every attribute");
    check(&format!("{defaults}{}", exemption(first)), &[]);
}

#[test]
fn exemptions_of_all_that_is_declared_are_mentioned() {
    let exemption = |domain: &str| {
        format!(
            "  - {{ domain: {domain}, attributes: [routing], until: 2027-01-01T00:00:00Z, reason: old \
             terminals }}\n"
        )
    };
    let text = |exemptions: &str| {
        format!(
            "version: 1\ndomains:\n  - {{ domain: a.example.com, routing: none }}\n  - {{ domain: \
             \"*.dev.example.com\", routing: none }}\nexemptions:\n{exemptions}"
        )
    };
    let all = "1:1: exemptions allow every declared attribute of every domain to drift";
    warns(&text(&exemption("\"*.example.com\"")), all);
    let each = [exemption("a.example.com"), exemption("\"*.dev.example.com\"")].concat();
    warns(&text(&each), all);
    check(&text(&exemption("a.example.com")), &[]);
    // Those that are over allow nothing.
    let over = each.replace("2027-01-01", "2026-01-01");
    assert!(lints(&text(&over)).iter().all(|lint| lint.contains("it ended on")));
}

#[test]
fn an_end_more_than_a_year_ahead_is_mentioned_as_long_as_it_is_allowed() {
    let text = |days: &str, until: &str| {
        format!(
            "{DEFAULTS}{days}exemptions:\n  - {{ domain: a.example.com, attributes: [security_policy], \
             until: {until}, reason: old terminals }}\n"
        )
    };
    check(&text("", "2027-11-23T00:00:00Z"), &[]);
    check(
        &text("", "2027-11-24T00:00:00Z"),
        &[
            "5:61: exemptions[0].until: 2027-11-24 is more than a year ahead: 366 days; write an earlier \
           end, and move it when the time comes if the reason still holds",
        ],
    );
    warns(&text("max_exemption_days: 3650\n", "2036-11-01T00:00:00Z"), "more than a year ahead");
    // That is an error, and not mentioned twice.
    check(&text("", "2199-12-31T00:00:00Z"), &[]);
}

#[test]
fn an_exemption_beyond_the_limit_is_reported_with_the_latest_end() {
    let overlong = |days: &str, until: &str| -> Vec<String> {
        let text = format!(
            "version: 1\n{days}exemptions:\n  - domain: a.example.com\n    attributes: [routing]\n    \
             until: {until}\n    reason: old terminals\n"
        );
        let baseline = Baseline::parse("b.yaml", &text).unwrap_or_else(|error| panic!("{error}"));
        baseline.overlong_exemptions(now()).map(|(_, problem)| problem.to_string()).collect()
    };
    assert_eq!(
        overlong("", "2027-12-28T00:00:01Z"),
        ["5:5: exemptions[0].until: 2027-12-28 is 400 days ahead, and an exemption may last 400 \
             (max_exemption_days); write an end until 2027-12-28, and move it when the time comes"]
    );
    // 400 days to the second.
    assert_eq!(overlong("", "2027-12-28T00:00:00Z"), [] as [&str; 0]);
    assert_eq!(overlong("max_exemption_days: 401\n", "2027-12-28T00:00:01Z"), [] as [&str; 0]);
    assert_eq!(overlong("max_exemption_days: 30\n", "2026-12-24T00:00:00Z").len(), 1);
    assert_eq!(overlong("max_exemption_days: 3650\n", "2199-12-31T23:59:59-05:00").len(), 1);
    assert_eq!(overlong("", "2020-01-01T00:00:00Z"), [] as [&str; 0]);
}

#[test]
fn a_text_that_is_a_placeholder_is_mentioned_where_it_stands() {
    let text = |reason: &str, more: &str| {
        format!(
            "{DEFAULTS}exemptions:\n  - domain: pos.example.com\n    attributes: [security_policy]\n    \
             until: 2027-01-01T00:00:00Z\n    reason: {reason}\n{more}"
        )
    };
    check(
        &text("fill in", "    owner: tbd\n    ticket: \"...\"\n"),
        &[
            "8:5: exemptions[0].reason: \"fill in\" is a placeholder; write why the drift is allowed, for \
             whoever reads the notices",
            "9:5: exemptions[0].owner: \"tbd\" is a placeholder; write who can be asked about it, or remove \
             the key",
            "10:5: exemptions[0].ticket: \"...\" is a placeholder; write its number or link, or remove the \
             key",
        ],
    );
    check(&text("old terminals", "    owner: payments@example.com\n    ticket: OPS-7\n"), &[]);
}
