//! A story for other programs.

use cognito_domain_guard_sandbox::Call;
use guardctl::facts;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Changed, End, Looked, Moment, Story};

impl Story {
    /// An object with the timeline and the domains at its end.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "event": self.file,
            "timeline": self.moments.iter().map(moment).collect::<Vec<_>>(),
            "domains": self.ends.iter().map(end).collect::<Vec<_>>(),
            "played": self.played,
            "not_played": self.not_played,
            "dead_letters": self.dead_letters,
            "ended_at_baseline": self.ended_at_baseline(),
        })
    }
}

fn time(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

fn moment(moment: &Moment) -> Value {
    match moment {
        Moment::Change(changed) => {
            let Changed { at, change, before, after } = changed.as_ref();
            json!({
                "at": time(*at),
                "change": {
                    "event_id": change.event_id,
                    "call": change.call.event_name(),
                    "actor": change.actor.name,
                    "via": change.actor.via().tool,
                    "source_ip": change.actor.source_ip,
                    "before": before.iter().map(facts::to_json).collect::<Vec<_>>(),
                    "after": after.iter().map(facts::to_json).collect::<Vec<_>>(),
                }
            })
        }
        Moment::NotMatched => json!({ "rule": "no match" }),
        Moment::Look(Looked { at, woken_by: _, reports, calls, notices }) => json!({
            "at": time(*at),
            "calls": calls.iter().map(|made| call(made)).collect::<Vec<_>>(),
            "notices": notices.iter().map(|notice| &notice.record).collect::<Vec<_>>(),
            "reports": reports,
        }),
        Moment::DeadLetter { at, messages } => json!({ "at": time(*at), "dead_letters": messages }),
    }
}

fn call(call: &Call) -> Value {
    json!({ "action": call.action.to_string(), "answer": super::text::answer(call) })
}

fn end(End { name, domain, at_baseline }: &End) -> Value {
    json!({
        "domain": name,
        "state": domain.as_ref().map(facts::to_json),
        "at_baseline": at_baseline,
    })
}
