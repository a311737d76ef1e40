//! `guardctl rehearse`: what the guard would do about an event now, in the real account. Reads
//! only.

use std::error::Error;
use std::process::ExitCode;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::memory::Earlier;
use cognito_domain_guard::plan::Purpose;
use cognito_domain_guard::reach::Reach;
use cognito_domain_guard::trigger::{self, Change, Identity, Payload, Subject, Trigger};

use crate::live::connect;
use crate::look::{Looked, look};
use crate::overrides::in_force::InForce;
use crate::plan::{Region, exit, text};
use crate::unread::Unread;
use cognito_domain_guard::text::harmless;
use guardctl::arguments::{Access, Rehearse};
use guardctl::declared::read_baseline;
use guardctl::exit::Exit;
use guardctl::input::{Input, Inputs, read_all};
use guardctl::interrupt::block_on;
use guardctl::{out, outln};

/// Which role a guard of the account has is not known here, so each call counts as somebody else's.
const NOBODY: Identity =
    Identity { role_arn: String::new(), function_arns: Vec::new(), overrides: None };

pub fn run(arguments: &Rehearse) -> Result<ExitCode, Box<dyn Error>> {
    let baseline = read_baseline(&arguments.baseline)?;
    let mut inputs = read_all(&arguments.events);
    block_on(rehearse(&arguments.access, &arguments.stack, &mut inputs, &baseline))?
}

async fn rehearse(
    access: &Access,
    stack: &str,
    inputs: &mut Inputs,
    baseline: &Baseline,
) -> Result<ExitCode, Box<dyn Error>> {
    let mut regions: Vec<Region> = Vec::new();
    for live in connect(access).await? {
        let in_force = InForce::of(stack);
        regions.push(Region::unseen(live.place.clone(), Some(live), in_force));
    }
    for Input { name, payload } in inputs.by_ref() {
        let name = &name;
        for region in &mut regions {
            let triggers = match trigger::read(&payload, &NOBODY, &Reach::one(region.place.clone()))
            {
                Payload::Single(trigger) => vec![trigger],
                Payload::Together(triggers) => triggers,
                Payload::Queue(messages) => messages.into_iter().flat_map(|m| m.triggers).collect(),
                Payload::Step(_) => Vec::new(), // only a hub knows steps
            };
            for trigger in triggers {
                match trigger {
                    Ok(Trigger::DomainChanged { change, earlier, receipt: _ }) => {
                        rehearsed(region, name, &change, earlier, baseline).await;
                    }
                    Ok(Trigger::OverrideChanged(_)) => {
                        outln!(
                            "{name}: about an override; guardctl overrides shows what is in force"
                        );
                    }
                    Ok(Trigger::Test { .. }) => {
                        outln!(
                            "{name}: asks for a test notice; guardctl doctor --notify has one sent"
                        );
                    }
                    Ok(Trigger::Sweep { .. }) => {
                        outln!("{name}: a sweep; guardctl plan shows what it would find");
                    }
                    Ok(Trigger::Ignored { reason, .. }) => {
                        outln!("{name}: ignored: {}", harmless(&reason));
                    }
                    Err(unreadable) => {
                        region.problems.push(Unread::event(name, unreadable.reason));
                    }
                }
            }
        }
    }
    for Region { in_force, problems, .. } in &mut regions {
        problems.extend(in_force.problem().cloned());
    }
    outln!();
    out!("{}", text(&regions, baseline));
    let is_empty = |region: &Region| region.looked.is_empty() && region.problems.is_empty();
    if regions.iter().all(is_empty) && !inputs.failed() {
        return Err("no domain was looked at: none of the events is a change here".into());
    }
    Ok(if inputs.failed() { Exit::Failed } else { exit(&regions) }.into())
}

/// Looks at the domains that a call was about.
async fn rehearsed(
    region: &mut Region,
    file: &str,
    change: &Change,
    earlier: Earlier,
    baseline: &Baseline,
) {
    let Some(live) = &region.live else { return };
    let names = match &change.subject {
        Subject::Domain(name) => Ok(vec![name.clone()]),
        Subject::UserPool(pool) => live.cognito.domains_of_pool(pool).await,
    };
    let names = match names {
        Ok(names) => names,
        Err(error) => return region.problems.push(Unread::call(file, error)),
    };
    for name in names {
        let purpose = Purpose::Change(change, earlier);
        match look(live, &name, purpose, baseline, &region.in_force).await {
            Ok(looked) => {
                outln!("{file}: {}: {}", harmless(&looked.name), looked.verdict());
                // Several events of one domain mostly come to the same.
                let is_new = |other: &Looked| {
                    other.name != looked.name || other.plan.decision != looked.plan.decision
                };
                if region.looked.iter().all(is_new) {
                    region.looked.push(looked);
                }
            }
            Err(error) => region.problems.push(Unread::call(format!("{file}: {name}"), error)),
        }
    }
}
