//! What machines read: the record that every other form is made from. Plain data, which `build` makes.
//!
//! The schema only grows: a field is never renamed, removed or given another meaning without a new
//! `schema_version`.

use serde::{Deserialize, Serialize};

use super::actor::ActorRecord;
use super::attribution::{AttributionRecord, AttributionResult};
use crate::baseline::Mode;
use crate::denial::PolicyKind;
use crate::domain::Attribute;
use crate::plan::AttributeValue;
use crate::report::{BaselineRecord, Kind, OverrideRecord, Severity, SweepRecord};

/// The machine-readable form of a notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// What it means, in a sentence or two.
    #[serde(default)]
    pub meaning: String,
    /// When the notice was made, RFC 3339 in UTC.
    pub time: String,
    /// The domain: its full name, or the prefix alone. Absent in a digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The user pool it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_pool_id: Option<String>,
    /// The account of the domain, in a digest that of all its domains.
    pub account: String,
    /// What the baseline calls the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_name: Option<String>,
    /// Who answers for the account, as the baseline says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The region of the domain, in a digest that of all its domains.
    pub region: String,
    /// The partition of both: `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: String,
    /// The status that Cognito reported: `ACTIVE`, `UPDATING`, ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How drift of the domain is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Each attribute that is or was off its baseline.
    #[serde(rename = "changes")]
    pub drifts: Vec<ChangeRecord>,
    /// Each attribute whose drift is allowed for a while.
    pub exempt: Vec<ExemptRecord>,
    /// The overrides that it is about: in `paused` the one that keeps the guard from writing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideRecord>,
    /// Each attribute that is left alone, because its value is newer than the guard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<UnjudgedRecord>,
    /// When the exemption ends that the notice is about, RFC 3339. Only in `exemption_expiring`.
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
    /// What is over now. Only in `restored`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes: Option<ClosesRecord>,
    /// How long it took.
    pub timings: Timings,
    /// What to do next: first what restores the domain, then what keeps it as it is. The first line of a
    /// step is a sentence; lines after it are to be pasted or repeated as they are.
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
    /// Whether detail was left out, since SNS and CloudWatch Logs take no more than 256 KiB. The log's
    /// line of each domain has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// One attribute that is or was off its baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangeRecord {
    /// The domain, in a digest only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The attribute.
    pub attribute: Attribute,
    /// What Cognito reported: a text, a number, `{"failover": {...}}` or `"none"`.
    pub observed: AttributeValue,
    /// The declaration as it is written, such as `at_least: TLS_V1_2_2021`.
    pub baseline: String,
    /// What the guard sets it to.
    pub desired: AttributeValue,
    /// Where the declaration stands, as `FILE:LINE:COLUMN`.
    pub position: String,
    /// The exemption that allowed it until a short while ago, where it stands and when it ended. Only in a
    /// digest: it says why no event led to a revert.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt_until: Option<String>,
}

/// Drift that is allowed for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExemptRecord {
    /// The attribute.
    pub attribute: Attribute,
    /// What Cognito reported.
    pub observed: AttributeValue,
    /// What the guard would set it to.
    pub desired: AttributeValue,
    /// When the exemption ends, RFC 3339.
    pub until: String,
    /// Why there is one.
    pub reason: String,
    /// Who to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who made the override that allows it, in their own words. Only of an override.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where the exemption stands, as `FILE:LINE:COLUMN`; of an override the name of its SSM parameter.
    pub position: String,
}

/// An attribute whose value is newer than the guard, which cannot say whether it is at its baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnjudgedRecord {
    /// The attribute.
    pub attribute: Attribute,
    /// What Cognito reported.
    pub observed: AttributeValue,
    /// The declaration as it is written.
    pub baseline: String,
}

/// A failed call to AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorRecord {
    /// The IAM action, such as `cognito-idp:UpdateUserPoolDomain`.
    pub action: String,
    /// AWS's error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// AWS's message.
    pub message: String,
    /// Why AWS denied it, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denial: Option<DenialRecord>,
}

/// Why AWS denied a call, as its message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DenialRecord {
    /// Whether a policy has a Deny for it, so that somebody may have meant it. Otherwise a permission is
    /// missing.
    pub explicit: bool,
    /// The action that was denied, such as `cloudfront:updateDistribution`.
    pub action: String,
    /// The kind of policy that denies it, or that does not allow it, where AWS names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_kind: Option<PolicyKind>,
    /// The policy with the Deny, where AWS names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_arn: Option<String>,
}

/// What is over when a domain is at its baseline again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClosesRecord {
    /// The `eventID` of the change. Absent where a sweep found the drift, of which there was no event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// When the change was made, RFC 3339, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Who made it, as in `actor.name`. Absent where nobody is known to have made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What it was about: what the guard put back, or what the change had asked for.
    pub attributes: Vec<Attribute>,
}

/// The change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EventRecord {
    /// CloudTrail's `eventID`.
    pub id: String,
    /// The call, such as `UpdateUserPoolDomain`.
    pub name: String,
    /// When it was made, RFC 3339, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What shows that somebody else made it with the guard's role. Absent where it was another role, or
    /// the guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imposter: Option<String>,
}

/// How long it took, in seconds from the change. CloudTrail's times are whole seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LinksRecord {
    /// The change in CloudTrail's event history; in `restored` the one that it closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloudtrail_event: Option<String>,
    /// The domain in the Cognito console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cognito_console: Option<String>,
    /// What to do, in docs/operate.md: an address where the deployment names one, else the file and the
    /// heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

impl Record {
    /// The version of the schema.
    pub const SCHEMA_VERSION: &str = "1.1";

    /// The record as JSON.
    pub fn to_json(&self) -> String {
        // A record holds text, numbers and lists; none of them can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many entries its lists have together.
    pub(crate) fn entries(&self) -> usize {
        let sweep = self.sweep.as_ref().map_or(0, |s| {
            let named = s.missing.len() + s.ungoverned.len() + s.overlong_exemptions.len();
            let held =
                s.held.as_ref().map_or(0, |h| h.entries.len() + h.accounts.len() + h.names.len());
            let gaps = s.coverage.as_ref().map_or(0, |coverage| coverage.gaps.len());
            named + s.findings.len() + held + gaps
        });
        sweep + self.drifts.len()
    }

    /// Gives up detail, least useful first. `false` when there is none left to give up.
    pub(crate) fn lose_detail(&mut self) -> bool {
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
            if let Some(coverage) = &mut sweep.coverage {
                coverage.gaps.truncate(halve(coverage.gaps.len(), 1));
            }
            if let Some(held) = &mut sweep.held {
                held.names.truncate(halve(held.names.len(), 1));
                held.entries.truncate(halve(held.entries.len(), 4));
                held.accounts.truncate(halve(held.accounts.len(), 4));
            }
        }
        self.drifts.truncate(halve(self.drifts.len(), 4));
        if halved {
            return true;
        }
        if self.next_steps.len() > 1 {
            self.next_steps.truncate(1);
            return true;
        }
        self.actor.take().is_some()
    }

    /// Whether somebody else made the change with the guard's role.
    pub(super) fn is_about_an_imposter(&self) -> bool {
        self.event.as_ref().is_some_and(|event| event.imposter.is_some())
    }

    /// Whether the domain contradicts the event, so that nobody is named.
    pub(super) fn names_nobody(&self) -> bool {
        match self.attribution.as_ref().map(|attribution| attribution.result) {
            Some(AttributionResult::Contradicted) => true,
            Some(
                AttributionResult::Explained
                | AttributionResult::NotMentioned
                | AttributionResult::NotVisible,
            )
            | None => false,
        }
    }
}
