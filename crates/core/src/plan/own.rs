//! Whether a call that was made with the guard's role can be the guard's.
//!
//! CloudTrail vouches for the role and not for who assumed it: whoever administers the account can. So what
//! the call asked for decides, too. The rule: a call is disowned by a value that it names and that no guard
//! with this baseline sends, and by nothing else. What it leaves out, and what cannot be read, stays the
//! guard's own; were it otherwise, the guard would answer itself for ever wherever Cognito or CloudTrail
//! drop a part of a request.

use std::borrow::Cow;

use time::{Duration, OffsetDateTime};

use crate::baseline::{Baseline, Governing, PolicyRule, RoutingRule};
use crate::domain::{Attribute, Failover, ObservedPolicy};
use crate::overrides::{Known, Overrides};
use crate::trigger::{Asked, Change, Imposture, Origin, Requested, RequestedFailover};

/// For how long after its end an exemption or an override still explains a call: the guard looked while it
/// held, and Cognito took the update later, by another clock.
const AFTER_AN_EXEMPTION: Duration = Duration::minutes(5);

/// The change with its origin as the baseline shows it: a call with the guard's role that names a value for
/// the domain called `name` which the guard would not send is an [imposter's](Origin::Imposter).
///
/// A guard sends a whole request, so it names also what it leaves as it is. What it may send of each
/// attribute:
///
/// | attribute | the guard sends |
/// | --- | --- |
/// | any that is not declared, or was allowed by an exemption or an override at the time of the call | what is observed: anything |
/// | `security_policy` | a policy that the declaration allows, or one newer than this build, which it leaves |
/// | `managed_login_version`, `certificate_arn` | the declared one |
/// | `routing`, where a failover is declared | that one; a record that shows `routing: {}` shows nothing of it |
/// | `routing: none` | none (`routing: {}`), or any that a sweep leaves |
///
/// Where the overrides were not read, or could not be, nobody knows what the guard was allowed to leave, and
/// the call stays its own.
pub fn seen_through<'a>(
    change: &'a Change,
    name: &str,
    baseline: &Baseline,
    overrides: Known<'_>,
) -> Cow<'a, Change> {
    let Some(overrides) = overrides.read() else { return Cow::Borrowed(change) };
    match change.origin {
        Origin::Foreign | Origin::Imposter(_) => Cow::Borrowed(change),
        Origin::Guard(_) => match not_sent(change, name, baseline, overrides) {
            None => Cow::Borrowed(change),
            Some(attribute) => {
                let origin = Origin::Imposter(Imposture::Value(attribute));
                Cow::Owned(Change { origin, ..change.clone() })
            }
        },
    }
}

/// The first attribute of which the call names a value that the guard would not send.
fn not_sent(
    change: &Change,
    name: &str,
    baseline: &Baseline,
    overrides: &Overrides,
) -> Option<Attribute> {
    // Without a time, any exemption that there was may have held.
    let at = change.time.map_or(OffsetDateTime::UNIX_EPOCH, |time| time - AFTER_AN_EXEMPTION);
    let place = &change.place;
    let governing = baseline.governing(name, place).without(|one| {
        baseline.exemption(name, one, place, at).is_some()
            || overrides.may_have_allowed(name, one, place, at)
    });
    Attribute::ALL.into_iter().find(|one| !may_send(&governing, *one, &change.requested))
}

fn may_send(governing: &Governing<'_>, attribute: Attribute, requested: &Requested) -> bool {
    let Requested { security_policy, certificate_arn, managed_login_version, failover } = requested;
    match attribute {
        Attribute::SecurityPolicy => {
            sent(governing.security_policy.map(|one| &one.value), security_policy, policy)
        }
        Attribute::Routing => sent(governing.routing.map(|one| &one.value), failover, routing),
        Attribute::ManagedLoginVersion => sent(
            governing.managed_login_version.map(|one| &one.value),
            managed_login_version,
            |declared, asked| i64::from(*declared) == *asked,
        ),
        Attribute::CertificateArn => sent(
            governing.certificate_arn.map(|one| &one.value),
            certificate_arn,
            |declared, asked| declared == asked,
        ),
    }
}

/// Whether the guard may have sent what was asked for, given what is declared.
fn sent<D, A>(declared: Option<&D>, asked: &Asked<A>, is_sent: fn(&D, &A) -> bool) -> bool {
    match (declared, asked) {
        (Some(declared), Asked::Value(asked)) => is_sent(declared, asked),
        (Some(_), Asked::NotAsked | Asked::None | Asked::Unreadable)
        | (None, Asked::Value(_) | Asked::NotAsked | Asked::None | Asked::Unreadable) => true,
    }
}

#[expect(clippy::ptr_arg, reason = "as the other values that are compared")]
fn policy(rule: &PolicyRule, asked: &String) -> bool {
    match ObservedPolicy::from_name(asked) {
        ObservedPolicy::Known(policy) => rule.allows(policy),
        ObservedPolicy::Absent | ObservedPolicy::Unknown(_) => true,
    }
}

fn routing(rule: &RoutingRule, asked: &RequestedFailover) -> bool {
    let RequestedFailover { secondary_region, primary_route53_health_check_id } = asked;
    let is_same = |declared: &String, asked: &String| declared == asked;
    match rule {
        RoutingRule::NoFailover => true,
        RoutingRule::Failover(Failover {
            secondary_region: declared_region,
            primary_route53_health_check_id: declared_check,
        }) => {
            sent(Some(declared_region), secondary_region, is_same)
                && sent(Some(declared_check), primary_route53_health_check_id, is_same)
        }
    }
}
