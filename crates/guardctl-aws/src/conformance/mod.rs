//! `guardctl conformance`: measures on an account what no document says about Cognito.
//!
//! `preflight` refuses what would fail or mean nothing, `plan` says what will happen, `resources` makes what
//! the run needs and removes it, `experiments` ask and judge, `history` reads the run's own events, `meaning`
//! says what an operator makes of it, and `redact` takes out whose account it was. `lab` makes the calls.

mod aws;
mod document;
mod experiments;
mod finding;
mod history;
mod lab;
mod meaning;
mod plan;
mod preflight;
mod redact;
mod report;
mod resources;
mod shape;
mod steps;
mod values;
mod wanted;

use std::error::Error;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use cognito_domain_guard::text::counted;
use cognito_domain_guard::trigger::Cause;
use guardctl::arguments::Conformance;
use guardctl::exit::Exit;
use guardctl::interrupt::{self, Interrupt, Interrupted};
use guardctl::page::shown;
use guardctl::{errln, out, outln};
use time::OffsetDateTime;

use self::aws::Account;
use self::document::Document;
use self::lab::Lab;
use self::plan::Part;
use self::preflight::{Check, Outcome};
use self::redact::Redactor;
use self::report::{Events, Report};
use self::resources::{Leftover, Resources, Run, leftovers, remove};
use self::steps::Steps;
use self::wanted::Wanted;
use crate::confirm::confirmed;
use crate::live::{Live, connect};

pub fn run(arguments: &Conformance) -> Result<ExitCode, Box<dyn Error>> {
    interrupt::run(async |interrupt| conformance(arguments, interrupt).await)?
}

async fn conformance(
    arguments: &Conformance,
    interrupt: &Interrupt,
) -> Result<ExitCode, Box<dyn Error>> {
    let unchanged = || Interrupted("nothing was made".to_owned());
    let live = one_region(connect(&arguments.access).await?)?;
    let wanted = Wanted::read(arguments, &live.place.account)?;
    let now = OffsetDateTime::now_utc();
    let run = Run::begun(now);
    let cause = Cause { incident: format!("conformance.{run}"), ..Cause::default() };
    let account = Account::new(&live.config, live.cognito.clone(), &cause.app_name());
    let steps = Steps::new(step, now);
    let lab = Lab::new(&account, &steps, &cause);
    let (account_id, kept_pool) = (live.place.account.as_str(), wanted.kept_pool());
    let resources = Resources::new(&lab, &run, account_id, kept_pool);

    let old = interrupt.or(leftovers(&lab)).await.ok_or_else(unchanged)?;
    let old = old.map_err(|stop| stop.reason())?;
    tell_leftovers(&old);
    let checked = interrupt.or(checks(&live, &account, &wanted, arguments, &old, now));
    let checks = checked.await.ok_or_else(unchanged)?;
    outln!("Checks");
    for Check { about, outcome } in &checks {
        let (mark, text) = match outcome {
            Outcome::Fine(text) => ("ok", text),
            Outcome::Note(text) => ("note", text),
            Outcome::Refused(text) => ("no", text),
        };
        outln!("  {mark:<4}  {about}: {}", text.replace('\n', "\n        "));
    }
    outln!("\n{}", plan::text(&wanted, &run, &live.place.region, now).trim_end());
    let refused =
        checks.iter().filter(|check| matches!(check.outcome, Outcome::Refused(_))).count();
    if refused > 0 {
        let checks = counted(refused, "check");
        return Err(format!("nothing was made: {checks} above said no, and how to fix it").into());
    }
    if arguments.dry_run {
        outln!("\nNothing was made: --dry-run.");
        return Ok(ExitCode::SUCCESS);
    }
    let question = if old.is_empty() {
        "begin".to_owned()
    } else {
        format!("remove {} of earlier runs, and begin", counted(old.len(), "leftover"))
    };
    if !arguments.yes && !interrupt.or(confirmed(&question)).await.ok_or_else(unchanged)?? {
        outln!("nothing was made");
        return Ok(Exit::Off.into());
    }
    if !old.is_empty() {
        steps.part("What earlier runs left", plan::whole(&wanted));
        let removed = interrupt.or(remove(&lab, &old)).await;
        let left = removed
            .ok_or_else(|| Interrupted("what earlier runs left is partly there".to_owned()))?;
        let left = left.map_err(|stop| stop.reason())?;
        if !left.is_empty() {
            return Err(
                format!("what an earlier run left cannot be removed: {}", left.join("; ")).into()
            );
        }
    }

    let mut report = Report {
        region: live.place.region.clone(),
        partition: live.place.partition.clone(),
        began: Some(now),
        ..Report::default()
    };
    let measuring = experiments::all(&lab, &resources, &wanted, &mut report.found);
    let measured = to_its_end(interrupt, &steps, measuring).await;
    if let Err(early) = measured {
        errln!("\n{early}: what was made is removed; {} leaves it to the next run", early.twice());
    }
    report.left = removed(&resources, &wanted).await;
    let events = match measured {
        // Nobody should wait for the records of calls that were never made.
        Ok(()) if !report.found.has_answers() => {
            Ok(Ok(missing("not looked up: the run did not get as far as a domain")))
        }
        Ok(()) => {
            steps.part("The run's own events", plan::left(&wanted, Part::Events));
            let names: Vec<String> = wanted.names().map(str::to_owned).collect();
            let app_name = cause.app_name();
            let looking = history::read(&lab, &names, &app_name, now);
            to_its_end(interrupt, &steps, looking).await
        }
        Err(early) => Err(early),
    };
    let early = events.as_ref().err().copied();
    report.found.stops.extend(early.map(|early| early.to_string()));
    report.events = match events {
        Ok(Ok(events)) => events,
        Ok(Err(stop)) => missing(&stop.reason()),
        Err(early) => missing(&format!("not looked up to the end: {early}")),
    };
    // Before it is printed: whoever reads that may have gone away.
    let written = write(&arguments.output, &report, &redactor(&wanted, &live));
    let left = match report.left.len() {
        0 => "what it made is removed".to_owned(),
        left => format!("{} to remove; the next run offers to", counted(left, "leftover")),
    };
    if early == Some(Early::Unread) {
        errln!("{left}\n{}", written?);
        return Ok(Exit::ReaderGone.into());
    }
    out!("{}", report.text());
    outln!("\n{}", written?);
    if early == Some(Early::Interrupted) {
        return Err(Interrupted(left).into());
    }
    Ok(report.exit().into())
}

/// Why a run ends before its end. What it made is removed all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Early {
    /// By Ctrl-C.
    Interrupted,
    /// Nobody reads what it prints: nobody could see what it does, or how long it takes.
    Unread,
}

impl Early {
    /// What ends the process at once, the removal too.
    const fn twice(self) -> &'static str {
        match self {
            Self::Interrupted => "Ctrl-C again",
            Self::Unread => "Ctrl-C, pressed twice,",
        }
    }
}

impl fmt::Display for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "somebody interrupted it",
            Self::Unread => "whoever read its output went away",
        })
    }
}

/// What the work gives, unless somebody ends the run before.
async fn to_its_end<T>(
    interrupt: &Interrupt,
    steps: &Steps,
    work: impl Future<Output = T>,
) -> Result<T, Early> {
    match interrupt.or(steps.while_read(work)).await {
        Some(Some(done)) => Ok(done),
        Some(None) => Err(Early::Unread),
        None => Err(Early::Interrupted),
    }
}

fn missing(why: &str) -> Events {
    Events { missing: Some(why.to_owned()), ..Events::default() }
}

/// Removes what the run has made, whatever became of it.
async fn removed(resources: &Resources<'_, '_>, wanted: &Wanted) -> Vec<String> {
    let lab = resources.lab;
    lab.steps.part("Removal", plan::left(wanted, Part::Removal));
    match resources.remove_own().await {
        Ok(left) => {
            if left.is_empty() {
                lab.steps.say("what this run made is gone");
            }
            left
        }
        Err(stop) => vec![stop.reason()],
    }
}

fn one_region(lives: Vec<Live>) -> Result<Live, String> {
    let mut lives = lives.into_iter();
    match (lives.next(), lives.next()) {
        (Some(live), None) => Ok(live),
        (Some(_), Some(_)) => Err("--region: a run is of one region".to_owned()),
        (None, _) => Err("no region".to_owned()),
    }
}

async fn checks(
    live: &Live,
    account: &Account,
    wanted: &Wanted,
    arguments: &Conformance,
    old: &[Leftover],
    now: OffsetDateTime,
) -> Vec<Check> {
    let events = account.events.named("UpdateUserPoolDomain", now).await.map(|_| ());
    let left = old.iter().map(|leftover| leftover.id().to_owned()).collect();
    let facts =
        preflight::look(live, account, wanted, events, arguments.output.exists(), left).await;
    preflight::judge(&facts, wanted, &live.place, now)
}

fn tell_leftovers(old: &[Leftover]) {
    if old.is_empty() {
        return;
    }
    outln!("Left by earlier runs, or of one that goes on now");
    for leftover in old {
        outln!("  run {}: {leftover}", leftover.run());
    }
    outln!();
}

/// What this run knows to be identifiers.
fn redactor(wanted: &Wanted, live: &Live) -> Redactor {
    let Wanted { account, custom, prefix, foreign_domain } = wanted;
    let mut known = vec![(account.clone(), "111122223333")];
    if let Some(custom) = custom {
        known.push((custom.name.clone(), "guard-test.example.com"));
        known.push((custom.parent().to_owned(), "example.com"));
    }
    known.extend(prefix.clone().map(|name| (name, "guard-test")));
    known.extend(foreign_domain.clone().map(|name| (name, "other.example.com")));
    // Of an ARN, what stands behind the account: a role, a user, a session.
    let role = custom.iter().filter_map(|custom| custom.restricted_role_arn.as_deref());
    let names = std::iter::once(live.caller.as_str()).chain(role).flat_map(names_in);
    known.extend(names.map(|name| (name.to_owned(), "example")));
    Redactor::new(known)
}

/// The names in an ARN of IAM or STS, without the words that every such ARN has.
fn names_in(arn: &str) -> impl Iterator<Item = &str> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split('/').filter(|name| !["assumed-role", "role", "root", "user"].contains(name))
}

/// Writes the file, and never over another. Says so, or what would have been in it.
fn write(path: &Path, report: &Report, redactor: &Redactor) -> Result<String, Box<dyn Error>> {
    let text = serde_json::to_string_pretty(&Document::of(report, redactor))?;
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let path = path.display();
    file.and_then(|mut file| writeln!(file, "{text}")).map_err(|error| {
        format!("{path} cannot be written: {error}; this is what it was to say:\n{text}")
    })?;
    Ok(format!(
        "{path}: what was found, without an identifier. docs/conformance.md says how to add it to the table."
    ))
}

/// Prints a step, and ends nothing by itself where nobody reads it: what was made is removed first.
fn step(line: &str) -> io::Result<()> {
    let line = format!("{line}\n");
    let mut out = io::stdout();
    out.write_all(shown(&line).as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests;
