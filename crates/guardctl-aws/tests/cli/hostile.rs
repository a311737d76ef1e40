//! What events, baselines and AWS say cannot act on the terminal or begin a line of its own.

use cognito_domain_guard_sandbox::{Action, Fault};

use crate::printed::{EVIL, is_harmless};
use crate::served::{Served, weak};

#[test]
fn plan_and_apply_show_what_aws_says_as_escapes() {
    for evil in EVIL {
        let served = Served::start();
        served.world.put_domain(weak(&format!("x{evil}")));
        for format in ["text", "json", "markdown", "sarif"] {
            is_harmless(&served.guardctl(&["plan", "--format", format]));
        }
        for format in ["text", "json", "markdown", "csv"] {
            is_harmless(&served.guardctl(&["list", "--format", format]));
        }
        is_harmless(&served.guardctl(&["snapshot"]));
        let denied = Fault::error(400, "AccessDeniedException", format!("not you\n{evil}"));
        served.world.inject(denied.on(Action::DescribeUserPoolDomain));
        let output = served.guardctl(&["plan", "--domain", "auth.example.com"]);
        assert_eq!(output.status.code(), Some(1));
        is_harmless(&output);
    }
}
