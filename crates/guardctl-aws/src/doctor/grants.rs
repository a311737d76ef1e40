//! Who has a policy that lets them make overrides. Pure.
//!
//! The rule: it leaves nobody out. What it finds too much, a condition or a Deny, IAM's simulator takes away.

use serde_json::Value;

use super::policy::{list, matches, read, texts};

/// The call that makes an override.
pub const MAKE: &str = "ssm:PutParameter";

/// A role or a user of the account, with the policies that grant it something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub arn: String,
    pub policies: Vec<Grant>,
}

/// One of its policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The ARN of a managed one.
    pub arn: Option<String>,
    pub document: String,
}

/// Those who have a policy by which they may make a parameter of that ARN, other than the policy `meant` for
/// it. Roles of AWS's own services are nobody's to use.
pub fn makers<'a>(all: &'a [Principal], meant: Option<&str>, parameter: &str) -> Vec<&'a str> {
    let grants = |grant: &Grant| {
        let is_meant = grant.arn.is_some() && grant.arn.as_deref() == meant;
        !is_meant && may_make(&grant.document, parameter)
    };
    all.iter()
        .filter(|one| !one.arn.contains(":role/aws-service-role/"))
        .filter(|one| one.policies.iter().any(grants))
        .map(|one| one.arn.as_str())
        .collect()
}

/// Whether a statement of the policy allows it.
fn may_make(document: &str, parameter: &str) -> bool {
    let Some(document) = read(document) else { return false };
    let names = |statement: &Value, member: &str| {
        let make = MAKE.to_ascii_lowercase();
        texts(statement.get(member)).any(|one| matches(&one.to_ascii_lowercase(), &make))
    };
    let covers = |statement: &Value, member: &str| {
        // A variable of a policy stands for any text.
        texts(statement.get(member)).any(|one| matches(&without_variables(one), parameter))
    };
    let has = |statement: &Value, member: &str| statement.get(member).is_some();
    list(document.get("Statement")).any(|one| {
        one.get("Effect").and_then(Value::as_str) == Some("Allow")
            && (names(one, "Action") || has(one, "NotAction") && !names(one, "NotAction"))
            && (covers(one, "Resource") || has(one, "NotResource") && !covers(one, "NotResource"))
    })
}

/// The pattern with `*` in place of each `${...}`.
fn without_variables(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((_, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push('*');
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETER: &str =
        "arn:aws:ssm:eu-central-1:111122223333:parameter/cognito-domain-guard/guard/overrides/any";
    const MEANT: &str = "arn:aws:iam::111122223333:policy/on-call";

    fn may(statement: &str) -> bool {
        may_make(&format!(r#"{{"Statement": {statement}}}"#), PARAMETER)
    }

    #[test]
    fn a_policy_that_allows_it_is_found_in_whatever_form_it_is_written() {
        for statement in [
            r#"{"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*"}"#,
            r#"[{"Effect": "Allow", "Action": ["s3:*", "SSM:put*"], "Resource": ["*"]}]"#,
            r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ssm:*:*:parameter/cognito-*"}"#,
            r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#,
            r#"{"Effect": "Allow", "Action": "ssm:*", "NotResource": "arn:aws:ssm:*:*:parameter/other/*"}"#,
            r#"{"Effect": "Allow", "Action": "ssm:*", "Resource": "arn:aws:ssm:*:${aws:PrincipalAccount}:parameter/*"}"#,
        ] {
            assert!(may(statement), "{statement}");
        }
    }

    #[test]
    fn a_policy_that_allows_something_else_is_none() {
        for statement in [
            r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#,
            r#"{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}"#,
            r#"{"Effect": "Allow", "NotAction": "ssm:*", "Resource": "*"}"#,
            r#"{"Effect": "Allow", "Action": "ssm:*", "Resource": "arn:aws:ssm:*:*:parameter/other/*"}"#,
            r#"{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:ssm:*:*:parameter/cognito-domain-guard/*"}"#,
            "[]",
        ] {
            assert!(!may(statement), "{statement}");
        }
        assert!(!may_make("no policy", PARAMETER));
    }

    #[test]
    fn whoever_has_nothing_but_the_policy_meant_for_it_is_not_another() {
        let broad = r#"{"Statement": {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}}"#;
        let grant =
            |arn: Option<&str>| Grant { arn: arn.map(str::to_owned), document: broad.to_owned() };
        let of = |arn: &str, policies: Vec<Grant>| Principal { arn: arn.to_owned(), policies };
        let all = [
            of("arn:aws:iam::111122223333:role/on-call", vec![grant(Some(MEANT))]),
            of("arn:aws:iam::111122223333:role/both", vec![grant(Some(MEANT)), grant(None)]),
            of(
                "arn:aws:iam::111122223333:user/ops/jane",
                vec![grant(Some("arn:aws:iam::aws:policy/any"))],
            ),
            of("arn:aws:iam::111122223333:role/nobody", Vec::new()),
            of(
                "arn:aws:iam::111122223333:role/aws-service-role/ssm.amazonaws.com/x",
                vec![grant(None)],
            ),
        ];
        let others =
            ["arn:aws:iam::111122223333:role/both", "arn:aws:iam::111122223333:user/ops/jane"];
        assert_eq!(makers(&all, Some(MEANT), PARAMETER), others);
        assert_eq!(makers(&all, None, PARAMETER).len(), 3);
    }
}
