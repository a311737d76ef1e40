//! Histories of an organization: the same as any other, in several accounts and regions.

use std::time::Duration;

use cognito_domain_guard_sandbox::{Action, Elsewhere, Fault, FaultKind};
use fastrand::Rng;

use crate::form::Form;
use crate::generate::{chance, pick, pick_kind};
use crate::history::{Actor, Change, Edit, Entry, History, Member, Members, PlaceSpec, Step};

/// The accounts of members, as a baseline may know them: name, id and owner.
const ACCOUNTS: [(&str, &str, &str); 2] =
    [("shop", "222222222222", "team-shop"), ("pay", "333333333333", "team-pay")];

/// Puts the domains of a history into several places, and things between them and the guard that can go
/// wrong there alone.
pub(crate) fn spread(rng: &mut Rng, mut history: History) -> History {
    let mut others: Vec<PlaceSpec> = ACCOUNTS
        .iter()
        .flat_map(|(_, account, _)| [false, true].map(|other_region| (*account, other_region)))
        .chain([("111122223333", true)])
        .map(|(account, other_region)| PlaceSpec { account, other_region })
        .collect();
    rng.shuffle(&mut others);
    others.truncate(pick(rng, &[1, 2, 2, 3]));
    history.places.extend(others);
    history.elsewhere = pick(rng, &[Elsewhere::Described, Elsewhere::Hidden]);
    let places = history.places.len();
    for pool in &mut history.pools {
        // Few are at home, where all others are.
        pool.place = if chance(rng, 15) { 0 } else { rng.usize(1..places) };
    }
    for spec in &mut history.domains {
        spec.other_account = false;
    }
    if chance(rng, 60) {
        history.baseline.accounts = ACCOUNTS.to_vec();
    }
    let limit = |rng: &mut Rng| pick(rng, &[None, Some(1), Some(1), Some(2), Some(3)]);
    history.brake = (limit(rng), limit(rng));
    history.approves = chance(rng, 50);
    let homes: Vec<usize> = (0..history.domains.len()).map(|n| history.place_of(n)).collect();
    let pools = history.pools.clone();
    let mut steps = if chance(rng, 20) { unheard(rng, &homes) } else { Vec::new() };
    for mut step in std::mem::take(&mut history.steps) {
        let settle = |change: &mut Change, rng: &mut Rng| {
            // A domain stays in its place, in whatever pool.
            if let Edit::Create { pool, .. } | Edit::Transfer { pool, .. } = &mut change.edit
                && pools[*pool].place != homes[change.domain]
            {
                *pool = history.domains[change.domain].pool;
            }
            if matches!(change.edit, Edit::Update(_)) && chance(rng, 15) {
                change.actor = Actor::Admin;
            }
        };
        match &mut step {
            Step::Change(change) | Step::Race(_, change) => settle(change, rng),
            Step::Contest(contest) => {
                contest.changes.iter_mut().for_each(|change| settle(change, rng));
            }
            Step::Fault(place, fault) => {
                *place = if fault.action == Some(Action::Publish) { 0 } else { pick(rng, &homes) };
            }
            Step::Wait(_)
            | Step::Together(_)
            | Step::Sweep
            | Step::Approve
            | Step::Shut(..)
            | Step::Stop(_)
            | Step::Calm => {}
        }
        if chance(rng, 6) {
            let all = [Entry::RoleMissing, Entry::RoleRefuses, Entry::RegionDenied, Entry::Left];
            steps.push(Step::Shut(pick(rng, &homes), pick(rng, &all)));
        }
        if chance(rng, 10) {
            // The list of user pools is a sweep's: throttled also after retries, or by a session that has ended.
            let listing = [
                Fault::error(400, "TooManyRequestsException", "Rate exceeded").times(3),
                Fault::error(400, "ExpiredTokenException", "it has expired").once(),
                Fault::error(500, "InternalErrorException", "internal error").once(),
            ];
            let fault = listing[rng.usize(0..listing.len())].clone();
            steps.push(Step::Fault(pick(rng, &homes), fault.on(Action::ListUserPools)));
        }
        if chance(rng, 25) {
            steps.push(Step::Sweep);
            if chance(rng, 50) {
                steps.push(Step::Wait(Duration::from_secs(rng.u64(0..3_600))));
                steps.push(Step::Approve);
            }
        }
        if chance(rng, 4) {
            let kinds = [
                Fault::error(400, "Throttling", "Rate exceeded").kind,
                Fault::error(500, "InternalFailure", "internal error").kind,
                FaultKind::After(cognito_domain_guard_sandbox::Break::Kill),
                FaultKind::Before(cognito_domain_guard_sandbox::Break::Reset),
            ];
            let fault = Fault::new(pick_kind(rng, &kinds)).on(Action::AssumeRole);
            steps.push(Step::Fault(0, fault.times(rng.u32(1..=3))));
        }
        steps.push(step);
    }
    history.steps = steps;
    history
}

/// Drift that no event reports, so that a sweep finds all of it at once, and its brake may hold it; and often one of
/// the domains is changed once more, as unheard, before somebody approves what was held. Now and then one place, of
/// those in which the domains are, answers while they are looked for, and no longer when they are to be put back.
fn unheard(rng: &mut Rng, homes: &[usize]) -> Vec<Step> {
    let change = |domain, members| {
        let edit = Edit::Update(members);
        let (actor, fate, form) = (Actor::Console, Vec::new(), Form::Usual);
        Step::Change(Change { domain, actor, edit, fate, form })
    };
    // Longer than any update takes: a sweep leaves busy domains alone.
    let at_rest = Step::Wait(Duration::from_secs(10 * 60));
    let mut steps = Vec::new();
    for domain in 0..homes.len() {
        let (policy, login) = (Member::Set("TLS_V1"), Member::Set(1));
        let certificate = pick(rng, &[Member::Keep, Member::Set(0), Member::Set(1)]);
        steps.push(change(domain, Members { policy, login, failover: Member::Keep, certificate }));
    }
    steps.push(at_rest.clone());
    if chance(rng, 40) {
        let place = pick(rng, homes);
        let looks = homes.iter().map(|home| u32::from(*home == place)).sum();
        let fault = Fault::error(400, "TooManyRequestsException", "Rate exceeded");
        let fault = fault.on(Action::DescribeUserPoolDomain).skip(looks);
        steps.push(Step::Fault(place, fault.times(12)));
    }
    steps.push(Step::Sweep);
    if chance(rng, 70) {
        let policy = pick(rng, &[Member::Keep, Member::Set("TLS_V1_2_2021")]);
        let failover = pick(rng, &[Member::Keep, Member::Set(None), Member::Set(Some(0))]);
        let certificate = pick(rng, &[Member::Set(0), Member::Set(1)]);
        let again = Members { policy, login: Member::Keep, failover, certificate };
        steps.extend([change(rng.usize(0..homes.len()), again), at_rest]);
    }
    steps.push(Step::Approve);
    steps
}
