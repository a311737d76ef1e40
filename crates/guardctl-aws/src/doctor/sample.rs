//! Events that the rule must take and one that it must not, and the pattern that sees to it.

use cognito_domain_guard::place::Place;
use serde_json::{Value, json};

use super::facts::iam_region;

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

/// The pattern that takes these events, as template.yaml and member.yaml have it.
pub fn pattern_of_domains(place: &Place) -> Value {
    json!({
        "account": [place.account],
        "source": ["aws.cognito-idp"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["cognito-idp.amazonaws.com"],
            "eventName": ["CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain"],
            "errorCode": [{"exists": false}, ""],
        },
    })
}

/// An event that the guard reads, says that it is not for it, and answers without any call to AWS.
pub fn not_for_the_guard(place: &Place) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "Doctor",
        "source": "guardctl",
        "account": place.account,
        "time": "2026-11-23T12:00:00Z",
        "region": place.region,
        "resources": [],
        "detail": {},
    })
}

/// Somebody gives the guard's role another policy, in IAM's region.
pub fn role_changed(role: &str, place: &Place) -> Value {
    let region = iam_region(&place.partition);
    let mut event = call("iam", "AttachRolePolicy", &place.account, region);
    if let Some(detail) = event.get_mut("detail").and_then(Value::as_object_mut) {
        let policy = format!("arn:{}:iam::aws:policy/AdministratorAccess", place.partition);
        let request = json!({ "roleName": role, "policyArn": policy });
        detail.insert("requestParameters".to_owned(), request);
    }
    event
}

/// The event in EventBridge's envelope, of this account and region.
pub fn event(sample: Sample, place: &Place) -> Value {
    let mut event = call("cognito-idp", sample.call, &place.account, &place.region);
    if let (Some(code), Some(detail)) =
        (sample.error_code, event.get_mut("detail").and_then(Value::as_object_mut))
    {
        detail.insert("errorCode".to_owned(), code.into());
    }
    event
}

fn call(service: &str, name: &str, account: &str, region: &str) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"),
        "account": account,
        "time": "2026-11-23T12:00:00Z",
        "region": region,
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name,
            "eventTime": "2026-11-23T12:00:00Z",
            "awsRegion": region,
            "recipientAccountId": account,
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "eventCategory": "Management",
        },
    })
}
