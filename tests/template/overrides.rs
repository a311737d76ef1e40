//! The rules that wake the guard when somebody makes or removes an override.

use cognito_domain_guard::overrides::Location;
use serde_json::json;

use super::events;
use super::matching::matcher;
use super::read::resource;
use super::resolve::Stack;

#[test]
fn the_rules_take_what_is_done_below_the_path_of_the_stack_and_nothing_else() {
    let stack = Stack::named("cognito-domain-guard");
    let rules = ["OverrideChangeRule", "OverridesRemovedRule"];
    let pattern = |id: &str| stack.resolve(&resource(id)["EventPattern"]);
    let rules = matcher(rules.into_iter().map(|id| (id.to_owned(), pattern(id))));
    let takes =
        |event: &serde_json::Value| rules.has_matches(event.to_string().as_bytes()).unwrap();
    for (name, event) in events() {
        assert_eq!(takes(&event), name.starts_with("override-"), "{name}");
    }
    let made = events()["override-made.json"].clone();
    let path = Location::path_of("cognito-domain-guard");
    let mut several = made.clone();
    several["detail"]["eventName"] = json!("DeleteParameters");
    several["detail"]["requestParameters"] = json!({ "names": ["/shop/x", format!("{path}/y")] });
    assert!(takes(&several));
    several["detail"]["requestParameters"] = json!({ "names": ["/shop/x"] });
    assert!(!takes(&several));
    for (pointer, value) in [
        ("/detail/requestParameters/name", json!(Location::path_of("another-guard") + "/x")),
        ("/detail/requestParameters/name", json!(format!("{path}-of-others/x"))),
        ("/detail/errorCode", json!("AccessDeniedException")),
        ("/detail/eventName", json!("GetParameter")),
        ("/account", json!("444455556666")),
    ] {
        let mut other = made.clone();
        match pointer.rsplit_once('/') {
            Some((parent, member)) if other.pointer(pointer).is_none() => {
                other.pointer_mut(parent).unwrap()[member] = value;
            }
            Some(_) | None => *other.pointer_mut(pointer).unwrap() = value,
        }
        assert!(!takes(&other), "{pointer}");
    }
}

#[test]
fn each_of_these_rules_may_call_the_function_and_its_events_are_kept() {
    let policy = resource("UndeliveredQueuePolicy").to_string();
    for id in ["OverrideChangeRule", "OverridesRemovedRule"] {
        let target = &resource(id)["Targets"][0];
        assert_eq!(target["Arn"], json!({ "Fn::GetAtt": "GuardFunction.Arn" }));
        assert!(policy.contains(&format!("{id}.Arn")), "{id}");
        // What it is for may be in any place of an organization.
        let swept = &resource(id)["Targets"][1]["Fn::If"];
        assert_eq!((&swept[0], &swept[2]), (&json!("IsHub"), &json!({ "Ref": "AWS::NoValue" })));
        assert_eq!(swept[1]["Arn"], json!({ "Ref": "OrganizationSweep" }));
        assert_eq!(swept[1]["Input"], json!(r#"{"cause": "override"}"#));
        let permission = resource(&id.replace("Rule", "Permission"));
        assert_eq!(permission["SourceArn"], json!({ "Fn::GetAtt": format!("{id}.Arn") }));
    }
}

#[test]
fn the_people_on_call_may_write_below_the_path_and_change_no_domain() {
    let document = resource("OnCallPolicy")["PolicyDocument"].to_string();
    let path = Location::path_of("${AWS::StackName}");
    assert!(document.contains(&format!("parameter{path}/*")), "{document}");
    for action in ["cognito-idp:", "iam:", "sns:", "lambda:"] {
        assert!(!document.contains(action), "{action}");
    }
}

/// Asked for a stack by its name, AWS checks the permission on `stack/NAME/*` and does not look the id up.
#[test]
fn the_people_on_call_find_the_stack_by_its_name() {
    let document = &resource("OnCallPolicy")["PolicyDocument"];
    let statements = document["Statement"].as_array().expect("statements");
    let finds = statements.iter().find(|one| one["Action"] == "cloudformation:DescribeStacks");
    let resource = finds.expect("the statement")["Resource"].to_string();
    assert!(resource.contains(":stack/${AWS::StackName}/*"), "{resource}");
}
