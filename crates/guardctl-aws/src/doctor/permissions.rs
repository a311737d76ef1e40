//! What the guard's role must be allowed. docs/permissions.md says why; a test holds the two together.

use cognito_domain_guard::place::Place;

/// What a deployment has that permissions are about.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    pub topic: Option<String>,
    pub recheck: Option<String>,
    pub dead_letters: Option<String>,
    pub log_groups: Vec<String>,
    /// Whether invocations are traced by X-Ray.
    pub traces: bool,
    /// The path of the overrides.
    pub overrides: Option<String>,
}

/// Actions on one resource, so that one question to the simulator serves several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// As a policy names it.
    pub resource: String,
    /// One that the policy is about: a question to the simulator has no wildcard.
    pub example: String,
    pub actions: Vec<&'static str>,
}

fn on(resource: &str, actions: &[&'static str]) -> Needed {
    let resource = resource.to_owned();
    Needed { example: resource.clone(), resource, actions: actions.to_vec() }
}

/// Everything that the role needs.
pub fn needed(place: &Place, holdings: &Holdings) -> Vec<Needed> {
    let Place { partition, account, region } = place;
    let Holdings { topic, recheck, dead_letters, log_groups, traces, overrides } = holdings;
    let pools = format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/");
    let mut needed = vec![
        on(
            "*",
            &[
                "cognito-idp:DescribeUserPoolDomain",
                "cognito-idp:ListUserPools",
                "cloudfront:updateDistribution",
            ],
        ),
        Needed {
            resource: format!("{pools}*"),
            example: format!("{pools}{region}_Example12"),
            actions: vec!["cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPoolDomain"],
        },
    ];
    if *traces {
        needed.push(on("*", &["xray:PutTraceSegments", "xray:PutTelemetryRecords"]));
    }
    if let Some(path) = overrides {
        let parameter = format!("arn:{partition}:ssm:{region}:{account}:parameter{path}");
        needed.push(on(&parameter, &["ssm:GetParametersByPath"]));
    }
    if let Some(topic) = topic {
        needed.push(on(topic, &["sns:Publish"]));
    }
    if let Some(recheck) = recheck {
        needed.push(on(
            recheck,
            &[
                "sqs:SendMessage",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            ],
        ));
    }
    if let Some(dead_letters) = dead_letters {
        needed.push(on(dead_letters, &["sqs:SendMessage"]));
    }
    for group in log_groups {
        let group = format!("arn:{partition}:logs:{region}:{account}:log-group:{group}");
        needed.push(Needed {
            resource: format!("{group}:*"),
            example: format!("{group}:log-stream:2026/11/23/[$LATEST]0"),
            actions: vec!["logs:CreateLogStream", "logs:PutLogEvents"],
        });
    }
    needed
}
