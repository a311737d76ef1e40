//! `guardctl replay`: a recorded event, played against the embedded AWS stand-in with the very code
//! that the Lambda runs.

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::overrides::Known;
use cognito_domain_guard::plan::{Purpose, decide};
use cognito_domain_guard::trigger::Subject;
use cognito_domain_guard_sandbox::{Delivery, Part, Played, Stage, WorldSettings, deploy};
use guardctl::arguments::Replay;
use guardctl::declared::read_baseline;
use guardctl::exit::Exit;
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
    let mut total = Total::default();
    for Input { name, payload } in inputs.by_ref() {
        let story = match runtime.block_on(play(&name, payload, &baseline)) {
            Ok(story) => story,
            // One file of a folder that is no event keeps nobody from the others.
            Err(problem) => {
                errln!("error: {name}: {}", harmless(&problem.to_string()));
                total.failed = true;
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
            out!("{}\n  {item}", if total.stories == 0 { "[" } else { "," });
        } else {
            out!("{}{}", if total.stories == 0 { "" } else { "\n" }, story.render());
        }
        for reason in &story.not_played {
            errln!("error: {name}: not played: {}", harmless(reason));
        }
        total.add(&story);
    }
    if arguments.json {
        outln!("{}", if total.stories == 0 { "[]" } else { "\n]" });
    }
    total.failed |= inputs.failed();
    if total.played == 0 && !total.failed {
        errln!(
            "error: no change of a user pool domain was played: nothing in what was given is one"
        );
    }
    Ok(total.exit().into())
}

/// What all stories come to.
#[derive(Default)]
struct Total {
    stories: usize,
    /// Changes and sweeps.
    played: usize,
    /// Something could not be read, or one of the calls was not played.
    failed: bool,
    is_off: bool,
}

impl Total {
    fn add(&mut self, story: &Story) {
        self.stories += 1;
        self.played += story.played;
        self.failed |= !story.not_played.is_empty();
        self.is_off |= !story.ended_at_baseline();
    }

    fn exit(&self) -> Exit {
        match self {
            Self { failed: true, .. } | Self { played: 0, .. } => Exit::Failed,
            Self { is_off: true, .. } => Exit::Off,
            Self { .. } => Exit::Good,
        }
    }
}

async fn play(file: &str, payload: Value, baseline: &Baseline) -> Result<Story, Box<dyn Error>> {
    let stage = Stage::set(&payload, baseline, WorldSettings::default())?;
    let mut story = Story::new(file, stage.world.now());
    for played in stage.changes() {
        let Played { change, before, after } = played.clone();
        story.changed(change, before, after);
    }
    for part in &stage.parts {
        match part {
            Part::Change(_) | Part::Sweep => story.played += 1,
            Part::NotForUs(reason) | Part::Unreadable(reason) => {
                story.not_played.push(reason.clone());
            }
            Part::Nothing(_) => {}
        }
    }
    let (mut platform, journal) = deploy(&stage.world, baseline.clone());
    let delivery = stage.deliver(&mut platform).await;
    match delivery {
        Delivery::Rule | Delivery::Queue | Delivery::Topic | Delivery::Schedule => {}
        Delivery::Direct => {
            // What cannot be read is the platform's to keep only where the platform brought it.
            if let [Part::Unreadable(reason)] = stage.parts.as_slice() {
                return Err(reason.clone().into());
            }
            story.moments.push(Moment::NotMatched);
        }
    }
    platform.run_until_idle(LIMIT).await;
    story.tell(&stage.world, &journal, platform.dead_letters().len(), delivery)?;
    for name in involved(&stage, baseline) {
        let Stage { world, .. } = &stage;
        let domain = world.domain(&name);
        let place = world.place();
        let plan = decide(
            &name,
            domain.as_ref(),
            Purpose::Sweep,
            baseline,
            Known::NONE,
            place,
            world.now(),
        );
        let is_there = domain.is_some() || !plan.governed;
        let at_baseline = is_there && plan.assessment.drifts.is_empty();
        story.ends.push(End { name, domain, at_baseline });
    }
    Ok(story)
}

/// The domains that the story is about, each once.
fn involved(stage: &Stage, baseline: &Baseline) -> Vec<String> {
    let world = &stage.world;
    let mut names = Vec::new();
    for Played { change, before: _, after: _ } in stage.changes() {
        match &change.subject {
            Subject::Domain(name) => names.push(name.clone()),
            Subject::UserPool(pool) => names.extend(
                world
                    .domains()
                    .into_iter()
                    .filter(|domain| domain.user_pool_id == *pool)
                    .map(|domain| domain.name),
            ),
        }
    }
    if stage.changes().next().is_none() {
        names.extend(baseline.exact_names(world.place()).map(str::to_owned));
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}
