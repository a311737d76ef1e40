//! Who and with what, as people read it.

use serde_json::{Value, json};

use super::{Actor, ViaKind};

#[track_caller]
fn check_name(identity: Value, expected: &str) {
    let actor = Actor::read(&json!({ "userIdentity": identity }));
    assert_eq!(actor.name, expected, "{identity}");
}

#[test]
fn a_person_is_named_as_people_know_them() {
    let role = |rest: &str| json!({ "type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/{rest}") });
    let sso = "AWSReservedSSO_PlatformAdmin_0123456789abcdef/jane.doe@example.com";
    check_name(role(sso), "jane.doe@example.com (SSO, PlatformAdmin)");
    check_name(role("AWSReservedSSO_Read_Only_0123456789abcdef/joe"), "joe (SSO, Read_Only)");
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
        "544894e8-80c1",
    );
    check_name(json!({ "type": "IdentityCenterUser", "userName": "carol" }), "carol");
    check_name(json!({ "type": "IdentityCenterUser" }), "an Identity Center user");
    check_name(json!({ "type": "SAMLUser", "userName": "dave" }), "dave");
    check_name(
        json!({ "type": "AWSService", "invokedBy": "cognito-idp.amazonaws.com" }),
        "cognito-idp.amazonaws.com",
    );
    check_name(json!({ "type": "AWSService" }), "an AWS service");
    check_name(json!({ "type": "AWSAccount", "principalId": "AIDAEXAMPLE" }), "AIDAEXAMPLE");
    check_name(json!({ "userName": "HIDDEN_DUE_TO_SECURITY_REASONS" }), "an unknown identity");
    check_name(json!({}), "an unknown identity");
    check_name(Value::Null, "an unknown identity");
    check_name(json!([1, 2]), "an unknown identity");
}

#[track_caller]
fn check_via(agent: &str, tool: &str, kind: ViaKind) {
    let actor = Actor::read(&json!({ "userAgent": agent }));
    assert_eq!((actor.via.tool.as_str(), actor.via.kind), (tool, kind), "{agent}");
}

#[test]
fn a_tool_is_named_with_its_version() {
    use ViaKind::{CloudFormation, Console, Other, Pulumi, Terraform};
    let terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) \
                     terraform-provider-aws/5.60.0 (+https://registry.terraform.io) \
                     aws-sdk-go-v2/1.30.3 ua/2.0 os/linux lang/go#1.22.5";
    check_via(terraform, "Terraform 1.9.5", Terraform);
    let tofu = terraform.replace("Terraform/1.9.5", "OpenTofu/1.8.0");
    check_via(&tofu, "OpenTofu 1.8.0", Terraform);
    check_via("APN/1.0 Pulumi/1.0 PulumiAws/6.50.0 aws-sdk-go-v2/1.30.3", "Pulumi", Pulumi);
    check_via("APN/1.0 Pulumi/1.0 HashiCorp/1.0 Terraform/1.9.5", "Pulumi", Pulumi);
    check_via("aws-sdk-js/2.1 aws-cdk/2.261.0", "AWS CDK", CloudFormation);
    check_via("cloudformation.amazonaws.com", "CloudFormation", CloudFormation);
    check_via("console.amazonaws.com", "AWS console", Console);
    check_via("AWS Internal", "AWS console", Console);
    check_via("aws-cli/2.31.39 md/awscrt#0.28.4 ua/2.1", "AWS CLI 2.31.39", Other);
    check_via("aws-cli/1.32.0 Python/3.11 botocore/1.34.0", "AWS CLI 1.32.0", Other);
    check_via("Boto3/1.34.84 md/Botocore#1.34.84 ua/2.0", "boto3 1.34.84", Other);
    check_via("aws-sdk-rust/1.3.14 ua/2.1", "AWS SDK for Rust 1.3.14", Other);
    check_via("aws-sdk-go-v2/1.30.3 ua/2.0", "AWS SDK for Go 1.30.3", Other);
    check_via("aws-sdk-go/1.55.5 (go1.22; linux)", "AWS SDK for Go 1.55.5", Other);
    check_via("aws-sdk-js/3.600.0 ua/2.0", "AWS SDK for JavaScript 3.600.0", Other);
    check_via("aws-sdk-java/2.26.0 Linux/5.10", "AWS SDK for Java 2.26.0", Other);
    check_via("aws-sdk-dotnet-coreclr/3.7.400.1 ua/2.0", "AWS SDK for .NET 3.7.400.1", Other);
    check_via("aws-sdk-dotnet_45/2.3", "AWS SDK for .NET", Other);
    check_via("aws-sdk-php/3.316.0 OS/Linux", "AWS SDK for PHP 3.316.0", Other);
    check_via("aws-sdk-ruby3/3.201.0 ua/2.0", "AWS SDK for Ruby 3.201.0", Other);
    check_via("aws-sdk-kotlin/1.2.0", "AWS SDK for Kotlin 1.2.0", Other);
    check_via("curl/8.5.0 extra", "curl/8.5.0", Other);
    check_via("Terraform/", "Terraform/", Other);
    check_via("", "an unknown tool", Other);
    check_via("HIDDEN_DUE_TO_SECURITY_REASONS", "an unknown tool", Other);
}

#[test]
fn a_session_of_the_console_is_the_console_whatever_browser_it_names() {
    let actor = Actor::read(&json!({
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)", "sessionCredentialFromConsole": "true"
    }));
    assert_eq!((actor.via.tool.as_str(), actor.via.kind), ("AWS console", ViaKind::Console));
}

#[test]
fn a_stack_operation_is_known_by_any_of_three_marks() {
    let mark = "cloudformation.amazonaws.com";
    for record in [
        json!({ "userIdentity": { "invokedBy": mark } }),
        json!({ "sourceIPAddress": mark, "userAgent": "aws-sdk-java/2.26.0" }),
        json!({ "userAgent": mark }),
    ] {
        assert_eq!(Actor::read(&record).via.kind, ViaKind::CloudFormation, "{record}");
    }
}

#[test]
fn the_second_factor_is_known_only_where_cloudtrail_says() {
    let of = |attributes: Value| {
        Actor::read(&json!({ "userIdentity": { "sessionContext": { "attributes": attributes } } }))
            .mfa
    };
    assert_eq!(of(json!({ "mfaAuthenticated": "true" })), Some(true));
    assert_eq!(of(json!({ "mfaAuthenticated": "false" })), Some(false));
    assert_eq!(of(json!({ "mfaAuthenticated": true })), None);
    assert_eq!(of(json!({})), None);
}
