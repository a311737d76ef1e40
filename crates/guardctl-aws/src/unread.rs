//! What could not be read, for the person at the terminal.

use std::collections::BTreeSet;
use std::fmt;

use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::cognito::{DESCRIBE_DOMAIN, DESCRIBE_POOL, LIST_POOLS, UPDATE_DOMAIN};
use cognito_domain_guard::text::harmless;

/// A domain, a user pool or an event that could not be read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// Its name.
    pub subject: String,
    pub why: Why,
}

#[derive(Clone, Debug)]
pub enum Why {
    /// A call failed.
    Call(CallError),
    /// An event is none.
    Event(String),
}

impl Unread {
    pub fn call(subject: impl Into<String>, error: CallError) -> Self {
        Self { subject: subject.into(), why: Why::Call(error) }
    }

    pub fn event(subject: impl Into<String>, reason: String) -> Self {
        Self { subject: subject.into(), why: Why::Event(reason) }
    }

    /// The call that was refused for want of a permission, if that is why.
    pub fn denied(&self) -> Option<&CallError> {
        match &self.why {
            Why::Call(error) if error.failure == Failure::Denied => Some(error),
            Why::Call(_) | Why::Event(_) => None,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", harmless(&self.subject))?;
        match &self.why {
            Why::Call(error) => write!(f, "{error}"),
            Why::Event(reason) => f.write_str(&harmless(reason)),
        }
    }
}

/// A line for each, with its subject. Where permissions are missing, what AWS says is said once where it
/// is the same for all, and the last line has the policy to paste.
pub fn explained(problems: &[Unread]) -> Vec<String> {
    let denied: Vec<&CallError> = problems.iter().filter_map(Unread::denied).collect();
    let [first, more @ ..] = denied.as_slice() else {
        return problems.iter().map(ToString::to_string).collect();
    };
    let mut lines: Vec<String> = problems
        .iter()
        .map(|problem| match problem.denied() {
            // AWS's sentence names caller, call and resource anew in each.
            Some(CallError { action, code, .. }) if !more.is_empty() => {
                let subject = harmless(&problem.subject);
                let code = code.as_deref().unwrap_or("no permission");
                format!("{subject}: {action} failed with {}", harmless(code))
            }
            Some(_) | None => problem.to_string(),
        })
        .collect();
    let mut common = String::new();
    if !more.is_empty() {
        let says = if more.iter().all(|error| error.message == first.message) {
            "AWS says of each"
        } else {
            "AWS says of the first"
        };
        common = format!("permission denied. {says}: {}", harmless(&first.message));
    }
    let policy = format!("allow it with this policy:\n{}", policy_to_paste(needed(&denied)));
    if common.is_empty() {
        if let Some(line) = lines.last_mut() {
            line.push('\n');
            line.push_str(&policy);
        }
    } else {
        lines.push(format!("{common}\n{policy}"));
    }
    lines
}

/// One failed call.
pub fn explain(subject: &str, error: &CallError) -> String {
    explained(&[Unread::call(subject, error.clone())]).concat()
}

/// The actions that whoever lacks these permissions needs.
fn needed(denied: &[&CallError]) -> BTreeSet<&'static str> {
    let mut actions = BTreeSet::new();
    for error in denied {
        // Whoever may not make one of the calls that read will be refused the others too.
        let reads = [DESCRIBE_DOMAIN, DESCRIBE_POOL, LIST_POOLS];
        if reads.contains(&error.action) {
            actions.extend(reads);
        } else {
            actions.insert(error.action);
        }
        if error.action == UPDATE_DOMAIN {
            actions.insert("cloudfront:UpdateDistribution");
        }
    }
    actions
}

/// A policy that allows it.
pub fn policy_to_paste<'a>(actions: impl IntoIterator<Item = &'a str>) -> String {
    let actions: Vec<_> = actions.into_iter().map(|action| format!("      \"{action}\"")).collect();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{{\n    \"Effect\": \"Allow\",\n    \
         \"Action\": [\n{}\n    ],\n    \"Resource\": \"*\"\n  }}]\n}}",
        actions.join(",\n")
    )
}
