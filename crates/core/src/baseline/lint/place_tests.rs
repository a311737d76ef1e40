//! Warnings about places, as people read them.

use super::tests::{DEFAULTS, check, check_exemption, lints, warns};

#[test]
fn a_catch_all_for_some_places_may_opt_out_and_may_audit() {
    for place in ["regions: [us-east-1]", "accounts: [\"111122223333\"]"] {
        for said in ["mode: audit", "security_policy: unmanaged"] {
            check(&format!("{DEFAULTS}domains:\n  - {{ domain: \"*\", {place}, {said} }}\n"), &[]);
        }
        warns(
            &format!(
                "version: 1\ndomains:\n  - {{ domain: a.example.com, routing: none }}\n  - {{ domain: \
                 \"*\", {place} }}\n"
            ),
            "nothing is declared for *",
        );
    }
}

#[test]
fn an_exemption_for_nearly_every_domain_of_a_region_is_mentioned_and_one_of_an_account_is_meant() {
    let exemption = |place: &str| {
        format!(
            "domain: \"*\", {place}, attributes: [routing], until: 2027-01-01T00:00:00Z, reason: old \
             terminals"
        )
    };
    check_exemption(
        &exemption("regions: [us-east-1, eu-west-1]"),
        &["5:5: exemptions[0].domain: * matches nearly every domain, so routing may drift almost \
           everywhere in eu-west-1 and us-east-1 until 2027-01-01; name the domains that have a reason \
           to drift"],
    );
    check_exemption(&exemption("accounts: [\"111122223333\"]"), &[]);
}

#[test]
fn a_region_that_cannot_be_one_is_mentioned() {
    let text = |region: &str| {
        format!("{DEFAULTS}domains:\n  - domain: a.example.com\n    regions: [{region}]\n")
    };
    for (region, expected) in [
        (
            "eu-wset-1",
            "6:5: domains[0].regions: there is no region eu-wset-1, so this does not apply there; did \
             you mean eu-west-1?",
        ),
        (
            "eu-frankfurt-1",
            "6:5: domains[0].regions: there is no region eu-frankfurt-1, so this does not apply there; \
             write a region by its code, such as eu-central-1",
        ),
    ] {
        check(&text(region), &[expected]);
    }
    for region in ["ap-southeast-7", "us-gov-east-1", "eusc-de-east-1", "us-isob-east-1"] {
        check(&text(region), &[]);
    }
}

#[test]
fn an_entry_that_enforces_in_accounts_that_audit_is_mentioned() {
    let text = |accounts: &str| {
        format!(
            "version: 1\naccounts:\n  a: {{ id: \"111122223333\", mode: audit }}\n  b: \
             \"444455556666\"\ndefaults: {{ routing: none }}\ndomains:\n  - domain: a.example.com\n    \
             accounts: {accounts}\n    mode: enforce\n"
        )
    };
    check(
        &text("[a]"),
        &[
            "8:5: domains[0].mode: enforce has no effect here: each account of the entry is in audit \
           mode, and audit wins; remove `mode: audit` from the accounts when they are to be enforced",
        ],
    );
    check(&text("[a, b]"), &[]);
}

#[test]
fn places_in_which_an_entry_never_counts_are_mentioned() {
    let text = |first: &str, second: &str| {
        format!(
            "{DEFAULTS}domains:\n  - {{ domain: \"*.example.com\", {first} }}\n  - domain: \
             a.example.com\n    {second}\n"
        )
    };
    check(
        &text("regions: [eu-west-1]", "regions: [us-east-1, eu-west-1]"),
        &[
            "7:5: domains[1].regions: a.example.com never counts in eu-west-1: \"*.example.com\" on line \
           5 matches all of it there, and the first that matches counts; move this entry above line 5, \
           or remove what never counts",
        ],
    );
    check(
        &text("accounts: [\"111122223333\"]", "accounts: [\"444455556666\", \"111122223333\"]"),
        &[
            "7:5: domains[1].accounts: a.example.com never counts in 111122223333: \"*.example.com\" on \
           line 5 matches all of it there, and the first that matches counts; move this entry above line \
           5, or remove what never counts",
        ],
    );
    // What stands above for one region is an exception from what stands below for all.
    check(&text("regions: [eu-west-1]", "accounts: [\"111122223333\"]"), &[]);
    check(&text("regions: [eu-west-1]", "mode: audit"), &[]);
}

#[test]
fn audit_mode_of_accounts_is_how_to_begin_and_of_all_that_an_entry_lists_is_mentioned() {
    let accounts = "accounts: { a: { id: \"111122223333\", mode: audit } }\n";
    check(&format!("{DEFAULTS}{accounts}"), &[]);
    warns(
        &format!(
            "version: 1\n{accounts}domains: [{{ domain: a.example.com, accounts: [a], routing: none }}]\n"
        ),
        "so nothing is put back",
    );
}

#[test]
fn an_exemption_is_held_against_what_is_declared_where_it_applies() {
    let text = |place: &str| {
        format!(
            "version: 1\ndomains:\n  - {{ domain: a.example.com, regions: [eu-west-1], routing: none }}\n\
             exemptions:\n  - {{ domain: a.example.com, {place}attributes: [routing], until: \
             2027-01-01T00:00:00Z, reason: old terminals }}\n"
        )
    };
    let nothing = "nothing declares routing for a.example.com, so there is nothing to exempt";
    assert!(lints(&text("regions: [us-east-1], ")).iter().any(|lint| lint.contains(nothing)));
    for place in ["", "regions: [us-east-1, eu-west-1], "] {
        assert!(!lints(&text(place)).iter().any(|lint| lint.contains(nothing)), "{place}");
    }
    // Elsewhere it would still be drift.
    let all = "exemptions allow every declared attribute";
    assert!(lints(&text("")).iter().any(|lint| lint.contains(all)));
    let only_there = text("accounts: [\"111122223333\"], ");
    assert!(!lints(&only_there).iter().any(|lint| lint.contains(all)));
}
