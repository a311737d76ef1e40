//! The rules by which a guard hears of overrides.

use super::*;

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
