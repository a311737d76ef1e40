//! Virtual time: the only clock of the world.
//!
//! `now` is the configured start, plus what tokio's clock has passed since the world was made, plus
//! what was [advanced](Clock::advance) on purpose. Under a paused tokio clock nothing of it is real:
//! sleeps and timeouts of the code under test move it, and jumps of minutes between two invocations
//! cost nothing and fire no timer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use time::OffsetDateTime;
use tokio::time::Instant;

/// A handle to the world's time, cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: OffsetDateTime,
    created: Instant,
    advanced_nanoseconds: AtomicU64,
}

impl Clock {
    pub(super) fn starting_at(start: OffsetDateTime) -> Self {
        Self(Arc::new(Inner {
            start,
            created: Instant::now(),
            advanced_nanoseconds: AtomicU64::new(0),
        }))
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        let advanced = Duration::from_nanos(self.0.advanced_nanoseconds.load(Ordering::Relaxed));
        self.0.start + self.0.created.elapsed() + advanced
    }

    /// Moves time forward. Five centuries in all are more than it can hold, and nobody's test.
    pub(super) fn advance(&self, by: Duration) {
        let nanoseconds = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.0.advanced_nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        self.now().into()
    }
}

/// `2026-07-01T09:00:00Z`, as CloudTrail and EventBridge write a time.
pub(super) fn whole_seconds(at: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// `2026-07-01T09:00:00.250Z`, as Lambda's destinations write one.
pub(super) fn milliseconds(at: OffsetDateTime) -> String {
    let seconds = whole_seconds(at);
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.millisecond())
}

/// Milliseconds since 1970 as text, as SQS writes a time.
pub(super) fn epoch_milliseconds(at: OffsetDateTime) -> String {
    (at.unix_timestamp_nanos() / 1_000_000).to_string()
}
