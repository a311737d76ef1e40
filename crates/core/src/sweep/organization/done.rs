//! What was put back, as one step says it to the next.

use serde::{Deserialize, Serialize};

use super::observation::OffChange;
use super::observing::shortened;
use super::room::Room;
use crate::baseline::Baseline;
use crate::place::Place;
use crate::plan::Drift;
use crate::report::SweepRecord;
use crate::text::clean;

/// Bytes of it at the most: of the lines, and of what was put back.
const LINES: usize = 24_000;
const PUT_BACK: usize = 12_000;

/// What was put back, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Domains that Cognito is busy with.
    pub busy: usize,
    /// Domains whose update AWS denied.
    pub denied: usize,
    /// Domains that a pause, or an override that cannot be read, left as they are.
    pub paused: usize,
    /// Domains that could not be read.
    pub unknown: usize,
    /// Whether people should hear of it now rather than once a day.
    pub urgent: bool,
    /// Lines about single domains.
    pub findings: Vec<String>,
    /// What was put back.
    pub reverted: Vec<Reverted>,
    /// How many more lines and domains there would have been.
    pub left_out: usize,
}

/// A domain that was put back: account, region, name, and what was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverted(pub String, pub String, pub String, pub Vec<OffChange>);

impl Done {
    /// Adds what came of one place.
    pub fn add(&mut self, place: &Place, sweep: &SweepRecord, reverted: &[(String, Drift)]) {
        let SweepRecord {
            cause: _,
            // Counted where all was observed.
            pools: _,
            domains: _,
            governed: _,
            drifted: _,
            exempt: _,
            missing: _,
            ungoverned: _,
            overlong_exemptions: _,
            overrides: _,
            complete: _,
            held: _,
            coverage: _,
            busy,
            denied,
            paused,
            unknown,
            findings,
        } = sweep;
        self.busy += busy;
        self.denied += denied;
        self.paused += paused;
        self.unknown += unknown;
        for line in findings {
            self.findings.push(clean(&format!("{place}: {line}"), SweepRecord::LONGEST_FINDING));
        }
        for (name, Drift { attribute, observed, desired, declared: _, position: _ }) in reverted {
            let change = OffChange(*attribute, shortened(observed), shortened(desired));
            let Place { partition: _, account, region } = place;
            match self.reverted.last_mut() {
                Some(Reverted(a, r, n, changes)) if (&*a, &*r, &*n) == (account, region, name) => {
                    changes.push(change);
                }
                Some(_) | None => {
                    let (account, region) = (account.clone(), region.clone());
                    self.reverted.push(Reverted(account, region, name.clone(), vec![change]));
                }
            }
        }
    }

    /// As much of it as fits.
    #[must_use]
    pub fn bounded(self) -> Self {
        let Self { busy, denied, paused, unknown, urgent, findings, reverted, left_out } = self;
        let (mut lines, mut room) = (Room::new(LINES), Room::new(PUT_BACK));
        let all = findings.len() + reverted.len();
        let findings: Vec<_> = findings
            .into_iter()
            .take(SweepRecord::MOST_NAMED)
            .filter(|line| lines.takes(line))
            .collect();
        let reverted: Vec<_> = reverted.into_iter().filter(|one| room.takes(one)).collect();
        let left_out = left_out + all - findings.len() - reverted.len();
        Self { busy, denied, paused, unknown, urgent, findings, reverted, left_out }
    }
}

/// Changes as a notice words them, by what the baseline declares.
pub fn drifts_of(
    baseline: &Baseline,
    place: &Place,
    name: &str,
    changes: &[OffChange],
) -> Vec<Drift> {
    let governing = baseline.governing(name, place);
    let drift = |OffChange(attribute, observed, desired): &OffChange| {
        let (declared, position) = governing.declaration(*attribute)?;
        let (observed, desired) = (observed.clone(), desired.clone());
        Some(Drift { attribute: *attribute, observed, desired, declared, position })
    };
    changes.iter().filter_map(drift).collect()
}

#[cfg(test)]
mod tests {
    use super::super::observing_tests::{place, update};
    use super::*;
    use crate::sweep::organization::size;

    #[test]
    fn however_much_was_done_what_is_said_of_it_fits_and_the_counts_are_whole() {
        let mut done = Done::default();
        for nth in 0..1_000 {
            let update = update(&format!("login.{nth}.example.com"), "TLS_V1");
            let line = format!("login.{nth}.example.com was put back: {}", "x".repeat(400));
            let sweep =
                SweepRecord { busy: 1, denied: 2, findings: vec![line], ..SweepRecord::default() };
            let drift = update.changes[0].clone();
            let both =
                [(update.request.domain.clone(), drift.clone()), (update.request.domain, drift)];
            done.add(&place(nth, "us-west-2"), &sweep, &both);
        }
        assert_eq!((done.reverted.len(), done.reverted[0].3.len()), (1_000, 2));
        let done = done.bounded();
        assert!(size(&done) <= LINES + PUT_BACK + 300, "{}", size(&done));
        assert_eq!((done.busy, done.denied, done.findings.len()), (1_000, 2_000, 50));
        assert_eq!(done.left_out, 2_000 - 50 - done.reverted.len());
        assert!(done.reverted.len() > 50);
    }
}
