//! Text that others chose, at its worst, stays within the limits and says nothing of its own.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::scene::{event, event_for, guard, notice_about, of_a_sweep};
use super::*;
use crate::plan::AttributeValue;

const SNS_LIMIT: usize = 256 * 1024;

const EVIL: [&str; 12] = [
    "@here @channel @everyone",
    "<!channel> <!here> <@U123> <#C123|general>",
    "[click](http://evil.example) ![x](https://evil.example/x.png)",
    "<http://evil.example|AWS console>",
    "`code` ```block``` *bold* ~struck~ |table|",
    "line\nbreak\r\nand\ttab\u{0}\u{1b}[31mred",
    "\u{202E}moc.elpmaxe\u{2066}x\u{2069} zero\u{200B}width \u{FEFF}\u{E0041}",
    "\u{2028}separated\u{2029}twice",
    "ünïcödé 日本語 🦀",
    "</at><at>everyone</at>",
    "\"quoted\" 'single' \\ {braces} [brackets]",
    "",
];

/// An event in which every text that its author can choose is this one.
fn spoilt(text: &str) -> Value {
    let mut event = event("update-weakens-tls");
    let detail = &mut event["detail"];
    detail["userAgent"] = json!(text);
    detail["sourceIPAddress"] = json!(text);
    detail["eventID"] = json!(text);
    detail["requestParameters"]["domain"] = json!(text);
    detail["requestParameters"]["userPoolId"] = json!(text);
    detail["userIdentity"]["type"] = json!(text);
    detail["userIdentity"]["arn"] = json!(text);
    detail["userIdentity"]["userName"] = json!(text);
    event
}

/// The same, still about a domain that is there.
fn spoilt_actor(text: &str) -> Value {
    let mut event = spoilt(text);
    let sound = self::event("update-weakens-tls");
    let parameters = &sound["detail"]["requestParameters"];
    event["detail"]["requestParameters"] = parameters.clone();
    event["detail"]["eventID"] = sound["detail"]["eventID"].clone();
    event
}

fn characters(text: &Value) -> usize {
    text.as_str().unwrap().chars().count()
}

/// What a chat shows, without what stands in code spans, where nothing has an effect.
fn outside_code(text: &str) -> String {
    text.split('`').step_by(2).collect()
}

#[track_caller]
fn check(notice: &Notice) {
    let subject = notice.subject();
    let printable = |text: &str| text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    assert!(subject.len() < 100 && !subject.is_empty() && printable(&subject), "{subject:?}");
    let sms = notice.sms();
    assert!(sms.len() <= 140 && printable(&sms), "{sms:?}");
    for line in [subject, sms] {
        assert!(line.ends_with('.'), "{line:?} ends in the middle of a sentence");
    }

    let email = notice.email();
    for line in email.lines() {
        assert!(printable(line), "{line:?}");
        // A word that fits on no line may stand at the end of one.
        let (before, word) = line.rsplit_once(' ').unwrap_or(("", line));
        assert!(line.len() <= 72 || before.len() <= 16, "{line:?} breaks before {word:?}");
    }

    let chat = notice.chat();
    let content = &chat["content"];
    assert!((1..=250).contains(&characters(&content["title"])));
    assert!((1..=8_000).contains(&characters(&content["description"])));
    let list = |value: &Value| value.as_array().unwrap().clone();
    let (steps, keywords) = (list(&content["nextSteps"]), list(&content["keywords"]));
    assert!(steps.iter().all(|step| characters(step) <= 350));
    assert!(keywords.iter().all(|keyword| characters(keyword) <= 75));
    let resources = list(&chat["metadata"]["relatedResources"]);
    let context = chat["metadata"]["additionalContext"].as_object().unwrap();
    let shown = [&content["title"], &content["description"], &chat["metadata"]["summary"]]
        .into_iter()
        .chain(&steps)
        .chain(&keywords)
        .chain(&resources)
        .chain(context.values());
    for text in shown {
        let text = text.as_str().unwrap();
        assert!(text.matches('`').count() % 2 == 0, "half a code span: {text}");
        let outside = outside_code(text);
        // The links are the guard's own; their every part is checked in `links`.
        let outside = outside
            .split("](https://eu-central-1.console.aws.amazon.com/")
            .map(|part| part.split_once(')').map_or(part, |(_, rest)| rest))
            .collect::<String>()
            .replace("[CloudTrail event", "")
            .replace("[Cognito console", "");
        for bad in ["<", ">", "](", "http://", "https://", "@here", "@channel", "@everyone"] {
            assert!(!outside.contains(bad), "{bad} in {text:?}");
            assert!(!text.contains("<!") && !text.contains("<@"), "{text:?}");
        }
        let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202E}' || c == '\u{2028}';
        assert!(!text.chars().any(hidden), "{text:?}");
    }

    for form in [HttpsForm::Chat, HttpsForm::Record] {
        let message = notice.message(form);
        assert!(message.body.len() <= SNS_LIMIT, "{} bytes", message.body.len());
        let body: Value = serde_json::from_str(&message.body).unwrap();
        for protocol in ["default", "email", "sms", "https"] {
            assert!(body[protocol].is_string(), "{protocol}");
        }
        for json in ["default", "https"] {
            let record: Value = serde_json::from_str(body[json].as_str().unwrap()).unwrap();
            assert!(record.is_object());
        }
    }
}

fn kinds_with_events() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| event_for(*kind).is_some())
}

#[test]
fn every_shipped_notice_is_within_the_limits() {
    for kind in Kind::ALL {
        match event_for(kind) {
            Some(event) => check(&notice_about(kind, &event, &guard())),
            None => check(&of_a_sweep(kind, &guard())),
        }
    }
}

#[test]
fn no_mention_link_or_markup_of_others_reaches_a_chat() {
    for kind in kinds_with_events() {
        for text in EVIL.into_iter().filter(|text| !text.is_empty()) {
            check(&notice_about(kind, &spoilt(text), &guard()));
            check(&notice_about(kind, &spoilt_actor(text), &guard()));
        }
    }
}

#[test]
fn names_of_100_kilobytes_are_cut() {
    let long: String = "evil.example.com/".repeat(6_000);
    for kind in kinds_with_events() {
        for text in [long.as_str(), &"🦀".repeat(25_000), &"\u{1}".repeat(100_000)] {
            let notice = notice_about(kind, &spoilt(text), &guard());
            check(&notice);
            assert!(notice.record.to_json().len() < 40_000);
        }
    }
}

#[test]
fn a_digest_of_10_000_changes_loses_detail_and_says_so() {
    let mut notice = of_a_sweep(Kind::SweepDigest, &guard());
    let example = notice.record.changes.first().unwrap().clone();
    notice.record.changes = (0..10_000)
        .map(|nth| ChangeRecord {
            domain: Some(format!("d{nth}.example.com")),
            observed: AttributeValue::Text("TLS_V1".repeat(20)),
            ..example.clone()
        })
        .collect();
    let sweep = notice.record.sweep.as_mut().unwrap();
    sweep.drifted = 10_000;
    sweep.findings = (0..10_000).map(|nth| format!("d{nth} {}", "x".repeat(380))).collect();
    sweep.missing = (0..10_000).map(|nth| format!("missing{nth}.example.com")).collect();
    check(&notice);
    let body: Value = serde_json::from_str(&notice.message(HttpsForm::Chat).body).unwrap();
    let record: Value = serde_json::from_str(body["default"].as_str().unwrap()).unwrap();
    assert_eq!(record["truncated"], true);
    assert_eq!(record["sweep"]["drifted"], 10_000);
    assert!(!record["changes"].as_array().unwrap().is_empty());
    assert!(body["email"].as_str().unwrap().contains("Detail was left out"));
}

#[test]
fn a_long_name_is_cut_in_its_middle_and_the_sentence_stays_whole() {
    let name = format!("login.{}.example.com", "very-long-label".repeat(8));
    let mut event = event("update-weakens-tls");
    event["detail"]["requestParameters"]["domain"] = json!(name);
    let subject = |kind| notice_about(kind, &event, &guard()).subject();
    assert_eq!(
        subject(Kind::Reverted),
        "[WARNING] login.very-long-label...ong-label.example.com drifted and was put back. No action needed."
    );
    assert_eq!(
        subject(Kind::RevertFailed),
        "[CRITICAL] login.very-long-label...ng-label.example.com drifted and could not be put back. Act now."
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_within_the_limits(text in "\\PC{1,300}", kind in 0..9_usize) {
        let kind = kinds_with_events().nth(kind).unwrap();
        if text != "HIDDEN_DUE_TO_SECURITY_REASONS" {
            check(&notice_about(kind, &spoilt(&text), &guard()));
        }
    }
}
