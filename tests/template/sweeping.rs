//! The state machine of the organization's sweep: what it calls, and whether it may.

use std::collections::{BTreeMap, BTreeSet};

use cognito_domain_guard::report::SweepRecord;
use cognito_domain_guard::sweep::organization::{Step, Summary};
use serde_json::{Value, json};

use super::matching::{check, rules_of};
use super::read::{resource, template};
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

/// Every metric that Step Functions sends of executions and that counts some, as AWS documents them, each with the one
/// dimension that it has, and whether a sweep that it counts is one that people must look at.
const OF_EXECUTIONS: [(&str, bool); 5] = [
    ("ExecutionsFailed", true),
    ("ExecutionsTimedOut", true),
    ("ExecutionsAborted", true),
    ("ExecutionsStarted", false),
    ("ExecutionsSucceeded", false),
];

/// What the expression of an alarm comes to: a sum of `FILL(id, number)`.
fn sum(expression: &str, values: &BTreeMap<&str, f64>) -> f64 {
    let terms = expression.split(" + ").map(|term| {
        let inner = term.strip_prefix("FILL(").and_then(|rest| rest.strip_suffix(')')).unwrap();
        let (id, otherwise) = inner.split_once(", ").unwrap();
        values.get(id).copied().unwrap_or_else(|| otherwise.parse().unwrap())
    });
    terms.sum()
}

#[test]
fn a_sweep_that_failed_timed_out_or_was_stopped_raises_the_alarm_and_no_other_does() {
    let stack = Stack::named("guard");
    let alarm = stack.resolve(&resource("OrganizationSweepAlarm"));
    let (expressions, watched): (Vec<&Value>, Vec<&Value>) =
        alarm["Metrics"].as_array().unwrap().iter().partition(|one| one["Expression"].is_string());
    let [expression] = expressions[..] else { panic!("{expressions:?}") };
    assert_eq!(expression["ReturnData"], Value::Null, "it alone is what the alarm looks at");
    let machine = stack.resolve(&json!({"Ref": "OrganizationSweep"}));
    let dimensions = json!([{ "Name": "StateMachineArn", "Value": machine }]);
    let is_raised = |metric: Option<&str>| {
        // Of what did not happen Step Functions sends no metric.
        let values = watched.iter().filter(|one| {
            let of = &one["MetricStat"]["Metric"];
            let own = json!({ "Namespace": "AWS/States", "MetricName": metric, "Dimensions": dimensions });
            *of == own
        });
        let values = values.map(|one| (one["Id"].as_str().unwrap(), 1.0)).collect();
        sum(expression["Expression"].as_str().unwrap(), &values)
            > alarm["Threshold"].as_f64().unwrap()
    };
    for (metric, expected) in OF_EXECUTIONS {
        assert_eq!(is_raised(Some(metric)), expected, "{metric}");
    }
    assert!(!is_raised(None));
    for one in &watched {
        assert_eq!(
            (&one["MetricStat"]["Stat"], &one["ReturnData"]),
            (&json!("Sum"), &json!(false))
        );
    }
    assert_eq!(alarm["ComparisonOperator"], "GreaterThanThreshold");
    assert_eq!(
        (&alarm["EvaluationPeriods"], &alarm["DatapointsToAlarm"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(alarm["AlarmActions"], json!([stack.alarm_topic()]));
}

/// Each target that starts the sweep, by its rule; some stand in a condition.
fn starts() -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (name, rule) in template()["Resources"].as_object().unwrap() {
        for target in rule["Properties"]["Targets"].as_array().into_iter().flatten() {
            let branches = target["Fn::If"]
                .as_array()
                .map_or_else(|| vec![target], |all| all[1..].iter().collect());
            for target in branches {
                if target["Arn"] == json!({"Ref": "OrganizationSweep"}) {
                    assert!(found.insert(name.clone(), target.clone()).is_none(), "{name}");
                }
            }
        }
    }
    found
}

/// EventBridge gives up a start that it may not make at once, and any other after its retries; what it gave up lies in the
/// queue whose messages an alarm counts. Its own `FailedInvocations` would count it too, but not keep what was to be started.
#[test]
fn a_sweep_that_could_not_be_started_raises_an_alarm() {
    let starts = starts();
    let rules: Vec<&str> = starts.keys().map(String::as_str).collect();
    let expected =
        ["DeploymentRule", "OrganizationSweepRule", "OverrideChangeRule", "OverridesRemovedRule"];
    assert_eq!(rules, expected);
    let queue = json!({"Fn::GetAtt": "UndeliveredQueue.Arn"});
    let policy = resource("UndeliveredQueuePolicy");
    assert_eq!(policy["Queues"], json!([{"Ref": "UndeliveredQueue"}]));
    let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
    let [takes] = statements.iter().filter(|one| one["Effect"] == "Allow").collect::<Vec<_>>()[..]
    else {
        panic!("{policy}")
    };
    assert_eq!((&takes["Action"], &takes["Resource"]), (&json!("sqs:SendMessage"), &queue));
    let sources = takes["Condition"]["ArnEquals"]["aws:SourceArn"].as_array().unwrap();
    let sources: Vec<&Value> =
        sources.iter().map(|one| one.get("Fn::If").map_or(one, |all| &all[1])).collect();
    for (rule, target) in &starts {
        assert_eq!(target["DeadLetterConfig"]["Arn"], queue, "{rule}");
        assert!(sources.contains(&&json!({"Fn::GetAtt": format!("{rule}.Arn")})), "{rule}");
    }
    let stack = Stack::named("guard");
    let alarm = stack.resolve(&resource("UndeliveredAlarm"));
    let own = json!([{ "Name": "QueueName", "Value": stack.name_of("UndeliveredQueue") }]);
    assert_eq!(
        (&alarm["Namespace"], &alarm["MetricName"], &alarm["Dimensions"]),
        (&json!("AWS/SQS"), &json!("ApproximateNumberOfMessagesVisible"), &own)
    );
    assert_eq!((&alarm["Statistic"], &alarm["Threshold"]), (&json!("Maximum"), &json!(0)));
    assert_eq!(alarm["AlarmActions"], json!([stack.alarm_topic()]));
}

/// What Step Functions writes into an execution's history for a state that it enters once, its end included.
const EVENTS: [(&str, usize); 6] =
    [("Task", 5), ("Choice", 2), ("Pass", 2), ("Wait", 2), ("Map", 4), ("Fail", 1)];
/// An attempt of a task that failed, and is made again.
const EVENTS_OF_A_RETRY: usize = 3;
/// A history has no more: the execution fails.
const MOST_EVENTS: usize = 25_000;

/// How often the longest sweep that this is made for enters each state: 10,000 accounts, fifty batches of which each is gone
/// on with for as long as may be, and as many parts of what is put back as there are domains in the targets' state.
fn visits(state: &str) -> usize {
    const PAGES: usize = 10_000 / 20;
    const BATCHES: usize = 50;
    const ROUNDS: usize = 9;
    const UNITS: usize = 100;
    const PARTS: usize = 50;
    match state {
        "ListAccounts" | "AreThereMore" => PAGES,
        "IsUnitLeft"
        | "ListAccountsOfUnit"
        | "HasUnitMoreAccounts"
        | "ListUnitsOfUnit"
        | "HasUnitMoreUnits"
        | "TakeNextUnit" => UNITS,
        "LookAtBatch" | "IsSomethingLeft" => BATCHES * ROUNDS,
        "Answered" | "Lost" => BATCHES,
        "IsSomethingToPutBack" | "IsInService" | "MayPutBack" | "PutBack" => PARTS,
        _ => 1,
    }
}

#[test]
fn the_longest_sweep_stays_far_below_the_events_that_a_history_holds() {
    let states = states();
    let entered: usize = states
        .iter()
        .map(|(name, state)| {
            let kind = state["Type"].as_str().unwrap();
            let (_, events) = EVENTS.iter().find(|(one, _)| *one == kind).unwrap();
            visits(name) * events
        })
        .sum();
    let iterations = 2 * visits("Answered"); // each begins and ends
    let of_a_sweep = 2 + entered + iterations;
    // ARCHITECTURE.md says so.
    assert!((9_000..10_000).contains(&of_a_sweep), "{of_a_sweep}");
    // Even if Lambda throttles each look at a batch as often as it is tried again.
    let attempts = states["LookAtBatch"]["Retry"][0]["MaxAttempts"].as_u64().unwrap();
    let throttled = visits("LookAtBatch") * usize::try_from(attempts).unwrap() * EVENTS_OF_A_RETRY;
    assert!(of_a_sweep + throttled < MOST_EVENTS, "{of_a_sweep} and {throttled}");
    // Even if it has waited for its turn until its time was nearly over: it goes around through three states.
    let seconds = resource("OrganizationSweep")["Definition"]["TimeoutSeconds"].as_u64().unwrap();
    let around = seconds / states["WaitForTurn"]["Seconds"].as_u64().unwrap();
    let waiting = usize::try_from(around).unwrap() * (5 + 2 + 2);
    assert!(of_a_sweep + waiting < MOST_EVENTS, "{of_a_sweep} and {waiting}");
}
