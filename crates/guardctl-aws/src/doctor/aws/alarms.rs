//! CloudWatch's alarms. CloudWatch takes JSON beside its older protocol and CBOR, as botocore's model of it says.

use aws_config::SdkConfig;
use cognito_domain_guard::signed::{Target, text};
use cognito_domain_guard::when::rfc3339;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::doctor::facts::{Alarm, AlarmState, Known};
use crate::json_call::{call, place, unreadable};

const DESCRIBE_ALARMS: &str = "cloudwatch:DescribeAlarms";
const TARGET: Target = Target {
    service: "monitoring",
    target: "GraniteServiceVersion20100801.DescribeAlarms",
    json: "1.0",
};
/// CloudWatch takes a hundred names a call, and gives a hundred alarms a page.
const MOST_NAMES: usize = 100;
/// More than one only where CloudWatch gives fewer alarms a page than it was asked for.
const MOST_PAGES: usize = 100;

pub struct Alarms(SdkConfig);

impl Alarms {
    pub fn new(config: &SdkConfig) -> Self {
        Self(config.clone())
    }

    /// The alarms of these names, as far as there are any. Composite alarms are not asked for, so that one which
    /// somebody else gave such a name is none of them.
    pub async fn named(&self, names: &[String]) -> Known<Vec<Alarm>> {
        let Self(config) = self;
        let (region, url) = place(config, "monitoring");
        let mut alarms = Vec::new();
        for names in names.chunks(MOST_NAMES) {
            let mut next = None::<String>;
            for page in 0.. {
                if page == MOST_PAGES {
                    return Err(unreadable(DESCRIBE_ALARMS, "the list has no end"));
                }
                let mut body = json!({
                    "AlarmNames": names, "AlarmTypes": ["MetricAlarm"], "MaxRecords": MOST_NAMES,
                });
                if let (Some(members), Some(next)) = (body.as_object_mut(), next) {
                    members.insert("NextToken".to_owned(), next.into());
                }
                let at = (region.as_str(), url.clone());
                let page = call(config, DESCRIBE_ALARMS, TARGET, at, body).await?;
                alarms.extend(of_page(&page)?);
                next = text(&page, "NextToken").map(str::to_owned);
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(alarms)
    }
}

/// An answer without a list is none, and no proof that there are no alarms.
fn of_page(page: &Value) -> Known<Vec<Alarm>> {
    let listed = page.get("MetricAlarms").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| unreadable(DESCRIBE_ALARMS, "the answer has no alarms"))?;
    let alarms = listed.iter().map(|one| {
        alarm(one).ok_or_else(|| unreadable(DESCRIBE_ALARMS, "an alarm has no name or no state"))
    });
    alarms.collect()
}

fn alarm(listed: &Value) -> Option<Alarm> {
    let said = |name| text(listed, name).unwrap_or_default().to_owned();
    let seconds = |name: &str| listed.get(name).and_then(Value::as_f64);
    // The first is when the state became what it is; the other also when only its reason changed.
    let since = seconds("StateTransitionedTimestamp").or_else(|| seconds("StateUpdatedTimestamp"));
    // In seconds, with a fraction. Cut: nobody needs it to the millisecond.
    #[expect(clippy::cast_possible_truncation, reason = "a float is cut to what fits")]
    let since = since.map(|seconds| seconds as i64);
    let since = since.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let is_enabled = listed.get("ActionsEnabled").and_then(Value::as_bool) != Some(false);
    let actions = listed.get("AlarmActions").and_then(Value::as_array);
    Some(Alarm {
        name: text(listed, "AlarmName")?.to_owned(),
        description: said("AlarmDescription"),
        state: AlarmState::from_name(text(listed, "StateValue")?)?,
        reason: said("StateReason"),
        since: since.map(rfc3339),
        is_enabled,
        notifies: actions
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_read_with_the_time_of_its_state() {
        let listed = json!({
            "AlarmName": "guard-dead-letters",
            "AlarmDescription": "Read a message's error.",
            "StateValue": "ALARM",
            "StateReason": "Threshold Crossed",
            "StateUpdatedTimestamp": 1_790_000_900.5,
            "StateTransitionedTimestamp": 1_790_000_000.25,
            "ActionsEnabled": false,
            "AlarmActions": ["arn:aws:sns:eu-central-1:111122223333:alarms"],
        });
        let expected = Alarm {
            name: "guard-dead-letters".to_owned(),
            description: "Read a message's error.".to_owned(),
            state: AlarmState::Alarm,
            reason: "Threshold Crossed".to_owned(),
            since: Some("2026-09-21T14:13:20Z".to_owned()),
            is_enabled: false,
            notifies: vec!["arn:aws:sns:eu-central-1:111122223333:alarms".to_owned()],
        };
        assert_eq!(of_page(&json!({ "MetricAlarms": [listed] })), Ok(vec![expected]));
        assert_eq!(of_page(&json!({ "MetricAlarms": [], "CompositeAlarms": [] })), Ok(Vec::new()));
        let bare = alarm(&json!({ "AlarmName": "guard-undelivered", "StateValue": "OK" })).unwrap();
        assert!(bare.is_enabled && bare.since.is_none() && bare.notifies.is_empty());
    }

    #[test]
    fn what_is_not_understood_is_never_taken_for_ok() {
        for page in [
            json!({}),
            json!({ "MetricAlarms": [{ "StateValue": "OK" }] }),
            json!({ "MetricAlarms": [{ "AlarmName": "guard-undelivered" }] }),
            json!({ "MetricAlarms": [{ "AlarmName": "guard-undelivered", "StateValue": "FINE" }] }),
        ] {
            assert!(of_page(&page).is_err(), "{page}");
        }
    }
}
