//! The alarms that the stack has. A test holds them against template.yaml.

use super::facts::Stack;

/// Which stacks have an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Each,
    /// Where there are Metrics Insights queries.
    Contested,
    /// Of an organization.
    Hub,
}

/// By what their names have after the stack's.
const ALL: [(&str, Of); 16] = [
    ("drift-lasts", Of::Each),
    ("sweep-off-baseline", Of::Each),
    ("contested", Of::Contested),
    ("foreign-changes", Of::Contested),
    ("nothing-governed", Of::Each),
    ("revert-failed", Of::Each),
    ("not-restored", Of::Each),
    ("recheck-stuck", Of::Each),
    ("dead-letters", Of::Each),
    ("undelivered", Of::Each),
    ("event-lost", Of::Each),
    ("sweep-missed", Of::Each),
    ("notices-failing", Of::Each),
    ("throttled", Of::Each),
    ("organization-sweep", Of::Hub),
    ("organization-accounts", Of::Hub),
];

/// The names of the alarms that this stack should have, by its own parameters.
pub fn names(stack: &Stack) -> Vec<String> {
    let parameter = |name: &str| stack.parameters.get(name).map_or("", String::as_str);
    let has = |of: Of| match of {
        Of::Each => true,
        Of::Contested => parameter("CreateContestedAlarm") == "true",
        Of::Hub => !parameter("OrganizationId").is_empty(),
    };
    let ours = ALL.into_iter().filter(|(_, of)| has(*of));
    ours.map(|(name, _)| format!("{}-{name}", stack.name)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const TEMPLATE: &str = include_str!("../../../../template.yaml");

    /// The end of each alarm's name, and the condition under which the template makes it.
    fn of_template() -> BTreeMap<&'static str, Of> {
        let alarms = TEMPLATE.split("Type: AWS::CloudWatch::Alarm\n").skip(1).map(|alarm| {
            let begin = alarm.split("AlarmDescription").next().unwrap();
            let name = begin.split("AlarmName: !Sub ${AWS::StackName}-").nth(1).unwrap();
            let condition = begin
                .split("\n    Condition: ")
                .nth(1)
                .or_else(|| begin.strip_prefix("    Condition: "));
            let of = match condition.map(|rest| rest.lines().next().unwrap()) {
                None => Of::Each,
                Some("HasContestedAlarm") => Of::Contested,
                Some("IsHub") => Of::Hub,
                Some(other) => panic!("{name} is made under {other}"),
            };
            (name.lines().next().unwrap(), of)
        });
        alarms.collect()
    }

    #[test]
    fn the_alarms_are_those_of_the_template_under_its_conditions() {
        assert_eq!(ALL.into_iter().collect::<BTreeMap<_, _>>(), of_template());
    }

    #[test]
    fn a_stack_has_the_alarms_that_its_parameters_ask_for() {
        let of = |parameters: &[(&str, &str)]| {
            let parameters =
                parameters.iter().map(|(name, value)| ((*name).into(), (*value).into()));
            let stack = Stack {
                name: "guard".to_owned(),
                parameters: parameters.collect(),
                ..Stack::default()
            };
            names(&stack).into_iter().collect::<BTreeSet<_>>()
        };
        let plain = of(&[("CreateContestedAlarm", "false"), ("OrganizationId", "")]);
        assert_eq!(plain.len(), 12);
        let hub = of(&[("CreateContestedAlarm", "true"), ("OrganizationId", "o-exampleorgid")]);
        let more = ["contested", "foreign-changes", "organization-accounts", "organization-sweep"];
        let more = more.map(|name| format!("guard-{name}"));
        assert_eq!(hub.difference(&plain).cloned().collect::<Vec<_>>(), more);
    }
}
