//! Observe, plan, apply, notify, settle: the only orchestration.
//!
//! No choice is made here that `plan` could make. There is no retry, no sleep and no store: what is
//! not finished ends in an error type, and the platform brings the event back.

mod brake;
mod created;
mod incident;
mod lasting;
mod look;
mod organization;
mod override_change;
mod overrides;
mod publish;
mod sweep;
mod test_notice;
mod uncovered;

pub use look::why_refused;
pub use overrides::OverrideSource;
pub use publish::NoticeLog;

use std::borrow::Cow;
use std::sync::Arc;

use aws_smithy_async::time::SharedTimeSource;
use incident::{Incident, Stop, began};
use publish::{Published, REPETITION, Recent, UNCOVERED, WHILE_RECHECKED};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::baseline::Baseline;
use crate::clients::Clients;
use crate::declared::{Declared, Indexed};
use crate::memory::{Earlier, ErrorType};
use crate::notice::{About, HttpsForm, Kind, Notice};
use crate::overrides::Known;
use crate::plan::{Purpose, seen_through};
use crate::reach::Reach;
use crate::report::{DomainReport, Outcome, Report, Unsettled};
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::topic::Topic;
use crate::trigger::{
    self, Change, Identity, Payload, Receipt, Subject, Trigger, TriggerKind, Unreadable,
};

/// The guard: a baseline and the services it talks to.
#[derive(Clone, Debug)]
pub struct Guard {
    /// What is declared; of an indexed file what holds for every domain, until one is looked at.
    pub baseline: Arc<Baseline>,
    indexed: Option<Arc<Indexed>>,
    /// Who the guard is.
    pub identity: Identity,
    /// Where it works.
    pub reach: Reach,
    /// Its sessions there.
    pub sessions: Sessions,
    /// Where notices go.
    pub topic: Topic,
    /// Where the overrides are; `None` where there are none.
    pub overrides: Option<OverrideSource>,
    /// What https subscribers of the topic get.
    pub https_form: HttpsForm,
    /// How many domains a sweep puts back at the most.
    pub sweep_limit: Option<usize>,
    /// Where the docs are published that notices link to.
    pub docs_url: Option<String>,
    /// How many of one account, in a sweep of an organization.
    pub sweep_account_limit: Option<usize>,
    /// Requests a second that a sweep allows itself.
    pub sweep_requests_per_second: u32,
    /// How long after the last one a sweep comes, by which it knows the first one of a day.
    pub sweep_interval: time::Duration,
    /// What time it is.
    pub time: SharedTimeSource,
    notice_log: NoticeLog,
    recent: Recent,
}

/// One invocation, as far as the guard cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Lambda's request id.
    pub request_id: String,
    /// X-Ray's trace id.
    pub trace_id: Option<String>,
    /// When Lambda ends the function, where it does.
    pub deadline: Option<OffsetDateTime>,
}

/// What came of an invocation: a report for each event it carried, and the answer to Lambda.
#[derive(Debug)]
pub struct Answer {
    /// One report for each event; several only for a batch of the queue.
    pub reports: Vec<Report>,
    /// The answer to Lambda.
    pub result: Result<Value, Unsettled>,
}

impl Guard {
    /// A guard with those clients. It writes the record of each notice to `notice_log`.
    pub fn new(
        declared: impl Into<Declared>,
        settings: Settings,
        Clients { connections, topic, parameters }: Clients,
        notice_log: NoticeLog,
        time: SharedTimeSource,
    ) -> Self {
        let Declared { baseline, indexed } = declared.into();
        let longest = settings.longest_override;
        let overrides = parameters.map(|store| OverrideSource { store, longest });
        Self {
            baseline,
            indexed,
            identity: settings.guard,
            sessions: Sessions::new(settings.reach.clone(), connections, &settings.function_name),
            overrides,
            reach: settings.reach,
            topic,
            https_form: settings.https_form,
            sweep_limit: settings.sweep_limit,
            docs_url: settings.docs_url,
            sweep_account_limit: settings.sweep_account_limit,
            sweep_requests_per_second: settings.sweep_requests_per_second,
            sweep_interval: settings.sweep_interval,
            time,
            notice_log,
            recent: Recent::default(),
        }
    }

    /// Does what the payload asks for. Never fails as such: what is unfinished is in the answer.
    pub async fn answer(&self, payload: &Value, invocation: &Invocation) -> Answer {
        self.answer_to(trigger::read(payload, &self.identity, &self.reach), invocation).await
    }

    /// The same, of the bytes that Lambda hands over.
    pub async fn answer_bytes(&self, payload: &[u8], invocation: &Invocation) -> Answer {
        let payload = trigger::read_bytes(payload, &self.identity, &self.reach);
        self.answer_to(payload, invocation).await
    }

    async fn answer_to(&self, payload: Payload, invocation: &Invocation) -> Answer {
        match payload {
            Payload::Single(trigger) => {
                let report = self.of_the_baseline(self.follow(trigger, invocation).await);
                let result = match report.unsettled() {
                    Some(unsettled) => Err(unsettled),
                    None => Ok(serde_json::to_value(&report).unwrap_or_default()),
                };
                Answer { reports: vec![report], result }
            }
            Payload::Together(triggers) => {
                let reports = self.follow_each(triggers, invocation).await;
                let result = match Unsettled::worst(reports.iter().filter_map(Report::unsettled)) {
                    Some(unsettled) => Err(unsettled),
                    None => Ok(serde_json::to_value(&reports).unwrap_or_default()),
                };
                Answer { reports, result }
            }
            Payload::Queue(messages) => {
                let mut reports = Vec::with_capacity(messages.len());
                let mut failures = Vec::new();
                for message in messages {
                    let of_message = self.follow_each(message.triggers, invocation).await;
                    if of_message.iter().any(|report| report.unsettled().is_some()) {
                        failures.push(json!({ "itemIdentifier": message.id }));
                    }
                    reports.extend(of_message);
                }
                Answer { reports, result: Ok(json!({ "batchItemFailures": failures })) }
            }
            Payload::Step(step) => match self.knowing_all() {
                Ok(guard) => guard.take_step(step, invocation).await,
                Err(unsettled) => Answer { reports: Vec::new(), result: Err(unsettled) },
            },
        }
    }

    async fn follow_each(
        &self,
        triggers: Vec<Result<Trigger, Unreadable>>,
        invocation: &Invocation,
    ) -> Vec<Report> {
        let mut reports = Vec::with_capacity(triggers.len());
        for trigger in triggers {
            reports.push(self.of_the_baseline(self.follow(trigger, invocation).await));
        }
        reports
    }

    /// Says which baseline decided.
    fn of_the_baseline(&self, report: Report) -> Report {
        Report { baseline: Some(self.baseline.as_ref().into()), ..report }
    }

    async fn follow(
        &self,
        trigger: Result<Trigger, Unreadable>,
        invocation: &Invocation,
    ) -> Report {
        let trigger = match trigger {
            Ok(trigger) => trigger,
            Err(unreadable) => {
                let mut report = Report::new(TriggerKind::Unreadable);
                report.unsettled = Some(Unsettled {
                    error_type: ErrorType::Unreadable,
                    message: unreadable.reason,
                });
                return report;
            }
        };
        let kind = trigger.kind();
        let guard = match self.knowing_enough(&trigger) {
            Ok(guard) => guard,
            Err(unsettled) => {
                let mut report = Report::new(kind);
                report.unsettled = Some(unsettled);
                return report;
            }
        };
        match trigger {
            Trigger::DomainChanged { change, earlier, receipt } => {
                guard.look_at_change(kind, &change, earlier, receipt, invocation).await
            }
            Trigger::Sweep { scheduled_at, approved, cause } => {
                let approved = approved.as_deref();
                let asked = sweep::Asked {
                    scheduled_at,
                    approved,
                    cause,
                    only: None,
                    after_override: false,
                };
                guard.sweep(asked, invocation).await
            }
            Trigger::OverrideChanged(change) => guard.override_changed(&change, invocation).await,
            Trigger::Test { asked_by } => guard.test_notice(&asked_by, invocation).await,
            Trigger::Ignored { domain, reason } => {
                let mut outcome = DomainReport::new(domain, Outcome::Ignored);
                outcome.reason = Some(reason);
                let mut report = Report::new(kind);
                report.outcomes.push(outcome);
                report
            }
        }
    }

    /// The guard with as much of an indexed baseline as the trigger asks for: one domain's part where it
    /// names one.
    fn knowing_enough(&self, trigger: &Trigger) -> Result<Cow<'_, Self>, Unsettled> {
        let Some(indexed) = &self.indexed else { return Ok(Cow::Borrowed(self)) };
        match trigger {
            Trigger::DomainChanged { change, earlier: _, receipt: _ } => match &change.subject {
                Subject::Domain(name) => self.declaring(indexed.of(Some(name)).map(Arc::new)),
                Subject::UserPool(_) => self.knowing_all(),
            },
            Trigger::Sweep { scheduled_at: _, approved: _, cause: _ }
            | Trigger::OverrideChanged(_) => self.knowing_all(),
            Trigger::Test { asked_by: _ } | Trigger::Ignored { domain: _, reason: _ } => {
                Ok(Cow::Borrowed(self))
            }
        }
    }

    fn knowing_all(&self) -> Result<Cow<'_, Self>, Unsettled> {
        match &self.indexed {
            Some(indexed) => self.declaring(indexed.whole()),
            None => Ok(Cow::Borrowed(self)),
        }
    }

    fn declaring(&self, read: Result<Arc<Baseline>, String>) -> Result<Cow<'_, Self>, Unsettled> {
        let invalid = |message| Unsettled { error_type: ErrorType::BaselineInvalid, message };
        let baseline = read.map_err(invalid)?;
        Ok(Cow::Owned(Self { baseline, indexed: None, ..self.clone() }))
    }

    async fn look_at_change(
        &self,
        trigger: TriggerKind,
        change: &Change,
        earlier: Earlier,
        receipt: Receipt,
        invocation: &Invocation,
    ) -> Report {
        let mut report = Report::of(trigger, change.place.clone());
        let earlier = earlier.at_receipt(receipt.receives, change.call.still_unknown_at());
        let incident = Incident::of(change, earlier, receipt, invocation);
        let session = match self.sessions.at(&change.place, self.now()).await {
            Ok(session) => session,
            Err(error) => {
                let purpose = Purpose::Change(change, earlier);
                report
                    .outcomes
                    .push(self.could_not_enter(change, &error, purpose, &incident).await);
                return report;
            }
        };
        let names = match &change.subject {
            Subject::Domain(name) => vec![name.clone()],
            Subject::UserPool(pool) => match session.cognito.domains_of_pool(pool).await {
                Ok(names) => names,
                Err(error) => {
                    let purpose = Purpose::Change(change, earlier);
                    report
                        .outcomes
                        .push(self.could_not_look(None, pool, &error, purpose, &incident).await);
                    return report;
                }
            },
        };
        for name in &names {
            let change = self.seen_through(change, name).await;
            let incident = Incident::of(&change, earlier, receipt, invocation);
            report.outcomes.push(
                self.look(&session, name, Purpose::Change(&change, earlier), &incident).await,
            );
        }
        if names.is_empty() {
            let mut outcome = DomainReport::new(None, Outcome::Gone);
            outcome.reason = Some("the user pool that the event names has no domain".to_owned());
            outcome.incident = Some(incident.id.to_owned());
            report.outcomes.push(outcome);
        }
        report
    }

    /// The change with its origin as baseline and overrides show it. They are read only where a call with the
    /// guard's role named a value that the baseline does not explain.
    async fn seen_through<'a>(&self, change: &'a Change, name: &str) -> Cow<'a, Change> {
        let seen = seen_through(change, name, &self.baseline, Known::NONE);
        if seen.origin == change.origin || self.overrides.is_none() {
            return seen;
        }
        let read = self.read_overrides().await;
        seen_through(change, name, &self.baseline, read.known())
    }

    fn now(&self) -> OffsetDateTime {
        self.time.now().into()
    }

    /// What a notice about the domain called `name` has to say, before anything is known of it.
    fn about<'a>(&'a self, name: &'a str, incident: &Incident<'a>) -> About<'a> {
        About {
            place: incident.place,
            overrides: self.identity.overrides.as_ref(),
            baseline: &self.baseline,
            domain: name,
            observed: None,
            plan: None,
            change: incident.change,
            incident: incident.id,
            changed_at: incident.changed_at,
            since: began(incident.changed_at, incident.receipt.sent_at),
            accepted_at: incident.accepted_at,
            effective_at: None,
            reason: None,
            error: None,
            now: self.now(),
            request_id: &incident.invocation.request_id,
            trace_id: incident.invocation.trace_id.as_deref(),
            docs: self.docs_url.as_deref(),
        }
    }

    /// Publishes a notice and notes in the report what became of it. One that the topic does not take
    /// leaves the domain unsettled, so that the event comes back, and is in the log when this returns.
    async fn notify(
        &self,
        kind: Kind,
        about: &About<'_>,
        incident: &Incident<'_>,
        report: &mut DomainReport,
    ) {
        let within = held_back_for(kind, incident.receipt);
        match self.publish(&Notice::about(kind, about), within).await {
            Published::Yes => report.notices.push(kind),
            Published::HeldBack => report.notices_held_back.push(kind),
            Published::No(error) => {
                report.notices_undelivered.push(kind);
                report.unsettled = Some(Unsettled {
                    error_type: ErrorType::NoticeFailed,
                    message: format!(
                        "{}: the notice {kind} could not be published, and is in the log: {error}",
                        about.domain,
                    ),
                });
            }
        }
    }
}

/// For how long a process does not repeat a notice of that kind. A recheck does not know what the one before
/// it said, and these two kinds it would say again each minute.
fn held_back_for(kind: Kind, receipt: Receipt) -> time::Duration {
    let is_recheck = receipt.receives > 0;
    match kind {
        Kind::DriftDetected | Kind::RevertFailed if is_recheck => WHILE_RECHECKED,
        // It is about the place, whatever was changed there.
        Kind::NotCovered => UNCOVERED,
        Kind::DriftDetected
        | Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Reverted
        | Kind::Restored
        | Kind::NotRestored
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::Paused
        | Kind::OverrideChanged
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => REPETITION,
    }
}
