//! The entries of a record: the only place where what was found becomes text, bounded and harmless.

use super::super::about::About;
use super::super::record::{ChangeRecord, ExemptRecord, UnjudgedRecord};
use super::super::text::{LONGEST, of_others, rfc3339};
use crate::baseline::Position;
use crate::domain::Failover;
use crate::place::Place;
use crate::plan::{AttributeValue, Drift, ExemptBy, ExemptDrift, Unjudged};
use crate::text::clean;

/// A domain's name. One that could be a domain's stays as it is, since programs compare it; what could
/// not was written by somebody into an event.
pub(super) fn name(domain: &str) -> String {
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

/// One attribute that is or was off its baseline; with its `domain` where a notice is about several.
pub(super) fn change(domain: Option<&str>, drift: &Drift, about: &About<'_>) -> ChangeRecord {
    let Drift { attribute, observed, desired, declared, position } = drift;
    ChangeRecord {
        domain: domain.map(name),
        attribute: *attribute,
        observed: value(observed),
        baseline: declared.clone(),
        desired: value(desired),
        position: place(about, *position),
        exempt_until: None,
    }
}

/// Until when an exemption allowed drift that a sweep put back, and where it stands, if it has ended lately.
pub(super) fn exempt_until(
    at: &Place,
    domain: &str,
    drift: &Drift,
    about: &About<'_>,
) -> Option<String> {
    let ended = about.baseline.ended_exemption(domain, drift.attribute, at, about.now)?;
    Some(format!("{} ({})", rfc3339(ended.until), place(about, ended.position)))
}

/// Drift that is allowed for a while.
pub(super) fn exempt(exempt: &ExemptDrift, about: &About<'_>) -> ExemptRecord {
    let ExemptDrift { drift, until, reason, owner, ticket: _, by } = exempt;
    ExemptRecord {
        attribute: drift.attribute,
        observed: value(&drift.observed),
        desired: value(&drift.desired),
        until: rfc3339(*until),
        reason: clean(reason, LONGEST),
        owner: owner.as_deref().map(|owner| clean(owner, LONGEST)),
        by: match by {
            ExemptBy::Baseline(_) => None,
            ExemptBy::Override { parameter: _, by } => Some(clean(by, LONGEST)),
        },
        position: match by {
            ExemptBy::Baseline(position) => place(about, *position),
            ExemptBy::Override { parameter, by: _ } => clean(parameter, LONGEST),
        },
    }
}

/// A value that is newer than the guard.
pub(super) fn unjudged(unjudged: &Unjudged) -> UnjudgedRecord {
    let Unjudged { attribute, observed, declared } = unjudged;
    UnjudgedRecord { attribute: *attribute, observed: value(observed), baseline: declared.clone() }
}

/// Where something stands in the baseline.
pub(super) fn place(about: &About<'_>, at: Position) -> String {
    format!("{}:{at}", about.baseline.name())
}

/// What the baseline calls the account.
pub(super) fn account_name(about: &About<'_>) -> Option<String> {
    let account = about.baseline.account(&about.place.account)?;
    Some(clean(&account.name, LONGEST))
}

/// Who answers for the account, as the baseline says.
pub(super) fn owner(about: &About<'_>) -> Option<String> {
    let owner = about.baseline.account(&about.place.account)?.owner.as_ref()?;
    Some(clean(owner, LONGEST))
}
