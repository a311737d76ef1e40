//! Where a guard and its domains are: what many commands ask.

use clap::Args;
use cognito_domain_guard::place::{is_region, region_to_write};

/// The baseline that the template ships.
pub const DEPLOYED: &str = "baseline/baseline.yaml";
/// The name that the documentation gives the guard's stack.
pub const STACK: &str = "cognito-domain-guard";

/// A region as a person types it.
pub(super) fn region(written: &str) -> Result<String, String> {
    match is_region(written) {
        true => Ok(written.to_owned()),
        false => Err(format!("it is not an AWS region: {}", region_to_write(written))),
    }
}

/// Which account and regions.
#[derive(Debug, Args)]
pub struct Access {
    /// AWS region, several if repeated [default: as the AWS CLI]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Vec<String>,
    /// Profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}
