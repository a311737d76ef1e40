//! One look at a live domain: what it is, what the Lambda's own code would do with it, and what that means
//! to a person.
//!
//! The rule: nothing is decided here and nothing is sent. `plan::decide` decides, and plan, apply and report show
//! what it came to by the same words, each in its own form.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::notice::why_stopped;
use cognito_domain_guard::overrides::Known;
use cognito_domain_guard::plan::{
    Decision, Drift, ExemptBy, ExemptDrift, Plan, Purpose, Withheld, decide,
};
use cognito_domain_guard::reconcile::why_refused;
use cognito_domain_guard::when::rfc3339;
use guardctl::page::Tone;
use time::OffsetDateTime;

use crate::live::Live;
use crate::overrides::in_force::InForce;

/// How a domain stands to its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it is declared.
    AtBaseline,
    /// Off what is declared, all of it allowed for a while.
    Exempt,
    /// Off its baseline.
    Off,
    /// The baseline declares nothing for it.
    NotGoverned,
}

/// One domain, and what would be done with it.
pub struct Looked {
    pub name: String,
    pub domain: Option<Domain>,
    pub plan: Plan,
    /// Whether the baseline has an entry of that very name for the place.
    pub is_declared: bool,
}

/// Describes a domain and decides.
///
/// # Errors
///
/// The domain cannot be described.
pub async fn look(
    live: &Live,
    name: &str,
    purpose: Purpose<'_>,
    baseline: &Baseline,
    in_force: &InForce,
) -> Result<Looked, CallError> {
    let domain = live.cognito.describe(name).await?;
    Ok(Looked::decided(name.to_owned(), domain, purpose, baseline, live, in_force).await)
}

impl Looked {
    /// What a domain that was described comes to. Overrides are read where the decision needs them, as the
    /// guard does.
    pub async fn decided(
        name: String,
        domain: Option<Domain>,
        purpose: Purpose<'_>,
        baseline: &Baseline,
        live: &Live,
        in_force: &InForce,
    ) -> Self {
        let (place, now) = (&live.place, OffsetDateTime::now_utc());
        let knowing = |known| decide(&name, domain.as_ref(), purpose, baseline, known, place, now);
        let mut plan = knowing(Known::NotRead);
        if plan.decision == Decision::ReadOverrides {
            plan = knowing(in_force.read(live, baseline).await);
        }
        let is_declared =
            baseline.exact_names(place).any(|declared| name.eq_ignore_ascii_case(declared));
        Self { name, domain, plan, is_declared }
    }

    /// What an update would change, or would have to where none is sent.
    pub fn changes(&self) -> &[Drift] {
        match &self.plan.decision {
            Decision::Update(update) => &update.changes,
            Decision::InSync
            | Decision::Restored
            | Decision::NotRestored
            | Decision::Hold(_)
            | Decision::Refuse(_)
            | Decision::Exempt
            | Decision::AuditOnly
            | Decision::Pause(_)
            | Decision::Withhold(_)
            | Decision::ReadOverrides
            | Decision::Unmanaged
            | Decision::Gone => &self.plan.assessment.drifts,
        }
    }

    pub fn standing(&self) -> Standing {
        match self.plan.decision {
            Decision::InSync | Decision::Restored => Standing::AtBaseline,
            Decision::Exempt => Standing::Exempt,
            Decision::Unmanaged => Standing::NotGoverned,
            Decision::NotRestored
            | Decision::Update(_)
            | Decision::Hold(_)
            | Decision::Refuse(_)
            | Decision::AuditOnly
            | Decision::Pause(_)
            | Decision::Withhold(_)
            | Decision::ReadOverrides => Standing::Off,
            // One that only a pattern or the defaults would govern may be in another region.
            Decision::Gone if self.is_declared => Standing::Off,
            Decision::Gone => Standing::NotGoverned,
        }
    }

    pub fn verdict(&self) -> &'static str {
        match self.plan.decision {
            Decision::InSync | Decision::Restored => "at its baseline",
            Decision::NotRestored | Decision::Update(_) => "drifted: would be put back",
            Decision::Hold(_) => "drifted: would wait, Cognito is busy",
            Decision::Refuse(_) => "would be left unchanged",
            Decision::Exempt => "drifted: exempt",
            Decision::AuditOnly => "drifted (audit mode: notice only)",
            Decision::Pause(_) => "drifted (the guard is paused: notice only)",
            Decision::Withhold(Withheld::Unsound(_)) => {
                "drifted: would wait, an override cannot be understood"
            }
            Decision::Withhold(Withheld::Unreadable) | Decision::ReadOverrides => {
                "drifted: would wait until the overrides can be read"
            }
            Decision::Unmanaged => "not in the baseline",
            Decision::Gone if self.is_declared => "declared, but there is none",
            Decision::Gone => "there is no such domain",
        }
    }

    pub fn tone(&self) -> Tone {
        match self.plan.decision {
            Decision::InSync | Decision::Restored => Tone::Good,
            Decision::NotRestored | Decision::Update(_) | Decision::Hold(_) => Tone::Bad,
            Decision::Refuse(_) | Decision::Exempt | Decision::AuditOnly | Decision::Pause(_) => {
                Tone::Notable
            }
            Decision::Withhold(_) | Decision::ReadOverrides => Tone::Bad,
            Decision::Unmanaged => Tone::Quiet,
            Decision::Gone if self.is_declared => Tone::Bad,
            Decision::Gone => Tone::Quiet,
        }
    }

    pub fn status(&self) -> &str {
        self.domain.as_ref().map_or("-", |domain| domain.status.as_str())
    }

    /// Why the guard does not put it back although it is not as declared: nothing where it would, or where
    /// there is nothing to put back.
    pub fn why_left(&self) -> Option<String> {
        match &self.plan.decision {
            Decision::Refuse(refusal) => Some(why_refused(refusal)),
            Decision::AuditOnly => Some(
                "the baseline has it in audit mode; mode: enforce would put it back".to_owned(),
            ),
            Decision::Hold(_) => Some(format!(
                "Cognito is busy with it ({}); try again once it is ACTIVE",
                self.status()
            )),
            Decision::Exempt => {
                let allowed: Vec<String> = self
                    .plan
                    .assessment
                    .exempt
                    .iter()
                    .map(|exempt| {
                        format!(
                            "{} is exempt until {}: {}",
                            exempt.drift.attribute,
                            until(exempt),
                            exempt.reason
                        )
                    })
                    .collect();
                Some(allowed.join("; "))
            }
            Decision::Pause(_) | Decision::Withhold(_) | Decision::ReadOverrides => {
                why_stopped(&self.plan.decision, OffsetDateTime::now_utc())
            }
            Decision::Gone if self.is_declared => {
                Some("there is no such domain, and the guard never creates one".to_owned())
            }
            Decision::InSync
            | Decision::Restored
            | Decision::NotRestored
            | Decision::Update(_)
            | Decision::Unmanaged
            | Decision::Gone => None,
        }
    }
}

/// The end of an exemption: a day of the baseline's, and the time of an override's, which lasts hours.
pub fn until(exempt: &ExemptDrift) -> String {
    match exempt.by {
        ExemptBy::Baseline(_) => exempt.until.date().to_string(),
        ExemptBy::Override { .. } => rfc3339(exempt.until),
    }
}
