//! The baseline in force: what the functions themselves read at their start.

use cognito_domain_guard::text::counted;
use std::fmt::Write as _;

use cognito_domain_guard::baseline::{Baseline, FileIndex, TextPrint, digest};
use cognito_domain_guard::file::text;
use time::OffsetDateTime;

use super::{Expected, known};
use crate::doctor::facts::{BaselineFile, Facts, Function, name_of};
use crate::doctor::finding::{Check, Finding, Step, run, say};

const CHECK: Check = Check::Baseline;

pub fn judge(
    facts: &Facts,
    expected: Option<&Expected>,
    now: OffsetDateTime,
    found: &mut Vec<Finding>,
) {
    let Ok(guard) = &facts.guard else { return };
    let Some(file) = known(CHECK, &guard.baseline, found) else { return };
    let BaselineFile::Found { path, archive, content, index } = file else {
        missing(facts, guard, file, found);
        return;
    };
    let before = found.len();
    let digest = digest(content);
    let from = archived(archive);
    let name = name_of(path);
    let baseline = match parse(name, content) {
        Ok(baseline) => baseline,
        Err(problem) => {
            found.push(CHECK.wrong(
                format!("{path} of {from} is not valid, so the guard cannot start: {problem}"),
                redeploy(facts),
            ));
            return;
        }
    };
    if let Some(expected) = expected
        && expected.content != *content
    {
        found.push(CHECK.wrong(
            format!(
                "{path} of {from} (digest {digest}) is not {} (digest {})",
                expected.name,
                cognito_domain_guard::baseline::digest(&expected.content)
            ),
            redeploy(facts),
        ));
    }
    if let Some(Ok(sweep)) = &facts.sweep
        && let Some(other) = known(CHECK, &sweep.baseline, found)
    {
        match other {
            BaselineFile::Missing { .. } => missing(facts, sweep, other, found),
            BaselineFile::Found { content: others, .. } if others != content => {
                found.push(CHECK.wrong(
                    format!("{} and {} have different ones", guard.name, sweep.name),
                    redeploy(facts),
                ));
            }
            BaselineFile::Found { .. } => {}
        }
    }
    if index.as_ref().is_some_and(|index| !is_index_of(index, content)) {
        let mut fix = vec![run("guardctl index baseline/baseline.yaml")];
        fix.extend(redeploy(facts));
        found.push(CHECK.wrong(
            format!(
                "the index beside {path} of {from} is of another text, so each cold start reads all of {name}"
            ),
            fix,
        ));
    }
    // What has no key is about the whole file: it declares nothing, or puts nothing back.
    let (serious, lints): (Vec<_>, Vec<_>) =
        baseline.lints(now).into_iter().partition(|lint| lint.path.is_empty());
    let overlong = baseline.overlong_exemptions(now).map(|(_, problem)| problem);
    for problem in overlong.chain(serious) {
        let line = problem.position.line;
        let mut steps = vec![say(problem.fix)];
        steps.extend(redeploy(facts));
        found.push(
            CHECK.wrong(format!("{path} of {from}, line {line}: {}", problem.message), steps),
        );
    }
    if found.len() == before {
        let mut what = format!("{path} of {from} is valid, digest {digest}");
        if let Some(revision) = guard.variable("BASELINE_REVISION").filter(|text| !text.is_empty())
        {
            let _ = write!(what, ", revision {revision}");
        }
        if index.is_some() {
            what.push_str(", indexed");
        }
        for lint in &lints {
            let _ = write!(what, "; line {}: {}", lint.position.line, lint.message);
        }
        found.push(CHECK.ok(what));
    }
}

fn is_index_of(index: &[u8], content: &[u8]) -> bool {
    let mut print = TextPrint::default();
    print.update(content);
    FileIndex::from_bytes(index.to_vec()).is_some_and(|index| index.is_of(print))
}

fn parse(name: &str, content: &[u8]) -> Result<Baseline, String> {
    let text = text(content.to_vec()).map_err(|error| error.to_string())?;
    Baseline::parse(name, &text).map_err(|error| {
        let first = error.problems.first();
        let first = first.map(|problem| {
            let place = if problem.path.is_empty() { "" } else { ": " };
            format!(
                "line {}, {}{place}{}; {}",
                problem.position.line, problem.path, problem.message, problem.fix
            )
        });
        let others = error.problems.len().saturating_sub(1);
        let more = match others {
            0 => String::new(),
            others => format!(" (and {})", counted(others, "more problem")),
        };
        format!("{}{more}", first.unwrap_or_default())
    })
}

fn missing(facts: &Facts, function: &Function, file: &BaselineFile, found: &mut Vec<Finding>) {
    let BaselineFile::Missing { paths } = file else { return };
    let mut fix = redeploy(facts);
    if function.variable("BASELINE").is_some() {
        fix.push(say("or correct the variable BASELINE"));
    }
    found.push(CHECK.wrong(
        format!(
            "{} finds no baseline, so it cannot start: there is none at {}",
            function.name,
            paths.join(" or ")
        ),
        fix,
    ));
}

fn redeploy(facts: &Facts) -> Vec<Step> {
    let check = run("guardctl validate baseline/baseline.yaml");
    match &facts.stack {
        Some(stack) => {
            vec![check, run(format!("sam build && sam deploy --stack-name {}", stack.name))]
        }
        None => vec![check, say("then deploy it as in docs/deploy.md, \"Another baseline\"")],
    }
}

/// A layer's name and version, rather than its ARN.
pub fn archived(archive: &str) -> String {
    match archive.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "lambda", _, _, "layer", name, version] => format!("layer {name}:{version}"),
        _ => archive.to_owned(),
    }
}
