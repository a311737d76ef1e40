//! Whatever bytes the function is invoked with, it is the guard that answers.

use super::runtime_api::RuntimeApi;
use super::*;

/// What the function posts when it is invoked with these bytes, and its log.
fn invoke(name: &str, payload: &[u8]) -> (runtime_api::Posted, Vec<Value>) {
    let api = RuntimeApi::with(payload.to_vec());
    // Where nobody answers: what is no event must not get as far as a call.
    let process = start(name, &api.address.to_string(), "http://127.0.0.1:1", &[]);
    let posted = api.posted();
    drop(process);
    let text = std::fs::read_to_string(scratch(&format!("{name}.log"))).unwrap();
    (posted, text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn what_is_no_json_is_unreadable_with_a_metric_a_log_line_and_its_reason() {
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    for (name, payload, reason) in [
        ("empty", &b""[..], "EOF while parsing a value at line 1 column 0"),
        ("no-json", b"hello", "expected value at line 1 column 1"),
        ("two", b"{} {}", "trailing characters at line 1 column 4"),
        ("large-number", b"{\"a\": 1e999}", "number out of range at line 1 column 11"),
        ("deep", deep.as_bytes(), "recursion limit exceeded at line 1 column 128"),
    ] {
        let (posted, lines) = invoke(name, payload);
        let expected = format!("the payload is not readable JSON: {reason}");
        assert!(posted.path.ends_with("/error"), "{}", posted.path);
        let body: Value = serde_json::from_str(&posted.body).unwrap();
        assert_eq!(body["errorType"], "Unreadable", "{name}");
        assert_eq!(body["errorMessage"], expected.as_str(), "{name}");
        let line = lines.iter().find(|line| line.get("error.type").is_some()).unwrap();
        assert_eq!(line["message"], expected.as_str(), "{name}");
        let metrics = lines.iter().find(|line| line.get("_aws").is_some()).unwrap();
        assert_eq!(metrics["Unreadable"], 1, "{name}");
    }
}

#[test]
fn half_of_a_character_in_a_user_agent_does_not_keep_an_event_from_being_read() {
    for (name, file) in
        [("surrogate", "93-ua-lone-surrogate.json"), ("latin-1", "94-ua-latin1.json")]
    {
        let payload = std::fs::read(case(file)).unwrap();
        assert!(serde_json::from_slice::<Value>(&payload).is_err());
        let (posted, lines) = invoke(name, &payload);
        // It was read, and got as far as the describe.
        let body: Value = serde_json::from_str(&posted.body).unwrap();
        assert_eq!(body["errorType"], "Unavailable", "{file}");
        let line = lines.iter().find(|line| line.get("domain.outcome").is_some()).unwrap();
        assert_eq!(line["domain.name"], "auth.example.com", "{file}");
    }
}

#[test]
fn of_several_events_whoever_sent_them_hears_of_the_worst_and_every_reason() {
    let events = json!([event("update-weakens-tls.json"), { "sweep": true }]);
    let (posted, lines) = invoke("together", events.to_string().as_bytes());
    assert!(posted.path.ends_with("/error"), "{}", posted.path);
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    assert_eq!(body["errorType"], "Unreadable");
    let message = body["errorMessage"].as_str().unwrap();
    assert!(message.contains("auth.example.com: cognito-idp:DescribeUserPoolDomain"), "{message}");
    assert!(message.contains("an object with \"sweep\""), "{message}");
    let metrics = lines.iter().find(|line| line.get("_aws").is_some()).unwrap();
    assert_eq!((&metrics["Events"], &metrics["Unreadable"]), (&json!(2), &json!(1)));
}

#[test]
fn a_pipe_that_reads_a_queue_hears_which_messages_failed() {
    let mut messages: Value =
        serde_json::from_slice(&std::fs::read(case("24-pipes-sqs-array.json")).unwrap()).unwrap();
    let ignored = json!({
        "messageId": "ignored", "eventSource": "aws:sqs", "body": event("unrelated-event.json").to_string(),
    });
    messages.as_array_mut().unwrap().push(ignored);
    let (posted, _) = invoke("pipe", messages.to_string().as_bytes());
    assert!(posted.path.ends_with("/response"), "{}", posted.path);
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    let failed = json!([{ "itemIdentifier": "059f36b4-87a3-44ab-83d2-661975830a7d" }]);
    assert_eq!(body, json!({ "batchItemFailures": failed }));
}
