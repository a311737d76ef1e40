//! What a program may print: nothing of others that acts, and lines that fit. For the tests of both programs.

use std::process::{Command, Output};

use cognito_domain_guard::text::is_hidden;
use rexpect::session::spawn_command;

use crate::support::text;

/// Texts that would act on a terminal, or begin a line of their own.
pub(crate) const EVIL: [&str; 5] = [
    "evil\nFORGED: all is well",
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[31mred",
    "\u{9b}2J\u{8}\u{0}\u{7f}\r",
    "\u{202e}desrever\u{2066}\u{200b}\u{feff}\u{e0041}",
    "a\u{85}b\u{2028}FORGED\u{2029}d\u{b}e",
];

/// Nothing of [`EVIL`] acted.
#[track_caller]
pub(crate) fn is_harmless(output: &Output) {
    for printed in [text(&output.stdout), text(&output.stderr)] {
        assert!(!printed.chars().any(|c| is_hidden(c) && c != '\n'), "{printed:?}");
        assert!(!printed.lines().any(|line| line.trim_start().starts_with("FORGED")), "{printed}");
    }
}

/// Everything that a terminal is sent.
pub(crate) fn on_a_terminal(mut command: Command) -> String {
    command.env("TERM", "xterm").env_remove("NO_COLOR");
    let mut session = spawn_command(command, Some(30_000)).expect("a terminal");
    session.exp_eof().expect("its end")
}

/// A line may be wider only for the sake of a word that is better copied whole, or for an excerpt.
pub(crate) fn fits(what: &str, printed: &str) {
    assert!(!printed.trim().is_empty(), "{what}");
    for line in printed.lines() {
        let is_one_word = line.split_whitespace().nth(1).is_none();
        let is_excerpt = line.contains(" | ");
        assert!(line.chars().count() <= 80 || is_one_word || is_excerpt, "{what}: {line}");
    }
}
