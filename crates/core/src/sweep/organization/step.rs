//! What the state machine asks for, and what it is answered.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::batches::Batches;
use super::done::Done;
use super::held::{HeldSet, Target};
use super::item::Item;
use super::judge::{Answer, Everything};
use super::observation::Observation;
use super::standing::Standing;
use crate::report::SweepRecord;
use crate::sweep::SetHash;
use crate::trigger::SweepCause;

/// One step of a sweep.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Say what the sweep looks at, as far as that is known without Organizations. Answered with a
    /// [`Beginning`].
    Begin {
        /// What asks for it. Only the schedule is content with less than every place.
        #[serde(default = "by_request")]
        cause: SweepCause,
        /// What the last sweep left.
        #[serde(default, deserialize_with = "or_nothing")]
        standing: Standing,
    },
    /// Deal out the accounts that Organizations listed. Answered with a [`Dealt`].
    Deal {
        /// The accounts.
        accounts: Vec<Item>,
        /// What the last sweep left.
        #[serde(default, deserialize_with = "or_nothing")]
        standing: Standing,
    },
    /// Look at a batch. Answered with an [`Observation`].
    Observe {
        /// What to look at.
        items: Vec<Item>,
        /// How many bytes the answer may have.
        room: usize,
        /// The answer that left these items, where there was no time for all of a batch.
        #[serde(default)]
        earlier: Option<Box<Observation>>,
    },
    /// Judge all answers. Answered with a [`Judged`].
    Judge {
        /// The answers.
        answers: Vec<Answer>,
        /// What the last sweep left.
        #[serde(default, deserialize_with = "or_nothing")]
        standing: Standing,
        /// Of how many accounts every place was looked at, if it was.
        #[serde(default)]
        everything: Option<Everything>,
        /// What asks for the sweep.
        #[serde(default = "by_request")]
        cause: SweepCause,
        /// The ARN of the state machine, for the command that approves what is held.
        state_machine: String,
    },
    /// Say what is put back after an approval. Answered with an [`Approved`].
    Approve {
        /// The set that somebody approves.
        set: SetHash,
        /// The set that the last sweep held back.
        #[serde(default, deserialize_with = "or_nothing")]
        held: HeldSet,
    },
    /// Put domains back, each from a fresh look. Answered with a [`Tried`].
    PutBack {
        /// The domains to put back.
        targets: Vec<Target>,
        /// Whether notices say everything: then also that what people know of is still denied.
        says_all: bool,
    },
    /// Notify people of what was found and done. Answered with a [`Closed`].
    Close {
        /// What was found.
        summary: Box<Summary>,
        /// What was done, by each step that put domains back.
        #[serde(default)]
        done: Vec<Done>,
        /// What was not put back, since the guard was taken out of service meanwhile.
        #[serde(default)]
        left: Vec<Target>,
    },
}

impl Step {
    /// Reads a payload: its member `step` names the step, and the others are the step's.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(mut payload: Value) -> serde_json::Result<Self> {
        // By `#[serde(tag)]` each type in a step would be read by code of its own a second time: 100 KB.
        let name = payload.get_mut("step").map(Value::take);
        if let Some(members) = payload.as_object_mut() {
            members.remove("step");
        }
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        Self::deserialize(Value::Object([(name, payload)].into_iter().collect()))
    }
}

const fn by_request() -> SweepCause {
    SweepCause::Request
}

/// What another version left, or nobody, is nothing: then the sweep looks at everything.
fn or_nothing<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let left = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(left).unwrap_or_default())
}

/// How a sweep begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Beginning {
    /// Whether Organizations has to list the accounts first.
    pub list: bool,
    /// What is looked at, where it has not.
    #[serde(flatten)]
    pub dealt: Dealt,
}

/// What a sweep looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dealt {
    /// The batches.
    #[serde(flatten)]
    pub batches: Batches,
    /// Of how many accounts every place is looked at, `None` where only some places are.
    pub everything: Option<Everything>,
}

/// What a sweep came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// What is put back.
    pub targets: Vec<Target>,
    /// What is held back.
    pub held: HeldSet,
    /// What is left for the next sweep.
    pub standing: Standing,
    /// What the digest says.
    pub summary: Summary,
}

/// What a sweep found, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// What was seen, and what is held back.
    pub sweep: SweepRecord,
    /// Whether people should hear of it now rather than once a day.
    pub urgent: bool,
    /// Whether the digest says everything that is notable, as once a day.
    pub says_all: bool,
    /// Whether people have not been notified today of what is held.
    pub held_is_news: bool,
}

/// What came of an approval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Approved {
    /// What is put back.
    pub targets: Vec<Target>,
    /// What the digest says.
    pub summary: Summary,
    /// Why it is nothing.
    pub refused: Option<String>,
}

/// What came of putting domains back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// What there was no time for, to be asked for again.
    pub targets: Vec<Target>,
    /// What was done.
    pub done: Done,
}

/// The end of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// Why it ends in failure: a notice could not be published, and is in the log, or the overrides could not
    /// be read. The next sweep begins with what the last one left that did not fail, and notifies again.
    pub failed: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_left_is_read_or_is_nothing() {
        for left in [json!({}), json!(null), json!("other"), json!({ "with_domains": 7 })] {
            let step = json!({ "step": "begin", "standing": left });
            match Step::read(step).unwrap() {
                Step::Begin { standing, cause: SweepCause::Request } => {
                    assert_eq!(standing, Standing::default());
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_batch_answered_or_was_lost() {
        let seen = serde_json::to_value(Observation::default()).unwrap();
        let answers = json!([seen, { "lost": ["111111111111"] }]);
        let step = json!({ "step": "judge", "answers": answers, "state_machine": "arn" });
        match Step::read(step).unwrap() {
            Step::Judge { answers, .. } => {
                assert!(matches!(answers.as_slice(), [Answer::Seen(_), Answer::Lost { .. }]));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn another_step_or_another_item_is_an_error_that_says_what_it_is() {
        for (step, why) in [
            (json!({ "step": "rewrite" }), "unknown variant `rewrite`"),
            (json!({ "step": 7 }), "unknown variant ``"),
            (json!(["step"]), "unknown variant ``"),
            (json!({ "step": "observe", "items": ["1111"], "room": 1 }), "ACCOUNT/REGION"),
            (json!({ "step": "approve", "set": "0011" }), "not a fingerprint"),
        ] {
            let error = Step::read(step).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
