//! The adapter to AWS: one call a function, from the SDK's types to plain facts. The only folder of
//! the command line that names the SDKs of these services, and it only reads, but for `Functions::answer`.

mod alarms;
mod functions;
mod identity;
mod messages;
mod rules;
mod trails;

use aws_config::SdkConfig;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::place::Place;

use super::facts::iam_region;
use crate::live::in_region;
use crate::overrides::aws::Parameters;

pub use alarms::Alarms;
pub use functions::Functions;
pub use identity::Roles;
pub use messages::{Queues, Topics};
pub use rules::Rules;
pub use trails::Trails;

/// A client for each service.
pub struct Aws {
    pub trails: Trails,
    /// In the region of IAM's events.
    pub iam_trails: Trails,
    pub rules: Rules,
    /// In the region of IAM's events.
    pub iam_rules: Rules,
    pub functions: Functions,
    pub queues: Queues,
    pub topics: Topics,
    pub alarms: Alarms,
    pub roles: Roles,
    config: SdkConfig,
}

impl Aws {
    pub fn new(config: &SdkConfig, place: &Place) -> Self {
        let in_iam_region = in_region(config, iam_region(&place.partition));
        Self {
            trails: Trails::new(config),
            iam_trails: Trails::new(&in_iam_region),
            rules: Rules::new(config),
            iam_rules: Rules::new(&in_iam_region),
            functions: Functions::new(config),
            queues: Queues::new(config),
            topics: Topics::new(config),
            alarms: Alarms::new(config),
            roles: Roles::new(config),
            config: config.clone(),
        }
    }

    /// The parameters of the overrides below a path.
    pub fn overrides(&self, path: &str) -> Parameters {
        Parameters::new(&self.config, path.to_owned())
    }
}

/// The answer came, and lacks what it should have.
pub fn without(action: &'static str, what: &str) -> CallError {
    use cognito_domain_guard::call::Failure;
    CallError {
        failure: Failure::Unavailable,
        action,
        code: None,
        message: format!("the answer has no {what}"),
    }
}

/// Text that AWS may leave out.
fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}
