//! `list`, `plan`, `snapshot` and `report` in every place of an organization, through the reader role of each.

use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::overrides::Location;
use cognito_domain_guard_sandbox::{Action, Caller, Elsewhere, Role, World, WorldSettings};
use serde_json::{Value, json};

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
    organization_of(WorldSettings::default())
}

fn organization_of(settings: WorldSettings) -> Served {
    #[expect(clippy::disallowed_methods, reason = "a session of today")]
    let start = time::OffsetDateTime::now_utc();
    let served = Served::of(World::new(WorldSettings { start, ..settings }));
    served.world.register_caller("test", Caller::iam_user(HUB, "jane"));
    for (account, domain) in
        [(HUB, "auth.example.com"), (SHOP, "shop.example.com"), (BANK, "bank.example.com")]
    {
        let place = served.world.at(account, REGION);
        place.put_domain(Domain { account: Some(account.to_owned()), ..weak(domain) });
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

/// The same of a Cognito that describes domains of other accounts, and of one that does not. The hub's stack
/// names the accounts.
fn organizations() -> [(Elsewhere, Served); 2] {
    [Elsewhere::Described, Elsewhere::Hidden].map(|elsewhere| {
        let served = organization_of(WorldSettings { elsewhere, ..WorldSettings::default() });
        const STACK: &str = "cognito-domain-guard";
        served.world.put_stack(STACK, &[("OverridesPath", Location::path_of(STACK))]);
        let accounts = format!("{HUB},{SHOP},{BANK}");
        for (name, value) in
            [("OrganizationId", "o-exampleorgid"), ("OrganizationAccounts", &accounts)]
        {
            served.world.put_stack_parameter(STACK, name, value);
        }
        (elsewhere, served)
    })
}

/// Two domains by name for every place, one for the shop's account, and two that nobody has.
const BY_NAME: &str = "
version: 1
defaults: { security_policy: { at_least: TLS_V1_2_2021 } }
domains:
  - { domain: auth.example.com, managed_login_version: 2 }
  - { domain: bank.example.com, managed_login_version: 2 }
  - { domain: shop.example.com, managed_login_version: 2, accounts: ['444455556666'] }
  - { domain: gone.example.com, managed_login_version: 2 }
  - { domain: gone.shop.example.com, managed_login_version: 2, accounts: ['444455556666'] }
";

fn by_name(folder: &str) -> String {
    let path = empty_folder(folder).join("baseline.yaml");
    std::fs::write(&path, BY_NAME).expect("written");
    path.to_str().expect("a path").to_owned()
}

/// The account, the domain and the decision of each line of `plan --organization --format json`, and the exit code.
fn planned(served: &Served, more: &[&str]) -> (Option<i32>, Vec<[String; 3]>, String) {
    let base = ["plan", "--organization", "--format", "json"];
    let output = served.guardctl(&[&base[..], more].concat());
    let told = text(&output.stderr).to_owned();
    let places: Value = serde_json::from_str(text(&output.stdout)).unwrap_or(json!([]));
    let mut lines = Vec::new();
    for place in places.as_array().expect("places") {
        for domain in place["domains"].as_array().expect("domains") {
            let all = [&place["account"], &domain["domain"], &domain["decision"]];
            lines.push(all.map(|value| value.as_str().expect("a text").to_owned()));
        }
    }
    (output.status.code(), lines, told)
}

#[test]
fn a_domain_that_one_place_has_is_missing_in_no_other_and_one_that_none_has_is_missing_once() {
    let baseline = by_name("plan-organization-names");
    let asked = ["--baseline", baseline.as_str()];
    for (elsewhere, served) in organizations() {
        let (code, lines, told) = planned(&served, &asked);
        let each = [
            [HUB, "auth.example.com", "update"],
            [HUB, "gone.example.com", "gone"],
            [SHOP, "shop.example.com", "update"],
            [SHOP, "gone.shop.example.com", "gone"],
            [BANK, "bank.example.com", "update"],
        ];
        assert_eq!(lines, each, "{elsewhere:?} {told}");
        assert_eq!(code, Some(2), "{elsewhere:?}");

        // As the sweep of the hub judges it: a name is not missing where a place was not seen that may have it.
        served.world.at(SHOP, REGION).remove_role(&reader(SHOP).arn);
        let (code, lines, told) = planned(&served, &asked);
        let each = [[HUB, "auth.example.com", "update"], [BANK, "bank.example.com", "update"]];
        assert_eq!(
            (code, lines),
            (Some(1), each.map(|line| line.map(str::to_owned)).into()),
            "{told}"
        );
    }
}

#[test]
fn of_some_accounts_nothing_is_missing_that_another_may_have() {
    let baseline = by_name("plan-organization-some");
    for (elsewhere, served) in organizations() {
        let (code, lines, told) = planned(&served, &["--baseline", &baseline, "--account", SHOP]);
        let each = [[SHOP, "shop.example.com", "update"], [SHOP, "gone.shop.example.com", "gone"]];
        assert_eq!(lines, each, "{elsewhere:?} {told}");
        assert_eq!(code, Some(2), "{elsewhere:?}");
    }
}

#[test]
fn of_some_regions_nothing_is_missing_that_another_may_have() {
    let baseline = by_name("plan-organization-regions");
    for (elsewhere, served) in organizations() {
        let guarded = "OrganizationRegions";
        served.world.put_stack_parameter("cognito-domain-guard", guarded, "us-east-1");
        let (code, lines, told) = planned(&served, &["--baseline", &baseline, "--region", REGION]);
        let each = [
            [HUB, "auth.example.com", "update"],
            [SHOP, "shop.example.com", "update"],
            [BANK, "bank.example.com", "update"],
        ];
        assert_eq!(lines, each, "{elsewhere:?} {told}");
        assert_eq!(code, Some(2), "{elsewhere:?}");
    }
}

#[test]
fn a_domain_that_is_named_is_looked_for_everywhere_and_shown_where_it_is() {
    let baseline = by_name("plan-organization-named");
    for (elsewhere, served) in organizations() {
        let named = |names: &[&str]| {
            let mut asked = vec!["--baseline", baseline.as_str()];
            asked.extend(names.iter().flat_map(|name| ["--domain", name]));
            planned(&served, &asked)
        };
        let (code, lines, told) = named(&["BANK.example.com"]);
        assert_eq!(lines, [[BANK, "bank.example.com", "update"]], "{elsewhere:?} {told}");
        assert_eq!(code, Some(2), "{elsewhere:?}");
        let (code, lines, _) = named(&["gone.shop.example.com"]);
        assert_eq!(lines, [[SHOP, "gone.shop.example.com", "gone"]], "{elsewhere:?}");
        assert_eq!(code, Some(2), "{elsewhere:?}");
        let (code, lines, told) = named(&["nobody.example.com"]);
        assert_eq!(lines, [[HUB, "nobody.example.com", "gone"]], "{elsewhere:?}");
        assert_eq!(code, Some(1), "{elsewhere:?}");
        assert!(told.contains("has no user pool domain nobody.example.com"), "{told}");
    }
}

#[test]
fn a_report_has_each_declared_domain_once_and_one_that_nobody_has_as_missing() {
    let baseline = by_name("report-organization-names");
    for (elsewhere, served) in organizations() {
        let base = ["report", "--organization", "--since", "2026-07-02", "--until", "2026-09-30"];
        let files = [
            "--baseline",
            &baseline,
            "--records",
            "tests/report/history.jsonl",
            "--format",
            "json",
        ];
        let output = served.guardctl(&[&base[..], &files].concat());
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let domains = report["posture"]["domains"].as_array().expect("domains");
        let lines: Vec<[&Value; 3]> =
            domains.iter().map(|one| [&one["account"], &one["domain"], &one["standing"]]).collect();
        let each = [
            [HUB, "auth.example.com", "off"],
            [HUB, "gone.example.com", "missing"],
            [SHOP, "gone.shop.example.com", "missing"],
            [SHOP, "shop.example.com", "off"],
            [BANK, "bank.example.com", "off"],
        ];
        assert_eq!(lines, each, "{elsewhere:?} {}", text(&output.stderr));
    }
}

/// The log and the doctor are files here; each place is asked for its domains.
#[test]
fn a_report_has_the_domains_of_each_place_and_what_the_doctor_says_of_it() {
    let folder = empty_folder("report-organization");
    // As `guardctl doctor --organization --format json` prints it: the guard, then the other places.
    let doctor = serde_json::json!([
        { "account": HUB, "region": REGION, "stack": "guard", "function": "guard", "findings": [],
          "alarms": [] },
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
