//! A call to AWS that failed: what the caller does next, and what a person reads.
//!
//! Made by whoever called, from the code and the message that AWS sent. It is rendered once, at the edge.

use std::error::Error as StdError;
use std::fmt;

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
    /// A permission is missing: tell people which, and leave it.
    Denied,
    /// The request is not acceptable: tell people why, and leave it.
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
