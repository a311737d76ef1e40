//! Whether changes to the guard itself are reported: by rules in its region, and by one in the region of
//! IAM's events.

use cognito_domain_guard::place::Place;
use serde_json::json;

use super::rule::lets_rule;
use super::{known, region_of};
use crate::doctor::facts::{Facts, Rule, Stack, Topic, iam_region, name_of};
use crate::doctor::finding::{Check, Finding, Step, run, say};

/// The rules of the template, by what their names have between `domain-guard-` and the stack's id.
/// scripts/e2e holds the two together.
const PARTS: [(&str, &str); 6] = [
    ("functions", "the functions"),
    ("waking", "the rules and queues"),
    ("topics", "the topics"),
    ("telemetry", "alarms, logs and trails"),
    ("stack", "the stack and the role"),
    ("stack-end", "the deletion of the stack"),
];

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let Some(stack) = &facts.stack else { return };
    here(facts, stack, found);
    in_iam_region(facts, stack, found);
}

fn here(facts: &Facts, stack: &Stack, found: &mut Vec<Finding>) {
    let check = Check::Watch;
    let Some(rules) = &facts.watch else { return };
    let Some(rules) = known(check, rules, found) else { return };
    let before = found.len();
    let end = name_of(&stack.id);
    let redeploy =
        || say("deploy the stack again; if it was made by an older template, with this one");
    let rule = |part: &str| {
        let name = format!("domain-guard-{part}-{end}");
        rules.iter().find(move |rule| rule.name == name)
    };
    let missing: Vec<_> =
        PARTS.iter().filter(|(part, _)| rule(part).is_none()).map(|(_, what)| *what).collect();
    if !missing.is_empty() {
        found.push(
            check.wrong(
                format!("no rule reports changes to {}", missing.join(", ")),
                vec![redeploy()],
            ),
        );
    }
    let topic = facts.alarm_topic.as_ref().or(facts.topic.as_ref());
    let mut refused = Vec::new();
    for rule in PARTS.iter().filter_map(|(part, _)| rule(part)) {
        if !rule.state.starts_with("ENABLED") {
            found.push(check.wrong(
                format!("{} is {}: changes to the guard are not reported", rule.name, rule.state),
                vec![run(format!(
                    "aws events enable-rule {} --name {}",
                    region_of(&facts.place),
                    rule.name
                ))],
            ));
        }
        refused.extend(published(rule, topic, redeploy, found));
    }
    if let (Some(topic), false) = (topic, refused.is_empty()) {
        found.push(may_not_publish(&refused, topic));
    }
    if found.len() == before {
        let topic = topic.map_or("", |topic| name_of(&topic.arn));
        found.push(
            check.ok(format!("{} rules report changes to the guard to {topic}", PARTS.len())),
        );
    }
}

/// The rule, if the topic's policy does not take its messages.
fn published<'a>(
    rule: &'a Rule,
    topic: Option<&Topic>,
    redeploy: impl Fn() -> Step,
    found: &mut Vec<Finding>,
) -> Option<&'a Rule> {
    let check = Check::Watch;
    let targets = known(check, &rule.targets, found)?;
    let topic = topic?;
    if !targets.iter().any(|target| target.arn == topic.arn) {
        let what = format!("{} does not publish to {}", rule.name, topic.arn);
        found.push(check.wrong(what, vec![redeploy()]));
        return None;
    }
    // Why it is not known is said with the topic.
    let policy = topic.policy.as_ref().ok()?;
    (!lets_rule(policy.as_deref(), "sns:Publish", &rule.arn)).then_some(rule)
}

fn may_not_publish(rules: &[&Rule], topic: &Topic) -> Finding {
    let arns: Vec<_> = rules.iter().map(|rule| &rule.arn).collect();
    let names: Vec<_> = rules.iter().map(|rule| rule.name.as_str()).collect();
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish", "Resource": topic.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": arns}},
    });
    Check::Watch.wrong(
        format!("{} may not publish to {}", names.join(", "), topic.arn),
        vec![
            say("add this statement to the policy of the topic:"),
            Step::Paste(statement.to_string()),
        ],
    )
}

fn in_iam_region(facts: &Facts, stack: &Stack, found: &mut Vec<Finding>) {
    let check = Check::RoleWatch;
    let Some(rules) = &facts.role_watch else { return };
    let Some(rules) = known(check, rules, found) else { return };
    let Place { region, .. } = &facts.place;
    let iam_region = iam_region(&facts.place.partition);
    // To this region, or to whatever else somebody made of it.
    let arrives = |arn: &str| !arn.contains(":event-bus/") || arn.split(':').nth(3) == Some(region);
    let forwards = |rule: &&Rule| rule.targets.iter().flatten().any(|target| arrives(&target.arn));
    if let Some(error) = rules.iter().find_map(|rule| rule.targets.as_ref().err()) {
        found.push(check.unknown(error));
        return;
    }
    if let Some(rule) = rules.iter().find(forwards) {
        let what = format!("{} of {iam_region} reports changes of the role", rule.name);
        found.push(check.ok(what));
        return;
    }
    let Ok(guard) = &facts.guard else { return };
    found.push(check.wrong(
        format!(
            "no rule of {iam_region} reports changes of the role, and IAM's events are in no other \
             region"
        ),
        vec![run(format!(
            "aws cloudformation deploy --region {iam_region} --template-file iam-watch.yaml \
             --stack-name {}-iam-watch --capabilities CAPABILITY_IAM --parameter-overrides \
             GuardRoleName={} GuardRegion={region}",
            stack.name,
            name_of(&guard.role_arn)
        ))],
    ));
}
