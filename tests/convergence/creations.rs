//! What notices said of new custom domains.

use cognito_domain_guard_sandbox::Action;

use crate::facts::{Facts, Notice, Write};
use crate::places;

/// The accepted creations of custom domains, all of them somebody else's.
fn creations<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Write<'a>> {
    facts.writes.iter().filter(|write| {
        write.call.action == Action::CreateUserPoolDomain
            && write.accepted()
            && write.domain.contains('.')
    })
}

/// `domain_created` is about a custom domain that somebody had created, with the incident of that call,
/// and is a warning where nothing governs the domain and only there.
pub(crate) fn is_true(facts: &Facts<'_>, notice: &Notice) -> bool {
    let governed = facts.wanted(&notice.domain).governed;
    let severity = notice.record.pointer("/severity").and_then(|severity| severity.as_str());
    severity == Some(if governed { "info" } else { "warning" })
        && creations(facts).any(|write| {
            write.foreign
                && write.domain == notice.domain
                && write.call.event_id == notice.incident
                && write.nth < notice.nth
        })
}

/// Each custom domain that somebody created is announced, where the event arrived.
///
/// Excepted are places that the guard cannot enter, which is reported of the place, and events of which the first two looks were killed, could not reach AWS or could not
/// publish: what the third knows is not enough to announce it once.
pub(crate) fn creations_are_announced(facts: &Facts<'_>) -> Result<(), String> {
    for write in creations(facts) {
        let event = write.call.event_id.as_str();
        let arrived = facts.trace.copies.get(event).is_some_and(|copies| *copies > 0);
        let mut first_looks = facts.looks_for(event).take(2).peekable();
        let is_told = facts.notices.iter().any(|notice| {
            notice.kind == "domain_created"
                && notice.incident == event
                && notice.domain == write.domain
        });
        let looked = first_looks.peek().is_some();
        let is_reported = is_told || places::is_uncovered(facts, write.domain);
        if arrived && looked && !is_reported && !first_looks.all(|look| look.went_wrong()) {
            return Err(format!("nobody heard of the creation of {} by {event}", write.domain));
        }
    }
    Ok(())
}
