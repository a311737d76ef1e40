//! The results as people read them: tables in Markdown, to be pasted into documents.

use std::fmt::Write as _;

use crate::programs::Program;
use crate::sample::Sample;
use crate::scene::Scene;
use crate::statistics::{CPU, MAJOR_FAULTS, MINOR_FAULTS, PEAK_MEMORY, Results, Spread, WALL};
use crate::target::{Row, times};
use crate::written::TARGETS;

/// Lambda on arm64, in US dollars, as in docs/operate.md.
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
const MILLION_REQUESTS: f64 = 0.20;

/// Every scene but those of memory sizes, a table each.
pub(crate) fn scenes(results: &[Results]) -> String {
    let mut text = String::new();
    for result in results.iter().filter(|result| !is_of_memory(&result.scene)) {
        let _ = write!(text, "\n**{}**\n\n", result.scene.title);
        text.push_str(
            "| program | wall, median | p99 | CPU, median | p99 | guard's wall | guard's CPU | \
             peak memory | faults, minor | major | calls | connections |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for program in Program::ALL {
            if let Some(samples) = result.of(program) {
                row(&mut text, result, program, samples);
            }
        }
    }
    text
}

fn row(text: &mut String, result: &Results, program: Program, samples: &[Sample]) {
    let spread = |of: fn(&Sample) -> f64| Spread::of(samples.iter().map(of).collect());
    let (wall, cpu) = (spread(WALL), spread(CPU));
    let share = |of| result.ratio_of(Program::Guard, program, of).map_or_else(String::new, times);
    let most = |of: fn(&Sample) -> usize| samples.iter().map(of).max().unwrap_or(0);
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} | {:.1} MB | {:.0} | {:.0} | {} | {} |",
        program.as_str(),
        milliseconds(wall.median),
        milliseconds(wall.p99),
        milliseconds(cpu.median),
        milliseconds(cpu.p99),
        share(WALL),
        share(CPU),
        spread(PEAK_MEMORY).max * 1_024.0 / 1_000_000.0,
        spread(MINOR_FAULTS).median,
        spread(MAJOR_FAULTS).median,
        most(|sample| sample.calls),
        most(|sample| sample.connections),
    );
}

/// What a cold start takes and costs by the size of the function's memory.
pub(crate) fn memory_sizes(results: &[Results]) -> String {
    let mut text = String::new();
    for result in results.iter().filter(|result| is_of_memory(&result.scene)) {
        let (Some(memory), Some(wall), Some(cpu)) = (
            result.scene.share.map(|share| share.memory),
            result.spread(Program::Guard, WALL),
            result.spread(Program::Guard, CPU),
        ) else {
            continue;
        };
        if text.is_empty() {
            text.push_str(
                "\n| memory | event | to the answer, median | p99 | CPU | a million of them |\n\
                 | --- | --- | --- | --- | --- | --- |\n",
            );
        }
        let _ = writeln!(
            text,
            "| {memory} MB | {} | {} | {} | {} | {:.2} USD |",
            if result.scene.name.ends_with("drift") { "drift" } else { "compliant" },
            milliseconds(wall.median),
            milliseconds(wall.p99),
            milliseconds(cpu.median),
            million(wall.median, memory),
        );
    }
    text
}

/// The price of a million invocations of that length, each a cold start. Lambda bills the start as
/// well, in whole milliseconds.
fn million(milliseconds: f64, memory: u32) -> f64 {
    let seconds = milliseconds.ceil() / 1_000.0;
    let gigabytes = f64::from(memory) / 1_024.0;
    MILLION_REQUESTS + 1_000_000.0 * seconds * gigabytes * GIGABYTE_SECOND
}

pub(crate) fn targets(rows: &[Row]) -> String {
    let mut text = format!("\n{}| --- | --- | --- | --- | --- |\n", TARGETS.head);
    for Row { what, target, measured, floor, met } in rows {
        let met = if *met { "met" } else { "**missed**" };
        let floor = floor.as_deref().unwrap_or_default();
        let _ = writeln!(text, "| {what} | {target} | {measured} | {met} | {floor} |");
    }
    text
}

fn is_of_memory(scene: &Scene) -> bool {
    scene.name.starts_with("memory")
}

pub(crate) fn milliseconds(milliseconds: f64) -> String {
    match milliseconds {
        small if small < 1.0 => format!("{small:.3} ms"),
        middle if middle < 100.0 => format!("{middle:.1} ms"),
        large => format!("{large:.0} ms"),
    }
}
