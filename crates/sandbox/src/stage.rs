//! A recorded event on a stage: a world in which the call that it records has just been made.
//!
//! Every domain that the event needs is put there at its baseline, and then the recorded call is
//! applied, so that what follows is what the event is about.

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};

use crate::deployment::{identity, topic_arn};
use crate::lambda::{FunctionError, Invocation, matches_rule};
use crate::platform::Platform;
use crate::replay::ReplayError;
use crate::settings::WorldSettings;
use crate::world::World;
use cognito_domain_guard::baseline::{Baseline, RoutingRule};
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::trigger::{self, Asked, Change, DomainCall, Payload, Subject, Trigger};
use cognito_domain_guard::when;

/// How long CloudTrail and EventBridge take over the event at hand.
const ON_ITS_WAY: Duration = Duration::from_secs(4);
const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-000000000000";
const POOL: &str = "eu-central-1_EXAMPLE01";

/// A world in which a recorded call has just been made, and the event that tells of it.
#[derive(Debug)]
pub struct Stage {
    /// The world, at the time of the event and in its account and region.
    pub world: World,
    /// The recorded call, where the event is about one that changed a domain.
    pub change: Option<Box<Change>>,
    /// Every domain before the call, each at its baseline.
    pub before: Vec<Domain>,
    /// Every domain after it.
    pub after: Vec<Domain>,
    payload: Value,
    /// What is inside all envelopes.
    event: Value,
    /// The CloudTrail record, or the event where there is none.
    detail: Value,
}

/// How an event gets to the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// The rule lets it through.
    Rule,
    /// It lies on the recheck queue.
    Queue,
    /// It is the schedule's.
    Schedule,
    /// The rule does not let it through, so the function was invoked with it.
    Direct,
}

impl Stage {
    /// Sets the stage for what a function would be invoked with. Account, region, time and topic are
    /// the event's, the rest of the settings holds.
    ///
    /// A record that hides its domain hides the rest too: then nothing is applied.
    ///
    /// # Errors
    ///
    /// When the recorded call fails in this world.
    pub fn set(
        payload: &Value,
        baseline: &Baseline,
        settings: WorldSettings,
    ) -> Result<Self, ReplayError> {
        let event = innermost(payload);
        let detail =
            event.get("detail").filter(|detail| detail.is_object()).unwrap_or(&event).clone();
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        let account = text("/account")
            .or_else(|| text("/recipientAccountId"))
            .map_or(settings.account, str::to_owned);
        let region =
            text("/region").or_else(|| text("/awsRegion")).map_or(settings.region, str::to_owned);
        let time = detail
            .get("eventTime")
            .and_then(Value::as_str)
            .or_else(|| text("/time"))
            .and_then(when::from_text);
        let world = World::new(WorldSettings {
            topics: vec![topic_arn(&account, &region)],
            account,
            region,
            start: time.unwrap_or(settings.start),
            ..settings
        });
        let place = world.place();
        let change = match trigger::read(&event, &identity(&world), &Reach::one(place.clone())) {
            Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => Some(change),
            Payload::Single(_) | Payload::Together(_) | Payload::Queue(_) => None,
        };
        match &change {
            Some(change) => put_domain_of(change, &world, baseline),
            None => {
                for (number, name) in baseline.exact_names(place).enumerate() {
                    let pool = format!("{POOL}{number}");
                    world.put_domain(at_baseline(name, &pool, &world, baseline));
                }
            }
        }
        let before = world.domains();
        if let Some(Subject::Domain(_)) = change.as_ref().map(|change| &change.subject) {
            world.replay_record(&detail)?;
        }
        // What the recorded call itself makes CloudTrail say is the event at hand.
        let _ = world.take_events();
        let after = world.domains();
        Ok(Self { world, change, before, after, payload: payload.clone(), event, detail })
    }

    /// Hands the event to the platform, as AWS would. What it leads to comes with
    /// [`Platform::run_until_idle`].
    pub async fn deliver<H, F>(&self, platform: &mut Platform<H>) -> Delivery
    where
        H: Fn(Value, Invocation) -> F,
        F: Future<Output = Result<Value, FunctionError>>,
    {
        let Self { payload, event, .. } = self;
        if let Some(records) = payload.get("Records").and_then(Value::as_array) {
            for body in records.iter().filter_map(|record| record.get("body")?.as_str()) {
                platform.enqueue(body);
            }
            return Delivery::Queue;
        }
        if payload.get("requestPayload").is_some() {
            platform.enqueue(payload.to_string());
            return Delivery::Queue;
        }
        if event.get("detail-type").and_then(Value::as_str) == Some("Scheduled Event") {
            platform.sweep_with(event.clone()).await;
            return Delivery::Schedule;
        }
        let envelope = match event.get("detail") {
            Some(_) => event.clone(),
            None => self.wrapped(),
        };
        if matches_rule(&envelope) {
            platform.deliver_after(ON_ITS_WAY, envelope);
            return Delivery::Rule;
        }
        // Its answer is in the journal.
        let _ = platform.invoke(event.clone()).await;
        Delivery::Direct
    }

    fn wrapped(&self) -> Value {
        json!({
            "version": "0",
            "id": "00000000-0000-4000-8000-000000000000",
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.cognito-idp",
            "account": self.world.account(),
            "region": self.world.region(),
            "time": self.detail.get("eventTime").cloned().unwrap_or_default(),
            "resources": [],
            "detail": self.detail,
        })
    }
}

/// The event inside whatever wraps it, as far as a person sees it.
fn innermost(payload: &Value) -> Value {
    let body = payload.pointer("/Records/0/body").and_then(Value::as_str);
    if let Some(inner) = body.and_then(|body| serde_json::from_str::<Value>(body).ok()) {
        return innermost(&inner);
    }
    match payload.get("requestPayload") {
        Some(inner) => innermost(inner),
        None => payload.clone(),
    }
}

/// Puts the domain there that the call is about, or, for a creation, its pool alone.
fn put_domain_of(change: &Change, world: &World, baseline: &Baseline) {
    // A policy that this build does not know is one that Cognito has learned since.
    if let Asked::Value(policy) = &change.requested.security_policy
        && SecurityPolicy::from_name(policy).is_none()
    {
        let mut newer = at_baseline("newer-policy.example.org", "elsewhere", world, baseline);
        if let Hosting::Custom(custom) = &mut newer.hosting {
            custom.security_policy = ObservedPolicy::from_name(policy);
        }
        world.put_domain(newer);
        world.remove_domain("newer-policy.example.org");
    }
    let pool = change.user_pool_id.as_deref().unwrap_or(POOL);
    let name = match &change.subject {
        Subject::Domain(name) => name,
        // The event hides the name: any governed one of that pool will do.
        Subject::UserPool(_) => {
            baseline.exact_names(world.place()).next().unwrap_or("auth.example.com")
        }
    };
    world.put_domain(at_baseline(name, pool, world, baseline));
    if change.call == DomainCall::Create {
        // The pool stays.
        world.remove_domain(name);
    }
}

/// A domain of that name, as its baseline declares it. What is not declared is what most domains
/// have. Without a dot in the name it is a prefix domain.
pub fn at_baseline(name: &str, pool: &str, world: &World, baseline: &Baseline) -> Domain {
    let governing = baseline.governing(name, world.place());
    let hosting = if name.contains('.') {
        Hosting::Custom(CustomDomain {
            certificate_arn: Some(
                governing
                    .certificate_arn
                    .map_or_else(|| CERTIFICATE.to_owned(), |declared| declared.value.clone()),
            ),
            security_policy: ObservedPolicy::Known(
                governing
                    .security_policy
                    .map_or(SecurityPolicy::TlsV1_2_2021, |declared| declared.value.policy()),
            ),
            failover: governing.routing.and_then(|declared| match &declared.value {
                RoutingRule::Failover(failover) => Some(failover.clone()),
                RoutingRule::NoFailover => None,
            }),
        })
    } else {
        Hosting::Prefix
    };
    Domain {
        name: name.to_owned(),
        user_pool_id: pool.to_owned(),
        account: Some(world.account().to_owned()),
        status: Status::Active,
        hosting,
        managed_login_version: Some(governing.managed_login_version.map_or(1, |d| d.value)),
    }
}
