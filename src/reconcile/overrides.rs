//! The overrides, read when they are needed: before drift is answered, and once a sweep.
//!
//! The rule: what was read serves one look, or the finding of one sweep, and is then forgotten. So a pause
//! that was made a moment ago counts at the next look, and nothing outlives its end in a warm process.

use time::{Duration, OffsetDateTime};

use super::Guard;
use crate::baseline::Baseline;
use crate::call::CallError;
use crate::overrides::{Known, Override, Overrides, State};
use crate::parameters::ParameterStore;
use crate::report::{OverrideRecord, SweepRecord};

/// Where the overrides are, and how long one may last.
#[derive(Clone, Debug)]
pub struct OverrideSource {
    /// The parameters.
    pub store: ParameterStore,
    /// How far ahead of its making an override may end.
    pub longest: Duration,
}

/// What a reading gave.
#[derive(Debug)]
pub(super) enum Read {
    /// No path is set: there are none.
    NoPath,
    /// All of them.
    All(Overrides),
    /// The call failed.
    Failed(CallError),
}

impl Read {
    /// What is known by it.
    pub(super) const fn known(&self) -> Known<'_> {
        match self {
            Self::NoPath => Known::NONE,
            Self::All(overrides) => Known::All(overrides),
            Self::Failed(_) => Known::Unreadable,
        }
    }

    /// What a sweep reports: what counts or holds now, and what has ended in the time before.
    pub(super) fn of_interest(&self, now: OffsetDateTime, before: Duration) -> Vec<OverrideRecord> {
        let is_of_interest = |one: &&Override| match one.state(now) {
            State::InForce | State::Holds => true,
            State::Ended | State::Void => one.ends_at() > now - before,
        };
        let read = self.known().read();
        let all = read.into_iter().flat_map(Overrides::iter).filter(is_of_interest);
        all.take(SweepRecord::MOST_NAMED).map(|one| OverrideRecord::of(one, now)).collect()
    }

    /// Why nothing is known.
    pub(super) const fn error(&self) -> Option<&CallError> {
        match self {
            Self::Failed(error) => Some(error),
            Self::NoPath | Self::All(_) => None,
        }
    }
}

/// Whether people should hear now of an override that a sweep reports, rather than once a day: it has ended,
/// or cannot be read.
pub(super) const fn is_news(one: &OverrideRecord) -> bool {
    match one.state {
        State::InForce | State::Void => false,
        State::Ended | State::Holds => true,
    }
}

impl OverrideSource {
    async fn read(&self, baseline: &Baseline) -> Result<Overrides, CallError> {
        let parameters = self.store.read().await?;
        Ok(Overrides::read(&self.store.location().path, parameters, baseline, self.longest))
    }
}

impl Guard {
    /// What a look knows before it has seen drift.
    pub(super) const fn known_at_first(&self) -> Known<'static> {
        match self.overrides {
            Some(_) => Known::NotRead,
            None => Known::NONE,
        }
    }

    /// Reads them afresh.
    pub(super) async fn read_overrides(&self) -> Read {
        let Some(source) = &self.overrides else { return Read::NoPath };
        match source.read(&self.baseline).await {
            Ok(overrides) => Read::All(overrides),
            Err(error) => Read::Failed(error),
        }
    }
}
