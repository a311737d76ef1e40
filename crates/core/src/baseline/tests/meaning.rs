//! What a sound baseline says about domains.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_version_alone_is_a_baseline_that_declares_nothing() {
    let baseline = parsed("version: 1\n");
    let governing = baseline.governing("auth.example.com", &somewhere());
    assert!(governing.declares_nothing());
    assert_eq!(governing.mode, Mode::Enforce);
    assert!(governing.entry.is_none());
}

#[test]
fn the_example_is_sound_and_enforces_its_first_entry() {
    check_said(
        EXAMPLE,
        "auth.example.com",
        &expect![[r#"
            enforce
            by auth.example.com at 35:5
            security_policy TLS_V1_3_2025 at 36:5
            routing failover: { secondary_region: us-west-2, primary_route53_health_check_id: 0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8 } at 39:5
            managed_login_version 2 at 37:5
            certificate_arn arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d at 38:5"#]],
    );
    check_said(
        EXAMPLE,
        "Anything.else.example.com",
        &expect![[r#"
            enforce
            security_policy at_least: TLS_V1_2_2021 at 29:3"#]],
    );
    check_said(
        EXAMPLE,
        "x.y.dev.example.com",
        &expect![[r#"
            audit
            by *.dev.example.com at 46:5
            routing none at 48:5"#]],
    );
}

#[test]
fn the_example_exempts_the_card_terminals_until_the_year_is_over() {
    let baseline = parsed(EXAMPLE);
    let now = at("2026-08-01T00:00:00Z");
    let exemption = baseline
        .exemption("pos.example.com", Attribute::SecurityPolicy, &somewhere(), now)
        .expect("in force");
    assert_eq!(exemption.owner.as_deref(), Some("payments@example.com"));
    assert_eq!(exemption.until, at("2026-12-31T00:00:00Z"));
    assert!(baseline.exemption("pos.example.com", Attribute::Routing, &somewhere(), now).is_none());
    assert!(
        baseline
            .exemption("auth.example.com", Attribute::SecurityPolicy, &somewhere(), now)
            .is_none()
    );
}

#[test]
fn the_first_entry_that_matches_counts_and_no_other() {
    let text = "version: 1
domains:
  - domain: a.example.com
    managed_login_version: 1
  - domain: '*.example.com'
    routing: none
  - domain: '*'
    managed_login_version: 2
";
    check_said(
        text,
        "a.example.com",
        &expect![[r#"
            enforce
            by a.example.com at 3:5
            managed_login_version 1 at 4:5"#]],
    );
    check_said(
        text,
        "b.example.com",
        &expect![[r#"
            enforce
            by *.example.com at 5:5
            routing none at 6:5"#]],
    );
    check_said(
        text,
        "example.com",
        &expect![[r#"
            enforce
            by * at 7:5
            managed_login_version 2 at 8:5"#]],
    );
}

#[test]
fn a_glob_above_an_exact_name_it_does_not_match_leaves_that_name_alone() {
    let text = "version: 1\ndomains:\n  - domain: a?.x\n    mode: audit\n  - domain: a.x\n";
    assert_eq!(parsed(text).governing("a.x", &somewhere()).mode, Mode::Enforce);
    assert_eq!(parsed(text).governing("ab.x", &somewhere()).mode, Mode::Audit);
}

#[test]
fn what_an_entry_leaves_out_falls_through_to_the_defaults_and_unmanaged_does_not() {
    let text = "version: 1
mode: audit
defaults:
  security_policy: { exactly: TLS_V1_3_2025 }
  managed_login_version: 2
domains:
  - domain: a.example.com
    mode: enforce
    managed_login_version: unmanaged
    security_policy: { at_least: TLS_V1_2_2021 }
  - domain: b.example.com
    security_policy: unmanaged
    managed_login_version: unmanaged
";
    check_said(
        text,
        "a.example.com",
        &expect![[r#"
            enforce
            by a.example.com at 7:5
            security_policy at_least: TLS_V1_2_2021 at 10:5"#]],
    );
    check_said(
        text,
        "b.example.com",
        &expect![[r#"
            audit
            by b.example.com at 11:5"#]],
    );
    check_said(
        text,
        "c.example.com",
        &expect![[r#"
            audit
            security_policy TLS_V1_3_2025 at 4:3
            managed_login_version 2 at 5:3"#]],
    );
    assert!(parsed(text).governing("b.example.com", &somewhere()).declares_nothing());
}

#[test]
fn upper_and_lower_case_are_the_same_in_names_and_patterns() {
    let text = "version: 1\ndomains:\n  - domain: Auth.Example.com\n    mode: audit\n  - domain: '*.DEV.x'\n    mode: audit\n";
    for domain in ["auth.example.com", "AUTH.EXAMPLE.COM", "a.dev.x", "A.dev.X"] {
        assert_eq!(parsed(text).governing(domain, &somewhere()).mode, Mode::Audit, "{domain}");
    }
}

#[test]
fn exact_names_are_those_without_a_wildcard_in_lower_case_and_in_the_order_of_the_file() {
    let text = "version: 1\ndomains:\n  - domain: B.x\n  - domain: '*.y'\n  - domain: a.x\n";
    assert_eq!(parsed(text).exact_names(&somewhere()).collect::<Vec<_>>(), ["b.x", "a.x"]);
}

#[test]
fn names_reach_beyond_places_unless_each_entry_lists_some_of_them() {
    let baseline = parsed(
        "version: 1\naccounts: { shop: { id: '111111111111' } }\ndomains:\n\
         - { domain: shop.x, accounts: [shop], regions: [us-east-1] }\n\
         - { domain: two.x, accounts: [shop], regions: [us-east-1] }\n\
         - { domain: two.x, accounts: ['222222222222'], regions: [us-east-1] }\n\
         - { domain: region.x, regions: [us-east-1] }\n\
         - { domain: all.x }\n",
    );
    let beyond = |accounts: Option<&[&str]>, regions: Option<&[&str]>| {
        let set = |of: &[&str]| of.iter().map(|&one| one.to_owned()).collect::<BTreeSet<_>>();
        let (accounts, regions) = (accounts.map(set), regions.map(set));
        let names = baseline.exact_names_beyond(accounts.as_ref(), regions.as_ref());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let (shop, here, there) = (&["111111111111"][..], &["us-east-1"][..], &["us-west-2"][..]);
    assert!(beyond(None, None).is_empty());
    assert_eq!(beyond(Some(shop), None), ["two.x", "region.x", "all.x"]);
    assert_eq!(beyond(Some(shop), Some(here)), ["two.x", "region.x", "all.x"]);
    assert_eq!(beyond(None, Some(here)), ["all.x"]);
    assert_eq!(beyond(None, Some(there)), ["shop.x", "two.x", "region.x", "all.x"]);
}

#[test]
fn an_exemption_holds_before_its_end_and_not_at_it_and_is_no_mistake_when_it_is_over() {
    let text = "version: 1
exemptions:
  - { domain: '*.x', attributes: [routing, certificate_arn], until: 2026-01-01T01:00:00+01:00, reason: r, ticket: T-1 }
";
    let baseline = parsed(text);
    let in_force =
        |now| baseline.exemption("a.X", Attribute::Routing, &somewhere(), at(now)).is_some();
    assert!(in_force("2025-12-31T23:59:59Z"));
    assert!(!in_force("2026-01-01T00:00:00Z"));
    assert_eq!(baseline.exemptions().len(), 1);
}

#[test]
fn of_two_exemptions_in_force_the_first_is_named() {
    let text = "version: 1
exemptions:
  - { domain: a.x, attributes: [routing], until: 2020-01-01T00:00:00Z, reason: over }
  - { domain: a.x, attributes: [routing], until: 2030-01-01T00:00:00Z, reason: first }
  - { domain: '*', attributes: [routing], until: 2040-01-01T00:00:00Z, reason: second }
";
    let baseline = parsed(text);
    let exemption = baseline
        .exemption("a.x", Attribute::Routing, &somewhere(), at("2026-01-01T00:00:00Z"))
        .expect("in force");
    assert_eq!(exemption.reason, "first");
}

#[test]
fn anchors_and_aliases_stand_for_what_they_refer_to() {
    let text = "version: 1
domains:
  - domain: a.x
    routing: &west { failover: { secondary_region: us-west-2, primary_route53_health_check_id: 0a1b } }
  - domain: b.x
    routing: *west
";
    check_said(
        text,
        "b.x",
        &expect![[r#"
            enforce
            by b.x at 5:5
            routing failover: { secondary_region: us-west-2, primary_route53_health_check_id: 0a1b } at 6:5"#]],
    );
}

#[test]
fn certificates_of_other_partitions_may_be_in_other_regions() {
    for arn in [
        "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e",
        "arn:aws-cn:acm:cn-north-1:111122223333:certificate/1b2c3d4e",
        "arn:aws-us-gov:acm:us-gov-west-1:111122223333:certificate/1b2c3d4e",
    ] {
        parsed(&format!("version: 1\ndefaults:\n  certificate_arn: {arn}\n"));
    }
}

#[test]
fn a_floor_at_tls_v1_goes_with_managed_login_because_stronger_policies_satisfy_both() {
    parsed(
        "version: 1\ndefaults: { security_policy: { at_least: TLS_V1 }, managed_login_version: 2 }\n",
    );
}

#[test]
fn the_digest_is_that_of_the_files_bytes_as_sha256sum_prints_it() {
    // printf 'version: 1\n' | sha256sum | cut -c1-12
    assert_eq!(parsed("version: 1\n").digest(), "09bfcc6a14b8");
    assert_eq!(parsed("version: 1\r\n").digest(), "ec7fcf01899b");
    assert_eq!(parsed("\u{FEFF}version: 1\n").digest(), "1a7d036ae2bb");
}

#[test]
fn a_domain_is_overlooked_where_nothing_governs_it_and_nobody_says_that_it_is_meant() {
    let text = "version: 1
domains:
  - { domain: kept.example.com, routing: none }
  - { domain: left.example.com, routing: unmanaged }
  - { domain: empty.example.com }
  - { domain: '*.dev.example.com', routing: unmanaged }
";
    let catch_all = format!("{text}  - {{ domain: '*', routing: unmanaged }}\n");
    let defaults = format!("{text}defaults: {{ managed_login_version: 2 }}\n");
    for (domain, expected) in [
        ("kept.example.com", false),
        ("left.example.com", false),
        ("x.dev.example.com", false),
        ("empty.example.com", true),
        ("other.example.com", true),
        ("prefix", true),
    ] {
        for text in [text, catch_all.as_str()] {
            assert_eq!(
                parsed(text).governing(domain, &somewhere()).is_overlooked(),
                expected,
                "{domain} {text}"
            );
        }
        assert!(!parsed(&defaults).governing(domain, &somewhere()).is_overlooked(), "{domain}");
    }
}
