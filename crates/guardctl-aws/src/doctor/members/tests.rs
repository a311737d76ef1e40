//! A healthy place, and each way in which one is not.

use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::report::Gap;
use cognito_domain_guard::sweep::organization::{GapSince, Standing};
use serde_json::json;
use time::OffsetDateTime;

use super::expected;
use super::facts::{Member, Seen, Swept};
use super::judge::{Coverage, judge};
use super::swept;
use crate::doctor::facts::{Forwarding, Role, Selector, Trail};
use crate::doctor::finding::{Check, Finding, Step, Verdict};
use crate::doctor::sample::pattern_of_domains;
use crate::organization::Hub;

fn place(account: &str, region: &str) -> Place {
    Place { partition: "aws".to_owned(), account: account.to_owned(), region: region.to_owned() }
}

fn hub() -> Hub {
    let place = place("123456789012", "us-west-2");
    Hub { place, organization: "o-exampleorgid".to_owned() }
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn denied(action: &'static str) -> CallError {
    CallError {
        failure: Failure::Denied,
        action,
        code: Some("AccessDenied".to_owned()),
        message: "not authorized".to_owned(),
    }
}

fn healthy() -> Member {
    let place = place("444455556666", "eu-central-1");
    let hub = hub();
    let trail = Trail {
        name: "organization".to_owned(),
        arn: "arn:aws:cloudtrail:us-east-1:123456789012:trail/organization".to_owned(),
        home_region: "us-east-1".to_owned(),
        is_multi_region: true,
        is_of_organization: true,
        is_logging: Ok(true),
        selectors: Ok(vec![Selector::Basic {
            read_write_type: "All".to_owned(),
            management_events: true,
            excluded_sources: Vec::new(),
        }]),
    };
    let role = |trust: serde_json::Value, (name, document): (&str, serde_json::Value)| Role {
        trust: trust.to_string(),
        policies: vec![(name.to_owned(), document.to_string())],
        attached: Vec::new(),
    };
    let seen = Seen {
        rule: Ok(Some(Forwarding {
            state: "ENABLED".to_owned(),
            pattern: Some(pattern_of_domains(&place).to_string()),
            targets: vec![(
                expected::bus(&hub),
                Some(expected::role_arn(&place, &expected::forward_role(&place))),
            )],
        })),
        forward_role: Ok(Some(role(
            expected::forward_trust(&place),
            expected::forward_policy(&hub),
        ))),
        member_role: Ok(Some(role(expected::member_trust(&hub), expected::member_policy(&place)))),
        trails: Ok(vec![trail]),
    };
    Member { place, seen: Ok(seen), swept: Ok(Swept::Covered(at(1_795_000_000))) }
}

fn judged(change: impl FnOnce(&mut Member)) -> (Coverage, Vec<Finding>) {
    let mut member = healthy();
    change(&mut member);
    judge(&member, &hub())
}

/// Something is wrong with what is there, which exactly that check says, with a fix.
fn broken(check: Check, what: &str, change: impl FnOnce(&mut Seen)) {
    let (coverage, findings) = judged(|member| change(member.seen.as_mut().unwrap()));
    assert_eq!(coverage, Coverage::Broken, "{what}: {findings:#?}");
    let wrong: Vec<_> = findings.iter().filter(|one| one.verdict != Verdict::Ok).collect();
    assert!(wrong.iter().all(|one| one.check == check), "{what}: {wrong:#?}");
    let one = wrong
        .iter()
        .find(|one| one.what.contains(what))
        .unwrap_or_else(|| panic!("{what}: {wrong:#?}"));
    assert!(one.fix.iter().any(|step| matches!(step, Step::Run(_))), "{one:?}");
}

fn rule(seen: &mut Seen) -> &mut Forwarding {
    seen.rule.as_mut().unwrap().as_mut().unwrap()
}

fn member_role(seen: &mut Seen) -> &mut Role {
    seen.member_role.as_mut().unwrap().as_mut().unwrap()
}

#[test]
fn where_all_is_as_member_yaml_makes_it_the_place_is_covered() {
    let (coverage, findings) = judged(|_| {});
    assert_eq!(coverage, Coverage::Covered, "{findings:#?}");
    let checks: Vec<Check> = findings.iter().map(|finding| finding.check).collect();
    assert_eq!(
        checks,
        [Check::Trail, Check::ForwardRule, Check::ForwardRole, Check::MemberRole, Check::LastSweep]
    );
}

#[test]
fn documents_may_come_in_another_order_or_form() {
    let (coverage, findings) = judged(|member| {
        let seen = member.seen.as_mut().unwrap();
        let encoded = seen.forward_role.as_mut().unwrap().as_mut().unwrap();
        encoded.trust = encoded.trust.replace('"', "%22").replace('{', "%7B");
        rule(seen).pattern = Some(
            json!({
                "detail": {
                    "eventName": ["DeleteUserPoolDomain", "UpdateUserPoolDomain", "CreateUserPoolDomain"],
                    "errorCode": ["", {"exists": false}],
                    "eventSource": ["cognito-idp.amazonaws.com"],
                },
                "detail-type": ["AWS API Call via CloudTrail"],
                "source": ["aws.cognito-idp"],
                "account": ["444455556666"],
            })
            .to_string(),
        );
        // The stack names keys of user pools.
        let keys = json!({"Statement": [{
            "Effect": "Allow", "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": ["arn:aws:kms:eu-central-1:444455556666:key/1"],
        }]});
        member_role(seen).policies.push(("user-pool-keys".to_owned(), keys.to_string()));
    });
    assert_eq!(coverage, Coverage::Covered, "{findings:#?}");
}

#[test]
fn a_rule_that_does_not_send_every_change_to_the_hub_is_broken() {
    let check = Check::ForwardRule;
    broken(check, "is DISABLED", |seen| rule(seen).state = "DISABLED".to_owned());
    broken(check, "the pattern of", |seen| {
        let pattern = rule(seen).pattern.as_mut().unwrap();
        *pattern = pattern
            .replace("\"DeleteUserPoolDomain\",", "")
            .replace(",\"DeleteUserPoolDomain\"", "");
    });
    broken(check, "does not send to", |seen| rule(seen).targets.clear());
    broken(check, "does not send to", |seen| {
        rule(seen).targets[0].0 = expected::bus(&hub()).replace("us-west-2", "us-east-1");
    });
    broken(check, "does not send to", |seen| rule(seen).targets[0].1 = None);
    broken(check, "there is no rule", |seen| seen.rule = Ok(None));
}

#[test]
fn a_role_that_trusts_or_may_something_else_is_broken() {
    let check = Check::MemberRole;
    broken(check, "there is no role", |seen| seen.member_role = Ok(None));
    for (right, wrong) in [
        ("o-exampleorgid", "o-anotherorgid"),
        ("cognito-domain-guard-hub-us-west-2", "Administrator"),
        ("123456789012:root", "999999999999:root"),
    ] {
        broken(check, "does not trust", |seen| {
            let trust = &mut member_role(seen).trust;
            assert!(trust.contains(right));
            *trust = trust.replace(right, wrong);
        });
    }
    let replaced = |right: &'static str, wrong: &'static str| {
        move |seen: &mut Seen| {
            let document = &mut member_role(seen).policies[0].1;
            assert!(document.contains(right), "{document}");
            *document = document.replace(right, wrong);
        }
    };
    let update =
        replaced("\"cognito-idp:UpdateUserPoolDomain\"", "\"cognito-idp:DescribeUserPool\"");
    broken(check, "may not cognito-idp:updateuserpooldomain", update);
    broken(check, "may not", replaced("userpool/*", "userpool/eu-central-1_One"));
    broken(
        check,
        "has more than",
        replaced(
            "\"cloudfront:updateDistribution\"",
            "[\"cloudfront:updateDistribution\",\"iam:PassRole\"]",
        ),
    );
    broken(
        check,
        "has more than member.yaml gives it: arn:aws:iam::aws:policy/AdministratorAccess",
        |seen| {
            member_role(seen)
                .attached
                .push("arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
        },
    );
    broken(check, "the policy stop denies", |seen| {
        let stop = json!({"Statement": [{
            "Effect": "Deny", "Action": "cognito-idp:UpdateUserPoolDomain", "Resource": "*",
        }]});
        member_role(seen).policies.push(("stop".to_owned(), stop.to_string()));
    });
    let forward = |change: fn(&mut Role)| {
        move |seen: &mut Seen| change(seen.forward_role.as_mut().unwrap().as_mut().unwrap())
    };
    broken(Check::ForwardRole, "may not events:putevents", forward(|role| role.policies.clear()));
    broken(Check::ForwardRole, "does not trust", forward(|role| role.trust.clear()));
    broken(Check::ForwardRole, "there is no role", |seen| seen.forward_role = Ok(None));
    broken(Check::Trail, "no trail logs", |seen| seen.trails = Ok(Vec::new()));
}

#[test]
fn a_place_in_which_nothing_is_deployed_is_not_covered() {
    let (coverage, findings) = judged(|member| {
        let seen = member.seen.as_mut().unwrap();
        (seen.rule, seen.forward_role, seen.member_role) = (Ok(None), Ok(None), Ok(None));
    });
    assert_eq!(coverage, Coverage::NotCovered);
    let member = findings.iter().find(|finding| finding.check == Check::Member).unwrap();
    let commands = member.fix.iter().filter_map(|step| match step {
        Step::Run(command) => Some(command.as_str()),
        Step::Say(_) | Step::Paste(_) => None,
    });
    let [unit, deployment] = commands.collect::<Vec<_>>().try_into().unwrap();
    assert!(unit.contains("list-parents --child-id 444455556666 "), "{member:?}");
    assert!(deployment.contains("UNIT,Accounts=444455556666,"), "{member:?}");
}

#[test]
fn where_nobody_may_look_the_last_sweep_says_what_is_known() {
    let unseen = |swept| {
        judged(|member| {
            member.seen = Err(denied("sts:AssumeRole"));
            member.swept = swept;
        })
    };
    let since = at(1_795_000_000);
    let (coverage, findings) = unseen(Ok(Swept::Gap { why: Gap::NoRole, since }));
    assert_eq!(coverage, Coverage::NotCovered, "{findings:#?}");
    assert!(
        findings.iter().any(|one| one.what.contains("no_role since the sweep of 2026-11-18T")),
        "{findings:#?}"
    );
    for swept in [
        Ok(Swept::Covered(since)),
        Ok(Swept::Unknown),
        Ok(Swept::Gap { why: Gap::Throttled, since }),
        Err(denied("states:ListExecutions")),
    ] {
        let (coverage, findings) = unseen(swept);
        assert_eq!(coverage, Coverage::Unknown, "{findings:#?}");
        let reader = findings.iter().find(|one| one.check == Check::Reader).unwrap();
        assert_eq!(reader.verdict, Verdict::Unknown { denied: Some("sts:AssumeRole") });
    }
}

/// Somebody has deployed it since.
#[test]
fn what_is_right_now_counts_more_than_what_the_last_sweep_saw() {
    let gap = Swept::Gap { why: Gap::NoRole, since: at(1_795_000_000) };
    let (coverage, findings) = judged(|member| member.swept = Ok(gap));
    assert_eq!(coverage, Coverage::Covered, "{findings:#?}");
}

#[test]
fn what_could_not_be_checked_is_unknown_and_not_wrong() {
    let (coverage, findings) = judged(|member| {
        member.seen.as_mut().unwrap().rule = Err(denied("events:DescribeRule"));
    });
    assert_eq!(coverage, Coverage::Unknown, "{findings:#?}");
}

/// There the guard acts with its own role.
#[test]
fn in_the_hubs_account_no_member_role_is_expected() {
    let (coverage, findings) = judged(|member| {
        member.place = place("123456789012", "eu-central-1");
        let place = &member.place;
        let seen = member.seen.as_mut().unwrap();
        seen.member_role = Ok(None);
        let role = expected::role_arn(place, &expected::forward_role(place));
        let pattern = pattern_of_domains(place).to_string();
        seen.forward_role.as_mut().unwrap().as_mut().unwrap().trust =
            expected::forward_trust(place).to_string();
        *rule(seen) = Forwarding {
            pattern: Some(pattern),
            targets: vec![(expected::bus(&hub()), Some(role))],
            ..rule(seen).clone()
        };
    });
    assert_eq!(coverage, Coverage::Covered, "{findings:#?}");
}

#[test]
fn what_the_last_sweep_left_says_what_it_knew_of_each_place() {
    let standing = Standing {
        looked_at_all: Some(200),
        gaps: vec![GapSince {
            why: Gap::NoRole,
            since: 100,
            places: vec!["444455556666/eu-central-1".parse().unwrap()],
        }],
        ..Standing::default()
    };
    let guarded = ["eu-central-1".to_owned(), "us-west-2".to_owned()].into();
    let of = |standing: Option<Standing>, region: &str| {
        swept(&Ok(standing), &place("444455556666", region), &guarded).unwrap()
    };
    let some = || Some(standing.clone());
    assert_eq!(of(some(), "eu-central-1"), Swept::Gap { why: Gap::NoRole, since: at(100) });
    assert_eq!(of(some(), "us-west-2"), Swept::Covered(at(200)));
    assert_eq!(of(None, "us-west-2"), Swept::Unknown);
    let more = Standing { unnamed_gaps: 1, ..standing.clone() };
    assert_eq!(of(Some(more), "us-west-2"), Swept::Unknown);
}
