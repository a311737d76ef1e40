//! A healthy guard, and one thing wrong with it at a time.

mod alarms;
mod baseline;
mod healthy;
mod organization;
mod overrides;
mod program;
mod stopped;

use cognito_domain_guard::call::Failure;
use cognito_domain_guard::place::Place;

use self::healthy::{
    ALARM_TOPIC, BASELINE, RULE, SCHEDULE, TOPIC, basic, equals, error, forwarding, healthy,
    permission, place, policy, queue_arn, subscription, trail,
};
use super::*;
use crate::doctor::facts::{
    BaselineFile, Decision, EventSource, FieldSelector, Function, Queue, Rule, Selector,
    Subscription, iam_region,
};
use crate::doctor::finding::{Step, Verdict};
use crate::doctor::permissions::{Holdings, needed};

/// 2026-11-23, the beginning of the day.
const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::days(20_780));

fn judged(change: impl FnOnce(&mut Facts)) -> Vec<Finding> {
    let mut facts = healthy();
    change(&mut facts);
    judge(&facts, None, NOW)
}

/// One thing is wrong, of that check, in those words, and there is a way to fix it.
#[track_caller]
fn wrong(check: Check, words: &str, change: impl FnOnce(&mut Facts)) {
    let findings = judged(change);
    let bad: Vec<_> = findings.iter().filter(|f| f.verdict != Verdict::Ok).collect();
    let [bad] = bad.as_slice() else { panic!("{bad:#?}") };
    assert_eq!((bad.check, bad.verdict), (check, Verdict::Wrong), "{bad:#?}");
    assert!(bad.what.contains(words), "{words:?} is not in {:?}", bad.what);
    assert!(!bad.fix.is_empty());
}

fn guard(facts: &mut Facts) -> &mut Function {
    facts.guard.as_mut().unwrap()
}

fn change_rule(facts: &mut Facts) -> &mut Rule {
    &mut facts.rules.as_mut().unwrap()[0]
}

#[test]
fn a_healthy_guard_has_a_line_for_each_check_and_nothing_to_fix() {
    let findings = judged(|_| {});
    assert!(findings.iter().all(|f| f.verdict == Verdict::Ok && f.fix.is_empty()), "{findings:#?}");
    let checks: Vec<_> = findings.iter().map(|finding| finding.check.as_str()).collect();
    let expected = "stack trail rule function program settings baseline failures event_source \
                    recheck_queue dead_letters undelivered sweep topic alarm_topic alarms role stop \
                    overrides watch role_watch";
    assert_eq!(checks.join(" "), expected);
}

#[test]
fn without_a_trail_that_logs_the_calls_no_event_arrives() {
    let set = |selectors: Vec<Selector>| {
        move |facts: &mut Facts| facts.trails.as_mut().unwrap()[0].selectors = Ok(selectors)
    };
    let misses = "does not take in Cognito's write management events";
    wrong(Check::Trail, "no trail logs", |facts| facts.trails = Ok(Vec::new()));
    wrong(Check::Trail, "is stopped", |facts| {
        facts.trails.as_mut().unwrap()[0].is_logging = Ok(false);
    });
    wrong(Check::Trail, "is for eu-west-1 only", |facts| {
        facts.trails.as_mut().unwrap()[0].is_multi_region = false;
    });
    wrong(Check::Trail, misses, set(vec![basic("ReadOnly", true, &[])]));
    wrong(Check::Trail, misses, set(vec![basic("All", false, &[])]));
    wrong(Check::Trail, misses, set(vec![basic("All", true, &["cognito-idp.amazonaws.com"])]));
    wrong(Check::Trail, misses, set(Vec::new()));
    let management = equals("eventCategory", "Management");
    let advanced = |field| set(vec![Selector::Advanced(vec![management.clone(), field])]);
    wrong(Check::Trail, misses, advanced(equals("readOnly", "true")));
    wrong(Check::Trail, misses, advanced(equals("eventName", "UpdateUserPoolDomain")));
    wrong(Check::Trail, misses, advanced(equals("userIdentity.arn", "arn:aws:iam::1:role/a")));
    wrong(
        Check::Trail,
        misses,
        set(vec![Selector::Advanced(vec![equals("eventCategory", "Data")])]),
    );
    let kms = FieldSelector {
        field: "eventSource".to_owned(),
        not_equals: vec!["kms.amazonaws.com".to_owned()],
        ..FieldSelector::default()
    };
    for well in [advanced(kms), advanced(equals("readOnly", "false"))] {
        assert!(judged(well).iter().all(|finding| finding.verdict == Verdict::Ok));
    }
    assert!(
        judged(set(vec![basic("WriteOnly", true, &["kms.amazonaws.com"])]))
            .iter()
            .all(|finding| finding.verdict == Verdict::Ok)
    );
}

#[test]
fn the_rule_must_be_enabled_take_every_change_and_call_the_guard() {
    let check = Check::Rule;
    wrong(check, "is DISABLED", |facts| change_rule(facts).state = "DISABLED".to_owned());
    wrong(check, "misses DeleteUserPoolDomain without an errorCode", |facts| {
        change_rule(facts).trials[4] = Ok(false);
    });
    wrong(check, "with the errorCode \"\"", |facts| change_rule(facts).trials[3] = Ok(false));
    wrong(check, "lets calls in that failed", |facts| change_rule(facts).trials[6] = Ok(true));
    wrong(check, "does not call guard", |facts| {
        change_rule(facts).targets.as_mut().unwrap()[0].arn = place().function_arn("other");
    });
    wrong(check, "no rule calls guard", |facts| {
        facts.rules.as_mut().unwrap().remove(0);
    });
    // The rules of overrides call the guard, too, and hand over no change of a domain.
    wrong(check, "no rule calls guard", |facts| {
        change_rule(facts).pattern = Some("{\"source\":[\"aws.ssm\"]}".to_owned());
    });
    wrong(check, "in another form", |facts| {
        change_rule(facts).targets.as_mut().unwrap()[0].is_transformed = true;
    });
    wrong(check, "may not invoke guard", |facts| guard(facts).policy = Ok(None));
    wrong(check, "may not invoke guard", |facts| {
        guard(facts).policy = Ok(Some(policy("lambda:InvokeFunction", SCHEDULE)));
    });
    wrong(check, "no queue for events that cannot be delivered", |facts| {
        change_rule(facts).targets.as_mut().unwrap()[0].dead_letters = None;
    });
    wrong(check, "may not send to", |facts| {
        facts.dead_letters[1].queue.as_mut().unwrap().policy = None;
    });
}

#[test]
fn two_rules_may_share_the_calls() {
    let findings = judged(|facts| {
        let mut other = change_rule(facts).clone();
        change_rule(facts).trials[0] = Ok(false);
        other.trials[2] = Ok(false);
        facts.rules.as_mut().unwrap().push(other);
    });
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Ok), "{findings:#?}");
}

#[test]
fn the_function_must_run_and_know_itself() {
    wrong(Check::Function, "reserved concurrency of 0", |facts| {
        guard(facts).reserved_concurrency = Some(0);
    });
    wrong(Check::Function, "is Failed", |facts| guard(facts).state = "Failed".to_owned());
    wrong(Check::Function, "the last update", |facts| {
        guard(facts).last_update = "Failed".to_owned();
    });
    wrong(Check::Function, "timeout of 3 s", |facts| guard(facts).timeout_seconds = 3);
    wrong(Check::Settings, "NOTICE_TOPIC_ARN: is not set", |facts| {
        guard(facts).environment.remove("NOTICE_TOPIC_ARN");
    });
    wrong(Check::Settings, "takes its own updates for somebody else's", |facts| {
        let role = "arn:aws:iam::111122223333:role/other".to_owned();
        guard(facts).environment.insert("GUARD_ROLE_ARN".to_owned(), role);
    });
    wrong(Check::Settings, "SWEEP_FUNCTION_ARN does not name sweep", |facts| {
        guard(facts).environment.remove("SWEEP_FUNCTION_ARN");
    });
    let absent = || error("lambda:GetFunction", "ResourceNotFoundException", Failure::Gone);
    let findings = judged(|facts| facts.guard = Err(absent()));
    let function = findings.iter().find(|finding| finding.check == Check::Function).unwrap();
    assert_eq!(function.verdict, Verdict::Wrong);
    assert!(findings.iter().all(|finding| finding.check != Check::Rule), "{findings:#?}");
    wrong(Check::Stack, "did not succeed", |facts| {
        facts.stack.as_mut().unwrap().status = "UPDATE_ROLLBACK_COMPLETE".to_owned();
    });
}

#[test]
fn events_that_must_wait_need_the_whole_way_back() {
    wrong(Check::Failures, "no on-failure destination", |facts| {
        guard(facts).on_failure = Ok(None);
    });
    wrong(Check::Failures, "repeats failed events 2 times", |facts| {
        guard(facts).on_failure.as_mut().unwrap().as_mut().unwrap().retries = None;
    });
    let source = |facts: &mut Facts, change: fn(&mut EventSource)| {
        change(&mut guard(facts).event_sources.as_mut().unwrap()[0]);
    };
    let check = Check::EventSource;
    wrong(check, "it is Disabled", |f| source(f, |s| s.state = "Disabled".to_owned()));
    wrong(check, "does not ask", |f| source(f, |s| s.reports_batch_item_failures = false));
    wrong(check, "10 messages at once", |f| source(f, |s| s.batch_size = 10));
    wrong(check, "nothing reads recheck", |f| source(f, |s| s.queue_arn = queue_arn("other")));
    let queue = |facts: &mut Facts, change: fn(&mut Queue)| {
        change(facts.recheck.as_mut().unwrap().as_mut().unwrap());
    };
    let check = Check::RecheckQueue;
    wrong(check, "again after 44 s", |facts| {
        queue(facts, |queue| queue.visibility_timeout_seconds = 44);
    });
    wrong(check, "no dead-letter queue", |f| queue(f, |queue| queue.redrive = None));
    wrong(check, "gives up after 9 looks", |facts| {
        queue(facts, |queue| queue.redrive.as_mut().unwrap().receives = 9);
    });
    wrong(check, "does not exist", |facts| {
        facts.recheck = Some(Err(error("sqs:GetQueueUrl", "QueueDoesNotExist", Failure::Rejected)));
    });
    wrong(Check::DeadLetters, "1 message waits in dead", |facts| {
        facts.dead_letters[0].queue.as_mut().unwrap().messages = 1;
    });
    wrong(Check::Undelivered, "2 messages wait in undelivered", |facts| {
        facts.dead_letters[1].queue.as_mut().unwrap().messages = 2;
    });
}

#[test]
fn the_sweep_must_come_by_a_schedule() {
    let schedule = |facts: &mut Facts, change: fn(&mut Rule)| {
        change(&mut facts.rules.as_mut().unwrap()[1]);
    };
    let sweep = |facts: &mut Facts, change: fn(&mut Function)| {
        change(facts.sweep.as_mut().unwrap().as_mut().unwrap());
    };
    let check = Check::Sweep;
    wrong(check, "is DISABLED", |f| schedule(f, |rule| rule.state = "DISABLED".to_owned()));
    wrong(check, "no rule calls sweep", |f| schedule(f, |rule| rule.targets = Ok(Vec::new())));
    wrong(check, "may not invoke sweep", |f| sweep(f, |sweep| sweep.policy = Ok(None)));
    wrong(check, "reserved concurrency", |f| sweep(f, |s| s.reserved_concurrency = Some(0)));
    wrong(check, "fails in silence", |f| sweep(f, |sweep| sweep.on_failure = Ok(None)));
    wrong(check, "has the role other", |facts| {
        sweep(facts, |s| s.role_arn = "arn:aws:iam::111122223333:role/other".to_owned());
    });
}

#[test]
fn somebody_must_hear_of_it() {
    let topic = |subscriptions: Vec<Subscription>| {
        move |facts: &mut Facts| {
            facts.topic.as_mut().unwrap().subscriptions = Ok(subscriptions);
        }
    };
    wrong(Check::Topic, "nobody is subscribed", topic(Vec::new()));
    wrong(Check::Topic, "no subscription of", topic(vec![subscription(false)]));
    let both = judged(topic(vec![subscription(true), subscription(false)]));
    let both = both.iter().find(|finding| finding.check == Check::Topic).unwrap();
    assert_eq!(both.verdict, Verdict::Ok);
    assert!(both.what.contains("not confirmed yet: you@example.com"), "{}", both.what);
}

#[test]
fn alarms_may_have_a_topic_of_their_own_and_somebody_must_hear_of_them() {
    let check = Check::AlarmTopic;
    let alarms = |subscriptions: Vec<Subscription>| {
        move |facts: &mut Facts| {
            facts.alarm_topic.as_mut().unwrap().subscriptions = Ok(subscriptions);
        }
    };
    wrong(check, "nobody is subscribed", alarms(Vec::new()));
    wrong(check, "no subscription of", alarms(vec![subscription(false)]));
    let together = judged(|facts| {
        let stack = facts.stack.as_mut().unwrap();
        stack.outputs.insert("AlarmTopic".to_owned(), TOPIC.to_owned());
        facts.alarm_topic = None;
        facts.watch = None;
    });
    let finding = together.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(finding.verdict, Verdict::Ok);
    assert!(finding.what.contains("go to the topic for notices"), "{}", finding.what);
    let default =
        r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:*"}]}"#;
    let findings = judged(|facts| {
        facts.topic.as_mut().unwrap().policy = Ok(Some(default.to_owned()));
    });
    let finding = findings.iter().find(|finding| finding.check == Check::Topic).unwrap();
    assert_eq!(finding.verdict, Verdict::Ok);
    assert!(
        finding.what.ends_with("lets every principal of the account use, change and delete it")
    );
}

#[test]
fn changes_to_the_guard_itself_must_be_reported() {
    let check = Check::Watch;
    let first = |facts: &mut Facts, change: fn(&mut Rule)| {
        change(&mut facts.watch.as_mut().unwrap().as_mut().unwrap()[0]);
    };
    wrong(check, "no rule reports changes to the functions", |facts| {
        facts.watch.as_mut().unwrap().as_mut().unwrap().remove(0);
    });
    wrong(check, "changes to the functions, the rules and queues, the topics", |facts| {
        facts.watch = Some(Ok(Vec::new()));
    });
    wrong(check, "is DISABLED", |f| first(f, |rule| rule.state = "DISABLED".to_owned()));
    wrong(check, "does not publish to", |f| first(f, |rule| rule.targets = Ok(Vec::new())));
    let findings = judged(|facts| {
        facts.alarm_topic.as_mut().unwrap().policy = Ok(Some(policy("sns:Publish", RULE)));
    });
    let bad: Vec<_> = findings.iter().filter(|finding| finding.verdict != Verdict::Ok).collect();
    let [bad] = bad.as_slice() else { panic!("{bad:#?}") };
    assert_eq!(bad.check, check);
    assert!(bad.what.ends_with(&format!("may not publish to {ALARM_TOPIC}")), "{}", bad.what);
    let Some(Step::Paste(statement)) = bad.fix.last() else { panic!("{bad:#?}") };
    let policy = format!(r#"{{"Statement": [{statement}]}}"#);
    let fixed = judged(|facts| facts.alarm_topic.as_mut().unwrap().policy = Ok(Some(policy)));
    assert!(fixed.iter().all(|finding| finding.verdict == Verdict::Ok), "{fixed:#?}");
    let findings = judged(|facts| {
        let denied = error("events:ListRules", "AccessDeniedException", Failure::Denied);
        facts.watch = Some(Err(denied));
    });
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(finding.verdict, Verdict::Unknown { denied: Some("events:ListRules") });
    // Without a stack there are none, and nobody expects them.
    let findings = judged(|facts| {
        facts.stack = None;
        facts.alarm_topic = None;
    });
    let silent = [check, Check::RoleWatch, Check::AlarmTopic];
    assert!(findings.iter().all(|finding| !silent.contains(&finding.check)), "{findings:#?}");
}

#[test]
fn changes_of_the_role_must_be_forwarded_from_iams_region() {
    let check = Check::RoleWatch;
    let missing = "no rule of us-east-1 reports changes of the role";
    wrong(check, missing, |facts| facts.role_watch = Some(Ok(Vec::new())));
    wrong(check, missing, |facts| facts.role_watch = Some(Ok(vec![forwarding("eu-west-1")])));
    let findings = judged(|facts| facts.role_watch = Some(Ok(Vec::new())));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(
        finding.fix,
        [Step::Run(
            "aws cloudformation deploy --region us-east-1 --template-file iam-watch.yaml \
             --stack-name guard-iam-watch --capabilities CAPABILITY_IAM --parameter-overrides \
             GuardRoleName=guard GuardRegion=eu-central-1"
                .to_owned()
        )]
    );
    let government = Place { partition: "aws-us-gov".to_owned(), ..place() };
    assert_eq!(iam_region(&government.partition), "us-gov-west-1");
}

#[test]
fn each_way_to_lack_a_permission_has_a_mend_of_its_own() {
    let check = Check::Role;
    let lacks = |decision: Decision| {
        move |facts: &mut Facts| {
            facts.permissions = vec![permission("cognito-idp:UpdateUserPoolDomain", decision)];
        }
    };
    wrong(check, "may not cognito-idp:UpdateUserPoolDomain", lacks(Decision::NotGranted));
    wrong(check, "is denied", lacks(Decision::Denied(vec!["an SCP".to_owned()])));
    wrong(check, "service control policy", lacks(Decision::OutsideOrganization));
    wrong(check, "permissions boundary", lacks(Decision::OutsideBoundary));
    let findings = judged(lacks(Decision::NotGranted));
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    assert_eq!(
        finding.fix,
        [Step::Run(
            "aws iam put-role-policy --role-name guard --policy-name fixed --policy-document \
             '{\"Statement\":[{\"Action\":[\"cognito-idp:UpdateUserPoolDomain\"],\
             \"Effect\":\"Allow\",\"Resource\":\"*\"}],\"Version\":\"2012-10-17\"}'"
                .to_owned()
        )]
    );
}

#[test]
fn a_failed_call_is_reported_and_stops_nothing_else() {
    let denied = |action| error(action, "AccessDeniedException", Failure::Denied);
    let findings = judged(|facts| {
        facts.trails = Err(denied("cloudtrail:DescribeTrails"));
        facts.rules = Err(denied("events:ListRules"));
        facts.permissions[0].decision = Err(denied("iam:SimulatePrincipalPolicy"));
    });
    let unknown: Vec<_> = findings
        .iter()
        .filter_map(|finding| match finding.verdict {
            Verdict::Unknown { denied } => Some((finding.check, denied)),
            Verdict::Ok | Verdict::Wrong => None,
        })
        .collect();
    assert_eq!(
        unknown,
        [
            (Check::Trail, Some("cloudtrail:DescribeTrails")),
            (Check::Rule, Some("events:ListRules")),
            (Check::Role, Some("iam:SimulatePrincipalPolicy")),
        ]
    );
    assert!(findings.iter().all(|finding| finding.verdict != Verdict::Wrong), "{findings:#?}");
    assert!(findings.iter().any(|finding| finding.check == Check::Topic));
}

/// One of two trails cannot be looked at: it may be the one that logs.
#[test]
fn a_trail_that_nobody_can_look_at_may_be_the_one_that_logs() {
    let findings = judged(|facts| {
        let trails = facts.trails.as_mut().unwrap();
        let mut hidden = trail();
        hidden.is_logging =
            Err(error("cloudtrail:GetTrailStatus", "AccessDeniedException", Failure::Denied));
        trails.push(hidden);
        trails[0].is_logging = Ok(false);
    });
    let trail: Vec<_> = findings.iter().filter(|f| f.check == Check::Trail).collect();
    assert!(matches!(trail.as_slice(), [one] if matches!(one.verdict, Verdict::Unknown { .. })));
}

/// docs/permissions.md is the list; `scripts/e2e` holds it against the role.
#[test]
fn the_permissions_that_are_simulated_are_those_of_the_page() {
    let page = include_str!("../../../../../docs/permissions.md");
    let page = page.split("## Only with a parameter").next().unwrap();
    let mut listed: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|cell| cell.contains(':'))
        .collect();
    let holdings = Holdings {
        topic: Some(TOPIC.to_owned()),
        recheck: Some(queue_arn("recheck")),
        dead_letters: Some(queue_arn("dead")),
        log_groups: vec!["/aws/lambda/guard".to_owned()],
        traces: true,
        overrides: Some("/cognito-domain-guard/guard/overrides".to_owned()),
    };
    let mut simulated: Vec<_> =
        needed(&place(), &holdings).into_iter().flat_map(|needed| needed.actions).collect();
    simulated.sort_unstable();
    listed.sort_unstable();
    simulated.dedup();
    assert_eq!(simulated, listed);
}
