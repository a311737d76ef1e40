//! The alarms of the stack: whether they are there, whether somebody hears of them, and which of them are on.

use cognito_domain_guard::text::{clean, counted};

use super::{known, region_of};
use crate::doctor::alarms::names;
use crate::doctor::facts::{Alarm, AlarmState, Facts};
use crate::doctor::finding::{Check, Finding, run, say};

/// Of the reason that CloudWatch gives: it lists data points.
const LONGEST_REASON: usize = 300;

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let check = Check::Alarms;
    let (Some(stack), Some(alarms)) = (&facts.stack, &facts.alarms) else { return };
    let Some(alarms) = known(check, alarms, found) else { return };
    let before = found.len();
    let is_there = |name: &String| alarms.iter().any(|alarm| alarm.name == *name);
    let missing: Vec<_> = names(stack).into_iter().filter(|name| !is_there(name)).collect();
    if !missing.is_empty() {
        found.push(check.wrong(
            format!("there is no alarm {}", missing.join(", ")),
            vec![say(
                "deploy the stack again; if it was made by an older template, with this one. An alarm that \
                 somebody deleted comes back by a drift-aware change set (aws cloudformation \
                 create-change-set --deployment-mode REVERT_DRIFT)",
            )],
        ));
    }
    for alarm in alarms {
        let Alarm { name, description, state, reason, since, is_enabled: _, notifies: _ } = alarm;
        match state {
            AlarmState::Ok | AlarmState::InsufficientData => continue,
            AlarmState::Alarm => {}
        }
        let since = since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
        let what = format!("{name} is in ALARM{since}: {}", clean(reason, LONGEST_REASON));
        let fix = match description.as_str() {
            "" => "docs/observe.md, \"Alarms\", says when it fires".to_owned(),
            described => clean(described, LONGEST_REASON),
        };
        found.push(check.wrong(what, vec![say(fix)]));
    }
    let all = |of: &dyn Fn(&&Alarm) -> bool| {
        alarms.iter().filter(of).map(|alarm| alarm.name.as_str()).collect::<Vec<_>>()
    };
    let disabled = all(&|alarm| !alarm.is_enabled);
    if !disabled.is_empty() {
        found.push(check.wrong(
            format!("the actions of {} are disabled: nobody hears of them", disabled.join(", ")),
            vec![run(format!(
                "aws cloudwatch enable-alarm-actions {} --alarm-names {}",
                region_of(&facts.place),
                disabled.join(" ")
            ))],
        ));
    }
    let topic = facts.alarm_topic.as_ref().or(facts.topic.as_ref()).map(|topic| &topic.arn);
    let silent = all(&|alarm| topic.is_some_and(|topic| !alarm.notifies.contains(topic)));
    if let (Some(topic), false) = (topic, silent.is_empty()) {
        found.push(check.wrong(
            format!(
                "no action of {} publishes to {topic}: nobody hears of them there",
                silent.join(", ")
            ),
            vec![say("deploy the stack again; its template names the topic")],
        ));
    }
    if found.len() == before {
        let new = alarms.iter().filter(|alarm| alarm.state == AlarmState::InsufficientData).count();
        let new = match new {
            0 => String::new(),
            count => format!("; CloudWatch has no data yet for {count} of them"),
        };
        found.push(
            check.ok(format!("{}, none of them in ALARM{new}", counted(alarms.len(), "alarm"))),
        );
    }
}
