//! How a record is made: the only module that makes one.

mod entries;
mod overrides;
mod sweep;
mod test_notice;

pub(super) use overrides::changed;
pub(super) use sweep::{digest, expiring, held};
pub(super) use test_notice::test;

use super::about::About;
use super::actor::ActorRecord;
use super::attribution::attribution;
use super::record::{
    ClosesRecord, DenialRecord, ErrorRecord, EventRecord, LinksRecord, Record, Timings,
};
use super::text::{LONGEST, of_others, rfc3339};
use super::{created, headline, imposter, links, meaning, next_steps};
use crate::baseline::Governing;
use crate::call::CallError;
use crate::denial::{Denial, DeniedBy};
use crate::domain::Attribute;
use crate::overrides::State;
use crate::plan::{Decision, Drift, Plan};
use crate::report::{Kind, Severity};
use crate::text::clean;
use crate::trigger::{Change, Origin, Subject, UNKNOWN};
use crate::when;
use entries::{account_name, change, exempt, name, owner, place, unjudged};

/// Longest error message of AWS taken over. A denial names the user, the action and the resource.
const LONGEST_MESSAGE: usize = 2_000;

/// Longest meaning. It may name the ARN of a policy.
const LONGEST_MEANING: usize = 1_000;

/// The record of a notice about one domain.
pub(super) fn about(kind: Kind, about: &About<'_>) -> Record {
    let assessment = about.plan.map(|plan| &plan.assessment);
    let user_pool_id = about
        .observed
        .map(|domain| domain.user_pool_id.as_str())
        .or_else(|| about.change.and_then(|change| change.user_pool_id.as_deref()))
        .map(|pool| of_others(pool, LONGEST));
    let age = |of: Kind| {
        let age = about.age().filter(|_| kind == of);
        age.map(time::Duration::whole_seconds)
    };
    // A user pool whose domains could not be listed is what such a notice is about.
    let domain = Some(about.domain).filter(|name| match about.change.map(|c| &c.subject) {
        Some(Subject::UserPool(pool)) => pool != name,
        Some(Subject::Domain(_)) | None => true,
    });
    let mut record = Record {
        schema_version: Record::SCHEMA_VERSION.to_owned(),
        kind,
        severity: kind.severity(),
        incident: of_others(about.incident, LONGEST),
        headline: String::new(),
        meaning: String::new(),
        time: rfc3339(about.now),
        domain: domain.map(name),
        status: about.observed.map(|domain| of_others(domain.status.as_str(), LONGEST)),
        account: about.place.account.clone(),
        account_name: account_name(about),
        owner: owner(about),
        region: about.place.region.clone(),
        partition: about.place.partition.clone(),
        mode: about.plan.map(|plan| plan.mode),
        drifts: drifts(kind, about).iter().map(|drift| change(None, drift, about)).collect(),
        exempt: assessment
            .iter()
            .flat_map(|found| &found.exempt)
            .map(|drift| exempt(drift, about))
            .collect(),
        overrides: super::overrides::stopping(about).into_iter().collect(),
        unjudged: assessment.iter().flat_map(|found| &found.unjudged).map(unjudged).collect(),
        until: None,
        rule: about.plan.and_then(|plan| plan.entry).map(|at| place(about, at)),
        reason: about
            .reason
            .map(str::to_owned)
            .or_else(|| {
                let plan = about.plan.filter(|_| kind == Kind::Paused)?;
                super::overrides::why_stopped(&plan.decision, about.now)
            })
            .map(|reason| of_others(&reason, LONGEST_MESSAGE)),
        error: about.error.map(|error| ErrorRecord {
            action: error.action.to_owned(),
            code: error.code.as_deref().map(|code| of_others(code, LONGEST)),
            message: of_others(&error.message, LONGEST_MESSAGE),
            denial: denial(error),
        }),
        actor: about.change.map(ActorRecord::of),
        attribution: attribution(about),
        event: about.change.map(|change| EventRecord {
            id: of_others(&change.event_id, LONGEST),
            name: change.call.event_name().to_owned(),
            time: change.time.map(rfc3339),
            imposter: imposter::note(change),
        }),
        timings: Timings {
            seconds_to_revert: about.seconds_to_revert(),
            seconds_to_effect: about.seconds_to_effect(),
            seconds_off_baseline: age(Kind::DriftLasts),
            seconds_unknown: age(Kind::StateUnknown),
        },
        next_steps: Vec::new(),
        links: LinksRecord {
            cloudtrail_event: about
                .change
                .map(|change| caused_by(kind, change))
                .and_then(|event| links::cloudtrail_event(about.place, event)),
            cognito_console: user_pool_id
                .as_deref()
                .and_then(|pool| links::cognito_console(about.place, pool)),
            runbook: None,
        },
        closes: about.change.filter(|_| kind == Kind::Restored).map(closes),
        sweep: None,
        user_pool_id,
        request_id: clean(about.request_id, LONGEST),
        // Whoever invokes the function may choose it.
        trace_id: about.trace_id.map(|trace| clean(trace, LONGEST)),
        guard_version: env!("CARGO_PKG_VERSION").to_owned(),
        baseline: about.baseline.into(),
        truncated: false,
    };
    if record.names_nobody() {
        record.actor = None;
    }
    record.severity = severity(&record);
    if kind == Kind::NotCovered && governing(about).declares_nothing() {
        record.severity = Severity::Warning;
    }
    if record.is_about_an_imposter() {
        record.severity = imposter::severity(record.severity);
    }
    if kind == Kind::DomainCreated {
        created::complete(&mut record, about);
    }
    record.links.runbook = links::runbook(&record, about);
    record.headline = headline::full(&record);
    record.meaning = of_others(&meaning::of(&record, about), LONGEST_MEANING);
    record.next_steps = next_steps::next_steps(&record, about);
    record
}

/// Why AWS denied the call, where it did.
fn denial(error: &CallError) -> Option<DenialRecord> {
    let denial = error.denial()?;
    let (explicit, policy_kind, policy_arn) = match denial {
        Denial::Explicit(Some(DeniedBy { kind, arn })) => (true, Some(kind), arn),
        Denial::Explicit(None) => (true, None, None),
        Denial::Missing(kind) => (false, kind, None),
    };
    let policy_arn = policy_arn.map(|arn| clean(&arn, LONGEST));
    Some(DenialRecord {
        explicit,
        action: error.denied_action().to_owned(),
        policy_kind,
        policy_arn,
    })
}

/// The event to look at: for the guard's own update that is in effect, the change that it answers, if there
/// was an event of it.
fn caused_by(kind: Kind, change: &Change) -> &str {
    match &change.origin {
        Origin::Guard(Some(cause)) if kind == Kind::Restored => {
            cause.event_id().unwrap_or(&change.event_id)
        }
        Origin::Guard(_) | Origin::Foreign | Origin::Imposter(_) => &change.event_id,
    }
}

/// What a restored domain was about: of the guard's own update, what it was sent for; of another call that
/// a later look found put back, what that had asked for.
fn closes(change: &Change) -> ClosesRecord {
    let known = |name: &str| Some(of_others(name, LONGEST)).filter(|name| name != UNKNOWN);
    match &change.origin {
        Origin::Guard(Some(cause)) => ClosesRecord {
            event_id: cause.event_id().map(|event_id| of_others(event_id, LONGEST)),
            time: cause.changed_at.and_then(when::from_seconds).map(rfc3339),
            actor: cause.actor.as_deref().and_then(known),
            attributes: cause.attributes.clone(),
        },
        Origin::Guard(None) => {
            ClosesRecord { event_id: None, time: None, actor: None, attributes: Vec::new() }
        }
        Origin::Foreign | Origin::Imposter(_) => ClosesRecord {
            event_id: Some(of_others(&change.event_id, LONGEST)),
            time: change.time.map(rfc3339),
            actor: known(&change.actor.name),
            attributes: Attribute::ALL
                .into_iter()
                .filter(|attribute| change.requested.mentions(*attribute))
                .collect(),
        },
    }
}

/// What such a notice names: what the request has changed, where it says that the domain was put back,
/// else what is off the baseline.
fn drifts<'a>(kind: Kind, about: &About<'a>) -> &'a [Drift] {
    match about.plan {
        Some(Plan { decision: Decision::Update(update), .. }) if kind == Kind::Reverted => {
            &update.changes
        }
        Some(plan) => &plan.assessment.drifts,
        None => &[],
    }
}

/// What the baseline says of the domain, whether or not it could be described.
fn governing<'a>(about: &About<'a>) -> Governing<'a> {
    about.baseline.governing(about.domain, about.place)
}

/// How urgent it is, given what it is about.
fn severity(record: &Record) -> Severity {
    // A policy newer than the guard is no drift, and a prefix domain has no name of the customer's.
    let is_custom = record.domain.as_ref().is_some_and(|domain| domain.contains('.'));
    match record.kind {
        Kind::Refused if record.drifts.is_empty() => Severity::Warning,
        // Nobody has said that nothing is to be written.
        Kind::Paused if record.overrides.iter().all(|one| one.state != State::InForce) => {
            Severity::Critical
        }
        Kind::DomainDeleted if !is_custom => Severity::Warning,
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
        | Kind::NotCovered
        | Kind::Paused
        | Kind::OverrideChanged
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => record.kind.severity(),
    }
}
