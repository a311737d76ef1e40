//! The world: its handle, and the way of a call through it.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_async::time::SharedTimeSource;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::action::{Action, ApiError};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::cognito::{Applied, Cognito};
use crate::fault::{Break, Fault, FaultKind, Faults};
use crate::ids::Ids;
use crate::pool::Pool;
use crate::quota::{Category, Quotas};
use crate::settings::WorldSettings;
use crate::sns::{Published, Sns};
use crate::trail::{Call, envelope};
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::notice::Record;

/// A handle to an embedded AWS; a clone is the same world.
#[derive(Clone)]
pub struct World(Arc<Inner>);

struct Inner {
    account: String,
    region: String,
    latency: Duration,
    clock: Clock,
    killed: watch::Sender<bool>,
    state: Mutex<State>,
}

/// Something to happen just before a call is applied.
type Hook = Box<dyn FnOnce(&World) + Send>;

struct State {
    cognito: Cognito,
    sns: Sns,
    callers: HashMap<String, Arc<Caller>>,
    faults: Faults,
    denied: BTreeSet<Action>,
    quotas: Quotas,
    ids: Ids,
    hooks: Vec<(Action, Hook)>,
    calls: Vec<Arc<Call>>,
    outbox: Vec<Value>,
    logged: Vec<Logged>,
}

/// A notice that a topic refused, in the log of the function that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// How many calls there had been.
    pub calls: usize,
    /// Whose log it is.
    pub access_key_id: String,
    /// The notice's record.
    pub record: Value,
}

/// A call on its way in.
pub(super) struct Request {
    pub(super) action: Action,
    pub(super) parameters: Value,
    pub(super) caller: Arc<Caller>,
    pub(super) access_key_id: String,
    pub(super) user_agent: String,
    /// The `eventID` to record, where it is a replay.
    pub(super) event_id: Option<String>,
}

/// What the caller gets to see of it.
pub(super) enum Fate {
    /// The service's answer.
    Answered(Arc<Call>),
    /// A broken connection.
    Reset,
    /// Nothing, ever.
    Silence,
}

impl World {
    /// A world with nothing in it but its topics. Its time starts now.
    pub fn new(settings: WorldSettings) -> Self {
        let WorldSettings { account, region, start, variant, durations, topics, latency, seed } =
            settings;
        let state = State {
            cognito: Cognito::new(account.clone(), region.clone(), variant, durations),
            sns: Sns { topics, published: Vec::new() },
            callers: HashMap::new(),
            faults: Faults::default(),
            denied: BTreeSet::new(),
            quotas: Quotas::default(),
            ids: Ids::new(seed),
            hooks: Vec::new(),
            calls: Vec::new(),
            outbox: Vec::new(),
            logged: Vec::new(),
        };
        Self(Arc::new(Inner {
            account,
            region,
            latency,
            clock: Clock::starting_at(start),
            killed: watch::Sender::new(false),
            state: Mutex::new(state),
        }))
    }

    /// The account that everything belongs to.
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// The region of everything.
    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// What time it is here: the start, what tokio's clock has passed since, and every
    /// [`advance`](Self::advance).
    pub fn now(&self) -> OffsetDateTime {
        self.0.clock.now()
    }

    /// Moves the world's time forward at once. Tokio's clock stays, so no timer fires.
    pub fn advance(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    /// The world's time for the SDK, which signs with it.
    pub fn time_source(&self) -> SharedTimeSource {
        SharedTimeSource::new(self.0.clock.clone())
    }

    /// Adds a user pool, or replaces it.
    pub fn put_pool(&self, pool: Pool) {
        self.lock().cognito.put_pool(pool);
    }

    /// Adds a domain as it is, or replaces it, without any validation and without an event.
    ///
    /// A pool that it names and that is not there is made, of tier Essentials. `CREATING`,
    /// `UPDATING` and `DELETING` end by themselves after their [durations](super::Durations), `FAILED` does
    /// not. A policy that is [absent](cognito_domain_guard::domain::ObservedPolicy::Absent) means that the domain is
    /// from before there were policies, and a policy that this build does not know is known to
    /// Cognito from here on.
    pub fn put_domain(&self, domain: Domain) {
        let now = self.now();
        self.lock().cognito.put_domain(domain, now);
    }

    /// Makes a domain vanish, without an event.
    pub fn remove_domain(&self, name: &str) {
        self.lock().cognito.remove_domain(name);
    }

    /// The domain as it was last accepted, whatever a describe would show.
    pub fn domain(&self, name: &str) -> Option<Domain> {
        self.settled().cognito.domain(name).cloned()
    }

    /// Every domain as it was last accepted, by name.
    pub fn domains(&self) -> Vec<Domain> {
        self.settled().cognito.domains().cloned().collect()
    }

    /// When the next status changes by itself, `None` when nothing is under way.
    pub fn next_settlement(&self) -> Option<OffsetDateTime> {
        self.settled().cognito.next_settlement()
    }

    /// Says whose access key that is. Other keys belong to an IAM user of the account.
    pub fn register_caller(&self, access_key_id: impl Into<String>, caller: Caller) {
        self.lock().callers.insert(access_key_id.into(), Arc::new(caller));
    }

    /// A call in process, by someone else than the code under test.
    ///
    /// `parameters` are named as the API names them (`{"Domain": ..}`). It is recorded and emits its
    /// event like any other; no fault, denial or quota touches it and no latency delays it.
    ///
    /// # Errors
    ///
    /// What the service answers instead.
    pub fn call_as(
        &self,
        caller: &Caller,
        action: Action,
        parameters: Value,
    ) -> Result<Value, ApiError> {
        let request = Request {
            action,
            parameters,
            user_agent: caller.user_agent.clone(),
            caller: Arc::new(caller.clone()),
            access_key_id: String::new(),
            event_id: None,
        };
        self.apply_in_process(request).outcome.clone()
    }

    pub(super) fn apply_in_process(&self, request: Request) -> Arc<Call> {
        let now = self.now();
        let mut state = self.settled();
        let applied = state.operate(request.action, &request.parameters, now);
        self.conclude(&mut state, request, applied, true, now)
    }

    /// Lets a fault lie in wait for calls over the wire.
    pub fn inject(&self, fault: Fault) {
        self.lock().faults.add(fault);
    }

    /// Forgets every fault.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Takes the permission for a call away from everyone who comes over the wire.
    pub fn deny(&self, action: Action) {
        self.lock().denied.insert(action);
    }

    /// Gives the permission back.
    pub fn allow(&self, action: Action) {
        self.lock().denied.remove(&action);
    }

    /// Whether calls over the wire beyond Cognito's quotas are throttled. They are not, at first.
    pub fn enforce_quotas(&self, enforce: bool) {
        self.lock().quotas.enforced = enforce;
    }

    /// The most requests that came over the wire in one second, throttled ones included.
    pub fn highest_rate(&self, category: Category) -> u32 {
        self.lock().quotas.highest(category)
    }

    /// Has something happen once, just before the next such call over the wire is applied: the way
    /// to change a domain between somebody's describe and his update. Several wait in line.
    pub fn before(&self, action: Action, hook: impl FnOnce(&Self) + Send + 'static) {
        self.lock().hooks.push((action, Box::new(hook)));
    }

    /// Waits until a fault has [killed](Break::Kill) a caller. Whoever runs the code under
    /// test drops it then: its call gets no answer any more.
    pub async fn killed(&self) {
        let mut killed = self.0.killed.subscribe();
        // The sender lives as long as this handle, so the wait cannot fail.
        let _ = killed.wait_for(|killed| *killed).await;
    }

    /// Forgets that a caller was killed, so that the next one can be.
    pub fn revive(&self) {
        self.0.killed.send_replace(false);
    }

    /// Every call that reached the world, in order.
    pub fn calls(&self) -> Vec<Arc<Call>> {
        self.lock().calls.clone()
    }

    /// Every message that a topic accepted, in order.
    pub fn published(&self) -> Vec<Published> {
        self.lock().sns.published.clone()
    }

    /// Every notice that was written into a log, since no topic took it.
    pub fn logged(&self) -> Vec<Logged> {
        self.lock().logged.clone()
    }

    pub(super) fn write_down(&self, access_key_id: &str, record: &Record) {
        let mut state = self.lock();
        let calls = state.calls.len();
        let record = serde_json::to_value(record).unwrap_or_default();
        state.logged.push(Logged { calls, access_key_id: access_key_id.to_owned(), record });
    }

    /// The CloudTrail records of all calls that a trail has by default: Cognito's, reads included.
    pub fn records(&self) -> Vec<Value> {
        self.lock()
            .calls
            .iter()
            .filter(|call| call.action != Action::Publish)
            .map(|call| call.record(&self.0.account, &self.0.region))
            .collect()
    }

    /// The events of create, update and delete calls since the last look, failed ones included, in
    /// EventBridge's envelope.
    pub fn take_events(&self) -> Vec<Value> {
        std::mem::take(&mut self.lock().outbox)
    }

    pub(super) fn latency(&self) -> Duration {
        self.0.latency
    }

    pub(super) fn fresh_id(&self) -> String {
        self.lock().ids.uuid()
    }

    pub(super) fn caller_of(&self, access_key_id: &str) -> Arc<Caller> {
        let mut state = self.lock();
        if let Some(caller) = state.callers.get(access_key_id) {
            return Arc::clone(caller);
        }
        let caller = Caller::iam_user_with_key(self.account(), "someone", access_key_id);
        let caller = Arc::new(caller);
        state.callers.insert(access_key_id.to_owned(), Arc::clone(&caller));
        caller
    }

    /// A call that came over the wire: what was to happen before it, faults, permission, quota, and
    /// then the operation.
    pub(super) fn receive(&self, request: Request) -> Fate {
        self.run_hook(request.action);
        let now = self.now();
        let mut state = self.settled();
        let (applied, broken) = match state.faults.strike(request.action) {
            Some(FaultKind::Before(how)) => return self.break_off(how),
            Some(FaultKind::Error(error)) => (Err(error), None),
            Some(FaultKind::After(how)) => (state.perform(&request, now), Some(how)),
            None => (state.perform(&request, now), None),
        };
        let call = self.conclude(&mut state, request, applied, broken.is_none(), now);
        drop(state);
        broken.map_or(Fate::Answered(call), |how| self.break_off(how))
    }

    fn break_off(&self, how: Break) -> Fate {
        match how {
            Break::Reset => Fate::Reset,
            Break::Timeout => Fate::Silence,
            Break::Kill => {
                self.0.killed.send_replace(true);
                Fate::Silence
            }
        }
    }

    /// Runs what waits for this call, with the world unlocked: it will want to use it.
    fn run_hook(&self, action: Action) {
        let hook = {
            let mut state = self.lock();
            let position = state.hooks.iter().position(|(awaited, _)| *awaited == action);
            position.map(|position| state.hooks.remove(position))
        };
        if let Some((_, hook)) = hook {
            hook(self);
        }
    }

    /// Writes a call down, and its event into the outbox.
    fn conclude(
        &self,
        state: &mut State,
        request: Request,
        applied: Result<Applied, ApiError>,
        answered: bool,
        at: OffsetDateTime,
    ) -> Arc<Call> {
        let Request { action, parameters, caller, access_key_id, user_agent, event_id } = request;
        let changed = applied.as_ref().is_ok_and(|applied| applied.changed);
        let left = parameters
            .get("Domain")
            .and_then(Value::as_str)
            .filter(|_| action.is_domain_write())
            .and_then(|name| state.cognito.domain(name).cloned());
        let call = Arc::new(Call {
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
            event_id: event_id.unwrap_or_else(|| state.ids.uuid()),
            request_id: state.ids.uuid(),
        });
        if action.is_domain_write() {
            let (account, region) = (self.account(), self.region());
            let id = state.ids.uuid();
            let event = envelope(call.record(account, region), &id, account, region, action);
            state.outbox.push(event);
        }
        state.calls.push(Arc::clone(&call));
        call
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked with the lock held has already failed; the others may look.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as of now.
    fn settled(&self) -> MutexGuard<'_, State> {
        let now = self.now();
        let mut state = self.lock();
        state.cognito.settle(now);
        state
    }
}

impl State {
    /// What a call over the wire comes to: permission, quota, and then the operation.
    fn perform(&mut self, request: &Request, now: OffsetDateTime) -> Result<Applied, ApiError> {
        self.admit(request, now)?;
        self.operate(request.action, &request.parameters, now)
    }

    fn admit(&mut self, request: &Request, now: OffsetDateTime) -> Result<(), ApiError> {
        if self.denied.contains(&request.action) {
            let resource = if request.action == Action::Publish {
                let topic = request.parameters.get("TopicArn").and_then(Value::as_str);
                topic.unwrap_or("*").to_owned()
            } else {
                self.cognito.resource(request.action, &request.parameters)
            };
            let arn = request.caller.arn();
            return Err(ApiError::denied(request.action, arn, &resource));
        }
        self.quotas.admit(request.action, now.unix_timestamp())
    }

    fn operate(
        &mut self,
        action: Action,
        parameters: &Value,
        now: OffsetDateTime,
    ) -> Result<Applied, ApiError> {
        match action {
            Action::CreateUserPoolDomain => self.cognito.create(parameters, now),
            Action::UpdateUserPoolDomain => self.cognito.update(parameters, now),
            Action::DeleteUserPoolDomain => self.cognito.delete(parameters, now),
            Action::DescribeUserPoolDomain => self.cognito.describe(parameters),
            Action::DescribeUserPool => self.cognito.describe_pool(parameters),
            Action::ListUserPools => self.cognito.list_pools(parameters),
            Action::Publish => {
                let response = self.sns.publish(parameters, now, &mut self.ids)?;
                Ok(Applied { response, changed: true })
            }
        }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new(WorldSettings::default())
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("account", &self.0.account)
            .field("region", &self.0.region)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}
