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
    let named: Vec<String> = ids.iter().take(SweepRecord::MOST_NAMED).cloned().collect();
    let done = match call {
        OverrideCall::Put => "written",
        OverrideCall::Delete | OverrideCall::DeleteSeveral => "removed",
    };
    record.reason = Some(of_others(&format!("{done}: {}", named.join(", ")), LONGEST));
    let others = known.iter().filter(|one| !is_changed(one) && counts(one)).map(of);
    record.overrides = changed.into_iter().chain(others).take(SweepRecord::MOST_NAMED).collect();
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
    record.next_steps = override_change::next_steps(&record, *call, about);
    record.headline = headline::full(&record);
    record
}
