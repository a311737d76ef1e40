//! What people allow or stop for a while, as the other commands go by it, and what is restored of what.

use std::fs;

use cognito_domain_guard::domain::{ObservedPolicy, SecurityPolicy};
use cognito_domain_guard_sandbox::{Action, Caller};
use serde_json::{Value, json};

use crate::overrides::{LOGS, count, deployed, listed, with};
use crate::served::{Served, custom, weak};
use crate::support::{empty_folder, text};

const DOMAIN: &str = "till.example.com";

/// A deployed guard, and a domain below the floor of a baseline.
fn drifted(folder: &str) -> (Served, String) {
    let served = deployed();
    served.world.put_domain(weak(DOMAIN));
    (served, floor(folder))
}

fn floor(folder: &str) -> String {
    let file = empty_folder(folder).join("floor.yaml");
    let text = "version: 1\naccounts: { prod: { id: '111122223333' } }\n\
                defaults: { security_policy: { at_least: TLS_V1_2_2021 } }\n";
    fs::write(&file, text).expect("a file");
    file.display().to_string()
}

fn planned(served: &Served, baseline: &str) -> (Option<i32>, Value) {
    let plan = ["plan", "--baseline", baseline, "--domain", DOMAIN, "--format", "json"];
    let output = served.guardctl(&plan);
    let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    (output.status.code(), plan[0]["domains"][0].clone())
}

/// How apply ended, and what it printed.
fn applied(served: &Served, baseline: &str) -> (Option<i32>, String) {
    let output = served.guardctl(&["apply", "--yes", "--baseline", baseline, "--domain", DOMAIN]);
    let printed = format!("{}{}", text(&output.stdout), text(&output.stderr));
    (output.status.code(), printed)
}

fn put_by_hand(world: &cognito_domain_guard_sandbox::World, value: &str) {
    let put = json!({
        "Name": "/cognito-domain-guard/cognito-domain-guard/overrides/by-hand",
        "Type": "String",
        "Value": value,
    });
    let caller = Caller::iam_user("111122223333", "jane");
    world.call_as(&caller, Action::PutParameter, put).expect("made");
}

#[test]
fn what_an_override_allows_is_exempt_in_a_plan_and_apply_leaves_it() {
    let (served, baseline) = drifted("cli-in-force-allow");
    assert_eq!(planned(&served, &baseline).1["decision"], "update");
    served.guardctl(&with(&["allow", DOMAIN, "--attributes", "security_policy"], &["--yes"]));
    let (ended, domain) = planned(&served, &baseline);
    assert_eq!((ended, &domain["decision"]), (Some(0), &"exempt".into()), "{domain}");
    let parameter = domain["exempt"][0]["parameter"].as_str().expect("a parameter");
    assert!(parameter.contains("/overrides/till.example.com_"), "{parameter}");
    let (ended, printed) = applied(&served, &baseline);
    assert_eq!((ended, count(&served, Action::UpdateUserPoolDomain)), (Some(0), 0), "{printed}");
    assert!(printed.contains("security_policy is exempt until "), "{printed}");
    assert!(printed.contains("Z: terminals locked out"), "an hour, not a day: {printed}");
}

#[test]
fn under_a_pause_a_plan_says_why_nothing_is_put_back_and_apply_leaves_it_until_it_is_ended() {
    let (served, baseline) = drifted("cli-in-force-pause");
    served.guardctl(&with(&["pause"], &["--yes"]));
    let (ended, domain) = planned(&served, &baseline);
    assert_eq!((ended, &domain["decision"]), (Some(2), &"paused".into()), "{domain}");
    let shown = served.guardctl(&["plan", "--baseline", &baseline, "--domain", DOMAIN]);
    let shown = text(&shown.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("left unchanged: paused until "), "{shown}");
    let (ended, printed) = applied(&served, &baseline);
    assert_eq!((ended, count(&served, Action::UpdateUserPoolDomain)), (Some(2), 0), "{printed}");
    served.guardctl(&["resume", "--yes"]);
    let (ended, printed) = applied(&served, &baseline);
    assert_eq!((ended, count(&served, Action::UpdateUserPoolDomain)), (Some(0), 1), "{printed}");
}

#[test]
fn an_override_that_comes_after_the_plan_was_shown_counts() {
    let (served, baseline) = drifted("cli-in-force-late");
    served.world.before(Action::DescribeUserPoolDomain, |_| ());
    served.world.before(Action::DescribeUserPoolDomain, |world| {
        put_by_hand(
            world,
            "pause: '*'\nuntil: 2999-01-01T00:00:00Z\nreason: it ends too late\nby: jane\n",
        );
    });
    let (ended, printed) = applied(&served, &baseline);
    assert_eq!((ended, count(&served, Action::UpdateUserPoolDomain)), (Some(1), 0), "{printed}");
    assert!(printed.contains("till.example.com: it has changed since it was shown"), "{printed}");
}

#[test]
fn where_no_stack_can_be_seen_a_plan_says_that_no_override_counts() {
    let (served, baseline) = drifted("cli-in-force-unseen");
    let noted = |arguments: &[&str]| {
        let plan = [&["plan", "--baseline", &baseline, "--domain", DOMAIN], arguments].concat();
        let output = served.guardctl(&plan);
        assert_eq!(output.status.code(), Some(2));
        text(&output.stderr).to_owned()
    };
    assert_eq!(noted(&[]), "");
    let elsewhere = noted(&["--stack", "other"]);
    let expected = "note: there is no stack other in account 111122223333 eu-central-1, so no override \
                    counts here\n";
    assert_eq!(elsewhere, expected);
    served.world.deny(Action::DescribeStacks);
    let denied = noted(&[]);
    assert!(denied.starts_with("note: whether there is a stack cognito-domain-guard is unknown ("));
    assert!(denied.contains("AccessDenied"), "{denied}");
}

#[test]
fn the_note_that_no_override_counts_is_said_once_whatever_is_put_back() {
    let (served, baseline) = drifted("cli-in-force-once");
    served.world.put_domain(weak("other.example.com"));
    let domains = ["--domain", DOMAIN, "--domain", "other.example.com"];
    let apply = [&["apply", "--yes", "--baseline", &baseline, "--stack", "other"], &domains[..]];
    let output = served.guardctl(&apply.concat());
    let said = text(&output.stderr);
    assert_eq!(count(&served, Action::UpdateUserPoolDomain), 2, "{said}");
    assert_eq!(said.matches("so no override counts here").count(), 1, "{said}");
}

#[test]
fn where_the_overrides_of_a_guard_cannot_be_read_apply_sends_nothing_and_fails() {
    let (served, baseline) = drifted("cli-in-force-unread");
    served.world.deny(Action::GetParametersByPath);
    let (ended, domain) = planned(&served, &baseline);
    assert_eq!((ended, &domain["decision"]), (Some(1), &"withheld".into()), "{domain}");
    let (ended, printed) = applied(&served, &baseline);
    assert_eq!((ended, count(&served, Action::UpdateUserPoolDomain)), (Some(1), 0), "{printed}");
    for words in ["the overrides of the stack cognito-domain-guard", "\"ssm:GetParametersByPath\""]
    {
        assert!(printed.contains(words), "{printed}");
    }
    // At its baseline a domain needs no override, and nobody asks.
    served.world.put_domain(custom(
        "fine.example.com",
        ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025),
        true,
        Some(2),
    ));
    let fine = ["plan", "--baseline", &baseline, "--domain", "fine.example.com"];
    let output = served.guardctl(&fine);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn where_the_overrides_cannot_be_read_again_before_the_update_it_is_not_sent() {
    let (served, baseline) = drifted("cli-in-force-then-unread");
    served.world.before(Action::DescribeUserPoolDomain, |_| ());
    served.world.before(Action::DescribeUserPoolDomain, |world| {
        world.deny(Action::GetParametersByPath);
    });
    let (ended, printed) = applied(&served, &baseline);
    assert_eq!((ended, count(&served, Action::UpdateUserPoolDomain)), (Some(1), 0), "{printed}");
    let expected = "till.example.com: nothing was sent, as the overrides of the stack";
    assert!(printed.contains(expected), "{printed}");
}

#[test]
fn an_override_by_hand_may_name_an_account_as_the_baseline_does() {
    let (served, baseline) = drifted("cli-in-force-names");
    #[expect(clippy::disallowed_methods, reason = "guardctl has a clock")]
    let until = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
    let until = cognito_domain_guard::when::rfc3339(until);
    put_by_hand(
        &served.world,
        &format!(
            "pause: {DOMAIN}\naccounts: [prod]\nuntil: {until}\nreason: a release\nby: jane\n"
        ),
    );
    let overrides = served.guardctl(&["overrides", "--baseline", &baseline]);
    let shown = text(&overrides.stdout);
    assert_eq!(overrides.status.code(), Some(0), "{shown}");
    assert!(shown.starts_with("by-hand: in force, "), "{shown}");
    assert_eq!(planned(&served, &baseline).1["decision"], "paused");
    let output = served.guardctl(&["resume", DOMAIN, "--baseline", &baseline, "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(served.world.parameters().is_empty());
}

#[test]
fn a_broken_baseline_of_the_checkout_is_said_and_keeps_nobody_from_ending_a_pause() {
    let served = deployed();
    served.guardctl(&with(&["pause"], &["--yes"]));
    let checkout = empty_folder("cli-in-force-broken");
    fs::create_dir(checkout.join("baseline")).expect("a folder");
    fs::write(checkout.join("baseline/baseline.yaml"), "version: 1\ndomain: []\n").expect("a file");
    let output = served.command(&["resume", "--yes"]).current_dir(&checkout).output();
    let output = output.expect("guardctl");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("note: ") && said.contains("baseline.yaml:2"), "{said}");
    assert!(said.contains("accounts in overrides are known by their numbers alone"), "{said}");
    assert!(served.world.parameters().is_empty());
}

#[test]
fn where_there_is_no_stack_the_log_to_restore_from_is_named() {
    let served = deployed();
    let allow = ["allow", "auth.example.com", "--attributes", "managed_login_version", "--restore"];
    let at = ["--path", "/by-hand/overrides", "--yes"];
    let output = served.guardctl(&with(&allow, &at));
    assert!(text(&output.stderr).contains("pass --log-group too"), "{output:?}");
    let logs = ["--log-group", LOGS[0], "--log-group", LOGS[1]];
    let output = served.guardctl(&with(&allow, &[at.as_slice(), logs.as_slice()].concat()));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let domain = served.world.domain("auth.example.com").expect("the domain");
    assert_eq!(domain.managed_login_version, Some(1));
}

#[test]
fn what_was_reverted_in_several_places_is_restored_in_the_one_that_is_named() {
    let served = deployed();
    let line = include_str!("../../../../tests/record-lines/1.1.jsonl")
        .lines()
        .find(|line| line.contains("\"kind\":\"reverted\""))
        .expect("a line");
    served.world.put_log_line(LOGS[0], &line.replace("\"eu-central-1\"", "\"eu-west-1\""));
    let allow = ["allow", "auth.example.com", "--attributes", "managed_login_version", "--restore"];
    let output = served.guardctl(&with(&allow, &["--yes"]));
    assert_eq!(output.status.code(), Some(1));
    let complained = text(&output.stderr);
    let places = "account 111122223333 eu-central-1 and account 111122223333 eu-west-1";
    assert!(complained.contains(places) && complained.contains("--region"), "{complained}");
    assert!(served.world.parameters().is_empty());
    let output = served.guardctl(&with(&allow, &["--region", "eu-central-1", "--yes"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(count(&served, Action::UpdateUserPoolDomain), 1);
}

#[test]
fn an_account_is_named_by_its_number_or_as_the_baseline_names_it() {
    let served = deployed();
    let folder = empty_folder("cli-overrides-accounts");
    let file = folder.join("named.yaml");
    let named = "version: 1\naccounts: { prod: { id: '444455556666' }, bank: '222222222222' }\n";
    fs::write(&file, named).expect("a file");
    let file = file.display().to_string();
    let accounts = |which: &'static str| ["--account", which, "--yes"];
    let run = |command: &[&str], which: &'static str, more: &[&str]| {
        let words = with(command, &[accounts(which).as_slice(), more].concat());
        let output = served.command(&words).current_dir(&folder).output().expect("guardctl");
        (output.status.code(), text(&output.stderr).to_owned())
    };
    let allow = ["allow", "pos.example.com", "--attributes", "security_policy"];
    for command in [allow.as_slice(), &["pause"]] {
        // Nobody is kept from stopping the guard by a name that nothing is known of, or by a file for a number.
        for (which, more, complaint) in [
            ("prod", [].as_slice(), "--account prod: there is no baseline/baseline.yaml here"),
            ("prdo", &["--baseline", &file], "no account is named \"prdo\"; did you mean prod?"),
            ("shop", &["--baseline", &file], "no account is named \"shop\"; write its 12 digits"),
            ("4444", &["--baseline", &file], "\"4444\""),
            ("prod", &["--baseline", "nothing.yaml"], "nothing.yaml"),
        ] {
            let (code, said) = run(command, which, more);
            assert_eq!(code, Some(1), "{which}: {said}");
            assert!(said.contains(complaint), "{which}: {said}");
            assert!(served.world.parameters().is_empty(), "{which}");
        }
        for (which, more) in [("prod", ["--baseline", &file].as_slice()), ("444455556666", &[])] {
            assert_eq!(run(command, which, more), (Some(0), String::new()), "{which}");
            let made = served.world.parameters();
            let value = made.values().next().expect("a parameter");
            assert!(value.contains("accounts: [\"444455556666\"]\n"), "{which}: {value}");
            let shown = &listed(&served)[0];
            assert_eq!(shown["state"], "in_force", "whoever has no baseline understands it");
            let id = shown["id"].as_str().expect("an id").to_owned();
            served.guardctl(&["resume", &id, "--yes"]);
        }
    }
}

#[test]
fn what_was_reverted_in_an_account_is_restored_by_its_name() {
    let served = deployed();
    let file = empty_folder("cli-overrides-restored").join("named.yaml");
    let named = "version: 1\naccounts: { home: '111122223333', away: '444455556666' }\n";
    fs::write(&file, named).expect("a file");
    let file = file.display().to_string();
    let restored = |account: &str| {
        let allow = ["allow", "auth.example.com", "--attributes", "managed_login_version"];
        let of = ["--restore", "--account", account, "--baseline", &file, "--yes"];
        let output = served.guardctl(&with(&allow, &of));
        (output.status.code(), text(&output.stderr).to_owned())
    };
    let (code, said) = restored("away");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("says that auth.example.com was reverted"), "{said}");
    assert_eq!(restored("home"), (Some(0), String::new()));
    let domain = served.world.domain("auth.example.com").expect("the domain");
    assert_eq!(domain.managed_login_version, Some(1));
}
