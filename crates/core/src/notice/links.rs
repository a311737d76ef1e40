//! Links into the AWS console, for the partition and region at hand.

use crate::place::Place;

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
