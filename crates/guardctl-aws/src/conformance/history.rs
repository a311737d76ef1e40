//! The run's own calls, as CloudTrail has them some minutes later.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::finding::long;
use super::lab::{Lab, Stop};
use super::plan::EVENTS;
use super::report::Events;

const PAUSE: Duration = Duration::from_secs(60);

/// Waits until there is a record of each kind of call that was made, and sorts them by whose they are.
///
/// `mark` is in the user agent of each of the run's calls. What else was done to `names` is somebody else's.
pub async fn read(
    lab: &Lab<'_>,
    names: &[String],
    mark: &str,
    since: OffsetDateTime,
) -> Result<Events, Stop> {
    let began = Instant::now();
    loop {
        let mut events = Events::default();
        for call in lab.calls() {
            let named = async || lab.account.events.named(call.as_str(), since).await;
            let records = lab.read(named).await?;
            let (own, foreign) = sorted(records, names, mark);
            events.foreign += foreign;
            events.records.insert(call, own);
        }
        let absent: Vec<&str> = events
            .records
            .iter()
            .filter(|(_, records)| records.is_empty())
            .map(|(call, _)| call.as_str())
            .collect();
        if absent.is_empty() {
            return Ok(events);
        }
        let left = EVENTS.saturating_sub(began.elapsed());
        if left.is_zero() {
            events.missing =
                Some(format!("no record of {} within {}", absent.join(", "), long(EVENTS)));
            events.records.retain(|_, records| !records.is_empty());
            return Ok(events);
        }
        lab.steps.say(&format!(
            "waiting for CloudTrail's records of {}, for {} at most",
            absent.join(", "),
            long(left)
        ));
        sleep(PAUSE.min(left)).await;
    }
}

/// How the application names of this command's calls begin. Those of an earlier run were made before what it
/// left was removed.
const ANY_RUN: &str = "app/cdg.conformance.";

/// The run's own among the records, and how many others are about its domains.
fn sorted(records: Vec<Value>, names: &[String], mark: &str) -> (Vec<Value>, usize) {
    let text = |record: &Value, pointer: &str| {
        record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let is_about = |record: &Value| {
        ["/requestParameters/domain", "/requestParameters/Domain"]
            .iter()
            .any(|pointer| names.contains(&text(record, pointer)))
    };
    let mut by_owner: BTreeMap<bool, Vec<Value>> = BTreeMap::new();
    for record in records {
        let is_own = text(&record, "/userAgent").contains(mark);
        by_owner.entry(is_own).or_default().push(record);
    }
    let foreign = by_owner.remove(&false).unwrap_or_default();
    let is_of_a_run = |record: &Value| text(record, "/userAgent").contains(ANY_RUN);
    let foreign = foreign.iter().filter(|record| is_about(record) && !is_of_a_run(record)).count();
    (by_owner.remove(&true).unwrap_or_default(), foreign)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_the_runs_by_its_mark_and_somebody_elses_by_the_domain() {
        let record = |agent: &str, domain: &str| json!({"userAgent": agent, "requestParameters": {"domain": domain}});
        let names = ["guard-test.example.com".to_owned()];
        let own = record("aws-sdk-rust/1 app/cdg.conformance.1", "guard-test.example.com");
        let records = vec![
            own.clone(),
            record("aws-cli/2", "guard-test.example.com"),
            record("aws-cli/2", "other.example.com"),
            record("aws-sdk-rust/1 app/cdg.conformance.0", "guard-test.example.com"),
            json!({"userAgent": "aws-cli/2", "requestParameters": null}),
        ];
        assert_eq!(sorted(records, &names, "cdg.conformance.1"), (vec![own], 1));
    }
}
