//! Links into the AWS console, for the partition and region at hand.

use super::about::About;
use super::record::Record;
use crate::denial::Denial;
use crate::place::Place;
use crate::report::{Kind, Severity};

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
const HELD: &str = "a-sweep-holds-back";

/// The chapter of docs/operate.md that says what to do, where there is one.
pub(super) fn runbook(record: &Record, about: &About<'_>) -> Option<String> {
    if record.is_about_an_imposter() && record.severity == Severity::Critical {
        return Some(chapter_of(about, IMPOSTER));
    }
    let chapter = match record.kind {
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
        | Kind::SweepDigest
        | Kind::Test => return None,
    };
    Some(chapter_of(about, chapter))
}

/// A chapter of docs/operate.md.
fn chapter_of(about: &About<'_>, chapter: &str) -> String {
    format!("{}/operate.md#{chapter}", about.docs.unwrap_or("docs"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::scene::{denied_by, event, home, notice_about, revert_failed};
    use super::super::tests::all_notices;
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
        let mut notices = all_notices(&home());
        let update = event("update-weakens-tls");
        notices.push(revert_failed(&denied_by("with an explicit deny"), &update, &home()));
        // The guard never deletes a domain.
        let mut deletion = event("delete-declared");
        deletion["detail"]["userIdentity"] = event("update-own")["detail"]["userIdentity"].clone();
        notices.push(notice_about(Kind::DomainDeleted, &deletion, &home()));
        let linked: BTreeSet<String> =
            notices.into_iter().filter_map(|notice| notice.record.links.runbook).collect();
        assert_eq!(linked.len(), 8, "{linked:#?}");
        for link in linked {
            let chapter = link.strip_prefix("docs/operate.md#").unwrap();
            assert!(anchors.iter().any(|anchor| anchor == chapter), "{chapter}: {anchors:#?}");
        }
    }
}
