//! Any event, and its bytes as every text that AWS or a person may have chosen: each kind of notice
//! about it is within the limits of every subscriber, in every form, and shows no character that
//! moves, hides or colours what stands beside it.
#![no_main]

use fuzz::call::{CallError, Failure};
use fuzz::domain::{Hosting, ObservedPolicy, Status};
use fuzz::memory::Earlier;
use fuzz::notice::{About, HttpsForm, Kind, Notice};
use fuzz::overrides::Known;
use fuzz::plan::{Purpose, decide};
use fuzz::text::is_hidden;
use fuzz::trigger::{Payload, Subject, Trigger, read_bytes};
use fuzz::{drifted, example, guard, home, now, reach};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn is_bad(c: char) -> bool {
    is_hidden(c) && c != '\n'
}

fn check_texts(value: &Value) {
    match value {
        Value::String(text) => assert!(!text.chars().any(is_bad), "{text:?}"),
        Value::Array(items) => items.iter().for_each(check_texts),
        Value::Object(members) => members.values().for_each(check_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check(notice: &Notice) {
    let printable = |text: &str| text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    let (subject, sms) = (notice.subject(), notice.sms());
    assert!(!subject.is_empty() && subject.len() < 100 && printable(&subject), "{subject:?}");
    assert!(sms.len() <= 140 && printable(&sms), "{sms:?}");
    assert!(notice.email().lines().all(printable));
    check_texts(&notice.chat());
    for form in [HttpsForm::Chat, HttpsForm::Record] {
        let message = notice.message(form);
        assert!(message.body.len() <= 256 * 1024, "{} bytes", message.body.len());
        let body: Value = serde_json::from_str(&message.body).unwrap();
        let record: Value = serde_json::from_str(body["default"].as_str().unwrap()).unwrap();
        check_texts(&record);
        let https: Value = serde_json::from_str(body["https"].as_str().unwrap()).unwrap();
        check_texts(&https);
    }
}

fuzz_target!(|data: &[u8]| {
    let Payload::Single(Ok(Trigger::DomainChanged { change, .. })) =
        read_bytes(data, &guard(), &reach())
    else {
        return;
    };
    let name = match &change.subject {
        Subject::Domain(name) | Subject::UserPool(name) => name.clone(),
    };
    let text = String::from_utf8_lossy(data);
    let mut domain = drifted(&name);
    domain.status = Status::Unknown(text.clone().into_owned());
    if let Hosting::Custom(custom) = &mut domain.hosting {
        custom.security_policy = ObservedPolicy::Unknown(text.clone().into_owned());
    }
    let error = CallError {
        failure: Failure::Denied,
        action: "cognito-idp:UpdateUserPoolDomain",
        code: Some(text.clone().into_owned()),
        message: text.clone().into_owned(),
    };
    let baseline = example();
    // A few kinds for each input, and over many inputs every kind with every state: all at once take
    // most of the time for what was there before.
    let sum =
        data.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    let sound = drifted(&name);
    for nth in [sum % 39, sum / 39 % 39] {
        let kind = Kind::ALL[nth % Kind::ALL.len()];
        let observed = [Some(&sound), Some(&domain), None][nth / 13];
        let purpose = Purpose::Change(&change, Earlier::FirstLook);
        let plan = decide(&name, observed, purpose, baseline, Known::NONE, &home(), now());
        check(&Notice::about(
            kind,
            &About {
                overrides: None,
                place: &home(),
                baseline,
                domain: &name,
                observed,
                plan: Some(&plan),
                change: Some(&change),
                incident: &change.event_id,
                changed_at: change.time,
                since: change.time,
                accepted_at: change.time,
                effective_at: Some(now()),
                reason: Some(&text),
                error: Some(&error),
                now: now(),
                request_id: "4a1f0b1e-7f0e-4b52-9d0a-0c5a2f1f6d3b",
                trace_id: Some(&text),
                docs: None,
            },
        ));
    }
});
