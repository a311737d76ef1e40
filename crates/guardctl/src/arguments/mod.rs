//! The command line, as both of its programs read it.
//!
//! `guardctl` holds what needs no account. It starts `guardctl-aws` for the rest, which is then built and
//! installed only by those who use it. There is one definition, so that help, manual pages and completions
//! show every command whichever program carries it out.

mod access;
mod account;
mod conformance;
mod offline;
mod overrides;
mod policies;
mod probe;
mod report;

use clap::{Parser, Subcommand};
use cognito_domain_guard::text::harmless_lines;

use crate::exit::Exit;

pub use access::{Access, Across, DEPLOYED, STACK};
pub use account::{
    Account, Apply, Doctor, FindingFormat, List, ListFormat, Plan, PlanFormat, Rehearse, Selection,
    Snapshot,
};
pub use conformance::Conformance;
pub use offline::{Index, Of, Offline, Replay, Sandbox, Schema, Validate, ValidateFormat};
pub use overrides::{
    Allow, GuardAt, Overrides, OverridesFormat, Pause, Records, Resume, ScopeOf, Sending, Terms,
    Undo,
};
pub use probe::{Endpoint, Probe, ProbeFormat};
pub use report::{Moment, Report, ReportFormat};

/// The program that carries out what talks to an account.
pub const ACCOUNT_PROGRAM: &str = "guardctl-aws";
/// The environment variable by which `guardctl` tells it which version it is itself.
pub const STARTED_BY: &str = "GUARDCTL_VERSION";

/// Keeps Amazon Cognito user pool domains at a declared baseline
///
/// The way to adopt it: `snapshot` what is there, `validate` what you declare, `plan` against the
/// live domains, `replay` events, `rehearse` them on the account, then deploy in audit mode, ask the
/// `doctor`, and enforce.
/// In an emergency: `pause`, `allow`, `undo`.
#[derive(Debug, Parser)]
#[command(name = "guardctl", bin_name = "guardctl", version, max_term_width = 100)]
#[command(after_help = crate::exit::TABLE)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Every command. Their order in the help is that in which somebody meets them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Talks to an account: the program `guardctl-aws` does it.
    #[command(flatten)]
    Account(Account),
    /// Needs none: `guardctl` does it.
    #[command(flatten)]
    Offline(Offline),
}

impl Arguments {
    /// The arguments, or the end: help, or what is wrong with them. A name in a folder of somebody else's
    /// may be among them, and is shown harmless.
    pub fn parsed() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            let text = error.render().to_string();
            // Help and the version are no errors.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Good };
            if harmless_lines(&text) == text {
                // Nobody may read it any more.
                let _ = error.print();
            } else {
                errln!("{}", text.trim_end());
            }
            std::process::exit(code.into());
        })
    }
}
