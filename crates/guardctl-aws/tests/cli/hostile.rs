//! What events, baselines and AWS say cannot act on the terminal or begin a line of its own.

use std::process::Output;

use cognito_domain_guard::text::is_hidden;
use cognito_domain_guard_sandbox::{Action, Fault};

use crate::served::{Served, weak};
use crate::support::text;

const EVIL: [&str; 5] = [
    "evil\nFORGED: all is well",
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}[31mred",
    "\u{9b}2J\u{8}\u{0}\u{7f}\r",
    "\u{202e}desrever\u{2066}\u{200b}\u{feff}\u{e0041}",
    "a\u{85}b\u{2028}FORGED\u{2029}d\u{b}e",
];

#[track_caller]
fn check(output: &Output) {
    for printed in [text(&output.stdout), text(&output.stderr)] {
        assert!(!printed.chars().any(|c| is_hidden(c) && c != '\n'), "{printed:?}");
        assert!(!printed.lines().any(|line| line.trim_start().starts_with("FORGED")), "{printed}");
    }
}

#[test]
fn plan_and_apply_show_what_aws_says_as_escapes() {
    for evil in EVIL {
        let served = Served::start();
        served.world.put_domain(weak(&format!("x{evil}")));
        for format in ["text", "json", "markdown", "sarif"] {
            check(&served.guardctl(&["plan", "--format", format]));
        }
        for format in ["text", "json", "markdown", "csv"] {
            check(&served.guardctl(&["list", "--format", format]));
        }
        check(&served.guardctl(&["snapshot"]));
        let denied = Fault::error(400, "AccessDeniedException", format!("not you\n{evil}"));
        served.world.inject(denied.on(Action::DescribeUserPoolDomain));
        let output = served.guardctl(&["plan", "--domain", "auth.example.com"]);
        assert_eq!(output.status.code(), Some(1));
        check(&output);
    }
}
