//! Sweeps of organizations that nobody thought of: whatever is wrong in whichever places, the brake holds, and
//! one account's failure stops no other.

use std::collections::BTreeMap;

use cognito_domain_guard::sweep::{Brake, Counts};
use cognito_domain_guard_sandbox::{Action, Fault, World};
use fastrand::Rng;
use serde_json::json;

use crate::organization::{Organized, updates};

const RUNS: u64 = 60;
const REGIONS: [&str; 2] = ["eu-central-1", "us-west-2"];

/// What is wrong in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// The member role is not there.
    NoRole,
    /// A policy of the organization denies the region.
    RegionDenied,
    /// Cognito throttles the list of user pools, also after retries.
    Throttled,
    /// The session has ended by Cognito's clock; a new one has not.
    Expired,
    /// Somebody denies the guard's updates.
    Stopped,
}

impl Wrong {
    fn any(rng: &mut Rng) -> Self {
        let all = [Self::NoRole, Self::RegionDenied, Self::Throttled, Self::Expired, Self::Stopped];
        if rng.u8(..) < 150 { Self::Nothing } else { all[rng.usize(..all.len())] }
    }

    fn happen(self, member: &World) {
        let list = |code: &str| Fault::error(400, code, "no").on(Action::ListUserPools);
        match self {
            Self::Nothing => {}
            Self::NoRole => member.remove_role(&member.place().member_role_arn()),
            Self::RegionDenied => member.deny_region(true),
            Self::Throttled => member.inject(list("TooManyRequestsException")),
            Self::Expired => member.inject(list("ExpiredTokenException").once()),
            Self::Stopped => member.deny_explicitly(Action::UpdateUserPoolDomain),
        }
    }

    /// Whether the sweep sees the place's domains.
    const fn is_seen(self) -> bool {
        match self {
            Self::Nothing | Self::Expired | Self::Stopped => true,
            Self::NoRole | Self::RegionDenied | Self::Throttled => false,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_brake_holds_and_one_accounts_failure_stops_no_other() {
    let (mut held, mut failing, mut put_back) = (0, 0, 0);
    for seed in 0..RUNS {
        let mut rng = Rng::with_seed(seed);
        let mut all = Organized::new();
        for nth in 0..rng.usize(..3) {
            all.join(&format!("{:012}", 600_000_000_000_u64 + nth as u64));
        }
        let limit = |rng: &mut Rng, most: usize| rng.bool().then(|| rng.usize(1..most));
        let brake = Brake { per_account: limit(&mut rng, 5), total: limit(&mut rng, 13) };
        (all.guard.sweep_account_limit, all.guard.sweep_limit) = (brake.per_account, brake.total);
        let mut places = BTreeMap::new();
        let mut found = Counts::new();
        // The hub's own account has no role that could be missing.
        for account in all.accounts.clone().into_iter().skip(1) {
            for region in REGIONS {
                let (weak, wrong) = (rng.usize(..4), Wrong::any(&mut rng));
                let member = all.weak(&account, region, weak);
                wrong.happen(&member);
                if wrong.is_seen() {
                    *found.entry(account.clone()).or_default() += weak;
                }
                failing += usize::from(wrong != Wrong::Nothing);
                places.insert((account.clone(), region), (member, weak, wrong));
            }
        }
        all.run(json!({ "cause": "schedule" })).await.unwrap();

        let braked = brake.apply(&found, 0);
        held += usize::from(!braked.held_by_account.is_empty() || !braked.held_by_total.is_empty());
        let mut total = 0;
        for ((account, region), (member, weak, wrong)) in &places {
            let is_put_back = wrong.is_seen()
                && *wrong != Wrong::Stopped
                && braked.put_back.contains_key(account);
            let expected = if is_put_back { *weak } else { 0 };
            assert_eq!(
                updates(member),
                expected,
                "seed {seed}: {account}/{region}: {wrong:?} {brake:?}"
            );
            total += expected;
        }
        assert!(brake.total.is_none_or(|most| total <= most), "seed {seed}");
        put_back += total;
        let unseen = places.values().filter(|(.., wrong)| !wrong.is_seen()).count();
        let (covered, not_covered, unknown) = all.coverage();
        assert_eq!(not_covered + unknown, unseen, "seed {seed}");
        assert_eq!(covered, 2 * all.accounts.len() - unseen, "seed {seed}");
    }
    assert!(held > 10 && failing > 50 && put_back > 50, "{held} {failing} {put_back}");
}
