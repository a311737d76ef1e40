//! What the places of an organization say together of a domain that is asked for by its name.
//!
//! The rule: a name is asked for in each place where it may be, and found in one. So as the sweep of a hub judges it,
//! a domain that some place has is missing in no other, and one that none has is missing once, if every place was seen
//! where it may be.

use std::collections::{BTreeMap, BTreeSet};

use cognito_domain_guard::baseline::{Baseline, DomainName};
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;

use crate::live::{Live, Surveyed};
use crate::organization::Organization;

/// A place, and what was seen there or why it could not be entered.
pub type Visited = (Place, Result<(Live, Surveyed), CallError>);

/// Leaves of each place what is its own, and what it alone says for all. `named` are the domains that a person
/// asked for, if not those of the baseline.
pub fn judge(
    visited: &mut [Visited],
    organization: &Organization,
    named: &[DomainName],
    baseline: &Baseline,
) {
    let asked: BTreeSet<String> = match named {
        [] => baseline.all_exact_names().map(folded).collect(),
        named => named.iter().map(|name| folded(name.as_str())).collect(),
    };
    let (mut had, mut not_had) = (BTreeSet::new(), BTreeMap::<String, Vec<Place>>::new());
    for (place, looked) in visited.iter() {
        let Ok((_, Surveyed { domains, missing, problems: _, pools: _ })) = looked else {
            continue;
        };
        let (own, of_others): (Vec<_>, Vec<_>) =
            domains.iter().partition(|domain| is_own(domain, place));
        had.extend(own.into_iter().map(|domain| folded(&domain.name)));
        let of_others = of_others.into_iter().map(|domain| &domain.name);
        for name in of_others.chain(missing).map(|name| folded(name)) {
            not_had.entry(name).or_default().push(place.clone());
        }
    }
    let unseen = unseen(visited, organization, named, baseline);
    let mut said_by = BTreeMap::new();
    for (name, places) in not_had {
        if !had.contains(&name) && !unseen.contains(&name) {
            let place = speaker(&name, &places, &organization.hub.place, baseline);
            said_by.extend(place.map(|place| (name, place)));
        }
    }
    for (place, looked) in visited {
        let Ok((_, Surveyed { domains, missing, problems: _, pools: _ })) = looked else {
            continue;
        };
        let is_said = |name: &str| said_by.get(&folded(name)) == Some(place);
        missing.retain(|name| is_said(name));
        // One that nobody asked for was found in a user pool of the place.
        domains.retain(|domain| {
            is_own(domain, place) || !asked.contains(&folded(&domain.name)) || is_said(&domain.name)
        });
    }
}

/// Whether a domain is of the place that describes it, as far as Cognito says. Cognito may describe those of
/// other accounts.
fn is_own(domain: &Domain, place: &Place) -> bool {
    domain.account.as_ref().is_none_or(|account| *account == place.account)
}

/// The names that may be in a place that was not seen.
fn unseen(
    visited: &[Visited],
    organization: &Organization,
    named: &[DomainName],
    baseline: &Baseline,
) -> BTreeSet<String> {
    let mut unseen = BTreeSet::new();
    // One that is not declared by name may be anywhere.
    let declared: BTreeSet<_> = baseline.all_exact_names().collect();
    let undeclared = named.iter().map(DomainName::as_str).filter(|name| !declared.contains(name));
    for (place, looked) in visited {
        match looked {
            Ok((_, Surveyed { domains: _, missing: _, problems, pools: _ })) => {
                unseen.extend(problems.iter().map(|problem| folded(&problem.subject)));
            }
            Err(_) => {
                unseen.extend(baseline.exact_names(place).map(folded));
                unseen.extend(undeclared.clone().map(folded));
            }
        }
    }
    // Of a domain that a person named, the answer is of the places that they named.
    if named.is_empty() {
        let of_places =
            |of: fn(&Place) -> &String| visited.iter().map(move |(place, _)| of(place).clone());
        let accounts: BTreeSet<_> = of_places(|place| &place.account).collect();
        let regions: BTreeSet<_> = of_places(|place| &place.region).collect();
        let is_every_region = organization.stack.is_some()
            && organization.guarded().all(|region| regions.contains(&region));
        let accounts = Some(&accounts).filter(|_| !organization.is_every_account);
        let regions = Some(&regions).filter(|_| !is_every_region);
        unseen.extend(baseline.exact_names_beyond(accounts, regions).map(folded));
    }
    unseen
}

/// The place that says of a name that nobody has it: the hub's, else the first, and one where it is declared before
/// one where it is not.
fn speaker(name: &str, places: &[Place], hub: &Place, baseline: &Baseline) -> Option<Place> {
    let is_declared = |place: &&Place| {
        baseline.exact_names(place).any(|declared| declared.eq_ignore_ascii_case(name))
    };
    let mut hub_first = places.iter().filter(|place| *place == hub).chain(places);
    let declared = hub_first.clone().find(is_declared);
    declared.or_else(|| hub_first.next()).cloned()
}

fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}
