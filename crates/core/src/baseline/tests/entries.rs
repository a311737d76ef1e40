//! What the entries of `domains` must be, alone and together.

use super::*;

#[test]
fn an_entry_needs_a_domain() {
    check_entry_refused(
        "mode: audit",
        &expect![[
            r#"baseline.yaml:3:5: domains[0].domain: this key is missing; write `domain: NAME`, such as auth.example.com or "*.example.com""#
        ]],
    );
    check_entry_refused(
        "a.example.com",
        &expect![[
            r#"baseline.yaml:3:5: domains[0]: "a.example.com" is text; write `domain: NAME`, such as auth.example.com or "*.example.com""#
        ]],
    );
    check_entry_refused(
        "domain:",
        &expect![
            "baseline.yaml:3:5: domains[0].domain: no value is given; write the name of a domain, such as auth.example.com"
        ],
    );
    check_entry_refused(
        "domain: 12",
        &expect![[
            r#"baseline.yaml:3:13: domains[0].domain: 12 is a number; write the name of a domain, such as auth.example.com; if this is it, put it in quotes: "12""#
        ]],
    );
}

#[test]
fn a_domain_is_a_name_or_a_pattern_and_nothing_around_it() {
    for (domain, expected) in [
        (
            "''",
            expect![
                "baseline.yaml:3:13: domains[0].domain: this text is empty; write the name of a domain, such as auth.example.com"
            ],
        ),
        (
            "auth. example.com",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "auth. example.com" contains white space; write the name of a domain, such as auth.example.com, or a pattern, such as "*.example.com""#
            ]],
        ),
        (
            "Acme-Login.auth.eu-central-1.amazoncognito.com",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "Acme-Login.auth.eu-central-1.amazoncognito.com" is the host name of a prefix domain, which goes by its prefix; write the prefix alone: "acme-login""#
            ]],
        ),
        (
            "acme.auth-fips.us-gov-west-1.amazoncognito.com",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "acme.auth-fips.us-gov-west-1.amazoncognito.com" is the host name of a prefix domain, which goes by its prefix; write the prefix alone: "acme""#
            ]],
        ),
        (
            "'*.auth.eu-central-1.amazoncognito.com'",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "*.auth.eu-central-1.amazoncognito.com" is the host name of a prefix domain, which goes by its prefix; write the prefix alone, such as example-login, or a pattern for prefixes, such as "example-*""#
            ]],
        ),
        (
            "https://auth.example.com/login",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "https://auth.example.com/login" is a URL, not the name of a domain; write "auth.example.com""#
            ]],
        ),
        (
            "auth.example.com/",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "auth.example.com/" is more than the name of a domain; write "auth.example.com", without path or port"#
            ]],
        ),
        (
            "auth.example.com:443",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "auth.example.com:443" is more than the name of a domain; write "auth.example.com", without path or port"#
            ]],
        ),
        (
            ".example.com",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: ".example.com" begins with a dot; write "*.example.com" for every name under example.com"#
            ]],
        ),
        (
            "auth.example.com.",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "auth.example.com." ends with a dot; write "auth.example.com""#
            ]],
        ),
        (
            "auth..example.com",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "auth..example.com" has nothing between two dots; write the name of a domain, such as auth.example.com, or a pattern, such as "*.example.com""#
            ]],
        ),
        (
            "bücher.example.com",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "bücher.example.com" has letters that DNS does not know; write the ASCII form, in which such a part of a name begins with xn--"#
            ]],
        ),
        (
            "auth-[ab].example.com",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "auth-[ab].example.com" contains "["; use letters, digits, hyphens and dots, `*` for any run of characters and `?` for any one"#
            ]],
        ),
        (
            "https://",
            expect![[
                r#"baseline.yaml:3:13: domains[0].domain: "https://" is not the name of a domain; write the name of a domain, such as auth.example.com, or a pattern, such as "*.example.com""#
            ]],
        ),
    ] {
        check_entry_refused(&format!("domain: {domain}"), &expected);
    }
}

#[test]
fn an_entry_that_an_earlier_one_always_hides_is_refused_with_the_line_of_that_one() {
    let text = "version: 1
domains:
  - domain: auth.example.com
  - domain: AUTH.example.com
  - domain: '*.example.com'
  - domain: pos.example.com
  - domain: 'a*.Example.com'
  - domain: '*.example.org'
";
    check_refused(
        text,
        &expect![[r#"
            baseline.yaml:4:13: domains[1].domain: "AUTH.example.com" already has an entry on line 3, and the first that matches counts; put both into one entry
            baseline.yaml:6:13: domains[3].domain: "pos.example.com" never counts: "*.example.com" on line 5 matches all of it, and the first that matches counts; move this entry above line 5, or remove it
            baseline.yaml:7:13: domains[4].domain: "a*.Example.com" never counts: "*.example.com" on line 5 matches all of it, and the first that matches counts; move this entry above line 5, or remove it"#]],
    );
}

#[test]
fn tls_v1_with_managed_login_is_refused_at_whatever_completes_the_pair() {
    check_entry_refused(
        "domain: a.x\nmanaged_login_version: 2\nsecurity_policy: TLS_V1",
        &expect![
            "baseline.yaml:5:22: domains[0].security_policy: Cognito does not take TLS_V1 together with managed_login_version 2 (declared on line 4); declare `security_policy: TLS_V1_2_2021` or a stronger one, or `managed_login_version: 1`"
        ],
    );
    let text = "version: 1
defaults:
  managed_login_version: 2
domains:
  - domain: a.x
    security_policy: { exactly: TLS_V1 }
  - domain: b.x
    security_policy: TLS_V1
    managed_login_version: unmanaged
";
    check_refused(
        text,
        &expect![
            "baseline.yaml:6:22: domains[0].security_policy: Cognito does not take TLS_V1 together with managed_login_version 2 (declared on line 3); declare `security_policy: TLS_V1_2_2021` or a stronger one, or `managed_login_version: 1`"
        ],
    );
    let text = "version: 1
defaults:
  security_policy: TLS_V1
domains:
  - domain: a.x
    managed_login_version: 2
";
    check_refused(
        text,
        &expect![
            "baseline.yaml:6:28: domains[0].managed_login_version: Cognito does not take managed_login_version 2 together with security_policy TLS_V1 (declared on line 3); declare `security_policy: TLS_V1_2_2021` or a stronger one, or `managed_login_version: 1`"
        ],
    );
}

#[test]
fn a_pair_that_the_defaults_make_is_reported_there_and_not_at_every_entry() {
    let text = "version: 1
defaults: { security_policy: TLS_V1, managed_login_version: 2 }
domains:
  - domain: a.x
  - domain: b.x
";
    check_refused(
        text,
        &expect![
            "baseline.yaml:2:30: defaults.security_policy: Cognito does not take TLS_V1 together with managed_login_version 2 (declared on line 2); declare `security_policy: TLS_V1_2_2021` or a stronger one, or `managed_login_version: 1`"
        ],
    );
}

#[test]
fn a_value_that_cannot_be_read_leads_to_no_second_problem() {
    let text = "version: 1
defaults: { security_policy: TLS_V1, managed_login_version: two }
domains:
  - domain: a.x
    managed_login_version: '2'
";
    check_refused(
        text,
        &expect![[r#"
            baseline.yaml:2:61: defaults.managed_login_version: "two" is text; write `managed_login_version: 1` or `managed_login_version: 2`
            baseline.yaml:5:28: domains[0].managed_login_version: "2" is text; remove the quotes to make it a number: `managed_login_version: 2`"#]],
    );
}
