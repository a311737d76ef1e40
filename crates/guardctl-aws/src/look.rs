//! One look at a live domain: what it is, what the Lambda's own code would do with it, and what that means
//! to a person.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::notice::why_stopped;
use cognito_domain_guard::overrides::Known;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::plan::{Decision, Drift, Plan, Purpose, decide};
use cognito_domain_guard::reconcile::why_refused;
use guardctl::page::Tone;
use time::OffsetDateTime;

use crate::live::Live;

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
) -> Result<Looked, CallError> {
    let domain = live.cognito.describe(name).await?;
    Ok(Looked::decided(name.to_owned(), domain, purpose, baseline, &live.place))
}

impl Looked {
    /// What a domain that was described comes to.
    pub fn decided(
        name: String,
        domain: Option<Domain>,
        purpose: Purpose<'_>,
        baseline: &Baseline,
        place: &Place,
    ) -> Self {
        let now = OffsetDateTime::now_utc();
        let plan = decide(&name, domain.as_ref(), purpose, baseline, Known::NONE, place, now);
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
            Decision::Gone if self.plan.governed => Standing::Off,
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
            Decision::Withhold(_) | Decision::ReadOverrides => {
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
            Decision::Gone if self.plan.governed => Tone::Bad,
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
                            exempt.until.date(),
                            exempt.reason
                        )
                    })
                    .collect();
                Some(allowed.join("; "))
            }
            Decision::Pause(_) | Decision::Withhold(_) | Decision::ReadOverrides => {
                why_stopped(&self.plan.decision, OffsetDateTime::now_utc())
            }
            Decision::Gone if self.plan.governed => {
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
