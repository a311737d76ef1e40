//! A plan as SARIF 2.1.0, which code scanning in pipelines shows beside the lines of the baseline.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::path::Path;

use cognito_domain_guard::baseline::{Mode, Position};
use cognito_domain_guard::plan::{Drift, ExemptBy, ExemptDrift};
use cognito_domain_guard::when::rfc3339;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Region;
use crate::look::{self, Looked};
use crate::probe::{Difference, Standing};

/// What a result is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Off,
    Weakens,
    Exempt,
    Missing,
    Left,
    Endpoint,
}

impl Rule {
    const ALL: [Self; 6] =
        [Self::Off, Self::Weakens, Self::Exempt, Self::Missing, Self::Left, Self::Endpoint];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off-baseline",
            Self::Weakens => "weakens",
            Self::Exempt => "exempt",
            Self::Missing => "missing",
            Self::Left => "left-unchanged",
            Self::Endpoint => "endpoint",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Off => "An attribute of a user pool domain is not as the baseline declares it.",
            Self::Weakens => "To put the domain back to the baseline lowers its security policy.",
            Self::Exempt => {
                "An attribute is off the baseline, and an exemption or an override allows it for a while."
            }
            Self::Missing => "The baseline declares a domain by name, and there is none.",
            Self::Left => "The guard does not put the domain back.",
            Self::Endpoint => "The endpoint of a domain is not as Cognito reports, or did not say.",
        }
    }
}

/// One log with one run. `baseline` is the file as the command was given it, from the repository's root, and
/// `not_compared` is why the plan says less than it was asked for.
pub fn sarif(
    regions: &[Region],
    baseline: &Path,
    not_compared: Option<&str>,
    now: OffsetDateTime,
) -> Value {
    let rules = Rule::ALL
        .map(|rule| json!({ "id": rule.as_str(), "shortDescription": { "text": rule.text() } }));
    let uri = uri(baseline);
    let mut results = Vec::new();
    for region in regions {
        for looked in &region.looked {
            results.extend(of_domain(region, looked, &uri));
        }
    }
    let notifications: Vec<Value> = regions
        .iter()
        .flat_map(|region| &region.problems)
        .map(ToString::to_string)
        .chain(not_compared.map(str::to_owned))
        .map(|problem| json!({ "level": "error", "message": { "text": problem } }))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "guardctl",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "endTimeUtc": rfc3339(now),
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn of_domain(region: &Region, looked: &Looked, uri: &str) -> Vec<Value> {
    let mut results = Vec::new();
    let result = |rule: Rule, level: &str, what: &str, text: String, at: Option<Position>| {
        let place = &region.place;
        let name = format!("{}/{}/{}", place.account, place.region, looked.name);
        let mut location = json!({
            "logicalLocations": [{
                "name": looked.name,
                "fullyQualifiedName": name,
                "kind": "resource",
            }],
            "physicalLocation": { "artifactLocation": { "uri": uri } },
        });
        if let (Some(Position { line, column }), Some(physical)) =
            (at, location.get_mut("physicalLocation").and_then(Value::as_object_mut))
        {
            let region = json!({ "startLine": line, "startColumn": column });
            physical.insert("region".to_owned(), region);
        }
        json!({
            "ruleId": rule.as_str(),
            "ruleIndex": Rule::ALL.iter().position(|one| *one == rule),
            "level": level,
            "message": { "text": text },
            "locations": [location],
            "partialFingerprints": { "domain/v1": format!("{name}/{what}") },
        })
    };
    for drift in looked.changes() {
        let Drift { attribute, observed, desired, declared: _, position } = drift;
        let mut text = format!("{}: {attribute} {observed} -> {desired}", looked.name);
        let rule = if drift.lowers_policy() { Rule::Weakens } else { Rule::Off };
        let level = match looked.plan.mode {
            Mode::Enforce => "error",
            Mode::Audit => "warning",
        };
        if let Some(reason) = looked.why_left() {
            text = format!("{text}; left unchanged: {reason}");
        }
        results.push(result(rule, level, attribute.as_str(), text, Some(*position)));
    }
    for exempt in &looked.plan.assessment.exempt {
        let ExemptDrift { drift, until: _, reason, owner: _, ticket: _, by } = exempt;
        let position = match by {
            ExemptBy::Baseline(position) => Some(*position),
            ExemptBy::Override { parameter: _, by: _ } => None,
        };
        let text = format!(
            "{}: {} {} is exempt until {}: {reason}{}",
            looked.name,
            drift.attribute,
            drift.observed,
            look::until(exempt),
            super::text::who_to_ask(exempt)
        );
        results.push(result(Rule::Exempt, "note", drift.attribute.as_str(), text, position));
    }
    if results.is_empty()
        && let Some(reason) = looked.why_left()
    {
        let (rule, level) = if looked.domain.is_none() {
            (Rule::Missing, "error")
        } else {
            (Rule::Left, "warning")
        };
        let text = format!("{}: {reason}", looked.name);
        results.push(result(rule, level, rule.as_str(), text, looked.plan.entry));
    }
    if let Some(Difference { standing, text }) = region.difference(looked) {
        let level = match standing {
            Standing::Off => "error",
            Standing::Good | Standing::Unknown => "warning",
        };
        let text = format!("{}: {text}", looked.name);
        results.push(result(Rule::Endpoint, level, "endpoint", text, looked.plan.entry));
    }
    results
}

/// A path as a URI: relative ones stay so, and are the repository's.
fn uri(path: &Path) -> String {
    let path = path.to_string_lossy();
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri() {
        for (path, expected) in [
            ("baseline/baseline.yaml", "baseline/baseline.yaml"),
            ("./b c/ü.yaml", "b%20c/%C3%BC.yaml"),
            ("/srv/b.yaml", "file:///srv/b.yaml"),
        ] {
            assert_eq!(uri(Path::new(path)), expected);
        }
    }
}
