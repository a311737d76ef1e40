//! One recorded call on a user pool domain: what a CloudTrail record says of it.
//!
//! No real sample of such a record is published, so every member is optional and a member of the
//! wrong type counts as absent.

use serde_json::Value;
use time::OffsetDateTime;

use super::json::{at, text};
use super::place::place;
use super::requested::{self, Requested};
use super::{Actor, Cause, Identity, Unreadable};
use crate::domain::Attribute;
use crate::place::Place;
use crate::reach::Reach;
use crate::text::clean;
use crate::when;

/// The three calls on a user pool domain, each of which wakes the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainCall {
    /// `CreateUserPoolDomain`
    Create,
    /// `UpdateUserPoolDomain`
    Update,
    /// `DeleteUserPoolDomain`
    Delete,
}

impl DomainCall {
    /// The call of that `eventName`.
    pub fn from_event_name(name: &str) -> Option<Self> {
        match name {
            "CreateUserPoolDomain" => Some(Self::Create),
            "UpdateUserPoolDomain" => Some(Self::Update),
            "DeleteUserPoolDomain" => Some(Self::Delete),
            _ => None,
        }
    }

    /// At which receipt from the queue, which comes once a minute, people hear that nothing is known
    /// of the domain yet: later than Cognito usually takes. A new custom domain takes up to an hour;
    /// an update five minutes, or an hour where it brings another certificate.
    pub const fn still_unknown_at(self) -> u32 {
        match self {
            Self::Create => 75,
            Self::Update | Self::Delete => 15,
        }
    }

    /// The `eventName`.
    pub const fn event_name(self) -> &'static str {
        match self {
            Self::Create => "CreateUserPoolDomain",
            Self::Update => "UpdateUserPoolDomain",
            Self::Delete => "DeleteUserPoolDomain",
        }
    }
}

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// This domain.
    Domain(String),
    /// The domains of this user pool: the record did not name the domain.
    UserPool(String),
}

/// Whose call it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody else's.
    Foreign,
    /// Somebody else's, made with the guard's role.
    Imposter(Imposture),
    /// The guard's own, with the cause that it put into its user agent.
    Guard(Option<Cause>),
}

/// What shows that a call with the guard's role was not the guard's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imposture {
    /// CloudTrail names another function that held the credentials.
    Function,
    /// The guard neither creates nor deletes a domain.
    Call,
    /// It asked for a value of this attribute that the guard would not send: see
    /// [`plan::seen_through`](crate::plan::seen_through).
    Value(Attribute),
}

impl Origin {
    /// Whether somebody else made the call.
    pub const fn is_foreign(&self) -> bool {
        match self {
            Self::Foreign | Self::Imposter(_) => true,
            Self::Guard(_) => false,
        }
    }
}

/// One recorded call.
#[derive(Clone, Debug)]
pub struct Change {
    /// The `eventID`: the identifier of the incident and the key for duplicates.
    pub event_id: String,
    /// Which call.
    pub call: DomainCall,
    /// Where it was made, and so where the domain is.
    pub place: Place,
    /// What to look at.
    pub subject: Subject,
    /// The user pool that the call named.
    pub user_pool_id: Option<String>,
    /// When the call was made, in whole seconds.
    pub time: Option<OffsetDateTime>,
    /// Who made it, and with what.
    pub actor: Actor,
    /// Whether it was the guard.
    pub origin: Origin,
    /// What it asked for.
    pub requested: Requested,
}

/// What a CloudTrail record is to the guard.
pub(super) enum Record {
    Change(Box<Change>),
    Ignored { domain: Option<String>, reason: String },
}

/// Reads a CloudTrail record (`detail` of the EventBridge event).
///
/// The EventBridge event around it, null where there is none, stands in for what the record lacks. An
/// event of a place out of `reach` is not for the guard.
pub(super) fn read_record(
    record: &Value,
    envelope: &Value,
    guard: &Identity,
    reach: &Reach,
) -> Result<Record, Unreadable> {
    let or_else = |pointer: &str, outside: &str| text(record, pointer).or(text(envelope, outside));
    let Some(name) = text(record, "/eventName") else {
        return Err(Unreadable {
            reason: "an event of Cognito without an eventName: look at the user pools of the \
                     account by hand, or wait for the next sweep"
                .to_owned(),
        });
    };
    let source = text(record, "/eventSource").unwrap_or("cognito-idp.amazonaws.com");
    if source != "cognito-idp.amazonaws.com" {
        return Ok(ignored(None, format!("a call of {source:?} is not Cognito's")));
    }
    let Some(call) = DomainCall::from_event_name(name) else {
        return Ok(ignored(None, format!("{name:?} does not change a user pool domain")));
    };
    let parameters = requested::parameters(record);
    let of = |name: &str| requested::text_of(parameters.as_deref()?, name);
    let domain = of("domain").map(|name| name.to_ascii_lowercase());
    if let Some(code) = text(record, "/errorCode") {
        return Ok(ignored(domain, format!("the call failed with {code}, so it changed nothing")));
    }
    let place = match place(record, envelope, reach) {
        Ok(place) => place,
        Err(reason) => return Ok(ignored(domain, reason)),
    };
    let user_pool_id = of("userPoolId");
    let event_id = or_else("/eventID", "/id").unwrap_or("unknown").to_owned();
    let subject = match (domain, &user_pool_id) {
        (Some(domain), _) => Subject::Domain(domain),
        (None, Some(pool)) => Subject::UserPool(pool.clone()),
        (None, None) => {
            return Err(Unreadable {
                reason: format!(
                    "{name} event {event_id} names neither a domain nor a user pool: look at the \
                     user pools of the account by hand, or wait for the next sweep"
                ),
            });
        }
    };
    let origin = origin(call, record, guard, reach, &place);
    Ok(Record::Change(Box::new(Change {
        event_id,
        call,
        place,
        subject,
        user_pool_id,
        time: at(record, "/eventTime").and_then(when::read),
        actor: Actor::read(record),
        origin,
        requested: Requested::read(parameters.as_deref()),
    })))
}

/// The longest reason for which a record is ignored.
const LONGEST_REASON: usize = 1_000;

fn ignored(domain: Option<String>, reason: String) -> Record {
    // Parts of it were chosen by whoever made the event.
    Record::Ignored { domain, reason: clean(&reason, LONGEST_REASON) }
}

/// Whether the guard made the call: by the role that CloudTrail vouches for, and, where CloudTrail
/// says which function held the credentials, by that function. Nothing that a caller can choose
/// (user agent, session name) counts. The guard neither creates nor deletes a domain.
fn origin(
    call: DomainCall,
    record: &Value,
    guard: &Identity,
    reach: &Reach,
    place: &Place,
) -> Origin {
    let role = text(record, "/userIdentity/sessionContext/sessionIssuer/arn");
    let is_ours = if reach.is_of_a_member(place) {
        role == Some(place.member_role_arn().as_str())
    } else {
        role == Some(guard.role_arn.as_str())
    };
    if !is_ours {
        return Origin::Foreign;
    }
    if let Some(function) = text(record, "/userIdentity/inScopeOf/credentialsIssuedTo") {
        let known = guard.function_arns.iter().any(|ours| {
            function == ours
                || function.strip_prefix(ours.as_str()).is_some_and(|q| q.starts_with(':'))
        });
        if !known && !guard.function_arns.is_empty() {
            return Origin::Imposter(Imposture::Function);
        }
    }
    match call {
        DomainCall::Update => {
            Origin::Guard(text(record, "/userAgent").and_then(Cause::from_user_agent))
        }
        DomainCall::Create | DomainCall::Delete => Origin::Imposter(Imposture::Call),
    }
}
