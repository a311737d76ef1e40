//! From facts to findings. Pure: no call, no clock, no environment; cannot fail.
//!
//! Every check says something, also where all is well, so that a person sees what was looked at.

mod baseline;
mod function;
mod role;
mod rule;
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

use super::facts::{Facts, Known};
use super::finding::{Check, Finding, run, say};

/// The baseline that people expect to be in force.
pub struct Expected {
    pub name: String,
    pub content: Vec<u8>,
}

/// Everything that can be said, in the order in which an event passes.
pub fn judge(facts: &Facts, expected: Option<&Expected>, now: OffsetDateTime) -> Vec<Finding> {
    let mut found = Vec::new();
    stack(facts, &mut found);
    trail::judge(facts, &mut found);
    rule::judge(facts, &mut found);
    function::judge(facts, &mut found);
    baseline::judge(facts, expected, now, &mut found);
    waiting::judge(facts, &mut found);
    sweep::judge(facts, &mut found);
    topic::judge(facts, &mut found);
    role::judge(facts, &mut found);
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

/// Text as one word of a shell's command line.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn region_of(place: &Place) -> String {
    format!("--region {}", place.region)
}
