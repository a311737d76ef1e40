//! `guardctl allow`, `pause`, `resume`, `overrides` and `undo`: what a person allows or stops for a while.
//!
//! The rule: an override is made before the update that it is for, so that the guard does not revert it again;
//! and whatever does not work says what is in force by then.

pub mod aws;
pub mod draft;
pub mod in_force;
mod incident;
mod names;
mod restore;
pub mod tell;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use cognito_domain_guard::baseline::{Baseline, Effect};
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::domain::Attribute;
use cognito_domain_guard::overrides::{Content, DEFAULT_LONGEST, Override, Overrides, State};
use cognito_domain_guard::text::counted;
use cognito_domain_guard::when::rfc3339;
use guardctl::arguments::{
    Access, Allow, GuardAt, Overrides as List, OverridesFormat, Pause, Records, Resume, STACK,
    Sending, Terms, Undo,
};
use guardctl::exit::Exit;
use guardctl::interrupt::{self, Interrupt, Interrupted};
use guardctl::{errln, out, outln};
use time::{Duration, OffsetDateTime};

use self::aws::{Logs, Parameters};
use self::draft::{Asked, Draft, name_in, no_baseline};
use self::incident::{Reverted, Which, only, reverted};
use self::names::{names_for, of_the_guard};
use self::restore::{Restore, Restored};
use crate::confirm::confirmed;
use crate::live::{Live, Progress, connect};
use crate::shell::word;
use crate::stack::{self, Stack};
use crate::unread::explain;

/// The guard whose overrides they are.
struct Guard {
    live: Live,
    stack: Option<Stack>,
    parameters: Parameters,
}

impl Guard {
    async fn find(at: &GuardAt) -> Result<Self, Box<dyn Error>> {
        let GuardAt { stack, path, guard_region, profile } = at;
        let region = guard_region.iter().cloned().collect();
        let access = Access { region, profile: profile.clone() };
        let live = connect(&access).await?.into_iter().next().ok_or("no region")?;
        let (stack, path) = match path {
            Some(path) => (None, path.trim_end_matches('/').to_owned()),
            None => {
                let stack = stack::find(&live.config, stack, ("--guard-region", "--path")).await?;
                let path = stack.required("OverridesPath")?.to_owned();
                (Some(stack), path)
            }
        };
        let parameters = Parameters::new(&live.config, path);
        Ok(Self { live, stack, parameters })
    }

    /// How long an override may last.
    fn longest(&self) -> Duration {
        longest(self.stack.as_ref())
    }

    fn region(&self) -> &str {
        &self.live.place.region
    }

    /// The override that somebody asks for; names of accounts are that baseline's.
    fn draft(&self, asked: &Asked<'_>, baseline: &Baseline) -> Result<Draft, Box<dyn Error>> {
        let longest = self.longest();
        if asked.terms.lasts > longest {
            return Err(format!(
                "--for {}: an override may last {} (OverrideMaxHours of the stack); declare an exemption in the \
                 baseline for what should last longer",
                tell::length(asked.terms.lasts),
                tell::length(longest)
            )
            .into());
        }
        let by = name_in(&self.live.caller);
        let now = OffsetDateTime::now_utc();
        let draft = Draft::new(self.parameters.path(), asked, baseline, by, now);
        draft.map_err(|problem| format!("no such override can be made: {problem}").into())
    }

    /// All overrides; names of accounts in them are that baseline's.
    async fn all(&self, baseline: &Baseline) -> Result<Overrides, Box<dyn Error>> {
        let path = self.parameters.path();
        let parameters = self.parameters.all().await.map_err(|error| explain(path, &error))?;
        Ok(Overrides::read(path, parameters, baseline, self.longest()))
    }

    /// Makes an override. One of that very name and text was made by an attempt without an answer.
    async fn make(&self, draft: &Draft) -> Result<(), Box<dyn Error>> {
        let error = match self.parameters.make(&draft.parameter, &draft.text).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if error.code.as_deref() == Some("ParameterAlreadyExists") {
            let path = self.parameters.path();
            let all = self.parameters.all().await.map_err(|error| explain(path, &error))?;
            if all.iter().any(|one| one.name == draft.parameter && one.value == draft.text) {
                return Ok(());
            }
        }
        Err(self.refused(draft.id(), &error, &tell::put_command(draft, self.region())))
    }

    async fn remove(&self, parameter: &str) -> Result<(), Box<dyn Error>> {
        match self.parameters.remove(parameter).await {
            Ok(()) => Ok(()),
            // Somebody was quicker.
            Err(error) if error.code.as_deref() == Some("ParameterNotFound") => Ok(()),
            Err(error) => Err(self.refused(
                parameter,
                &error,
                &tell::delete_command(parameter, self.region()),
            )),
        }
    }

    /// A call that failed, with the command for whoever may make it.
    fn refused(&self, what: &str, error: &CallError, command: &str) -> Box<dyn Error> {
        match error.failure {
            Failure::Denied => {
                format!("{}\nor have somebody on call run:\n{command}", explain(what, error)).into()
            }
            Failure::Busy
            | Failure::Throttled
            | Failure::Unavailable
            | Failure::Rejected
            | Failure::Gone => explain(what, error).into(),
        }
    }

    /// The lines of the guard's log that have that term.
    async fn log(&self, records: &Records, term: &str) -> Result<Vec<String>, Box<dyn Error>> {
        let Records { within, log_group } = records;
        let groups: Vec<String> = match (log_group.as_slice(), &self.stack) {
            ([], Some(stack)) => ["GuardLogs", "SweepLogs"]
                .into_iter()
                .map(|name| stack.required(name).map(str::to_owned))
                .collect::<Result<_, _>>()?,
            ([], None) => return Err("--path names no log: pass --log-group too".into()),
            (named, _) => named.to_vec(),
        };
        let (logs, progress) = (Logs::new(&self.live.config), Progress::new());
        let since = OffsetDateTime::now_utc().saturating_sub(*within);
        let mut lines = Vec::new();
        for group in &groups {
            let say = |found: usize| progress.say(&format!("reading {group}: {found} lines found"));
            let found = logs.lines_with(group, term, since, say).await;
            progress.done();
            lines.extend(found.map_err(|error| explain(group, &error))?);
        }
        Ok(lines)
    }
}

/// How long an override may last; the template's own default where no stack says it.
fn longest(stack: Option<&Stack>) -> Duration {
    let output = stack.and_then(|stack| stack.output("OverrideMaxHours"));
    output.and_then(|hours| hours.parse().ok()).map_or(DEFAULT_LONGEST, Duration::hours)
}

pub fn allow(arguments: &Allow) -> Result<ExitCode, Box<dyn Error>> {
    let Allow { domain, attributes, terms, restore, records, scope, sending, guard: at } =
        arguments;
    let baseline = names_for(scope)?;
    interrupt::run(async |interrupt| {
        let preparing = async {
            let guard = Guard::find(at).await?;
            let asked = Asked {
                domain,
                attributes: Some(attributes),
                accounts: &scope.account,
                regions: &scope.region,
                terms,
            };
            let draft = guard.draft(&asked, &baseline)?;
            let mut restores = Vec::new();
            if *restore {
                let lines = guard.log(records, domain).await?;
                let (found, unread) = reverted(&lines, Which::Domain(domain));
                let [accounts, regions] = draft.read.scope.values().map(Option::unwrap_or_default);
                let mut one = only(found, domain, accounts, regions)?.ok_or_else(|| {
                    nothing_reverted(&format!("{domain} was reverted"), records.within, unread)
                })?;
                one.values.retain(|attribute, _| attributes.contains(attribute));
                if let Some(missing) = attributes.iter().find(|name| !one.values.contains_key(name))
                {
                    let what = format!("{missing} of {domain} was reverted");
                    return Err(nothing_reverted(&what, records.within, unread).into());
                }
                restores.push(Restore::prepare(one, domain_profile(sending, at)).await?);
            }
            Ok((guard, vec![draft], restores))
        };
        let (guard, drafts, restores) = prepared(interrupt, preparing).await?;
        carry_out(&guard, &drafts, &restores, terms.lasts, sending, interrupt).await
    })?
}

pub fn pause(arguments: &Pause) -> Result<ExitCode, Box<dyn Error>> {
    let Pause { domain, terms, scope, yes, guard: at } = arguments;
    let baseline = names_for(scope)?;
    interrupt::run(async |interrupt| {
        let preparing = async {
            let guard = Guard::find(at).await?;
            let asked = Asked {
                domain: domain.as_deref().unwrap_or("*"),
                attributes: None,
                accounts: &scope.account,
                regions: &scope.region,
                terms,
            };
            let draft = guard.draft(&asked, &baseline)?;
            Ok((guard, draft))
        };
        let (guard, draft) = prepared(interrupt, preparing).await?;
        let sending = Sending { domain_profile: None, wait: false, yes: *yes };
        carry_out(&guard, &[draft], &[], terms.lasts, &sending, interrupt).await
    })?
}

pub fn undo(arguments: &Undo) -> Result<ExitCode, Box<dyn Error>> {
    let Undo { incident, terms, records, sending, guard: at } = arguments;
    // It is a term of a filter, between quotes.
    if incident.is_empty()
        || !incident.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    {
        return Err("INCIDENT is as a notice names it: letters, digits, dots and hyphens".into());
    }
    interrupt::run(async |interrupt| {
        let preparing = async {
            let guard = Guard::find(at).await?;
            let lines = guard.log(records, incident).await?;
            let (found, unread) = reverted(&lines, Which::Incident(incident));
            if found.is_empty() {
                let what = format!("the incident {incident} reverted something");
                return Err(nothing_reverted(&what, records.within, unread).into());
            }
            let (mut drafts, mut restores) = (Vec::new(), Vec::new());
            let nameless = no_baseline()?;
            for one in found {
                drafts.push(guard.draft(&of_reverted(&one, &guard, terms).asked(), &nameless)?);
                restores.push(Restore::prepare(one, domain_profile(sending, at)).await?);
            }
            Ok((guard, drafts, restores))
        };
        let (guard, drafts, restores) = prepared(interrupt, preparing).await?;
        carry_out(&guard, &drafts, &restores, terms.lasts, sending, interrupt).await
    })?
}

/// The override for what was reverted. Of another place than the guard's own it names the place.
struct OfReverted<'a> {
    domain: &'a str,
    attributes: Vec<Attribute>,
    accounts: Vec<String>,
    regions: Vec<String>,
    terms: &'a Terms,
}

fn of_reverted<'a>(one: &'a Reverted, guard: &Guard, terms: &'a Terms) -> OfReverted<'a> {
    let Reverted { domain, account, region, values } = one;
    let is_here = *account == guard.live.place.account && region == guard.region();
    let of_place = |value: &String| if is_here { Vec::new() } else { vec![value.clone()] };
    OfReverted {
        domain,
        attributes: values.keys().copied().collect(),
        accounts: of_place(account),
        regions: of_place(region),
        terms,
    }
}

impl OfReverted<'_> {
    fn asked(&self) -> Asked<'_> {
        Asked {
            domain: self.domain,
            attributes: Some(&self.attributes),
            accounts: &self.accounts,
            regions: &self.regions,
            terms: self.terms,
        }
    }
}

fn nothing_reverted(what: &str, within: Duration, unread: usize) -> String {
    let unread = match unread {
        0 => String::new(),
        count => format!("; {count} lines are of another version, or cut: use a newer guardctl"),
    };
    format!(
        "no record of the last {} in the guard's log says that {what}{unread}. To allow it without restoring it, \
         use guardctl allow",
        tell::length(within)
    )
}

fn domain_profile<'a>(sending: &'a Sending, at: &'a GuardAt) -> Option<&'a str> {
    sending.domain_profile.as_deref().or(at.profile.as_deref())
}

/// What is needed before anybody is asked: it only reads, so an interruption drops it.
async fn prepared<T>(
    interrupt: &Interrupt,
    preparing: impl Future<Output = Result<T, Box<dyn Error>>>,
) -> Result<T, Box<dyn Error>> {
    interrupt.or(preparing).await.ok_or_else(unchanged)?
}

fn unchanged() -> Interrupted {
    Interrupted("nothing was changed".to_owned())
}

/// Shows it, asks, makes the overrides and sends the updates.
async fn carry_out(
    guard: &Guard,
    drafts: &[Draft],
    restores: &[Restore],
    lasts: Duration,
    sending: &Sending,
    interrupt: &Interrupt,
) -> Result<ExitCode, Box<dyn Error>> {
    for draft in drafts {
        out!("{}", tell::draft(draft, lasts));
    }
    for restore in restores {
        out!("{}", restore.text());
    }
    let due: Vec<&Restore> = restores.iter().filter(|restore| restore.is_due()).collect();
    let question = match due.len() {
        0 => format!("make {}", counted(drafts.len(), "override")),
        count => {
            let updates = counted(count, "update");
            format!("make {}, and send {updates} to Cognito", counted(drafts.len(), "override"))
        }
    };
    if !sending.yes && !interrupt.or(confirmed(&question)).await.ok_or_else(unchanged)?? {
        outln!("nothing was changed");
        return Ok(Exit::Off.into());
    }
    // The answer to a call that makes something is always waited for.
    for draft in drafts {
        guard.make(draft).await?;
        outln!("{} is in force until {}", draft.id(), rfc3339(draft.read.until));
    }
    let mut failed = false;
    for (sent, restore) in due.iter().enumerate() {
        let not_sent = || {
            let left = counted(due.len() - sent, "update");
            Interrupted(format!("{} in force; not sent: {left}", counted(drafts.len(), "override")))
        };
        if interrupt.came() {
            return Err(not_sent().into());
        }
        match restore.send(sending.wait, interrupt).await {
            Ok(Restored::Done) => {}
            Ok(Restored::NotSent) => return Err(not_sent().into()),
            Err(problem) => {
                errln!(
                    "{}: not restored, though the override is in force: {problem}",
                    restore.domain()
                );
                failed = true;
            }
        }
    }
    let first = drafts.first().map(Draft::id).unwrap_or_default();
    outln!("to end it before its time: guardctl resume {first}{}", guard.as_options());
    Ok(if failed { Exit::Failed } else { Exit::Good }.into())
}

impl Guard {
    /// By which options another command finds this guard.
    fn as_options(&self) -> String {
        let region = format!(" --guard-region {}", self.region());
        match &self.stack {
            Some(stack) if stack.name == STACK => region,
            Some(stack) => format!(" --stack {}{region}", stack.name),
            None => format!(" --path {}{region}", word(self.parameters.path())),
        }
    }
}

pub fn resume(arguments: &Resume) -> Result<ExitCode, Box<dyn Error>> {
    let Resume { which, baseline, yes, guard: at } = arguments;
    let baseline = of_the_guard(baseline.as_deref())?;
    interrupt::run(async |interrupt| {
        let preparing = async {
            let guard = Guard::find(at).await?;
            let all = guard.all(&baseline).await?;
            Ok((guard, all))
        };
        let (guard, all) = prepared(interrupt, preparing).await?;
        let now = OffsetDateTime::now_utc();
        let ended: Vec<&Override> =
            all.iter().filter(|one| is_meant(one, which.as_deref())).collect();
        if ended.is_empty() {
            let what = which.as_deref().unwrap_or("pause of every domain");
            outln!("there is no {what} below {}", guard.parameters.path());
            outln!("see what there is: guardctl overrides{}", guard.as_options());
            return Ok(Exit::Good.into());
        }
        for one in &ended {
            out!("{}", tell::shown(one, None, now));
        }
        let question = format!("end {}", counted(ended.len(), "override"));
        if !yes && !interrupt.or(confirmed(&question)).await.ok_or_else(unchanged)?? {
            outln!("nothing was changed");
            return Ok(Exit::Off.into());
        }
        for (removed, one) in ended.iter().enumerate() {
            if interrupt.came() {
                let left = counted(ended.len() - removed, "override");
                return Err(Interrupted(format!("not ended: {left}")).into());
            }
            guard.remove(&one.parameter).await?;
            outln!("{} is ended", one.id);
        }
        Ok(Exit::Good.into())
    })?
}

/// Whether somebody who says that means this override.
fn is_meant(one: &Override, which: Option<&str>) -> bool {
    let named = match &one.content {
        Content::Sound(text) => Some(text.pattern.as_str()),
        Content::Unsound(unsound) => unsound.pattern.as_ref().map(|pattern| pattern.as_str()),
    };
    match which {
        Some(which) => {
            one.id == which || named.is_some_and(|named| named.eq_ignore_ascii_case(which))
        }
        None => match &one.content {
            Content::Sound(text) => text.effect == Effect::Pause && named == Some("*"),
            // It holds every domain, too.
            Content::Unsound(_) => named.is_none(),
        },
    }
}

pub fn list(arguments: &List) -> Result<ExitCode, Box<dyn Error>> {
    let List { format, baseline, guard: at } = arguments;
    let baseline = of_the_guard(baseline.as_deref())?;
    interrupt::block_on(async {
        let guard = Guard::find(at).await?;
        let all = guard.all(&baseline).await?;
        let writers = match guard.parameters.writers().await {
            Ok(writers) => writers,
            Err(error) => {
                errln!("who wrote them is unknown: {error}");
                BTreeMap::new()
            }
        };
        let now = OffsetDateTime::now_utc();
        match format {
            OverridesFormat::Json => {
                outln!("{}", serde_json::to_string_pretty(&tell::json(&all, &writers, now))?);
            }
            OverridesFormat::Text if all.iter().next().is_none() => {
                outln!("no overrides below {} in {}", guard.parameters.path(), guard.region());
            }
            OverridesFormat::Text => out!("{}", tell::list(&all, &writers, now)),
        }
        let holds = all.iter().any(|one| one.state(now) == State::Holds);
        Ok(if holds { Exit::Off } else { Exit::Good }.into())
    })?
}
