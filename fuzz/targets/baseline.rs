//! Any text as a baseline: it is taken or refused, in time and with words that are in proportion, and
//! what was taken answers every question.
#![no_main]

use fuzz::baseline::Baseline;
use fuzz::domain::Attribute;
use fuzz::now;
use fuzz::place::Place;
use libfuzzer_sys::fuzz_target;
use time::Duration;

fuzz_target!(|text: &str| {
    match Baseline::parse("baseline.yaml", text) {
        Ok(baseline) => {
            let place = Place {
                partition: "aws".to_owned(),
                account: "111122223333".to_owned(),
                region: "eu-central-1".to_owned(),
            };
            let names: Vec<String> = baseline.exact_names(&place).map(str::to_owned).collect();
            for name in names.iter().map(String::as_str).chain(["auth.example.com", "", "a", "*"]) {
                let governing = baseline.governing(name, &place);
                assert_eq!(
                    governing.declares_nothing(),
                    baseline.governing(name, &place).declares_nothing()
                );
                for attribute in Attribute::ALL {
                    let exemption = baseline.exemption(name, attribute, &place, now());
                    assert!(exemption.is_none_or(|exemption| exemption.until > now()));
                }
            }
            for name in &names {
                assert!(baseline.governing(name, &place).entry.is_some(), "{name} is hidden");
            }
            for exemption in baseline.exemptions() {
                // What a sweep, a notice and a warning make of the end.
                let _ = exemption.until + Duration::hours(72);
                let _ = exemption.until.to_offset(time::UtcOffset::UTC);
            }
            for lint in baseline.lints(now()) {
                assert!(lint.position <= lint.end);
            }
        }
        Err(error) => {
            assert!(!error.problems.is_empty());
            assert!(error.problems.iter().all(|problem| problem.position <= problem.end));
            let rendered = error.to_string();
            // What aliases may multiply a text by is bounded, and a problem takes a line.
            let most = 20_000_000 + 1_000 * text.len();
            assert!(rendered.len() < most, "{} bytes of {}", rendered.len(), text.len());
            assert_eq!(rendered.lines().count(), error.problems.len(), "{rendered}");
        }
    }
});
