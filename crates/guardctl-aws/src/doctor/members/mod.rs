//! `guardctl doctor --organization`: whether each place of an organization is covered.
//!
//! The same rooms as for the guard itself: `read` collects facts with the reader role of a place, `judge`
//! says what they mean, `tell` prints it.

mod expected;
mod facts;
mod judge;
mod read;
pub mod tell;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use cognito_domain_guard::call::CallError;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::sweep::organization::{Coverage as Gaps, Standing};
use time::OffsetDateTime;

pub use judge::Coverage;

use self::facts::{Member, Swept};
use crate::doctor::facts::Known;
use crate::doctor::finding::Finding;
use crate::organization::{Hub, Organization, last_sweep};

/// One place, looked at.
pub struct Examined {
    pub place: Place,
    pub coverage: Coverage,
    /// In a word or two, where there are no findings.
    pub why: Option<String>,
    pub findings: Vec<Finding>,
}

/// Looks at each place but the hub's own, which the doctor looks at as ever.
pub async fn examine(organization: &Organization, as_hub: &Hub) -> Vec<Examined> {
    let Organization { hub, stack, left_alone, .. } = organization;
    let machine = stack.as_ref().and_then(|stack| stack.output("OrganizationSweep"));
    let standing = match machine {
        Some(machine) => last_sweep(hub, machine).await,
        None => Ok(None),
    };
    let guarded: BTreeSet<String> = organization.guarded().collect();
    let looked = organization.visit(async |live| read::read(&live, as_hub).await).await;
    let mut examined: Vec<Examined> = looked
        .into_iter()
        .filter(|(place, _)| *place != hub.place)
        .map(|(place, seen)| {
            let swept = swept(&standing, &place, &guarded);
            let member = Member { place, seen, swept };
            let (coverage, findings) = judge::judge(&member, as_hub);
            Examined { place: member.place, coverage, why: None, findings }
        })
        .collect();
    examined.extend(left_alone.iter().map(|(account, why)| Examined {
        place: Place { account: account.clone(), region: "-".to_owned(), ..hub.place.clone() },
        coverage: Coverage::LeftAlone,
        why: Some(why.clone()),
        findings: Vec::new(),
    }));
    examined.sort_by(|one, other| one.place.cmp(&other.place));
    examined
}

/// What the last sweep left about a place.
fn swept(
    standing: &Result<Option<Standing>, CallError>,
    place: &Place,
    guarded: &BTreeSet<String>,
) -> Known<Swept> {
    let Some(standing) = standing.as_ref().map_err(Clone::clone)? else {
        return Ok(Swept::Unknown);
    };
    let at = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let gaps = Gaps::of(&standing.gaps, guarded);
    let here = gaps
        .iter()
        .find(|(_, _, account, region)| *account == place.account && *region == place.region);
    Ok(match (here, standing.looked_at_all.and_then(at)) {
        (Some((why, since, ..)), _) => {
            at(since).map_or(Swept::Unknown, |since| Swept::Gap { why, since })
        }
        (None, Some(all)) if standing.unnamed_gaps == 0 => Swept::Covered(all),
        (None, Some(_) | None) => Swept::Unknown,
    })
}
