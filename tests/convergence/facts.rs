//! What happened in a run, in the form in which the invariants ask for it.

use std::collections::{BTreeSet, HashMap};

use cognito_domain_guard::domain::{Domain, Status};
use cognito_domain_guard::memory::ErrorType;
use cognito_domain_guard::place::Place;
use cognito_domain_guard_sandbox::{Action, Call, Logged};
use serde_json::Value;
use time::OffsetDateTime;

use crate::history::{History, Step};
use crate::model::{Values, Wanted};
use crate::run::{Look, Trace};

/// A run, and what can be concluded from it.
pub(crate) struct Facts<'a> {
    pub(crate) history: &'a History,
    pub(crate) trace: &'a Trace,
    /// Every create, update and delete, in order.
    pub(crate) writes: Vec<Write<'a>>,
    /// Every update that the guard sent, accepted or not, in order.
    pub(crate) updates: Vec<Update<'a>>,
    /// Every notice that was published, in order.
    pub(crate) notices: Vec<Notice>,
    /// Every notice that is in the log: no topic took it, or a sweep was about to do what it says.
    pub(crate) logged: Vec<Notice>,
}

/// One call that may change a domain.
pub(crate) struct Write<'a> {
    /// Its place among all calls.
    pub(crate) nth: usize,
    pub(crate) call: &'a Call,
    pub(crate) domain: &'a str,
    pub(crate) foreign: bool,
}

impl Write<'_> {
    pub(crate) fn accepted(&self) -> bool {
        self.call.outcome.is_ok()
    }
}

/// An update that the guard sent.
pub(crate) struct Update<'a> {
    pub(crate) nth: usize,
    pub(crate) call: &'a Call,
    pub(crate) domain: &'a str,
    /// What it answers: an `eventID`, or `sweep.` and a request id.
    pub(crate) cause: String,
    pub(crate) before: Option<&'a Domain>,
    /// The describe that it was made from.
    pub(crate) described: Option<Described>,
    pub(crate) look: Option<&'a Look>,
}

impl Update<'_> {
    pub(crate) fn accepted(&self) -> bool {
        self.call.outcome.is_ok()
    }

    pub(crate) fn is_of_a_sweep(&self) -> bool {
        self.cause.starts_with("sweep.")
    }
}

/// Whether a call asked Cognito to remove a failover: the guard does not repeat that.
pub(crate) fn asks_for_no_failover(call: &Call) -> bool {
    let routing = call.request.get("Routing").and_then(Value::as_object);
    routing.is_some_and(serde_json::Map::is_empty)
}

/// What the guard was shown.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) nth: usize,
    pub(crate) at: OffsetDateTime,
    pub(crate) status: String,
    pub(crate) account: String,
    pub(crate) pool: String,
    /// Whether there is a policy in the answer.
    pub(crate) policy_shown: bool,
    pub(crate) values: Values,
}

/// A notice as systems read it.
pub(crate) struct Notice {
    pub(crate) nth: usize,
    pub(crate) kind: String,
    pub(crate) incident: String,
    pub(crate) domain: String,
    pub(crate) key: String,
    /// Whether the guard knows that it was published. It repeats one of which it does not.
    pub(crate) answered: bool,
    /// Whether it says what a sweep was about to do.
    pub(crate) is_intention: bool,
    pub(crate) record: Value,
}

impl Notice {
    fn of(nth: usize, key: String, answered: bool, is_intention: bool, record: Value) -> Self {
        Self {
            nth,
            kind: text(&record, "/kind").to_owned(),
            incident: text(&record, "/incident").to_owned(),
            domain: text(&record, "/domain").to_owned(),
            key,
            answered,
            is_intention,
            record,
        }
    }

    /// The line of a digest about that domain. One of an organization has the place before it.
    pub(crate) fn finding(&self, place: &Place, domain: &str) -> Option<&str> {
        let findings = self.record.pointer("/sweep/findings")?.as_array()?;
        let place = format!("{place}: ");
        findings.iter().filter_map(Value::as_str).find(|line| {
            let line = line.strip_prefix(&place).unwrap_or(line);
            line.strip_prefix(domain).is_some_and(|rest| rest.starts_with(' '))
        })
    }

    /// Whether it says that a sweep holds that domain back.
    pub(crate) fn holds(&self, place: &Place, domain: &str) -> bool {
        let names = self.record.pointer("/sweep/held/names").and_then(Value::as_array);
        names.into_iter().flatten().any(|name| *name == format!("{place} {domain}"))
    }
}

impl<'a> Facts<'a> {
    pub(crate) fn of(history: &'a History, trace: &'a Trace) -> Self {
        let mut states: HashMap<&str, Option<&Domain>> =
            trace.initial.iter().map(|domain| (domain.name.as_str(), Some(domain))).collect();
        let logged = trace.world.logged().into_iter().map(
            |Logged { calls, access_key_id, record, is_intention }| {
                Notice::of(calls, access_key_id, true, is_intention, record)
            },
        );
        let mut facts = Self {
            history,
            trace,
            writes: Vec::new(),
            updates: Vec::new(),
            notices: Vec::new(),
            logged: logged.collect(),
        };
        for (nth, call) in trace.calls.iter().enumerate() {
            let call: &Call = call;
            match call.action {
                Action::CreateUserPoolDomain
                | Action::UpdateUserPoolDomain
                | Action::DeleteUserPoolDomain => {
                    let domain = text(&call.request, "/Domain");
                    let before = states.get(domain).copied().flatten();
                    let foreign = call.access_key_id.is_empty();
                    facts.writes.push(Write { nth, call, domain, foreign });
                    if !foreign {
                        facts.updates.push(trace.update(nth, call, domain, before));
                    }
                    states.insert(domain, call.left.as_ref());
                }
                Action::Publish if call.outcome.is_ok() => facts.notices.push(notice(nth, call)),
                Action::Publish
                | Action::DescribeUserPoolDomain
                | Action::DescribeUserPool
                | Action::ListUserPools
                | Action::AssumeRole
                | Action::GetParametersByPath
                | Action::PutParameter
                | Action::DeleteParameter
                | Action::DeleteParameters
                | Action::DescribeParameters
                | Action::DescribeStacks
                | Action::FilterLogEvents
                | Action::DescribeLogGroups
                | Action::CreateUserPool
                | Action::DeleteUserPool
                | Action::LookupEvents
                | Action::DescribeCertificate
                | Action::ListDistributions => {}
            }
        }
        facts
    }

    /// What people could read: what was published, and what is in the log instead.
    pub(crate) fn readable(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().chain(self.logged.iter().filter(|notice| !notice.is_intention))
    }

    pub(crate) fn wanted(&self, domain: &'a str) -> Wanted<'a> {
        Wanted::of(&self.trace.baseline, domain, self.place_of(domain))
    }

    /// Where a domain is.
    pub(crate) fn place_of(&self, domain: &str) -> &'a Place {
        self.trace.places.nth(self.history.place_of_name(domain)).place()
    }

    pub(crate) fn accepted_updates(&self) -> impl Iterator<Item = &Update<'a>> {
        self.updates.iter().filter(|update| update.accepted())
    }

    pub(crate) fn accepted_foreign(&self, domain: &str) -> impl Iterator<Item = &Write<'a>> {
        let writes = self.writes.iter();
        writes.filter(move |write| write.foreign && write.accepted() && write.domain == domain)
    }

    /// How the domain stood after so many calls.
    pub(crate) fn state_at(&self, domain: &str, calls: usize) -> Option<&'a Domain> {
        let last = self
            .writes
            .iter()
            .rev()
            .find(|write| write.nth < calls && write.domain == domain)
            .map(|write| write.call.left.as_ref());
        let state = last
            .unwrap_or_else(|| self.trace.initial.iter().find(|initial| initial.name == domain));
        // Time takes away what is being deleted.
        state.filter(|domain| domain.status != Status::Deleting)
    }

    /// Whether somebody stops the guard in some place.
    pub(crate) fn is_ever_stopped(&self) -> bool {
        self.history.steps.iter().any(|step| matches!(step, Step::Stop(_)))
    }

    /// Whether what led to an update leaves a failover that should not be there: a sweep, or a change that
    /// asked for its removal itself.
    pub(crate) fn leaves_failover(&self, update: &Update<'_>) -> bool {
        let cause = || self.writes.iter().find(|write| write.call.event_id == update.cause);
        update.is_of_a_sweep() || cause().is_some_and(|write| asks_for_no_failover(write.call))
    }

    /// When a notice was sent or written down.
    pub(crate) fn time_of(&self, notice: &Notice) -> OffsetDateTime {
        let calls = &self.trace.calls;
        let call = calls.get(notice.nth).or_else(|| calls.last());
        call.map_or(self.trace.began, |call| call.at)
    }

    /// The event ids of the guard's own calls.
    pub(crate) fn own_events(&self) -> BTreeSet<&str> {
        self.updates.iter().map(|update| update.call.event_id.as_str()).collect()
    }

    /// The looks that were woken by this event.
    pub(crate) fn looks_for<'b>(&'b self, event_id: &'b str) -> impl Iterator<Item = &'b Look> {
        let looks = self.trace.looks.iter();
        looks.filter(move |look| look.event_id.as_deref() == Some(event_id))
    }
}

impl Look {
    /// Whether the platform brings its event back.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.ended.as_ref().is_none_or(|ended| !ended.is_empty())
    }

    /// Whether it ended in some other way than the guard wanted it to.
    pub(crate) fn went_wrong(&self) -> bool {
        self.ended.as_ref().is_none_or(|ended| {
            ended.iter().any(|error| match error {
                ErrorType::DomainSettling | ErrorType::DomainBusy | ErrorType::UpdateDenied => {
                    false
                }
                ErrorType::Throttled
                | ErrorType::Unavailable
                | ErrorType::OverridesUnreadable
                | ErrorType::UpdateUnconfirmed
                | ErrorType::NoticeFailed
                | ErrorType::Unreadable
                | ErrorType::BaselineInvalid
                | ErrorType::SettingsInvalid => true,
            })
        })
    }
}

impl Trace {
    fn update<'a>(
        &'a self,
        nth: usize,
        call: &'a Call,
        domain: &'a str,
        before: Option<&'a Domain>,
    ) -> Update<'a> {
        let look = self.looks.iter().find(|look| {
            look.key == call.access_key_id
                && look.first_call <= nth
                && look.end_call.is_none_or(|end| nth < end)
        });
        let first = look.map_or(0, |look| look.first_call);
        let described = last_described(self, &call.access_key_id, domain, nth)
            .filter(|described| described.nth >= first);
        let cause = call
            .user_agent
            .split(' ')
            .find_map(|part| part.strip_prefix("app/cdg."))
            .unwrap_or_default();
        // The time of the change follows a foreign cause.
        let cause = match cause.rsplit_once('.') {
            Some((incident, _)) if incident != "sweep" => incident,
            _ => cause,
        };
        Update { nth, call, domain, cause: cause.to_owned(), before, described, look }
    }
}

fn described(nth: usize, call: &Call, description: &Value) -> Described {
    Described {
        nth,
        at: call.at,
        status: text(description, "/Status").to_owned(),
        account: text(description, "/AWSAccountId").to_owned(),
        pool: text(description, "/UserPoolId").to_owned(),
        policy_shown: !text(description, "/CustomDomainConfig/SecurityPolicy").is_empty(),
        values: Values::described(description),
    }
}

fn notice(nth: usize, call: &Call) -> Notice {
    let message: Value = serde_json::from_str(text(&call.request, "/Message")).unwrap_or_default();
    let record: Value = serde_json::from_str(text(&message, "/default")).unwrap_or_default();
    Notice::of(nth, call.access_key_id.clone(), call.answered, false, record)
}

pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The last describe of a domain that this caller was answered before a call.
pub(crate) fn last_described(
    trace: &Trace,
    key: &str,
    domain: &str,
    before: usize,
) -> Option<Described> {
    trace.calls[..before].iter().enumerate().rev().find_map(|(nth, seen)| {
        let ours = seen.action == Action::DescribeUserPoolDomain
            && seen.access_key_id == key
            && seen.answered
            && text(&seen.request, "/Domain") == domain;
        let description = seen.outcome.as_ref().ok().filter(|_| ours)?;
        Some(described(nth, seen, description.get("DomainDescription")?))
    })
}

/// Every describe of a domain that this caller was answered among these calls, in order.
pub(crate) fn described_in<'a>(
    trace: &'a Trace,
    key: &'a str,
    calls: std::ops::Range<usize>,
) -> impl Iterator<Item = (&'a str, Described)> {
    let first = calls.start;
    let calls = trace.calls.get(calls).unwrap_or_default().iter().enumerate();
    calls.filter_map(move |(nth, call)| {
        let ours = call.action == Action::DescribeUserPoolDomain
            && call.access_key_id == key
            && call.answered;
        let description = call.outcome.as_ref().ok().filter(|_| ours)?.get("DomainDescription")?;
        Some((text(&call.request, "/Domain"), described(first + nth, call, description)))
    })
}
