//! Where Cognito has user pools, as AWS publishes it: parameters of SSM that every account can read, in any
//! region.
//!
//! Source: "Discovering public parameters", AWS Systems Manager User Guide.

use cognito_domain_guard::sdk::call_error;

use crate::live::Live;
use crate::unread::explain;

const LIST: &str = "ssm:GetParametersByPath";
/// One parameter for each region, of every partition.
const PATH: &str = "/aws/service/global-infrastructure/services/cognito-idp/regions";
/// How the names of regions begin in each other partition than `aws`.
const PARTITIONS: [(&str, &str); 3] =
    [("aws-us-gov", "us-gov-"), ("aws-cn", "cn-"), ("aws-eusc", "eusc-")];

/// The regions of the partition of `live` in which Cognito has user pools, whether the account has enabled
/// them or not.
///
/// # Errors
///
/// AWS does not say: in words that name `--region` instead.
pub async fn with_user_pools(live: &Live) -> Result<Vec<String>, String> {
    let partition = live.place.partition.as_str();
    let instead = "name them with --region";
    let client = aws_sdk_ssm::Client::new(&live.config);
    let mut pages = client.get_parameters_by_path().path(PATH).into_paginator().send();
    let mut regions = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            let why = explain("the list of regions", &call_error(LIST, error));
            format!("{why}\nor {instead}")
        })?;
        regions.extend(page.parameters().iter().filter_map(|one| one.value().map(str::to_owned)));
    }
    regions.retain(|region| partition_of(region) == partition);
    if regions.is_empty() {
        return Err(format!(
            "AWS publishes no region of the partition {partition} in which Cognito has user pools: {instead}"
        ));
    }
    regions.sort();
    Ok(regions)
}

fn partition_of(region: &str) -> &'static str {
    let named = PARTITIONS.into_iter().find(|(_, begin)| region.starts_with(begin));
    named.map_or("aws", |(partition, _)| partition)
}

#[cfg(test)]
mod tests {
    use super::partition_of;

    #[test]
    fn a_region_is_of_the_partition_that_its_name_begins_with() {
        for (region, partition) in [
            ("eu-central-1", "aws"),
            ("us-east-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition_of(region), partition, "{region}");
        }
    }
}
