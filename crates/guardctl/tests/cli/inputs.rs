//! Events from wherever people have them.

use std::fs;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::support::{empty_folder, text};

fn event(file: &str) -> Value {
    let text = fs::read_to_string(crate::shipped::at(&format!("events/{file}"))).expect("an event");
    serde_json::from_str(&text).expect("JSON")
}

/// What guardctl tells of an event on standard input.
fn replay(input: &str) -> Output {
    use std::io::Write as _;
    let mut child = crate::guardctl()
        .args(["replay", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("guardctl");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("written");
    child.wait_with_output().expect("its end")
}

#[test]
fn replay_takes_an_event_in_every_form_that_people_have_it_in() {
    let envelope = event("update-weakens-tls.json");
    let record = envelope["detail"].clone();
    let batch = event("recheck-destination-record.json");
    let destination = batch["Records"][0]["body"].as_str().expect("a body").to_owned();
    let message = json!({ "MessageId": "1", "ReceiptHandle": "r", "Body": destination });
    let looked_up = json!({ "EventId": "1", "CloudTrailEvent": record.to_string() });
    for (form, input, stories) in [
        ("an EventBridge event", envelope.to_string(), 1),
        ("a CloudTrail record", record.to_string(), 1),
        (
            "a log file",
            json!({ "Records": [record, event("other-source.json")["detail"]] }).to_string(),
            1,
        ),
        ("a batch of SQS", batch.to_string(), 1),
        ("one message of the batch", batch["Records"][0].to_string(), 1),
        ("a destination record of Lambda", destination.clone(), 1),
        ("what aws sqs receive-message prints", json!({ "Messages": [message] }).to_string(), 1),
        (
            "what aws cloudtrail lookup-events prints",
            json!({ "Events": [looked_up] }).to_string(),
            1,
        ),
        ("a list", json!([envelope, record]).to_string(), 2),
        ("one after the other", format!("{envelope}\n{record}\n"), 2),
    ] {
        let output = replay(&input);
        assert_eq!(output.status.code(), Some(0), "{form}: {}", text(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let told = told.as_array().expect("stories");
        assert_eq!(told.len(), stories, "{form}");
        for story in told {
            // The domain's change was found in it, whatever it was wrapped in.
            assert_eq!(
                story.pointer("/timeline/0/change/call"),
                Some(&json!("UpdateUserPoolDomain")),
                "{form}: {story}"
            );
        }
    }
}

#[test]
fn what_is_no_event_ends_in_an_error_that_says_what_would_be_one() {
    for input in ["{\"a\": 1}", "[]", "", "x", "{\"Messages\": [{\"Body\": \"hello\"}]}"] {
        let output = replay(input);
        assert_eq!(output.status.code(), Some(1), "{input}: {}", text(&output.stdout));
        assert!(text(&output.stderr).starts_with("error: "), "{input}");
    }
    let output = replay("{\"a\": 1}");
    assert!(text(&output.stderr).contains("see events/"), "{}", text(&output.stderr));
}

#[test]
fn one_file_that_is_no_event_does_not_keep_the_others_from_being_played() {
    let folder = empty_folder("cli-inputs");
    fs::write(folder.join("a.json"), "{\"a\": 1}").expect("a file");
    fs::copy(crate::shipped::at("events/update-compliant.json"), folder.join("b.json"))
        .expect("a copy");
    let output = crate::guardctl()
        .args(["replay", "--json", folder.to_str().expect("a path")])
        .output()
        .expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("a.json: an object with \"a\": neither an EventBridge event")
    );
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told.as_array().map(Vec::len), Some(1));
}

/// An account that is named is not passed over in silence.
#[test]
fn region_and_profile_are_refused_without_live() {
    for option in [["--region", "eu-central-1"], ["--profile", "ops"]] {
        let output = crate::guardctl()
            .arg("replay")
            .args(option)
            .arg("events/update-compliant.json")
            .output()
            .expect("guardctl");
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains("--live"), "{}", text(&output.stderr));
    }
}
