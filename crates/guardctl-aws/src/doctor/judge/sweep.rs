//! Events are best effort: sweeps find what they missed.

use super::function::runs;
use super::rule::lets_rule;
use super::{known, region_of, unsilence};
use crate::doctor::facts::{Facts, Function, Rule, is_absent, name_of};
use crate::doctor::finding::{Check, Finding, run, say};

const CHECK: Check = Check::Sweep;

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let before = found.len();
    let function = match &facts.sweep {
        // One function for both is allowed; then its schedule is what is looked for.
        None => match &facts.guard {
            Ok(guard) => guard,
            Err(_) => return,
        },
        Some(Ok(sweep)) => {
            belongs(facts, sweep, found);
            sweep
        }
        Some(Err(error)) if is_absent(error) => {
            found.push(CHECK.wrong(
                "the function that SWEEP_FUNCTION_ARN names does not exist",
                vec![say("deploy it, or correct the variable")],
            ));
            return;
        }
        Some(Err(error)) => {
            found.push(CHECK.unknown(error));
            return;
        }
    };
    let is_hub =
        function.settings(&facts.place).is_ok_and(|settings| settings.reach.organization.is_some());
    let schedule =
        if is_hub { of_the_organization(facts, found) } else { schedule(facts, function, found) };
    if found.len() == before
        && let Some(rule) = schedule
    {
        let every = rule.schedule.as_deref().unwrap_or_default();
        found.push(CHECK.ok(format!("{} sweeps by {every}", function.name)));
    }
}

/// What only a function of its own can have wrong.
fn belongs(facts: &Facts, sweep: &Function, found: &mut Vec<Finding>) {
    runs(CHECK, facts, sweep, found);
    let region = region_of(&facts.place);
    if let Err(error) = sweep.settings(&facts.place) {
        found.push(CHECK.wrong(
            format!("{} cannot start: {error}", sweep.name),
            vec![
                say(format!("set {}; the command replaces all variables", error.variable)),
                run(format!(
                    "aws lambda get-function-configuration {region} --function-name {} \
                     --query Environment.Variables",
                    sweep.name
                )),
            ],
        ));
    }
    if let Ok(guard) = &facts.guard
        && guard.role_arn != sweep.role_arn
    {
        found.push(CHECK.wrong(
            format!(
                "{} has the role {}, and {} has {}: the guard takes the sweep's updates for \
                 somebody else's",
                sweep.name,
                name_of(&sweep.role_arn),
                guard.name,
                name_of(&guard.role_arn)
            ),
            vec![run(format!(
                "aws lambda update-function-configuration {region} --function-name {} --role {}",
                sweep.name, guard.role_arn
            ))],
        ));
    }
    let Some(on_failure) = known(CHECK, &sweep.on_failure, found) else { return };
    if on_failure.as_ref().is_none_or(|config| config.destination.is_none()) {
        let redrive = facts.recheck.iter().flatten().find_map(|queue| queue.redrive.as_ref());
        let dead_letters = redrive.map_or("DEAD-LETTER-QUEUE-ARN", |redrive| &redrive.dead_letters);
        found.push(CHECK.wrong(
            format!("{} has no on-failure destination: a sweep fails in silence", sweep.name),
            vec![run(format!(
                "aws lambda put-function-event-invoke-config {region} --function-name {} \
                 --maximum-retry-attempts 2 --maximum-event-age-in-seconds 3600 \
                 --destination-config '{{\"OnFailure\": {{\"Destination\": \
                 \"{dead_letters}\"}}}}'",
                sweep.name
            ))],
        ));
    }
}

/// The rule that starts the state machine of an organization's sweep, which asks the function step by step.
fn of_the_organization<'a>(facts: &'a Facts, found: &mut Vec<Finding>) -> Option<&'a Rule> {
    // A failed call is reported with the rule for changes.
    let rules = facts.rules.as_ref().ok()?;
    let starts = |rule: &&Rule| {
        let mut targets = rule.targets.iter().flatten();
        rule.schedule.is_some() && targets.any(|target| target.arn.contains(":stateMachine:"))
    };
    let Some(rule) = rules.iter().find(starts) else {
        found.push(CHECK.wrong(
            "no rule starts the sweep of the organization by a schedule: what events miss stays",
            vec![say(
                "deploy template.yaml with OrganizationId (docs/organization.md, \"The sweep\")",
            )],
        ));
        return None;
    };
    enabled(facts, rule, found);
    Some(rule)
}

fn enabled(facts: &Facts, rule: &Rule, found: &mut Vec<Finding>) {
    if rule.state.starts_with("ENABLED") {
        return;
    }
    let region = region_of(&facts.place);
    let enable = || run(format!("aws events enable-rule {region} --name {}", rule.name));
    let fix = vec![unsilence(facts).unwrap_or_else(enable)];
    found.push(CHECK.wrong(format!("{} is {}: it starts no sweep", rule.name, rule.state), fix));
}

/// Every rule that calls it, each enabled and allowed to; gives one with a schedule.
fn schedule<'a>(
    facts: &'a Facts,
    function: &Function,
    found: &mut Vec<Finding>,
) -> Option<&'a Rule> {
    // A failed call is reported with the rule for changes.
    let rules = facts.rules.as_ref().ok()?;
    let is_own = facts.sweep.is_some();
    let calling: Vec<_> = rules
        .iter()
        // One for changes of domains has a check of its own.
        .filter(|rule| rule.schedule.is_some() || is_own && rule.trials.is_empty())
        .filter(|rule| rule.targets.iter().flatten().any(|t| t.arn == function.arn))
        .collect();
    let region = region_of(&facts.place);
    for rule in &calling {
        enabled(facts, rule, found);
        if let Ok(policy) = &function.policy
            && !lets_rule(policy.as_deref(), "lambda:InvokeFunction", &rule.arn)
        {
            found.push(CHECK.wrong(
                format!("{} may not invoke {}", rule.name, function.name),
                vec![run(format!(
                    "aws lambda add-permission {region} --function-name {} --statement-id {} \
                     --action lambda:InvokeFunction --principal events.amazonaws.com \
                     --source-arn {}",
                    function.name, rule.name, rule.arn
                ))],
            ));
        }
    }
    let schedule = calling.into_iter().find(|rule| rule.schedule.is_some());
    if schedule.is_none() {
        found.push(CHECK.wrong(
            format!(
                "no rule calls {} by a schedule: what events miss stays (a schedule of EventBridge \
                 Scheduler is not seen here)",
                function.name
            ),
            vec![say("docs/deploy.md, \"Rule and schedule\", makes one")],
        ));
    }
    schedule
}
