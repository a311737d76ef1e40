//! What a sweep of an organization may put back, and what it must: the brake, by the proof's own count.

use std::collections::{BTreeMap, BTreeSet};

use cognito_domain_guard::domain::Attribute;
use serde_json::Value;

use crate::executions::Execution;
use crate::facts::{Described, Facts, Update, described_in, text};
use crate::model::Drift;
use crate::run::Look;

/// What a sweep would put back of one domain: which pool it is in, and how it is off its baseline.
type Off = (String, Vec<(Attribute, String, String)>);

/// A sweep puts back what its brake lets through, and nothing else: an account with more domains off their
/// baseline than its limit is held alone; if the others together have more than the total, they are held; and
/// all others are put back. What is held has a notice on that day, with the set to approve. An approval puts
/// back domains of its set that are as they were when they were held. Counted is what the sweep was shown.
///
/// Excepted are steps that were killed, of which nobody knows what they saw.
pub(crate) fn the_brake_holds(facts: &Facts<'_>) -> Result<(), String> {
    let executions = &facts.trace.executions;
    for (nth, execution) in executions.iter().enumerate() {
        match &execution.approves {
            None => a_sweep_holds(facts, execution)?,
            Some(set) => an_approval_is_of_its_set(facts, &executions[..nth], execution, set)?,
        }
    }
    Ok(())
}

fn a_sweep_holds(facts: &Facts<'_>, execution: &Execution) -> Result<(), String> {
    let id = &execution.id;
    let off = observed(facts, execution);
    let mut counts = BTreeMap::<&str, usize>::new();
    for name in off.keys() {
        *counts.entry(account_of(facts, name)).or_default() += 1;
    }
    let (most_of_one, most) = facts.history.brake;
    let is_over = |count: usize, most: Option<usize>| most.is_some_and(|most| count > most);
    let within: usize = counts.values().filter(|count| !is_over(**count, most_of_one)).sum();
    let is_held = |account: &str| {
        let count = counts.get(account).copied().unwrap_or_default();
        is_over(count, most_of_one) || is_over(within, most)
    };
    let updates: Vec<&Update<'_>> = updates(facts, execution).collect();
    if let Some(update) = updates.iter().find(|update| is_held(account_of(facts, update.domain))) {
        return Err(format!("{id}: {} is over a limit and was written: {counts:?}", update.domain));
    }
    let accepted = updates.iter().filter(|update| update.accepted()).count();
    if is_over(accepted, most) {
        return Err(format!("{id}: {accepted} domains were put back, and {most:?} are the most"));
    }
    let Some(judged) = step(facts, execution, "judge").and_then(|look| look.answer.as_ref()) else {
        return Ok(());
    };
    let expected: BTreeSet<&str> =
        off.keys().copied().filter(|name| !is_held(account_of(facts, name))).collect();
    let targets = names_of(&judged["targets"]);
    if targets != expected {
        return Err(format!("{id} puts back {targets:?} and not {expected:?}: {counts:?}"));
    }
    let held = judged.pointer("/summary/sweep/held/set").and_then(Value::as_str);
    let holds = expected.len() < off.len();
    if holds != held.is_some() {
        return Err(format!("{id} holds {held:?} of {counts:?}"));
    }
    is_notified(facts, execution, held)
}

/// What is held has a notice of that day, unless the step that would send it was killed or failed.
fn is_notified(facts: &Facts<'_>, execution: &Execution, held: Option<&str>) -> Result<(), String> {
    let closed = step(facts, execution, "close").filter(|_| execution.ended.is_ok());
    let (Some(set), Some(closed)) = (held, closed) else { return Ok(()) };
    let is_it = |record: &Value| text(record, "/sweep/held/set") == set;
    let is_heard = facts.readable().any(|notice| {
        notice.kind == "sweep_held"
            && is_it(&notice.record)
            && facts.time_of(notice).date() == closed.at.date()
    });
    if is_heard {
        return Ok(());
    }
    Err(format!("{}: nobody heard on that day of the held set {set}", execution.id))
}

fn an_approval_is_of_its_set(
    facts: &Facts<'_>,
    earlier: &[Execution],
    execution: &Execution,
    set: &str,
) -> Result<(), String> {
    let holding = earlier.iter().rev().find_map(|earlier| {
        let judged = step(facts, earlier, "judge")?.answer.as_ref()?;
        (text(judged, "/summary/sweep/held/set") == set).then_some((earlier, judged))
    });
    for update in updates(facts, execution) {
        let Some((holding, judged)) = holding else {
            return Err(format!("{} was put back, and nothing was held", update.domain));
        };
        let is_of_it = held_names(judged).contains(update.domain);
        let held = observed(facts, holding).remove(update.domain);
        let shown = update.described.as_ref().and_then(|shown| off(facts, update.domain, shown));
        if !is_of_it || held != shown {
            return Err(format!(
                "{} was put back by the approval of {set}: it was {held:?} when it was held, and {shown:?}",
                update.domain
            ));
        }
    }
    Ok(())
}

/// The step of that name, as far as it answered.
fn step<'a>(facts: &'a Facts<'_>, execution: &Execution, name: &str) -> Option<&'a Look> {
    steps(facts, execution).find(|look| look.answer.is_some() && look.step.as_deref() == Some(name))
}

/// The steps of a sweep, in order.
pub(crate) fn steps<'a>(
    facts: &'a Facts<'_>,
    execution: &Execution,
) -> impl Iterator<Item = &'a Look> {
    let calls = execution.first_call..=execution.end_call;
    facts.trace.looks.iter().filter(move |look| {
        look.step.is_some() && calls.contains(&look.first_call) && look.execution == execution.id
    })
}

/// The domains that a sweep was shown off their baseline, as far as an update can put them back.
fn observed<'a>(facts: &'a Facts<'_>, execution: &Execution) -> BTreeMap<&'a str, Off> {
    let mut found = BTreeMap::new();
    for look in steps(facts, execution) {
        if look.step.as_deref() != Some("observe") || look.answer.is_none() {
            continue;
        }
        let calls = look.first_call..look.end_call.unwrap_or(look.first_call);
        for (name, shown) in described_in(facts.trace, &look.key, calls) {
            if let Some(off) = off(facts, name, &shown) {
                found.insert(name, off);
            } else {
                found.remove(name);
            }
        }
    }
    found
}

/// How a domain is off its baseline, if a sweep can put it back.
fn off(facts: &Facts<'_>, name: &str, shown: &Described) -> Option<Off> {
    let name = facts.history.domains.iter().find(|spec| spec.name == name)?.name;
    let wanted = facts.wanted(name);
    let mut drifts = wanted.enforced(&shown.values, shown.at);
    drifts.retain(|drift| !drift.removes_failover());
    let desired = shown.values.with(&drifts);
    let is_policy = |drift: &Drift| drift.attribute == Attribute::SecurityPolicy;
    let is_set = shown.policy_shown || drifts.iter().any(is_policy);
    let is_rejected = is_set
        && desired.get(Attribute::SecurityPolicy) == "TLS_V1"
        && desired.get(Attribute::ManagedLoginVersion) == "2";
    let is_ours = shown.account == facts.place_of(name).account;
    if !wanted.governed || drifts.is_empty() || shown.status != "ACTIVE" || !is_ours || is_rejected
    {
        return None;
    }
    let change = |Drift { attribute, desired, exempt: _ }: Drift| {
        (attribute, shown.values.get(attribute).to_owned(), desired)
    };
    Some((shown.pool.clone(), drifts.into_iter().map(change).collect()))
}

fn updates<'a, 'b>(
    facts: &'b Facts<'a>,
    execution: &'b Execution,
) -> impl Iterator<Item = &'b Update<'a>> {
    let cause = format!("sweep.{}", execution.id);
    facts.updates.iter().filter(move |update| update.cause == cause)
}

fn account_of<'a>(facts: &Facts<'a>, name: &str) -> &'a str {
    &facts.place_of(name).account
}

/// The domains that targets name.
pub(crate) fn names_of(targets: &Value) -> BTreeSet<&str> {
    let targets = targets.as_array().into_iter().flatten();
    targets.flat_map(|target| in_regions(&target["domains"])).collect()
}

fn held_names(judged: &Value) -> BTreeSet<&str> {
    let accounts = judged.pointer("/held/domains").and_then(Value::as_object);
    accounts.into_iter().flat_map(serde_json::Map::values).flat_map(in_regions).collect()
}

fn in_regions(regions: &Value) -> impl Iterator<Item = &str> {
    let regions = regions.as_object().into_iter().flat_map(serde_json::Map::values);
    let domains = regions.filter_map(Value::as_array).flatten();
    domains.filter_map(|domain| domain.get(0)?.as_str())
}
