//! What the guard's role must be allowed. docs/permissions.md says why; a test holds the two together.

use super::facts::Place;

/// What a deployment has that permissions are about.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    pub topic: Option<String>,
    pub recheck: Option<String>,
    pub dead_letters: Option<String>,
    pub log_groups: Vec<String>,
    /// Whether invocations are traced by X-Ray.
    pub traces: bool,
}

/// Actions with the one resource they are for, so that one question to the simulator serves several.
pub fn needed(place: &Place, holdings: &Holdings) -> Vec<(String, Vec<&'static str>)> {
    let Place { partition, account, region } = place;
    let Holdings { topic, recheck, dead_letters, log_groups, traces } = holdings;
    let mut needed = vec![
        (
            "*".to_owned(),
            vec![
                "cognito-idp:DescribeUserPoolDomain",
                "cognito-idp:ListUserPools",
                "cloudfront:updateDistribution",
            ],
        ),
        (
            format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/*"),
            vec!["cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPoolDomain"],
        ),
    ];
    if *traces {
        let actions = vec!["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
        needed.push(("*".to_owned(), actions));
    }
    if let Some(topic) = topic {
        needed.push((topic.clone(), vec!["sns:Publish"]));
    }
    if let Some(recheck) = recheck {
        needed.push((
            recheck.clone(),
            vec![
                "sqs:SendMessage",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            ],
        ));
    }
    if let Some(dead_letters) = dead_letters {
        needed.push((dead_letters.clone(), vec!["sqs:SendMessage"]));
    }
    for group in log_groups {
        needed.push((
            format!("arn:{partition}:logs:{region}:{account}:log-group:{group}:*"),
            vec!["logs:CreateLogStream", "logs:PutLogEvents"],
        ));
    }
    needed
}
