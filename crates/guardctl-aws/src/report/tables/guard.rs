//! The tables about the guard itself: the places that it covers, what the doctor found, the baselines in force.

use maud::{Markup, html};

use super::super::model::{Finding, OfPlace};
use super::super::recorded::{Coverage, Recorded};
use super::{moment, optional, place, shown, table};

pub fn gaps(coverage: &Coverage) -> Markup {
    let rows = html! {
        @for one in &coverage.gaps {
            tr {
                th scope="row" { (place(&one.account, &one.region)) }
                td { (one.why.replace('_', " ")) }
                td { (moment(&one.since)) }
                td { @if one.had_domains { "had domains" } @else { "had none" } }
            }
        }
    };
    let columns = ["account and region", "why", "since", "when last looked at"];
    table("gaps", "Places that are not covered or unknown, 50 at the most", &columns, rows)
}

pub fn places(places: &[OfPlace]) -> Markup {
    let rows = html! {
        @for one in places.iter().filter(|one| one.coverage != "covered") {
            tr {
                th scope="row" { (place(&one.account, &one.region)) }
                @let name = one.coverage.replace('_', " ");
                @match one.coverage.as_str() {
                    "not_covered" | "broken" => td.state.bad { (shown(&name)) },
                    _ => td.state.none { (shown(&name)) },
                }
                td { (optional(one.why.as_deref(), "not known")) }
            }
        }
    };
    let columns = ["account and region", "coverage", "why"];
    table("places", "Places that the doctor did not find covered", &columns, rows)
}

pub fn doctor(findings: &[Finding]) -> Markup {
    let rows = html! {
        @for one in findings.iter().filter(|one| one.verdict != "ok") {
            tr {
                th scope="row" { (one.check.replace('_', " ")) }
                td { (place(&one.account, &one.region)) }
                @if one.verdict == "fix" { td.state.bad { "fix" } } @else { td.state.none { "not known" } }
                td { (shown(&one.what)) }
            }
        }
    };
    let columns = ["check", "account and region", "verdict", "what"];
    table("doctor", "What is not in order, or could not be checked", &columns, rows)
}

pub fn in_force(history: &Recorded) -> Markup {
    let rows = html! {
        @for one in history.baselines.iter().rev() {
            tr {
                th scope="row" { code { (shown(&one.value)) } }
                td { (optional(one.revision.as_deref(), "not named")) }
                td { (moment(&one.since)) }
                td { (moment(&one.until)) }
                td.number { (one.events) }
            }
        }
    };
    let columns = ["digest", "revision", "first event", "last event", "#events"];
    table("baselines", "Baselines by which the guard decided, the latest first", &columns, rows)
}
