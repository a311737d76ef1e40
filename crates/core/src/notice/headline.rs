//! What happened and whether somebody must act, in one line. The most read sentences of the project.

use super::record::Record;
use super::{created, override_change, overrides};
use crate::domain::Attribute;
use crate::report::{Kind, Severity, SweepRecord};
use crate::text::{counted, cut, unlinked};
use crate::trigger::SweepCause;

/// The least that is left of a name; any headline leaves room for it.
const SHORTEST_NAME: usize = 8;

/// How much a headline says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Every attribute.
    Full,
    /// How many attributes.
    Counted,
    /// No attribute, and no more words than it takes.
    Bare,
}

/// The headline with everything in it.
pub(super) fn full(record: &Record) -> String {
    line(record, &subject(record), Form::Full)
}

/// The headline in the fullest form that has at most `longest` characters.
pub(super) fn short(record: &Record, longest: usize) -> String {
    let subject = subject(record);
    let fits = |text: &String| text.chars().count() <= longest;
    let forms = [Form::Full, Form::Counted, Form::Bare];
    if let Some(fitting) = forms.into_iter().map(|form| line(record, &subject, form)).find(fits) {
        return fitting;
    }
    let others = line(record, "", Form::Bare).chars().count();
    let room = longest.saturating_sub(others).max(SHORTEST_NAME);
    line(record, &middle_cut(&subject, room), Form::Bare)
}

/// The name without its middle, which says least: a domain is recognised by its host and its zone.
fn middle_cut(name: &str, longest: usize) -> String {
    let length = name.chars().count();
    if length <= longest {
        return name.to_owned();
    }
    let kept = longest.saturating_sub(3);
    let end = kept / 2;
    let begin: String = name.chars().take(kept - end).collect();
    let rest: String = name.chars().skip(length - end).collect();
    // Where it is cut a word begins, which may be one that clients make a link of: `xmailto:x`.
    let mut rest = rest.as_str();
    loop {
        let name = format!("{}...{rest}", cut(&begin));
        let mut after = rest.chars();
        if after.next().is_none() || unlinked(&name) == name {
            return name;
        }
        rest = after.as_str();
    }
}

fn subject(record: &Record) -> String {
    match (&record.domain, &record.user_pool_id) {
        (Some(domain), _) => unlinked(domain).into_owned(),
        (None, Some(pool)) => format!("User pool {}", unlinked(pool)),
        (None, None) => "A domain".to_owned(),
    }
}

fn names(record: &Record) -> Vec<Attribute> {
    match record.kind {
        Kind::Exempted => record.exempt.iter().map(|exempt| exempt.attribute).collect(),
        Kind::OverrideChanged => {
            record.overrides.first().map(|one| one.attributes.clone()).unwrap_or_default()
        }
        Kind::Restored => {
            record.closes.iter().flat_map(|closes| closes.attributes.clone()).collect()
        }
        Kind::DriftDetected
        | Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Reverted
        | Kind::NotRestored
        | Kind::RevertFailed
        | Kind::Refused
        | Kind::Audit
        | Kind::NotCovered
        | Kind::Paused
        | Kind::DomainCreated
        | Kind::DomainDeleted
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => record.drifts.iter().map(|change| change.attribute).collect(),
    }
}

/// ` (security_policy)`, or nothing where nothing is known or there is no room.
fn attributes(record: &Record, form: Form) -> String {
    let names = names(record);
    match form {
        Form::Full if !names.is_empty() => {
            let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
            format!(" ({})", names.join(", "))
        }
        Form::Counted if !names.is_empty() => format!(" ({})", counted(names.len(), "attribute")),
        Form::Full | Form::Counted | Form::Bare => String::new(),
    }
}

/// How long, in minutes, where it is known.
fn age(before: &str, seconds: Option<i64>, after: &str) -> String {
    let minutes = seconds.and_then(|seconds| usize::try_from(seconds / 60).ok());
    minutes
        .map(|minutes| format!(" {before}{}{after}", counted(minutes, "minute")))
        .unwrap_or_default()
}

/// The headline about `name`.
fn line(record: &Record, name: &str, form: Form) -> String {
    let what = &attributes(record, form);
    let nothing_seen = record.drifts.is_empty();
    let by_imposter = record.is_about_an_imposter();
    match record.kind {
        Kind::DriftDetected if by_imposter => {
            format!(
                "{name} drifted{what} by use of the guard's role; the revert is pending. Act now."
            )
        }
        Kind::Reverted if by_imposter => {
            format!("{name} drifted{what} by use of the guard's role and was put back. Act now.")
        }
        Kind::Audit if by_imposter => {
            format!(
                "{name} drifted{what} by use of the guard's role; nothing was changed. Act now."
            )
        }
        Kind::DriftDetected => {
            format!(
                "{name} drifted{what}; the revert is pending. {}",
                calm(record, "No action needed yet.")
            )
        }
        Kind::DriftLasts => {
            let after = age("after ", record.timings.seconds_off_baseline, "");
            format!("{name} is still off its baseline{what}{after}. Act now.")
        }
        Kind::StateUnknown if record.error.is_some() => {
            // Earlier looks may have seen it.
            let time = age("", record.timings.seconds_unknown, " after the change");
            format!("{name} could not be looked at{time}. You decide.")
        }
        Kind::StateUnknown => {
            let time = age("for ", record.timings.seconds_unknown, "");
            if form == Form::Bare {
                return format!("{name} busy{time}; the change may not show yet. You decide.");
            }
            format!(
                "Cognito has been busy with {name}{time} and may not show the change yet. You decide."
            )
        }
        Kind::Reverted => {
            format!("{name} drifted{what} and was put back. {}", calm(record, "No action needed."))
        }
        Kind::Restored => format!("{name} is at its baseline again{what}. No action needed."),
        Kind::NotRestored if nothing_seen => {
            format!("{name} is not in service after the revert. Act now.")
        }
        Kind::NotRestored => {
            format!("{name} is off its baseline{what} in spite of the revert. Act now.")
        }
        Kind::RevertFailed => revert_failed(record, name, what),
        Kind::Refused if nothing_seen => {
            format!("{name} has a policy newer than the guard. Update the guard.")
        }
        Kind::Refused => format!("{name} drifted{what} and was not put back. Act now."),
        Kind::Exempted => {
            format!("{name} drifted{what}, as an exemption allows. No action needed.")
        }
        Kind::Audit => {
            format!(
                "{name} drifted{what}; audit mode changed nothing. {}",
                calm(record, "You decide.")
            )
        }
        Kind::Paused => overrides::headline(record, name, what),
        Kind::OverrideChanged => override_change::headline(record, name, what),
        Kind::DomainDeleted if record.severity == Severity::Critical => {
            format!("{name} was deleted. Act now unless that was planned.")
        }
        Kind::DomainDeleted => format!("{name} was deleted. You decide whether that was planned."),
        Kind::NotCovered => {
            let Record { account, region, .. } = record;
            let now = match record.severity {
                Severity::Critical => "Act now.",
                Severity::Warning | Severity::Info => "You decide.",
            };
            format!("{name} changed in {account} {region}, which is not covered. {now}")
        }
        Kind::DomainCreated => created::headline(record, name),
        Kind::ExemptionExpiring => {
            let until = record.until.as_deref().unwrap_or("an unknown time");
            format!("The exemption of {name} ends at {until}. Prepare for it.")
        }
        Kind::SweepHeld => {
            let held = record.sweep.as_ref().and_then(|sweep| sweep.held.as_ref());
            format!(
                "A sweep found {} off the baseline at once, and puts none back. Act now.",
                counted(held.map_or(0, |held| held.domains), "domain")
            )
        }
        // Made once: a digest that is too large for SNS loses the changes that are counted here.
        Kind::SweepDigest if !record.headline.is_empty() => record.headline.clone(),
        Kind::SweepDigest => digest(record),
        Kind::Test => "This is a test: nothing happened. No action needed.".to_owned(),
    }
}

/// What somebody has to do about a notice that is usually not urgent. It is where the call was made with
/// the guard's own role.
fn calm(record: &Record, usual: &'static str) -> &'static str {
    match record.severity {
        Severity::Info | Severity::Warning => usual,
        Severity::Critical => "Somebody used the guard's role. Act now.",
    }
}

/// A call that was denied may have been denied on purpose.
fn revert_failed(record: &Record, name: &str, what: &str) -> String {
    let denial = record.error.as_ref().and_then(|error| error.denial.as_ref());
    let (why, act) = match denial.map(|denial| denial.explicit) {
        Some(true) => (": a Deny stops the guard", "Act now unless that is meant."),
        Some(false) => (": the guard lacks a permission", "Act now."),
        None => ("", "Act now."),
    };
    if record.drifts.is_empty() {
        format!("{name} could not be looked at{why}. {act}")
    } else {
        format!("{name} drifted{what} and was not put back{why}. {act}")
    }
}

/// Digests are about many domains, so they name none and fit anywhere.
fn digest(record: &Record) -> String {
    let Some(sweep) = &record.sweep else {
        return "A sweep ended. No action needed.".to_owned();
    };
    let reverting = {
        let mut domains: Vec<_> = record.drifts.iter().map(|change| &change.domain).collect();
        domains.sort();
        domains.dedup();
        domains.len()
    };
    let left = sweep.drifted.saturating_sub(reverting);
    if reverting > 0 && left > 0 {
        return format!(
            "A sweep put {} back and left {left} off the baseline. You decide.",
            counted(reverting, "domain")
        );
    }
    if reverting > 0 {
        let unexplained = record.drifts.iter().any(|drift| drift.exempt_until.is_none());
        let end = match sweep.cause {
            SweepCause::Schedule if unexplained => "Find out why no event came.",
            SweepCause::Schedule | SweepCause::Deployment | SweepCause::Request => {
                "No action needed."
            }
        };
        return format!("A sweep put {} back to the baseline. {end}", counted(reverting, "domain"));
    }
    if left > 0 && left == sweep.denied {
        return format!(
            "A sweep found {} off the baseline, and AWS denied the update. You decide.",
            counted(left, "domain")
        );
    }
    if left > 0 {
        return format!(
            "A sweep found {} off the baseline, and changed nothing. You decide.",
            counted(left, "domain")
        );
    }
    if sweep.coverage.as_ref().is_some_and(|coverage| coverage.accounts_fell) {
        return "A sweep got fewer than half of the accounts of the last one. Act now.".to_owned();
    }
    if sweep.unknown > 0 || !sweep.complete {
        return "A sweep could not see everything. Look at the log.".to_owned();
    }
    if !sweep.findings.is_empty() {
        return format!(
            "A sweep reports {}. You decide.",
            counted(sweep.findings.len(), "finding")
        );
    }
    if let Some(coverage) = &sweep.coverage
        && coverage.not_covered + coverage.unknown > 0
    {
        return if coverage.not_covered > 0 {
            let places = counted(coverage.not_covered, "place");
            format!("A sweep found {places} not covered. You decide.")
        } else {
            "A sweep could not see everything. Look at the log.".to_owned()
        };
    }
    if !sweep.overlong_exemptions.is_empty() {
        return match sweep.overlong_exemptions.len() {
            1 => "An exemption lasts longer than the baseline allows. You decide.".to_owned(),
            more => format!("{more} exemptions last longer than the baseline allows. You decide."),
        };
    }
    if !sweep.ungoverned.is_empty() {
        let more = if sweep.ungoverned.len() < SweepRecord::MOST_NAMED { "" } else { " or more" };
        return format!(
            "A sweep found {}{more} that nothing governs. You decide.",
            counted(sweep.ungoverned.len(), "domain")
        );
    }
    if !sweep.missing.is_empty() {
        return format!(
            "A sweep found no domain for {}. No action needed at once.",
            counted(sweep.missing.len(), "declared name")
        );
    }
    "A sweep found every governed domain at its baseline. No action needed.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::middle_cut;

    #[test]
    fn a_cut_makes_no_link_of_what_was_none() {
        let name = format!("{}xmailto:somebody.example.com", "a".repeat(60));
        for longest in 8..90 {
            let cut = middle_cut(&name, longest);
            assert!(cut.chars().count() <= longest);
            assert_eq!(crate::text::unlinked(&cut), cut);
        }
        assert_eq!(middle_cut("auth.example.com", 60), "auth.example.com");
    }
}
