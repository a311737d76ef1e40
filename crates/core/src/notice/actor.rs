//! Who made a change, as it stands in a record.

use serde::{Deserialize, Serialize};

use super::text::{LONGEST, of_others};
use crate::trigger::{Actor, Change, Origin, SaidBy};

/// Who made a change. `type`, `arn`, `access_key_id`, `mfa` and `invoked_by` are CloudTrail's word;
/// the names of sessions and roles in `name`, `source_identity`, and often the tool, were chosen by
/// somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ActorRecord {
    /// CloudTrail's `userIdentity.type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The ARN of the session or user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// A name that a person would recognise.
    pub name: String,
    /// The person behind a role session, where a company sets it. Whoever assumes the role chooses
    /// it, unless the role's trust policy does not let them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// The identifier of the access key that signed the call. It is no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The tool.
    pub via: String,
    /// Whether the tool is known or claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via_said_by: Option<ViaSaidBy>,
    /// An IP address, or the AWS service that made the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// Whether an IAM user or root signed in with a second factor. Of a role session CloudTrail's
    /// word says nothing about the person, so it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa: Option<bool>,
    /// The AWS service that made the call for the identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
}

/// Who says with what tool a change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ViaSaidBy {
    /// CloudTrail names the service or the console session.
    Cloudtrail,
    /// The user agent does, and anybody can send any user agent.
    UserAgent,
}

impl ActorRecord {
    /// Who made that change.
    pub(super) fn of(change: &Change) -> Self {
        let record = Self::of_actor(&change.actor);
        let name = match change.origin {
            Origin::Foreign => return record,
            Origin::Imposter(_) => format!("somebody with the guard's role, {}", record.name),
            Origin::Guard(_) => format!("the guard itself, {}", record.name),
        };
        Self { name, ..record }
    }

    /// Who made a call.
    pub(super) fn of_actor(actor: &Actor) -> Self {
        let via = actor.via();
        let bounded = |text: &Option<String>| text.as_deref().map(|text| of_others(text, LONGEST));
        Self {
            kind: bounded(&actor.kind),
            arn: bounded(&actor.arn),
            name: of_others(&actor.name, LONGEST),
            source_identity: bounded(&actor.source_identity),
            access_key_id: bounded(&actor.access_key_id),
            via: of_others(&via.tool, LONGEST),
            via_said_by: match via.said_by {
                SaidBy::CloudTrail => Some(ViaSaidBy::Cloudtrail),
                SaidBy::UserAgent => Some(ViaSaidBy::UserAgent),
                SaidBy::Nobody => None,
            },
            source_ip: bounded(&actor.source_ip),
            mfa: actor.mfa,
            invoked_by: bounded(&actor.invoked_by),
        }
    }

    /// What to say after the tool.
    pub(super) fn claim(&self) -> &'static str {
        match self.via_said_by {
            Some(ViaSaidBy::UserAgent) => SaidBy::UserAgent.claim(),
            Some(ViaSaidBy::Cloudtrail) => SaidBy::CloudTrail.claim(),
            None => SaidBy::Nobody.claim(),
        }
    }
}
