//! What all answers of a sweep come to together: what is put back, what is held, and what is known.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use time::OffsetDateTime;

use super::coverage::Coverage;
use super::done::drifts_of;
use super::held::{Domains, HeldSet, Target};
use super::item::Item;
use super::observation::{Observation, Off, OffAccount, Seen};
use super::observing::fitting;
use super::places::Places;
use super::room::Room;
use super::standing::{HeldToday, Standing, is_same_day};
use crate::baseline::Baseline;
use crate::place::Place;
use crate::plan::Drift;
use crate::report::{CoverageRecord, Gap, GapRecord, SweepRecord};
use crate::sweep::{Brake, Braked, Counts, Held, SetHash};
use crate::when;

/// Bytes that are left for the next sweep: of places with domains, of gaps, and of held domains.
const WITH_DOMAINS: usize = 30_000;
const GAPS: usize = 40_000;
const HELD_SET: usize = 60_000;
/// Bytes of what one sweep puts back. Only without a limit there can be more, which the next sweep finds.
const PUT_BACK: usize = 40_000;
/// Places that were not seen, beyond which nothing is said of names that no place has.
const MOST_GAPS: usize = 500;
/// Held sets of one day that are remembered.
const MOST_HELD: usize = 24;

/// What is judged, and by what.
#[derive(Clone, Copy, Debug)]
pub struct Judging<'a> {
    /// The baseline in force.
    pub baseline: &'a Baseline,
    /// The partition of the organization.
    pub partition: &'a str,
    /// The regions that are guarded.
    pub guarded: &'a BTreeSet<String>,
    /// How many domains may be put back.
    pub brake: Brake,
    /// When it is judged.
    pub now: OffsetDateTime,
    /// What the last sweep left.
    pub standing: &'a Standing,
    /// Whether the sweep looked at every place, and of how many accounts.
    pub everything: Option<Everything>,
}

/// A sweep that looked at every place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Everything {
    /// Of how many accounts.
    pub accounts: usize,
    /// Whether these are fewer than half of those of the last such sweep.
    pub fell: bool,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The step that should have looked failed.
    Lost {
        /// What it should have looked at.
        lost: Vec<Item>,
    },
    /// It answered.
    Seen(Box<Observation>),
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut answer = Value::deserialize(deserializer)?;
        let answer = match answer.get_mut("lost").map(Value::take) {
            Some(lost) => serde_json::from_value(lost).map(|lost| Self::Lost { lost }),
            None => serde_json::from_value(answer).map(|seen| Self::Seen(Box::new(seen))),
        };
        answer.map_err(de::Error::custom)
    }
}

/// What a sweep comes to.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What is put back.
    pub put_back: Vec<Target>,
    /// How, as far as the answers say: for the log, which has it before the first update.
    pub changes: Vec<(Place, String, Drift)>,
    /// What is held: the domains, for whoever approves them.
    pub held_set: HeldSet,
    /// Whether people have not been notified today of what is held.
    pub held_is_news: bool,
    /// What was seen.
    pub sweep: SweepRecord,
    /// Whether people should hear of it now rather than once a day.
    pub urgent: bool,
    /// What is left for the next sweep, once people have been notified.
    pub standing: Standing,
}

impl Judging<'_> {
    /// Judges.
    ///
    /// Of an answer by another baseline only counts what does not hang on one: a deployment came in between,
    /// and starts a sweep of its own.
    pub fn judge(self, answers: Vec<Answer>) -> Judgement {
        let Self { baseline, partition: _, guarded, brake, now, standing, everything } = self;
        let mut all = Folded::default();
        for answer in answers {
            match answer {
                Answer::Lost { lost } => all.lose(&lost, guarded),
                Answer::Seen(answer) => {
                    let answer = if answer.baseline == baseline.digest() {
                        *answer
                    } else {
                        all.outdated = true;
                        answer.outdated()
                    };
                    all.fold(answer, guarded);
                }
            }
        }
        let known = Places::of(&standing.with_domains, guarded);
        let before = Coverage::of(&standing.gaps, guarded);
        let looked_at = everything.is_none().then_some(&known);
        let coverage = before.after(looked_at, &all.gaps, now.unix_timestamp());
        let urgent = all.urgent
            || everything.is_some_and(|all| all.fell)
            || !coverage.newly_uncovered(&before, &known).is_empty();

        let braked = brake.apply(&all.counts(), all.unnamed);
        let put_back = targets(&braked, &all.off);
        let is_held = |account: &str| braked.held(account).is_some();
        let held_set = HeldSet::of(&all.off, is_held, baseline.digest(), HELD_SET);
        let held = self.held(&braked, held_set.hash(), all.unnamed);
        let held_is_news = held.is_some_and(|held| !self.is_known_today(held));

        let sweep = SweepRecord {
            missing: self.missing(&all, &coverage),
            held: held.map(|held| {
                let in_set = held_set
                    .names()
                    .map(|(account, region, name)| (self.place(account, region), name));
                Box::new(held.record(in_set, baseline, brake))
            }),
            coverage: Some(Box::new(self.coverage(&all.seen, &coverage, &known))),
            ..all.record()
        };
        Judgement {
            changes: self.changes(&put_back, &all.off),
            put_back,
            held_set,
            held_is_news,
            sweep,
            urgent,
            standing: self.left(all, coverage, &known, held),
        }
    }

    fn place(&self, account: &str, region: &str) -> Place {
        Place {
            partition: self.partition.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
        }
    }

    /// What is held, if anything is.
    fn held<'b>(
        &self,
        braked: &'b Braked,
        set: Option<SetHash>,
        unnamed: usize,
    ) -> Option<Held<'b>> {
        let before = self.standing.held.iter().find(|known| Some(known.hash) == set);
        let since = before.and_then(|known| when::from_seconds(known.since)).unwrap_or(self.now);
        // Without a limit nothing is held: what did not fit is the next sweep's.
        let unnamed = if self.brake.total.is_some() { unnamed } else { 0 };
        Some(Held { braked, unnamed, set, since }).filter(|held| held.domains() > 0)
    }

    fn is_known_today(&self, held: Held<'_>) -> bool {
        let known = self.standing.held.iter().filter(|known| known.hash == key(held));
        known.into_iter().any(|known| is_same_day(known.notified, self.now))
    }

    /// The declared names that no place has, as far as every place was seen that may have them.
    fn missing(&self, all: &Folded, coverage: &Coverage) -> Vec<String> {
        let (not_covered, unknown) = coverage.counts();
        let knows_little = self.everything.is_none()
            || all.unnamed_names + all.unnamed_gaps > 0
            || not_covered + unknown > MOST_GAPS;
        if knows_little {
            return Vec::new();
        }
        let mut somewhere = BTreeSet::new();
        for (.., account, region) in coverage.iter() {
            somewhere.extend(self.baseline.exact_names(&self.place(account, region)));
        }
        let names = self.baseline.all_exact_names().enumerate();
        let missing = names
            .filter(|(nth, name)| !all.names.contains(nth) && !somewhere.contains(name))
            .map(|(_, name)| name.to_owned());
        missing.take(SweepRecord::MOST_NAMED).collect()
    }

    fn coverage(&self, seen: &Seen, coverage: &Coverage, known: &Places) -> CoverageRecord {
        let Standing { accounts, places, unnamed_gaps, .. } = self.standing;
        let mut record =
            CoverageRecord { accounts: *accounts, places: *places, ..CoverageRecord::default() };
        (record.not_covered, record.unknown) = coverage.counts();
        match self.everything {
            Some(Everything { accounts, fell }) => {
                (record.accounts, record.accounts_fell) = (accounts, fell);
                (record.covered, record.not_covered, record.unknown) =
                    (seen.covered, seen.not_covered, seen.unknown_places);
                record.places = seen.covered + seen.not_covered + seen.unknown_places;
            }
            // The others are as the last sweep of everything left them.
            None => {
                record.unknown += unnamed_gaps;
                record.covered = places.saturating_sub(record.not_covered + record.unknown);
            }
        }
        let mut gaps: Vec<_> = coverage.iter().collect();
        gaps.sort_by_key(|(why, since, account, region)| {
            (!known.has(account, region), !why.is_not_covered(), *since)
        });
        let gaps = gaps.into_iter().take(SweepRecord::MOST_NAMED);
        record.gaps = gaps
            .map(|(why, since, account, region)| GapRecord {
                account: account.to_owned(),
                region: region.to_owned(),
                why,
                since: when::rfc3339(when::from_seconds(since).unwrap_or(self.now)),
                had_domains: known.has(account, region),
            })
            .collect();
        record
    }

    /// How the domains that are put back would be changed, as far as the answers say.
    fn changes(
        &self,
        targets: &[Target],
        off: &BTreeMap<String, OffAccount>,
    ) -> Vec<(Place, String, Drift)> {
        let mut changes = Vec::new();
        for Target { account, domains } in targets {
            let known = off.get(account).map(|account| &account.domains);
            for (region, names) in domains {
                let of_region = known.and_then(|known| known.get(region)).into_iter().flatten();
                for Off(name, _, of_domain) in
                    of_region.filter(|off| names.iter().any(|(n, _)| *n == off.0))
                {
                    let place = self.place(account, region);
                    for drift in drifts_of(self.baseline, &place, name, of_domain) {
                        changes.push((place.clone(), name.clone(), drift));
                    }
                }
            }
        }
        changes
    }

    /// What is left for the next sweep.
    fn left(
        &self,
        all: Folded,
        coverage: Coverage,
        known: &Places,
        held: Option<Held<'_>>,
    ) -> Standing {
        let Self { baseline, guarded, now, standing, everything, .. } = self;
        let at = now.unix_timestamp();
        let mut with_domains = all.with_domains;
        // Of a place that could not be looked at, nobody knows that its domains are gone.
        let unseen = known.iter().filter(|(account, region)| {
            all.unnamed_gaps > 0 || all.gaps.values().any(|places| places.has(account, region))
        });
        with_domains.extend(&unseen.collect());
        let (with_domains, more) = fitting(with_domains, guarded, &mut Room::new(WITH_DOMAINS));
        let (gaps, unnamed_gaps) = coverage.left(guarded, GAPS);
        let Seen { covered, not_covered, unknown_places, .. } = all.seen;
        let (accounts, places) = match everything {
            Some(Everything { accounts, fell: _ }) => {
                (*accounts, covered + not_covered + unknown_places)
            }
            None => (standing.accounts, standing.places),
        };
        let current = held.map(|held| HeldToday {
            hash: key(held),
            since: held.since.unix_timestamp(),
            notified: at,
        });
        let earlier = standing.held.iter().filter(|known| {
            is_same_day(known.notified, *now)
                && current.is_none_or(|current| current.hash != known.hash)
        });
        Standing {
            baseline: baseline.digest().to_owned(),
            looked_at_all: everything.map(|_| at).or(standing.looked_at_all),
            accounts,
            places,
            with_domains,
            unnamed_with_domains: all.unnamed_with_domains + more,
            gaps,
            unnamed_gaps: unnamed_gaps
                + if everything.is_some() { all.unnamed_gaps } else { standing.unnamed_gaps },
            held: current.into_iter().chain(earlier.copied()).take(MOST_HELD).collect(),
        }
    }
}

/// By what a held set is remembered; one that has no hash counts as empty.
fn key(held: Held<'_>) -> SetHash {
    held.set.unwrap_or_else(|| SetHash::of([]))
}

/// What is put back: of the accounts that the brake lets through, the domains that the answers name.
fn targets(braked: &Braked, off: &BTreeMap<String, OffAccount>) -> Vec<Target> {
    let mut room = Room::new(PUT_BACK);
    let mut targets = Vec::new();
    for account in braked.put_back.keys() {
        let mut domains = Domains::new();
        for (region, of_region) in off.get(account).into_iter().flat_map(|account| &account.domains)
        {
            let names = of_region.iter().map(|Off(name, ..)| (name.clone(), None));
            let names: Vec<_> = names.filter(|name| room.takes(&(account, region, name))).collect();
            if !names.is_empty() {
                domains.insert(region.clone(), names);
            }
        }
        if !domains.is_empty() {
            targets.push(Target { account: account.clone(), domains });
        }
    }
    targets
}

/// All answers together.
#[derive(Clone, Debug, Default)]
struct Folded {
    seen: Seen,
    off: BTreeMap<String, OffAccount>,
    unnamed: usize,
    gaps: BTreeMap<Gap, Places>,
    unnamed_gaps: usize,
    with_domains: Places,
    unnamed_with_domains: usize,
    names: BTreeSet<usize>,
    unnamed_names: usize,
    findings: Vec<String>,
    ungoverned: BTreeSet<String>,
    left_out: usize,
    urgent: bool,
    /// Whether an answer was by another baseline.
    outdated: bool,
}

impl Folded {
    fn fold(&mut self, answer: Observation, guarded: &BTreeSet<String>) {
        let Observation {
            baseline: _, // compared before
            seen,
            rest: _, // gone on with, and answered
            rounds: _,
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
        } = answer;
        self.seen = self.seen.and(seen);
        for (id, OffAccount { count, domains }) in off {
            let account = self.off.entry(id).or_default();
            account.count += count;
            for (region, mut of_region) in domains {
                account.domains.entry(region).or_default().append(&mut of_region);
            }
        }
        for (why, items) in gaps {
            self.gaps.entry(why).or_default().extend(&Places::of(&items, guarded));
        }
        self.with_domains.extend(&Places::of(&with_domains, guarded));
        self.unnamed += unnamed;
        self.unnamed_gaps += unnamed_gaps;
        self.unnamed_with_domains += unnamed_with_domains;
        self.names.extend(names);
        self.unnamed_names += unnamed_names;
        self.findings.extend(findings);
        self.ungoverned.extend(ungoverned);
        self.left_out += left_out;
        self.urgent |= urgent;
    }

    /// What the step that failed should have looked at.
    fn lose(&mut self, items: &[Item], guarded: &BTreeSet<String>) {
        let places = Places::of(items, guarded);
        *self.seen.of_a_gap(Gap::StepFailed) += places.len();
        self.gaps.entry(Gap::StepFailed).or_default().extend(&places);
    }

    fn counts(&self) -> Counts {
        self.off.iter().map(|(account, off)| (account.clone(), off.count)).collect()
    }

    /// What was seen, in the form in which a sweep of one account says it.
    fn record(&self) -> SweepRecord {
        let Seen {
            covered: _,
            not_covered: _,
            unknown_places: _,
            pools,
            domains,
            governed,
            drifted,
            busy,
            paused,
            exempt,
            unknown,
        } = self.seen;
        let most = SweepRecord::MOST_NAMED;
        let more = self.findings.len().saturating_sub(most) + self.left_out;
        let more =
            (more > 0).then(|| format!("{more} more, which the log of the sweep function has"));
        let outdated = self.outdated.then(|| {
            "another baseline was deployed during the sweep: the sweep that the deployment starts looks again"
                .to_owned()
        });
        SweepRecord {
            pools,
            domains,
            governed,
            drifted,
            busy,
            paused,
            exempt,
            unknown,
            ungoverned: self.ungoverned.iter().take(most).cloned().collect(),
            complete: !self.gaps.contains_key(&Gap::NoTime) && !self.outdated,
            findings: self
                .findings
                .iter()
                .take(most)
                .cloned()
                .chain(more)
                .chain(outdated)
                .collect(),
            ..SweepRecord::default()
        }
    }
}
