//! Finds out what is there. Each step takes from the one before only names; a call that fails is kept
//! as a fact, and stops no other.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::overrides::{DEFAULT_LONGEST, Overrides};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::when;
use futures_util::future::{join, join_all, join3, join4};
use serde_json::{Value, json};

use super::alarms::names;
use super::aws::Aws;
use super::facts::{
    Alarm, Answered, BaselineFile, Decision, Facts, Function, KeptOverrides, Known, Leftovers,
    LeftoversKind, Makers, Permission, PolicyOfRole, Queue, Rule, SetBy, Stack, Stop, Topic,
    iam_region, name_of,
};
use super::grants::{self, MAKE};
use super::permissions::{Holdings, Needed, needed};
use super::policy::denial;
use super::sample::{not_for_the_guard, role_changed};
use crate::overrides::draft::no_baseline;

/// How the names of the template's rules begin that report changes to the guard. The end is the last part
/// of the stack's id.
const WATCH: &str = "domain-guard-";
/// IAM's simulator takes some questions a second. An account where more may make overrides has another problem.
const MOST_SIMULATED: usize = 100;
const SIMULATED_AT_ONCE: usize = 4;

/// Reads all that there is about the guard of that name, which may be a stack's.
pub async fn read(aws: &Aws, place: Place, stack: Option<Stack>, guard: &str) -> Facts {
    let (trails, (guarding, sweep, rules)) =
        join(aws.trails.all(), functions_and_rules(aws, &place, stack.as_ref(), guard)).await;
    let known = guarding.as_ref().ok();
    let sweeping = sweep.as_ref().and_then(|sweep| sweep.as_ref().ok());
    // What is no ARN is reported with the settings, and nothing to ask SNS about.
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
        overrides: known.and_then(|guard| guard.variable("OVERRIDES_PATH")).map(str::to_owned),
        traces: [known, sweeping].into_iter().flatten().any(|function| function.is_traced),
    };
    let (permissions, stops, overrides, alarms) = join4(
        permissions(aws, &place, known, &holdings),
        stops(aws, &place, known),
        overrides(aws, &place, stack.as_ref(), known),
        alarms(aws, stack.as_ref()),
    )
    .await;
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
        alarms,
        watch,
        role_watch,
        permissions,
        stops,
        overrides,
        answers: Vec::new(),
        notified: None,
    }
}

/// What each function answers to an event that is not for it.
pub async fn answers(aws: &Aws, facts: &Facts) -> Vec<(String, Known<Answered>)> {
    let event = &not_for_the_guard(&facts.place);
    let functions = facts.guard.iter().chain(facts.sweep.iter().flatten());
    join_all(functions.map(async |function| {
        let name = function.name.clone();
        let answered = aws.functions.answer(&name, event).await;
        (name, answered)
    }))
    .await
}

/// What the guard makes of the request for a test notice, in the name of `caller`.
pub async fn notified(aws: &Aws, facts: &Facts, caller: &str) -> Option<Known<Answered>> {
    let guard = facts.guard.as_ref().ok()?;
    Some(aws.functions.answer(&guard.name, &json!({ "test_notice": caller })).await)
}

async fn alarms(aws: &Aws, stack: Option<&Stack>) -> Option<Known<Vec<Alarm>>> {
    Some(aws.alarms.named(&names(stack?)).await)
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

/// The policies by which somebody has stopped the guard, and who that was.
async fn stops(aws: &Aws, place: &Place, guard: Option<&Function>) -> Known<Vec<Stop>> {
    let Some(guard) = guard else { return Ok(Vec::new()) };
    let role = name_of(&guard.role_arn);
    let policies = aws.roles.policies(role).await?.into_iter();
    let denying: Vec<_> = policies
        .filter_map(|(policy, document)| Some((policy, denial(&document, place)?)))
        .collect();
    if denying.is_empty() {
        return Ok(Vec::new());
    }
    let records = aws.iam_trails.about_role(role).await;
    let stop = |(policy, denial)| {
        let set_by = match &records {
            Ok(records) => Ok(set_by(records, role, &policy)),
            Err(error) => Err(error.clone()),
        };
        Stop { policy, denial, set_by }
    };
    Ok(denying.into_iter().map(stop).collect())
}

/// The latest record of a call that gave the role the policy.
fn set_by(records: &[Value], role: &str, policy: &PolicyOfRole) -> Option<SetBy> {
    let (call, member, value) = match policy {
        PolicyOfRole::Inline(name) => ("PutRolePolicy", "policyName", name),
        PolicyOfRole::Attached(arn) => ("AttachRolePolicy", "policyArn", arn),
        PolicyOfRole::Boundary(arn) => ("PutRolePermissionsBoundary", "permissionsBoundary", arn),
    };
    let is_it = |record: &&Value| {
        let request = record.get("requestParameters");
        let asked = |member: &str| request.and_then(|request| request.get(member)?.as_str());
        record.get("eventName").and_then(Value::as_str) == Some(call)
            && record.get("errorCode").is_none_or(|code| matches!(code.as_str(), None | Some("")))
            && asked("roleName") == Some(role)
            && asked(member) == Some(value)
    };
    let of = |record: &Value| {
        let at = when::read(record.get("eventTime")?)?;
        let identity = record.get("userIdentity");
        let by = ["arn", "userName", "principalId", "invokedBy", "type"]
            .into_iter()
            .find_map(|name| identity?.get(name)?.as_str());
        Some(SetBy { at, by: by.unwrap_or("somebody who is not named").to_owned() })
    };
    records.iter().filter(is_it).filter_map(of).max_by_key(|set_by| set_by.at)
}

/// The overrides, and who may make some.
async fn overrides(
    aws: &Aws,
    place: &Place,
    stack: Option<&Stack>,
    guard: Option<&Function>,
) -> Option<KeptOverrides> {
    let guard = guard?;
    let path = guard.variable("OVERRIDES_PATH")?.trim_end_matches('/').to_owned();
    // What the guard takes for a mistake is reported with its settings.
    let longest = guard.settings(place).map_or(DEFAULT_LONGEST, |read| read.longest_override);
    let (baseline, parameters) = (baseline_of(guard)?, aws.overrides(&path));
    let (all, writers, makers) = join3(
        parameters.all(),
        parameters.writers(),
        makers(aws, place, stack.and_then(|stack| stack.output("OnCallPolicy")), &path),
    )
    .await;
    let all = all.map(|all| Overrides::read(&path, all, &baseline, longest));
    Some(KeptOverrides { path, all, writers, makers })
}

/// The baseline by which the guard reads overrides; one without names of accounts where it has none that can
/// be read.
fn baseline_of(guard: &Function) -> Option<Baseline> {
    let text = match &guard.baseline {
        Ok(BaselineFile::Found { path: _, archive: _, content, index: _ }) => {
            std::str::from_utf8(content).ok()
        }
        Ok(BaselineFile::Missing { paths: _ }) | Err(_) => None,
    };
    text.and_then(|text| Baseline::parse("baseline", text).ok()).or_else(|| no_baseline().ok())
}

/// Those to whom IAM's simulator allows to make an override below the path, but for those who have nothing but
/// the policy `meant` for it.
async fn makers(aws: &Aws, place: &Place, meant: Option<&str>, path: &str) -> Known<Makers> {
    let Place { partition, account, region } = place;
    let parameter = format!("arn:{partition}:ssm:{region}:{account}:parameter{path}/any");
    let needed =
        Needed { resource: parameter.clone(), example: parameter.clone(), actions: vec![MAKE] };
    let all = aws.roles.principals().await?;
    let candidates = grants::makers(&all, meant, &parameter);
    let (asked, left) = candidates.split_at(candidates.len().min(MOST_SIMULATED));
    let mut makers = Makers { allowed: Vec::new(), not_asked: left.len() };
    for some in asked.chunks(SIMULATED_AT_ONCE) {
        let answers = join_all(some.iter().map(|arn| aws.roles.may(arn, &needed))).await;
        for (arn, answers) in some.iter().zip(answers) {
            for Permission { action: _, resource: _, decision } in answers {
                match decision? {
                    Decision::Allowed => makers.allowed.push((*arn).to_owned()),
                    Decision::NotGranted
                    | Decision::Denied(_)
                    | Decision::OutsideOrganization
                    | Decision::OutsideBoundary => {}
                }
            }
        }
    }
    Ok(makers)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(call: &str, time: &str, request: &Value, by: &str) -> Value {
        json!({
            "eventName": call, "eventTime": time, "requestParameters": request,
            "userIdentity": { "type": "IAMUser", "arn": by },
        })
    }

    #[test]
    fn who_set_a_stop_is_the_last_one_who_gave_the_role_that_policy() {
        let policy = PolicyOfRole::Inline("stop".to_owned());
        let of = |role: &str, policy: &str| json!({ "roleName": role, "policyName": policy });
        let records = [
            record("PutRolePolicy", "2026-11-20T08:00:00Z", &of("guard", "stop"), "first"),
            record("PutRolePolicy", "2026-11-21T08:00:00Z", &of("guard", "stop"), "last"),
            record("PutRolePolicy", "2026-11-22T08:00:00Z", &of("guard", "other"), "another"),
            record("PutRolePolicy", "2026-11-22T08:00:00Z", &of("other", "stop"), "another"),
            record("DeleteRolePolicy", "2026-11-22T08:00:00Z", &of("guard", "stop"), "another"),
            json!({
                "eventName": "PutRolePolicy", "eventTime": "2026-11-23T08:00:00Z",
                "requestParameters": of("guard", "stop"), "errorCode": "AccessDenied",
            }),
        ];
        let found = set_by(&records, "guard", &policy).unwrap();
        assert_eq!(
            (found.by.as_str(), found.at.to_string().as_str()),
            ("last", "2026-11-21 8:00:00.0 +00:00:00")
        );
        assert_eq!(set_by(&records, "guard", &PolicyOfRole::Attached("stop".to_owned())), None);
        let attached = json!({ "roleName": "guard", "policyArn": "arn:p" });
        let attached = [record("AttachRolePolicy", "2026-11-20T08:00:00Z", &attached, "sam")];
        let policy = PolicyOfRole::Attached("arn:p".to_owned());
        assert_eq!(set_by(&attached, "guard", &policy).unwrap().by, "sam");
    }
}
