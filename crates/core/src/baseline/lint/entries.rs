//! Warnings about what `defaults` and `domains` declare.

use super::{lint, listed};
use crate::baseline::model::{Declarations, Said, Setting};
use crate::baseline::{Baseline, Entry, Mode, PolicyRule, Position, Problem};
use crate::domain::{Attribute, SecurityPolicy};

pub(super) fn lints(baseline: &Baseline) -> Vec<Problem> {
    let mut lints = Vec::new();
    lints.extend(policy("defaults", &baseline.defaults.security_policy));
    for (nth, entry) in baseline.entries.iter().enumerate() {
        let path = format!("domains[{nth}]");
        lints.extend(of_a_prefix_domain(&path, entry));
        lints.extend(policy(&path, &entry.declarations.security_policy));
        lints.extend(takes_everything_out(&path, entry, baseline));
        lints.extend(declares_nothing(&path, entry, baseline));
    }
    lints
}

/// Attributes that only a custom domain has.
fn of_a_prefix_domain(path: &str, entry: &Entry) -> Vec<Problem> {
    if !entry.pattern.is_exact() || entry.pattern.as_str().contains('.') {
        return Vec::new();
    }
    let Declarations { security_policy, routing, managed_login_version: _, certificate_arn } =
        &entry.declarations;
    [
        (Attribute::SecurityPolicy, declared_at(security_policy)),
        (Attribute::Routing, declared_at(routing)),
        (Attribute::CertificateArn, declared_at(certificate_arn)),
    ]
    .into_iter()
    .filter_map(|(attribute, position)| {
        Some(lint(
            position?,
            attribute.as_str().len(),
            format!("{path}.{attribute}"),
            "a name without a dot is a prefix domain, on which this means nothing",
            "remove it, or write the custom domain's full name",
        ))
    })
    .collect()
}

/// `exactly` is the one way in which the guard can lower a policy, and a floor at the weakest one never
/// raises any.
fn policy(path: &str, setting: &Setting<PolicyRule>) -> Option<Problem> {
    let Setting::Declared(declared) = setting else {
        return None;
    };
    let (message, fix) = match declared.value {
        PolicyRule::Exactly(policy) if SecurityPolicy::ALL.last() != Some(&policy) => (
            format!("a policy stronger than {policy} is put back down to it"),
            format!("write {{ at_least: {policy} }} if that is not meant"),
        ),
        PolicyRule::AtLeast(floor) if SecurityPolicy::ALL.first() == Some(&floor) => (
            format!("every policy is at least {floor}, so nothing is ever put back"),
            "write a stronger floor, such as { at_least: TLS_V1_2_2021 }, or `unmanaged`"
                .to_owned(),
        ),
        PolicyRule::Exactly(_) | PolicyRule::AtLeast(_) => return None,
    };
    let path = format!("{path}.security_policy");
    Some(lint(declared.position, Attribute::SecurityPolicy.as_str().len(), path, message, fix))
}

/// A catch-all that opts out of the defaults, or audits where the file enforces: no domain is left for
/// what stands at the top of the file.
fn takes_everything_out(path: &str, entry: &Entry, baseline: &Baseline) -> Vec<Problem> {
    if !entry.is_catch_all() {
        return Vec::new();
    }
    let mut lints = Vec::new();
    let at = |path: String, message: String, fix: &str| lint(entry.position, 1, path, message, fix);
    let own = entry.declarations.said();
    let lost: Vec<&str> = own
        .iter()
        .zip(baseline.defaults.said())
        .filter(|((_, own), (_, default))| *own == Said::Unmanaged && *default == Said::Declared)
        .map(|((attribute, _), _)| attribute.as_str())
        .collect();
    if !lost.is_empty() {
        lints.push(at(
            path.to_owned(),
            format!(
                "{} matches nearly every domain, so the default for {} is for hardly any",
                entry.pattern,
                listed(&lost)
            ),
            "name the domains that are to be left unmanaged, or remove the default",
        ));
    } else if baseline.laid_over(Some(entry)).declares_nothing() {
        lints.push(at(
            path.to_owned(),
            format!(
                "{} matches nearly every domain and declares nothing, so what no entry above names \
                 is not kept",
                entry.pattern
            ),
            "declare an attribute for them here or in `defaults`, or remove the entry",
        ));
    }
    if entry.mode == Some(Mode::Audit)
        && baseline.mode == Mode::Enforce
        && !baseline.laid_over(Some(entry)).declares_nothing()
    {
        lints.push(at(
            format!("{path}.mode"),
            format!(
                "{} matches nearly every domain, so audit mode here puts nothing back but what \
                 entries above enforce",
                entry.pattern
            ),
            "if that is meant, write `mode: audit` at the top of the file and `mode: enforce` in the \
             entries to enforce",
        ));
    }
    lints
}

/// An entry without a declaration, of its own or from the defaults. One that says `unmanaged` means it.
fn declares_nothing(path: &str, entry: &Entry, baseline: &Baseline) -> Option<Problem> {
    let is_empty = !entry.is_catch_all()
        && !entry.declarations.opts_out()
        && baseline.laid_over(Some(entry)).declares_nothing();
    is_empty.then(|| {
        lint(
            entry.position,
            1,
            path.to_owned(),
            format!("nothing is declared for {}, so nothing of it is kept", entry.pattern),
            "declare an attribute, or write one as `unmanaged` if that is meant",
        )
    })
}

fn declared_at<T>(setting: &Setting<T>) -> Option<Position> {
    match setting {
        Setting::Declared(declared) => Some(declared.position),
        Setting::Undeclared | Setting::Unmanaged => None,
    }
}
