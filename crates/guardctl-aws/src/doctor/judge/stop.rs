//! Whether somebody has stopped the guard by a Deny, for all domains or for some, and has perhaps
//! forgotten it.

use cognito_domain_guard::text::{counted, harmless};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::known;
use crate::doctor::facts::{Facts, PolicyOfRole, SetBy, Stop, iam_region, name_of};
use crate::doctor::finding::{Check, Finding, Step, run, say};
use crate::shell::word;

const CHECK: Check = Check::Stop;

/// A stop for an emergency is over within a day.
const FORGOTTEN: time::Duration = time::Duration::DAY;

pub fn judge(facts: &Facts, now: OffsetDateTime, found: &mut Vec<Finding>) {
    let Ok(guard) = &facts.guard else { return };
    let role = name_of(&guard.role_arn);
    let Some(stops) = known(CHECK, &facts.stops, found) else { return };
    for stop in stops {
        found.push(CHECK.wrong(worded(facts, role, stop, now), end(facts, role, stop)));
    }
    if stops.is_empty() {
        found.push(CHECK.ok(format!("no policy of {role} denies it to update domains")));
    }
}

/// Whether a policy keeps the guard from updating any domain.
pub fn is_stopped(facts: &Facts) -> bool {
    let mut stops = facts.stops.iter().flatten();
    stops.any(|stop| stop.denial.pools.is_empty() && !stop.denial.is_conditional)
}

fn worded(facts: &Facts, role: &str, stop: &Stop, now: OffsetDateTime) -> String {
    let Stop { policy, denial, set_by } = stop;
    let policy = match policy {
        PolicyOfRole::Inline(name) => format!("the policy {} of {role}", harmless(name)),
        PolicyOfRole::Attached(arn) => format!("{} on {role}", harmless(arn)),
        PolicyOfRole::Boundary(arn) => {
            format!("the permissions boundary {} of {role}", harmless(arn))
        }
    };
    let (what, whose) = match denial.pools.as_slice() {
        [] => ("the guard is stopped", "any domain".to_owned()),
        pools => (
            "the guard is stopped for some domains",
            format!("the domains of {}", pools.join(", ")),
        ),
    };
    let condition = if denial.is_conditional { ", under a condition" } else { "" };
    let since = match set_by {
        Ok(Some(SetBy { at, by })) => {
            let age = now - *at;
            let forgotten = if age > FORGOTTEN { "; perhaps it was forgotten" } else { "" };
            format!(
                ". It was set {} ago ({}) by {}{forgotten}",
                aged(age),
                at.format(&Rfc3339).unwrap_or_default(),
                harmless(by)
            )
        }
        Ok(None) => format!(
            ". CloudTrail's event history in {} does not say who set it, or it is older than the 90 \
             days of that; perhaps it was forgotten",
            iam_region(&facts.place.partition)
        ),
        Err(error) => format!(". Who set it could not be checked: {error}"),
    };
    format!("{what}: {policy} denies it to update {whose}{condition}{since}")
}

fn aged(age: time::Duration) -> String {
    let count = |count: i64| usize::try_from(count).unwrap_or_default();
    match (age.whole_days(), age.whole_hours()) {
        (..=1, ..=1) => counted(count(age.whole_minutes()), "minute"),
        (..=1, hours) => counted(count(hours), "hour"),
        (days, _) => counted(count(days), "day"),
    }
}

fn end(facts: &Facts, role: &str, stop: &Stop) -> Vec<Step> {
    let mut steps = match (&stop.policy, stop.denial.is_alone) {
        (PolicyOfRole::Inline(name), true) => vec![
            say("if it is meant, leave it. To end it:"),
            run(format!(
                "aws iam delete-role-policy --role-name {role} --policy-name {}",
                word(name)
            )),
        ],
        (PolicyOfRole::Inline(name), false) => vec![
            say(
                "if it is meant, leave it. To end it, take the Deny out of the policy, which says more:",
            ),
            run(format!("aws iam get-role-policy --role-name {role} --policy-name {}", word(name))),
        ],
        (PolicyOfRole::Attached(arn), true | false) => vec![
            say("if it is meant, leave it. To end it:"),
            run(format!(
                "aws iam detach-role-policy --role-name {role} --policy-arn {}",
                word(arn)
            )),
        ],
        (PolicyOfRole::Boundary(_), true | false) => vec![say(
            "if it is meant, leave it. To end it, ask whoever looks after the permissions boundary",
        )],
    };
    if facts.stack.is_some() {
        steps.push(say("then sweep, as in docs/operate.md, \"Bring it back\""));
    }
    steps
}
