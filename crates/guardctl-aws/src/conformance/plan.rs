//! What a run will do, how long it takes and what it costs, before anybody is asked.

use std::time::Duration;

use super::finding::long;
use super::resources::{NAME, Run, TAG};
use super::steps::time_of_day;
use super::wanted::{Custom, Wanted};
use time::OffsetDateTime;

const MINUTE: Duration = Duration::from_secs(60);

/// The parts of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Elsewhere,
    Prefix,
    Custom,
    Removal,
    Events,
}

impl Part {
    const ALL: [Self; 5] =
        [Self::Elsewhere, Self::Prefix, Self::Custom, Self::Removal, Self::Events];
}

/// How long a part usually takes, by AWS's own figures.
fn usual(wanted: &Wanted, part: Part) -> Duration {
    match part {
        Part::Elsewhere => Duration::ZERO,
        Part::Prefix if wanted.prefix.is_some() => MINUTE * 7,
        Part::Custom => {
            wanted.custom.as_ref().map_or(Duration::ZERO, |custom| {
                let Custom {
                    name: _,
                    certificate_arn: _,
                    second_certificate_arn,
                    restricted_role_arn,
                } = custom;
                let certificate = if second_certificate_arn.is_some() { 60 } else { 0 };
                let role = if restricted_role_arn.is_some() { 5 } else { 0 };
                MINUTE * (60 + 7 * 5 + certificate + role)
            })
        }
        Part::Prefix => Duration::ZERO,
        Part::Removal => MINUTE * 5,
        Part::Events => MINUTE * 15,
    }
}

/// How long the run usually takes from that part on.
pub fn left(wanted: &Wanted, from: Part) -> Duration {
    Part::ALL.into_iter().filter(|part| *part >= from).map(|part| usual(wanted, part)).sum()
}

/// How long a run usually takes.
pub fn whole(wanted: &Wanted) -> Duration {
    left(wanted, Part::Elsewhere)
}

/// The plan, for the person who is asked.
pub fn text(wanted: &Wanted, run: &Run, region: &str, now: OffsetDateTime) -> String {
    let Wanted { account, custom, prefix, foreign_domain } = wanted;
    let mut text = format!("In account {account}, region {region}, this run\n");
    let mut add = |line: String| {
        text += "  ";
        text += &line;
        text.push('\n');
    };
    for (name, kind) in prefix
        .iter()
        .map(|name| (name, "prefix"))
        .chain(custom.iter().map(|custom| (&custom.name, "custom")))
    {
        add(format!(
            "makes the user pool {NAME}{run}-{kind}, tagged {TAG}={run}, and on it the {kind} domain {name}"
        ));
    }
    add("changes these domains and no other, to measure how Cognito answers".to_owned());
    if let Some(name) = foreign_domain {
        add(format!("describes {name}, once"));
    }
    if custom.is_some() {
        add("makes the custom domain once: after its removal the name stays taken for a while"
            .to_owned());
    }
    add("removes all of it again, also after Ctrl-C".to_owned());
    add("looks its own calls up in CloudTrail, and writes what it found into a file without identifiers".to_owned());
    let (long, ends) = (long(whole(wanted)), time_of_day(now + whole(wanted)));
    add(format!("takes about {long}, until {ends}, and up to four hours where Cognito is slow"));
    add(
        "costs nothing by AWS's price list: user pools without users, their domains, and CloudTrail's event \
         history are free"
            .to_owned(),
    );
    text
}
