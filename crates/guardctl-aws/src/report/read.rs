//! Reads the evidence: from the account, or from files that other commands wrote. What cannot be read is kept
//! as a reason, and stops nothing else.

use std::error::Error;
use std::path::PathBuf;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::place::Place;
use guardctl::arguments::{Access, Across, DEPLOYED, Report as Arguments, Selection};
use guardctl::input::{each_line, read_document};
use serde_json::Value;
use time::OffsetDateTime;

use super::evidence::{self, Examined};
use super::history::Lines;
use super::model::Evidence;
use super::posture::Posture;
use crate::doctor;
use crate::live::{Live, Progress, connect};
use crate::organization::Organization;
use crate::overrides::aws::Logs;
use crate::plan::{across_all, ask_endpoints, plan, to_json};
use crate::stack;
use crate::unread::explain;

/// A word that every record line has.
const TERM: &str = "schema_version";

/// Reads everything that the arguments name.
pub async fn read<'a>(
    arguments: &Arguments,
    baseline: Option<&'a Baseline>,
    [since, until]: [OffsetDateTime; 2],
) -> Evidence<'a> {
    let guard = if arguments.offline {
        Err("no account was asked (--offline)".to_owned())
    } else {
        guard(arguments).await.map_err(|error| error.to_string())
    };
    let (mut problems, mut log_begins) = (Vec::new(), None);
    let records = if arguments.records.is_empty() {
        match &guard {
            Ok(guard) => {
                let read = logged(arguments, guard, [since, until], &mut problems).await;
                read.map(|(lines, from, begins)| {
                    log_begins = begins;
                    (lines, from)
                })
            }
            Err(why) => Err(why.clone()),
        }
    } else {
        from_files(&arguments.records, [since, until])
    };
    let organization = if arguments.across.organization {
        Some(organization(arguments).await.map_err(|error| error.to_string()))
    } else {
        None
    };
    let doctor = if arguments.doctor.is_empty() {
        match (&guard, &organization) {
            (Ok(guard), None) => examine(arguments, guard, None).await,
            (Ok(guard), Some(Ok(all))) => examine(arguments, guard, Some(all)).await,
            (Err(why), _) | (Ok(_), Some(Err(why))) => Err(why.clone()),
        }
    } else {
        examined(&arguments.doctor)
    };
    let posture = if arguments.plan.is_empty() {
        live_domains(arguments, baseline, organization).await
    } else {
        planned(&arguments.plan)
    };
    let guard_at = guard.ok().map(|guard| guard.live.place);
    Evidence { since, until, records, log_begins, posture, doctor, baseline, guard_at, problems }
}

/// The guard whose log is read.
struct Guard {
    live: Live,
    stack: Result<stack::Stack, String>,
}

async fn organization(arguments: &Arguments) -> Result<Organization, Box<dyn Error>> {
    let Access { region, profile } = &arguments.access;
    let across =
        Across { hub_region: guard_region(arguments).cloned(), ..arguments.across.clone() };
    Organization::seen_from(&across, profile.as_deref(), region, &arguments.stack).await
}

/// A hub's region and a guard's are one: both options name it.
fn guard_region(arguments: &Arguments) -> Option<&String> {
    arguments.guard_region.as_ref().or(arguments.across.hub_region.as_ref())
}

async fn guard(arguments: &Arguments) -> Result<Guard, Box<dyn Error>> {
    let access = Access {
        region: guard_region(arguments).into_iter().cloned().collect(),
        profile: arguments.access.profile.clone(),
    };
    let live = connect(&access).await?.into_iter().next().ok_or("no region")?;
    let instead = ("--guard-region", "--log-group");
    let stack = stack::find(&live.config, &arguments.stack, instead).await;
    Ok(Guard { live, stack })
}

type Logged = (Lines, String, Option<(OffsetDateTime, String)>);

/// The record lines of the guard's log groups, and since when there can be any.
async fn logged(
    arguments: &Arguments,
    guard: &Guard,
    [since, until]: [OffsetDateTime; 2],
    problems: &mut Vec<String>,
) -> Result<Logged, String> {
    let groups: Vec<String> = match (arguments.log_group.as_slice(), &guard.stack) {
        ([], Err(why)) => return Err(why.clone()),
        ([], Ok(stack)) => ["GuardLogs", "SweepLogs"]
            .into_iter()
            .map(|name| stack.required(name).map(str::to_owned).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?,
        (named, _) => named.to_vec(),
    };
    let (logs, progress) = (Logs::new(&guard.live.config), Progress::new());
    // What a group keeps is counted back from today, wherever the window ends.
    let now = OffsetDateTime::now_utc();
    let mut lines = Lines::of([since, until]);
    let mut begins: Option<(OffsetDateTime, String)> = None;
    for group in &groups {
        let mut found = 0;
        let add = |line: &str| {
            lines.add(line);
            found += 1;
            if found % 1_000 == 0 {
                progress.say(&format!("reading {group}: {found} lines found"));
            }
        };
        let read = logs.each_line_with(group, TERM, [since, until], add).await;
        progress.done();
        read.map_err(|error| explain(group, &error))?;
        match logs.kept_since(group, now).await {
            // The report can only be as old as the youngest of the logs is.
            Ok(Some((since, why))) if begins.as_ref().is_none_or(|(known, _)| *known < since) => {
                begins = Some((since, why));
            }
            Ok(_) => {}
            Err(error) => {
                problems.push(format!("Since when {group} has lines is not known: {error}"));
            }
        }
    }
    let Place { account, region, .. } = &guard.live.place;
    let from = format!(
        "record lines of {} in account {account} {region}, by logs:FilterLogEvents",
        groups.join(" and ")
    );
    Ok((lines, from, begins))
}

/// Lines of a log, or what `aws logs filter-log-events` prints. A file is taken line by line: one of ninety days may
/// be larger than memory.
fn from_files(paths: &[PathBuf], window: [OffsetDateTime; 2]) -> Result<(Lines, String), String> {
    let (mut lines, mut names) = (Lines::of(window), Vec::new());
    for path in paths {
        let (mut is_first, mut document) = (true, None::<String>);
        let read = each_line(path, |line| {
            if std::mem::take(&mut is_first) && begins_a_document(line) {
                document = Some(String::new());
            }
            match &mut document {
                Some(document) => {
                    document.push_str(line);
                    document.push('\n');
                }
                None => lines.add(line),
            }
        });
        let name = read.map_err(|error| error.to_string())?;
        if let Some(document) = document {
            let exported: Value = serde_json::from_str(&document)
                .map_err(|error| format!("{name} is no JSON: {error}"))?;
            let events = exported.get("events").and_then(Value::as_array).into_iter().flatten();
            let messages = events.filter_map(|event| event.get("message")?.as_str());
            messages.for_each(|message| lines.add(message));
        }
        names.push(name);
    }
    if lines.len() == 0 && lines.unread() == 0 {
        return Err(format!("{} has no record line of the guard", names.join(" and ")));
    }
    Ok((lines, format!("record lines from {}", names.join(" and "))))
}

/// Whether it is the first line of what the AWS CLI prints: the bracket alone, or all of it in one line.
fn begins_a_document(line: &str) -> bool {
    let line: String = line.split_whitespace().collect();
    line == "{" || line.starts_with("{\"events\":")
}

async fn live_domains(
    arguments: &Arguments,
    baseline: Option<&Baseline>,
    organization: Option<Result<Organization, String>>,
) -> Result<(Posture, String), String> {
    if arguments.offline {
        return Err("no account was asked (--offline), and no --plan was given".to_owned());
    }
    let baseline =
        baseline.ok_or("no baseline was given to hold them against (--baseline)".to_owned())?;
    let Access { region, profile } = &arguments.access;
    let selection = Selection {
        baseline: arguments.baseline.clone().unwrap_or_else(|| DEPLOYED.into()),
        domain: Vec::new(),
        stack: arguments.stack.clone(),
        access: Access { region: region.clone(), profile: profile.clone() },
    };
    let (mut regions, through) = match organization {
        Some(organization) => {
            let regions = across_all(organization?, &selection, baseline).await;
            (regions, ", in each account and region of the organization by its reader role")
        }
        None => {
            let regions = plan(&selection, baseline).await;
            (regions.map_err(|error| error.to_string())?, "")
        }
    };
    if arguments.probe {
        ask_endpoints(&mut regions, arguments.connect.as_ref()).await;
    }
    let document = to_json(&regions, baseline, OffsetDateTime::now_utc());
    let document = document.map_err(|error| error.to_string())?;
    let posture = Posture::of(evidence::planned(document)?).ok_or("no region was looked at")?;
    let from = "each domain described now, by cognito-idp:DescribeUserPoolDomain";
    Ok((posture, format!("{from}{through}")))
}

fn planned(paths: &[PathBuf]) -> Result<(Posture, String), String> {
    let (documents, from) = documents(paths, evidence::planned)?;
    let posture = Posture::of(documents).ok_or_else(|| format!("{from} has no account"))?;
    Ok((posture, format!("guardctl plan, from {from}")))
}

async fn examine(
    arguments: &Arguments,
    guard: &Guard,
    organization: Option<&Organization>,
) -> Result<(Vec<Examined>, String), String> {
    let stack = guard.stack.clone()?;
    let document = doctor::examined(&guard.live, stack, organization).await;
    let examined = evidence::examined(document.map_err(|error| error.to_string())?)?;
    let members = if organization.is_some() { " --organization" } else { "" };
    Ok((examined, format!("guardctl doctor --stack {}{members}", arguments.stack)))
}

fn examined(paths: &[PathBuf]) -> Result<(Vec<Examined>, String), String> {
    let (documents, from) = documents(paths, evidence::examined)?;
    Ok((documents, format!("guardctl doctor, from {from}")))
}

/// What is in all these files together.
fn documents<T>(
    paths: &[PathBuf],
    read: fn(Value) -> Result<Vec<T>, String>,
) -> Result<(Vec<T>, String), String> {
    let (mut all, mut names) = (Vec::new(), Vec::new());
    for path in paths {
        let (name, text) = read_document(path).map_err(|error| error.to_string())?;
        let document =
            serde_json::from_str(&text).map_err(|error| format!("{name} is no JSON: {error}"))?;
        all.extend(read(document).map_err(|problem| format!("{name} {problem}"))?);
        names.push(name);
    }
    Ok((all, names.join(" and ")))
}
