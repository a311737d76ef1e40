//! The sweeps of an organization in a history: its state machine, over the guard as the platform calls it.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use cognito_domain_guard_sandbox::{
    Ended, FunctionError, Invocation, Invoked, Platform, StateMachine, World, deployment_identity,
};
use serde_json::{Value, json};

use crate::history::{Entry, History};
use crate::worlds::Places;

/// As template.yaml has it.
const TIMEOUT: Duration = Duration::from_secs(900);
/// What the schedule, deployments and people start, in turn.
const CAUSES: [&str; 4] = ["schedule", "schedule", "deployment", "request"];

/// One execution of the state machine.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    /// What every one of its steps has for a request id, so that what one of them says can be held against what
    /// another one did.
    pub(crate) id: String,
    /// The set that somebody approves by it.
    pub(crate) approves: Option<String>,
    pub(crate) first_call: usize,
    pub(crate) end_call: usize,
    pub(crate) ended: Result<(), Ended>,
}

/// The state machine, and what people and Organizations know.
pub(crate) struct Sweeper<G> {
    machine: StateMachine,
    handler: G,
    world: World,
    accounts: BTreeSet<String>,
    left: BTreeSet<String>,
    pub(crate) executions: Vec<Execution>,
}

impl<G: Fn(Value, Invocation) -> Invoked> Sweeper<G> {
    pub(crate) fn new(places: &Places, handler: G) -> Self {
        Self {
            machine: StateMachine::default(),
            handler,
            world: places.home().clone(),
            accounts: places.all().map(|world| world.account().to_owned()).collect(),
            left: BTreeSet::new(),
            executions: Vec::new(),
        }
    }

    /// Somebody shuts a place. An account that leaves the organization is not listed any more.
    pub(crate) fn shut(&mut self, history: &History, place: usize, how: Entry) {
        match how {
            Entry::Left => {
                self.left.insert(history.places[place].account.to_owned());
            }
            Entry::RoleMissing | Entry::RoleRefuses | Entry::RegionDenied => {}
        }
    }

    /// All is well, and all belong to the organization.
    pub(crate) fn calm(&mut self) {
        self.left.clear();
    }

    /// A sweep by whatever is next in turn.
    pub(crate) async fn sweep<H, F>(&mut self, platform: &mut Platform<H>)
    where
        H: Fn(Value, Invocation) -> F,
        F: Future<Output = Result<Value, FunctionError>>,
    {
        let cause = CAUSES[self.executions.len() % CAUSES.len()];
        self.execute(json!({ "cause": cause }), platform).await;
    }

    /// A sweep that somebody asks for.
    pub(crate) async fn sweep_by_request<H, F>(&mut self, platform: &mut Platform<H>)
    where
        H: Fn(Value, Invocation) -> F,
        F: Future<Output = Result<Value, FunctionError>>,
    {
        self.execute(json!({ "cause": "request" }), platform).await;
    }

    /// Somebody runs the command of the latest notice about a held set, if there is one.
    pub(crate) async fn approve<H, F>(&mut self, platform: &mut Platform<H>)
    where
        H: Fn(Value, Invocation) -> F,
        F: Future<Output = Result<Value, FunctionError>>,
    {
        let published = self.world.published();
        let set = published.iter().rev().find_map(|notice| {
            let message: Value = serde_json::from_str(&notice.message).ok()?;
            let record: Value = serde_json::from_str(message.get("default")?.as_str()?).ok()?;
            Some(record.pointer("/sweep/held/set")?.as_str()?.to_owned())
        });
        if let Some(set) = set {
            self.execute(json!({ "approve": set }), platform).await;
        }
    }

    async fn execute<H, F>(&mut self, input: Value, platform: &mut Platform<H>)
    where
        H: Fn(Value, Invocation) -> F,
        F: Future<Output = Result<Value, FunctionError>>,
    {
        let Self { machine, handler, world, accounts, left, executions } = self;
        let id = format!("execution-{}", executions.len());
        let listed: Vec<String> = accounts.difference(left).cloned().collect();
        let function_arn = deployment_identity(world).function_arns[1].clone();
        let first_call = world.calls().len();
        let step = async |payload: Value| {
            // What is due by now happens between two steps.
            platform.run_until_idle(Duration::ZERO).await;
            let function_arn = function_arn.clone();
            let invocation = Invocation { request_id: id.clone(), function_arn, attempt: 1 };
            let answer = handler(payload, invocation);
            let answered = tokio::select! {
                biased;
                () = world.killed() => Err("Runtime.ExitError".to_owned()),
                answered = tokio::time::timeout(TIMEOUT, answer) => match answered {
                    Ok(answered) => answered.map_err(|error| format!("{error:?}")),
                    Err(_) => Err("Sandbox.Timedout".to_owned()),
                },
            };
            world.revive();
            answered
        };
        let ended = machine.run(&input, &listed, || false, step).await;
        let approves = input.get("approve").and_then(Value::as_str).map(str::to_owned);
        let end_call = world.calls().len();
        executions.push(Execution { id, approves, first_call, end_call, ended });
    }
}
