//! The tables of the page. Each has a caption, heads of columns and of rows, and can be scrolled by keyboard.

mod guard;

use cognito_domain_guard::notice::AttributionResult;
use cognito_domain_guard::report::OverrideEffect;
use cognito_domain_guard::text::{counted, harmless};
use maud::{Markup, html};

use super::charts::{self, Look, Part, Row};
use super::incident::Incident;
use super::markdown::duration;
use super::model::{Exemption, Report};
use super::posture::{OfStanding, Posture, Standing, count};
use super::recorded::{Recorded, kind_label};

pub use guard::{alarms, doctor, gaps, in_force, places};

/// Domains in the table at the most. Those off their baseline come first; the JSON has all.
const MOST_DOMAINS: usize = 1_000;
/// Accounts that have a bar.
const MOST_ACCOUNTS: usize = 40;

pub fn heading(id: &str, text: &str) -> Markup {
    html! { h2 id=(id) { (text) } }
}

pub fn note(text: &str) -> Markup {
    html! { p.quiet { (text) } }
}

/// A time in minutes, with the whole of it for programs.
pub fn moment(time: &str) -> Markup {
    html! { time datetime=(time) { (moment_text(time)) } }
}

/// The same where there is no markup.
pub fn moment_text(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

/// What may be wider than the page: it scrolls alone, also by keyboard.
pub fn region(label: &str, inner: Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) { (inner) }
    }
}

/// An account and region, each of which stays in one piece.
fn place(account: &str, region: &str) -> Markup {
    html! { span.key { (account) } " " span.key { (region) } }
}

/// Text of others, of which nothing is hidden.
fn shown(text: &str) -> Markup {
    html! { (harmless(text)) }
}

fn optional(text: Option<&str>, otherwise: &str) -> Markup {
    match text {
        Some(text) => shown(text),
        None => html! { span.quiet { (otherwise) } },
    }
}

/// A table. A column that begins with `#` has numbers.
fn table(name: &str, caption: &str, columns: &[&str], rows: Markup) -> Markup {
    region(
        &format!("Table: {name}"),
        html! {
            table {
                caption { (caption) }
                thead {
                    tr {
                        @for column in columns {
                            @match column.strip_prefix('#') {
                                Some(column) => th.number scope="col" { (column) },
                                None => th scope="col" { (column) },
                            }
                        }
                    }
                }
                tbody { (rows) }
            }
        },
    )
}

const fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::AtBaseline => "good",
        Standing::Exempt => "allowed",
        Standing::Off | Standing::Missing => "bad",
        Standing::NotGoverned => "none",
    }
}

const fn fill(standing: Standing) -> &'static str {
    match standing {
        Standing::AtBaseline => "f-good",
        Standing::Exempt => "f-allowed",
        Standing::Off | Standing::Missing => "f-bad",
        Standing::NotGoverned => "f-none",
    }
}

fn parts(standings: &[OfStanding]) -> Vec<Part> {
    let each = standings.iter().map(|one| Part {
        class: fill(one.standing),
        label: one.standing.label().to_owned(),
        count: one.domains,
    });
    each.collect()
}

/// The counts as text, for who does not see the bars.
fn in_words(standings: &[OfStanding]) -> String {
    let each = standings.iter().filter(|one| one.domains > 0);
    let each: Vec<_> =
        each.map(|one| format!("{} {}", one.domains, one.standing.label())).collect();
    each.join(", ")
}

pub fn posture(posture: &Posture) -> Markup {
    let policies: Vec<Row> = posture
        .policies
        .iter()
        .map(|one| Row {
            label: match one.policy.as_str() {
                super::posture::PREFIX => "prefix domain (AWS's TLS)".to_owned(),
                policy => policy.to_owned(),
            },
            parts: vec![
                Part { class: "f-mark", label: "governed".to_owned(), count: one.governed },
                Part {
                    class: "f-none",
                    label: "not governed".to_owned(),
                    count: one.domains - one.governed,
                },
            ],
        })
        .collect();
    let each: Vec<_> =
        posture.policies.iter().map(|one| format!("{}: {}", one.policy, one.domains)).collect();
    let mut accounts: Vec<_> = posture.accounts.iter().collect();
    let off = |standings: &[OfStanding]| {
        count(standings, Standing::Off) + count(standings, Standing::Missing)
    };
    accounts.sort_by_key(|one| std::cmp::Reverse(off(&one.standings)));
    let of_account = |one: &&super::posture::OfAccount| Row {
        label: match &one.account_name {
            Some(name) => format!("{name} {}", one.account),
            None => one.account.clone(),
        },
        parts: parts(&one.standings),
    };
    let rows: Vec<Row> = accounts.iter().take(MOST_ACCOUNTS).map(of_account).collect();
    html! {
        div.beside {
        div {
        h3 { "TLS policy in effect" }
        (region("Chart: domains by TLS policy", html! {
            figure { (charts::bars("policies", "Domains by TLS policy in effect", &each.join(", "), &policies)) }
        }))
        ul.legend {
            li { (swatch("f-mark")) "governed by the baseline" }
            li { (swatch("f-none")) "not governed" }
        }
        }
        div {
        h3 { "By account" }
        (region("Chart: domains by account", html! {
            figure {
                (charts::bars("accounts", "Domains by account, and how they stand", &in_words(&posture.standings), &rows))
                @if accounts.len() > MOST_ACCOUNTS {
                    figcaption { "Those with most domains off their baseline; " (accounts.len() - MOST_ACCOUNTS) " more are in the JSON." }
                }
            }
        }))
        ul.legend {
            @for one in posture.standings.iter().filter(|one| one.domains > 0) {
                li { (swatch(fill(one.standing))) (one.standing.label()) " (" (one.domains) ")" }
            }
        }
        }
        }
        (domains(posture))
    }
}

fn swatch(class: &str) -> Markup {
    html! {
        svg viewBox="0 0 14 14" aria-hidden="true" focusable="false" { rect.(class) x="1" y="1" width="12" height="12" {} }
    }
}

fn domains(posture: &Posture) -> Markup {
    let mut domains: Vec<_> = posture.domains.iter().collect();
    domains.sort_by_key(|one| match one.standing {
        Standing::Off | Standing::Missing => 0,
        Standing::Exempt => 1,
        Standing::NotGoverned => 2,
        Standing::AtBaseline => 3,
    });
    let caption = format!(
        "{}, read at {} UTC; those off their baseline first",
        counted(domains.len(), "domain"),
        moment_text(&posture.read_at)
    );
    let rows = html! {
        @for one in domains.iter().take(MOST_DOMAINS) {
            tr {
                th scope="row" { (shown(&one.domain)) }
                td { (place(&one.account, &one.region)) }
                td {
                    (optional(one.policy.as_deref(), "none"))
                    @if let Some(endpoint) = &one.endpoint {
                        @if endpoint.as_reported == Some(true) && endpoint.certificate_problem.is_none() {
                            div.quiet { (shown(&endpoint.in_words())) }
                        } @else { div.bad { (shown(&endpoint.in_words())) } }
                    }
                }
                td.state.(class(one.standing)) { (one.standing.label()) }
                td {
                    @if one.standing == Standing::NotGoverned { span.quiet { "none" } } @else { (one.mode) }
                }
                td.wide {
                    @for off in &one.off { div { (shown(off)) } }
                    @for allowed in &one.exceptions {
                        div {
                            (allowed.attribute) " " (shown(&allowed.observed)) " until " (moment(&allowed.until)) ": "
                            (shown(&allowed.reason)) " (" (shown(&allowed.written)) ")"
                        }
                    }
                    // Of an exemption the line above says it.
                    @if let (Some(reason), true) = (&one.reason, one.exceptions.is_empty()) {
                        div.quiet { (shown(reason)) }
                    }
                }
            }
        }
    };
    let columns = [
        "domain",
        "account and region",
        "policy in effect",
        "state",
        "mode",
        "what is off or allowed",
    ];
    html! {
        (table("domains", &caption, &columns, rows))
        @if domains.len() > MOST_DOMAINS {
            (note(&format!("{} more are in the JSON.", domains.len() - MOST_DOMAINS)))
        }
    }
}

pub fn incidents(history: &Recorded, most: usize) -> Markup {
    let rows = html! {
        @for one in history.incidents.iter().rev().take(most) { (incident(one)) }
    };
    let caption = format!("{}, the latest first", counted(history.incidents.len(), "incident"));
    let columns = [
        "domain",
        "account and region",
        "began",
        "what was off, and the incident's id",
        "state",
        "#off baseline",
        "who, and with what",
    ];
    html! {
        (table("incidents", &caption, &columns, rows))
        @if history.incidents.len() > most {
            (note(&format!(
                "{} older ones are not in the table; --format csv has all of them.",
                history.incidents.len() - most
            )))
        }
    }
}

fn incident(one: &Incident) -> Markup {
    html! {
        tr {
            th scope="row" { (shown(&one.domain)) }
            td {
                (place(&one.account, &one.region))
                @if let Some(name) = &one.account_name {
                    div.quiet { (shown(name)) @if let Some(owner) = &one.owner { ", " (shown(owner)) } }
                }
            }
            td { (moment(&one.opened_at)) }
            td.wide {
                @for change in &one.changes {
                    div { (change.attribute) " " (shown(&change.observed)) " (wanted " (shown(&change.desired)) ")" }
                }
                div.id { (shown(&one.incident)) }
            }
            td.state.(Look::of(one.state).class()) { (one.state.label()) }
            td.number { (duration(one)) }
            td {
                @match &one.actor {
                    Some(actor) => {
                        (shown(&actor.name))
                        div.quiet {
                            (shown(&actor.via)) @if actor.via_is_claimed { " (claimed)" }
                            @if let Some(ip) = &actor.source_ip { ", " (shown(ip)) }
                        }
                    }
                    None => span.quiet { "not known" },
                }
                @if let Some(imposter) = &one.imposter { div.bad { "with the guard's role: " (shown(imposter)) } }
                @if one.attribution == Some(AttributionResult::NotMentioned) { div.quiet { "the call did not mention it" } }
            }
        }
    }
}

pub fn happenings(history: &Recorded) -> Markup {
    if history.happenings.is_empty() {
        return html! {};
    }
    let rows = html! {
        @for one in history.happenings.iter().rev().take(200) {
            tr {
                th scope="row" { (moment(&one.time)) }
                td { (kind_label(one.kind)) }
                td { (one.severity) }
                td { (place(&one.account, &one.region)) }
                td { (shown(&one.headline)) }
                td { (optional(one.actor.as_ref().map(|actor| actor.name.as_str()), "not known")) }
            }
        }
    };
    let caption = format!(
        "{}, the latest 200 at the most",
        counted(history.happenings.len(), "other notice")
    );
    let columns = ["time", "kind", "severity", "account and region", "what", "who"];
    html! {
        h3 { "What else happened" }
        (table("other notices", &caption, &columns, rows))
    }
}

pub fn actors(history: &Recorded) -> Markup {
    let rows = html! {
        @for one in &history.actors {
            tr {
                th scope="row" { (optional(one.name.as_deref(), "not known")) }
                td {
                    (optional(one.via.as_deref(), "not known"))
                    @if one.via_is_claimed { span.quiet { " (claimed)" } }
                }
                td.number { (one.incidents) }
                td.number { (one.domains) }
                td { (moment(&one.last)) }
            }
        }
    };
    let columns = ["who", "with what tool", "#incidents", "#domains", "last change"];
    html! {
        (table("actors", "Who made the changes, by CloudTrail's word", &columns, rows))
        (note("A tool is claimed where only the user agent names it, since anybody can send any. Who it was is not known \
               where a sweep found the drift, or where the domain shows something else than the recorded call asked for."))
    }
}

pub fn exemptions(all: &[Exemption]) -> Markup {
    let rows = html! {
        @for one in all {
            tr {
                th scope="row" {
                    (shown(&one.domain))
                    div.quiet { (one.position) }
                }
                td {
                    (one.attributes.join(", "))
                    @let places: Vec<_> = one.accounts.iter().chain(&one.regions).map(String::as_str).collect();
                    @if !places.is_empty() { div.quiet { "in " (shown(&places.join(", "))) } }
                }
                td { (optional(one.owner.as_deref(), "not named")) }
                td {
                    (shown(&one.reason))
                    @if let Some(ticket) = &one.ticket { div.quiet { (shown(ticket)) } }
                }
                td { (moment(&one.until)) }
                td.number { (days_left(one)) }
                td {
                    @match one.used_by {
                        Some(used) => (counted(used, "domain")),
                        None => span.quiet { "not known" },
                    }
                }
            }
        }
    };
    let columns = ["domain", "what", "owner", "reason", "ends", "#left", "used by"];
    table("exemptions", "Exemptions, the first to end first", &columns, rows)
}

pub fn overrides(history: &Recorded) -> Markup {
    let rows = html! {
        @for one in &history.overrides {
            tr {
                th scope="row" { (shown(&one.parameter)) }
                td {
                    (one.effect.map_or("cannot be read", OverrideEffect::as_str)) " " (one.attributes.join(", "))
                    @if let Some(problem) = &one.problem { div.bad { (shown(problem)) } }
                }
                td { (optional(one.domain.as_deref(), "not known")) }
                td {
                    @match (&one.made_by, &one.by) {
                        (Some(actor), _) => { (shown(&actor.name)) div.quiet { "by CloudTrail" } }
                        (None, Some(by)) => { (shown(by)) div.quiet { "in their own words" } }
                        (None, None) => span.quiet { "not known" },
                    }
                }
                td {
                    (optional(one.reason.as_deref(), "none is given"))
                    @if let Some(ticket) = &one.ticket { div.quiet { (shown(ticket)) } }
                }
                td { (moment(&one.made_at)) }
                td { (moment(&one.until)) }
                td { @if one.counts { "counts" } @else { "ended" } }
            }
        }
    };
    let columns = ["override", "does", "domain", "who", "reason", "made", "ends", "at the end"];
    table("overrides", "Overrides, as the guard last reported them", &columns, rows)
}

pub fn sources(report: &Report) -> Markup {
    let rows = html! {
        @for one in &report.sources {
            tr { th scope="row" { (one.part) } td { (shown(&one.from)) } }
        }
        tr {
            th scope="row" { "Durations" }
            td {
                "Measured by the guard from CloudTrail's time of the change, in whole seconds: until Cognito accepted the \
                 update, and until a look saw it in effect. The same figures are in notices, metrics and the log."
            }
        }
        tr {
            th scope="row" { "Who" }
            td { "CloudTrail's record of the call, where the domain showed what the call asked for." }
        }
        tr {
            th scope="row" { "Sweeps due" }
            td { "From the first record to the end of the window, by the time that lies between two scheduled sweeps most often." }
        }
        @if let Some(history) = &report.history {
            tr {
                th scope="row" { "Records" }
                td {
                    (history.lines) " record lines from " (moment(&history.first)) " to " (moment(&history.last))
                    @if history.unread > 0 { ", and " (history.unread) " that could not be read" }
                }
            }
        }
    };
    table("sources", "How each part was obtained", &["part", "from"], rows)
}

/// How many days an exemption has, in words.
fn days_left(exemption: &Exemption) -> String {
    match exemption.days_left {
        days if days < 0 => "over".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
