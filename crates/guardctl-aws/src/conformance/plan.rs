//! What a run will do, how long it takes and what it costs, before anybody is asked.

use std::time::Duration;

use super::finding::{Question, long};
use super::resources::{NAME, Run, TAG};
use super::steps::time_of_day;
use super::wanted::{Custom, Wanted};
use time::OffsetDateTime;

const MINUTE: Duration = Duration::from_secs(60);
/// How long CloudTrail's records are waited for. It has an event after about five minutes on average, and
/// promises no longest time.
pub const EVENTS: Duration = Duration::from_secs(20 * 60);

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
        Part::Custom => wanted.custom.as_ref().map_or(Duration::ZERO, |custom| {
            let Custom {
                name: _,
                certificate_arn: _,
                second_certificate_arn,
                restricted_role_arn,
                replica,
            } = custom;
            let certificate = if second_certificate_arn.is_some() { 60 } else { 0 };
            let role = if restricted_role_arn.is_some() { 5 } else { 0 };
            let failover = if replica.is_some() { 4 * 5 } else { 0 };
            MINUTE * (60 + 7 * 5 + certificate + role + failover)
        }),
        Part::Prefix => Duration::ZERO,
        Part::Removal => MINUTE * 5,
        Part::Events => EVENTS,
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

/// What it takes to measure a failover.
pub const REPLICA: &str = "it takes a user pool with an active replica: docs/conformance.md says how to make one for \
     this, and then pass --replicated-user-pool, --replica-region and --health-check-id";

/// What cannot be measured with what the run is given, and what it takes. A failover is tried all the same.
pub fn not_measurable(wanted: &Wanted) -> Vec<(Question, &'static str)> {
    let Wanted { account: _, custom, prefix: _, foreign_domain } = wanted;
    let mut missing =
        vec![(Question::OldPolicy, "a domain from before June 2026 cannot be made any more")];
    if foreign_domain.is_none() {
        let why = "pass --foreign-domain with a domain of another account";
        missing.push((Question::Elsewhere, why));
    }
    match custom {
        Some(Custom {
            name: _,
            certificate_arn: _,
            second_certificate_arn,
            restricted_role_arn,
            replica,
        }) => {
            if second_certificate_arn.is_none() {
                let why =
                    "pass --second-certificate-arn with another certificate for the same name";
                missing.push((Question::DurationCertificate, why));
            }
            if restricted_role_arn.is_none() {
                let why =
                    "pass --restricted-role-arn with a role that may update domains and lacks it";
                missing.push((Question::UpdateDistribution, why));
            }
            if replica.is_none() {
                missing.extend([
                    (Question::OmittedRouting, REPLICA),
                    (Question::EmptyRouting, REPLICA),
                ]);
            }
        }
        None => {
            let why = "it takes a custom domain: pass --domain and --certificate-arn";
            missing.extend(
                [
                    Question::NewPolicy,
                    Question::OmittedSecurityPolicy,
                    Question::OmittedCustomDomainConfig,
                    Question::OmittedRouting,
                    Question::EmptyRouting,
                    Question::TlsV1WithManagedLogin,
                    Question::DurationCertificate,
                    Question::UpdateDistribution,
                ]
                .map(|question| (question, why)),
            );
        }
    }
    missing
}

/// The same in lines, one for each thing that is missing.
fn not_measurable_lines(wanted: &Wanted) -> Vec<String> {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for (question, why) in not_measurable(wanted) {
        match by_reason.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, questions)) => questions.push(question.as_str()),
            None => by_reason.push((why, vec![question.as_str()])),
        }
    }
    let lines = by_reason.into_iter();
    lines.map(|(why, questions)| format!("{}: {why}", questions.join(", "))).collect()
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
        add(match wanted.kept_pool() {
            Some(pool) if kind == "custom" => format!(
                "makes the custom domain {name} on the user pool {pool}, which you marked for that and which stays"
            ),
            Some(_) | None => format!(
                "makes the user pool {NAME}{run}-{kind}, tagged {TAG}={run}, and on it the {kind} domain {name}"
            ),
        });
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
    if wanted.kept_pool().is_some() {
        add("AWS charges for the replica, whether a run goes on or not: remove it when you are done"
            .to_owned());
    }
    text += "Not measurable here\n";
    for line in not_measurable_lines(wanted) {
        text += &format!("  {line}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::wanted::Replica;
    use super::*;

    fn custom() -> Custom {
        Custom {
            name: "guard-test.example.com".to_owned(),
            certificate_arn: "arn".to_owned(),
            second_certificate_arn: None,
            restricted_role_arn: None,
            replica: None,
        }
    }

    fn said(custom: Option<Custom>, foreign_domain: Option<&str>) -> String {
        let wanted = Wanted {
            account: "111122223333".to_owned(),
            custom,
            prefix: Some("guard-test-4711".to_owned()),
            foreign_domain: foreign_domain.map(str::to_owned),
        };
        let now = OffsetDateTime::UNIX_EPOCH;
        text(&wanted, &Run::begun(now), "eu-central-1", now)
    }

    #[test]
    fn the_plan_says_before_the_run_what_cannot_be_measured_and_what_it_takes() {
        let prefix = said(None, None);
        assert!(prefix.contains("omitted.routing, empty-routing"), "{prefix}");
        assert!(prefix.contains("it takes a custom domain: pass --domain"), "{prefix}");
        let bare = said(Some(custom()), None);
        for wanted in [
            "duration.certificate: pass --second-certificate-arn",
            "cloudfront:updateDistribution: pass --restricted-role-arn",
            "elsewhere: pass --foreign-domain",
            "omitted.routing, empty-routing: it takes a user pool with an active replica",
        ] {
            assert!(bare.contains(wanted), "{wanted} is not in {bare}");
        }
        let all = Custom {
            second_certificate_arn: Some("arn:2".to_owned()),
            restricted_role_arn: Some("arn:role".to_owned()),
            replica: Some(Replica {
                user_pool_id: "eu-central-1_Kept00001".to_owned(),
                region: "eu-west-1".to_owned(),
                health_check_id: "x".to_owned(),
            }),
            ..custom()
        };
        let all = said(Some(all), Some("login.acme.io"));
        let (plan, missing) = all.split_once("Not measurable here\n").unwrap();
        assert_eq!(
            missing,
            "  old-policy: a domain from before June 2026 cannot be made any more\n"
        );
        assert!(
            plan.contains("on the user pool eu-central-1_Kept00001, which you marked"),
            "{plan}"
        );
        assert!(!plan.contains("-custom, tagged"), "{plan}");
    }

    /// What is said beforehand and what is waited for are one figure.
    #[test]
    fn the_time_for_the_events_is_the_longest_that_they_are_waited_for() {
        let wanted = Wanted { prefix: Some("guard-test".to_owned()), ..Wanted::default() };
        assert_eq!(left(&wanted, Part::Events), EVENTS);
        assert!(whole(&wanted) > EVENTS);
    }
}
