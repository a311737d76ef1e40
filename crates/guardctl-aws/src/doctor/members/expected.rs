//! What member.yaml makes in a place, as documents. A test of `scripts/e2e --organization` holds the deployed
//! template against them: there the doctor finds nothing to fix.

use cognito_domain_guard::place::Place;
use serde_json::{Value, json};

use crate::organization::Hub;

pub const RULE: &str = "cognito-domain-guard-forward";
/// What a member role may have besides, where the stack names keys of user pools.
pub const OF_KEYS: [&str; 3] = ["kms:decrypt", "kms:describekey", "kms:generatedatakey"];

pub fn forward_role(place: &Place) -> String {
    format!("cognito-domain-guard-forward-{}", place.region)
}

pub fn member_role(place: &Place) -> String {
    format!("cognito-domain-guard-member-{}", place.region)
}

pub fn role_arn(Place { partition, account, region: _ }: &Place, role: &str) -> String {
    format!("arn:{partition}:iam::{account}:role/{role}")
}

pub fn bus(hub: &Hub) -> String {
    let Place { partition, account, region } = &hub.place;
    format!("arn:{partition}:events:{region}:{account}:event-bus/cognito-domain-guard-hub")
}

fn document(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub fn forward_trust(place: &Place) -> Value {
    document(json!([{
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
    }]))
}

/// By its name.
pub fn forward_policy(hub: &Hub) -> (&'static str, Value) {
    let sends = json!({
        "Sid": "SendToTheHub", "Effect": "Allow", "Action": "events:PutEvents", "Resource": bus(hub),
    });
    ("forward", document(json!([sends])))
}

pub fn member_trust(hub: &Hub) -> Value {
    let Place { partition, account, region } = &hub.place;
    let role = format!("arn:{partition}:iam::{account}:role/cognito-domain-guard-hub-{region}");
    document(json!([{
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:{partition}:iam::{account}:root")},
        "Action": "sts:AssumeRole",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": role},
            "StringEquals": {"aws:PrincipalOrgID": hub.organization},
        },
    }]))
}

/// By its name.
pub fn member_policy(place: &Place) -> (&'static str, Value) {
    let Place { partition, account, region } = place;
    let statements = json!([
        {
            "Sid": "FindDomains",
            "Effect": "Allow",
            "Action": ["cognito-idp:DescribeUserPoolDomain", "cognito-idp:ListUserPools"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": region}},
        },
        {
            "Sid": "RestoreDomains",
            "Effect": "Allow",
            "Action": ["cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPoolDomain"],
            "Resource": format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/*"),
        },
        {
            "Sid": "LetCognitoUpdateItsDistribution",
            "Effect": "Allow",
            "Action": "cloudfront:updateDistribution",
            "Resource": "*",
        },
    ]);
    ("cognito", document(statements))
}
