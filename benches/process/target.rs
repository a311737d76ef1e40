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

/// How much of what another program takes the guard may take.
struct Limit {
    scenes: &'static str,
    what: &'static str,
    of: Of,
    other: Program,
    /// At most so many times the other's, written as `1 / N` where that reads better.
    most: f64,
}

const LIMITS: [Limit; 7] = [
    Limit { scenes: "cold", what: "CPU time", of: CPU, other: Program::Floor, most: 1.8 },
    Limit { scenes: "cold", what: "CPU time", of: CPU, other: Program::Tutorial, most: 1.0 / 8.0 },
    Limit {
        scenes: "quota",
        what: "wall time",
        of: WALL,
        other: Program::Tutorial,
        most: 1.0 / 15.0,
    },
    Limit { scenes: "quota", what: "wall time", of: WALL, other: Program::Boto3, most: 1.0 / 60.0 },
    Limit {
        scenes: "fine",
        what: "wall time",
        of: WALL,
        other: Program::Tutorial,
        most: 1.0 / 15.0,
    },
    Limit { scenes: "fine", what: "wall time", of: WALL, other: Program::Boto3, most: 1.0 / 60.0 },
    Limit { scenes: "warm", what: "CPU time", of: CPU, other: Program::Bare, most: 1.25 },
];
/// Megabytes, of 1,000,000 bytes.
const PEAK: f64 = 10.0;

/// Every target that these results can say something about.
pub(crate) fn rows(results: &[Results]) -> Vec<Row> {
    let mut rows = Vec::new();
    for limit in &LIMITS {
        for result in results.iter().filter(|result| result.scene.name.starts_with(limit.scenes)) {
            if let Some(ratio) = result.ratio(limit.other, limit.of) {
                rows.push(Row {
                    what: format!(
                        "{}: {} / {}'s",
                        result.scene.title,
                        limit.what,
                        limit.other.as_str()
                    ),
                    target: times(limit.most),
                    measured: times(ratio),
                    floor: result.ratio_of(Program::Floor, limit.other, limit.of).map(times),
                    met: ratio <= limit.most,
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
