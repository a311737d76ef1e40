//! The form for a mailbox: plain ASCII, 72 columns, the answer in the first line.
//!
//! Mail clients make links of what looks like one. So every text passes [`unlinked`], but for the
//! guard's own two links and what the baseline gives as a reason.

use std::fmt::Write as _;

use super::overrides;
use super::record::{ChangeRecord, ClosesRecord, Record, UnjudgedRecord};
use super::text::{ascii_line, wrap};
use crate::domain::Attribute;
use crate::report::{CoverageRecord, GapRecord, HeldAccount, HeldEntry, Kind, SweepRecord};
use crate::text::{counted, unlinked};

const WIDTH: usize = 72;
/// The column of names.
const NAMES: usize = 10;
/// With what the commands begin that a step proposes.
pub(super) const COMMANDS: [&str; 2] = ["aws ", "guardctl "];
/// Longest value on one line. An ARN fits; a line is never broken inside it.
const LONGEST_VALUE: usize = 300;

pub(super) fn render(record: &Record) -> String {
    let mut out = say(&record.headline, WIDTH, "", "");
    what(&mut out, record);
    overridden(&mut out, record);
    meaning(&mut out, record);
    if !record.next_steps.is_empty() {
        out.push_str("\nWhat to do now\n");
    }
    for step in &record.next_steps {
        let mut lines = step.lines();
        out.push_str(&say(lines.next().unwrap_or_default(), WIDTH, "  - ", "    "));
        for line in lines {
            out.push_str(&pasted(line));
        }
    }
    closes(&mut out, record);
    sweep(&mut out, record);
    failed(&mut out, record);
    who(&mut out, record);
    facts(&mut out, record);
    if record.truncated {
        out.push_str("\nDetail was left out; the log has it all.\n");
    }
    out.lines().map(|line| ascii(line) + "\n").collect()
}

/// What it means, and why.
fn meaning(out: &mut String, record: &Record) {
    if !record.meaning.is_empty() {
        out.push('\n');
        out.push_str(&say(&record.meaning, WIDTH, "", ""));
    }
    let Some(reason) = &record.reason else { return };
    out.push('\n');
    let why = format!("Why: {reason}.");
    out.push_str(&match record.kind {
        // The baseline's own words: a link to a ticket is to be followed.
        Kind::ExemptionExpiring => wrap(&why, WIDTH, "", ""),
        Kind::DriftDetected
        | Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Reverted
        | Kind::Restored
        | Kind::NotRestored
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::NotCovered
        | Kind::Paused
        | Kind::OverrideChanged
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => say(&why, WIDTH, "", ""),
    });
}

/// The call that failed, in AWS's words.
fn failed(out: &mut String, record: &Record) {
    let Some(error) = &record.error else { return };
    out.push_str("\nAWS answered\n");
    let code = error.code.as_deref().unwrap_or("no answer");
    let text = format!("{} failed with {code}: {}", error.action, error.message);
    out.push_str(&say(&text, WIDTH, "  ", "  "));
}

/// What is over now.
fn closes(out: &mut String, record: &Record) {
    let Some(ClosesRecord { event_id, time, actor, attributes }) = &record.closes else { return };
    out.push_str("\nWhat it was about\n");
    let names: Vec<_> = attributes.iter().map(|attribute| attribute.as_str()).collect();
    if !names.is_empty() {
        field(out, "attributes", &names.join(", "));
    }
    match (actor, event_id) {
        (Some(actor), _) => field(out, "changed by", actor),
        (None, Some(_)) => field(out, "changed by", "somebody unknown; see the event"),
        (None, None) => field(out, "found by", "a sweep, without an event that says who"),
    }
    if let Some(time) = time {
        field(out, "changed at", time);
    }
    if let Some(event_id) = event_id {
        field(out, "event", event_id);
    }
}

/// Printable ASCII, with the indentation kept.
fn ascii(line: &str) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(indent), ascii_line(line.trim_start(), 4_000))
}

/// A name and its value; what does not fit goes on below the value's beginning.
fn field(out: &mut String, name: &str, value: &str) {
    declared(out, name, &unlinked(value));
}

/// The same for what the baseline says: a link to a ticket is to be followed.
fn declared(out: &mut String, name: &str, value: &str) {
    let value = ascii_line(value, LONGEST_VALUE);
    let name = format!("  {name:<NAMES$} ");
    let indent = " ".repeat(name.len());
    out.push_str(&wrap(&value, WIDTH, &name, &indent));
}

/// Text on as many lines as it needs, in which nobody finds a link.
fn say(text: &str, width: usize, first: &str, rest: &str) -> String {
    wrap(&unlinked(text), width, first, rest)
}

/// A line to paste or to repeat. A command stays in one line, since a shell runs each line it gets; a
/// break after a comma or a blank leaves all else valid YAML.
fn pasted(line: &str) -> String {
    if COMMANDS.iter().any(|command| line.starts_with(command)) {
        return format!("      {}\n", unlinked(line));
    }
    say(line, WIDTH, "      ", "          ")
}

/// A link of the guard's own.
fn link(out: &mut String, name: &str, link: &str) {
    let _ = writeln!(out, "  {name:<NAMES$} {link}");
}

fn who(out: &mut String, record: &Record) {
    let note = record.attribution.as_ref().and_then(|attribution| attribution.note.as_ref());
    let Some(actor) = &record.actor else {
        if let Some(note) = note {
            out.push_str("\nWho\n");
            field(out, "unknown", note);
            call(out, record);
        }
        return;
    };
    out.push_str("\nWho\n");
    field(out, "name", &actor.name);
    field(out, "with", &format!("{}{}", actor.via, actor.claim()));
    if let Some(ip) = &actor.source_ip {
        field(out, "from", ip);
    }
    if let Some(arn) = &actor.arn {
        field(out, "as", arn);
    }
    if let Some(identity) = &actor.source_identity {
        field(out, "identity", &format!("{identity} (the session's source identity)"));
    }
    if let Some(key) = &actor.access_key_id {
        field(out, "key", key);
    }
    if let Some(mfa) = actor.mfa {
        field(out, "MFA", if mfa { "yes" } else { "no" });
    }
    call(out, record);
    if let Some(note) = note {
        field(out, "note", note);
    }
}

fn call(out: &mut String, record: &Record) {
    if let Some(event) = &record.event {
        let time = event.time.as_deref().unwrap_or("an unknown time");
        field(out, "call", &format!("{} at {time}", event.name));
        if let Some(why) = &event.imposter {
            field(out, "role", &format!("the guard's, used by somebody else: {why}"));
        }
    }
}

/// What is observed and what is declared.
fn what(out: &mut String, record: &Record) {
    if !record.drifts.is_empty() || !record.unjudged.is_empty() || did(record).is_some() {
        out.push('\n');
    }
    for change in &record.drifts {
        let ChangeRecord { domain, attribute, observed, baseline, desired, position, exempt_until } =
            change;
        let of = domain.as_ref().map(|domain| format!(" of {domain}")).unwrap_or_default();
        let mut line = format!("{attribute}{of}: {observed} -> {baseline}");
        if is_under_a_floor(change) {
            line.push_str(&format!(", so to {desired}"));
        }
        out.push_str(&say(&line, WIDTH, "  ", "    "));
        out.push_str(&say(&format!("declared at {position}"), WIDTH, "    ", "    "));
        if let Some(until) = exempt_until {
            out.push_str(&say(&format!("its exemption ended at {until}"), WIDTH, "    ", "    "));
        }
    }
    if let (Some(did), Some(actor)) = (did(record), &record.actor) {
        out.push_str(&say(&format!("{did} by {}", actor.name), WIDTH, "  ", "    "));
    }
    for unjudged in &record.unjudged {
        let UnjudgedRecord { attribute, observed, baseline } = unjudged;
        let line = format!("{attribute}: {observed}, newer than the guard; declared is {baseline}");
        out.push_str(&say(&line, WIDTH, "  ", "    "));
    }
    if !record.exempt.is_empty() {
        out.push_str("\nAllowed for a while\n");
    }
    for exempt in &record.exempt {
        let _ = writeln!(out, "  {}", exempt.attribute);
        field(out, "  observed", &exempt.observed.to_string());
        field(out, "  until", &format!("{} ({})", exempt.until, exempt.position));
        declared(out, "  reason", &exempt.reason);
        if let Some(owner) = &exempt.owner {
            field(out, "  owner", owner);
        }
        if let Some(by) = &exempt.by {
            field(out, "  by", &format!("{by} (as they wrote)"));
        }
    }
}

fn overridden(out: &mut String, record: &Record) {
    if !record.overrides.is_empty() {
        out.push_str("\nOverrides\n");
    }
    for one in &record.overrides {
        out.push_str(&say(&overrides::worded(one), WIDTH, "  - ", "    "));
        out.push_str(&say(&one.parameter, WIDTH, "    ", "    "));
    }
}

/// What the actor did, where that belongs to what happened.
fn did(record: &Record) -> Option<&'static str> {
    record.actor.as_ref()?;
    match record.kind {
        Kind::DomainDeleted => Some("deleted"),
        Kind::DomainCreated => Some("created"),
        // The actor is the guard, or nothing is off the baseline.
        Kind::Restored
        | Kind::NotRestored
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::OverrideChanged
        | Kind::ExemptionExpiring
        | Kind::Test => None,
        Kind::DriftDetected
        | Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Reverted
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Exempted
        | Kind::Audit
        | Kind::NotCovered
        | Kind::Paused => Some("changed"),
    }
}

/// Whether the baseline alone does not say to what the guard puts the attribute back.
fn is_under_a_floor(change: &ChangeRecord) -> bool {
    match change.attribute {
        Attribute::SecurityPolicy => change.desired.to_string() != change.baseline,
        Attribute::Routing | Attribute::ManagedLoginVersion | Attribute::CertificateArn => false,
    }
}

fn sweep(out: &mut String, record: &Record) {
    let Some(sweep) = &record.sweep else {
        return;
    };
    held(out, sweep);
    if !sweep.findings.is_empty() {
        out.push_str("\nFound\n");
        for finding in &sweep.findings {
            out.push_str(&say(finding, WIDTH, "  - ", "    "));
        }
    }
    for (title, named) in [
        ("Not in the baseline", &sweep.ungoverned),
        ("Exempt for too long", &sweep.overlong_exemptions),
    ] {
        if !named.is_empty() {
            let _ = write!(out, "\n{title}");
            if named.len() >= SweepRecord::MOST_NAMED {
                let _ = write!(out, " (the first {})", named.len());
            }
            out.push('\n');
        }
        for name in named {
            out.push_str(&wrap(name, WIDTH, "  - ", "    "));
        }
    }
    out.push_str("\nCoverage\n");
    field(out, "pools", &sweep.pools.to_string());
    field(out, "domains", &sweep.domains.to_string());
    field(out, "governed", &sweep.governed.to_string());
    field(out, "drifted", &sweep.drifted.to_string());
    field(out, "busy", &sweep.busy.to_string());
    field(out, "denied", &sweep.denied.to_string());
    field(out, "paused", &sweep.paused.to_string());
    field(out, "exempt", &sweep.exempt.to_string());
    field(out, "unknown", &sweep.unknown.to_string());
    field(out, "complete", if sweep.complete { "yes" } else { "no, time ran out" });
    field(out, "asked by", sweep.cause.as_str());
    if let Some(coverage) = &sweep.coverage {
        places(out, coverage);
    }
}

/// How much of an organization is guarded.
fn places(out: &mut String, coverage: &CoverageRecord) {
    let CoverageRecord { accounts, accounts_fell, places, covered, not_covered, unknown, gaps } =
        coverage;
    let fell = if *accounts_fell { ", fewer than half of the last time" } else { "" };
    field(out, "accounts", &format!("{accounts}{fell}"));
    let of_them = format!("{covered} covered, {not_covered} not covered, {unknown} unknown");
    field(out, "places", &format!("{places}: {of_them}"));
    if !gaps.is_empty() {
        out.push_str("\nNot covered, or unknown\n");
    }
    for GapRecord { account, region, why, since, had_domains } in gaps {
        let had = if *had_domains { ", had a domain" } else { "" };
        let line = format!("{account} {region}: {} since {since}{had}", why.as_str());
        out.push_str(&wrap(&line, WIDTH, "  - ", "    "));
    }
}

/// What a sweep held back, by what the domains have in common.
fn held(out: &mut String, sweep: &SweepRecord) {
    let Some(held) = &sweep.held else {
        return;
    };
    out.push_str("\nHeld back\n");
    let limits = [("a sweep", held.limit), ("an account and sweep", held.account_limit)];
    for (of, limit) in limits.into_iter().filter_map(|(of, limit)| Some((of, limit?))) {
        field(out, "limit", &format!("{} {of}", counted(limit, "domain")));
    }
    field(out, "since", &held.since);
    if let Some(set) = &held.set {
        field(out, "set", set);
    }
    for HeldEntry { position, domains } in &held.entries {
        field(out, "entry", &format!("{position}: {}", counted(*domains, "domain")));
    }
    for HeldAccount { account, held_by: _, domains } in &held.accounts {
        field(out, "account", &format!("{account}: {}", counted(*domains, "domain")));
    }
}

fn facts(out: &mut String, record: &Record) {
    out.push_str("\nFacts\n");
    if let Some(domain) = &record.domain {
        field(out, "domain", domain);
    }
    if let Some(pool) = &record.user_pool_id {
        field(out, "user pool", pool);
    }
    let name = record.account_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    field(out, "account", &format!("{}{name} {}", record.account, record.region));
    if let Some(owner) = &record.owner {
        field(out, "owner", owner);
    }
    if let Some(status) = &record.status {
        field(out, "status", status);
    }
    if let Some(mode) = record.mode {
        field(out, "mode", mode.as_str());
    }
    if let Some(seconds) = record.timings.seconds_to_revert {
        field(out, "reverted", &format!("{seconds} s after the change"));
    }
    if let Some(seconds) = record.timings.seconds_to_effect {
        field(out, "in effect", &format!("{seconds} s after the change"));
    }
    field(out, "incident", &record.incident);
    if let Some(link) = &record.links.runbook {
        self::link(out, "runbook", link);
    }
    if let Some(link) = &record.links.cloudtrail_event {
        self::link(out, "CloudTrail", link);
    }
    if let Some(link) = &record.links.cognito_console {
        self::link(out, "console", link);
    }
    field(out, "baseline", &record.baseline.to_string());
    field(out, "guard", &format!("{}, request {}", record.guard_version, record.request_id));
}
