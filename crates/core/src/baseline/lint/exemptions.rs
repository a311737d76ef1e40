//! Warnings about `exemptions`.

use std::collections::HashMap;

use time::{Duration, OffsetDateTime};

use super::{lint, listed, placeholder};
use crate::baseline::{Baseline, Entry, Exemption, Position, Problem, Scope};
use crate::domain::Attribute;

/// How long before its end an exemption is mentioned.
const SOON: Duration = Duration::days(14);
/// How far ahead an end may be that nobody asks about.
const FAR: Duration = Duration::days(365);

pub(super) fn lints(baseline: &Baseline, now: OffsetDateTime) -> Vec<Problem> {
    // What several exemptions of one pattern and the same places allow together, and which of them is the
    // last.
    fn subject(exemption: &Exemption) -> (&str, [Option<&[String]>; 2]) {
        (exemption.pattern.folded(), exemption.scope.values())
    }
    let mut together: HashMap<_, (Vec<Attribute>, usize)> = HashMap::new();
    for (nth, exemption) in baseline.exemptions.iter().enumerate() {
        if now < exemption.until {
            let (attributes, last) = together.entry(subject(exemption)).or_default();
            attributes.extend(&exemption.attributes);
            *last = nth;
        }
    }
    let mut lints = Vec::new();
    for (nth, exemption) in baseline.exemptions.iter().enumerate() {
        let path = format!("exemptions[{nth}]");
        lints.extend(end(&path, exemption, baseline, now));
        lints.extend(exempts_what_nobody_declares(&path, exemption, baseline));
        if exemption.until <= now {
            continue;
        }
        lints.extend(catch_all(&path, exemption));
        if let Some((attributes, last)) = together.get(&subject(exemption))
            && *last == nth
            && Attribute::ALL.iter().all(|attribute| attributes.contains(attribute))
        {
            lints.push(lint(
                exemption.position,
                1,
                format!("{path}.attributes"),
                format!("every attribute of {} may drift", exemption.pattern),
                "exempt only what has a reason to drift",
            ));
        }
        lints.extend(texts(&path, exemption));
    }
    lints
}

/// An end that has passed, that comes soon, or that is far away.
fn end(
    path: &str,
    exemption: &Exemption,
    baseline: &Baseline,
    now: OffsetDateTime,
) -> Option<Problem> {
    let until = exemption.until;
    if until <= now {
        return Some(lint(
            exemption.position,
            1,
            path.to_owned(),
            format!("it ended on {}, and what it allowed is put back", until.date()),
            "remove it, or move `until` if the reason still holds",
        ));
    }
    let left = until - now;
    if left <= SOON {
        return Some(lint(
            exemption.position,
            1,
            path.to_owned(),
            format!("it ends on {}", until.date()),
            "prepare for it, or move `until` if the reason will still hold",
        ));
    }
    // Beyond the limit it is an error, and said as one.
    (left > FAR && left <= Duration::days(baseline.max_exemption_days.into())).then(|| {
        lint(
            exemption.until_position,
            "until".len(),
            format!("{path}.until"),
            format!("{} is more than a year ahead: {} days", until.date(), left.whole_days()),
            "write an earlier end, and move it when the time comes if the reason still holds",
        )
    })
}

fn exempts_what_nobody_declares(
    path: &str,
    exemption: &Exemption,
    baseline: &Baseline,
) -> Vec<Problem> {
    if !exemption.pattern.is_exact() {
        return Vec::new();
    }
    // What the entries for the name declare in the exemption's places, and the defaults where those leave
    // a place.
    let scope = &exemption.scope;
    let meets = |nth: usize| baseline.entries.get(nth).is_some_and(|one| one.scope.meets(scope));
    let covering = baseline.index.all_covering(exemption.pattern.folded(), meets).covering;
    let mut entries: Vec<Option<&Entry>> = Vec::new();
    for entry in covering.into_iter().filter_map(|nth| baseline.entries.get(nth)) {
        entries.push(Some(entry));
        if entry.scope.covers(scope) {
            break;
        }
    }
    if !entries.last().is_some_and(|last| last.is_some_and(|last| last.scope.covers(scope))) {
        entries.push(None);
    }
    let is_declared = |attribute| {
        entries.iter().any(|entry| baseline.laid_over(*entry).declaration(attribute).is_some())
    };
    let undeclared = exemption.attributes.iter().filter(|one| !is_declared(**one));
    undeclared
        .map(|attribute| {
            lint(
                exemption.position,
                1,
                format!("{path}.attributes"),
                format!(
                    "nothing declares {attribute} for {}, so there is nothing to exempt",
                    exemption.pattern
                ),
                "remove the attribute, or declare it",
            )
        })
        .collect()
}

fn catch_all(path: &str, exemption: &Exemption) -> Option<Problem> {
    let attributes: Vec<&str> = exemption.attributes.iter().map(|a| a.as_str()).collect();
    let Scope { accounts, regions } = &exemption.scope;
    // To let all of an account drift is a decision about that account.
    let is_meant = accounts.is_some();
    let place = match regions {
        Some(regions) => {
            let names: Vec<&str> = regions.values.iter().map(String::as_str).collect();
            format!(" in {}", listed(&names))
        }
        None => String::new(),
    };
    (exemption.pattern.is_catch_all() && !is_meant).then(|| {
        lint(
            exemption.position,
            1,
            format!("{path}.domain"),
            format!(
                "{} matches nearly every domain, so {} may drift almost everywhere{place} until {}",
                exemption.pattern,
                listed(&attributes),
                exemption.until.date()
            ),
            "name the domains that have a reason to drift",
        )
    })
}

/// Texts that say nothing to whoever reads the notices.
fn texts(path: &str, exemption: &Exemption) -> Vec<Problem> {
    let check = |key: &str, text: Option<&str>, position: Option<Position>, fix: &str| {
        let (text, position) = (text?, position?);
        placeholder::is_placeholder(text).then(|| {
            lint(
                position,
                key.len(),
                format!("{path}.{key}"),
                format!("{text:?} is a placeholder"),
                fix,
            )
        })
    };
    let Exemption {
        reason, owner, ticket, reason_position, owner_position, ticket_position, ..
    } = exemption;
    [
        check(
            "reason",
            Some(reason),
            Some(*reason_position),
            "write why the drift is allowed, for whoever reads the notices",
        ),
        check(
            "owner",
            owner.as_deref(),
            *owner_position,
            "write who can be asked about it, or remove the key",
        ),
        check(
            "ticket",
            ticket.as_deref(),
            *ticket_position,
            "write its number or link, or remove the key",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
