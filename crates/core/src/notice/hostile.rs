//! Text that others chose, at its worst, stays within the limits and says nothing of its own.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::scene::{about, baseline, event, event_for, home, notice_about, of_a_sweep};
use super::*;
use crate::baseline::Position;
use crate::domain::Attribute;
use crate::plan::AttributeValue;

const SNS_LIMIT: usize = 256 * 1024;

const EVIL: [&str; 17] = [
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
    "HTTPS://evil.example www.evil.example WWW.EVIL.EXAMPLE ftp.evil.example",
    "mailto:x@evil.example javascript:alert(1) \\\\evil.example\\share http:\\\\evil.example",
    "h`t|t<p>:`//evil.example w`w|w.evil.example",
    "http:\u{200B}//evil.example http\u{0}://evil.example \u{9B}31m",
    "aws-cli/https://evil.example Terraform/www.evil.example md/client#https://evil.example",
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
    detail["userIdentity"]["principalId"] = json!(text);
    detail["userIdentity"]["accessKeyId"] = json!(text);
    detail["userIdentity"]["invokedBy"] = json!(text);
    detail["userIdentity"]["onBehalfOf"]["userId"] = json!(text);
    let context = &mut detail["userIdentity"]["sessionContext"];
    context["sourceIdentity"] = json!(text);
    context["sessionIssuer"]["arn"] = json!(text);
    context["sessionIssuer"]["userName"] = json!(text);
    context["webIdFederationData"]["federatedProvider"] = json!(text);
    event
}

/// The same, as each kind of identity: each is named in another way.
fn spoilt_identities(text: &str) -> Vec<Value> {
    let session = |prefix: &str| {
        let mut event = spoilt_actor(text);
        event["detail"]["userIdentity"]["type"] = json!("AssumedRole");
        event["detail"]["userIdentity"]["arn"] =
            json!(format!("arn:aws:sts::111122223333:assumed-role/{prefix}{text}/{text}"));
        event
    };
    let mut events = vec![session(""), session("AWSReservedSSO_")];
    for kind in [
        "Root",
        "IAMUser",
        "AWSAccount",
        "AWSService",
        "FederatedUser",
        "IdentityCenterUser",
        "WebIdentityUser",
        "SAMLUser",
        "Unknown",
    ] {
        let mut event = spoilt_actor(text);
        event["detail"]["userIdentity"]["type"] = json!(kind);
        event["detail"]["userIdentity"]["accountId"] = json!(text);
        event["detail"]["userIdentity"]["identityProvider"] = json!(text);
        events.push(event);
    }
    events
}

/// What a mail client or an incident tool makes a link of.
fn has_link(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let begins_word = |mark: &str| {
        text.match_indices(mark).any(|(at, _)| {
            !text[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric())
        })
    };
    text.contains("://")
        || text.contains("www.")
        || text.contains("\\\\")
        || begins_word("ftp.")
        || begins_word("mailto:x")
        || begins_word("javascript:a")
}

/// Every text of a JSON document with the name of its member.
fn texts<'a>(name: &'a str, value: &'a Value, out: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => out.push((name, text)),
        Value::Array(items) => items.iter().for_each(|item| texts(name, item, out)),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| texts(name, value, out));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
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
        assert!(!has_link(&line), "{line:?}");
        assert!(line.ends_with('.'), "{line:?} ends in the middle of a sentence");
    }

    let email = notice.email();
    for line in email.lines() {
        assert!(printable(line), "{line:?}");
        // The guard's own two links; their every part is checked in `links`.
        let own = [
            "  CloudTrail https://eu-central-1.console.aws.amazon.com/",
            "  console    https://eu-central-1.console.aws.amazon.com/",
            "  runbook    https://example.com/docs/operate.md#",
        ];
        assert!(own.iter().any(|own| line.starts_with(own)) || !has_link(line), "{line:?}");
        // A word that fits on no line may stand at the end of one.
        let (before, word) = line.rsplit_once(' ').unwrap_or(("", line));
        let is_command = super::email::COMMANDS.iter().any(|it| line.trim_start().starts_with(it));
        let is_whole = before.len() <= 16 || is_command;
        assert!(line.len() <= 72 || is_whole, "{line:?} breaks before {word:?}");
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
            assert!(!has_link(&outside), "{text:?}");
            assert!(!text.contains("<!") && !text.contains("<@"), "{text:?}");
        }
        let hidden = |c: char| crate::text::is_hidden(c) && c != '\n';
        assert!(!text.chars().any(hidden), "{text:?}");
    }

    let record = serde_json::to_value(&notice.record).unwrap();
    let mut found = Vec::new();
    texts("", &record, &mut found);
    for (name, text) in found {
        let hidden = |c: char| crate::text::is_hidden(c) && !(c == '\n' && name == "next_steps");
        assert!(!text.chars().any(hidden), "{name}: {text:?}");
        // A domain's name is compared by programs.
        let is_own = matches!(name, "cloudtrail_event" | "cognito_console" | "domain");
        assert!(is_own || !has_link(text), "{name}: {text:?}");
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
            Some(event) => check(&notice_about(kind, &event, &home())),
            None => check(&of_a_sweep(kind, &home())),
        }
    }
}

#[test]
fn no_mention_link_or_markup_of_others_reaches_a_chat() {
    for kind in kinds_with_events() {
        for text in EVIL.into_iter().filter(|text| !text.is_empty()) {
            check(&notice_about(kind, &spoilt(text), &home()));
            check(&notice_about(kind, &spoilt_actor(text), &home()));
        }
    }
}

#[test]
fn no_kind_of_identity_lets_a_name_through_as_it_is() {
    for text in EVIL.into_iter().filter(|text| !text.is_empty()) {
        for event in spoilt_identities(text) {
            check(&notice_about(Kind::Reverted, &event, &home()));
        }
    }
}

#[test]
fn a_name_that_people_have_stays_readable() {
    for name in ["José Ñandú-Müller", "Łukasz Żółć", "山田 太郎", "Дмитрий", "jane.doe@example.com"]
    {
        let notice = notice_about(Kind::Reverted, &spoilt_actor(name), &home());
        assert!(notice.record.actor.as_ref().unwrap().name.contains(name));
        let chat = notice.chat();
        assert!(chat["content"]["description"].as_str().unwrap().contains(name), "{name}");
    }
    // Mailboxes and telephones get ASCII; what is not is marked, and the rest stays.
    let notice = notice_about(Kind::Reverted, &spoilt_actor("José Müller"), &home());
    assert!(notice.email().contains("Jos? M?ller"));
}

#[test]
fn names_of_100_kilobytes_are_cut() {
    let long: String = "evil.example.com/".repeat(6_000);
    for kind in kinds_with_events() {
        for text in [long.as_str(), &"🦀".repeat(25_000), &"\u{1}".repeat(100_000)] {
            let notice = notice_about(kind, &spoilt(text), &home());
            check(&notice);
            assert!(notice.record.to_json().len() < 40_000);
        }
    }
}

#[test]
fn the_values_in_a_digest_are_made_harmless_as_in_any_notice() {
    let (place, baseline) = (home(), baseline());
    let now = time::OffsetDateTime::UNIX_EPOCH;
    for text in EVIL.map(str::to_owned).into_iter().chain(["evil.example.com/".repeat(6_000)]) {
        let drift = Drift {
            attribute: Attribute::SecurityPolicy,
            observed: AttributeValue::Text(text.clone()),
            desired: AttributeValue::Text("TLS_V1_2_2021".to_owned()),
            declared: "TLS_V1_2_2021".to_owned(),
            position: Position { line: 1, column: 1 },
        };
        let about = about(&place, &baseline, now);
        let notice = Notice::digest(
            &about,
            &[(place.clone(), "auth.example.com".to_owned(), drift)],
            SweepRecord::default(),
        );
        check(&notice);
        let shown = notice.record.drifts[0].observed.to_string();
        assert!(shown.chars().count() <= text::LONGEST, "{shown:?}");
        assert_eq!(crate::text::unlinked(&shown), shown);
        assert!(!shown.contains(crate::text::is_hidden), "{shown:?}");
    }
}

#[test]
fn a_digest_of_10_000_changes_loses_detail_and_says_so() {
    let mut notice = of_a_sweep(Kind::SweepDigest, &home());
    let example = notice.record.drifts.first().unwrap().clone();
    notice.record.drifts = (0..10_000)
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
    let subject = |kind| notice_about(kind, &event, &home()).subject();
    assert_eq!(
        subject(Kind::Reverted),
        "[WARNING] login.very-long-label...ong-label.example.com drifted and was put back. No action needed."
    );
    assert_eq!(
        subject(Kind::RevertFailed),
        "[CRITICAL] login.ve...mple.com drifted and was not put back: the guard lacks a permission. Act now."
    );
}

/// Any characters at all, words that are links, and user agents of tools.
fn any_text() -> impl Strategy<Value = String> {
    let parts = [
        "http://",
        "www.",
        "ftp.",
        "mailto:x",
        "\\\\",
        "evil.example",
        " ",
        "/",
        "`",
        "<",
        "\n",
        "\u{1b}[31m",
        "\u{202e}",
        "Terraform/",
        "aws-cli/",
        "md/awslabs#mcp#",
        "cloudformation.amazonaws.com",
        "crossplane-provider-aws/v1",
        "José",
    ];
    prop_oneof![
        "\\PC{1,300}",
        prop::collection::vec(any::<char>(), 1..300)
            .prop_map(|all| all.into_iter().collect::<String>()),
        prop::collection::vec(prop::sample::select(parts.to_vec()), 1..12)
            .prop_map(|parts| parts.concat()),
    ]
}

#[test]
fn a_domain_that_mail_clients_make_a_link_of_is_none_in_any_form() {
    for kind in kinds_with_events() {
        check(&notice_about(kind, &spoilt("www."), &home()));
        check(&notice_about(kind, &spoilt("ftp."), &home()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_within_the_limits(text in any_text(), kind in 0..9_usize, nth in 0..11_usize) {
        let kind = kinds_with_events().nth(kind).unwrap();
        // A name that is blank or hidden counts as absent, and then there is no notice.
        if !["", "HIDDEN_DUE_TO_SECURITY_REASONS"].contains(&text.trim()) {
            check(&notice_about(kind, &spoilt(&text), &home()));
            check(&notice_about(kind, &spoilt_identities(&text)[nth], &home()));
        }
    }
}
