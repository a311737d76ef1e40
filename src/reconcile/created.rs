//! The announcement of a new custom domain.

use super::{Guard, Incident};
use crate::call::CallError;
use crate::domain::{Domain, Hosting, Status};
use crate::memory::Earlier;
use crate::notice::{About, Kind};
use crate::plan::{Plan, Purpose};
use crate::report::DomainReport;
use crate::trigger::{Change, DomainCall, Subject};

impl Guard {
    /// Says that somebody created the custom domain called `name`, and whether the baseline governs it.
    ///
    /// Sent by the first look at the event, whatever that look saw or did: that the domain was created
    /// is CloudTrail's word, and which entry governs it hangs on its name alone. So a look that could
    /// not describe the domain (`error`) says so too. Later looks at the event say nothing again, but for
    /// the first of them where the one before was killed or could not publish.
    ///
    /// A prefix domain is not announced: what the guard keeps of it is its managed login version, and
    /// it changes nothing for the users of another domain. The daily digest lists one that nothing
    /// governs.
    pub(super) async fn announce_creation(
        &self,
        name: &str,
        observed: Result<Option<&Domain>, &CallError>,
        plan: Option<&Plan>,
        purpose: Purpose<'_>,
        incident: &Incident<'_>,
        report: &mut DomainReport,
    ) {
        let Purpose::Change(change, earlier) = purpose else { return };
        let described = observed.ok().flatten();
        if !is_due(earlier, &change.subject) || !is_creation(change, name, described) {
            return;
        }
        let about = About {
            // What is there now may be another domain of that name: then only the event speaks.
            observed: described.filter(|domain| {
                change.user_pool_id.as_ref().is_none_or(|p| *p == domain.user_pool_id)
            }),
            plan,
            error: observed.err(),
            ..self.about(name, incident)
        };
        self.notify(Kind::DomainCreated, &about, incident, report).await;
    }
}

/// Whether it may not have been announced yet.
const fn is_due(earlier: Earlier, subject: &Subject) -> bool {
    match (earlier, subject) {
        (Earlier::FirstLook | Earlier::Unannounced, Subject::Domain(_) | Subject::UserPool(_))
        // Nobody knew its name, where the domains of the pool could not be listed.
        | (Earlier::Unreached, Subject::UserPool(_)) => true,
        (Earlier::Unreached, Subject::Domain(_))
        | (
            Earlier::Settling
            | Earlier::Overdue
            | Earlier::Withheld
            | Earlier::Pending
            | Earlier::Denied,
            Subject::Domain(_) | Subject::UserPool(_),
        ) => false,
    }
}

/// Whether the change is somebody else's creation of that domain, and it is a custom one: as Cognito
/// says, else by its name. The names of prefix domains have no dots.
fn is_creation(change: &Change, name: &str, described: Option<&Domain>) -> bool {
    let is_custom = match described.map(|domain| &domain.hosting) {
        Some(Hosting::Custom(_)) => true,
        Some(Hosting::Prefix) => false,
        None => name.contains('.'),
    };
    let is_it = match &change.subject {
        Subject::Domain(_) => true,
        // The event hides which of the pool's domains it was.
        Subject::UserPool(_) => described.is_some_and(|domain| domain.status == Status::Creating),
    };
    change.call == DomainCall::Create && change.origin.is_foreign() && is_custom && is_it
}
