//! `guardctl doctor`: whether a deployed guard can do its work, and what to do where it cannot.
//!
//! A guard that no event reaches is silent, as one is that has nothing to say. So everything between a
//! change and a notice is looked at: `aws` asks, `read` collects the answers as `facts`, `judge` says
//! what they mean, `tell` prints it. Only reads, unless it is asked to invoke.

mod archive;
mod aws;
mod facts;
mod finding;
mod judge;
mod permissions;
mod policy;
mod read;
mod sample;
mod tell;

use std::error::Error;
use std::process::ExitCode;

use cognito_domain_guard::call::Failure;
use cognito_domain_guard::place::Place;
use guardctl::arguments::{Doctor, FindingFormat};
use guardctl::interrupt::block_on;
use guardctl::{out, outln};
use time::OffsetDateTime;

use self::aws::Aws;
use self::facts::Stack;
use self::judge::{Expected, judge};
use self::tell::Examined;
use crate::live::connect;
use crate::unread::policy_to_paste;

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
    Ok(tell::exit_code(&examined))
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
                let (stack, guard) = stack(&aws, &arguments.stack, &place).await?;
                (Some(stack), guard)
            }
        };
        let mut facts = read::read(&aws, place, stack, &guard).await;
        if arguments.invoke {
            facts.answers = read::answers(&aws, &facts).await;
        }
        let findings = judge(&facts, expected, OffsetDateTime::now_utc());
        examined.push(Examined { facts, findings });
    }
    Ok(examined)
}

/// The stack and its function. Without it there is nothing to look at.
async fn stack(aws: &Aws, name: &str, place: &Place) -> Result<(Stack, String), Box<dyn Error>> {
    let stack = aws.stacks.named(name).await.map_err(|error| match error.failure {
        Failure::Denied => format!(
            "{error}\n  allow it with this policy, or pass --function:\n{}",
            policy_to_paste([error.action])
        ),
        Failure::Rejected | Failure::Gone => format!(
            "{error}\n  pass --region (this is {}), --stack with its name, or --function where there \
             is no stack",
            place.region
        ),
        Failure::Busy | Failure::Throttled | Failure::Unavailable => error.to_string(),
    })?;
    let guard = stack.output("GuardFunction").ok_or_else(|| {
        format!(
            "the stack {name} is {} and has no output GuardFunction: it is not the guard's, or was \
             never deployed to its end",
            stack.status
        )
    })?;
    let guard = guard.to_owned();
    Ok((stack, guard))
}
