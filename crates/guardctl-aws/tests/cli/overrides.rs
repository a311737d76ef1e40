//! Stop it, allow it, undo it: each command against the embedded AWS.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{Hosting, ObservedPolicy, SecurityPolicy, Status};
use cognito_domain_guard::overrides::Location;
use cognito_domain_guard_sandbox::{
    Action, Break, Durations, Fault, FaultKind, World, WorldSettings,
};
use rexpect::session::spawn_command;
use serde_json::Value;
use time::OffsetDateTime;

use crate::served::{Served, custom};
use crate::support::text;

const INCIDENT: &str = "2c63888f-28f0-4481-be6d-dce7a7ace732";
pub(crate) const RECORD_LINES: &str = include_str!("../../../../tests/record-lines/1.1.jsonl");
pub(crate) const LOGS: [&str; 2] = ["/aws/lambda/guard", "/aws/lambda/sweep"];

/// A guard's stack, and the domain of the record lines as the guard has put it back.
pub(crate) fn deployed() -> Served {
    logged(RECORD_LINES)
}

/// The same, of a guard that logged these lines.
pub(crate) fn logged(lines: &str) -> Served {
    #[expect(clippy::disallowed_methods, reason = "guardctl has a clock")]
    let start = OffsetDateTime::now_utc();
    let second = std::time::Duration::from_secs(1);
    let durations = Durations { update_custom: second, ..Durations::default() };
    let world = World::new(WorldSettings { start, durations, ..WorldSettings::default() });
    world.put_domain(custom(
        "auth.example.com",
        ObservedPolicy::Known(SecurityPolicy::TlsV1_3_2025),
        true,
        Some(2),
    ));
    world.put_stack(
        "cognito-domain-guard",
        &[
            ("OverridesPath", Location::path_of("cognito-domain-guard")),
            ("OverrideMaxHours", "72".to_owned()),
            ("GuardLogs", LOGS[0].to_owned()),
            ("SweepLogs", LOGS[1].to_owned()),
        ],
    );
    // As versions of the guard wrote them, between other lines.
    for (nth, line) in lines.lines().enumerate() {
        world.put_log_line(LOGS[nth % 2], "START RequestId: 4a1f0b1e Version: $LATEST");
        world.put_log_line(LOGS[nth % 2], line);
    }
    Served::of(world)
}

fn policy(served: &Served) -> Option<SecurityPolicy> {
    let domain = served.world.domain("auth.example.com")?;
    let Hosting::Custom(custom) = domain.hosting else { return None };
    custom.security_policy.in_effect()
}

pub(crate) fn count(served: &Served, action: Action) -> usize {
    served.world.calls().iter().filter(|call| call.action == action).count()
}

pub(crate) fn listed(served: &Served) -> Vec<Value> {
    let output = served.guardctl(&["overrides", "--format", "json"]);
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    list.as_array().expect("a list").clone()
}

const WHY: [&str; 4] = ["--for", "8h", "--reason", "terminals locked out"];

pub(crate) fn with<'a>(begin: &[&'a str], end: &[&'a str]) -> Vec<&'a str> {
    [begin, WHY.as_slice(), end].concat()
}

#[test]
fn allow_makes_one_parameter_that_the_guard_reads_and_overrides_shows_it() {
    let served = deployed();
    let allow = ["allow", "pos.example.com", "--attributes", "security_policy,routing"];
    let output = served.guardctl(&with(&allow, &["--ticket", "INC-4711", "--yes"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let parameters = served.world.parameters();
    let (name, value) = parameters.iter().next().expect("a parameter");
    assert_eq!(parameters.len(), 1);
    assert!(
        name.starts_with("/cognito-domain-guard/cognito-domain-guard/overrides/pos.example.com_")
    );
    assert!(
        value.starts_with("domain: \"pos.example.com\"\nattributes: [security_policy, routing]\n")
    );
    let [one] = &listed(&served)[..] else { panic!("one") };
    assert_eq!((&one["state"], &one["effect"]), (&"in_force".into(), &"allow".into()));
    assert_eq!(one["reason"], "terminals locked out");
    assert_eq!(one["by"], "someone", "the name at the end of the caller's ARN");
    assert_eq!(one["written_by"], "arn:aws:iam::111122223333:user/someone");
    assert!((28_700..=28_800).contains(&one["seconds_left"].as_i64().expect("seconds")));
    let shown = served.guardctl(&["overrides"]);
    let shown = text(&shown.stdout);
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("in force, 7 h 59 min left security_policy, routing of pos.example.com may")
    );
    assert!(
        flat.contains(
            "why terminals locked out (INC-4711) by someone (as they wrote), arn:aws:iam"
        )
    );
}

#[test]
fn pause_is_for_every_domain_or_one_and_may_be_of_an_account_and_a_region() {
    let served = deployed();
    let output = served.guardctl(&with(&["pause"], &["--yes"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let place = ["--account", "444455556666", "--region", "eu-west-1", "--yes"];
    let output = served.guardctl(&with(&["pause", "*.example.com"], &place));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut listed = listed(&served);
    listed.sort_by_key(|one| one["domain"].to_string());
    let [all, some] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((&all["effect"], &all["domain"]), (&"pause".into(), &"*".into()));
    assert_eq!(some["accounts"], serde_json::json!(["444455556666"]));
    assert_eq!(some["regions"], serde_json::json!(["eu-west-1"]));
    assert!(some["id"].as_str().expect("an id").starts_with("any.example.com_"));
}

#[test]
fn resume_ends_what_is_meant_and_nothing_else() {
    let served = deployed();
    let names = || -> Vec<String> {
        listed(&served).iter().map(|one| one["domain"].as_str().unwrap_or("?").to_owned()).collect()
    };
    served.guardctl(&with(&["pause"], &["--yes"]));
    served.guardctl(&with(&["pause", "auth.example.com"], &["--yes"]));
    served.guardctl(&with(&["allow", "pos.example.com", "--attributes", "routing"], &["--yes"]));
    let output = served.guardctl(&["resume", "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(names(), ["auth.example.com", "pos.example.com"]);
    served.guardctl(&["resume", "AUTH.example.com", "--yes"]);
    assert_eq!(names(), ["pos.example.com"]);
    let id = listed(&served)[0]["id"].as_str().expect("an id").to_owned();
    served.guardctl(&["resume", &id, "--yes"]);
    assert!(names().is_empty());
    let output = served.guardctl(&["resume", &id, "--yes"]);
    assert_eq!(output.status.code(), Some(0), "what is ended need not be ended again");
    assert!(text(&output.stdout).contains(&format!("there is no {id} below")));
}

#[test]
fn undo_allows_what_the_incident_reverted_and_puts_it_back_as_it_was() {
    let served = deployed();
    let output = served.guardctl(&with(&["undo", INCIDENT], &["--wait", "--yes"]));
    let (told, complained) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}{complained}");
    assert_eq!(policy(&served), Some(SecurityPolicy::TlsV1));
    let domain = served.world.domain("auth.example.com").expect("the domain");
    assert_eq!(domain.managed_login_version, Some(1));
    let Hosting::Custom(custom) = domain.hosting else { panic!("a custom domain") };
    assert_eq!(custom.failover.expect("a failover").secondary_region, "eu-west-1");
    assert!(custom.certificate_arn.is_some(), "what was not reverted stays");
    assert!(told.contains("security_policy        TLS_V1_3_2025 -> TLS_V1\n"), "{told}");
    assert!(told.contains("as it was before the revert, and in effect"), "{told}");
    let [one] = &listed(&served)[..] else { panic!("one") };
    let attributes = ["security_policy", "routing", "managed_login_version"];
    assert_eq!(one["attributes"], serde_json::json!(attributes));
    // The guard would revert the update if it came first.
    let calls = served.world.calls();
    let at = |action| calls.iter().position(|call| call.action == action);
    assert!(at(Action::PutParameter) < at(Action::UpdateUserPoolDomain));
    // Once more is another override, and no update.
    let again = served.guardctl(&with(&["undo", INCIDENT], &["--yes"]));
    assert!(text(&again.stdout).contains("is as it was before the revert; no update is sent"));
    assert_eq!(count(&served, Action::UpdateUserPoolDomain), 1);
}

#[test]
fn allow_with_restore_puts_back_the_attributes_that_are_named_and_no_others() {
    let served = deployed();
    let allow = ["allow", "auth.example.com", "--attributes", "managed_login_version", "--restore"];
    let output = served.guardctl(&with(&allow, &["--yes"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let domain = served.world.domain("auth.example.com").expect("the domain");
    assert_eq!(domain.managed_login_version, Some(1));
    assert_eq!(policy(&served), Some(SecurityPolicy::TlsV1_3_2025));
    // What was never reverted cannot be restored, and nothing is made for it.
    let before = served.world.parameters().len();
    let allow = ["allow", "auth.example.com", "--attributes", "certificate_arn", "--restore"];
    let output = served.guardctl(&with(&allow, &["--yes"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("says that certificate_arn of auth.example.com was reverted")
    );
    assert_eq!(served.world.parameters().len(), before);
}

#[test]
fn a_domain_that_cognito_is_busy_with_is_waited_for() {
    let served = deployed();
    let mut domain = served.world.domain("auth.example.com").expect("the domain");
    domain.status = Status::Updating;
    served.world.put_domain(domain.clone());
    let world = served.world.clone();
    // It is seen busy twice, by whoever shows it and by whoever waits.
    served.world.before(Action::UpdateUserPoolDomain, move |world| {
        let shown = world.domain("auth.example.com").expect("the domain");
        assert_eq!(shown.status, Status::Active);
    });
    let settle = std::thread::spawn(move || {
        while world.calls().iter().filter(|c| c.action == Action::DescribeUserPoolDomain).count()
            < 2
        {
            std::thread::yield_now();
        }
        domain.status = Status::Active;
        world.put_domain(domain);
    });
    let output = served.guardctl(&with(&["undo", INCIDENT], &["--yes"]));
    settle.join().expect("its end");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout)
            .contains("Cognito is busy with it: the update is sent when that is over")
    );
    assert_eq!(policy(&served), Some(SecurityPolicy::TlsV1));
}

#[test]
fn without_the_permission_the_command_for_its_owner_is_printed_and_it_works() {
    let served = deployed();
    served.world.deny(Action::PutParameter);
    let output = served.guardctl(&with(&["pause"], &["--yes"]));
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("\"ssm:PutParameter\""), "{told}");
    let (_, command) = told.split_once("or have somebody on call run:\n").expect("a command");
    assert!(
        command.starts_with("aws ssm put-parameter --region eu-central-1 --type String --name /")
    );
    assert!(served.world.parameters().is_empty());
    served.world.allow(Action::PutParameter);
    // The update is refused: the override is in force, and the owner gets the whole request.
    served.world.deny(Action::UpdateUserPoolDomain);
    let output = served.guardctl(&with(&["undo", INCIDENT], &["--yes"]));
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(
        told.contains("auth.example.com: not restored, though the override is in force"),
        "{told}"
    );
    let (_, command) = told.split_once("--cli-input-json '").expect("a command");
    let request: Value =
        serde_json::from_str(command.split('\'').next().expect("its input")).expect("JSON");
    assert_eq!(request["CustomDomainConfig"]["SecurityPolicy"], "TLS_V1");
    assert_eq!(served.world.parameters().len(), 1);
    served.world.deny(Action::DeleteParameter);
    let output = served.guardctl(&["resume", "auth.example.com", "--yes"]);
    assert!(text(&output.stderr).contains("aws ssm delete-parameter --region eu-central-1 --name"));
}

#[test]
fn it_is_asked_for_and_only_yes_counts() {
    let served = deployed();
    let refused = served.guardctl(&with(&["undo", INCIDENT], &[]));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("pass --yes"), "{}", text(&refused.stderr));
    for (answer, made) in [("y", 0), ("yes", 1)] {
        let command = served.command(&with(&["undo", INCIDENT], &[]));
        let mut terminal = spawn_command(command, Some(20_000)).expect("a terminal");
        terminal
            .exp_string("make 1 override, and send 1 update to Cognito?")
            .expect("the question");
        terminal.send_line(answer).expect("an answer");
        terminal.exp_eof().expect("its end");
        assert_eq!(served.world.parameters().len(), made, "{answer}");
        assert_eq!(count(&served, Action::UpdateUserPoolDomain), made, "{answer}");
    }
}

#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let served = deployed();
    let command = served.command(&with(&["pause"], &[]));
    let mut terminal = spawn_command(command, Some(20_000)).expect("a terminal");
    terminal.exp_string("Only \"yes\" counts: ").expect("the question");
    terminal.send_control('c').expect("Ctrl-C");
    terminal.exp_string("interrupted; nothing was changed").expect("its end");
    assert!(served.world.parameters().is_empty());
}

#[test]
fn an_answer_that_is_lost_makes_no_second_override() {
    let served = deployed();
    let lost = Fault::new(FaultKind::After(Break::Reset));
    served.world.inject(lost.on(Action::PutParameter).times(1));
    let output = served.guardctl(&with(&["pause"], &["--yes"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(served.world.parameters().len(), 1);
    assert_eq!(count(&served, Action::PutParameter), 2, "the SDK asked again");
}

#[test]
fn two_people_at_once_lose_nothing() {
    let served = deployed();
    let child = |domain: &'static str| {
        let command = with(&["pause", domain], &["--yes"]);
        served.command(&command).stdout(std::process::Stdio::null()).spawn().expect("guardctl")
    };
    let children: Vec<_> = ["a.example.com", "a.example.com", "b.example.com"].map(child).into();
    for mut child in children {
        assert!(child.wait().expect("its end").success());
    }
    assert_eq!(served.world.parameters().len(), 3);
}

#[test]
fn one_that_cannot_be_understood_is_shown_with_its_problem_and_can_be_ended() {
    let served = deployed();
    let put = serde_json::json!({
        "Name": "/cognito-domain-guard/cognito-domain-guard/overrides/by-hand",
        "Type": "String",
        "Value": "domain: pos.example.com\nattributes: [tls]\n",
    });
    let caller = cognito_domain_guard_sandbox::Caller::iam_user("111122223333", "jane");
    served.world.call_as(&caller, Action::PutParameter, put).expect("made");
    let output = served.guardctl(&["overrides"]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stdout);
    assert!(
        told.starts_with("by-hand: cannot be understood: nothing is written for 59 min\n"),
        "{told}"
    );
    assert!(told.contains("\"tls\" is not an attribute"), "{told}");
    assert!(told.contains("user/jane (AWS says)"), "{told}");
    served.guardctl(&["resume", "by-hand", "--yes"]);
    assert!(served.world.parameters().is_empty());
}

#[test]
fn what_is_wrong_is_said_before_anything_is_made() {
    let served = deployed();
    for (arguments, expected) in [
        (
            vec!["pause", "--for", "80h", "--reason", "r", "--yes"],
            "an override may last 3 d (OverrideMaxHours",
        ),
        (vec!["pause", "--for", "2", "--reason", "r", "--yes"], "write a number and a unit"),
        (
            vec!["pause", "a..b", "--for", "2h", "--reason", "r", "--yes"],
            "no such override can be made",
        ),
        (
            vec!["allow", "a.example.com", "--attributes", "tls", "--for", "2h", "--reason", "r"],
            "write one of",
        ),
        (
            vec!["undo", "no-such", "--for", "2h", "--reason", "r", "--yes"],
            "says that the incident no-such reverted",
        ),
        (vec!["undo", "a\" b", "--for", "2h", "--reason", "r"], "INCIDENT is as a notice names it"),
        (
            vec!["pause", "--stack", "other", "--for", "2h", "--reason", "r"],
            "pass --guard-region (this is",
        ),
        (
            vec!["undo", INCIDENT, "--path", "/p", "--for", "2h", "--reason", "r"],
            "pass --log-group too",
        ),
    ] {
        let output = served.guardctl(&arguments);
        assert!(matches!(output.status.code(), Some(1 | 64)), "{arguments:?}");
        let told = text(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
    assert!(served.world.parameters().is_empty());
    assert_eq!(count(&served, Action::UpdateUserPoolDomain), 0);
}

#[test]
fn a_domain_of_another_account_is_not_touched_with_these_credentials() {
    let served = deployed();
    let line = include_str!("../../../../tests/record-lines/1.1.jsonl")
        .lines()
        .find(|line| line.contains("\"kind\":\"reverted\""))
        .expect("a line")
        .replace("111122223333", "444455556666")
        .replace(INCIDENT, "another-account");
    served.world.put_log_line(LOGS[0], &line);
    let output = served.guardctl(&with(&["undo", "another-account"], &["--yes"]));
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(
        told.contains("is in the account 444455556666") && told.contains("--domain-profile"),
        "{told}"
    );
    assert!(served.world.parameters().is_empty());
}

#[test]
fn where_there_is_no_stack_the_path_is_enough() {
    let served = Served::start();
    let path = "/cognito-domain-guard/by-hand/overrides";
    let output = served.guardctl(&with(&["pause"], &["--path", path, "--yes"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(served.world.parameters().keys().all(|name| name.starts_with(path)));
    assert!(text(&output.stdout).contains(&format!(" --path {path} --guard-region eu-central-1")));
}

/// Each command of the emergency chapter, as somebody pastes it. There is no terminal here, so `--yes`.
#[test]
fn every_guardctl_command_of_the_emergency_chapter_does_what_the_chapter_says() {
    let page = include_str!("../../../../docs/operate.md");
    let (_, chapter) = page.split_once("## In an emergency\n").expect("the chapter");
    let (chapter, _) = chapter.split_once("\n## ").expect("its end");
    let served = deployed();
    let mut commands = chapter.lines().filter_map(|line| line.strip_prefix("guardctl ")).peekable();
    assert!(commands.peek().is_some(), "it begins with these commands");
    let mut seen = Vec::new();
    for command in commands {
        let verb = command.split(' ').next().expect("a verb");
        let yes = if verb == "overrides" { "" } else { " --yes" };
        let output =
            served.shell(&format!("guardctl-aws {command}{yes}")).output().expect("a shell");
        assert_eq!(output.status.code(), Some(0), "{command}: {}", text(&output.stderr));
        match verb {
            "undo" => assert_eq!(policy(&served), Some(SecurityPolicy::TlsV1)),
            "allow" | "pause" => {
                assert_eq!(listed(&served).last().expect("one")["state"], "in_force")
            }
            "resume" | "overrides" => {
                assert!(!text(&output.stdout).contains("there is no"), "{command}")
            }
            other => panic!("{other}"),
        }
        seen.push(verb);
    }
    for verb in ["undo", "allow", "pause", "overrides", "resume"] {
        assert!(seen.contains(&verb), "{verb}");
    }
    // What the chapter has for the AWS CLI is what the guard reads. The deployment test runs it.
    let baseline = Baseline::parse("none", "version: 1\n").expect("a baseline");
    let mut read = 0;
    for value in chapter.split(" --value \"\n").skip(1) {
        let (value, _) = value.split_once('"').expect("its end");
        let (before, date) = value.split_once("$(date ").expect("an end from now");
        let (_, after) = date.split_once(')').expect("its end");
        let value = format!("{before}2026-11-27T01:00:00Z{after}");
        assert!(baseline.read_override("x", &value).is_ok(), "{value}");
        read += 1;
    }
    assert_eq!(read, 2);
}
