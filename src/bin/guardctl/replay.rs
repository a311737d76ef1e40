//! `guardctl replay`: a recorded event, played against the embedded AWS stand-in with the very code
//! that the Lambda runs.

use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cognito_domain_guard::baseline::{Baseline, PolicyRule, RoutingRule};
use cognito_domain_guard::domain::{
    CustomDomain, Domain, Hosting, ObservedPolicy, SecurityPolicy, Status,
};
use cognito_domain_guard::plan::{Purpose, decide};
use cognito_domain_guard::sandbox::{
    ReplayError, World, WorldSettings, deploy, deployment_identity, matches_rule, topic_arn,
};
use cognito_domain_guard::trigger::{self, Change, DomainCall, Payload, Subject, Trigger};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::story::{Moment, Story};

/// Play recorded events against an embedded AWS stand-in, and tell what the guard does
///
/// The call that an event records is applied to a domain that was at its baseline. Then the event
/// goes to the guard's real handler with the real AWS SDK. Nothing leaves this machine, and nobody
/// waits: time is virtual.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl replay events/update-weakens-tls.json\n  \
    guardctl replay --baseline my.yaml events/*.json\n  \
    guardctl replay --json - < event.json\n\n\
    Exit code: 0 when every domain ended at its baseline, 2 when one did not, 1 when an event \
    could not be played.")]
pub(crate) struct Arguments {
    /// Event files; `-` is standard input
    #[arg(required = true, value_name = "EVENT")]
    events: Vec<PathBuf>,
    /// The baseline
    #[arg(long, value_name = "FILE", default_value = "baseline/baseline.yaml")]
    baseline: PathBuf,
    /// Print JSON instead of a story
    #[arg(long)]
    json: bool,
}

/// Longer than the hour and a half for which an event is brought back.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);
const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-4000-8000-000000000000";
const POOL: &str = "eu-central-1_EXAMPLE01";

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let name = arguments.baseline.display().to_string();
    let text = fs::read_to_string(&arguments.baseline)
        .map_err(|error| format!("the baseline {name} cannot be read: {error}"))?;
    let short = arguments.baseline.file_name().unwrap_or_default().to_string_lossy();
    let baseline = Baseline::parse(&short, &text)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let mut stories = Vec::new();
    for path in &arguments.events {
        let payload = read(path)?;
        let story = runtime
            .block_on(play(&path.display().to_string(), payload, &baseline))
            .map_err(|problem| format!("{}: {problem}", path.display()))?;
        if !arguments.json {
            if !stories.is_empty() {
                println!();
            }
            print!("{}", story.render());
        }
        stories.push(story);
    }
    if arguments.json {
        let all: Vec<Value> = stories.iter().map(Story::to_json).collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
    }
    let at_baseline = stories.iter().all(Story::ended_at_baseline);
    Ok(if at_baseline { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn read(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        fs::read_to_string(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?
    };
    Ok(serde_json::from_str(&text)
        .map_err(|error| format!("{} is not JSON: {error}", path.display()))?)
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

async fn play(file: &str, payload: Value, baseline: &Baseline) -> Result<Story, Box<dyn Error>> {
    let event = innermost(&payload);
    let detail = event.get("detail").filter(|detail| detail.is_object()).unwrap_or(&event).clone();
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let account = text("/account")
        .or_else(|| text("/recipientAccountId"))
        .unwrap_or("111122223333")
        .to_owned();
    let region =
        text("/region").or_else(|| text("/awsRegion")).unwrap_or("eu-central-1").to_owned();
    let time = detail
        .get("eventTime")
        .and_then(Value::as_str)
        .or_else(|| text("/time"))
        .and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok())
        .unwrap_or(WorldSettings::default().start);
    let world = World::new(WorldSettings {
        topics: vec![topic_arn(&account, &region)],
        account,
        region,
        start: time,
        ..WorldSettings::default()
    });
    let identity = deployment_identity(&world);
    let change = match trigger::read(&event, &identity) {
        Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => Some(change),
        Payload::Single(_) | Payload::Queue(_) => None,
    };
    let mut story = Story::new(file, time);
    set_the_stage(&world, baseline, change.as_deref(), &detail);
    let before = world.domains();
    if let Some(change) = &change {
        story.change = Some((**change).clone());
        apply(&world, change, &detail)?;
    }
    // What the recorded call itself makes CloudTrail say is the event at hand.
    let _ = world.take_events();
    let after_change = world.domains();
    let (mut platform, journal) = deploy(&world, baseline.clone());
    if payload.get("Records").is_some() || payload.get("requestPayload").is_some() {
        let bodies: Vec<String> = match payload.get("Records").and_then(Value::as_array) {
            Some(records) => records
                .iter()
                .filter_map(|record| Some(record.get("body")?.as_str()?.to_owned()))
                .collect(),
            None => vec![payload.to_string()],
        };
        for body in bodies {
            platform.enqueue(body);
        }
    } else {
        let envelope =
            if event.get("detail").is_some() { event.clone() } else { wrap(&world, &detail) };
        if matches_rule(&envelope) {
            platform.deliver_after(Duration::from_secs(4), envelope);
        } else {
            story.moments.push(Moment::not_matched());
            // Its answer is in the journal.
            let _ = platform.invoke(event.clone()).await;
        }
    }
    platform.run_until_idle(LIMIT).await;
    let calls = world.calls();
    story.tell(before, after_change, &world, &calls, &journal, platform.dead_letters().len());
    for domain in involved(&world, change.as_deref(), baseline) {
        let found = world.domain(&domain);
        let plan =
            decide(&domain, found.as_ref(), Purpose::Sweep, baseline, &identity, world.now());
        let is_there = found.is_some() || !plan.governed;
        story.ends.push((domain, found, is_there && plan.assessment.drifts.is_empty()));
    }
    Ok(story)
}

fn wrap(world: &World, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.cognito-idp",
        "account": world.account(),
        "region": world.region(),
        "time": detail.get("eventTime").cloned().unwrap_or_default(),
        "resources": [],
        "detail": detail,
    })
}

/// The domains that the story is about.
fn involved(world: &World, change: Option<&Change>, baseline: &Baseline) -> Vec<String> {
    match change.map(|change| &change.subject) {
        Some(Subject::Domain(name)) => vec![name.clone()],
        Some(Subject::UserPool(pool)) => world
            .domains()
            .into_iter()
            .filter(|domain| domain.user_pool_id == *pool)
            .map(|domain| domain.name)
            .collect(),
        None => baseline.exact_names().map(str::to_owned).collect(),
    }
}

/// Puts the domains there that the event needs, each at its baseline.
fn set_the_stage(world: &World, baseline: &Baseline, change: Option<&Change>, detail: &Value) {
    let asked_policy = detail
        .pointer("/requestParameters/customDomainConfig/securityPolicy")
        .and_then(Value::as_str);
    match change {
        None => {
            for (number, name) in baseline.exact_names().enumerate() {
                world.put_domain(at_baseline(name, &format!("{POOL}{number}"), world, baseline));
            }
        }
        Some(change) => {
            let pool = change.user_pool_id.as_deref().unwrap_or(POOL);
            let name = match &change.subject {
                Subject::Domain(name) => name.clone(),
                // The event hides the name: any governed one of that pool will do.
                Subject::UserPool(_) => {
                    baseline.exact_names().next().unwrap_or("auth.example.com").to_owned()
                }
            };
            // A policy that the sandbox does not know is one that Cognito has learned since.
            if let Some(policy) = asked_policy
                && SecurityPolicy::from_name(policy).is_none()
            {
                let mut newer =
                    at_baseline("newer-policy.example.org", "elsewhere", world, baseline);
                if let Hosting::Custom(custom) = &mut newer.hosting {
                    custom.security_policy = ObservedPolicy::from_name(policy);
                }
                world.put_domain(newer);
                world.remove_domain("newer-policy.example.org");
            }
            let domain = at_baseline(&name, pool, world, baseline);
            world.put_domain(domain);
            if change.call == DomainCall::Create {
                // The pool stays.
                world.remove_domain(&name);
            }
        }
    }
}

/// A domain of that name, as its baseline declares it. What is not declared is what most domains
/// have.
fn at_baseline(name: &str, pool: &str, world: &World, baseline: &Baseline) -> Domain {
    let governing = baseline.governing(name);
    let hosting = if name.contains('.') {
        Hosting::Custom(CustomDomain {
            certificate_arn: Some(
                governing
                    .certificate_arn
                    .map_or_else(|| CERTIFICATE.to_owned(), |declared| declared.value.clone()),
            ),
            security_policy: ObservedPolicy::Known(
                match governing.security_policy.map(|d| d.value) {
                    Some(PolicyRule::Exactly(policy) | PolicyRule::AtLeast(policy)) => policy,
                    None => SecurityPolicy::TlsV1_2_2021,
                },
            ),
            failover: match governing.routing.map(|declared| &declared.value) {
                Some(RoutingRule::Failover(failover)) => Some(failover.clone()),
                Some(RoutingRule::NoFailover) | None => None,
            },
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

/// Applies the recorded call to the world. A record that hides its domain hides the rest too: then
/// the event is played on its own.
fn apply(world: &World, change: &Change, detail: &Value) -> Result<(), Box<dyn Error>> {
    if let Subject::UserPool(_) = change.subject {
        return Ok(());
    }
    match world.replay_record(detail) {
        Ok(_) => Ok(()),
        Err(ReplayError::Refused(error)) => {
            Err(format!("the embedded Cognito refuses the recorded call: {error}").into())
        }
        Err(error) => Err(error.into()),
    }
}
