//! Links into the AWS console, for the partition and region at hand.

use super::about::About;
use super::record::Record;
use crate::denial::Denial;
use crate::place::Place;
use crate::report::{Kind, Severity};
use crate::trigger::Origin;

/// The host of the console, `None` for a partition whose console this build does not know.
fn console(partition: &str, region: &str) -> Option<String> {
    match partition {
        "aws" => Some(format!("{region}.console.aws.amazon.com")),
        "aws-cn" => Some("console.amazonaws.cn".to_owned()),
        "aws-us-gov" => Some("console.amazonaws-us-gov.com".to_owned()),
        _ => None,
    }
}

/// The event in CloudTrail's history, which shows it for ninety days.
pub(super) fn cloudtrail_event(place: &Place, event_id: &str) -> Option<String> {
    let region = &place.region;
    let host = console(&place.partition, region)?;
    let event_id: String =
        event_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    Some(format!("https://{host}/cloudtrailv2/home?region={region}#/events/{event_id}"))
}

/// The domain's page of the user pool.
pub(super) fn cognito_console(place: &Place, user_pool_id: &str) -> Option<String> {
    let region = &place.region;
    let host = console(&place.partition, region)?;
    let pool: String = user_pool_id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(64)
        .collect();
    Some(format!("https://{host}/cognito/v2/idp/user-pools/{pool}/branding/domain?region={region}"))
}

/// The chapters of docs/operate.md that notices link to.
const STOPPED: &str = "the-guard-is-stopped";
const NOT_PUT_BACK: &str = "a-domain-was-not-put-back";
const LASTS: &str = "drift-that-lasts";
const DELETED: &str = "a-domain-was-deleted";
const UNCOVERED: &str = "a-place-is-not-covered";
const OVERRIDES: &str = "overrides";
const IMPOSTER: &str = "somebody-used-the-guards-role";
pub(super) const HELD: &str = "a-sweep-holds-back";

/// The chapter of docs/operate.md that says what to do, where there is one.
pub(super) fn runbook(record: &Record, about: &About<'_>) -> Option<String> {
    let imposter = about.change.is_some_and(|change| matches!(change.origin, Origin::Imposter(_)));
    let chapter = match record.kind {
        _ if imposter && record.severity == Severity::Critical => IMPOSTER,
        Kind::SweepHeld => HELD,
        Kind::RevertFailed => match about.error.and_then(|error| error.denial()) {
            Some(Denial::Explicit(_)) => STOPPED,
            Some(Denial::Missing(_)) | None => NOT_PUT_BACK,
        },
        Kind::NotRestored | Kind::Refused => NOT_PUT_BACK,
        Kind::DriftLasts | Kind::StateUnknown => LASTS,
        Kind::DomainDeleted => DELETED,
        Kind::NotCovered => UNCOVERED,
        Kind::Paused | Kind::OverrideChanged => OVERRIDES,
        Kind::DriftDetected
        | Kind::Reverted
        | Kind::Restored
        | Kind::Exempted
        | Kind::Audit
        | Kind::DomainCreated
        | Kind::ExemptionExpiring
        | Kind::SweepDigest => return None,
    };
    Some(chapter_of(about, chapter))
}

/// A chapter of docs/operate.md.
pub(super) fn chapter_of(about: &About<'_>, chapter: &str) -> String {
    format!("{}/operate.md#{chapter}", about.docs.unwrap_or("docs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As GitHub makes them: lower case, hyphens for blanks, and nothing else but letters.
    #[test]
    fn each_chapter_that_is_linked_to_is_a_heading_of_the_page() {
        let page = include_str!("../../../../docs/operate.md");
        let anchors: Vec<String> = page
            .lines()
            .filter_map(|line| {
                line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with("##"))
            })
            .map(|heading| {
                let kept = heading
                    .to_lowercase()
                    .chars()
                    .filter(|c| c.is_ascii_alphanumeric() || " -".contains(*c))
                    .collect::<String>();
                kept.replace(' ', "-")
            })
            .collect();
        for chapter in [STOPPED, NOT_PUT_BACK, LASTS, DELETED, UNCOVERED, IMPOSTER, HELD] {
            assert!(anchors.iter().any(|anchor| anchor == chapter), "{chapter}: {anchors:#?}");
        }
    }
}
