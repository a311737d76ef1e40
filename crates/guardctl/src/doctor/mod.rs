//! `guardctl doctor`: whether a deployed guard can do its work, and what to do where it cannot.
//!
//! A guard that no event reaches is silent, as one is that has nothing to say. So everything between a
//! change and a notice is looked at: `aws` asks, `read` collects the answers as `facts`, `judge` says
//! what they mean, `tell` prints it. Only reads.

mod archive;
mod aws;
mod facts;
mod finding;
mod judge;
mod permissions;
mod read;
mod sample;
mod tell;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use cognito_domain_guard::call::Failure;
use cognito_domain_guard::place::Place;
use time::OffsetDateTime;

use self::aws::Aws;
use self::facts::Stack;
use self::judge::{Expected, judge};
use self::tell::Examined;
use crate::live::{Access, policy_to_paste};

/// Check that a deployed guard can do its work; changes nothing
///
/// From CloudTrail to the people who should hear of it: a trail that logs write events, the rule, the
/// functions and their settings, the baseline in force, the queues and what waits in them, the topics'
/// policies and subscriptions, the role's permissions as IAM simulates them, and the rules that report
/// changes to the guard itself. Each finding says how to fix it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl doctor\n  \
    guardctl doctor --stack my-guard --region eu-central-1 --baseline baseline/baseline.yaml\n  \
    guardctl doctor --function my-guard --format json\n\n\
    Exit code: 0 when all is well, 2 when something is to be mended, 1 when nothing is, but not \
    everything could be told.")]
pub struct Arguments {
    /// The stack that `sam deploy` made
    #[arg(long, value_name = "NAME", default_value = "cognito-domain-guard")]
    stack: String,
    /// The function that answers events, where there is no stack
    #[arg(long, value_name = "NAME", conflicts_with = "stack")]
    function: Option<String>,
    /// The baseline that should be in force; any valid one will do if it is not given
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let expected = arguments.baseline.as_deref().map(|path| {
        let (name, content) =
            crate::input::read_bytes(path).map_err(|error| format!("the baseline {error}"))?;
        Ok::<_, String>(Expected { name, content })
    });
    let expected = expected.transpose()?;
    let examined = crate::block_on(examine(arguments, expected.as_ref()))??;
    match arguments.format {
        Format::Text => out!("{}", tell::text(&examined)),
        Format::Json => outln!("{}", serde_json::to_string_pretty(&tell::to_json(&examined))?),
    }
    Ok(tell::exit_code(&examined))
}

async fn examine(
    arguments: &Arguments,
    expected: Option<&Expected>,
) -> Result<Vec<Examined>, Box<dyn Error>> {
    let mut examined = Vec::new();
    for live in arguments.access.connect().await? {
        let place = live.place;
        let aws = Aws::new(&live.config, &place);
        let (stack, guard) = match &arguments.function {
            Some(function) => (None, function.clone()),
            None => {
                let (stack, guard) = stack(&aws, &arguments.stack, &place).await?;
                (Some(stack), guard)
            }
        };
        let facts = read::read(&aws, place, stack, &guard).await;
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
