//! One CloudWatch metric line for each invocation, in the embedded metric format: a line of JSON on
//! standard output that CloudWatch Logs turns into metrics, without a call and without an agent.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use time::OffsetDateTime;

use crate::memory::ErrorType;
use crate::reconcile::Answer;
use crate::report::{DomainReport, Outcome, Report};
use crate::text::harmless;
use cognito_domain_guard_core::words;

#[cfg(test)]
mod tests;

/// The namespace of every metric.
pub const NAMESPACE: &str = "CognitoDomainGuard";

words! {
    /// What every invocation counts. One that is zero stands in the line and is not sent as a metric.
    ///
    /// `Reverts`, `Held`, `Failed`, `Refused`, `Audited`, `Exempt` and `Paused` count looks by their outcome.
    /// `Drift` counts those of them that saw drift, `DriftUnknown` the others: a domain that was held,
    /// failed or refused before any drift could be seen. So, in every line:
    ///
    /// > Drift + DriftUnknown = Reverts + Held + Failed + Refused + Audited + Exempt + Paused
    ///
    /// A look is counted each time, so one incident that was held three times is four drifts. What the
    /// guard's own events verify (`Restored`, `NotRestored`) is not drift again.
    pub enum Counter {
        /// Events that were looked into.
        Events = "Events",
        /// Looks at a domain.
        DomainsChecked = "DomainsChecked",
        /// Looks that saw drift.
        Drift = "Drift",
        /// Looks that ended before drift could be seen.
        DriftUnknown = "DriftUnknown",
        /// Updates that Cognito accepted.
        Reverts = "Reverts",
        /// Looks that were put off.
        Held = "Held",
        /// Looks in which a call to AWS failed.
        Failed = "Failed",
        /// Domains that the guard must not or cannot put back.
        Refused = "Refused",
        /// Drift in audit mode.
        Audited = "Audited",
        /// Drift that is allowed for a while.
        Exempt = "Exempt",
        /// Changes in places that a hub cannot enter.
        NotCovered = "NotCovered",
        /// Sweeps of an organization that found fewer than half of the accounts of the one before.
        AccountsFell = "AccountsFell",
        /// Drift that was left, since somebody has paused the guard.
        Paused = "Paused",
        /// Events that were not for the guard.
        Ignored = "Ignored",
        /// Events that could not be read.
        Unreadable = "Unreadable",
        /// Domains seen at their baseline after a revert.
        Restored = "Restored",
        /// Domains seen off their baseline after a revert.
        NotRestored = "NotRestored",
        /// Domains that are gone.
        Deleted = "Deleted",
        /// First looks at changes of somebody else.
        ForeignChanges = "ForeignChanges",
        /// Notices that were published.
        Notices = "Notices",
        /// Notices that the topic did not take.
        NoticeFailures = "NoticeFailures",
        /// Processes that started.
        ColdStarts = "ColdStarts",
    }
}

/// The names of all counters.
pub const COUNTERS: [&str; Counter::WORDS.len()] = Counter::WORDS;

/// What a sweep says of the whole account and region.
pub const GAUGES: [&str; 7] = [
    "SweepPools",
    "SweepDomains",
    "SweepGoverned",
    "SweepDrifted",
    "SweepOffBaseline",
    "SweepExempt",
    "SweepUnknown",
];

/// What is measured in seconds.
///
/// `SecondsOffBaseline` and `SecondsUnknown` are the ages of open incidents: from the change to a look
/// that saw the domain off its baseline, and to one that could not see whether it is. They are sent by
/// each such look, so a domain that somebody keeps busy raises them until an alarm takes notice.
pub const SECONDS: [&str; 4] =
    ["SecondsToRevert", "SecondsToEffect", "SecondsOffBaseline", "SecondsUnknown"];

/// What is counted for each domain, too: whether somebody keeps changing it.
pub const BY_DOMAIN: [&str; 2] = [Counter::Reverts.as_str(), Counter::ForeignChanges.as_str()];

/// CloudWatch takes no line with more values of one metric.
const MOST_VALUES: usize = 100;

/// Counts one invocation: in one line, or where several domains have counts of their own in one more
/// for each of them, since a line has but one value of a dimension.
pub fn lines(answer: &Answer, now: OffsetDateTime, cold_start: bool) -> Vec<String> {
    let mut counts = Counter::ALL.map(|counter| (counter, 0_u64));
    let mut add = |name: Counter, count: u64| {
        for (_, total) in counts.iter_mut().filter(|(counter, _)| *counter == name) {
            *total += count;
        }
    };
    add(Counter::ColdStarts, u64::from(cold_start));
    for report in &answer.reports {
        count(report, &mut add);
    }
    let outcomes = || answer.reports.iter().flat_map(|report| &report.outcomes);
    let ages = |age: fn(&DomainReport) -> Option<i64>| -> Vec<i64> {
        outcomes().filter_map(age).take(MOST_VALUES).collect()
    };
    let seconds = [
        ages(|outcome| outcome.seconds_to_revert.filter(|_| outcome.outcome == Outcome::Reverted)),
        ages(|outcome| outcome.seconds_to_effect),
        ages(|outcome| outcome.seconds_off_baseline),
        ages(|outcome| outcome.seconds_unknown),
    ];
    // CloudWatch bills each metric for each hour in which it is sent, so a zero is a member of the
    // line, for queries, and no metric.
    let mut metrics: Vec<Metric> = counts
        .iter()
        .filter(|(_, count)| *count != 0)
        .map(|(counter, _)| Metric { name: counter.as_str(), unit: "Count" })
        .collect();
    let mut values: Vec<(&str, Values<'_>)> =
        counts.iter().map(|(counter, count)| (counter.as_str(), Values::Count(*count))).collect();
    for (name, seconds) in SECONDS.into_iter().zip(&seconds).filter(|(_, all)| !all.is_empty()) {
        values.push((name, Values::Seconds(seconds)));
        metrics.push(Metric { name, unit: "Seconds" });
    }
    if let Some(sweep) = answer.reports.iter().find_map(|report| report.sweep.as_ref()) {
        let gauges = [
            sweep.pools,
            sweep.domains,
            sweep.governed,
            sweep.drifted,
            sweep.busy + sweep.denied,
            sweep.exempt,
            sweep.unknown,
        ];
        for (name, value) in GAUGES.into_iter().zip(gauges) {
            values.push((name, Values::Count(value as u64)));
            metrics.push(Metric { name, unit: "Count" });
        }
    }
    let milliseconds = (now.unix_timestamp_nanos() / 1_000_000) as i64;
    let of_all = BY_DOMAIN.map(|name| {
        counts.iter().find(|(counter, _)| counter.as_str() == name).map_or(0, |(_, count)| *count)
    });
    let line = |domain: Option<&str>, values: &[(&str, Values<'_>)], directives: &[Directive]| {
        let about = About { timestamp: milliseconds, cloud_watch_metrics: directives };
        let line = Line { about, domain, values };
        // Of text and numbers a line can always be made. A domain's name may be an event's word.
        harmless(&serde_json::to_string(&line).unwrap_or_default()).into_owned()
    };
    let whole = Directive::of([&[]], metrics);
    let by_domain = by_domain(answer);
    // Nearly always there is one domain, and its counts are those of the invocation.
    if let [(domain, counts)] = by_domain.as_slice()
        && *counts == of_all
    {
        return vec![line(Some(domain), &values, &[whole, for_domain(*counts)])];
    }
    let mut lines = vec![line(None, &values, &[whole])];
    for (domain, counts) in by_domain {
        let counted = BY_DOMAIN.into_iter().zip(counts).filter(|(_, count)| *count > 0);
        let values: Vec<_> = counted.map(|(name, count)| (name, Values::Count(count))).collect();
        lines.push(line(Some(domain), &values, &[for_domain(counts)]));
    }
    lines
}

/// A line as it is written: straight from what was counted, since it is written at every event.
struct Line<'a> {
    about: About<'a>,
    domain: Option<&'a str>,
    values: &'a [(&'a str, Values<'a>)],
}

/// What a member of a line is.
enum Values<'a> {
    Count(u64),
    Seconds(&'a [i64]),
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct About<'a> {
    timestamp: i64,
    cloud_watch_metrics: &'a [Directive],
}

/// Which members are metrics, and by which dimension.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: Vec<Metric>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { about, domain, values } = self;
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("_aws", about)?;
        if let Some(domain) = domain {
            line.serialize_entry("Domain", domain)?;
        }
        for (name, values) in *values {
            match values {
                Values::Count(count) => line.serialize_entry(name, count)?,
                Values::Seconds(seconds) => line.serialize_entry(name, seconds)?,
            }
        }
        line.end()
    }
}

impl Directive {
    fn of(dimensions: [&'static [&'static str]; 1], metrics: Vec<Metric>) -> Self {
        Self { namespace: NAMESPACE, dimensions, metrics }
    }
}

/// The counts of [`BY_DOMAIN`] of each domain that has one.
fn by_domain(answer: &Answer) -> Vec<(&str, [u64; 2])> {
    let mut all: Vec<(&str, [u64; 2])> = Vec::new();
    for outcome in answer.reports.iter().flat_map(|report| &report.outcomes) {
        let reverts = u64::from(outcome.outcome == Outcome::Reverted);
        let changes = u64::from(outcome.is_foreign_change);
        let Some(name) = outcome.domain.as_deref().filter(|_| reverts + changes > 0) else {
            continue;
        };
        match all.iter_mut().find(|(domain, _)| *domain == name) {
            Some((_, [all_reverts, all_changes])) => {
                *all_reverts += reverts;
                *all_changes += changes;
            }
            None => all.push((name, [reverts, changes])),
        }
    }
    all
}

/// Which of the counts of one domain are metrics.
fn for_domain(counts: [u64; 2]) -> Directive {
    let counted = BY_DOMAIN.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let metrics = counted.map(|(name, _)| Metric { name, unit: "Count" }).collect();
    Directive::of([&["Domain"]], metrics)
}

fn count(report: &Report, add: &mut impl FnMut(Counter, u64)) {
    add(Counter::Events, 1);
    let unreadable = report
        .unsettled
        .as_ref()
        .is_some_and(|unsettled| unsettled.error_type == ErrorType::Unreadable);
    add(Counter::Unreadable, unreadable.into());
    let (published, unpublished) = report.general_notices;
    add(Counter::Notices, published.into());
    add(Counter::NoticeFailures, unpublished.into());
    if let Some(sweep) = &report.sweep {
        add(Counter::DomainsChecked, sweep.domains as u64);
        let fell = sweep.coverage.as_ref().is_some_and(|coverage| coverage.accounts_fell);
        add(Counter::AccountsFell, fell.into());
    }
    for outcome in &report.outcomes {
        add(Counter::Notices, outcome.notices.len() as u64);
        add(Counter::NoticeFailures, outcome.notices_undelivered.len() as u64);
        add(Counter::ForeignChanges, outcome.is_foreign_change.into());
        let drift = if outcome.drifts.is_empty() { Counter::DriftUnknown } else { Counter::Drift };
        let (counter, drift) = match outcome.outcome {
            Outcome::Reverted => (Some(Counter::Reverts), Some(Counter::Drift)),
            Outcome::Held => (Some(Counter::Held), Some(drift)),
            Outcome::Failed => (Some(Counter::Failed), Some(drift)),
            Outcome::Refused => (Some(Counter::Refused), Some(drift)),
            Outcome::Audited => (Some(Counter::Audited), Some(Counter::Drift)),
            // All of its drift is exempt, so none of it is a change to make.
            Outcome::Exempt => (Some(Counter::Exempt), Some(Counter::Drift)),
            Outcome::NotCovered => (Some(Counter::NotCovered), None),
            Outcome::Paused => (Some(Counter::Paused), Some(Counter::Drift)),
            Outcome::Ignored => (Some(Counter::Ignored), None),
            Outcome::Restored => (Some(Counter::Restored), None),
            Outcome::NotRestored => (Some(Counter::NotRestored), None),
            Outcome::Gone => (Some(Counter::Deleted), None),
            Outcome::InSync | Outcome::Unmanaged => (None, None),
        };
        for counter in [counter, drift].into_iter().flatten() {
            add(counter, 1);
        }
        let was_looked_at = match outcome.outcome {
            Outcome::NotCovered | Outcome::Ignored => false,
            Outcome::InSync
            | Outcome::Reverted
            | Outcome::Audited
            | Outcome::Exempt
            | Outcome::Paused
            | Outcome::Held
            | Outcome::Refused
            | Outcome::Failed
            | Outcome::Unmanaged
            | Outcome::Gone
            | Outcome::Restored
            | Outcome::NotRestored => true,
        };
        if report.sweep.is_none() && was_looked_at {
            add(Counter::DomainsChecked, 1);
        }
    }
}
