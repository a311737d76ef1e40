//! Overrides opened, malformed, unreadable and ended at random, also between a look and its update.
//!
//! The rule: what is in force is known here from what was called, never from what the guard has read.

use std::sync::Arc;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard::overrides::fresh_id;
use cognito_domain_guard_sandbox::{
    Action, Call, Caller, Fault, Journal, Pause, Platform, World, WorldSettings,
    deploy_with_overrides, deployment_overrides, topic_arn,
};
use fastrand::Rng;
use serde_json::{Value, json};
use time::OffsetDateTime;

const STORIES: u64 = 120;
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";
const NAMES: [&str; 3] = ["auth.example.com", "pos.example.com", "login.example.com"];
const BASELINE: &str =
    "version: 1\nmode: enforce\ndefaults: { security_policy: { at_least: TLS_V1_2_2021 } }\n";
const MINUTE: u64 = 60;
/// For how long one that cannot be understood holds, and the longest that one may last.
const HOLDS: Duration = Duration::from_secs(60 * MINUTE);
const LONGEST: Duration = Duration::from_secs(72 * 60 * MINUTE);

/// What an override is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum For {
    One(usize),
    All,
}

/// What somebody writes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Text {
    Allow,
    /// Of an attribute that nobody changes here.
    AllowOther,
    Pause,
    /// It ends too late.
    TooLong,
    /// It cannot be read, but for what it is meant for.
    Malformed,
    /// Nothing of it can be read.
    Garbage,
}

#[derive(Clone, Debug)]
enum Step {
    Wait(Duration),
    /// Somebody weakens a domain, and the event arrives.
    Weaken(usize),
    Open {
        subject: For,
        text: Text,
        minutes: u64,
    },
    /// The same between the guard's next describe and its update.
    Race {
        subject: For,
        text: Text,
        minutes: u64,
    },
    /// Somebody removes one of those that were made.
    End(usize),
    Sweep,
    Deny,
    Permit,
    Throttle,
}

/// An override that was made.
#[derive(Clone, Debug)]
struct Made {
    name: String,
    subject: For,
    text: Text,
    /// When it ends by itself, or no longer holds.
    until: OffsetDateTime,
    /// Which call made it, and which removed it.
    made: usize,
    removed: Option<usize>,
}

impl Made {
    /// Whether it keeps the guard from putting the policy of that domain back, `calls` calls after the
    /// beginning, at that time.
    fn covers(&self, domain: usize, calls: usize, at: OffsetDateTime) -> bool {
        let is_for = self.text == Text::Garbage
            || match self.subject {
                For::One(one) => one == domain,
                For::All => true,
            };
        let is_there = self.made < calls && self.removed.is_none_or(|removed| removed >= calls);
        is_for && is_there && at < self.until && self.text != Text::AllowOther
    }
}

struct Story(Vec<Step>);

impl Story {
    fn of(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed);
        let mut steps = Vec::new();
        for _ in 0..rng.usize(5..=14) {
            let subject = if rng.u8(0..3) == 0 { For::All } else { For::One(rng.usize(0..3)) };
            let text = match rng.u8(0..12) {
                0..4 => Text::Allow,
                4 => Text::AllowOther,
                5..8 => Text::Pause,
                8 => Text::TooLong,
                9 | 10 => Text::Malformed,
                _ => Text::Garbage,
            };
            let minutes = rng.u64(5..300);
            steps.push(match rng.u8(0..20) {
                0..6 => Step::Weaken(rng.usize(0..3)),
                6..10 => Step::Open { subject, text, minutes },
                10 | 11 => Step::Race { subject, text, minutes },
                12..15 => Step::End(rng.usize(0..4)),
                15 | 16 => Step::Sweep,
                17 => Step::Deny,
                18 => Step::Permit,
                _ => Step::Throttle,
            });
            steps.push(Step::Wait(Duration::from_secs(rng.u64(0..150 * MINUTE))));
        }
        Self(steps)
    }
}

struct Stage {
    world: World,
    journal: Journal,
    made: Vec<Made>,
    is_denied: bool,
}

/// A call of somebody's that is to be made, and what it leaves when it was.
fn open(world: &World, subject: For, text: Text, minutes: u64, nth: usize) -> Made {
    let at = world.now();
    let pattern = match subject {
        For::One(domain) => NAMES[domain],
        For::All => "*",
    };
    // By guardctl, whose names say for which domain an override was once it is gone, or by hand.
    let by_guardctl = fresh_id(pattern, at, u64::try_from(nth).unwrap());
    let id = if nth.is_multiple_of(2) { by_guardctl } else { format!("one-{nth}") };
    let name = format!("{}/{id}", deployment_overrides(world).path);
    let lasts = match text {
        Text::TooLong => LONGEST + Duration::from_secs(minutes * MINUTE),
        Text::Allow | Text::AllowOther | Text::Pause | Text::Malformed | Text::Garbage => {
            Duration::from_secs(minutes * MINUTE)
        }
    };
    let until = cognito_domain_guard::when::rfc3339(at + lasts);
    let value = match text {
        Text::Allow | Text::TooLong => json!({
            "domain": pattern, "attributes": ["security_policy"], "until": until, "reason": "r", "by": "me",
        })
        .to_string(),
        Text::AllowOther => json!({
            "domain": pattern, "attributes": ["routing"], "until": until, "reason": "r", "by": "me",
        })
        .to_string(),
        Text::Pause => json!({ "pause": pattern, "until": until, "reason": "r", "by": "me" }).to_string(),
        Text::Malformed => json!({ "pause": pattern, "until": "soon" }).to_string(),
        Text::Garbage => "hunter2".to_owned(),
    };
    let put = json!({ "Name": name, "Type": "String", "Value": value, "Overwrite": false });
    let caller = Caller::sso(ACCOUNT, "OnCall", "jane.doe@example.com");
    world.call_as(&caller, Action::PutParameter, put).unwrap();
    let until = match text {
        Text::Allow | Text::AllowOther | Text::Pause => at + lasts,
        Text::TooLong | Text::Malformed | Text::Garbage => at + HOLDS,
    };
    let made = world.calls().len() - 1;
    Made { name, subject, text, until, made, removed: None }
}

fn domain(name: &str) -> Domain {
    Domain {
        name: name.to_owned(),
        user_pool_id: format!("{REGION}_{}", name.split('.').next().unwrap()),
        account: Some(ACCOUNT.to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(format!("arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1b2c")),
            security_policy: ObservedPolicy::Known(SecurityPolicy::TlsV1_2_2021),
            failover: None,
        }),
        managed_login_version: Some(1),
    }
}

fn is_weak(world: &World, name: &str) -> bool {
    let Some(Domain { hosting: Hosting::Custom(custom), .. }) = world.domain(name) else {
        return false;
    };
    custom.security_policy == ObservedPolicy::Known(SecurityPolicy::TlsV1)
}

fn text<'a>(call: &'a Call, pointer: &str) -> &'a str {
    call.request.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn play(seed: u64) -> Result<usize, String> {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new(WorldSettings {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            topics: vec![topic_arn(ACCOUNT, REGION)],
            seed,
            ..WorldSettings::default()
        });
        NAMES.iter().for_each(|name| world.put_domain(domain(name)));
        let baseline = Baseline::parse("baseline.yaml", BASELINE).unwrap();
        let (mut platform, journal) = deploy_with_overrides(&world, baseline);
        let mut stage = Stage { world, journal, made: Vec::new(), is_denied: false };
        for step in Story::of(seed).0 {
            stage.take(step, &mut platform).await;
            rest(&stage.world, &mut platform, Duration::from_secs(3 * 60 * MINUTE)).await;
            stage.holds(platform.dead_letters().is_empty())?;
        }
        stage.world.allow(Action::GetParametersByPath);
        stage.world.clear_faults();
        stage.is_denied = false;
        platform.redrive();
        rest(&stage.world, &mut platform, Duration::from_secs(3 * 60 * MINUTE)).await;
        violated("each_change_is_notified", stage.each_change_was_notified())?;
        stage.holds(true)?;
        // None outlives the longest.
        stage.world.advance(LONGEST + HOLDS);
        platform.sweep_after(Duration::ZERO);
        rest(&stage.world, &mut platform, Duration::from_secs(3 * 60 * MINUTE)).await;
        stage.holds(true)?;
        match NAMES.into_iter().find(|name| is_weak(&stage.world, name)) {
            Some(name) => Err(format!(
                "none_outlives_its_end: {name} is off its baseline after every override has ended"
            )),
            None => Ok(stage.made.len()),
        }
    })
}

async fn rest<H, F>(world: &World, platform: &mut Platform<H>, most: Duration)
where
    H: Fn(Value, cognito_domain_guard_sandbox::Invocation) -> F,
    F: Future<Output = Result<Value, cognito_domain_guard_sandbox::FunctionError>>,
{
    for _ in 0..8 {
        match (platform.run_until_idle(most).await, world.next_settlement()) {
            (Pause::Idle, None) | (Pause::OutOfTime, _) => return,
            (Pause::Idle, Some(at)) => {
                world.advance(Duration::try_from(at - world.now()).unwrap_or_default());
            }
        }
    }
}

/// The same with the name of what does not hold.
fn violated(invariant: &str, result: Result<(), String>) -> Result<(), String> {
    result.map_err(|detail| format!("{invariant}: {detail}"))
}

impl Stage {
    /// What holds whenever nothing is left to do; some of it, where nothing is among the dead letters either.
    fn holds(&self, is_settled: bool) -> Result<(), String> {
        violated("nothing_covered_is_written", self.nothing_covered_was_written())?;
        if is_settled && !self.is_denied {
            violated("what_drifts_is_covered", self.removals_were_looked_after())?;
        }
        violated("what_drifts_is_covered", self.what_drifts_is_covered())
    }

    async fn take<H, F>(&mut self, step: Step, platform: &mut Platform<H>)
    where
        H: Fn(Value, cognito_domain_guard_sandbox::Invocation) -> F,
        F: Future<Output = Result<Value, cognito_domain_guard_sandbox::FunctionError>>,
    {
        let world = self.world.clone();
        match step {
            Step::Wait(time) => {
                let end = world.now() + time;
                platform.run_until_idle(time).await;
                world.advance(Duration::try_from(end - world.now()).unwrap_or_default());
            }
            Step::Weaken(nth) => weaken(&world, NAMES[nth]),
            Step::Open { subject, text, minutes } => {
                let made = open(&world, subject, text, minutes, self.made.len());
                self.made.push(made);
            }
            Step::Race { subject, text, minutes } => {
                let (sender, receiver) = std::sync::mpsc::channel();
                let nth = self.made.len();
                world.before(Action::GetParametersByPath, move |world| {
                    let _ = sender.send(open(world, subject, text, minutes, nth));
                });
                weaken(&world, NAMES[nth % NAMES.len()]);
                rest(&world, platform, Duration::from_secs(3 * 60 * MINUTE)).await;
                match receiver.try_recv() {
                    Ok(made) => self.made.push(made),
                    // Nothing was read: it comes with the next sweep, which always reads.
                    Err(_) => {
                        platform.sweep_after(Duration::ZERO);
                        rest(&world, platform, Duration::from_secs(3 * 60 * MINUTE)).await;
                        self.made.extend(receiver.try_recv());
                    }
                }
            }
            Step::End(nth) => {
                let calls = world.calls().len();
                if let Some(one) = self.made.get_mut(nth)
                    && one.removed.is_none()
                {
                    one.removed = Some(calls);
                    let caller = Caller::sso(ACCOUNT, "OnCall", "john.roe@example.com");
                    let delete = json!({ "Name": one.name });
                    world.call_as(&caller, Action::DeleteParameter, delete).unwrap();
                }
            }
            Step::Sweep => platform.sweep_after(Duration::ZERO),
            Step::Deny => {
                self.is_denied = true;
                world.deny(Action::GetParametersByPath);
            }
            Step::Permit => {
                self.is_denied = false;
                world.allow(Action::GetParametersByPath);
            }
            Step::Throttle => {
                let throttled = Fault::error(400, "ThrottlingException", "Rate exceeded");
                world.inject(throttled.on(Action::GetParametersByPath).times(4));
            }
        }
    }

    /// No update was sent whose guard had not read, since its describe, that nothing covers the domain.
    fn nothing_covered_was_written(&self) -> Result<(), String> {
        let calls = self.world.calls();
        let is_guards = |call: &Call| !call.access_key_id.is_empty();
        for (nth, call) in calls.iter().enumerate() {
            if call.action != Action::UpdateUserPoolDomain || !is_guards(call) {
                continue;
            }
            let name = text(call, "/Domain");
            let domain = NAMES.iter().position(|one| *one == name).ok_or("an unknown domain")?;
            let before = calls[..nth].iter().enumerate().rev();
            let mut before = before.filter(|(_, one)| one.access_key_id == call.access_key_id);
            let read = before.find(|(_, one)| {
                one.action == Action::GetParametersByPath && one.outcome.is_ok()
                    || one.action == Action::DescribeUserPoolDomain
            });
            let Some((read, _)) = read.filter(|(_, one)| one.action == Action::GetParametersByPath)
            else {
                return Err(format!("{name} was written without a reading of the overrides"));
            };
            let at = calls[read].at;
            if let Some(one) = self.made.iter().find(|one| one.covers(domain, read, at)) {
                return Err(format!("{name} was written at {at} in spite of {one:?}"));
            }
        }
        Ok(())
    }

    /// When nothing is left to do, a domain off its baseline was covered when the guard last looked at it, or
    /// the guard could not read whether it was.
    fn what_drifts_is_covered(&self) -> Result<(), String> {
        let calls = self.world.calls();
        for (domain, name) in NAMES.into_iter().enumerate() {
            if !is_weak(&self.world, name) || self.is_denied {
                continue;
            }
            let look = calls.iter().rposition(|call| is_look(call, name));
            let Some(nth) = look else { return Err(format!("nobody looked at {name}")) };
            // A look at a change reads the overrides after its describe, and a sweep before.
            let invocation = self.journal.read(|entries| {
                entries
                    .iter()
                    .find(|entry| entry.calls.contains(&nth))
                    .map(|entry| entry.calls.clone())
            });
            let invocation = invocation.ok_or("a look outside of every invocation")?;
            let is_read =
                |(_, call): &(usize, &Arc<Call>)| call.action == Action::GetParametersByPath;
            let inside = || calls.iter().enumerate().take(invocation.end).skip(invocation.start);
            let after = inside().find(|one| one.0 > nth && is_read(one));
            let Some((read, by)) = after.or_else(|| inside().rfind(|one| is_read(one))) else {
                return Err(format!("{name} is off its baseline, and nothing was read"));
            };
            if by.outcome.is_err() {
                continue;
            }
            if !self.made.iter().any(|one| one.covers(domain, read, by.at)) {
                let made = &self.made;
                return Err(format!("{name} is off its baseline, and nothing allows it: {made:?}"));
            }
        }
        Ok(())
    }

    /// Once every message has settled, no domain is off its baseline at which nobody has looked since an
    /// override was removed that named it, or all domains.
    fn removals_were_looked_after(&self) -> Result<(), String> {
        let calls = self.world.calls();
        for (domain, name) in NAMES.into_iter().enumerate() {
            let look = calls.iter().rposition(|call| is_look(call, name));
            let is_for = |one: &&Made| match one.subject {
                For::One(one) => one == domain,
                For::All => true,
            };
            let removed = self.made.iter().filter(is_for).filter_map(|one| one.removed).max();
            if is_weak(&self.world, name) && look < removed {
                return Err(format!("nobody has looked at {name} since an override was removed"));
            }
        }
        Ok(())
    }

    /// Each opening and closing was notified, with who did it.
    fn each_change_was_notified(&self) -> Result<(), String> {
        let records: Vec<Value> = self
            .world
            .published()
            .iter()
            .filter_map(|one| serde_json::from_str::<Value>(&one.message).ok())
            .filter_map(|message| serde_json::from_str(message.get("default")?.as_str()?).ok())
            .collect();
        for call in self.world.calls() {
            if !call.action.is_parameter_write() || call.outcome.is_err() {
                continue;
            }
            let told = records.iter().any(|record| {
                record["kind"] == "override_changed"
                    && record["incident"] == call.event_id.as_str()
                    && record["actor"]["arn"] == call.caller.arn()
            });
            if !told {
                return Err(format!("nobody heard of {} {}", call.action, call.request));
            }
        }
        Ok(())
    }
}

/// A look of the guard at that domain.
fn is_look(call: &Call, name: &str) -> bool {
    call.action == Action::DescribeUserPoolDomain
        && !call.access_key_id.is_empty()
        && text(call, "/Domain") == name
}

fn weaken(world: &World, name: &str) {
    let Some(Domain { user_pool_id, .. }) = world.domain(name) else { return };
    let caller = Caller::sso(ACCOUNT, "PlatformAdmin", "jane.doe@example.com");
    let update = json!({
        "Domain": name,
        "UserPoolId": user_pool_id,
        "ManagedLoginVersion": 1,
        "CustomDomainConfig": {
            "CertificateArn": format!("arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1b2c"),
            "SecurityPolicy": "TLS_V1",
        },
    });
    // Cognito may be busy with it.
    let _ = world.call_as(&caller, Action::UpdateUserPoolDomain, update);
}

#[test]
fn whatever_people_allow_or_stop_holds_while_it_lasts_and_no_longer() {
    let mut made = 0;
    let seeds = match crate::number("CONVERGENCE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..crate::number("OVERRIDE_STORIES").unwrap_or(STORIES),
    };
    for seed in seeds {
        match play(seed) {
            Ok(overrides) => made += overrides,
            Err(problem) => {
                println!("seed {seed}: {problem}");
                panic!("{problem}\n\nstory {seed}\n{:#?}", Story::of(seed).0);
            }
        }
    }
    println!("{made} overrides");
}
