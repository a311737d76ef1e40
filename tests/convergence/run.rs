//! One history, run in virtual time over the real SDK clients.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::memory::ErrorType;
use cognito_domain_guard::reconcile::{self, Guard};
use cognito_domain_guard::report::Unsettled;
use cognito_domain_guard_sandbox::{
    Action, Call, Caller, FunctionError, Invocation, Invoked, Pause, Platform, PlatformSettings,
    QueueMessage, World, deployment_identity, guard, hub,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::executions::{Execution, Sweeper};
use crate::foreign::{Foreign, change, compete};
use crate::history::{History, Step};
use crate::worlds::{Places, organization, places};

/// More looks than any history needs: whoever gets here is going in a circle.
const TOO_MANY_LOOKS: usize = 4_000;

/// All that is left of a history that was run.
pub(crate) struct Trace {
    pub(crate) baseline: Baseline,
    pub(crate) world: World,
    pub(crate) places: Places,
    pub(crate) initial: Vec<Domain>,
    pub(crate) calls: Vec<Arc<Call>>,
    pub(crate) looks: Vec<Look>,
    /// Every sweep of the organization.
    pub(crate) executions: Vec<Execution>,
    /// For each event, how many copies reach the rule.
    pub(crate) copies: HashMap<String, usize>,
    /// Every dead letter, before it was put back.
    pub(crate) dead_letters: Vec<QueueMessage>,
    /// The dead letters after that, and the messages still on the queue.
    pub(crate) left_over: usize,
    /// How many calls there were when everything had come to rest after the last foreign change,
    /// before the sweep; after it; and after a further one.
    pub(crate) rest: [usize; 3],
    /// How many there were when dead letters had been put back after that, before the sweep.
    pub(crate) redriven: usize,
    pub(crate) began: OffsetDateTime,
    /// When everything had come to rest before the sweep.
    pub(crate) rest_at: OffsetDateTime,
    pub(crate) ended: bool,
}

/// One invocation, killed ones included.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Whose credentials it had: no two that overlap share one.
    pub(crate) key: String,
    /// `None` for a sweep.
    pub(crate) event_id: Option<String>,
    /// The account and region that the event's envelope names.
    pub(crate) place: Option<(String, String)>,
    pub(crate) first_call: usize,
    pub(crate) end_call: Option<usize>,
    pub(crate) at: OffsetDateTime,
    /// The domains that it saw off their baseline.
    pub(crate) drifted: Vec<String>,
    /// The ages that it measured of domains off their baseline.
    pub(crate) seconds_off_baseline: Vec<i64>,
    /// What it ended in, `None` for one that was killed.
    pub(crate) ended: Option<Vec<ErrorType>>,
    /// The execution of a sweep of the organization that it is a step of; empty for any other look.
    pub(crate) execution: String,
    /// Which step of it, and whether it is to say everything, where it puts back.
    pub(crate) step: Option<String>,
    pub(crate) says_all: Option<bool>,
    /// What the step answered.
    pub(crate) answer: Option<Value>,
}

impl Look {
    /// Whether it is a step of a sweep that says of that place that the sweep could not look into it.
    pub(crate) fn has_gap(&self, (account, region): &(String, String)) -> bool {
        let answer = self.answer.as_ref();
        let observed = answer.and_then(|answer| answer.get("gaps")?.as_object());
        let judged = answer.and_then(|answer| answer.pointer("/standing/gaps")?.as_array());
        let judged = judged.into_iter().flatten().filter_map(|gap| gap.get("places"));
        let items = observed.into_iter().flat_map(serde_json::Map::values).chain(judged);
        items.filter_map(Value::as_array).flatten().filter_map(Value::as_str).any(|item| {
            let (of, regions) = item.split_once('/').unwrap_or((item, region));
            of == account && regions.contains(region.as_str())
        })
    }
}

struct Slot {
    key: String,
    sweeps: bool,
    guard: Rc<Guard>,
    free: bool,
}

#[derive(Default)]
struct Log {
    slots: Vec<Slot>,
    looks: Vec<Look>,
}

/// Frees the credentials when the invocation ends, however it does.
struct Running {
    log: Rc<RefCell<Log>>,
    world: World,
    slot: usize,
    look: usize,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut log = self.log.borrow_mut();
        log.slots[self.slot].free = true;
        log.looks[self.look].end_call = Some(self.world.calls().len());
    }
}

pub(crate) fn run(history: &History) -> Trace {
    fastrand::seed(history.seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(history))
}

async fn play(history: &History) -> Trace {
    let places = places(history);
    let world = places.home().clone();
    let baseline = Baseline::parse("baseline.yaml", &history.baseline.yaml()).unwrap();
    let (began, initial) = (world.now(), places.domains());
    let log = Rc::new(RefCell::new(Log::default()));
    let identity = deployment_identity(&world);
    let [function_arn, sweep_function_arn] = [0, 1].map(|nth| identity.function_arns[nth].clone());
    let mut sweeper = organization(&places)
        .map(|_| Sweeper::new(&places, handler(history, &places, &baseline, &log)));
    let settings = PlatformSettings {
        function_arn,
        sweep_function_arn,
        max_receives: history.max_receives,
        ..Default::default()
    };
    let mut platform =
        Platform::with_settings(&world, settings, handler(history, &places, &baseline, &log));
    for member in places.all().skip(1) {
        platform.listen_to(member);
    }
    let foreign = Foreign { fates: Arc::default(), open: Arc::new(AtomicBool::new(true)) };
    let copies = Rc::new(RefCell::new(HashMap::new()));
    let last_event = Rc::new(RefCell::new(None));
    platform.on_event({
        let (fates, copies) = (Arc::clone(&foreign.fates), Rc::clone(&copies));
        let (last_event, own_fates) = (Rc::clone(&last_event), history.own_fates.clone());
        let mut own = 0;
        move |event| {
            let id = event.pointer("/detail/eventID").and_then(Value::as_str).unwrap_or_default();
            let id = id.to_owned();
            let fate = fates.lock().unwrap().get(&id).cloned();
            match fate {
                Some((fate, form)) => {
                    form.write(event);
                    copies.borrow_mut().insert(id, fate.len());
                    *last_event.borrow_mut() = Some(event.clone());
                    fate
                }
                None => {
                    own += 1;
                    let fate = own_fates[own % own_fates.len()].clone();
                    copies.borrow_mut().insert(id, fate.len());
                    fate
                }
            }
        }
    });
    let mut ended = true;
    for step in &history.steps {
        match step {
            Step::Wait(time) => {
                let end = world.now() + *time;
                platform.run_until_idle(*time).await;
                world.advance(Duration::try_from(end - world.now()).unwrap_or_default());
            }
            Step::Change(one) => change(places.of(history, one.domain), history, one, &foreign),
            Step::Contest(contest) => {
                compete(&places, &mut platform, history, contest, &foreign).await;
            }
            Step::Race(action, one) => {
                let (history, one, foreign) = (history.clone(), one.clone(), foreign.clone());
                let there = places.of(&history, one.domain).clone();
                let waits = if *action == Action::Publish { world.clone() } else { there.clone() };
                waits.before(*action, move |_| {
                    if foreign.open.load(Ordering::Relaxed) {
                        change(&there, &history, &one, &foreign);
                    }
                });
            }
            Step::Together(number) => {
                platform.run_until_idle(Duration::ZERO).await;
                let event = last_event.borrow().clone();
                if let Some(event) = event {
                    let id = event["detail"]["eventID"].as_str().unwrap_or_default().to_owned();
                    *copies.borrow_mut().entry(id).or_default() += number;
                    platform.deliver_together(vec![event; *number]).await;
                }
            }
            Step::Sweep => match &mut sweeper {
                Some(sweeper) => sweeper.sweep(&mut platform).await,
                None => platform.sweep_after(Duration::ZERO),
            },
            Step::Approve => {
                if let Some(sweeper) = &mut sweeper {
                    sweeper.approve(&mut platform).await;
                }
            }
            Step::Fault(place, fault) => places.nth(*place).inject(fault.clone()),
            Step::Shut(place, how) => {
                places.shut(*place, *how);
                if let Some(sweeper) = &mut sweeper {
                    sweeper.shut(history, *place, *how);
                }
            }
            Step::Stop(place) => {
                places.nth(*place).deny_explicitly(Action::UpdateUserPoolDomain);
            }
            Step::Calm => {
                places.calm();
                sweeper.iter_mut().for_each(Sweeper::calm);
            }
        }
    }
    places.calm();
    sweeper.iter_mut().for_each(Sweeper::calm);
    foreign.open.store(false, Ordering::Relaxed);
    ended &= rest(&world, &mut platform, &log).await;
    let mut marks = [world.calls().len(); 3];
    let rest_at = world.now();
    let mut dead_letters = Vec::new();
    ended &= redrive(&world, &mut platform, &log, &mut dead_letters).await;
    let redriven = world.calls().len();
    // What an exemption allowed for a part of the day is the sweep's to put back.
    let ends = baseline.exemptions().iter().map(|exemption| exemption.until);
    if let Some(end) = ends.filter(|end| *end < began + Duration::from_secs(86_400)).max() {
        world.advance(Duration::try_from(end - world.now()).unwrap_or_default());
    }
    for (nth, mark) in marks[1..].iter_mut().enumerate() {
        if let Some(sweeper) = &mut sweeper {
            sweeper.sweep_by_request(&mut platform).await;
            if nth == 0 && history.approves {
                sweeper.approve(&mut platform).await;
            }
        } else {
            platform.sweep_after(Duration::from_secs(60));
        }
        ended &= rest(&world, &mut platform, &log).await;
        ended &= redrive(&world, &mut platform, &log, &mut dead_letters).await;
        *mark = world.calls().len();
    }
    let left_over = platform.dead_letters().len() + platform.queued().count();
    let looks = std::mem::take(&mut log.borrow_mut().looks);
    let copies = copies.borrow().clone();
    Trace {
        baseline,
        initial,
        calls: by_functions(world.calls()),
        world,
        places,
        looks,
        executions: sweeper.map(|sweeper| sweeper.executions).unwrap_or_default(),
        copies,
        dead_letters,
        left_over,
        rest: marks,
        redriven,
        began,
        rest_at,
        ended,
    }
}

/// Until nothing is left to happen, neither on the platform nor in Cognito. `false` when there is
/// no end to it.
async fn rest<H, F>(world: &World, platform: &mut Platform<H>, log: &Rc<RefCell<Log>>) -> bool
where
    H: Fn(Value, Invocation) -> F,
    F: Future<Output = Result<Value, FunctionError>>,
{
    loop {
        let pause = platform.run_until_idle(Duration::from_secs(3_600)).await;
        if log.borrow().looks.len() > TOO_MANY_LOOKS {
            return false;
        }
        match (pause, world.next_settlement()) {
            (Pause::OutOfTime, _) => {}
            (Pause::Idle, None) => return true,
            (Pause::Idle, Some(at)) => {
                world.advance(Duration::try_from(at - world.now()).unwrap_or_default());
            }
        }
    }
}

/// Puts dead letters back, as a person does once all is calm. Each of them may lead to an update,
/// whose own event may become a dead letter in turn where these are made early: not for ever.
async fn redrive<H, F>(
    world: &World,
    platform: &mut Platform<H>,
    log: &Rc<RefCell<Log>>,
    dead_letters: &mut Vec<QueueMessage>,
) -> bool
where
    H: Fn(Value, Invocation) -> F,
    F: Future<Output = Result<Value, FunctionError>>,
{
    for _ in 0..3 {
        dead_letters.extend_from_slice(platform.dead_letters());
        platform.redrive();
        if !rest(world, platform, log).await {
            return false;
        }
    }
    true
}

fn handler(
    history: &History,
    places: &Places,
    baseline: &Baseline,
    log: &Rc<RefCell<Log>>,
) -> impl Fn(Value, Invocation) -> Invoked + use<> {
    let (places, baseline, log) = (places.clone(), baseline.clone(), Rc::clone(log));
    let brake = history.brake;
    let world = places.home().clone();
    move |payload, invocation| {
        let sweeps = invocation.function_arn.ends_with("SweepFunction");
        let (slot, guard) = slot(&places, &baseline, brake, &log, sweeps);
        let look = {
            let mut log = log.borrow_mut();
            let key = log.slots[slot].key.clone();
            let first_call = world.calls().len();
            let event_id = text_of(&payload, "/detail/eventID");
            let place = text_of(&payload, "/account").zip(text_of(&payload, "/region"));
            let step = text_of(&payload, "/step");
            let execution = step.as_ref().map(|_| invocation.request_id.clone());
            log.looks.push(Look {
                execution: execution.unwrap_or_default(),
                step,
                says_all: payload.get("says_all").and_then(Value::as_bool),
                answer: None,
                key,
                event_id,
                place,
                first_call,
                end_call: None,
                at: world.now(),
                drifted: Vec::new(),
                seconds_off_baseline: Vec::new(),
                ended: None,
            });
            log.looks.len() - 1
        };
        let running = Running { log: Rc::clone(&log), world: world.clone(), slot, look };
        let timeout = Duration::from_secs(if sweeps { 900 } else { 60 });
        Box::pin(async move {
            let invocation = reconcile::Invocation {
                request_id: invocation.request_id,
                trace_id: None,
                deadline: Some(running.world.now() + timeout),
            };
            let answer = guard.answer(&payload, &invocation).await;
            let ended = answer.reports.iter().filter_map(|report| report.unsettled());
            let outcomes = answer.reports.iter().flat_map(|report| &report.outcomes);
            let drifted = outcomes.clone().filter(|outcome| !outcome.drifts.is_empty());
            let mut log = running.log.borrow_mut();
            log.looks[look].drifted =
                drifted.filter_map(|outcome| outcome.domain.clone()).collect();
            log.looks[look].ended = Some(ended.map(|unsettled| unsettled.error_type).collect());
            log.looks[look].seconds_off_baseline =
                outcomes.filter_map(|outcome| outcome.seconds_off_baseline).collect();
            if log.looks[look].step.is_some() {
                log.looks[look].answer = answer.result.clone().ok();
            }
            drop(log);
            answer.result.map_err(|Unsettled { error_type, message }| {
                FunctionError::new(error_type.as_str(), message)
            })
        })
    }
}

/// A guard whose credentials no running invocation has.
fn slot(
    places: &Places,
    baseline: &Baseline,
    (account_limit, limit): (Option<usize>, Option<usize>),
    log: &Rc<RefCell<Log>>,
    sweeps: bool,
) -> (usize, Rc<Guard>) {
    let mut log = log.borrow_mut();
    let free = log.slots.iter().position(|slot| slot.free && slot.sweeps == sweeps);
    let nth = free.unwrap_or_else(|| {
        let key = format!("ASIAGUARD{}", log.slots.len());
        let world = places.home();
        let identity = deployment_identity(world);
        let function = &identity.function_arns[usize::from(sweeps)];
        world.register_caller(&key, Caller::lambda(&identity.role_arn, function));
        let guard = Rc::new(match organization(places) {
            None => guard(world, baseline.clone(), &key),
            Some(organization) => {
                let mut hub = hub(world, baseline.clone(), organization, &key);
                hub.sweep_account_limit = account_limit;
                hub.sweep_limit = limit;
                hub
            }
        });
        log.slots.push(Slot { key, sweeps, guard, free: true });
        log.slots.len() - 1
    });
    log.slots[nth].free = false;
    (nth, Rc::clone(&log.slots[nth].guard))
}

/// What the event says there, through whatever wraps it.
fn text_of(payload: &Value, pointer: &str) -> Option<String> {
    if let Some(body) = payload.pointer("/Records/0/body").and_then(Value::as_str) {
        return text_of(&serde_json::from_str(body).ok()?, pointer);
    }
    if let Some(inner) = payload.get("requestPayload") {
        return text_of(inner, pointer);
    }
    payload.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// The calls with the access keys of functions alone: a session is whoever's it is who assumed the role.
fn by_functions(calls: Vec<Arc<Call>>) -> Vec<Arc<Call>> {
    let mut sessions: HashMap<String, String> = HashMap::new();
    let by_function = |call: Arc<Call>| {
        let answer = call.outcome.as_ref().ok();
        let given = answer.and_then(|answer| answer.pointer("/Credentials/AccessKeyId")?.as_str());
        if let Some(given) = given {
            sessions.insert(given.to_owned(), call.access_key_id.clone());
        }
        match sessions.get(&call.access_key_id) {
            Some(key) => Arc::new(Call { access_key_id: key.clone(), ..call.as_ref().clone() }),
            None => call,
        }
    };
    calls.into_iter().map(by_function).collect()
}
