//! The values of single keys. Each function reads one, or says what is wrong with it.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::{Attribute, Failover, SecurityPolicy};
use crate::place::is_region;
use crate::when;

use super::field::Field;
use super::model::{PolicyRule, RoutingRule};
use super::nearest::{nearest, nearest_policy};
use super::pattern::DomainPattern;
use super::problem::{Fault, Problem, quoted, shown};
use super::yaml::Kind;

pub(super) const UNTIL_FORM: &str =
    "write a date, a time and an offset, such as 2026-12-31T00:00:00Z";
pub(super) const ATTRIBUTES_FORM: &str =
    "write a list of security_policy, routing, managed_login_version and certificate_arn";

const POLICY_FORM: &str = "write the name of a policy, or `{ at_least: NAME }` (one of TLS_V1, TLS_V1_2_2021, TLS_V1_3_2025)";
const FAILOVER_FORM: &str = "write `{ failover: { secondary_region: REGION, primary_route53_health_check_id: ID } }`, or `none`";
const CERTIFICATE_FORM: &str =
    "write the ARN of an ACM certificate: arn:aws:acm:us-east-1:111122223333:certificate/ID";

/// `version`, which is 1: the one format there is.
pub(super) fn format_version(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<()> {
    match one_of(field, &[1], "version") {
        Ok(_) => return Some(()),
        Err(problem) => problems.push(problem),
    }
    None
}

/// `managed_login_version`: 1 or 2.
pub(super) fn managed_login_version(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<i32> {
    one_of(field, &[1, 2], "managed_login_version").map_err(|problem| problems.push(problem)).ok()
}

fn one_of(field: &Field<'_>, allowed: &[i32], key: &str) -> Result<i32, Problem> {
    let choices = || {
        allowed.iter().map(|number| format!("`{key}: {number}`")).collect::<Vec<_>>().join(" or ")
    };
    let scalar = field.node.scalar().unwrap_or_default();
    // Only the plain form of a number: not `+1`, not `01`.
    let meant = |text: &str| {
        let number = text.parse().ok().filter(|number| allowed.contains(number));
        number.filter(|_| !text.starts_with(['+', '0']))
    };
    match field.node.kind() {
        Kind::Integer => meant(scalar).ok_or_else(|| {
            field.problem(
                format!("there is no {key} {}", shown(scalar)),
                format!("write {}", choices()),
            )
        }),
        Kind::Text => match meant(scalar.trim()) {
            Some(number) => Err(field
                .wrong_kind(format!("remove the quotes to make it a number: `{key}: {number}`"))),
            None => Err(field.wrong_kind(format!("write {}", choices()))),
        },
        Kind::Float => Err(field.problem(
            format!("{} is not a whole number", shown(scalar)),
            format!("write {}", choices()),
        )),
        Kind::Null | Kind::Boolean | Kind::List | Kind::Mapping => {
            Err(field.wrong_kind(format!("write {}", choices())))
        }
    }
}

/// `max_exemption_days`: for how long an exemption may be made.
pub(super) fn max_exemption_days(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<u16> {
    let most = super::MOST_EXEMPTION_DAYS;
    let wanted = format!(
        "write a whole number of days from 1 to {most}, such as `max_exemption_days: {}`",
        super::DEFAULT_EXEMPTION_DAYS
    );
    let text = field.node.scalar().unwrap_or_default();
    let number = text.parse().ok().filter(|days| (1..=most).contains(days));
    match field.node.kind() {
        // Only the plain form of a number: not `+90`, not `090`.
        Kind::Integer if number.is_some() && !text.starts_with(['+', '0']) => return number,
        Kind::Integer if number.is_some() => {
            problems
                .push(field.problem(format!("{text} is not the plain form of a number"), wanted));
        }
        Kind::Integer => {
            problems.push(field.problem(format!("{text} is not between 1 and {most}"), wanted));
        }
        Kind::Null | Kind::Boolean | Kind::Float | Kind::Text | Kind::List | Kind::Mapping => {
            problems.push(field.wrong_kind(wanted));
        }
    }
    None
}

/// `domain`: a name or a pattern.
pub(super) fn pattern(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<DomainPattern> {
    let text = field.free_text("write the name of a domain, such as auth.example.com", problems)?;
    accepted(field, DomainPattern::parse(text), problems)
}

/// `security_policy`: a name, `{ exactly: NAME }` or `{ at_least: NAME }`.
pub(super) fn security_policy(
    field: &Field<'_>,
    problems: &mut Vec<Problem>,
) -> Option<PolicyRule> {
    if field.node.kind() != Kind::Mapping {
        return policy_name(field, problems).map(PolicyRule::Exactly);
    }
    match field.fields(["exactly", "at_least"], POLICY_FORM, problems)? {
        [Some(exactly), None] => policy_name(&exactly, problems).map(PolicyRule::Exactly),
        [None, Some(floor)] => policy_name(&floor, problems).map(PolicyRule::AtLeast),
        [Some(_), Some(_)] => {
            problems.push(field.problem(
                "`exactly` and `at_least` exclude each other",
                "keep the one that is meant",
            ));
            None
        }
        [None, None] => {
            // A misspelt key was reported already, and is the whole reason.
            if field.is_empty() {
                problems.push(field.problem("no policy is given", POLICY_FORM));
            }
            None
        }
    }
}

fn policy_name(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<SecurityPolicy> {
    let text = field.text(POLICY_FORM, problems)?;
    let policy = SecurityPolicy::from_name(text);
    if policy.is_none() {
        let guess = nearest_policy(text).map(SecurityPolicy::as_str);
        let names = SecurityPolicy::WORDS;
        problems.push(field.not_one_of(text, "a security policy", guess, &names));
    }
    policy
}

/// `routing`: `none` or `{ failover: { … } }`.
pub(super) fn routing(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<RoutingRule> {
    match (field.node.kind(), field.node.scalar()) {
        (Kind::Mapping, _) => {}
        (Kind::Text, Some("none")) => return Some(RoutingRule::NoFailover),
        (Kind::Null, _) => {
            problems.push(field.problem(
                "no value is given",
                "write `none` for no failover, or remove the key to leave routing alone",
            ));
            return None;
        }
        (Kind::Boolean | Kind::Integer | Kind::Float | Kind::Text | Kind::List, _) => {
            problems.push(field.wrong_kind(FAILOVER_FORM));
            return None;
        }
    }
    let [failover] = field.fields(["failover"], FAILOVER_FORM, problems)?;
    let Some(failover) = failover else {
        if field.is_empty() {
            problems.push(field.problem("no failover is given", FAILOVER_FORM));
        }
        return None;
    };
    let [region, health_check] = failover.fields(
        ["secondary_region", "primary_route53_health_check_id"],
        FAILOVER_FORM,
        problems,
    )?;
    let region = failover
        .required(
            region,
            "secondary_region",
            "write the region that takes over, such as us-west-2",
            problems,
        )
        .and_then(|field| secondary_region(&field, problems));
    let health_check = failover
        .required(
            health_check,
            "primary_route53_health_check_id",
            "write the ID of the Route 53 health check that decides when to fail over",
            problems,
        )
        .and_then(|field| health_check_id(&field, problems));
    Some(RoutingRule::Failover(Failover {
        secondary_region: region?,
        primary_route53_health_check_id: health_check?,
    }))
}

fn secondary_region(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let text = field.free_text("write the region that takes over, such as us-west-2", problems)?;
    let region = if is_region(text) {
        Ok(text.to_owned())
    } else {
        Err(Fault::new(
            format!("{} is not an AWS region", quoted(text)),
            "write the region that takes over by its code, such as us-west-2",
        ))
    };
    accepted(field, region, problems)
}

fn health_check_id(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let wanted =
        "write the ID of a Route 53 health check, such as 0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8";
    let text = field.free_text(wanted, problems)?;
    let identifier = match text.rsplit_once('/') {
        Some((_, identifier)) if !identifier.is_empty() => Err(Fault::new(
            format!("{} is more than the ID of a health check", quoted(text)),
            format!("write \"{identifier}\""),
        )),
        _ if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') => Ok(text.to_owned()),
        _ => Err(Fault::new(format!("{} is not the ID of a health check", quoted(text)), wanted)),
    };
    accepted(field, identifier, problems)
}

/// `certificate_arn`: an ACM certificate that Cognito can use.
pub(super) fn certificate_arn(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let text = field.text(CERTIFICATE_FORM, problems)?;
    accepted(field, check_certificate_arn(text).map(|()| text.to_owned()), problems)
}

fn check_certificate_arn(text: &str) -> Result<(), Fault> {
    let fault = |what: &str, fix: &str| Err(Fault::new(format!("{} {what}", quoted(text)), fix));
    let mut parts = text.splitn(6, ':');
    let (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return fault("is not an ARN", CERTIFICATE_FORM);
    };
    let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
    if partition != "aws" && !(partition.starts_with("aws-") && partition.chars().all(is_word)) {
        return fault("is in no partition of AWS", CERTIFICATE_FORM);
    }
    let name = resource.strip_prefix("certificate/").unwrap_or_default();
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if service != "acm" || !named {
        return fault("is not the ARN of an ACM certificate", CERTIFICATE_FORM);
    }
    if account.len() != 12 || !account.bytes().all(|digit| digit.is_ascii_digit()) {
        return fault("has no account of 12 digits", CERTIFICATE_FORM);
    }
    if !is_region(region) {
        return fault("has no AWS region", CERTIFICATE_FORM);
    }
    if partition == "aws" && region != "us-east-1" {
        return fault(
            "is not in us-east-1, where Cognito takes the certificates of custom domains from",
            "write the ARN of a certificate that ACM issued or imported in us-east-1",
        );
    }
    Ok(())
}

/// `until`: an RFC 3339 date and time.
pub(super) fn until(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<OffsetDateTime> {
    let text = field.text(UNTIL_FORM, problems)?;
    let is_good = |text: &str| OffsetDateTime::parse(text, &Rfc3339).is_ok_and(when::is_sensible);
    let instant = match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(instant) if when::is_sensible(instant) => Ok(instant),
        Ok(_) => Err(Fault::new(
            format!("{} is not in the years 2000 to 2200", quoted(text)),
            "write the day on which the exemption ends; where drift is fine for good, declare \
             `unmanaged` in an entry for the domain",
        )),
        Err(_) => {
            let typed = text.trim().replacen(' ', "T", 1);
            let fix =
                [format!("{typed}T00:00:00Z"), format!("{typed}Z"), format!("{typed}:00Z"), typed]
                    .into_iter()
                    .find(|guess| is_good(guess))
                    .map_or_else(|| UNTIL_FORM.to_owned(), |guess| format!("write {guess}"));
            Err(Fault::new(format!("{} is not a moment in time", quoted(text)), fix))
        }
    };
    accepted(field, instant, problems)
}

/// `attributes`: which may drift.
pub(super) fn attributes(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<Vec<Attribute>> {
    if let Some(attribute) = field.node.scalar().and_then(Attribute::from_name) {
        problems.push(field.problem(
            format!("{attribute} is a single name, not a list"),
            format!("put it in brackets: `[{attribute}]`"),
        ));
        return None;
    }
    let mut attributes = Vec::new();
    let mut items = field.items(ATTRIBUTES_FORM, problems)?.peekable();
    if items.peek().is_none() {
        problems.push(field.problem("the list is empty", ATTRIBUTES_FORM));
        return None;
    }
    for item in items {
        let Some(text) = item.text(ATTRIBUTES_FORM, problems) else {
            continue;
        };
        match Attribute::from_name(text) {
            Some(attribute) if attributes.contains(&attribute) => {
                problems.push(
                    item.problem(format!("{attribute} is listed twice"), "remove one of the two"),
                );
            }
            Some(attribute) => attributes.push(attribute),
            None => {
                let names = Attribute::WORDS;
                problems.push(item.not_one_of(text, "an attribute", nearest(text, &names), &names));
            }
        }
    }
    Some(attributes)
}

fn accepted<T: fmt::Debug>(
    field: &Field<'_>,
    value: Result<T, Fault>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    value.map_err(|Fault { message, fix }| problems.push(field.problem(message, fix))).ok()
}
