//! The world: its handle, and the way of a call through it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_async::time::SharedTimeSource;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::acm::Certificate;
use crate::action::{Action, ApiError, Denial};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::cloudfront::Distribution;
use crate::cognito::Model;
use crate::fault::{Break, Fault, FaultKind};
use crate::place::place;
use crate::pool::Pool;
use crate::quota::Category;
use crate::settings::WorldSettings;
use crate::sns::Published;
use crate::stacks::Stack;
use crate::state::{Logged, Request, State};
use crate::sts::{Role, Signed, Unauthenticated};
use crate::trail::Call;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::notice::Record;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::record_line::NoticeFate;

/// A handle to an embedded AWS, as one of its places sees it; a clone is the same world.
///
/// A world begins with the place of its settings. [`World::at`] gives a handle to another place of the
/// same world: pools and domains, faults, permissions, quotas, records and events are those of the
/// handle's place, while the clock, the calls and what was published are the world's.
#[derive(Clone)]
pub struct World {
    shared: Arc<Shared>,
    place: Arc<Place>,
}

struct Shared {
    /// Where the world began, and where those call from who have not said who they are.
    home: Place,
    latency: Duration,
    clock: Clock,
    killed: watch::Sender<bool>,
    state: Mutex<State>,
    hooks: Mutex<Vec<(Place, Action, Hook)>>,
}

/// Something to happen just before a call is applied.
type Hook = Box<dyn FnOnce(&World) + Send>;

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
        let WorldSettings {
            account,
            region,
            start,
            variant,
            elsewhere,
            distributions,
            replicas,
            durations,
            topics,
            latency,
            seed,
        } = settings;
        let home = place(&account, &region);
        let mut state = State::new(
            Model::new(variant, replicas, durations),
            (elsewhere, distributions),
            topics,
            seed,
        );
        state.place(&home);
        let shared = Shared {
            home: home.clone(),
            latency,
            clock: Clock::starting_at(start),
            killed: watch::Sender::new(false),
            state: Mutex::new(state),
            hooks: Mutex::default(),
        };
        Self { shared: Arc::new(shared), place: Arc::new(home) }
    }

    /// The same world, seen from that account and region, which are there from now on.
    pub fn at(&self, account: &str, region: &str) -> Self {
        self.in_place(place(account, region))
    }

    fn in_place(&self, place: Place) -> Self {
        self.lock().place(&place);
        Self { shared: Arc::clone(&self.shared), place: Arc::new(place) }
    }

    /// Every place of the world, in the order of their accounts and regions.
    pub fn places(&self) -> Vec<Self> {
        let places: Vec<Place> = self.lock().places().cloned().collect();
        places.into_iter().map(|place| self.in_place(place)).collect()
    }

    /// Where this handle is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The account of this place.
    pub fn account(&self) -> &str {
        &self.place.account
    }

    /// The region of this place.
    pub fn region(&self) -> &str {
        &self.place.region
    }

    /// What time it is here: the start, what tokio's clock has passed since, and every
    /// [`advance`](Self::advance).
    pub fn now(&self) -> OffsetDateTime {
        self.shared.clock.now()
    }

    /// Moves the world's time forward at once. Tokio's clock stays, so no timer fires.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// The world's time for the SDK, which signs with it.
    pub fn time_source(&self) -> SharedTimeSource {
        SharedTimeSource::new(self.shared.clock.clone())
    }

    /// Adds a user pool, or replaces it.
    pub fn put_pool(&self, pool: Pool) {
        self.lock().place(&self.place).cognito.put_pool(pool);
    }

    /// Adds a domain as it is, or replaces it, without any validation and without an event.
    ///
    /// A pool that it names and that is not there is made, of tier Essentials. `CREATING`,
    /// `UPDATING` and `DELETING` end by themselves after their [durations](super::Durations), `FAILED` does
    /// not. If another place has a domain of that name, it moves here. A policy that is [absent](cognito_domain_guard::domain::ObservedPolicy::Absent) means that the domain is
    /// from before there were policies, and a policy that this build does not know is known to
    /// Cognito from here on.
    pub fn put_domain(&self, domain: Domain) {
        let now = self.now();
        self.lock().put_domain(&self.place, domain, now);
    }

    /// Adds a certificate, or replaces it. Only ACM asks for it: a domain may have any.
    pub fn put_certificate(&self, certificate: Certificate) {
        self.lock().certificates.put(certificate);
    }

    /// Adds a distribution to the account, or replaces it. Only CloudFront lists it: a domain may have any name.
    pub fn put_distribution(&self, distribution: Distribution) {
        self.lock().distributions_of.put(&self.place.account, distribution);
    }

    /// The identifiers of the user pools of this place.
    pub fn pools(&self) -> Vec<String> {
        self.lock().place(&self.place).cognito.pool_ids()
    }

    /// Makes a domain vanish, without an event.
    pub fn remove_domain(&self, name: &str) {
        self.lock().place(&self.place).cognito.remove_domain(name);
    }

    /// The domain as it was last accepted, whatever a describe would show.
    pub fn domain(&self, name: &str) -> Option<Domain> {
        let now = self.now();
        self.lock().settled(&self.place, now).cognito.domain(name).cloned()
    }

    /// Every domain as it was last accepted, by name.
    pub fn domains(&self) -> Vec<Domain> {
        let now = self.now();
        self.lock().settled(&self.place, now).cognito.domains().cloned().collect()
    }

    /// When the next status changes by itself in any place, `None` when nothing is under way.
    pub fn next_settlement(&self) -> Option<OffsetDateTime> {
        let now = self.now();
        self.lock().next_settlement(now)
    }

    /// Says whose access key that is. Other keys belong to an IAM user of the account in which the
    /// world began.
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
        };
        self.apply_in_process(request).outcome.clone()
    }

    pub(super) fn apply_in_process(&self, request: Request) -> Arc<Call> {
        let now = self.now();
        let mut state = self.lock();
        let applied = state.operate(&self.place, &request, now);
        state.conclude(&self.place, request, applied, true, now)
    }

    /// Lets a fault lie in wait for calls over the wire.
    pub fn inject(&self, fault: Fault) {
        self.lock().place(&self.place).faults.add(fault);
    }

    /// Forgets every fault.
    pub fn clear_faults(&self) {
        self.lock().place(&self.place).faults.clear();
    }

    /// Takes the permission for a call away from everyone who comes over the wire.
    pub fn deny(&self, action: Action) {
        self.lock().place(&self.place).denied.insert(action, Denial::NotAllowed);
    }

    /// The same by a Deny in an identity-based policy, as in the emergency stop.
    pub fn deny_explicitly(&self, action: Action) {
        self.lock().place(&self.place).denied.insert(action, Denial::Explicitly);
    }

    /// Gives the permission back.
    pub fn allow(&self, action: Action) {
        self.lock().place(&self.place).denied.remove(&action);
    }

    /// Whether a service control policy denies the region to the account, and so every call that
    /// comes over the wire, but for those of STS.
    pub fn deny_region(&self, is_denied: bool) {
        self.lock().place(&self.place).is_denied = is_denied;
    }

    /// Adds a role, or replaces its policies. What others assume it for is checked from then on; so is
    /// what it allows them, at each call.
    pub fn put_role(&self, role: Role) {
        self.lock().sts.put_role(role);
    }

    /// Makes a role vanish. Its sessions stay, and are allowed nothing.
    pub fn remove_role(&self, arn: &str) {
        self.lock().sts.remove_role(arn);
    }

    /// Whether calls over the wire beyond the quotas are throttled. They are not, at first.
    pub fn enforce_quotas(&self, enforce: bool) {
        self.lock().place(&self.place).quotas.enforced = enforce;
    }

    /// The most requests that came over the wire in one second, throttled ones included.
    pub fn highest_rate(&self, category: Category) -> u32 {
        self.lock().place(&self.place).quotas.highest(category)
    }

    /// Has something happen once, just before the next such call over the wire is applied: the way
    /// to change a domain between somebody's describe and his update. Several wait in line.
    pub fn before(&self, action: Action, hook: impl FnOnce(&Self) + Send + 'static) {
        self.hooks().push((self.place.as_ref().clone(), action, Box::new(hook)));
    }

    /// Waits until a fault has [killed](Break::Kill) a caller. Whoever runs the code under
    /// test drops it then: its call gets no answer any more.
    pub async fn killed(&self) {
        let mut killed = self.shared.killed.subscribe();
        // The sender lives as long as this handle, so the wait cannot fail.
        let _ = killed.wait_for(|killed| *killed).await;
    }

    /// Forgets that a caller was killed, so that the next one can be.
    pub fn revive(&self) {
        self.shared.killed.send_replace(false);
    }

    /// Every call that reached the world, in order, wherever it was made.
    pub fn calls(&self) -> Vec<Arc<Call>> {
        self.lock().calls.clone()
    }

    /// Every message that a topic accepted, in order.
    pub fn published(&self) -> Vec<Published> {
        self.lock().published().to_vec()
    }

    /// Adds a CloudFormation stack with these outputs, or replaces it.
    pub fn put_stack(&self, name: &str, outputs: &[(&str, String)]) {
        let text = |(key, value): &(&str, String)| ((*key).to_owned(), value.clone());
        let stack = Stack { outputs: outputs.iter().map(text).collect(), ..Stack::default() };
        self.lock().place(&self.place).stacks.insert(name.to_owned(), stack);
    }

    /// Says that a stack was deployed with this value of a parameter. A stack that is not there is made.
    pub fn put_stack_parameter(&self, name: &str, parameter: &str, value: &str) {
        let mut state = self.lock();
        let stack = state.place(&self.place).stacks.entry(name.to_owned()).or_default();
        stack.parameters.insert(parameter.to_owned(), value.to_owned());
    }

    /// Writes a line into a log group of this place.
    pub fn put_log_line(&self, group: &str, line: &str) {
        let now = self.now();
        self.lock().place(&self.place).logs.add(group, line, now);
    }

    /// Says when a log group of this place was made, and for how many days it keeps lines.
    pub fn put_log_group(&self, group: &str, made: OffsetDateTime, keeps: Option<i32>) {
        self.lock().place(&self.place).logs.put_group(group, made, keeps);
    }

    /// The value of each SSM parameter of this place, by name.
    pub fn parameters(&self) -> BTreeMap<String, String> {
        self.lock().place(&self.place).ssm.values()
    }

    /// Every notice that was written into a log and is not with a topic.
    pub fn logged(&self) -> Vec<Logged> {
        self.lock().logged.clone()
    }

    pub(super) fn write_down(&self, access_key_id: &str, record: &Record, fate: NoticeFate<'_>) {
        let is_intention = match fate {
            // It is with the topic.
            NoticeFate::Published => return,
            NoticeFate::Refused(_) => false,
            NoticeFate::Intended => true,
        };
        let mut state = self.lock();
        let calls = state.calls.len();
        let record = serde_json::to_value(record).unwrap_or_default();
        let access_key_id = access_key_id.to_owned();
        state.logged.push(Logged { calls, access_key_id, record, is_intention });
    }

    /// The CloudTrail records of all calls that a trail of this place has by default: those of Cognito,
    /// SSM and STS, reads included.
    pub fn records(&self) -> Vec<Value> {
        self.lock()
            .calls
            .iter()
            .filter(|call| call.place == *self.place && call.action.is_management_event())
            .map(|call| call.record())
            .collect()
    }

    /// The events of create, update and delete calls in this place since the last look, failed ones
    /// included, in EventBridge's envelope.
    pub fn take_events(&self) -> Vec<Value> {
        std::mem::take(&mut self.lock().place(&self.place).outbox)
    }

    pub(super) fn latency(&self) -> Duration {
        self.shared.latency
    }

    pub(super) fn fresh_id(&self) -> String {
        self.lock().ids.uuid()
    }

    fn caller_of(&self, access_key_id: &str) -> Arc<Caller> {
        let mut state = self.lock();
        if let Some(caller) = state.callers.get(access_key_id) {
            return Arc::clone(caller);
        }
        let account = &self.shared.home.account;
        let caller = Arc::new(Caller::iam_user_with_key(account, "someone", access_key_id));
        state.callers.insert(access_key_id.to_owned(), Arc::clone(&caller));
        caller
    }

    /// Who has signed a call, and where he makes it: the account is that of his credentials, the
    /// region the one that he has signed for. A world of one place is there whatever he has signed
    /// for.
    pub(super) fn authenticate(
        &self,
        signed: &Signed<'_>,
    ) -> Result<(Self, Arc<Caller>), Unauthenticated> {
        let Signed { access_key_id, region, token } = *signed;
        let now = self.now();
        let session = self.lock().sts.authenticate(access_key_id, token, now).transpose()?;
        let caller = session.unwrap_or_else(|| self.caller_of(access_key_id));
        let home = &self.shared.home;
        let is_alone = self.lock().places().nth(1).is_none();
        let place = if is_alone {
            home.clone()
        } else {
            let account = caller.account().unwrap_or(&home.account);
            place(account, region.unwrap_or(&home.region))
        };
        Ok((self.in_place(place), caller))
    }

    /// A call that came over the wire: what was to happen before it, faults, permission, quota, and
    /// then the operation.
    pub(super) fn receive(&self, request: Request) -> Fate {
        self.run_hook(request.action);
        let now = self.now();
        let mut state = self.lock();
        let struck = state.place(&self.place).faults.strike(request.action);
        let (applied, broken) = match struck {
            Some(FaultKind::Before(how)) => {
                drop(state);
                return self.break_off(how);
            }
            Some(FaultKind::Error(error)) => (Err(error), None),
            Some(FaultKind::After(how)) => (state.perform(&self.place, &request, now), Some(how)),
            None => (state.perform(&self.place, &request, now), None),
        };
        let call = state.conclude(&self.place, request, applied, broken.is_none(), now);
        drop(state);
        broken.map_or(Fate::Answered(call), |how| self.break_off(how))
    }

    fn break_off(&self, how: Break) -> Fate {
        match how {
            Break::Reset => Fate::Reset,
            Break::Timeout => Fate::Silence,
            Break::Kill => {
                self.shared.killed.send_replace(true);
                Fate::Silence
            }
        }
    }

    /// Runs what waits for this call, with the world unlocked: it will want to use it.
    fn run_hook(&self, action: Action) {
        let hook = {
            let mut hooks = self.hooks();
            let awaited = hooks
                .iter()
                .position(|(place, awaited, _)| *place == *self.place && *awaited == action);
            awaited.map(|position| hooks.remove(position))
        };
        if let Some((_, _, hook)) = hook {
            hook(self);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked with the lock held has already failed; the others may look.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hooks(&self) -> MutexGuard<'_, Vec<(Place, Action, Hook)>> {
        self.shared.hooks.lock().unwrap_or_else(PoisonError::into_inner)
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
            .field("account", &self.place.account)
            .field("region", &self.place.region)
            .field("now", &self.now())
            .finish_non_exhaustive()
    }
}
