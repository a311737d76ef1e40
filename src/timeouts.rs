//! How long calls to AWS may take.

use std::time::Duration;

/// How long a call may take. The function's own timeout (55 s in template.yaml) is above the sum
/// of what one event can need: describe, overrides, publish, update, publish.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Opening the connection.
    pub connect: Duration,
    /// One attempt.
    pub attempt: Duration,
    /// All attempts and the pauses between them.
    pub operation: Duration,
}

/// For reads and for publishing: they may be repeated at will.
pub const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_millis(1_500),
    attempt: Duration::from_secs(3),
    operation: Duration::from_secs(9),
};

/// For updates: Cognito answers them more slowly, and an unanswered one costs a minute's wait.
pub const UPDATE_TIMEOUTS: Timeouts = Timeouts {
    connect: TIMEOUTS.connect,
    attempt: Duration::from_secs(8),
    operation: Duration::from_secs(12),
};
