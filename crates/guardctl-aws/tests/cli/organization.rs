//! `list`, `plan`, `snapshot` and `report` in every place of an organization, through the reader role of each.

use cognito_domain_guard::overrides::Location;
use cognito_domain_guard_sandbox::{Action, Caller, Role, World, WorldSettings};
use serde_json::Value;

use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

const HUB: &str = "111122223333";
const SHOP: &str = "444455556666";
const BANK: &str = "777788889999";
const REGION: &str = "eu-central-1";
const AUDITOR: &str = "arn:aws:iam::111122223333:user/jane";

fn reader(account: &str) -> Role {
    Role {
        arn: format!("arn:aws:iam::{account}:role/cognito-domain-guard-reader-{REGION}"),
        trusted: vec![AUDITOR.to_owned()],
        allowed: vec![
            Action::ListUserPools,
            Action::DescribeUserPool,
            Action::DescribeUserPoolDomain,
        ],
        region: Some(REGION.to_owned()),
        updates_distributions: false,
    }
}

/// A hub and two members, each with a weak domain, which the caller may look at.
fn organization() -> Served {
    #[expect(clippy::disallowed_methods, reason = "a session of today")]
    let start = time::OffsetDateTime::now_utc();
    let served = Served::of(World::new(WorldSettings { start, ..WorldSettings::default() }));
    served.world.register_caller("test", Caller::iam_user(HUB, "jane"));
    for (account, domain) in
        [(HUB, "auth.example.com"), (SHOP, "shop.example.com"), (BANK, "bank.example.com")]
    {
        let place = served.world.at(account, REGION);
        place.put_domain(weak(domain));
        place.put_role(reader(account));
    }
    served
}

const ACROSS: [&str; 9] =
    ["--organization", "--account", HUB, "--account", SHOP, "--account", BANK, "--region", REGION];

fn run(served: &Served, command: &[&str]) -> (Option<i32>, String, String) {
    let arguments: Vec<&str> = command.iter().chain(&ACROSS).copied().collect();
    let output = served.guardctl(&arguments);
    (output.status.code(), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

/// The account that each domain is listed with.
fn listed(printed: &str) -> Vec<(String, String)> {
    let json: Value = serde_json::from_str(printed).expect("JSON");
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    json.as_array()
        .expect("a list")
        .iter()
        .map(|one| (text(one, "account"), text(one, "domain")))
        .collect()
}

#[test]
fn each_place_is_looked_at_with_a_session_of_its_own() {
    let served = organization();
    let (code, printed, told) = run(&served, &["list", "--format", "json"]);
    assert_eq!(code, Some(0), "{told}");
    let of = |account: &str, domain: &str| (account.to_owned(), domain.to_owned());
    assert_eq!(
        listed(&printed),
        [of(HUB, "auth.example.com"), of(SHOP, "shop.example.com"), of(BANK, "bank.example.com")]
    );
    let assumed = served.world.calls();
    let assumed = assumed.iter().filter(|call| call.action == Action::AssumeRole).count();
    // The caller's own account is looked at with the caller's own credentials.
    assert_eq!(assumed, 2);
}

#[test]
fn a_place_whose_reader_role_cannot_be_assumed_is_named_and_stops_no_other() {
    let served = organization();
    served.world.at(SHOP, REGION).remove_role(&reader(SHOP).arn);
    let (code, printed, told) = run(&served, &["list", "--format", "json"]);
    assert_eq!(code, Some(1));
    assert_eq!(listed(&printed).len(), 2);
    let role = "arn:aws:iam::444455556666:role/cognito-domain-guard-reader-eu-central-1";
    assert!(told.contains(&format!("error: {role}: sts:AssumeRole failed")), "{told}");

    let (code, printed, _) = run(&served, &["plan"]);
    assert_eq!(code, Some(1), "{printed}");
    for expected in ["account 777788889999 eu-central-1", "account 444455556666 eu-central-1", role]
    {
        assert!(printed.contains(expected), "{printed}");
    }
    // A baseline of which something is missing would let drift pass.
    let (code, printed, told) = run(&served, &["snapshot"]);
    assert_eq!((code, printed.as_str()), (Some(1), ""), "{told}");
}

#[test]
fn a_plan_shows_what_each_place_would_need() {
    let (code, printed, told) = run(&organization(), &["plan", "--format", "json"]);
    assert_eq!(code, Some(2), "{printed}{told}");
    let json: Value = serde_json::from_str(&printed).expect("JSON");
    let accounts: Vec<&Value> =
        json.as_array().expect("a list").iter().map(|one| &one["account"]).collect();
    assert_eq!(accounts, [HUB, SHOP, BANK]);
}

/// The log and the doctor are files here; each place is asked for its domains.
#[test]
fn a_report_has_the_domains_of_each_place_and_what_the_doctor_says_of_it() {
    let folder = empty_folder("report-organization");
    // As `guardctl doctor --organization --format json` prints it: the guard, then the other places.
    let doctor = serde_json::json!([
        { "account": HUB, "region": REGION, "stack": "guard", "function": "guard", "findings": [] },
        { "account": SHOP, "region": REGION, "coverage": "broken", "why": null, "findings": [
            { "check": "forward_rule", "verdict": "fix", "what": "it is disabled", "fix": [] },
        ] },
        { "account": BANK, "region": "-", "coverage": "left_alone",
          "why": "ExcludedAccounts names it", "findings": [] },
    ]);
    let path = folder.join("doctor.json");
    std::fs::write(&path, doctor.to_string()).expect("written");
    let path = path.to_str().expect("a path");
    let base = ["report", "--since", "2026-07-02", "--until", "2026-09-30"];
    let files = ["--baseline", "baseline/example.yaml", "--records", "tests/report/history.jsonl"];
    let asked = [&base[..], &files, &["--doctor", path, "--format"]].concat();

    let served = organization();
    let (code, printed, told) = run(&served, &[&asked[..], &["json"]].concat());
    assert_eq!(code, Some(0), "{told}");
    let report: Value = serde_json::from_str(&printed).expect("JSON");
    let domains = report["posture"]["domains"].as_array().expect("domains");
    for (account, domain) in
        [(HUB, "auth.example.com"), (SHOP, "shop.example.com"), (BANK, "bank.example.com")]
    {
        let is_it = |one: &&Value| one["account"] == account && one["domain"] == domain;
        let one = domains.iter().find(is_it).unwrap_or_else(|| panic!("{domain}: {domains:?}"));
        assert_eq!(one["policy"], "TLS_V1", "{one}");
    }
    let places = report["places"].as_array().expect("places");
    let coverage: Vec<[&Value; 3]> =
        places.iter().map(|one| [&one["account"], &one["coverage"], &one["why"]]).collect();
    assert_eq!(
        coverage,
        [[SHOP, "broken", "forward rule"], [BANK, "left_alone", "ExcludedAccounts names it"]]
    );
    let (_, page, _) = run(&served, &[&asked[..], &["html"]].concat());
    assert!(page.contains("1 broken, 1 left alone") && page.contains("ExcludedAccounts names it"));

    // One that cannot be entered is said to be missing, and stops no other.
    served.world.at(SHOP, REGION).remove_role(&reader(SHOP).arn);
    let (code, printed, told) = run(&served, &[&asked[..], &["json"]].concat());
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("missing: Domains: account 444455556666 eu-central-1"), "{told}");
    let report: Value = serde_json::from_str(&printed).expect("JSON");
    let domains = report["posture"]["domains"].as_array().expect("domains");
    assert!(domains.iter().all(|one| one["account"] != SHOP), "{domains:?}");
    assert!(domains.iter().any(|one| one["domain"] == "bank.example.com"), "{domains:?}");
}

#[test]
fn a_snapshot_declares_each_domain_for_its_own_account() {
    let (code, printed, told) = run(&organization(), &["snapshot"]);
    assert_eq!(code, Some(0), "{told}");
    for (account, domain) in [(HUB, "auth"), (SHOP, "shop"), (BANK, "bank")] {
        let entry = format!("  - domain: {domain}.example.com\n    accounts: [\"{account}\"]\n");
        assert!(printed.contains(&entry), "{printed}");
    }
    // Of one region only, none has to be named.
    assert!(!printed.contains("regions:"), "{printed}");
}

#[test]
fn an_account_has_twelve_digits_and_belongs_to_an_organization() {
    let served = Served::start();
    for arguments in [
        &["list", "--organization", "--account", "12345"][..],
        &["list", "--account", HUB],
        &["list", "--organization", "--all-regions"],
        &["doctor", "--organization", "--function", "guard"],
        &["report", "--organization", "--offline"],
        &["report", "--organization", "--plan", "plan.json"],
    ] {
        assert_eq!(served.guardctl(arguments).status.code(), Some(64), "{arguments:?}");
    }
}

#[test]
fn overrides_of_the_hub_that_cannot_be_read_are_named_once_and_no_place_is_decided_without_them() {
    let served = organization();
    const STACK: &str = "cognito-domain-guard";
    served.world.put_stack(STACK, &[("OverridesPath", Location::path_of(STACK))]);
    served.world.put_stack_parameter(STACK, "OrganizationId", "o-exampleorgid");
    served.world.deny(Action::GetParametersByPath);
    let (code, printed, told) = run(&served, &["plan"]);
    assert_eq!(code, Some(1), "{printed}{told}");
    let named = printed.matches("the overrides of the stack cognito-domain-guard").count();
    assert_eq!(named, 1, "{printed}");
    let (code, printed, told) = run(&served, &["plan", "--format", "json"]);
    assert_eq!(code, Some(1), "{printed}{told}");
    let json: Value = serde_json::from_str(&printed).expect("JSON");
    let decisions: Vec<&Value> = json
        .as_array()
        .expect("a list")
        .iter()
        .map(|place| &place["domains"][0]["decision"])
        .collect();
    assert_eq!(decisions, ["withheld", "withheld", "withheld"]);
}
