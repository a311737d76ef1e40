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

/// The places of an organization.
#[derive(Clone, Debug, Args)]
pub struct Across {
    /// In every account and region that the hub of an organization guards, through the reader role of each
    ///
    /// Regions are those of --region, else those of the hub's stack; accounts those of --account, else those
    /// that Organizations lists and the hub does not leave alone. Takes cloudformation:DescribeStacks,
    /// organizations:ListAccounts, and sts:AssumeRole on the roles cognito-domain-guard-reader-REGION, whose
    /// stacks must name you (ReaderPrincipalArn of member.yaml).
    #[arg(long)]
    pub organization: bool,
    /// Only this account of the organization, several if repeated
    #[arg(long, value_name = "ID", requires = "organization", value_parser = account_id)]
    pub account: Vec<String>,
    /// Region of the hub [default: as the AWS CLI]
    #[arg(long, value_name = "REGION", requires = "organization")]
    pub hub_region: Option<String>,
}

/// Twelve digits: of anything else no role could be named.
fn account_id(text: &str) -> Result<String, &'static str> {
    let is_one = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_one { Ok(text.to_owned()) } else { Err("an account has twelve digits") }
}
