//! Ctrl-C leaves nothing half done.

use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use cognito_domain_guard::domain::{ObservedPolicy, SecurityPolicy};
use cognito_domain_guard_sandbox::Action;
use rexpect::session::spawn_command;

use crate::served::{Served, custom};
use crate::support::{empty_folder, text};

const CTRL_C: &str = "-INT";

fn two_weak_domains() -> Served {
    let served = Served::start();
    for name in ["a.example.com", "b.example.com"] {
        let weak = ObservedPolicy::Known(SecurityPolicy::TlsV1);
        served.world.put_domain(custom(name, weak, false, Some(1)));
    }
    served
}

/// A baseline that wants both raised, so that there is something to send.
fn baseline(folder: &str) -> String {
    let file = empty_folder(folder).join("baseline.yaml");
    let text = "version: 1\nmode: enforce\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\n\
                domains:\n  - domain: '*.example.com'\n";
    std::fs::write(&file, text).expect("a file");
    file.display().to_string()
}

fn policy(served: &Served, name: &str) -> Option<SecurityPolicy> {
    let domain = served.world.domain(name)?;
    let cognito_domain_guard::domain::Hosting::Custom(custom) = domain.hosting else { return None };
    custom.security_policy.in_effect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "an answer that takes its time")]
fn during_an_update_it_waits_for_the_answer_and_sends_no_other() {
    let served = two_weak_domains();
    let file = baseline("cli-interrupt-update");
    let (sender, process) = channel::<u32>();
    // The update has arrived and its answer has not left: as late as an interruption can come.
    served.world.before(Action::UpdateUserPoolDomain, move |_| {
        let id = process.recv().expect("a process").to_string();
        let sent = Command::new("kill").args([CTRL_C, &id]).status().expect("kill");
        assert!(sent.success());
        std::thread::sleep(Duration::from_millis(300));
    });
    let child = served
        .command(&["apply", "--baseline", &file, "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("guardctl");
    sender.send(child.id()).expect("the hook");
    let output = child.wait_with_output().expect("its end");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("a.example.com: waiting for Cognito's answer"), "{told}");
    assert!(text(&output.stdout).contains("a.example.com: accepted"), "{}", text(&output.stdout));
    assert!(told.contains("interrupted; 1 of 2 updates were not sent"), "{told}");
    let updates =
        served.world.calls().iter().filter(|c| c.action == Action::UpdateUserPoolDomain).count();
    assert_eq!(updates, 1);
    assert_eq!(policy(&served, "b.example.com"), Some(SecurityPolicy::TlsV1));
}

#[test]
fn at_the_question_it_ends_and_nothing_was_sent() {
    let served = two_weak_domains();
    let file = baseline("cli-interrupt-question");
    let mut terminal = spawn_command(served.command(&["apply", "--baseline", &file]), Some(20_000))
        .expect("a terminal");
    terminal.exp_string("Only \"yes\" counts: ").expect("the question");
    terminal.send_control('c').expect("Ctrl-C");
    terminal.exp_string("interrupted; nothing was changed").expect("its end");
    let status = terminal.process().wait().expect("its status");
    assert!(format!("{status:?}").contains(", 130)"), "{status:?}");
    assert!(served.world.calls().iter().all(|call| call.action != Action::UpdateUserPoolDomain));
}

#[test]
fn only_yes_counts() {
    let served = two_weak_domains();
    let file = baseline("cli-question");
    for (answer, sent) in [("y", 0), ("", 0), ("yes", 2)] {
        let mut terminal =
            spawn_command(served.command(&["apply", "--baseline", &file]), Some(20_000))
                .expect("a terminal");
        terminal.exp_string("Only \"yes\" counts: ").expect("the question");
        terminal.send_line(answer).expect("an answer");
        terminal.exp_eof().expect("its end");
        let updates = served
            .world
            .calls()
            .iter()
            .filter(|c| c.action == Action::UpdateUserPoolDomain)
            .count();
        assert_eq!(updates, sent, "{answer:?}");
    }
}
