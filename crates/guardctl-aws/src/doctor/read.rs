//! Finds out what is there. Each step takes from the one before only names; a call that fails is kept
//! as a fact, and stops no other.

use cognito_domain_guard::place::Place;
use futures_util::future::{join, join_all, join4};

use super::aws::Aws;
use super::facts::{
    Facts, Function, Known, Leftovers, LeftoversKind, Permission, Queue, Rule, Stack, Topic,
    iam_region, name_of,
};
use super::permissions::{Holdings, needed};
use super::sample::role_changed;

/// How the names of the template's rules begin that report changes to the guard. The end is the last part
/// of the stack's id.
const WATCH: &str = "domain-guard-";

/// Reads all that there is about the guard of that name, which may be a stack's.
pub async fn read(aws: &Aws, place: Place, stack: Option<Stack>, guard: &str) -> Facts {
    let (trails, (guarding, sweep, rules)) =
        join(aws.trails.all(), functions_and_rules(aws, &place, stack.as_ref(), guard)).await;
    let known = guarding.as_ref().ok();
    let sweeping = sweep.as_ref().and_then(|sweep| sweep.as_ref().ok());
    // What is no ARN is told with the settings, and nothing to ask SNS about.
    let topic = known.and_then(|guard| guard.variable("NOTICE_TOPIC_ARN"));
    let topic = topic.filter(|topic| topic.starts_with("arn:"));
    let topic = topic.or_else(|| stack.as_ref()?.output("NoticeTopic")).map(str::to_owned);
    let alarm_topic = stack.as_ref().and_then(|stack| stack.output("AlarmTopic"));
    let alarm_topic = alarm_topic.filter(|alarms| Some(*alarms) != topic.as_deref());
    let ((recheck, dead_letters), topic, alarm_topic, (watch, role_watch)) = join4(
        queues(aws, stack.as_ref(), known, sweeping, &rules),
        about_topic(aws, topic.as_deref(), &place),
        about_topic(aws, alarm_topic, &place),
        watching(aws, stack.as_ref(), known, &place),
    )
    .await;
    let holdings = Holdings {
        topic: topic.as_ref().map(|topic| topic.arn.clone()),
        recheck: recheck.as_ref().and_then(|queue| Some(queue.as_ref().ok()?.arn.clone())),
        dead_letters: sweeping.and_then(|sweep| destination(Some(sweep))),
        log_groups: [known, sweeping].into_iter().flatten().map(|f| f.log_group.clone()).collect(),
        traces: [known, sweeping].into_iter().flatten().any(|function| function.is_traced),
    };
    let permissions = permissions(aws, &place, known, &holdings).await;
    Facts {
        guard_name: super::facts::name_of(guard).to_owned(),
        place,
        stack,
        trails,
        guard: guarding,
        sweep,
        rules,
        recheck,
        dead_letters,
        topic,
        alarm_topic,
        watch,
        role_watch,
        permissions,
    }
}

async fn functions_and_rules(
    aws: &Aws,
    place: &Place,
    stack: Option<&Stack>,
    guard: &str,
) -> (Known<Function>, Option<Known<Function>>, Known<Vec<Rule>>) {
    let guarding = aws.functions.named(guard, place).await;
    let sweep = guarding.as_ref().ok().and_then(|guard| guard.variable("SWEEP_FUNCTION_ARN"));
    let sweep = sweep.or_else(|| stack?.output("SweepFunction")).map(str::to_owned);
    let mut functions = vec![place.function_arn(super::facts::name_of(guard))];
    functions.extend(sweep.clone());
    let rule = stack.and_then(|stack| stack.output("DomainChangeRule")).map(super::facts::name_of);
    let sweeping = async {
        match &sweep {
            Some(sweep) => Some(aws.functions.named(sweep, place).await),
            None => None,
        }
    };
    let (sweeping, rules) = join(sweeping, aws.rules.about(&functions, rule, place)).await;
    (guarding, sweeping, rules)
}

/// Where failed events of a function go.
fn destination(function: Option<&Function>) -> Option<String> {
    function?.on_failure.as_ref().ok()?.as_ref()?.destination.clone()
}

/// The queue in which events wait, and those in which they end.
async fn queues(
    aws: &Aws,
    stack: Option<&Stack>,
    guard: Option<&Function>,
    sweep: Option<&Function>,
    rules: &Known<Vec<Rule>>,
) -> (Option<Known<Queue>>, Vec<Leftovers>) {
    let source = || {
        let sources = guard?.event_sources.as_ref().ok()?;
        sources.first().map(|source| source.queue_arn.clone())
    };
    let recheck = match destination(guard).or_else(source) {
        Some(arn) => Some(aws.queues.by_arn(&arn).await),
        None => match stack.and_then(|stack| stack.output("RecheckQueue")) {
            Some(url) => Some(aws.queues.by_url(url).await),
            None => None,
        },
    };
    let mut ends: Vec<(LeftoversKind, String)> = Vec::new();
    let mut add = |kind, arn: Option<String>| {
        if let Some(arn) = arn
            && !ends.iter().any(|(_, other)| *other == arn)
        {
            ends.push((kind, arn));
        }
    };
    let redrive = || recheck.as_ref()?.as_ref().ok()?.redrive.clone();
    add(LeftoversKind::DeadLetters, redrive().map(|redrive| redrive.dead_letters));
    add(LeftoversKind::DeadLetters, destination(sweep));
    for rule in rules.iter().flatten() {
        for target in rule.targets.iter().flatten() {
            add(LeftoversKind::Undelivered, target.dead_letters.clone());
        }
    }
    let ends = join_all(ends.into_iter().map(async |(kind, arn)| {
        let queue = aws.queues.by_arn(&arn).await;
        Leftovers { kind, arn, queue }
    }))
    .await;
    (recheck, ends)
}

async fn about_topic(aws: &Aws, topic: Option<&str>, place: &Place) -> Option<Topic> {
    let arn = topic?;
    let region = arn.split(':').nth(3).filter(|region| !region.is_empty());
    let region = region.unwrap_or(&place.region);
    let (policy, subscriptions) =
        join(aws.topics.policy(arn, region), aws.topics.subscriptions(arn, region)).await;
    Some(Topic { arn: arn.to_owned(), policy, subscriptions })
}

/// The rules that report changes to the guard itself, in its region and in IAM's.
async fn watching(
    aws: &Aws,
    stack: Option<&Stack>,
    guard: Option<&Function>,
    place: &Place,
) -> (Option<Known<Vec<Rule>>>, Option<Known<Vec<Rule>>>) {
    let Some(stack) = stack else { return (None, None) };
    let here = aws.rules.named(WATCH, name_of(&stack.id)).await;
    let role = guard.map(|guard| name_of(&guard.role_arn));
    let there = match role {
        Some(role) if place.region != iam_region(&place.partition) => {
            Some(aws.iam_rules.taking("iam", &role_changed(role, place)).await)
        }
        _ => None,
    };
    (Some(here), there)
}

async fn permissions(
    aws: &Aws,
    place: &Place,
    guard: Option<&Function>,
    holdings: &Holdings,
) -> Vec<Permission> {
    let Some(guard) = guard else { return Vec::new() };
    let needed = needed(place, holdings);
    let asked = needed.iter().map(|needed| aws.roles.may(&guard.role_arn, needed));
    join_all(asked).await.into_iter().flatten().collect()
}
