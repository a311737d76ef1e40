//! The limits, with smaller ones where the real ones take long to reach.

use super::json::{Failed, Most};
use super::*;
use serde_json::json;

/// What is found in a text, and why the rest of it was not read.
fn found(text: &str, most: Most) -> (Vec<String>, Option<String>) {
    let (sender, receiver) = sync_channel(100_000);
    let mut reading = Reading::new(sender);
    let failed = match reading.documents("x", text.as_bytes(), most) {
        Ok(result) => result.err().as_ref().map(Failed::to_string),
        Err(Stopped) => Some("stopped".to_owned()),
    };
    drop(reading);
    let found = receiver.into_iter().map(|found| match found {
        Found::Event(Input { name, payload }) => format!("{name} {payload}"),
        Found::Problem(text) | Found::Note(text) => text,
        Found::End => "end".to_owned(),
    });
    (found.collect(), failed)
}

/// The same of a table.
fn found_in_a_table(text: &str, most: Most) -> (Vec<String>, Option<String>) {
    let (sender, receiver) = sync_channel(100_000);
    let mut reading = Reading::new(sender);
    let mut reader = text.as_bytes();
    let (start, columns) = table::begins(&mut reader).expect("text");
    let columns = columns.expect("a table");
    let failed = match reading.table("x", Cursor::new(start).chain(reader), columns, most) {
        Ok(result) => result.err().as_ref().map(Failed::to_string),
        Err(Stopped) => Some("stopped".to_owned()),
    };
    let others = reading.other_calls;
    drop(reading);
    let mut found: Vec<String> = receiver
        .into_iter()
        .map(|found| match found {
            Found::Event(Input { name, .. }) => name,
            Found::Problem(text) | Found::Note(text) => text,
            Found::End => "end".to_owned(),
        })
        .collect();
    found.push(format!("others {others}"));
    (found, failed)
}

#[test]
fn the_rows_of_a_table_are_events_whatever_separates_its_columns() {
    let cell = |json: &str| format!("\"{}\"", json.replace('"', "\"\""));
    let (call, other) = (cell(CALL), cell(OTHER));
    for text in [
        format!("eventTime,eventJson\r\n\"a,\r\nb\",{call}\r\nx,{other}\r\n"),
        format!("\"eventJson\"\n{call}\n\n{other}\n"),
        format!("@timestamp;@message\nx;{call}\nx;{other}"),
        format!("EVENTJSON\teventTime\n{call}\tx\n{other}\tx\n\t\n"),
        "eventName,eventSource,requestParameters,eventID\nUpdateUserPoolDomain,c,{},1\nListUserPools,c,,2\n"
            .to_owned(),
    ] {
        let expected = vec!["x 1".to_owned(), "others 1".to_owned()];
        assert_eq!(found_in_a_table(&text, Most::DEFAULT), (expected, None), "{text}");
    }
}

#[test]
fn a_table_that_cannot_be_read_says_in_which_row_and_what_to_do() {
    let (found, failed) = found_in_a_table("eventJson\n{}\n\"{\"\"a\"\"\"\n", Most::DEFAULT);
    assert_eq!(failed, None);
    let says = "x is not JSON: EOF while parsing an object at line 1 column 4 of eventJson in row 2; its end is";
    assert!(found[1].starts_with(says), "{found:?}");
    let (_, failed) =
        found_in_a_table("Event name,Event time\nUpdateUserPoolDomain,x\n", Most::DEFAULT);
    assert!(failed.expect("no events").contains("download it as JSON there"));
    let large = format!("eventJson\n\"{}\"\n", "x".repeat(20_000));
    let (_, failed) = found_in_a_table(&large, Most { event_bytes: 10_000, ..Most::DEFAULT });
    assert!(failed.expect("too large").contains("no event is that large"));
}

#[test]
fn what_is_no_table_of_events_is_left_as_it_is() {
    for text in
        ["", "\n \n", "{\"eventJson\": 1}", "[1]", "a,b\n1,2\n", "\"eventName,x\"", "x\ty\t{}"]
    {
        let mut reader = text.as_bytes();
        let (mut start, columns) = table::begins(&mut reader).expect("text");
        reader.read_to_end(&mut start).expect("the rest");
        assert!(columns.is_none() && start == text.as_bytes(), "{text:?}");
    }
}

const CALL: &str = "{\"eventName\":\"UpdateUserPoolDomain\",\"eventID\":\"1\"}";
const OTHER: &str = "{\"eventName\":\"ListUserPools\",\"eventID\":\"2\"}";

#[test]
fn a_file_may_be_as_large_as_its_limit_and_no_larger() {
    let text = format!("{{\"Records\":[{}{CALL}]}}", format!("{OTHER},").repeat(2000));
    let size = u64::try_from(text.len()).unwrap();
    let event = format!("x 1 {CALL}");
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let (events, failed) = found(&text, Most { bytes: size, ..Most::DEFAULT });
    assert_eq!((events.len(), failed), (1, None));
    assert_eq!(sorted(&events[0]), sorted(&event));
    let (events, failed) = found(&text, Most { bytes: 50_000, ..Most::DEFAULT });
    assert!(events.is_empty());
    assert_eq!(failed.as_deref(), Some("holds more than 50000 bytes; split it"));
}

#[test]
fn the_limit_of_an_event_counts_each_anew_and_not_the_list_they_are_in() {
    let most = Most { event_bytes: 10_000, event_values: 10_000, ..Most::DEFAULT };
    let one = format!("{{\"detail\":\"{}\"}}", "x".repeat(4_000));
    for list in [
        format!("[{}]", vec![one.as_str(); 20].join(",")),
        vec![one.as_str(); 20].join("\n"),
        format!("[[{one}],[[{}]]]", vec![one.as_str(); 19].join(",")),
        serde_json::json!({ "Messages": vec![serde_json::json!({ "Body": one }); 20] }).to_string(),
    ] {
        let (events, failed) = found(&list, most);
        assert_eq!((events.len(), failed), (20, None));
    }
    // What is no list of events is one event, however it is divided.
    for large in [
        format!("{{\"Records\":[{}]}}", vec![one.as_str(); 20].join(",")),
        format!("{{\"a\":[{}]}}", vec![one.as_str(); 20].join(",")),
        format!(
            "{{\"a\":{one},\"b\":{{\"Records\":[{}{CALL}]}}}}",
            format!("{OTHER},").repeat(2000)
        ),
    ] {
        let (events, failed) = found(&large, most);
        assert!(events.is_empty());
        assert!(failed.unwrap().contains("has an event of more than 10000 bytes"));
    }
    // Text that is JSON again counts like JSON.
    let nested = serde_json::json!({ "Body": "[0,".repeat(3_000) }).to_string();
    let (events, failed) = found(&nested, Most { event_values: 2_000, ..Most::DEFAULT });
    assert!(events.is_empty() && failed.unwrap().contains("more than 2000 values"));
}

#[test]
fn a_command_takes_a_number_of_events_and_says_which() {
    let (events, failed) = found(&"{} ".repeat(MOST_EVENTS), Most::DEFAULT);
    assert_eq!((events.len(), failed), (MOST_EVENTS, None));
    let (events, failed) = found(&"{} ".repeat(MOST_EVENTS + 5), Most::DEFAULT);
    assert_eq!(failed.as_deref(), Some("stopped"));
    assert_eq!(events.len(), MOST_EVENTS + 1);
    assert!(
        events.last().unwrap().contains("more than 10000 events in what was given: replay fewer")
    );
    let (events, failed) = found(&"{\"Body\":\"x\"}".repeat(MOST_EVENTS + 5), Most::DEFAULT);
    assert_eq!(failed.as_deref(), Some("stopped"));
    assert!(events.last().unwrap().contains("more than 10000 errors"));
}

#[test]
fn a_log_file_is_taken_apart_wherever_its_list_stands_and_a_batch_of_sqs_stays_whole() {
    for log in [
        format!("{{\"Records\":[{CALL}]}}"),
        format!("{{\"a\":{{}},\"Records\":[{{\"x\":1}},{OTHER},{CALL},{{}}],\"b\":[{CALL}]}}"),
        format!("[{{\"Records\":[{CALL}]}}]"),
        format!("\u{20}\n{{\"Records\":[],\"Records\":[{CALL}]}}\n"),
    ] {
        let (events, failed) = found(&log, Most::DEFAULT);
        assert_eq!(failed, None);
        assert_eq!(
            events.iter().filter(|event| event.starts_with("x 1 {")).count(),
            1,
            "{events:?}"
        );
    }
    let batch = "{\"Records\":[{\"body\":\"{}\"},{\"body\":\"{}\"}]}";
    assert_eq!(found(batch, Most::DEFAULT), (vec![format!("x {batch}")], None));
    let object = "{\"Records\":{\"a\":1}}";
    assert_eq!(found(object, Most::DEFAULT), (vec![format!("x {object}")], None));
    assert_eq!(found("{\"Records\":[]}", Most::DEFAULT), (vec![], None));
    for scalar in ["1", "-1", "1.5", "true", "null", "\"x\""] {
        let (events, failed) = found(scalar, Most::DEFAULT);
        assert!(events.is_empty(), "{events:?}");
        let start = scalar.trim_matches('"');
        assert!(failed.expect("an error").starts_with(&format!(
            "has no JSON object or list: it begins with \"{start}\"; save events as JSON"
        )));
    }
}

#[test]
fn the_columns_of_a_row_are_one_event_and_the_items_of_a_list_are_each_their_own() {
    for row in [
        json!([["2026-11-23", 5, CALL], ["2026-11-24", 6, CALL]]),
        json!(["2026-11-23", CALL, CALL]),
        json!([[CALL], [null, CALL], null]),
        json!({ "Events": [null, { "CloudTrailEvent": CALL }, null, { "CloudTrailEvent": CALL }] }),
        json!([[{ "eventID": "1" }, { "eventJson": CALL }], [{ "eventJson": CALL }]]),
    ] {
        let (events, failed) = found(&row.to_string(), Most::DEFAULT);
        assert!(events.iter().all(|event| event.contains("UpdateUserPoolDomain")), "{events:?}");
        assert_eq!((events.len(), failed), (2, None), "{row}");
    }
    // Not in a row with an event, a word is one that cannot be read.
    let (events, _) = found("[[\"a\", 1]]", Most::DEFAULT);
    assert_eq!(events, ["x \"a\"", "x 1"]);
    // Objects of one member with the same name are no columns.
    let (events, _) = found("[{\"a\":1},{\"a\":2},{\"b\":3}]", Most::DEFAULT);
    assert_eq!(events, ["x {\"a\":1}", "x {\"a\":2}", "x {\"b\":3}"]);
}
