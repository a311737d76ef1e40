//! What a run says while it goes on: each step, when, and how long the rest may take.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::time::Duration;

use cognito_domain_guard::text::harmless;
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::time::Instant;

use super::finding::long;

/// Where a run stands, for whoever watches.
pub struct Steps {
    print: fn(&str) -> io::Result<()>,
    /// Whether somebody still reads what is printed.
    is_read: watch::Sender<bool>,
    /// The time of day at which it began.
    started: OffsetDateTime,
    began: Instant,
    /// When the parts that are still to come should be done, as they usually are.
    ends: Cell<Instant>,
}

impl Steps {
    /// Steps that are printed with that function.
    pub fn new(print: fn(&str) -> io::Result<()>, started: OffsetDateTime) -> Self {
        let now = Instant::now();
        let is_read = watch::Sender::new(true);
        Self { print, is_read, started, began: now, ends: Cell::new(now) }
    }

    /// What the work gives, or nothing once nobody reads the steps any more. The work is then dropped.
    pub async fn while_read<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut seen = self.is_read.subscribe();
        tokio::select! {
            biased;
            Ok(_) = seen.wait_for(|is_read| !is_read) => None,
            done = work => Some(done),
        }
    }

    /// Something begins after which the run usually takes so long.
    pub fn part(&self, name: &str, left: Duration) {
        self.ends.set(Instant::now() + left);
        self.print(&format!("\n{name} (about {} left)", long(left)));
    }

    /// A step, with the time since the run began and what is left.
    pub fn say(&self, text: &str) {
        let left = self.ends.get().saturating_duration_since(Instant::now());
        let left = if left.is_zero() { String::new() } else { format!("-{}", minutes(left)) };
        let line = format!("{:>6} {left:>6}  {}", minutes(self.began.elapsed()), harmless(text));
        self.print(line.trim_end());
    }

    /// A line that cannot be printed for another reason than a reader that went away is no reason to end.
    fn print(&self, line: &str) {
        if (self.print)(line).is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            self.is_read.send_replace(false);
        }
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
