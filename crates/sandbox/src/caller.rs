//! Who calls: the identity that CloudTrail writes down.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::clock::whole_seconds;

/// Someone who calls AWS, as CloudTrail will name them.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// The record's `userIdentity`.
    pub user_identity: Value,
    /// The record's `sourceIPAddress`: an address, `AWS Internal`, or a service's name.
    pub source_ip_address: String,
    /// The record's `userAgent` for calls [in process](super::World::call_as). A call over the wire
    /// brings its own.
    pub user_agent: String,
    /// Whether the call was clicked together: the record's `sessionCredentialFromConsole`.
    pub from_console: bool,
}

impl Caller {
    /// A caller of that identity, at the command line of an office.
    pub fn new(user_identity: Value) -> Self {
        Self {
            user_identity,
            source_ip_address: "198.51.100.7".to_owned(),
            user_agent: "aws-cli/2.31.0 md/command#cognito-idp.update-user-pool-domain".to_owned(),
            from_console: false,
        }
    }

    /// A Lambda function with its execution role, as its calls look since CloudTrail says whose
    /// credentials they are: session named after the function, `inScopeOf` naming its ARN.
    pub fn lambda(role_arn: &str, function_arn: &str) -> Self {
        let account = account_of(role_arn);
        let role = last_segment(role_arn, '/');
        let function = last_segment(function_arn, ':');
        let mut identity = assumed_role(role_arn, account, role, function);
        if let Some(members) = identity.as_object_mut() {
            members.insert(
                "inScopeOf".to_owned(),
                json!({"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": function_arn}),
            );
        }
        Self { source_ip_address: "203.0.113.20".to_owned(), ..Self::new(identity) }
    }

    /// Someone who came through IAM Identity Center with a permission set, such as
    /// `Caller::sso("111122223333", "PlatformAdmin", "jane@example.com")`.
    pub fn sso(account: &str, permission_set: &str, user: &str) -> Self {
        let role = format!("AWSReservedSSO_{permission_set}_0123456789abcdef");
        let role_arn = format!(
            "arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{role}"
        );
        Self::new(assumed_role(&role_arn, account, &role, user))
    }

    /// An IAM user with an access key.
    pub fn iam_user(account: &str, name: &str) -> Self {
        Self::iam_user_with_key(account, name, "AKIAIOSFODNN7EXAMPLE")
    }

    pub(super) fn iam_user_with_key(account: &str, name: &str, access_key_id: &str) -> Self {
        Self::new(json!({
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": format!("arn:aws:iam::{account}:user/{name}"),
            "accountId": account,
            "accessKeyId": access_key_id,
            "userName": name,
        }))
    }

    /// The root user, in the console. Its `sessionIssuer` is an empty object, as console sessions
    /// have it.
    pub fn root(account: &str) -> Self {
        Self::new(json!({
            "type": "Root",
            "principalId": account,
            "arn": format!("arn:aws:iam::{account}:root"),
            "accountId": account,
            "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
            "sessionContext": {"sessionIssuer": {}, "attributes": {"mfaAuthenticated": "true"}},
        }))
        .in_console()
    }

    /// Somebody who has assumed a role, for whatever it is that has that access key. No `inScopeOf`
    /// says what that is.
    pub fn session(role_arn: &str, name: &str, access_key_id: &str, since: OffsetDateTime) -> Self {
        let role = last_segment(role_arn, '/');
        let mut identity = assumed_role(role_arn, account_of(role_arn), role, name);
        for (pointer, value) in [
            ("/accessKeyId", access_key_id.to_owned()),
            ("/sessionContext/attributes/creationDate", whole_seconds(since)),
        ] {
            if let Some(member) = identity.pointer_mut(pointer) {
                *member = Value::String(value);
            }
        }
        Self { source_ip_address: "203.0.113.20".to_owned(), ..Self::new(identity) }
    }

    /// The same caller with that user agent.
    #[must_use]
    pub fn with_user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: user_agent.into(), ..self }
    }

    /// The same caller, in the console.
    #[must_use]
    pub fn in_console(self) -> Self {
        Self { user_agent: "AWS Internal".to_owned(), from_console: true, ..self }
    }

    /// The ARN of the identity, as access denials name it; empty where the identity has none.
    pub fn arn(&self) -> &str {
        self.text("/arn").unwrap_or_default()
    }

    /// The ARN by which a trust policy names it: of a session the role's, else its own.
    pub fn principal(&self) -> &str {
        self.text("/sessionContext/sessionIssuer/arn").unwrap_or_else(|| self.arn())
    }

    /// The account that its credentials are of.
    pub(super) fn account(&self) -> Option<&str> {
        self.text("/accountId")
    }

    /// Whether it has assumed a role already.
    pub(super) fn is_session(&self) -> bool {
        self.text("/type") == Some("AssumedRole")
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.user_identity.pointer(pointer).and_then(Value::as_str)
    }
}

fn assumed_role(role_arn: &str, account: &str, role: &str, session: &str) -> Value {
    let partition = role_arn.split(':').nth(1).unwrap_or_default();
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROACKCEVSQ6C2EXAMPLE:{session}"),
        "arn": format!("arn:{partition}:sts::{account}:assumed-role/{role}/{session}"),
        "accountId": account,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROACKCEVSQ6C2EXAMPLE",
                "arn": role_arn,
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-07-01T08:00:00Z", "mfaAuthenticated": "false"},
        },
    })
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn last_segment(arn: &str, separator: char) -> &str {
    arn.rsplit(separator).next().unwrap_or_default()
}
