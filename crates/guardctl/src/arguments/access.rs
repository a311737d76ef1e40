//! Where a guard and its domains are: what many commands ask.

use clap::Args;

/// The baseline that the template ships.
pub const DEPLOYED: &str = "baseline/baseline.yaml";
/// The name that the documentation gives the guard's stack.
pub const STACK: &str = "cognito-domain-guard";

/// Which account and regions.
#[derive(Debug, Args)]
pub struct Access {
    /// AWS region, several if repeated [default: as the AWS CLI]
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// Profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}
