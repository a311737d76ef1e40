//! The kinds of notice, and how urgent each is.

use serde::Serialize;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Off its baseline; the revert is pending, since Cognito is still working on the domain.
    DriftDetected,
    /// Still off its baseline, ten or thirty minutes later.
    DriftLasts,
    /// Cognito has been busy, or has not answered, for longer than it usually takes, and nothing is
    /// known of the domain yet.
    StateUnknown,
    /// The guard's update was accepted. Cognito now takes its time to bring it into effect.
    Reverted,
    /// At its baseline again, and in effect. Closes the incident.
    Restored,
    /// Still off its baseline although the guard's update was accepted.
    NotRestored,
    /// Off its baseline, or impossible to look at, and the guard's call was denied or rejected.
    RevertFailed,
    /// Off its baseline, and the guard must not or cannot put it back.
    Refused,
    /// Off its baseline, allowed for a while.
    Exempted,
    /// Off its baseline, and the mode is audit.
    Audit,
    /// Somebody created a custom domain.
    DomainCreated,
    /// A domain that the baseline governs is gone.
    DomainDeleted,
    /// An exemption ends within three days.
    ExemptionExpiring,
    /// What a sweep found.
    SweepDigest,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::DriftDetected,
        Self::DriftLasts,
        Self::StateUnknown,
        Self::Reverted,
        Self::Restored,
        Self::NotRestored,
        Self::RevertFailed,
        Self::Refused,
        Self::Exempted,
        Self::Audit,
        Self::DomainCreated,
        Self::DomainDeleted,
        Self::ExemptionExpiring,
        Self::SweepDigest,
    ];

    /// The name in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DriftDetected => "drift_detected",
            Self::DriftLasts => "drift_lasts",
            Self::StateUnknown => "state_unknown",
            Self::Reverted => "reverted",
            Self::Restored => "restored",
            Self::NotRestored => "not_restored",
            Self::RevertFailed => "revert_failed",
            Self::Refused => "refused",
            Self::Exempted => "exempted",
            Self::Audit => "audit",
            Self::DomainCreated => "domain_created",
            Self::DomainDeleted => "domain_deleted",
            Self::ExemptionExpiring => "exemption_expiring",
            Self::SweepDigest => "sweep_digest",
        }
    }

    /// How urgent it usually is. What it is about can make it less so: see `record`.
    pub const fn severity(self) -> Severity {
        match self {
            Self::DriftLasts
            | Self::NotRestored
            | Self::RevertFailed
            | Self::Refused
            | Self::DomainDeleted => Severity::Critical,
            Self::DriftDetected
            | Self::StateUnknown
            | Self::Reverted
            | Self::Audit
            | Self::ExemptionExpiring => Severity::Warning,
            Self::Restored | Self::Exempted | Self::DomainCreated | Self::SweepDigest => {
                Severity::Info
            }
        }
    }
}

/// How urgent a notice is, in the words that incident tools map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Info,
    /// Look at it in working hours.
    Warning,
    /// Somebody must act now.
    Critical,
}

impl Severity {
    /// The word in a subject line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }
}
