//! What the project holds itself to.

use serde_json::{Value, json};

use crate::programs::Program;
use crate::statistics::{CPU, Of, PEAK_MEMORY, Results, WALL};

/// One line of the table of targets.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) target: String,
    pub(crate) measured: String,
    /// What the floor would come to, below which nobody gets.
    pub(crate) floor: Option<String>,
    pub(crate) met: bool,
}

/// How much of what another program takes one of ours may take.
struct Limit {
    /// How the names of the scenes begin.
    scenes: &'static str,
    what: &'static str,
    of: Of,
    program: Program,
    other: Program,
    /// At most so many times the other's, written as `1 / N` where that reads better.
    most: f64,
}

const fn limit(scenes: &'static str, of: Of, other: Program, most: f64) -> Limit {
    Limit { scenes, what: "CPU time", of, program: Program::Guard, other, most }
}

const fn wall(scenes: &'static str, other: Program, most: f64) -> Limit {
    Limit { what: "wall time", ..limit(scenes, WALL, other, most) }
}

/// Of a baseline of so many entries, against ten.
const fn entries(program: Program, what: &'static str, of: Of, most: f64) -> Limit {
    Limit { scenes: "baseline", what, of, program, other: Program::Of10, most }
}

const LIMITS: [Limit; 13] = [
    limit("cold-compliant", CPU, Program::Floor, 1.45),
    limit("cold-drift", CPU, Program::Floor, 1.6),
    limit("hub", CPU, Program::Floor, 1.6),
    limit("warm", CPU, Program::Bare, 1.2),
    entries(Program::Of1000, "CPU time", CPU, 1.15),
    entries(Program::Of10000, "CPU time", CPU, 1.3),
    entries(Program::Of1000, "peak memory", PEAK_MEMORY, 1.5),
    entries(Program::Of10000, "peak memory", PEAK_MEMORY, 1.5),
    limit("cold", CPU, Program::Tutorial, 1.0 / 8.0),
    wall("quota", Program::Tutorial, 1.0 / 15.0),
    wall("quota", Program::Boto3, 1.0 / 60.0),
    wall("fine", Program::Tutorial, 1.0 / 15.0),
    wall("fine", Program::Boto3, 1.0 / 60.0),
];
/// Megabytes, of 1,000,000 bytes.
const PEAK: f64 = 10.0;

/// Every target that these results can say something about.
pub(crate) fn rows(results: &[Results]) -> Vec<Row> {
    let mut rows = Vec::new();
    for limit in &LIMITS {
        for result in results.iter().filter(|result| result.scene.name.starts_with(limit.scenes)) {
            let Limit { scenes: _, what, of, program, other, most } = *limit;
            if let Some(ratio) = result.ratio_of(program, other, of) {
                let (one, title) = (program.as_str(), &result.scene.title);
                rows.push(Row {
                    what: format!("{title}: {what}, {one} / {}", other.as_str()),
                    target: times(most),
                    measured: times(ratio),
                    floor: result.ratio_of(Program::Floor, other, of).map(times),
                    met: ratio <= most,
                });
            }
        }
    }
    let peaks = results.iter().filter_map(|result| result.spread(Program::Guard, PEAK_MEMORY));
    if let Some(most) = peaks.map(|spread| spread.max).reduce(f64::max) {
        let megabytes = most * 1_024.0 / 1_000_000.0;
        rows.push(Row {
            what: "peak memory, the most of all".to_owned(),
            target: format!("{PEAK} MB"),
            measured: format!("{megabytes:.1} MB"),
            floor: None,
            met: megabytes <= PEAK,
        });
    }
    rows
}

/// `1.25 x`, or `1/8` for less than one half.
pub(crate) fn times(ratio: f64) -> String {
    if ratio >= 0.5 { format!("{ratio:.2} x") } else { format!("1/{:.1}", 1.0 / ratio) }
}

impl Row {
    pub(crate) fn json(&self) -> Value {
        let Self { what, target, measured, floor, met } = self;
        json!({ "what": what, "target": target, "measured": measured, "floor": floor, "met": met })
    }
}
