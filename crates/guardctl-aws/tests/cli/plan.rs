//! Which domains a plan is of, and what it says of what it cannot tell.

use std::fs;

use cognito_domain_guard_sandbox::Action;
use expect_test::expect_file;
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
fn a_domain_that_is_named_and_not_there_is_named_and_one_named_twice_is_one() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let declared = file(
        "cli-plan-named",
        "version: 1\ndomains: [{ domain: auth.example.com, security_policy: TLS_V1_2_2021 }]\n",
    );
    let output =
        served.guardctl(&["plan", "--baseline", &declared, "--domain", "nobody.example.com"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    let expected = "error: account 111122223333 eu-central-1 has no user pool domain nobody.example.com: check";
    assert!(told.contains(expected), "{told}");
    let output =
        served.guardctl(&["plan", "--domain", "auth.example.com", "--domain", "AUTH.Example.com"]);
    let printed = text(&output.stdout);
    assert!(printed.contains("1 domain, 1 governed"), "{printed}");
}

/// Defaults and patterns say nothing of which domains there are: the name may be mistyped, or the region.
#[test]
fn a_name_that_only_defaults_would_govern_is_nowhere_and_not_off_its_baseline() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let defaults = file(
        "cli-plan-nowhere",
        "version: 1\ndefaults: { security_policy: { at_least: TLS_V1 } }\n",
    );
    for command in ["plan", "apply"] {
        let named = ["--domain", "auth.example.com", "--domain", "nobody.example.com"];
        let output = served.guardctl(&[&[command, "--baseline", &defaults], &named[..]].concat());
        let (printed, told) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{printed} {told}");
        assert!(printed.contains("0 off the baseline"), "{printed}");
        let expected = "eu-central-1 has no user pool domain nobody.example.com: check the name";
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn without_a_baseline_a_command_says_how_to_name_or_write_one() {
    let served = Served::start();
    for command in ["plan", "apply"] {
        let output = served.guardctl(&[command, "--baseline", "nobodys.yaml"]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            text(&output.stderr),
            "error: the baseline nobodys.yaml cannot be read: there is no such file; name yours with \
             --baseline, or `guardctl snapshot --output FILE` writes one\n"
        );
    }
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

/// What exempts for a day of today.
#[expect(clippy::disallowed_methods, reason = "an exemption of today")]
fn exempting(name: &str) -> String {
    let end = (time::OffsetDateTime::now_utc() + time::Duration::days(30)).date();
    file(
        name,
        &format!(
            "version: 1\naccounts:\n  prod: {{ id: '111122223333', owner: identity }}\n\
             defaults: {{ security_policy: {{ at_least: TLS_V1_2_2021 }} }}\n\
             domains: [{{ domain: gone.example.org }}, {{ domain: b.example.org, mode: audit }}]\n\
             exemptions:\n  - {{ domain: a.example.org, attributes: [security_policy], \
             until: {end}T00:00:00Z, reason: old | tills, owner: pos, ticket: T-7 }}\n"
        ),
    )
}

#[test]
fn the_json_says_whose_and_until_when_and_that_an_exempt_domain_is_not_at_its_baseline() {
    let served = Served::start();
    served.world.put_domain(weak("a.example.org"));
    served.world.put_domain(weak("b.example.org"));
    let baseline = exempting("cli-plan-json");
    let output = served.guardctl(&["plan", "--baseline", &baseline, "--format", "json"]);
    let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let region = &plan[0];
    assert_eq!((&region["account_name"], &region["owner"]), (&"prod".into(), &"identity".into()));
    assert!(region["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{region}");
    assert_eq!(region["baseline"]["digest"].as_str().map(str::len), Some(12));
    let named = |name: &str| {
        let domains = region["domains"].as_array().expect("domains");
        domains.iter().find(|one| one["domain"] == name).expect("the domain")
    };
    let exempt = named("a.example.org");
    assert_eq!((&exempt["decision"], &exempt["at_baseline"]), (&"exempt".into(), &false.into()));
    assert_eq!(exempt["user_pool_id"], "eu-central-1_aexampleorg");
    assert_eq!(exempt["observed"]["security_policy"], "TLS_V1");
    let allowed = &exempt["exempt"][0];
    for (member, expected) in [("owner", "pos"), ("ticket", "T-7"), ("reason", "old | tills")] {
        assert_eq!(allowed[member], expected, "{member}");
    }
    let audited = named("b.example.org");
    assert_eq!((&audited["mode"], &audited["decision"]), (&"audit".into(), &"audit".into()));
    assert_eq!(named("gone.example.org")["observed"], Value::Null);

    let markdown = served.guardctl(&["plan", "--baseline", &baseline, "--format", "markdown"]);
    let row =
        "| a.example.org | security_policy | `TLS_V1` | `at_least: TLS_V1_2_2021` | exempt until ";
    let printed = text(&markdown.stdout);
    assert!(printed.contains(row), "{printed}");
    assert!(printed.contains(": old \\| tills (owner pos, ticket T-7) |"), "{printed}");
}

#[test]
fn sarif_has_a_result_for_each_change_at_the_line_that_declares_it() {
    let served = Served::start();
    served.world.put_domain(weak("a.example.org"));
    served.world.put_domain(weak("b.example.org"));
    let baseline = exempting("cli-plan-sarif");
    let sarif = |arguments: &[&str]| -> Value {
        let all = [&["plan", "--baseline", &baseline, "--format", "sarif"], arguments].concat();
        serde_json::from_slice(&served.guardctl(&all).stdout).expect("JSON")
    };
    let log = sarif(&[]);
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    let mut found: Vec<[&str; 3]> = results
        .iter()
        .map(|result| {
            let domain = &result["locations"][0]["logicalLocations"][0]["name"];
            [domain, &result["ruleId"], &result["level"]].map(|text| text.as_str().expect("text"))
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ["a.example.org", "exempt", "note"],
            ["b.example.org", "off-baseline", "warning"],
            ["gone.example.org", "missing", "error"],
        ]
    );
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().is_some(), "{result}");
        assert!(
            place["artifactLocation"]["uri"].as_str().is_some_and(|uri| uri.ends_with(".yaml"))
        );
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    served.world.deny(Action::DescribeUserPoolDomain);
    let log = sarif(&["--domain", "a.example.org"]);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str();
    assert!(told.is_some_and(|told| told.starts_with("a.example.org: ")), "{log}");
}

/// The rule `missing` says that the baseline declares the domain.
#[test]
fn in_sarif_a_name_that_is_not_declared_is_why_the_plan_failed_and_no_missing_domain() {
    let served = Served::start();
    served.world.put_domain(weak("a.example.org"));
    let baseline = exempting("cli-plan-sarif-nobody");
    let named = ["--domain", "gone.example.org", "--domain", "nobody.example.org"];
    let all = [&["plan", "--baseline", &baseline, "--format", "sarif"], &named[..]].concat();
    let output = served.guardctl(&all);
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let run = &log["runs"][0];
    let [missing] = run["results"].as_array().expect("results").as_slice() else {
        panic!("{log:#}");
    };
    assert_eq!(missing["ruleId"], "missing");
    assert!(missing["message"]["text"].as_str().is_some_and(|it| it.starts_with("gone.")));
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let why = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str();
    let expected = "eu-central-1 has no user pool domain nobody.example.org: check the name";
    assert!(why.is_some_and(|why| why.contains(expected)), "{log:#}");
}

/// `scripts/check-sarif` holds the file against the schema of SARIF.
#[test]
fn the_sarif_that_is_held_against_its_schema_is_what_is_printed() {
    let served = Served::start();
    served.world.put_domain(weak("a.example.org"));
    served.world.put_domain(weak("b.example.org"));
    served.world.put_domain(weak("c.example.org"));
    let baseline = exempting("cli-plan-sarif-kept");
    let printed = |arguments: &[&str]| -> Value {
        let all = [&["plan", "--baseline", &baseline, "--format", "sarif"], arguments].concat();
        serde_json::from_slice(&served.guardctl(&all).stdout).expect("JSON")
    };
    let mut log = printed(&[]);
    served.world.deny(Action::DescribeUserPoolDomain);
    let denied = printed(&["--domain", "a.example.org"]);
    let run = &mut log["runs"][0];
    run["tool"]["driver"]["version"] = "0.0.0".into();
    run["invocations"][0]["endTimeUtc"] = "2026-11-23T08:02:52Z".into();
    run["invocations"][0]["toolExecutionNotifications"] =
        denied["runs"][0]["invocations"][0]["toolExecutionNotifications"].clone();
    let results = run["results"].as_array_mut().expect("results");
    assert_eq!(results.len(), 4);
    results.sort_by_key(|result| result["partialFingerprints"]["domain/v1"].to_string());
    for result in results {
        let place = &mut result["locations"][0]["physicalLocation"]["artifactLocation"];
        place["uri"] = "baseline/baseline.yaml".into();
        let said = result["message"]["text"].as_str().expect("a text");
        // The exemption ends in thirty days from now.
        let said = match said.split_once("until ") {
            Some((before, after)) => {
                format!("{before}until 2026-12-23{}", after.get(10..).expect("a date"))
            }
            None => said.to_owned(),
        };
        result["message"]["text"] = said.into();
    }
    let pretty = serde_json::to_string_pretty(&log).expect("JSON");
    expect_file!["../../../../tests/sarif/plan.sarif"].assert_eq(&format!("{pretty}\n"));
}
