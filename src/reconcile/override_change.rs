//! Somebody has made or removed an override: everybody hears of it, and what it is for is looked at.
//!
//! The rule: the event says that something changed. What is in force is read afresh, and what is off the
//! baseline is seen afresh, as by a sweep. A hub looks at its own place here; the same event starts the sweep
//! of its organization, which sees where else a name may be.

use std::collections::BTreeSet;

use super::sweep::Asked;
use super::{Guard, Incident, Invocation, Stop};
use crate::memory::ErrorType;
use crate::notice::Notice;
use crate::overrides::{Override, Overrides, domain_in};
use crate::report::{Report, Unsettled};
use crate::trigger::{OverrideChange, SweepCause, TriggerKind};

impl Guard {
    pub(super) async fn override_changed(
        &self,
        change: &OverrideChange,
        invocation: &Invocation,
    ) -> Report {
        let kind = TriggerKind::OverrideChanged;
        let read = self.read_overrides().await;
        let Some(known) = read.known().read() else {
            let why = read.error().map(ToString::to_string).unwrap_or_default();
            let ids = change.ids.join(", ");
            let mut report = Report::of(kind, self.reach.home.clone());
            report.unsettled = Some(Unsettled {
                error_type: ErrorType::OverridesUnreadable,
                message: format!("{ids} was made or removed: {why}; to be looked at again"),
            });
            return report;
        };
        let home = &self.reach.home;
        let swept = Incident::of_a_sweep(&change.event_id, home, Stop::Due, invocation);
        let incident = Incident { changed_at: change.time, ..swept };
        let mut announced = Report::of(kind, self.reach.home.clone());
        let notice = Notice::override_changed(&self.about("", &incident), change, known);
        let published = self.publish_general(&notice, &mut announced).await;
        let only = domains(change, known);
        let asked = Asked {
            scheduled_at: None,
            approved: None,
            cause: SweepCause::Request,
            only: only.as_ref(),
            after_override: true,
        };
        let mut report = self.sweep_knowing(&read, asked, invocation).await;
        report.trigger = kind;
        // It was none of those that a schedule owes: their counts are about all domains.
        report.sweep = None;
        report.general_notices.0 += announced.general_notices.0;
        report.general_notices.1 += announced.general_notices.1;
        if let Err(error) = published {
            report.unsettled = Some(Unsettled {
                error_type: ErrorType::NoticeFailed,
                message: format!(
                    "the notice that an override was made or removed could not be published, and is in the \
                     log; {error}"
                ),
            });
        }
        report
    }
}

/// The domains to look at, each once; `None` for all. A name is where to look, and nothing else is taken from
/// it.
fn domains(change: &OverrideChange, known: &Overrides) -> Option<BTreeSet<String>> {
    let of = |id: &String| match known.get(id).map(Override::only_domain) {
        Some(domain) => domain.map(str::to_ascii_lowercase),
        None => domain_in(id).map(str::to_ascii_lowercase),
    };
    change.ids.iter().map(of).collect()
}
