//! What each command prints, and how it ends.

use std::fs;

use cognito_domain_guard::domain::{ObservedPolicy, SecurityPolicy};
use cognito_domain_guard_sandbox::Action;
use serde_json::Value;

use crate::served::{Served, custom, weak};
use crate::support::{self, text};

/// The actions of the one policy that is printed.
fn policy_to_paste(printed: &str) -> Vec<String> {
    let (_, rest) = printed.split_once("allow it with this policy:\n").expect("a policy");
    assert!(!rest.contains("allow it"), "once is enough: {printed}");
    let policy = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next();
    let policy = policy.expect("a policy").expect("JSON");
    assert_eq!(policy["Statement"][0]["Effect"], "Allow");
    let actions = policy["Statement"][0]["Action"].as_array().expect("actions");
    actions.iter().map(|action| action.as_str().expect("an action").to_owned()).collect()
}

#[test]
fn missing_permissions_are_named_with_one_policy_to_paste() {
    let served = Served::start();
    served.world.deny(Action::ListUserPools);
    // Several are refused, as the baseline names several domains.
    served.world.deny(Action::DescribeUserPoolDomain);
    let plan = served.guardctl(&["plan"]);
    assert_eq!(plan.status.code(), Some(1));
    let printed = text(&plan.stdout);
    let flat = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for action in ["cognito-idp:ListUserPools", "cognito-idp:DescribeUserPoolDomain"] {
        let told = format!("{action} failed with AccessDeniedException");
        assert!(flat.contains(&told), "{printed}");
    }
    let reads = ["DescribeUserPool", "DescribeUserPoolDomain", "ListUserPools"];
    assert_eq!(policy_to_paste(printed), reads.map(|name| format!("cognito-idp:{name}")));
}

#[test]
fn an_update_that_is_not_allowed_names_what_cognito_asks_of_cloudfront_too() {
    let served = Served::start();
    served.world.put_domain(weak("login.example.com"));
    served.world.deny(Action::UpdateUserPoolDomain);
    let apply = served.guardctl(&["apply", "--domain", "login.example.com", "--yes"]);
    assert_eq!(apply.status.code(), Some(1));
    let expected = ["cloudfront:UpdateDistribution", "cognito-idp:UpdateUserPoolDomain"];
    assert_eq!(policy_to_paste(text(&apply.stderr)), expected);
}

#[test]
fn apply_asks_and_without_a_terminal_it_wants_yes() {
    let served = Served::start();
    let weak = ObservedPolicy::Known(SecurityPolicy::TlsV1);
    served.world.put_domain(custom("login.example.com", weak, false, Some(1)));
    let refused = served.guardctl(&["apply", "--domain", "login.example.com"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("pass --yes"));
    assert!(served.world.calls().iter().all(|c| c.action != Action::UpdateUserPoolDomain));
    let applied = served.guardctl(&["apply", "--domain", "login.example.com", "--yes"]);
    assert_eq!(applied.status.code(), Some(0), "{}", text(&applied.stderr));
    let again = served.guardctl(&["apply", "--domain", "login.example.com", "--yes"]);
    assert!(text(&again.stdout).contains("nothing to put back"), "{}", text(&again.stdout));
}

#[test]
fn rehearse_says_what_would_happen_and_only_reads() {
    let served = Served::start();
    let weak = ObservedPolicy::Known(SecurityPolicy::TlsV1);
    let mut domain = custom("login.example.com", weak, false, Some(1));
    let event = fs::read_to_string(crate::shipped::at("events/create-below-floor.json"))
        .expect("the event");
    let event: Value = serde_json::from_str(&event).expect("JSON");
    let pool = event.pointer("/detail/requestParameters/userPoolId").and_then(Value::as_str);
    pool.expect("a pool").clone_into(&mut domain.user_pool_id);
    served.world.put_domain(domain);
    let output = served.guardctl(&["rehearse", "events/create-below-floor.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let change = "security_policy TLS_V1 -> TLS_V1_2_2021";
    assert!(text(&output.stdout).contains(change), "{}", text(&output.stdout));
    let calls = served.world.calls();
    let calls: Vec<_> = calls.iter().map(|call| call.action).collect();
    // The domain, and whether a guard with overrides is there.
    assert_eq!(calls, [Action::DescribeUserPoolDomain, Action::DescribeStacks]);
}

#[test]
fn an_exemption_that_is_too_long_ends_plan_and_apply_before_a_call() {
    let served = Served::start();
    let folder = support::empty_folder("cli-long-exemption");
    let file = folder.join("long.yaml").display().to_string();
    let text_of = "version: 1\ndefaults:\n  security_policy: { at_least: TLS_V1_2_2021 }\nexemptions:\n  \
                   - domain: pos.example.com\n    attributes: [security_policy]\n    until: \
                   2150-01-01T00:00:00Z\n    reason: old terminals\n";
    fs::write(&file, text_of).expect("a file");
    for arguments in
        [vec!["plan", "--baseline", &file], vec!["apply", "--baseline", &file, "--yes"]]
    {
        let output = served.guardctl(&arguments);
        assert_eq!(output.status.code(), Some(1));
        let printed = text(&output.stderr);
        assert!(printed.contains("long.yaml:7:5: exemptions[0].until: 2150-01-01"), "{printed}");
    }
    assert_eq!(served.world.calls().len(), 0);
}

#[test]
fn doctor_without_a_stack_says_what_to_pass() {
    let served = Served::start();
    let output = served.guardctl(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("cloudformation:DescribeStacks failed"), "{told}");
    assert!(told.contains("pass --region (this is eu-central-1), --stack"), "{told}");
    assert!(served.world.calls().iter().all(|call| call.action == Action::DescribeStacks));
}

#[test]
fn doctor_reports_each_check_that_could_not_be_made_and_makes_the_others() {
    let served = Served::start();
    let output = served.guardctl(&["doctor", "--function", "my-guard"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for call in ["cloudtrail:DescribeTrails", "events:ListRuleNamesByTarget", "lambda:GetFunction"]
    {
        assert!(told.contains(&format!("{call} failed")), "{told}");
    }
    assert!(told.ends_with("0 ok, 0 problems, 3 could not be checked\n"), "{told}");
}

#[test]
fn doctor_wants_the_baseline_that_it_is_given() {
    let output = crate::guardctl()
        .args(["doctor", "--baseline", "no-such.yaml"])
        .output()
        .expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no-such.yaml cannot be read"));
}

#[test]
fn a_baseline_that_is_wrong_ends_a_plan_with_all_its_problems() {
    let file = support::empty_folder("cli-wrong").join("wrong.yaml");
    fs::write(&file, "version: 1\nmode: enforc\ndefaults:\n  security_policy: TLS_V12\n")
        .expect("a file");
    let file = file.display().to_string();
    let output = crate::guardctl().args(["plan", "--baseline", &file]).output().expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stderr);
    assert!(printed.contains("enforce") && printed.contains("TLS_V1_2_2021"), "{printed}");
}

#[test]
fn what_the_environment_and_file_names_say_cannot_act_on_a_terminal() {
    let folder = support::empty_folder("cli-terminal-environment");
    let baseline = folder.join("b\n::error::forged\u{1b}[31m.yaml").display().to_string();
    fs::write(&baseline, "version: 1\nmode: adit\n").expect("a file");
    let gone = folder.join("gone\n\u{1b}]0;t\u{7}").display().to_string();
    for arguments in [
        &["plan", "--profile", "x\u{1b}[2J"][..],
        &["plan", "--baseline", &baseline],
        &["doctor", "--baseline", &gone],
    ] {
        let output = crate::guardctl()
            .args(arguments)
            .env("AWS_REGION", "eu\u{1b}[2J\u{202e}")
            .env("AWS_ACCESS_KEY_ID", "a\u{1b}b")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .expect("guardctl");
        let printed = [text(&output.stdout), text(&output.stderr)].concat();
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!printed.contains(acts) && !output.status.success(), "{printed:?}");
        assert!(!printed.lines().any(|line| line.starts_with("::error::")), "{printed}");
    }
}
