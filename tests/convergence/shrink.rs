//! From a history that fails to a smaller one that fails in the same way.

use std::time::Duration;

use crate::check;
use crate::history::{History, Step};
use crate::invariants::Violation;

/// Drops whatever can be dropped while the same invariant still fails.
pub(crate) fn shrink(history: History, violation: Violation) -> (History, Violation) {
    let mut smallest = (history, violation);
    while let Some(smaller) = candidates(&smallest.0).into_iter().find_map(|candidate| {
        let violation = check(&candidate).err()?;
        (violation.invariant == smallest.1.invariant).then_some((candidate, violation))
    }) {
        smallest = smaller;
    }
    smallest
}

fn candidates(history: &History) -> Vec<History> {
    let mut candidates = Vec::new();
    let mut propose = |edit: &dyn Fn(&mut History)| {
        let mut candidate = history.clone();
        edit(&mut candidate);
        candidates.push(candidate);
    };
    for nth in 0..history.steps.len() {
        propose(&|history| drop(history.steps.remove(nth)));
    }
    for nth in 0..history.baseline.entries.len() {
        propose(&|history| drop(history.baseline.entries.remove(nth)));
    }
    for nth in 0..history.baseline.exemptions.len() {
        propose(&|history| drop(history.baseline.exemptions.remove(nth)));
    }
    if history.domains.len() > 1 {
        let last = history.domains.len() - 1;
        let used = history.steps.iter().any(|step| match step {
            Step::Change(change) | Step::Race(_, change) => change.domain == last,
            Step::Contest(contest) => contest.changes.iter().any(|change| change.domain == last),
            Step::Wait(_)
            | Step::Together(_)
            | Step::Sweep
            | Step::Approve
            | Step::Fault(..)
            | Step::Shut(..)
            | Step::Stop(_)
            | Step::Calm => false,
        });
        if !used {
            propose(&|history| history.domains.truncate(last));
        }
    }
    if history.own_fates.len() > 1 {
        propose(&|history| history.own_fates.truncate(1));
    }
    for (nth, step) in history.steps.iter().enumerate() {
        match step {
            Step::Change(change) | Step::Race(_, change) if change.fate.len() > 1 => {
                propose(&|history| match &mut history.steps[nth] {
                    Step::Change(change) | Step::Race(_, change) => change.fate.truncate(1),
                    Step::Wait(_)
                    | Step::Contest(_)
                    | Step::Together(_)
                    | Step::Sweep
                    | Step::Approve
                    | Step::Fault(..)
                    | Step::Shut(..)
                    | Step::Stop(_)
                    | Step::Calm => {}
                });
            }
            Step::Wait(time) if *time > Duration::from_secs(1) => {
                let half = Duration::from_secs(time.as_secs() / 2);
                propose(&|history| history.steps[nth] = Step::Wait(half));
            }
            Step::Contest(contest) if contest.changes.len() > 1 => {
                propose(&|history| match &mut history.steps[nth] {
                    Step::Contest(contest) => contest.changes.truncate(1),
                    Step::Change(_)
                    | Step::Race(..)
                    | Step::Wait(_)
                    | Step::Together(_)
                    | Step::Sweep
                    | Step::Approve
                    | Step::Fault(..)
                    | Step::Shut(..)
                    | Step::Stop(_)
                    | Step::Calm => {}
                });
            }
            Step::Change(_)
            | Step::Contest(_)
            | Step::Race(..)
            | Step::Wait(_)
            | Step::Together(_)
            | Step::Sweep
            | Step::Approve
            | Step::Fault(..)
            | Step::Shut(..)
            | Step::Stop(_)
            | Step::Calm => {}
        }
    }
    candidates
}
