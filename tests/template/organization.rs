//! A hub and its members: `template.yaml` and `member.yaml` must fit each other, and the events.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::read::{parsed, resource};
use super::resolve::{ACCOUNT, REGION, Stack};
use super::{events, expected_of, pattern_matcher};

/// The hub's account and region in these tests. The members' are [`ACCOUNT`] and [`REGION`].
const HUB_ACCOUNT: &str = "123456789012";
const HUB_REGION: &str = "us-west-2";
const ORGANIZATION: &str = "o-exampleorgid";

fn member_template() -> Value {
    parsed(include_str!("../../member.yaml"))
}

fn member(name: &str) -> Value {
    member_template()["Resources"][name]["Properties"].clone()
}

/// What CloudFormation makes of a text in the hub's stack or a member's.
fn filled_in(value: &Value, account: &str, region: &str) -> String {
    let text = value["Fn::Sub"].as_str().or(value.as_str()).unwrap_or_else(|| panic!("{value}"));
    [
        ("${AWS::Partition}", "aws"),
        ("${AWS::AccountId}", account),
        ("${AWS::Region}", region),
        ("${HubAccount}", HUB_ACCOUNT),
        ("${HubRegion}", HUB_REGION),
        ("${OrganizationId}", ORGANIZATION),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

fn in_hub(value: &Value) -> String {
    filled_in(value, HUB_ACCOUNT, HUB_REGION)
}

fn in_member(value: &Value) -> String {
    filled_in(value, ACCOUNT, REGION)
}

/// As IAM compares them: `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((before, after)) => text
            .strip_prefix(before)
            .is_some_and(|rest| (0..=rest.len()).any(|skipped| is_like(&rest[skipped..], after))),
    }
}

fn statements(document: &Value) -> Vec<Value> {
    let statements = document["Statement"].as_array().unwrap().iter();
    statements.map(|one| one.get("Fn::If").map_or(one, |choice| &choice[1])).cloned().collect()
}

/// The statements of one of a role's policies, conditional ones included.
fn policy(role: &Value, name: &str) -> Vec<Value> {
    let policies = role["Policies"].as_array().unwrap().iter();
    let policies = policies.map(|one| one.get("Fn::If").map_or(one, |choice| &choice[1]));
    let mut named = policies.filter(|policy| policy["PolicyName"] == name);
    let found = statements(&named.next().unwrap()["PolicyDocument"]);
    assert!(named.next().is_none());
    found
}

fn names(role: &Value) -> BTreeSet<String> {
    let policies = role["Policies"].as_array().unwrap().iter();
    let policies = policies.map(|one| one.get("Fn::If").map_or(one, |choice| &choice[1]));
    policies.map(|policy| policy["PolicyName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn members_send_what_the_hub_waits_for_and_the_hub_takes_it_from_any_account() {
    let own = resource("DomainChangeRule")["EventPattern"].clone();
    let sent = member("ForwardRule")["EventPattern"].clone();
    assert_eq!(sent, own);
    let mut of_any_account = own;
    let account = of_any_account.as_object_mut().unwrap().remove("account");
    assert_eq!(account, Some(json!([{"Ref": "AWS::AccountId"}])));
    let awaited = resource("HubRule")["EventPattern"].clone();
    assert_eq!(awaited, of_any_account);

    let (sends, takes) = (pattern_matcher(sent), pattern_matcher(awaited));
    for (name, mut event) in events() {
        let expected = expected_of(&name);
        let text = event.to_string();
        assert_eq!(sends.has_matches(text.as_bytes()).unwrap(), expected, "{name}");
        assert_eq!(takes.has_matches(text.as_bytes()).unwrap(), expected, "{name}");
        event["account"] = json!("444455556666");
        let text = event.to_string();
        assert!(!sends.has_matches(text.as_bytes()).unwrap(), "{name}");
        assert_eq!(takes.has_matches(text.as_bytes()).unwrap(), expected, "{name}");
    }
}

#[test]
fn the_members_role_may_what_the_guards_own_role_may_in_its_own_account_and_nothing_else() {
    let (own, role) = (resource("GuardRole"), member("MemberRole"));
    assert_eq!(names(&role), ["cognito", "user-pool-keys"].map(str::to_owned).into());
    assert_eq!(policy(&role, "user-pool-keys"), policy(&own, "user-pool-keys"));

    let (expected, mut found) = (policy(&own, "cognito"), policy(&role, "cognito"));
    // Where the resource is `*`, the region stands in a condition; but not for CloudFront, which has
    // one region: with the condition no custom domain could be updated.
    let here = json!({"StringEquals": {"aws:RequestedRegion": {"Ref": "AWS::Region"}}});
    for statement in &mut found {
        let condition = statement.as_object_mut().unwrap().remove("Condition");
        let is_regional = statement["Sid"] == "FindDomains";
        assert_eq!(condition, is_regional.then(|| here.clone()), "{statement}");
    }
    assert_eq!(found, expected);
}

#[test]
fn people_may_look_in_a_member_and_nothing_else() {
    let role = member("ReaderRole");
    assert_eq!(names(&role), ["look".to_owned()].into());
    for statement in policy(&role, "look") {
        assert_eq!(statement["Effect"], "Allow");
        let actions = &statement["Action"];
        let actions: Vec<&Value> =
            actions.as_array().map_or_else(|| vec![actions], |several| several.iter().collect());
        for action in actions {
            let (_, call) = action.as_str().unwrap().split_once(':').unwrap();
            let reads = ["Describe", "Get", "List"].iter().any(|verb| call.starts_with(verb));
            assert!(reads, "{action}");
        }
    }
    // Nobody, unless somebody was named.
    assert_eq!(member_template()["Resources"]["ReaderRole"]["Condition"], "HasReader");
    assert_eq!(member_template()["Parameters"]["ReaderPrincipalArn"]["Default"], "");
}

/// IAM stores a role that is named as principal by its unique id, which a role made anew does not have.
#[test]
fn a_trust_names_an_account_and_the_role_in_a_condition() {
    let hub_role = format!(
        "arn:aws:iam::{HUB_ACCOUNT}:role/{}",
        in_hub(&resource("GuardRole")["RoleName"]["Fn::If"][1])
    );
    let role = member("MemberRole");
    let trust = statements(&role["AssumeRolePolicyDocument"]);
    let [trust] = trust.as_slice() else { panic!("{trust:?}") };
    let root = format!("arn:aws:iam::{HUB_ACCOUNT}:root");
    assert_eq!(in_member(&trust["Principal"]["AWS"]), root);
    assert_eq!(in_member(&trust["Condition"]["ArnEquals"]["aws:PrincipalArn"]), hub_role);
    let organization = json!({"aws:PrincipalOrgID": {"Ref": "OrganizationId"}});
    assert_eq!(trust["Condition"]["StringEquals"], organization);
    assert_eq!(trust["Condition"].as_object().unwrap().len(), 2);

    let trust = statements(&member("ReaderRole")["AssumeRolePolicyDocument"]);
    let [trust] = trust.as_slice() else { panic!("{trust:?}") };
    let principal = &trust["Principal"]["AWS"]["Fn::Sub"];
    assert_eq!(principal[0], "arn:${AWS::Partition}:iam::${Account}:root");
    let condition = json!({"ArnLike": {"aws:PrincipalArn": {"Ref": "ReaderPrincipalArn"}}, "StringEquals": organization});
    assert_eq!(trust["Condition"], condition);
}

#[test]
fn the_hub_reaches_the_roles_that_members_make_while_they_are_in_the_organization() {
    let hub = resource("HubPolicy");
    let found = statements(&hub["PolicyDocument"]);
    let [assume, own] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(assume["Action"], "sts:AssumeRole");
    let role =
        format!("arn:aws:iam::{ACCOUNT}:role/{}", in_member(&member("MemberRole")["RoleName"]));
    assert!(is_like(&role, &in_hub(&assume["Resource"])), "{role}");
    for other in ["cognito-domain-guard-forward-eu-central-1", "Administrator"] {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{other}");
        assert!(!is_like(&role, &in_hub(&assume["Resource"])), "{role}");
    }
    let condition = json!({
        "StringEquals": {"aws:ResourceOrgID": {"Ref": "OrganizationId"}},
        "ArnEquals": {"lambda:SourceFunctionArn": [
            {"Fn::GetAtt": "GuardFunction.Arn"}, {"Fn::GetAtt": "SweepFunction.Arn"}
        ]},
    });
    assert_eq!(assume["Condition"], condition);
    // What the guard's role may in its region, a hub's may in the others.
    let here = &policy(&resource("GuardRole"), "cognito")[1];
    assert_eq!(own["Action"], here["Action"]);
    let there = here["Resource"]["Fn::Sub"].as_str().unwrap().replace("${AWS::Region}", "*");
    assert_eq!(own["Resource"]["Fn::Sub"], there);
    let regions = json!({"StringEquals": {"aws:RequestedRegion": {"Ref": "OrganizationRegions"}}});
    assert_eq!(own["Condition"], regions);
}

#[test]
fn the_hubs_bus_takes_changes_of_domains_from_forward_roles_of_the_organization() {
    let bus = format!(
        "arn:aws:events:{HUB_REGION}:{HUB_ACCOUNT}:event-bus/{}",
        resource("HubBus")["Name"].as_str().unwrap()
    );
    let (rule, role) = (member("ForwardRule"), member("ForwardRole"));
    assert_eq!(in_member(&rule["Targets"][0]["Arn"]), bus);
    assert_eq!(rule["Targets"][0]["RoleArn"], json!({"Fn::GetAtt": "ForwardRole.Arn"}));
    let may = policy(&role, "forward");
    let [may] = may.as_slice() else { panic!("{may:?}") };
    assert_eq!(may["Action"], "events:PutEvents");
    assert_eq!(in_member(&may["Resource"]), bus);

    let statement = resource("HubBusPolicy")["Statement"].clone();
    assert_eq!(
        (&statement["Effect"], &statement["Action"]),
        (&json!("Allow"), &json!("events:PutEvents"))
    );
    let condition = &statement["Condition"];
    assert_eq!(condition.as_object().unwrap().len(), 5);
    assert_eq!(condition["StringEquals"], json!({"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{}", in_member(&role["RoleName"]));
    assert!(is_like(&role, &in_hub(&condition["ArnLike"]["aws:PrincipalArn"])), "{role}");
    let pattern = &rule["EventPattern"];
    assert_eq!(condition["ForAllValues:StringEquals"], json!({"events:source": pattern["source"]}));
    let kinds = json!({"events:detail-type": pattern["detail-type"]});
    assert_eq!(condition["StringEqualsIfExists"], kinds);

    // Nothing of units that are left alone: of each, whatever is above and below it.
    let choice = &condition["ForAllValues:StringNotLike"]["Fn::If"];
    assert_eq!(choice[0], "HasExcludedUnits");
    let split = &choice[1]["aws:PrincipalOrgPaths"]["Fn::Split"];
    let join = json!({"Fn::Join": ["/*,*/", {"Ref": "ExcludedUnits"}]});
    assert_eq!(split, &json!([",", {"Fn::Sub": ["*/${Units}/*", {"Units": join}]}]));
    let patterns = format!("*/{}/*", ["ou-ab12-11111111", "ou-ab12-22222222"].join("/*,*/"));
    let path = "o-exampleorgid/r-ab12/ou-ab12-22222222/ou-ab12-33333333/";
    assert!(patterns.split(',').any(|pattern| is_like(path, pattern)), "{patterns}");
    let other = "o-exampleorgid/r-ab12/ou-ab12-33333333/";
    assert!(!patterns.split(',').any(|pattern| is_like(other, pattern)), "{patterns}");
}

/// A service-managed StackSet takes no transform, and deploys one template in many regions of an
/// account, where IAM knows each name once.
#[test]
fn a_stack_set_may_deploy_the_members_template_in_several_regions() {
    let template = member_template();
    assert_eq!(template["Transform"], Value::Null);
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let kind = resource["Type"].as_str().unwrap();
        assert!(kind.starts_with("AWS::"), "{name}");
        if kind == "AWS::IAM::Role" {
            let role = resource["Properties"]["RoleName"]["Fn::Sub"].as_str().unwrap();
            assert!(role.ends_with("-${AWS::Region}"), "{name}: {role}");
            // IAM's longest name, and the longest name of a region so far.
            assert!(role.replace("${AWS::Region}", "ap-southeast-1").len() <= 64, "{name}");
        }
    }
}

/// The hub's account acts with its own role, and in its own region its own rule hears of changes.
#[test]
fn in_the_hubs_account_only_events_of_other_regions_are_forwarded() {
    let template = member_template();
    let condition = |name: &str| template["Resources"][name]["Condition"].clone();
    assert_eq!(condition("MemberRole"), "IsMember");
    assert_eq!(condition("ForwardRule"), "Forwards");
    assert_eq!(condition("ForwardRole"), "Forwards");
    let conditions = &template["Conditions"];
    let hub_account = json!({"Fn::Equals": [{"Ref": "AWS::AccountId"}, {"Ref": "HubAccount"}]});
    let hub_region = json!({"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "HubRegion"}]});
    assert_eq!(conditions["InHubAccount"], hub_account);
    assert_eq!(conditions["IsMember"], json!({"Fn::Not": [{"Fn::Condition": "InHubAccount"}]}));
    let in_hub_region = json!({"Fn::And": [{"Fn::Condition": "InHubAccount"}, hub_region]});
    assert_eq!(conditions["InHubRegion"], in_hub_region);
    assert_eq!(conditions["Forwards"], json!({"Fn::Not": [{"Fn::Condition": "InHubRegion"}]}));
    // A stack without a resource is refused.
    assert_eq!(condition("NothingToForward"), "InHubRegion");
}

/// Without an organization's id the template makes what it made before there were hubs.
#[test]
fn what_a_hub_has_beyond_one_account_hangs_on_the_organizations_id() {
    let template = super::read::template();
    let with_hub_in_their_name: BTreeSet<&str> = template["Resources"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.starts_with("Hub") || name.starts_with("Organization"))
        .map(|(name, resource)| {
            assert_eq!(resource["Condition"], "IsHub", "{name}");
            name.as_str()
        })
        .collect();
    let expected = [
        "HubBus",
        "HubBusPolicy",
        "HubPermission",
        "HubPolicy",
        "HubRule",
        "OrganizationAccountsAlarm",
        "OrganizationSweep",
        "OrganizationSweepAlarm",
        "OrganizationSweepPolicy",
        "OrganizationSweepRole",
        "OrganizationSweepRule",
        "OrganizationSweepStartRole",
    ];
    assert_eq!(with_hub_in_their_name, expected.into());
    let is_hub = json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "OrganizationId"}, ""]}]});
    assert_eq!(template["Conditions"]["IsHub"], is_hub);
    let name = &resource("GuardRole")["RoleName"];
    let none = json!({"Ref": "AWS::NoValue"});
    assert_eq!((&name["Fn::If"][0], &name["Fn::If"][2]), (&json!("IsHub"), &none));
    let parameters = [
        "OrganizationId",
        "OrganizationRegions",
        "OrganizationAccounts",
        "ExcludedAccounts",
        "ExcludedUnits",
    ];
    for parameter in parameters {
        assert_eq!(template["Parameters"][parameter]["Default"], "", "{parameter}");
    }
}

/// The names that a hub has are those of the stack in which `watch.rs` tries its rules.
#[test]
fn the_hubs_rule_is_one_that_the_stack_watches() {
    let stack = Stack::named("guard");
    let name = stack.resolve(&resource("HubRule")["Name"]);
    assert!(name.as_str().unwrap().ends_with(super::resolve::STACK_ID), "{name}");
}
