//! `guardctl replay`: a recorded event, played against the embedded AWS stand-in with the very code
//! that the Lambda runs.

use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::plan::{Purpose, decide};
use cognito_domain_guard::sandbox::{
    Delivery, Stage, World, WorldSettings, deploy, deployment_identity,
};
use cognito_domain_guard::trigger::{Change, Subject};
use serde_json::Value;

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

async fn play(file: &str, payload: Value, baseline: &Baseline) -> Result<Story, Box<dyn Error>> {
    let stage = Stage::set(&payload, baseline, WorldSettings::default()).map_err(|error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}")
    })?;
    let mut story = Story::new(file, stage.world.now());
    story.change = stage.change.as_deref().cloned();
    let (mut platform, journal) = deploy(&stage.world, baseline.clone());
    match stage.deliver(&mut platform).await {
        Delivery::Rule | Delivery::Queue | Delivery::Schedule => {}
        Delivery::Direct => story.moments.push(Moment::not_matched()),
    }
    platform.run_until_idle(LIMIT).await;
    let Stage { world, change, before, after, .. } = stage;
    let identity = deployment_identity(&world);
    let calls = world.calls();
    story.tell(before, after, &world, &calls, &journal, platform.dead_letters().len());
    for domain in involved(&world, change.as_deref(), baseline) {
        let found = world.domain(&domain);
        let plan =
            decide(&domain, found.as_ref(), Purpose::Sweep, baseline, &identity, world.now());
        let is_there = found.is_some() || !plan.governed;
        story.ends.push((domain, found, is_there && plan.assessment.drifts.is_empty()));
    }
    Ok(story)
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
