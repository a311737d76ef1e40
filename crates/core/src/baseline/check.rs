//! What a baseline must not say although each of its values is right.

use crate::domain::SecurityPolicy;

use super::field::Field;
use super::model::{Declarations, Entry, PolicyRule, Setting};
use super::pattern::DomainPattern;
use super::problem::Problem;
use super::scope::{Cell, Scope};

/// The version of managed login, and the weakest policy that Cognito accepts together with it.
const MANAGED_LOGIN: i32 = 2;
const WEAKEST_WITH_MANAGED_LOGIN: SecurityPolicy = SecurityPolicy::TlsV1_2_2021;

/// Up to how many comparisons of places with scopes it is found out whether several entries hide one.
const MOST_CELLS: usize = 100_000;

/// The problem that `own`, an entry's or the defaults' declarations, adds up to a pair that Cognito
/// refuses: managed login, and a rule that allows none of the policies it takes with it.
///
/// That is `TLS_V1` exactly. A floor always allows the strongest policy as well, and the guard writes
/// only what is missing, never a `TLS_V1` that a floor merely tolerates. Should a domain at
/// `TLS_V1` have to be given managed login, Cognito refuses the update and a notice says so; the
/// baseline is not at fault, since it can be satisfied.
///
/// A pair that both halves inherit is the defaults' problem, and reported there alone. `policy` and
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

/// The problem that the entry for `pattern` never counts: one of `earlier`, all of which match all of it,
/// applies wherever it does, or several do together.
pub(super) fn hidden(
    domain: &Field<'_>,
    pattern: &DomainPattern,
    scope: &Scope,
    earlier: &[&Entry],
) -> Option<Problem> {
    let Some(hiding) = earlier.iter().find(|one| one.scope.covers(scope)) else {
        return hidden_by_several(domain, pattern, scope, earlier);
    };
    let line = hiding.position.line;
    Some(if pattern.folded() == hiding.pattern.folded() {
        let fix = if scope.covers(&hiding.scope) {
            "put both into one entry".to_owned()
        } else {
            format!(
                "move this entry above line {line}, since it applies in fewer places, or remove it"
            )
        };
        domain.problem(
            format!("\"{pattern}\" already has an entry on line {line}, and the first that matches counts"),
            fix,
        )
    } else {
        domain.problem(
            format!(
                "\"{pattern}\" never counts: \"{}\" on line {line} matches all of it, and the first that matches counts",
                hiding.pattern
            ),
            format!("move this entry above line {line}, or remove it"),
        )
    })
}

/// The same where no single entry applies in all its places.
fn hidden_by_several(
    domain: &Field<'_>,
    pattern: &DomainPattern,
    scope: &Scope,
    earlier: &[&Entry],
) -> Option<Problem> {
    let scopes: Vec<&Scope> = earlier.iter().map(|entry| &entry.scope).collect();
    let (first, last) = (earlier.first()?, earlier.last()?);
    let is_left = |cell: Cell<'_>| !scopes.iter().any(|earlier| earlier.has_cell(cell));
    if scope.cells().count() * scopes.len() > MOST_CELLS || scope.cells().any(is_left) {
        return None;
    }
    let (first, last) = (first.position.line, last.position.line);
    Some(domain.problem(
        format!(
            "\"{pattern}\" never counts: entries from line {first} to line {last} match all of it in each place that it lists, and the first that matches counts"
        ),
        format!("move this entry above line {first}, or remove it"),
    ))
}

/// The problem that there are too many patterns before `domain` that it has to be compared with.
pub(super) fn too_many_patterns(domain: &Field<'_>, most: usize) -> Problem {
    domain.problem(
        format!("more than {most} patterns before this one could match the same domains"),
        "use fewer patterns, or patterns that begin or end with different letters; nothing after \
         this entry was read",
    )
}
