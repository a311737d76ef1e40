//! The adapter to STS, which gives a hub its sessions in the accounts of members.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use time::OffsetDateTime;

use crate::call::{CallError, Failure};
use crate::sdk::call_error;

/// The IAM action of [`Sts::assume_role`].
pub const ASSUME_ROLE: &str = "sts:AssumeRole";
/// The shortest that STS gives. A session is of use for one place, and for a few events.
const SECONDS: i32 = 900;

/// STS of the guard's own region. Its sessions are good in every region.
#[derive(Clone, Debug)]
pub struct Sts {
    client: Client,
}

/// Credentials of a session, and when they end.
#[derive(Clone, Debug)]
pub struct SessionCredentials {
    /// What calls are signed with.
    pub credentials: Credentials,
    /// The first moment at which they are refused.
    pub ends: OffsetDateTime,
}

impl Sts {
    /// STS behind this client.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    /// A session of that role for a quarter of an hour.
    pub async fn assume_role(
        &self,
        role_arn: &str,
        session_name: &str,
    ) -> Result<SessionCredentials, CallError> {
        let answer = self
            .client
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(session_name)
            .duration_seconds(SECONDS)
            .send()
            .await
            .map_err(|error| call_error(ASSUME_ROLE, error))?;
        let given = answer.credentials.ok_or_else(no_credentials)?;
        let ends = SystemTime::try_from(given.expiration).map_err(|_| no_credentials())?;
        let credentials = Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            Some(ends),
            "member role",
        );
        Ok(SessionCredentials { credentials, ends: ends.into() })
    }
}

fn no_credentials() -> CallError {
    CallError {
        failure: Failure::Unavailable,
        action: ASSUME_ROLE,
        code: None,
        message: "STS answered without credentials".to_owned(),
    }
}
