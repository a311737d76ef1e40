//! From facts to findings. Pure: no call, no clock, no environment; cannot fail.
//!
//! Every check says something, also where all is well, so that a person sees what was looked at.

mod alarms;
mod answer;
mod baseline;
mod function;
mod notice;
mod overrides;
mod program;
mod role;
mod rule;
mod stop;
mod sweep;
mod topic;
mod trail;
mod waiting;
mod watch;

#[cfg(test)]
mod tests;

use cognito_domain_guard::place::Place;
use cognito_domain_guard::text::counted;
use time::OffsetDateTime;

pub use trail::judge as trails;

use super::facts::{Facts, Known, Stack};
use super::finding::{Check, Finding, Step, run, say};

/// The baseline that people expect to be in force.
pub struct Expected {
    pub name: String,
    pub content: Vec<u8>,
}

/// Everything that can be said, in the order in which an event passes.
pub fn judge(facts: &Facts, expected: Option<&Expected>, now: OffsetDateTime) -> Vec<Finding> {
    let mut found = Vec::new();
    stack(facts, &mut found);
    trails(&facts.trails, &facts.place.region, &mut found);
    rule::judge(facts, &mut found);
    function::judge(facts, &mut found);
    program::judge(facts, &mut found);
    baseline::judge(facts, expected, now, &mut found);
    waiting::judge(facts, &mut found);
    sweep::judge(facts, &mut found);
    topic::judge(facts, &mut found);
    alarms::judge(facts, &mut found);
    role::judge(facts, &mut found);
    stop::judge(facts, now, &mut found);
    overrides::judge(facts, now, &mut found);
    answer::judge(facts, &mut found);
    notice::judge(facts, &mut found);
    watch::judge(facts, &mut found);
    found.sort_by_key(|finding| finding.check);
    found
}

fn stack(facts: &Facts, found: &mut Vec<Finding>) {
    let Some(stack) = &facts.stack else { return };
    let (name, status) = (&stack.name, &stack.status);
    if ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"].contains(&status.as_str()) {
        found.push(Check::Stack.ok(format!("{name} is {status}")));
        return;
    }
    let what = if status.ends_with("_IN_PROGRESS") {
        format!("{name} is {status}: a deployment is under way")
    } else {
        format!("{name} is {status}: the last deployment did not succeed")
    };
    let region = &facts.place.region;
    found.push(Check::Stack.wrong(
        what,
        vec![
            say("see what happened, then deploy again"),
            run(format!(
                "aws cloudformation describe-stack-events --region {region} --stack-name {name} \
                 --max-items 20"
            )),
        ],
    ));
}

/// The fact, or the reason why there is none among the findings.
fn known<'a, T>(check: Check, fact: &'a Known<T>, found: &mut Vec<Finding>) -> Option<&'a T> {
    fact.as_ref().map_err(|error| found.push(check.unknown(error))).ok()
}

/// The command that changes one parameter of a stack, and neither its template nor its code.
fn set_parameter(facts: &Facts, stack: &Stack, name: &str, value: &str) -> Step {
    let (region, stack) = (region_of(&facts.place), &stack.name);
    // Not in a variable: zsh does not split those into words.
    run(format!(
        "aws cloudformation update-stack {region} --stack-name {stack} --use-previous-template \
         --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND --parameters \
         ParameterKey={name},ParameterValue={value} $(aws cloudformation describe-stacks {region} \
         --stack-name {stack} --output text --query \
         \"Stacks[0].Parameters[?ParameterKey!='{name}'].ParameterKey\" | tr '\\t' '\\n' | sed \
         's/.*/ParameterKey=&,UsePreviousValue=true/')"
    ))
}

/// How to bring a stack back that was taken out of service by its parameter, if it was.
fn unsilence(facts: &Facts) -> Option<Step> {
    let stack = facts.stack.as_ref()?;
    let is_silenced = stack.parameters.get("RuleState").is_some_and(|state| state == "DISABLED");
    let state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    is_silenced.then(|| set_parameter(facts, stack, "RuleState", state))
}

fn region_of(place: &Place) -> String {
    format!("--region {}", place.region)
}
