//! `guardctl replay`: a recorded event, played against the embedded AWS stand-in with the very code
//! that the Lambda runs.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::plan::{Purpose, decide};
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::trigger::{self, Change, Payload, Subject};
use cognito_domain_guard_sandbox::{
    Delivery, Stage, World, WorldSettings, deploy, deployment_identity,
};
use guardctl::arguments::Replay;
use guardctl::declared::read_baseline;
use guardctl::input::{Input, read_all};
use guardctl::{errln, out, outln};
use serde_json::{Value, json};

use crate::story::{End, Moment, Story};
use cognito_domain_guard::text::harmless;

/// Longer than the hour and a half for which an event is brought back.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);

pub fn run(arguments: &Replay) -> Result<ExitCode, Box<dyn Error>> {
    let path = arguments.baseline();
    let baseline = read_baseline(path)?;
    let path = path.display().to_string();
    if !arguments.json {
        outln!("baseline {} (digest {})\n", harmless(&path), baseline.digest());
    }
    let mut inputs = read_all(&arguments.events);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    // None is kept: there may be thousands.
    let (mut told, mut failed, mut at_baseline) = (0_usize, false, true);
    for Input { name, payload } in inputs.by_ref() {
        let story = match runtime.block_on(play(&name, payload, &baseline)) {
            Ok(story) => story,
            // One file of a folder that is no event keeps nobody from the others.
            Err(problem) => {
                errln!("error: {name}: {}", harmless(&problem.to_string()));
                failed = true;
                continue;
            }
        };
        if arguments.json {
            // An item of a list.
            let mut item = story.to_json();
            if let Some(item) = item.as_object_mut() {
                let of = json!({ "file": path, "digest": baseline.digest() });
                item.insert("baseline".to_owned(), of);
            }
            let item = serde_json::to_string_pretty(&item)?.replace('\n', "\n  ");
            out!("{}\n  {item}", if told == 0 { "[" } else { "," });
        } else {
            out!("{}{}", if told == 0 { "" } else { "\n" }, story.render());
        }
        told += 1;
        at_baseline &= story.ended_at_baseline();
    }
    if arguments.json {
        outln!("{}", if told == 0 { "[]" } else { "\n]" });
    }
    if failed || inputs.failed() {
        return Ok(ExitCode::from(1));
    }
    Ok(if at_baseline { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn play(file: &str, payload: Value, baseline: &Baseline) -> Result<Story, Box<dyn Error>> {
    let stage = Stage::set(&payload, baseline, WorldSettings::default()).map_err(|error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}")
    })?;
    let mut story = Story::new(file, stage.world.now());
    if let Some(change) = stage.change.as_deref() {
        story.changed(change.clone(), stage.before.clone(), stage.after.clone());
    }
    let (mut platform, journal) = deploy(&stage.world, baseline.clone());
    match stage.deliver(&mut platform).await {
        Delivery::Rule | Delivery::Queue | Delivery::Schedule => {}
        Delivery::Direct => {
            let identity = deployment_identity(&stage.world);
            if let Payload::Single(Err(unreadable)) =
                trigger::read(&payload, &identity, &Reach::one(stage.world.place().clone()))
            {
                return Err(unreadable.into());
            }
            story.moments.push(Moment::NotMatched);
        }
    }
    platform.run_until_idle(LIMIT).await;
    let Stage { world, change, .. } = stage;
    story.tell(&world, &journal, platform.dead_letters().len())?;
    for name in involved(&world, change.as_deref(), baseline) {
        let domain = world.domain(&name);
        let place = world.place();
        let plan = decide(&name, domain.as_ref(), Purpose::Sweep, baseline, place, world.now());
        let is_there = domain.is_some() || !plan.governed;
        let at_baseline = is_there && plan.assessment.drifts.is_empty();
        story.ends.push(End { name, domain, at_baseline });
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
        None => baseline.exact_names(world.place()).map(str::to_owned).collect(),
    }
}
