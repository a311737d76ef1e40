//! The report's charts, as SVG inside the page. What a chart shows, a table beside it says too.

use std::collections::BTreeMap;

use cognito_domain_guard::when;
use maud::{Markup, html};
use time::{Date, Duration, OffsetDateTime};

use super::history::InForce;
use super::incident::{Incident, State};
use super::numbers::Distribution;

/// What a chart is drawn in; the page scales it.
const WIDTH: f64 = 760.0;
/// The same of two charts that stand beside each other.
const HALF: f64 = 560.0;
/// Where rows begin: their labels are before it.
const LABELS: f64 = 190.0;
const ROW: f64 = 26.0;

/// A part of a bar.
pub struct Part {
    pub class: &'static str,
    pub label: String,
    pub count: usize,
}

/// One bar and what it is of.
pub struct Row {
    pub label: String,
    pub parts: Vec<Part>,
}

/// An image for those who see it, and a title with a description for those who do not.
fn chart(id: &str, title: &str, description: &str, size: [f64; 2], body: Markup) -> Markup {
    let [width, height] = size;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox=(format!("0 0 {width} {height}"))
            aria-labelledby=(format!("{id}-title {id}-desc")) {
            title id=(format!("{id}-title")) { (title) }
            desc id=(format!("{id}-desc")) { (description) }
            (body)
        }
    }
}

fn at(number: f64) -> String {
    format!("{number:.1}")
}

/// As a share of a length. Counts are far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts of domains and incidents")]
const fn number(count: usize) -> f64 {
    count as f64
}

/// Characters of a label that fit before a row.
fn shortened(text: &str) -> String {
    const MOST: usize = 27;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

/// Bars below each other, each of parts beside each other, all in one scale.
pub fn bars(id: &str, title: &str, description: &str, rows: &[Row]) -> Markup {
    let total = |row: &Row| row.parts.iter().map(|part| part.count).sum::<usize>();
    let most = number(rows.iter().map(total).max().unwrap_or(0).max(1));
    let scale = (HALF - LABELS - 50.0) / most;
    let body = html! {
        @for (nth, row) in rows.iter().enumerate() {
            @let y = number(nth) * ROW + 4.0;
            text x=(at(LABELS - 10.0)) y=(at(y + 14.0)) text-anchor="end" {
                (shortened(&row.label))
            }
            @let mut x = LABELS;
            @for part in row.parts.iter().filter(|part| part.count > 0) {
                @let width = number(part.count) * scale;
                rect.(part.class).edge x=(at(x)) y=(at(y)) width=(at(width)) height="18" {
                    title { (part.label) ": " (part.count) }
                }
                ({ x += width; "" })
            }
            text.q x=(at(x + 6.0)) y=(at(y + 14.0)) { (total(row)) }
        }
    };
    chart(id, title, description, [HALF, number(rows.len()) * ROW + 8.0], body)
}

/// The shape and colour of an incident's mark.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Over,
    Allowed,
    Bad,
}

impl Look {
    pub const fn of(state: State) -> Self {
        match state {
            State::Restored | State::EndedItself | State::Deleted => Self::Over,
            State::Allowed | State::Paused | State::Audited | State::Reverted => Self::Allowed,
            State::Refused | State::Failed | State::NotCovered | State::Open => Self::Bad,
        }
    }

    pub const fn class(self) -> &'static str {
        match self {
            Self::Over => "good",
            Self::Allowed => "allowed",
            Self::Bad => "bad",
        }
    }

    /// Three shapes, since not everybody sees three colours.
    fn mark(self, x: f64, y: f64, what: &str) -> Markup {
        html! {
            @match self {
                Self::Over => circle.f-good.edge cx=(at(x)) cy=(at(y)) r="5" { title { (what) } },
                Self::Allowed => {
                    rect.f-allowed.edge x=(at(x - 4.5)) y=(at(y - 4.5)) width="9" height="9" {
                        title { (what) }
                    }
                }
                Self::Bad => {
                    path.f-bad.edge d=(format!(
                        "M{:.1} {:.1}l6 11h-12z", x, y - 6.5
                    )) { title { (what) } }
                }
            }
        }
    }

    /// The mark alone, for a legend.
    pub fn sample(self) -> Markup {
        html! {
            svg viewBox="0 0 14 14" aria-hidden="true" focusable="false" { (self.mark(7.0, 7.0, "")) }
        }
    }
}

/// The lines of the scale of durations, in seconds.
const SCALE: [(f64, &str); 7] = [
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3_600.0, "1 h"),
    (86_400.0, "1 d"),
    (864_000.0, "10 d"),
];

/// Incidents by when they began and how long they lasted, in a logarithmic scale. Below it those of which
/// that is not known.
pub fn time_line(
    title: &str,
    description: &str,
    incidents: &[&Incident],
    [since, until]: [OffsetDateTime; 2],
    what: impl Fn(&Incident) -> String,
) -> Markup {
    const LEFT: f64 = 74.0;
    const TOP: f64 = 14.0;
    const PLOT: f64 = 230.0;
    const UNKNOWN: f64 = TOP + PLOT + 26.0;
    let right = WIDTH - 14.0;
    let x = |time: OffsetDateTime| {
        let share = (time - since) / (until - since);
        LEFT + share.clamp(0.0, 1.0) * (right - LEFT)
    };
    let (lowest, highest) = (1.0_f64.ln(), 2_592_000.0_f64.ln());
    let y = |seconds: f64| {
        let share = (seconds.max(1.0).ln() - lowest) / (highest - lowest);
        TOP + PLOT - share.min(1.0) * PLOT
    };
    let body = html! {
        @for (seconds, label) in SCALE {
            line.grid x1=(at(LEFT)) x2=(at(right)) y1=(at(y(seconds))) y2=(at(y(seconds))) {}
            text.q x=(at(LEFT - 8.0)) y=(at(y(seconds) + 4.0)) text-anchor="end" { (label) }
        }
        line.grid x1=(at(LEFT)) x2=(at(right)) y1=(at(UNKNOWN)) y2=(at(UNKNOWN)) {}
        text.q x=(at(LEFT - 8.0)) y=(at(UNKNOWN + 4.0)) text-anchor="end" { "not known" }
        (dates([since, until], x, UNKNOWN + 26.0))
        @for incident in incidents {
            @if let Some(opened) = when::from_text(&incident.opened_at) {
                @let y = incident.seconds().map_or(UNKNOWN, |(seconds, _)| y(seconds_of(seconds)));
                (Look::of(incident.state).mark(x(opened), y, &what(incident)))
            }
        }
    };
    chart("time-line", title, description, [WIDTH, UNKNOWN + 36.0], body)
}

/// The days at which a chart has a word, evenly.
fn dates([since, until]: [OffsetDateTime; 2], x: impl Fn(OffsetDateTime) -> f64, y: f64) -> Markup {
    const LABELLED: i32 = 5;
    let step = (until - since) / LABELLED;
    html! {
        @for nth in 0..=LABELLED {
            @let time = since + step * nth;
            @let anchor = match nth { 0 => "start", LABELLED => "end", _ => "middle" };
            text.q x=(at(x(time))) y=(at(y)) text-anchor=(anchor) { (time.date()) }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a window")]
const fn seconds_of(seconds: i64) -> f64 {
    seconds as f64
}

/// How many incidents took how long.
pub fn histogram(id: &str, title: &str, description: &str, distribution: &Distribution) -> Markup {
    const PLOT: f64 = 120.0;
    let most = distribution.steps.iter().map(|step| step.count).max().unwrap_or(0).max(1);
    let width = WIDTH / number(distribution.steps.len());
    let body = html! {
        @for (nth, step) in distribution.steps.iter().enumerate() {
            @let height = number(step.count) / number(most) * PLOT;
            @let (x, y) = (number(nth) * width, 18.0 + PLOT - height);
            @if step.count > 0 {
                rect.f-mark x=(at(x + 6.0)) y=(at(y)) width=(at(width - 12.0)) height=(at(height)) {}
                text x=(at(x + width / 2.0)) y=(at(y - 5.0)) text-anchor="middle" { (step.count) }
            }
            text.q x=(at(x + width / 2.0)) y=(at(PLOT + 36.0)) text-anchor="middle" { (step.label) }
        }
        line.grid x1="0" x2=(at(WIDTH)) y1=(at(PLOT + 18.0)) y2=(at(PLOT + 18.0)) {}
    };
    chart(id, title, description, [WIDTH, PLOT + 46.0], body)
}

/// What was in force from when to when, a bar each.
pub fn periods(
    title: &str,
    description: &str,
    all: &[InForce],
    [since, until]: [OffsetDateTime; 2],
) -> Markup {
    let right = WIDTH - 14.0;
    let x = |time: OffsetDateTime| {
        let share = (time - since) / (until - since);
        LABELS + share.clamp(0.0, 1.0) * (right - LABELS)
    };
    let body = html! {
        @for (nth, one) in all.iter().enumerate() {
            @let y = number(nth) * ROW + 4.0;
            text x=(at(LABELS - 10.0)) y=(at(y + 14.0)) text-anchor="end" { (shortened(&one.value)) }
            @if let (Some(from), Some(to)) = (when::from_text(&one.since), when::from_text(&one.until)) {
                @let width = (x(to) - x(from)).max(3.0);
                rect.f-mark x=(at(x(from))) y=(at(y)) width=(at(width)) height="18" {}
            }
        }
        (dates([since, until], x, number(all.len()) * ROW + 20.0))
    };
    chart("baselines", title, description, [WIDTH, number(all.len()) * ROW + 28.0], body)
}

/// Days that a chart has room for.
const MOST_DAYS: i64 = 380;

/// How many sweeps ended on each day of the window. A day without a record has no bar, but a mark.
pub fn days(
    title: &str,
    description: &str,
    counts: &BTreeMap<String, usize>,
    [since, until]: [OffsetDateTime; 2],
) -> Markup {
    const PLOT: f64 = 60.0;
    let mut each: Vec<(Date, usize)> = Vec::new();
    // A window that is longer than a chart can show is drawn from its end.
    let last = until.date();
    let first = since.date().max(last.saturating_sub(Duration::days(MOST_DAYS)));
    let mut day = Some(first);
    while let Some(date) = day.filter(|date| *date <= last) {
        each.push((date, counts.get(&date.to_string()).copied().unwrap_or(0)));
        day = date.next_day();
    }
    let since = since.max(first.midnight().assume_utc());
    let most = number(each.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1));
    let width = WIDTH / number(each.len().max(1));
    let x = |time: OffsetDateTime| (time - since) / (until - since) * WIDTH;
    let body = html! {
        @for (nth, (date, count)) in each.iter().enumerate() {
            @let left = number(nth) * width;
            @if *count > 0 {
                @let height = number(*count) / most * PLOT;
                rect.f-good x=(at(left + width * 0.1)) y=(at(4.0 + PLOT - height)) width=(at(width * 0.8))
                    height=(at(height)) { title { (date) ": " (count) } }
            } @else {
                rect.f-bad x=(at(left + width * 0.1)) y=(at(PLOT)) width=(at(width * 0.8)) height="4" {
                    title { (date) ": none" }
                }
            }
        }
        (dates([since, until], x, PLOT + 22.0))
    };
    chart("sweeps", title, description, [WIDTH, PLOT + 30.0], body)
}
