//! CloudTrail's records of calls that change the guard, in EventBridge's envelope. **Synthetic**: made
//! after AWS's documentation of each service's events and of the record, none was captured.

use serde_json::{Value, json};

use super::resolve::{ACCOUNT, REGION};

/// A call by a person with a role, that succeeded. `source` is the service's part of the event source.
pub(crate) fn record(source: &str, call: &str, request: Value, response: Value) -> Value {
    json!({
        "version": "0",
        "id": "5a2b7c1d-8e9f-4a0b-9c1d-2e3f4a5b6c7d",
        "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{source}"),
        "account": ACCOUNT,
        "time": "2026-11-26T02:51:07Z",
        "region": REGION,
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAEXAMPLEEXAMPLE123:jane.doe@example.com",
                "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/PlatformAdmin/jane.doe@example.com"),
                "accountId": ACCOUNT,
                "accessKeyId": "ASIAEXAMPLEEXAMPLE12",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": "AROAEXAMPLEEXAMPLE123",
                        "arn": format!("arn:aws:iam::{ACCOUNT}:role/PlatformAdmin"),
                        "accountId": ACCOUNT,
                        "userName": "PlatformAdmin",
                    },
                    "attributes": { "creationDate": "2026-11-26T02:40:00Z", "mfaAuthenticated": "false" },
                },
            },
            "eventTime": "2026-11-26T02:51:02Z",
            "eventSource": format!("{source}.amazonaws.com"),
            "eventName": call,
            "awsRegion": REGION,
            "sourceIPAddress": "203.0.113.24",
            "userAgent": "aws-cli/2.31.39 md/awscrt#0.27.6 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.13.7",
            "requestParameters": request,
            "responseElements": response,
            "requestID": "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
            "eventID": "9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a",
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
            "tlsDetails": { "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256" },
        },
    })
}

/// The same call, made by CloudFormation for somebody who changed a stack, whichever.
pub(crate) fn by_cloudformation(mut record: Value) -> Value {
    let service = "cloudformation.amazonaws.com";
    record["detail"]["sourceIPAddress"] = service.into();
    record["detail"]["userAgent"] = service.into();
    record["detail"]["userIdentity"]["invokedBy"] = service.into();
    record
}

/// The same call, refused.
pub(crate) fn denied(mut record: Value) -> Value {
    record["detail"]["errorCode"] = "AccessDenied".into();
    record["detail"]["errorMessage"] = "User is not authorized to perform this".into();
    record["detail"]["responseElements"] = Value::Null;
    record
}

/// The state of a stack, as CloudFormation tells it.
pub(crate) fn stack_status(stack_id: &str, status: &str) -> Value {
    json!({
        "version": "0",
        "id": "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f",
        "detail-type": "CloudFormation Stack Status Change",
        "source": "aws.cloudformation",
        "account": ACCOUNT,
        "time": "2026-11-26T02:51:03Z",
        "region": REGION,
        "resources": [stack_id],
        "detail": {
            "stack-id": stack_id,
            "status-details": { "status": status, "status-reason": "User Initiated" },
            "client-request-token": "Console-DeleteStack-0a1b2c3d",
        },
    })
}
