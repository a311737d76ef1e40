//! What one account and region has for itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::action::{Action, Denial};
use crate::cognito::Cognito;
use crate::fault::Faults;
use crate::logs::Logs;
use crate::quota::Quotas;
use crate::ssm::Ssm;
use crate::stacks::Stacks;
use cognito_domain_guard::place::Place;

/// A place, and what lies in wait there.
#[derive(Debug)]
pub(super) struct PlaceState {
    pub(super) cognito: Cognito,
    pub(super) ssm: Ssm,
    pub(super) stacks: Stacks,
    pub(super) logs: Logs,
    pub(super) faults: Faults,
    /// The calls that nobody is allowed to make over the wire, and why.
    pub(super) denied: BTreeMap<Action, Denial>,
    /// Whether a service control policy denies the region to the account.
    pub(super) is_denied: bool,
    pub(super) quotas: Quotas,
    /// Events that nobody has taken yet.
    pub(super) outbox: Vec<Value>,
}

impl PlaceState {
    pub(super) fn new(place: Place) -> Self {
        Self {
            cognito: Cognito::new(place),
            ssm: Ssm::default(),
            stacks: Stacks::new(),
            logs: Logs::default(),
            faults: Faults::default(),
            denied: BTreeMap::new(),
            is_denied: false,
            quotas: Quotas::default(),
            outbox: Vec::new(),
        }
    }
}
