//! Who, as people read it.

use serde_json::{Value, json};

use super::Actor;

#[track_caller]
fn check_name(identity: Value, expected: &str) {
    let actor = Actor::read(&json!({ "userIdentity": identity }));
    assert_eq!(actor.name, expected, "{identity}");
}

#[test]
fn a_person_is_named_as_people_know_them() {
    let role = |rest: &str| json!({ "type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/{rest}") });
    check_name(role("deployer/ci-run-17"), "deployer (ci-run-17)");
    check_name(role("deployer/"), "deployer");
    check_name(role("deployer"), "deployer");
    check_name(
        json!({ "type": "AssumedRole", "arn": "arn:aws-us-gov:sts::111122223333:assumed-role/ops/joe" }),
        "ops (joe)",
    );
    check_name(
        json!({ "type": "IAMUser", "userName": "alice",
                "arn": "arn:aws:iam::111122223333:user/staff/alice" }),
        "alice",
    );
    check_name(
        json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/staff/alice" }),
        "alice",
    );
    check_name(json!({ "type": "Root", "arn": "arn:aws:iam::111122223333:root" }), "root");
    check_name(json!({ "type": "Root", "userName": "company-alias" }), "root");
    check_name(
        json!({ "type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/Bob" }),
        "Bob",
    );
    check_name(
        json!({ "type": "IdentityCenterUser", "onBehalfOf": { "userId": "544894e8-80c1" } }),
        "Identity Center user 544894e8-80c1",
    );
    check_name(json!({ "type": "IdentityCenterUser", "userName": "carol" }), "carol");
    check_name(json!({ "type": "IdentityCenterUser" }), "an Identity Center user");
    check_name(json!({ "type": "SAMLUser", "userName": "dave" }), "dave");
    check_name(
        json!({ "type": "AWSService", "invokedBy": "cognito-idp.amazonaws.com" }),
        "AWS service cognito-idp.amazonaws.com",
    );
    check_name(json!({ "type": "AWSService", "invokedBy": "AWS Internal" }), "an AWS service");
    check_name(json!({ "type": "AWSService" }), "an AWS service");
    check_name(json!({ "type": "AWSAccount", "principalId": "AIDAEXAMPLE" }), "AIDAEXAMPLE");
    check_name(json!({ "userName": "HIDDEN_DUE_TO_SECURITY_REASONS" }), "an unknown identity");
    check_name(json!({}), "an unknown identity");
    check_name(Value::Null, "an unknown identity");
    check_name(json!([1, 2]), "an unknown identity");
}

/// A session of that role, which has that path.
fn session(path: &str, role: &str, session: &str) -> Value {
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROAEXAMPLE:{session}"),
        "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/{session}"),
        "sessionContext": { "sessionIssuer": {
            "type": "Role",
            "arn": format!("arn:aws:iam::111122223333:role/{path}{role}"),
            "userName": role,
        } },
    })
}

#[test]
fn the_path_of_a_role_makes_an_sso_user_and_its_name_does_not() {
    let path = "aws-reserved/sso.amazonaws.com/eu-central-1/";
    let admin = "AWSReservedSSO_PlatformAdmin_0123456789abcdef";
    let jane = "jane.doe@example.com";
    check_name(session(path, admin, jane), "jane.doe@example.com (SSO, PlatformAdmin)");
    check_name(
        session(
            "aws-reserved/sso.amazonaws.com/",
            "AWSReservedSSO_Read_Only_0123456789abcdef",
            "joe",
        ),
        "joe (SSO, Read_Only)",
    );
    let as_it_is = format!("{admin} ({jane})");
    for path in ["", "team/", "aws-reserved/", "x/aws-reserved/sso.amazonaws.com/"] {
        check_name(session(path, admin, jane), &as_it_is);
    }
    // The issuer of another role says nothing of this one, nor does one that is missing or empty.
    let mut other = session(path, admin, jane);
    other["sessionContext"]["sessionIssuer"]["arn"] = json!(format!(
        "arn:aws:iam::111122223333:role/{path}AWSReservedSSO_Other_0123456789abcdef"
    ));
    check_name(other.clone(), &as_it_is);
    other["sessionContext"]["sessionIssuer"] = json!({});
    check_name(other, &as_it_is);
}

#[test]
fn a_service_linked_role_is_the_service() {
    check_name(
        session("aws-service-role/amplify.amazonaws.com/", "AWSServiceRoleForAmplify", "Amplify"),
        "AWS service amplify.amazonaws.com (service-linked role AWSServiceRoleForAmplify)",
    );
    check_name(
        session("", "AWSServiceRoleForAmplify", "Amplify"),
        "AWSServiceRoleForAmplify (Amplify)",
    );
}

#[test]
fn who_vouched_for_a_federated_identity_is_named() {
    let mut github = session("", "deploy", "GitHubActions");
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    github["sessionContext"]["webIdFederationData"] =
        json!({ "federatedProvider": provider, "attributes": {} });
    check_name(github.clone(), "deploy (GitHubActions) from GitHub Actions");
    let eks = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/AAAA";
    github["sessionContext"]["webIdFederationData"]["federatedProvider"] = json!(eks);
    check_name(github.clone(), "deploy (GitHubActions) from a pod in EKS");
    github["sessionContext"]["webIdFederationData"] = json!({});
    check_name(github, "deploy (GitHubActions)");
    check_name(
        json!({ "type": "WebIdentityUser", "principalId": format!("{eks}:sts.amazonaws.com:system:serviceaccount:a:b"),
                "userName": "system:serviceaccount:a:b", "identityProvider": eks }),
        "system:serviceaccount:a:b from a pod in EKS",
    );
    check_name(
        json!({ "type": "SAMLUser", "userName": "dave",
                "identityProvider": "arn:aws:iam::111122223333:saml-provider/Okta" }),
        "dave from Okta",
    );
    check_name(
        json!({ "type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/Bob",
                "sessionContext": { "sessionIssuer": { "type": "IAMUser", "userName": "alice" } } }),
        "Bob (federated by alice)",
    );
    let mut propagated = session("", "app", "jo@example.com");
    propagated["onBehalfOf"] = json!({ "userId": "544894e8", "identityStoreArn": "x" });
    check_name(propagated, "app (jo@example.com), on behalf of Identity Center user 544894e8");
}

#[test]
fn a_principal_of_another_account_is_named_with_the_account() {
    let of = |principal: &str| json!({ "type": "AWSAccount", "principalId": principal, "accountId": "444455556666" });
    check_name(of("AROAOTHER:jo"), "jo with role AROAOTHER of account 444455556666");
    check_name(of("AIDAEXAMPLE"), "AIDAEXAMPLE of account 444455556666");
    check_name(
        json!({ "type": "AWSAccount", "accountId": "444455556666" }),
        "somebody of account 444455556666",
    );
    check_name(json!({ "type": "AWSAccount" }), "an unknown identity");
}

#[test]
fn a_session_without_an_arn_is_named_by_its_issuer() {
    let mut trimmed = session("", "deployer", "ci-17");
    trimmed.as_object_mut().unwrap().remove("arn");
    check_name(trimmed, "deployer (ci-17)");
    check_name(
        json!({ "type": "Unknown", "principalId": "544894e8", "userName": "jo@example.com" }),
        "jo@example.com",
    );
    check_name(json!({ "type": "Unknown", "principalId": "Anonymous" }), "Anonymous");
}

#[test]
fn the_second_factor_is_shown_of_iam_users_and_root_only() {
    let of = |kind: Value, context: Value| {
        Actor::read(&json!({ "userIdentity": { "type": kind, "sessionContext": context } })).mfa
    };
    let said = |mfa: Value| json!({ "attributes": { "mfaAuthenticated": mfa } });
    for person in ["IAMUser", "Root"] {
        assert_eq!(of(json!(person), said(json!("true"))), Some(true));
        assert_eq!(of(json!(person), said(json!("false"))), Some(false));
        assert_eq!(of(json!(person), said(json!(true))), None);
        assert_eq!(of(json!(person), json!({})), None);
    }
    for other in ["AssumedRole", "FederatedUser", "IdentityCenterUser", "AWSService", "Role", "new"]
    {
        for mfa in ["true", "false"] {
            assert_eq!(of(json!(other), said(json!(mfa))), None, "{other}");
        }
    }
    assert_eq!(of(Value::Null, said(json!("false"))), None);
    let assumed = json!({ "assumedRoot": "true", "attributes": { "mfaAuthenticated": "false" } });
    assert_eq!(of(json!("Root"), assumed.clone()), None);
    check_name(
        json!({ "type": "Root", "arn": "arn:aws:iam::111122223333:root", "sessionContext": assumed }),
        "root (a session of sts:AssumeRoot)",
    );
}

#[test]
fn the_person_behind_a_session_and_its_key_are_read() {
    let actor = Actor::read(&json!({ "userIdentity": {
        "type": "AssumedRole", "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": { "sourceIdentity": "jo@example.com" },
    } }));
    assert_eq!(actor.source_identity.as_deref(), Some("jo@example.com"));
    assert_eq!(actor.access_key_id.as_deref(), Some("ASIAEXAMPLE"));
    let hidden = json!({ "userIdentity": {
        "accessKeyId": "HIDDEN_DUE_TO_SECURITY_REASONS", "sessionContext": { "sourceIdentity": 7 },
    } });
    assert_eq!(Actor::read(&hidden).access_key_id, None);
    assert_eq!(Actor::read(&hidden).source_identity, None);
}

#[test]
fn text_of_any_length_is_bounded() {
    let long = "🦀".repeat(50_000);
    let actor = Actor::read(&json!({
        "userAgent": long, "sourceIPAddress": long,
        "userIdentity": { "type": long, "arn": long, "userName": long, "accessKeyId": long },
    }));
    for text in
        [Some(&actor.name), actor.arn.as_ref(), actor.source_ip.as_ref(), actor.kind.as_ref()]
    {
        assert!((1..=1_024).contains(&text.unwrap().len()));
    }
    assert!(actor.via().tool.len() < 1_024);
}
