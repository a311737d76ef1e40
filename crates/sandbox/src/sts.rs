//! STS: who somebody is, and roles that others may take on for a while.
//!
//! `GetCallerIdentity` everybody may call, and it leaves nothing behind here. `AssumeRole` gives a
//! session: an access key that calls in the account of its role, with what that role allows, until it
//! ends.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::action::{Action, ApiError, Denial};
use crate::caller::Caller;
use crate::clock::whole_seconds;
use crate::ids::Ids;

/// Seconds that a session lasts where nobody says how long.
const USUAL_SESSION: u64 = 3_600;
const SHORTEST_SESSION: u64 = 900;
const LONGEST_SESSION: u64 = 12 * 3_600;
/// A role that assumes a role gets no more than this.
const LONGEST_CHAINED_SESSION: u64 = 3_600;

/// A role, as its trust policy and its permissions have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its ARN, which has the account that its sessions call in.
    pub arn: String,
    /// The ARNs of those who may assume it: roles and users.
    pub trusted: Vec<String>,
    /// What it allows.
    pub allowed: Vec<Action>,
    /// The one region in which it allows that (`aws:RequestedRegion`), `None` for all of them.
    pub region: Option<String>,
    /// Whether it allows `cloudfront:updateDistribution`.
    pub updates_distributions: bool,
}

impl Role {
    fn allows(&self, action: Action, region: &str) -> bool {
        let Self { arn: _, trusted: _, allowed, region: only, updates_distributions: _ } = self;
        allowed.contains(&action) && only.as_ref().is_none_or(|only| only == region)
    }
}

/// What somebody got who assumed a role.
#[derive(Debug)]
struct Session {
    caller: Arc<Caller>,
    role_arn: String,
    token: String,
    ends: OffsetDateTime,
}

/// What a request says about whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) access_key_id: &'a str,
    /// The region that it was signed for.
    pub(super) region: Option<&'a str>,
    /// A session's.
    pub(super) token: Option<&'a str>,
}

/// Why a request is not taken for what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unauthenticated {
    /// It has ended.
    Expired,
    /// Its token is another one's, or missing.
    WrongToken,
    /// It was signed for another region than that of the endpoint.
    WrongRegion,
}

/// Every role that is known, and every session that was given.
#[derive(Debug, Default)]
pub(super) struct Sts {
    roles: BTreeMap<String, Role>,
    sessions: HashMap<String, Session>,
}

impl Sts {
    pub(super) fn put_role(&mut self, role: Role) {
        self.roles.insert(role.arn.clone(), role);
    }

    pub(super) fn remove_role(&mut self, arn: &str) {
        self.roles.remove(arn);
    }

    /// Whose session an access key is, `None` for one that is no session of this STS.
    pub(super) fn authenticate(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        now: OffsetDateTime,
    ) -> Option<Result<Arc<Caller>, Unauthenticated>> {
        let session = self.sessions.get(access_key_id)?;
        Some(match token {
            Some(token) if token != session.token => Err(Unauthenticated::WrongToken),
            None => Err(Unauthenticated::WrongToken),
            Some(_) if now >= session.ends => Err(Unauthenticated::Expired),
            Some(_) => Ok(Arc::clone(&session.caller)),
        })
    }

    /// Whether the policies of whoever has that access key allow a call. Those of a session are its
    /// role's, and gone with it; those of anybody else are nobody's business here.
    pub(super) fn allows(&self, access_key_id: &str, action: Action, region: &str) -> bool {
        self.sessions.get(access_key_id).is_none_or(|session| {
            self.roles.get(&session.role_arn).is_some_and(|role| role.allows(action, region))
        })
    }

    /// Whether whoever has that access key may update distributions: everybody but a session of a role
    /// that does not allow it.
    pub(super) fn may_update_distributions(&self, access_key_id: &str) -> bool {
        self.sessions.get(access_key_id).is_none_or(|session| {
            self.roles.get(&session.role_arn).is_some_and(|role| role.updates_distributions)
        })
    }

    pub(super) fn assume_role(
        &mut self,
        caller: &Caller,
        parameters: &Value,
        now: OffsetDateTime,
        ids: &mut Ids,
    ) -> Result<Value, ApiError> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let role_arn = text("RoleArn").unwrap_or_default();
        let name = text("RoleSessionName").unwrap_or_default();
        check_name(name)?;
        let seconds = seconds(parameters, caller.is_session())?;
        if !self
            .roles
            .get(role_arn)
            .is_some_and(|role| role.trusted.iter().any(|trusted| trusted == caller.principal()))
        {
            let action = Action::AssumeRole;
            return Err(ApiError::denied(action, caller.arn(), role_arn, Denial::NotTrusted));
        }
        let ends = now + Duration::from_secs(seconds);
        let id = ids.uuid().replace('-', "").to_uppercase();
        let access_key_id: String = "ASIA".chars().chain(id.chars().take(16)).collect();
        let token = ids.uuid();
        let assumed = Caller::session(role_arn, name, &access_key_id, now);
        let response = json!({
            "Credentials": {
                "AccessKeyId": access_key_id,
                "SecretAccessKey": ids.uuid(),
                "SessionToken": token,
                "Expiration": whole_seconds(ends),
            },
            "AssumedRoleUser": {
                "AssumedRoleId": assumed.user_identity.get("principalId"),
                "Arn": assumed.arn(),
            },
        });
        let caller = Arc::new(assumed);
        let session = Session { caller, role_arn: role_arn.to_owned(), token, ends };
        self.sessions.insert(access_key_id, session);
        Ok(response)
    }
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let is_sound = (2..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    if is_sound {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\w+=,.@-]*"
    )))
}

fn seconds(parameters: &Value, is_chained: bool) -> Result<u64, ApiError> {
    let Some(asked) = parameters.get("DurationSeconds") else {
        return Ok(USUAL_SESSION);
    };
    let asked = asked.as_u64().filter(|asked| (SHORTEST_SESSION..=LONGEST_SESSION).contains(asked));
    match asked {
        None => Err(ApiError::validation(format!(
            "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: \
             Member must have value between {SHORTEST_SESSION} and {LONGEST_SESSION}"
        ))),
        Some(asked) if is_chained && asked > LONGEST_CHAINED_SESSION => Err(ApiError::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining",
        )),
        Some(asked) => Ok(asked),
    }
}

/// The answer to a query request for the caller's identity, `None` if it asks for something else.
pub(super) fn identity(body: &[u8], account: &str, caller_arn: &str) -> Option<String> {
    form_urlencoded::parse(body)
        .any(|(name, value)| name == "Action" && value == "GetCallerIdentity")
        .then(|| {
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <GetCallerIdentityResult><Arn>{caller_arn}</Arn><UserId>AIDAEXAMPLE</UserId>\
                 <Account>{account}</Account></GetCallerIdentityResult>\
                 <ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId>\
                 </ResponseMetadata></GetCallerIdentityResponse>"
            )
        })
}
