//! What others chose, at its worst and at its best.

use proptest::prelude::*;

use super::*;

/// Names that people have.
const SOUND: [&str; 9] = [
    "jane.doe@example.com (SSO, PlatformAdmin)",
    "José Ñandú-Müller",
    "Łukasz Żółć",
    "山田 太郎",
    "Дмитрий",
    "محمد",
    "ünïcödé 🦀",
    "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/jo@example.com",
    "system:serviceaccount:kube-ns:kube-sa",
];

/// Texts that act on what shows them.
const HIDDEN: [&str; 10] = [
    "\u{1b}[31mred\u{1b}[0m",
    "\u{9b}31m",
    "a\nb",
    "a\r\nb",
    "tab\there",
    "\u{202e}moc.elpmaxe\u{2066}",
    "zero\u{200b}width\u{feff}",
    "\u{2028}line\u{2029}",
    "\u{e0041}tag",
    "nul\u{0}bel\u{7}del\u{7f}",
];

fn any_text() -> impl Strategy<Value = String> {
    let links = prop::sample::select(vec![
        "http://", "://", "www.", "WWW.", "ftp.", "mailto:", "\\\\", ":", "//", ".", "/", "w",
        "evil", "[", "]", " ",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(links, 0..12).prop_map(|parts| parts.concat()),
        prop::sample::select(HIDDEN.to_vec()).prop_map(str::to_owned),
    ]
}

#[test]
fn names_that_people_have_stay_as_they_are() {
    for name in SOUND {
        assert_eq!(clean(name, 512), name);
        assert_eq!(harmless(name), name);
        assert_eq!(unlinked(name), name);
    }
}

#[test]
fn what_would_act_on_a_terminal_is_shown_as_an_escape() {
    for text in HIDDEN {
        let shown = harmless(text);
        assert!(!shown.chars().any(is_hidden), "{shown:?}");
        // They are the escapes of JSON.
        let back: String = serde_json::from_str(&format!("\"{shown}\"")).unwrap();
        assert_eq!(back, text);
    }
    assert_eq!(harmless("a\nb\u{1b}[2J"), "a\\nb\\u001b[2J");
    assert_eq!(harmless_lines("a\n\tb\r\u{1b}[2J"), "a\n\tb\\r\\u001b[2J");
}

#[test]
fn a_document_of_json_keeps_its_values() {
    for text in HIDDEN {
        let document = serde_json::to_string_pretty(&serde_json::json!({ "name": text })).unwrap();
        let shown = harmless_lines(&document);
        let back: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(back["name"], text);
        assert!(!shown.chars().any(|c| is_hidden(c) && c != '\n'), "{shown:?}");
    }
}

#[test]
fn no_mail_client_finds_a_link() {
    for (text, shown) in [
        ("https://evil.example/a.b", "https[:]//evil[.]example/a.b"),
        ("HTTP://EVIL.EXAMPLE", "HTTP[:]//EVIL[.]EXAMPLE"),
        ("see www.evil.example now. Yes.", "see www[.]evil[.]example now. Yes."),
        ("ftp.evil.example", "ftp[.]evil[.]example"),
        ("xftp.evil.example", "xftp.evil.example"),
        ("mailto:a@evil.example", "mailto[:]a@evil[.]example"),
        ("invalid data: none", "invalid data: none"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("\\\\evil.example\\share", "\\ \\evil.example\\share"),
        ("http:\\\\evil.example", "http[:]\\ \\evil.example"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
        ("baseline.yaml:36:5", "baseline.yaml:36:5"),
        ("(+https://www.terraform.io)", "(+https[:]//www[.]terraform[.]io)"),
    ] {
        assert_eq!(unlinked(text), shown);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_harmless(text in any_text(), longest in 3..40_usize) {
        prop_assert!(!harmless(&text).chars().any(is_hidden));
        let cleaned = clean(&text, longest);
        prop_assert!(cleaned.chars().count() <= longest);
        prop_assert!(!cleaned.chars().any(is_hidden));
        let cut = clean(&unlinked(&text), longest).to_ascii_lowercase();
        prop_assert!(!cut.contains("://") && !cut.contains("www."), "{}", cut);
        let shown = unlinked(&text).into_owned();
        let lower = shown.to_ascii_lowercase();
        prop_assert!(!lower.contains("://") && !lower.contains("www."), "{}", shown);
        prop_assert_eq!(unlinked(&shown), shown.as_str());
    }
}
