//! The kinds of notice, and how urgent each is.

use crate::words::words;

words! {
    /// What happened, by its word in the record.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Kind {
        /// Off its baseline; the revert is pending, since Cognito is still working on the domain.
        DriftDetected = "drift_detected",
        /// Still off its baseline, ten or thirty minutes later.
        DriftLasts = "drift_lasts",
        /// Cognito has been busy, or has not answered, for longer than it usually takes, and nothing is
        /// known of the domain yet.
        StateUnknown = "state_unknown",
        /// The guard's update was accepted. Cognito now takes its time to bring it into effect.
        Reverted = "reverted",
        /// At its baseline again, and in effect. Closes the incident.
        Restored = "restored",
        /// Still off its baseline although the guard's update was accepted.
        NotRestored = "not_restored",
        /// Off its baseline, or impossible to look at, and the guard's call was denied or rejected.
        RevertFailed = "revert_failed",
        /// Off its baseline, and the guard must not or cannot put it back.
        Refused = "refused",
        /// Off its baseline, allowed for a while.
        Exempted = "exempted",
        /// Off its baseline, and the mode is audit.
        Audit = "audit",
        /// Somebody changed a domain in a place whose role the guard cannot assume.
        NotCovered = "not_covered",
        /// Off its baseline; the guard is paused, or it is not known whether that is allowed.
        Paused = "paused",
        /// Somebody made or removed an override.
        OverrideChanged = "override_changed",
        /// Somebody created a custom domain.
        DomainCreated = "domain_created",
        /// A domain that the baseline governs is gone.
        DomainDeleted = "domain_deleted",
        /// An exemption ends within three days.
        ExemptionExpiring = "exemption_expiring",
        /// What a sweep found.
        SweepDigest = "sweep_digest",
        /// A sweep found too much off the baseline at once, and puts none of it back.
        SweepHeld = "sweep_held",
        /// Somebody asked for a notice, to see that notices arrive.
        Test = "test",
    }
}

impl Kind {
    /// How urgent it usually is. What it is about can make it less so: see `notice::build`.
    pub const fn severity(self) -> Severity {
        match self {
            Self::DriftLasts
            | Self::NotRestored
            | Self::RevertFailed
            | Self::Refused
            | Self::NotCovered
            | Self::DomainDeleted
            | Self::SweepHeld => Severity::Critical,
            Self::DriftDetected
            | Self::StateUnknown
            | Self::Reverted
            | Self::Audit
            | Self::Paused
            | Self::OverrideChanged
            | Self::ExemptionExpiring => Severity::Warning,
            Self::Restored
            | Self::Exempted
            | Self::DomainCreated
            | Self::SweepDigest
            | Self::Test => Severity::Info,
        }
    }
}

words! {
    /// How urgent a notice is, in the words that incident tools map.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Severity {
        /// For the record.
        Info = "info",
        /// Look at it in working hours.
        Warning = "warning",
        /// Somebody must act now.
        Critical = "critical",
    }
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
