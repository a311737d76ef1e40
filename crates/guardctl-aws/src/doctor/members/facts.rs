//! What a place of an organization says, as plain values.

use cognito_domain_guard::place::Place;
use cognito_domain_guard::report::Gap;
use time::OffsetDateTime;

use crate::doctor::facts::{Forwarding, Known, Role, Trail};

/// One account and region.
#[derive(Clone, Debug)]
pub struct Member {
    pub place: Place,
    /// What the reader role saw there, or why it could not be assumed.
    pub seen: Known<Seen>,
    pub swept: Known<Swept>,
}

/// What the last sweep knew of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// No sweep has succeeded yet, or it had more to remember than there was room for.
    Unknown,
    /// Nothing is missing since the last sweep of every place, which began then.
    Covered(OffsetDateTime),
    Gap {
        why: Gap,
        since: OffsetDateTime,
    },
}

/// What is there.
#[derive(Clone, Debug)]
pub struct Seen {
    pub rule: Known<Option<Forwarding>>,
    pub forward_role: Known<Option<Role>>,
    /// Not asked for in the hub's own account, where the guard acts with its own role.
    pub member_role: Known<Option<Role>>,
    pub trails: Known<Vec<Trail>>,
}
