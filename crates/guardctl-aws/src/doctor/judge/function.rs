//! The function that answers events, and its environment.

use std::time::Duration;

use cognito_domain_guard::clients::{TIMEOUTS, UPDATE_TIMEOUTS};

use super::{known, region_of};
use crate::doctor::facts::{Facts, Function, is_absent, name_of};
use crate::doctor::finding::{Check, Finding, Step, run, say};

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let guard = match &facts.guard {
        Ok(guard) => guard,
        Err(error) if is_absent(error) => {
            let (name, region) = (&facts.guard_name, &facts.place.region);
            found.push(Check::Function.wrong(
                format!("there is no function {name} in {region}"),
                vec![
                    say("deploy it, or look for it in another region with --region"),
                    run(format!(
                        "aws lambda list-functions --region {region} --query 'Functions[].FunctionName'"
                    )),
                ],
            ));
            return;
        }
        Err(error) => {
            found.push(Check::Function.unknown(error));
            return;
        }
    };
    let before = found.len();
    runs(Check::Function, facts, guard, found);
    // An event that drifted: describe, overrides, publish, update, publish, each with all its retries.
    let longest = longest_event().as_secs();
    if guard.timeout_seconds < longest {
        found.push(Check::Function.wrong(
            format!(
                "{} has a timeout of {} s, and an event may take {longest} s: it may be cut off in \
                 an update",
                guard.name, guard.timeout_seconds
            ),
            vec![configure(facts, guard, "--timeout 55")],
        ));
    }
    if found.len() == before {
        let reserved = match guard.reserved_concurrency {
            None => String::new(),
            Some(number) => format!(", with a reserved concurrency of {number}"),
        };
        found.push(Check::Function.ok(format!("{} is {}{reserved}", guard.name, guard.state)));
    }
    settings(facts, guard, found);
    failures(facts, guard, found);
}

fn longest_event() -> Duration {
    TIMEOUTS.operation * 3 + UPDATE_TIMEOUTS.operation
}

/// Whether Lambda runs it at all.
pub fn runs(check: Check, facts: &Facts, function: &Function, found: &mut Vec<Finding>) {
    let region = region_of(&facts.place);
    let Function { name, state, last_update, .. } = function;
    let reason = function.state_reason.as_deref().map(|reason| format!(": {reason}"));
    let reason = reason.unwrap_or_default();
    // `Pending` is on its way: a deployment is under way or just over.
    if !["Active", "Pending"].contains(&state.as_str()) {
        let look =
            run(format!("aws lambda get-function-configuration {region} --function-name {name}"));
        found.push(check.wrong(format!("{name} is {state}{reason}"), vec![look]));
    }
    if last_update == "Failed" {
        found.push(check.wrong(
            format!("the last update of {name} failed"),
            vec![say("deploy it again; until then the version before it runs")],
        ));
    }
    if function.reserved_concurrency == Some(0) {
        found.push(check.wrong(
            format!("{name} has a reserved concurrency of 0: Lambda runs it never"),
            vec![
                say("somebody stopped it; once you know why:"),
                run(format!(
                    "aws lambda delete-function-concurrency {region} --function-name {name}"
                )),
            ],
        ));
    }
}

/// Read by the guard's own code, as at its start.
fn settings(facts: &Facts, guard: &Function, found: &mut Vec<Finding>) {
    let check = Check::Settings;
    let settings = match guard.settings(&facts.place) {
        Ok(settings) => settings,
        Err(error) => {
            let variable = error.variable;
            found.push(check.wrong(
                format!("{} cannot start: {error}", guard.name),
                vec![
                    say(format!(
                        "set {variable}; the command replaces all variables, so add it to"
                    )),
                    look_at_variables(facts, guard),
                ],
            ));
            return;
        }
    };
    if settings.guard.role_arn != guard.role_arn {
        found.push(check.wrong(
            format!(
                "GUARD_ROLE_ARN is {}, and the role of {} is {}: the guard takes its own updates \
                 for somebody else's",
                settings.guard.role_arn, guard.name, guard.role_arn
            ),
            vec![
                say(format!("set GUARD_ROLE_ARN={} among", guard.role_arn)),
                look_at_variables(facts, guard),
            ],
        ));
        return;
    }
    if let Some(Ok(sweep)) = &facts.sweep
        && guard.variable("SWEEP_FUNCTION_ARN") != Some(&sweep.arn)
    {
        found.push(check.wrong(
            format!(
                "SWEEP_FUNCTION_ARN does not name {}: the guard takes the sweep's updates for \
                 somebody else's",
                sweep.name
            ),
            vec![
                say(format!("set SWEEP_FUNCTION_ARN={} among", sweep.arn)),
                look_at_variables(facts, guard),
            ],
        ));
        return;
    }
    found.push(check.ok(format!(
        "{} knows its role {} and its topic {}",
        guard.name,
        name_of(&guard.role_arn),
        name_of(&settings.notice_topic.arn)
    )));
}

fn look_at_variables(facts: &Facts, function: &Function) -> Step {
    run(format!(
        "aws lambda get-function-configuration {} --function-name {} --query Environment.Variables",
        region_of(&facts.place),
        function.name
    ))
}

fn configure(facts: &Facts, function: &Function, what: &str) -> Step {
    run(format!(
        "aws lambda update-function-configuration {} --function-name {} {what}",
        region_of(&facts.place),
        function.name
    ))
}

/// Where an event goes that is right but not now.
fn failures(facts: &Facts, guard: &Function, found: &mut Vec<Finding>) {
    let check = Check::Failures;
    let Some(on_failure) = known(check, &guard.on_failure, found) else { return };
    let queue = facts.recheck.iter().flatten().next().map_or("RECHECK-QUEUE-ARN", |q| &q.arn);
    let fix = run(format!(
        "aws lambda put-function-event-invoke-config {} --function-name {} \
         --maximum-retry-attempts 0 --maximum-event-age-in-seconds 300 \
         --destination-config '{{\"OnFailure\": {{\"Destination\": \"{queue}\"}}}}'",
        region_of(&facts.place),
        guard.name
    ));
    let destination = on_failure.as_ref().and_then(|config| config.destination.as_ref());
    let Some(destination) = destination else {
        found.push(check.wrong(
            format!(
                "{} has no on-failure destination: the event of a domain that Cognito is still \
                 working on is lost",
                guard.name
            ),
            vec![fix],
        ));
        return;
    };
    let retries = on_failure.as_ref().and_then(|config| config.retries).unwrap_or(2);
    if retries == 0 {
        found.push(check.ok(format!("failed events go to {} at once", name_of(destination))));
    } else {
        found.push(check.wrong(
            format!(
                "Lambda itself repeats failed events {retries} times before they get to {}",
                name_of(destination)
            ),
            vec![fix],
        ));
    }
}
