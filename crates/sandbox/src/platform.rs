//! What AWS puts between an event and the function, in the world's virtual time.
//!
//! ```text
//!  event ── rule ──► handler ── error ──► recheck queue ── receives ──► dead letters
//!            ▲          │                  60 s, then each 60 s            │
//!            │          ▼                        ▲                         │
//!            └────── world (CloudTrail)          └───────── redrive ───────┘
//! ```
//!
//! One thing happens at a time, in the order of its due time: an event reaches the rule, a message
//! becomes visible, the schedule fires. [`Platform::run_until_idle`] jumps from one to the next with
//! [`World::advance`]; between the jumps only the handler spends time, through tokio's clock.
//!
//! # Caveats
//!
//! Invocations do not overlap, but for those of [`Platform::deliver_together`]. A change of the world
//! in the middle of one is made with [`World::before`].

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use crate::clock::whole_seconds;
use crate::lambda::{
    FunctionError, Invocation, Source, Woken, destination_record, matches_override_rule,
    matches_rule, scheduled_event,
};
use crate::queue::QueueMessage;
use crate::world::World;

/// The names and numbers of the template.
#[derive(Clone, Debug)]
pub struct PlatformSettings {
    /// The function behind the rule and the queue.
    pub function_arn: String,
    /// The function behind the schedule.
    pub sweep_function_arn: String,
    /// The path of the overrides, whose rule wakes the function too. `None` where there are none.
    pub overrides_path: Option<String>,
    /// The recheck queue.
    pub queue_arn: String,
    /// The rule of the schedule.
    pub schedule_arn: String,
    /// How long the function may take.
    pub function_timeout: Duration,
    /// How long a sweep may take.
    pub sweep_timeout: Duration,
    /// How long a new message of the queue waits.
    pub queue_delay: Duration,
    /// How long a message stays hidden after a receive, and so the time between two looks.
    pub visibility_timeout: Duration,
    /// After so many receives a message becomes a dead letter.
    pub max_receives: u32,
    /// How long CloudTrail and EventBridge take over an event of the world, where no
    /// [policy](Platform::on_event) says otherwise.
    pub event_delay: Duration,
}

impl Default for PlatformSettings {
    fn default() -> Self {
        const HERE: &str = "eu-central-1:111122223333";
        Self {
            function_arn: format!("arn:aws:lambda:{HERE}:function:cognito-domain-guard"),
            sweep_function_arn: format!(
                "arn:aws:lambda:{HERE}:function:cognito-domain-guard-sweep"
            ),
            overrides_path: None,
            queue_arn: format!("arn:aws:sqs:{HERE}:cognito-domain-guard-recheck"),
            schedule_arn: format!("arn:aws:events:{HERE}:rule/cognito-domain-guard-sweep"),
            function_timeout: Duration::from_secs(55),
            sweep_timeout: Duration::from_secs(15 * 60),
            queue_delay: Duration::from_secs(60),
            visibility_timeout: Duration::from_secs(60),
            max_receives: 90,
            event_delay: Duration::from_secs(2),
        }
    }
}

/// Why [`Platform::run_until_idle`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Nothing is left to happen.
    Idle,
    /// The time is up, and something is left.
    OutOfTime,
}

/// Something that will happen.
#[derive(Debug)]
enum Due {
    /// An event reaches the rule.
    Event(Value),
    /// Somebody invokes the function and waits for no answer.
    Asynchronous(Value),
    /// A message of the queue becomes visible.
    Visible(QueueMessage),
    /// The schedule fires.
    Sweep,
}

/// When, and where two share a moment, which was put down first.
type Turn = (OffsetDateTime, u64);

/// Says for an event of the world when its copies reach the rule: none to drop it, one for order,
/// several for duplicates.
type EventPolicy = Box<dyn FnMut(&mut Value) -> Vec<Duration>>;

/// EventBridge, Lambda and SQS around one handler.
///
/// The handler gets the payload and the [`Invocation`]; it is where a test calls the real function
/// with clients of the world. A handler whose call [kills](World::killed) it is dropped at that
/// point and counts as a crashed runtime; one that exceeds its timeout is dropped as well.
pub struct Platform<H> {
    world: World,
    /// Other places whose events reach the rule.
    members: Vec<World>,
    handler: H,
    settings: PlatformSettings,
    on_event: Option<EventPolicy>,
    agenda: BTreeMap<Turn, Due>,
    entries: u64,
    woken: Vec<Woken>,
    dead_letters: Vec<QueueMessage>,
}

impl<H, F> Platform<H>
where
    H: Fn(Value, Invocation) -> F,
    F: Future<Output = Result<Value, FunctionError>>,
{
    /// A platform with the template's defaults.
    pub fn new(world: &World, handler: H) -> Self {
        Self::with_settings(world, PlatformSettings::default(), handler)
    }

    /// A platform with names and numbers of its own.
    pub fn with_settings(world: &World, settings: PlatformSettings, handler: H) -> Self {
        Self {
            world: world.clone(),
            members: Vec::new(),
            handler,
            settings,
            on_event: None,
            agenda: BTreeMap::new(),
            entries: 0,
            woken: Vec::new(),
            dead_letters: Vec::new(),
        }
    }

    /// Decides the fate of each event that the world emits, the guard's own and foreign ones: the
    /// delays after which copies of it reach the rule, counted from the end of the invocation that
    /// emitted it. An empty answer drops it. The policy may also write the event in another form.
    pub fn on_event(&mut self, policy: impl FnMut(&mut Value) -> Vec<Duration> + 'static) {
        self.on_event = Some(Box::new(policy));
    }

    /// Has the events of another place reach the rule too, as a rule in that place forwards them to a
    /// hub's bus: their envelope says where they are from.
    pub fn listen_to(&mut self, member: &World) {
        self.members.push(member.clone());
    }

    /// An event that reaches the rule now, past every policy.
    pub fn deliver(&mut self, event: Value) {
        self.deliver_after(Duration::ZERO, event);
    }

    /// An event that reaches the rule after a while, past every policy.
    pub fn deliver_after(&mut self, delay: Duration, event: Value) {
        self.enter(delay, Due::Event(event));
    }

    /// Events that reach the rule in the same moment, past every policy, and whose invocations
    /// overlap: wherever one waits for an answer, the next goes on, in the order of the events.
    ///
    /// A [kill](World::killed) kills all of them. The call ends when every invocation has.
    pub async fn deliver_together(&mut self, events: Vec<Value>) {
        let events: Vec<Value> = events.into_iter().filter(|event| self.is_taken(event)).collect();
        let runs = events.iter().map(|event| self.run(Source::Rule, event.clone(), 1)).collect();
        let woken = join(runs).await;
        for (event, woken) in events.into_iter().zip(woken) {
            self.settle(event, woken);
        }
        self.collect_events();
    }

    /// Has the schedule fire once, after a while.
    pub fn sweep_after(&mut self, delay: Duration) {
        self.enter(delay, Due::Sweep);
    }

    /// Has the schedule fire now, with an event of somebody's own making.
    pub async fn sweep_with(&mut self, event: Value) {
        // What came of it is among the invocations.
        let _ = self.wake(Source::Schedule, event, 1).await;
        self.collect_events();
    }

    /// Sends a message to the recheck queue, with the queue's delay.
    pub fn enqueue(&mut self, body: impl Into<String>) {
        let now = self.world.now();
        let message = QueueMessage::new(self.world.fresh_id(), body.into(), now);
        self.enter(self.settings.queue_delay, Due::Visible(message));
    }

    /// Invokes the function and waits for its answer, as `aws lambda invoke` does: no rule, no
    /// retry, no destination.
    ///
    /// # Errors
    ///
    /// What the function failed with.
    pub async fn invoke(&mut self, payload: Value) -> Result<Value, FunctionError> {
        let result = self.wake(Source::Direct, payload, 1).await;
        self.collect_events();
        result
    }

    /// Has the function invoked after a while without anybody waiting for its answer, as a topic of SNS
    /// does: what fails goes to the queue by way of the on-failure destination.
    pub fn invoke_after(&mut self, delay: Duration, payload: Value) {
        self.enter(delay, Due::Asynchronous(payload));
    }

    /// Does the next thing that is due, moving time to it. `false` when nothing is left.
    pub async fn step(&mut self) -> bool {
        self.collect_events();
        let Some(((at, _), due)) = self.agenda.pop_first() else {
            return false;
        };
        self.wait_until(at);
        match due {
            Due::Event(event) => self.arrive(event).await,
            Due::Asynchronous(payload) => {
                let woken = self.run(Source::Direct, payload.clone(), 1).await;
                self.settle(payload, woken);
            }
            Due::Visible(message) => self.receive(message).await,
            Due::Sweep => self.sweep().await,
        }
        self.collect_events();
        true
    }

    /// Does everything that becomes due within the limit, and what follows from it.
    ///
    /// Where the limit is reached, time stands exactly there and the rest stays for the next call.
    /// Where nothing is left, time stands at the last thing that happened.
    pub async fn run_until_idle(&mut self, limit: Duration) -> Pause {
        let end = self.world.now() + limit;
        loop {
            self.collect_events();
            match self.next_due() {
                None => return Pause::Idle,
                Some(at) if at > end => {
                    self.wait_until(end);
                    return Pause::OutOfTime;
                }
                Some(_) => {
                    self.step().await;
                }
            }
        }
    }

    /// Whether a rule of the function takes the event.
    fn is_taken(&self, event: &Value) -> bool {
        let path = self.settings.overrides_path.as_deref();
        matches_rule(event) || path.is_some_and(|path| matches_override_rule(event, path))
    }

    async fn arrive(&mut self, event: Value) {
        if self.is_taken(&event) {
            let woken = self.run(Source::Rule, event.clone(), 1).await;
            self.settle(event, woken);
        }
    }

    /// Brings the outcome of an asynchronous invocation where AWS brings it: a failed one goes to
    /// the queue, by way of the on-failure destination.
    fn settle(&mut self, event: Value, woken: Woken) {
        self.world.revive();
        if let Err(error) = &woken.result {
            let record = destination_record(event, &woken.invocation, error, self.world.now());
            self.enqueue(record.to_string());
        }
        self.woken.push(woken);
    }

    async fn receive(&mut self, mut message: QueueMessage) {
        if message.receives >= self.settings.max_receives {
            self.dead_letters.push(message);
            return;
        }
        let now = self.world.now();
        let handle = self.world.fresh_id();
        let payload = message.receive(&handle, &self.settings.queue_arn, self.world.region(), now);
        // The first invocation was the rule's.
        let attempt = message.receives + 1;
        let result = self.wake(Source::Queue, payload, attempt).await;
        if !result.is_ok_and(|answer| message.settled_by(&answer)) {
            let visible_at = now + self.settings.visibility_timeout;
            self.enter_at(visible_at, Due::Visible(message));
        }
    }

    /// A failed sweep is not asked again: the next one looks at everything anyway.
    async fn sweep(&mut self) {
        let (world, settings) = (&self.world, &self.settings);
        let event = scheduled_event(
            &world.fresh_id(),
            &settings.schedule_arn,
            world.account(),
            world.region(),
            &whole_seconds(world.now()),
        );
        // What came of it is among the invocations.
        let _ = self.wake(Source::Schedule, event, 1).await;
    }

    /// Runs the handler and writes down what came of it.
    async fn wake(
        &mut self,
        source: Source,
        payload: Value,
        attempt: u32,
    ) -> Result<Value, FunctionError> {
        let woken = self.run(source, payload, attempt).await;
        self.world.revive();
        let result = woken.result.clone();
        self.woken.push(woken);
        result
    }

    /// Runs the handler to its answer, its death or its timeout, whichever is first.
    async fn run(&self, source: Source, payload: Value, attempt: u32) -> Woken {
        let settings = &self.settings;
        let (function_arn, timeout) = match source {
            Source::Rule | Source::Queue | Source::Direct => {
                (&settings.function_arn, settings.function_timeout)
            }
            Source::Schedule => (&settings.sweep_function_arn, settings.sweep_timeout),
        };
        let invocation = Invocation {
            request_id: self.world.fresh_id(),
            function_arn: function_arn.clone(),
            attempt,
        };
        let at = self.world.now();
        let answer = (self.handler)(payload, invocation.clone());
        let result = tokio::select! {
            biased;
            () = self.world.killed() => Err(FunctionError::killed(&invocation.request_id)),
            answered = tokio::time::timeout(timeout, answer) => answered.unwrap_or_else(|_| {
                Err(FunctionError::timed_out(&invocation.request_id, timeout))
            }),
        };
        Woken { source, invocation, at, result }
    }
}

impl<H> Platform<H> {
    /// Every invocation, in order.
    pub fn invocations(&self) -> &[Woken] {
        &self.woken
    }

    /// The messages that were received too often.
    pub fn dead_letters(&self) -> &[QueueMessage] {
        &self.dead_letters
    }

    /// Puts every dead letter back on the recheck queue, as SQS's own redrive does.
    pub fn redrive(&mut self) {
        let now = self.world.now();
        for message in std::mem::take(&mut self.dead_letters) {
            self.enter(self.settings.queue_delay, Due::Visible(message.redriven(now)));
        }
    }

    /// The messages on the recheck queue, in the order in which they become visible.
    pub fn queued(&self) -> impl Iterator<Item = &QueueMessage> {
        self.agenda.values().filter_map(|due| match due {
            Due::Visible(message) => Some(message),
            Due::Event(_) | Due::Asynchronous(_) | Due::Sweep => None,
        })
    }

    /// When the next thing happens, `None` when nothing is left. Events that the world has emitted
    /// since the last step are not among them yet.
    pub fn next_due(&self) -> Option<OffsetDateTime> {
        self.agenda.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes what the world has emitted and puts its copies where the policy wants them.
    fn collect_events(&mut self) {
        let places = [&self.world].into_iter().chain(&self.members);
        let events: Vec<Value> = places.flat_map(World::take_events).collect();
        for mut event in events {
            let delays = match &mut self.on_event {
                Some(policy) => policy(&mut event),
                None => vec![self.settings.event_delay],
            };
            let Some((last, others)) = delays.split_last() else {
                continue;
            };
            for delay in others {
                self.enter(*delay, Due::Event(event.clone()));
            }
            self.enter(*last, Due::Event(event));
        }
    }

    fn enter(&mut self, delay: Duration, due: Due) {
        self.enter_at(self.world.now() + delay, due);
    }

    fn enter_at(&mut self, at: OffsetDateTime, due: Due) {
        self.entries += 1;
        self.agenda.insert((at, self.entries), due);
    }

    fn wait_until(&self, at: OffsetDateTime) {
        if let Ok(wait) = Duration::try_from(at - self.world.now()) {
            self.world.advance(wait);
        }
    }
}

impl<H> fmt::Debug for Platform<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform")
            .field("world", &self.world)
            .field("agenda", &self.agenda)
            .field("woken", &self.woken.len())
            .field("dead_letters", &self.dead_letters.len())
            .finish_non_exhaustive()
    }
}

/// Drives futures side by side, always in the same order, until all are done.
async fn join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut runs: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, output) in &mut runs {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(done) => *output = Some(done),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            return Poll::Pending;
        }
        Poll::Ready(runs.drain(..).filter_map(|(_, output)| output).collect())
    })
    .await
}
