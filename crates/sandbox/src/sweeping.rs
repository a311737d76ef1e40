//! The state machine of an organization's sweep, step by step as template.yaml has it. Its own run, by others
//! than this project, is the deployment test's.

use std::collections::HashSet;

use serde_json::{Value, json};

/// One that has been run, or has not.
#[derive(Debug, Default)]
pub struct StateMachine {
    /// What the last execution that succeeded left.
    pub last: Value,
    /// The names of executions, of which each is taken once.
    names: HashSet<String>,
    /// The largest payload or answer of a step, in bytes.
    pub largest: usize,
    /// How many steps there were.
    pub steps: usize,
}

/// How an execution ended that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// There was one of that name already.
    NotStarted,
    /// It failed, with this error.
    Failed(String),
    /// It succeeded, and was stopped before it put back what it should.
    Paused,
}

/// The ARN that the commands of notices name.
pub const STATE_MACHINE: &str =
    "arn:aws:states:eu-central-1:111122223333:stateMachine:cognito-domain-guard-sweep";

impl StateMachine {
    /// Runs it: `accounts` are what Organizations lists, and `is_paused` is asked before anything is put back.
    ///
    /// # Errors
    /// How it ended otherwise than well.
    pub async fn run(
        &mut self,
        input: &Value,
        accounts: &[String],
        is_paused: impl Fn() -> bool,
        mut invoke: impl AsyncFnMut(Value) -> Result<Value, String>,
    ) -> Result<(), Ended> {
        let name = of(input, "approve").as_str().map(str::to_owned);
        if name.is_some_and(|name| !self.names.insert(name)) {
            return Err(Ended::NotStarted);
        }
        let Value::Object(mut output) = self.last.clone() else {
            return self.sweep(input, Value::Null, accounts, is_paused, &mut invoke).await;
        };
        let standing = output.get("standing").cloned().unwrap_or_default();
        if of(input, "approve").is_string() {
            let held = output.remove("held").unwrap_or_default();
            let step = json!({ "step": "approve", "set": of(input, "approve"), "held": held });
            let approved = self.step(&mut invoke, step).await?;
            if let Some(refused) = of(&approved, "refused").as_str() {
                return Err(Ended::Failed(refused.to_owned()));
            }
            let left = json!({ "standing": standing, "held": {} });
            return self.end(approved, left, is_paused, &mut invoke).await;
        }
        self.sweep(input, standing, accounts, is_paused, &mut invoke).await
    }

    async fn sweep(
        &mut self,
        input: &Value,
        standing: Value,
        accounts: &[String],
        is_paused: impl Fn() -> bool,
        invoke: &mut impl AsyncFnMut(Value) -> Result<Value, String>,
    ) -> Result<(), Ended> {
        let cause = of(input, "cause").as_str().unwrap_or("request");
        let step = json!({ "step": "begin", "cause": cause, "standing": standing });
        let mut dealt = self.step(invoke, step).await?;
        if *of(&dealt, "list") == true {
            let step = json!({ "step": "deal", "accounts": accounts, "standing": standing });
            dealt = self.step(invoke, step).await?;
        }
        let mut answers = Vec::new();
        for batch in of(&dealt, "batches").as_array().into_iter().flatten() {
            answers.push(self.observe(of(batch, "items"), of(&dealt, "room"), invoke).await);
        }
        let step = json!({
            "step": "judge", "answers": answers, "standing": standing, "cause": cause,
            "everything": of(&dealt, "everything"), "state_machine": STATE_MACHINE,
        });
        let judged = self.step(invoke, step).await?;
        let left = json!({ "standing": of(&judged, "standing"), "held": of(&judged, "held") });
        self.end(judged, left, is_paused, invoke).await
    }

    /// Puts back, and closes. What it leaves is kept only where people were notified.
    async fn end(
        &mut self,
        decided: Value,
        leaves: Value,
        is_paused: impl Fn() -> bool,
        invoke: &mut impl AsyncFnMut(Value) -> Result<Value, String>,
    ) -> Result<(), Ended> {
        let summary = of(&decided, "summary");
        let mut targets = of(&decided, "targets").clone();
        let mut done = Vec::new();
        let has_more = |targets: &Value| targets.as_array().is_some_and(|all| !all.is_empty());
        while has_more(&targets) && !is_paused() {
            let says_all = of(summary, "says_all");
            let step = json!({ "step": "put_back", "targets": targets, "says_all": says_all });
            let tried = self.step(invoke, step).await?;
            targets = of(&tried, "targets").clone();
            done.push(of(&tried, "done").clone());
        }
        let is_whole = !has_more(&targets);
        let step = json!({ "step": "close", "summary": summary, "done": done, "left": targets });
        let closed = self.step(invoke, step).await?;
        if let Some(why) = of(&closed, "failed").as_str() {
            return Err(Ended::Failed(why.to_owned()));
        }
        self.last = leaves;
        if is_whole { Ok(()) } else { Err(Ended::Paused) }
    }

    /// A batch, gone on with until nothing is left. One whose step fails is lost.
    async fn observe(
        &mut self,
        batch: &Value,
        room: &Value,
        invoke: &mut impl AsyncFnMut(Value) -> Result<Value, String>,
    ) -> Value {
        let mut step = json!({ "step": "observe", "items": batch, "room": room });
        loop {
            match self.step(invoke, step).await {
                Err(_) => return json!({ "lost": batch }),
                Ok(answer) if of(&answer, "rest").is_array() => {
                    step = json!({
                        "step": "observe", "items": of(&answer, "rest"), "room": room, "earlier": answer,
                    });
                }
                Ok(answer) => return answer,
            }
        }
    }

    async fn step(
        &mut self,
        invoke: &mut impl AsyncFnMut(Value) -> Result<Value, String>,
        step: Value,
    ) -> Result<Value, Ended> {
        self.steps += 1;
        self.largest = self.largest.max(step.to_string().len());
        let answer = invoke(step).await.map_err(Ended::Failed)?;
        self.largest = self.largest.max(answer.to_string().len());
        Ok(answer)
    }
}

/// A member, or null.
fn of<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}
