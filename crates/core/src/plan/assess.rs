//! One domain against the baseline, attribute by attribute.
//!
//! The rule: no value is compared here, and none is chosen. What is off the baseline is the difference
//! between the observed domain and the desired one; this file says which of it is exempt.

use time::OffsetDateTime;

use super::desired::{drifts, lay_over};
use super::drift::{AttributeValue, Drift};
use crate::baseline::{Baseline, Governing, Position};
use crate::domain::{Attribute, CustomDomain, Domain, Hosting, ObservedPolicy};
use crate::overrides::Known;
use crate::place::Place;

/// Drift that an exemption or an override allows for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptDrift {
    /// The drift.
    pub drift: Drift,
    /// Until when.
    pub until: OffsetDateTime,
    /// Why.
    pub reason: String,
    /// Who to ask.
    pub owner: Option<String>,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// What allows it.
    pub by: ExemptBy,
}

/// What allows drift for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExemptBy {
    /// An exemption of the baseline, at that place.
    Baseline(Position),
    /// An override.
    Override {
        /// The name of its parameter.
        parameter: String,
        /// Who made it, in their own words.
        by: String,
    },
}

/// An attribute that is declared and cannot be judged by this build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged {
    /// Which.
    pub attribute: Attribute,
    /// What Cognito reports: a value newer than this build.
    pub observed: AttributeValue,
    /// The declaration as it is written.
    pub declared: String,
}

/// One domain against the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// What is to be put back.
    pub drifts: Vec<Drift>,
    /// What is allowed for a while.
    pub exempt: Vec<ExemptDrift>,
    /// What is left alone because it is newer than this build.
    pub unjudged: Vec<Unjudged>,
}

/// A domain held against the baseline.
pub(super) struct Comparison<'a> {
    pub(super) observed: &'a Domain,
    /// What the baseline declares of it, but for what is exempt.
    pub(super) enforced: Governing<'a>,
    /// Where an update is to take it: the observed domain with `enforced` laid over it.
    pub(super) desired: Domain,
}

/// Compares `observed` with what is declared for it, attribute by attribute.
pub(super) fn compare<'a>(
    observed: &'a Domain,
    governing: &Governing<'a>,
    allowed: &Allowed<'_>,
) -> (Comparison<'a>, Assessment) {
    let declared = lay_over(observed, governing);
    let mut assessment = Assessment {
        unjudged: unjudged(observed, governing).into_iter().collect(),
        ..Assessment::default()
    };
    for drift in drifts(observed, &declared, governing) {
        match allowed.exempt(&observed.name, &drift) {
            Some(exempt) => assessment.exempt.push(exempt),
            None => assessment.drifts.push(drift),
        }
    }
    let exempt = &assessment.exempt;
    let is_exempt = |attribute| exempt.iter().any(|exempt| exempt.drift.attribute == attribute);
    let enforced = governing.without(is_exempt);
    let desired = if exempt.is_empty() { declared } else { lay_over(observed, &enforced) };
    (Comparison { observed, enforced, desired }, assessment)
}

impl Comparison<'_> {
    /// The same, with `attribute` left as it is.
    pub(super) fn leaving(&self, attribute: Attribute) -> Self {
        let enforced = self.enforced.without(|one| one == attribute);
        Self { enforced, desired: lay_over(self.observed, &enforced), ..*self }
    }

    /// The drift that is put back where the domain becomes `after`.
    pub(super) fn drifts_to(&self, after: &Domain) -> Vec<Drift> {
        drifts(self.observed, after, &self.enforced)
    }

    /// The drift that is left where the domain is only taken to where `less` desires it.
    pub(super) fn left_by(&self, less: &Self) -> Vec<Drift> {
        drifts(&less.desired, &self.desired, &self.enforced)
    }
}

/// By what drift may be allowed.
pub(super) struct Allowed<'a> {
    pub(super) baseline: &'a Baseline,
    pub(super) overrides: Known<'a>,
    pub(super) place: &'a Place,
    pub(super) now: OffsetDateTime,
}

impl Allowed<'_> {
    /// The drift as one that is allowed, if it is. What the baseline allows needs no override.
    fn exempt(&self, domain: &str, drift: &Drift) -> Option<ExemptDrift> {
        let Self { baseline, overrides, place, now } = *self;
        if let Some(exemption) = baseline.exemption(domain, drift.attribute, place, now) {
            return Some(ExemptDrift {
                drift: drift.clone(),
                until: exemption.until,
                reason: exemption.reason.clone(),
                owner: exemption.owner.clone(),
                ticket: exemption.ticket.clone(),
                by: ExemptBy::Baseline(exemption.position),
            });
        }
        let (found, text) = overrides.read()?.allowing(domain, drift.attribute, place, now)?;
        Some(ExemptDrift {
            drift: drift.clone(),
            until: text.until,
            reason: text.reason.clone(),
            owner: text.owner.clone(),
            ticket: text.ticket.clone(),
            by: ExemptBy::Override { parameter: found.parameter.clone(), by: text.by.clone() },
        })
    }
}

/// A declared policy that is newer than this build.
fn unjudged(observed: &Domain, governing: &Governing<'_>) -> Option<Unjudged> {
    let Hosting::Custom(custom) = &observed.hosting else {
        return None;
    };
    let CustomDomain { certificate_arn: _, security_policy: policy, failover: _ } = custom;
    match policy {
        ObservedPolicy::Absent | ObservedPolicy::Known(_) => None,
        ObservedPolicy::Unknown(_) => Some(Unjudged {
            attribute: Attribute::SecurityPolicy,
            observed: policy.into(),
            declared: governing.security_policy?.written(),
        }),
    }
}
