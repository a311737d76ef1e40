//! The places of an organization for a person, and for other tools.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Examined;
use super::judge::Coverage;
use crate::doctor::finding::Verdict;
use crate::doctor::tell::{denied, finding_to_json, line};
use crate::organization::Hub;
use crate::unread::policy_to_paste;
use cognito_domain_guard::text::{counted, harmless};

/// A table of every place, then what is to be done in those that are not covered.
pub fn text(examined: &[Examined], hub: &Hub) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "\norganization {}, hub in account {} {}\n",
        harmless(&hub.organization),
        hub.place.account,
        hub.place.region
    );
    for Examined { place, coverage, why, findings } in examined {
        let wrong: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.verdict != Verdict::Ok)
            .map(|finding| finding.check.as_str())
            .collect();
        let why = why.clone().unwrap_or_else(|| wrong.join(", ").replace('_', " "));
        let row = format!(
            "  {:<12}  {:<14}  {:<11}  {}",
            place.account,
            place.region,
            coverage.label(),
            harmless(&why)
        );
        let _ = writeln!(out, "{}", row.trim_end());
    }
    for one in examined {
        let notable: Vec<_> =
            one.findings.iter().filter(|finding| finding.verdict != Verdict::Ok).collect();
        if notable.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\naccount {} {}\n", one.place.account, one.place.region);
        for finding in notable {
            line(&mut out, finding);
        }
    }
    let missing = denied(examined.iter().flat_map(|one| &one.findings));
    if !missing.is_empty() {
        let _ = writeln!(
            out,
            "\nwhat could not be checked takes this policy; a reader role gets its part by the stack of member.yaml, \
             which may be an older one:\n{}",
            policy_to_paste(missing)
        );
    }
    let counts = Coverage::ALL.map(|coverage| {
        let count = examined.iter().filter(|one| one.coverage == coverage).count();
        format!("{count} {}", coverage.label())
    });
    let _ = writeln!(out, "\n{}: {}", counted(examined.len(), "place"), counts.join(", "));
    out
}

pub fn to_json(Examined { place, coverage, why, findings }: &Examined) -> Value {
    json!({
        "account": place.account,
        "region": place.region,
        "coverage": coverage,
        "why": why,
        "findings": findings.iter().map(finding_to_json).collect::<Vec<_>>(),
        "missing_permissions": denied(findings),
    })
}
