//! One look at a live domain: what it is, what the Lambda's own code would do with it, and what that means
//! to a person.

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::plan::{Decision, Drift, Plan, Purpose, decide};
use cognito_domain_guard::reconcile::why_refused;
use guardctl::page::Tone;
use time::OffsetDateTime;

use crate::live::Live;

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
        let plan = decide(&name, domain.as_ref(), purpose, baseline, place, now);
        let is_declared =
            baseline.exact_names(place).any(|declared| declared.eq_ignore_ascii_case(&name));
        Self { name, domain, plan, is_declared }
    }

    /// What an update would change; empty where none would be sent.
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
            | Decision::Unmanaged
            | Decision::Gone => &[],
        }
    }

    pub fn is_at_baseline(&self) -> bool {
        match self.plan.decision {
            Decision::InSync | Decision::Restored | Decision::Exempt | Decision::Unmanaged => true,
            Decision::NotRestored
            | Decision::Update(_)
            | Decision::Hold(_)
            | Decision::Refuse(_)
            | Decision::AuditOnly => false,
            Decision::Gone => !self.plan.governed,
        }
    }

    pub fn verdict(&self) -> &'static str {
        match self.plan.decision {
            Decision::InSync | Decision::Restored => "at its baseline",
            Decision::NotRestored | Decision::Update(_) => "drifted: would be put back",
            Decision::Hold(_) => "drifted: would wait, Cognito is busy",
            Decision::Refuse(_) => "would be left alone",
            Decision::Exempt => "drifted: exempt",
            Decision::AuditOnly => "drifted (audit mode: notice only)",
            Decision::Unmanaged => "not in the baseline",
            Decision::Gone if self.is_declared => "declared, but there is none",
            Decision::Gone => "there is no such domain",
        }
    }

    pub fn tone(&self) -> Tone {
        match self.plan.decision {
            Decision::InSync | Decision::Restored => Tone::Good,
            Decision::NotRestored | Decision::Update(_) | Decision::Hold(_) => Tone::Bad,
            Decision::Refuse(_) | Decision::Exempt | Decision::AuditOnly => Tone::Notable,
            Decision::Unmanaged => Tone::Quiet,
            Decision::Gone if self.plan.governed => Tone::Bad,
            Decision::Gone => Tone::Quiet,
        }
    }

    pub fn status(&self) -> &str {
        self.domain.as_ref().map_or("-", |domain| domain.status.as_str())
    }

    pub fn reason(&self) -> Option<String> {
        if let Decision::Refuse(refusal) = &self.plan.decision {
            return Some(why_refused(refusal));
        }
        let unjudged = !self.plan.assessment.unjudged.is_empty();
        unjudged.then(|| "its policy is newer than this guardctl".to_owned())
    }
}
