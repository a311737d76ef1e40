//! Sessions of other roles, made with the credentials and the endpoint that the AWS CLI would use.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::sts::{ASSUME_ROLE, no_credentials};

/// The shortest that STS gives.
const SECONDS: i32 = 900;

/// STS of one region. The SDK's client, which takes fresh credentials where those of a profile end.
#[derive(Clone, Debug)]
pub struct Sts(Client);

impl Sts {
    /// STS with that configuration.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The credentials of a session of that role, for a quarter of an hour.
    ///
    /// # Errors
    ///
    /// The call that failed, or an answer without credentials.
    pub async fn assume_role(
        &self,
        role_arn: &str,
        session_name: &str,
    ) -> Result<Credentials, CallError> {
        let answer = self
            .0
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(session_name)
            .duration_seconds(SECONDS)
            .send()
            .await
            .map_err(|error| call_error(ASSUME_ROLE, error))?;
        let given = answer.credentials.ok_or_else(no_credentials)?;
        let ends = SystemTime::try_from(given.expiration).map_err(|_| no_credentials())?;
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            Some(ends),
            "member role",
        ))
    }
}
