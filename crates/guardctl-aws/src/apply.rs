//! `guardctl apply`: shows the plan, asks, and then does what the Lambda would.

use std::error::Error;
use std::process::ExitCode;
use std::slice;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Status;
use cognito_domain_guard::plan::{Decision, Purpose, Update};
use cognito_domain_guard::text::{counted, harmless};

use crate::confirm::confirmed;
use crate::live::{Live, Progress};
use crate::look::{Looked, Standing, look};
use crate::overrides::in_force::InForce;
use crate::plan::{Region, not_compared, plan, text};
use crate::sending::{LOOK_EVERY, WAIT_AT_MOST, send};
use crate::unread::{explain, explained};
use guardctl::arguments::Apply;
use guardctl::declared::read_baseline_to_enforce;
use guardctl::exit::Exit;
use guardctl::interrupt::{self, Interrupt, Interrupted};
use guardctl::{errln, out, outln};

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
    if let Some(problem) = not_compared(&regions, baseline) {
        return Err(problem.into());
    }
    let updates = updates(&regions);
    let left = say_what_is_left(&regions, updates.len());
    if updates.is_empty() {
        return Ok(left.into());
    }
    let question = format!("send {} to Cognito", counted(updates.len(), "update"));
    if !arguments.yes && !interrupt.or(confirmed(&question)).await.ok_or_else(unchanged)?? {
        outln!("nothing was changed");
        return Ok(Exit::Off.into());
    }
    let (sent, mut failed) = send_all(&updates, baseline, interrupt).await?;
    if arguments.wait {
        failed |= wait_for_all(sent, baseline, interrupt).await;
    } else if !sent.is_empty() {
        outln!("Cognito takes up to five minutes, an hour for a certificate; --wait waits for it");
    }
    if interrupt.came() {
        return Err(Interrupted("every update was sent".to_owned()).into());
    }
    Ok(if failed { Exit::Failed } else { left }.into())
}

/// A domain that is put back, and where it is.
#[derive(Clone, Copy)]
struct Target<'a> {
    live: &'a Live,
    in_force: &'a InForce,
    looked: &'a Looked,
}

fn updates(regions: &[Region]) -> Vec<Target<'_>> {
    let all = regions.iter().flat_map(
        |Region { place: _, live, in_force, looked, problems: _, asked: _ }| {
            let looked = looked.iter();
            looked.filter_map(move |looked| Some(Target { live: live.as_ref()?, in_force, looked }))
        },
    );
    all.filter(|target| matches!(target.looked.plan.decision, Decision::Update(_))).collect()
}

/// Says which domains stay as they are although they are not as declared, and why. What they mean for the
/// exit code is the result.
fn say_what_is_left(regions: &[Region], updates: usize) -> Exit {
    let (mut left, mut exit) = (Vec::new(), Exit::Good);
    for looked in regions.iter().flat_map(|region| &region.looked) {
        if looked.standing() == Standing::Off
            && !matches!(looked.plan.decision, Decision::Update(_))
        {
            exit = Exit::Off;
        }
        if let Some(reason) = looked.why_left() {
            left.push(format!("  {}: {}", harmless(&looked.name), harmless(&reason)));
        }
    }
    let unread: usize = regions.iter().map(|region| region.problems.len()).sum();
    match (updates, left.len()) {
        (0, 0) if unread == 0 => outln!("\nnothing to put back"),
        (0, 0) => outln!("\nnothing to put back among what could be read"),
        (0, count) => outln!("\nnothing is put back; left unchanged ({count}):"),
        (updates, 0) => outln!("\nto put back: {}", counted(updates, "domain")),
        (updates, count) => {
            outln!("\nto put back: {}; left unchanged ({count}):", counted(updates, "domain"));
        }
    }
    for line in left {
        outln!("{line}");
    }
    if unread > 0 { Exit::Failed } else { exit }
}

/// Sends each update, and gives those that were accepted and whether one failed.
async fn send_all<'a>(
    updates: &[Target<'a>],
    baseline: &Baseline,
    interrupt: &Interrupt,
) -> Result<(Vec<Target<'a>>, bool), Interrupted> {
    let (mut accepted, mut failed) = (Vec::new(), false);
    for (done, target) in updates.iter().enumerate() {
        let again = looked_again(*target, baseline);
        let Some(fresh) = interrupt.or(again).await else {
            let left = updates.len() - done;
            return Err(Interrupted(format!("{left} of {} updates were not sent", updates.len())));
        };
        let sent = match fresh {
            Ok(update) => {
                let Target { live, in_force: _, looked } = *target;
                let attributes = update.changes.iter().map(|drift| drift.attribute).collect();
                let answer = send(live, &update.request, attributes, interrupt).await;
                answer.map_err(|error| explain(&looked.name, &error))
            }
            Err(problem) => Err(problem),
        };
        match sent {
            Ok(()) => {
                outln!("{}: accepted", harmless(&target.looked.name));
                accepted.push(*target);
            }
            Err(problem) => {
                errln!("error: {problem}");
                failed = true;
            }
        }
    }
    Ok((accepted, failed))
}

/// The update from a fresh look, if that leads to what was shown. An override may have come meanwhile, too.
async fn looked_again(
    Target { live, in_force, looked }: Target<'_>,
    baseline: &Baseline,
) -> Result<Box<Update>, String> {
    let name = &looked.name;
    let in_force = in_force.anew();
    let fresh = look(live, name, Purpose::Command, baseline, &in_force).await;
    let fresh = fresh.map_err(|error| explain(name, &error))?;
    if let Some(problem) = in_force.problem() {
        let why = explained(slice::from_ref(problem)).concat();
        return Err(format!("{}: nothing was sent, as {why}", harmless(name)));
    }
    match fresh.plan.decision {
        Decision::Update(update) if looked.plan.decision == Decision::Update(update.clone()) => {
            Ok(update)
        }
        Decision::Update(_)
        | Decision::InSync
        | Decision::Restored
        | Decision::NotRestored
        | Decision::Hold(_)
        | Decision::Refuse(_)
        | Decision::Exempt
        | Decision::AuditOnly
        | Decision::Pause(_)
        | Decision::Withhold(_)
        | Decision::ReadOverrides
        | Decision::Unmanaged
        | Decision::Gone => Err(format!(
            "{}: it has changed since it was shown, so nothing was sent: look again with guardctl plan",
            harmless(name)
        )),
    }
}

/// Waits until Cognito is done with every update, and says what came of each. Gives whether one is not in
/// effect.
async fn wait_for_all(sent: Vec<Target<'_>>, baseline: &Baseline, interrupt: &Interrupt) -> bool {
    let began = tokio::time::Instant::now();
    let progress = Progress::new();
    let (mut waiting, mut failed) = (sent, false);
    while !waiting.is_empty() {
        let mut still = Vec::new();
        for target in waiting {
            let name = harmless(&target.looked.name);
            let Some(now) = interrupt.or(in_effect(target, baseline)).await else {
                still.push(target);
                continue;
            };
            match now {
                Ok(Some(Status::Active)) => {
                    progress.done();
                    outln!("{name}: at its baseline, and in effect");
                }
                Ok(Some(status)) => {
                    progress.say(&format!("{name}: {status} for {} s", began.elapsed().as_secs()));
                    still.push(target);
                }
                Ok(None) => {
                    progress.done();
                    errln!("error: {name}: it was deleted meanwhile");
                    failed = true;
                }
                Err(problem) => {
                    progress.done();
                    errln!("error: {problem}");
                    failed = true;
                }
            }
        }
        waiting = still;
        let is_over = began.elapsed() >= WAIT_AT_MOST;
        let pause = tokio::time::sleep(LOOK_EVERY);
        if is_over || (!waiting.is_empty() && interrupt.or(pause).await.is_none()) {
            break;
        }
    }
    progress.done();
    for Target { live: _, in_force: _, looked } in &waiting {
        let name = harmless(&looked.name);
        if interrupt.came() {
            errln!("{name}: not waited for; it goes on at Cognito");
        } else {
            errln!("error: {name}: still not ACTIVE after an hour: look at it in the console");
            failed = true;
        }
    }
    failed
}

/// The status of a domain that was put back, none once it is gone. `ACTIVE` is one that is in effect.
async fn in_effect(
    Target { live, in_force, looked }: Target<'_>,
    baseline: &Baseline,
) -> Result<Option<Status>, String> {
    let name = &looked.name;
    let now = look(live, name, Purpose::Command, baseline, in_force).await;
    let now = now.map_err(|error| explain(name, &error))?;
    let Some(domain) = now.domain else { return Ok(None) };
    if domain.status == Status::Active && !now.plan.assessment.drifts.is_empty() {
        return Err(format!(
            "{}: ACTIVE, and still off its baseline: Cognito ignored a part of it, or somebody changed it \
             again",
            harmless(name)
        ));
    }
    Ok(Some(domain.status))
}
