//! Recorded calls, applied again.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::action::{Action, ApiError};
use crate::caller::Caller;
use crate::state::Request;
use crate::trail::pascal_case;
use crate::world::World;

/// Why a record could not be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// It is no create, update or delete of a user pool domain, but this.
    NotADomainWrite(String),
    /// The call failed when it was made, with this code, so there is nothing to apply.
    FailedThen(String),
    /// The record does not say what was asked for.
    NoParameters,
    /// The call fails in this world.
    Refused(ApiError),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADomainWrite(name) => write!(f, "{name} does not write a user pool domain"),
            Self::FailedThen(code) => write!(f, "the recorded call failed with {code}"),
            Self::NoParameters => f.write_str("the record has no requestParameters"),
            Self::Refused(_) => f.write_str("the sandbox refused the recorded call"),
        }
    }
}

impl Error for ReplayError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(error) => Some(error),
            Self::NotADomainWrite(_) | Self::FailedThen(_) | Self::NoParameters => None,
        }
    }
}

impl World {
    /// Applies the call that a CloudTrail record (the `detail` of an event) tells of, as the recorded
    /// identity, with the recorded `eventID` and user agent.
    ///
    /// Its own record and event have this world's time; everything else that identifies the call is
    /// the record's. Like [`call_as`](Self::call_as) it is out of the reach of faults.
    ///
    /// # Errors
    ///
    /// When the record tells of no such call, of one that failed, or of one that this world refuses.
    pub fn replay_record(&self, detail: &Value) -> Result<Value, ReplayError> {
        let text = |name: &str| detail.get(name).and_then(Value::as_str);
        let name = text("eventName").unwrap_or_default();
        let action = Action::from_name(name)
            .filter(|action| action.is_domain_write())
            .ok_or_else(|| ReplayError::NotADomainWrite(name.to_owned()))?;
        if let Some(code) = text("errorCode").filter(|code| !code.is_empty()) {
            return Err(ReplayError::FailedThen(code.to_owned()));
        }
        let parameters = detail
            .get("requestParameters")
            .filter(|parameters| parameters.is_object())
            .ok_or(ReplayError::NoParameters)?;
        let user_agent = text("userAgent").unwrap_or_default().to_owned();
        let caller = Caller {
            user_identity: detail.get("userIdentity").cloned().unwrap_or_default(),
            source_ip_address: text("sourceIPAddress").unwrap_or_default().to_owned(),
            user_agent: user_agent.clone(),
            from_console: text("sessionCredentialFromConsole") == Some("true"),
        };
        let call = self.apply_in_process(Request {
            action,
            parameters: pascal_case(parameters),
            caller: Arc::new(caller),
            access_key_id: String::new(),
            user_agent,
            event_id: text("eventID").map(str::to_owned),
        });
        call.outcome.clone().map_err(ReplayError::Refused)
    }
}
