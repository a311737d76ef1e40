//! A call to AWS that failed: what the caller does next, and what a person reads.
//!
//! Made by whoever called, from the code and the message that AWS sent. It is rendered once, at the edge.

use std::error::Error as StdError;
use std::fmt;

use crate::denial::Denial;
use crate::text::harmless;

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Cognito is working on the domain: look again later.
    Busy,
    /// Too many requests, also after the SDK's retries: look again later.
    Throttled,
    /// It is not there.
    Gone,
    /// The guard may not: notify people of what denies it. [`CallError::denial`] says more.
    Denied,
    /// The request is not acceptable: notify people of why, and leave it.
    Rejected,
    /// No answer, or a fault on AWS's side. Whether a write was applied is not known.
    Unavailable,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// What to do about it.
    pub failure: Failure,
    /// The IAM name of the call, such as `cognito-idp:UpdateUserPoolDomain`.
    pub action: &'static str,
    /// The error code, where AWS sent one.
    pub code: Option<String>,
    /// AWS's message, or what happened on the way.
    pub message: String,
}

impl CallError {
    /// Why AWS denied it. `None` where it failed otherwise.
    pub fn denial(&self) -> Option<Denial> {
        match self.failure {
            Failure::Denied => Some(Denial::read(&self.message)),
            Failure::Busy
            | Failure::Throttled
            | Failure::Gone
            | Failure::Rejected
            | Failure::Unavailable => None,
        }
    }

    /// The name of the role that was denied, as AWS's message names it.
    pub fn denied_role(&self) -> Option<&str> {
        let (_, session) = self.message.split_once(":assumed-role/")?;
        session.split('/').next().filter(|role| !role.is_empty())
    }

    /// The action that was denied, as AWS's message names it: updating a custom domain takes
    /// `cloudfront:UpdateDistribution`, too. Without one, the call itself.
    pub fn denied_action(&self) -> &str {
        let named = self.message.split_once("not authorized to perform: ").map(|(_, rest)| rest);
        let action = named.and_then(|rest| rest.split_whitespace().next());
        let is_of_one = |c: char| c.is_ascii_alphanumeric() || c == '-';
        action
            .filter(|action| action.len() <= 128)
            .filter(|action| {
                let parts = action.split_once(':');
                parts.is_some_and(|(service, name)| {
                    [service, name]
                        .iter()
                        .all(|part| !part.is_empty() && part.chars().all(is_of_one))
                })
            })
            .unwrap_or(self.action)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.action)?;
        if let Some(code) = &self.code {
            write!(f, " with {}", harmless(code))?;
        }
        write!(f, ": {}", harmless(&self.message))
    }
}

impl StdError for CallError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(message: &str) -> CallError {
        CallError {
            failure: Failure::Denied,
            action: "cognito-idp:UpdateUserPoolDomain",
            code: Some("AccessDeniedException".to_owned()),
            message: message.to_owned(),
        }
    }

    #[test]
    fn the_denied_action_is_the_one_that_the_message_names() {
        for (message, action) in [
            (
                "User: x is not authorized to perform: cloudfront:updateDistribution on resource: y",
                "cloudfront:updateDistribution",
            ),
            ("not authorized to perform: kms:Decrypt", "kms:Decrypt"),
            ("not authorized to perform: rm -rf", "cognito-idp:UpdateUserPoolDomain"),
            ("not authorized to perform: a:$(b)", "cognito-idp:UpdateUserPoolDomain"),
            ("Access denied", "cognito-idp:UpdateUserPoolDomain"),
        ] {
            assert_eq!(denied(message).denied_action(), action, "{message}");
        }
    }

    #[test]
    fn the_denied_role_is_the_one_of_the_session_that_the_message_names() {
        let of = "User: arn:aws:sts::111122223333:assumed-role/guard/session is not authorized";
        assert_eq!(denied(of).denied_role(), Some("guard"));
        assert_eq!(denied("User: arn:aws:iam::111122223333:user/x is not").denied_role(), None);
    }

    #[test]
    fn only_a_denied_call_has_a_denial() {
        let denied = denied("with an explicit deny in a service control policy");
        assert!(denied.denial().is_some());
        assert_eq!(CallError { failure: Failure::Rejected, ..denied }.denial(), None);
    }
}
