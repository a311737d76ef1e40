//! Where a domain is.
//!
//! The rule: a place is of the domain, never of the guard. What a guard in another account does or says
//! about a domain (the call, the link, the account in a notice) is taken from the domain's place.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A partition, an account and a region: what a domain's name alone does not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// Such as `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// Such as `eu-west-1`.
    pub region: String,
}

/// How a hub's role in a member account begins; the region follows, since IAM is global.
pub const MEMBER_ROLE: &str = "cognito-domain-guard-member-";

impl Place {
    /// The ARN of the role with which a hub acts here.
    pub fn member_role_arn(&self) -> String {
        let Self { partition, account, region } = self;
        format!("arn:{partition}:iam::{account}:role/{MEMBER_ROLE}{region}")
    }

    /// The ARN of the Lambda function of that name.
    pub fn function_arn(&self, name: &str) -> String {
        let Self { partition, account, region } = self;
        format!("arn:{partition}:lambda:{region}:{account}:function:{name}")
    }
}

/// As people say it: `111122223333/eu-west-1`. The region implies the partition.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}
