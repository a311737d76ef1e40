//! The notices that only a sweep sends: its digest, and the announcement of exemptions that end.

use super::record::{
    ChangeRecord, Kind, LinksRecord, Record, Severity, SweepRecord, Timings, rfc3339,
};
use super::text::clean;
use super::{About, Notice};
use crate::baseline::Exemption;

/// Longest line about one domain.
const LONGEST_FINDING: usize = 400;

impl Notice {
    /// What a sweep found. `about.domain` and what belongs to one domain are ignored.
    pub fn digest(about: &About<'_>, changes: Vec<ChangeRecord>, mut sweep: SweepRecord) -> Self {
        for finding in &mut sweep.findings {
            *finding = clean(finding, LONGEST_FINDING);
        }
        let mut record = general(Kind::SweepDigest, about);
        record.headline = headline(&sweep, changes.len());
        record.severity = if changes.is_empty() && sweep.findings.is_empty() {
            Severity::Info
        } else {
            Severity::Warning
        };
        if !changes.is_empty() {
            record.next_steps.push(
                "Find out why no event told the guard: is the trail logging, the rule enabled, the \
                 recheck queue empty? Each domain gets a notice of its own when it is restored."
                    .to_owned(),
            );
        }
        if !sweep.missing.is_empty() {
            record.next_steps.push(format!(
                "Remove {} from the baseline, or create what it declares.",
                sweep.missing.join(", ")
            ));
        }
        if sweep.unknown > 0 {
            record.next_steps.push(
                "Some user pools or domains could not be read: the log says which and why.".into(),
            );
        }
        if !sweep.complete {
            record.next_steps.push(
                "Time ran out before everything was seen: raise SweepRequestsPerSecond, up to what \
                 the quota of 15 a second leaves."
                    .to_owned(),
            );
        }
        record.changes = changes;
        record.sweep = Some(sweep);
        Self { record }
    }

    /// An exemption that ends soon.
    pub fn expiring(about: &About<'_>, exemption: &Exemption) -> Self {
        let mut record = general(Kind::ExemptionExpiring, about);
        let pattern = exemption.pattern.as_str();
        let until = rfc3339(exemption.until);
        record.domain = Some(clean(pattern, LONGEST_FINDING));
        record.headline = format!(
            "The exemption of {pattern} ends at {until}; the guard enforces its baseline then. \
             Prepare for it."
        );
        record.reason = Some(clean(&exemption.reason, LONGEST_FINDING));
        record.rule = Some(format!(
            "{}:{}:{}",
            about.baseline, exemption.position.line, exemption.position.column
        ));
        let whom = exemption.owner.as_deref().map(|owner| clean(owner, LONGEST_FINDING));
        record.next_steps.push(match whom {
            Some(owner) => format!("Ask {owner} whether the reason still holds."),
            None => "Ask whoever wrote the exemption whether the reason still holds.".to_owned(),
        });
        record.next_steps.push(format!(
            "To allow it longer, move until at {} of the baseline.",
            record.rule.as_deref().unwrap_or_default()
        ));
        Self { record }
    }
}

fn headline(sweep: &SweepRecord, changes: usize) -> String {
    let domains = |count: usize| {
        if count == 1 { "1 domain".to_owned() } else { format!("{count} domains") }
    };
    if changes > 0 {
        return format!(
            "A sweep found {} off the baseline that no event told of; putting back what it may.",
            domains(sweep.drifted)
        );
    }
    if sweep.drifted > 0 {
        return format!(
            "A sweep found {} off the baseline that the guard leaves as it is. You decide.",
            domains(sweep.drifted)
        );
    }
    if !sweep.missing.is_empty() {
        return format!(
            "A sweep found no domain for {} declared. No action needed at once.",
            if sweep.missing.len() == 1 {
                "one name".into()
            } else {
                format!("{} names", sweep.missing.len())
            }
        );
    }
    if sweep.unknown > 0 || !sweep.complete {
        return "A sweep could not see everything. Look at the log.".to_owned();
    }
    "A sweep found every governed domain at its baseline. No action needed.".to_owned()
}

/// A record about no domain in particular.
fn general(kind: Kind, about: &About<'_>) -> Record {
    Record {
        schema_version: Record::SCHEMA_VERSION.to_owned(),
        kind,
        severity: kind.severity(),
        incident: clean(about.incident, LONGEST_FINDING),
        headline: String::new(),
        time: rfc3339(about.now),
        domain: None,
        user_pool_id: None,
        account: about.guard.account.clone(),
        region: about.guard.region.clone(),
        status: None,
        mode: None,
        changes: Vec::new(),
        exempt: Vec::new(),
        rule: None,
        reason: None,
        error: None,
        actor: None,
        event: None,
        timings: Timings::default(),
        next_steps: Vec::new(),
        links: LinksRecord::default(),
        sweep: None,
        request_id: about.request_id.to_owned(),
        trace_id: about.trace_id.map(str::to_owned),
        guard_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
