//! What was asked of Cognito, and what it answered. Plain values.

use std::fmt;
use std::time::Duration;

/// One thing that no document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// An update without `CustomDomainConfig.SecurityPolicy`.
    OmittedSecurityPolicy,
    /// An update without `ManagedLoginVersion`.
    OmittedManagedLogin,
    /// An update without `Routing`, of a domain that has a failover.
    OmittedRouting,
    /// An update of a custom domain without `CustomDomainConfig`.
    OmittedCustomDomainConfig,
    /// An update while the status is `UPDATING`.
    BusyUpdating,
    /// An update while the status is `CREATING`.
    BusyCreating,
    /// `Routing: {}` on a domain that has a failover.
    EmptyRouting,
    /// A custom domain from before June 2026.
    OldPolicy,
    /// What is described between an accepted update and `ACTIVE`.
    Describe,
    /// The security policy of a new custom domain that names none.
    NewPolicy,
    /// The managed login version of a new domain that names none.
    NewManagedLogin,
    /// `TLS_V1` together with managed login.
    TlsV1WithManagedLogin,
    /// A domain of another account.
    Elsewhere,
    /// Whether an update of a custom domain needs `cloudfront:updateDistribution`.
    UpdateDistribution,
    /// From a creation to `ACTIVE`.
    DurationCreating,
    /// From an update to `ACTIVE`.
    DurationUpdating,
    /// The same where the certificate changes.
    DurationCertificate,
}

impl Question {
    pub const ALL: [Self; 17] = [
        Self::OmittedSecurityPolicy,
        Self::OmittedManagedLogin,
        Self::OmittedRouting,
        Self::OmittedCustomDomainConfig,
        Self::BusyUpdating,
        Self::BusyCreating,
        Self::EmptyRouting,
        Self::OldPolicy,
        Self::Describe,
        Self::NewPolicy,
        Self::NewManagedLogin,
        Self::TlsV1WithManagedLogin,
        Self::Elsewhere,
        Self::UpdateDistribution,
        Self::DurationCreating,
        Self::DurationUpdating,
        Self::DurationCertificate,
    ];

    /// Its name in the file and on the terminal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OmittedSecurityPolicy => "omitted.security_policy",
            Self::OmittedManagedLogin => "omitted.managed_login_version",
            Self::OmittedRouting => "omitted.routing",
            Self::OmittedCustomDomainConfig => "omitted.custom_domain_config",
            Self::BusyUpdating => "busy.updating",
            Self::BusyCreating => "busy.creating",
            Self::EmptyRouting => "empty-routing",
            Self::OldPolicy => "old-policy",
            Self::Describe => "describe",
            Self::NewPolicy => "new.security_policy",
            Self::NewManagedLogin => "new.managed_login_version",
            Self::TlsV1WithManagedLogin => "tls-v1-with-managed-login",
            Self::Elsewhere => "elsewhere",
            Self::UpdateDistribution => "cloudfront:updateDistribution",
            Self::DurationCreating => "duration.creating",
            Self::DurationUpdating => "duration.updating",
            Self::DurationCertificate => "duration.certificate",
        }
    }
}

/// On which kind of domain it was asked. Nothing says that both kinds behave alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Custom,
    Prefix,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::Prefix => "prefix",
        }
    }
}

/// An answer that the guard was tried with, or a plain value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    /// What is left out stays as it was.
    Kept,
    /// What is left out becomes what it is on a new domain.
    Reset,
    /// An update of a busy domain is accepted and takes effect.
    Accepted,
    /// It is refused with `ConcurrentModificationException`.
    Conflict,
    /// It is refused with `InvalidParameterException`.
    Invalid,
    /// `Routing: {}` takes the failover away.
    Removes,
    /// It changes nothing.
    Keeps,
    /// The accepted values are described at once.
    Fresh,
    /// The old values are described for so long.
    Lags(Duration),
    /// A domain of another account is described, with its account.
    Described,
    /// It is not.
    Hidden,
    /// The permission is needed, on what the refusal names. `is_own` if that may be a distribution of the own
    /// account.
    Needed { resource: String, is_own: bool },
    /// The update was accepted without it.
    NotNeeded,
    /// A request that should be refused is.
    Refused(Refusal),
    /// What is described, in Cognito's own words; `absent` where nothing is.
    Value(String),
    /// How long it took, to the interval at which it was looked at.
    Took(Duration),
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => f.write_str("kept"),
            Self::Reset => f.write_str("reset"),
            Self::Accepted => f.write_str("accepted"),
            Self::Conflict => f.write_str("conflict"),
            Self::Invalid => f.write_str("invalid"),
            Self::Removes => f.write_str("removes"),
            Self::Keeps => f.write_str("keeps"),
            Self::Fresh => f.write_str("fresh"),
            Self::Lags(_) => f.write_str("lags"),
            Self::Described => f.write_str("described"),
            Self::Hidden => f.write_str("hidden"),
            Self::Needed { resource, is_own: _ } => write!(f, "needed on {resource}"),
            Self::NotNeeded => f.write_str("not needed"),
            Self::Refused(Refusal { code, message: _ }) => write!(f, "refused with {code}"),
            Self::Value(value) => f.write_str(value),
            Self::Took(time) => f.write_str(&long(*time)),
        }
    }
}

/// What Cognito refused with, word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

impl Refusal {
    /// Whether a permission is missing: to ask again is of no use.
    pub fn is_denial(&self) -> bool {
        self.code.starts_with("AccessDenied")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message } = self;
        write!(f, "{code}: {message}")
    }
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Measured(Measured),
    /// An answer that is none of those that the guard was tried with. Says which.
    Unexpected(String),
    /// It cannot be measured with what this run has. Says what is missing.
    NotMeasurable(String),
    /// It could be, and was not: the run ended before, or no answer came. Says why.
    NotMeasured(String),
}

/// A question, on which kind of domain, what came of it, and what that is judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub question: Question,
    pub kind: Kind,
    pub outcome: Outcome,
    pub evidence: Vec<String>,
}

impl Finding {
    pub fn new(question: Question, kind: Kind, outcome: Outcome) -> Self {
        Self { question, kind, outcome, evidence: Vec::new() }
    }

    /// The same with what it is judged by.
    #[must_use]
    pub fn with(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    pub const fn measured(&self) -> Option<&Measured> {
        match &self.outcome {
            Outcome::Measured(measured) => Some(measured),
            Outcome::Unexpected(_) | Outcome::NotMeasurable(_) | Outcome::NotMeasured(_) => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { question, kind, outcome, evidence: _ } = self;
        write!(f, "{} ({}): ", question.as_str(), kind.as_str())?;
        match outcome {
            Outcome::Measured(measured) => write!(f, "{measured}"),
            Outcome::Unexpected(what) => write!(f, "UNEXPECTED: {what}"),
            Outcome::NotMeasurable(why) => write!(f, "not measurable here: {why}"),
            Outcome::NotMeasured(why) => write!(f, "not measured: {why}"),
        }
    }
}

/// `42 s`, `5 min 10 s`, `1 h 2 min`.
pub fn long(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
