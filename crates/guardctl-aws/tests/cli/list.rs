//! `guardctl list`: what is where, in each format.

use std::fs;

use cognito_domain_guard_sandbox::Action;
use serde_json::Value;

use crate::served::{Served, weak};
use crate::support::{empty_folder, text};

fn served() -> Served {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    served.world.put_domain(weak("=cmd.example.org"));
    served
}

#[test]
fn each_domain_has_its_values_pool_place_and_whether_it_is_governed() {
    let served = served();
    let baseline = empty_folder("cli-list").join("mine.yaml");
    fs::write(
        &baseline,
        "version: 1\nmode: audit\ndomains: [{ domain: auth.example.com, routing: none }]\n",
    )
    .expect("a file");
    let baseline = baseline.display().to_string();
    let list = |format: &str| {
        let output = served.guardctl(&["list", "--baseline", &baseline, "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let json: Value = serde_json::from_str(&list("json")).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    let auth = &json[1];
    for (member, expected) in [
        ("domain", "auth.example.com"),
        ("security_policy", "TLS_V1"),
        ("routing", "none"),
        ("user_pool_id", "eu-central-1_authexamplecom"),
        ("account", "111122223333"),
        ("region", "eu-central-1"),
        ("mode", "audit"),
    ] {
        assert_eq!(auth[member], expected, "{member}");
    }
    assert_eq!(
        (&auth["governed"], &json[0]["governed"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
    let csv = list("csv");
    let row = "111122223333,eu-central-1,auth.example.com,custom,ACTIVE,TLS_V1,none,1,arn:aws:acm";
    assert!(csv.contains(&format!("\n{row}")), "{csv}");
    // A spreadsheet must not take a name for a formula.
    assert!(csv.contains(",'=cmd.example.org,"), "{csv}");
    let row =
        "| 111122223333 | eu-central-1 | auth.example.com | custom | ACTIVE | TLS_V1 | none | 1 |";
    assert!(list("markdown").contains(row));
    let printed = list("text");
    assert!(printed.contains("account 111122223333 eu-central-1\n"), "{printed}");
    assert!(printed.ends_with("2 domains in 1 region, 1 governed by mine.yaml\n"), "{printed}");
    assert!(served.world.calls().iter().all(|call| call.action != Action::UpdateUserPoolDomain));
}

#[test]
fn regions_and_profiles_may_be_several() {
    let served = served();
    let output = served.guardctl(&[
        "list",
        "--region",
        "eu-central-1",
        "--region",
        "us-east-1",
        "--format",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let file = empty_folder("cli-list-profiles").join("config");
    let keys = "aws_access_key_id = A\naws_secret_access_key = b\nregion = eu-central-1\n";
    fs::write(&file, format!("[profile one]\n{keys}[profile two]\n{keys}")).expect("a file");
    let mut both = served.command(&["list", "--profile", "one", "--profile", "two"]);
    let output = both.env("AWS_CONFIG_FILE", &file).output().expect("guardctl");
    // They lead to one account, whose domains are listed once.
    assert_eq!(text(&output.stdout).matches("auth.example.com").count(), 1, "{output:?}");
    let output = served.guardctl(&["list", "--all-regions", "--region", "eu-central-1"]);
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn all_regions_are_those_in_which_aws_says_that_cognito_has_user_pools() {
    let served = served();
    // In a world of one place every call is made there, whatever region it was signed for.
    served.world.at(served.world.account(), "us-west-2");
    let output = served.guardctl(&["list", "--all-regions", "--format", "text"]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    // Of more than one page, and without those of other partitions.
    assert!(printed.contains(" domains in 11 regions"), "{printed}");
    let calls = served.world.calls();
    let looked_at = |region: &str| calls.iter().any(|call| call.place.region == region);
    assert!(looked_at("ap-southeast-7") && looked_at("us-west-2"));
    assert!(!looked_at("us-gov-west-1") && !looked_at("eusc-de-east-1"));
}

#[test]
fn without_the_permission_to_ask_for_all_regions_the_error_says_what_to_do_instead() {
    let served = served();
    served.world.deny(Action::GetParametersByPath);
    let output = served.guardctl(&["list", "--all-regions"]);
    assert_eq!(output.status.code(), Some(1));
    let complained = text(&output.stderr);
    assert!(complained.contains("\"ssm:GetParametersByPath\""), "{complained}");
    assert!(complained.trim_end().ends_with("or name them with --region"), "{complained}");
}

#[test]
fn what_cannot_be_read_is_named_and_ends_in_1() {
    let served = served();
    served.world.deny(Action::ListUserPools);
    let output = served.guardctl(&["list"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    let line = "error: account 111122223333 eu-central-1: the list of user pools: \
                cognito-idp:ListUserPools failed with AccessDeniedException";
    assert!(told.contains(line), "{told}");
}
