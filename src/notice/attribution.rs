//! Whether the recorded call explains what is observed, in a record's words.

use serde::Serialize;

use super::about::About;
use crate::plan::{Attribution, Contradiction};
use crate::trigger::Origin;

/// What the recorded call has to do with what is observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct AttributionRecord {
    /// In a word, for machines.
    pub result: AttributionResult,
    /// In a sentence without its full stop, where there is more to say than whose call it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether the recorded call explains what is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
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
    about.change.filter(|change| change.origin == Origin::Foreign)?;
    let (result, note) = match about.plan?.attribution? {
        Attribution::Explained => (AttributionResult::Explained, None),
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
