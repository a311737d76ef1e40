//! `guardctl apply`: shows the plan, asks, and then does what the Lambda would.

use std::error::Error;
use std::io::IsTerminal as _;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Status;
use cognito_domain_guard::plan::{Decision, Plan, Purpose, Update};
use cognito_domain_guard::trigger::Cause;
use time::OffsetDateTime;

use crate::live::{Live, Progress, explain};
use crate::look::{Looked, look};
use crate::plan::{Region, plan, text};
use guardctl::arguments::Apply;
use guardctl::declared::read_baseline_to_enforce;
use guardctl::interrupt::{self, Interrupt, Interrupted};
use guardctl::{errln, out, outln};

/// How often to look while waiting. Cognito takes minutes.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A new certificate may take an hour.
const WAIT_AT_MOST: Duration = Duration::from_secs(65 * 60);

pub fn run(arguments: &Apply) -> Result<ExitCode, Box<dyn Error>> {
    let baseline = read_baseline_to_enforce(&arguments.selection.baseline)?;
    interrupt::run(async |interrupt| apply(arguments, &baseline, interrupt).await)?
}

async fn apply(
    arguments: &Apply,
    baseline: &Baseline,
    interrupt: &Interrupt,
) -> Result<ExitCode, Box<dyn Error>> {
    let unchanged = || Interrupted("nothing was changed".to_owned());
    let regions =
        interrupt.or(plan(&arguments.selection, baseline)).await.ok_or_else(unchanged)??;
    out!("{}", text(&regions, baseline));
    let updates: Vec<(&Region, &Looked)> = regions
        .iter()
        .flat_map(|region| region.looked.iter().map(move |looked| (region, looked)))
        .filter(|(_, looked)| matches!(looked.plan.decision, Decision::Update(_)))
        .collect();
    if updates.is_empty() {
        outln!("\nnothing to put back");
        return Ok(crate::plan::exit_code(&regions));
    }
    if !arguments.yes && !interrupt.or(confirmed(updates.len())).await.ok_or_else(unchanged)?? {
        outln!("nothing was changed");
        return Ok(ExitCode::from(2));
    }
    let mut code = worst_of_the_rest(&regions);
    let unsent = |sent: usize| {
        let left = updates.len() - sent;
        Interrupted(format!("{left} of {} updates were not sent", updates.len()))
    };
    for (sent, (region, looked)) in updates.iter().enumerate() {
        let (live, name) = (&region.live, &looked.name);
        let again = looked_again(live, name, &looked.plan, baseline);
        let accepted = match interrupt.or(again).await.ok_or_else(|| unsent(sent))? {
            Ok(update) => send(live, name, &update, interrupt).await,
            Err(problem) => Err(problem),
        };
        let problem = match accepted {
            Err(problem) => Some(problem),
            Ok(()) if arguments.wait => {
                outln!("{name}: accepted");
                match interrupt.or(in_effect(live, name, baseline)).await {
                    Some(result) => {
                        result.map(|()| outln!("{name}: at its baseline, and in effect")).err()
                    }
                    None => {
                        errln!("{name}: not waited for; it goes on at Cognito");
                        None
                    }
                }
            }
            Ok(()) => {
                outln!(
                    "{name}: accepted; Cognito takes up to five minutes, an hour for a certificate"
                );
                None
            }
        };
        if let Some(problem) = problem {
            errln!("{name}: {problem}");
            code = 1;
        }
    }
    if interrupt.came() {
        return Err(Interrupted("every update was sent".to_owned()).into());
    }
    Ok(ExitCode::from(code))
}

/// What the domains that are not put back mean for the exit code.
fn worst_of_the_rest(regions: &[Region]) -> u8 {
    if regions.iter().any(|region| !region.problems.is_empty()) {
        return 1;
    }
    let left = regions.iter().flat_map(|region| &region.looked).any(|looked| {
        !looked.is_at_baseline() && !matches!(looked.plan.decision, Decision::Update(_))
    });
    if left { 2 } else { 0 }
}

/// Asks on the terminal, on a thread of its own: whoever reads a line hears no Ctrl-C.
async fn confirmed(updates: usize) -> Result<bool, Box<dyn Error>> {
    if !std::io::stdin().is_terminal() {
        return Err("there is nobody to ask: pass --yes to apply without asking".into());
    }
    out!("\nsend {updates} update(s) to Cognito? Only \"yes\" counts: ");
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map(|_| answer)
    });
    Ok(answer.await??.trim() == "yes")
}

/// The update from a fresh look, if that leads to what was shown.
async fn looked_again(
    live: &Live,
    name: &str,
    shown: &Plan,
    baseline: &Baseline,
) -> Result<Box<Update>, Box<dyn Error>> {
    let fresh =
        look(live, name, Purpose::Command, baseline).await.map_err(|error| explain(&error))?;
    let (true, Decision::Update(update)) =
        (fresh.plan.decision == shown.decision, fresh.plan.decision)
    else {
        return Err("it has changed since it was shown: look again with guardctl plan".into());
    };
    Ok(update)
}

/// Sends an update and has its answer: an interruption may wait that long.
async fn send(
    live: &Live,
    name: &str,
    update: &Update,
    interrupt: &Interrupt,
) -> Result<(), Box<dyn Error>> {
    let incident = format!("guardctl.{}", OffsetDateTime::now_utc().unix_timestamp());
    let attributes = update.changes.iter().map(|drift| drift.attribute).collect();
    let cause = Cause { incident, attributes, ..Cause::default() };
    let mut sending = pin!(live.cognito.update(&update.request, &cause));
    let answer = match interrupt.or(&mut sending).await {
        Some(answer) => answer,
        None => {
            errln!("{name}: waiting for Cognito's answer; Ctrl-C again leaves without it");
            sending.await
        }
    };
    answer.map_err(|error| explain(&error).into())
}

/// Waits until Cognito is done with an update, and looks at what came of it.
async fn in_effect(live: &Live, name: &str, baseline: &Baseline) -> Result<(), Box<dyn Error>> {
    let began = tokio::time::Instant::now();
    let progress = Progress::new();
    while began.elapsed() < WAIT_AT_MOST {
        let now = look(live, name, Purpose::Command, baseline).await;
        let now = now.map_err(|error| explain(&error))?;
        let domain = now.domain.as_ref().ok_or("it was deleted meanwhile")?;
        if domain.status == Status::Active {
            progress.done();
            return if now.plan.assessment.drifts.is_empty() {
                Ok(())
            } else {
                Err("ACTIVE, and still off its baseline: Cognito ignored a part of it, or \
                     somebody changed it again"
                    .into())
            };
        }
        progress.say(&format!("{name}: {} for {} s", domain.status, began.elapsed().as_secs()));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err("still not ACTIVE after an hour: look at it in the console".into())
}
