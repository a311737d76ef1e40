//! `guardctl doctor`: whether a deployed guard can do its work, and what to do where it cannot.
//!
//! A guard that no event reaches is silent, as one is that has nothing to say. So everything between a
//! change and a notice is looked at: `aws` asks, `read` collects the answers as `facts`, `judge` says
//! what they mean, `tell` prints it. Only reads, unless it is asked to invoke or to notify.

mod archive;
pub mod aws;
pub mod facts;
mod finding;
mod grants;
mod judge;
pub mod permissions;
mod policy;
mod read;
mod sample;
mod tell;

use std::error::Error;
use std::process::ExitCode;

use guardctl::arguments::{Doctor, FindingFormat};
use guardctl::interrupt::block_on;
use guardctl::{out, outln};
use serde_json::Value;
use time::OffsetDateTime;

use self::aws::Aws;
use self::judge::{Expected, judge};
use self::tell::Examined;
use crate::live::{Live, connect};
use crate::stack::{self, Stack};

pub fn run(arguments: &Doctor) -> Result<ExitCode, Box<dyn Error>> {
    let expected = arguments.baseline.as_deref().map(|path| {
        let (name, content) =
            guardctl::input::read_bytes(path).map_err(|error| format!("the baseline {error}"))?;
        Ok::<_, String>(Expected { name, content })
    });
    let expected = expected.transpose()?;
    let examined = block_on(examine(arguments, expected.as_ref()))??;
    match arguments.format {
        FindingFormat::Text => out!("{}", tell::text(&examined)),
        FindingFormat::Json => {
            outln!("{}", serde_json::to_string_pretty(&tell::to_json(&examined))?)
        }
    }
    Ok(tell::exit(&examined).into())
}

/// What the doctor finds of the guard of that stack, as `--format json` prints it.
pub async fn examined(live: &Live, stack: Stack) -> Result<Value, Box<dyn Error>> {
    let place = live.place.clone();
    let aws = Aws::new(&live.config, &place);
    let guard = stack.required("GuardFunction")?.to_owned();
    let facts = read::read(&aws, place, Some(stack), &guard).await;
    let findings = judge(&facts, None, OffsetDateTime::now_utc());
    Ok(tell::to_json(&[Examined { facts, findings }]))
}

async fn examine(
    arguments: &Doctor,
    expected: Option<&Expected>,
) -> Result<Vec<Examined>, Box<dyn Error>> {
    let mut examined = Vec::new();
    for live in connect(&arguments.access).await? {
        let place = live.place;
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
