//! The tables of the documents, out of what was measured.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::programs::Program;
use crate::statistics::{CPU, Of, PEAK_MEMORY, Results, WALL};
use crate::support::ROOT;
use crate::table;
use crate::target::{Row, times};
use crate::written::{COMPARED, SHORT, TARGETS};

/// A line of the table of programs: a scene, what of it is shown, and how.
struct Line {
    what: &'static str,
    scene: &'static str,
    of: Of,
    unit: Unit,
}

#[derive(Clone, Copy)]
enum Unit {
    Milliseconds,
    Megabytes,
}

const LINES: [Line; 8] = [
    Line {
        what: "cold, a compliant event (1 call): CPU",
        scene: "cold-compliant",
        of: CPU,
        unit: Unit::Milliseconds,
    },
    Line {
        what: "cold, a drift event (3 calls; without overrides, which are one more of the guard's): CPU",
        scene: "cold-drift",
        of: CPU,
        unit: Unit::Milliseconds,
    },
    Line {
        what: "cold, a compliant event of another account, in a hub (2 calls): CPU",
        scene: "hub-compliant",
        of: CPU,
        unit: Unit::Milliseconds,
    },
    Line {
        what: "compliant, at 128 MB's share of a core, calls of 10 ms: to the answer",
        scene: "quota-compliant",
        of: WALL,
        unit: Unit::Milliseconds,
    },
    Line {
        what: "drift, at 128 MB's share of a core, calls of 10 ms: to the answer",
        scene: "quota-drift",
        of: WALL,
        unit: Unit::Milliseconds,
    },
    Line {
        what: "warm, a compliant event: CPU",
        scene: "warm-compliant",
        of: CPU,
        unit: Unit::Milliseconds,
    },
    Line {
        what: "cold, a compliant event: peak memory",
        scene: "cold-compliant",
        of: PEAK_MEMORY,
        unit: Unit::Megabytes,
    },
    Line {
        what: "cold, a drift event: peak memory",
        scene: "cold-drift",
        of: PEAK_MEMORY,
        unit: Unit::Megabytes,
    },
];

/// Writes the blocks of this bench.
///
/// # Errors
///
/// A document cannot be read or written, or something was not measured: a line of a block would be missing.
pub(crate) fn write(machine: &str, results: &[Results], rows: &[Row]) -> io::Result<()> {
    let root = Path::new(ROOT);
    let measured = format!("Measured on {machine}; medians.\n\n");
    COMPARED.write(root, &format!("{measured}{}", compared(results)?))?;
    TARGETS.write(root, &format!("{measured}{}", table::targets(rows).trim_start()))?;
    SHORT.write(root, &short(results)?)
}

fn of<'a>(results: &'a [Results], scene: &str) -> io::Result<&'a Results> {
    let found = results.iter().find(|result| result.scene.name == scene);
    found.ok_or_else(|| io::Error::other(format!("{scene} was not measured")))
}

fn compared(results: &[Results]) -> io::Result<String> {
    let mut text = format!("{}| --- | --- | --- | --- | --- | --- |\n", COMPARED.head);
    for Line { what, scene, of: figure, unit } in LINES {
        let result = of(results, scene)?;
        let _ = write!(text, "| {what} |");
        for program in Program::COMPARED {
            let shown = result.spread(program, figure).map(|spread| match unit {
                Unit::Milliseconds => table::milliseconds(spread.median),
                Unit::Megabytes => format!("{:.1} MB", spread.median * 1_024.0 / 1_000_000.0),
            });
            let _ = write!(text, " {} |", shown.unwrap_or_default());
        }
        text.push('\n');
    }
    Ok(text)
}

/// How many times the floor's each takes: what a newcomer asks for.
fn short(results: &[Results]) -> io::Result<String> {
    let mut text = format!("{}| --- | --- | --- | --- | --- |\n", SHORT.head);
    for (what, scene) in [("nothing to do", "cold-compliant"), ("a revert", "cold-drift")] {
        let result = of(results, scene)?;
        let _ = write!(text, "| {what}: times a program by hand, without SDK |");
        for program in [Program::Guard, Program::Bare, Program::Tutorial, Program::Boto3] {
            let ratio = result.ratio_of(program, Program::Floor, CPU);
            let ratio = ratio.ok_or_else(|| {
                io::Error::other(format!("{} was not measured in {scene}", program.as_str()))
            })?;
            let _ = write!(text, " {} |", times(ratio));
        }
        text.push('\n');
    }
    let result = of(results, "baseline-compliant")?;
    let grown = result.ratio_of(Program::Of10000, Program::Of10, CPU);
    let grown = grown.ok_or_else(|| io::Error::other("the baselines were not measured"))?;
    let _ = writeln!(
        text,
        "| a baseline of 10,000 entries, indexed: times one of 10 | {} | | | |",
        times(grown)
    );
    Ok(text)
}
