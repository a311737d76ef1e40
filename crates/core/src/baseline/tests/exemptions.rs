//! What an exemption must be.

use super::*;

#[test]
fn an_exemption_needs_a_domain_attributes_an_end_and_a_reason() {
    check_exemption_refused(
        "owner: me@example.com",
        &expect![[r#"
            baseline.yaml:3:5: exemptions[0].domain: this key is missing; write `domain: NAME`, such as auth.example.com or "*.example.com"
            baseline.yaml:3:5: exemptions[0].attributes: this key is missing; write a list of security_policy, routing, managed_login_version and certificate_arn
            baseline.yaml:3:5: exemptions[0].until: this key is missing; an exemption has an end: write `until: 2026-12-31T00:00:00Z`
            baseline.yaml:3:5: exemptions[0].reason: this key is missing; write `reason:` and why the drift is allowed, for whoever reads the notices"#]],
    );
}

#[test]
fn the_end_of_an_exemption_is_a_moment_with_its_offset() {
    for (until, expected) in [
        (
            "2026-12-31",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "2026-12-31" is not a moment in time; write 2026-12-31T00:00:00Z"#
            ]],
        ),
        (
            "2026-12-31T00:00:00",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "2026-12-31T00:00:00" is not a moment in time; write 2026-12-31T00:00:00Z"#
            ]],
        ),
        (
            "2026-12-31 12:00:00",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "2026-12-31 12:00:00" is not a moment in time; write 2026-12-31T12:00:00Z"#
            ]],
        ),
        (
            "2026-12-31T12:00",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "2026-12-31T12:00" is not a moment in time; write 2026-12-31T12:00:00Z"#
            ]],
        ),
        (
            "31.12.2026",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "31.12.2026" is not a moment in time; write a date, a time and an offset, such as 2026-12-31T00:00:00Z"#
            ]],
        ),
        (
            "2026-13-01T00:00:00Z",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "2026-13-01T00:00:00Z" is not a moment in time; write a date, a time and an offset, such as 2026-12-31T00:00:00Z"#
            ]],
        ),
        (
            "20261231",
            expect![
                "baseline.yaml:6:12: exemptions[0].until: 20261231 is a number; write a date, a time and an offset, such as 2026-12-31T00:00:00Z"
            ],
        ),
        (
            "",
            expect![
                "baseline.yaml:6:5: exemptions[0].until: no value is given; write a date, a time and an offset, such as 2026-12-31T00:00:00Z"
            ],
        ),
    ] {
        check_exemption_refused(
            &format!("domain: a.x\nattributes: [routing]\nreason: r\nuntil: {until}"),
            &expected,
        );
    }
}

#[test]
fn the_attributes_of_an_exemption_are_a_list_of_their_names() {
    for (attributes, expected) in [
        (
            "routing",
            expect![
                "baseline.yaml:4:17: exemptions[0].attributes: routing is a single name, not a list; put it in brackets: `[routing]`"
            ],
        ),
        (
            "[]",
            expect![
                "baseline.yaml:4:17: exemptions[0].attributes: the list is empty; write a list of security_policy, routing, managed_login_version and certificate_arn"
            ],
        ),
        (
            "all",
            expect![[
                r#"baseline.yaml:4:17: exemptions[0].attributes: "all" is text; write a list of security_policy, routing, managed_login_version and certificate_arn"#
            ]],
        ),
        (
            "[routng, tls]",
            expect![[r#"
                baseline.yaml:4:18: exemptions[0].attributes[0]: "routng" is not an attribute; did you mean routing? (one of security_policy, routing, managed_login_version, certificate_arn)
                baseline.yaml:4:26: exemptions[0].attributes[1]: "tls" is not an attribute; write one of security_policy, routing, managed_login_version, certificate_arn"#]],
        ),
        (
            "[routing, routing]",
            expect![
                "baseline.yaml:4:27: exemptions[0].attributes[1]: routing is listed twice; remove one of the two"
            ],
        ),
    ] {
        check_exemption_refused(
            &format!(
                "domain: a.x\nattributes: {attributes}\nreason: r\nuntil: 2026-12-31T00:00:00Z"
            ),
            &expected,
        );
    }
}

#[test]
fn reason_owner_and_ticket_are_texts_that_say_something() {
    check_exemption_refused(
        "domain: a.x\nattributes: [routing]\nuntil: 2026-12-31T00:00:00Z\nreason: ' '\nowner: ''\nticket: 4711",
        &expect![[r#"
            baseline.yaml:6:13: exemptions[0].reason: this text is empty; write `reason:` and why the drift is allowed, for whoever reads the notices
            baseline.yaml:7:12: exemptions[0].owner: this text is empty; write who to ask, or remove the key
            baseline.yaml:8:13: exemptions[0].ticket: 4711 is a number; write its number or link, or remove the key; if this is it, put it in quotes: "4711""#]],
    );
}

#[test]
fn the_end_of_an_exemption_is_in_the_years_2000_to_2200() {
    for (until, expected) in [
        (
            "9999-12-31T23:59:59-05:00",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "9999-12-31T23:59:59-05:00" is not in the years 2000 to 2200; write the day on which the exemption ends; where drift is fine for good, declare `unmanaged` in an entry for the domain"#
            ]],
        ),
        (
            "9999-12-31",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "9999-12-31" is not a moment in time; write a date, a time and an offset, such as 2026-12-31T00:00:00Z"#
            ]],
        ),
        (
            "1999-12-31T23:59:59Z",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "1999-12-31T23:59:59Z" is not in the years 2000 to 2200; write the day on which the exemption ends; where drift is fine for good, declare `unmanaged` in an entry for the domain"#
            ]],
        ),
        (
            "0000-01-01T00:00:00+23:59",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "0000-01-01T00:00:00+23:59" is not in the years 2000 to 2200; write the day on which the exemption ends; where drift is fine for good, declare `unmanaged` in an entry for the domain"#
            ]],
        ),
        (
            "2200-12-31T23:59:59-00:01",
            expect![[
                r#"baseline.yaml:6:12: exemptions[0].until: "2200-12-31T23:59:59-00:01" is not in the years 2000 to 2200; write the day on which the exemption ends; where drift is fine for good, declare `unmanaged` in an entry for the domain"#
            ]],
        ),
    ] {
        check_exemption_refused(
            &format!("domain: a.x\nattributes: [routing]\nreason: r\nuntil: {until}"),
            &expected,
        );
    }
    for until in ["2000-01-01T00:00:00Z", "2200-12-31T23:59:59Z"] {
        parsed(&format!(
            "version: 1\nexemptions:\n  - {{ domain: a.x, attributes: [routing], reason: r, until: {until} }}\n"
        ));
    }
}

#[test]
fn the_longest_exemption_is_a_whole_number_of_days() {
    for days in [1, 400, 3_650] {
        parsed(&format!("version: 1\nmax_exemption_days: {days}\n"));
    }
    let wanted = "write a whole number of days from 1 to 3650, such as `max_exemption_days: 400`";
    for (days, wrong) in [
        ("0", "0 is not between 1 and 3650"),
        ("-1", "-1 is not between 1 and 3650"),
        ("3651", "3651 is not between 1 and 3650"),
        ("99999999999999999999", "99999999999999999999 is not between 1 and 3650"),
        ("090", "090 is not the plain form of a number"),
        ("+90", "+90 is not the plain form of a number"),
        ("90.0", "90.0 is a number"),
        ("\"90\"", "\"90\" is text"),
        ("90d", "\"90d\" is text"),
        ("true", "true is a boolean"),
        ("", "no value is given"),
        ("[90]", "a list does not belong here"),
    ] {
        let error = refused(&format!("version: 1\nmax_exemption_days: {days}\n")).to_string();
        assert!(error.ends_with(&format!("max_exemption_days: {wrong}; {wanted}")), "{error}");
    }
}
