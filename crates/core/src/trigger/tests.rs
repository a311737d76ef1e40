//! What becomes of each payload, leniently read.

use serde_json::{Value, json};

use super::*;
use crate::overrides::Location;
use crate::place::Place;
use crate::reach::Reach;

pub(super) const FUNCTION: &str = "arn:aws:lambda:eu-central-1:111122223333:function:guard";

pub(super) fn guard() -> Identity {
    Identity {
        role_arn: "arn:aws:iam::111122223333:role/guard".to_owned(),
        function_arns: vec![FUNCTION.to_owned(), format!("{FUNCTION}-sweep")],
        overrides: Some(Location {
            path: Location::path_of("guard"),
            region: "eu-central-1".to_owned(),
        }),
    }
}

/// Where it is.
pub(super) fn home() -> Place {
    Place {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

/// Where it works.
pub(super) fn reach() -> Reach {
    Reach::one(home())
}

pub(super) fn fixture(name: &str) -> Value {
    let path = format!("{}/../../events/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The event with these members of its record replaced, or taken away where they are `null`.
pub(super) fn event(changes: Value) -> Value {
    let mut event = fixture("update-weakens-tls.json");
    for (pointer, value) in changes.as_object().unwrap() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = event["detail"].pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(name);
        } else {
            parent.insert(name.to_owned(), value.clone());
        }
    }
    event
}

fn single(payload: &Value) -> Result<Trigger, Unreadable> {
    match read(payload, &guard(), &reach()) {
        Payload::Single(trigger) => trigger,
        other => panic!("several: {other:?}"),
    }
}

#[track_caller]
fn changed(payload: &Value) -> (Change, Earlier) {
    match single(payload) {
        Ok(Trigger::DomainChanged { change, earlier, receipt: _ }) => (*change, earlier),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn ignored(payload: &Value) -> String {
    match single(payload) {
        Ok(Trigger::Ignored { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_names_the_domain_the_actor_the_time_and_what_was_asked() {
    let (change, earlier) = changed(&fixture("update-weakens-tls.json"));
    assert_eq!(earlier, Earlier::FirstLook);
    assert_eq!(change.event_id, "2c63888f-28f0-4481-be6d-dce7a7ace732");
    assert_eq!(change.call, DomainCall::Update);
    assert_eq!(change.subject, Subject::Domain("auth.example.com".to_owned()));
    assert_eq!(change.user_pool_id.as_deref(), Some("eu-central-1_Ab12Cd34E"));
    assert_eq!(change.time.map(|time| time.unix_timestamp()), Some(1_795_420_931));
    assert_eq!(change.origin, Origin::Foreign);
    assert_eq!(change.requested.security_policy, Asked::Value("TLS_V1_2_2021".to_owned()));
    assert_eq!(change.requested.managed_login_version, Asked::Value(2));
}

#[test]
fn a_test_notice_is_asked_for_by_the_payload_itself_and_by_no_event() {
    let asked = |payload: &Value| match read(payload, &guard(), &reach()) {
        Payload::Single(Ok(Trigger::Test { asked_by })) => Some(asked_by),
        Payload::Single(_) | Payload::Together(_) | Payload::Queue(_) | Payload::Step(_) => None,
    };
    let test = json!({ "test_notice": "jane" });
    assert_eq!(asked(&test).as_deref(), Some("jane"));
    for other in [
        json!({ "test_notice": "" }),
        json!({ "test_notice": true }),
        json!({ "test_notice": "jane", "source": "aws.events", "detail-type": "Scheduled Event" }),
        json!({ "test_notice": "jane", "source": "my.own" }),
        json!({ "source": "my.own", "detail": test }),
        json!([test]),
        json!(test.to_string()),
        json!({ "Type": "Notification", "Message": test.to_string() }),
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": test.to_string() } }] }),
        json!({ "Records": [{
            "eventSource": "aws:sqs", "messageId": "1", "body": test.to_string(),
        }] }),
        json!({ "requestContext": {}, "requestPayload": test }),
    ] {
        assert_eq!(asked(&other), None, "{other}");
    }
}

#[test]
fn members_that_are_missing_hidden_or_of_a_wrong_type_count_as_absent() {
    let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";
    for value in
        [Value::Null, json!(""), json!(hidden), json!(7), json!([]), json!({}), json!(true)]
    {
        for member in [
            "/userAgent",
            "/sourceIPAddress",
            "/requestID",
            "/eventTime",
            "/userIdentity",
            "/userIdentity/type",
            "/userIdentity/arn",
            "/userIdentity/sessionContext",
            "/userIdentity/sessionContext/sessionIssuer",
            "/userIdentity/sessionContext/attributes",
            "/requestParameters/userPoolId",
            "/requestParameters/customDomainConfig",
            "/requestParameters/routing",
            "/requestParameters/routing/failover",
            "/requestParameters/managedLoginVersion",
            "/responseElements",
            "/recipientAccountId",
            "/awsRegion",
            "/errorCode",
        ] {
            let (change, _) = changed(&event(json!({ member: value })));
            assert_eq!(change.subject, Subject::Domain("auth.example.com".to_owned()), "{member}");
            assert_eq!(change.origin, Origin::Foreign, "{member} {value}");
        }
    }
}

#[test]
fn an_addendum_web_identity_attributes_and_unknown_members_change_nothing() {
    let extra = json!({
        "/addendum": { "reason": "DELIVERY_DELAY", "updatedFields": "errorCode" },
        "/userIdentity/sessionContext/webIdFederationData": { "attributes": { "a": { "b": [1] } } },
        "/somethingNew": { "deep": [1, 2, 3] },
    });
    let (change, _) = changed(&event(extra));
    let (plain, _) = changed(&fixture("update-weakens-tls.json"));
    assert_eq!(change.event_id, plain.event_id);
    assert_eq!(change.actor, plain.actor);
}

#[test]
fn a_call_with_an_error_code_is_ignored_and_an_empty_code_is_none() {
    let (change, _) = changed(&event(json!({ "/errorCode": "" })));
    assert_eq!(change.call, DomainCall::Update);
    assert_eq!(
        ignored(&event(json!({ "/errorCode": "AccessDenied" }))),
        "the call failed with AccessDenied, so it changed nothing"
    );
}

#[test]
fn what_is_not_for_this_guard_is_ignored_with_its_reason() {
    for (changes, reason) in [
        (
            json!({ "/eventSource": "s3.amazonaws.com" }),
            "a call of \"s3.amazonaws.com\" is not Cognito's",
        ),
        (
            json!({ "/eventName": "CreateGroup" }),
            "\"CreateGroup\" does not change a user pool domain",
        ),
        (
            json!({ "/recipientAccountId": "444455556666" }),
            "it is of account 444455556666, and this guard works in 111122223333",
        ),
        (
            json!({ "/awsRegion": "us-east-1" }),
            "it is of region us-east-1, and this guard works in eu-central-1",
        ),
    ] {
        assert_eq!(ignored(&event(changes)), reason);
    }
    let foreign = json!({ "source": "aws.s3", "detail-type": "Object Created" });
    assert_eq!(
        ignored(&foreign),
        "\"Object Created\" of aws.s3 is not a call on a user pool domain"
    );
}

#[test]
fn what_a_record_lacks_its_envelope_says() {
    let mut elsewhere = event(json!({ "/recipientAccountId": null }));
    elsewhere["account"] = json!("444455556666");
    let reason = "it is of account 444455556666, and this guard works in 111122223333";
    assert_eq!(ignored(&elsewhere), reason);
    let mut abroad = event(json!({ "/awsRegion": null }));
    abroad["region"] = json!("us-east-1");
    let reason = "it is of region us-east-1, and this guard works in eu-central-1";
    assert_eq!(ignored(&abroad), reason);
    let (change, _) = changed(&event(json!({ "/eventSource": null, "/eventID": null })));
    assert_eq!(change.event_id, fixture("update-weakens-tls.json")["id"]);
}

#[test]
fn an_event_of_cognito_that_does_not_say_which_call_is_kept() {
    let mut shapeless = event(json!({}));
    shapeless["detail"] = json!("gone");
    for event in [event(json!({ "/eventName": null })), shapeless] {
        let error = single(&event).unwrap_err();
        assert!(error.reason.contains("without an eventName"), "{error}");
    }
}

#[test]
fn a_call_without_a_domain_is_about_its_user_pool_and_without_both_it_is_unreadable() {
    let (change, _) = changed(&event(json!({ "/requestParameters/domain": null })));
    assert_eq!(change.subject, Subject::UserPool("eu-central-1_Ab12Cd34E".to_owned()));
    for parameters in [Value::Null, json!({}), json!("gone"), json!([])] {
        let error = single(&event(json!({ "/requestParameters": parameters }))).unwrap_err();
        assert!(error.reason.contains("names neither a domain nor a user pool"), "{error}");
    }
}

#[test]
fn the_name_of_a_domain_is_lower_cased_and_may_be_in_pascal_case() {
    let (change, _) = changed(&event(json!({ "/requestParameters/domain": "Auth.Example.COM" })));
    assert_eq!(change.subject, Subject::Domain("auth.example.com".to_owned()));
    let parameters = json!({ "/requestParameters": { "Domain": "auth.example.com" } });
    let (change, _) = changed(&event(parameters));
    assert_eq!(change.subject, Subject::Domain("auth.example.com".to_owned()));
}

#[test]
fn the_envelopes_id_stands_in_for_a_missing_event_id() {
    let (change, _) = changed(&event(json!({ "/eventID": null })));
    assert_eq!(change.event_id, "8a119b9e-16bc-4732-8f7b-7676d015b0dc");
}

pub(super) fn identity_of(role: &str, function: Option<&str>) -> Value {
    let mut identity = json!({
        "type": "AssumedRole", "sessionContext": { "sessionIssuer": { "arn": role } }
    });
    if let Some(function) = function {
        identity["inScopeOf"] = json!({ "credentialsIssuedTo": function });
    }
    identity
}

#[test]
fn a_call_is_the_guards_by_its_role_and_its_function_and_by_nothing_a_caller_can_choose() {
    let ours = guard().role_arn;
    let alias = format!("{FUNCTION}:live");
    let version = format!("{FUNCTION}:7");
    let sweep = format!("{FUNCTION}-sweep");
    let longer = format!("{FUNCTION}-2");
    let same_name = "arn:aws:iam::444455556666:role/guard";
    for (role, function, own) in [
        (ours.as_str(), None, true),
        (&ours, Some(FUNCTION), true),
        (&ours, Some(alias.as_str()), true),
        (&ours, Some(version.as_str()), true),
        (&ours, Some(sweep.as_str()), true),
        (&ours, Some(longer.as_str()), false),
        (&ours, Some("arn:aws:lambda:eu-central-1:111122223333:function:other"), false),
        (same_name, Some(FUNCTION), false),
        ("arn:aws:iam::111122223333:role/path/guard", Some(FUNCTION), false),
        ("", Some(FUNCTION), false),
    ] {
        let event = event(json!({
            "/userIdentity": identity_of(role, function),
            "/userAgent": "aws-sdk-rust/1.3 app/cdg.an-incident",
        }));
        let (change, _) = changed(&event);
        let cause = Cause { incident: "an-incident".to_owned(), ..Cause::default() };
        let expected = match (own, role == ours) {
            (true, _) => Origin::Guard(Some(cause)),
            (false, true) => Origin::Imposter(Imposture::Function),
            (false, false) => Origin::Foreign,
        };
        assert_eq!(change.origin, expected, "{role} {function:?}");
    }
    for call in ["CreateUserPoolDomain", "DeleteUserPoolDomain"] {
        let never =
            json!({ "/eventName": call, "/userIdentity": identity_of(&ours, Some(FUNCTION)) });
        let (change, _) = changed(&event(never));
        assert_eq!(change.origin, Origin::Imposter(Imposture::Call), "{call}");
    }
    let claims = json!({
        "/userAgent": "aws-sdk-rust/1.3 app/cdg.an-incident",
        "/userIdentity/arn": "arn:aws:sts::111122223333:assumed-role/guard/guard",
    });
    assert_eq!(changed(&event(claims)).0.origin, Origin::Foreign);
}

#[test]
fn a_change_says_where_it_was_made_also_where_the_record_does_not() {
    for silent in [json!({}), json!({ "/recipientAccountId": null, "/awsRegion": null })] {
        assert_eq!(changed(&event(silent)).0.place, home());
    }
}

#[test]
fn a_schedule_is_a_sweep_with_or_without_a_time() {
    for (time, expected) in [
        (json!("2026-11-23T09:00:00Z"), Some(1_795_424_400)),
        (json!("yesterday"), None),
        (Value::Null, None),
    ] {
        for source in ["aws.events", "aws.scheduler"] {
            let event = json!({ "source": source, "detail-type": "Scheduled Event", "time": time });
            match single(&event) {
                Ok(Trigger::Sweep { scheduled_at, approved: _, cause: SweepCause::Schedule }) => {
                    assert_eq!(scheduled_at.map(OffsetDateTime::unix_timestamp), expected);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_sweep_knows_whether_a_deployment_or_a_person_asked_for_it() {
    for (file, expected) in [
        ("scheduled-sweep.json", SweepCause::Schedule),
        ("deployment-sweep.json", SweepCause::Deployment),
        ("sweep-now.json", SweepCause::Request),
    ] {
        match single(&fixture(file)) {
            Ok(Trigger::Sweep { cause, .. }) => assert_eq!(cause, expected, "{file}"),
            other => panic!("{other:?}"),
        }
    }
    let odd = json!({ "source": "aws.events", "detail-type": "Scheduled Event", "detail": { "sweep": 1 } });
    assert!(matches!(single(&odd), Ok(Trigger::Sweep { cause: SweepCause::Schedule, .. })));
}

#[test]
fn anything_else_is_unreadable_so_that_the_platform_keeps_it() {
    for payload in [Value::Null, json!({}), json!([]), json!("text"), json!({ "Records": [] })] {
        assert!(single(&payload).is_err(), "{payload}");
    }
}

fn destination(error_type: Option<&str>, inner: &Value) -> Value {
    json!({
        "version": "1.0",
        "requestContext": { "condition": "RetriesExhausted" },
        "requestPayload": inner,
        "responsePayload": { "errorType": error_type },
    })
}

fn message(body: &str, receives: &str) -> Value {
    json!({
        "messageId": "m-1", "body": body, "eventSource": "aws:sqs",
        "attributes": { "ApproximateReceiveCount": receives },
    })
}

fn queued(body: &Value, receives: &str) -> Result<Trigger, Unreadable> {
    let batch = json!({ "Records": [message(&body.to_string(), receives)] });
    match read(&batch, &guard(), &reach()) {
        Payload::Queue(mut messages) => {
            assert_eq!(messages[0].id, "m-1");
            messages.remove(0).triggers.remove(0)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_recheck_knows_what_the_first_look_left_behind_from_its_error_type() {
    for (error_type, receives, expected) in [
        (Some("DomainSettling"), "1", Earlier::Settling),
        (Some("DomainSettling"), "9", Earlier::Settling),
        (Some("UpdateDenied"), "1", Earlier::Denied),
        (Some("UpdateDenied"), "9", Earlier::Denied),
        (Some("DomainBusy"), "1", Earlier::Pending),
        (Some("UpdateUnconfirmed"), "1", Earlier::Pending),
        (Some("Throttled"), "1", Earlier::Unreached),
        (Some("Throttled"), "2", Earlier::Pending),
        (Some("Unavailable"), "1", Earlier::Unreached),
        (Some("Unavailable"), "2", Earlier::Pending),
        (Some("NoticeFailed"), "1", Earlier::Unannounced),
        (Some("Runtime.ExitError"), "1", Earlier::Unannounced),
        (Some("Sandbox.Timedout"), "2", Earlier::Pending),
        (None, "1", Earlier::Unannounced),
    ] {
        let body = destination(error_type, &fixture("update-weakens-tls.json"));
        match queued(&body, receives).unwrap() {
            Trigger::DomainChanged { earlier, .. } => {
                assert_eq!(earlier, expected, "{error_type:?}, receipt {receives}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn of_records_in_one_another_the_outermost_says_what_the_last_first_look_left() {
    let inner = destination(Some("Throttled"), &fixture("update-weakens-tls.json"));
    let (_, earlier) = changed(&destination(Some("DomainSettling"), &inner));
    assert_eq!(earlier, Earlier::Settling);
    let mut deep = fixture("update-weakens-tls.json");
    for _ in 0..8 {
        deep = destination(Some("DomainBusy"), &deep);
    }
    assert_eq!(single(&deep).unwrap_err().reason, "too many envelopes in one another");
}

#[test]
fn a_bare_event_in_the_queue_is_a_first_look_on_its_first_receipt_only() {
    let event = fixture("update-weakens-tls.json");
    for (receives, expected) in
        [("1", Earlier::FirstLook), ("many", Earlier::FirstLook), ("2", Earlier::Pending)]
    {
        match queued(&event, receives).unwrap() {
            Trigger::DomainChanged { earlier, .. } => assert_eq!(earlier, expected, "{receives}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn each_message_of_a_batch_succeeds_or_fails_on_its_own() {
    let batch = json!({ "Records": [
        message("not JSON", "1"),
        { "messageId": "m-2", "eventSource": "aws:sqs" },
        message(&fixture("scheduled-sweep.json").to_string(), "1"),
    ]});
    let Payload::Queue(messages) = read(&batch, &guard(), &reach()) else { panic!("not a batch") };
    let shown: Vec<_> = messages
        .iter()
        .map(|message| match &message.triggers[0] {
            Ok(trigger) => trigger.kind().to_string(),
            Err(error) => error.reason.chars().take(23).collect(),
        })
        .collect();
    assert_eq!(shown, ["the message's body is n", "the message has no body", "sweep"]);
}

#[test]
fn every_shipped_event_can_be_read_but_the_one_that_names_nothing() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        let readable = match read(&fixture(&name), &guard(), &reach()) {
            Payload::Single(trigger) => trigger.is_ok(),
            Payload::Together(triggers) => triggers.iter().all(Result::is_ok),
            Payload::Queue(messages) => messages.iter().all(|message| message.triggers[0].is_ok()),
            Payload::Step(_) => false,
        };
        assert_eq!(readable, name != "update-nothing-to-go-by.json", "{name}");
    }
}
