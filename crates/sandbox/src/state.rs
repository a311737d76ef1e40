//! The state of the world: what each place has for itself, and what all have in common.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;
use time::OffsetDateTime;

use crate::acm::Certificates;
use crate::action::{Action, ApiError, Denial};
use crate::caller::Caller;
use crate::change::required;
use crate::cloudfront::DistributionsOf;
use crate::cognito::{Applied, Cognito, Model};
use crate::ids::Ids;
use crate::lookup;
use crate::place_state::PlaceState;
use crate::sns::{Published, Sns};
use crate::stacks;
use crate::sts::Sts;
use crate::trail::{Call, envelope};
use crate::variant::{Distributions, Elsewhere};
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;

/// The whole record of a notice, in the log of the function that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// How many calls there had been.
    pub calls: usize,
    /// Whose log it is.
    pub access_key_id: String,
    /// The notice's record.
    pub record: Value,
    /// Whether it says what a sweep was about to do. Otherwise a topic refused it.
    pub is_intention: bool,
}

/// A call on its way in.
pub(super) struct Request {
    pub(super) action: Action,
    pub(super) parameters: Value,
    pub(super) caller: Arc<Caller>,
    pub(super) access_key_id: String,
    pub(super) user_agent: String,
}

pub(super) struct State {
    model: Model,
    elsewhere: Elsewhere,
    distributions: Distributions,
    places: BTreeMap<Place, PlaceState>,
    sns: Sns,
    pub(super) callers: HashMap<String, Arc<Caller>>,
    pub(super) sts: Sts,
    pub(super) certificates: Certificates,
    pub(super) distributions_of: DistributionsOf,
    pub(super) ids: Ids,
    pub(super) calls: Vec<Arc<Call>>,
    pub(super) logged: Vec<Logged>,
}

impl State {
    pub(super) fn new(
        model: Model,
        (elsewhere, distributions): (Elsewhere, Distributions),
        topics: Vec<String>,
        seed: u64,
    ) -> Self {
        Self {
            model,
            elsewhere,
            distributions,
            places: BTreeMap::new(),
            sns: Sns { topics, published: Vec::new() },
            callers: HashMap::new(),
            sts: Sts::default(),
            certificates: Certificates::default(),
            distributions_of: DistributionsOf::default(),
            ids: Ids::new(seed),
            calls: Vec::new(),
            logged: Vec::new(),
        }
    }

    /// A place, made if nobody has named it before.
    pub(super) fn place(&mut self, place: &Place) -> &mut PlaceState {
        self.places.entry(place.clone()).or_insert_with(|| PlaceState::new(place.clone()))
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.keys()
    }

    /// A place as of now.
    pub(super) fn settled(&mut self, place: &Place, now: OffsetDateTime) -> &mut PlaceState {
        let settled = self.place(place);
        settled.cognito.settle(now);
        settled
    }

    /// When the next status changes by itself, wherever that is.
    pub(super) fn next_settlement(&mut self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let places = self.places.values_mut();
        places
            .filter_map(|place| {
                place.cognito.settle(now);
                place.cognito.next_settlement()
            })
            .min()
    }

    /// A name is given to one domain: one with a dot in the whole world, a prefix in its region. If
    /// another place has it, it moves.
    pub(super) fn put_domain(&mut self, place: &Place, domain: Domain, now: OffsetDateTime) {
        if let Some(other) = self.owner_elsewhere(place, &domain.name, now) {
            self.place(&other).cognito.remove_domain(&domain.name);
        }
        let (model, cognito) = self.cognito(place, now);
        cognito.put_domain(model, domain, now);
    }

    /// The other place that has a domain of that name.
    fn owner_elsewhere(&mut self, place: &Place, name: &str, now: OffsetDateTime) -> Option<Place> {
        let is_custom = name.contains('.');
        self.places
            .iter_mut()
            .filter(|(other, _)| *other != place && (is_custom || other.region == place.region))
            .find_map(|(other, state)| {
                state.cognito.settle(now);
                state.cognito.has(name).then(|| other.clone())
            })
    }

    pub(super) fn published(&self) -> &[Published] {
        &self.sns.published
    }

    /// What a call over the wire comes to: permission, quota, and then the operation.
    pub(super) fn perform(
        &mut self,
        place: &Place,
        request: &Request,
        now: OffsetDateTime,
    ) -> Result<Applied, ApiError> {
        self.admit(place, request, now)?;
        self.check_distribution(place, request)?;
        self.operate(place, request, now)
    }

    /// The service asks IAM in the caller's name for the distribution behind a custom domain.
    fn check_distribution(&self, place: &Place, request: &Request) -> Result<(), ApiError> {
        let Request { action, parameters, caller, access_key_id, .. } = request;
        let is_of_a_distribution =
            matches!(action, Action::CreateUserPoolDomain | Action::UpdateUserPoolDomain)
                && parameters.get("CustomDomainConfig").is_some_and(|config| !config.is_null());
        let is_asked = self.distributions == Distributions::Asked && is_of_a_distribution;
        if !is_asked || self.sts.may_update_distributions(access_key_id) {
            return Ok(());
        }
        let Place { partition, account, .. } = place;
        Err(ApiError::new(
            400,
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: cloudfront:updateDistribution on resource: \
                 arn:{partition}:cloudfront::{account}:distribution/* because no identity-based policy \
                 allows the cloudfront:updateDistribution action",
                caller.arn()
            ),
        ))
    }

    fn admit(
        &mut self,
        place: &Place,
        request: &Request,
        now: OffsetDateTime,
    ) -> Result<(), ApiError> {
        let Request { action, parameters, caller, access_key_id, .. } = request;
        let is_allowed = self.sts.allows(access_key_id, *action, &place.region);
        let state = self.place(place);
        // Policies that deny a region leave out what is global, IAM and STS above all.
        let denial = if state.is_denied && *action != Action::AssumeRole {
            Some(Denial::ServiceControlPolicy)
        } else if let Some(denial) = state.denied.get(action) {
            Some(*denial)
        } else {
            (!is_allowed).then_some(Denial::NotAllowed)
        };
        let Some(denial) = denial else {
            return state.quotas.admit(*action, now.unix_timestamp());
        };
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let named = match action {
            Action::Publish => text("TopicArn").map(str::to_owned),
            Action::AssumeRole => text("RoleArn").map(str::to_owned),
            Action::GetParametersByPath
            | Action::PutParameter
            | Action::DeleteParameter
            | Action::DeleteParameters => {
                let name = text("Path").or_else(|| text("Name")).unwrap_or("/*");
                Some(state.cognito.arn("ssm", &format!("parameter{name}")))
            }
            Action::DescribeParameters => Some(state.cognito.arn("ssm", "*")),
            Action::DescribeStacks => {
                let name = text("StackName").unwrap_or("*");
                Some(state.cognito.arn("cloudformation", &format!("stack/{name}/*")))
            }
            Action::DescribeLogGroups => Some(state.cognito.arn("logs", "log-group::log-stream:")),
            Action::FilterLogEvents => {
                let group = text("logGroupName").unwrap_or("*");
                Some(state.cognito.arn("logs", &format!("log-group:{group}:log-stream:")))
            }
            Action::CreateUserPoolDomain
            | Action::UpdateUserPoolDomain
            | Action::DeleteUserPoolDomain
            | Action::DescribeUserPoolDomain
            | Action::DescribeUserPool
            | Action::ListUserPools
            | Action::CreateUserPool
            | Action::DeleteUserPool
            | Action::LookupEvents => None,
            Action::DescribeCertificate => text("CertificateArn").map(str::to_owned),
            Action::ListDistributions => {
                let Place { partition, account, .. } = place;
                Some(format!("arn:{partition}:cloudfront::{account}:distribution/*"))
            }
        };
        let resource = match named {
            Some(arn) => arn,
            None => state.cognito.resource(*action, parameters),
        };
        Err(ApiError::denied(*action, caller.arn(), &resource, denial))
    }

    pub(super) fn operate(
        &mut self,
        place: &Place,
        request: &Request,
        now: OffsetDateTime,
    ) -> Result<Applied, ApiError> {
        let Request { action, parameters, caller, .. } = request;
        match action {
            Action::CreateUserPoolDomain => {
                let name = parameters.get("Domain").and_then(Value::as_str).unwrap_or_default();
                let is_taken = self.owner_elsewhere(place, name, now).is_some();
                let (model, cognito) = self.cognito(place, now);
                cognito.create(model, parameters, is_taken, now)
            }
            Action::UpdateUserPoolDomain => {
                let (model, cognito) = self.cognito(place, now);
                cognito.update(model, parameters, now)
            }
            Action::DeleteUserPoolDomain => {
                let (model, cognito) = self.cognito(place, now);
                cognito.delete(model, parameters, now)
            }
            Action::DescribeUserPoolDomain => {
                let name = required(parameters, "Domain")?;
                let is_here = self.settled(place, now).cognito.has(name);
                let other = match self.elsewhere {
                    Elsewhere::Described if !is_here => self.owner_elsewhere(place, name, now),
                    Elsewhere::Described | Elsewhere::Hidden => None,
                };
                // What a region describes is in that region.
                let other = other.filter(|other| other.region == place.region);
                let (model, cognito) = self.cognito(other.as_ref().unwrap_or(place), now);
                Ok(cognito.describe(model, name))
            }
            Action::DescribeUserPool => self.settled(place, now).cognito.describe_pool(parameters),
            Action::ListUserPools => self.settled(place, now).cognito.list_pools(parameters),
            Action::CreateUserPool => {
                let id = self.ids.uuid();
                self.settled(place, now).cognito.create_pool(parameters, &id)
            }
            Action::DeleteUserPool => self.settled(place, now).cognito.delete_pool(parameters),
            Action::LookupEvents => {
                let after = self.model.event_history();
                let calls = self.calls.iter().map(AsRef::as_ref);
                lookup::events(calls.filter(|call| call.place == *place), parameters, after, now)
                    .map(Applied::read)
            }
            Action::DescribeCertificate => {
                self.certificates.describe(parameters).map(Applied::read)
            }
            Action::ListDistributions => {
                Ok(Applied::read(self.distributions_of.list(&place.account, parameters)))
            }
            Action::Publish => {
                let response = self.sns.publish(parameters, now, &mut self.ids)?;
                Ok(Applied { response, changed: true })
            }
            Action::GetParametersByPath => {
                self.place(place).ssm.by_path(parameters).map(Applied::read)
            }
            Action::DescribeParameters => {
                self.place(place).ssm.describe(parameters).map(Applied::read)
            }
            Action::DescribeStacks => {
                let state = self.place(place);
                let arn = |name: &str| state.cognito.arn("cloudformation", name);
                stacks::describe(&state.stacks, parameters, arn).map(Applied::read)
            }
            Action::FilterLogEvents => self.place(place).logs.filter(parameters).map(Applied::read),
            Action::DescribeLogGroups => {
                Ok(Applied::read(self.place(place).logs.describe(parameters)))
            }
            Action::PutParameter => {
                let response = self.place(place).ssm.put(parameters, caller.arn(), now)?;
                Ok(Applied { response, changed: true })
            }
            Action::DeleteParameter => {
                let response = self.place(place).ssm.delete(parameters)?;
                Ok(Applied { response, changed: true })
            }
            Action::DeleteParameters => {
                let response = self.place(place).ssm.delete_several(parameters);
                Ok(Applied { response, changed: true })
            }
            Action::AssumeRole => {
                let Self { sts, ids, .. } = self;
                let response = sts.assume_role(caller, parameters, now, ids)?;
                Ok(Applied { response, changed: false })
            }
        }
    }

    fn cognito(&mut self, place: &Place, now: OffsetDateTime) -> (&mut Model, &mut Cognito) {
        let Self { model, places, .. } = self;
        let state = places.entry(place.clone()).or_insert_with(|| PlaceState::new(place.clone()));
        state.cognito.settle(now);
        (model, &mut state.cognito)
    }

    /// Writes a call down, and its event into the outbox.
    pub(super) fn conclude(
        &mut self,
        place: &Place,
        request: Request,
        applied: Result<Applied, ApiError>,
        answered: bool,
        at: OffsetDateTime,
    ) -> Arc<Call> {
        let Request { action, parameters, caller, access_key_id, user_agent } = request;
        let changed = applied.as_ref().is_ok_and(|applied| applied.changed);
        let left = parameters
            .get("Domain")
            .and_then(Value::as_str)
            .filter(|_| action.is_domain_write())
            .and_then(|name| self.place(place).cognito.domain(name).cloned());
        let call = Arc::new(Call {
            place: place.clone(),
            action,
            caller,
            access_key_id,
            user_agent,
            request: parameters,
            outcome: applied.map(|applied| applied.response),
            changed,
            answered,
            left,
            at,
            event_id: self.ids.uuid(),
            request_id: self.ids.uuid(),
        });
        if action.is_write() {
            let event = envelope(&call, &self.ids.uuid());
            self.place(place).outbox.push(event);
        }
        self.calls.push(Arc::clone(&call));
        call
    }
}
