//! The world of a history: its places, and what is there when it begins.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use cognito_domain_guard::domain::{
    CustomDomain, Domain, Failover, Hosting, ObservedPolicy, Status,
};
use cognito_domain_guard::reach::Organization;
use cognito_domain_guard_sandbox::{
    Action, Pool, Role, World, WorldSettings, deployment_identity, member_role, topic_arn,
};

use crate::generate::{FAILOVERS, certificate};
use crate::history::{DomainSpec, Entry, History, InitialStatus, PlaceSpec, PoolSpec};

/// The SDK keeps one budget of retries for each region and process. With a region of its own a
/// history has a budget of its own, as a Lambda has, and does not depend on those before it.
static REGION: AtomicU32 = AtomicU32::new(1_000_000);

/// The world in each of a history's places, the guard's own first.
#[derive(Clone)]
pub(crate) struct Places(Vec<World>);

impl Places {
    pub(crate) fn home(&self) -> &World {
        &self.0[0]
    }

    /// Where a domain is.
    pub(crate) fn of(&self, history: &History, domain: usize) -> &World {
        &self.0[history.place_of(domain)]
    }

    pub(crate) fn nth(&self, place: usize) -> &World {
        &self.0[place]
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &World> {
        self.0.iter()
    }

    pub(crate) fn domains(&self) -> Vec<Domain> {
        self.0.iter().flat_map(World::domains).collect()
    }

    /// Nothing goes wrong any more, and the guard may enter.
    pub(crate) fn calm(&self) {
        for world in &self.0 {
            world.clear_faults();
            world.deny_region(false);
            world.allow(Action::UpdateUserPoolDomain);
            if world.account() != self.home().account() {
                world.put_role(member_role(world, &deployment_identity(self.home()).role_arn));
            }
        }
    }

    /// At home and in its account the guard has its own role, which nobody takes away here.
    pub(crate) fn shut(&self, place: usize, how: Entry) {
        let world = &self.0[place];
        let is_of_a_member = world.account() != self.home().account();
        match how {
            Entry::RoleMissing => world.remove_role(&world.place().member_role_arn()),
            Entry::RoleRefuses if is_of_a_member => {
                world.put_role(Role { trusted: Vec::new(), ..member_role(world, "") });
            }
            Entry::RoleRefuses => {}
            Entry::Left => {
                for member in self.0.iter().filter(|member| member.account() == world.account()) {
                    if is_of_a_member {
                        member.put_role(Role { trusted: Vec::new(), ..member_role(member, "") });
                    }
                }
            }
            Entry::RegionDenied => world.deny_region(true),
        }
    }
}

/// The organization of a hub, `None` of a guard that is none.
pub(crate) fn organization(places: &Places) -> Option<Organization> {
    places.all().nth(1)?;
    Some(Organization {
        id: "o-exampleorgid".to_owned(),
        regions: places.all().map(|world| world.region().to_owned()).collect(),
        excluded_accounts: BTreeSet::new(),
    })
}

pub(crate) fn places(history: &History) -> Places {
    let number = REGION.fetch_add(1, Ordering::Relaxed);
    let region = format!("eu-central-{number}");
    let account = WorldSettings::default().account;
    let world = World::new(WorldSettings {
        topics: vec![topic_arn(&account, &region)],
        account,
        region,
        variant: history.variant,
        elsewhere: history.elsewhere,
        durations: history.durations,
        seed: history.seed,
        ..WorldSettings::default()
    });
    let other = format!("us-west-{number}");
    let place = |spec: &PlaceSpec| {
        world.at(spec.account, if spec.other_region { &other } else { world.region() })
    };
    let places = Places(history.places.iter().map(place).collect());
    places.calm();
    for (number, PoolSpec { tier, place }) in history.pools.iter().enumerate() {
        let world = places.nth(*place);
        let id = pool_id(world, number);
        world.put_pool(Pool { name: format!("pool {number}"), id, tier: *tier });
    }
    for (number, spec) in history.domains.iter().enumerate() {
        if spec.status != InitialStatus::Missing {
            let world = places.of(history, number);
            world.put_domain(domain(world, spec));
        }
    }
    places
}

pub(crate) fn pool_id(world: &World, number: usize) -> String {
    format!("{}_POOL{number:04}", world.region())
}

pub(crate) fn failover(number: usize) -> Failover {
    let (region, check) = FAILOVERS[number];
    Failover {
        secondary_region: region.to_owned(),
        primary_route53_health_check_id: check.to_owned(),
    }
}

fn domain(world: &World, spec: &DomainSpec) -> Domain {
    let account = if spec.other_account { "999988887777" } else { world.account() };
    let custom = CustomDomain {
        certificate_arn: Some(certificate(spec.certificate)),
        security_policy: spec.policy.map_or(ObservedPolicy::Absent, ObservedPolicy::from_name),
        failover: spec.failover.map(failover),
    };
    Domain {
        name: spec.name.to_owned(),
        user_pool_id: pool_id(world, spec.pool),
        account: Some(account.to_owned()),
        status: match spec.status {
            InitialStatus::Creating => Status::Creating,
            InitialStatus::Failed => Status::Failed,
            InitialStatus::Active | InitialStatus::Missing => Status::Active,
        },
        hosting: if spec.is_custom() { Hosting::Custom(custom) } else { Hosting::Prefix },
        managed_login_version: spec.login,
    }
}
