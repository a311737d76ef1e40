//! How an observation is made, and made to fit.

use std::collections::{BTreeMap, BTreeSet};

use super::item::Item;
use super::observation::{Observation, Off, OffAccount, OffChange, Seen};
use super::places::Places;
use super::room::Room;
use crate::domain::Failover;
use crate::place::Place;
use crate::plan::{AttributeValue, Drift};
use crate::report::{Gap, SweepRecord};
use crate::sweep::Fingerprint;
use crate::text::clean;

/// Longest value of others that is passed on. A fingerprint is of the whole value.
const LONGEST_VALUE: usize = 120;
/// Longest line about one domain.
const LONGEST_FINDING: usize = 300;
/// How often a batch is gone on with. A round takes a quarter of an hour.
const MOST_ROUNDS: usize = 8;
/// Longest token of a page of user pools that is gone on with. Cognito's are far shorter.
const LONGEST_TOKEN: usize = 2_000;
/// Room for the names of members, the numbers, and the counts that come at the end.
const FRAME: usize = 600;

/// What a batch has come to so far, without a bound. It grows with what is off the baseline and with the
/// places that have domains, not with what there is.
#[derive(Clone, Debug)]
pub struct Observing {
    /// What was seen, in numbers.
    pub seen: Seen,
    /// Whether people should hear of something now rather than once a day.
    pub urgent: bool,
    regions: BTreeSet<String>,
    findings: Vec<String>,
    names: BTreeSet<usize>,
    rest: Vec<Item>,
    off: BTreeMap<String, OffAccount>,
    gaps: BTreeMap<Gap, Places>,
    with_domains: Places,
    ungoverned: BTreeSet<String>,
    /// What an earlier answer that is gone on with has left out, and did not name.
    unnamed: usize,
    unnamed_gaps: usize,
    unnamed_with_domains: usize,
    unnamed_names: usize,
    left_out: usize,
    rounds: usize,
}

impl Observing {
    /// Nothing yet, of accounts that are guarded in these regions.
    pub fn new(regions: impl IntoIterator<Item = String>) -> Self {
        Self {
            seen: Seen::default(),
            urgent: false,
            regions: regions.into_iter().collect(),
            findings: Vec::new(),
            names: BTreeSet::new(),
            rest: Vec::new(),
            off: BTreeMap::new(),
            gaps: BTreeMap::new(),
            with_domains: Places::default(),
            ungoverned: BTreeSet::new(),
            unnamed: 0,
            unnamed_gaps: 0,
            unnamed_with_domains: 0,
            unnamed_names: 0,
            left_out: 0,
            rounds: 0,
        }
    }

    /// Goes on with a batch of which there was no time for everything. What was still to be looked at is
    /// looked at now, so it is not in it.
    pub fn after(earlier: Observation, regions: impl IntoIterator<Item = String>) -> Self {
        let Observation {
            baseline: _, // the answer keeps it: `finish` is given it again
            seen,
            rest: _,
            rounds,
            off,
            unnamed,
            gaps,
            unnamed_gaps,
            with_domains,
            unnamed_with_domains,
            names,
            unnamed_names,
            findings,
            ungoverned,
            left_out,
            urgent,
        } = earlier;
        let regions: BTreeSet<String> = regions.into_iter().collect();
        let gaps = gaps.into_iter().map(|(why, items)| (why, Places::of(&items, &regions)));
        Self {
            seen,
            urgent,
            findings,
            names,
            rest: Vec::new(),
            off,
            gaps: gaps.collect(),
            with_domains: Places::of(&with_domains, &regions),
            ungoverned: ungoverned.into_iter().collect(),
            unnamed,
            unnamed_gaps,
            unnamed_with_domains,
            unnamed_names,
            left_out,
            rounds: rounds + 1,
            regions,
        }
    }

    /// A place whose list of user pools was read to its end.
    pub const fn covered(&mut self) {
        self.seen.covered += 1;
    }

    /// A place of which nothing, or not everything, is known.
    pub fn gap(&mut self, why: Gap, account: &str, region: &str) {
        if self.gaps.entry(why).or_default().add(account, region) {
            *self.seen.of_a_gap(why) += 1;
        }
    }

    /// A place with domains, whatever is to be done with them; `declared` are the places of their names among
    /// those that the baseline declares.
    pub fn domains(&mut self, place: &Place, declared: impl IntoIterator<Item = usize>) {
        self.with_domains.add(&place.account, &place.region);
        self.names.extend(declared);
    }

    /// A domain that could be put back, and what an update would change.
    pub fn off(&mut self, place: &Place, name: &str, fingerprint: Fingerprint, changes: &[Drift]) {
        let changes = changes.iter().map(|drift| {
            let Drift { attribute, observed, desired, declared: _, position: _ } = drift;
            OffChange(*attribute, shortened(observed), shortened(desired))
        });
        let off = Off(name.to_owned(), fingerprint, changes.collect());
        let account = self.off.entry(place.account.clone()).or_default();
        account.count += 1;
        account.domains.entry(place.region.clone()).or_default().push(off);
    }

    /// A line about a domain, or a pool, that is left as it is.
    pub fn finding(&mut self, place: &Place, line: &str) {
        self.findings.push(clean(&format!("{place}: {line}"), LONGEST_FINDING));
    }

    /// A domain that nothing governs. Which of many are named must not change from day to day.
    pub fn ungoverned(&mut self, place: &Place, name: &str) {
        self.ungoverned.insert(clean(&format!("{place} {name}"), LONGEST_FINDING));
        if self.ungoverned.len() > SweepRecord::MOST_NAMED {
            self.ungoverned.pop_last();
            self.left_out += 1;
        }
    }

    /// What is still to be looked at. A place with a token that is too long is begun anew.
    pub fn rest(&mut self, Item { account, regions, page }: Item) {
        let page = page.filter(|token| token.len() <= LONGEST_TOKEN);
        self.rest.push(Item { account, regions, page });
    }

    /// The answer, in at most `most` bytes without what is still to be looked at. That is no more than the
    /// batch was. What is left after many rounds is a place of which nobody knows, for want of time.
    pub fn finish(mut self, digest: &str, most: usize) -> Observation {
        if self.rounds >= MOST_ROUNDS {
            let given_up = Places::of(&std::mem::take(&mut self.rest), &self.regions);
            for (account, region) in given_up.iter() {
                self.gap(Gap::NoTime, account, region);
            }
        }
        let mut answer = Observation {
            baseline: digest.to_owned(),
            seen: self.seen,
            rest: self.rest,
            rounds: self.rounds,
            urgent: self.urgent,
            unnamed: self.unnamed,
            unnamed_gaps: self.unnamed_gaps,
            unnamed_with_domains: self.unnamed_with_domains,
            unnamed_names: self.unnamed_names,
            left_out: self.left_out,
            ..Observation::default()
        };
        let Self { regions, findings, names, off, gaps, with_domains, ungoverned, .. } = self;
        let mut room = Room::new(most.saturating_sub(FRAME));
        name_accounts(&mut answer, &mut room, &off);
        for (why, places) in gaps {
            let (fitting, left_out) = fitting(places, &regions, &mut room);
            answer.unnamed_gaps += left_out;
            if !fitting.is_empty() {
                answer.gaps.insert(why, fitting);
            }
        }
        let (fitting, left_out) = fitting(with_domains, &regions, &mut room);
        answer.with_domains = fitting;
        answer.unnamed_with_domains += left_out;
        for name in names {
            if room.takes(&name) {
                answer.names.insert(name);
            } else {
                answer.unnamed_names += 1;
            }
        }
        say_changes(&mut answer, &mut room, &off);
        for (list, of) in [
            (&mut answer.findings, findings),
            (&mut answer.ungoverned, ungoverned.into_iter().collect()),
        ] {
            for line in of {
                if list.len() < SweepRecord::MOST_NAMED && room.takes(&line) {
                    list.push(line);
                } else {
                    answer.left_out += 1;
                }
            }
        }
        answer
    }
}

/// The items of those places that fit, and how many places did not.
pub(super) fn fitting(
    places: Places,
    guarded: &BTreeSet<String>,
    room: &mut Room,
) -> (Vec<Item>, usize) {
    let (mut fitting, mut left_out) = (Vec::new(), 0);
    for (item, places) in places.items(guarded) {
        if room.takes(&item) {
            fitting.push(item);
        } else {
            left_out += places;
        }
    }
    (fitting, left_out)
}

/// Names the accounts with what could be put back, and then as many of their domains as fit. Those with
/// few come first: an account that is over its limit is held whatever its domains are called.
fn name_accounts(answer: &mut Observation, room: &mut Room, off: &BTreeMap<String, OffAccount>) {
    let mut by_count: Vec<_> = off.iter().collect();
    by_count.sort_by_key(|(_, account)| account.count);
    for (id, OffAccount { count, domains: _ }) in &by_count {
        let named = OffAccount { count: *count, domains: BTreeMap::new() };
        if room.takes(&(id, &named)) {
            answer.off.insert((*id).clone(), named);
        } else {
            answer.unnamed += count;
        }
    }
    for (id, OffAccount { count: _, domains }) in by_count {
        let Some(named) = answer.off.get_mut(id) else { continue };
        for (region, of_region) in domains {
            let mut sorted: Vec<_> = of_region.iter().collect();
            sorted.sort_by(|Off(one, ..), Off(other, ..)| one.cmp(other));
            let mut fitting = Vec::new();
            for Off(name, fingerprint, _) in sorted {
                let brief = Off(name.clone(), *fingerprint, Vec::new());
                let fits = if fitting.is_empty() {
                    room.takes(&(region, "domains", &brief)) // with what it stands under
                } else {
                    room.takes(&brief)
                };
                if fits {
                    fitting.push(brief);
                }
            }
            if !fitting.is_empty() {
                named.domains.insert(region.clone(), fitting);
            }
        }
    }
}

/// Says how the named domains would be changed, as far as there is room.
fn say_changes(answer: &mut Observation, room: &mut Room, off: &BTreeMap<String, OffAccount>) {
    for (id, account) in &mut answer.off {
        let Some(OffAccount { domains: whole, count: _ }) = off.get(id) else { continue };
        for (region, domains) in &mut account.domains {
            for Off(_, fingerprint, changes) in domains {
                let known = whole.get(region).into_iter().flatten();
                let Some(Off(.., of_it)) = known.into_iter().find(|Off(_, f, _)| f == fingerprint)
                else {
                    continue;
                };
                if room.takes(of_it) {
                    changes.clone_from(of_it);
                }
            }
        }
    }
}

/// A value that others may have chosen, no longer than any it should be.
pub(super) fn shortened(value: &AttributeValue) -> AttributeValue {
    let short = |text: &String| clean(text, LONGEST_VALUE);
    match value {
        AttributeValue::Text(text) => AttributeValue::Text(short(text)),
        AttributeValue::Failover(Failover {
            secondary_region,
            primary_route53_health_check_id,
        }) => AttributeValue::Failover(Failover {
            secondary_region: short(secondary_region),
            primary_route53_health_check_id: short(primary_route53_health_check_id),
        }),
        AttributeValue::Version(_) | AttributeValue::None => value.clone(),
    }
}
