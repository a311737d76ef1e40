//! Judging what all batches saw, and what somebody approved.

use super::super::{Guard, Incident, Invocation, Stop};
use crate::notice::Notice;
use crate::place::Place;
use crate::plan::Drift;
use crate::report::SweepRecord;
use crate::sweep::organization::{
    Answer, Approved, Everything, HeldSet, Judged, Judgement, Judging, Standing, Summary, Target,
};
use crate::sweep::{Brake, SetHash};
use crate::text::counted;
use crate::trigger::{Cause, SweepCause};

/// What a sweep is, when it is judged.
#[derive(Clone, Copy)]
pub(super) struct ToJudge<'a> {
    /// What the last one left.
    pub(super) standing: &'a Standing,
    /// Of how many accounts it looked at every place, if it did.
    pub(super) everything: Option<Everything>,
    /// What asked for it.
    pub(super) cause: SweepCause,
}

impl Guard {
    /// Judges. What is about to be put back is in the log when this returns: nothing would bring back the
    /// memory of a sweep that is stopped in between.
    pub(super) fn judge(
        &self,
        answers: Vec<Answer>,
        ToJudge { standing, everything, cause }: ToJudge<'_>,
        state_machine: &str,
        invocation: &Invocation,
    ) -> Judged {
        let now = self.now();
        let home = &self.reach.home;
        let brake = Brake { per_account: self.sweep_account_limit, total: self.sweep_limit };
        let Judgement {
            put_back: targets,
            changes,
            held_set: held,
            held_is_news,
            mut sweep,
            urgent,
            standing: left,
        } = Judging {
            baseline: &self.baseline,
            partition: &home.partition,
            guarded: &self.reach.regions(),
            brake,
            now,
            standing,
            everything,
        }
        .judge(answers);
        sweep.cause = cause;
        sweep.overlong_exemptions = self.overlong_exemptions(|_| true);
        if let Some(held) = &mut sweep.held {
            held.command = held.set.as_ref().map(|set| {
                format!(
                    "aws stepfunctions start-execution --region {} --state-machine-arn {state_machine} \
                     --name {set} --input '{{\"approve\":\"{set}\"}}'",
                    home.region
                )
            });
        }
        if !targets.is_empty() {
            self.intend(&targets, &changes, &sweep, invocation);
        }
        let says_all = match cause {
            // Whoever asks for a sweep wants to know.
            SweepCause::Request => true,
            SweepCause::Schedule | SweepCause::Deployment => {
                everything.is_some() && standing.is_first_of_day(now)
            }
        };
        let summary = Summary { sweep, urgent, says_all, held_is_news };
        Judged { targets, held, standing: left, summary }
    }

    /// Writes into the log what is about to be put back.
    fn intend(
        &self,
        targets: &[Target],
        changes: &[(Place, String, Drift)],
        sweep: &SweepRecord,
        invocation: &Invocation,
    ) {
        let id = Cause::incident_of_a_sweep(&invocation.request_id);
        let incident = Incident::of_a_sweep(&id, &self.reach.home, Stop::Due, invocation);
        let mut intention = sweep.clone();
        for Target { account, domains } in targets {
            for (region, names) in domains {
                let line = |name| format!("{account}/{region}: {name} is being put back");
                intention.findings.extend(names.iter().map(|(name, _)| line(name)));
            }
        }
        self.write_intention(&Notice::digest(&self.about("", &incident), changes, intention));
    }

    /// What is put back of what somebody approved. It is in the log when this returns, as what a sweep is about to
    /// put back is; which values it had is in the notice that asked.
    pub(super) fn approve(&self, set: SetHash, held: HeldSet, invocation: &Invocation) -> Approved {
        let mut summary = Summary {
            sweep: SweepRecord {
                cause: SweepCause::Request,
                complete: true,
                ..SweepRecord::default()
            },
            urgent: true,
            says_all: true,
            held_is_news: false,
        };
        match held.approved(set, self.baseline.digest()) {
            Ok(targets) => {
                let domains: usize = targets.iter().map(Target::len).sum();
                summary.sweep.drifted = domains;
                let count = counted(domains, "domain");
                summary.sweep.findings.push(format!("the set {set}, of {count}, was approved"));
                self.intend(&targets, &[], &summary.sweep, invocation);
                Approved { targets, summary, refused: None }
            }
            Err(refused) => {
                Approved { targets: Vec::new(), summary, refused: Some(refused.to_string()) }
            }
        }
    }
}
