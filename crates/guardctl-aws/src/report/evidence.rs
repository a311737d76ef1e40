//! What other commands printed, as far as the report takes it: `guardctl plan` and `guardctl doctor`. Pure.
//!
//! The rule: live or from a file, it is the same document, read here alone.

use cognito_domain_guard::plan::AttributeValue;
use serde::Deserialize;
use serde_json::Value;

use crate::doctor::facts::AlarmState;
use crate::doctor::finding::VerdictWord;
use crate::doctor::members::Coverage;

/// One account and region of a plan.
#[derive(Clone, Debug, Deserialize)]
pub struct Planned {
    pub time: String,
    pub partition: String,
    pub account: String,
    pub account_name: Option<String>,
    pub owner: Option<String>,
    pub region: String,
    pub baseline: PlannedBy,
    pub domains: Vec<PlannedDomain>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PlannedBy {
    pub file: String,
    pub digest: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PlannedDomain {
    pub domain: String,
    pub user_pool_id: Option<String>,
    pub hosting: Option<String>,
    pub status: Option<String>,
    pub mode: String,
    pub governed: bool,
    pub at_baseline: bool,
    pub reason: Option<String>,
    pub observed: Option<Observed>,
    /// With `--probe`.
    pub endpoint: Option<PlannedEndpoint>,
    pub changes: Vec<PlannedChange>,
    pub exempt: Vec<PlannedExempt>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Observed {
    pub security_policy: AttributeValue,
}

/// What the endpoint of a domain answered.
#[derive(Clone, Debug, Deserialize)]
pub struct PlannedEndpoint {
    pub problem: Option<String>,
    pub policies: Vec<String>,
    pub as_reported: Option<bool>,
    pub difference: Option<String>,
    pub certificate: Option<PlannedCertificate>,
    pub certificate_problem: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PlannedCertificate {
    pub why_not: Option<String>,
    pub days_left: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PlannedChange {
    pub attribute: String,
    pub observed: AttributeValue,
    pub baseline: String,
    pub desired: AttributeValue,
}

#[derive(Clone, Debug, Deserialize)]
pub struct PlannedExempt {
    pub attribute: String,
    pub observed: AttributeValue,
    pub until: String,
    pub reason: String,
    pub owner: Option<String>,
    pub ticket: Option<String>,
    pub line: Option<usize>,
    pub parameter: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Problem {
    pub subject: String,
    pub message: String,
}

/// One guard that the doctor examined, or a place of its organization.
#[derive(Clone, Debug, Deserialize)]
pub struct Examined {
    pub account: String,
    /// `-` of an account that is left alone in each region.
    pub region: String,
    /// Of a guard.
    pub function: Option<String>,
    /// Of a place of an organization.
    pub coverage: Option<Coverage>,
    /// Why it is left alone.
    pub why: Option<String>,
    pub findings: Vec<ExaminedFinding>,
    /// Of a guard: its alarms, where they could be read. An older guardctl did not read them.
    pub alarms: Option<Vec<ExaminedAlarm>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ExaminedAlarm {
    pub name: String,
    pub state: AlarmState,
    /// RFC 3339.
    pub since: Option<String>,
    pub reason: String,
    pub actions_enabled: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ExaminedFinding {
    pub check: String,
    pub verdict: VerdictWord,
    pub what: String,
}

/// The accounts and regions of a plan.
///
/// # Errors
///
/// It is not what `guardctl plan --format json` prints.
pub fn planned(document: Value) -> Result<Vec<Planned>, String> {
    serde_json::from_value(document)
        .map_err(|error| format!("is not what guardctl plan --format json prints: {error}"))
}

/// What a doctor found.
///
/// # Errors
///
/// It is not what `guardctl doctor --format json` prints.
pub fn examined(document: Value) -> Result<Vec<Examined>, String> {
    serde_json::from_value(document)
        .map_err(|error| format!("is not what guardctl doctor --format json prints: {error}"))
}
