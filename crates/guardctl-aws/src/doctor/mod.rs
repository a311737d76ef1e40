//! `guardctl doctor`: whether a deployed guard can do its work, and what to do where it cannot.
//!
//! A guard that no event reaches is silent, as one is that has nothing to say. So everything between a
//! change and a notice is looked at: `aws` asks, `read` collects the answers as `facts`, `judge` says
//! what they mean, `tell` prints it. Only reads, unless it is asked to invoke or to notify.

mod alarms;
mod archive;
pub mod aws;
pub mod facts;
pub mod finding;
mod grants;
mod judge;
pub mod members;
pub mod permissions;
mod policy;
mod read;
mod sample;
mod tell;

use std::error::Error;
use std::process::ExitCode;

use guardctl::arguments::{Access, Doctor, FindingFormat};
use guardctl::interrupt::block_on;
use guardctl::{out, outln};
use serde_json::Value;
use time::OffsetDateTime;

use self::aws::Aws;
use self::judge::{Expected, judge};
use self::tell::Examined;
use crate::live::{Live, connect};
use crate::organization::Organization;
use crate::stack::{self, Stack};

pub fn run(arguments: &Doctor) -> Result<ExitCode, Box<dyn Error>> {
    let expected = arguments.baseline.as_deref().map(|path| {
        let (name, content) =
            guardctl::input::read_bytes(path).map_err(|error| format!("the baseline {error}"))?;
        Ok::<_, String>(Expected { name, content })
    });
    let expected = expected.transpose()?;
    let (examined, members) = block_on(async {
        let across = &arguments.across;
        if !across.organization {
            return Ok((examine(arguments, &[], expected.as_ref()).await?, None));
        }
        let Access { region, profile } = &arguments.access;
        let (profile, stack) = (profile.as_deref(), &arguments.stack);
        let organization = Organization::seen_from(across, profile, region, stack).await?;
        let hub = [organization.hub.elsewhere(organization.hub.place.clone())];
        let examined = examine(arguments, &hub, expected.as_ref()).await?;
        let hub = organization.as_hub();
        let members = members::examine(&organization, &hub).await;
        Ok::<_, Box<dyn Error>>((examined, Some((hub, members))))
    })??;
    let of_members = || members.iter().flat_map(|(_, members)| members);
    match arguments.format {
        FindingFormat::Text => {
            out!("{}", tell::text(&examined));
            if let Some((hub, members)) = &members {
                out!("{}", members::tell::text(members, hub));
            }
        }
        FindingFormat::Json => {
            let mut all = tell::to_json(&examined);
            all.extend(of_members().map(members::tell::to_json));
            outln!("{}", serde_json::to_string_pretty(&all)?)
        }
    }
    let findings = examined.iter().flat_map(|one| &one.findings);
    Ok(tell::exit(findings.chain(of_members().flat_map(|one| &one.findings))).into())
}

/// What the doctor finds of the guard of that stack, and of the members of its organization, as `--format json`
/// prints it.
pub async fn examined(
    live: &Live,
    stack: Stack,
    organization: Option<&Organization>,
) -> Result<Value, Box<dyn Error>> {
    let place = live.place.clone();
    let aws = Aws::new(&live.config, &place);
    let guard = stack.required("GuardFunction")?.to_owned();
    let facts = read::read(&aws, place, Some(stack), &guard).await;
    let findings = judge(&facts, None, OffsetDateTime::now_utc());
    let mut all = tell::to_json(&[Examined { facts, findings }]);
    if let Some(organization) = organization {
        let members = members::examine(organization, &organization.as_hub()).await;
        all.extend(members.iter().map(members::tell::to_json));
    }
    Ok(Value::Array(all))
}

/// Looks at a guard in each region, or where `hub` says that it is.
async fn examine(
    arguments: &Doctor,
    hub: &[Live],
    expected: Option<&Expected>,
) -> Result<Vec<Examined>, Box<dyn Error>> {
    let mut examined = Vec::new();
    let connected = if hub.is_empty() { connect(&arguments.access).await? } else { Vec::new() };
    for live in connected.iter().chain(hub) {
        let place = live.place.clone();
        let aws = Aws::new(&live.config, &place);
        let (stack, guard) = match &arguments.function {
            Some(function) => (None, function.clone()),
            None => {
                let instead = ("--region", "--function");
                let stack = stack::find(&live.config, &arguments.stack, instead).await?;
                let guard = stack.required("GuardFunction")?.to_owned();
                (Some(stack), guard)
            }
        };
        let mut facts = read::read(&aws, place, stack, &guard).await;
        if arguments.invoke {
            facts.answers = read::answers(&aws, &facts).await;
        }
        if arguments.notify {
            facts.notified = read::notified(&aws, &facts, &live.caller).await;
        }
        let findings = judge(&facts, expected, OffsetDateTime::now_utc());
        examined.push(Examined { facts, findings });
    }
    Ok(examined)
}
