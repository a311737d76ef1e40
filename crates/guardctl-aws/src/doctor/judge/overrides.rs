//! What people allow or stop for a while, what of it was forgotten, and who else may make an override.

use cognito_domain_guard::overrides::{Content, Override, State};
use cognito_domain_guard::text::{counted, harmless};
use cognito_domain_guard::when::rfc3339;
use time::{Duration, OffsetDateTime};

use super::known;
use crate::doctor::facts::{Facts, KeptOverrides, Makers};
use crate::doctor::finding::{Check, Finding, Step, run, say};
use crate::overrides::tell::{effect, length};
use crate::shell::word;

const CHECK: Check = Check::Overrides;
const MAY: Check = Check::Writers;

/// What is for an emergency is over within a day, or somebody can say why not.
const FORGOTTEN: Duration = Duration::DAY;
/// After that it is no exception any more, whoever knows of it.
const LASTING: Duration = Duration::hours(72);
/// How many names a line has.
const MOST_NAMES: usize = 20;

pub fn judge(facts: &Facts, now: OffsetDateTime, found: &mut Vec<Finding>) {
    if facts.guard.is_err() {
        return;
    }
    let Some(kept) = &facts.overrides else {
        found.push(CHECK.ok("the guard reads none: OVERRIDES_PATH is not set"));
        return;
    };
    let KeptOverrides { path, all, writers, makers } = kept;
    if let Some(all) = known(CHECK, all, found) {
        let before = found.len();
        for one in all.iter() {
            let writer = writers.as_ref().ok().and_then(|writers| writers.get(&one.parameter));
            found.push(about(facts, path, one, writer.map(String::as_str), now));
        }
        if found.len() == before {
            found.push(CHECK.ok(format!("there is none below {}", harmless(path))));
        } else if let Err(error) = writers {
            found.push(CHECK.unknown(error));
        }
    }
    if let Some(makers) = known(MAY, makers, found) {
        found.push(MAY.ok(may(facts, makers)));
    }
}

fn about(
    facts: &Facts,
    path: &str,
    one: &Override,
    writer: Option<&str>,
    now: OffsetDateTime,
) -> Finding {
    let id = harmless(&one.id);
    let made = format!("made {} ago", length(now - one.made_at));
    let writer = writer.map(|arn| format!(", {} (AWS says)", harmless(arn))).unwrap_or_default();
    let (says, by, is_known) = match &one.content {
        Content::Sound(text) => {
            let ticket = text.ticket.as_ref().map(|ticket| format!(" ({ticket})"));
            let why = format!("{}{}", text.reason, ticket.unwrap_or_default());
            let owner = text.owner.as_ref().map(|owner| format!(", ask {owner}"));
            let by = format!("by {}{writer}{}", text.by, owner.unwrap_or_default());
            let is_known = text.ticket.is_some() || text.owner.is_some();
            (format!("{}: {why}", effect(text)), by, is_known)
        }
        Content::Unsound(unsound) => {
            let lines: Vec<_> = unsound.problem.lines().map(str::trim).collect();
            let by = writer.trim_start_matches(", ");
            (
                lines.join("; "),
                format!("by {}", if by.is_empty() { "nobody knows who" } else { by }),
                false,
            )
        }
    };
    let (says, by) = (harmless(&says), harmless(&by));
    let (ends, age) = (one.ends_at(), now - one.made_at);
    let end = |first: &str| end(facts, path, &one.id, first);
    match one.state(now) {
        State::InForce => {
            let what = format!("{id}: {says}; {by}, {made}, {} left", length(ends - now));
            let forgotten = match is_known {
                true if age > LASTING => "; declare in the baseline what should last",
                false if age > FORGOTTEN => "; it names no ticket and nobody to ask: perhaps it was forgotten",
                true | false => return CHECK.ok(what),
            };
            CHECK.wrong(format!("{what}{forgotten}"), end("if it is needed, leave it. To end it:"))
        }
        State::Ended => {
            let what = format!("{id}: ended at {}; {says}; {by}", rfc3339(ends));
            if now - ends <= FORGOTTEN {
                return CHECK.ok(what);
            }
            CHECK.wrong(
                format!("{what}; it does nothing any more, and is still stored"),
                end("remove it:"),
            )
        }
        State::Holds => CHECK.wrong(
            format!(
                "{id}: cannot be understood, so the guard writes nothing that it may be meant for until {}: \
                 {says}; {by}, {made}",
                rfc3339(ends)
            ),
            end("remove it, and make a right one:"),
        ),
        State::Void => CHECK.wrong(
            format!("{id}: cannot be understood, and is ignored: {says}; {by}, {made}"),
            end("remove it:"),
        ),
    }
}

fn end(facts: &Facts, path: &str, id: &str, first: &str) -> Vec<Step> {
    let which = match &facts.stack {
        Some(stack) => format!("--stack {}", word(&stack.name)),
        None => format!("--path {}", word(path)),
    };
    let region = &facts.place.region;
    vec![say(first), run(format!("guardctl resume {} {which} --guard-region {region}", word(id)))]
}

fn may(facts: &Facts, makers: &Makers) -> String {
    let Makers { allowed, not_asked } = makers;
    let on_call = facts.stack.as_ref().and_then(|stack| stack.output("OnCallPolicy"));
    let meant = match on_call {
        Some(arn) => format!("those with {}", harmless(arn)),
        None => "the account's root user".to_owned(),
    };
    let more = match not_asked {
        0 => String::new(),
        count => format!("; {count} more have a policy for it, and were not simulated"),
    };
    if allowed.is_empty() && *not_asked == 0 {
        return format!("besides {meant}, nobody of this account may make an override (simulated)");
    }
    let mut names: Vec<String> = allowed.iter().take(MOST_NAMES).map(|arn| name(arn)).collect();
    if let Some(left @ 1..) = allowed.len().checked_sub(MOST_NAMES) {
        names.push(format!("{left} more"));
    }
    format!(
        "besides {meant}, {} of this account may make overrides (simulated): {}{more}. A service control \
         policy leaves them to one role: docs/permissions.md, \"People on call\"",
        counted(allowed.len(), "principal"),
        names.join(", ")
    )
}

/// `role/NAME` or `user/NAME`, with its path.
fn name(arn: &str) -> String {
    harmless(arn.splitn(6, ':').last().unwrap_or(arn)).into_owned()
}
