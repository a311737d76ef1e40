//! What a person sees: progress, colour, and lines that fit.

use std::fs;

use crate::printed::{fits, on_a_terminal};
use crate::shipped::events;
use crate::support::{empty_folder, text};

#[test]
fn on_a_terminal_only_our_own_colours_act() {
    let folder = empty_folder("cli-terminal-escapes");
    let evil = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}1A\r";
    let event =
        fs::read_to_string(crate::shipped::at("events/update-weakens-tls.json")).expect("an event");
    let mut event: serde_json::Value = serde_json::from_str(&event).expect("JSON");
    event["detail"]["userAgent"] = serde_json::json!(evil);
    event["detail"]["userIdentity"] = serde_json::json!({ "type": "IAMUser", "userName": evil });
    let path = folder.join("a\u{1b}[2J.json");
    fs::write(&path, event.to_string()).expect("a file");
    let baseline = folder.join("b\u{1b}[2J.yaml");
    fs::write(&baseline, "version: 1\n\"\\e[2J\": 1\n").expect("a file");
    for (command, file) in [("replay", &path), ("validate", &baseline)] {
        let mut guardctl = crate::guardctl();
        guardctl.arg(command).arg(file);
        let sent = on_a_terminal(guardctl);
        assert!(sent.contains("\\u001b[2J"), "{sent:?}");
        let ours = ["32m", "33m", "31m", "2m", "0m"].map(|colour| format!("\u{1b}[{colour}"));
        let rest =
            ours.iter().fold(sent.replace("\r\n", "\n"), |rest, ours| rest.replace(ours, ""));
        assert!(!rest.contains(|c: char| c.is_control() && c != '\n'), "{rest:?}");
    }
}

#[test]
fn everything_fits_into_80_columns() {
    let file = empty_folder("cli-width").join("wrong.yaml").display().to_string();
    fs::write(
        &file,
        "version: 1\ndefaults:\n  routng: none\ndomains:\n  - domain: '*.example.com'\n  \
         - domain: b.example.com\n",
    )
    .expect("a file");
    let narrow = |arguments: &[&str]| {
        let output =
            crate::guardctl().args(arguments).env("COLUMNS", "80").output().expect("guardctl");
        text(&output.stdout).to_owned()
    };
    fits("validate", &narrow(&["validate", &file]).replace(&file, "wrong.yaml"));
    for event in events() {
        let event = event.display().to_string();
        fits(&event, &narrow(&["replay", &event]));
    }
    for command in [
        "list", "snapshot", "validate", "plan", "apply", "replay", "rehearse", "doctor", "sandbox",
        "schema", "index",
    ] {
        fits(command, &narrow(&[command, "--help"]));
    }
}
