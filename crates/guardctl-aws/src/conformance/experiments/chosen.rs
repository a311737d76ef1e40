//! The values that a custom domain is taken to.

use cognito_domain_guard::domain::SecurityPolicy;

/// The values that a run takes a domain to, so that nothing is what a new domain has by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// A policy that allows managed login and that no new domain has.
    pub base: SecurityPolicy,
    /// A policy that allows managed login and is not `base`.
    pub other: SecurityPolicy,
    /// A policy that is neither `base` nor what a new domain has.
    pub first: SecurityPolicy,
    /// The version that a new domain has, and the one that it has not.
    pub usual_login: i32,
    pub base_login: i32,
}

impl Chosen {
    /// By what a new domain has, as it is described.
    pub fn by(new_policy: &str, new_login: &str) -> Self {
        use SecurityPolicy::{TlsV1, TlsV1_2_2021, TlsV1_3_2025};
        let (base, other) = if new_policy == TlsV1_3_2025.as_str() {
            (TlsV1_2_2021, TlsV1_3_2025)
        } else {
            (TlsV1_3_2025, TlsV1_2_2021)
        };
        let first = if new_policy == other.as_str() { TlsV1 } else { other };
        let (usual_login, base_login) = if new_login == "2" { (2, 1) } else { (1, 2) };
        Self { base, other, first, usual_login, base_login }
    }
}
