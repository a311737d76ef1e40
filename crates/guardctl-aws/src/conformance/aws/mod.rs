//! The adapter to AWS: one call a function. The only folder of this command that names an SDK.
//!
//! Nothing here repeats a call by itself. A creation that Cognito answered with "is being modified" because
//! of an earlier try of the SDK's would be measured as Cognito's answer, so each try is one that the lab
//! knows of. Updates and describes are the guard's own adapter, so that what is measured is what it meets.

mod certificates;
mod distributions;
mod events;
mod guards;
mod pools;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider::config::AppName;
use aws_smithy_types::retry::RetryConfig;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::cognito::Cognito;
use cognito_domain_guard::sdk::call_error;

use crate::doctor::aws::without;
use crate::live::cognito_config;

pub use certificates::{Certificate, Certificates};
pub use distributions::{Distribution, distributions};
pub use events::Events;
pub use guards::Guards;
pub use pools::{NewDomain, PoolSeen, Pools};

/// How long a session of the restricted role lasts: the shortest that STS gives.
const SESSION_SECONDS: i32 = 900;

/// What the run calls.
pub struct Account {
    /// The guard's own adapter.
    pub cognito: Cognito,
    pub pools: Pools,
    pub events: Events,
    config: SdkConfig,
}

impl Account {
    /// `cognito` is the guard's adapter with the same configuration. Calls that make or remove something have
    /// `mark` in their user agent, as the updates have.
    pub fn new(config: &SdkConfig, cognito: Cognito, mark: &str) -> Self {
        Self {
            cognito,
            pools: Pools::new(once(config, mark)),
            events: Events::new(config),
            config: config.clone(),
        }
    }

    /// Cognito as that role calls it.
    pub async fn cognito_as(&self, role_arn: &str) -> Result<Cognito, CallError> {
        const ACTION: &str = "sts:AssumeRole";
        #[expect(clippy::disallowed_types, reason = "assumes one role, once")]
        let sts = aws_sdk_sts::Client::new(&self.config);
        let answer = sts
            .assume_role()
            .role_arn(role_arn)
            .role_session_name("guardctl-conformance")
            .duration_seconds(SESSION_SECONDS)
            .send()
            .await
            .map_err(|error| call_error(ACTION, error))?;
        let given = answer.credentials.ok_or_else(|| without(ACTION, "credentials"))?;
        let credentials = Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            None,
            "restricted role",
        );
        let config = self.config.clone().into_builder();
        let config = config
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(
                credentials,
            ))
            .build();
        Ok(crate::live::cognito(&config))
    }
}

/// Cognito's client that tries each call once, with that application name.
#[expect(clippy::disallowed_types, reason = "makes the client")]
fn once(config: &SdkConfig, mark: &str) -> aws_sdk_cognitoidentityprovider::Client {
    let config = cognito_config(config).retry_config(RetryConfig::disabled());
    let config = match AppName::new(mark.to_owned()) {
        Ok(name) => config.app_name(name),
        Err(_) => config,
    };
    aws_sdk_cognitoidentityprovider::Client::from_conf(config.build())
}
