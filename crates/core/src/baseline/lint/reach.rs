//! Warnings about the file as a whole: that it declares nothing, or puts nothing back.

use time::OffsetDateTime;

use super::lint;
use crate::baseline::index::PatternIndex;
use crate::baseline::{Baseline, Entry, Governing, Mode, Position, Problem};
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
            .any(|entry| entry.mode == Some(Mode::Audit) && entry.pattern.is_catch_all());
    let exempt = Exempt::of(baseline, now);
    let (mut all_audited, mut all_exempt) = (true, true);
    for (entry, governing) in governed {
        all_audited &= governing.mode == Mode::Audit;
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
        "the mode of the file is enforce, and that of each entry that declares something is audit, so \
         nothing is put back",
        "if that is meant, write `mode: audit` at the top of the file",
    )
}

/// Every entry that is governed, and the defaults alone where domains are left for them.
fn governed(baseline: &Baseline) -> impl Iterator<Item = (Option<&Entry>, Governing<'_>)> {
    let is_left = !baseline.entries.iter().any(|entry| entry.pattern.is_for_every_name());
    let defaults = is_left.then_some(None);
    baseline
        .entries
        .iter()
        .map(Some)
        .chain(defaults)
        .map(|entry| (entry, baseline.laid_over(entry)))
        .filter(|(_, governing)| !governing.declares_nothing())
}

/// For which patterns each attribute is exempt.
struct Exempt([(Attribute, PatternIndex, bool); Attribute::ALL.len()]);

impl Exempt {
    fn of(baseline: &Baseline, now: OffsetDateTime) -> Self {
        Self(Attribute::ALL.map(|attribute| {
            let mut index = PatternIndex::default();
            let mut everywhere = false;
            for exemption in &baseline.exemptions {
                if now < exemption.until && exemption.attributes.contains(&attribute) {
                    index.push(&exemption.pattern);
                    everywhere |= exemption.pattern.is_catch_all();
                }
            }
            (attribute, index, everywhere)
        }))
    }

    /// Whether all that is declared for the entry, or by the defaults alone, is exempt.
    fn has_all(&self, entry: Option<&Entry>, governing: &Governing<'_>) -> bool {
        let pattern = entry.map(|entry| entry.pattern.folded());
        governing.written().iter().all(|(declared, _)| {
            let Self(exempt) = self;
            exempt.iter().any(|(attribute, index, everywhere)| {
                let covers = |pattern| index.first_covering(pattern).is_some();
                attribute == declared && (*everywhere || pattern.is_some_and(covers))
            })
        })
    }
}
