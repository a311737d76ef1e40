//! An override, as reports and notices show it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::baseline::{DomainPattern, Effect, OverrideText};
use crate::domain::Attribute;
use crate::overrides::{Content, Override, State, Unsound};
use crate::place::Place;
use crate::text::clean;
use crate::when::rfc3339;
use crate::words::words;

/// Longest text taken over: whoever may make an override chose it.
const LONGEST: usize = 512;
/// Longest account of what is wrong, and how many lines of it.
const LONGEST_PROBLEM: usize = 1_000;
const MOST_PROBLEMS: usize = 5;

words! {
    /// What an override does, by its word in the record.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum OverrideEffect {
        /// Attributes may drift.
        Allow = "allow",
        /// Nothing is written.
        Pause = "pause",
    }
}

/// An override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OverrideRecord {
    /// The name of its SSM parameter.
    pub parameter: String,
    /// Where it stands.
    pub state: State,
    /// What it does. Absent where it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<OverrideEffect>,
    /// The domains that it is for, as a name or a pattern. Absent where that cannot be read: then it may
    /// be meant for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The accounts in which it counts; none for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// The regions in which it counts; none for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The attributes that may drift.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// When it was made or last changed, RFC 3339: AWS's word.
    pub made_at: String,
    /// When it ends, RFC 3339; of one that cannot be read, until when nothing is written.
    pub until: String,
    /// Why there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who made it, in their own words. CloudTrail knows who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Who to ask about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it was agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// What is wrong with it and how to fix it. Only where it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl OverrideRecord {
    /// Whether it has ended, and let that attribute of the domain in that place drift until then.
    pub(crate) fn ended_for(&self, place: &Place, domain: &str, attribute: Attribute) -> bool {
        let is_in = |listed: &[String], value: &String| listed.is_empty() || listed.contains(value);
        let is_there = is_in(&self.accounts, &place.account) && is_in(&self.regions, &place.region);
        let allowed = match self.effect {
            Some(OverrideEffect::Allow) => self.attributes.contains(&attribute),
            Some(OverrideEffect::Pause) => true,
            None => false,
        };
        let pattern = self.domain.as_deref().and_then(DomainPattern::shown);
        let is_for = is_there && pattern.is_some_and(|one| one.matches(domain));
        self.state == State::Ended && allowed && is_for
    }

    /// The record of an override, as it stands at `now`.
    pub fn of(one: &Override, now: OffsetDateTime) -> Self {
        let mut record = Self {
            parameter: clean(&one.parameter, LONGEST),
            state: one.state(now),
            effect: None,
            domain: None,
            accounts: Vec::new(),
            regions: Vec::new(),
            attributes: Vec::new(),
            made_at: rfc3339(one.made_at),
            until: rfc3339(one.ends_at()),
            reason: None,
            by: None,
            owner: None,
            ticket: None,
            problem: None,
        };
        let (pattern, scope) = match &one.content {
            Content::Sound(text) => {
                let OverrideText {
                    effect,
                    pattern,
                    scope,
                    until: _,
                    reason,
                    by,
                    owner,
                    ticket,
                    until_position: _,
                } = text;
                record.effect = Some(match effect {
                    Effect::Allow(attributes) => {
                        record.attributes.clone_from(attributes);
                        OverrideEffect::Allow
                    }
                    Effect::Pause => OverrideEffect::Pause,
                });
                let note = |text: &String| clean(text, LONGEST);
                record.reason = Some(note(reason));
                record.by = Some(note(by));
                record.owner = owner.as_ref().map(note);
                record.ticket = ticket.as_ref().map(note);
                (Some(pattern), scope)
            }
            Content::Unsound(Unsound { pattern, scope, problem }) => {
                let lines: Vec<&str> = problem.lines().take(MOST_PROBLEMS).collect();
                record.problem = Some(clean(&lines.join("; "), LONGEST_PROBLEM));
                (pattern.as_ref(), scope)
            }
        };
        record.domain = pattern.map(|pattern| clean(pattern.as_str(), LONGEST));
        let [accounts, regions] = scope.values().map(|listed| listed.unwrap_or_default().to_vec());
        record.accounts = accounts;
        record.regions = regions;
        record
    }
}
