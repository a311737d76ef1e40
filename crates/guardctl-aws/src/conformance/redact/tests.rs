//! No account id, ARN, address, user name or key is left, wherever it stands.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn own() -> Redactor {
    Redactor::new([
        ("login.acme.io".to_owned(), "guard-test.example.com"),
        ("acme.io".to_owned(), "example.com"),
        ("jane.doe".to_owned(), "example"),
        ("acme-test".to_owned(), "guard-test"),
    ])
}

#[test]
fn what_identifies_is_replaced_and_what_says_something_stays() {
    for (text, expected) in [
        (
            "Domain Login.acme.io is being modified.",
            "Domain guard-test.example.com is being modified.",
        ),
        (
            "User: arn:aws:sts::444455556666:assumed-role/Admin/jane.doe is not authorized to perform: \
             cloudfront:updateDistribution on resource: arn:aws:cloudfront::444455556666:distribution/E2X, \
             because",
            "User: arn:aws:sts::111122223333:redacted is not authorized to perform: \
             cloudfront:updateDistribution on resource: arn:aws:cloudfront::111122223333:distribution/redacted because",
        ),
        (
            "User pool eu-west-1_a1B2c3D4e does not exist.",
            "User pool eu-west-1_Example01 does not exist.",
        ),
        ("from 198.51.100.7, key AKIAI44QH8DHBEXAMPLE", "from 203.0.113.24, key AKIAEXAMPLE"),
        ("2001:db8:85a3::8a2e:370:7334", "2001:db8::1"),
        ("account 444455556666 of x444455556666y", "account 111122223333 of x111122223333y"),
        ("d3abc4def5.cloudfront.net", "d111111abcdef8.cloudfront.net"),
        ("mail someone@corp.example.org", "mail user@example.com"),
        (
            "request f6fadfa7-e5c1-4b62-9362-da5cc13da58a.",
            "request 00000000-0000-4000-8000-000000000000.",
        ),
        ("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "redacted"),
        (
            "Managed login requires TLS_V1_2_2021 or higher. UPDATING after 5 min 10 s",
            "Managed login requires TLS_V1_2_2021 or higher. UPDATING after 5 min 10 s",
        ),
        (
            "ConcurrentModificationException: is being modified",
            "ConcurrentModificationException: is being modified",
        ),
        ("2026-11-26T20:45:12Z", "2026-11-26T20:45:12Z"),
        // What somebody else's tool or a later message may have in it.
        ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "key redacted"),
        ("SessionToken=FwoGZXIvYXdzEJr//////////wEaDKq5+x7/Zn3A==", "SessionToken=redacted=="),
        ("on distribution E2QWRUHAPOMQZL", "on distribution redacted"),
        ("hosted zone Z1D633PJN98FT9 of Z08735612LQ4Y", "hosted zone redacted of redacted"),
        ("client 1h57kf5cpq17m0eml12fs0a2be is not there", "client redacted is not there"),
        ("RequestId: 8BA2C3D4E5F60718", "RequestId: redacted"),
        (
            "by jane%2Edoe, jane+aws@acme-corp, jane@laptop",
            "by example, user@example.com user@example.com",
        ),
        ("arn%3Aaws%3Aiam%3A%3A444455556666%3Auser%2Fbob", "arn:aws:iam::111122223333:redacted"),
        ("account 4444-5555-6666", "account 1111-2222-3333"),
        (
            "needed on arn:aws:cloudfront::444455556666:distribution/*",
            "needed on arn:aws:cloudfront::111122223333:distribution/*",
        ),
        ("host/ip-10-1-2-3 ip-10-1-2-3.ec2.internal", "host/host.example.com host.example.com"),
        ("Janes-MacBook.local, build-7.ci.corp.globex", "host.example.com, host.example.com"),
        ("at https://login.globex.com/oauth2?x", "at https://host.example.com/oauth2?x"),
        ("globex.auth.eu-central-1.amazoncognito.com", "host.example.com"),
        ("ec2-198-51-100-7.compute-1.amazonaws.com", "host.example.com"),
        ("cognito-idp.eu-central-1.amazonaws.com", "cognito-idp.eu-central-1.amazonaws.com"),
        ("198.51.100.7:443, 198.51.100.7/32", "203.0.113.24:443, 203.0.113.24/32"),
        (
            "ip:2a01:4f8::2 2a01:4f8::/32 [2a01:4f8::2]:443",
            "ip:2001:db8::1 2001:db8::1/32 [2001:db8::1]:443",
        ),
        ("pool-eu-west-1_a1B2c3D4e-old", "pool-eu-west-1_Example01-old"),
        (
            "requestParameters.routing.failover.primaryRoute53HealthCheckId",
            "requestParameters.routing.failover.primaryRoute53HealthCheckId",
        ),
        (
            "omitted.routing=kept, busy.updating, docs/proof.md",
            "omitted.routing=kept, busy.updating, docs/proof.md",
        ),
    ] {
        assert_eq!(own().text(text), expected, "{text}");
    }
}

#[test]
fn a_record_keeps_its_shape_and_loses_whose_it_is() {
    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAACTUALROLEID00002:jane.doe",
            "arn": "arn:aws:sts::444455556666:assumed-role/Admin/jane.doe",
            "accountId": "444455556666",
            "accessKeyId": "ASIAACTUALKEYID00002",
            "sessionContext": {"sourceIdentity": "jane.doe", "attributes": {"mfaAuthenticated": "false"}},
        },
        "eventName": "UpdateUserPoolDomain",
        "readOnly": "false",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-sdk-rust/1.3.9 os/linux app/cdg.conformance.20261126t204512z-0a1b2",
        "errorMessage": "Domain login.acme.io is busy",
        "requestParameters": {"domain": "login.acme.io", "userPoolId": "eu-west-1_a1B2c3D4e", "managedLoginVersion": 2.0},
        "somethingNew": {"owner": "Jane Doe", "numbers": [444_455_556_666_u64, 7]},
        "eventID": "2c63888f-28f0-4481-be6d-dce7a7ace732",
    });
    let redacted = own().record(&record);
    assert_eq!(
        redacted,
        json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": "AROAEXAMPLEROLEID0001:example",
                "arn": "arn:aws:iam::111122223333:example",
                "accountId": "111122223333",
                "accessKeyId": "ASIAEXAMPLEKEYID0001",
                "sessionContext": {"sourceIdentity": "redacted", "attributes": {"mfaAuthenticated": "false"}},
            },
            "eventName": "UpdateUserPoolDomain",
            "readOnly": "false",
            "sourceIPAddress": "203.0.113.24",
            "userAgent": "aws-sdk-rust/1.3.9 os/linux app/cdg.conformance.20261126t204512z-0a1b2",
            "errorMessage": "Domain guard-test.example.com is busy",
            "requestParameters": {"domain": "guard-test.example.com", "userPoolId": "eu-central-1_Example01", "managedLoginVersion": 2.0},
            "somethingNew": {"owner": "redacted", "numbers": [0, 7]},
            "eventID": "00000000-0000-4000-8000-000000000000",
        })
    );
}

#[test]
fn a_user_agent_says_which_sdk_it_was_and_not_whose_machine() {
    for (agent, expected) in [
        (
            "aws-sdk-rust/1.3.9 ua/2.1 api/cognitoidentityprovider/1.144.0 os/linux lang/rust/1.94.0 m/E \
             app/cdg.conformance.20261126t204512z-0a1b2",
            "aws-sdk-rust/1.3.9 ua/2.1 api/cognitoidentityprovider/1.144.0 os/linux lang/rust/1.94.0 m/E \
             app/cdg.conformance.20261126t204512z-0a1b2",
        ),
        (
            "aws-sdk-rust/1.3.9 host/LAPTOP-JANE app/janes-tool",
            "aws-sdk-rust/1.3.9 redacted redacted",
        ),
        ("aws-sdk-rust/1.3.9 md/cdg-for#security_policy.jo", "aws-sdk-rust/1.3.9 redacted"),
        ("LAPTOP-JANE", "redacted"),
    ] {
        assert_eq!(own().record(&json!({"userAgent": agent})), json!({"userAgent": expected}));
    }
}

/// Something that identifies, and the part of it that must not be left.
fn identifier() -> impl Strategy<Value = (String, String)> {
    let account = || "[2-9][0-9]{11}";
    prop_oneof![
        account().prop_map(|id| (id.clone(), id)),
        (account(), "[a-z]{4,9}").prop_map(|(id, name)| {
            (format!("arn:aws:iam::{id}:user/{name}-x7"), format!("{name}-x7"))
        }),
        (account(), "[a-z]{4,9}")
            .prop_map(|(id, _)| { (format!("arn:aws-cn:sts::{id}:assumed-role/A/b@c"), id) }),
        "A[KS]IA[A-Z2-7]{16}".prop_map(|key| (key.clone(), key)),
        (1..=223_u8, any::<u8>(), any::<u8>(), 1..=9_u8)
            .prop_map(|(a, b, c, d)| format!("{a}.{b}.{c}.{d}"))
            .prop_filter("not the one that is put in", |ip| ip != ADDRESS)
            .prop_map(|ip| (ip.clone(), ip)),
        "2a0[1-9]:[1-9a-f]{4}::[1-9a-f]{4}".prop_map(|ip| (ip.clone(), ip)),
        "[1-9a-f]{8}-[1-9a-f]{4}-4[1-9a-f]{3}-8[1-9a-f]{3}-[1-9a-f]{12}"
            .prop_map(|id| (id.clone(), id)),
        "eu-west-1_[A-D][a-d][1-9]{7}".prop_map(|id| (id.clone(), id)),
        "[a-z]{3,8}\\.[a-z]{3,8}@corp\\.io".prop_map(|mail| (mail.clone(), mail)),
        Just(("jane.doe".to_owned(), "jane.doe".to_owned())),
        "[a-zA-Z0-9+/]{17}[a-z][A-Z][0-9][a-zA-Z0-9+/]{20}".prop_map(|key| (key.clone(), key)),
        "E[A-Z0-9]{5}[0-9][A-Z0-9]{7}".prop_map(|id| (id.clone(), id)),
        "Z0[0-9]{6}[A-Z0-9]{8,12}".prop_map(|id| (id.clone(), id)),
        "[a-z0-9]{10}[0-9]{3}[a-z][a-z0-9]{12}".prop_map(|id| (id.clone(), id)),
        "[a-z]{3,9}-[0-9]\\.[a-z]{3,9}\\.(io|com|globex|internal)"
            .prop_map(|host| (host.clone(), host)),
        "[2-9][0-9]{3}-[0-9]{4}-[0-9]{4}".prop_map(|account| (account.clone(), account)),
        Just(("LOGIN.acme.io".to_owned(), "acme.io".to_owned())),
        "e[0-9a-f]{12}\\.cloudfront\\.net".prop_map(|host| (host.clone(), host)),
    ]
}

proptest! {
    #[test]
    fn nothing_that_identifies_is_left_in_text(
        parts in vec((identifier(), " |, |\"|\\(|\\)|: |; |'|\n|="), 1..6),
        words in vec("[a-z]{1,8}", 6),
    ) {
        let mut text = String::new();
        for (((identifier, _), separator), word) in parts.iter().zip(&words) {
            text += word;
            text += if separator == "=" { "=" } else { " " };
            text += identifier;
            text += separator;
        }
        let redacted = own().text(&text);
        for ((_, secret), _) in &parts {
            prop_assert!(
                !redacted.to_ascii_lowercase().contains(&secret.to_ascii_lowercase()),
                "{secret} is left in {redacted:?} of {text:?}"
            );
        }
        // What was redacted once is not redacted into something else.
        prop_assert_eq!(own().text(&redacted), redacted);
    }

    #[test]
    fn a_record_has_no_string_that_nobody_has_thought_of(name in "[a-zA-Z]{1,20}", value in "[ -~]{1,40}") {
        let known = HARMLESS.contains(&name.as_str()) || name == "userAgent" || name == "errorMessage";
        prop_assume!(!known && value != "true" && value != "false");
        let redacted = own().record(&json!({ name: value.clone() }));
        let left = redacted.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        prop_assert!(left == "redacted" || left != value);
    }
}
