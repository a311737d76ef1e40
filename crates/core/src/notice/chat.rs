//! The form for a chat: the custom notification schema of Amazon Q Developer in chat applications.
//!
//! Published limits: title 250 characters, description 8,000, each next step 350, each keyword 75.
//! What others wrote stands in code spans only.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::record::{ChangeRecord, ClosesRecord, Record, UnjudgedRecord};
use super::text::{arrow, arrows, code};
use super::{headline, overrides};
use crate::text::{clean, counted, unlinked};

const TITLE: usize = 250;
const DESCRIPTION: usize = 8_000;
const NEXT_STEP: usize = 350;
const KEYWORD: usize = 75;
/// Longest value in a code span.
const VALUE: usize = 300;
/// Most lines of differences or findings; the record has them all.
const LINES: usize = 12;

pub(super) fn render(record: &Record) -> Value {
    let kind = record.kind.as_str();
    // Escaping may add to it.
    let short = headline::short(record, TITLE - 50);
    let baseline = record.baseline.to_string();
    let mut context = serde_json::Map::new();
    for (name, value) in [
        ("severity", Some(record.severity.label())),
        ("account", Some(record.account.as_str())),
        ("account name", record.account_name.as_deref()),
        ("owner", record.owner.as_deref()),
        ("region", Some(record.region.as_str())),
        ("incident", Some(record.incident.as_str())),
        ("baseline", Some(baseline.as_str())),
        ("domain", record.domain.as_deref()),
    ] {
        if let Some(value) = value {
            context.insert(name.into(), Value::String(clean(&plain(value), VALUE)));
        }
    }
    json!({
        "version": "1.0",
        "source": "custom",
        "id": clean(&plain(&format!("{}-{kind}", record.incident)), VALUE),
        "content": {
            "textType": "client-markdown",
            "title": clean(&plain(&format!("{}: {short}", record.severity.label())), TITLE),
            "description": description(record),
            "nextSteps": record.next_steps.iter().map(|step| next_step(step)).collect::<Vec<_>>(),
            "keywords": keywords(record),
        },
        "metadata": {
            "threadId": clean(&plain(&record.incident), VALUE),
            "summary": clean(&plain(&short), TITLE),
            "eventType": kind,
            "relatedResources": record.domain.iter().map(|domain| clean(&plain(domain), VALUE)).collect::<Vec<_>>(),
            "additionalContext": context,
        }
    })
}

/// The sentence, and behind it in code spans the lines to paste. A line that does not fit is left
/// out whole: half an exemption is worse than none.
fn next_step(step: &str) -> String {
    let mut lines = step.lines();
    let mut out = clean(&plain(lines.next().unwrap_or_default()), NEXT_STEP);
    for line in lines {
        let line = code(line, 2 * NEXT_STEP);
        if out.chars().count() + 1 + line.chars().count() > NEXT_STEP {
            let more = " (in the e-mail and in the record)";
            if out.chars().count() + more.len() <= NEXT_STEP {
                out.push_str(more);
            }
            break;
        }
        out.push(' ');
        out.push_str(&line);
    }
    out
}

fn keywords(record: &Record) -> Vec<String> {
    [Some(record.kind.as_str()), record.domain.as_deref(), Some(record.account.as_str())]
        .into_iter()
        .flatten()
        .map(|keyword| clean(&plain(keyword), KEYWORD))
        .collect()
}

/// Text of our own with names of others in it, for the places that show no code spans: without
/// anything that a chat would take for markup, a link or a mention.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in unlinked(text).chars() {
        match c {
            '<' | '>' | '|' | '`' | '*' | '~' | '[' | ']' => out.push(' '),
            '@' if !before.is_alphanumeric() => out.push_str("(at)"),
            c => out.push(c),
        }
        before = c;
    }
    out
}

fn description(record: &Record) -> String {
    let mut lines = Vec::new();
    differences(&mut lines, record);
    if !record.meaning.is_empty() {
        lines.push(plain(&record.meaning));
    }
    if let Some(reason) = &record.reason {
        lines.push(format!("*Why* {}", code(reason, VALUE)));
    }
    if let Some(closes) = &record.closes {
        lines.push(closed(closes));
    }
    if let Some(error) = &record.error {
        let text = format!(
            "{} {}: {}",
            error.action,
            error.code.as_deref().unwrap_or("no answer"),
            error.message
        );
        lines.push(format!("*AWS answered* {}", code(&text, 2 * VALUE)));
    }
    if let Some(actor) = &record.actor {
        let claim = actor.claim();
        let mut who =
            format!("*Who* {} with {}{claim}", code(&actor.name, VALUE), code(&actor.via, VALUE));
        for (word, value) in [
            ("from", &actor.source_ip),
            ("source identity", &actor.source_identity),
            ("access key", &actor.access_key_id),
        ] {
            if let Some(value) = value {
                let _ = write!(who, " {word} {}", code(value, VALUE));
            }
        }
        lines.push(who);
    }
    if let Some(why) = record.event.as_ref().and_then(|event| event.imposter.as_ref()) {
        lines.push(format!("*Role* the guard's, used by somebody else: {}", plain(why)));
    }
    if let Some(note) =
        record.attribution.as_ref().and_then(|attribution| attribution.note.as_ref())
    {
        let word = if record.actor.is_some() { "Note" } else { "Who" };
        lines.push(format!("*{word}* {}", plain(note)));
    }
    for one in record.overrides.iter().take(LINES) {
        lines.push(format!("*Override* {}", code(&overrides::worded(one), VALUE)));
    }
    let entries = record.sweep.iter().filter_map(|sweep| sweep.held.as_ref());
    for entry in entries.flat_map(|held| &held.entries).take(LINES) {
        let position = code(&entry.position, VALUE);
        lines.push(format!("*Entry* {position} {}", counted(entry.domains, "domain")));
    }
    for finding in record.sweep.iter().flat_map(|sweep| &sweep.findings).take(LINES) {
        lines.push(arrows(finding, VALUE));
    }
    for (title, named) in record.sweep.iter().flat_map(|sweep| {
        [
            ("Not in the baseline", &sweep.ungoverned),
            ("Exempt for too long", &sweep.overlong_exemptions),
        ]
    }) {
        lines.extend(
            named.iter().take(LINES).map(|name| format!("*{title}* {}", code(name, VALUE))),
        );
    }
    let coverage = record.sweep.iter().filter_map(|sweep| sweep.coverage.as_ref());
    for gap in coverage.flat_map(|coverage| &coverage.gaps).take(LINES) {
        let place = code(&format!("{} {}", gap.account, gap.region), VALUE);
        lines.push(format!("*{}* {place} since {}", gap.why.as_str(), gap.since));
    }
    if let Some(seconds) = record.timings.seconds_to_effect {
        lines.push(format!("*In effect* {seconds} s after the change"));
    } else if let Some(seconds) = record.timings.seconds_to_revert {
        lines.push(format!("*Reverted* {seconds} s after the change"));
    }
    match record.links.runbook.as_deref() {
        Some(link) if link.starts_with("https://") => lines.push(format!("[What to do]({link})")),
        Some(place) => lines.push(format!("*What to do* {}", code(place, VALUE))),
        None => {}
    }
    if let Some(link) = &record.links.cloudtrail_event {
        lines.push(format!("[CloudTrail event]({link})"));
    }
    if let Some(link) = &record.links.cognito_console {
        lines.push(format!("[Cognito console]({link})"));
    }
    if lines.is_empty() {
        // The schema wants a description.
        lines.push(plain(&record.headline));
    }
    clean_lines(&lines)
}

/// What is observed, and what the baseline declares.
fn differences(lines: &mut Vec<String>, record: &Record) {
    for change in record.drifts.iter().take(LINES) {
        let ChangeRecord { domain, attribute, observed, baseline, exempt_until, .. } = change;
        let of = domain.as_deref().map(|domain| format!(" {}", code(domain, VALUE)));
        let until = exempt_until.as_deref().map(|until| format!(" exempt until {}", plain(until)));
        lines.push(format!(
            "*{attribute}*{} {}{}",
            of.unwrap_or_default(),
            arrow(&observed.to_string(), baseline, VALUE),
            until.unwrap_or_default()
        ));
    }
    for UnjudgedRecord { attribute, observed, baseline } in &record.unjudged {
        lines.push(format!(
            "*{attribute}* {} is newer than the guard, declared is {}",
            code(&observed.to_string(), VALUE),
            code(baseline, VALUE)
        ));
    }
    for exempt in &record.exempt {
        lines.push(format!(
            "*{}* {} exempt until {}: {}",
            exempt.attribute,
            code(&exempt.observed.to_string(), VALUE),
            exempt.until,
            code(&exempt.reason, VALUE)
        ));
    }
}

/// What is over now.
fn closed(closes: &ClosesRecord) -> String {
    let ClosesRecord { event_id, time, actor, attributes } = closes;
    let names: Vec<_> = attributes.iter().map(|attribute| attribute.as_str()).collect();
    let mut line = "*It was about*".to_owned();
    if !names.is_empty() {
        let _ = write!(line, " {}", names.join(", "));
    }
    match (actor, event_id) {
        (Some(actor), _) => {
            let _ = write!(line, " changed by {}", code(actor, VALUE));
        }
        (None, Some(_)) => line.push_str(" changed by somebody unknown"),
        (None, None) => line.push_str(" found by a sweep"),
    }
    if let Some(time) = time {
        let _ = write!(line, " at {time}");
    }
    line
}

/// Whole lines only, so that a cut never leaves half a code span.
fn clean_lines(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        if out.chars().count() + line.chars().count() + 1 > DESCRIPTION {
            break;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(line);
    }
    out
}
