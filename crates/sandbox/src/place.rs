//! Where something is.

use cognito_domain_guard::place::Place;

/// An account and region, with the partition that the region is in.
pub(super) fn place(account: &str, region: &str) -> Place {
    let partitions = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    let partition = partitions.iter().find(|(prefix, _)| region.starts_with(prefix));
    Place {
        partition: partition.map_or("aws", |(_, partition)| partition).to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
    }
}
