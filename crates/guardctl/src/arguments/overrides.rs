//! The commands that stop the guard, allow something, or undo what it did, for a while.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cognito_domain_guard::domain::Attribute;
use time::Duration;

use super::access::{STACK, region};

/// Allow attributes of a domain to be off the baseline, for a while
///
/// Makes an override, which counts at once: one SSM parameter beside the guard, with an end. The guard
/// leaves these attributes as they are until then, says so in its notices, and puts them back after it. With
/// --restore it also sends the update that puts back what the guard last reverted of them, with your own
/// credentials. What it does is shown first, and asked for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl allow pos.example.com --attributes security_policy --for 8h --reason INC-4711 --yes\n  \
    guardctl allow auth.example.com --attributes routing --for 90m --reason \"failover test\" --yes\n\n\
    Exit code: 0 when it was done, 2 when you did not want it, 1 when something failed, 130 when it was \
    interrupted.")]
pub struct Allow {
    /// The domain's name, or a pattern such as '*.example.com'
    #[arg(value_name = "DOMAIN")]
    pub domain: String,
    /// What of it: security_policy, routing, managed_login_version, certificate_arn; with commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true, value_parser = attribute)]
    pub attributes: Vec<Attribute>,
    /// How long, and why.
    #[command(flatten)]
    pub terms: Terms,
    /// Put back what the guard last reverted of these attributes
    #[arg(long)]
    pub restore: bool,
    /// Where what was reverted is looked for.
    #[command(flatten)]
    pub records: Records,
    /// Where it counts.
    #[command(flatten)]
    pub scope: ScopeOf,
    /// How an update is sent.
    #[command(flatten)]
    pub sending: Sending,
    /// Where the guard is.
    #[command(flatten)]
    pub guard: GuardAt,
}

/// Keep the guard from changing a domain, or every domain, for a while
///
/// It goes on looking and sending notices. After the end, or `guardctl resume`, it puts back what is off the
/// baseline then.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl pause --for 2h --reason \"release of the shop\" --yes\n  \
    guardctl pause auth.example.com --for 30m --reason \"certificate rotation\" --yes\n\n\
    Exit code: 0 when it was done, 2 when you did not want it, 1 when something failed, 130 when it was \
    interrupted.")]
pub struct Pause {
    /// The domain's name, or a pattern [default: every domain]
    #[arg(value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// How long, and why.
    #[command(flatten)]
    pub terms: Terms,
    /// Where it counts.
    #[command(flatten)]
    pub scope: ScopeOf,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Where the guard is.
    #[command(flatten)]
    pub guard: GuardAt,
}

/// End overrides before their time
///
/// Without an argument it ends the pauses of every domain; with a domain's name, or a pattern as it was written, all
/// overrides of that name; with the id of an override, that one. The guard then puts back what is off the
/// baseline.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl resume --yes\n  \
    guardctl resume pos.example.com --yes\n\n\
    Exit code: 0 when it was done, or there was nothing to end; 2 when you did not want it, 1 when something \
    failed, 130 when it was interrupted.")]
pub struct Resume {
    /// A domain's name, or an override's id [default: the pauses of every domain]
    #[arg(value_name = "DOMAIN|ID")]
    pub which: Option<String>,
    /// The baseline of the guard [default: baseline/baseline.yaml, where there is one]
    ///
    /// An override written by hand may name an account as the baseline does.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Where the guard is.
    #[command(flatten)]
    pub guard: GuardAt,
}

/// Show what is allowed or paused, who made it, why and for how long; changes nothing
///
/// An override written by hand may name an account as the guard's baseline does. Without that baseline
/// it cannot be understood here, although the guard understands it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl overrides\n  \
    guardctl overrides --stack cognito-domain-guard --format json\n\n\
    Exit code: 0 when they could be read, 2 when one of them keeps the guard from writing since it cannot be \
    understood, 1 when they could not be read.")]
pub struct Overrides {
    /// How to print it
    #[arg(long, value_enum, default_value_t = OverridesFormat::Text)]
    pub format: OverridesFormat,
    /// The baseline of the guard [default: baseline/baseline.yaml, where there is one]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Where the guard is.
    #[command(flatten)]
    pub guard: GuardAt,
}

/// Allow what an incident reverted, for a while, and put it back as it was
///
/// The incident is named in each notice. What the guard reverted is read from the record that it left in its
/// log. For each domain of the incident it makes an override, and then sends the update that sets the
/// attributes as they were before the revert, laid over what the domain is now, with your own credentials. A
/// domain that Cognito is busy with is waited for. What it does is shown first, and asked for.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    guardctl undo 2c63888f-28f0-4481-be6d-dce7a7ace732 --for 8h --reason \"terminals locked out\"\n\n\
    Exit code: 0 when it was done, 2 when you did not want it, 1 when something failed, 130 when it was \
    interrupted.")]
pub struct Undo {
    /// The incident, as a notice names it
    #[arg(value_name = "INCIDENT")]
    pub incident: String,
    /// How long, and why.
    #[command(flatten)]
    pub terms: Terms,
    /// Where the incident is looked for.
    #[command(flatten)]
    pub records: Records,
    /// How the update is sent.
    #[command(flatten)]
    pub sending: Sending,
    /// Where the guard is.
    #[command(flatten)]
    pub guard: GuardAt,
}

/// How long an override lasts, and why there is one.
#[derive(Debug, Args)]
pub struct Terms {
    /// For how long, such as 90m, 8h, 2d or 1h30m
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub lasts: Duration,
    /// Why, for whoever reads the notices
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Where it was agreed
    #[arg(long, value_name = "TEXT")]
    pub ticket: Option<String>,
    /// Who to ask about it, if not you
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
}

/// The records of what the guard reverted.
#[derive(Debug, Args)]
pub struct Records {
    /// How far back to look for what the guard reverted, such as 12h or 30d
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration)]
    pub within: Duration,
    /// Log group of the guard's functions, several if repeated [default: as the stack says]
    #[arg(long, value_name = "NAME")]
    pub log_group: Vec<String>,
}

/// Where an override counts.
#[derive(Debug, Args)]
pub struct ScopeOf {
    /// Only in this account of the organization, by its number or its name in the baseline; several if repeated
    #[arg(long, value_name = "ID|NAME")]
    pub account: Vec<String>,
    /// Only in this region, several if repeated
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Vec<String>,
    /// The baseline that names accounts [default: baseline/baseline.yaml, where there is one]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// How the update is sent that puts back what was reverted.
#[derive(Debug, Args)]
pub struct Sending {
    /// Profile for the domain's account, where that is not the guard's
    #[arg(long, value_name = "NAME")]
    pub domain_profile: Option<String>,
    /// Wait until Cognito has brought the update into effect
    #[arg(long)]
    pub wait: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Where the guard is.
#[derive(Debug, Args)]
pub struct GuardAt {
    /// The guard's stack
    #[arg(long, value_name = "NAME", default_value = STACK)]
    pub stack: String,
    /// The path of the overrides (OVERRIDES_PATH), where there is no stack to ask
    #[arg(long, value_name = "PATH", conflicts_with = "stack")]
    pub path: Option<String>,
    /// Region of the guard [default: as the AWS CLI]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub guard_region: Option<String>,
    /// Profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// How overrides are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "each is a word of the field")]
pub enum OverridesFormat {
    Text,
    Json,
}

fn attribute(name: &str) -> Result<Attribute, String> {
    Attribute::from_name(name)
        .ok_or_else(|| format!("not an attribute; write one of {}", Attribute::WORDS.join(", ")))
}

/// `90m`, `8h`, `1h30m`: whole numbers, each with its unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and a unit, such as 90m, 8h, 2d or 1h30m".to_owned();
    let (mut total, mut number) = (Duration::ZERO, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let seconds: i64 = match c {
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let part: i64 = number.parse().map_err(|_| wrong())?;
        let part = part.checked_mul(seconds).ok_or_else(wrong)?;
        total = total.checked_add(Duration::seconds(part)).ok_or_else(wrong)?;
        number.clear();
    }
    if number.is_empty() && total.is_positive() { Ok(total) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_numbers_with_their_units() {
        for (text, minutes) in [("90m", 90), ("8h", 480), ("2d", 2_880), ("1h30m", 90)] {
            assert_eq!(duration(text), Ok(Duration::minutes(minutes)), "{text}");
        }
        for text in
            ["", "8", "h", "8 h", "-8h", "0h", "8s", "8h30", "99999999999999999999d", "1e3h"]
        {
            assert!(duration(text).is_err(), "{text:?}");
        }
        assert!(duration("9223372036854775807d").is_err());
    }
}
