//! What the tests of notices are about: the shipped events, met by the shipped baseline.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::text::rfc3339;
use super::*;
use crate::baseline::{Baseline, Position};
use crate::call::{CallError, Failure};
use crate::domain::{CustomDomain, Domain, Hosting, ObservedPolicy, Status};
use crate::memory::Earlier;
use crate::overrides::{DEFAULT_LONGEST, Known, Location, Overrides, Parameter, ParameterKind};
use crate::place::Place;
use crate::plan::{Decision, Purpose, decide};
use crate::reach::Reach;
use crate::report::{HeldAccount, HeldBy, HeldEntry, HeldRecord};
use crate::trigger::{
    self, Asked, Change, Identity, Payload, Requested, RequestedFailover, Subject, Trigger,
};

pub(super) const REQUEST: &str = "4a1f0b1e-7f0e-4b52-9d0a-0c5a2f1f6d3b";
const CERTIFICATE: &str =
    "arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d";

pub(crate) fn guard() -> Identity {
    Identity {
        role_arn: "arn:aws:iam::111122223333:role/cognito-domain-guard-GuardRole".to_owned(),
        function_arns: ["GuardFunction", "SweepFunction"]
            .map(|name| {
                format!(
                    "arn:aws:lambda:eu-central-1:111122223333:function:cognito-domain-guard-{name}"
                )
            })
            .to_vec(),
        overrides: Some(Location {
            path: Location::path_of("cognito-domain-guard"),
            region: "eu-central-1".to_owned(),
        }),
    }
}

/// Where it is.
pub(crate) fn home() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

pub(super) fn baseline() -> Baseline {
    Baseline::parse("baseline.yaml", include_str!("../../../../baseline/example.yaml")).unwrap()
}

/// A shipped event.
pub(super) fn event(name: &str) -> Value {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The same with nothing in it that may be missing: root, no tool, no address, no time.
pub(super) fn poor(mut event: Value) -> Value {
    let detail = &mut event["detail"];
    for member in ["userAgent", "eventTime", "responseElements", "sessionCredentialFromConsole"] {
        detail.as_object_mut().unwrap().remove(member);
    }
    detail["sourceIPAddress"] = json!("HIDDEN_DUE_TO_SECURITY_REASONS");
    detail["userIdentity"] = json!({ "type": "Root", "sessionContext": { "sessionIssuer": {} } });
    event
}

pub(super) fn change(event: &Value) -> Change {
    match trigger::read(event, &guard(), &Reach::one(home())) {
        Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => *change,
        other => panic!("{other:?}"),
    }
}

/// A custom domain that is off every baseline, as Cognito would describe it.
pub(super) fn drifted(change: &Change) -> Domain {
    let Subject::Domain(name) = &change.subject else { panic!("{change:?}") };
    Domain {
        name: name.clone(),
        user_pool_id: change.user_pool_id.clone().unwrap_or_default(),
        account: Some("111122223333".to_owned()),
        status: Status::Active,
        hosting: Hosting::Custom(CustomDomain {
            certificate_arn: Some(CERTIFICATE.to_owned()),
            security_policy: ObservedPolicy::from_name("TLS_V1"),
            failover: Some(crate::domain::Failover {
                secondary_region: "eu-west-1".to_owned(),
                primary_route53_health_check_id: "99999999-aaaa-4bbb-8ccc-dddddddddddd".to_owned(),
            }),
        }),
        managed_login_version: Some(1),
    }
}

/// What a call asked for that made the domain so.
fn asked_for(domain: &Domain) -> Requested {
    let Hosting::Custom(custom) = &domain.hosting else { panic!("a prefix domain") };
    let text =
        |text: Option<&str>| text.map_or(Asked::NotAsked, |text| Asked::Value(text.to_owned()));
    let failover = custom.failover.as_ref().map(|failover| RequestedFailover {
        secondary_region: text(Some(&failover.secondary_region)),
        primary_route53_health_check_id: text(Some(&failover.primary_route53_health_check_id)),
    });
    Requested {
        security_policy: text(custom.security_policy.as_sent()),
        certificate_arn: text(custom.certificate_arn.as_deref()),
        managed_login_version: domain
            .managed_login_version
            .map_or(Asked::NotAsked, |version| Asked::Value(version.into())),
        failover: failover.map_or(Asked::None, Asked::Value),
    }
}

fn with_policy(domain: Domain, policy: &str) -> Domain {
    let Hosting::Custom(custom) = domain.hosting else { panic!("a prefix domain") };
    let security_policy = ObservedPolicy::from_name(policy);
    Domain { hosting: Hosting::Custom(CustomDomain { security_policy, ..custom }), ..domain }
}

/// AWS's answer to an update that was denied, with that clause at its end.
pub(crate) fn denied_by(clause: &str) -> CallError {
    denied_action("cognito-idp:UpdateUserPoolDomain", clause)
}

fn denied_action(action: &str, clause: &str) -> CallError {
    CallError {
        failure: Failure::Denied,
        action: "cognito-idp:UpdateUserPoolDomain",
        code: Some("AccessDeniedException".to_owned()),
        message: format!(
            "User: arn:aws:sts::111122223333:assumed-role/cognito-domain-guard-GuardRole/\
             cognito-domain-guard-GuardFunction is not authorized to perform: {action} on resource: \
             arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_Ab12Cd34E {clause}"
        ),
    }
}

/// What STS answers a hub where a member has no such role, or does not trust it.
fn not_assumed(place: &Place) -> CallError {
    CallError {
        failure: Failure::Denied,
        action: "sts:AssumeRole",
        code: Some("AccessDenied".to_owned()),
        message: format!(
            "User: arn:aws:sts::111122223333:assumed-role/cognito-domain-guard-hub-eu-central-1/\
             cognito-domain-guard-GuardFunction is not authorized to perform: sts:AssumeRole on resource: {}",
            place.member_role_arn()
        ),
    }
}

/// A permission that is missing.
pub(crate) fn denied() -> CallError {
    let clause = "because no identity-based policy allows the cloudfront:updateDistribution action";
    denied_action("cloudfront:updateDistribution", clause)
}

/// What the guard knows when it sends a notice of that kind after this event.
pub(crate) fn notice_about(kind: Kind, event: &Value, place: &Place) -> Notice {
    notice_after(kind, event, place, &denied())
}

/// The notice about that call that failed.
pub(crate) fn revert_failed(error: &CallError, event: &Value, place: &Place) -> Notice {
    notice_after(Kind::RevertFailed, event, place, error)
}

fn notice_after(kind: Kind, event: &Value, place: &Place, error: &CallError) -> Notice {
    let change = change(event);
    let change = Change { requested: asked_for(&drifted(&change)), ..change };
    let begin = change
        .time
        .unwrap_or_else(|| time::OffsetDateTime::from_unix_timestamp(1_795_420_931).unwrap());
    let domain = match kind {
        Kind::DomainCreated => Domain { status: Status::Creating, ..drifted(&change) },
        Kind::DriftDetected | Kind::DriftLasts => {
            Domain { status: Status::Updating, ..drifted(&change) }
        }
        Kind::Restored | Kind::StateUnknown => {
            let sound = with_policy(drifted(&change), "TLS_V1_3_2025");
            let Hosting::Custom(mut custom) = sound.hosting.clone() else { panic!() };
            custom.failover = Some(crate::domain::Failover {
                secondary_region: "us-west-2".to_owned(),
                primary_route53_health_check_id: "0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8".to_owned(),
            });
            let status = if kind == Kind::Restored { Status::Active } else { Status::Updating };
            let hosting = Hosting::Custom(custom);
            Domain { hosting, managed_login_version: Some(2), status, ..sound }
        }
        Kind::Refused => Domain { status: Status::Failed, ..drifted(&change) },
        _ => drifted(&change),
    };
    let now = begin
        + Duration::seconds(match kind {
            Kind::Restored => 352,
            Kind::DriftLasts => 645,
            Kind::StateUnknown => 946,
            _ => 41,
        });
    let name = domain.name.clone();
    let baseline = match kind {
        // What a new domain should be, where nothing governs it.
        Kind::DomainCreated if change.time.is_none() => {
            let text = "version: 1\ndomains: [{ domain: auth.example.com, routing: none }]\n";
            Baseline::parse("baseline.yaml", text).unwrap()
        }
        _ => baseline(),
    };
    let described =
        Some(&domain).filter(|_| kind != Kind::DomainDeleted && kind != Kind::NotCovered);
    let purpose = Purpose::Change(&change, Earlier::FirstLook);
    // A pause, and from a poor event an override that cannot be read.
    let paused = paused(&baseline, change.time.is_some(), begin);
    let known = if kind == Kind::Paused { Known::All(&paused) } else { Known::NONE };
    let plan = decide(&name, described, purpose, &baseline, known, place, now);
    let not_assumed = not_assumed(place);
    let (incident, changed_at) = match &change.origin {
        trigger::Origin::Guard(Some(cause)) => (cause.incident.as_str(), Some(begin)),
        trigger::Origin::Guard(None) | trigger::Origin::Foreign | trigger::Origin::Imposter(_) => {
            (change.event_id.as_str(), change.time)
        }
    };
    let accepted = matches!(kind, Kind::Reverted | Kind::Restored | Kind::NotRestored);
    let overrides = guard().overrides;
    let about = About {
        place,
        overrides: overrides.as_ref(),
        baseline: &baseline,
        domain: &name,
        observed: described,
        plan: Some(&plan).filter(|_| kind != Kind::NotCovered),
        change: Some(&change),
        incident,
        changed_at,
        since: changed_at,
        accepted_at: accepted.then_some(begin + Duration::seconds(41)),
        effective_at: (kind == Kind::Restored).then_some(now),
        reason: match &plan.decision {
            Decision::Refuse(_) if kind == Kind::Refused => {
                Some("Cognito reports the domain as FAILED")
            }
            Decision::Hold(_) if kind == Kind::StateUnknown => {
                Some("Cognito reports UPDATING and may not show the latest change yet")
            }
            _ if kind == Kind::DriftLasts => Some(
                "cognito-idp:UpdateUserPoolDomain failed with ConcurrentModificationException: Domain \
                 is being updated",
            ),
            _ => None,
        },
        error: match kind {
            Kind::RevertFailed => Some(error),
            Kind::NotCovered => Some(&not_assumed),
            _ => None,
        },
        now,
        request_id: REQUEST,
        trace_id: Some("Root=1-6742a1c4-0123456789abcdef01234567;Sampled=1"),
        docs: None,
    };
    let mut notice = Notice::about(kind, &about);
    steady(&mut notice.record);
    notice
}

/// An override of an hour ago that keeps the guard from writing.
fn paused(baseline: &Baseline, is_sound: bool, now: OffsetDateTime) -> Overrides {
    let (id, value) = if is_sound {
        let until = rfc3339(now + Duration::hours(1));
        let text = format!(
            "pause: '*'\nuntil: {until}\nreason: the release of the shop\nby: jane.doe@example.com\n\
             ticket: INC-4711\n"
        );
        ("all_20261123T070211Z_k3v9", text)
    } else {
        ("night-shift", "domain: auth.example.com\nattributes: [tls]\n".to_owned())
    };
    let path = guard().overrides.unwrap().path;
    let modified_at = now - Duration::minutes(if is_sound { 60 } else { 5 });
    let name = format!("{path}/{id}");
    let parameter = Parameter { name, kind: ParameterKind::String, value, modified_at };
    Overrides::read(&path, [parameter], baseline, DEFAULT_LONGEST)
}

/// A release, or a word in the shipped baseline, should not make the documents differ.
fn steady(record: &mut Record) {
    record.guard_version = "1.2.3".to_owned();
    record.baseline.digest = "3f9c0d5b7e12".to_owned();
    record.baseline.revision = Some("v1.2.3-4-g5d6e7f8".to_owned());
}

/// What is known of nothing in particular.
pub(super) const fn about<'a>(
    place: &'a Place,
    baseline: &'a Baseline,
    now: OffsetDateTime,
) -> About<'a> {
    About {
        place,
        overrides: None,
        baseline,
        domain: "",
        observed: None,
        plan: None,
        change: None,
        incident: "an-incident",
        changed_at: None,
        since: None,
        accepted_at: None,
        effective_at: None,
        reason: None,
        error: None,
        now,
        request_id: REQUEST,
        trace_id: None,
        docs: None,
    }
}

/// The notices of a sweep, which are about no event.
pub(crate) fn of_a_sweep(kind: Kind, place: &Place) -> Notice {
    let now = time::OffsetDateTime::from_unix_timestamp(1_798_416_000).unwrap();
    let incident = format!("sweep.{REQUEST}");
    let baseline = baseline();
    let about = About { incident: &incident, ..about(place, &baseline, now) };
    let mut notice = if kind == Kind::SweepDigest {
        let mut example = notice_about(Kind::Reverted, &event("update-weakens-tls"), place).record;
        let ChangeRecord { attribute, observed, baseline: declared, desired, .. } =
            example.drifts.swap_remove(0);
        let position = Position { line: 36, column: 5 };
        let drift = Drift { attribute, observed, desired, declared, position };
        let reverted = [(place.clone(), example.domain.unwrap(), drift)];
        let findings = vec![
            "auth.example.com was put back: security_policy TLS_V1 -> TLS_V1_3_2025".to_owned(),
            "login.dev.example.com is left unchanged (audit mode): routing failover to eu-west-1 by \
             health check 99999999-aaaa-4bbb-8ccc-dddddddddddd -> none"
                .to_owned(),
            "eu-central-1_Zz99Yy88X could not be read: cognito-idp:DescribeUserPool failed with \
             AccessDeniedException: no identity-based policy allows it"
                .to_owned(),
        ];
        let sweep = SweepRecord {
            pools: 212,
            domains: 301,
            governed: 288,
            drifted: 2,
            cause: trigger::SweepCause::Schedule,
            busy: 0,
            denied: 0,
            paused: 0,
            exempt: 1,
            overrides: Vec::new(),
            unknown: 1,
            missing: vec!["old.example.com".to_owned()],
            ungoverned: vec!["shop-login".to_owned()],
            overlong_exemptions: vec![
                "baseline.yaml:64:5: pos.example.com until 2036-12-31".to_owned(),
            ],
            complete: true,
            findings,
            held: None,
            coverage: None,
        };
        Notice::digest(&about, &reverted, sweep)
    } else if kind == Kind::SweepHeld {
        Notice::held(&about, held_sweep())
    } else if kind == Kind::OverrideChanged {
        override_changed("override-made", MADE, place)
    } else if kind == Kind::Test {
        let incident = format!("test.{REQUEST}");
        let who = "arn:aws:sts::111122223333:assumed-role/PlatformAdmin/jane.doe@example.com";
        Notice::test(&About { incident: &incident, ..about }, who)
    } else {
        Notice::expiring(&about, baseline.exemptions().first().unwrap())
    };
    steady(&mut notice.record);
    notice
}

/// What somebody allows in the example of an override that was made.
const MADE: &str = "{ domain: pos.example.com, attributes: [security_policy], until: 2026-11-23T16:00:00Z, \
                    reason: terminals locked out, by: jane.doe@example.com, ticket: INC-4711 }";

/// The notice of an event about an override, whose parameter has that value now; none if that is empty.
pub(crate) fn override_changed(name: &str, value: &str, place: &Place) -> Notice {
    override_changed_beside(name, value, None, place)
}

/// The same, where there is another override of that value.
pub(crate) fn override_changed_beside(
    name: &str,
    value: &str,
    other: Option<&str>,
    place: &Place,
) -> Notice {
    let guard = guard();
    let read = trigger::read(&event(name), &guard, &Reach::one(home()));
    let trigger::Payload::Single(Ok(trigger::Trigger::OverrideChanged(change))) = read else {
        panic!("{read:?}");
    };
    let (baseline, location) = (baseline(), guard.overrides.unwrap());
    let now = change.time.unwrap() + time::Duration::seconds(41);
    let parameter = |id: &str, value: &str| Parameter {
        name: format!("{}/{id}", location.path),
        kind: ParameterKind::String,
        value: value.to_owned(),
        modified_at: change.time.unwrap(),
    };
    let changed = change.ids.iter().filter(|_| !value.is_empty()).map(|id| parameter(id, value));
    let parameters = changed.chain(other.map(|value| parameter("other", value)));
    let known = Overrides::read(&location.path, parameters, &baseline, DEFAULT_LONGEST);
    let about = About {
        incident: &change.event_id,
        overrides: Some(&location),
        changed_at: change.time,
        ..about(place, &baseline, now)
    };
    let mut notice = Notice::override_changed(&about, &change, &known);
    steady(&mut notice.record);
    notice
}

/// A sweep that holds back more than its limit.
fn held_sweep() -> SweepRecord {
    let name =
        |nth: usize| format!("{}/{} login-{nth}.example.com", "111122223333", "eu-central-1");
    let held = HeldRecord {
        set: Some("992772647ebbae8ce9555f3f5b82ebb6".to_owned()),
        since: "2026-12-28T00:00:00Z".to_owned(),
        domains: 4,
        in_set: 4,
        account_limit: None,
        limit: Some(3),
        entries: vec![
            HeldEntry { position: "baseline.yaml:36:5".to_owned(), domains: 3 },
            HeldEntry { position: "baseline.yaml:22:3".to_owned(), domains: 1 },
        ],
        accounts: vec![HeldAccount {
            account: "111122223333".to_owned(),
            held_by: HeldBy::Total,
            domains: 4,
        }],
        names: (1..=4).map(name).collect(),
        command: Some(
            "aws lambda invoke --region eu-central-1 --function-name \
             arn:aws:lambda:eu-central-1:111122223333:function:cognito-domain-guard-SweepFunction \
             --invocation-type Event --cli-binary-format raw-in-base64-out --payload \
             '{\"approve\":\"992772647ebbae8ce9555f3f5b82ebb6\"}' /dev/null"
                .to_owned(),
        ),
    };
    let lines = (1..=4).map(|nth| {
        format!(
            "login-{nth}.example.com is held back: security_policy TLS_V1_2_2021 (TLS_V1_3_2025)"
        )
    });
    SweepRecord {
        pools: 6,
        domains: 6,
        governed: 6,
        drifted: 4,
        complete: true,
        findings: lines.collect(),
        held: Some(Box::new(held)),
        ..SweepRecord::default()
    }
}

/// The event that a kind is shown with.
pub(crate) fn event_for(kind: Kind) -> Option<Value> {
    Some(event(match kind {
        Kind::DriftDetected
        | Kind::DriftLasts
        | Kind::StateUnknown
        | Kind::Reverted
        | Kind::RevertFailed
        | Kind::Refused => "update-weakens-tls",
        Kind::Restored | Kind::NotRestored => "update-own",
        Kind::Exempted => "update-exempt",
        Kind::Audit => "update-audit-domain",
        Kind::NotCovered | Kind::Paused => "update-weakens-tls",
        Kind::DomainCreated => "create-below-floor",
        Kind::DomainDeleted => "delete-declared",
        Kind::OverrideChanged
        | Kind::ExemptionExpiring
        | Kind::SweepDigest
        | Kind::SweepHeld
        | Kind::Test => {
            return None;
        }
    }))
}
