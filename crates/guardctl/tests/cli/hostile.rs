//! What events, baselines and AWS say cannot act on the terminal or begin a line of its own.

use std::fs;

use serde_json::{Value, json};

use crate::printed::{EVIL, is_harmless};
use crate::support::{empty_folder, text};

/// A shipped event in which every text that its author can choose is this one.
fn spoilt(evil: &str, domain: &str) -> Value {
    let event =
        fs::read_to_string(crate::shipped::at("events/update-weakens-tls.json")).expect("an event");
    let mut event: Value = serde_json::from_str(&event).expect("JSON");
    let detail = &mut event["detail"];
    for member in ["userAgent", "sourceIPAddress", "eventID"] {
        detail[member] = json!(evil);
    }
    for member in ["type", "arn", "userName", "principalId", "accessKeyId"] {
        detail["userIdentity"][member] = json!(evil);
    }
    detail["requestParameters"]["domain"] = json!(domain);
    event
}

#[test]
fn replay_shows_what_an_event_says_as_escapes() {
    let folder = empty_folder("cli-hostile-replay");
    let guardctl = |arguments: &[&str]| {
        crate::guardctl().arg("replay").args(arguments).output().expect("guardctl")
    };
    for (nth, evil) in EVIL.into_iter().enumerate() {
        let mut failed = spoilt("x", "auth.example.com");
        failed["detail"]["errorCode"] = json!(evil);
        let mut nothing = spoilt("x", "auth.example.com");
        nothing["detail"]["eventName"] = json!(evil);
        for (kind, event) in [
            ("actor", spoilt(evil, "auth.example.com")),
            ("domain", spoilt("x", evil)),
            ("failed", failed),
            ("nothing", nothing),
            ("unreadable", json!({ evil: evil })),
        ] {
            let file = folder.join(format!("{kind}-{nth}.json")).display().to_string();
            fs::write(&file, event.to_string()).expect("written");
            is_harmless(&guardctl(&[&file]));
            let output = guardctl(&["--json", &file]);
            is_harmless(&output);
            if kind == "actor" {
                // Escaped, the document still has the very text.
                let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
                assert_eq!(told[0]["timeline"][0]["change"]["event_id"], evil);
                assert!(text(&guardctl(&[&file]).stdout).contains("UpdateUserPoolDomain by"));
            }
        }
    }
    let file = folder.join("accents.json").display().to_string();
    let event = spoilt("José Müller 山田", "auth.example.com");
    fs::write(&file, event.to_string()).expect("written");
    assert!(text(&guardctl(&[&file]).stdout).contains("José Müller 山田"));
}

#[test]
fn validate_shows_what_a_baseline_says_as_escapes() {
    let folder = empty_folder("cli-hostile-validate");
    for (nth, evil) in EVIL.into_iter().enumerate() {
        let file = folder.join(format!("{nth}.yaml")).display().to_string();
        let quoted = serde_json::to_string(evil).expect("JSON");
        for baseline in [
            format!("version: 1\n{evil}: 1\n"),
            format!("version: 1\n{quoted}: 1\n"),
            format!("version: 1\ndefaults: {{ security_policy: {quoted} }}\n"),
            format!("version: 1\ndomains: [{{ domain: {quoted}, {quoted}: 1 }}]\n"),
        ] {
            fs::write(&file, baseline).expect("written");
            for format in ["text", "json", "github"] {
                let output = crate::guardctl()
                    .args(["validate", "--format", format, &file])
                    .output()
                    .expect("guardctl");
                is_harmless(&output);
            }
        }
    }
}
