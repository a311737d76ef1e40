//! `guardctl validate`: all that is wrong with a baseline, in one go.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use cognito_domain_guard::baseline::{Baseline, Mode, Problem};
use cognito_domain_guard::text::{counted, harmless};
use guardctl::arguments::{Validate, ValidateFormat};
use guardctl::exit::Exit;
use guardctl::{out, outln};
use serde_json::json;
use time::OffsetDateTime;

use crate::excerpt::{Excerpt, Line, excerpt};
use guardctl::page::{self, Tone, toned};

pub fn run(arguments: &Validate) -> Result<ExitCode, Box<dyn Error>> {
    let (name, text) = guardctl::input::read_text(&arguments.file)?;
    let now = OffsetDateTime::now_utc();
    let parsed = Baseline::parse(&name, &text);
    let (errors, warnings) = match &parsed {
        Ok(baseline) => {
            let overlong = baseline.overlong_exemptions(now).map(|(_, problem)| problem);
            (overlong.collect(), baseline.lints(now))
        }
        Err(error) => (error.problems.clone(), Vec::new()),
    };
    let is_valid = errors.is_empty();
    let passes = is_valid && (warnings.is_empty() || !arguments.strict);
    let baseline = parsed.ok();
    let all = errors
        .iter()
        .map(|problem| ("error", problem))
        .chain(warnings.iter().map(|problem| ("warning", problem)));
    match arguments.format {
        ValidateFormat::Text => {
            // Of what is no baseline nothing is shown.
            let lines = Baseline::is_recognisable(&text).then(|| Line::all(&text));
            for (level, problem) in all {
                out!("{}", as_compiler(level, problem, &name, lines.as_deref()));
            }
            let (errors, warnings) = (errors.len(), warnings.len());
            let verdict = match (is_valid, passes) {
                (true, true) => "valid",
                (true, false) => "valid, but not with --strict",
                (false, _) => "not valid",
            };
            let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
            outln!("{name} is {verdict}: {errors}, {warnings}{}", in_short(baseline.as_ref()));
        }
        ValidateFormat::Github => {
            for (level, problem) in all {
                outln!("{}", as_annotation(level, problem, &name));
            }
        }
        ValidateFormat::Json => {
            let shown: Vec<_> = all.map(|(level, problem)| as_json(level, problem)).collect();
            let result = json!({
                "file": name,
                "valid": is_valid,
                "passes": passes,
                "digest": baseline.as_ref().map(Baseline::digest),
                "mode": baseline.as_ref().map(|baseline| baseline.mode().as_str()),
                "problems": shown,
            });
            outln!("{}", serde_json::to_string_pretty(&result)?);
        }
    }
    Ok(if passes { Exit::Good } else { Exit::Failed }.into())
}

/// By what the baseline is recognised in notices and logs, and that a file in audit mode puts nothing
/// back: no warning, since that is how to begin.
fn in_short(baseline: Option<&Baseline>) -> String {
    let Some(baseline) = baseline else { return String::new() };
    let digest = baseline.digest();
    match baseline.mode() {
        Mode::Enforce => format!(" (digest {digest})"),
        Mode::Audit => format!(" (digest {digest}, mode audit: notices only)"),
    }
}

/// Of a message's further lines.
const INDENT: usize = 7;

fn as_compiler(level: &str, problem: &Problem, name: &str, lines: Option<&[Line<'_>]>) -> String {
    let Problem { position, end, path, message, fix } = problem;
    let number = position.line.to_string();
    let gutter = " ".repeat(number.len());
    let beyond = Line::new("");
    let line = lines.map(|lines| lines.get(position.line.saturating_sub(1)).unwrap_or(&beyond));
    let place = if path.is_empty() { String::new() } else { format!("{path}: ") };
    let mut out = String::new();
    let tone = if level == "error" { Tone::Bad } else { Tone::Notable };
    let lead = toned(tone, &format!("{level}:"));
    page::wrapped(
        &mut out,
        "",
        INDENT,
        &format!("{lead} {}", harmless(&format!("{place}{message}"))),
    );
    let _ = writeln!(out, "{gutter}--> {name}:{position}");
    if let Some(line) = line {
        let Excerpt { line, indent, length } = excerpt(line, *position, *end);
        let _ = writeln!(out, "{gutter} |");
        let _ = writeln!(out, "{number} | {line}");
        let _ = writeln!(out, "{gutter} | {indent}{}", toned(tone, &"^".repeat(length)));
    }
    page::wrapped(&mut out, &format!("{gutter} = "), number.len() + 3, &harmless(fix));
    out.push('\n');
    out
}

fn as_annotation(level: &str, problem: &Problem, name: &str) -> String {
    let Problem { position, end, path, message, fix } = problem;
    // As GitHub wants it escaped.
    let data =
        |text: &str| harmless(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    format!(
        "::{level} file={},line={},col={},endLine={},endColumn={},title={}::{}",
        property(name),
        position.line,
        position.column,
        end.line,
        end.column,
        property(path),
        data(&format!("{message}; {fix}"))
    )
}

fn as_json(level: &str, problem: &Problem) -> serde_json::Value {
    let Problem { position, end, path, message, fix } = problem;
    json!({
        "level": level,
        "line": position.line,
        "column": position.column,
        "end_line": end.line,
        "end_column": end.column,
        "path": path,
        "message": message,
        "fix": fix,
    })
}
