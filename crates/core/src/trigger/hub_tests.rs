//! What a hub makes of the events of its members.

use serde_json::{Value, json};

use super::tests::{FUNCTION, event, guard, home, identity_of};
use super::*;
use crate::reach::{Organization, Reach};

/// The hub of an organization, at home in the account and region of the shipped events.
fn hub() -> Reach {
    let organization = Organization {
        id: "o-a1b2c3d4e5".to_owned(),
        regions: ["eu-west-1".to_owned()].into(),
        excluded_accounts: ["999900001111".to_owned()].into(),
    };
    Reach { home: home(), organization: Some(organization) }
}

/// What a hub makes of an event: the place of the change, or why it is none of its own.
fn in_a_hub(event: &Value) -> String {
    match read(event, &guard(), &hub()) {
        Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => change.place.to_string(),
        Payload::Single(Ok(Trigger::Ignored { domain: Some(_), reason })) => reason,
        other => panic!("{other:?}"),
    }
}

/// The shipped event as EventBridge takes it from another account and region.
fn of(account: &str, region: &str) -> Value {
    let mut event = event(json!({ "/recipientAccountId": account, "/awsRegion": region }));
    event["account"] = json!(account);
    event["region"] = json!(region);
    event
}

#[test]
fn a_hub_believes_the_envelope_and_refuses_a_record_that_names_another_place() {
    for (account, region, expected) in [
        ("111122223333", "eu-central-1", "111122223333/eu-central-1"),
        ("111122223333", "eu-west-1", "111122223333/eu-west-1"),
        ("444455556666", "eu-central-1", "444455556666/eu-central-1"),
        ("444455556666", "eu-west-1", "444455556666/eu-west-1"),
        (
            "444455556666",
            "us-east-1",
            "it is of region us-east-1, which OrganizationRegions does not name",
        ),
        (
            "999900001111",
            "eu-west-1",
            "it is of account 999900001111, which ExcludedAccounts names",
        ),
    ] {
        let mut event = of(account, region);
        assert_eq!(in_a_hub(&event), expected);
        for silent in ["recipientAccountId", "awsRegion"] {
            event["detail"].as_object_mut().unwrap().remove(silent);
            assert_eq!(in_a_hub(&event), expected, "without {silent}");
        }
    }
    for (member, value, expected) in [
        (
            "recipientAccountId",
            "111122223333",
            "refused: EventBridge took it from account 444455556666, and it says 111122223333",
        ),
        (
            "awsRegion",
            "eu-central-1",
            "refused: EventBridge took it from region eu-west-1, and it says eu-central-1",
        ),
    ] {
        let mut forged = of("444455556666", "eu-west-1");
        forged["detail"][member] = json!(value);
        assert_eq!(in_a_hub(&forged), expected);
    }
}

#[test]
fn a_record_without_an_envelope_is_of_the_hubs_own_place_or_of_none() {
    let refused = "refused: without the envelope of EventBridge nothing vouches for its account and \
                   region, unless it is of 111122223333/eu-central-1 itself";
    for (account, region, expected) in [
        (json!("111122223333"), json!("eu-central-1"), "111122223333/eu-central-1"),
        (json!("111122223333"), json!("eu-west-1"), refused),
        (json!("444455556666"), json!("eu-central-1"), refused),
        (json!(null), json!("eu-central-1"), refused),
        (json!("111122223333"), json!(null), refused),
    ] {
        let record = json!({ "/recipientAccountId": account, "/awsRegion": region });
        assert_eq!(in_a_hub(&event(record)["detail"]), expected);
    }
    let mut headless = of("444455556666", "eu-west-1");
    headless["account"] = Value::Null;
    assert_eq!(in_a_hub(&headless), refused);
}

#[test]
fn in_a_member_the_guards_own_call_is_that_of_the_member_role_there() {
    let member = "arn:aws:iam::444455556666:role/cognito-domain-guard-member-eu-west-1";
    let ours = guard().role_arn;
    let origin = |event: &Value, role: &str, function| {
        let mut event = event.clone();
        event["detail"]["userIdentity"] = identity_of(role, function);
        match read(&event, &guard(), &hub()) {
            Payload::Single(Ok(Trigger::DomainChanged { change, .. })) => change.origin,
            other => panic!("{other:?}"),
        }
    };
    let abroad = of("444455556666", "eu-west-1");
    let elsewhere = "arn:aws:iam::444455556666:role/cognito-domain-guard-member-eu-central-1";
    let another = "arn:aws:iam::777788889999:role/cognito-domain-guard-member-eu-west-1";
    for (event, role, own) in [
        (&abroad, member, true),
        (&abroad, elsewhere, false),
        (&abroad, another, false),
        // The hub has no permission there but by the member role.
        (&abroad, ours.as_str(), false),
        (&of("111122223333", "eu-west-1"), &ours, true),
        (&of("111122223333", "eu-central-1"), &ours, true),
        (
            &of("111122223333", "eu-central-1"),
            "arn:aws:iam::111122223333:role/cognito-domain-guard-member-eu-central-1",
            false,
        ),
    ] {
        let expected = if own { Origin::Guard(None) } else { Origin::Foreign };
        assert_eq!(origin(event, role, None), expected, "{role}");
    }
    assert_eq!(origin(&abroad, member, Some(FUNCTION)), Origin::Guard(None));
    let other = "arn:aws:lambda:eu-west-1:444455556666:function:other";
    assert_eq!(origin(&abroad, member, Some(other)), Origin::Imposter(Imposture::Function));
}
