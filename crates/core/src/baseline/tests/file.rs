//! What a file as a whole must be: YAML, one document, the keys that are known.

use super::*;

#[test]
fn an_empty_file_is_refused() {
    let expected = expect![
        "baseline.yaml:1:1: the file declares nothing; begin it with `version: 1`, and declare `defaults` or `domains`"
    ];
    for text in ["", "\n", "# nothing yet\n", "---\n", "~\n"] {
        check_refused(text, &expected);
    }
}

#[test]
fn a_file_that_is_not_a_mapping_is_refused() {
    // It may be a password.
    check_refused(
        "just text\n",
        &expect![
            "baseline.yaml:1:1: this does not look like a baseline, so nothing of it is shown: none of its keys is one of version, mode, max_exemption_days, defaults, domains, exemptions; check that this is the right file, and begin it with `version: 1`"
        ],
    );
    check_refused(
        "- version: 1\n",
        &expect![
            "baseline.yaml:1:1: a list does not belong here; begin the file with `version: 1`"
        ],
    );
}

#[test]
fn the_version_is_required_and_is_the_number_1() {
    check_refused(
        "mode: audit\n",
        &expect![
            "baseline.yaml:1:1: version: this key is missing; begin the file with `version: 1`"
        ],
    );
    check_refused(
        "version: 2\n",
        &expect!["baseline.yaml:1:10: version: there is no version 2; write `version: 1`"],
    );
    check_refused(
        "version: +1\n",
        &expect!["baseline.yaml:1:10: version: there is no version +1; write `version: 1`"],
    );
    check_refused(
        "version: 01\n",
        &expect!["baseline.yaml:1:10: version: there is no version 01; write `version: 1`"],
    );
    check_refused(
        "version: '1'\n",
        &expect![[
            r#"baseline.yaml:1:10: version: "1" is text; remove the quotes to make it a number: `version: 1`"#
        ]],
    );
    check_refused(
        "version: 1.0\n",
        &expect!["baseline.yaml:1:10: version: 1.0 is not a whole number; write `version: 1`"],
    );
    check_refused(
        "version:\n",
        &expect!["baseline.yaml:1:1: version: no value is given; write `version: 1`"],
    );
}

#[test]
fn a_second_document_is_refused() {
    check_refused(
        "---\nversion: 1\n---\nversion: 1\n",
        &expect![
            "baseline.yaml:3:1: a second document begins here; keep one document in the file, and remove the `---` or `...` between them"
        ],
    );
}

#[test]
fn an_unknown_key_names_the_nearest_right_one() {
    check_refused(
        "version: 1\ndomain: []\n",
        &expect![
            "baseline.yaml:2:1: domain: there is no such key here; did you mean domains? (one of version, mode, max_exemption_days, accounts, defaults, domains, exemptions)"
        ],
    );
    check_refused(
        "version: 1\ncolour: blue\n",
        &expect![
            "baseline.yaml:2:1: colour: there is no such key here; use one of version, mode, max_exemption_days, accounts, defaults, domains, exemptions"
        ],
    );
    check_refused(
        "version: 1\ndefaults:\n  mode: audit\n",
        &expect![
            "baseline.yaml:3:3: defaults.mode: there is no such key here; use one of security_policy, routing, managed_login_version, certificate_arn"
        ],
    );
}

#[test]
fn a_key_that_comes_twice_is_refused_wherever_it_is() {
    check_refused(
        "version: 1\nmode: audit\nmode: enforce\n",
        &expect![
            "baseline.yaml:3:1: mode: this key was already given on line 2; keep one of the two"
        ],
    );
    check_entry_refused(
        "domain: a.x\nrouting: none\nrouting: none",
        &expect![
            "baseline.yaml:5:5: domains[0].routing: this key was already given on line 4; keep one of the two"
        ],
    );
}

#[test]
fn a_key_that_is_not_a_word_is_refused() {
    check_refused(
        "version: 1\n1: x\n? [a, b]\n: x\n",
        &expect![[r#"
            baseline.yaml:2:1: 1: there is no such key here; use one of version, mode, max_exemption_days, accounts, defaults, domains, exemptions
            baseline.yaml:3:3: ?: a key is a single word, not a list; use one of version, mode, max_exemption_days, accounts, defaults, domains, exemptions"#]],
    );
}

#[test]
fn a_mode_that_does_not_exist_is_refused() {
    check_refused(
        "version: 1\nmode: Enforce\n",
        &expect![[
            r#"baseline.yaml:2:7: mode: "Enforce" is not a mode; did you mean enforce? (one of enforce, audit)"#
        ]],
    );
    check_refused(
        "version: 1\nmode: dry-run\n",
        &expect![[
            r#"baseline.yaml:2:7: mode: "dry-run" is not a mode; write one of enforce, audit"#
        ]],
    );
    check_refused(
        "version: 1\nmode: true\n",
        &expect!["baseline.yaml:2:7: mode: true is a boolean; write `enforce` or `audit`"],
    );
}

#[test]
fn a_section_of_the_wrong_type_is_refused() {
    check_refused(
        "version: 1\ndefaults:\ndomains: { a.x: {} }\nexemptions: none\n",
        &expect![[r#"
                baseline.yaml:2:1: defaults: no value is given; write attributes under it, such as `security_policy: { at_least: TLS_V1_2_2021 }`, or remove the key
                baseline.yaml:3:10: domains: a mapping does not belong here; write a list of entries that each begin with `- domain: NAME`, or remove the key
                baseline.yaml:4:13: exemptions: "none" is text; write a list of exemptions that each begin with `- domain: NAME`, or remove the key"#]],
    );
}

#[test]
fn a_default_cannot_opt_out_of_the_defaults() {
    check_refused(
        "version: 1\ndefaults:\n  routing: unmanaged\n",
        &expect![
            "baseline.yaml:3:12: defaults.routing: there is no default to opt out of here; remove the key: what nobody declares is not managed"
        ],
    );
}

#[test]
fn all_problems_are_reported_in_one_go_and_in_the_order_of_the_file() {
    let text = "exemptions:
  - { domain: a.x, attributes: [routing], until: tomorrow, reason: r }
domains:
  - domain: a.x
    security_policy: TLS_V12
  - domain: a.x
    mod: audit
version: 3
";
    check_refused(
        text,
        &expect![[r#"
            baseline.yaml:2:50: exemptions[0].until: "tomorrow" is not a moment in time; write a date, a time and an offset, such as 2026-12-31T00:00:00Z
            baseline.yaml:5:22: domains[0].security_policy: "TLS_V12" is not a security policy; did you mean TLS_V1_2_2021? (one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025)
            baseline.yaml:6:13: domains[1].domain: "a.x" already has an entry on line 4, and the first that matches counts; put both into one entry
            baseline.yaml:7:5: domains[1].mod: there is no such key here; did you mean mode? (one of domain, regions, accounts, mode, security_policy, routing, managed_login_version, certificate_arn)
            baseline.yaml:8:10: version: there is no version 3; write `version: 1`"#]],
    );
}

#[test]
fn a_problem_knows_the_extent_of_the_text_at_fault() {
    let error = refused("version: 1\nmode: auditt\n");
    let spans: Vec<_> = error
        .problems
        .iter()
        .map(|problem| format!("{}-{}", problem.position, problem.end))
        .collect();
    assert_eq!(spans, ["2:7-2:13"]);
}
#[test]
fn a_glob_without_quotes_is_distinguished_from_an_alias() {
    check_entry_refused(
        "domain: *.dev.example.com",
        &expect![[
            r#"baseline.yaml:3:13: domains[0].domain: *.dev.example.com without quotes is a YAML alias, not a pattern; put the pattern in quotes: "*.dev.example.com""#
        ]],
    );
    check_entry_refused(
        "domain: *",
        &expect![[
            r#"baseline.yaml:3:13: domains[0].domain: * without quotes is a YAML alias, not a pattern; put the pattern in quotes: "*""#
        ]],
    );
}

#[test]
fn a_mistake_in_the_yaml_is_one_problem_with_its_place() {
    check_refused(
        "version: 1\ndomains:\n\t- domain: a.x\n",
        &expect![
            "baseline.yaml:3:2: not valid YAML: tabs disallowed within this context (block indentation); indent with spaces, never with tabs"
        ],
    );
    check_refused(
        "version: 1\nmode: \"audit\n",
        &expect![
            "baseline.yaml:2:7: not valid YAML: while scanning a quoted scalar, found unexpected end of stream; close the quotes that begin here"
        ],
    );
    check_refused(
        "version: 1\nmode: audit: x\n",
        &expect![
            "baseline.yaml:2:12: not valid YAML: mapping values are not allowed in this context; put a value that contains `: ` in quotes, and begin each key on a line of its own, indented like its neighbours"
        ],
    );
    check_refused(
        "version: 1\ndomains: [a, b\n",
        &expect![
            "baseline.yaml:3:1: not valid YAML: while parsing a flow sequence, expected ',' or ']'; close the bracket, or separate the values with commas"
        ],
    );
    check_refused(
        "version: 1\nmode audit\ndefaults: {}\n",
        &expect![
            "baseline.yaml:3:1: not valid YAML: simple key expect ':'; write `key: value` with a colon and a space, here or on the line above"
        ],
    );
    check_refused(
        "version:1\nmode:audit\ndefaults:\n",
        &expect![
            "baseline.yaml:3:9: not valid YAML: mapping values are not allowed in this context; write a space behind each colon, as in `version: 1`"
        ],
    );
    check_refused(
        "version: 1\n<<<<<<< HEAD\nmode: audit\n=======\nmode: enforce\n",
        &expect![
            "baseline.yaml:2:1: a conflict of a merge is left here; keep what is right of both sides, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"
        ],
    );
    check_refused(
        "version: 1\ndefaults:\n\u{a0}\u{a0}managed_login_version: 2\n",
        &expect![[r#"
        baseline.yaml:2:1: defaults: no value is given; write attributes under it, such as `security_policy: { at_least: TLS_V1_2_2021 }`, or remove the key
        baseline.yaml:3:1:   managed_login_version: a blank that is no space (U+00A0) is part of this key; write spaces in its place, also on the lines around it"#]],
    );
    check_refused(
        "version: 1\nmode: @audit\n",
        &expect![
            "baseline.yaml:2:7: not valid YAML: unexpected character: `@'; put the value in quotes"
        ],
    );
    check_entry_refused(
        "domain: a.x\n mode: audit",
        &expect![
            "baseline.yaml:4:10: not valid YAML: mapping values are not allowed in this context; put a value that contains `: ` in quotes, and begin each key on a line of its own, indented like its neighbours"
        ],
    );
}

#[test]
fn tags_and_merge_keys_are_refused() {
    check_refused(
        "version: !!int 1\n",
        &expect![
            "baseline.yaml:1:10: version: a YAML tag (`!…`) means nothing in a baseline; remove the tag, and put the value in quotes if it begins with `!`"
        ],
    );
    check_entry_refused(
        "domain: a.x\n<<: { routing: none }",
        &expect![
            "baseline.yaml:4:5: domains[0].<<: YAML 1.2 has no merge keys; write the keys out, or move what all domains share to `defaults`"
        ],
    );
}

#[test]
fn an_alias_inside_of_what_it_refers_to_is_refused() {
    check_refused(
        "version: 1\ndomains: &all [*all]\n",
        &expect![
            "baseline.yaml:2:16: domains[0]: this alias stands inside of what it refers to; write the value out"
        ],
    );
}

#[test]
fn a_file_that_is_made_to_be_deep_or_to_grow_is_refused_and_harms_nothing() {
    check_refused(
        &["version: 1\ndomains:\n", &"- ".repeat(100_000)].concat(),
        &expect![
            "baseline.yaml:3:63: domains[0][0][0][0]: nested more than 32 levels deep; a baseline needs no more than five; look for stray brackets or dashes"
        ],
    );
    let ten_times = |what: &str| [what; 10].join(", ");
    let mut growing = format!("version: 1\na0: &a0 [{}]\n", ten_times("x"));
    for n in 1..12 {
        growing +=
            &["a: &a", &n.to_string(), " [", &ten_times(&format!("*a{}", n - 1)), "]\n"].concat();
    }
    check_refused(
        &growing,
        &expect![
            "baseline.yaml:6:44: a[7]: the aliases make the file too large; write the values out, or move what all domains share to `defaults`"
        ],
    );
}
