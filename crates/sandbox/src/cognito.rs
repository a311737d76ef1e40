//! Cognito's state: user pools, their domains, and what time does to a domain's status.
//!
//! Each call first settles what time has brought about, so a status never lies about `now`. What an
//! update makes of its parameters is decided in [`crate::change`], and how a domain is
//! worded in [`crate::description`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::action::{Action, ApiError};
use crate::change::{self, Parameters};
use crate::description;
use crate::pool::{Pool, Tier};
use crate::settings::Durations;
use crate::variant::{Describe, OldPolicy, Replicas, Variant};
use cognito_domain_guard::domain::{Domain, Hosting, ObservedPolicy, SecurityPolicy, Status};
use cognito_domain_guard::place::Place;

mod pools;

/// A domain, and what is under way with it.
#[derive(Debug)]
struct DomainState {
    /// The configuration last accepted, and the status.
    domain: Domain,
    /// What is served meanwhile, while an accepted change is on its way out.
    served: Option<Box<Domain>>,
    /// When the status changes by itself.
    settles_at: Option<OffsetDateTime>,
    /// When it was last changed.
    changed_at: OffsetDateTime,
}

/// What an operation answers, and whether it changed anything.
pub(super) struct Applied {
    pub(super) response: Value,
    pub(super) changed: bool,
}

impl Applied {
    pub(super) const fn read(response: Value) -> Self {
        Self { response, changed: false }
    }
}

/// What is the same in every account and region: which of the possible Cognitos this is.
#[derive(Debug)]
pub(super) struct Model {
    variant: Variant,
    replicas: Replicas,
    durations: Durations,
    /// Policies that the service model has: those of the build, and any newer one that a test has
    /// put.
    policies: BTreeSet<String>,
}

impl Model {
    pub(super) fn new(variant: Variant, replicas: Replicas, durations: Durations) -> Self {
        let policies = SecurityPolicy::ALL.iter().map(ToString::to_string).collect();
        Self { variant, replicas, durations, policies }
    }

    /// From a call until the event history has it.
    pub(super) const fn event_history(&self) -> Duration {
        self.durations.event_history
    }
}

/// The user pools of one account and region, and their domains.
#[derive(Debug)]
pub(super) struct Cognito {
    place: Place,
    pools: BTreeMap<String, Pool>,
    /// Those of pools that were made over the wire, by the pool's identifier.
    tags: BTreeMap<String, BTreeMap<String, String>>,
    domains: BTreeMap<String, DomainState>,
}

impl Cognito {
    pub(super) const fn new(place: Place) -> Self {
        Self { place, pools: BTreeMap::new(), tags: BTreeMap::new(), domains: BTreeMap::new() }
    }

    pub(super) fn put_pool(&mut self, pool: Pool) {
        self.pools.insert(pool.id.clone(), pool);
    }

    pub(super) fn pool_ids(&self) -> Vec<String> {
        self.pools.keys().cloned().collect()
    }

    pub(super) fn put_domain(
        &mut self,
        model: &mut Model,
        mut domain: Domain,
        now: OffsetDateTime,
    ) {
        if !self.pools.contains_key(&domain.user_pool_id) {
            self.put_pool(Pool {
                id: domain.user_pool_id.clone(),
                name: format!("pool of {}", domain.name),
                tier: Tier::Essentials,
            });
        }
        if let Hosting::Custom(custom) = &mut domain.hosting {
            if custom.security_policy == ObservedPolicy::Absent
                && model.variant.old_policy == OldPolicy::TlsV1
            {
                custom.security_policy = ObservedPolicy::Known(SecurityPolicy::TlsV1);
            }
            if let ObservedPolicy::Unknown(name) = &custom.security_policy {
                model.policies.insert(name.clone());
            }
        }
        let custom = matches!(domain.hosting, Hosting::Custom(_));
        let takes = match &domain.status {
            Status::Creating if custom => Some(model.durations.create_custom),
            Status::Creating => Some(model.durations.create_prefix),
            Status::Updating if custom => Some(model.durations.update_custom),
            Status::Updating => Some(model.durations.update_prefix),
            Status::Deleting => Some(model.durations.delete.max(Duration::from_secs(60))),
            Status::Active | Status::Failed | Status::Unknown(_) => None,
        };
        let entry = DomainState {
            changed_at: now,
            served: None,
            settles_at: takes.map(|duration| now + duration),
            domain,
        };
        self.domains.insert(entry.domain.name.clone(), entry);
    }

    pub(super) fn remove_domain(&mut self, name: &str) {
        self.domains.remove(name);
    }

    /// Brings about what time has brought about.
    pub(super) fn settle(&mut self, now: OffsetDateTime) {
        self.domains.retain(|_, entry| {
            if entry.settles_at.is_none_or(|at| at > now) {
                return true;
            }
            entry.settles_at = None;
            entry.served = None;
            if entry.domain.status == Status::Deleting {
                return false;
            }
            entry.domain.status = Status::Active;
            true
        });
    }

    /// Whether it has a domain of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.domains.contains_key(name)
    }

    pub(super) fn domain(&self, name: &str) -> Option<&Domain> {
        self.domains.get(name).map(|entry| &entry.domain)
    }

    pub(super) fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.domains.values().map(|entry| &entry.domain)
    }

    pub(super) fn next_settlement(&self) -> Option<OffsetDateTime> {
        self.domains.values().filter_map(|entry| entry.settles_at).min()
    }

    /// The resource of an IAM decision on this call, as a denial names it.
    pub(super) fn resource(&self, action: Action, parameters: &Value) -> String {
        let pool = parameters.get("UserPoolId").and_then(Value::as_str);
        match (action, pool) {
            (Action::DescribeUserPoolDomain | Action::ListUserPools, _) | (_, None) => {
                "*".to_owned()
            }
            (_, Some(pool)) => self.pool_arn(pool),
        }
    }

    fn pool_arn(&self, pool: &str) -> String {
        self.arn("cognito-idp", &format!("userpool/{pool}"))
    }

    /// The ARN of something of a service, in this place.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let Place { partition, account, region } = &self.place;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// `is_taken` says whether another place has a domain of that name.
    pub(super) fn create(
        &mut self,
        model: &Model,
        parameters: &Value,
        is_taken: bool,
        now: OffsetDateTime,
    ) -> Result<Applied, ApiError> {
        let parameters = Parameters::parse(parameters, &model.policies)?;
        let pool = self.pool(parameters.user_pool_id)?;
        parameters.check_replica(model.replicas)?;
        if is_taken || self.domains.contains_key(parameters.domain) {
            return Err(ApiError::invalid_parameter(
                "Domain already associated with another user pool.",
            ));
        }
        let custom = parameters.custom.is_some();
        let has_one = self.domains().any(|domain| {
            domain.user_pool_id == pool.id && matches!(domain.hosting, Hosting::Custom(_)) == custom
        });
        if has_one {
            return Err(ApiError::invalid_parameter("User pool already has a domain configured."));
        }
        let mut domain = change::created(&parameters, pool.tier)?;
        domain.account = Some(self.place.account.clone());
        let takes =
            if custom { model.durations.create_custom } else { model.durations.create_prefix };
        let response = description::accepted(&domain);
        self.domains.insert(
            domain.name.clone(),
            DomainState { domain, served: None, settles_at: Some(now + takes), changed_at: now },
        );
        Ok(Applied { response, changed: true })
    }

    pub(super) fn update(
        &mut self,
        model: &Model,
        parameters: &Value,
        now: OffsetDateTime,
    ) -> Result<Applied, ApiError> {
        let parameters = Parameters::parse(parameters, &model.policies)?;
        let tier = self.pool(parameters.user_pool_id)?.tier;
        parameters.check_replica(model.replicas)?;
        let Model { variant, durations, .. } = model;
        let current = self.owned_domain(parameters.domain, parameters.user_pool_id)?;
        let mut desired = change::updated(current, &parameters, tier, *variant)?;
        change::check_status(&current.status, &current.name, variant.busy)?;

        let changed = desired != *current;
        let takes = match (&current.hosting, &desired.hosting) {
            (Hosting::Prefix, _) | (_, Hosting::Prefix) => durations.update_prefix,
            (Hosting::Custom(before), Hosting::Custom(after))
                if before.certificate_arn == after.certificate_arn =>
            {
                durations.update_custom
            }
            (Hosting::Custom(_), Hosting::Custom(_)) => durations.update_certificate,
        };
        let creating = current.status == Status::Creating;
        if !creating {
            desired.status = Status::Updating;
        }
        let response = description::accepted(&desired);
        if let Some(entry) = self.domains.get_mut(parameters.domain) {
            let before = std::mem::replace(&mut entry.domain, desired);
            if !creating {
                entry.served.get_or_insert_with(|| Box::new(before));
                entry.settles_at = Some(now + takes);
            }
            entry.changed_at = now;
        }
        Ok(Applied { response, changed })
    }

    pub(super) fn delete(
        &mut self,
        model: &Model,
        parameters: &Value,
        now: OffsetDateTime,
    ) -> Result<Applied, ApiError> {
        let name = change::required(parameters, "Domain")?;
        let pool = change::required(parameters, "UserPoolId")?;
        self.pool(pool)?;
        self.owned_domain(name, pool)?;
        let takes = model.durations.delete;
        if takes.is_zero() {
            self.domains.remove(name);
        } else if let Some(entry) = self.domains.get_mut(name) {
            entry.domain.status = Status::Deleting;
            entry.settles_at = Some(now + takes);
        }
        Ok(Applied { response: json!({}), changed: true })
    }

    /// A domain that is not there is an empty description, not an error.
    pub(super) fn describe(&self, model: &Model, name: &str) -> Applied {
        let described = self.domains.get(name);
        let description =
            described.map_or_else(|| json!({}), |domain| self.describe_one(model, domain));
        Applied::read(json!({"DomainDescription": description}))
    }

    fn describe_one(&self, model: &Model, entry: &DomainState) -> Value {
        let shown = match (model.variant.describe, &entry.served) {
            (Describe::Lags, Some(served)) => served,
            (Describe::Lags, None) | (Describe::Fresh, _) => &entry.domain,
        };
        let status = &entry.domain.status;
        description::described(shown, status, entry.changed_at, &self.place.region)
    }

    fn pool(&self, id: &str) -> Result<&Pool, ApiError> {
        self.pools
            .get(id)
            .ok_or_else(|| ApiError::not_found(format!("User pool {id} does not exist.")))
    }

    fn owned_domain(&self, name: &str, pool: &str) -> Result<&Domain, ApiError> {
        let domain = self
            .domain(name)
            .ok_or_else(|| ApiError::not_found(format!("Domain {name} does not exist.")))?;
        if domain.user_pool_id != pool {
            return Err(ApiError::invalid_parameter(format!(
                "Domain {name} is not associated with user pool {pool}."
            )));
        }
        Ok(domain)
    }
}
