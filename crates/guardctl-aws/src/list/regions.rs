//! Where Cognito has user pools, as AWS publishes it: parameters of SSM that every account can read, in any
//! region.
//!
//! Source: "Discovering public parameters", AWS Systems Manager User Guide.

use crate::live::Live;
use crate::overrides::aws::Parameters;
use crate::unread::explain;

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
    let parameters = Parameters::new(&live.config, PATH.to_owned()).all().await;
    let parameters = parameters.map_err(|error| {
        let why = explain("the list of regions", &error);
        format!("{why}\nor {instead}")
    })?;
    let is_region = |name: &str| name.rsplit_once('/').is_some_and(|(path, _)| path == PATH);
    let regions = parameters.into_iter().filter(|one| is_region(&one.name));
    let mut regions: Vec<_> = regions.map(|one| one.value).collect();
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
