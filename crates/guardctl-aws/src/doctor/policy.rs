//! What a policy of IAM denies, as far as a stop of the guard is about it. Pure.

use cognito_domain_guard::place::Place;
use serde_json::Value;

use super::facts::Denial;

/// The one call by which the guard changes anything.
const UPDATE: &str = "cognito-idp:UpdateUserPoolDomain";

/// How a policy keeps its role from updating domains of that place; `None` where it does not.
pub fn denial(document: &str, place: &Place) -> Option<Denial> {
    let document: Value = read(document)?;
    let statements: Vec<_> = list(document.get("Statement")).collect();
    let Place { partition, account, region } = place;
    let pools = format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/");
    let any_pool = format!("{pools}{region}_Example12");
    let mut denial = Denial { pools: Vec::new(), is_conditional: false, is_alone: true };
    let (mut is_for_all, mut is_for_all_always, mut found) = (false, false, false);
    for statement in statements {
        let is_deny = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
        if !is_deny || !is_about_updates(statement) {
            denial.is_alone = false;
            continue;
        }
        let is_conditional = statement.get("Condition").is_some();
        let mut is_here = false;
        for resource in texts(statement.get("Resource")) {
            if matches(resource, &any_pool) {
                is_for_all = true;
                is_for_all_always |= !is_conditional;
                is_here = true;
            } else if is_pool_of(resource, region) {
                denial.pools.push(resource.to_owned());
                is_here = true;
            }
        }
        if let Some(excepted) = statement.get("NotResource") {
            is_here = true;
            denial.pools.extend(texts(Some(excepted)).map(|one| format!("all but {one}")));
        }
        found |= is_here;
        denial.is_conditional |= is_here && is_conditional;
    }
    if is_for_all {
        denial.pools.clear();
    }
    // Then another statement's condition changes nothing.
    denial.is_conditional &= !is_for_all_always;
    found.then_some(denial)
}

fn is_about_updates(statement: &Value) -> bool {
    let names = |member: &str| {
        let update = UPDATE.to_ascii_lowercase();
        texts(statement.get(member)).any(|one| matches(&one.to_ascii_lowercase(), &update))
    };
    names("Action") || statement.get("NotAction").is_some() && !names("NotAction")
}

/// Whether a pattern that does not mean every user pool of the region means one of them.
fn is_pool_of(resource: &str, region: &str) -> bool {
    let Some((before, _)) = resource.split_once(":userpool/") else { return false };
    before.split(':').nth(3).is_some_and(|pattern| matches(pattern, region))
}

/// IAM gives documents in the encoding of URLs.
pub fn read(document: &str) -> Option<Value> {
    serde_json::from_str(document).ok().or_else(|| serde_json::from_str(&decoded(document)?).ok())
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// IAM's wildcards: `*` for any text, `?` for one character.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
    // After each character of the pattern, up to which places of the text it fits.
    let mut fits = vec![false; text.len() + 1];
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    for &wanted in &pattern {
        let mut next = vec![false; fits.len()];
        let mut any_before = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let before = at.checked_sub(1);
            let was = |at: usize| fits.get(at).copied().unwrap_or_default();
            any_before |= was(at);
            *slot = match wanted {
                '*' => any_before,
                '?' => before.is_some_and(was),
                other => before.is_some_and(|at| was(at) && text.get(at) == Some(&other)),
            };
        }
        fits = next;
    }
    fits.last().copied().unwrap_or_default()
}

/// One value or a list of them, as policies may have either.
pub fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Some(Value::Array(many)) => (None, many.as_slice()),
        other => (other, [].as_slice()),
    };
    one.into_iter().chain(many)
}

pub fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    list(value).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Ab12";

    fn place() -> Place {
        Place {
            partition: "aws".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
        }
    }

    fn of(statement: &str) -> Option<Denial> {
        denial(&format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#), &place())
    }

    fn all(is_conditional: bool) -> Option<Denial> {
        Some(Denial { pools: Vec::new(), is_conditional, is_alone: true })
    }

    #[test]
    fn a_deny_of_updates_is_found_in_whatever_form_it_is_written() {
        for statement in [
            r#"{"Effect": "Deny", "Action": "cognito-idp:UpdateUserPoolDomain", "Resource": "*"}"#,
            r#"[{"Effect": "Deny", "Action": ["sts:AssumeRole", "COGNITO-IDP:update*"], "Resource": ["*"]}]"#,
            r#"{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:cognito-idp:*:*:userpool/*"}"#,
            r#"{"Effect": "Deny", "NotAction": "cognito-idp:Describe*", "Resource": "*"}"#,
            r#"{"Effect": "Deny", "Action": "cognito-idp:UpdateUserPoolDomai?", "Resource": "*"}"#,
        ] {
            assert_eq!(of(statement), all(false), "{statement}");
        }
        let encoded = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Deny%22%2C%22Action%22%3A%22%2A%22%2C\
                       %22Resource%22%3A%22%2A%22%7D%7D";
        assert_eq!(denial(encoded, &place()), all(false));
        let conditional = r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {}}"#;
        assert_eq!(of(conditional), all(true));
        let deny = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;
        assert_eq!(of(&format!("[{conditional}, {deny}]")), all(false));
        assert_eq!(of(&format!("[{deny}, {conditional}]")), all(false));
    }

    #[test]
    fn what_denies_something_else_is_no_stop() {
        for statement in [
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
            r#"{"Effect": "Deny", "Action": "cloudfront:UpdateDistribution", "Resource": "*"}"#,
            r#"{"Effect": "Deny", "NotAction": "cognito-idp:*", "Resource": "*"}"#,
            r#"{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::bucket"}"#,
            r#"{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:cognito-idp:us-east-1:111122223333:userpool/*"}"#,
            "[]",
        ] {
            assert_eq!(of(statement), None, "{statement}");
        }
        assert_eq!(denial("no policy", &place()), None);
        assert_eq!(denial("%7", &place()), None);
    }

    #[test]
    fn a_deny_for_one_pool_names_it_and_a_policy_that_says_more_is_not_to_be_deleted() {
        let deny =
            format!(r#"{{"Effect": "Deny", "Action": "cognito-idp:*", "Resource": "{POOL}"}}"#);
        let one = Denial { pools: vec![POOL.to_owned()], is_conditional: false, is_alone: true };
        assert_eq!(of(&deny), Some(one.clone()));
        let allow = r#"{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}"#;
        assert_eq!(of(&format!("[{allow}, {deny}]")), Some(Denial { is_alone: false, ..one }));
        let but = format!(r#"{{"Effect": "Deny", "Action": "*", "NotResource": "{POOL}"}}"#);
        assert_eq!(of(&but).unwrap().pools, [format!("all but {POOL}")]);
    }
}
