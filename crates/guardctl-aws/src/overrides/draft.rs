//! An override before it is made: its text, in the syntax that the guard reads, and a name of its own.
//!
//! The rule: the text is read back by the guard's own parser before anybody is asked about it.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use cognito_domain_guard::baseline::{Baseline, BaselineError, OverrideText};
use cognito_domain_guard::domain::Attribute;
use cognito_domain_guard::overrides::fresh_id;
use cognito_domain_guard::when::rfc3339;
use guardctl::arguments::Terms;
use time::OffsetDateTime;

/// A baseline without names of accounts.
pub fn no_baseline() -> Result<Baseline, BaselineError> {
    Baseline::parse("no baseline", "version: 1\n")
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub domain: &'a str,
    /// What may be off the baseline; `None` for a pause.
    pub attributes: Option<&'a [Attribute]>,
    /// Numbers, or names that the baseline gives them.
    pub accounts: &'a [String],
    pub regions: &'a [String],
    pub terms: &'a Terms,
}

/// An override that can be made.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The whole name of its parameter.
    pub parameter: String,
    /// The value.
    pub text: String,
    /// What the guard reads in it.
    pub read: OverrideText,
}

impl Draft {
    /// The override that somebody asks for at `now`, below that path. Names of accounts are that baseline's, and
    /// the text has their numbers: the guard's own baseline may be another one by now. `by` is who they are.
    pub fn new(
        path: &str,
        asked: &Asked<'_>,
        baseline: &Baseline,
        by: &str,
        now: OffsetDateTime,
    ) -> Result<Self, String> {
        let id = fresh_id(asked.domain, now, RandomState::new().build_hasher().finish());
        let read = |baseline: &Baseline, text: &str| {
            baseline.read_override(&id, text).map_err(|malformed| {
                let problems = malformed.error.problems.iter();
                let lines = problems.map(|problem| format!("{}; {}", problem.message, problem.fix));
                lines.collect::<Vec<_>>().join("\n  ")
            })
        };
        let named = read(baseline, &text(asked, by, now))?;
        let [accounts, _] = named.scope.values();
        let accounts = accounts.unwrap_or_default();
        let text = text(&Asked { accounts, ..*asked }, by, now);
        let nameless = no_baseline().map_err(|error| error.to_string())?;
        let read = read(&nameless, &text)?;
        Ok(Self { parameter: format!("{path}/{id}"), text, read })
    }

    /// The end of its parameter's name.
    pub fn id(&self) -> &str {
        self.parameter.rsplit('/').next().unwrap_or_default()
    }
}

fn text(asked: &Asked<'_>, by: &str, now: OffsetDateTime) -> String {
    let Asked { domain, attributes, accounts, regions, terms } = *asked;
    let Terms { lasts, reason, ticket, owner } = terms;
    let mut out = String::new();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{key}: {value}");
    };
    match attributes {
        Some(attributes) => {
            line("domain", quoted(&domain.to_ascii_lowercase()));
            let names: Vec<_> = attributes.iter().map(|attribute| attribute.as_str()).collect();
            line("attributes", format!("[{}]", names.join(", ")));
        }
        None => line("pause", quoted(&domain.to_ascii_lowercase())),
    }
    for (key, values) in [("accounts", accounts), ("regions", regions)] {
        if !values.is_empty() {
            let values: Vec<_> = values.iter().map(|value| quoted(value)).collect();
            line(key, format!("[{}]", values.join(", ")));
        }
    }
    line("until", rfc3339(now.saturating_add(*lasts)));
    line("reason", quoted(reason));
    line("by", quoted(by));
    for (key, value) in [("owner", owner), ("ticket", ticket)] {
        if let Some(value) = value {
            line(key, quoted(value));
        }
    }
    out
}

/// A text as YAML takes it in quotes, which is JSON's way.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Who somebody is, as short as people know it: the name at the end of an ARN.
pub fn name_in(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().filter(|name| !name.is_empty()).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use cognito_domain_guard::baseline::Effect;
    use proptest::prelude::*;
    use time::Duration;

    use super::*;

    fn terms(reason: &str) -> Terms {
        Terms {
            lasts: Duration::hours(8),
            reason: reason.to_owned(),
            ticket: Some("INC-4711".to_owned()),
            owner: None,
        }
    }

    fn nameless() -> Baseline {
        no_baseline().unwrap()
    }

    fn now() -> OffsetDateTime {
        cognito_domain_guard::when::from_seconds(1_795_420_931).unwrap()
    }

    #[test]
    fn its_text_is_the_baselines_syntax_and_its_name_says_what_and_when() {
        let terms = terms("terminals locked out");
        let asked = Asked {
            domain: "pos.example.com",
            attributes: Some(&[Attribute::SecurityPolicy, Attribute::Routing]),
            accounts: &["111122223333".to_owned()],
            regions: &["eu-central-1".to_owned()],
            terms: &terms,
        };
        let draft = Draft::new("/p", &asked, &nameless(), "jane", now()).unwrap();
        assert_eq!(
            draft.text,
            "domain: \"pos.example.com\"\nattributes: [security_policy, routing]\naccounts: \
             [\"111122223333\"]\nregions: [\"eu-central-1\"]\nuntil: 2026-11-23T16:02:11Z\nreason: \
             \"terminals locked out\"\nby: \"jane\"\nticket: \"INC-4711\"\n"
        );
        let begin = "/p/pos.example.com_20261123T080211Z_";
        assert!(draft.parameter.starts_with(begin), "{}", draft.parameter);
        let other = Draft::new("/p", &asked, &nameless(), "jane", now()).unwrap();
        assert_ne!(draft.parameter, other.parameter, "no name is used twice");
    }

    #[test]
    fn an_account_that_the_baseline_names_stands_in_the_text_by_its_number() {
        let text = "version: 1\naccounts: { prod: '111122223333', bank: { id: '222222222222' } }\n";
        let baseline = Baseline::parse("baseline", text).unwrap();
        let terms = terms("a release");
        let made = |accounts: &[&str]| {
            let accounts: Vec<_> = accounts.iter().map(|&account| account.to_owned()).collect();
            let asked = Asked {
                domain: "*",
                attributes: None,
                accounts: &accounts,
                regions: &[],
                terms: &terms,
            };
            Draft::new("/p", &asked, &baseline, "jane", now())
        };
        let draft = made(&["444455556666", "prod", "bank"]).unwrap();
        let line = "accounts: [\"111122223333\", \"222222222222\", \"444455556666\"]\n";
        assert!(draft.text.contains(line), "{}", draft.text);
        let error = made(&["prdo"]).unwrap_err();
        assert_eq!(error, "no account is named \"prdo\"; did you mean prod?");
    }

    #[test]
    fn what_the_guard_would_not_read_is_refused_with_its_own_words() {
        let terms = terms("");
        let asked =
            Asked { domain: "a..b", attributes: None, accounts: &[], regions: &[], terms: &terms };
        let error = Draft::new("/p", &asked, &nameless(), "jane", now()).unwrap_err();
        assert!(error.contains("write `reason:` and why"), "{error}");
        assert_eq!(error.lines().count(), 2, "{error}");
    }

    #[test]
    fn people_are_known_by_the_name_at_the_end_of_their_arn() {
        for (arn, name) in [
            (
                "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_X/jane@example.com",
                "jane@example.com",
            ),
            ("arn:aws:iam::111122223333:user/ops/jane", "jane"),
            ("arn:aws:iam::111122223333:root", "root"),
            ("", ""),
        ] {
            assert_eq!(name_in(arn), name);
        }
    }

    proptest! {
        #[test]
        fn whatever_somebody_writes_is_read_back_as_it_was(
            reason in "\\PC{0,40}[a-z]\\PC{0,40}", by in "[ -~]{0,20}[a-z]", owner in proptest::option::of("\\PC{0,20}x"),
        ) {
            let terms = Terms { owner, ..terms(&reason) };
            let asked = Asked { domain: "*", attributes: None, accounts: &[], regions: &[], terms: &terms };
            // A placeholder such as "..." is refused, in words.
            if let Ok(draft) = Draft::new("/p", &asked, &nameless(), &by, now()) {
                prop_assert_eq!(&draft.read.effect, &Effect::Pause);
                prop_assert_eq!(draft.read.reason.trim(), reason.trim());
                prop_assert_eq!(draft.read.by.trim(), by.trim());
                prop_assert_eq!(&draft.read.owner, &terms.owner);
                prop_assert_eq!(draft.read.until, now() + terms.lasts);
            }
        }
    }
}
