//! One process in one scene, and what was seen of it.

use std::io;
use std::time::Duration;

use crate::child::Process;
use crate::page_cache;
use crate::programs::{Built, Program};
use crate::quota::Quota;
use crate::scene::Scene;
use crate::support::{Authority, Roots, StandIn, event};

/// What one process took: to its first answer, or for each of many events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// Kilobytes.
    pub(crate) peak_memory: u64,
    pub(crate) minor_faults: u64,
    pub(crate) major_faults: u64,
    /// For one event.
    pub(crate) calls: usize,
    /// In all.
    pub(crate) connections: usize,
}

/// What all samples have in common.
pub(crate) struct Stand<'a> {
    pub(crate) built: &'a Built,
    pub(crate) authority: &'a Authority,
    pub(crate) roots: &'a Roots,
}

impl Stand<'_> {
    /// Has a fresh process of the program answer in a fresh world.
    ///
    /// # Errors
    ///
    /// When the program does not answer, with what it printed.
    pub(crate) fn sample(
        &self,
        program: Program,
        scene: &Scene,
        quota: Option<&Quota>,
    ) -> io::Result<Sample> {
        let start = if scene.of_a_member { StandIn::of_a_member } else { StandIn::start };
        let stand_in = start(self.authority, &event(scene.event), scene.latency);
        let mut command = self.built.command(program, &stand_in, self.roots);
        if scene.of_a_member {
            command.env("ORGANIZATION_ID", "o-exampleorgid");
        }
        if scene.evicted {
            page_cache::evict(&self.built.file(program))?;
        }
        let process = Process::start(&command, quota)?;
        let sample = match scene.warm {
            None => cold(&process, &stand_in),
            Some(warm) => stay(&process, &stand_in, warm.ahead, warm.measured),
        };
        let output = process.end();
        sample.map_err(|error| {
            io::Error::other(format!("{} in {}: {error}\n{output}", program.as_str(), scene.name))
        })
    }
}

fn cold(process: &Process, stand_in: &StandIn) -> io::Result<Sample> {
    stand_in.release(1);
    let (answered, _) = stand_in.answer()?;
    stand_in.idle()?;
    let used = process.usage()?;
    Ok(Sample {
        wall: answered.saturating_duration_since(process.started),
        cpu: used.cpu,
        peak_memory: used.peak_memory,
        minor_faults: used.minor_faults,
        major_faults: used.major_faults,
        calls: stand_in.calls(),
        connections: stand_in.connections(),
    })
}

fn stay(
    process: &Process,
    stand_in: &StandIn,
    ahead: usize,
    measured: usize,
) -> io::Result<Sample> {
    let play = |times: usize| {
        stand_in.release(times);
        let took: io::Result<Vec<Duration>> =
            (0..times).map(|_| stand_in.answer().map(|(_, took)| took)).collect();
        stand_in.idle()?;
        took
    };
    play(ahead)?;
    let before = process.usage()?;
    let mut took = play(measured)?;
    let after = process.usage()?;
    took.sort_unstable();
    let each = u32::try_from(measured).unwrap_or(u32::MAX);
    let share = |after: u64, before: u64| after.saturating_sub(before) / u64::from(each);
    Ok(Sample {
        wall: took[took.len() / 2],
        cpu: after.cpu.saturating_sub(before.cpu) / each,
        peak_memory: after.peak_memory,
        minor_faults: share(after.minor_faults, before.minor_faults),
        major_faults: share(after.major_faults, before.major_faults),
        calls: stand_in.calls() / (ahead + measured),
        connections: stand_in.connections(),
    })
}
