//! The report as one page that needs no network and runs no script: for a screen, a phone, a printer and a screen
//! reader.
//!
//! The rule: maud escapes every value; only the style sheet of this folder goes in as it is.

use cognito_domain_guard::text::{counted, harmless, harmless_lines};
use cognito_domain_guard::when;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use time::OffsetDateTime;

use super::charts::{self, Look};
use super::incident::Incident;
use super::markdown::duration;
use super::model::{
    Alarm, Finding, OfPlace, Report, alarms_in_words, count_alarms, count_places, places_in_words,
};
use super::numbers::{Distribution, length};
use super::recorded::{Coverage, Recorded, Sweeps};
use super::tables::{self, heading, moment, moment_text, note, region};
use crate::doctor::facts::AlarmState;
use crate::doctor::finding::VerdictWord;
use crate::doctor::members::Coverage as Covers;

const STYLE: &str = include_str!("style.css");
/// Marks on the time line and rows of its table at the most: the latest. The CSV has all.
const MOST_MARKS: usize = 2_000;
const MOST_ROWS: usize = 500;

pub fn html(report: &Report) -> String {
    let title = format!("Sign-in domains, {} to {}", day(&report.since), day(&report.until));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the report" }
                header { (head(report)) }
                main id="main" {
                    (missing(report))
                    (figures(report))
                    (sections(report))
                }
                footer {
                    p {
                        "Made by guardctl " (report.guardctl_version) " of cognito-domain-guard. Times are UTC. "
                        "The same figures as data: " code { "guardctl report --format json" } "."
                    }
                }
            }
        }
    };
    // Nothing in it is hidden from whoever looks at it, whichever field it came by.
    harmless_lines(&page.into_string()).into_owned()
}

fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

fn head(report: &Report) -> Markup {
    const PARTS: [(&str, &str); 8] = [
        ("posture", "Domains now"),
        ("incidents", "Incidents"),
        ("times", "How long it took"),
        ("actors", "Who"),
        ("exceptions", "Exceptions"),
        ("health", "The guard"),
        ("in-force", "Baselines"),
        ("sources", "How it was obtained"),
    ];
    html! {
        h1 { "Sign-in domains: what is, what happened, who allowed it" }
        p.quiet {
            (moment(&report.since)) " to " (moment(&report.until))
            @if let Some(at) = &report.guard_at {
                ", by the guard in account " (at.account) " " (at.region)
            }
        }
        nav aria-label="Parts of the report" {
            ul { @for (id, name) in PARTS { li { a href=(format!("#{id}")) { (name) } } } }
        }
    }
}

fn missing(report: &Report) -> Markup {
    html! {
        section.missing aria-labelledby="missing" {
            h2 id="missing" { "What this report does not know" }
            @if report.missing.is_empty() {
                p { "Nothing is missing: everything that it asks for was read." }
            } @else {
                ul { @for line in &report.missing { li { (harmless(line)) } } }
            }
        }
    }
}

/// A figure, what it is, and what is to be known about it.
fn figure(name: &str, value: &str, more: &str, is_bad: bool) -> Markup {
    html! {
        div.bad[is_bad] { dt { (name) } dd { (value) small { (more) } } }
    }
}

fn figures(report: &Report) -> Markup {
    use super::posture::Standing;
    html! {
        dl.figures {
            @match &report.posture {
                Some(posture) => {
                    (figure(
                        "Domains",
                        &posture.domains.len().to_string(),
                        &format!("{} governed, in {}", posture.governed(), counted(posture.accounts.len(), "account")),
                        false,
                    ))
                    @let off = posture.count(Standing::Off) + posture.count(Standing::Missing);
                    (figure(
                        "Off the baseline now",
                        &off.to_string(),
                        &format!("{} exempt", posture.count(Standing::Exempt)),
                        off > 0,
                    ))
                    @if let Some([asked, not, unknown]) = posture.asked() {
                        (figure(
                            "Endpoints not as Cognito reports",
                            &not.to_string(),
                            &format!("of {asked} asked; {unknown} not known"),
                            not > 0,
                        ))
                    }
                }
                None => (figure("Domains", "not known", "the live domains were not read", false)),
            }
            @match &report.history {
                Some(history) => (of_history(history)),
                None => (figure("Incidents", "not known", "there are no records", false)),
            }
            @if let Some(findings) = &report.doctor {
                @let fix = findings.iter().filter(|one| one.verdict == VerdictWord::Fix).count();
                @let alarms = match &report.alarms {
                    Some(all) => format!("{} of {} on", count_alarms(all, AlarmState::Alarm), counted(all.len(), "alarm")),
                    None => "the state of its alarms is not known".to_owned(),
                };
                (figure(
                    "Found by guardctl doctor",
                    &counted(fix, "problem"),
                    &format!("in {}; {alarms}", counted(findings.len(), "check")),
                    fix > 0,
                ))
            }
        }
    }
}

fn of_history(history: &Recorded) -> Markup {
    let open = history.count(|state| Look::of(state) == Look::Bad);
    let took = |distribution: &Option<Distribution>| match distribution {
        Some(of) => (
            length(of.median),
            format!("95 % within {}, the longest {}", length(of.p95), length(of.max)),
        ),
        None => ("none measured".to_owned(), "no revert was seen in effect".to_owned()),
    };
    let (median, more) = took(&history.to_effect);
    html! {
        (figure(
            "Incidents",
            &history.incidents.len().to_string(),
            &format!("{} over", history.count(super::incident::State::is_over)),
            false,
        ))
        (figure("Open, refused or failed", &open.to_string(), "at the end of the records", open > 0))
        (figure("Median time off the baseline", &median, &more, false))
        @if let Some(sweeps) = &history.sweeps {
            (figure("Sweeps", &sweeps.done.to_string(), &due(sweeps), sweeps.due.is_some_and(|due| due > sweeps.done)))
        }
        @if let Some(coverage) = &history.coverage {
            (figure(
                "Accounts and regions covered",
                &format!("{} of {}", coverage.covered, coverage.places),
                &counted(coverage.accounts, "account"),
                coverage.not_covered > 0,
            ))
        }
    }
}

fn due(sweeps: &Sweeps) -> String {
    match (sweeps.due, sweeps.interval) {
        (Some(due), Some(interval)) => format!("of {due} due, one every {}", length(interval)),
        (Some(_), None) | (None, _) => "too few to say how many were due".to_owned(),
    }
}

fn sections(report: &Report) -> Markup {
    let window = window(report);
    html! {
        section aria-labelledby="posture" {
            (heading("posture", "Domains now"))
            @match &report.posture {
                Some(posture) => (tables::posture(posture)),
                None => (note("The live domains were not read.")),
            }
        }
        @match &report.history {
            Some(history) => {
                section aria-labelledby="incidents" {
                    (heading("incidents", "Incidents"))
                    (incidents(history, window))
                }
                section aria-labelledby="times" {
                    (heading("times", "How long it took"))
                    (times(history))
                }
                section aria-labelledby="actors" {
                    (heading("actors", "Who, and with what tool"))
                    (tables::actors(history))
                }
            }
            None => {
                @for (id, name) in [("incidents", "Incidents"), ("times", "How long it took"), ("actors", "Who")] {
                    section aria-labelledby=(id) {
                        (heading(id, name))
                        (note("Not known: there are no records of the window."))
                    }
                }
            }
        }
        section aria-labelledby="exceptions" {
            (heading("exceptions", "Exceptions"))
            (exceptions(report))
        }
        section aria-labelledby="health" {
            (heading("health", "The guard itself"))
            (health(report, window))
        }
        section aria-labelledby="in-force" {
            (heading("in-force", "Baselines in force"))
            (in_force(report, window))
        }
        section aria-labelledby="sources" {
            (heading("sources", "How each figure was obtained"))
            (tables::sources(report))
        }
    }
}

fn window(report: &Report) -> [OffsetDateTime; 2] {
    let at = |text: &str| when::from_text(text).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    [at(&report.since), at(&report.until)]
}

fn incidents(history: &Recorded, window: [OffsetDateTime; 2]) -> Markup {
    if history.incidents.is_empty() {
        return note("The records of the window have no incident.");
    }
    let skipped = history.incidents.len().saturating_sub(MOST_MARKS);
    let shown: Vec<&Incident> = history.incidents.iter().skip(skipped).collect();
    let description = format!(
        "{}. Across: when each began. Up: how long the domain was off its baseline, in a logarithmic scale. The \
         table below has each.",
        counted(shown.len(), "incident")
    );
    html! {
        (region("Chart: incidents", html! {
            figure {
                (charts::time_line(
                    "Incidents by when they began and how long they lasted",
                    &description,
                    &shown,
                    window,
                    |one| format!("{} {}: {}, {}", moment_text(&one.opened_at), one.domain, one.state.label(), duration(one)),
                ))
            }
        }))
        ul.legend {
            li { (Look::Over.sample()) "over" }
            li { (Look::Allowed.sample()) "allowed, paused, audited, or reverted and not yet seen in effect" }
            li { (Look::Bad.sample()) "open, refused, failed or not covered" }
        }
        p.quiet {
            "An incident lasts from the change to the look that saw it undone in effect ("
            code { "seconds_to_effect" } "). Of one that is not over, it is the age at the last look that saw it off its baseline. \
             Of what a sweep found, the time of the change is not known."
            @if skipped > 0 { " The chart leaves out the " (counted(skipped, "oldest incident")) "." }
        }
        (tables::incidents(history, MOST_ROWS))
        (tables::happenings(history))
    }
}

fn times(history: &Recorded) -> Markup {
    let each = [
        ("to-revert", "From the change until Cognito accepted the revert", &history.to_revert),
        ("to-effect", "From the change until it was seen in effect", &history.to_effect),
    ];
    html! {
        @for (id, name, distribution) in each {
            h3 { (name) }
            @match distribution {
                Some(of) => {
                    @let summary = format!(
                        "{}: half within {}, 95 % within {}, the longest {}",
                        counted(of.count, "incident"), length(of.median), length(of.p95), length(of.max)
                    );
                    (region(&format!("Chart: {name}"), html! {
                        figure { (charts::histogram(id, name, &steps(of), of)) figcaption { (summary) "." } }
                    }))
                }
                None => (note("None was measured.")),
            }
        }
        (note("One revert can end several incidents of a domain: the first time is then that of one of them."))
    }
}

/// The bars of a histogram, for who does not see them.
fn steps(of: &Distribution) -> String {
    let each = of.steps.iter().filter(|step| step.count > 0);
    let each: Vec<_> = each.map(|step| format!("{}: {}", step.label, step.count)).collect();
    each.join(", ")
}

fn exceptions(report: &Report) -> Markup {
    html! {
        h3 { "Exemptions of the baseline" }
        @match &report.exemptions {
            Some(all) if all.is_empty() => (note("The baseline has none.")),
            Some(all) => (tables::exemptions(all)),
            None => (note("Not known: no baseline was given.")),
        }
        h3 { "Overrides" }
        @match &report.history {
            Some(history) if history.overrides.is_empty() => {
                (note("The records of the window have no override."))
            }
            Some(history) => (tables::overrides(history)),
            None => (note("Not known: there are no records of the window.")),
        }
    }
}

fn health(report: &Report, window: [OffsetDateTime; 2]) -> Markup {
    html! {
        @match &report.history {
            Some(history) => {
                h3 { "Sweeps" }
                @match &history.sweeps {
                    Some(sweeps) => (of_sweeps(sweeps, window)),
                    None => (note("The records of the window have no sweep.")),
                }
                h3 { "Accounts and regions" }
                @match &history.coverage {
                    Some(coverage) => (of_coverage(coverage)),
                    None => (note("The records have no sweep of an organization: the guard works in its own account and region.")),
                }
                @if let Some(places) = &report.places { (of_places(places)) }
                h3 { "Events and notices" }
                p {
                    (counted(history.events, "event")) " handled, each recheck counted, of which " (history.brought_back)
                    " left something to do and came back. "
                    (counted(history.notices, "notice")) ", of which the topic refused " (history.undelivered) ". "
                    @let imposters = history.imposters();
                    @if imposters > 0 {
                        strong.bad { (counted(imposters, "change")) " by others with the guard's role." }
                    } @else { "No change by others with the guard's role." }
                }
            }
            None => {
                (note("Not known: there are no records of the window."))
                @if let Some(places) = &report.places {
                    h3 { "Accounts and regions" }
                    (of_places(places))
                }
            }
        }
        h3 { "Alarms" }
        @match &report.alarms {
            Some(alarms) => (of_alarms(alarms)),
            None => (note("The state of the guard's alarms is not known.")),
        }
        h3 { "What guardctl doctor found" }
        @match &report.doctor {
            Some(findings) => (of_doctor(findings)),
            None => (note("The guard was not examined.")),
        }
    }
}

fn of_sweeps(sweeps: &Sweeps, window: [OffsetDateTime; 2]) -> Markup {
    let last = &sweeps.last;
    html! {
        (region("Chart: sweeps", html! {
            figure {
                (charts::days(
                    "Sweeps on each day",
                    &format!("{}. A low red mark is a day without one in the records.", sweeps.in_words()),
                    &sweeps.days,
                    window,
                ))
                figcaption {
                    (sweeps.in_words()) "; " (sweeps.complete) " saw everything. The longest time without one was "
                    (length(sweeps.longest_gap)) ", from " (moment(&sweeps.longest_gap_from))
                    ". A low red mark is a day without one in the records."
                }
            }
        }))
        p {
            "The last one ended at " (moment(&last.at)) " and saw " (counted(last.pools, "user pool")) " and "
            (counted(last.domains, "domain")) ": " (last.governed) " governed, " (last.drifted)
            " off the baseline, " (last.unknown) " could not be read."
            @if !last.missing.is_empty() { " Declared, but there is none: " (last.missing.join(", ")) "." }
            @if !last.ungoverned.is_empty() { " Governed by nothing: " (last.ungoverned.join(", ")) "." }
        }
    }
}

fn of_coverage(coverage: &Coverage) -> Markup {
    html! {
        p {
            "At " (moment(&coverage.at)) ", of " (counted(coverage.places, "place")) " (an account and a region each) in "
            (counted(coverage.accounts, "account")) ": " (coverage.covered) " covered, "
            (coverage.not_covered) " not covered, " (coverage.unknown) " unknown."
        }
        @if !coverage.gaps.is_empty() { (tables::gaps(coverage)) }
    }
}

/// What the doctor saw through the reader role of each place, beside what the last sweep counted.
fn of_places(places: &[OfPlace]) -> Markup {
    let covered = count_places(places, Covers::Covered);
    html! {
        p {
            (html! { code { "guardctl doctor" } }) " looked at " (counted(places.len(), "place")) " beside the guard's own: "
            (places_in_words(places)) "."
        }
        @if covered < places.len() { (tables::places(places)) }
    }
}

fn of_alarms(alarms: &[Alarm]) -> Markup {
    html! {
        p { (counted(alarms.len(), "alarm")) " of CloudWatch: " (alarms_in_words(alarms)) "." }
        @if !alarms.is_empty() { (tables::alarms(alarms)) }
    }
}

fn of_doctor(findings: &[Finding]) -> Markup {
    let ok = findings.iter().filter(|one| one.verdict == VerdictWord::Ok).count();
    html! {
        p { (ok) " of " (counted(findings.len(), "check")) " are in order." }
        @if ok < findings.len() { (tables::doctor(findings)) }
    }
}

fn in_force(report: &Report, window: [OffsetDateTime; 2]) -> Markup {
    let Some(history) = &report.history else {
        return note("Not known: there are no records of the window.");
    };
    if history.baselines.is_empty() {
        return note("The records of the window name no baseline.");
    }
    let description = format!(
        "{}, each from the first to the last event that was handled by it. The table below has each.",
        counted(history.baselines.len(), "baseline")
    );
    html! {
        (region("Chart: baselines in force", html! {
            figure { (charts::periods("Baselines in force", &description, &history.baselines, window)) }
        }))
        (tables::in_force(history))
    }
}
