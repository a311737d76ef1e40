//! The end of a sweep: its digest, and what it holds back.

use time::Duration;

use super::super::overrides::is_news;
use super::super::{Guard, Incident, Invocation, Stop};
use crate::notice::Notice;
use crate::report::{Report, SweepRecord};
use crate::sweep::organization::{Closed, Done, Reverted, Summary, Target, drifts_of};
use crate::text::counted;
use crate::trigger::{Cause, TriggerKind};

impl Guard {
    /// Publishes one digest of what was found and done, and what is held back.
    pub(super) async fn close(
        &self,
        Summary { mut sweep, mut urgent, says_all, held_is_news }: Summary,
        done: Vec<Done>,
        left: &[Target],
        invocation: &Invocation,
    ) -> (Report, Closed) {
        let home = &self.reach.home;
        let mut reverted = Vec::new();
        let mut left_out = 0;
        for one in done {
            let Done {
                busy,
                denied,
                paused,
                unknown,
                urgent: is_urgent,
                findings,
                reverted: put_back,
                left_out: more,
            } = one;
            urgent |= is_urgent;
            left_out += more;
            sweep.busy += busy;
            sweep.denied += denied;
            sweep.paused += paused;
            sweep.unknown += unknown;
            sweep.findings.extend(findings);
            for Reverted(account, region, name, changes) in put_back {
                let Ok(place) = self.reach.place(&account, &region) else { continue };
                let drifts = drifts_of(&self.baseline, &place, &name, &changes);
                reverted
                    .extend(drifts.into_iter().map(|drift| (place.clone(), name.clone(), drift)));
            }
        }
        let left: usize = left.iter().map(Target::len).sum();
        if left > 0 {
            urgent = true;
            sweep.findings.push(format!(
                "not put back, since the guard was taken out of service meanwhile: {} off the baseline",
                counted(left, "domain")
            ));
        }
        let most = 2 * SweepRecord::MOST_NAMED;
        left_out += sweep.findings.len().saturating_sub(most);
        sweep.findings.truncate(most);
        if left_out > 0 {
            let line = format!("{left_out} more, which the log of the sweep function has");
            sweep.findings.push(line);
        }

        let id = Cause::incident_of_a_sweep(&invocation.request_id);
        let stop = if says_all { Stop::Due } else { Stop::NotAgain };
        let incident = Incident::of_a_sweep(&id, home, stop, invocation);
        let about = self.about("", &incident);
        let mut report = Report::of(TriggerKind::Sweep, home.clone());
        let is_sweep = sweep.coverage.is_some();
        let mut published = Ok(());
        if says_all && is_sweep {
            published = self.announce(|_| true, &incident, self.now(), &mut report).await;
        }
        let overrides = self.read_overrides().await;
        let since = if says_all { Duration::DAY } else { self.sweep_interval };
        sweep.overrides = overrides.of_interest(self.now(), since);
        urgent |= sweep.overrides.iter().any(is_news);
        if urgent || (says_all && sweep.is_notable()) {
            let digest = Notice::digest(&about, &reverted, sweep.clone());
            published = published.and(self.publish_general(&digest, &mut report).await);
        }
        if held_is_news {
            let held = Notice::held(&about, sweep.clone());
            published = published.and(self.publish_general(&held, &mut report).await);
        }
        // An approval has seen nothing that could be counted.
        report.sweep = Some(sweep).filter(|_| is_sweep);
        let unreadable = overrides
            .error()
            .map(|error| format!("{error}; domains off their baseline were left as they are"));
        (report, Closed { failed: published.err().map(|error| error.to_string()).or(unreadable) })
    }
}
