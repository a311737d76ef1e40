//! What was notified, and what became of every event.

use std::collections::BTreeMap;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use cognito_domain_guard::notice::Kind;

use crate::creations;
use crate::facts::{Facts, Notice, last_described, text};
use crate::history::{DomainSpec, Step};
use crate::model::Drift;
use crate::places;
use crate::run::Look;

/// The guard comes to rest: with no more faults and no more foreign changes it stops looking and
/// writing. No exceptions.
pub(crate) fn the_guard_comes_to_rest(facts: &Facts<'_>) -> Result<(), String> {
    if facts.trace.ended {
        Ok(())
    } else {
        Err(format!("{} looks, and no end of them", facts.trace.looks.len()))
    }
}

/// Each accepted update has at least one notice of its incident, published before it or after it,
/// wherever the function was killed. It may be a line of the log with the whole notice: before the update,
/// where a notice must come first and the topic refuses it, and where a sweep is killed between an update
/// and its digest (in an organization, one of its steps is); and a digest that the topic refuses, of which the
/// sweep's own error is an alarm. No exceptions: where the notice waits in a dead letter, redriving it brings it.
pub(crate) fn every_update_is_notified(facts: &Facts<'_>) -> Result<(), String> {
    for update in facts.accepted_updates() {
        let execution = update.look.map_or("", |look| &look.execution);
        let is_of_steps = !execution.is_empty();
        let is_of_it = |notice: &&Notice| {
            notice.incident == update.cause
                // That a domain was created says nothing of what was done with it.
                && notice.kind != "domain_created"
                && (notice.domain == update.domain || notice.kind == "sweep_digest")
        };
        let told = facts.notices.iter().any(|notice| is_of_it(&notice))
            || facts.logged.iter().any(|notice| {
                let was_killed = || {
                    let of_it = |look: &&Look| look.execution == execution;
                    let of_sweep = facts.trace.looks.iter().filter(of_it).filter(|_| is_of_steps);
                    update.look.into_iter().chain(of_sweep).any(|look| look.ended.is_none())
                };
                is_of_it(&notice)
                    && if notice.is_intention {
                        notice.nth <= update.nth && was_killed()
                    } else {
                        notice.nth <= update.nth || update.is_of_a_sweep()
                    }
            });
        if !told {
            return Err(format!(
                "nobody heard of the update of {} for {}: {}",
                update.domain, update.cause, update.call.request
            ));
        }
    }
    Ok(())
}

/// A notice says what was so when it was published: `reverted` follows an update of this incident
/// that Cognito accepted and answered; `restored` a describe that showed the domain `ACTIVE` without
/// drift; `not_restored` and `drift_detected` one that showed drift; `domain_deleted` one that showed
/// no domain, or Cognito's answer that there is none. A digest says of a failover that it is left
/// wherever there is one to be left; `domain_created` says who created what, and whether anything governs
/// it. No exceptions.
pub(crate) fn notices_are_true(facts: &Facts<'_>) -> Result<(), String> {
    for notice in facts.readable() {
        if !is_true(facts, notice) {
            return Err(format!("{} is not true: {}", notice.kind, notice.record));
        }
    }
    Ok(())
}

fn is_true(facts: &Facts<'_>, notice: &Notice) -> bool {
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str() == notice.kind) else {
        return false;
    };
    if kind == Kind::NotCovered {
        return places::is_shut_at(facts, notice);
    }
    if kind == Kind::DomainCreated {
        return creations::is_true(facts, notice);
    }
    if kind == Kind::SweepDigest {
        return facts.history.domains.iter().all(|spec| digest_is_true(facts, notice, spec.name));
    }
    if kind == Kind::ExemptionExpiring {
        return exemption_is_expiring(facts, notice);
    }
    // A user pool that could not be read is no domain.
    let of_domain = |spec: &&DomainSpec| spec.name == notice.domain;
    let Some(spec) = facts.history.domains.iter().find(of_domain) else { return true };
    let shown = last_described(facts.trace, &notice.key, spec.name, notice.nth);
    let Some(shown) = shown else {
        // Nothing was ever seen of it.
        let could_not = [Kind::StateUnknown, Kind::RevertFailed].contains(&kind);
        return could_not && notice.record.get("error").is_some();
    };
    let drifts = facts.wanted(spec.name).enforced(&shown.values, shown.at);
    match kind {
        Kind::Reverted => facts.accepted_updates().any(|update| {
            update.call.answered
                && update.call.access_key_id == notice.key
                && update.cause == notice.incident
                && update.domain == spec.name
                && (shown.nth..notice.nth).contains(&update.nth)
        }),
        Kind::Restored => shown.status == "ACTIVE" && drifts.is_empty(),
        Kind::NotRestored => !drifts.is_empty() || !facts.wanted(spec.name).enforce,
        Kind::DriftDetected => !drifts.is_empty(),
        Kind::DriftLasts => !drifts.is_empty() && facts.wanted(spec.name).enforce,
        // Of a busy domain that shows no drift, or of one that could not be described since.
        Kind::StateUnknown => {
            let could_not = notice.record.get("error").is_some();
            could_not || drifts.is_empty() && !["ACTIVE", "FAILED"].contains(&shown.status.as_str())
        }
        Kind::DomainDeleted => {
            let refused = facts.updates.iter().any(|update| {
                (shown.nth..notice.nth).contains(&update.nth)
                    && update.call.access_key_id == notice.key
                    && update.call.error_code() == Some("ResourceNotFoundException")
            });
            ["", "DELETING"].contains(&shown.status.as_str()) || refused
        }
        // They say what the baseline says, or what AWS answered.
        Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::Paused
        | Kind::OverrideChanged
        // Judged above.
        | Kind::ExemptionExpiring
        | Kind::NotCovered
        | Kind::DomainCreated
        | Kind::SweepDigest
        | Kind::SweepHeld => true,
        // In no history does anybody ask for one.
        Kind::Test => false,
    }
}

/// Whether the baseline has an exemption of that pattern, not ended when the notice was made, that ends when it says,
/// within three days. The pattern may be the name of a domain.
fn exemption_is_expiring(facts: &Facts<'_>, notice: &Notice) -> bool {
    let time = |pointer| OffsetDateTime::parse(text(&notice.record, pointer), &Rfc3339);
    let (Ok(now), Ok(until)) = (time("/time"), time("/until")) else { return false };
    now < until
        && until <= now + time::Duration::days(3)
        && facts.trace.baseline.exemptions().iter().any(|exemption| {
            exemption.pattern.as_str() == notice.domain && exemption.until == until
        })
}

fn digest_is_true(facts: &Facts<'_>, digest: &Notice, domain: &str) -> bool {
    let Some(finding) = digest.finding(facts.place_of(domain), domain) else {
        return true;
    };
    let shown = last_described(facts.trace, &digest.key, domain, digest.nth);
    shown.is_none_or(|shown| {
        let drifts = facts.wanted(domain).enforced(&shown.values, shown.at);
        // A domain that could not be read is not said to have any values.
        let says_none = finding.contains(" could not be read");
        says_none || finding.contains(" is left") || !drifts.iter().any(Drift::removes_failover)
    })
}

/// That a revert is pending is notified once for each incident and domain, and so is a creation.
///
/// Excepted are repeated deliveries, and looks that were killed, could not reach AWS, could not
/// publish, or lost a race: each of these may repeat it once. So may a further change while a stop keeps an
/// earlier one pending: it is other drift.
pub(crate) fn nothing_is_notified_twice(facts: &Facts<'_>) -> Result<(), String> {
    let mut told: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let once = ["drift_detected", "domain_created"];
    let once = facts.notices.iter().filter(|notice| once.contains(&notice.kind.as_str()));
    for notice in once.filter(|notice| notice.answered) {
        *told.entry((&notice.kind, &notice.incident, &notice.domain)).or_default() += 1;
    }
    let races = facts.history.steps.iter().filter(|step| matches!(step, Step::Race(..))).count();
    for ((kind, incident, domain), count) in told {
        let copies = facts.trace.copies.get(incident).copied().unwrap_or(0);
        let wrong = facts.looks_for(incident).filter(|look| look.went_wrong()).count();
        let redriven = usize::from(!facts.trace.dead_letters.is_empty());
        let further = match facts.is_ever_stopped() {
            true => facts.accepted_foreign(domain).count().saturating_sub(1),
            false => 0,
        };
        let most = copies + wrong + races + redriven + further;
        if count > most {
            return Err(format!(
                "{domain}: {kind} sent {count} times for {incident}, {most} would do"
            ));
        }
    }
    Ok(())
}

/// Every event that reached the rule is settled in the end. Some may have become dead letters after
/// their last look; then each says why, and settles once it is put back. No exceptions.
pub(crate) fn every_event_is_settled(facts: &Facts<'_>) -> Result<(), String> {
    if facts.trace.left_over > 0 {
        return Err(format!("{} events are not settled", facts.trace.left_over));
    }
    for letter in &facts.trace.dead_letters {
        let record: Value = serde_json::from_str(&letter.body).unwrap_or_default();
        if letter.receives < facts.history.max_receives
            || text(&record, "/responsePayload/errorType").is_empty()
        {
            return Err(format!("a dead letter does not say why: {letter:?}"));
        }
    }
    Ok(())
}
