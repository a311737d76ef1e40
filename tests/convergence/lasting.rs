//! Nobody keeps a domain off its baseline unnoticed.

use time::{Duration, OffsetDateTime};

use crate::facts::Facts;
use crate::places::{is_by_an_admin, names_a_weaker_policy};
use crate::run::Look;

/// The line of the alarm `drift-lasts`, by its default.
const ALARM: i64 = 30 * 60;
/// What says that a drift lasts is the tenth look from the queue, which comes once a minute: until nine minutes after
/// the first look nothing does.
const SAYS_SO: Duration = Duration::minutes(9);
/// How long after the first look people must have heard of it.
const BOUND: Duration = Duration::minutes(35);

/// A domain in enforce mode that stays off its baseline for thirty-five minutes after the first look at
/// a change of it has had a critical notice by then, published or in the log; and while the event of
/// that change is still open, a look has measured an age beyond the alarm's line.
///
/// Excepted is that each look later than nine minutes after the first one was killed, or could not describe the
/// domain. One that does either cannot say anything, as what it says of drift that lasts comes last, after whatever
/// it tries; and each counts as failed, which is an alarm of its own. One later look that ended and saw the drift is
/// enough for this to hold. So is an event that became a dead letter after fewer looks than that takes, which is one, too; and one whose revert
/// Cognito accepted, which is no longer pending: what came of it is for the guard's own event to say.
///
/// A call with the guard's own role that names nothing which the guard would not send is taken for its own, as
/// elsewhere: what it does not bring about is a `not_restored`, once Cognito is done with the domain. One that names a
/// policy below the declared one is nobody's but whoever made it, and held to all of this.
pub(crate) fn drift_that_lasts_is_noticed(facts: &Facts<'_>) -> Result<(), String> {
    for write in facts.writes.iter().filter(|write| write.foreign && write.accepted()) {
        let event = write.call.event_id.as_str();
        let Some(first) = facts.looks_for(event).map(|look| look.at).min() else {
            continue;
        };
        let end = first + BOUND;
        let is_dead = facts.trace.dead_letters.iter().any(|letter| letter.body.contains(event));
        let was_reverted = facts.accepted_updates().any(|update| {
            update.domain == write.domain && update.nth > write.nth && update.call.at <= end
        });
        let is_taken_for_own = is_by_an_admin(write)
            && !names_a_weaker_policy(facts, write)
            && facts.readable().any(|notice| {
                notice.kind == "not_restored"
                    && notice.domain == write.domain
                    && notice.nth > write.nth
            });
        if is_dead
            || was_reverted
            || is_taken_for_own
            || !is_off_throughout(facts, write.domain, write.nth, end)
        {
            continue;
        }
        let is_it = |name: &String| name == write.domain;
        let saw = |look: &&Look| look.drifted.iter().any(is_it) && look.at <= end;
        let looks: Vec<&Look> = facts.looks_for(event).filter(saw).collect();
        let later = first + SAYS_SO;
        let mut of_later =
            facts.looks_for(event).filter(|l| l.at > later && l.at <= end).peekable();
        let is_blind = of_later.peek().is_some()
            && of_later.all(|look| {
                look.ended.is_none() || look.went_wrong() && !look.drifted.iter().any(is_it)
            });
        if looks.is_empty() || is_blind {
            continue;
        }
        let is_critical = |at: OffsetDateTime| at >= write.call.at && at <= end;
        let noticed = facts.readable().any(|notice| {
            notice.domain == write.domain
                && notice.record["severity"] == "critical"
                && is_critical(facts.time_of(notice))
        });
        if !noticed {
            return Err(format!(
                "{} was off its baseline from {} to {end}, and no critical notice says so",
                write.domain, write.call.at
            ));
        }
        let late = |look: &&&Look| look.at >= first + Duration::seconds(ALARM);
        let open = looks.iter().filter(late).any(|look| look.is_unsettled());
        let age = looks.iter().flat_map(|look| &look.seconds_off_baseline).max();
        if open && age.is_none_or(|age| *age < ALARM) {
            return Err(format!("{} raised no alarm: its age is {age:?}", write.domain));
        }
    }
    Ok(())
}

/// Whether the domain was in enforce mode and off its baseline, as last accepted, from that call on
/// until then.
fn is_off_throughout(facts: &Facts<'_>, domain: &str, from: usize, end: OffsetDateTime) -> bool {
    let Some(spec) = facts.history.domains.iter().find(|spec| spec.name == domain) else {
        return false;
    };
    let wanted = facts.wanted(spec.name);
    let is_off = |calls: usize, at: OffsetDateTime| {
        facts.state_at(domain, calls).is_some_and(|state| {
            let values = crate::model::Values::of(state);
            !wanted.enforced(&values, at).is_empty()
        })
    };
    let writes = facts.writes.iter().filter(|write| {
        write.accepted() && write.domain == domain && write.nth >= from && write.call.at <= end
    });
    wanted.governed
        && wanted.enforce
        && facts.trace.rest_at >= end
        && is_off(from + 1, end)
        && writes.into_iter().all(|write| is_off(write.nth + 1, end))
}
