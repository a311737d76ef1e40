//! Who made a call, and with what: for people to read, never to decide by.

mod name;
mod table;
mod tool;
mod tools;
mod via;

#[cfg(test)]
mod name_tests;
#[cfg(test)]
mod via_tests;

pub use name::UNKNOWN;
pub use via::{SaidBy, Via, ViaKind};

use serde_json::Value;

use super::json::text;

/// The longest text of a record that is taken over. Every user agent and ARN of AWS is shorter.
const LONGEST: usize = 1_024;

/// Who made a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// `userIdentity.type`, such as `AssumedRole`.
    pub kind: Option<String>,
    /// The ARN of the session or user.
    pub arn: Option<String>,
    /// A name that a person would recognise: the IAM user, the SSO user, the role and its session,
    /// `root`, or the AWS service.
    pub name: String,
    /// `sourceIdentity`: the person behind a role session, where a company sets it. Whoever assumes
    /// the role chooses it, so it is for people to read only.
    pub source_identity: Option<String>,
    /// The identifier of the access key that signed the call. It is no secret: it finds the key to
    /// deactivate, or the session's other calls in CloudTrail.
    pub access_key_id: Option<String>,
    /// An IP address, or the AWS service that made the call for somebody.
    pub source_ip: Option<String>,
    /// Whether the user signed in with a second factor, where CloudTrail says. Only of IAM users and
    /// root: of a role session it says nothing about the person behind it.
    pub mfa: Option<bool>,
    /// The AWS service that made the call for the identity, such as `cloudformation.amazonaws.com`.
    pub invoked_by: Option<String>,
    /// Whether the identity is an AWS service's own, so that there is nobody to ask. A call that a
    /// service made for somebody is that somebody's.
    pub is_service: bool,
    /// Whether IAM Identity Center made the role: only it can change what the role may do.
    pub is_sso_user: bool,
    /// The user agent. Whoever calls chooses it.
    user_agent: Option<String>,
    /// Whether CloudTrail says that the credentials are those of a session of the AWS console. They
    /// are CloudShell's too.
    is_console_session: bool,
}

impl Actor {
    /// Reads the actor of a CloudTrail record. Whatever is missing stays empty.
    pub fn read(record: &Value) -> Self {
        let of = |pointer: &str| text(record, pointer).map(bounded);
        Self {
            kind: of("/userIdentity/type"),
            arn: of("/userIdentity/arn"),
            name: name::name(record),
            source_identity: of("/userIdentity/sessionContext/sourceIdentity"),
            access_key_id: of("/userIdentity/accessKeyId"),
            source_ip: of("/sourceIPAddress"),
            mfa: mfa(record),
            invoked_by: of("/userIdentity/invokedBy"),
            is_service: name::is_service(record),
            is_sso_user: name::is_sso_user(record),
            user_agent: of("/userAgent"),
            is_console_session: text(record, "/sessionCredentialFromConsole") == Some("true"),
        }
    }

    /// The name of the role that was assumed.
    fn role(&self) -> Option<&str> {
        name::role_and_session(self.arn.as_deref()?).map(|(role, _)| role)
    }
}

fn bounded(text: &str) -> String {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text).to_owned()
}

fn mfa(record: &Value) -> Option<bool> {
    let is_person = match text(record, "/userIdentity/type") {
        Some("IAMUser") => true,
        // Of a root session that somebody assumed centrally it says as little as of a role.
        Some("Root") => text(record, "/userIdentity/sessionContext/assumedRoot") != Some("true"),
        _ => false,
    };
    text(record, "/userIdentity/sessionContext/attributes/mfaAuthenticated")
        .filter(|_| is_person)
        .map(|mfa| mfa == "true")
}
