//! What a baseline must not say although each of its values is right.

use crate::domain::SecurityPolicy;

use super::field::Field;
use super::model::{Declarations, Entry, PolicyRule, Setting};
use super::pattern::DomainPattern;
use super::problem::Problem;

/// The version of managed login, and the weakest policy that Cognito accepts together with it.
const MANAGED_LOGIN: i32 = 2;
const WEAKEST_WITH_MANAGED_LOGIN: SecurityPolicy = SecurityPolicy::TlsV1_2_2021;

/// The problem that `own`, an entry's or the defaults' declarations, adds up to a pair that Cognito
/// refuses: managed login, and a rule that allows none of the policies it takes with it.
///
/// That is `TLS_V1` exactly. A floor always allows the strongest policy as well, and the guard writes
/// only what is missing, never a `TLS_V1` that a floor merely tolerates. Should a domain at
/// `TLS_V1` have to be given managed login, Cognito refuses the update and the guard tells so; the
/// baseline is not at fault, since it can be satisfied.
///
/// A pair that both halves inherit is the defaults' problem, and told there alone. `policy` and
/// `login` are where `own` declares its halves.
pub(super) fn unsatisfiable(
    policy: Option<Field<'_>>,
    login: Option<Field<'_>>,
    own: &Declarations,
    defaults: &Declarations,
) -> Option<Problem> {
    let rule = own.security_policy.or(&defaults.security_policy)?;
    let version = own.managed_login_version.or(&defaults.managed_login_version)?;
    if version.value != MANAGED_LOGIN || allows_managed_login(rule.value) {
        return None;
    }
    let (field, message) = match (&own.security_policy, &own.managed_login_version) {
        (Setting::Declared(_), _) => (
            policy?,
            format!(
                "Cognito does not take {} together with managed_login_version {} (declared on line {})",
                rule.value, version.value, version.position.line
            ),
        ),
        (_, Setting::Declared(_)) => (
            login?,
            format!(
                "Cognito does not take managed_login_version {} together with security_policy {} (declared on line {})",
                version.value, rule.value, rule.position.line
            ),
        ),
        (Setting::Undeclared | Setting::Unmanaged, Setting::Undeclared | Setting::Unmanaged) => {
            return None;
        }
    };
    Some(field.problem(
        message,
        format!(
            "declare `security_policy: {WEAKEST_WITH_MANAGED_LOGIN}` or a stronger one, or `managed_login_version: 1`"
        ),
    ))
}

fn allows_managed_login(rule: PolicyRule) -> bool {
    SecurityPolicy::ALL
        .into_iter()
        .any(|policy| policy >= WEAKEST_WITH_MANAGED_LOGIN && rule.allows(policy))
}

/// The problem that the entry for `pattern` never counts, because `earlier` takes in all of it.
pub(super) fn hidden(domain: &Field<'_>, pattern: &DomainPattern, earlier: &Entry) -> Problem {
    let line = earlier.position.line;
    if pattern.folded() == earlier.pattern.folded() {
        domain.problem(
            format!("\"{pattern}\" already has an entry on line {line}, and the first that matches counts"),
            "put both into one entry",
        )
    } else {
        domain.problem(
            format!(
                "\"{pattern}\" never counts: \"{}\" on line {line} matches all of it, and the first that matches counts",
                earlier.pattern
            ),
            format!("move this entry above line {line}, or remove it"),
        )
    }
}

/// The problem that there are too many patterns before `domain` that it has to be compared with.
pub(super) fn too_many_patterns(domain: &Field<'_>, most: usize) -> Problem {
    domain.problem(
        format!("more than {most} patterns before this one could match the same domains"),
        "use fewer patterns, or patterns that begin or end with different letters; nothing after \
         this entry was read",
    )
}
