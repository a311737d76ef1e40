//! What many samples come to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::programs::Program;
use crate::sample::Sample;
use crate::scene::Scene;

/// The samples of one scene, those of one round in the same place of each list.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) scene: Scene,
    pub(crate) samples: BTreeMap<Program, Vec<Sample>>,
}

/// Numbers in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// One thing that a sample says, as a number.
pub(crate) type Of = fn(&Sample) -> f64;

pub(crate) const WALL: Of = |sample| milliseconds(sample.wall);
pub(crate) const CPU: Of = |sample| milliseconds(sample.cpu);
pub(crate) const PEAK_MEMORY: Of = |sample| count(sample.peak_memory);
pub(crate) const MINOR_FAULTS: Of = |sample| count(sample.minor_faults);
pub(crate) const MAJOR_FAULTS: Of = |sample| count(sample.major_faults);

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Nothing that is counted here comes near 2^32.
fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

impl Spread {
    /// Of at least one number. The 99th percentile is the nearest rank: of fewer than a hundred
    /// numbers it is the largest.
    pub(crate) fn of(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        let last = numbers.len() - 1;
        let middle = numbers.len() / 2;
        let median = match numbers.len() % 2 {
            0 => f64::midpoint(numbers[middle - 1], numbers[middle]),
            _ => numbers[middle],
        };
        let p99 = numbers[(numbers.len() * 99).div_ceil(100) - 1];
        Self { min: numbers[0], median, p99, max: numbers[last] }
    }
}

impl Results {
    pub(crate) fn of(&self, program: Program) -> Option<&[Sample]> {
        self.samples.get(&program).map(Vec::as_slice).filter(|samples| !samples.is_empty())
    }

    pub(crate) fn spread(&self, program: Program, of: Of) -> Option<Spread> {
        Some(Spread::of(self.of(program)?.iter().map(of).collect()))
    }

    /// How many times the other's that of a program is: the median of the ratios of each round, in
    /// which the two ran one after the other, in the same weather.
    pub(crate) fn ratio_of(&self, program: Program, other: Program, of: Of) -> Option<f64> {
        let pairs = self.of(program)?.iter().zip(self.of(other)?);
        let ratios: Vec<f64> = pairs.map(|(one, other)| of(one) / of(other)).collect();
        (other != program).then(|| Spread::of(ratios).median)
    }

    pub(crate) fn json(&self) -> Value {
        let spread = |program, of| {
            self.spread(program, of).map(|Spread { min, median, p99, max }| {
                json!({ "min": min, "median": median, "p99": p99, "max": max })
            })
        };
        let programs: serde_json::Map<String, Value> = self
            .samples
            .iter()
            .filter(|(_, samples)| !samples.is_empty())
            .map(|(program, samples)| {
                let program = *program;
                let summary = json!({
                    "samples": samples.len(),
                    "wall_ms": spread(program, WALL),
                    "cpu_ms": spread(program, CPU),
                    "peak_memory_kb": spread(program, PEAK_MEMORY),
                    "minor_faults": spread(program, MINOR_FAULTS),
                    "major_faults": spread(program, MAJOR_FAULTS),
                    "calls": samples.iter().map(|sample| sample.calls).max(),
                    "connections": samples.iter().map(|sample| sample.connections).max(),
                    "guard_to_this": {
                        "wall": self.ratio_of(Program::Guard, program, WALL),
                        "cpu": self.ratio_of(Program::Guard, program, CPU),
                    },
                });
                (program.as_str().to_owned(), summary)
            })
            .collect();
        let Scene {
            name,
            title,
            event,
            latency,
            share,
            of_a_member,
            evicted,
            warm,
            programs: _,
            every: _,
        } = &self.scene;
        json!({
            "name": name,
            "title": title,
            "event": event,
            "of_a_member": of_a_member,
            "latency_ms": milliseconds(*latency),
            "memory_mb": share.map(|share| share.memory),
            "period_ms": share.map(|share| milliseconds(share.period)),
            "evicted": evicted,
            "events": warm.map_or(1, |warm| warm.measured),
            "programs": programs,
        })
    }
}
