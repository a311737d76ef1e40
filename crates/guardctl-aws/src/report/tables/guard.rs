//! The tables about the guard itself: the places that it covers, what the doctor found, the baselines in force.

use maud::{Markup, html};

use super::super::model::{Alarm, Finding, OfPlace};
use super::super::recorded::{Coverage, Recorded};
use super::{moment, optional, place, shown, table};
use crate::doctor::facts::AlarmState;
use crate::doctor::finding::VerdictWord;
use crate::doctor::members::Coverage as Covers;

pub fn gaps(coverage: &Coverage) -> Markup {
    let rows = html! {
        @for one in &coverage.gaps {
            tr {
                th scope="row" { (place(&one.account, &one.region)) }
                td { (one.why.as_str().replace('_', " ")) }
                td { (moment(&one.since)) }
                td { @if one.had_domains { "some" } @else { "none" } }
            }
        }
    };
    let columns = ["account and region", "why", "since", "domains there, when last looked at"];
    table("gaps", "Not covered, or not known whether; 50 at the most", &columns, rows)
}

pub fn places(places: &[OfPlace]) -> Markup {
    let rows = html! {
        @for one in places.iter().filter(|one| one.coverage != Covers::Covered) {
            tr {
                th scope="row" { (place(&one.account, &one.region)) }
                @let name = one.coverage.label();
                @match one.coverage {
                    Covers::NotCovered | Covers::Broken => td.state.bad { (name) },
                    Covers::Unknown | Covers::LeftAlone | Covers::Covered => td.state.none { (name) },
                }
                td { (optional(one.why.as_deref(), "not known")) }
            }
        }
    };
    let columns = ["account and region", "coverage", "why"];
    table(
        "places",
        "Accounts and regions that guardctl doctor did not find covered",
        &columns,
        rows,
    )
}

pub fn alarms(alarms: &[Alarm]) -> Markup {
    let rows = html! {
        @for one in alarms {
            tr {
                th scope="row" { (shown(&one.name)) }
                td { (place(&one.account, &one.region)) }
                @match one.state {
                    AlarmState::Alarm => td.state.bad { "ALARM" },
                    AlarmState::Ok => td.state.good { "OK" },
                    AlarmState::InsufficientData => td.state.none { "not enough data" },
                }
                td { @match &one.since { Some(since) => (moment(since)), None => span.quiet { "not known" } } }
                td.wide {
                    (shown(&one.reason))
                    @if !one.actions_enabled { div.bad { "its actions are disabled: nobody hears of it" } }
                }
            }
        }
    };
    let columns = ["alarm", "account and region", "state", "since", "why"];
    table("alarms", "The guard's alarms, those that are on first", &columns, rows)
}

pub fn doctor(findings: &[Finding]) -> Markup {
    let rows = html! {
        @for one in findings.iter().filter(|one| one.verdict != VerdictWord::Ok) {
            tr {
                th scope="row" { (one.check.replace('_', " ")) }
                td { (place(&one.account, &one.region)) }
                @match one.verdict {
                    VerdictWord::Fix => td.state.bad { "fix" },
                    VerdictWord::Unknown | VerdictWord::Ok => td.state.none { "not known" },
                }
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
