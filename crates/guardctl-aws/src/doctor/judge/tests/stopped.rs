//! A guard that somebody has stopped or silenced.

use super::*;
use crate::doctor::facts::{Denial, PolicyOfRole, SetBy, Stop};

/// Deploying the checkout to change a parameter could replace the program by the source code.
#[test]
fn a_silenced_stack_is_brought_back_by_its_parameter_alone() {
    let silenced = |facts: &mut Facts| {
        let stack = facts.stack.as_mut().unwrap();
        stack.parameters.insert("RuleState".to_owned(), "DISABLED".to_owned());
    };
    let fix_of = |check: Check, change: &dyn Fn(&mut Facts)| {
        let findings = judged(change);
        let finding = findings.iter().find(|finding| finding.check == check).unwrap();
        assert_eq!(finding.verdict, Verdict::Wrong);
        let [Step::Run(command)] = finding.fix.as_slice() else { panic!("{finding:#?}") };
        command.clone()
    };
    let rule_off = |facts: &mut Facts| change_rule(facts).state = "DISABLED".to_owned();
    let source_off = |facts: &mut Facts| {
        let source = &mut guard(facts).event_sources.as_mut().unwrap()[0];
        source.state = "Disabled".to_owned();
    };
    let by_hand = fix_of(Check::Rule, &rule_off);
    assert!(by_hand.starts_with("aws events enable-rule "), "{by_hand}");
    for command in [
        fix_of(Check::Rule, &|facts| {
            silenced(facts);
            rule_off(facts);
        }),
        fix_of(Check::EventSource, &|facts| {
            silenced(facts);
            source_off(facts);
        }),
        fix_of(Check::Sweep, &|facts| {
            silenced(facts);
            facts.rules.as_mut().unwrap()[1].state = "DISABLED".to_owned();
        }),
    ] {
        let begin = "aws cloudformation update-stack --region eu-central-1 --stack-name guard \
                     --use-previous-template --capabilities CAPABILITY_NAMED_IAM \
                     CAPABILITY_AUTO_EXPAND --parameters ParameterKey=RuleState,ParameterValue=ENABLED";
        assert!(command.starts_with(begin), "{command}");
    }
}

/// A Deny of updates, set so long ago.
fn stop(policy: PolicyOfRole, pools: &[&str], age: time::Duration) -> Stop {
    Stop {
        policy,
        denial: Denial {
            pools: pools.iter().map(|&pool| pool.to_owned()).collect(),
            is_conditional: false,
            is_alone: true,
        },
        set_by: Ok(Some(SetBy {
            at: NOW - age,
            by: "arn:aws:sts::111122223333:assumed-role/OnCall/sam".to_owned(),
        })),
    }
}

#[test]
fn a_stop_by_a_deny_is_reported_with_its_age_and_who_set_it() {
    let check = Check::Stop;
    let inline = || PolicyOfRole::Inline("emergency-stop".to_owned());
    let set = |stop: Stop| {
        move |facts: &mut Facts| {
            facts.stops = Ok(vec![stop]);
            // As the simulator says it: once is enough.
            let denied = Decision::Denied(vec!["emergency-stop".to_owned()]);
            facts.permissions = vec![permission("cognito-idp:UpdateUserPoolDomain", denied)];
        }
    };
    wrong(
        check,
        "the guard is stopped: the policy emergency-stop of guard denies it to update any domain. It was set \
         40 minutes ago (2026-11-22T23:20:00Z) by arn:aws:sts::111122223333:assumed-role/OnCall/sam",
        set(stop(inline(), &[], time::Duration::minutes(40))),
    );
    wrong(
        check,
        "9 days ago (2026-11-14T00:00:00Z) by arn:aws:sts::111122223333:assumed-role/OnCall/sam; perhaps it \
         was forgotten",
        set(stop(inline(), &[], time::Duration::days(9))),
    );
    wrong(check, "days of that; perhaps it was forgotten", {
        let mut unknown = stop(inline(), &[], time::Duration::ZERO);
        unknown.set_by = Ok(None);
        set(unknown)
    });
    wrong(check, "Who set it could not be checked: cloudtrail:LookupEvents", {
        let mut denied = stop(inline(), &[], time::Duration::ZERO);
        denied.set_by =
            Err(error("cloudtrail:LookupEvents", "AccessDeniedException", Failure::Denied));
        set(denied)
    });
    let findings = judged(set(stop(inline(), &[], time::Duration::HOUR)));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(
        finding.fix[1],
        Step::Run(
            "aws iam delete-role-policy --role-name guard --policy-name emergency-stop".to_owned()
        )
    );
}

#[test]
fn a_stop_for_one_pool_is_found_although_the_simulator_allows_the_others() {
    let check = Check::Stop;
    let arn = "arn:aws:iam::111122223333:policy/no updates".to_owned();
    let pool = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Ab12";
    wrong(
        check,
        "the guard is stopped for some domains: arn:aws:iam::111122223333:policy/no updates on guard denies \
         it to update the domains of arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Ab12",
        |facts| {
            let policy = PolicyOfRole::Attached(arn.clone());
            facts.stops = Ok(vec![stop(policy, &[pool], time::Duration::HOUR)]);
        },
    );
    // What the policy says beside that is not to be lost.
    let mut more = stop(PolicyOfRole::Inline("all".to_owned()), &[pool], time::Duration::HOUR);
    more.denial.is_alone = false;
    let findings = judged(|facts| facts.stops = Ok(vec![more]));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    let Step::Run(command) = &finding.fix[1] else { panic!("{finding:#?}") };
    assert_eq!(command, "aws iam get-role-policy --role-name guard --policy-name all");
}
