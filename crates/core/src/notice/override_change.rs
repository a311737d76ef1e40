//! Words about an override that somebody has made or removed.

use super::about::About;
use super::overrides::{resume, where_it_is};
use super::record::Record;
use crate::overrides::State;
use crate::report::{OverrideEffect, OverrideRecord};
use crate::trigger::OverrideCall;

/// What was done, as the record has it.
fn call(record: &Record) -> Option<OverrideCall> {
    record.event.as_ref().and_then(|event| OverrideCall::from_name(&event.name))
}

/// The override that was made: the first, if it is still there.
fn made(record: &Record) -> Option<&OverrideRecord> {
    match call(record)? {
        OverrideCall::Put => record.overrides.first(),
        OverrideCall::Delete | OverrideCall::DeleteSeveral => None,
    }
}

/// The headline, with `what` after the name where there is room.
pub(super) fn headline(record: &Record, name: &str, what: &str) -> String {
    let name = match record.domain.as_deref() {
        Some("*") => "Every domain",
        Some(_) | None => name,
    };
    let Some(one) = made(record) else {
        return match (call(record), &record.domain) {
            (Some(OverrideCall::Put), _) => {
                "An override was made, and is gone again. You decide.".to_owned()
            }
            (Some(OverrideCall::Delete | OverrideCall::DeleteSeveral) | None, Some(_)) => {
                format!("{name}: an override was removed. No action needed.")
            }
            (Some(OverrideCall::Delete | OverrideCall::DeleteSeveral) | None, None) => {
                "Overrides were removed. No action needed.".to_owned()
            }
        };
    };
    let until = &one.until;
    match (one.state, one.effect) {
        (State::InForce, Some(OverrideEffect::Allow)) => {
            format!("{name}{what} may be off its baseline until {until}. You decide.")
        }
        (State::InForce, Some(OverrideEffect::Pause) | None) => {
            format!("{name}: the guard is paused until {until}. You decide.")
        }
        (State::Holds, Some(OverrideEffect::Allow | OverrideEffect::Pause) | None) => {
            "An override cannot be understood, and keeps the guard from writing. Act now."
                .to_owned()
        }
        (
            State::Ended | State::Void,
            Some(OverrideEffect::Allow | OverrideEffect::Pause) | None,
        ) => "An override was made that does not count. You decide.".to_owned(),
    }
}

/// What it means.
pub(super) fn meaning(record: &Record, call: OverrideCall) -> String {
    match (call, made(record)) {
        (OverrideCall::Put, Some(OverrideRecord { state: State::InForce, effect, until, .. })) => {
            match effect {
                Some(OverrideEffect::Allow) => format!(
                    "The guard leaves it so until {until}, and puts it back after that, by the first sweep."
                ),
                Some(OverrideEffect::Pause) | None => format!(
                    "The guard looks and reports, and changes nothing until {until}. What is off the baseline \
                     then is put back by the first sweep."
                ),
            }
        }
        (OverrideCall::Put, Some(OverrideRecord { state: State::Holds, until, .. })) => format!(
            "Somebody meant to allow or to stop something, and the guard does not understand what. So it \
             writes nothing that this may be meant for until {until}; after that it counts as absent."
        ),
        (
            OverrideCall::Put,
            Some(OverrideRecord { state: State::Ended | State::Void, .. }) | None,
        ) => "It has no effect.".to_owned(),
        (OverrideCall::Delete | OverrideCall::DeleteSeveral, _) => {
            "What it allowed or stopped is over. The guard looks now, and puts back what is off the baseline."
                .to_owned()
        }
    }
}

/// What to do.
pub(super) fn next_steps(record: &Record, about: &About<'_>) -> Vec<String> {
    let mut steps = Vec::new();
    let Some(one) = made(record) else {
        if let Some(rest) = where_it_is(about.overrides) {
            steps.push(format!("To see what is in force now:\nguardctl overrides{rest}"));
        }
        return steps;
    };
    let sentence = match one.state {
        State::InForce => "If you do not know of it, ask who made it. To end it now:",
        State::Holds => {
            steps.push("Write the override again as it was meant, under a new name.".to_owned());
            "To remove it:"
        }
        State::Ended | State::Void => "To remove it:",
    };
    resume(&mut steps, about, &one.parameter, sentence);
    steps
}

#[cfg(test)]
mod tests {
    use super::super::scene::{home, override_changed_beside};

    #[test]
    fn one_that_is_gone_again_is_not_taken_for_another_that_is_in_force() {
        let other = "{ pause: '*', until: 2026-11-23T16:00:00Z, reason: release, by: john }";
        let notice = override_changed_beside("override-made", "", Some(other), &home());
        let record = notice.record;
        assert_eq!(record.headline, "An override was made, and is gone again. You decide.");
        assert_eq!((record.meaning.as_str(), record.overrides), ("It has no effect.", vec![]));
        let [step] = record.next_steps.as_slice() else { panic!("{:?}", record.next_steps) };
        assert!(step.contains("\nguardctl overrides "), "{step}");
    }

    #[test]
    fn beside_one_that_was_removed_stands_what_is_in_force() {
        let other = "{ pause: '*', until: 2026-11-23T16:00:00Z, reason: release, by: john }";
        let notice = override_changed_beside("override-removed", "", Some(other), &home());
        assert!(notice.record.headline.contains("removed"), "{}", notice.record.headline);
        assert_eq!(notice.record.overrides.len(), 1);
    }
}
