//! What the records say, figure by figure. Pure.

use std::collections::{BTreeMap, BTreeSet};

use cognito_domain_guard::report::{CoverageRecord, Gap as Missed, Kind, OverrideEffect};
use cognito_domain_guard::when::{self, rfc3339};
use serde::Serialize;
use time::OffsetDateTime;

use super::history::{Happening, History, InForce, OverrideSeen, Sweep};
use super::incident::{Actor, Incident, State};
use super::numbers::{Distribution, length};

/// What the records say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Recorded {
    /// The first and the last record line in the window, RFC 3339.
    pub first: String,
    pub last: String,
    /// Record lines in the window, and those that this version cannot read.
    pub lines: usize,
    pub unread: usize,
    /// The oldest first.
    pub incidents: Vec<Incident>,
    /// How many incidents stand how.
    pub states: Vec<OfState>,
    pub to_revert: Option<Distribution>,
    pub to_effect: Option<Distribution>,
    /// Who made the changes, and with what tool; most incidents first.
    pub actors: Vec<ActorRow>,
    /// What happened beside the drift of a domain.
    pub happenings: Vec<Happening>,
    pub overrides: Vec<Overriding>,
    /// How much of an organization is guarded. Null where no sweep of an organization is in the records.
    pub coverage: Option<Coverage>,
    pub sweeps: Option<Sweeps>,
    pub baselines: Vec<InForce>,
    pub guard_versions: Vec<InForce>,
    /// Events that were handled, a recheck of one each time; those that the platform brought back.
    pub events: usize,
    pub brought_back: usize,
    /// Notices, and those that the topic refused.
    pub notices: usize,
    pub undelivered: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfState {
    pub state: State,
    pub incidents: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ActorRow {
    /// Null where nobody is known to have made the change.
    pub name: Option<String>,
    pub via: Option<String>,
    /// Whether only the user agent says which tool, so that it is a claim.
    pub via_is_claimed: bool,
    pub incidents: usize,
    pub domains: usize,
    /// The last change, RFC 3339.
    pub last: String,
}

/// An override, as the guard last reported it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Overriding {
    pub parameter: String,
    /// `allow` or `pause`; null where it could not be read.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub effect: Option<OverrideEffect>,
    pub domain: Option<String>,
    pub attributes: Vec<String>,
    pub made_at: String,
    pub until: String,
    /// Whether it had not ended at the end of the window.
    pub counts: bool,
    pub reason: Option<String>,
    /// Who made it, in their own words.
    pub by: Option<String>,
    /// Who made it, by CloudTrail's word. Null where the records have no event of its making.
    pub made_by: Option<Actor>,
    pub owner: Option<String>,
    pub ticket: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
    pub seen_at: String,
}

/// Which places of an organization are guarded.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Coverage {
    /// When the sweep ended that counted them.
    pub at: String,
    pub accounts: usize,
    pub places: usize,
    pub covered: usize,
    pub not_covered: usize,
    pub unknown: usize,
    pub gaps: Vec<Gap>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Gap {
    pub account: String,
    pub region: String,
    #[cfg_attr(test, schemars(with = "String"))]
    pub why: Missed,
    pub since: String,
    pub had_domains: bool,
}

/// The guard's sweeps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Sweeps {
    pub done: usize,
    /// Those that saw everything.
    pub complete: usize,
    /// Seconds between two scheduled sweeps, most often; null where there was but one.
    pub interval: Option<i64>,
    /// How many were due from the first record to the end of the window, by that interval.
    pub due: Option<usize>,
    /// The longest time without a sweep from the first record to the end of the window, in seconds, and when
    /// it began.
    pub longest_gap: i64,
    pub longest_gap_from: String,
    /// The last sweep.
    pub last: LastSweep,
    /// How many ended on each day.
    pub days: BTreeMap<String, usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LastSweep {
    pub at: String,
    pub complete: bool,
    pub pools: usize,
    pub domains: usize,
    pub governed: usize,
    pub drifted: usize,
    /// User pools or domains that could not be read.
    pub unknown: usize,
    pub missing: Vec<String>,
    pub ungoverned: Vec<String>,
}

impl Recorded {
    pub fn of(history: History, until: OffsetDateTime) -> Self {
        let History {
            first,
            last,
            lines,
            unread,
            incidents,
            happenings,
            sweeps,
            coverage,
            overrides,
            baselines,
            guard_versions,
            guard_at: _,
            notices,
            undelivered,
            unsettled,
            events,
        } = history;
        let states = State::ALL.map(|state| OfState {
            state,
            incidents: incidents.iter().filter(|one| one.state == state).count(),
        });
        Self {
            first: rfc3339(first),
            last: rfc3339(last),
            lines,
            unread,
            states: states.into(),
            to_revert: Distribution::of(incidents.iter().filter_map(|one| one.seconds_to_revert)),
            to_effect: Distribution::of(incidents.iter().filter_map(|one| one.seconds_to_effect)),
            actors: actors(&incidents),
            happenings,
            overrides: overrides.into_iter().map(|one| Overriding::of(one, until)).collect(),
            coverage: coverage.map(Coverage::of),
            sweeps: Sweeps::of(&sweeps, first, until),
            incidents,
            baselines,
            guard_versions,
            events,
            brought_back: unsettled,
            notices,
            undelivered,
        }
    }

    pub fn count(&self, is_counted: impl Fn(State) -> bool) -> usize {
        self.states.iter().filter(|one| is_counted(one.state)).map(|one| one.incidents).sum()
    }

    /// Changes with the guard's role that were not the guard's.
    pub fn imposters(&self) -> usize {
        self.incidents.iter().filter(|one| one.imposter.is_some()).count()
    }
}

fn actors(incidents: &[Incident]) -> Vec<ActorRow> {
    let mut rows: BTreeMap<_, (usize, BTreeSet<&str>, &str, bool)> = BTreeMap::new();
    for incident in incidents {
        let actor = incident.actor.as_ref();
        let key = actor.map(|actor| (actor.name.as_str(), actor.via.as_str()));
        let row = rows.entry(key).or_default();
        row.0 += 1;
        row.1.insert(&incident.domain);
        row.2 = row.2.max(&incident.opened_at);
        row.3 = actor.is_some_and(|actor| actor.via_is_claimed);
    }
    let each = rows.into_iter().map(|(key, (incidents, domains, last, via_is_claimed))| ActorRow {
        name: key.map(|(name, _)| name.to_owned()),
        via: key.map(|(_, via)| via.to_owned()),
        via_is_claimed,
        incidents,
        domains: domains.len(),
        last: last.to_owned(),
    });
    let mut rows: Vec<_> = each.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.incidents));
    rows
}

impl Overriding {
    fn of(seen: OverrideSeen, until: OffsetDateTime) -> Self {
        let OverrideSeen { seen_at, made_by, record } = seen;
        Self {
            counts: when::from_text(&record.until).is_some_and(|end| end > until),
            parameter: record.parameter,
            effect: record.effect,
            domain: record.domain,
            attributes: record.attributes.iter().map(ToString::to_string).collect(),
            made_at: record.made_at,
            until: record.until,
            reason: record.reason,
            by: record.by,
            made_by,
            owner: record.owner,
            ticket: record.ticket,
            problem: record.problem,
            seen_at: rfc3339(seen_at),
        }
    }
}

impl Coverage {
    fn of((at, record): (OffsetDateTime, CoverageRecord)) -> Self {
        let CoverageRecord {
            accounts,
            accounts_fell: _,
            places,
            covered,
            not_covered,
            unknown,
            gaps,
        } = record;
        let gaps = gaps.into_iter().map(|gap| Gap {
            account: gap.account,
            region: gap.region,
            why: gap.why,
            since: gap.since,
            had_domains: gap.had_domains,
        });
        Self {
            at: rfc3339(at),
            accounts,
            places,
            covered,
            not_covered,
            unknown,
            gaps: gaps.collect(),
        }
    }
}

impl Sweeps {
    fn of(sweeps: &[Sweep], first: OffsetDateTime, until: OffsetDateTime) -> Option<Self> {
        let last = sweeps.last()?;
        let scheduled = sweeps.iter().filter(|one| one.is_scheduled).map(|one| one.at);
        let scheduled: Vec<_> = scheduled.collect();
        let mut gaps: Vec<i64> = scheduled
            .windows(2)
            .filter_map(|pair| Some((*pair.last()? - *pair.first()?).whole_seconds()))
            .filter(|seconds| *seconds > 0)
            .collect();
        gaps.sort_unstable();
        let interval = gaps.get(gaps.len() / 2).copied();
        let due = interval.and_then(|interval| {
            usize::try_from((until - first).whole_seconds().max(0) / interval).ok()
        });
        let ends = sweeps.iter().map(|one| one.at).chain([until]);
        let begins = [first].into_iter().chain(sweeps.iter().map(|one| one.at));
        let longest = begins.zip(ends).map(|(from, to)| ((to - from).whole_seconds(), from));
        let (longest_gap, from) = longest.max_by_key(|(gap, _)| *gap)?;
        let mut days = BTreeMap::new();
        for sweep in sweeps {
            *days.entry(sweep.at.date().to_string()).or_default() += 1;
        }
        Some(Self {
            done: sweeps.len(),
            complete: sweeps.iter().filter(|one| one.is_complete).count(),
            interval,
            due,
            longest_gap,
            longest_gap_from: rfc3339(from),
            last: LastSweep {
                at: rfc3339(last.at),
                complete: last.is_complete,
                pools: last.pools,
                domains: last.domains,
                governed: last.governed,
                drifted: last.drifted,
                unknown: last.unknown,
                missing: last.missing.clone(),
                ungoverned: last.ungoverned.clone(),
            },
            days,
        })
    }

    /// `2160 of 2160 due`.
    pub fn in_words(&self) -> String {
        match (self.due, self.interval) {
            (Some(due), Some(interval)) => {
                format!("{} of {due} due (one every {})", self.done, length(interval))
            }
            (Some(_), None) | (None, _) => {
                format!("{}; too few to say how many were due", self.done)
            }
        }
    }
}

/// The words of a kind of notice, as people read them.
pub fn kind_label(kind: Kind) -> String {
    kind.as_str().replace('_', " ")
}
