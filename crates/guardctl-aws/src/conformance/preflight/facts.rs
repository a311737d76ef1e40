//! What is there before a run. Plain values.

use cognito_domain_guard::call::CallError;
use cognito_domain_guard::domain::Domain;
use time::OffsetDateTime;

use crate::conformance::aws::{Certificate, Distribution, PoolSeen};

/// A fact, or why it is not known.
pub type Known<T> = Result<T, CallError>;

/// What is there before the run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whether the domain above the custom one has an IPv4 address.
    pub parent: Option<bool>,
    /// What the name of the custom domain leads to already.
    pub name: Option<Resolved>,
    /// Each certificate that was named, by its ARN.
    pub certificates: Vec<(String, Known<Certificate>)>,
    /// CloudFront's distributions of this account.
    pub distributions: Known<Vec<Distribution>>,
    /// What is described of each name that the run would make.
    pub taken: Vec<(String, Known<Option<Domain>>)>,
    /// The custom domains of the region.
    pub custom_domains: Result<usize, String>,
    /// The guards here that would act on one of the names, by the function's name; or of which that is not known.
    pub guards: Known<Vec<(String, Governs)>>,
    /// The calls that the caller may not make, as IAM simulates it.
    pub denied: Known<Vec<String>>,
    pub credentials: Credentials,
    /// Whether CloudTrail can be asked.
    pub events: Known<()>,
    pub output_exists: bool,
    /// The user pool that the custom domain is to be made on, where the run is given one.
    pub kept_pool: Option<(String, Known<Option<PoolSeen>>)>,
    /// The user pools that earlier runs left. What is on them is removed before this run begins.
    pub left: Vec<String>,
}

/// What a name leads to in the DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    Nothing,
    /// To the same as any other name beside it: an entry for `*`.
    Wildcard,
    Something,
}

/// Whether a guard would act on one of the run's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Governs {
    Enforces,
    /// It sends notices, and changes nothing.
    Audits,
    No,
    Unknown,
}

/// How long the credentials last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// An access key without an end.
    Lasting,
    /// The SDK gets new ones from where it got these.
    Renewed,
    /// Until then, and no longer.
    Until(OffsetDateTime),
    /// They end, and do not say when.
    Unknown,
}

/// One check, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub about: &'static str,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Fine(String),
    /// The run would fail or mean nothing. Says why, and what to do.
    Refused(String),
    /// It could not be checked, or is to be known. The person who is asked decides.
    Note(String),
}
