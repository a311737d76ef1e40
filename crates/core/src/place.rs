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
/// How the role begins by which people look at the domains of a member account.
pub const READER_ROLE: &str = "cognito-domain-guard-reader-";
/// The StackSet of docs/organization.md.
const MEMBER_STACK_SET: &str = "cognito-domain-guard-member";

impl Place {
    /// The ARN of the role with which a hub acts here.
    pub fn member_role_arn(&self) -> String {
        let Self { partition, account, region } = self;
        format!("arn:{partition}:iam::{account}:role/{MEMBER_ROLE}{region}")
    }

    /// The ARN of the role by which people look at the domains here.
    pub fn reader_role_arn(&self) -> String {
        let Self { partition, account, region } = self;
        format!("arn:{partition}:iam::{account}:role/{READER_ROLE}{region}")
    }

    /// The command by which the hub's account has the StackSet of docs/organization.md deploy member.yaml here. It
    /// has UNIT where the organizational unit of the account belongs, which the hub does not know.
    pub fn member_deployment(&self, hub_region: Option<&str>) -> String {
        let Self { partition: _, account, region } = self;
        let hub = hub_region.map(|region| format!(" --region {region}")).unwrap_or_default();
        format!(
            "aws cloudformation create-stack-instances{hub} --stack-set-name {MEMBER_STACK_SET} \
             --call-as DELEGATED_ADMIN --deployment-targets \
             OrganizationalUnitIds=UNIT,Accounts={account},AccountFilterType=INTERSECTION --regions {region}"
        )
    }

    /// The command that prints the UNIT of that one.
    pub fn unit_of_account(&self) -> String {
        let Self { partition: _, account, region: _ } = self;
        format!(
            "aws organizations list-parents --child-id {account} --query 'Parents[0].Id' --output text"
        )
    }

    /// The ARN of the Lambda function of that name.
    pub fn function_arn(&self, name: &str) -> String {
        let Self { partition, account, region } = self;
        format!("arn:{partition}:lambda:{region}:{account}:function:{name}")
    }
}

/// Whether a text has the form of a region code: `us-west-2`, `us-gov-east-1`.
///
/// Regions are added every year, so there is no list to hold it against.
pub fn is_region(text: &str) -> bool {
    let Some((area, number)) = text.rsplit_once('-') else {
        return false;
    };
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_lowercase());
    let is_number = !number.starts_with('0') && number.bytes().all(|digit| digit.is_ascii_digit());
    area.contains('-') && area.split('-').all(is_word) && is_number && !number.is_empty()
}

/// How to write the region that a text means which [`is_region`] refuses.
pub fn region_to_write(text: &str) -> String {
    let plain = text.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    // An availability zone has a letter more.
    let zone = plain.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let meant = [plain.as_str(), zone].into_iter().find(|text| is_region(text));
    format!("write {}", meant.unwrap_or("a region by its code, such as eu-central-1"))
}

/// As people say it: `111122223333/eu-west-1`. The region implies the partition.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}
