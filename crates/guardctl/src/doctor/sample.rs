//! Events that the rule must take, and one that it must not.

use serde_json::{Value, json};

use super::facts::Place;

/// An event to try a rule's pattern on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub call: &'static str,
    /// As CloudTrail writes it; `None` where the member is absent. Cognito writes an empty one for a
    /// call that succeeded, too.
    pub error_code: Option<&'static str>,
}

impl Sample {
    /// A call that succeeded changed something, so the guard must see it.
    pub fn must_match(self) -> bool {
        self.error_code.unwrap_or_default().is_empty()
    }
}

const fn sample(call: &'static str, error_code: Option<&'static str>) -> Sample {
    Sample { call, error_code }
}

pub const ALL: [Sample; 7] = [
    sample("CreateUserPoolDomain", None),
    sample("CreateUserPoolDomain", Some("")),
    sample("UpdateUserPoolDomain", None),
    sample("UpdateUserPoolDomain", Some("")),
    sample("DeleteUserPoolDomain", None),
    sample("DeleteUserPoolDomain", Some("")),
    sample("UpdateUserPoolDomain", Some("AccessDeniedException")),
];

/// The event in EventBridge's envelope, of this account and region.
pub fn event(sample: Sample, place: &Place) -> Value {
    let Place { partition: _, account, region } = place;
    let mut event = json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.cognito-idp",
        "account": account,
        "time": "2026-11-23T12:00:00Z",
        "region": region,
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "eventSource": "cognito-idp.amazonaws.com",
            "eventName": sample.call,
            "eventTime": "2026-11-23T12:00:00Z",
            "awsRegion": region,
            "recipientAccountId": account,
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "eventCategory": "Management",
        },
    });
    if let (Some(code), Some(detail)) =
        (sample.error_code, event.get_mut("detail").and_then(Value::as_object_mut))
    {
        detail.insert("errorCode".to_owned(), code.into());
    }
    event
}
