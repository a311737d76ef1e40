//! What apply does to several domains, and what it says of those that it leaves.

use std::fs;
use std::time::Duration;

use cognito_domain_guard::domain::{Domain, Status};
use cognito_domain_guard_sandbox::Action;

use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

/// A baseline with a domain for each reason for which one is left.
const LEAVING: &str = "version: 1
defaults: { security_policy: { at_least: TLS_V1_2_2021 } }
domains:
  - domain: audited.example.com
    mode: audit
  - domain: gone.example.com
exemptions:
  - { domain: exempt.example.com, attributes: [security_policy], until: END, reason: old tills, owner: pos, ticket: T-7 }
";

#[expect(clippy::disallowed_methods, reason = "an exemption of today")]
fn baseline(folder: &str) -> String {
    let end = (time::OffsetDateTime::now_utc() + time::Duration::days(30)).date();
    let file = empty_folder(folder).join("leaving.yaml");
    fs::write(&file, LEAVING.replace("END", &format!("{end}T00:00:00Z"))).expect("a file");
    file.display().to_string()
}

fn updates(served: &Served) -> usize {
    served.world.calls().iter().filter(|call| call.action == Action::UpdateUserPoolDomain).count()
}

#[test]
fn what_is_left_is_named_with_its_reason_and_counts_for_the_exit_code() {
    let baseline = baseline("cli-apply-left");
    let apply = |names: &[&str]| {
        let served = Served::start();
        for name in ["audited.example.com", "exempt.example.com", "fine.example.com"] {
            served.world.put_domain(weak(name));
        }
        served.world.put_domain(Domain { status: Status::Updating, ..weak("busy.example.com") });
        let mut arguments = vec!["apply", "--yes", "--baseline", &baseline];
        for name in names {
            arguments.extend(["--domain", name]);
        }
        let output = served.guardctl(&arguments);
        (output.status.code(), text(&output.stdout).to_owned(), updates(&served))
    };
    for (name, code, reason) in [
        ("audited.example.com", 2, "the baseline has it in audit mode"),
        ("busy.example.com", 2, "Cognito is busy with it (UPDATING); try again once it is ACTIVE"),
        ("gone.example.com", 2, "there is no such domain, and the guard never creates one"),
        // Whoever agreed on it wants no failing pipeline.
        ("exempt.example.com", 0, "old tills"),
    ] {
        let (ended, printed, updates) = apply(&[name]);
        assert_eq!((ended, updates), (Some(code), 0), "{printed}");
        assert!(printed.contains("nothing is put back; left unchanged (1):"), "{printed}");
        assert!(
            printed.contains(&format!("\n  {name}: ")) && printed.contains(reason),
            "{printed}"
        );
    }
    let (ended, printed, updates) = apply(&["fine.example.com", "audited.example.com"]);
    assert_eq!((ended, updates), (Some(2), 1), "{printed}");
    assert!(printed.contains("to put back: 1 domain; left unchanged (1):"), "{printed}");
    let (ended, _, updates) = apply(&["fine.example.com", "exempt.example.com"]);
    assert_eq!((ended, updates), (Some(0), 1));
}

#[test]
fn several_domains_are_sent_before_it_waits_for_all_of_them() {
    let served = Served::start();
    for name in ["a.example.com", "b.example.com"] {
        served.world.put_domain(weak(name));
    }
    // Looks: two for the plan, two before the updates; the fifth waits for the first of them.
    for _ in 0..4 {
        served.world.before(Action::DescribeUserPoolDomain, |_| ());
    }
    served.world.before(Action::DescribeUserPoolDomain, |world| {
        let sent =
            world.calls().iter().filter(|c| c.action == Action::UpdateUserPoolDomain).count();
        assert_eq!(sent, 2, "both are under way before anybody waits");
        world.advance(Duration::from_secs(600));
    });
    let floor = baseline("cli-apply-several");
    let output = served.guardctl(&[
        "apply",
        "--yes",
        "--wait",
        "--baseline",
        &floor,
        "--domain",
        "a.example.com",
        "--domain",
        "B.Example.com",
    ]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed} {}", text(&output.stderr));
    for name in ["a.example.com", "b.example.com"] {
        assert!(printed.contains(&format!("{name}: at its baseline, and in effect")), "{printed}");
    }
    assert!(updates(&served) == 2);
}

#[test]
fn one_that_fails_keeps_no_other_from_being_put_back() {
    let served = Served::start();
    for name in ["a.example.com", "b.example.com"] {
        served.world.put_domain(weak(name));
    }
    let baseline = baseline("cli-apply-fails");
    for _ in 0..2 {
        served.world.before(Action::DescribeUserPoolDomain, |_| ());
    }
    // Somebody changes the first one between the plan and the update.
    served
        .world
        .before(Action::DescribeUserPoolDomain, |world| world.remove_domain("a.example.com"));
    let output = served.guardctl(&[
        "apply",
        "--yes",
        "--baseline",
        &baseline,
        "--domain",
        "a.example.com",
        "--domain",
        "b.example.com",
    ]);
    assert_eq!((output.status.code(), updates(&served)), (Some(1), 1));
    let told = text(&output.stderr);
    assert!(told.contains("a.example.com: it has changed since it was shown"), "{told}");
}
