//! Which domains a plan is of, and what it says of what it cannot tell.

use std::fs;

use cognito_domain_guard_sandbox::Action;
use serde_json::Value;

use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

fn file(name: &str, baseline: &str) -> String {
    let file = empty_folder(name).join("baseline.yaml");
    fs::write(&file, baseline).expect("a file");
    file.display().to_string()
}

#[test]
fn a_domain_is_the_same_in_whatever_case_a_baseline_or_a_person_writes_it() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    for case in ["upper.yaml", "up2.yaml"] {
        let baseline = format!("tests/cases/baselines/{case}");
        for selection in [&[][..], &["--domain", "AUTH.Example.com"]] {
            let plan = [&["plan", "--format", "json", "--baseline", &baseline], selection].concat();
            let output = served.guardctl(&plan);
            let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let domains = plan[0]["domains"].as_array().expect("domains");
            let names: Vec<_> = domains.iter().map(|one| one["domain"].as_str()).collect();
            assert_eq!(names, [Some("auth.example.com")], "{case} {plan}");
            assert_eq!(domains[0]["governed"], true, "{case} {plan}");
        }
    }
    let asked: Vec<String> = served.world.calls().iter().map(|c| c.request.to_string()).collect();
    assert!(asked.iter().all(|request| !request.contains("AUTH")), "{asked:?}");
}

#[test]
fn a_prefix_domain_by_its_host_name_is_an_error_that_names_the_prefix() {
    for host in [
        "example-login.auth.eu-central-1.amazoncognito.com",
        "example-login.auth-fips.us-gov-west-1.amazoncognito.com",
    ] {
        for command in ["plan", "apply"] {
            let output =
                crate::guardctl().args([command, "--domain", host]).output().expect("guardctl");
            assert_eq!(output.status.code(), Some(64));
            let told = text(&output.stderr);
            assert!(told.contains("write the prefix alone: \"example-login\""), "{told}");
        }
    }
}

#[test]
fn a_plan_that_compares_nothing_says_so() {
    let served = Served::start();
    let elsewhere = file(
        "cli-plan-nothing",
        "version: 1\ndomains: [{ domain: '*.example.org', security_policy: TLS_V1_2_2021 }]\n",
    );
    for (command, format) in [("plan", "text"), ("plan", "json"), ("apply", "")] {
        let mut arguments = vec![command, "--baseline", &elsewhere];
        if !format.is_empty() {
            arguments.extend(["--format", format]);
        }
        let output = served.guardctl(&arguments);
        assert_eq!(output.status.code(), Some(1));
        let told = text(&output.stderr);
        assert!(told.contains("there is no user pool domain in account 111122223333"), "{told}");
    }
    served.world.put_domain(weak("auth.example.com"));
    let output = served.guardctl(&["plan", "--baseline", &elsewhere]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("baseline.yaml governs none of the 1 domain of"), "{told}");
    // What is declared and not there is something to compare with.
    let declared = file(
        "cli-plan-declared",
        "version: 1\ndomains: [{ domain: b.example.org, security_policy: TLS_V1_2_2021 }]\n",
    );
    assert_eq!(served.guardctl(&["plan", "--baseline", &declared]).status.code(), Some(2));
}

#[test]
fn each_domain_and_pool_that_may_not_be_read_has_a_line_and_what_they_share_is_said_once() {
    let served = Served::start();
    served.world.put_domain(weak("a.example.org"));
    served.world.put_domain(weak("b.example.org"));
    served.world.deny(Action::DescribeUserPool);
    served.world.deny(Action::DescribeUserPoolDomain);
    let output = served.command(&["plan"]).env("COLUMNS", "500").output().expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    for (subject, action) in [
        ("auth.example.com", "DescribeUserPoolDomain"),
        ("eu-central-1_aexampleorg", "DescribeUserPool"),
        ("eu-central-1_bexampleorg", "DescribeUserPool"),
    ] {
        let line = format!(
            "could not be checked: {subject}: cognito-idp:{action} failed with AccessDeniedException\n"
        );
        assert!(printed.contains(&line), "{line}{printed}");
    }
    assert_eq!(printed.matches("permission denied. AWS says").count(), 1, "{printed}");
    assert_eq!(printed.matches("allow it with this policy").count(), 1, "{printed}");
}

#[test]
fn a_change_that_weakens_is_marked() {
    let served = Served::start();
    let strong = cognito_domain_guard::domain::ObservedPolicy::Known(
        cognito_domain_guard::domain::SecurityPolicy::TlsV1_3_2025,
    );
    served.world.put_domain(crate::served::custom("a.example.org", strong, false, Some(1)));
    served.world.put_domain(weak("b.example.org"));
    let exactly =
        file("cli-plan-weakens", "version: 1\ndefaults: { security_policy: TLS_V1_2_2021 }\n");
    let mut plan = served.command(&["plan", "--baseline", &exactly]);
    let output = plan.env("COLUMNS", "120").output().expect("guardctl");
    let printed = text(&output.stdout);
    let line = "security_policy TLS_V1_3_2025 -> TLS_V1_2_2021 WEAKENS (baseline.yaml:2:13)";
    assert!(printed.contains(line), "{printed}");
    assert_eq!(printed.matches("WEAKENS").count(), 1, "{printed}");
}
