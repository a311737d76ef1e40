//! The rule that hands changes of domains to the guard.

use cognito_domain_guard::place::Place;
use serde_json::Value;

use super::{known, region_of, unsilence};
use crate::doctor::facts::{Facts, Queue, Rule, Target, is_absent};
use crate::doctor::finding::{Check, Finding, Step, run, say};
use crate::doctor::policy::list;
use crate::doctor::sample::{self, pattern_of_domains};
use crate::shell::quoted;

const CHECK: Check = Check::Rule;

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let Some(rules) = known(CHECK, &facts.rules, found) else { return };
    // A rule must not be made to call a name that somebody mistyped.
    if facts.guard.as_ref().is_err_and(is_absent) {
        return;
    }
    let guard = facts.place.function_arn(&facts.guard_name);
    // A schedule may call the guard, too, where it sweeps itself.
    let of_events: Vec<_> = rules.iter().filter(|rule| rule.pattern.is_some()).collect();
    for error in of_events.iter().filter_map(|rule| rule.targets.as_ref().err()) {
        found.push(CHECK.unknown(error));
    }
    let calling: Vec<(&Rule, &Target)> =
        of_events.iter().filter_map(|rule| Some((*rule, target(rule, &guard)?))).collect();
    // Those about overrides hand over no change of a domain.
    let of_domains: Vec<_> =
        calling.iter().map(|(rule, _)| *rule).filter(|rule| !is_of_overrides(rule)).collect();
    if of_domains.is_empty() {
        if of_events.iter().all(|rule| rule.targets.is_ok()) {
            let others: Vec<_> =
                of_events.into_iter().filter(|rule| !is_of_overrides(rule)).collect();
            found.push(uncalled(facts, &others, &guard));
        }
        return;
    }
    let before = found.len();
    for (rule, target) in &calling {
        enabled(facts, rule, found);
        if target.is_transformed {
            let what = format!("{} hands the event over in another form", rule.name);
            found.push(CHECK.wrong(what, vec![put_target(facts, rule, &guard)]));
        }
        may_invoke(facts, rule, found);
        undelivered(facts, rule, target, found);
    }
    pattern(facts, &of_domains, found);
    if of_events.iter().all(|rule| rule.targets.is_ok()) {
        overrides(facts, &calling, found);
    }
    if found.len() == before {
        let names: Vec<_> = of_domains.iter().map(|rule| rule.name.as_str()).collect();
        found.push(CHECK.ok(format!(
            "{} is enabled, takes every change of a domain, and calls {}",
            names.join(" and "),
            facts.guard_name
        )));
    }
}

/// A guard that reads overrides is called when one is made or removed.
fn overrides(facts: &Facts, calling: &[(&Rule, &Target)], found: &mut Vec<Finding>) {
    let Ok(guard) = &facts.guard else { return };
    let is_called = calling.iter().any(|(rule, _)| is_of_overrides(rule));
    if is_called || guard.variable("OVERRIDES_PATH").is_none() {
        return;
    }
    found.push(CHECK.wrong(
        format!("no rule calls {} when an override is made or removed: nobody hears of it", guard.name),
        vec![say(
            "deploy the stack again, or make the rules OverrideChangeRule and OverridesRemovedRule of template.yaml",
        )],
    ));
}

/// Whether a rule takes what is done to the parameters of SSM, and nothing of Cognito.
fn is_of_overrides(rule: &Rule) -> bool {
    let pattern = rule.pattern.as_deref().unwrap_or_default();
    let pattern: Value = serde_json::from_str(pattern).unwrap_or_default();
    pattern.get("source").and_then(Value::as_array).is_some_and(|sources| {
        !sources.is_empty() && sources.iter().all(|source| source == "aws.ssm")
    })
}

fn target<'a>(rule: &'a Rule, function: &str) -> Option<&'a Target> {
    rule.targets.iter().flatten().find(|target| target.arn == function)
}

fn uncalled(facts: &Facts, rules: &[&Rule], guard: &str) -> Finding {
    let about_domains = rules.iter().find(|rule| !rule.trials.is_empty());
    match about_domains {
        Some(rule) => CHECK.wrong(
            format!("{} does not call {}: events reach somebody else", rule.name, facts.guard_name),
            vec![put_target(facts, rule, guard)],
        ),
        None => CHECK.wrong(
            format!("no rule calls {} on changes of domains", facts.guard_name),
            vec![
                say("make the rule, its permission and its target:"),
                put_rule(facts, &format!("{}-domain-change", facts.guard_name)),
                say("docs/deploy.md, \"Rule and schedule\", has the other two commands"),
            ],
        ),
    }
}

fn enabled(facts: &Facts, rule: &Rule, found: &mut Vec<Finding>) {
    if rule.state.starts_with("ENABLED") {
        return;
    }
    let enable =
        || run(format!("aws events enable-rule {} --name {}", region_of(&facts.place), rule.name));
    let fix = vec![unsilence(facts).unwrap_or_else(enable)];
    let so = match is_of_overrides(rule) {
        true => "nobody hears of an override that is made or removed",
        false => "no event reaches the guard",
    };
    found.push(CHECK.wrong(format!("{} is {}: {so}", rule.name, rule.state), fix));
}

/// Several rules may share the calls; what counts is what they take together.
fn pattern(facts: &Facts, rules: &[&Rule], found: &mut Vec<Finding>) {
    let mut missed = Vec::new();
    let mut let_in = Vec::new();
    for (nth, sample) in sample::ALL.iter().enumerate() {
        let answers: Vec<_> = rules.iter().filter_map(|rule| rule.trials.get(nth)).collect();
        let takes = answers.iter().any(|answer| matches!(answer, Ok(true)));
        if takes != sample.must_match() {
            if let Some(error) = answers.iter().find_map(|answer| answer.as_ref().err()) {
                found.push(CHECK.unknown(error));
                return;
            }
            if takes { &mut let_in } else { &mut missed }.push(*sample);
        }
    }
    let names: Vec<_> = rules.iter().map(|rule| rule.name.as_str()).collect();
    let name = names.join(" and ");
    let fix = || vec![put_rule(facts, names.first().unwrap_or(&"RULE"))];
    if !missed.is_empty() {
        let missed: Vec<_> = missed.iter().map(|sample| described(*sample)).collect();
        let what = format!("the pattern of {name} misses {}", missed.join(", "));
        found.push(CHECK.wrong(what, fix()));
    }
    if !let_in.is_empty() {
        let what = format!("the pattern of {name} lets calls in that failed");
        found.push(CHECK.wrong(what, fix()));
    }
}

fn described(sample: sample::Sample) -> String {
    match sample.error_code {
        None => format!("{} without an errorCode", sample.call),
        Some(code) => format!("{} with the errorCode {code:?}", sample.call),
    }
}

fn may_invoke(facts: &Facts, rule: &Rule, found: &mut Vec<Finding>) {
    let Ok(guard) = &facts.guard else { return };
    let Some(policy) = known(CHECK, &guard.policy, found) else { return };
    if !lets_rule(policy.as_deref(), "lambda:InvokeFunction", &rule.arn) {
        found.push(CHECK.wrong(
            format!("{} may not invoke {}", rule.name, guard.name),
            vec![run(format!(
                "aws lambda add-permission {} --function-name {} --statement-id {} \
                 --action lambda:InvokeFunction --principal events.amazonaws.com --source-arn {}",
                region_of(&facts.place),
                guard.name,
                rule.name,
                rule.arn
            ))],
        ));
    }
}

fn undelivered(facts: &Facts, rule: &Rule, target: &Target, found: &mut Vec<Finding>) {
    let Some(arn) = &target.dead_letters else {
        found.push(CHECK.wrong(
            format!(
                "{} has no queue for events that cannot be delivered: they are lost",
                rule.name
            ),
            vec![
                say("name one; docs/deploy.md, \"Queues\", makes it"),
                put_target(facts, rule, &target.arn),
            ],
        ));
        return;
    };
    // Whether it is there at all is said where its messages are counted.
    let queue = facts.dead_letters.iter().find(|end| end.arn == *arn);
    let Some(Ok(queue)) = queue.map(|end| &end.queue) else { return };
    if !lets_rule(queue.policy.as_deref(), "sqs:SendMessage", &rule.arn) {
        let Queue { arn, url, .. } = queue;
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule.arn}},
        }]});
        let attributes = serde_json::json!({ "Policy": policy.to_string() }).to_string();
        found.push(CHECK.wrong(
            format!("{} may not send to {arn}: what it cannot deliver is lost", rule.name),
            vec![run(format!(
                "aws sqs set-queue-attributes {} --queue-url {url} --attributes {}",
                region_of(&facts.place),
                quoted(&attributes)
            ))],
        ));
    }
}

/// Whether a resource's policy lets EventBridge do that on behalf of the rule. Deny statements and
/// other conditions are not looked at: people write neither here.
pub fn lets_rule(policy: Option<&str>, action: &str, rule: &str) -> bool {
    let policy: Option<Value> = policy.and_then(|policy| serde_json::from_str(policy).ok());
    let statements = policy.as_ref().and_then(|policy| policy.get("Statement"));
    list(statements).any(|statement| {
        let (service, _) = action.split_once(':').unwrap_or_default();
        let principal = statement.get("Principal");
        let is_for_all = principal.and_then(Value::as_str) == Some("*");
        let services = principal.and_then(|principal| principal.get("Service"));
        let is_for_events = list(services).any(|service| service == "events.amazonaws.com");
        let any = format!("{service}:*").to_ascii_lowercase();
        let has_action = list(statement.get("Action")).filter_map(Value::as_str).any(|granted| {
            let granted = granted.to_ascii_lowercase();
            granted == "*" || granted == any || granted == action.to_ascii_lowercase()
        });
        let conditions = statement.get("Condition").and_then(Value::as_object);
        let sources = conditions.into_iter().flatten().flat_map(|(_, condition)| {
            let keys = condition.as_object().into_iter().flatten();
            keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"))
                .flat_map(|(_, value)| list(Some(value)))
                .filter_map(Value::as_str)
        });
        let mut sources = sources.peekable();
        let fits = sources.peek().is_none() || sources.any(|source| fits(source, rule));
        let is_allowed = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        is_allowed && (is_for_all || is_for_events) && has_action && fits
    })
}

/// `ArnLike` with a star at its end, or the ARN itself.
fn fits(source: &str, arn: &str) -> bool {
    source == arn || source.strip_suffix('*').is_some_and(|start| arn.starts_with(start))
}

fn put_target(facts: &Facts, rule: &Rule, function: &str) -> Step {
    let Place { partition, account, region } = &facts.place;
    let undelivered = facts
        .stack
        .as_ref()
        .and_then(|stack| stack.output("UndeliveredQueue"))
        .map_or("UNDELIVERED-QUEUE", super::super::facts::name_of);
    let targets = serde_json::json!([{
        "Id": "guard", "Arn": function,
        "RetryPolicy": {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 3600},
        "DeadLetterConfig": {"Arn": format!("arn:{partition}:sqs:{region}:{account}:{undelivered}")},
    }]);
    run(format!(
        "aws events put-targets --region {region} --rule {} --targets {}",
        rule.name,
        quoted(&targets.to_string())
    ))
}

fn put_rule(facts: &Facts, name: &str) -> Step {
    run(format!(
        "aws events put-rule {} --name {name} --state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS \
         --event-pattern {}",
        region_of(&facts.place),
        quoted(&pattern_of_domains(&facts.place).to_string())
    ))
}
