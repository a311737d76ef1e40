use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;
use crate::domain::Attribute;
use crate::place::Place;

/// Each for a domain or more that none before it is for alone, in ways that people write.
const ENTRIES: [&str; 8] = [
    "  - domain: a.example.com\n    regions: [eu-central-1]\n    security_policy: TLS_V1_3_2025\n",
    "  - domain: a.example.com\n    managed_login_version: 2 # everywhere else\n\n",
    "  - { domain: b.example.com, mode: audit, security_policy: { at_least: TLS_V1_2_2021 } }\n",
    "\n  # in capitals, for one account\n  - domain: C.Example.COM\n    accounts: [production]\n    \
     security_policy: unmanaged\n",
    "  - domain: \"?.example.com\"\n    regions:\n      - us-east-1\n    managed_login_version: 2\n",
    "  -   domain: '*-x.example.com'\n      security_policy: TLS_V1_2_2021\n",
    "  - mode: enforce\n    domain: \"*.example.com\"\n    security_policy:\n      at_least: TLS_V1_2_2021\n",
    "  - domain: \"*\"\n    managed_login_version: 2\n",
];
const EXEMPTIONS: [&str; 4] = [
    "- domain: a.example.com\n  attributes: [security_policy]\n  until: 2026-12-31T00:00:00Z\n  \
     reason: >\n    over\n    two lines\n",
    "- domain: a.example.com\n  regions: [us-east-1]\n  attributes: [managed_login_version]\n  \
     until: 2026-12-31T00:00:00Z\n  reason: a\n",
    "- domain: \"*-x.example.com\"\n  attributes: [security_policy]\n  until: 2026-12-30T00:00:00Z\n  \
     reason: b\n  owner: team-x\n",
    "- domain: B.example.com\n  attributes: [security_policy]\n  until: 2026-11-01T00:00:00Z\n  reason: over\n",
];
const ASKED: [&str; 8] = [
    "a.example.com",
    "A.EXAMPLE.com",
    "b.example.com",
    "c.example.com",
    "d.example.com",
    "web-x.example.com",
    "x.example.org",
    "",
];

fn list(key: &str, items: &[&str], included: &[bool]) -> String {
    let items: String =
        items.iter().zip(included).filter(|(_, is_in)| **is_in).map(|(item, _)| *item).collect();
    if items.is_empty() { String::new() } else { format!("{key}: # a list\n{items}") }
}

fn files() -> impl Strategy<Value = String> {
    let included = |most| prop::collection::vec(any::<bool>(), most);
    (included(8), included(4), any::<bool>(), any::<bool>()).prop_flat_map(
        |(entries, exemptions, dos, unended)| {
            let sections = vec![
                "# what this is\nversion: 1\n".to_owned(),
                "mode: enforce\nmax_exemption_days: 300\n".to_owned(),
                "accounts:\n  production: \"111122223333\"\n\n".to_owned(),
                "defaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n".to_owned(),
                list("domains", &ENTRIES, &entries),
                list("exemptions", &EXEMPTIONS, &exemptions),
            ];
            Just(sections).prop_shuffle().prop_map(move |sections| {
                let text = sections.concat();
                let text = if unended { text.trim_end() } else { &text };
                if dos { text.replace('\n', "\r\n") } else { text.to_owned() }
            })
        },
    )
}

fn read(index: &FileIndex, text: &str, domain: Option<&str>) -> Baseline {
    let parts = index.parts(domain).expect("parts").into_iter().map(|part| {
        let from = usize::try_from(part.offset).expect("an offset");
        (part, text[from..from + part.length].to_owned())
    });
    index.baseline("baseline.yaml", parts).expect("a baseline")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_each_domain_the_parts_say_in_each_place_what_the_whole_file_says(text in files()) {
        let whole = Baseline::parse("baseline.yaml", &text).expect("a sound file");
        let index = FileIndex::of("baseline.yaml", &text).expect("an index");
        let index = FileIndex::from_bytes(index.as_bytes().to_vec()).expect("what was written");
        let now = OffsetDateTime::from_unix_timestamp(1_795_420_934).expect("a time");
        for domain in ASKED {
            let part = read(&index, &text, Some(domain));
            prop_assert_eq!(part.digest(), whole.digest());
            for (account, region) in
                [("111122223333", "eu-central-1"), ("444455556666", "us-east-1")]
            {
                let place = Place {
                    partition: "aws".to_owned(),
                    account: account.to_owned(),
                    region: region.to_owned(),
                };
                prop_assert_eq!(
                    format!("{:?}", part.governing(domain, &place)),
                    format!("{:?}", whole.governing(domain, &place))
                );
                prop_assert_eq!(part.account(account), whole.account(account));
                for attribute in Attribute::ALL {
                    prop_assert_eq!(
                        part.exemption(domain, attribute, &place, now),
                        whole.exemption(domain, attribute, &place, now)
                    );
                    prop_assert_eq!(
                        part.ended_exemption(domain, attribute, &place, now),
                        whole.ended_exemption(domain, attribute, &place, now)
                    );
                }
            }
        }
    }
}

fn large(entries: usize) -> String {
    let mut text = "version: 1\ndomains:\n".to_owned();
    for nth in 0..entries {
        text.push_str(&format!(
            "  - domain: auth-{nth}.example.com\n    security_policy: TLS_V1_3_2025\n  \
             - domain: \"*.team-{nth}.example.com\"\n    managed_login_version: 2\n"
        ));
    }
    text
}

#[test]
fn of_a_large_file_a_domain_needs_its_own_entry_alone() {
    let text = large(500);
    let index = FileIndex::of("baseline.yaml", &text).expect("an index");
    for (domain, line) in [("auth-417.example.com", 1671), ("eu.team-3.example.com", 17)] {
        let parts = index.parts(Some(domain)).expect("parts");
        let length: usize = parts.iter().map(|part| part.length).sum();
        assert!(length < 200, "{domain}: {length} bytes of {}", text.len());
        let baseline = read(&index, &text, Some(domain));
        assert_eq!(
            baseline.entries.iter().map(|one| one.position.line).collect::<Vec<_>>(),
            [line]
        );
    }
    assert_eq!(read(&index, &text, Some("login.example.org")).entries, []);
}

#[test]
fn an_index_is_of_one_text_and_whole() {
    let text = large(3);
    let index = FileIndex::of("baseline.yaml", &text).expect("an index");
    let is_of = |text: &str| {
        let mut print = TextPrint::default();
        print.update(text.as_bytes());
        index.is_of(print)
    };
    assert!(is_of(&text));
    assert!(!is_of(&text.replace("TLS_V1_3_2025", "TLS_V1_2_2021")), "of the same length");
    assert!(!is_of(&format!("{text}\n")));
    let bytes = index.as_bytes();
    for length in 0..bytes.len() {
        assert!(FileIndex::from_bytes(bytes[..length].to_vec()).is_none(), "{length}");
        let mut other = bytes.to_vec();
        other[length] ^= 1;
        assert!(FileIndex::from_bytes(other).is_none(), "byte {length}");
    }
}

#[test]
fn what_cannot_be_read_entry_by_entry_has_no_index_and_says_where() {
    let refused =
        |text: &str| FileIndex::of("baseline.yaml", text).expect_err("no index").to_string();
    for (text, reason) in [
        ("version: 1\ndomains: [{ domain: a.example.com, mode: audit }]\n", "line 2"),
        ("{\nversion: 1,\ndomains: [{ domain: a.example.com, mode: audit }]\n}\n", "line 3"),
        ("version: 1\ndomains:\n  -\n    domain: a.example.com\n    mode: audit\n", "line 4"),
        (
            "version: 1\ndefaults:\n  managed_login_version: &login 2\ndomains:\n  \
             - domain: a.example.com\n    managed_login_version: *login\n",
            "aliases",
        ),
        ("version: 1\ndefaults: { security_policy: TLS_V12 }\n", "baseline.yaml:2:"),
    ] {
        let refused = refused(text);
        assert!(refused.contains(reason), "{text}: {refused}");
    }
}
