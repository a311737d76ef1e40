//! The commands that notices give for pasting.
//!
//! The rule: what others chose gets into a command only where no shell finds anything in it but a word.

use std::borrow::Cow;

use super::record::Record;
use crate::call::CallError;
use crate::place::Place;
use crate::text::unlinked;

/// Whether a shell takes it for one word without any meaning, no program for an option, and no mail client for
/// a link.
pub(super) fn is_safe_word(text: &str) -> bool {
    is_word(text) && unlinked(text) == text
}

fn is_word(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(is_safe)
}

/// A text as one word of a command, where a shell finds nothing in it but a word. In one that mail clients
/// make a link of, each dot has the shell's escape.
pub(super) fn word(text: &str) -> Option<Cow<'_, str>> {
    let word = is_word(text).then_some(text)?;
    let is_link = unlinked(word) != word;
    Some(if is_link { Cow::Owned(word.replace('.', "\\.")) } else { Cow::Borrowed(word) })
}

/// The role whose call AWS denied, by AWS's own message: the guard's own, or that of a member account.
pub(super) fn role_of(error: &CallError) -> &str {
    error.denied_role().filter(|role| is_safe_word(role)).unwrap_or("ROLE")
}

/// The domain as a word of a command, where its name is one that a domain can have.
pub(super) fn domain_of(record: &Record) -> Option<Cow<'_, str>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    record.domain.as_deref().filter(|domain| domain.chars().all(is_name)).and_then(word)
}

/// Adds how to put the domain back by hand.
pub(super) fn apply(steps: &mut Vec<String>, record: &Record, sentence: &str) {
    if record.drifts.is_empty() {
        return;
    }
    if let Some(domain) = domain_of(record) {
        steps.push(format!(
            "{sentence}\nguardctl apply --domain {domain} --region {}",
            record.region
        ));
    }
}

/// Adds how to see what Cognito says of the domain.
pub(super) fn describe(steps: &mut Vec<String>, record: &Record, sentence: &str) {
    if let Some(domain) = domain_of(record) {
        steps.push(format!(
            "{sentence}\naws cognito-idp describe-user-pool-domain --domain {domain} --region {}",
            record.region
        ));
    }
}

/// Who has changed domains lately.
pub(super) fn domain_events(place: &Place) -> String {
    events("EventName", "UpdateUserPoolDomain", Some(&place.region))
}

/// Who has changed something of IAM lately: only one region of a partition has its events.
pub(super) fn iam_events(place: &Place, resource: &str) -> String {
    let region = match place.partition.as_str() {
        "aws" => Some("us-east-1"),
        "aws-cn" => Some("cn-north-1"),
        "aws-us-gov" => Some("us-gov-west-1"),
        _ => None,
    };
    events("ResourceName", resource, region)
}

fn events(key: &str, value: &str, region: Option<&str>) -> String {
    let region = region.map(|region| format!("--region {region} ")).unwrap_or_default();
    format!(
        "aws cloudtrail lookup-events {region}--lookup-attributes AttributeKey={key},\
         AttributeValue={value} --query 'Events[].[EventTime,EventName,Username,EventId]' --output text"
    )
}

/// A policy document in one word of a shell.
pub(super) fn policy(effect: &str, action: &str) -> String {
    format!(
        r#"'{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}}}'"#
    )
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::super::scene::{event, home, notice_about};
    use super::*;

    #[test]
    fn a_name_that_looks_like_a_link_is_pasted_as_one_word_that_is_none() {
        let mut record = notice_about(Kind::Reverted, &event("update-weakens-tls"), &home()).record;
        for (domain, word) in [
            ("auth.example.com", Some("auth.example.com")),
            ("www.example.com", Some("www\\.example\\.com")),
            ("--help", None),
            ("a b", None),
            ("", None),
        ] {
            record.domain = Some(domain.to_owned());
            assert_eq!(domain_of(&record).as_deref(), word);
        }
        assert_eq!(unlinked("www\\.example\\.com"), "www\\.example\\.com");
    }

    #[test]
    fn only_words_are_pasted() {
        for word in ["cognito-domain-guard-GuardRole", "sam.lee@example.com"] {
            assert!(is_safe_word(word), "{word}");
        }
        for other in [
            "",
            "--debug",
            "www.example",
            "a:b",
            "a b",
            "a;b",
            "$(a)",
            "`a`",
            "a'b",
            "a\nb",
            "\u{1b}[31m",
            "~",
        ] {
            assert!(!is_safe_word(other), "{other:?}");
        }
    }

    #[test]
    fn events_of_iam_are_in_one_region_of_a_partition() {
        for (partition, region) in
            [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
        {
            let place = Place {
                partition: partition.to_owned(),
                account: "111122223333".to_owned(),
                region: "x-y-1".to_owned(),
            };
            let events = iam_events(&place, "guard");
            assert!(events.contains(&format!("lookup-events --region {region} ")), "{events}");
        }
    }
}
