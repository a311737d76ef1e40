//! What each command prints, and how it ends.

use std::fs;

use cognito_domain_guard::domain::{ObservedPolicy, SecurityPolicy};
use cognito_domain_guard_sandbox::Action;
use serde_json::Value;

use crate::served::{Served, custom, text, weak};
use crate::support;

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
fn a_port_that_is_taken_is_named_with_the_way_to_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let output = crate::support::guardctl()
        .args(["sandbox", "--listen", &address])
        .output()
        .expect("guardctl");
    let told = text(&output.stderr);
    assert!(told.contains(&address) && told.contains("--listen 127.0.0.1:0"), "{told}");
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
fn no_credentials_and_no_region_are_said_with_what_to_do() {
    let run = |region: Option<&str>| {
        let mut command = crate::support::guardctl();
        command.arg("plan").env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
        if let Some(region) = region {
            command.env("AWS_REGION", region);
        }
        text(&command.output().expect("guardctl").stderr).to_owned()
    };
    assert!(run(None).contains("no region: pass --region"));
    assert!(run(Some("eu-central-1")).contains("aws sts get-caller-identity"));
}

#[test]
fn replay_reads_files_folders_standard_input_and_cloudtrails_own_log_files() {
    let folder = support::empty_folder("cli-replay");
    let record = fs::read_to_string(crate::shipped::at("events/cloudtrail-record.json"))
        .expect("the record");
    fs::write(folder.join("log.json"), format!("{{\"Records\": [{record}, {record}]}}"))
        .expect("a file");
    let replay = |path: &str| {
        crate::support::guardctl()
            .args(["replay", "--json", path])
            .stdin(
                fs::File::open(crate::shipped::at("events/update-compliant.json"))
                    .expect("an event"),
            )
            .output()
            .expect("guardctl")
    };
    for (path, stories) in [
        ("events/update-weakens-tls.json", 1),
        (folder.to_str().expect("a path"), 2),
        ("-", 1),
        ("events/recheck-destination-record.json", 1),
    ] {
        let output = replay(path);
        assert_eq!(output.status.code(), Some(0), "{path}: {}", text(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(told.as_array().map(Vec::len), Some(stories), "{path}");
    }
}

#[test]
fn replay_reads_a_gzipped_log_file_as_s3_has_it() {
    use std::io::Write as _;
    let file = support::empty_folder("cli-gzip").join("log.json.gz");
    let record = fs::read_to_string(crate::shipped::at("events/cloudtrail-record.json"))
        .expect("the record");
    let log = fs::File::create(&file).expect("a file");
    let mut log = flate2::write::GzEncoder::new(log, flate2::Compression::fast());
    write!(log, "{{\"Records\": [{record}]}}").expect("written");
    log.finish().expect("finished");
    let path = file.to_str().expect("a path");
    let output =
        crate::support::guardctl().args(["replay", "--json", path]).output().expect("guardctl");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn replay_live_says_what_would_happen_and_only_reads() {
    let served = Served::start();
    let weak = ObservedPolicy::Known(SecurityPolicy::TlsV1);
    let mut domain = custom("login.example.com", weak, false, Some(1));
    let event = fs::read_to_string(crate::shipped::at("events/create-below-floor.json"))
        .expect("the event");
    let event: Value = serde_json::from_str(&event).expect("JSON");
    let pool = event.pointer("/detail/requestParameters/userPoolId").and_then(Value::as_str);
    pool.expect("a pool").clone_into(&mut domain.user_pool_id);
    served.world.put_domain(domain);
    let output = served.guardctl(&["replay", "--live", "events/create-below-floor.json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("would send  TLS_V1_2_2021"), "{}", text(&output.stdout));
    assert!(served.world.calls().iter().all(|c| c.action == Action::DescribeUserPoolDomain));
}

#[test]
fn the_manual_page_completions_and_version_are_printed() {
    for (arguments, expected) in [
        (vec!["man"], ".TH guardctl"),
        (vec!["--version"], concat!("guardctl ", env!("CARGO_PKG_VERSION"))),
        (vec!["completions", "bash"], "_guardctl"),
        (vec!["completions", "zsh"], "#compdef guardctl"),
        (vec!["completions", "fish"], "complete -c guardctl"),
        (vec!["completions", "elvish"], "edit:completion:arg-completer[guardctl]"),
        (vec!["completions", "powershell"], "Register-ArgumentCompleter"),
    ] {
        let output = crate::support::guardctl().args(&arguments).output().expect("guardctl");
        assert!(output.status.success());
        assert!(text(&output.stdout).contains(expected), "{arguments:?}");
    }
}

#[test]
fn a_baseline_that_is_wrong_ends_every_command_with_all_its_problems() {
    let folder = support::empty_folder("cli-wrong");
    let file = folder.join("wrong.yaml");
    fs::write(&file, "version: 1\nmode: enforc\ndefaults:\n  security_policy: TLS_V12\n")
        .expect("a file");
    let file = file.display().to_string();
    for arguments in [
        vec!["validate", &file],
        vec!["replay", "--baseline", &file, "events/update-compliant.json"],
        vec!["plan", "--baseline", &file],
    ] {
        let output = crate::support::guardctl().args(&arguments).output().expect("guardctl");
        assert_eq!(output.status.code(), Some(1));
        let printed = [text(&output.stdout), text(&output.stderr)].concat();
        assert!(printed.contains("enforce") && printed.contains("TLS_V1_2_2021"), "{printed}");
    }
}

#[test]
fn an_exemption_that_is_too_long_ends_plan_and_apply_before_a_call_and_replay_honours_it() {
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
    let event = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/update-exempt.json");
    let output = served.guardctl(&["replay", "--baseline", &file, event]);
    assert!(text(&output.stdout).contains("exempt"), "{}", text(&output.stdout));
}

#[test]
fn a_reader_that_went_away_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = crate::support::guardctl()
        .args(["schema", "baseline"])
        .stdout(writer)
        .output()
        .expect("guardctl");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(141), ""));
}

#[test]
fn doctor_without_a_stack_says_what_to_pass() {
    let served = Served::start();
    let output = served.guardctl(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("cloudformation:DescribeStacks failed"), "{told}");
    assert!(told.contains("pass --region (this is eu-central-1), --stack"), "{told}");
    assert!(served.world.calls().is_empty());
}

#[test]
fn doctor_tells_each_check_that_could_not_be_made_and_makes_the_others() {
    let served = Served::start();
    let output = served.guardctl(&["doctor", "--function", "my-guard"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for call in ["cloudtrail:DescribeTrails", "events:ListRuleNamesByTarget", "lambda:GetFunction"]
    {
        assert!(told.contains(&format!("{call} failed")), "{told}");
    }
    assert!(told.ends_with("0 well, 0 to mend, 3 could not be told\n"), "{told}");
}

#[test]
fn doctor_wants_the_baseline_that_it_is_given() {
    let output = crate::support::guardctl()
        .args(["doctor", "--baseline", "no-such.yaml"])
        .output()
        .expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no-such.yaml cannot be read"));
}
