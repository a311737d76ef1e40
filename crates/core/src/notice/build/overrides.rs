//! The notice that somebody has made or removed an override.

use super::super::about::About;
use super::super::actor::ActorRecord;
use super::super::record::{EventRecord, LinksRecord, Record};
use super::super::text::{LONGEST, of_others, rfc3339};
use super::super::{headline, links, override_change};
use super::sweep::general;
use crate::overrides::{Override, Overrides, State, domain_in};
use crate::report::{Kind, OverrideRecord, Severity, SweepRecord};
use crate::trigger::{OverrideCall, OverrideChange};

/// Who changed what, and what is in force now: first what the call was about, as far as it is still there.
pub(in crate::notice) fn changed(
    about: &About<'_>,
    change: &OverrideChange,
    known: &Overrides,
) -> Record {
    let OverrideChange { event_id, call, ids, time, actor } = change;
    let mut record = general(Kind::OverrideChanged, about);
    let is_changed = |one: &&Override| ids.contains(&one.id);
    let counts = |one: &&Override| match one.state(about.now) {
        State::InForce | State::Holds => true,
        State::Ended | State::Void => false,
    };
    let of = |one| OverrideRecord::of(one, about.now);
    let changed: Vec<OverrideRecord> = known.iter().filter(is_changed).map(of).collect();
    // A removed one is not there to say what it was for. Its name may.
    record.domain = match changed.as_slice() {
        [one, ..] => one.domain.clone(),
        [] => ids.first().and_then(|id| domain_in(id)).map(|name| of_others(name, LONGEST)),
    };
    record.severity = match (call, changed.first().map(|one| one.state)) {
        (OverrideCall::Put, Some(State::Holds)) => Severity::Critical,
        (OverrideCall::Put, Some(State::InForce | State::Ended | State::Void) | None) => {
            Severity::Warning
        }
        (OverrideCall::Delete | OverrideCall::DeleteSeveral, Some(_) | None) => Severity::Info,
    };
    // A headline is of the first one: another would be taken for the one that was made.
    let is_gone_again = changed.is_empty() && *call == OverrideCall::Put;
    let is_other = |one: &&Override| !is_gone_again && !is_changed(one) && counts(one);
    let others = known.iter().filter(is_other).map(of);
    record.overrides = changed.into_iter().chain(others).take(SweepRecord::MOST_NAMED).collect();
    record.reason = Some(of_others(&done(*call, ids), LONGEST));
    record.actor = Some(ActorRecord::of_actor(actor));
    record.event = Some(EventRecord {
        id: of_others(event_id, LONGEST),
        name: call.as_str().to_owned(),
        time: time.map(rfc3339),
        imposter: None,
    });
    record.links = LinksRecord {
        cloudtrail_event: links::cloudtrail_event(about.place, event_id),
        cognito_console: None,
        runbook: links::runbook(&record, about),
    };
    record.meaning = override_change::meaning(&record, *call);
    record.next_steps = override_change::next_steps(&record, about);
    record.headline = headline::full(&record);
    record
}

/// What was done, without a full stop.
fn done(call: OverrideCall, ids: &[String]) -> String {
    let done = match call {
        OverrideCall::Put => "written",
        OverrideCall::Delete | OverrideCall::DeleteSeveral => "removed",
    };
    match ids {
        [id] => format!("the override {id} was {done}"),
        several => {
            let named: Vec<_> =
                several.iter().take(SweepRecord::MOST_NAMED).map(String::as_str).collect();
            format!("the overrides {} were {done}", named.join(", "))
        }
    }
}
