//! The topics, and who is subscribed to them.

use serde_json::Value;

use super::{counted, known};
use crate::doctor::facts::{Facts, Topic};
use crate::doctor::finding::{Check, Finding, run, say};
use crate::doctor::policy::list;

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    match &facts.topic {
        Some(topic) if facts.alarm_topic.is_some() => {
            subscribed(Check::Topic, facts, topic, "notices reach nobody", found);
        }
        Some(topic) => {
            subscribed(Check::Topic, facts, topic, "notices and alarms reach nobody", found);
        }
        None if facts.guard.is_ok() => {
            let fix = vec![say("set NOTICE_TOPIC_ARN, as the check of the settings says")];
            found.push(Check::Topic.wrong("no topic is named, so nobody is notified", fix));
        }
        None => {}
    }
    let check = Check::AlarmTopic;
    match (&facts.alarm_topic, &facts.stack) {
        (Some(topic), _) => {
            let nobody = "alarms and changes to the guard reach nobody";
            subscribed(check, facts, topic, nobody, found);
        }
        // One topic is allowed.
        (None, Some(stack)) if stack.output("AlarmTopic").is_some() => found.push(check.ok(
            "alarms go to the topic for notices; with a second one (AlarmEmail, CreateAlarmTopic), \
             whoever breaks the first is reported",
        )),
        (None, _) => {}
    }
}

fn subscribed(check: Check, facts: &Facts, topic: &Topic, nobody: &str, found: &mut Vec<Finding>) {
    let Some(subscriptions) = known(check, &topic.subscriptions, found) else { return };
    let arn = &topic.arn;
    let region = arn.split(':').nth(3).unwrap_or(&facts.place.region);
    let confirmed = subscriptions.iter().filter(|s| s.is_confirmed).count();
    let pending: Vec<_> = subscriptions
        .iter()
        .filter(|subscription| !subscription.is_confirmed)
        .map(|subscription| format!("{} ({})", subscription.endpoint, subscription.protocol))
        .collect();
    let subscribe = run(format!(
        "aws sns subscribe --region {region} --topic-arn {arn} --protocol email \
         --notification-endpoint YOU@EXAMPLE.COM"
    ));
    if confirmed > 0 {
        let Some(policy) = known(check, &topic.policy, found) else { return };
        let waiting = match pending.as_slice() {
            [] => String::new(),
            pending => format!("; not confirmed yet: {}", pending.join(", ")),
        };
        let open = match lets_everybody(policy.as_deref()) {
            true => "; its policy lets every principal of the account use, change and delete it",
            false => "",
        };
        let subscriptions = counted(confirmed, "confirmed subscription");
        found.push(check.ok(format!("{arn} has {subscriptions}{waiting}{open}")));
    } else if pending.is_empty() {
        found.push(check.wrong(
            format!("nobody is subscribed to {arn}: {nobody}"),
            vec![subscribe, say("then accept the confirmation that SNS sends")],
        ));
    } else {
        found.push(check.wrong(
            format!("no subscription of {arn} is confirmed: {nobody}"),
            vec![
                say(format!("accept the confirmation that SNS sent to {}", pending.join(", "))),
                say("it is valid for two days; after that, subscribe again"),
                subscribe,
            ],
        ));
    }
}

/// As SNS's default policy does.
fn lets_everybody(policy: Option<&str>) -> bool {
    let policy: Option<Value> = policy.and_then(|policy| serde_json::from_str(policy).ok());
    let statements = policy.as_ref().and_then(|policy| policy.get("Statement"));
    list(statements).any(|statement| {
        let principal = statement.get("Principal");
        let named = principal.and_then(|principal| principal.get("AWS"));
        let is_for_all = list(principal).chain(list(named)).any(|one| one.as_str() == Some("*"));
        is_for_all && statement.get("Effect").and_then(Value::as_str) == Some("Allow")
    })
}
