//! How a look, a call and the difference between two states read in a story.

use std::fmt::Write as _;

use cognito_domain_guard::domain::{Domain, Hosting};
use cognito_domain_guard_sandbox::{Action, Busy, Call, JournalEntry, Variant};
use serde_json::Value;

pub(crate) fn woken_by(entry: &JournalEntry) -> &'static str {
    let text = |pointer: &str| entry.payload.pointer(pointer).and_then(Value::as_str);
    let function = text("/detail/userIdentity/inScopeOf/credentialsIssuedTo");
    let ours = ["GuardFunction", "SweepFunction"]
        .map(|name| format!(":111122223333:function:cognito-domain-guard-{name}"));
    match () {
        () if entry.payload.get("Records").is_some() => "recheck",
        () if text("/detail-type") == Some("Scheduled Event") => "sweep",
        () if function.is_some_and(|arn| ours.iter().any(|ours| arn.ends_with(ours))) => {
            "own event"
        }
        () => "event",
    }
}

/// What came of each domain, and the error type in which the look ended.
pub(crate) fn outcome(entry: &JournalEntry) -> String {
    let mut words: Vec<&str> = entry
        .reports
        .iter()
        .flat_map(|report| &report.outcomes)
        .map(|outcome| outcome.outcome.as_str())
        .collect();
    if words.is_empty() {
        words.push("nothing");
    }
    let unsettled = entry.reports.iter().find_map(|report| report.unsettled());
    if let Some(unsettled) = &unsettled {
        words.push(unsettled.error_type.as_str());
    }
    // What Lambda gets must agree with the report.
    match &entry.result {
        Err(error) => assert_eq!(Some(error), unsettled.as_ref()),
        Ok(answer) => match answer.get("batchItemFailures").and_then(Value::as_array) {
            Some(failures) => assert_eq!(failures.len(), usize::from(unsettled.is_some())),
            None => assert_eq!(unsettled, None),
        },
    }
    words.join(", ")
}

pub(crate) fn describe(call: &Call, variant: Variant) -> String {
    let mut text = call.action.to_string();
    if call.action == Action::Publish {
        let message = call.request.get("Message").and_then(Value::as_str).unwrap();
        let forms: Value = serde_json::from_str(message).unwrap();
        let record: Value = serde_json::from_str(forms["default"].as_str().unwrap()).unwrap();
        write!(text, " {}", record["kind"].as_str().unwrap()).unwrap();
    }
    match (&call.outcome, variant.busy) {
        (Ok(_), _) => {}
        (Err(error), Busy::Conflict) if error.code == "ConcurrentModificationException" => {
            text.push_str(" <busy>");
        }
        (Err(error), Busy::Invalid)
            if error.code == "InvalidParameterException"
                && error.message.contains("cannot be updated while its status is") =>
        {
            text.push_str(" <busy>");
        }
        (Err(error), _) => write!(text, " {}", error.code).unwrap(),
    }
    if !call.answered {
        text.push_str(" (unanswered)");
    }
    text
}

/// What is not the same about each domain.
pub(crate) fn differences(before: &[Domain], after: &[Domain]) -> Vec<String> {
    let mut lines = Vec::new();
    for was in before {
        match after.iter().find(|is| is.name == was.name) {
            None => lines.push(format!("{} is gone", was.name)),
            Some(is) => {
                for ((name, was_value), (_, is_value)) in facts(was).iter().zip(facts(is)) {
                    if *was_value != is_value {
                        lines.push(format!("{} {name} {was_value} -> {is_value}", was.name));
                    }
                }
            }
        }
    }
    for is in after.iter().filter(|is| before.iter().all(|was| was.name != is.name)) {
        let facts: Vec<String> =
            facts(is).into_iter().map(|(name, value)| format!("{name} {value}")).collect();
        lines.push(format!("{} is new: {}", is.name, facts.join(", ")));
    }
    lines
}

fn facts(domain: &Domain) -> Vec<(&'static str, String)> {
    let Domain { name: _, user_pool_id, account, status, hosting, managed_login_version } = domain;
    let none = || "none".to_owned();
    let mut facts = vec![
        ("status", status.to_string()),
        ("managed_login_version", managed_login_version.map_or_else(none, |v| v.to_string())),
        ("user_pool", user_pool_id.clone()),
        ("account", account.clone().unwrap_or_else(none)),
    ];
    match hosting {
        Hosting::Prefix => facts.push(("hosting", "prefix".to_owned())),
        Hosting::Custom(custom) => {
            let policy = custom.security_policy.as_sent().map_or_else(none, str::to_owned);
            facts.push(("security_policy", policy));
            let routing = custom.failover.as_ref().map_or_else(none, |failover| {
                let check = &failover.primary_route53_health_check_id;
                format!("{}/{}", failover.secondary_region, check.get(..8).unwrap_or(check))
            });
            facts.push(("routing", routing));
            let arn = custom.certificate_arn.clone().unwrap_or_else(none);
            let id = arn.rsplit('/').next().unwrap_or_default();
            facts.push(("certificate", id.get(..8).unwrap_or(id).to_owned()));
        }
    }
    facts
}
