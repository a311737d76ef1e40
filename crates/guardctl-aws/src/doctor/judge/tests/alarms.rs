//! The alarms of the stack.

use super::*;
use crate::doctor::facts::{Alarm, AlarmState};

const CHECK: Check = Check::Alarms;

fn alarms(facts: &mut Facts) -> &mut Vec<Alarm> {
    facts.alarms.as_mut().unwrap().as_mut().unwrap()
}

/// What is said of the alarms.
fn said(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.check == CHECK).collect()
}

#[test]
fn an_alarm_that_is_on_is_a_problem_whose_fix_is_what_the_alarm_itself_says() {
    let on = |facts: &mut Facts| alarms(facts)[0].state = AlarmState::Alarm;
    wrong(CHECK, "guard-drift-lasts is in ALARM since 2026-01-01T00:00:00Z: Threshold", on);
    assert_eq!(said(&judged(on))[0].fix, [say("Read the error.")]);
}

#[test]
fn an_alarm_that_is_not_there_or_that_nobody_hears_of_is_found() {
    wrong(CHECK, "there is no alarm guard-undelivered", |facts| {
        alarms(facts).retain(|alarm| alarm.name != "guard-undelivered");
    });
    wrong(CHECK, "the actions of guard-drift-lasts are disabled", |facts| {
        alarms(facts)[0].is_enabled = false;
    });
    wrong(CHECK, "no action of guard-drift-lasts publishes to arn:aws:sns", |facts| {
        alarms(facts)[0].notifies = vec![TOPIC.to_owned()];
    });
    // Those of an organization are for a hub only.
    wrong(CHECK, "guard-organization-sweep, guard-organization-accounts", |facts| {
        let parameters = &mut facts.stack.as_mut().unwrap().parameters;
        parameters.insert("OrganizationId".to_owned(), "o-exampleorgid".to_owned());
    });
}

#[test]
fn an_alarm_without_data_yet_is_no_problem_and_said() {
    let findings = judged(|facts| alarms(facts)[0].state = AlarmState::InsufficientData);
    let finding = said(&findings)[0];
    assert_eq!(finding.verdict, Verdict::Ok);
    assert_eq!(
        finding.what,
        "12 alarms, none of them in ALARM; CloudWatch has no data yet for 1 of them"
    );
}

#[test]
fn alarms_that_may_not_be_read_are_unknown_and_the_permission_is_named() {
    let findings = judged(|facts| {
        facts.alarms =
            Some(Err(error("cloudwatch:DescribeAlarms", "AccessDeniedException", Failure::Denied)));
    });
    let [finding] = said(&findings)[..] else { panic!("{findings:#?}") };
    assert_eq!(finding.verdict, Verdict::Unknown { denied: Some("cloudwatch:DescribeAlarms") });
}

#[test]
fn a_function_without_a_stack_has_no_alarms_of_ours() {
    let findings = judged(|facts| (facts.stack, facts.alarms) = (None, None));
    assert!(said(&findings).is_empty());
}
