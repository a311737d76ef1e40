//! The notices that only a sweep sends: its digest, and the announcement of exemptions that end.

use super::super::about::About;
use super::super::record::{ChangeRecord, LinksRecord, Record, Timings};
use super::super::text::{of_others, rfc3339};
use super::super::{headline, links, meaning};
use super::entries::{account_name, change, exempt_until, owner, place};
use crate::baseline::Exemption;
use crate::place::Place;
use crate::plan::Drift;
use crate::report::{CoverageRecord, Kind, Severity, SweepRecord};
use crate::text::clean;
use crate::trigger::SweepCause;

/// Longest name, or other text of somebody's.
const LONGEST: usize = 400;

/// What a sweep found, and the drift that it put back.
pub(in crate::notice) fn digest(
    about: &About<'_>,
    reverted: &[(Place, String, Drift)],
    mut sweep: SweepRecord,
) -> Record {
    // In an organization a name alone does not say where the domain is.
    let is_of_several =
        sweep.coverage.is_some() || reverted.iter().any(|(place, ..)| place != about.place);
    let drifts: Vec<_> = reverted
        .iter()
        .map(|(place, domain, drift)| {
            let override_until = || {
                let attribute = drift.attribute;
                let mut overrides = sweep.overrides.iter();
                let ended = overrides.find(|one| one.ended_for(place, domain, attribute))?;
                Some(format!("{} ({})", ended.until, ended.parameter))
            };
            let exempt_until = exempt_until(place, domain, drift, about).or_else(override_until);
            let shown = if is_of_several { format!("{place} {domain}") } else { domain.clone() };
            ChangeRecord { exempt_until, ..change(Some(&shown), drift, about) }
        })
        .collect();
    harmless(&mut sweep);
    let mut record = general(Kind::SweepDigest, about);
    record.overrides.clone_from(&sweep.overrides);
    let is_in_order = drifts.is_empty()
        && sweep.findings.is_empty()
        && sweep.overrides.is_empty()
        && sweep.ungoverned.is_empty()
        && sweep.overlong_exemptions.is_empty()
        && sweep.coverage.as_ref().is_none_or(|coverage| !coverage.has_gaps());
    record.severity = if is_in_order { Severity::Info } else { Severity::Warning };
    let cause = sweep.cause;
    record.drifts = drifts;
    record.next_steps.extend(why_no_event(&record, cause));
    if sweep.denied > 0 {
        record.next_steps.push(
            "What AWS denied has a notice of its own, revert_failed, with the commands.".to_owned(),
        );
    }
    if !sweep.missing.is_empty() {
        record.next_steps.push(remove(&sweep.missing));
    }
    if !sweep.ungoverned.is_empty() {
        record.next_steps.push(
            "Declare in the baseline what the domains that nothing governs should be, or write an \
             entry for them with an attribute that is unmanaged: then they are not listed again."
                .to_owned(),
        );
    }
    if !sweep.overlong_exemptions.is_empty() {
        record.next_steps.push(
            "Write an earlier end for the exemptions that are longer than max_exemption_days \
             allows, and move it when the time comes. The guard honours them meanwhile; guardctl \
             validate and plan do not."
                .to_owned(),
        );
    }
    if let Some(coverage) = &sweep.coverage {
        record.next_steps.extend(steps_for(coverage));
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
    record.sweep = Some(sweep);
    record.headline = headline::full(&record);
    record.meaning = meaning::of_a_digest(&record, cause);
    record
}

/// What to do about places that nothing guards.
fn steps_for(coverage: &CoverageRecord) -> Vec<String> {
    let mut steps = Vec::new();
    if coverage.accounts_fell {
        steps.push(
            "Find out why Organizations lists fewer than half of the accounts of the last time: whoever \
             lists them may see a part only."
                .to_owned(),
        );
    }
    if coverage.not_covered > 0 {
        steps.push(
            "Deploy member.yaml to the places that are not covered, or name their accounts in \
             ExcludedAccounts. no_role is also what AWS answers where a region is denied."
                .to_owned(),
        );
    }
    if coverage.unknown > 0 {
        steps.push(
            "The next sweep looks at the unknown places again. If they stay so, the log of the sweep \
             function says why."
                .to_owned(),
        );
    }
    steps
}

/// Names and lines, bounded and on one line each.
fn harmless(sweep: &mut SweepRecord) {
    let named =
        [&mut sweep.missing, &mut sweep.ungoverned, &mut sweep.overlong_exemptions].into_iter();
    for name in named.flatten() {
        *name = clean(name, LONGEST);
    }
    for finding in &mut sweep.findings {
        *finding = of_others(finding, SweepRecord::LONGEST_FINDING);
    }
}

/// What a sweep held back because it was too much at once.
pub(in crate::notice) fn held(about: &About<'_>, mut sweep: SweepRecord) -> Record {
    harmless(&mut sweep);
    let mut record = general(Kind::SweepHeld, about);
    record.next_steps.push(
        "Look at the entries of the baseline that most of the domains have in common: a wrong line \
         there would change them all. If it is wrong, deploy the right one."
            .to_owned(),
    );
    if let Some(command) = sweep.held.as_ref().and_then(|held| held.command.as_deref()) {
        record.next_steps.push(format!(
            "If all of it is right, have this set put back, as it is now and once:\n{command}"
        ));
    }
    record.meaning = "The guard changed none of them, and asks: a wrong line in the baseline would change \
                      them all. They stay as they are until then. A change that has an event is put back as \
                      ever."
        .to_owned();
    record.links.runbook = links::runbook(&record, about);
    record.sweep = Some(sweep);
    record.headline = headline::full(&record);
    record
}

/// How to find out why no event led to a revert, where nothing else says why.
fn why_no_event(record: &Record, cause: SweepCause) -> Option<String> {
    const LOOK: &str = "is the trail logging, the rule enabled, a message among the dead letters? guardctl \
                        doctor looks at all of them.";
    let unexplained = record.drifts.iter().any(|drift| drift.exempt_until.is_none());
    match cause {
        SweepCause::Schedule if unexplained => {
            Some(format!("Find out why no event reached the guard: {LOOK}"))
        }
        SweepCause::Request if unexplained => Some(format!(
            "If the guard was neither stopped, paused nor disabled until now, find out why no event reached it: {LOOK}"
        )),
        SweepCause::Schedule | SweepCause::Request | SweepCause::Deployment => None,
    }
}

/// An exemption that ends soon.
pub(in crate::notice) fn expiring(about: &About<'_>, exemption: &Exemption) -> Record {
    let mut record = general(Kind::ExemptionExpiring, about);
    let pattern = exemption.pattern.as_str();
    record.domain = Some(clean(pattern, LONGEST));
    record.until = Some(rfc3339(exemption.until));
    record.headline = headline::full(&record);
    record.reason = Some(clean(&exemption.reason, LONGEST));
    record.rule = Some(place(about, exemption.position));
    let attributes: Vec<_> = exemption.attributes.iter().map(|a| a.as_str()).collect();
    record.meaning =
        format!("From then on the guard puts {} back to the baseline.", attributes.join(", "));
    let owner = exemption.owner.as_deref().map(|owner| clean(owner, LONGEST));
    record.next_steps.push(match owner {
        Some(owner) => format!("Ask {owner} whether the reason still holds."),
        None => "Ask whoever wrote the exemption whether the reason still holds.".to_owned(),
    });
    record.next_steps.push(format!(
        "To allow the drift longer, move `until` in {}.",
        record.rule.as_deref().unwrap_or_default()
    ));
    record
}

/// A few names are enough for a sentence; the record has them all.
fn remove(missing: &[String]) -> String {
    let named: Vec<_> = missing.iter().take(3).map(String::as_str).collect();
    let more = match missing.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "Create what the baseline declares, or remove from it, or list the regions that have it in its \
         entry:\n{}{more}",
        named.join(", ")
    )
}

/// A record about no domain in particular.
pub(super) fn general(kind: Kind, about: &About<'_>) -> Record {
    Record {
        schema_version: Record::SCHEMA_VERSION.to_owned(),
        kind,
        severity: kind.severity(),
        incident: clean(about.incident, LONGEST),
        headline: String::new(),
        meaning: String::new(),
        time: rfc3339(about.now),
        domain: None,
        user_pool_id: None,
        account: about.place.account.clone(),
        account_name: account_name(about),
        owner: owner(about),
        region: about.place.region.clone(),
        partition: about.place.partition.clone(),
        status: None,
        mode: None,
        drifts: Vec::new(),
        exempt: Vec::new(),
        overrides: Vec::new(),
        unjudged: Vec::new(),
        until: None,
        rule: None,
        reason: None,
        error: None,
        actor: None,
        attribution: None,
        event: None,
        closes: None,
        timings: Timings::default(),
        next_steps: Vec::new(),
        links: LinksRecord::default(),
        sweep: None,
        request_id: about.request_id.to_owned(),
        trace_id: about.trace_id.map(str::to_owned),
        guard_version: env!("CARGO_PKG_VERSION").to_owned(),
        baseline: about.baseline.into(),
        truncated: false,
    }
}
