//! Whether the recorded call explains what is observed, in a record's words.

use serde::{Deserialize, Serialize};

use super::about::About;
use crate::plan::{Assessment, Attribution, Contradiction, Plan};
use crate::trigger::Change;

/// What the recorded call has to do with what is observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttributionRecord {
    /// In a word, for machines.
    pub result: AttributionResult,
    /// In a sentence without its full stop, where there is more to say than whose call it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether the recorded call explains what is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttributionResult {
    /// The domain shows what the call asked for.
    Explained,
    /// The call did not mention what is off the baseline.
    NotMentioned,
    /// Cognito may not show the change yet.
    NotVisible,
    /// The domain is not what the call asked for, so the record names no actor.
    Contradicted,
}

/// Of somebody else's call. The guard's own say what they did.
pub(super) fn attribution(about: &About<'_>) -> Option<AttributionRecord> {
    let change = about.change.filter(|change| change.origin.is_foreign())?;
    let plan = about.plan?;
    let (result, note) = match plan.attribution? {
        Attribution::Explained => (AttributionResult::Explained, unmentioned(change, plan)),
        Attribution::NotMentioned => (
            AttributionResult::NotMentioned,
            Some(
                "the call did not mention what is off the baseline: Cognito may have reset it, or it \
                 was so before"
                    .to_owned(),
            ),
        ),
        Attribution::NotVisible => (
            AttributionResult::NotVisible,
            Some("Cognito may not show this change yet, and what it shows may be older".to_owned()),
        ),
        Attribution::Contradicted(why) => {
            let why = match why {
                Contradiction::OtherPool => "it was made in another user pool".to_owned(),
                Contradiction::IsThere => {
                    "it deleted the domain, which was created again since".to_owned()
                }
                Contradiction::OtherValue(attribute) => {
                    format!("it asked for another {attribute} than the domain shows")
                }
            };
            (
                AttributionResult::Contradicted,
                Some(format!("the call that woke the guard does not explain what is seen: {why}")),
            )
        }
    };
    Some(AttributionRecord { result, note })
}

/// What of several attributes that are off the baseline the call did not mention.
fn unmentioned(change: &Change, plan: &Plan) -> Option<String> {
    let Assessment { drifts, exempt, unjudged } = &plan.assessment;
    let off = drifts
        .iter()
        .map(|drift| drift.attribute)
        .chain(exempt.iter().map(|exempt| exempt.drift.attribute))
        .chain(unjudged.iter().map(|unjudged| unjudged.attribute));
    let silent: Vec<&str> = off
        .filter(|attribute| !change.requested.mentions(*attribute))
        .map(|attribute| attribute.as_str())
        .collect();
    (!silent.is_empty()).then(|| {
        format!(
            "the call did not mention {}: Cognito may have reset it, or it was so before",
            silent.join(", ")
        )
    })
}
