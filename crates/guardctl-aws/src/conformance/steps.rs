//! What a run says while it goes on: each step, when, and how long the rest may take.

use std::cell::Cell;
use std::time::Duration;

use cognito_domain_guard::text::harmless;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::finding::long;

/// Where a run stands, for whoever watches.
pub struct Steps {
    print: fn(&str),
    /// The time of day at which it began.
    started: OffsetDateTime,
    began: Instant,
    /// When the parts that are still to come should be done, as they usually are.
    ends: Cell<Instant>,
}

impl Steps {
    /// Steps that are printed with that function.
    pub fn new(print: fn(&str), started: OffsetDateTime) -> Self {
        let now = Instant::now();
        Self { print, started, began: now, ends: Cell::new(now) }
    }

    /// Something begins after which the run usually takes so long.
    pub fn part(&self, name: &str, left: Duration) {
        self.ends.set(Instant::now() + left);
        (self.print)(&format!("\n{name} (about {} left)", long(left)));
    }

    /// A step, with the time since the run began and what is left.
    pub fn say(&self, text: &str) {
        let left = self.ends.get().saturating_duration_since(Instant::now());
        let left = if left.is_zero() { String::new() } else { format!("-{}", minutes(left)) };
        let line = format!("{:>6} {left:>6}  {}", minutes(self.began.elapsed()), harmless(text));
        (self.print)(line.trim_end());
    }

    /// The time of day.
    pub fn now(&self) -> OffsetDateTime {
        self.started + self.began.elapsed()
    }
}

/// `0:05`, `61:40`: minutes and seconds.
fn minutes(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// `20:45 UTC`.
pub fn time_of_day(at: OffsetDateTime) -> String {
    format!("{:02}:{:02} UTC", at.hour(), at.minute())
}
