//! What the guard costs as a process, beside others that make the same calls.
//!
//! `cargo bench --bench process`; benches/README.md says what is measured and how to read it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and the environment, waits, and ends where something is amiss"
)]

mod blocks;
mod child;
#[allow(dead_code, reason = "the other benches take the rest")]
#[path = "../inputs/mod.rs"]
mod inputs;
mod machine;
mod options;
mod page_cache;
mod programs;
mod quota;
mod sample;
mod scene;
mod statistics;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod target;
#[allow(dead_code, reason = "the other benches and a test take the rest")]
#[path = "../support/written.rs"]
mod written;

use std::collections::BTreeMap;
use std::io;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Value, json};

use options::Options;
use programs::{Built, Program};
use quota::{Means, Quota};
use sample::Stand;
use scene::Scene;
use statistics::Results;
use support::Authority;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == child::BECOME).is_some() {
        eprintln!("{}", child::wait_and_become(arguments));
        return ExitCode::FAILURE;
    }
    let options = match Options::parse(arguments) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::FAILURE;
        }
    };
    match measure(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> io::Result<()> {
    let target = machine::target_folder()?;
    let built = if options.build { Built::build(&target)? } else { Built::find(&target) };
    let folder = target.join(programs::FOLDER);
    std::fs::create_dir_all(&folder)?;
    let authority = Authority::new();
    let roots = authority.write_roots(&folder);
    let stand = Stand { built: &built, authority: &authority, roots: &roots };
    let means = options.means.unwrap_or_else(Means::find);
    let machine = machine::line();
    println!("{machine}");
    println!("CPU quotas by {}", means.as_str());

    let scenes: Vec<Scene> =
        Scene::all().into_iter().filter(|scene| scene.name.contains(&options.only)).collect();
    let mut results = Vec::new();
    for scene in scenes {
        let began = Instant::now();
        let result = play(&stand, scene, options, means)?;
        eprintln!("{}: {:.0} s", result.scene.title, began.elapsed().as_secs_f64());
        results.push(result);
    }
    let rows = target::rows(&results);
    print!("{}", table::scenes(&results));
    print!("{}", table::memory_sizes(&results));
    print!("{}", table::targets(&rows));
    if options.write {
        blocks::write(&machine, &results, &rows)?;
    }
    if let Some(path) = &options.json {
        let json = json!({
            "machine": machine,
            "quota": means.as_str(),
            "scenes": results.iter().map(Results::json).collect::<Vec<Value>>(),
            "targets": rows.iter().map(target::Row::json).collect::<Vec<Value>>(),
        });
        std::fs::write(path, format!("{json:#}\n"))?;
    }
    Ok(())
}

/// The programs of a scene, one after the other, round by round.
fn play(stand: &Stand<'_>, scene: Scene, options: &Options, means: Means) -> io::Result<Results> {
    let programs: Vec<Program> =
        scene.programs.iter().copied().filter(|program| stand.built.has(*program)).collect();
    stand.built.load()?;
    let mut samples: BTreeMap<Program, Vec<_>> = BTreeMap::new();
    // A first round fills the caches and does not count.
    for round in 0..=options.runs.div_ceil(scene.every) {
        for program in &programs {
            // A new one for each process: a group that was stopped when its last process ended
            // still owes what that one took too much, and the next one would pay.
            let quota = scene.share.map(|share| Quota::new(means, share)).transpose()?;
            let sample = stand.sample(*program, &scene, quota.as_ref())?;
            if round > 0 {
                samples.entry(*program).or_default().push(sample);
            }
        }
    }
    Ok(Results { scene, samples })
}
