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
