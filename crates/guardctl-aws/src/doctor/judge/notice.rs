//! What came of the request for a test notice, where somebody asked for one.

use super::answer::{error, log_of, text};
use super::known;
use crate::doctor::facts::{Answered, Facts};
use crate::doctor::finding::{Check, Finding, say};

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let check = Check::Notice;
    let Some(answered) = &facts.notified else { return };
    let Some(Answered { is_error, payload }) = known(check, answered, found) else { return };
    let log = || log_of(facts, facts.guard.as_ref().ok());
    // A guard that knows no test notices ignores the request, or cannot read it.
    let is_of_a_test = text(payload, "/trigger") == Some("test");
    found.push(match (is_error, text(payload, "/errorType")) {
        (false, _) if is_of_a_test => check.ok(
            "the topic took a test notice: see that it arrives, with each subscription that should get it",
        ),
        (true, Some("NoticeFailed")) => check.wrong(error(payload), log()),
        (true, Some("Unreadable")) | (false, _) => check.wrong(
            "this guard knows no test notices: it is older than guardctl",
            vec![say("deploy a guard of this version")],
        ),
        (true, Some(_) | None) => {
            check.wrong(format!("no test notice was sent: {}", error(payload)), log())
        }
    });
}
