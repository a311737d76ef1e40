//! Without a trail that logs write management events no event ever arrives.

use cognito_domain_guard::call::CallError;

use super::known;
use crate::doctor::facts::{FieldSelector, Known, Selector, Trail};
use crate::doctor::finding::{Check, Finding, Step, run, say};
use crate::doctor::sample;

const COGNITO: &str = "cognito-idp.amazonaws.com";

/// What one trail does for the guard.
enum Service<'a> {
    Serves,
    Fails { why: String, fix: Vec<Step> },
    Unknown(&'a CallError),
}

pub fn judge(trails: &Known<Vec<Trail>>, region: &str, found: &mut Vec<Finding>) {
    let check = Check::Trail;
    let Some(trails) = known(check, trails, found) else { return };
    let judged: Vec<_> = trails.iter().map(|trail| (trail, service(trail, region))).collect();
    let serving: Vec<_> = judged
        .iter()
        .filter(|(_, service)| matches!(service, Service::Serves))
        .map(|(trail, _)| described(trail))
        .collect();
    if !serving.is_empty() {
        let what = format!("write management events are logged by {}", serving.join(" and "));
        found.push(check.ok(what));
        return;
    }
    // One that nobody could look at may be the one that serves.
    let before = found.len();
    for (trail, service) in &judged {
        if let Service::Unknown(error) = service {
            let mut finding = check.unknown(error);
            finding.what = format!("{}: {}", trail.name, finding.what);
            found.push(finding);
        }
    }
    if found.len() > before {
        return;
    }
    let mut what =
        "no trail logs this region's write management events: no event ever reaches the \
                    guard, only sweeps look"
            .to_owned();
    let mut fix = Vec::new();
    for (trail, service) in judged {
        if let Service::Fails { why, fix: steps } = service {
            what.push_str("; ");
            what.push_str(&why);
            if trail.is_of_organization {
                fix.push(say(format!(
                    "{} is the organization's: its management account fixes it",
                    trail.name
                )));
            }
            fix.extend(steps);
        }
    }
    if fix.is_empty() {
        fix = vec![
            say("make one, with a bucket whose policy lets CloudTrail write; the first copy of \
                 management events costs nothing but storage"),
            run(format!(
                "aws cloudtrail create-trail --region {region} --name management-events \
                 --is-multi-region-trail --s3-bucket-name BUCKET"
            )),
            run(format!("aws cloudtrail start-logging --region {region} --name management-events")),
        ];
    }
    found.push(check.wrong(what, fix));
}

fn described(trail: &Trail) -> String {
    let reach = if trail.is_multi_region { "every region" } else { "this region" };
    let owner = if trail.is_of_organization { ", the organization's" } else { "" };
    format!("{} ({reach}{owner})", trail.name)
}

fn service<'a>(trail: &'a Trail, region: &str) -> Service<'a> {
    let (name, arn, home) = (&trail.name, &trail.arn, &trail.home_region);
    if !trail.is_multi_region && home != region {
        return Service::Fails {
            why: format!("{name} is for {home} only"),
            fix: vec![run(format!(
                "aws cloudtrail update-trail --region {home} --name {arn} --is-multi-region-trail"
            ))],
        };
    }
    // What is wrong for sure counts, whatever else is not known.
    if let Ok(selectors) = &trail.selectors
        && !takes_all(selectors)
    {
        return Service::Fails {
            why: format!("{name} does not take in Cognito's write management events"),
            fix: vec![
                say(format!(
                    "have {name} take in all write management events; the command replaces its \
                     selectors, so look at them first"
                )),
                run(format!(
                    "aws cloudtrail get-event-selectors --region {home} --trail-name {arn}"
                )),
                run(format!(
                    "aws cloudtrail put-event-selectors --region {home} --trail-name {arn} \
                     --event-selectors '[{{\"ReadWriteType\": \"All\", \
                     \"IncludeManagementEvents\": true}}]'"
                )),
            ],
        };
    }
    match (&trail.is_logging, &trail.selectors) {
        (Ok(true), Ok(_)) => Service::Serves,
        (Ok(false), _) => Service::Fails {
            why: format!("{name} is stopped"),
            fix: vec![run(format!("aws cloudtrail start-logging --region {home} --name {arn}"))],
        },
        (Err(error), _) | (_, Err(error)) => Service::Unknown(error),
    }
}

/// Whether the selectors together take in each of the calls that matter.
fn takes_all(selectors: &[Selector]) -> bool {
    let calls = sample::ALL.iter().map(|sample| sample.call);
    calls.into_iter().all(|call| selectors.iter().any(|selector| takes(selector, call)))
}

fn takes(selector: &Selector, call: &str) -> bool {
    match selector {
        Selector::Basic { read_write_type, management_events, excluded_sources } => {
            *management_events
                && read_write_type != "ReadOnly"
                && !excluded_sources.iter().any(|source| source == COGNITO)
        }
        Selector::Advanced(fields) => fields.iter().all(|field| {
            let value = match field.field.as_str() {
                "eventCategory" => "Management",
                "readOnly" => "false",
                "eventSource" => COGNITO,
                "eventName" => call,
                "eventType" => "AwsApiCall",
                // By user or session: then somebody's changes are not logged.
                _ => return false,
            };
            field_takes(field, value)
        }),
    }
}

fn field_takes(field: &FieldSelector, value: &str) -> bool {
    let FieldSelector {
        field: _,
        equals,
        starts_with,
        ends_with,
        not_equals,
        not_starts_with,
        not_ends_with,
    } = field;
    let wants_nothing = equals.is_empty() && starts_with.is_empty() && ends_with.is_empty();
    let wanted = wants_nothing
        || equals.iter().any(|wanted| wanted == value)
        || starts_with.iter().any(|wanted| value.starts_with(wanted.as_str()))
        || ends_with.iter().any(|wanted| value.ends_with(wanted.as_str()));
    let unwanted = not_equals.iter().any(|unwanted| unwanted == value)
        || not_starts_with.iter().any(|unwanted| value.starts_with(unwanted.as_str()))
        || not_ends_with.iter().any(|unwanted| value.ends_with(unwanted.as_str()));
    wanted && !unwanted
}
