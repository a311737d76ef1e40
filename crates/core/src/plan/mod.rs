//! What is to be done with one domain. Pure: no IO, no clock, no environment, and it cannot fail.

mod assess;
mod attribution;
mod desired;
mod drift;
mod own;
mod update;

#[cfg(test)]
mod doubt;
#[cfg(test)]
mod override_tests;
#[cfg(test)]
mod own_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use assess::{Assessment, ExemptBy, ExemptDrift, Unjudged};
pub use attribution::{Attribution, Contradiction};
pub use drift::{AttributeValue, Drift};
pub use own::seen_through;
pub use update::{CustomUpdate, RoutingUpdate, UpdateRequest};

use assess::{Allowed, Comparison};
use attribution::attribute_to;
use time::OffsetDateTime;
use update::{is_unsatisfiable, removes_failover};

use crate::baseline::{Baseline, Mode, Position};
use crate::domain::{Attribute, Domain, Status};
use crate::memory::Earlier;
use crate::overrides::{Known, Override};
use crate::place::Place;
use crate::trigger::{Asked, Change, DomainCall};

/// Why the guard looks at a domain.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// A recorded call, and what earlier looks at it left behind.
    Change(&'a Change, Earlier),
    /// The scheduled look at every domain.
    Sweep,
    /// A person asks, through `guardctl`: as if somebody had just changed the domain and the change
    /// were visible.
    Command,
}

/// What is to be done with one domain.
///
/// A foreign change, a sweep or a command, for a domain in enforce mode; the first line that fits
/// counts:
///
/// | what is observed | decision |
/// | --- | --- |
/// | no such domain, or it is being deleted | [`Gone`](Self::Gone) |
/// | the baseline declares nothing for it | [`Unmanaged`](Self::Unmanaged) |
/// | no drift, but Cognito is busy, so it may not show the change yet | [`Hold`](Self::Hold); a sweep or command goes on as if it were idle |
/// | no drift, but a policy newer than this build | [`Refuse`](Self::Refuse) |
/// | no drift but what is exempt | [`Exempt`](Self::Exempt) |
/// | no drift, and an earlier look may have sent an update, or people were warned | [`Restored`](Self::Restored) |
/// | no drift | [`InSync`](Self::InSync) |
/// | drift, mode audit, Cognito busy, and what it shows is not what the change asked for | [`Hold`](Self::Hold) |
/// | drift, mode audit | [`AuditOnly`](Self::AuditOnly) |
/// | drift, status `FAILED` | [`Refuse`](Self::Refuse) |
/// | drift, of another account, or in another user pool than the event says | [`Refuse`](Self::Refuse) |
/// | drift, Cognito busy, and what it shows is not what the change asked for | [`Hold`](Self::Hold) |
/// | drift, Cognito busy, and a sweep, a command or a recheck of a domain that was settling | [`Hold`](Self::Hold) |
/// | drift, Cognito busy, and an earlier look may have sent an update | [`Hold`](Self::Hold) |
/// | a sweep, and the only drift is a failover that should not be there | [`Refuse`](Self::Refuse) |
/// | a change that asked for no failover, and the only drift is one that is still there | [`Refuse`](Self::Refuse) |
/// | drift, no certificate known | [`Refuse`](Self::Refuse) |
/// | drift, and a pair that Cognito rejects | [`Refuse`](Self::Refuse), [`Hold`](Self::Hold) while it is busy |
/// | drift, and a pause covers the domain | [`Pause`](Self::Pause) |
/// | drift, and an override that cannot be read may be meant for the domain | [`Withhold`](Self::Withhold) |
/// | drift | [`Update`](Self::Update) |
///
/// Drift is drift that neither the baseline nor an override allows. The overrides are needed only where
/// there is some, also in audit mode and after the guard's own change:
///
/// | what is known of them | decision |
/// | --- | --- |
/// | the guard's own change, and Cognito is busy | [`Hold`](Self::Hold) |
/// | they were not read, and there is drift | [`ReadOverrides`](Self::ReadOverrides) |
/// | they could not be read, and the table says [`Hold`](Self::Hold) | [`Hold`](Self::Hold) |
/// | they could not be read, and there is drift | [`Withhold`](Self::Withhold) |
///
/// The guard's own change, as far as it is one ([`seen_through`]), only verifies and never writes:
///
/// | what is observed | decision |
/// | --- | --- |
/// | no such domain, or it is being deleted | [`Gone`](Self::Gone) |
/// | Cognito is busy | [`Hold`](Self::Hold) |
/// | `ACTIVE`, and no drift that is not exempt | [`Restored`](Self::Restored) |
/// | drift, or status `FAILED` | [`NotRestored`](Self::NotRestored) |
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// At its baseline. Nothing to do, nothing to report.
    InSync,
    /// At its baseline again, after a look that may have sent an update: this closes the incident.
    Restored,
    /// Off its baseline although the guard's update was accepted. A notice says so, and no
    /// other update is sent.
    NotRestored,
    /// Off its baseline: send this.
    Update(Box<Update>),
    /// Not now: look again later.
    Hold(Hold),
    /// Off its baseline, and the guard must not or cannot put it back.
    Refuse(Refusal),
    /// Off its baseline, all of it allowed for a while.
    Exempt,
    /// Off its baseline, and the mode is audit.
    AuditOnly,
    /// Off its baseline, and somebody has paused the guard: that override.
    Pause(Box<Override>),
    /// Off its baseline, and whether that is allowed is not known: look again later.
    Withhold(Withheld),
    /// Off its baseline, and the overrides were not read: read them, and decide again.
    ReadOverrides,
    /// The baseline declares nothing for it.
    Unmanaged,
    /// Not there, or about to be gone. The guard never creates one.
    Gone,
}

impl Decision {
    /// Why the guard must not or cannot put the domain back, where that is what it decided.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refuse(refusal) => Some(refusal),
            Self::InSync
            | Self::Restored
            | Self::NotRestored
            | Self::Update(_)
            | Self::Hold(_)
            | Self::Exempt
            | Self::AuditOnly
            | Self::Pause(_)
            | Self::Withhold(_)
            | Self::ReadOverrides
            | Self::Unmanaged
            | Self::Gone => None,
        }
    }
}

/// An update, and how to go about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// What to send.
    pub request: UpdateRequest,
    /// What it changes: where the request differs from what is observed.
    pub changes: Vec<Drift>,
    /// The drift that it leaves: a failover, whose removal only an event may lead to that did not ask for
    /// it itself.
    pub withheld: Vec<Drift>,
    /// Whether the notice about the drift must be sent before the update: when the platform would
    /// not remember that an update may have been sent if the function died right after it.
    pub notify_first: bool,
}

/// Why to look again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Cognito is still working on the domain, and what it shows now is either at its baseline or
    /// not yet what the change asked for. Nothing has been sent for this change so far.
    Settling,
    /// An update was accepted before, or may have been, and Cognito is still working on it.
    InProgress,
}

/// Why it is not known whether drift is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// The overrides could not be read.
    Unreadable,
    /// This one cannot be, and may be meant for the domain.
    Unsound(Box<Override>),
}

/// Why the guard does not put a domain back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The domain belongs to another account than the one it was described in.
    OtherAccount {
        /// The account that Cognito named.
        observed: String,
    },
    /// The domain belongs to another user pool than the one the event named: it moved since.
    OtherPool {
        /// The pool that Cognito named.
        observed: String,
        /// The pool that the event named.
        named: String,
    },
    /// Cognito reports the domain as `FAILED`.
    Failed,
    /// A custom domain whose certificate Cognito did not name. An update without it would be taken
    /// for an attempt to turn it into a prefix domain.
    NoCertificate,
    /// The baseline would make a pair that Cognito rejects: `TLS_V1` with managed login (2).
    Unsatisfiable,
    /// The security policy is newer than this build, so nobody can say whether a change would
    /// weaken it.
    NewerPolicy,
    /// A failover that should not be there, found by a sweep. See ARCHITECTURE.md for why only an
    /// event makes the guard remove one.
    FailoverRemoval,
    /// A failover that should not be there, after a change that asked Cognito to remove it.
    FailoverKept,
}

/// What is known of one domain, and what is to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What to do.
    pub decision: Decision,
    /// The domain against the baseline; empty where there is no domain.
    pub assessment: Assessment,
    /// Where the entry stands that governs the domain, `None` for the defaults alone.
    pub entry: Option<Position>,
    /// How drift is met.
    pub mode: Mode,
    /// Whether the baseline declares anything for the domain.
    pub governed: bool,
    /// What the recorded call has to do with it; `None` where there is no call or no domain.
    pub attribution: Option<Attribution>,
}

/// Decides what is to be done with the domain called `name`, which Cognito describes as `domain` in
/// `place`.
pub fn decide(
    name: &str,
    domain: Option<&Domain>,
    purpose: Purpose<'_>,
    baseline: &Baseline,
    overrides: Known<'_>,
    place: &Place,
    now: OffsetDateTime,
) -> Plan {
    let governing = baseline.governing(name, place);
    let present = domain.filter(|domain| domain.status != Status::Deleting);
    let mut plan = Plan {
        decision: Decision::Gone,
        assessment: Assessment::default(),
        entry: governing.entry.map(|entry| entry.position),
        mode: governing.mode,
        governed: !governing.declares_nothing(),
        attribution: None,
    };
    let Some(domain) = present else {
        return plan;
    };
    let allowed = Allowed { baseline, overrides, place, now };
    let (compared, assessment) = assess::compare(domain, &governing, &allowed);
    plan.assessment = assessment;
    if let Purpose::Change(change, _) = purpose {
        plan.attribution = Some(attribute_to(change, domain, &plan.assessment));
    }
    let is_own = match purpose {
        Purpose::Change(change, _) => {
            !seen_through(change, name, baseline, overrides).origin.is_foreign()
        }
        Purpose::Sweep | Purpose::Command => false,
    };
    let decision = match purpose {
        Purpose::Change(..) if is_own => verify(domain, &plan),
        Purpose::Change(change, earlier) => {
            answer(&compared, Why::Change(change, earlier), &plan, &place.account)
        }
        Purpose::Sweep => answer(&compared, Why::Sweep, &plan, &place.account),
        Purpose::Command => answer(&compared, Why::Command, &plan, &place.account),
    };
    plan.decision = if plan.assessment.drifts.is_empty() {
        decision
    } else {
        restrained(decision, is_own, name, &allowed)
    };
    plan
}

/// What is left of a decision about drift, given what is known of what people allow and stop.
fn restrained(decision: Decision, is_own: bool, name: &str, allowed: &Allowed<'_>) -> Decision {
    let Allowed { baseline: _, overrides, place, now } = *allowed;
    match decision {
        Decision::Unmanaged | Decision::Gone => decision,
        // It only waits for Cognito, and nobody hears of it.
        Decision::Hold(hold) if is_own => Decision::Hold(hold),
        Decision::Update(update) => match overrides {
            Known::NotRead => Decision::ReadOverrides,
            Known::Unreadable => Decision::Withhold(Withheld::Unreadable),
            Known::All(overrides) => {
                if let Some((pause, _)) = overrides.pausing(name, place, now) {
                    Decision::Pause(Box::new(pause.clone()))
                } else if let Some((unsound, _)) = overrides.holding(name, place, now) {
                    Decision::Withhold(Withheld::Unsound(Box::new(unsound.clone())))
                } else {
                    Decision::Update(update)
                }
            }
        },
        // It waits already, and nothing is sent. But drift that is allowed is none, and no alarm's business.
        Decision::Hold(hold) => match overrides {
            Known::NotRead => Decision::ReadOverrides,
            Known::Unreadable | Known::All(_) => Decision::Hold(hold),
        },
        Decision::InSync
        | Decision::Restored
        | Decision::NotRestored
        | Decision::Refuse(_)
        | Decision::Exempt
        | Decision::AuditOnly
        | Decision::Pause(_)
        | Decision::Withhold(_)
        | Decision::ReadOverrides => match overrides {
            Known::NotRead => Decision::ReadOverrides,
            Known::Unreadable => Decision::Withhold(Withheld::Unreadable),
            Known::All(_) => decision,
        },
    }
}

/// The purposes that may lead to an update: all but the guard's own change.
#[derive(Clone, Copy)]
enum Why<'a> {
    Change(&'a Change, Earlier),
    Sweep,
    Command,
}

fn verify(domain: &Domain, plan: &Plan) -> Decision {
    match domain.status {
        Status::Active if plan.assessment.drifts.is_empty() => Decision::Restored,
        Status::Active | Status::Failed => Decision::NotRestored,
        Status::Creating | Status::Updating | Status::Deleting | Status::Unknown(_) => {
            Decision::Hold(Hold::InProgress)
        }
    }
}

fn answer(compared: &Comparison<'_>, why: Why<'_>, plan: &Plan, account: &str) -> Decision {
    let domain = compared.observed;
    if !plan.governed {
        return Decision::Unmanaged;
    }
    let busy = domain.status.is_busy();
    if compared.desired == *domain {
        return at_rest(why, busy, &plan.assessment);
    }
    if plan.mode == Mode::Audit {
        return match why {
            // Else people would hear of older drift, and never of the change.
            Why::Change(change, _) if busy && !shows(domain, change) => {
                Decision::Hold(Hold::Settling)
            }
            Why::Change(..) | Why::Sweep | Why::Command => Decision::AuditOnly,
        };
    }
    if let Some(refusal) = refusal(domain, why, account) {
        return Decision::Refuse(refusal);
    }
    let notify_first = match why {
        // While Cognito is busy its answer may be older than the change. A complete request made
        // from such an answer would undo, with stale values, what was never declared.
        Why::Change(change, _) if busy && !shows(domain, change) => {
            return Decision::Hold(Hold::Settling);
        }
        Why::Change(_, Earlier::Settling | Earlier::Overdue) if busy => {
            return Decision::Hold(Hold::Settling);
        }
        // What Cognito is busy with may be the guard's own update. Where its answers are older than
        // that, another would go out with every look, and start Cognito's wait anew each time.
        Why::Change(_, earlier) if busy && earlier.may_have_written() => {
            return Decision::Hold(Hold::InProgress);
        }
        // The change that keeps Cognito busy has an event of its own, and there is a next sweep.
        Why::Sweep | Why::Command if busy => return Decision::Hold(Hold::Settling),
        Why::Change(_, Earlier::Settling | Earlier::Overdue) => true,
        Why::Change(
            _,
            Earlier::FirstLook
            | Earlier::Unreached
            | Earlier::Unannounced
            | Earlier::Pending
            | Earlier::Denied
            | Earlier::Withheld,
        )
        | Why::Sweep
        | Why::Command => false,
    };
    // If Cognito ignored the removal of a failover, every sweep would send it again, for ever, and two guards
    // of one domain would answer each other's removals for ever. So to a sweep, and to a change that has just
    // asked for the removal, a failover that should not be there is desired.
    let left = match why {
        Why::Sweep => Some(Refusal::FailoverRemoval),
        Why::Change(change, _) if change.requested.failover == Asked::None => {
            Some(Refusal::FailoverKept)
        }
        Why::Change(..) | Why::Command => None,
    };
    let Some(left) = left.filter(|_| removes_failover(domain, &compared.desired)) else {
        return update(compared, Vec::new(), notify_first);
    };
    let rest = compared.leaving(Attribute::Routing);
    if rest.desired == *domain {
        return Decision::Refuse(left);
    }
    let withheld = compared.left_by(&rest);
    update(&rest, withheld, notify_first)
}

/// Takes the domain to where it is desired, if Cognito is known to accept that.
fn update(to: &Comparison<'_>, withheld: Vec<Drift>, notify_first: bool) -> Decision {
    let Comparison { observed, desired, enforced: _ } = to;
    let Some(request) = UpdateRequest::complete(observed, desired) else {
        return Decision::Refuse(Refusal::NoCertificate);
    };
    if is_unsatisfiable(desired) {
        // While Cognito is busy its answer may be older than the change, and the pair one that is no
        // longer there.
        return if observed.status.is_busy() {
            Decision::Hold(Hold::Settling)
        } else {
            Decision::Refuse(Refusal::Unsatisfiable)
        };
    }
    // Made of the request, not of what it was made from: what people read is what is sent.
    let changes = to.drifts_to(&request.applied_to(observed));
    Decision::Update(Box::new(Update { request, changes, withheld, notify_first }))
}

/// No drift that would have to be put back.
fn at_rest(why: Why<'_>, busy: bool, assessment: &Assessment) -> Decision {
    match why {
        Why::Change(_, earlier) if busy && earlier.may_have_written() => {
            Decision::Hold(Hold::InProgress)
        }
        Why::Change(..) if busy => Decision::Hold(Hold::Settling),
        Why::Change(..) | Why::Sweep | Why::Command if !assessment.unjudged.is_empty() => {
            Decision::Refuse(Refusal::NewerPolicy)
        }
        Why::Change(..) | Why::Sweep | Why::Command if !assessment.exempt.is_empty() => {
            Decision::Exempt
        }
        Why::Change(_, earlier) if earlier.may_have_written() || earlier.was_warned_of() => {
            Decision::Restored
        }
        Why::Change(..) | Why::Sweep | Why::Command => Decision::InSync,
    }
}

fn refusal(domain: &Domain, why: Why<'_>, account: &str) -> Option<Refusal> {
    if domain.status == Status::Failed {
        return Some(Refusal::Failed);
    }
    if let Some(observed) = domain.account.as_ref().filter(|observed| *observed != account) {
        return Some(Refusal::OtherAccount { observed: observed.clone() });
    }
    if let Why::Change(Change { user_pool_id: Some(named), .. }, _) = why
        && *named != domain.user_pool_id
    {
        return Some(Refusal::OtherPool {
            observed: domain.user_pool_id.clone(),
            named: named.clone(),
        });
    }
    None
}

/// Whether `domain` shows what the change asked for. After a deletion there should be none.
fn shows(domain: &Domain, change: &Change) -> bool {
    match change.call {
        DomainCall::Create | DomainCall::Update => change.requested.is_shown_by(domain),
        DomainCall::Delete => false,
    }
}
