//! Findings for a person, and for other tools.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::facts::{Alarm, Facts};
use super::finding::{Finding, Step, Verdict};
use crate::unread::policy_to_paste;
use cognito_domain_guard::text::counted;
use guardctl::exit::Exit;
use guardctl::page::wrapped;

/// Where what was found stands.
const INDENT: usize = 21;

/// One region, looked at.
pub struct Examined {
    pub facts: Facts,
    pub findings: Vec<Finding>,
}

pub fn exit<'a>(findings: impl Iterator<Item = &'a Finding> + Clone) -> Exit {
    let mut verdicts = findings.map(|finding| finding.verdict);
    // What is known to be wrong is wrong, whatever else is not known.
    if verdicts.clone().any(|verdict| verdict == Verdict::Wrong) {
        return Exit::Off;
    }
    match verdicts.all(|verdict| verdict == Verdict::Ok) {
        true => Exit::Good,
        false => Exit::Failed,
    }
}

pub fn text(examined: &[Examined]) -> String {
    let mut out = String::new();
    for Examined { facts, findings } in examined {
        let place = &facts.place;
        let of = match &facts.stack {
            Some(stack) => format!("stack {}, function {}", stack.name, facts.guard_name),
            None => format!("function {}", facts.guard_name),
        };
        wrapped(&mut out, "", 0, &format!("account {} {}, {of}", place.account, place.region));
        out.push('\n');
        for finding in findings {
            line(&mut out, finding);
        }
        let denied = denied(findings);
        if !denied.is_empty() {
            let policy = policy_to_paste(denied);
            let _ = writeln!(out, "\nto check more, allow it with this policy:\n{policy}");
        }
        let count = |verdict: fn(&Verdict) -> bool| {
            findings.iter().filter(|finding| verdict(&finding.verdict)).count()
        };
        let wrong = count(|verdict| *verdict == Verdict::Wrong);
        let unknown = count(|verdict| matches!(verdict, Verdict::Unknown { .. }));
        let _ = writeln!(
            out,
            "\n{} ok, {}, {unknown} could not be checked",
            findings.len() - wrong - unknown,
            counted(wrong, "problem"),
        );
    }
    out
}

pub fn line(out: &mut String, finding: &Finding) {
    let Finding { check, verdict, what, fix } = finding;
    let verdict = match verdict {
        Verdict::Ok => "ok",
        Verdict::Wrong => "FIX",
        Verdict::Unknown { .. } => "?",
    };
    let label = format!("{verdict:<4}  {:<13}  ", check.as_str().replace('_', " "));
    wrapped(out, &label, INDENT, what);
    for step in fix {
        match step {
            Step::Say(text) => wrapped(out, &format!("{:INDENT$}-> ", ""), INDENT + 3, text),
            // Never wrapped: it is there to be pasted.
            Step::Run(command) => {
                let _ = writeln!(out, "{:INDENT$}$ {command}", "");
            }
            Step::Paste(text) => {
                let _ = writeln!(out, "{:INDENT$}{text}", "");
            }
        }
    }
}

/// The permissions that were missing to look.
pub fn denied<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<&'static str> {
    let mut denied: Vec<_> = findings
        .into_iter()
        .filter_map(|finding| match finding.verdict {
            Verdict::Unknown { denied } => denied,
            Verdict::Ok | Verdict::Wrong => None,
        })
        .collect();
    denied.sort_unstable();
    denied.dedup();
    denied
}

pub fn to_json(examined: &[Examined]) -> Vec<Value> {
    let one = |Examined { facts, findings }: &Examined| {
        json!({
            "account": facts.place.account,
            "region": facts.place.region,
            "stack": facts.stack.as_ref().map(|stack| &stack.name),
            "function": facts.guard_name,
            "findings": findings.iter().map(finding_to_json).collect::<Vec<_>>(),
            "alarms": facts.alarms.as_ref().and_then(|alarms| alarms.as_deref().ok().map(alarms_to_json)),
            "missing_permissions": denied(findings),
        })
    };
    examined.iter().map(one).collect()
}

/// By their names, so that two documents can be compared.
fn alarms_to_json(alarms: &[Alarm]) -> Vec<Value> {
    let mut alarms: Vec<_> = alarms.iter().collect();
    alarms.sort_by(|one, other| one.name.cmp(&other.name));
    let one = |Alarm { name, description, state, reason, since, is_enabled, notifies }: &Alarm| {
        json!({
            "name": name,
            "state": state,
            "since": since,
            "reason": reason,
            "description": description,
            "actions_enabled": is_enabled,
            "notifies": notifies,
        })
    };
    alarms.into_iter().map(one).collect()
}

pub fn finding_to_json(Finding { check, verdict, what, fix }: &Finding) -> Value {
    let step = |step: &Step| match step {
        Step::Say(text) => json!({ "do": text }),
        Step::Run(command) => json!({ "run": command }),
        Step::Paste(text) => json!({ "paste": text }),
    };
    json!({
        "check": check.as_str(),
        "verdict": verdict.word(),
        "what": what,
        "fix": fix.iter().map(step).collect::<Vec<_>>(),
    })
}
