//! A new custom domain: whether the baseline governs it, and what else its creation changes.

use super::about::About;
use super::actor::ActorRecord;
use super::record::Record;
use crate::baseline::Mode;
use crate::report::Severity;
use crate::text::clean;
use crate::trigger::UNKNOWN;

/// Longest reason: a chat shows no more.
const LONGEST_REASON: usize = 280;

/// What is said beside who created it. Nobody has to act on a domain that the baseline governs.
pub(super) fn complete(record: &mut Record, about: &About<'_>) {
    let governing = about.baseline.governing(about.domain, about.place);
    let file = about.baseline.name();
    let entry = governing.entry.map(|entry| format!("{file}:{}", entry.position));
    record.severity = if governing.declares_nothing() { Severity::Warning } else { Severity::Info };
    let mut reason = match (governing.declares_nothing(), &entry) {
        (true, None) => {
            format!("no entry of {file} matches the domain, and the defaults declare nothing")
        }
        (true, Some(entry)) => {
            format!("the entry at {entry} matches the domain and declares nothing")
        }
        (false, entry) => {
            let written: Vec<String> = governing
                .written()
                .into_iter()
                .map(|(attribute, written)| format!("{attribute} {written}"))
                .collect();
            let by = match (entry, governing.first_position()) {
                (Some(entry), _) => format!("the entry at {entry} governs it"),
                (None, Some(default)) => format!("the defaults at {file}:{default} govern it"),
                (None, None) => "the defaults govern it".to_owned(),
            };
            let audit = match governing.mode {
                Mode::Enforce => "",
                Mode::Audit => ", in audit mode",
            };
            format!("{by}{audit}: {}", written.join(", "))
        }
    };
    if about.observed.is_none() && about.error.is_none() {
        reason.push_str("; Cognito shows no such domain now");
    }
    // That somebody created it is CloudTrail's word, whatever the domain has become since.
    record.actor = about.change.map(ActorRecord::of);
    record.attribution = None;
    // Its drift, if it has any, has a notice of its own.
    record.drifts.clear();
    record.exempt.clear();
    record.unjudged.clear();
    record.reason = Some(clean(&reason, LONGEST_REASON));
    record.rule =
        entry.or_else(|| governing.first_position().map(|default| format!("{file}:{default}")));
}

/// The headline about `name`.
pub(super) fn headline(record: &Record, name: &str) -> String {
    match record.severity {
        Severity::Info => format!("{name} was created; the baseline governs it. No action needed."),
        Severity::Warning | Severity::Critical => {
            format!("{name} was created; nothing governs it. You decide.")
        }
    }
}

/// What to do next, most useful first.
pub(super) fn next_steps(record: &Record) -> Vec<String> {
    let mut steps = Vec::new();
    let domain = record.domain.as_deref().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if record.severity != Severity::Info && !domain.is_empty() && domain.chars().all(is_name) {
        steps.push(format!(
            "To have the guard keep it, add under domains in the baseline what it should be, such \
             as:\n- {{ domain: {domain}, security_policy: {{ at_least: TLS_V1_2_2021 }} }}"
        ));
        steps.push(format!(
            "If nothing is to govern it, add this instead, and the daily digest leaves it out:\n- {{ \
             domain: {domain}, security_policy: unmanaged }}"
        ));
    }
    if let Some(actor) = record.actor.as_ref().filter(|actor| actor.name != UNKNOWN)
        && record.severity != Severity::Info
    {
        steps.push(format!("Ask whoever created it what it is for:\n{}", actor.name));
    }
    // Documented for CreateUserPoolDomain and for WebAuthnConfigurationType in the service model.
    steps.push(
        "If users sign in with passkeys: a new custom domain becomes the user pool's relying party \
         (RP) ID, so passkeys that were registered for its prefix domain stop working, unless the RP ID \
         is set to the prefix domain (RelyingPartyId, with SetUserPoolMfaConfig)."
            .to_owned(),
    );
    steps.push(
        "With managed login or the classic hosted UI, AWS requires the custom domain as the RP ID: \
         there, users have to register their passkeys again."
            .to_owned(),
    );
    steps
}
