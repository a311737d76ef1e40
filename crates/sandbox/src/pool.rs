//! User pools.

/// The feature plan of a user pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// No managed login.
    Lite,
    /// The default of new pools.
    Essentials,
    /// Essentials and threat protection.
    Plus,
}

impl Tier {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Lite => "LITE",
            Self::Essentials => "ESSENTIALS",
            Self::Plus => "PLUS",
        }
    }
}

/// A user pool. Its domains are those that [name it](cognito_domain_guard::domain::Domain::user_pool_id).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Such as `eu-central-1_EXAMPLE01`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its feature plan.
    pub tier: Tier,
}
