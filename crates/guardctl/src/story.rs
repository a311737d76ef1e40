//! The story of one replayed event: for a person at a glance, or as JSON.

use std::sync::Arc;

use cognito_domain_guard::domain::{Attribute, CustomDomain, Domain, Hosting};
use cognito_domain_guard::plan::{AttributeValue, Decision, Plan};
use cognito_domain_guard::report::{DomainReport, Outcome};
use cognito_domain_guard::text::harmless;
use cognito_domain_guard::trigger::{Change, Origin};
use cognito_domain_guard_sandbox::{Call, Journal, JournalEntry, World};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use guardctl::page;

const INDENT: usize = 21;

/// What happened at one point of virtual time.
pub(crate) struct Moment {
    at: Option<OffsetDateTime>,
    lines: Vec<(&'static str, String)>,
    /// Looks that only found Cognito still busy are told once.
    repeats: Option<String>,
    data: Value,
}

impl Moment {
    pub(crate) fn not_matched() -> Self {
        Self {
            at: None,
            lines: vec![(
                "RULE",
                "the EventBridge rule does not let this event through; invoked directly instead"
                    .to_owned(),
            )],
            repeats: None,
            data: json!({ "rule": "no match" }),
        }
    }
}

pub(crate) struct Story {
    file: String,
    start: OffsetDateTime,
    pub change: Option<Change>,
    pub moments: Vec<Moment>,
    /// Each domain at the end, and whether it is at its baseline.
    pub ends: Vec<(String, Option<Domain>, bool)>,
    dead_letters: usize,
    ignored: bool,
}

impl Story {
    pub(crate) fn new(file: &str, start: OffsetDateTime) -> Self {
        Self {
            file: file.to_owned(),
            start,
            change: None,
            moments: Vec::new(),
            ends: Vec::new(),
            dead_letters: 0,
            ignored: false,
        }
    }

    pub(crate) fn ended_at_baseline(&self) -> bool {
        self.dead_letters == 0 && self.ends.iter().all(|(_, _, at_baseline)| *at_baseline)
    }

    /// Takes down what the world and the guard's journal saw.
    pub(crate) fn tell(
        &mut self,
        before: Vec<Domain>,
        after_change: Vec<Domain>,
        world: &World,
        calls: &[Arc<Call>],
        journal: &Journal,
        dead_letters: usize,
    ) {
        self.dead_letters = dead_letters;
        if let Some(change) = &self.change {
            let moment = change_moment(self.start, change, &before, &after_change);
            self.moments.insert(0, moment);
        }
        let published = world.published();
        journal.read(|entries| {
            for entry in entries {
                self.ignored |= entry
                    .reports
                    .iter()
                    .flat_map(|report| &report.outcomes)
                    .any(|outcome| outcome.outcome == Outcome::Ignored);
                let mut moment = entry_moment(entry, calls);
                for notice in published.iter().filter(|p| p.at >= entry.at && p.at <= entry.ended) {
                    let record: Value =
                        serde_json::from_str(&notice.body_for("default")).unwrap_or_default();
                    let kind = record.get("kind").and_then(Value::as_str).unwrap_or_default();
                    let subject = notice.subject.as_deref().unwrap_or_default();
                    moment.lines.push(("NOTICE", format!("{kind}: {subject}")));
                    push(&mut moment.data, "notices", record);
                }
                moment.lines.push(("REPORT", result(entry)));
                self.moments.push(moment);
            }
        });
        if dead_letters > 0 {
            self.moments.push(Moment {
                at: Some(world.now()),
                lines: vec![(
                    "DEAD LETTER",
                    "90 looks were not enough: the event waits in the dead-letter queue, and an \
                     alarm says so"
                        .to_owned(),
                )],
                repeats: None,
                data: json!({ "dead_letters": dead_letters }),
            });
        }
    }

    pub(crate) fn render(&self) -> String {
        let mut out = format!("{}\n", harmless(&self.file));
        let mut repeated = 0_usize;
        for (number, moment) in self.moments.iter().enumerate() {
            let next_repeats = self
                .moments
                .get(number + 1)
                .is_some_and(|next| next.repeats.is_some() && next.repeats == moment.repeats);
            let was_told = number
                .checked_sub(1)
                .and_then(|before| self.moments.get(before))
                .is_some_and(|before| before.repeats.is_some() && before.repeats == moment.repeats);
            if was_told {
                repeated += 1;
                if !next_repeats {
                    let looks = if repeated == 1 {
                        "1 more look".into()
                    } else {
                        format!("{repeated} more looks")
                    };
                    block(
                        &mut out,
                        &self.clock(moment.at),
                        "",
                        &format!("... {looks}, each minute: the same"),
                    );
                    repeated = 0;
                }
                continue;
            }
            out.push('\n');
            let mut clock = self.clock(moment.at);
            for (label, text) in &moment.lines {
                block(&mut out, &clock, label, text);
                clock.clear();
            }
        }
        out.push('\n');
        for (name, domain, at_baseline) in &self.ends {
            let state = match domain {
                Some(domain) => describe(domain),
                None => "there is no such domain".to_owned(),
            };
            block(&mut out, "at the end", name, &state);
            let verdict = match (at_baseline, domain) {
                (true, _) if self.ignored => "nothing to do",
                (true, _) => "at its baseline",
                (false, Some(_)) => "NOT at its baseline",
                (false, None) => "gone; the guard never creates one",
            };
            block(&mut out, "", "", &format!("=> {verdict}"));
        }
        out
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "event": self.file,
            "timeline": self.moments.iter().map(|moment| {
                let mut data = moment.data.clone();
                if let (Some(at), Some(object)) = (moment.at, data.as_object_mut()) {
                    object.insert("at".into(), json!(at.format(&Rfc3339).unwrap_or_default()));
                }
                data
            }).collect::<Vec<_>>(),
            "domains": self.ends.iter().map(|(name, domain, at_baseline)| json!({
                "domain": name,
                "state": domain.as_ref().map(domain_json),
                "at_baseline": at_baseline,
            })).collect::<Vec<_>>(),
            "dead_letters": self.dead_letters,
            "ended_at_baseline": self.ended_at_baseline(),
        })
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

fn change_moment(
    at: OffsetDateTime,
    change: &Change,
    before: &[Domain],
    after: &[Domain],
) -> Moment {
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
            None => lines.push(("", format!("{} is new: {}", domain.name, describe(domain)))),
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
    let data = json!({
        "change": {
            "event_id": change.event_id,
            "call": change.call.event_name(),
            "actor": actor.name,
            "via": via.tool,
            "source_ip": actor.source_ip,
            "before": before.iter().map(domain_json).collect::<Vec<_>>(),
            "after": after.iter().map(domain_json).collect::<Vec<_>>(),
        }
    });
    Moment { at: Some(at), lines, repeats: None, data }
}

fn entry_moment(entry: &JournalEntry, calls: &[Arc<Call>]) -> Moment {
    let receives = entry
        .payload
        .pointer("/Records/0/attributes/ApproximateReceiveCount")
        .and_then(Value::as_str);
    let own = entry
        .payload
        .pointer("/detail/userIdentity/inScopeOf/credentialsIssuedTo")
        .and_then(Value::as_str)
        .is_some_and(|function| function.ends_with("cognito-domain-guard-GuardFunction"));
    let what = match receives {
        Some(count) => format!("the recheck queue brings the event back (receipt {count})"),
        None if own => "EventBridge brings the event of the guard's own update".to_owned(),
        None => "the event reaches the guard".to_owned(),
    };
    let mut lines = vec![("EVENT", what)];
    let mut data = json!({ "calls": [], "notices": [], "reports": entry.reports });
    for outcome in entry.reports.iter().flat_map(|report| &report.outcomes) {
        look_lines(outcome, &mut lines);
    }
    for call in calls.get(entry.calls.clone()).unwrap_or_default() {
        let answer = match &call.outcome {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{}: {}", error.code, error.message),
        };
        lines.push(("CALL", format!("{} -> {answer}", call.action)));
        push(&mut data, "calls", json!({ "action": call.action.to_string(), "answer": answer }));
    }
    let repeats = match entry.reports.as_slice() {
        [report] if receives.is_some() => match report.outcomes.as_slice() {
            [only] if only.outcome == Outcome::Held && only.notices.is_empty() => {
                Some(format!("{:?}", only.domain))
            }
            _ => None,
        },
        _ => None,
    };
    Moment { at: Some(entry.at), lines, repeats, data }
}

fn look_lines(outcome: &DomainReport, lines: &mut Vec<(&'static str, String)>) {
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
            Some(domain) => format!("{name} {}", describe(domain)),
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
        Decision::AuditOnly => "audit: tell, and change nothing".to_owned(),
        Decision::Unmanaged => "unmanaged: the baseline declares nothing for it".to_owned(),
        Decision::Gone => "gone: there is nothing to put back".to_owned(),
    }
}

fn result(entry: &JournalEntry) -> String {
    let outcomes: Vec<String> = entry
        .reports
        .iter()
        .flat_map(|report| &report.outcomes)
        .map(|outcome| outcome.outcome.as_str().to_owned())
        .collect();
    let outcomes = if outcomes.is_empty() { "nothing".to_owned() } else { outcomes.join(", ") };
    let unsettled = entry.reports.iter().find_map(|report| report.unsettled());
    match unsettled {
        Some(unsettled) => format!(
            "{outcomes}; ends in {}, so the recheck queue brings it back in a minute",
            unsettled.error_type.as_str()
        ),
        None => format!("{outcomes}; settled"),
    }
}

fn differences(was: &Domain, is: &Domain) -> Vec<String> {
    let (was, is) = (facts(was), facts(is));
    was.iter()
        .zip(&is)
        .filter(|(was, is)| was != is)
        .map(|(was, is)| format!("{} {} -> {}", was.attribute, was.value, is.value))
        .collect()
}

/// One attribute of a domain.
#[derive(PartialEq)]
struct Fact {
    attribute: Attribute,
    value: AttributeValue,
}

/// All that there is to a domain, in the order in which attributes are reported.
fn facts(domain: &Domain) -> [Fact; Attribute::ALL.len()] {
    let Domain { name: _, user_pool_id: _, account: _, status: _, hosting, managed_login_version } =
        domain;
    let [policy, routing, certificate] = match hosting {
        Hosting::Prefix => [AttributeValue::None, AttributeValue::None, AttributeValue::None],
        Hosting::Custom(CustomDomain { certificate_arn, security_policy, failover }) => {
            [security_policy.into(), failover.into(), certificate_arn.into()]
        }
    };
    let login = managed_login_version.into();
    [
        Fact { attribute: Attribute::SecurityPolicy, value: policy },
        Fact { attribute: Attribute::Routing, value: routing },
        Fact { attribute: Attribute::ManagedLoginVersion, value: login },
        Fact { attribute: Attribute::CertificateArn, value: certificate },
    ]
}

fn describe(domain: &Domain) -> String {
    let kind = match domain.hosting {
        Hosting::Prefix => ", prefix domain",
        Hosting::Custom(_) => "",
    };
    let facts: Vec<String> = facts(domain).iter().filter_map(Fact::in_short).collect();
    format!("{}{kind}: {}", domain.status, facts.join(", "))
}

impl Fact {
    /// In a line about a whole domain: nothing that is not there, and nothing that would fill the line.
    fn in_short(&self) -> Option<String> {
        let value = match (self.attribute, &self.value) {
            (Attribute::CertificateArn, _) | (_, AttributeValue::None) => return None,
            (_, AttributeValue::Failover(failover)) => {
                format!("failover to {}", failover.secondary_region)
            }
            (_, value @ (AttributeValue::Text(_) | AttributeValue::Version(_))) => {
                value.to_string()
            }
        };
        Some(format!("{} {value}", self.attribute))
    }
}

fn domain_json(domain: &Domain) -> Value {
    let mut object = serde_json::Map::new();
    object.insert("domain".into(), json!(domain.name));
    object.insert("user_pool_id".into(), json!(domain.user_pool_id));
    object.insert("status".into(), json!(domain.status.as_str()));
    for Fact { attribute, value } in facts(domain) {
        object.insert(attribute.to_string(), json!(value.to_string()));
    }
    Value::Object(object)
}

fn push(data: &mut Value, name: &str, value: Value) {
    if let Some(list) = data.get_mut(name).and_then(Value::as_array_mut) {
        list.push(value);
    }
}

/// One labelled line, wrapped under itself.
fn block(out: &mut String, clock: &str, label: &str, text: &str) {
    page::wrapped(out, &format!("{clock:>6}  {:<11}  ", harmless(label)), INDENT, &harmless(text));
}
