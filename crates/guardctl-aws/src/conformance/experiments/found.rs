//! What a run found so far.

use crate::conformance::finding::{Finding, Kind, Outcome, Question};
use crate::conformance::lab::Lab;

/// What a run found.
#[derive(Debug, Default)]
pub struct Found {
    pub findings: Vec<Finding>,
    /// Why parts of it ended early.
    pub stops: Vec<String>,
}

impl Found {
    pub fn add(&mut self, lab: &Lab<'_>, finding: Finding) {
        lab.steps.say(&format!("=> {finding}"));
        self.findings.push(finding);
    }

    /// Whether a domain of the run answered anything.
    pub fn has_answers(&self) -> bool {
        self.findings.iter().any(|finding| {
            finding.question != Question::Elsewhere
                && match finding.outcome {
                    Outcome::Measured(_) | Outcome::Unexpected(_) => true,
                    Outcome::NotMeasurable(_) | Outcome::NotMeasured(_) => false,
                }
        })
    }

    /// Each question of a kind that has no finding yet, for that reason.
    pub fn rest(&mut self, lab: &Lab<'_>, kind: Kind, outcome: &Outcome) {
        for question in Question::ALL {
            let is_asked = match kind {
                Kind::Custom => true,
                Kind::Prefix => is_asked_of_a_prefix(question),
            };
            let is_found = self
                .findings
                .iter()
                .any(|finding| finding.question == question && finding.kind == kind);
            if is_asked && !is_found {
                self.add(lab, Finding::new(question, kind, outcome.clone()));
            }
        }
    }
}

/// What a prefix domain can be asked.
const fn is_asked_of_a_prefix(question: Question) -> bool {
    match question {
        Question::OmittedManagedLogin
        | Question::BusyUpdating
        | Question::BusyCreating
        | Question::Describe
        | Question::NewManagedLogin
        | Question::DurationCreating
        | Question::DurationUpdating => true,
        Question::OmittedSecurityPolicy
        | Question::OmittedRouting
        | Question::OmittedCustomDomainConfig
        | Question::EmptyRouting
        | Question::OldPolicy
        | Question::NewPolicy
        | Question::TlsV1WithManagedLogin
        | Question::Elsewhere
        | Question::UpdateDistribution
        | Question::DurationCertificate => false,
    }
}
