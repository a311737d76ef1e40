//! Any bytes as an invocation's payload, and as the body of a queue's message: they are read or
//! refused, no time is one that arithmetic could fail on, and nobody else's call becomes the guard's.
#![no_main]

use fuzz::trigger::{Cause, Origin, Payload, Trigger, Unreadable, read_bytes};
use fuzz::{guard, reach, when};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fn check(trigger: &Result<Trigger, Unreadable>, payload: &str) {
    match trigger {
        Ok(Trigger::DomainChanged { change, receipt, .. }) => {
            for time in [change.time, receipt.sent_at].into_iter().flatten() {
                assert!(when::is_sensible(time), "{time}");
            }
            match &change.origin {
                Origin::Foreign => {}
                Origin::Imposter(_) => assert!(payload.contains("GuardRole"), "{payload}"),
                Origin::Guard(cause) => {
                    assert!(payload.contains("GuardRole"), "{payload}");
                    let again = cause.as_ref().map(Cause::app_name);
                    assert!(again.is_none_or(|name| name.len() <= 50));
                }
            }
        }
        Ok(Trigger::Sweep { scheduled_at, approved: _, cause: _ }) => {
            assert!(scheduled_at.is_none_or(when::is_sensible));
        }
        Ok(Trigger::Test { asked_by }) => assert!(!asked_by.is_empty()),
        Ok(Trigger::OverrideChanged(change)) => assert!(!change.ids.is_empty()),
        Ok(Trigger::Ignored { reason, .. }) => assert!(!reason.is_empty()),
        Err(Unreadable { reason }) => assert!(!reason.is_empty()),
    }
}

fn read(payload: &[u8]) {
    // The guard's role may be written with escapes.
    let shown = String::from_utf8_lossy(payload).replace("\\u00", "GuardRole");
    match read_bytes(payload, &guard(), &reach()) {
        Payload::Single(trigger) => check(&trigger, &shown),
        Payload::Together(triggers) => {
            triggers.iter().for_each(|trigger| check(trigger, &shown));
        }
        Payload::Queue(messages) => messages
            .iter()
            .flat_map(|message| &message.triggers)
            .for_each(|trigger| check(trigger, &shown)),
        Payload::Step(step) => panic!("this guard is no hub: {step}"),
    }
}

fuzz_target!(|payload: &[u8]| {
    read(payload);
    let body = String::from_utf8_lossy(payload);
    // The first line as what the queue says of it, where that is shorter than a number can be.
    let line = body.lines().next().unwrap_or_default();
    let line = if line.len() < 50 { line } else { "1795420931000" };
    let batch = json!({ "Records": [{
        "messageId": "m-1",
        "eventSource": "aws:sqs",
        "attributes": { "ApproximateReceiveCount": line, "SentTimestamp": line },
        "body": body,
    }]});
    read(batch.to_string().as_bytes());
});
