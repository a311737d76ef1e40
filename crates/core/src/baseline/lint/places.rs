//! Warnings about `regions`, `accounts` and what holds in a whole account.

use super::{lint, listed};
use crate::baseline::nearest::nearest;
use crate::baseline::scope::{Cell, Listed, Scope};
use crate::baseline::{Baseline, Entry, Mode, Problem};

/// The last word of a region's code. AWS adds regions every year, and has never added to these.
const DIRECTIONS: [&str; 9] = [
    "north",
    "south",
    "east",
    "west",
    "central",
    "northeast",
    "northwest",
    "southeast",
    "southwest",
];
/// Up to how many comparisons it is found out in which places an entry counts.
const MOST_CELLS: usize = 10_000;

pub(super) fn lints(baseline: &Baseline) -> Vec<Problem> {
    let mut lints = Vec::new();
    for (nth, entry) in baseline.entries.iter().enumerate() {
        let path = format!("domains[{nth}]");
        lints.extend(misspelt(&path, &entry.scope));
        lints.extend(enforces_nowhere(&path, entry, baseline));
        lints.extend(counts_nowhere(&path, nth, entry, baseline));
    }
    for (nth, exemption) in baseline.exemptions.iter().enumerate() {
        lints.extend(misspelt(&format!("exemptions[{nth}]"), &exemption.scope));
    }
    lints
}

/// Regions that have the form of a code, and are none: what is declared for them holds nowhere.
fn misspelt(path: &str, scope: &Scope) -> Vec<Problem> {
    let Some(Listed { values, position }) = &scope.regions else {
        return Vec::new();
    };
    values
        .iter()
        .filter_map(|region| {
            let (area, number) = region.rsplit_once('-')?;
            let (geography, direction) = area.rsplit_once('-')?;
            if DIRECTIONS.contains(&direction) {
                return None;
            }
            let fix = match nearest(direction, &DIRECTIONS) {
                Some(meant) => format!("did you mean {geography}-{meant}-{number}?"),
                None => "write a region by its code, such as eu-central-1".to_owned(),
            };
            Some(lint(
                *position,
                "regions".len(),
                format!("{path}.regions"),
                format!("there is no region {region}, so this does not apply there"),
                fix,
            ))
        })
        .collect()
}

/// An entry that says enforce, for accounts that are all in audit mode.
fn enforces_nowhere(path: &str, entry: &Entry, baseline: &Baseline) -> Option<Problem> {
    let accounts = entry.scope.accounts.as_ref()?;
    if entry.mode != Some(Mode::Enforce) || baseline.enforces_somewhere(Some(entry)) {
        return None;
    }
    Some(lint(
        accounts.position,
        "accounts".len(),
        format!("{path}.mode"),
        "enforce has no effect here: each account of the entry is in audit mode, and audit wins",
        "remove `mode: audit` from the accounts when they are to be enforced",
    ))
}

/// Accounts and regions for which an entry is written and never counts, since earlier ones do.
fn counts_nowhere(path: &str, nth: usize, entry: &Entry, baseline: &Baseline) -> Vec<Problem> {
    let Entry { pattern, scope, position: _, mode: _, declarations: _ } = entry;
    if scope.is_everywhere() {
        return Vec::new();
    }
    let entry_of = |nth: usize| baseline.entries.get(nth);
    let is_earlier = |one: usize| one < nth && entry_of(one).is_some_and(|e| e.scope.meets(scope));
    let earlier: Vec<&Entry> = baseline
        .index
        .all_covering(pattern.folded(), is_earlier)
        .covering
        .into_iter()
        .filter_map(entry_of)
        .collect();
    let cells: Vec<Cell<'_>> = scope.cells().collect();
    if cells.len() * earlier.len() > MOST_CELLS {
        return Vec::new();
    }
    let is_taken = |cell: &Cell<'_>| earlier.iter().any(|entry| entry.scope.has_cell(*cell));
    let (taken, left): (Vec<Cell<'_>>, Vec<Cell<'_>>) = cells.into_iter().partition(is_taken);
    let warning = |key: &str, listed_values: &Listed, is_of: &dyn Fn(&Cell<'_>, &str) -> bool| {
        let lost: Vec<&str> = listed_values
            .values
            .iter()
            .map(String::as_str)
            .filter(|value| taken.iter().any(|cell| is_of(cell, value)))
            .filter(|value| !left.iter().any(|cell| is_of(cell, value)))
            .collect();
        let cell =
            taken.iter().find(|cell| lost.first().is_some_and(|value| is_of(cell, value)))?;
        let first = earlier.iter().find(|entry| entry.scope.has_cell(*cell))?;
        let line = first.position.line;
        Some(lint(
            listed_values.position,
            key.len(),
            format!("{path}.{key}"),
            format!(
                "{pattern} never counts in {}: \"{}\" on line {line} matches all of it there, and the \
                 first that matches counts",
                listed(&lost),
                first.pattern
            ),
            format!("move this entry above line {line}, or remove what never counts"),
        ))
    };
    let Scope { accounts, regions } = scope;
    let accounts = accounts.as_ref().and_then(|accounts| {
        warning("accounts", accounts, &|cell, value| cell.account == Some(value))
    });
    let regions = regions
        .as_ref()
        .and_then(|regions| warning("regions", regions, &|cell, value| cell.region == Some(value)));
    accounts.into_iter().chain(regions).collect()
}
