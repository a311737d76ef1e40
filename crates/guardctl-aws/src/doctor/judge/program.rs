//! The program that Lambda starts.
//!
//! `sam deploy` without `sam build` before it makes an archive of the checkout and reports success: then
//! every function of the stack ends at its start, and nothing else of the stack looks wrong.

use cognito_domain_guard::text::{counted, harmless};

use super::baseline::archived;
use crate::doctor::facts::{Architecture, Executable, Facts, Function, Machine, Program};
use crate::doctor::finding::{Check, Finding, Step, run, say};

const CHECK: Check = Check::Program;
/// So many files are named that are there instead.
const MOST_NAMED: usize = 4;

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let functions = || facts.guard.iter().chain(facts.sweep.iter().flatten());
    let before = found.len();
    for function in functions() {
        of(facts, function, found);
    }
    let names: Vec<_> = functions().map(|function| function.name.as_str()).collect();
    if found.len() == before && !names.is_empty() {
        let runs = if names.len() == 1 { "runs" } else { "run" };
        found.push(
            CHECK.ok(format!("{} {runs} a program of the right machine", names.join(" and "))),
        );
    }
}

fn of(facts: &Facts, function: &Function, found: &mut Vec<Finding>) {
    let Some(program) = super::known(CHECK, &function.program, found) else { return };
    let name = &function.name;
    let problem = match program {
        // Lambda starts what the image names.
        Program::Image => return,
        Program::Missing { instead } => missing(name, instead),
        Program::Found { archive, executable: Executable { is_executable, machine } } => {
            let of = archived(archive);
            match (machine, is_executable) {
                (None, true | false) => {
                    format!("bootstrap of {of} is no program of Linux, so {name} cannot start")
                }
                (Some(_), false) => format!(
                    "bootstrap of {of} may not be executed (its mode should be 755), so {name} cannot start"
                ),
                (Some(machine), true) if fits(*machine, function.architecture) => return,
                (Some(_), true) => format!(
                    "bootstrap of {of} is for another machine than {name}, which is {}: it cannot start",
                    match function.architecture {
                        Architecture::X86_64 => "x86_64",
                        Architecture::Arm64 => "arm64",
                    }
                ),
            }
        }
    };
    found.push(CHECK.wrong(problem, build_and_deploy(facts)));
}

fn missing(name: &str, instead: &[String]) -> String {
    let is_source = instead.iter().any(|name| name == "Cargo.toml");
    let named: Vec<_> = instead.iter().take(MOST_NAMED).map(|name| harmless(name)).collect();
    let others = instead.len().saturating_sub(named.len());
    let more = match others {
        0 => String::new(),
        others => format!(" and {}", counted(others, "other")),
    };
    let what = match (is_source, instead.is_empty()) {
        (_, true) => "which is empty".to_owned(),
        (true, false) => format!("which holds the source code instead: {}{more}", named.join(", ")),
        (false, false) => format!("which holds {}{more}", named.join(", ")),
    };
    format!(
        "{name} has no program, so it cannot start: there is no bootstrap in its archive, {what}"
    )
}

const fn fits(machine: Machine, architecture: Architecture) -> bool {
    match (machine, architecture) {
        (Machine::X86_64, Architecture::X86_64) | (Machine::Arm64, Architecture::Arm64) => true,
        (Machine::X86_64, Architecture::Arm64)
        | (Machine::Arm64, Architecture::X86_64)
        | (Machine::Another, Architecture::X86_64 | Architecture::Arm64) => false,
    }
}

fn build_and_deploy(facts: &Facts) -> Vec<Step> {
    match &facts.stack {
        Some(stack) => vec![
            say("build it first: without that, sam deploy deploys the checkout itself"),
            run(format!("sam build && sam deploy --stack-name {}", stack.name)),
        ],
        None => vec![say("build it and deploy the archive as in docs/deploy.md, \"Functions\"")],
    }
}
