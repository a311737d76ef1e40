//! Files made to take long or to grow: what they cost grows no faster than they do.
//!
//! Counted, not timed: what was compared, and how much there is to say.

use std::fmt::Write as _;

use super::super::index::PatternIndex;
use super::super::pattern::DomainPattern;
use super::*;

fn repeated(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect()
}

/// The size of everything that is said of a file, and the number of its problems.
fn said_of(text: &str) -> (usize, usize) {
    match Baseline::parse("b.yaml", text) {
        Ok(_) => (0, 0),
        Err(error) => {
            let mut rendered = error.to_string();
            // What other forms show besides.
            for problem in &error.problems {
                let _ = write!(rendered, "{problem:?}");
            }
            (rendered.len(), error.problems.len())
        }
    }
}

#[test]
fn what_is_said_of_a_file_grows_no_faster_than_the_file() {
    type File = fn(usize) -> String;
    let files: [(&str, File); 14] = [
        ("wrong keys", |n| repeated(n, |i| format!("wrong_key_{i}: 1\n"))),
        ("one key", |n| repeated(n, |_| "mode: audit\n".to_owned())),
        ("keys on one line", |n| format!("x: {{{}}}", repeated(n, |i| format!("k{i}: 1, ")))),
        ("wrong keys of entries", |n| {
            format!("domains:\n{}", repeated(n, |i| format!("  - dmain: d{i}\n")))
        }),
        ("one entry", |n| format!("domains:\n{}", repeated(n, |_| "  - domain: a.x\n".to_owned()))),
        ("no keys", |n| repeated(n, |_| "? \n".to_owned())),
        ("lists as keys", |n| repeated(n, |_| "? [a, b]\n: 1\n".to_owned())),
        ("tags", |n| format!("domains: [{}]", repeated(n, |_| "!t a, ".to_owned()))),
        ("one attribute", |n| {
            format!("exemptions: [{{attributes: [{}]}}]", repeated(n, |_| "routing, ".to_owned()))
        }),
        ("no times", |n| {
            format!("exemptions:\n{}", repeated(n, |i| format!("  - until: never{i}\n")))
        }),
        ("aliases", |n| {
            let entries = repeated(n, |_| "  - *a\n".to_owned());
            format!("defaults: &a {{ rooting: none }}\ndomains:\n{entries}")
        }),
        ("a long word", |n| format!("mode: {}", "x".repeat(20 * n))),
        ("a long name", |n| format!("domains: [{{ domain: {} }}]", "a/".repeat(10 * n))),
        ("a long number", |n| format!("version: {}", "1".repeat(20 * n))),
    ];
    for (name, file) in files {
        let text = |n| format!("version: 1\n{}", file(n));
        let ((small, _), (large, _)) = (said_of(&text(500)), said_of(&text(1_000)));
        assert!(small > 0, "{name}");
        // The numbers in it may become longer.
        assert!(large <= small * 21 / 10, "{name}: {small} bytes, of twice as much {large}");
    }
}

#[test]
fn a_long_text_cannot_be_multiplied_by_aliases() {
    let text = format!(
        "version: 1\ndefaults: {{ routing: &a \"\\t{}\" }}\ndomains:\n{}",
        "x".repeat(100_000),
        repeated(2_000, |_| "  - { domain: *a }\n".to_owned()),
    );
    let (size, problems) = said_of(&text);
    assert_eq!(problems, 1);
    assert!(size < 1_000, "{size}");
}

#[test]
fn ten_thousand_entries_may_share_a_certificate_and_a_failover() {
    let text = format!(
        "version: 1\ndomains:\n  - domain: first.x\n    certificate_arn: &c \
         arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d\n    \
         routing: &r {{ failover: {{ secondary_region: us-west-2, \
         primary_route53_health_check_id: 0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8 }} }}\n{}",
        repeated(9_999, |i| format!(
            "  - {{ domain: d{i}.x, certificate_arn: *c, routing: *r }}\n"
        )),
    );
    parsed(&text);
}

/// What looking up every pattern among those before it takes in all.
fn steps(patterns: &[String]) -> usize {
    let mut index = PatternIndex::default();
    let mut steps = 0;
    for written in patterns {
        let pattern = DomainPattern::parse(written).unwrap();
        steps += index.all_covering(pattern.folded(), |_| true).steps;
        index.push(&pattern);
    }
    steps
}

#[test]
fn ten_thousand_teams_with_a_pattern_each_are_compared_with_next_to_none() {
    let patterns: Vec<String> = (0..10_000).map(|i| format!("*.team-{i}.example.com")).collect();
    assert!(steps(&patterns) < 60_000, "{}", steps(&patterns));
}

#[test]
fn patterns_that_would_each_be_compared_with_all_before_them_are_too_many() {
    let same_ends = |i: usize| format!("*-{i}-*");
    let many_ends = |i: usize| format!("{}*{i}*{}", "a".repeat(i % 100), "b".repeat(i / 100 % 100));
    for pattern in [&same_ends as &dyn Fn(usize) -> String, &many_ends] {
        let file = |n| {
            let entries = repeated(n, |i| format!("  - domain: \"{}\"\n", pattern(i)));
            format!("version: 1\ndomains:\n{entries}")
        };
        let problems = refused(&file(5_000)).problems;
        assert!(problems.len() <= 2_001, "{}", problems.len());
        assert_eq!(
            problems.last().map(|problem| problem.message.as_str()),
            Some("more than 2000 patterns before this one could match the same domains")
        );
    }
    let entries = repeated(1_000, |i| format!("  - domain: \"{}\"\n", same_ends(i)));
    parsed(&format!("version: 1\ndomains:\n{entries}"));
}

#[test]
fn a_name_is_as_long_as_dns_allows() {
    let longest = format!("{}.example.com", "a".repeat(241));
    parsed(&format!("version: 1\ndomains: [{{ domain: {longest} }}]\n"));
    check_refused(
        &format!("version: 1\ndomains: [{{ domain: a{longest} }}]\n"),
        &expect![[
            r#"baseline.yaml:2:21: domains[0].domain: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"… is longer than the 253 characters of a name; write the name of a domain, such as auth.example.com, or a pattern, such as "*.example.com""#
        ]],
    );
}

/// Found by fuzzing: a key in quotes may have several lines.
#[test]
fn a_problem_is_one_line_whatever_it_is_about() {
    let long = "x".repeat(1_000);
    for (text, expected) in [
        ("\"a\\nb\\u001b[31m\": 1\n".to_owned(), r"a\nb\u001b[31m: "),
        ("? \"a\n\n  b\"\n: 1\n".to_owned(), r"a\nb: "),
        (format!("{long}: 1\n"), "xxxx"),
        (format!("domains: [{{ {long}: 1 }}]\n"), "domains[0].xxxx"),
        (format!("{long}: !t 1\n"), "xxxx"),
        (format!("mode: *{long}\n"), "mode: *xxxx"),
        (format!("mode: {}\n", "1".repeat(1_000)), "mode: 1111"),
        (
            format!("defaults: {{ managed_login_version: {} }}\n", "1".repeat(1_000)),
            "there is no managed_login_version 1111",
        ),
        (
            format!("defaults: {{ managed_login_version: {}.5 }}\n", "1".repeat(1_000)),
            "managed_login_version: 1111",
        ),
    ] {
        let error = refused(&format!("version: 1\n{text}"));
        let rendered = error.to_string();
        assert_eq!(rendered.lines().count(), error.problems.len(), "{rendered}");
        assert!(rendered.contains(expected), "{rendered}");
        assert!(error.problems.iter().all(|problem| problem.to_string().len() < 600), "{rendered}");
    }
}
