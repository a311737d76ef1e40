//! The facts that a notice is made of.

use time::OffsetDateTime;

use crate::baseline::Baseline;
use crate::call::CallError;
use crate::domain::Domain;
use crate::overrides::Location;
use crate::place::Place;
use crate::plan::{Attribution, Plan};
use crate::trigger::{Actor, Change};

/// All that a notice about one domain is made of.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Where the domain is.
    pub place: &'a Place,
    /// Where the guard's overrides are; `None` where it reads none.
    pub overrides: Option<&'a Location>,
    /// The baseline in force.
    pub baseline: &'a Baseline,
    /// The domain's name.
    pub domain: &'a str,
    /// The domain as it was described, before anything was done.
    pub observed: Option<&'a Domain>,
    /// What was decided.
    pub plan: Option<&'a Plan>,
    /// The change that is answered.
    pub change: Option<&'a Change>,
    /// What all notices of one incident share.
    pub incident: &'a str,
    /// When the change was made that the incident is about.
    pub changed_at: Option<OffsetDateTime>,
    /// When the incident began, as far as is known: when the change was made, else when its event was
    /// put on the queue.
    pub since: Option<OffsetDateTime>,
    /// When the guard's update was accepted.
    pub accepted_at: Option<OffsetDateTime>,
    /// When the domain was seen in effect at its baseline again.
    pub effective_at: Option<OffsetDateTime>,
    /// Why, as a sentence without its full stop.
    pub reason: Option<&'a str>,
    /// The call that failed.
    pub error: Option<&'a CallError>,
    /// Now.
    pub now: OffsetDateTime,
    /// Lambda's request id.
    pub request_id: &'a str,
    /// X-Ray's trace id.
    pub trace_id: Option<&'a str>,
    /// Where the deployment says that the docs are published, without a slash at its end.
    pub docs: Option<&'a str>,
}

impl About<'_> {
    /// How old the incident is.
    pub fn age(&self) -> Option<time::Duration> {
        self.since.map(|since| (self.now - since).max(time::Duration::ZERO))
    }

    /// Seconds from the change until Cognito accepted the guard's update.
    pub fn seconds_to_revert(&self) -> Option<i64> {
        self.seconds_until(self.accepted_at)
    }

    /// Seconds from the change until the domain was seen in effect at its baseline again: the final duration of
    /// the incident. Notice, metric, log and report all have this number.
    pub fn seconds_to_effect(&self) -> Option<i64> {
        self.seconds_until(self.effective_at)
    }

    /// Never below zero: CloudTrail's clock is not the function's, and its times are whole seconds.
    fn seconds_until(&self, end: Option<OffsetDateTime>) -> Option<i64> {
        Some((end? - self.changed_at?).whole_seconds().max(0))
    }

    /// Who made the change, unless the domain contradicts the event.
    pub fn named_actor(&self) -> Option<&Actor> {
        match self.plan.and_then(|plan| plan.attribution) {
            Some(Attribution::Contradicted(_)) => None,
            Some(Attribution::Explained | Attribution::NotMentioned | Attribution::NotVisible)
            | None => self.change.map(|change| &change.actor),
        }
    }
}
