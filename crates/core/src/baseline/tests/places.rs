//! Entries and exemptions for some regions and accounts, and accounts as a whole.

use super::*;

const SEVERAL_PLACES: &str = "version: 1
accounts:
  production: \"111122223333\"
  Acme Sandbox: { id: \"012345678901\", owner: platform@example.com, mode: audit }
defaults:
  managed_login_version: 1
domains:
  - domain: auth.example.com
    regions: [eu-central-1]
    security_policy: TLS_V1_3_2025
  - domain: auth.example.com
    regions: [us-east-1, us-west-2]
    accounts: [production, \"444455556666\"]
    security_policy: TLS_V1_2_2021
  - domain: '*'
    accounts: [Acme Sandbox]
    managed_login_version: unmanaged
    security_policy: { at_least: TLS_V1_2_2021 }
exemptions:
  - domain: pos.example.com
    accounts: [production]
    regions: [eu-central-1]
    attributes: [managed_login_version]
    until: 2026-12-31T00:00:00Z
    reason: old terminals
";

fn check_said_in(text: &str, domain: &str, place: &Place, expected: &Expect) {
    expected.assert_eq(&said(&parsed(text).governing(domain, place)));
}

#[test]
fn without_a_list_an_entry_applies_everywhere() {
    let text = "version: 1\ndomains: [{ domain: a.x, mode: audit }]\n";
    for place in [somewhere(), place("111122223333", "cn-north-1")] {
        assert_eq!(parsed(text).governing("a.x", &place).mode, Mode::Audit);
    }
}

#[test]
fn an_entry_applies_only_in_the_regions_and_accounts_that_it_lists() {
    let check = |account, region, expected: Expect| {
        check_said_in(SEVERAL_PLACES, "auth.example.com", &place(account, region), &expected);
    };
    check(
        "111122223333",
        "eu-central-1",
        expect![[r#"
            enforce
            by auth.example.com at 8:5
            security_policy TLS_V1_3_2025 at 10:5
            managed_login_version 1 at 6:3"#]],
    );
    check(
        "111122223333",
        "us-west-2",
        expect![[r#"
            enforce
            by auth.example.com at 11:5
            security_policy TLS_V1_2_2021 at 14:5
            managed_login_version 1 at 6:3"#]],
    );
    check(
        "444455556666",
        "us-east-1",
        expect![[r#"
            enforce
            by auth.example.com at 11:5
            security_policy TLS_V1_2_2021 at 14:5
            managed_login_version 1 at 6:3"#]],
    );
    check(
        "444455556666",
        "ap-south-1",
        expect![[r#"
            enforce
            managed_login_version 1 at 6:3"#]],
    );
    check(
        "012345678901",
        "ap-south-1",
        expect![[r#"
            audit
            by * at 15:5
            security_policy at_least: TLS_V1_2_2021 at 18:5"#]],
    );
}

#[test]
fn an_exemption_covers_drift_only_where_it_applies() {
    let baseline = parsed(SEVERAL_PLACES);
    let covers = |account, region| {
        let now = at("2026-08-01T00:00:00Z");
        let login = Attribute::ManagedLoginVersion;
        baseline.exemption("pos.example.com", login, &place(account, region), now).is_some()
    };
    assert!(covers("111122223333", "eu-central-1"));
    assert!(!covers("111122223333", "us-east-1"));
    assert!(!covers("444455556666", "eu-central-1"));
}

#[test]
fn names_are_known_where_an_entry_applies_each_once() {
    let baseline = parsed(SEVERAL_PLACES);
    let names = |place: &Place| baseline.exact_names(place).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&place("111122223333", "us-east-1")), ["auth.example.com"]);
    assert_eq!(names(&place("999988887777", "eu-central-1")), ["auth.example.com"]);
    assert!(names(&place("999988887777", "us-east-1")).is_empty());
    let both = "version: 1\ndomains: [{ domain: A.x, regions: [us-east-1] }, { domain: a.x }]\n";
    let both = parsed(both);
    assert_eq!(both.exact_names(&place("1", "us-east-1")).collect::<Vec<_>>(), ["a.x"]);
}

#[test]
fn an_account_has_a_name_and_perhaps_an_owner() {
    let baseline = parsed(SEVERAL_PLACES);
    assert_eq!(baseline.account_name("111122223333"), Some("production"));
    assert_eq!(baseline.account_name("444455556666"), None);
    let sandbox = baseline.account("012345678901").expect("an account");
    assert_eq!(sandbox.name, "Acme Sandbox");
    assert_eq!(sandbox.owner.as_deref(), Some("platform@example.com"));
    assert_eq!(sandbox.position.to_string(), "4:3");
}

/// The mode in an account of the file, in one of which the file says nothing, and so for each pair of
/// modes of the entry and the account, empty where they have none.
#[test]
fn audit_wins_between_an_entry_and_an_account_and_the_file_decides_where_neither_does() {
    let (audit, enforce) = (Mode::Audit, Mode::Enforce);
    for (file, entry, account, expected) in [
        (enforce, None, None, enforce),
        (audit, None, None, audit),
        (enforce, None, Some(audit), audit),
        (audit, None, Some(enforce), enforce),
        (enforce, Some(audit), Some(enforce), audit),
        (enforce, Some(enforce), Some(audit), audit),
        (audit, Some(enforce), Some(enforce), enforce),
        (audit, Some(enforce), None, enforce),
        (enforce, Some(audit), None, audit),
    ] {
        let mode = |mode: Option<Mode>| mode.map_or(String::new(), |m| format!(", mode: {m}"));
        let text = format!(
            "version: 1\nmode: {file}\naccounts: {{ a: {{ id: \"111122223333\"{} }} }}\n\
             defaults: {{ routing: none }}\ndomains: [{{ domain: a.x{} }}]\n",
            mode(account),
            mode(entry)
        );
        let there = place("111122223333", "eu-west-1");
        assert_eq!(parsed(&text).governing("a.x", &there).mode, expected, "{text}");
        let elsewhere = parsed(&text).governing("a.x", &somewhere()).mode;
        assert_eq!(elsewhere, entry.unwrap_or(file), "{text}");
        let of_the_defaults = parsed(&text).governing("b.x", &there).mode;
        assert_eq!(of_the_defaults, account.unwrap_or(file), "{text}");
    }
}

#[test]
fn a_catch_all_for_some_places_that_opts_out_is_meant() {
    let text = "version: 1\ndomains: [{ domain: '*', regions: [us-east-1], routing: unmanaged }]\n";
    let overlooked = |place: &Place| parsed(text).governing("a.x", place).is_overlooked();
    assert!(!overlooked(&place("1", "us-east-1")));
    assert!(overlooked(&somewhere()));
}

#[test]
fn the_number_of_an_account_is_twelve_digits_in_quotes() {
    for (number, expected) in [
        (
            "111122223333",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: 111122223333 is a number to YAML, which may lose a zero at the beginning; put it in quotes: "111122223333""#
            ]],
        ),
        (
            "012345678901",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: 012345678901 is a number to YAML, which may lose a zero at the beginning; put it in quotes: "012345678901""#
            ]],
        ),
        (
            "12345678901",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: "12345678901" has 11 digits, and an account has 12; if zeros at its beginning were lost, write "012345678901"; else look it up"#
            ]],
        ),
        (
            "\"1234567890123\"",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: "1234567890123" has 13 digits, and an account has 12; write the account's 12 digits in quotes, such as "111122223333""#
            ]],
        ),
        (
            "1.11122E+11",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: 1.11122E+11 is a number; write the account's 12 digits in quotes, such as "111122223333""#
            ]],
        ),
        (
            "1111-2222-3333",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: "1111-2222-3333" is not the bare number of an account; write "111122223333""#
            ]],
        ),
        (
            "arn:aws:iam::111122223333:root",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: "arn:aws:iam::111122223333:root" is not the bare number of an account; write "111122223333""#
            ]],
        ),
        (
            "someone",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: "someone" is not the number of an account; write the account's 12 digits in quotes, such as "111122223333""#
            ]],
        ),
        (
            "",
            expect![[
                r#"baseline.yaml:3:3: accounts.prod: no value is given; write the account's 12 digits in quotes, such as "111122223333""#
            ]],
        ),
        (
            "[\"111122223333\"]",
            expect![[
                r#"baseline.yaml:3:9: accounts.prod: a list does not belong here; write the account's 12 digits in quotes, such as "111122223333""#
            ]],
        ),
        (
            "{ owner: me, mode: adit, number: x }",
            expect![[r#"
                baseline.yaml:3:9: accounts.prod.id: this key is missing; write the account's 12 digits in quotes, such as "111122223333"
                baseline.yaml:3:28: accounts.prod.mode: "adit" is not a mode; did you mean audit? (one of enforce, audit)
                baseline.yaml:3:34: accounts.prod.number: there is no such key here; use one of id, owner, mode"#]],
        ),
    ] {
        check_refused(&format!("version: 1\naccounts:\n  prod: {number}\n"), &expected);
    }
}

#[test]
fn each_account_has_one_name_and_each_name_one_account() {
    check_refused(
        "version: 1
accounts:
  prod: \"111122223333\"
  live: \"111122223333\"
  Prod: \"444455556666\"
  prod: \"444455556666\"
",
        &expect![[r#"
            baseline.yaml:4:9: accounts.live: 111122223333 already has the name "prod" on line 3; keep one of the two names
            baseline.yaml:5:3: accounts.Prod: this name was already given on line 3; give each account a name of its own
            baseline.yaml:6:3: accounts.prod: this name was already given on line 3; give each account a name of its own"#]],
    );
}

#[test]
fn a_name_of_an_account_can_be_distinguished_from_a_number() {
    check_refused(
        "version: 1
accounts:
  \"111122223333\": prod
  \"\": \"111122223333\"
  ? [a]
  : \"111122223333\"
  \" x\": \"111122223333\"
",
        &expect![[r#"
            baseline.yaml:3:3: accounts.111122223333: "111122223333" is not a name: it has no letter; write a name and the account's 12 digits in quotes: `production: "111122223333"`; the name comes first
            baseline.yaml:4:3: accounts.: a name is missing before the colon; write a name and the account's 12 digits in quotes: `production: "111122223333"`
            baseline.yaml:5:5: accounts.?: a name is text, not a list; write a name and the account's 12 digits in quotes: `production: "111122223333"`
            baseline.yaml:7:3: accounts. x: " x" has white space around it or a control character in it; write the name alone"#]],
    );
    check_refused(
        "version: 1\naccounts: [prod]\n",
        &expect![[
            r#"baseline.yaml:2:11: accounts: a list does not belong here; write a name and the account's 12 digits in quotes: `production: "111122223333"`"#
        ]],
    );
}

#[test]
fn the_accounts_of_an_entry_are_a_list_of_numbers_and_of_names_that_the_file_has() {
    for (accounts, expected) in [
        (
            "[prodution]",
            expect![[
                r#"baseline.yaml:5:16: domains[0].accounts[0]: no account is named "prodution"; did you mean production?"#
            ]],
        ),
        (
            "[staging]",
            expect![[
                r#"baseline.yaml:5:16: domains[0].accounts[0]: no account is named "staging"; write its 12 digits in quotes, or add the name to `accounts` at the top of the file"#
            ]],
        ),
        (
            "[111122223333, 12345678901]",
            expect![[r#"
                baseline.yaml:5:16: domains[0].accounts[0]: 111122223333 is a number to YAML, which may lose a zero at the beginning; put it in quotes: "111122223333"
                baseline.yaml:5:30: domains[0].accounts[1]: "12345678901" has 11 digits, and an account has 12; if zeros at its beginning were lost, write "012345678901"; else look it up"#]],
        ),
        (
            "[production, \"111122223333\"]",
            expect![
                "baseline.yaml:5:28: domains[0].accounts[1]: 111122223333 is listed twice; remove one of the two"
            ],
        ),
        (
            "[]",
            expect![[
                r#"baseline.yaml:5:15: domains[0].accounts: the list is empty, so this would apply nowhere; write a list of accounts, such as `[production, "111122223333"]`, or remove the key to apply in every account"#
            ]],
        ),
        (
            "production",
            expect![[
                r#"baseline.yaml:5:15: domains[0].accounts: "production" is a single value, not a list; put it in brackets: `[production]`"#
            ]],
        ),
        (
            "111122223333",
            expect![[
                r#"baseline.yaml:5:15: domains[0].accounts: "111122223333" is a single value, not a list; put it in brackets: `["111122223333"]`"#
            ]],
        ),
        (
            "all",
            expect![[
                r#"baseline.yaml:5:15: domains[0].accounts: "all" is not a list; remove the key to apply everywhere"#
            ]],
        ),
        (
            "['*']",
            expect![
                "baseline.yaml:5:16: domains[0].accounts[0]: wildcards are not taken here; remove the key to apply everywhere"
            ],
        ),
        (
            "{ production: 1 }",
            expect![[
                r#"baseline.yaml:5:15: domains[0].accounts: a mapping does not belong here; write a list of accounts, such as `[production, "111122223333"]`, or remove the key to apply in every account"#
            ]],
        ),
    ] {
        let text = format!(
            "version: 1\naccounts: {{ production: \"111122223333\" }}\ndomains:\n  - domain: a.x\n    \
             accounts: {accounts}\n"
        );
        check_refused(&text, &expected);
    }
}

#[test]
fn an_account_whose_number_is_wrong_is_one_problem_wherever_it_is_named() {
    check_refused(
        "version: 1\naccounts: { a: x }\ndomains: [{ domain: a.x, accounts: [a] }]\n",
        &expect![[
            r#"baseline.yaml:2:16: accounts.a: "x" is not the number of an account; write the account's 12 digits in quotes, such as "111122223333""#
        ]],
    );
}

#[test]
fn the_regions_of_an_exemption_are_a_list_of_codes() {
    for (regions, expected) in [
        (
            "[eu-central-1a, EU-West-1, eu_west_1, Frankfurt]",
            expect![[r#"
                baseline.yaml:4:15: exemptions[0].regions[0]: "eu-central-1a" is not an AWS region; write eu-central-1
                baseline.yaml:4:30: exemptions[0].regions[1]: "EU-West-1" is not an AWS region; write eu-west-1
                baseline.yaml:4:41: exemptions[0].regions[2]: "eu_west_1" is not an AWS region; write eu-west-1
                baseline.yaml:4:52: exemptions[0].regions[3]: "Frankfurt" is not an AWS region; write a region by its code, such as eu-central-1"#]],
        ),
        (
            "[us-east-1, us-gov-west-1, us-east-1]",
            expect![
                "baseline.yaml:4:41: exemptions[0].regions[2]: us-east-1 is listed twice; remove one of the two"
            ],
        ),
        (
            "eu-central-1",
            expect![[
                r#"baseline.yaml:4:14: exemptions[0].regions: "eu-central-1" is a single value, not a list; put it in brackets: `[eu-central-1]`"#
            ]],
        ),
        (
            "['eu-*']",
            expect![
                "baseline.yaml:4:15: exemptions[0].regions[0]: wildcards are not taken here; remove the key to apply everywhere"
            ],
        ),
    ] {
        check_exemption_refused(
            &format!(
                "domain: a.x\nregions: {regions}\nattributes: [routing]\nuntil: 2026-12-31T00:00:00Z\n\
                 reason: old terminals"
            ),
            &expected,
        );
    }
}

#[test]
fn an_entry_is_hidden_only_by_one_that_applies_wherever_it_does() {
    let file = |first: &str, second: &str| {
        format!(
            "version: 1\ndomains:\n  - {{ domain: '*.x', {first} }}\n  - {{ domain: a.x, {second} }}\n"
        )
    };
    for (first, second) in [
        ("regions: [eu-west-1]", "mode: audit"),
        ("regions: [eu-west-1]", "regions: [us-east-1]"),
        ("regions: [eu-west-1]", "regions: [eu-west-1, us-east-1]"),
        ("regions: [eu-west-1]", "accounts: [\"111122223333\"]"),
        ("regions: [eu-west-1], accounts: [\"111122223333\"]", "regions: [eu-west-1]"),
    ] {
        parsed(&file(first, second));
    }
    for (first, second) in [
        ("mode: audit", "regions: [eu-west-1]"),
        ("regions: [eu-west-1]", "regions: [eu-west-1]"),
        ("regions: [us-east-1, eu-west-1]", "regions: [eu-west-1], accounts: [\"111122223333\"]"),
    ] {
        check_refused(
            &file(first, second),
            &expect![[
                r#"baseline.yaml:4:15: domains[1].domain: "a.x" never counts: "*.x" on line 3 matches all of it, and the first that matches counts; move this entry above line 3, or remove it"#
            ]],
        );
    }
}

#[test]
fn an_entry_of_the_same_name_for_fewer_places_belongs_above() {
    check_refused(
        "version: 1\ndomains:\n  - domain: a.x\n  - { domain: a.x, regions: [eu-west-1] }\n",
        &expect![[
            r#"baseline.yaml:4:15: domains[1].domain: "a.x" already has an entry on line 3, and the first that matches counts; move this entry above line 3, since it applies in fewer places, or remove it"#
        ]],
    );
}

#[test]
fn several_entries_may_hide_one_together() {
    check_refused(
        "version: 1
domains:
  - { domain: a.x, regions: [eu-west-1] }
  - { domain: '*.x', regions: [us-east-1], accounts: [\"111122223333\"] }
  - { domain: '*', regions: [us-east-1] }
  - { domain: a.x, regions: [eu-west-1, us-east-1] }
",
        &expect![[
            r#"baseline.yaml:6:15: domains[3].domain: "a.x" never counts: entries from line 3 to line 5 match all of it in each place that it lists, and the first that matches counts; move this entry above line 3, or remove it"#
        ]],
    );
}

#[test]
fn a_pattern_for_each_of_five_thousand_accounts_is_read() {
    let entries: String = (0..5_000)
        .map(|n| format!("  - {{ domain: '*', accounts: [\"{n:012}\"], routing: none }}\n"))
        .collect();
    let baseline = parsed(&format!("version: 1\ndomains:\n{entries}"));
    let governing = baseline.governing("a.x", &place("000000004999", "eu-west-1"));
    assert_eq!(governing.entry.map(|entry| entry.position.line), Some(5_002));
    assert!(baseline.governing("a.x", &somewhere()).entry.is_none());
}

#[test]
fn a_file_that_is_all_wrong_names_is_refused_without_a_guess_for_each() {
    let accounts: String = (0..2_000).map(|n| format!("  account-{n}: \"{n:012}\"\n")).collect();
    let items: String = (0..20_000).map(|n| format!("unknown-{n}, ")).collect();
    let text = format!(
        "version: 1\naccounts:\n{accounts}domains: [{{ domain: a.x, accounts: [{items}] }}]\n"
    );
    assert_eq!(refused(&text).problems.len(), 20_000);
}
