//! CloudTrail's event history, which every account has without a trail.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::sdk::call_error;
use serde_json::Value;
use time::OffsetDateTime;

pub const LOOKUP: &str = "cloudtrail:LookupEvents";
/// More pages than the calls of a run fill. Somebody else's calls of the same name count, too.
const MOST_PAGES: usize = 20;

pub struct Events(Client);

impl Events {
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The records of calls of that name since then, newest first. What is no JSON is left out.
    pub async fn named(&self, name: &str, since: OffsetDateTime) -> Result<Vec<Value>, CallError> {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(name)
            .build()
            .map_err(|error| CallError {
                failure: Failure::Rejected,
                action: LOOKUP,
                code: None,
                message: format!("the request could not be made: {error}"),
            })?;
        let mut records = Vec::new();
        let mut page = None;
        for _ in 0..MOST_PAGES {
            let answer = self
                .0
                .lookup_events()
                .lookup_attributes(attribute.clone())
                .start_time(DateTime::from_secs(since.unix_timestamp()))
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| call_error(LOOKUP, error))?;
            let events = answer.events.unwrap_or_default().into_iter();
            records.extend(
                events
                    .filter_map(|event| event.cloud_trail_event)
                    .filter_map(|record| serde_json::from_str::<Value>(&record).ok()),
            );
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                break;
            }
        }
        Ok(records)
    }
}
