//! Looking at a batch of accounts, in each region that is guarded.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use time::Duration;

use super::super::sweep::{Findings, ToRevert};
use super::super::{Guard, Invocation};
use crate::call::{CallError, Failure};
use crate::overrides::Known;
use crate::place::Place;
use crate::report::{Gap, Report, SweepRecord};
use crate::survey::{Pace, Page, Seen, survey_page};
use crate::sweep::organization::{Item, Observation, Observing};
use crate::trigger::TriggerKind;

/// Places that are looked at at once. Each has quotas of its own; STS's is shared by all.
const AT_ONCE: usize = 8;
/// What is kept of the time for a page of user pools that was begun: sixty pools with a domain or two each,
/// at a slow pace.
const RESERVE: Duration = Duration::seconds(120);

/// What came of one place.
struct Observed {
    place: Place,
    found: Findings,
    has_domains: bool,
    /// Which of the names that the baseline declares there are.
    names: BTreeSet<usize>,
    end: End,
}

enum End {
    /// Its list of user pools was read to its end.
    Complete,
    /// There was no more time; the token of the page to go on with, `None` to begin anew.
    Rest(Option<String>),
    /// It could not be looked into.
    Gap(Gap, CallError),
}

impl Guard {
    /// Looks at those places. The reports are of the places of which there is something to say.
    pub(super) async fn observe(
        &self,
        items: Vec<Item>,
        room: usize,
        earlier: Option<Box<Observation>>,
        invocation: &Invocation,
    ) -> (Vec<Report>, Observation) {
        let regions = self.reach.regions();
        // By another baseline than this one the whole batch is of no use to whoever judges.
        let digest = match &earlier {
            Some(earlier) => earlier.baseline.clone(),
            None => self.baseline.digest().to_owned(),
        };
        let mut all = match earlier {
            Some(earlier) => Observing::after(*earlier, regions.iter().cloned()),
            None => Observing::new(regions.iter().cloned()),
        };
        let declared: HashMap<String, usize> = self
            .baseline
            .all_exact_names()
            .enumerate()
            .map(|(nth, name)| (name.to_ascii_lowercase(), nth))
            .collect();
        let mut places = items.into_iter().flat_map(|item| self.places_of(item, &regions));
        let read = self.read_overrides().await;
        let overrides = read.known();
        let mut looking = FuturesUnordered::new();
        let mut reports = Vec::new();
        loop {
            while looking.len() < AT_ONCE
                && !self.is_over(invocation, RESERVE)
                && let Some((place, page)) = places.next()
            {
                let known = (&declared, overrides);
                looking.push(self.observe_place(place, page, known, invocation));
            }
            match looking.next().await {
                Some(observed) => take(observed, &mut all, &mut reports),
                None => break,
            }
        }
        for (Place { partition: _, account, region }, page) in places {
            all.rest(Item { account, regions: vec![region], page });
        }
        if reports.is_empty() {
            reports.push(Report::new(TriggerKind::Sweep));
        }
        (reports, all.finish(&digest, room))
    }

    /// The places that an item stands for. One that the deployment excludes by now is none.
    fn places_of(
        &self,
        Item { account, regions, page }: Item,
        guarded: &BTreeSet<String>,
    ) -> Vec<(Place, Option<String>)> {
        let regions = if regions.is_empty() { guarded.iter().cloned().collect() } else { regions };
        let places = regions.iter().filter_map(|region| self.reach.place(&account, region).ok());
        places.map(|place| (place, page.clone())).collect()
    }

    async fn observe_place(
        &self,
        place: Place,
        mut page: Option<String>,
        (declared, overrides): (&HashMap<String, usize>, Known<'_>),
        invocation: &Invocation,
    ) -> Observed {
        let mut observed = Observed {
            place,
            found: Findings::default(),
            has_domains: false,
            names: BTreeSet::new(),
            end: End::Complete,
        };
        let pace = Pace::new(self.sweep_requests_per_second);
        let mut known = HashSet::new();
        // A page that was begun is seen to its end, so that what is gone on with is not counted twice.
        let never = || false;
        let mut is_fresh = false;
        loop {
            let session = match self.sessions.at(&observed.place, self.now()).await {
                Ok(session) => session,
                Err(error) => {
                    observed.end = End::Gap(no_session(error.failure), error);
                    return observed;
                }
            };
            let Observed { place, found, has_domains, names, end: _ } = &mut observed;
            let mut see = |seen| match seen {
                Seen::Pool => found.sweep.pools += 1,
                Seen::Unreadable { subject, error } => found.unreadable(None, &subject, &error),
                Seen::Domain { name, known: _, described } => {
                    *has_domains = true;
                    names.extend(declared.get(&name.to_ascii_lowercase()));
                    match described {
                        Ok(domain) => {
                            self.find(found, place, name, (false, overrides), domain.as_ref());
                        }
                        Err(error) => found.unreadable(Some(name.clone()), &name, &error),
                    }
                }
            };
            let cognito = &session.cognito;
            match survey_page(cognito, &pace, &mut known, page.clone(), &never, &mut see).await {
                Ok(Page { is_whole: _, next: None }) => return observed,
                Ok(Page { is_whole: _, next }) => page = next,
                // A session that was refused may be older than its role, or have ended by another clock.
                Err(error) if !is_fresh && may_be_the_session(&error) => {
                    self.sessions.forget(&observed.place);
                    is_fresh = true;
                    continue;
                }
                Err(error) => {
                    observed.end = End::Gap(not_listed(error.failure), error);
                    return observed;
                }
            }
            if self.is_over(invocation, RESERVE) {
                observed.end = End::Rest(page);
                return observed;
            }
        }
    }
}

/// Notes what came of a place.
fn take(observed: Observed, all: &mut Observing, reports: &mut Vec<Report>) {
    let Observed { place, found, has_domains, names, end } = observed;
    let Findings { sweep, to_revert, outcomes, reverted: _, ungoverned, urgent } = found;
    let SweepRecord {
        pools,
        domains,
        governed,
        drifted,
        busy,
        paused,
        exempt,
        unknown,
        findings,
        // Nothing is written here, so nothing is denied.
        denied: _,
        // Judged when all of it is together.
        cause: _,
        missing: _,
        ungoverned: _,
        overlong_exemptions: _,
        overrides: _,
        complete: _,
        held: _,
        coverage: _,
    } = sweep;
    let seen = &mut all.seen;
    seen.pools += pools;
    seen.domains += domains;
    seen.governed += governed;
    seen.drifted += drifted;
    seen.busy += busy;
    seen.paused += paused;
    seen.exempt += exempt;
    seen.unknown += unknown;
    all.urgent |= urgent;
    if has_domains {
        all.domains(&place, names);
    }
    for line in &findings {
        all.finding(&place, line);
    }
    for name in &ungoverned {
        all.ungoverned(&place, name);
    }
    for ToRevert { name, fingerprint, changes, worded: _ } in &to_revert {
        all.off(&place, name, *fingerprint, changes);
    }
    let mut report = Report { outcomes, ..Report::of(TriggerKind::Sweep, place.clone()) };
    match end {
        End::Complete => all.covered(),
        End::Rest(page) => {
            let Place { partition: _, account, region } = place;
            all.rest(Item { account, regions: vec![region], page });
        }
        End::Gap(why, error) => {
            all.gap(why, &place.account, &place.region);
            tracing::warn!(
                "domain.account" = place.account,
                "domain.region" = place.region,
                "{place} could not be looked into ({}): {error}",
                why.as_str()
            );
        }
    }
    if !report.outcomes.is_empty() {
        report.outcomes.sort_by(|one, other| one.domain.cmp(&other.domain));
        reports.push(report);
    }
}

const fn no_session(failure: Failure) -> Gap {
    match failure {
        Failure::Denied | Failure::Rejected | Failure::Gone => Gap::NoRole,
        Failure::Throttled | Failure::Busy => Gap::Throttled,
        Failure::Unavailable => Gap::Unavailable,
    }
}

const fn not_listed(failure: Failure) -> Gap {
    match failure {
        Failure::Denied => Gap::Denied,
        Failure::Throttled | Failure::Busy => Gap::Throttled,
        Failure::Unavailable | Failure::Rejected | Failure::Gone => Gap::Unavailable,
    }
}

fn may_be_the_session(error: &CallError) -> bool {
    let has_ended = error.code.as_deref().is_some_and(|code| code.starts_with("ExpiredToken"));
    has_ended || error.failure == Failure::Denied
}
