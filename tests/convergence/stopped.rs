//! Somebody stops the guard for a while: a Deny keeps its role from updating domains.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cognito_domain_guard_sandbox::Tier;
use fastrand::Rng;

use crate::facts::{Facts, Notice, Update};
use crate::generate::{CUSTOM, chance, pick, weakening};
use crate::history::{BaselineSpec, Declared, DomainSpec, History, InitialStatus, PoolSpec, Step};
use crate::run::Look;

const HOUR: Duration = Duration::from_secs(3_600);

/// Puts a stop into a history: in any of its places, from any step to a later one or to the end.
pub(crate) fn stop(rng: &mut Rng, mut history: History) -> History {
    let place = rng.usize(0..history.places.len());
    let begin = rng.usize(0..=history.steps.len());
    history.steps.insert(begin, Step::Stop(place));
    if chance(rng, 60) {
        let end = rng.usize(begin + 1..=history.steps.len());
        history.steps.insert(end, Step::Calm);
    }
    history
}

/// The history of a stop of hours, often past midnight, with a sweep each hour; in it somebody weakens a
/// governed domain. It ends while the event of that may still come back, or long after.
pub(crate) fn stopped(rng: &mut Rng, mut history: History) -> History {
    let first = DomainSpec {
        name: CUSTOM[0],
        pool: 0,
        status: InitialStatus::Active,
        other_account: false,
        policy: Some(pick(rng, &["TLS_V1_2_2021", "TLS_V1_3_2025"])),
        login: Some(1),
        failover: pick(rng, &[None, Some(0)]),
        certificate: 0,
    };
    history.domains = vec![first];
    history.pools = vec![PoolSpec { tier: Tier::Essentials, place: 0 }; 2];
    history.max_receives = 90;
    history.baseline = BaselineSpec {
        defaults: Declared {
            policy: Some("{ at_least: TLS_V1_2_2021 }".to_owned()),
            ..Declared::default()
        },
        ..BaselineSpec::default()
    };
    let change = |rng: &mut Rng| Step::Change(weakening(rng));
    let before = chance(rng, 30).then(|| change(rng));
    let mut steps: Vec<Step> = before.into_iter().collect();
    steps.push(Step::Stop(0));
    steps.push(change(rng));
    steps.push(Step::Wait(Duration::from_secs(rng.u64(0..80 * 60))));
    if chance(rng, 30) {
        steps.push(change(rng));
    }
    for _ in 0..pick(rng, &[0, 0, 2, 20, 30]) {
        steps.push(Step::Sweep);
        steps.push(Step::Wait(HOUR));
    }
    if chance(rng, 50) {
        steps.push(Step::Calm);
        steps.push(Step::Wait(Duration::from_secs(rng.u64(0..30 * 60))));
    }
    history.steps = steps;
    history
}

/// Updates that an explicit deny kept from Cognito.
fn denied<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Update<'a>> {
    facts.updates.iter().filter(|update| {
        let refusal = update.call.outcome.as_ref().err();
        update.call.answered && refusal.is_some_and(|it| it.message.contains("explicit deny"))
    })
}

/// The first look at a change that an explicit deny keeps from an update has sent a critical
/// `revert_failed` by its end, published or in the log, or an earlier look at it has; so has the first
/// sweep of a day, and no other one. The event of such a change comes back, until it is a dead letter: so
/// the domain is put back once the stop is over, as `events_alone_suffice` and
/// `at_the_baseline_or_notified_why` say.
///
/// Excepted are looks that were killed: the next one says it.
pub(crate) fn a_stop_is_reported(facts: &Facts<'_>) -> Result<(), String> {
    for update in denied(facts) {
        let Some(look) = update.look.filter(|look| look.ended.is_some()) else { continue };
        let end = look.end_call.unwrap_or(usize::MAX);
        let is_reported =
            facts.readable().any(|notice| is_about(notice, update) && notice.nth <= end);
        let is_due = match look.says_all {
            // A step of a sweep: the first of a day that looks at every place, and what people ask for.
            Some(says_all) => says_all,
            None => !update.is_of_a_sweep() || is_first_of_day(look),
        };
        if is_due != is_reported {
            return Err(format!(
                "{} of {} was denied at {}, and critical notices of it: {is_reported}",
                update.cause, update.domain, update.call.at
            ));
        }
        if !update.is_of_a_sweep() && !look.is_unsettled() {
            return Err(format!("{} was denied and does not come back", update.cause));
        }
    }
    Ok(())
}

/// A stop is reported once for each change and domain.
///
/// Excepted are repeated deliveries, looks that went wrong, and processes that did not hear of it from
/// another one: each of these may repeat it once.
pub(crate) fn a_stop_is_reported_once(facts: &Facts<'_>) -> Result<(), String> {
    let stopped: BTreeSet<_> = denied(facts).map(|it| (it.cause.as_str(), it.domain)).collect();
    let mut told: BTreeMap<_, usize> = BTreeMap::new();
    for notice in facts.notices.iter().filter(|notice| notice.answered) {
        let of = (notice.incident.as_str(), notice.domain.as_str());
        if notice.kind == "revert_failed" && stopped.contains(&of) {
            *told.entry(of).or_default() += 1;
        }
    }
    for ((incident, domain), count) in told {
        let looks = || facts.looks_for(incident);
        let copies = facts.trace.copies.get(incident).copied().unwrap_or(1);
        let wrong = looks().filter(|look| look.went_wrong()).count();
        let processes = looks().map(|look| look.key.as_str()).collect::<BTreeSet<_>>().len();
        let redriven = usize::from(!facts.trace.dead_letters.is_empty());
        let most = copies + wrong + processes + redriven;
        if count > most {
            return Err(format!(
                "{domain}: {count} notices say that {incident} was denied, {most} would do"
            ));
        }
    }
    Ok(())
}

fn is_about(notice: &Notice, update: &Update<'_>) -> bool {
    notice.kind == "revert_failed"
        && notice.incident == update.cause
        && notice.domain == update.domain
        && notice.record["severity"] == "critical"
}

/// Whether the sweep before it was of the day before. They come each hour, and CloudWatch's times are in
/// whole seconds.
fn is_first_of_day(sweep: &Look) -> bool {
    let at = sweep.at.replace_nanosecond(0).unwrap_or(sweep.at);
    (at - HOUR).date() != at.date()
}
