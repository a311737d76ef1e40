//! The adapter to STS, which gives a hub its sessions in the accounts of members.

use std::fmt;
use std::sync::OnceLock;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_xml::decode::{ScopedDecoder, XmlDecodeError, try_data};
use time::OffsetDateTime;

use crate::call::{CallError, Failure};
use crate::query::{self, Members, Query};
use crate::sdk::call_error;
use crate::signed::Connection;
use crate::when;

/// The IAM action of [`Sts::assume_role`].
pub const ASSUME_ROLE: &str = "sts:AssumeRole";
/// The shortest that STS gives. A session is of use for one place, and for a few events.
const SECONDS: &str = "900";

const QUERY: Query = Query { service: "sts", action: "AssumeRole", version: "2011-06-15" };

/// STS of the guard's own region. Its sessions are good in every region.
#[derive(Clone, Debug)]
pub struct Sts {
    region: String,
    connection: Connection,
    operation: OnceLock<Operation<Members, Given, ErrorMetadata>>,
}

/// What the answer says, as far as it says it.
#[derive(Default)]
struct Given {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    expiration: Option<String>,
}

// Nothing of it may get into a log.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given")
    }
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
    /// STS of that region, over a connection to it.
    pub const fn new(region: String, connection: Connection) -> Self {
        Self { region, connection, operation: OnceLock::new() }
    }

    /// A session of that role for a quarter of an hour.
    ///
    /// # Errors
    /// The call that failed, or an answer without all that a session is.
    pub async fn assume_role(
        &self,
        role_arn: &str,
        session_name: &str,
    ) -> Result<SessionCredentials, CallError> {
        let members = vec![
            ("RoleArn".into(), role_arn.to_owned()),
            ("RoleSessionName".into(), session_name.to_owned()),
            ("DurationSeconds".into(), SECONDS.to_owned()),
        ];
        let operation = self
            .operation
            .get_or_init(|| query::operation(QUERY, &self.region, &self.connection, given));
        let answer = operation.invoke(members).await;
        let given = answer.map_err(|error| call_error(ASSUME_ROLE, error))?;
        session(given).ok_or_else(no_credentials)
    }
}

/// A session, if nothing of it is missing.
fn session(given: Given) -> Option<SessionCredentials> {
    let Given { access_key_id, secret_access_key, session_token, expiration } = given;
    let ends = when::from_text(&expiration?)?;
    let credentials = Credentials::new(
        access_key_id?,
        secret_access_key?,
        Some(session_token?),
        Some(SystemTime::from(ends)),
        "member role",
    );
    Some(SessionCredentials { credentials, ends })
}

fn given(mut response: ScopedDecoder<'_, '_>) -> Result<Given, XmlDecodeError> {
    let mut given = Given::default();
    while let Some(mut result) = response.next_tag() {
        if !result.start_el().matches("AssumeRoleResult") {
            continue;
        }
        while let Some(mut credentials) = result.next_tag() {
            if !credentials.start_el().matches("Credentials") {
                continue;
            }
            while let Some(mut member) = credentials.next_tag() {
                let place = match member.start_el().local() {
                    "AccessKeyId" => &mut given.access_key_id,
                    "SecretAccessKey" => &mut given.secret_access_key,
                    "SessionToken" => &mut given.session_token,
                    "Expiration" => &mut given.expiration,
                    _ => continue,
                };
                *place = Some(try_data(&mut member)?.into_owned()).filter(|text| !text.is_empty());
            }
        }
    }
    Ok(given)
}

/// STS answered, and not with all that a session is.
pub fn no_credentials() -> CallError {
    CallError {
        failure: Failure::Unavailable,
        action: ASSUME_ROLE,
        code: None,
        message: "STS answered without credentials".to_owned(),
    }
}
