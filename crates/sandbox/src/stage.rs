//! Recorded events on a stage: a world in which the calls that they record have just been made.
//!
//! Every domain that the events need is put there at its baseline, and then the recorded calls are
//! applied, so that what follows is what the events are about. The events are read as the guard reads
//! them, so what one of the two understands the other does too.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::action::{Action, ApiError};
use crate::caller::Caller;
use crate::deployment::{identity, topic_arn};
use crate::lambda::{FunctionError, Invocation, matches_rule};
use crate::platform::Platform;
use crate::settings::WorldSettings;
use crate::world::World;
use cognito_domain_guard::baseline::{Baseline, RoutingRule};
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::trigger::{
    self, Asked, Change, DomainCall, Payload, Requested, RequestedFailover, Subject, Trigger,
};
use cognito_domain_guard::when;

/// How long CloudTrail and EventBridge take over the event at hand.
const ON_ITS_WAY: Duration = Duration::from_secs(4);
/// How long to wait for Cognito where the next recorded call is on the same domain, and how often.
const BETWEEN_CALLS: Duration = Duration::from_secs(5 * 60);
const MOST_WAITS: usize = 20;
const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-000000000000";
const POOL: &str = "eu-central-1_EXAMPLE01";

/// A world in which recorded calls have just been made, and the payload that tells of them.
#[derive(Debug)]
pub struct Stage {
    /// The world, at the time of the first event and in its account and region.
    pub world: World,
    /// Every domain before the first call, each at its baseline.
    pub before: Vec<Domain>,
    /// Every domain after the last one.
    pub after: Vec<Domain>,
    /// What each event in the payload is.
    pub parts: Vec<Part>,
    payload: Value,
    /// The events inside all envelopes.
    events: Vec<Value>,
}

/// One event of a payload.
#[derive(Clone, Debug)]
pub enum Part {
    /// A call that changed a domain, or hides what it changed: then nothing was applied.
    Change(Box<Played>),
    /// A look at every domain.
    Sweep,
    /// One of the calls that is not for this guard, such as one of another account, and why.
    NotForUs(String),
    /// Nothing that changes a domain, such as a call that failed, and why.
    Nothing(String),
    /// Nobody can say what it is.
    Unreadable(String),
}

/// A recorded call, and every domain before and after it.
#[derive(Clone, Debug)]
pub struct Played {
    /// The call.
    pub change: Change,
    /// Before it.
    pub before: Vec<Domain>,
    /// After it.
    pub after: Vec<Domain>,
}

/// A recorded call that fails in this world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which call.
    pub call: DomainCall,
    /// On which domain.
    pub domain: String,
    /// How this world answers it.
    pub error: ApiError,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, domain, error } = self;
        write!(f, "the sandbox refuses the recorded {} of {domain}: {error}", call.event_name())
    }
}

impl Error for Refused {}

/// How a payload gets to the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// The rule lets it through.
    Rule,
    /// It lies on the recheck queue.
    Queue,
    /// A topic of SNS invokes the function with it, which then has its failures like the rule.
    Topic,
    /// It is the schedule's.
    Schedule,
    /// The rule does not let it through, so the function was invoked with it.
    Direct,
}

impl Stage {
    /// Sets the stage for what a function would be invoked with. Account, region, time and topic are
    /// those of the first event, the rest of the settings holds.
    ///
    /// A record that hides its domain hides the rest too: then nothing is applied.
    ///
    /// # Errors
    ///
    /// When a recorded call fails in this world.
    pub fn set(
        payload: &Value,
        baseline: &Baseline,
        settings: WorldSettings,
    ) -> Result<Self, Refused> {
        let read = trigger::events(payload);
        let first = read.iter().flatten().next().map(details).unwrap_or_default();
        let text = |names: [&str; 2]| {
            names.into_iter().find_map(|name| first.get(name).and_then(Value::as_str))
        };
        let account =
            text(["account", "recipientAccountId"]).map_or(settings.account, str::to_owned);
        let region = text(["region", "awsRegion"]).map_or(settings.region, str::to_owned);
        let time = text(["eventTime", "time"]).and_then(when::from_text);
        let world = World::new(WorldSettings {
            topics: vec![topic_arn(&account, &region)],
            account,
            region,
            start: time.unwrap_or(settings.start),
            ..settings
        });
        let mut parts: Vec<Part> = read.iter().map(|event| part(event, &world)).collect();
        let changes = || {
            parts.iter().filter_map(|part| match part {
                Part::Change(played) => Some(&played.change),
                Part::Sweep | Part::NotForUs(_) | Part::Nothing(_) | Part::Unreadable(_) => None,
            })
        };
        if changes().next().is_none() {
            for (number, name) in baseline.exact_names(world.place()).enumerate() {
                let pool = format!("{POOL}{number}");
                world.put_domain(at_baseline(name, &pool, &world, baseline));
            }
        }
        for change in changes() {
            put_domain_of(change, &world, baseline);
        }
        let before = world.domains();
        for part in &mut parts {
            match part {
                Part::Change(played) => played.apply(&world)?,
                Part::Sweep | Part::NotForUs(_) | Part::Nothing(_) | Part::Unreadable(_) => {}
            }
        }
        // What the recorded calls themselves make CloudTrail say are the events at hand.
        let _ = world.take_events();
        let after = world.domains();
        let events = read.into_iter().flatten().collect();
        Ok(Self { world, before, after, parts, payload: payload.clone(), events })
    }

    /// The recorded calls, in the order of the payload.
    pub fn changes(&self) -> impl Iterator<Item = &Played> {
        self.parts.iter().filter_map(|part| match part {
            Part::Change(played) => Some(played.as_ref()),
            Part::Sweep | Part::NotForUs(_) | Part::Nothing(_) | Part::Unreadable(_) => None,
        })
    }

    /// Hands the payload to the platform, as AWS would. What it leads to comes with
    /// [`Platform::run_until_idle`].
    pub async fn deliver<H, F>(&self, platform: &mut Platform<H>) -> Delivery
    where
        H: Fn(Value, Invocation) -> F,
        F: Future<Output = Result<Value, FunctionError>>,
    {
        let Self { payload, events, .. } = self;
        let who = identity(&self.world);
        if let Payload::Queue(_) =
            trigger::read(payload, &who, &Reach::one(self.world.place().clone()))
        {
            let messages = payload.as_array().or_else(|| payload.get("Records")?.as_array());
            let bodies = messages.into_iter().flatten();
            for body in bodies.filter_map(|message| message.get("body")?.as_str()) {
                platform.enqueue(body);
            }
            return Delivery::Queue;
        }
        if payload.get("requestPayload").is_some() {
            platform.enqueue(payload.to_string());
            return Delivery::Queue;
        }
        let source = payload.pointer("/Records/0/EventSource").and_then(Value::as_str);
        let kind = payload.get("Type").and_then(Value::as_str);
        if source == Some("aws:sns") || kind == Some("Notification") {
            platform.invoke_after(ON_ITS_WAY, payload.clone());
            return Delivery::Topic;
        }
        if let [event] = events.as_slice() {
            if event.get("detail-type").and_then(Value::as_str) == Some("Scheduled Event") {
                platform.sweep_with(event.clone()).await;
                return Delivery::Schedule;
            }
            let event = as_delivered(event);
            let envelope = match event.get("detail") {
                Some(_) => event,
                None => self.wrapped(event),
            };
            if matches_rule(&envelope) {
                platform.deliver_after(ON_ITS_WAY, envelope);
                return Delivery::Rule;
            }
        }
        // Its answer is in the journal.
        let _ = platform.invoke(payload.clone()).await;
        Delivery::Direct
    }

    fn wrapped(&self, record: Value) -> Value {
        json!({
            "version": "0",
            "id": "00000000-0000-4000-8000-000000000000",
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.cognito-idp",
            "account": self.world.account(),
            "region": self.world.region(),
            "time": record.get("eventTime").cloned().unwrap_or_default(),
            "resources": [],
            "detail": record,
        })
    }
}

/// What an event says of its place and time, in its envelope or in its record.
fn details(event: &Value) -> Map<String, Value> {
    let detail = match event.get("detail") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(detail) => detail.clone(),
        None => Value::Null,
    };
    let mut all = detail.as_object().cloned().unwrap_or_default();
    all.extend(event.as_object().cloned().unwrap_or_default());
    all.retain(|_, value| !value.is_null());
    all
}

/// An event as EventBridge has it, whatever has become of it since: some tools write null where CloudTrail
/// says nothing, or the record as text.
fn as_delivered(event: &Value) -> Value {
    let mut event = without_nulls(event);
    if let Some(detail) = event.get_mut("detail")
        && let Some(parsed) = detail.as_str().and_then(|text| serde_json::from_str(text).ok())
    {
        *detail = without_nulls(&parsed);
    }
    event
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            value.clone()
        }
    }
}

/// What one event is to a guard of this world.
fn part(event: &Result<Value, trigger::Unreadable>, world: &World) -> Part {
    let event = match event {
        Ok(event) => event,
        Err(unreadable) => return Part::Unreadable(unreadable.to_string()),
    };
    match trigger::read(event, &identity(world), &Reach::one(world.place().clone())) {
        Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => {
            Part::Change(Box::new(Played {
                change: *change,
                before: Vec::new(),
                after: Vec::new(),
            }))
        }
        Payload::Single(Ok(Trigger::Sweep { .. })) => Part::Sweep,
        // A guard that is played events has no overrides.
        Payload::Single(Ok(Trigger::OverrideChanged(_))) => {
            Part::Nothing("it is about an override, of which there are none here".to_owned())
        }
        Payload::Single(Ok(Trigger::Test { .. })) => {
            Part::Nothing("it asks the guard for a test notice".to_owned())
        }
        Payload::Single(Ok(Trigger::Ignored { reason, .. })) => {
            let details = details(event);
            let text = |name| details.get(name).and_then(Value::as_str).unwrap_or_default();
            let is_ours = DomainCall::from_event_name(text("eventName")).is_some()
                && text("eventSource") == "cognito-idp.amazonaws.com";
            if is_ours && text("errorCode").is_empty() {
                Part::NotForUs(reason)
            } else {
                Part::Nothing(reason)
            }
        }
        Payload::Single(Err(unreadable)) => Part::Unreadable(unreadable.to_string()),
        // It was taken out of whatever wraps it.
        Payload::Together(_) | Payload::Queue(_) | Payload::Step(_) => {
            Part::Unreadable("an event in an envelope that nothing opens".to_owned())
        }
    }
}

impl Played {
    /// Makes the call, where the record says what was asked for.
    fn apply(&mut self, world: &World) -> Result<(), Refused> {
        self.before = world.domains();
        if let Subject::Domain(name) = &self.change.subject
            && let Some(parameters) = parameters(&self.change, name, world)
        {
            for _ in 0..MOST_WAITS {
                let status = world.domain(name).map(|domain| domain.status);
                match status {
                    Some(Status::Creating | Status::Updating | Status::Deleting) => {
                        world.advance(BETWEEN_CALLS);
                    }
                    Some(Status::Active | Status::Failed | Status::Unknown(_)) | None => break,
                }
            }
            self.call(name, parameters, world)?;
        }
        self.after = world.domains();
        Ok(())
    }

    fn call(
        &self,
        name: &str,
        parameters: Map<String, Value>,
        world: &World,
    ) -> Result<(), Refused> {
        let call = self.change.call;
        let action = match call {
            DomainCall::Create => Action::CreateUserPoolDomain,
            DomainCall::Update => Action::UpdateUserPoolDomain,
            DomainCall::Delete => Action::DeleteUserPoolDomain,
        };
        let somebody = Caller::iam_user(world.account(), "recorded");
        let made = |parameters| world.call_as(&somebody, action, Value::Object(parameters));
        let login = "ManagedLoginVersion";
        let is_silent = !parameters.contains_key(login);
        let mut answer = made(parameters.clone());
        if answer.is_err() && call == DomainCall::Update && is_silent {
            // Cognito took the call, so what it left out was not kept.
            let mut reset = parameters;
            reset.insert(login.to_owned(), json!(1));
            answer = answer.or_else(|error| made(reset).map_err(|_| error));
        }
        let refused = |error| Refused { call, domain: name.to_owned(), error };
        answer.map(|_| ()).map_err(refused)
    }
}

/// The parameters of the recorded call as Cognito takes them; nothing where the record does not say all
/// that was asked for.
fn parameters(change: &Change, name: &str, world: &World) -> Option<Map<String, Value>> {
    let pool = change.user_pool_id.clone();
    let pool = pool.or_else(|| Some(world.domain(name)?.user_pool_id));
    let mut all = Map::new();
    all.insert("Domain".to_owned(), json!(name));
    all.insert("UserPoolId".to_owned(), json!(pool.unwrap_or_else(|| POOL.to_owned())));
    if change.call == DomainCall::Delete {
        return Some(all);
    }
    let Requested { security_policy, certificate_arn, managed_login_version, failover } =
        &change.requested;
    if let Some(version) = said(managed_login_version)? {
        all.insert("ManagedLoginVersion".to_owned(), json!(version));
    }
    let mut config = Map::new();
    for (name, asked) in [("CertificateArn", certificate_arn), ("SecurityPolicy", security_policy)]
    {
        if let Some(value) = said(asked)? {
            config.insert(name.to_owned(), json!(value));
        }
    }
    if !config.is_empty() {
        all.insert("CustomDomainConfig".to_owned(), Value::Object(config));
    }
    match failover {
        Asked::NotAsked => {}
        Asked::None => {
            all.insert("Routing".to_owned(), json!({}));
        }
        Asked::Unreadable => return None,
        Asked::Value(RequestedFailover { secondary_region, primary_route53_health_check_id }) => {
            let failover = json!({
                "SecondaryRegion": said(secondary_region)?,
                "PrimaryRoute53HealthCheckId": said(primary_route53_health_check_id)?,
            });
            all.insert("Routing".to_owned(), json!({ "Failover": failover }));
        }
    }
    Some(all)
}

/// What was asked for, if anything; nothing at all where that cannot be read.
#[expect(clippy::option_option, reason = "one is for the record, the other for the call")]
fn said<T: Clone>(asked: &Asked<T>) -> Option<Option<T>> {
    match asked {
        Asked::Value(value) => Some(Some(value.clone())),
        Asked::NotAsked | Asked::None => Some(None),
        Asked::Unreadable => None,
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
    // Several calls may be on one domain: it is there before the first.
    if world.domain(name).is_some() {
        return;
    }
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
