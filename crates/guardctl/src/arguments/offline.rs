//! The commands that need no account.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::access::{Access, DEPLOYED, STACK, region};
use super::account::Rehearse;

/// A command that needs no account.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the arguments say what each does, in its help too")]
pub enum Offline {
    #[command(display_order = 2)]
    Validate(Validate),
    #[command(display_order = 5)]
    Replay(Replay),
    #[command(display_order = 16)]
    Index(Index),
    #[command(display_order = 16)]
    Sandbox(Sandbox),
    #[command(display_order = 17)]
    Schema(Schema),
    /// Print a completion script for a shell
    #[command(
        display_order = 18,
        after_help = "Example:\n  guardctl completions bash > ~/.local/share/bash-completion/completions/guardctl"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    #[command(
        display_order = 19,
        after_help = "Examples:\n  guardctl man | man -l -\n  guardctl man plan | man -l -"
    )]
    Man {
        /// The command whose page it is [default: that of guardctl itself]
        command: Option<String>,
    },
}

/// Check a baseline, and report everything that is wrong with it
///
/// Errors make it unusable, or are exemptions that last longer than max_exemption_days. Warnings are
/// about what deserves a second look: what takes domains out of the baseline unseen, exemptions
/// that are over, end soon or allow nearly everything, placeholders, declarations that mean nothing, an
/// exact policy that lowers a stronger one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  guardctl validate baseline/baseline.yaml\n  \
                        guardctl validate --format github\n  \
                        guardctl snapshot --floor TLS_V1_2_2021 | guardctl validate -\n\n\
                        Exit code: 0 when it is valid, 1 when it is not, or when --strict is \
                        given and there is a warning.")]
pub struct Validate {
    /// The baseline, or `-` for standard input
    #[arg(default_value = "baseline/baseline.yaml")]
    pub file: PathBuf,
    /// Fail on warnings as on errors
    #[arg(long)]
    pub strict: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = ValidateFormat::Text)]
    pub format: ValidateFormat,
}

/// How the problems of a baseline are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ValidateFormat {
    /// As a compiler does
    Text,
    /// One object, for other tools
    Json,
    /// Annotations of GitHub Actions
    Github,
}

/// Write the index of a large baseline, so that the guard's cold starts need not read all of it
///
/// The index lies beside the baseline, as baseline.index, and is deployed with it. It says where each
/// entry stands, and of which text: the guard uses it for no other, and reads all of the text
/// instead. With fewer than a hundred entries it is not worth having.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  guardctl index baseline/baseline.yaml\n  \
                        guardctl index --check\n\n\
                        Exit code: 0 when the index is written, or with --check when it is there and of \
                        this text; else 1.")]
pub struct Index {
    /// The baseline
    #[arg(default_value = "baseline/baseline.yaml")]
    pub file: PathBuf,
    /// Write nothing, and fail where the index is missing or of another text
    #[arg(long)]
    pub check: bool,
}

/// Play recorded events against an embedded AWS stand-in, and show what the guard does
///
/// The call that an event records is applied to a domain that was at its baseline. Then the event
/// goes to the guard's real handler with the real AWS SDK. Nothing leaves this machine, and nobody
/// waits: time is virtual.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl replay events/update-weakens-tls.json\n  \
    guardctl replay --baseline my.yaml events/create-*.json\n  \
    guardctl replay --json - < event.json\n  \
    guardctl replay 111122223333_CloudTrail_eu-central-1_20261123T1200Z_x.json.gz\n  \
    guardctl rehearse event.json\n\n\
    Exit code: 0 when at least one change was played and every domain ended at its baseline, 2 when one \
    did not, 1 when a change could not be played or there was none.")]
pub struct Replay {
    /// Events: files, folders, or `-` for standard input. An event may be an EventBridge event, a
    /// CloudTrail record, a trail's log file (also gzipped), a message of SQS or SNS, a destination
    /// record of Lambda, or what `aws sqs receive-message`, `aws cloudtrail lookup-events`,
    /// `aws logs filter-log-events`, CloudTrail Lake and Athena print, or their consoles save as CSV
    #[arg(required = true, value_name = "EVENT")]
    pub events: Vec<PathBuf>,
    /// The baseline [default: baseline/example.yaml, with --live baseline/baseline.yaml]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Print JSON instead of a story
    #[arg(long, conflicts_with = "live")]
    pub json: bool,
    /// The same as `guardctl rehearse`: ask the account what would happen now; only reads
    #[arg(long)]
    pub live: bool,
    /// AWS region, several if repeated [default: as the AWS CLI]
    #[arg(long, value_name = "REGION", value_parser = region, requires = "live", help_heading = "With --live")]
    pub region: Vec<String>,
    /// Profile of the AWS configuration
    #[arg(long, value_name = "NAME", requires = "live", help_heading = "With --live")]
    pub profile: Option<String>,
}

impl Replay {
    /// The baseline's path: the example, which enforces.
    pub fn baseline(&self) -> &Path {
        self.baseline.as_deref().unwrap_or(Path::new("baseline/example.yaml"))
    }

    /// What `--live` asks for instead. The account is held against what is deployed there.
    pub fn into_rehearsal(self) -> Rehearse {
        let Self { events, baseline, json: _, live: _, region, profile } = self;
        let baseline = baseline.unwrap_or_else(|| DEPLOYED.into());
        Rehearse { events, baseline, stack: STACK.to_owned(), access: Access { region, profile } }
    }
}

/// Serve an embedded AWS with a few user pool domains, to try the other commands on
///
/// On a loopback address it answers the calls on user pool domains, and those by which the other commands
/// make and read overrides, as if a guard were deployed. It keeps state until it is ended, and forgets it
/// then. Signatures are not checked.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guardctl sandbox &\n  \
    export AWS_ENDPOINT_URL=http://127.0.0.1:4510 AWS_REGION=eu-central-1\n  \
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n  guardctl plan")]
pub struct Sandbox {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4510", value_parser = loopback)]
    pub listen: SocketAddr,
    /// How long Cognito takes to bring an update into effect
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub update_seconds: u64,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "write IP:PORT, such as 127.0.0.1:4510")?;
    if !address.ip().is_loopback() {
        return Err("the sandbox listens on loopback addresses only: it checks nobody".to_owned());
    }
    Ok(address)
}

/// Print a JSON Schema
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  guardctl schema baseline > baseline.schema.json\n\n\
                        Name it in the first line of a baseline, so that editors complete and \
                        check it:\n  # yaml-language-server: $schema=baseline.schema.json")]
pub struct Schema {
    /// Of what
    pub of: Of,
}

/// What has a JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Of {
    /// The baseline
    Baseline,
    /// An override: the value of an SSM parameter
    Override,
    /// The machine-readable form of a notice
    Notice,
    /// What `guardctl plan --format json` prints
    Plan,
    /// What `guardctl probe --format json` prints
    Probe,
    /// What a direct invocation of the function answers
    Report,
    /// What the log keeps of each notice and of each event
    RecordLine,
    /// What `guardctl report --format json` prints
    Evidence,
    /// The file that `guardctl conformance` writes
    Conformance,
}
