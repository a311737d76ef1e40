//! Endpoints that are not as Cognito reports. Whole servers, those that others wrote, are for
//! `scripts/probe-servers`; here is what answers a hello with bytes of ours.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use crate::served::{Served, weak};
use crate::support::text;

/// An endpoint that answers each hello as one of that policy does, and nothing after it. Gives `HOST:PORT`.
fn endpoint(policy: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut socket = connection.expect("a connection");
            std::thread::spawn(move || {
                let mut hello = [0; 4096];
                let length = socket.read(&mut hello).expect("a hello");
                let _ = socket.write_all(&answer(policy, &hello[..length]));
            });
        }
    });
    address
}

fn answer(policy: &str, hello: &[u8]) -> Vec<u8> {
    let has = |bytes: &[u8]| hello.windows(bytes.len()).any(|window| window == bytes);
    let is_1_3 = has(&[0, 43, 0, 3, 2, 3, 4]);
    let version = [hello[9], hello[10]];
    // The first suite that it offers.
    let suite = &hello[if is_1_3 { 78 } else { 46 }..][..2];
    let is_old = version < [3, 3] || suite == [0xc0, 0x23];
    let accepts = match policy {
        "TLS_V1" => true,
        "TLS_V1_2_2021" => !is_old,
        _ => is_1_3,
    };
    if !accepts {
        return vec![21, 3, 3, 0, 2, 2, 70];
    }
    let mut body = [version.as_slice(), &[7; 32], &[0], suite, &[0]].concat();
    if is_1_3 {
        body.extend([0, 6, 0, 43, 0, 2, 3, 4]);
    }
    let length = u8::try_from(body.len()).expect("a short one");
    [&[22, 3, 3, 0, length + 4, 2, 0, 0, length], body.as_slice()].concat()
}

const BASELINE: &str = "baseline/example.yaml";

#[test]
fn a_plan_shows_an_endpoint_that_is_not_as_cognito_reports() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let plan = |policy, format| {
        let at = endpoint(policy);
        let arguments =
            ["plan", "--baseline", BASELINE, "--probe", "--connect", &at, "--format", format];
        let output = served.command(&arguments).env("COLUMNS", "500").output().expect("guardctl");
        let printed = text(&output.stdout);
        let words: Vec<&str> = printed.split_whitespace().collect();
        // However wide a terminal is, lines are broken.
        (output.status.code(), words.join(" "))
    };
    // Cognito reports TLS_V1, which the baseline forbids; the endpoint is as reported.
    let (code, printed) = plan("TLS_V1", "text");
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("0 of 1 endpoint not as Cognito reports"), "{printed}");
    let (code, printed) = plan("TLS_V1_3_2025", "text");
    assert_eq!(code, Some(2), "{printed}");
    // A line is never wider than 120 columns.
    let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = "its endpoint refuses TLS 1.0, refuses TLS 1.1, refuses TLS 1.2 with old suites, refuses TLS 1.2; \
                Cognito reports TLS_V1";
    assert!(printed.contains(line), "{printed}");
    assert!(printed.contains("1 of 1 endpoint not as Cognito reports"), "{printed}");
    let (_, printed) = plan("TLS_V1_2_2021", "json");
    let document: Value = serde_json::from_str(&printed).expect("JSON");
    let domain = &document[0]["domains"][0];
    assert_eq!(domain["endpoint"]["as_reported"], false, "{domain:#}");
    assert_eq!(domain["endpoint"]["policies"], serde_json::json!(["TLS_V1_2_2021"]), "{domain:#}");
    for (format, expected) in [("markdown", "| endpoint |"), ("sarif", "\"ruleId\": \"endpoint\"")]
    {
        let (_, printed) = plan("TLS_V1_2_2021", format);
        assert!(printed.contains(expected), "{printed}");
    }
}

#[test]
fn a_report_that_asks_endpoints_says_which_are_not_as_cognito_reports() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let report = |more: &[&str], format| {
        let arguments = ["report", "--baseline", BASELINE, "--format", format];
        let output = served.guardctl(&[&arguments[..], more].concat());
        text(&output.stdout).to_owned()
    };
    let at = endpoint("TLS_V1_2_2021");
    let asked = ["--probe", "--connect", at.as_str()];
    let document: Value = serde_json::from_str(&report(&asked, "json")).expect("JSON");
    let domains = document["posture"]["domains"].as_array().expect("domains");
    let one = domains.iter().find(|one| one["domain"] == "auth.example.com").expect("it");
    assert_eq!(one["endpoint"]["as_reported"], false, "{one:#}");
    assert_eq!(one["endpoint"]["policies"], serde_json::json!(["TLS_V1_2_2021"]), "{one:#}");
    assert!(report(&asked, "text").contains("1 endpoint asked: 1 not as Cognito reports"));
    for format in ["html", "markdown"] {
        assert!(report(&asked, format).contains("refuses TLS 1.0"), "{format}");
    }
    let same = endpoint("TLS_V1");
    let page = report(&["--probe", "--connect", &same], "html");
    assert!(page.contains("the endpoint speaks it") && !page.contains("refuses TLS"), "{page}");
    assert!(!report(&[], "html").contains("Endpoints not as Cognito reports"));
}

#[test]
fn an_endpoint_that_nobody_asks_is_not_in_a_plan() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let output = served.guardctl(&["plan", "--baseline", BASELINE, "--format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document[0]["domains"][0]["endpoint"], Value::Null);
    assert!(!text(&served.guardctl(&["plan", "--baseline", BASELINE]).stdout).contains("endpoint"));
}

#[test]
fn an_endpoint_that_does_not_answer_could_not_be_checked() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let free = free.to_string();
    let output = served.guardctl(&["plan", "--baseline", BASELINE, "--probe", "--connect", &free]);
    assert_eq!(output.status.code(), Some(1));
    let output = crate::guardctl()
        .args(["probe", "--connect", &free, "auth.example.com"])
        .env("COLUMNS", "500")
        .output()
        .expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    assert!(printed.contains(&format!("unknown: no connection: {free}: ")), "{printed}");
    assert!(printed.contains("1 domain, 0 as it should be, 0 not, 1 not known"), "{printed}");
}

#[test]
fn a_probe_holds_the_endpoint_against_the_floor_cognito_and_the_baseline() {
    let served = Served::start();
    served.world.put_domain(weak("auth.example.com"));
    let at = endpoint("TLS_V1");
    let probe = [
        "probe",
        "--connect",
        &at,
        "--floor",
        "TLS_V1_2_2021",
        "--format",
        "json",
        "auth.example.com",
    ];
    let live = [probe.as_slice(), &["--live", "--baseline", BASELINE]].concat();
    let output = served.guardctl(&live);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let held = document[0]["held_against"].as_array().expect("what it is held against");
    let found: Vec<_> =
        held.iter().map(|one| (one["what"].as_str(), one["kept"].as_bool())).collect();
    assert_eq!(found.len(), 3, "{document:#}");
    assert_eq!(found[0], (Some("--floor TLS_V1_2_2021"), Some(false)));
    assert_eq!(found[1], (Some("Cognito reports TLS_V1"), Some(true)));
    assert_eq!(found[2].1, Some(false), "{document:#}");
    assert_eq!(held[0]["contradictions"][0], "accepts TLS 1.0", "{document:#}");
    // There is no handshake with it, so its certificate is not known.
    assert_eq!(output.status.code(), Some(1));
    // Without --live nothing is asked of an account.
    let output = crate::guardctl().args(probe).output().expect("guardctl");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document[0]["cognito"], Value::Null);
}

#[test]
fn a_domain_that_cognito_does_not_have_is_said_so() {
    let served = Served::start();
    let at = endpoint("TLS_V1_2_2021");
    let output = served
        .command(&["probe", "--live", "--connect", &at, "gone.example.com"])
        .env("COLUMNS", "500")
        .output()
        .expect("guardctl");
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    assert!(
        printed.contains("Cognito has no such domain in eu-central-1: check --region"),
        "{printed}"
    );
}
