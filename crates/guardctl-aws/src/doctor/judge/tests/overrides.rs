//! Overrides: the rules by which a guard hears of them, what there is, what was forgotten, and who may make
//! some.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::overrides::{DEFAULT_LONGEST, Overrides, Parameter, ParameterKind};
use cognito_domain_guard::when::rfc3339;
use time::Duration;

use super::*;
use crate::doctor::facts::{KeptOverrides, Makers};

const PATH: &str = "/cognito-domain-guard/guard/overrides";
const JANE: &str = "arn:aws:iam::111122223333:user/jane";
const ON_CALL: &str = "arn:aws:iam::111122223333:policy/guard-OnCallPolicy-1";

/// A guard that reads overrides, and a rule of theirs.
fn with_overrides(facts: &mut Facts) -> &mut Rule {
    let path = ("OVERRIDES_PATH".to_owned(), "/cognito-domain-guard/guard/overrides".to_owned());
    guard(facts).environment.extend([path]);
    let rule = Rule {
        name: "override-change".to_owned(),
        pattern: Some("{\"source\":[\"aws.ssm\"]}".to_owned()),
        ..change_rule(facts).clone()
    };
    let rules = facts.rules.as_mut().unwrap();
    rules.push(rule);
    rules.last_mut().unwrap()
}

#[test]
fn a_guard_with_overrides_is_called_when_one_is_made_or_removed() {
    let findings = judged(|facts| {
        with_overrides(facts);
    });
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Ok), "{findings:#?}");
    wrong(Check::Rule, "when an override is made or removed: nobody hears of it", |facts| {
        with_overrides(facts);
        facts.rules.as_mut().unwrap().pop();
    });
    // It is not said that no event reaches the guard: those of domains do.
    let words = "override-change is DISABLED: nobody hears of an override";
    wrong(Check::Rule, words, |facts| with_overrides(facts).state = "DISABLED".to_owned());
}

/// An override that was made so long ago, to last so long, with those lines more; or that very text.
fn made(age: Duration, lasts: Duration, more: &str) -> Parameter {
    let until = rfc3339(NOW - age + lasts);
    let value = format!("pause: '*'\nuntil: {until}\nreason: a release\nby: jane\n{more}");
    parameter(age, &value)
}

fn parameter(age: Duration, value: &str) -> Parameter {
    Parameter {
        name: format!("{PATH}/pause-1"),
        kind: ParameterKind::String,
        value: value.to_owned(),
        modified_at: NOW - age,
    }
}

/// A guard with that override.
fn with(one: Parameter) -> impl FnOnce(&mut Facts) {
    move |facts| {
        let baseline = Baseline::parse("baseline", BASELINE).unwrap();
        let writers = [(one.name.clone(), JANE.to_owned())].into();
        facts.overrides = Some(KeptOverrides {
            path: PATH.to_owned(),
            // A week is the longest that a stack may have.
            all: Ok(Overrides::read(PATH, [one], &baseline, Duration::WEEK)),
            writers: Ok(writers),
            makers: Ok(Makers::default()),
        });
    }
}

fn found(check: Check, change: impl FnOnce(&mut Facts)) -> Finding {
    judged(change).into_iter().find(|finding| finding.check == check).unwrap()
}

#[test]
fn an_override_in_force_is_shown_with_what_it_does_who_made_it_and_when_it_ends() {
    let hours = Duration::hours;
    let finding = found(Check::Overrides, with(made(hours(2), hours(8), "ticket: CHG-7\n")));
    assert_eq!(finding.verdict, Verdict::Ok);
    assert_eq!(
        finding.what,
        "pause-1: every domain: the guard changes nothing until 2026-11-23T06:00:00Z: a release (CHG-7); by \
         jane, arn:aws:iam::111122223333:user/jane (AWS says), made 2 h ago, 6 h left"
    );
    let none = found(Check::Overrides, |facts| {
        with(made(hours(2), hours(8), ""))(facts);
        facts.overrides.as_mut().unwrap().all = Ok(Overrides::NONE);
    });
    assert_eq!((none.verdict, none.what), (Verdict::Ok, format!("there is none below {PATH}")));
}

#[test]
fn an_override_that_was_forgotten_is_a_problem_with_the_command_that_ends_it() {
    let (check, hours) = (Check::Overrides, Duration::hours);
    let forgotten = "names no ticket and nobody to ask: perhaps it was forgotten";
    wrong(check, forgotten, with(made(hours(25), hours(48), "")));
    for known in ["ticket: CHG-7\n", "owner: shop@example.com\n"] {
        assert_eq!(found(check, with(made(hours(25), hours(48), known))).verdict, Verdict::Ok);
        let lasting = "declare in the baseline what should last";
        wrong(check, lasting, with(made(hours(73), hours(96), known)));
    }
    assert_eq!(found(check, with(made(hours(23), hours(48), ""))).verdict, Verdict::Ok);
    // One that has just ended is nobody's mistake yet.
    assert_eq!(found(check, with(made(hours(8), hours(1), ""))).verdict, Verdict::Ok);
    wrong(check, "ended at 2026-11-21T17:00:00Z", with(made(hours(32), hours(1), "")));
    let finding = found(check, with(made(hours(32), hours(1), "")));
    let Step::Run(command) = &finding.fix[1] else { panic!("{finding:#?}") };
    assert_eq!(command, "guardctl resume pause-1 --stack guard --guard-region eu-central-1");
    let by_hand = found(check, |facts| {
        with(made(hours(32), hours(1), ""))(facts);
        facts.stack = None;
    });
    let Step::Run(command) = &by_hand.fix[1] else { panic!("{by_hand:#?}") };
    assert!(command.contains(&format!(" --path {PATH} --guard-region ")), "{command}");
}

#[test]
fn an_override_that_cannot_be_understood_is_a_problem_for_as_long_as_it_is_there() {
    let (check, text) = (Check::Overrides, "domain: pos.example.com\nattributes: [tls]\n");
    let holds =
        "writes nothing that it may be meant for until 2026-11-23T00:30:00Z: pause-1:1:1: until: ";
    wrong(check, holds, with(parameter(Duration::minutes(30), text)));
    wrong(check, "cannot be understood, and is ignored", with(parameter(Duration::HOUR, text)));
    let finding = found(check, with(parameter(Duration::HOUR, text)));
    assert!(
        finding.what.ends_with(&format!("; by {JANE} (AWS says), made 1 h ago")),
        "{finding:?}"
    );
    assert!(!finding.what.contains('\n') && !finding.what.contains("\\n"), "{finding:?}");
}

#[test]
fn what_cannot_be_read_of_overrides_is_unknown_and_the_rest_is_said() {
    let denied = |action| error(action, "AccessDeniedException", Failure::Denied);
    let hour = Duration::HOUR;
    let findings = judged(|facts| {
        with(made(hour, hour * 2, ""))(facts);
        let kept = facts.overrides.as_mut().unwrap();
        kept.writers = Err(denied("ssm:DescribeParameters"));
        kept.makers = Err(denied("iam:GetAccountAuthorizationDetails"));
    });
    let unknown: Vec<_> = findings
        .iter()
        .filter_map(|finding| match finding.verdict {
            Verdict::Unknown { denied } => denied,
            Verdict::Ok | Verdict::Wrong => None,
        })
        .collect();
    assert_eq!(unknown, ["ssm:DescribeParameters", "iam:GetAccountAuthorizationDetails"]);
    assert!(findings.iter().any(|one| one.what.contains("by jane, made 1 h ago, 1 h left")));
    let all = found(Check::Overrides, |facts| {
        with(made(hour, hour * 2, ""))(facts);
        let kept = facts.overrides.as_mut().unwrap();
        kept.all = Err(denied("ssm:GetParametersByPath"));
    });
    assert!(matches!(all.verdict, Verdict::Unknown { denied: Some("ssm:GetParametersByPath") }));
}

#[test]
fn whoever_else_may_make_overrides_is_named() {
    let may = |allowed: Vec<String>, not_asked| {
        let finding = found(Check::Writers, |facts| {
            with(made(Duration::HOUR, DEFAULT_LONGEST, ""))(facts);
            facts.overrides.as_mut().unwrap().makers = Ok(Makers { allowed, not_asked });
            let outputs = &mut facts.stack.as_mut().unwrap().outputs;
            outputs.insert("OnCallPolicy".to_owned(), ON_CALL.to_owned());
        });
        // Each account has somebody who may do everything: that alone is nothing to fix.
        assert_eq!(finding.verdict, Verdict::Ok);
        finding.what
    };
    let nobody = format!(
        "besides those with {ON_CALL}, nobody of this account may make an override (simulated)"
    );
    assert_eq!(may(Vec::new(), 0), nobody);
    let some = may(vec!["arn:aws:iam::111122223333:role/ops/admin".to_owned(), JANE.to_owned()], 0);
    assert!(
        some.contains("2 principals of this account may make overrides (simulated): role/ops/admin, user/jane. A"),
        "{some}"
    );
    let many = (0..25).map(|nth| format!("arn:aws:iam::111122223333:role/r{nth}")).collect();
    let many = may(many, 3);
    assert!(
        many.contains("role/r19, 5 more; 3 more have a policy for it, and were not simulated.")
    );
}

#[test]
fn a_guard_that_reads_no_overrides_says_so() {
    let finding = found(Check::Overrides, |_| {});
    assert_eq!(finding.what, "the guard reads none: OVERRIDES_PATH is not set");
}
