//! The commands that talk to an account.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use cognito_domain_guard::baseline::DomainName;
use cognito_domain_guard::domain::SecurityPolicy;

use super::access::{Access, Across, DEPLOYED, STACK, region};
use super::conformance::Conformance;
use super::overrides::{Allow, Overrides, Pause, Resume, Undo};
use super::policies::policies;
use super::probe::{Endpoint, Probe};
use super::report::Report;

/// A command that talks to an account, or to the endpoints of its domains.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the arguments say what each does, in its help too")]
pub enum Account {
    #[command(display_order = 0)]
    List(List),
    #[command(display_order = 1)]
    Snapshot(Snapshot),
    #[command(display_order = 3)]
    Plan(Plan),
    #[command(display_order = 4)]
    Apply(Apply),
    #[command(display_order = 6)]
    Rehearse(Rehearse),
    #[command(display_order = 7)]
    Doctor(Doctor),
    #[command(display_order = 8)]
    Allow(Box<Allow>),
    #[command(display_order = 9)]
    Pause(Pause),
    #[command(display_order = 10)]
    Resume(Resume),
    #[command(display_order = 11)]
    Overrides(Overrides),
    #[command(display_order = 12)]
    Undo(Box<Undo>),
    #[command(display_order = 13)]
    Report(Box<Report>),
    #[command(display_order = 14)]
    Probe(Box<Probe>),
    #[command(display_order = 15)]
    Conformance(Box<Conformance>),
}

/// Which domains, against which baseline.
#[derive(Debug, Args)]
pub struct Selection {
    /// The baseline, or `-` for standard input
    #[arg(long, value_name = "FILE", default_value = DEPLOYED)]
    pub baseline: PathBuf,
    /// Only this domain; several if repeated
    #[arg(long, value_name = "NAME")]
    pub domain: Vec<DomainName>,
    /// The guard's stack: its overrides count too, where the region has it
    #[arg(long, value_name = "NAME", default_value = STACK)]
    pub stack: String,
    /// Where they are.
    #[command(flatten)]
    pub access: Access,
}

/// List the domains of accounts and regions with what Cognito says of them; changes nothing
///
/// Each with its values, user pool, account and region, and whether a baseline governs it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl list\n  \
    guardctl list --all-regions --format csv > domains.csv\n  \
    guardctl list --region eu-central-1 --region us-east-1 --baseline my.yaml\n  \
    guardctl list --organization\n\n\
    Exit code: 0 when everything was read, 1 when not.")]
pub struct List {
    /// AWS region, several if repeated [default: as the AWS CLI]
    #[arg(long, value_name = "REGION", value_parser = region, conflicts_with = "all_regions")]
    pub region: Vec<String>,
    /// Every region in which Cognito has user pools; those that the account has not enabled are passed over
    ///
    /// AWS publishes which they are, in parameters of SSM. Takes ssm:GetParametersByPath.
    #[arg(long, conflicts_with = "organization")]
    pub all_regions: bool,
    /// Profile of the AWS configuration; several if repeated, for several accounts
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// Of an organization.
    #[command(flatten)]
    pub across: Across,
    /// The hub's stack, for --organization
    #[arg(long, value_name = "NAME", default_value = STACK)]
    pub stack: String,
    /// The baseline that says which are governed [default: baseline/baseline.yaml, where there is one]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

/// How a list of domains is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "each is a word of the field")]
pub enum ListFormat {
    Text,
    Json,
    Csv,
    Markdown,
}

/// Write a baseline that declares what is there, so that the first day changes nothing
///
/// Each security policy becomes a floor (at_least), failover and managed login version are declared
/// as they are. With --floor, a domain below it gets the floor and an exemption to fill in, so that
/// every gap is visible. Of several accounts and regions, each entry names its own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl snapshot --output my-baseline.yaml\n  \
    guardctl snapshot --floor TLS_V1_2_2021 --output baseline/baseline.yaml --force\n  \
    guardctl snapshot --region eu-central-1 --region us-east-1 > both.yaml\n  \
    guardctl snapshot --organization --output organization.yaml\n\n\
    Exit code: 0 when everything was read; 1 when not, or when there is no user pool: then nothing is \
    written.")]
pub struct Snapshot {
    /// What to read.
    #[command(flatten)]
    pub access: Access,
    /// Of an organization.
    #[command(flatten)]
    pub across: Across,
    /// The hub's stack, for --organization
    #[arg(long, value_name = "NAME", default_value = STACK)]
    pub stack: String,
    /// The weakest security policy to accept
    #[arg(long, value_name = "POLICY", value_parser = policies())]
    pub floor: Option<SecurityPolicy>,
    /// Declare each policy exactly: a stronger one would be put back down to it
    #[arg(long)]
    pub exact: bool,
    /// Declare certificates too: a renewal under another ARN would be put back
    #[arg(long)]
    pub certificates: bool,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// Compare the live domains with the baseline; changes nothing
///
/// For each domain it shows what the Lambda would decide: the same code decides, by the same overrides where
/// the guard's stack is in the region. A change that lowers a security policy, which only an exact
/// declaration asks for, is marked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl plan\n  \
    guardctl plan --baseline my.yaml --region eu-central-1 --domain auth.example.com\n  \
    guardctl plan --format markdown >> \"$GITHUB_STEP_SUMMARY\"\n  \
    guardctl plan --format sarif > plan.sarif\n  \
    guardctl plan --probe\n  \
    guardctl plan --organization --account 111122223333\n\n\
    Exit code: 0 when every domain is at its baseline or exempt, 2 when one is not, 1 when that could \
    not be checked, --domain names one that is neither there nor declared, or the baseline governs none of \
    them. With --probe an endpoint that is not as Cognito reports is off, and one that did not answer could \
    not be checked.")]
pub struct Plan {
    /// What to compare.
    #[command(flatten)]
    pub selection: Selection,
    /// Of an organization.
    #[command(flatten)]
    pub across: Across,
    /// How to print it
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub format: PlanFormat,
    /// Also ask the endpoint of each custom domain what it speaks, as `guardctl probe` does
    #[arg(long)]
    pub probe: bool,
    /// Where to ask instead of where the DNS says that each domain is
    #[arg(long, value_name = "HOST[:PORT]", requires = "probe")]
    pub connect: Option<Endpoint>,
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    Text,
    /// For other programs; `guardctl schema plan` describes it
    Json,
    /// For a pull request or a job's summary
    Markdown,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Put drifted domains back to the baseline, after showing the plan and asking
///
/// What it leaves unchanged (in audit mode, busy, exempt, allowed or paused by an override) is named with
/// its reason. Each update is one call; all are sent before it waits. Ctrl-C waits for the answer to the one
/// that is under way and sends no more, so that nothing is left half done: what Cognito has accepted goes on
/// there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl apply --domain auth.example.com --wait\n  \
    guardctl apply --yes --region eu-central-1\n\n\
    Exit code: 0 when every domain is at its baseline, exempt or was put back, 2 when one is not, 1 when \
    something failed, --domain names one that is neither there nor declared, or the baseline governs none \
    of them, 130 when it was interrupted.")]
pub struct Apply {
    /// What to put back.
    #[command(flatten)]
    pub selection: Selection,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Wait until Cognito has brought every update into effect
    #[arg(long)]
    pub wait: bool,
}

/// Say what the guard would do about recorded events now, in the account; only reads
///
/// Each event is read as the guard reads it. The domains that it is about are described, and the code that
/// decides in the Lambda decides. `guardctl replay` plays the same events without an account.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl rehearse event.json\n  \
    guardctl rehearse --baseline my.yaml --region eu-central-1 events/update-weakens-tls.json\n\n\
    Exit code: 0 when every domain is at its baseline or exempt, 2 when one is not, 1 when that could not be \
    checked or no event is a change here.")]
pub struct Rehearse {
    /// Events, in every form that `guardctl replay` takes: files, folders, or `-` for standard input
    #[arg(required = true, value_name = "EVENT")]
    pub events: Vec<PathBuf>,
    /// The baseline
    #[arg(long, value_name = "FILE", default_value = DEPLOYED)]
    pub baseline: PathBuf,
    /// The guard's stack: its overrides count too, where the region has it
    #[arg(long, value_name = "NAME", default_value = STACK)]
    pub stack: String,
    /// Where the domains are.
    #[command(flatten)]
    pub access: Access,
}

/// Check that a deployed guard can do its work; changes nothing
///
/// From CloudTrail to the people who should hear of it: a trail that logs write events, the rule, the
/// functions and their settings, the baseline in force, the queues and what waits in them, the topics'
/// policies and subscriptions, the role's permissions as IAM simulates them, a Deny by which somebody has
/// stopped the guard, and the rules that report changes to the guard itself. Each finding says how to fix it.
///
/// With --organization it also says for each account and region whether it is covered: whether its changes
/// are forwarded to the hub, the hub's role there is as member.yaml makes it, a trail logs the changes, and
/// what the last sweep knew of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl doctor\n  \
    guardctl doctor --stack my-guard --region eu-central-1 --baseline baseline/baseline.yaml\n  \
    guardctl doctor --function my-guard --format json\n  \
    guardctl doctor --invoke\n  \
    guardctl doctor --notify\n  \
    guardctl doctor --organization\n\n\
    Exit code: 0 when all is well, 2 when something is to be fixed, 1 when nothing is, but not \
    everything could be checked.")]
pub struct Doctor {
    /// The stack that `sam deploy` made
    #[arg(long, value_name = "NAME", default_value = STACK)]
    pub stack: String,
    /// The function that answers events, where there is no stack
    #[arg(long, value_name = "NAME", conflicts_with_all = ["stack", "organization"])]
    pub function: Option<String>,
    /// The baseline that should be in force; any valid one will do if it is not given
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Also send each function an event that is not for it, and report what it answers
    ///
    /// The function starts, reads its settings and its baseline, and says that it ignores the event. It makes
    /// no call to AWS for it and sends no notice. Takes lambda:InvokeFunction.
    #[arg(long)]
    pub invoke: bool,
    /// Also have the guard send a test notice, so that you see whether notices arrive
    ///
    /// Everybody who gets notices gets it. It says that it is a test, who asked for it and that nothing
    /// happened. Takes lambda:InvokeFunction.
    #[arg(long)]
    pub notify: bool,
    /// Where the guard is.
    #[command(flatten)]
    pub access: Access,
    /// Of an organization.
    #[command(flatten)]
    pub across: Across,
    /// How to print it
    #[arg(long, value_enum, default_value_t = FindingFormat::Text)]
    pub format: FindingFormat,
}

/// How the doctor's findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "each is a word of the field")]
pub enum FindingFormat {
    Text,
    Json,
}
