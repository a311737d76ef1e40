//! What machines read: the record that every other form is made from.
//!
//! The schema only grows: a field is never renamed, removed or given another meaning without a new
//! `schema_version`.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::actor::ActorRecord;
use super::attribution::{AttributionRecord, attribution};
use super::in_force::BaselineRecord;
use super::kind::{Kind, Severity};
use super::text::of_others;
use super::{About, created, headline, links, next_steps};
use crate::baseline::{Mode, Position};
use crate::domain::Failover;
use crate::plan::{AttributeValue, Decision, Drift, ExemptDrift, Plan, Unjudged};
use crate::text::clean;
use crate::trigger::Subject;

/// Longest text taken over from an event. ARNs, the longest useful ones, stay below it.
pub(super) const LONGEST: usize = 512;
/// Longest error message of AWS taken over. A denial names the user, the action and the resource.
const LONGEST_MESSAGE: usize = 2_000;

/// The machine-readable form of a notice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Record {
    /// The version of this schema, `MAJOR.MINOR`. A new minor version only adds fields.
    pub schema_version: String,
    /// What happened.
    pub kind: Kind,
    /// How urgent it is.
    pub severity: Severity,
    /// Shared by all notices of one incident: the `eventID` of the change, or `sweep.` and the
    /// request id of the sweep. Incident tools take it as their de-duplication key.
    pub incident: String,
    /// What happened and whether somebody must act, in one line.
    pub headline: String,
    /// When the notice was made, RFC 3339 in UTC.
    pub time: String,
    /// The domain: its full name, or the prefix alone. Absent in a digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The user pool it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_pool_id: Option<String>,
    /// The account that the guard works in.
    pub account: String,
    /// The region that the guard works in.
    pub region: String,
    /// The partition of both: `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: String,
    /// The status that Cognito reported: `ACTIVE`, `UPDATING`, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `enforce` or `audit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Each attribute that is or was off its baseline.
    pub changes: Vec<ChangeRecord>,
    /// Each attribute whose drift is allowed for a while.
    pub exempt: Vec<ExemptRecord>,
    /// Each attribute that is left alone, because its value is newer than the guard.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<UnjudgedRecord>,
    /// When the exemption ends that is told of, RFC 3339. Only in `exemption_expiring`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Where the baseline entry stands that governs the domain, as `FILE:LINE:COLUMN`. In
    /// `domain_created` also where a default does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why, where there is more to say than the kind does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The call to AWS that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorRecord>,
    /// Who made the change. Absent where the domain contradicts the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorRecord>,
    /// What the change has to do with what is observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<AttributionRecord>,
    /// The change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventRecord>,
    /// How long it took.
    pub timings: Timings,
    /// What to do next, most useful first. The first line of a step is a sentence; lines after it
    /// are to be pasted or repeated as they are.
    pub next_steps: Vec<String>,
    /// Where to look.
    pub links: LinksRecord,
    /// What a sweep saw. Only in a digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepRecord>,
    /// Lambda's request id of the invocation that sent the notice.
    pub request_id: String,
    /// X-Ray's trace id of that invocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The version of the guard.
    pub guard_version: String,
    /// The baseline in force, by which was decided.
    pub baseline: BaselineRecord,
    /// Whether detail was left out, since SNS takes no more than 256 KiB. The log has it all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// One attribute that is or was off its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ChangeRecord {
    /// The domain, in a digest only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// `security_policy`, `routing`, `managed_login_version` or `certificate_arn`.
    pub attribute: String,
    /// What Cognito reported: a text, a number, `{"failover": {...}}` or `"none"`.
    pub observed: AttributeValue,
    /// The declaration as it is written, such as `at_least: TLS_V1_2_2021`.
    pub baseline: String,
    /// What the guard sets it to.
    pub desired: AttributeValue,
    /// Where the declaration stands, as `FILE:LINE:COLUMN`.
    pub position: String,
}

/// Drift that is allowed for a while.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ExemptRecord {
    /// The attribute.
    pub attribute: String,
    /// What Cognito reported.
    pub observed: AttributeValue,
    /// What the guard would set it to.
    pub desired: AttributeValue,
    /// When the exemption ends, RFC 3339.
    pub until: String,
    /// Why there is one.
    pub reason: String,
    /// Whom to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where the exemption stands, as `FILE:LINE:COLUMN`.
    pub position: String,
}

/// An attribute whose value is newer than the guard, which cannot say whether it is at its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct UnjudgedRecord {
    /// The attribute.
    pub attribute: String,
    /// What Cognito reported.
    pub observed: AttributeValue,
    /// The declaration as it is written.
    pub baseline: String,
}

/// A failed call to AWS.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ErrorRecord {
    /// The IAM action, such as `cognito-idp:UpdateUserPoolDomain`.
    pub action: String,
    /// AWS's error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// AWS's message.
    pub message: String,
}

/// The change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EventRecord {
    /// CloudTrail's `eventID`.
    pub id: String,
    /// The call, such as `UpdateUserPoolDomain`.
    pub name: String,
    /// When it was made, RFC 3339, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// How long it took, in seconds from the change. CloudTrail's times are whole seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Timings {
    /// Until the guard's update was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_to_revert: Option<i64>,
    /// Until the guard saw it in effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_to_effect: Option<i64>,
    /// Until this look, which saw the domain off its baseline. Only in `drift_lasts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_off_baseline: Option<i64>,
    /// Until this look, which could not see whether the domain is at its baseline. Only in
    /// `state_unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_unknown: Option<i64>,
}

/// Where to look.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct LinksRecord {
    /// The change in CloudTrail's event history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloudtrail_event: Option<String>,
    /// The domain in the Cognito console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cognito_console: Option<String>,
}

/// What a sweep saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SweepRecord {
    /// User pools seen.
    pub pools: usize,
    /// Domains looked at.
    pub domains: usize,
    /// Domains for which the baseline declares something.
    pub governed: usize,
    /// Domains off their baseline.
    pub drifted: usize,
    /// Domains off their baseline that are left because Cognito is busy with them.
    pub busy: usize,
    /// Domains whose drift is exempt.
    pub exempt: usize,
    /// Domains that could not be read.
    pub unknown: usize,
    /// Declared names of which there is no domain.
    pub missing: Vec<String>,
    /// Domains that nothing governs and of which no entry says that this is meant, by name. At most 50;
    /// `domains` less `governed` says how many there are, with those that are meant.
    pub ungoverned: Vec<String>,
    /// Exemptions that last longer than `max_exemption_days` allows: where each stands, for which
    /// domains, and until when.
    pub overlong_exemptions: Vec<String>,
    /// Whether the sweep saw everything before its time was over.
    pub complete: bool,
    /// Lines about single domains: what was found and what is done.
    pub findings: Vec<String>,
}

impl SweepRecord {
    /// Names in a list of the digest at the most; more help nobody.
    pub const MOST_NAMED: usize = 50;
}

/// A time as it stands in a record.
pub(super) fn rfc3339(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC)
        .replace_nanosecond(0)
        .unwrap_or(time)
        .format(&Rfc3339)
        .unwrap_or_default()
}

impl Record {
    /// The version of the schema.
    pub const SCHEMA_VERSION: &str = "1.0";

    /// The record of a notice about one domain.
    pub(super) fn about(kind: Kind, about: &About<'_>) -> Self {
        let assessment = about.plan.map(|plan| &plan.assessment);
        let place = |at: Position| format!("{}:{at}", about.baseline.name());
        let user_pool_id = about
            .observed
            .map(|domain| domain.user_pool_id.as_str())
            .or_else(|| about.change.and_then(|change| change.user_pool_id.as_deref()))
            .map(|pool| of_others(pool, LONGEST));
        let seconds =
            |end: Option<OffsetDateTime>| Some((end? - about.changed_at?).whole_seconds().max(0));
        let age = |of: Kind| {
            let age = about.age().filter(|_| kind == of);
            age.map(time::Duration::whole_seconds)
        };
        // A user pool whose domains could not be listed is what such a notice is about.
        let domain = Some(about.domain).filter(|name| match about.change.map(|c| &c.subject) {
            Some(Subject::UserPool(pool)) => pool != name,
            Some(Subject::Domain(_)) | None => true,
        });
        let mut record = Self {
            schema_version: Self::SCHEMA_VERSION.to_owned(),
            kind,
            severity: kind.severity(),
            incident: of_others(about.incident, LONGEST),
            headline: String::new(),
            time: rfc3339(about.now),
            domain: domain.map(name),
            status: about.observed.map(|domain| of_others(domain.status.as_str(), LONGEST)),
            account: about.guard.account.clone(),
            region: about.guard.region.clone(),
            partition: about.guard.partition.clone(),
            mode: about.plan.map(|plan| {
                match plan.mode {
                    Mode::Enforce => "enforce",
                    Mode::Audit => "audit",
                }
                .to_owned()
            }),
            changes: drifts(kind, about).iter().map(|drift| change(drift, &place)).collect(),
            exempt: assessment
                .iter()
                .flat_map(|found| &found.exempt)
                .map(|drift| exempt(drift, &place))
                .collect(),
            unjudged: assessment.iter().flat_map(|found| &found.unjudged).map(unjudged).collect(),
            until: None,
            rule: about.plan.and_then(|plan| plan.entry).map(place),
            reason: about.reason.map(|reason| of_others(reason, LONGEST_MESSAGE)),
            error: about.error.map(|error| ErrorRecord {
                action: error.action.to_owned(),
                code: error.code.as_deref().map(|code| of_others(code, LONGEST)),
                message: of_others(&error.message, LONGEST_MESSAGE),
            }),
            actor: about.change.map(ActorRecord::of),
            attribution: attribution(about),
            event: about.change.map(|change| EventRecord {
                id: of_others(&change.event_id, LONGEST),
                name: change.call.event_name().to_owned(),
                time: change.time.map(rfc3339),
            }),
            timings: Timings {
                seconds_to_revert: seconds(about.accepted_at),
                seconds_to_effect: seconds(about.effective_at),
                seconds_off_baseline: age(Kind::DriftLasts),
                seconds_unknown: age(Kind::StateUnknown),
            },
            next_steps: Vec::new(),
            links: LinksRecord {
                cloudtrail_event: about
                    .change
                    .and_then(|change| links::cloudtrail_event(about.guard, &change.event_id)),
                cognito_console: user_pool_id
                    .as_deref()
                    .and_then(|pool| links::cognito_console(about.guard, pool)),
            },
            sweep: None,
            user_pool_id,
            request_id: about.request_id.to_owned(),
            trace_id: about.trace_id.map(str::to_owned),
            guard_version: env!("CARGO_PKG_VERSION").to_owned(),
            baseline: about.baseline.into(),
            truncated: false,
        };
        if record.names_nobody() {
            record.actor = None;
        }
        record.severity = severity(&record);
        if kind == Kind::DomainCreated {
            created::complete(&mut record, about);
        }
        record.headline = headline::full(&record);
        record.next_steps = next_steps::next_steps(&record, about);
        record
    }

    /// The record as JSON.
    pub fn to_json(&self) -> String {
        // A record holds text, numbers and lists; none of them can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many entries its lists have together.
    pub(super) fn entries(&self) -> usize {
        let sweep = self.sweep.as_ref().map_or(0, |s| {
            let named = s.missing.len() + s.ungoverned.len() + s.overlong_exemptions.len();
            named + s.findings.len()
        });
        sweep + self.changes.len()
    }

    /// Gives up detail, least useful first. `false` when there is none left to give up.
    pub(super) fn lose_detail(&mut self) -> bool {
        self.truncated = true;
        let mut halved = false;
        let mut halve = |length: usize, least: usize| {
            halved |= length > least;
            if length > least { length.div_ceil(2) } else { length }
        };
        if let Some(sweep) = &mut self.sweep {
            sweep.findings.truncate(halve(sweep.findings.len(), 1));
            for named in [&mut sweep.missing, &mut sweep.ungoverned, &mut sweep.overlong_exemptions]
            {
                named.truncate(halve(named.len(), 1));
            }
        }
        self.changes.truncate(halve(self.changes.len(), 4));
        if halved {
            return true;
        }
        if self.next_steps.len() > 1 {
            self.next_steps.truncate(1);
            return true;
        }
        self.actor.take().is_some()
    }
}

/// How urgent it is, given what it is about.
fn severity(record: &Record) -> Severity {
    // A policy newer than the guard is no drift, and a prefix domain has no name of the customer's.
    let is_custom = record.domain.as_ref().is_some_and(|domain| domain.contains('.'));
    match record.kind {
        Kind::Refused if record.changes.is_empty() => Severity::Warning,
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
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::ExemptionExpiring
        | Kind::SweepDigest => record.kind.severity(),
    }
}

/// A domain's name. One that could be a domain's stays as it is, since programs compare it; what could
/// not was written by somebody into an event.
fn name(domain: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if domain.chars().all(is_name) { clean(domain, LONGEST) } else { of_others(domain, LONGEST) }
}

/// A value of Cognito's as long as any it should have.
fn value(value: &AttributeValue) -> AttributeValue {
    match value {
        AttributeValue::Text(text) => AttributeValue::Text(of_others(text, LONGEST)),
        AttributeValue::Failover(failover) => AttributeValue::Failover(Failover {
            secondary_region: of_others(&failover.secondary_region, LONGEST),
            primary_route53_health_check_id: of_others(
                &failover.primary_route53_health_check_id,
                LONGEST,
            ),
        }),
        AttributeValue::Version(_) | AttributeValue::None => value.clone(),
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

fn change(drift: &Drift, place: &impl Fn(Position) -> String) -> ChangeRecord {
    ChangeRecord {
        domain: None,
        attribute: drift.attribute.as_str().to_owned(),
        observed: value(&drift.observed),
        baseline: drift.declared.clone(),
        desired: value(&drift.desired),
        position: place(drift.position),
    }
}

fn exempt(exempt: &ExemptDrift, place: &impl Fn(Position) -> String) -> ExemptRecord {
    ExemptRecord {
        attribute: exempt.drift.attribute.as_str().to_owned(),
        observed: value(&exempt.drift.observed),
        desired: value(&exempt.drift.desired),
        until: rfc3339(exempt.until),
        reason: clean(&exempt.reason, LONGEST),
        owner: exempt.owner.as_deref().map(|owner| clean(owner, LONGEST)),
        position: place(exempt.position),
    }
}

fn unjudged(unjudged: &Unjudged) -> UnjudgedRecord {
    UnjudgedRecord {
        attribute: unjudged.attribute.as_str().to_owned(),
        observed: value(&unjudged.observed),
        baseline: unjudged.declared.clone(),
    }
}
