//! A change in a place in which the guard has no session.

use super::{Guard, Incident};
use crate::call::{CallError, Failure};
use crate::notice::{About, Kind};
use crate::plan::Purpose;
use crate::report::{DomainReport, Outcome};
use crate::trigger::{Change, Subject};

impl Guard {
    /// What came of a change whose place could not be entered: `error` is what STS answered.
    ///
    /// A role that cannot be assumed is not there the next minute either, so such a place is reported and
    /// its event is settled: nothing comes back in a circle. Whatever passes comes back as after any call.
    pub(super) async fn could_not_enter(
        &self,
        change: &Change,
        error: &CallError,
        purpose: Purpose<'_>,
        incident: &Incident<'_>,
    ) -> DomainReport {
        let (domain, subject) = match &change.subject {
            Subject::Domain(name) => (Some(name.as_str()), name),
            Subject::UserPool(pool) => (None, pool),
        };
        match error.failure {
            Failure::Busy | Failure::Throttled | Failure::Unavailable => {
                let mut report =
                    self.could_not_look(domain, subject, error, purpose, incident).await;
                // That it was created is CloudTrail's word, as where the domain cannot be described.
                if let Some(name) = domain {
                    self.announce_creation(name, Err(error), None, purpose, incident, &mut report)
                        .await;
                }
                report
            }
            Failure::Denied | Failure::Rejected | Failure::Gone => {
                let mut report = DomainReport::new(domain.map(str::to_owned), Outcome::NotCovered);
                report.incident = Some(incident.id.to_owned());
                report.reason = Some(format!("{} is not covered: {error}", incident.place));
                let about = About { error: Some(error), ..self.about(subject, incident) };
                self.notify(Kind::NotCovered, &about, incident, &mut report).await;
                report
            }
        }
    }
}
