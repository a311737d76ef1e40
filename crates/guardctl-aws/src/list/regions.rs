//! Where Cognito has user pools.
//!
//! Source: the endpoints of "Amazon Cognito endpoints and quotas" in the AWS General Reference, November 2026. A
//! region that is newer than this list is named with `--region`.

/// The regions of a partition in which Cognito has user pools, whether the account has enabled them or not.
pub fn of_partition(partition: &str) -> &'static [&'static str] {
    match partition {
        "aws-us-gov" => &["us-gov-east-1", "us-gov-west-1"],
        "aws-cn" => &["cn-north-1", "cn-northwest-1"],
        _ => &[
            "af-south-1",
            "ap-east-1",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    }
}
