//! Putting domains back, each from a fresh look.

use std::collections::BTreeMap;

use time::Duration;

use super::super::sweep::{Findings, settled};
use super::super::{Guard, Incident, Invocation, Stop};
use crate::plan::Purpose;
use crate::report::{DomainReport, Outcome, Report};
use crate::sweep::Fingerprint;
use crate::sweep::organization::{Done, Target, Tried};
use crate::text::counted;
use crate::trigger::{Cause, TriggerKind};

/// What one look may take, with all its retries.
const RESERVE: Duration = Duration::seconds(60);

impl Guard {
    /// Puts back what it has time for. What fails is in the reports: the next sweep finds it again.
    pub(super) async fn put_back_in(
        &self,
        targets: Vec<Target>,
        says_all: bool,
        invocation: &Invocation,
    ) -> (Vec<Report>, Tried) {
        let stop = if says_all { Stop::Due } else { Stop::NotAgain };
        let mut done = Done::default();
        let mut reports = Vec::new();
        let mut remaining = Vec::new();
        for Target { account, domains } in targets {
            let mut rest = BTreeMap::new();
            for (region, names) in domains {
                if self.is_over(invocation, RESERVE) {
                    rest.insert(region, names);
                    continue;
                }
                let names = (region.as_str(), names);
                let (report, left) =
                    self.put_back_at(&account, names, stop, &mut done, invocation).await;
                reports.push(report);
                if !left.is_empty() {
                    rest.insert(region, left);
                }
            }
            if !rest.is_empty() {
                remaining.push(Target { account, domains: rest });
            }
        }
        (reports, Tried { targets: remaining, done: done.bounded() })
    }

    async fn put_back_at(
        &self,
        account: &str,
        (region, names): (&str, Vec<(String, Option<Fingerprint>)>),
        stop: Stop,
        done: &mut Done,
        invocation: &Invocation,
    ) -> (Report, Vec<(String, Option<Fingerprint>)>) {
        let place = match self.reach.place(account, region) {
            Ok(place) => place,
            Err(why) => {
                let mut report = Report::new(TriggerKind::Sweep);
                report.outcomes = of_each(&names, Outcome::Ignored, &why.to_string());
                return (report, Vec::new());
            }
        };
        let mut report = Report::of(TriggerKind::Sweep, place.clone());
        let id = Cause::incident_of_a_sweep(&invocation.request_id);
        let mut found = Findings::default();
        let mut names = names.into_iter();
        while !self.is_over(invocation, RESERVE)
            && let Some((name, approved)) = names.next()
        {
            // Asked for each: it may have ended meanwhile.
            let session = match self.sessions.at(&place, self.now()).await {
                Ok(session) => session,
                Err(error) => {
                    let names: Vec<_> =
                        [(name, approved)].into_iter().chain(names.by_ref()).collect();
                    report.outcomes.extend(of_each(&names, Outcome::Failed, &error.to_string()));
                    found.urgent = true;
                    found.sweep.unknown += names.len();
                    let count = counted(names.len(), "domain");
                    found.sweep.findings.push(format!("not put back: {count}, since {error}"));
                    break;
                }
            };
            let incident = Incident::of_a_sweep(&id, &place, stop, invocation);
            let incident = Incident { approved, ..incident };
            let outcome = self.look(&session, &name, Purpose::Sweep, &incident).await;
            found.tried(&name, &outcome, self.now());
            report.outcomes.push(settled(outcome));
        }
        done.urgent |= found.urgent;
        done.add(&place, &found.sweep, &found.reverted);
        (report, names.collect())
    }
}

/// The same of each.
fn of_each(
    names: &[(String, Option<Fingerprint>)],
    outcome: Outcome,
    reason: &str,
) -> Vec<DomainReport> {
    let one = |(name, _): &(String, Option<Fingerprint>)| {
        let mut report = DomainReport::new(Some(name.clone()), outcome);
        report.reason = Some(reason.to_owned());
        report
    };
    names.iter().map(one).collect()
}
