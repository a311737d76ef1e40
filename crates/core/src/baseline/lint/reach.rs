//! Warnings about the file as a whole: that it declares nothing, or puts nothing back.

use time::OffsetDateTime;

use super::lint;
use crate::baseline::index::PatternIndex;
use crate::baseline::{Baseline, Entry, Governing, Mode, Position, Problem, Scope};
use crate::domain::Attribute;

/// At most one: each says why all else in the file has no effect.
pub(super) fn lints(baseline: &Baseline, now: OffsetDateTime) -> Option<Problem> {
    let about_the_file =
        |message: &str, fix: &str| Some(lint(Position::START, 1, String::new(), message, fix));
    let mut governed = governed(baseline).peekable();
    if governed.peek().is_none() {
        return about_the_file(
            "nothing is declared for any domain, so there is no drift and nothing is put back",
            "declare an attribute in `defaults` or in an entry of `domains`",
        );
    }
    // A file in audit mode says so itself, and a catch-all in audit mode has a warning of its own.
    let audits_at_once = baseline.mode == Mode::Audit
        || baseline
            .entries
            .iter()
            .any(|entry| entry.mode == Some(Mode::Audit) && entry.is_catch_all());
    let exempt = Exempt::of(baseline, now);
    let (mut all_audited, mut all_exempt) = (true, true);
    for (entry, governing) in governed {
        all_audited &= !baseline.enforces_somewhere(entry);
        all_exempt &= exempt.has_all(entry, &governing);
        if !all_audited && !all_exempt {
            return None;
        }
    }
    if all_exempt {
        return about_the_file(
            "exemptions allow every declared attribute of every domain to drift, so nothing is put \
             back",
            "remove the exemptions that have no reason",
        );
    }
    if audits_at_once {
        return None;
    }
    about_the_file(
        "the mode of the file is enforce, and that of each entry that declares something, or of each account \
         that it lists, is audit, so nothing is put back",
        "if that is meant, write `mode: audit` at the top of the file",
    )
}

/// Every entry that is governed, and the defaults alone where domains are left for them.
fn governed(baseline: &Baseline) -> impl Iterator<Item = (Option<&Entry>, Governing<'_>)> {
    let is_for_all =
        |entry: &Entry| entry.pattern.is_for_every_name() && entry.scope.is_everywhere();
    let is_left = !baseline.entries.iter().any(is_for_all);
    let defaults = is_left.then_some(None);
    baseline
        .entries
        .iter()
        .map(Some)
        .chain(defaults)
        .map(|entry| (entry, baseline.laid_over(entry)))
        .filter(|(_, governing)| !governing.declares_nothing())
}

/// For which patterns each attribute is exempt, and where.
struct Exempt<'a>([OfAttribute<'a>; Attribute::ALL.len()]);

struct OfAttribute<'a> {
    attribute: Attribute,
    patterns: PatternIndex,
    /// Of the same exemptions.
    scopes: Vec<&'a Scope>,
    /// Those of them that hardly a domain is left out of.
    of_catch_alls: Vec<&'a Scope>,
}

impl<'a> Exempt<'a> {
    fn of(baseline: &'a Baseline, now: OffsetDateTime) -> Self {
        Self(Attribute::ALL.map(|attribute| {
            let (mut scopes, mut of_catch_alls) = (Vec::new(), Vec::new());
            let mut patterns = PatternIndex::default();
            for exemption in &baseline.exemptions {
                if now < exemption.until && exemption.attributes.contains(&attribute) {
                    patterns.push(&exemption.pattern);
                    scopes.push(&exemption.scope);
                    of_catch_alls
                        .extend(exemption.pattern.is_catch_all().then_some(&exemption.scope));
                }
            }
            OfAttribute { attribute, patterns, scopes, of_catch_alls }
        }))
    }

    /// Whether all that is declared for the entry, or by the defaults alone, is exempt.
    fn has_all(&self, entry: Option<&Entry>, governing: &Governing<'_>) -> bool {
        let everywhere = Scope::default();
        let scope = entry.map_or(&everywhere, |entry| &entry.scope);
        let covers_pattern = |exempt: &OfAttribute<'_>| {
            let covers_scope = |nth: usize| exempt.scopes.get(nth).is_some_and(|s| s.covers(scope));
            entry.is_some_and(|entry| {
                exempt.patterns.first_covering(entry.pattern.folded(), covers_scope).is_some()
            })
        };
        let Self(exempt) = self;
        governing.written().iter().all(|(declared, _)| {
            exempt.iter().filter(|exempt| exempt.attribute == *declared).any(|exempt| {
                exempt.of_catch_alls.iter().any(|one| one.covers(scope)) || covers_pattern(exempt)
            })
        })
    }
}
