//! The sweep of an organization, step by step as its state machine asks for it.
//!
//! The rule: what one step says to the next is where to look and what notices say, never a value to
//! write. A domain is described and planned anew before it is put back.

mod close;
mod judge;
mod observe;
mod put_back;

use serde::Serialize;
use serde_json::Value;

use judge::ToJudge;

use super::{Answer, Guard, Invocation};
use crate::memory::ErrorType;
use crate::report::{Report, Unsettled};
use crate::sweep::organization::{
    Batches, Beginning, Dealt, Everything, Item, Listed, Standing, Step,
};
use crate::trigger::{SweepCause, TriggerKind};

impl Guard {
    /// Takes one step.
    pub(super) async fn take_step(&self, step: Value, invocation: &Invocation) -> Answer {
        let step = match Step::read(step) {
            Ok(step) => step,
            Err(error) => {
                let unsettled = Unsettled {
                    error_type: ErrorType::Unreadable,
                    message: format!("the step of a sweep cannot be read: {error}"),
                };
                let mut report = Report::new(TriggerKind::Unreadable);
                report.unsettled = Some(unsettled.clone());
                return Answer { reports: vec![report], result: Err(unsettled) };
            }
        };
        match step {
            Step::Begin { cause, standing } => quietly(&self.begin(cause, &standing)),
            Step::Deal { accounts, standing } => quietly(&self.deal(accounts, &standing)),
            Step::Observe { items, room, earlier } => {
                let (reports, observation) = self.observe(items, room, earlier, invocation).await;
                self.answer_of(reports, &observation)
            }
            Step::Judge { answers, standing, everything, cause, state_machine } => {
                let judging = ToJudge { standing: &standing, everything, cause };
                quietly(&self.judge(answers, judging, &state_machine, invocation))
            }
            Step::Approve { set, held } => quietly(&self.approve(set, held, invocation)),
            Step::PutBack { targets, says_all } => {
                let (reports, tried) = self.put_back_in(targets, says_all, invocation).await;
                self.answer_of(reports, &tried)
            }
            Step::Close { summary, done, left } => {
                let (report, closed) = self.close(*summary, done, &left, invocation).await;
                self.answer_of(vec![report], &closed)
            }
        }
    }

    fn begin(&self, cause: SweepCause, standing: &Standing) -> Beginning {
        let is_asked = match cause {
            SweepCause::Schedule => false,
            SweepCause::Deployment | SweepCause::Request => true,
        };
        let list = standing.is_of_everything(self.now(), self.baseline.digest(), is_asked);
        let items = if list { Vec::new() } else { standing.with_domains.clone() };
        Beginning { list, dealt: Dealt { batches: Batches::of(items), everything: None } }
    }

    fn deal(&self, accounts: Vec<Item>, standing: &Standing) -> Dealt {
        let organization = self.reach.organization.clone().unwrap_or_default();
        let Listed { accounts, fell, items } =
            Listed::of(accounts, &organization.excluded_accounts, standing, &self.reach.regions());
        Dealt { batches: Batches::of(items), everything: Some(Everything { accounts, fell }) }
    }

    /// The answer of a step that did something: what it did is in the reports, and in no state of the state
    /// machine.
    fn answer_of(&self, reports: Vec<Report>, answer: &impl Serialize) -> Answer {
        let reports = reports.into_iter().map(|report| self.of_the_baseline(report)).collect();
        Answer { reports, ..quietly(answer) }
    }
}

/// The answer of a step that only says what is next.
fn quietly(answer: &impl Serialize) -> Answer {
    Answer { reports: Vec::new(), result: Ok(serde_json::to_value(answer).unwrap_or_default()) }
}
