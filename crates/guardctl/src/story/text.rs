//! A story for a person, at a glance.

use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::memory::ErrorType;
use cognito_domain_guard::plan::{Decision, Plan};
use cognito_domain_guard::report::{DomainReport, Outcome, Report, Unsettled};
use cognito_domain_guard::text::{counted, harmless};
use cognito_domain_guard::trigger::Origin;
use cognito_domain_guard_sandbox::Call;
use guardctl::facts::{facts, in_short};
use guardctl::page;
use time::OffsetDateTime;

use super::{Changed, End, Looked, Moment, Story, WokenBy};

const INDENT: usize = 21;

/// A label, and what is said under it.
type Line = (&'static str, String);

impl Story {
    pub(crate) fn render(&self) -> String {
        let mut out = format!("{}\n", harmless(&self.file));
        let mut moments = self.moments.iter().peekable();
        while let Some(moment) = moments.next() {
            out.push('\n');
            let mut clock = self.clock(moment.at());
            for (label, text) in moment.lines() {
                block(&mut out, &clock, label, &text);
                clock.clear();
            }
            let (mut more, mut last) = (0_usize, None);
            while let Some(next) = moments.next_if(|next| next.repeats(moment)) {
                (more, last) = (more + 1, next.at());
            }
            if more > 0 {
                let looks = counted(more, "more look");
                block(
                    &mut out,
                    &self.clock(last),
                    "",
                    &format!("... {looks}, each minute: the same"),
                );
            }
        }
        out.push('\n');
        for end in &self.ends {
            let End { name, domain, at_baseline } = end;
            let state = match domain {
                Some(domain) => in_short(domain),
                None => "there is no such domain".to_owned(),
            };
            block(&mut out, "at the end", name, &state);
            let verdict = match (at_baseline, domain) {
                (true, _) if self.was_ignored() => "nothing to do",
                (true, _) => "at its baseline",
                (false, Some(_)) => "NOT at its baseline",
                (false, None) => "gone; the guard never creates one",
            };
            block(&mut out, "", "", &format!("=> {verdict}"));
        }
        out
    }

    fn was_ignored(&self) -> bool {
        let outcomes = self.moments.iter().flat_map(|moment| match moment {
            Moment::Look(look) => look.reports.as_slice(),
            Moment::Change(_) | Moment::NotMatched | Moment::DeadLetter { .. } => &[],
        });
        outcomes
            .flat_map(|report| &report.outcomes)
            .any(|outcome| outcome.outcome == Outcome::Ignored)
    }

    /// Minutes and seconds since the change.
    fn clock(&self, at: Option<OffsetDateTime>) -> String {
        let Some(at) = at else {
            return String::new();
        };
        let seconds = (at - self.start).whole_seconds();
        format!("+{}:{:02}", seconds / 60, seconds % 60)
    }
}

impl Moment {
    fn at(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Change(changed) => Some(changed.at),
            Self::Look(Looked { at, .. }) | Self::DeadLetter { at, .. } => Some(*at),
            Self::NotMatched => None,
        }
    }

    fn repeats(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Look(look), Self::Look(before)) => look.repeats(before),
            (Self::Look(_) | Self::Change(_) | Self::NotMatched | Self::DeadLetter { .. }, _) => {
                false
            }
        }
    }

    fn lines(&self) -> Vec<Line> {
        match self {
            Self::Change(changed) => change_lines(changed),
            Self::NotMatched => vec![(
                "RULE",
                "the EventBridge rule does not let this event through; invoked directly instead"
                    .to_owned(),
            )],
            Self::Look(looked) => look_lines(looked),
            Self::DeadLetter { at: _, messages: _ } => vec![(
                "DEAD LETTER",
                "90 looks were not enough: the event waits in the dead-letter queue, and an alarm \
                 says so"
                    .to_owned(),
            )],
        }
    }
}

fn change_lines(Changed { at: _, change, before, after }: &Changed) -> Vec<Line> {
    let actor = &change.actor;
    let via = actor.via();
    let claim = via.said_by.claim();
    let from = actor.source_ip.as_deref().map(|ip| format!(" from {ip}")).unwrap_or_default();
    let whose = match change.origin {
        Origin::Guard(_) => " (the guard's own call)",
        Origin::Foreign => "",
        Origin::Imposter(_) => " (by somebody else with the guard's role)",
    };
    let mut lines = vec![(
        "CHANGE",
        format!(
            "{} by {} with {}{claim}{from}{whose}",
            change.call.event_name(),
            actor.name,
            via.tool
        ),
    )];
    for domain in before.iter().filter(|domain| !after.iter().any(|a| a.name == domain.name)) {
        lines.push(("", format!("{} is gone", domain.name)));
    }
    for domain in after {
        match before.iter().find(|b| b.name == domain.name) {
            None => lines.push(("", format!("{} is new: {}", domain.name, in_short(domain)))),
            Some(was) => {
                let differences = differences(was, domain);
                if differences.is_empty() && was.status != domain.status {
                    lines.push(("", format!("{}: nothing that differs", domain.name)));
                }
                for difference in differences {
                    lines.push(("", format!("{}: {difference}", domain.name)));
                }
            }
        }
    }
    if before == after {
        lines.push(("", "the record does not say what was changed, so nothing is".to_owned()));
    }
    lines
}

fn differences(was: &Domain, is: &Domain) -> Vec<String> {
    let (was, is) = (facts(was), facts(is));
    was.iter()
        .zip(&is)
        .filter(|(was, is)| was != is)
        .map(|(was, is)| format!("{} {} -> {}", was.attribute, was.value, is.value))
        .collect()
}

fn look_lines(Looked { at: _, woken_by, reports, calls, notices }: &Looked) -> Vec<Line> {
    let what = match woken_by {
        WokenBy::Queue { receives: Some(receives) } => {
            format!("the recheck queue brings the event back (receipt {receives})")
        }
        WokenBy::Queue { receives: None } => "the recheck queue brings the event back".to_owned(),
        WokenBy::Person => "somebody invokes the guard with the event".to_owned(),
        WokenBy::OwnUpdate => "EventBridge brings the event of the guard's own update".to_owned(),
        WokenBy::Event => "the event reaches the guard".to_owned(),
    };
    let mut lines = vec![("EVENT", what)];
    for outcome in reports.iter().flat_map(|report| &report.outcomes) {
        outcome_lines(outcome, &mut lines);
    }
    for Unsettled { error_type, message } in reports.iter().filter_map(Report::unsettled) {
        if error_type == ErrorType::Unreadable {
            lines.push(("DECIDED", format!("cannot be read: {message}")));
        }
    }
    for call in calls {
        lines.push(("CALL", format!("{} -> {}", call.action, answer(call))));
    }
    for notice in notices {
        lines.push(("NOTICE", format!("{}: {}", notice.record.kind.as_str(), notice.subject)));
    }
    lines.push(("REPORT", result(reports, *woken_by)));
    lines
}

/// What AWS answered, in a line.
pub(super) fn answer(call: &Call) -> String {
    match &call.outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{}: {}", error.code, error.message),
    }
}

fn outcome_lines(outcome: &DomainReport, lines: &mut Vec<Line>) {
    let Some(look) = &outcome.look else {
        if let Some(reason) = &outcome.reason {
            lines.push(("DECIDED", format!("{}: {reason}", outcome.outcome.as_str())));
        }
        return;
    };
    let name = outcome.domain.as_deref().unwrap_or_default();
    lines.push((
        "OBSERVED",
        match &look.observed {
            Some(domain) => format!("{name} {}", in_short(domain)),
            None => format!("there is no {name}"),
        },
    ));
    for drift in &look.plan.assessment.drifts {
        lines.push((
            "BASELINE",
            format!(
                "{}: {} (line {}); observed {}",
                drift.attribute, drift.declared, drift.position.line, drift.observed
            ),
        ));
    }
    for exempt in &look.plan.assessment.exempt {
        lines.push((
            "EXEMPT",
            format!(
                "{} {} until {}: {}",
                exempt.drift.attribute,
                exempt.drift.observed,
                exempt.until.date(),
                exempt.reason
            ),
        ));
    }
    lines.push(("DECIDED", decided(&look.plan, outcome)));
}

fn decided(plan: &Plan, outcome: &DomainReport) -> String {
    let reason = outcome.reason.as_deref().unwrap_or_default();
    match &plan.decision {
        Decision::InSync => "in sync: nothing to do".to_owned(),
        Decision::Restored => "restored: at its baseline, and in effect".to_owned(),
        Decision::NotRestored => {
            "not restored: off its baseline after the guard's update; own events never write"
                .to_owned()
        }
        Decision::Update(update) => {
            let changes: Vec<String> = update
                .changes
                .iter()
                .map(|drift| format!("{} {} -> {}", drift.attribute, drift.observed, drift.desired))
                .collect();
            format!("update: {}; everything else goes back as observed", changes.join(", "))
        }
        Decision::Hold(_) => format!("hold: {reason}"),
        Decision::Refuse(_) => format!("refuse: {reason}"),
        Decision::Exempt => "exempt: the drift is allowed for a while".to_owned(),
        Decision::AuditOnly => "audit: send a notice, and change nothing".to_owned(),
        Decision::Pause(_) => format!("paused: {reason}"),
        Decision::Withhold(_) => format!("withheld: {reason}"),
        Decision::ReadOverrides => "the overrides are to be read first".to_owned(),
        Decision::Unmanaged => "unmanaged: the baseline declares nothing for it".to_owned(),
        Decision::Gone => "gone: there is nothing to put back".to_owned(),
    }
}

fn result(reports: &[Report], woken_by: WokenBy) -> String {
    let outcomes: Vec<&str> = reports
        .iter()
        .flat_map(|report| &report.outcomes)
        .map(|outcome| outcome.outcome.as_str())
        .collect();
    let outcomes = if outcomes.is_empty() { "nothing".to_owned() } else { outcomes.join(", ") };
    let Some(unsettled) = reports.iter().find_map(Report::unsettled) else {
        return format!("{outcomes}; settled");
    };
    let what_follows = match woken_by {
        WokenBy::Person => {
            "which only whoever invoked it hears: nothing brings the event back, and the next sweep looks \
             again"
        }
        WokenBy::Event | WokenBy::OwnUpdate | WokenBy::Queue { .. } => {
            "so the recheck queue brings it back in a minute"
        }
    };
    format!("{outcomes}; ends in {}, {what_follows}", unsettled.error_type.as_str())
}

/// One labelled line, wrapped under itself.
fn block(out: &mut String, clock: &str, label: &str, text: &str) {
    page::wrapped(out, &format!("{clock:>6}  {:<11}  ", harmless(label)), INDENT, &harmless(text));
}
