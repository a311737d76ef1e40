//! The hub of an organization.

use super::*;

const MACHINE: &str = "arn:aws:states:eu-central-1:111122223333:stateMachine:sweep";

/// A healthy hub: its schedule starts the state machine, and none calls the function.
fn hub(facts: &mut Facts) {
    let of_organization = ("ORGANIZATION_ID".to_owned(), "o-exampleorgid".to_owned());
    for function in [&mut facts.guard, facts.sweep.as_mut().unwrap()] {
        function.as_mut().unwrap().environment.extend([of_organization.clone()]);
    }
    let schedule = &mut facts.rules.as_mut().unwrap()[1];
    schedule.targets.as_mut().unwrap()[0].arn = MACHINE.to_owned();
}

#[test]
fn in_a_hub_a_schedule_starts_the_state_machine() {
    let findings = judged(hub);
    let sweep = findings.iter().find(|finding| finding.check == Check::Sweep).unwrap();
    assert_eq!((sweep.verdict, sweep.what.as_str()), (Verdict::Ok, "sweep sweeps by rate(1 hour)"));
    let schedule = |change: fn(&mut Rule)| {
        move |facts: &mut Facts| {
            hub(facts);
            change(&mut facts.rules.as_mut().unwrap()[1]);
        }
    };
    let disabled = schedule(|rule| rule.state = "DISABLED".to_owned());
    wrong(Check::Sweep, "is DISABLED: it starts no sweep", disabled);
    let gone = schedule(|rule| rule.schedule = None);
    wrong(Check::Sweep, "no rule starts the sweep of the organization by a schedule", gone);
}
