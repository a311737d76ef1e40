//! The state machine of the organization's sweep: what it calls, and whether it may.

use std::collections::{BTreeMap, BTreeSet};

use cognito_domain_guard::report::SweepRecord;
use cognito_domain_guard::sweep::organization::{Step, Summary};
use serde_json::{Value, json};

use super::matching::{check, rules_of};
use super::read::resource;
use super::records::{by_cloudformation, denied, record};
use super::resolve::Stack;

/// Each state by its name, those of the map included.
fn states() -> BTreeMap<String, Value> {
    let definition = resource("OrganizationSweep")["Definition"].clone();
    let mut all = of(&definition);
    all.extend(of(&definition["States"]["Observe"]["ItemProcessor"]));
    all
}

fn of(machine: &Value) -> BTreeMap<String, Value> {
    let states = machine["States"].as_object().unwrap();
    states.iter().map(|(name, state)| (name.clone(), state.clone())).collect()
}

fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
    // Some hang on a parameter.
    let statements =
        statements.iter().map(|one| one.get("Fn::If").map_or(one, |choice| &choice[1]));
    let listed =
        |action: &Value| action.as_array().cloned().unwrap_or_else(|| vec![action.clone()]);
    let actions = statements.flat_map(|one| listed(&one["Action"]));
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn its_role_may_what_it_calls_and_nothing_else() {
    let states = states();
    let called: BTreeSet<String> = states
        .values()
        .filter_map(|state| state["Resource"].as_str())
        .map(|resource| {
            let mut parts = resource.rsplit(':');
            let (call, service) = (parts.next().unwrap(), parts.next().unwrap());
            let service = match service {
                "sfn" => "states",
                "eventbridge" => "events",
                other => other,
            };
            if service == "lambda" {
                return "lambda:InvokeFunction".to_owned();
            }
            let (first, rest) = call.split_at(1);
            format!("{service}:{}{rest}", first.to_uppercase())
        })
        .collect();
    let role = resource("OrganizationSweepRole");
    let mut permitted = actions(&role["Policies"][0]);
    assert_eq!(role["Policies"].as_array().unwrap().len(), 1);
    permitted.extend(actions(&resource("OrganizationSweepPolicy")));
    assert_eq!(permitted, called);
    // Whoever starts it may start it.
    let start = resource("OrganizationSweepStartRole");
    assert_eq!(actions(&start["Policies"][0]), ["states:StartExecution".to_owned()].into());
    for role in [role, start] {
        let trust = &role["AssumeRolePolicyDocument"]["Statement"][0];
        let account = json!({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}});
        assert_eq!(trust["Condition"], account);
    }
}

fn summary() -> Summary {
    Summary { sweep: SweepRecord::default(), urgent: false, says_all: false, held_is_news: false }
}

#[test]
fn it_asks_for_every_step_that_there_is_with_what_the_step_takes() {
    let mut asked = BTreeSet::new();
    for (name, state) in states() {
        let Some(payload) = state["Arguments"].get("Payload") else { continue };
        assert_eq!(state["Arguments"]["FunctionName"], "${SweepFunction}", "{name}");
        assert!(state["Retry"][0]["ErrorEquals"].to_string().contains("TooManyRequests"), "{name}");
        let mut step = payload.clone();
        // What JSONata would put there, as far as the type of it goes.
        for (member, value) in step.as_object_mut().unwrap() {
            *value = match member.as_str() {
                "step" | "state_machine" => continue,
                "everything" => json!({ "accounts": 1, "fell": false }),
                "cause" => json!("schedule"),
                "says_all" => json!(true),
                "summary" => serde_json::to_value(summary()).unwrap(),
                "standing" | "held" => json!({}),
                "earlier" => json!(null),
                "room" => json!(1_000),
                "set" => json!("00112233445566778899aabbccddeeff"),
                "accounts" | "items" | "answers" | "targets" | "done" | "left" => json!([]),
                other => panic!("{name}: {other}"),
            };
        }
        let members: BTreeSet<String> = step.as_object().unwrap().keys().cloned().collect();
        let (kind, expected): (&str, &[&str]) = match Step::read(step).unwrap() {
            Step::Begin { cause: _, standing: _ } => ("begin", &["cause", "standing"]),
            Step::Deal { accounts: _, standing: _ } => ("deal", &["accounts", "standing"]),
            Step::Observe { items: _, room: _, earlier: _ } => {
                ("observe", &["items", "room", "earlier"])
            }
            Step::Judge { answers: _, standing: _, everything: _, cause: _, state_machine: _ } => {
                ("judge", &["answers", "standing", "everything", "cause", "state_machine"])
            }
            Step::Approve { set: _, held: _ } => ("approve", &["set", "held"]),
            Step::PutBack { targets: _, says_all: _ } => ("put_back", &["targets", "says_all"]),
            Step::Close { summary: _, done: _, left: _ } => ("close", &["summary", "done", "left"]),
        };
        let expected = expected.iter().map(|one| (*one).to_owned()).chain(["step".to_owned()]);
        assert_eq!(members, expected.collect(), "{name}");
        asked.insert(kind);
    }
    let all = ["begin", "deal", "observe", "judge", "approve", "put_back", "close"];
    assert_eq!(asked, all.into());
}

#[test]
fn every_state_leads_to_one_that_there_is_and_each_is_reached() {
    let definition = resource("OrganizationSweep")["Definition"].clone();
    for machine in [&definition, &definition["States"]["Observe"]["ItemProcessor"]] {
        let states = of(machine);
        let mut reached = BTreeSet::from([machine["StartAt"].as_str().unwrap().to_owned()]);
        for (name, state) in &states {
            let mut next: Vec<&Value> = vec![&state["Next"], &state["Default"]];
            for list in ["Choices", "Catch"] {
                next.extend(state[list].as_array().into_iter().flatten().map(|one| &one["Next"]));
            }
            let next: Vec<&str> = next.into_iter().filter_map(Value::as_str).collect();
            let ends = state["Type"] == "Fail" || state["End"] == true;
            assert_eq!(ends, next.is_empty(), "{name}");
            reached.extend(next.into_iter().map(str::to_owned));
        }
        assert_eq!(reached, states.into_keys().collect());
    }
}

/// What is put back is asked for, each time anew, after a look at whether the guard is in service.
#[test]
fn nothing_is_put_back_without_a_look_at_whether_the_guard_is_in_service() {
    let states = states();
    for (name, state) in &states {
        let leads = |to: &str| {
            let choices = state["Choices"].as_array().into_iter().flatten();
            let next =
                choices.map(|choice| &choice["Next"]).chain([&state["Next"], &state["Default"]]);
            next.into_iter().any(|next| next == to)
        };
        assert_eq!(leads("PutBack"), name == "MayPutBack", "{name}");
        assert_eq!(leads("MayPutBack"), name == "IsInService", "{name}");
    }
    assert_eq!(states["PutBack"]["Next"], "IsSomethingToPutBack");
    let rule = &resource("OrganizationSweep")["DefinitionSubstitutions"]["Rule"];
    assert_eq!(rule, &json!({"Ref": "DomainChangeRule"}));
}

#[test]
fn whoever_changes_starts_or_stops_the_organizations_sweep_is_reported() {
    const SWEEP: Option<&str> = Some("SweepWatchRule");
    let stack = Stack::named("guard");
    let rules = rules_of(&stack);
    let machine = stack.resolve(&json!({"Ref": "OrganizationSweep"}));
    let execution = machine.as_str().unwrap().replace(":stateMachine:", ":execution:");
    let start =
        record("states", "StartExecution", json!({"stateMachineArn": machine}), Value::Null);
    for (call, request) in [
        ("UpdateStateMachine", json!({"stateMachineArn": machine})),
        ("DeleteStateMachine", json!({"stateMachineArn": machine})),
    ] {
        let event = record("states", call, request, Value::Null);
        check(&rules, SWEEP, &event);
        check(&rules, None, &by_cloudformation(event.clone()));
        check(&rules, None, &denied(event));
    }
    check(&rules, SWEEP, &start);
    let mut by_schedule = start;
    by_schedule["detail"]["sourceIPAddress"] = json!("events.amazonaws.com");
    check(&rules, None, &by_schedule);
    for (name, expected) in
        [(format!("{execution}:nightly"), SWEEP), (format!("{execution}-2:x"), None)]
    {
        let request = json!({ "executionArn": name });
        check(&rules, expected, &record("states", "StopExecution", request, Value::Null));
    }
}
