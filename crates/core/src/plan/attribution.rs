//! Whether the recorded call explains what is observed.
//!
//! The rule: nobody is named as the cause of a drift that the domain says was made by another call.
//! For people to read; nothing is decided by it.

use super::assess::Assessment;
use crate::domain::{Attribute, Domain};
use crate::trigger::{Change, DomainCall};

/// What a recorded call has to do with the domain as it is observed. The first line that fits counts:
///
/// | the call and the domain | |
/// | --- | --- |
/// | the call named another user pool | [`Contradicted`](Self::Contradicted) |
/// | Cognito is busy and does not show what was asked | [`NotVisible`](Self::NotVisible) |
/// | it was a deletion, and there is a domain | [`Contradicted`](Self::Contradicted) |
/// | the domain shows another value than was asked | [`Contradicted`](Self::Contradicted) |
/// | there is drift, and the call mentioned none of the attributes | [`NotMentioned`](Self::NotMentioned) |
/// | otherwise | [`Explained`](Self::Explained) |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// The domain shows what the call asked for, as far as it can be read.
    Explained,
    /// The call said nothing of what is off the baseline. Cognito may have reset it, or it was so
    /// before.
    NotMentioned,
    /// Cognito may not show the change yet.
    NotVisible,
    /// The domain is not what the call asked for: somebody else has changed it since, or before.
    Contradicted(Contradiction),
}

/// What of the domain contradicts the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// It belongs to another user pool.
    OtherPool,
    /// It is there, after its deletion.
    IsThere,
    /// It shows another value of that attribute than was asked for.
    OtherValue(Attribute),
}

pub(super) fn attribute_to(
    change: &Change,
    domain: &Domain,
    assessment: &Assessment,
) -> Attribution {
    if change.user_pool_id.as_ref().is_some_and(|pool| *pool != domain.user_pool_id) {
        return Attribution::Contradicted(Contradiction::OtherPool);
    }
    let asked = &change.requested;
    if domain.status.is_busy() && !asked.is_shown_by(domain) {
        return Attribution::NotVisible;
    }
    if change.call == DomainCall::Delete {
        return Attribution::Contradicted(Contradiction::IsThere);
    }
    if let Some(attribute) =
        Attribute::ALL.into_iter().find(|attribute| asked.is_contradicted_by(domain, *attribute))
    {
        return Attribution::Contradicted(Contradiction::OtherValue(attribute));
    }
    let Assessment { drifts, exempt, unjudged } = assessment;
    let mut off = drifts
        .iter()
        .map(|drift| drift.attribute)
        .chain(exempt.iter().map(|exempt| exempt.drift.attribute))
        .chain(unjudged.iter().map(|unjudged| unjudged.attribute))
        .peekable();
    if off.peek().is_some() && off.all(|attribute| !asked.mentions(attribute)) {
        return Attribution::NotMentioned;
    }
    Attribution::Explained
}

#[cfg(test)]
mod tests {
    use super::super::tests::{foreign, home, now, sound, weak};
    use super::*;
    use crate::domain::Status;
    use crate::plan::{Purpose, decide};
    use crate::trigger::{Asked, Requested};

    fn check(change: Change, domain: &Domain, expected: Attribution) {
        let text = "version: 1\ndefaults: { security_policy: TLS_V1_3_2025 }\n";
        let baseline = crate::baseline::Baseline::parse("baseline.yaml", text).unwrap();
        let purpose = Purpose::Change(&change, crate::memory::Earlier::FirstLook);
        let plan = decide(
            &domain.name,
            Some(domain),
            purpose,
            &baseline,
            crate::overrides::Known::NONE,
            &home(),
            now(),
        );
        assert_eq!(plan.attribution, Some(expected), "{change:?}");
    }

    fn asked(requested: Requested) -> Change {
        Change { requested, ..foreign() }
    }

    fn policy(name: &str) -> Requested {
        Requested { security_policy: Asked::Value(name.to_owned()), ..Requested::default() }
    }

    #[test]
    fn a_call_whose_values_the_domain_shows_explains_the_drift() {
        check(asked(policy("TLS_V1")), &weak(), Attribution::Explained);
        let hidden = Requested { security_policy: Asked::Unreadable, ..Requested::default() };
        check(asked(hidden), &weak(), Attribution::Explained);
        let login = Requested { managed_login_version: Asked::Value(1), ..policy("TLS_V1") };
        check(asked(login), &weak(), Attribution::Explained);
    }

    #[test]
    fn a_call_that_did_not_mention_what_is_off_the_baseline_is_said_not_to_have() {
        check(asked(Requested::default()), &weak(), Attribution::NotMentioned);
        let login = Requested { managed_login_version: Asked::Value(1), ..Requested::default() };
        check(asked(login), &weak(), Attribution::NotMentioned);
    }

    #[test]
    fn a_call_that_the_domain_contradicts_explains_nothing() {
        let other = |attribute| Attribution::Contradicted(Contradiction::OtherValue(attribute));
        check(asked(policy("TLS_V1_3_2025")), &weak(), other(Attribute::SecurityPolicy));
        let login = Requested { managed_login_version: Asked::Value(2), ..policy("TLS_V1") };
        check(asked(login), &weak(), other(Attribute::ManagedLoginVersion));
        let deleted = Change { call: DomainCall::Delete, ..foreign() };
        check(deleted, &weak(), Attribution::Contradicted(Contradiction::IsThere));
        let moved = Domain { user_pool_id: "eu-central-1_OTHER".to_owned(), ..sound() };
        check(
            asked(policy("TLS_V1_2_2021")),
            &moved,
            Attribution::Contradicted(Contradiction::OtherPool),
        );
    }

    #[test]
    fn what_a_busy_domain_does_not_show_may_not_be_visible_yet() {
        let busy = Domain { status: Status::Updating, ..weak() };
        check(asked(policy("TLS_V1_3_2025")), &busy, Attribution::NotVisible);
        check(asked(policy("TLS_V1")), &busy, Attribution::Explained);
    }
}
