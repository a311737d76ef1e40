//! Whether a file may be meant as a baseline.
//!
//! Asked only of a file that has mistakes, before any of them is shown: a path may lead to a file of
//! keys or passwords, and messages about mistakes repeat parts of the file. Judged by the text, since
//! it may not be YAML.

use super::nearest::nearest;
use super::problem::{Position, Problem};
use super::read::{ACCOUNTS, KEYS};

/// The keys by which a baseline is recognised. Many a file of passwords has `accounts`.
fn recognised_by() -> Vec<&'static str> {
    KEYS.into_iter().filter(|key| *key != ACCOUNTS).collect()
}

/// Longer words are not meant for one of the keys.
const LONGEST: usize = 20;

pub(super) fn is_recognisable(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let is_content = |line: &&str| {
        let line = line.trim();
        let is_marker = line.starts_with("---") || line.starts_with("...") || line.starts_with('%');
        !line.is_empty() && !line.starts_with('#') && !is_marker
    };
    let mut lines = text.lines().filter(is_content).peekable();
    let Some(first) = lines.peek() else { return true };
    if matches!(first.trim(), "~" | "null") {
        return true;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let outermost = indent(first);
    if first.trim_start().starts_with('{') {
        // On one line or on many.
        return text.split(['{', ',', '\n']).any(|part| is_key(part, true));
    }
    lines.filter(|line| indent(line) == outermost).any(|line| is_key(line, false))
}

/// Whether the text begins with one of the keys, or with a slip of one.
fn is_key(text: &str, in_braces: bool) -> bool {
    let text = text.trim_start();
    let text = text.strip_prefix("- ").unwrap_or(text);
    let Some((key, value)) = text.split_once(':') else { return false };
    let key = key.trim().trim_matches(['"', '\'']);
    // `user:password` is no key and value.
    let is_separated = value.is_empty() || value.starts_with([' ', '\t', '\r']) || in_braces;
    if !is_separated || key.len() > LONGEST {
        return false;
    }
    match nearest(key, &recognised_by()) {
        // Many files of JSON say their version, and then what they are about.
        Some("version") => !in_braces || value.trim_start().starts_with('1'),
        Some(_) => true,
        None => false,
    }
}

pub(super) fn unrecognised() -> Problem {
    Problem {
        position: Position::START,
        end: Position::START,
        path: String::new(),
        message: format!(
            "this does not look like a baseline, so nothing of it is shown: none of its keys is one of {}",
            recognised_by().join(", ")
        ),
        fix: "check that this is the right file, and begin it with `version: 1`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_recognisable;

    #[test]
    fn a_baseline_is_recognised_with_any_of_its_mistakes() {
        for text in [
            "",
            "# nothing yet\n",
            "version: 1\n",
            "---\nversion: 2\n",
            "\u{feff}version: 1\r\n",
            "colour: blue\nmode: audit\n",
            "domain: []\n",
            "Defaults:\n\troutng: none\n",
            "  version: 1\n  domains: [\n",
            "- version: 1\n",
            "{\"version\": 1, \"domains\": [}",
            "{\n  \"mode\": \"audit\"\n",
            "'version': 1\nx: *.a\n",
        ] {
            assert!(is_recognisable(text), "{text:?}");
        }
    }

    #[test]
    fn another_file_is_not() {
        for text in [
            "hunter2\n",
            "[default]\naws_access_key_id = AKIA\naws_secret_access_key = x\n",
            "DB_PASSWORD=x\nMODE=production\n",
            "root:x:0:0:root:/root:/bin/sh\nmode:x:1:1::/:/bin/sh\n",
            "machine example.com login a password b\n",
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
            "apiVersion: v1\nkind: Secret\ndata:\n  password: x\n  version: 1\n",
            "{\"auths\": {\"example.com\": {\"auth\": \"x\"}}}",
            "{\"version\": 4, \"outputs\": {\"password\": {\"value\": \"x\"}}}",
            "password: x\ntoken: y\n",
            "accounts:\n  prod: { user: x, password: y }\n",
        ] {
            assert!(!is_recognisable(text), "{text:?}");
        }
    }
}
