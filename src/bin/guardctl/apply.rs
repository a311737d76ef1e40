//! `guardctl apply`: shows the plan, asks, and then does what the Lambda would.

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Status;
use cognito_domain_guard::plan::{Decision, Plan, Purpose, decide};
use cognito_domain_guard::trigger::Cause;
use time::OffsetDateTime;

use crate::live::{Explained, Live, Progress};
use crate::plan::{Region, Selection, plan, read_baseline, text};

/// Put drifted domains back to the baseline, after showing the plan and asking
///
/// Each update is one call, so an interruption leaves nothing half done: what Cognito has accepted
/// goes on there, and the rest was never sent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl apply --domain auth.example.com --wait\n  \
    guardctl apply --yes --region eu-central-1\n\n\
    Exit code: 0 when every domain is at its baseline or was put back, 2 when one is not, 1 when \
    something failed.")]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Wait until Cognito has brought every update into effect
    #[arg(long)]
    wait: bool,
}

/// How often to look while waiting. Cognito takes minutes.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A new certificate may take an hour.
const WAIT_AT_MOST: Duration = Duration::from_secs(65 * 60);

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let baseline = read_baseline(&arguments.selection.baseline)?;
    crate::block_on(apply(arguments, &baseline))?
}

async fn apply(arguments: &Arguments, baseline: &Baseline) -> Result<ExitCode, Box<dyn Error>> {
    let regions = plan(&arguments.selection, baseline).await?;
    print!("{}", text(&regions, baseline.name()));
    let updates = regions
        .iter()
        .flat_map(|region| &region.planned)
        .filter(|planned| matches!(planned.plan.decision, Decision::Update(_)))
        .count();
    if updates == 0 {
        println!("\nnothing to put back");
        return Ok(crate::plan::exit_code(&regions));
    }
    if !arguments.yes && !confirmed(updates)? {
        println!("nothing was changed");
        return Ok(ExitCode::from(2));
    }
    let mut code = worst_of_the_rest(&regions);
    for region in &regions {
        for planned in &region.planned {
            if let Decision::Update(_) = planned.plan.decision {
                let result =
                    put_back(&region.live, &planned.name, &planned.plan, baseline, arguments.wait)
                        .await;
                match result {
                    Ok(done) => println!("{}: {done}", planned.name),
                    Err(problem) => {
                        eprintln!("{}: {problem}", planned.name);
                        code = 1;
                    }
                }
            }
        }
    }
    Ok(ExitCode::from(code))
}

/// What the domains that are not put back mean for the exit code.
fn worst_of_the_rest(regions: &[Region]) -> u8 {
    if regions.iter().any(|region| !region.problems.is_empty()) {
        return 1;
    }
    let left = regions.iter().flat_map(|region| &region.planned).any(|planned| {
        !planned.is_at_baseline() && !matches!(planned.plan.decision, Decision::Update(_))
    });
    if left { 2 } else { 0 }
}

fn confirmed(updates: usize) -> Result<bool, Box<dyn Error>> {
    if !std::io::stdin().is_terminal() {
        return Err("there is nobody to ask: pass --yes to apply without asking".into());
    }
    print!("\nsend {updates} update(s) to Cognito? Only \"yes\" counts: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Puts one domain back, from a fresh look, and only if that leads to what was shown.
async fn put_back(
    live: &Live,
    name: &str,
    shown: &Plan,
    baseline: &Baseline,
    wait: bool,
) -> Result<String, Box<dyn Error>> {
    let domain =
        live.cognito.describe(name).await.map_err(|error| Explained(&error).to_string())?;
    let now = OffsetDateTime::now_utc();
    let fresh = decide(name, domain.as_ref(), Purpose::Command, baseline, &live.identity, now);
    let (Decision::Update(update), true) = (&fresh.decision, fresh.decision == shown.decision)
    else {
        return Err("it has changed since it was shown: look again with guardctl plan".into());
    };
    let cause = Cause { incident: format!("guardctl.{}", now.unix_timestamp()), changed_at: None };
    live.cognito
        .update(&update.request, &cause)
        .await
        .map_err(|error| Explained(&error).to_string())?;
    if !wait {
        return Ok("accepted; Cognito takes up to five minutes, an hour for a certificate".into());
    }
    let began = tokio::time::Instant::now();
    let progress = Progress::new();
    while began.elapsed() < WAIT_AT_MOST {
        let described =
            live.cognito.describe(name).await.map_err(|error| Explained(&error).to_string())?;
        let domain = described.ok_or("it was deleted meanwhile")?;
        if domain.status == Status::Active {
            progress.done();
            let now = OffsetDateTime::now_utc();
            let after =
                decide(name, Some(&domain), Purpose::Command, baseline, &live.identity, now);
            return if after.assessment.drifts.is_empty() {
                Ok("at its baseline, and in effect".to_owned())
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
