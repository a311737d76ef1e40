//! What one change, or one sweep, is to everything that is said of it.

use time::OffsetDateTime;

use super::Invocation;
use crate::memory::Earlier;
use crate::place::Place;
use crate::sweep::Fingerprint;
use crate::trigger::{Change, Origin, Receipt};
use crate::when;

/// What all notices about one change, or one sweep, have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incident<'a> {
    pub(super) id: &'a str,
    /// Where the domains are.
    pub(super) place: &'a Place,
    pub(super) change: Option<&'a Change>,
    pub(super) changed_at: Option<OffsetDateTime>,
    pub(super) receipt: Receipt,
    /// When the guard's update was accepted, for the guard's own event.
    pub(super) accepted_at: Option<OffsetDateTime>,
    pub(super) stop: Stop,
    /// What somebody approved, if the domain may be put back for that alone.
    pub(super) approved: Option<Fingerprint>,
    pub(super) invocation: &'a Invocation,
}

/// Whether a notice is due where an explicit deny keeps the guard from putting a domain back. Nothing ends
/// it but a person, so each look would repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The first look at a change, and the first sweep of a day.
    Due,
    /// Later looks at the change, whose first look has sent it; the day's other sweeps.
    NotAgain,
}

impl<'a> Incident<'a> {
    /// That of a change.
    pub(super) fn of(
        change: &'a Change,
        earlier: Earlier,
        receipt: Receipt,
        invocation: &'a Invocation,
    ) -> Self {
        let (id, changed_at, accepted_at) = match &change.origin {
            Origin::Foreign | Origin::Imposter(_) => (change.event_id.as_str(), change.time, None),
            Origin::Guard(None) => (change.event_id.as_str(), None, change.time),
            Origin::Guard(Some(cause)) => (
                cause.incident.as_str(),
                cause.changed_at.and_then(when::from_seconds),
                change.time,
            ),
        };
        Self {
            id,
            place: &change.place,
            change: Some(change),
            changed_at,
            receipt,
            accepted_at,
            stop: stop_after(earlier),
            approved: None,
            invocation,
        }
    }

    /// That of a sweep.
    pub(super) const fn of_a_sweep(
        id: &'a str,
        place: &'a Place,
        stop: Stop,
        invocation: &'a Invocation,
    ) -> Self {
        Self {
            id,
            place,
            change: None,
            changed_at: None,
            receipt: Receipt::NONE,
            accepted_at: None,
            stop,
            approved: None,
            invocation,
        }
    }
}

/// Whether a look at a change has to say that it was denied.
const fn stop_after(earlier: Earlier) -> Stop {
    match earlier {
        Earlier::Denied => Stop::NotAgain,
        Earlier::FirstLook
        | Earlier::Settling
        | Earlier::Overdue
        | Earlier::Withheld
        | Earlier::Unreached
        | Earlier::Unannounced
        | Earlier::Pending => Stop::Due,
    }
}

/// When an incident began: when the change was made, or where the event does not say, when its event was
/// put on the queue. A change that seems to be later than that has a wrong clock, or a forged one.
pub(super) fn began(
    changed_at: Option<OffsetDateTime>,
    sent_at: Option<OffsetDateTime>,
) -> Option<OffsetDateTime> {
    changed_at.into_iter().chain(sent_at).min()
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::began;

    #[test]
    fn an_incident_began_with_its_change_and_at_the_latest_when_the_queue_got_its_event() {
        let sent = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let (before, after) = (sent - Duration::MINUTE, sent + Duration::DAY);
        assert_eq!(began(Some(before), Some(sent)), Some(before));
        assert_eq!(began(Some(before), None), Some(before));
        assert_eq!(began(None, Some(sent)), Some(sent));
        // No clock can make an incident younger than its event.
        assert_eq!(began(Some(after), Some(sent)), Some(sent));
        assert_eq!(began(None, None), None);
    }
}
