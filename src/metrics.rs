//! One CloudWatch metric line for each invocation, in the embedded metric format: a line of JSON on
//! standard output that CloudWatch Logs turns into metrics, without a call and without an agent.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::memory::ErrorType;
use crate::reconcile::Answer;
use crate::report::{Outcome, Report};

#[cfg(test)]
mod tests;

/// The namespace of every metric.
pub const NAMESPACE: &str = "CognitoDomainGuard";

/// What every invocation counts. One that is zero stands in the line and is not sent as a metric.
///
/// `Reverts`, `Held`, `Failed`, `Refused`, `Audited` and `Exempt` count looks by their outcome.
/// `Drift` counts those of them that saw drift, `DriftUnknown` the others: a domain that was held,
/// failed or refused before any drift could be seen. So, in every line:
///
/// > Drift + DriftUnknown = Reverts + Held + Failed + Refused + Audited + Exempt
///
/// A look is counted each time, so one incident that was held three times is four drifts. What the
/// guard's own events verify (`Restored`, `NotRestored`) is not drift again.
pub const COUNTERS: [&str; 18] = [
    "Events",
    "DomainsChecked",
    "Drift",
    "DriftUnknown",
    "Reverts",
    "Held",
    "Failed",
    "Refused",
    "Audited",
    "Exempt",
    "Ignored",
    "Unreadable",
    "Restored",
    "NotRestored",
    "Deleted",
    "Notices",
    "NoticeFailures",
    "ColdStarts",
];

/// What a sweep says of the whole account and region.
pub const GAUGES: [&str; 6] =
    ["SweepPools", "SweepDomains", "SweepGoverned", "SweepDrifted", "SweepExempt", "SweepUnknown"];

/// What is measured in seconds.
pub const SECONDS: [&str; 2] = ["SecondsToRevert", "SecondsToEffect"];

/// CloudWatch takes no line with more values of one metric.
const MOST_VALUES: usize = 100;

/// Counts one invocation.
pub fn line(answer: &Answer, now: OffsetDateTime, cold_start: bool) -> String {
    let mut counts = COUNTERS.map(|name| (name, 0_u64));
    let mut add = |name: &str, count: u64| {
        for (_, total) in counts.iter_mut().filter(|(counter, _)| *counter == name) {
            *total += count;
        }
    };
    add("ColdStarts", u64::from(cold_start));
    for report in &answer.reports {
        count(report, &mut add);
    }
    let outcomes = || answer.reports.iter().flat_map(|report| &report.outcomes);
    let to_revert: Vec<i64> = outcomes()
        .filter(|outcome| outcome.outcome == Outcome::Reverted)
        .filter_map(|outcome| outcome.seconds_to_revert)
        .take(MOST_VALUES)
        .collect();
    let to_effect: Vec<i64> =
        outcomes().filter_map(|outcome| outcome.seconds_to_effect).take(MOST_VALUES).collect();
    // CloudWatch bills each metric for each hour in which it is sent, so a zero is a member of the
    // line, for queries, and no metric.
    let mut metrics: Vec<Value> = counts
        .iter()
        .filter(|(_, count)| *count != 0)
        .map(|(name, _)| json!({ "Name": name, "Unit": "Count" }))
        .collect();
    let mut values: Map<String, Value> =
        counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
    for (name, seconds) in SECONDS.into_iter().zip([to_revert, to_effect]) {
        if !seconds.is_empty() {
            values.insert(name.to_owned(), json!(seconds));
            metrics.push(json!({ "Name": name, "Unit": "Seconds" }));
        }
    }
    if let Some(sweep) = answer.reports.iter().find_map(|report| report.sweep.as_ref()) {
        let gauges = [
            sweep.pools,
            sweep.domains,
            sweep.governed,
            sweep.drifted,
            sweep.exempt,
            sweep.unknown,
        ];
        for (name, value) in GAUGES.into_iter().zip(gauges) {
            values.insert(name.to_owned(), json!(value));
            metrics.push(json!({ "Name": name, "Unit": "Count" }));
        }
    }
    let mut directives = vec![json!({
        "Namespace": NAMESPACE,
        "Dimensions": [[]],
        "Metrics": metrics,
    })];
    // How often one domain is reverted tells whether somebody keeps changing it back.
    let mut reverted = outcomes().filter(|outcome| outcome.outcome == Outcome::Reverted);
    if let (Some(only), None) = (reverted.next(), reverted.next())
        && let Some(domain) = &only.domain
    {
        values.insert("Domain".to_owned(), json!(domain));
        directives.push(json!({
            "Namespace": NAMESPACE,
            "Dimensions": [["Domain"]],
            "Metrics": [{ "Name": "Reverts", "Unit": "Count" }],
        }));
    }
    let milliseconds = now.unix_timestamp_nanos() / 1_000_000;
    values.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": milliseconds as i64, "CloudWatchMetrics": directives }),
    );
    Value::Object(values).to_string()
}

fn count(report: &Report, add: &mut impl FnMut(&str, u64)) {
    add("Events", 1);
    let unreadable = report
        .unsettled
        .as_ref()
        .is_some_and(|unsettled| unsettled.error_type == ErrorType::Unreadable);
    add("Unreadable", unreadable.into());
    let (published, unpublished) = report.general_notices;
    add("Notices", published.into());
    add("NoticeFailures", unpublished.into());
    if let Some(sweep) = &report.sweep {
        add("DomainsChecked", sweep.domains as u64);
    }
    for outcome in &report.outcomes {
        add("Notices", outcome.notices.len() as u64);
        add("NoticeFailures", outcome.notice_failures.into());
        let drift = if outcome.changes.is_empty() { "DriftUnknown" } else { "Drift" };
        let (name, drift) = match outcome.outcome {
            Outcome::Reverted => ("Reverts", "Drift"),
            Outcome::Held => ("Held", drift),
            Outcome::Failed => ("Failed", drift),
            Outcome::Refused => ("Refused", drift),
            Outcome::Audited => ("Audited", "Drift"),
            // All of its drift is exempt, so none of it is a change to make.
            Outcome::Exempt => ("Exempt", "Drift"),
            Outcome::Ignored => ("Ignored", ""),
            Outcome::Restored => ("Restored", ""),
            Outcome::NotRestored => ("NotRestored", ""),
            Outcome::Gone => ("Deleted", ""),
            Outcome::InSync | Outcome::Unmanaged => ("", ""),
        };
        for name in [name, drift].into_iter().filter(|name| !name.is_empty()) {
            add(name, 1);
        }
        if report.sweep.is_none() && outcome.outcome != Outcome::Ignored {
            add("DomainsChecked", 1);
        }
    }
}
