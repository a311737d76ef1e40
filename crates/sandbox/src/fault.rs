//! What can go wrong on the way to a service and back.

use crate::action::{Action, ApiError};

/// What happens to a call that a [`Fault`] strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The service answers with this error and applies nothing. CloudTrail records it.
    Error(ApiError),
    /// It breaks off before it reaches the service. Nothing is applied, and no call is recorded.
    Before(Break),
    /// It is applied, and breaks off before its answer is back.
    After(Break),
}

/// How a call breaks off. The caller cannot tell whether it was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Break {
    /// The connection is reset.
    Reset,
    /// No answer ever comes: the client's own timeouts must fire.
    Timeout,
    /// The caller dies at that point: see [`World::killed`](super::World::killed).
    Kill,
}

/// A fault that lies in wait for calls over the wire.
///
/// Without further words it strikes every call. Faults are tried in the order in which they were
/// injected, and a call meets at most one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The call that it waits for, `None` for any.
    pub action: Option<Action>,
    /// What it does.
    pub kind: FaultKind,
    /// How many calls it lets pass first.
    pub skip: u32,
    /// How many calls it strikes before it is spent, `None` for all.
    pub times: Option<u32>,
}

impl Fault {
    /// A fault of that kind for every call.
    pub const fn new(kind: FaultKind) -> Self {
        Self { action: None, kind, skip: 0, times: None }
    }

    /// An error answer of that status, code and message for every call.
    pub fn error(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Error(ApiError::new(status, code, message)))
    }

    /// Only for this call.
    #[must_use]
    pub fn on(self, action: Action) -> Self {
        Self { action: Some(action), ..self }
    }

    /// Lets that many calls pass first.
    #[must_use]
    pub fn skip(self, calls: u32) -> Self {
        Self { skip: calls, ..self }
    }

    /// Strikes that many calls, and is then spent.
    #[must_use]
    pub fn times(self, calls: u32) -> Self {
        Self { times: Some(calls), ..self }
    }

    /// Strikes one call.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Whether it strikes this call; counts the call either way.
    fn strikes(&mut self, action: Action) -> bool {
        if self.action.is_some_and(|awaited| awaited != action) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.times {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// The faults that lie in wait.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that strikes this call. Spent ones are forgotten.
    pub(super) fn strike(&mut self, action: Action) -> Option<FaultKind> {
        if self.0.is_empty() {
            return None;
        }
        let struck =
            self.0.iter_mut().find_map(|fault| fault.strikes(action).then(|| fault.kind.clone()));
        self.0.retain(|fault| fault.times != Some(0));
        struck
    }
}
