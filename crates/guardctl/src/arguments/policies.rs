//! An argument that is a security policy.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use cognito_domain_guard::domain::SecurityPolicy;

/// The names of the policies, which completions know by it.
pub(super) fn policies() -> impl TypedValueParser<Value = SecurityPolicy> {
    PossibleValuesParser::new(SecurityPolicy::WORDS)
        .try_map(|name| SecurityPolicy::from_name(&name).ok_or("not a security policy"))
}
