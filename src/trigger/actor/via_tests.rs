//! With what, as people read it: user agents that the tools really send.

use serde_json::{Value, json};

use super::{Actor, SaidBy, Via, ViaKind};

use SaidBy::{CloudTrail, Nobody, UserAgent};
use ViaKind::{
    Agent, Automation, CloudFormation, Console, Controller, Other, Pulumi, Service, Terraform,
};

fn via(record: &Value) -> Via {
    Actor::read(record).via()
}

#[track_caller]
fn check(agent: &str, tool: &str, kind: ViaKind) {
    let via = via(&json!({ "userAgent": agent, "sourceIPAddress": "203.0.113.24" }));
    assert_eq!((via.tool.as_str(), via.kind, via.said_by), (tool, kind, UserAgent), "{agent}");
}

/// With the record's other members.
#[track_caller]
fn check_record(record: Value, tool: &str, kind: ViaKind, said_by: SaidBy) {
    let via = via(&record);
    assert_eq!((via.tool.as_str(), via.kind, via.said_by), (tool, kind, said_by), "{record}");
}

const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) \
    terraform-provider-aws/5.60.0 (+https://registry.terraform.io/providers/hashicorp/aws) \
    aws-sdk-go-v2/1.30.3 ua/2.0 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 \
    api/cognitoidentityprovider#1.41.3";
const CLI: &str = "aws-cli/2.31.39 md/awscrt#0.28.4 ua/2.1 os/macos#25.1.0 md/arch#arm64 \
    lang/python#3.13.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off \
    md/command#cognito-idp.update-user-pool-domain";
const SHELL: &str = "aws-cli/2.13.5 Python/3.11.4 Linux/4.14.255-314-253.539.amzn2.x86_64 \
    exec-env/CloudShell exe/x86_64.amzn.2 prompt/off command/cognito-idp.update-user-pool-domain";
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/141.0.0.0 Safari/537.36";

#[test]
fn a_tool_that_declares_is_named_with_its_version() {
    check(TERRAFORM, "Terraform 1.9.5", Terraform);
    check(&TERRAFORM.replace("Terraform/1.9.5", "OpenTofu/1.8.0"), "OpenTofu 1.8.0", Terraform);
    check(&format!("{TERRAFORM} terragrunt/0.66"), "Terraform 1.9.5 (Terragrunt 0.66)", Terraform);
    check(
        "terraform-provider-aws/5.60.0 (+https://registry.terraform.io)",
        "Terraform's AWS provider 5.60.0",
        Terraform,
    );
    check(
        "APN/1.0 Pulumi/1.0 PulumiAws/6.66.2 aws-sdk-go-v2/1.36.3 ua/2.1",
        "Pulumi (AWS provider 6.66.2)",
        Pulumi,
    );
    check("APN/1.0 Pulumi/3.0 PulumiAwsNative/1.12", "Pulumi (AWS Native provider 1.12)", Pulumi);
    check("APN/1.0 Pulumi/1.0 HashiCorp/1.0 Terraform/1.9.5", "Pulumi", Pulumi);
    check("aws-sdk-js/3.600.0 ua/2.0 aws-cdk/2.261.0", "AWS CDK 2.261.0", CloudFormation);
    check("Boto3/1.34.84 aws-sam-cli/1.139.0", "AWS SAM CLI 1.139.0", CloudFormation);
    check("cloudformation.amazonaws.com", "CloudFormation", CloudFormation);
    check("Terraform/", "Terraform", Terraform);
    check("Terraform", "Terraform", Terraform);
}

#[test]
fn a_controller_is_named_before_what_it_works_through() {
    check(
        "aws-sdk-go-v2/1.11.2 os/linux lang/go/1.17 md/GOOS/linux md/GOARCH/amd64 \
         api/cognitoidentityprovider/1.9.0 crossplane-provider-aws/v0.26.0",
        "Crossplane 0.26.0",
        Controller,
    );
    check(
        &format!("{TERRAFORM} crossplane-provider-upjet-aws/v1.23.0"),
        "Crossplane 1.23.0",
        Controller,
    );
    check(
        "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24 api/cognitoidentityprovider#1.50.0 \
         aws-controllers-k8s/cognitoidentityprovider.services.k8s.aws-v1.1.0",
        "AWS Controllers for Kubernetes (ACK) 1.1.0",
        Controller,
    );
}

#[test]
fn an_agent_is_named_before_the_sdk_that_it_uses() {
    check(
        "Boto3/1.40.1 md/Botocore#1.40.1 md/awslabs#mcp#aws-api-mcp-server#1.2.0 md/client#kiro/1.5.0 \
         ua/2.1 os/linux",
        "the MCP server aws-api-mcp-server 1.2.0 (client kiro/1.5.0)",
        Agent,
    );
    check(
        "Boto3/1.38.0 awslabs/mcp/ccapi-mcp-server/0.3",
        "the MCP server ccapi-mcp-server 0.3",
        Agent,
    );
    check("aws-mcp.amazonaws.com", "the AWS MCP server", Agent);
    check(
        "aws-cli/2.36.19 Python/3.14.3 Darwin/25.6.0 exec-env/AmazonQ-For-CLI Version/2.19.2",
        "Amazon Q Developer",
        Agent,
    );
}

#[test]
fn a_tool_that_runs_is_named() {
    check(
        "spinnaker-user/jo@example.com spinnaker-executionId/f17d557a aws-sdk-java/1.11.2 Linux/4.4",
        "Spinnaker (user jo@example.com)",
        Automation,
    );
    check(
        "APN/1.0 Ansible/2.15.0 community.aws/9.0.0 Boto3/1.34.84 Botocore/1.34.84",
        "Ansible 2.15.0",
        Automation,
    );
    check(
        "CloudCustodian/0.9.40 Python/3.12 Botocore/1.34.84",
        "Cloud Custodian 0.9.40",
        Automation,
    );
}

#[test]
fn the_command_line_and_the_sdks_are_named_in_their_old_and_new_forms() {
    check(CLI, "AWS CLI 2.31.39", Other);
    check(SHELL, "AWS CLI 2.13.5 (in CloudShell)", Other);
    check("aws-cli/1.32.0 Python/3.11 botocore/1.34.0", "AWS CLI 1.32.0", Other);
    check("[aws-cli/1.16.5 Python/2.7.14 Linux/4.14 botocore/1.11.5]", "AWS CLI 1.16.5", Other);
    check("Boto3/1.34.84 md/Botocore#1.34.84 ua/2.0", "boto3 1.34.84", Other);
    check("Boto3/1.7.48 Python/3.6.1 Botocore/1.10.48", "boto3 1.7.48", Other);
    check("Botocore/1.34.0 Python/3.9", "botocore 1.34.0", Other);
    check("Boto/2.49.0 Python/2.7", "boto 2.49.0", Other);
    check(
        "aws-sdk-rust/1.3.14 ua/2.1 api/cognitoidentityprovider/1.1",
        "AWS SDK for Rust 1.3.14",
        Other,
    );
    check("aws-sdk-go-v2/1.30.3 ua/2.0", "AWS SDK for Go 1.30.3", Other);
    check("aws-sdk-go/1.55.5 (go1.22; linux; amd64)", "AWS SDK for Go 1.55.5", Other);
    check("aws-sdk-js/3.600.0 ua/2.0", "AWS SDK for JavaScript 3.600.0", Other);
    check("aws-sdk-nodejs/2.1354.0 linux/v14.17 promise", "AWS SDK for JavaScript 2.1354.0", Other);
    check(
        "aws-sdk-js/3.895.0 ua/2.1 os/linux#5.10 lang/js md/nodejs#22.22.0 \
         api/cognito-identity-provider#3.895.0 exec-env/AWS_Lambda_nodejs22.x m/E \
         app/PT/NO-OP/2.28.0/PTEnv/AWS_Lambda_nodejs22.x",
        "AWS SDK for JavaScript 3.895.0 (in Lambda)",
        Other,
    );
    check("aws-sdk-java/2.26.0 Linux/5.10 OpenJDK", "AWS SDK for Java 2.26.0", Other);
    check("aws-sdk-java/2.31.0 md/io#sync ua/2.1 os/Linux#5.10", "AWS SDK for Java 2.31.0", Other);
    check(
        "aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10 OpenJDK_64-Bit_Server_VM/25.372 \
         java/1.8.0_372 vendor/Oracle_Corporation cfg/retry-mode/standard",
        "AWS SDK for Java 1.12.488",
        Other,
    );
    check("aws-sdk-dotnet-coreclr/3.7.400.1 ua/2.0", "AWS SDK for .NET 3.7.400.1", Other);
    check("aws-sdk-dotnet_45/2.3", "AWS SDK for .NET 2.3", Other);
    check("aws-sdk-php/3.316.0 OS/Linux", "AWS SDK for PHP 3.316.0", Other);
    check("aws-sdk-php2/2.8.31 Guzzle/3.9.3", "AWS SDK for PHP 2.8.31", Other);
    check("aws-sdk-ruby3/3.201.0 ua/2.0", "AWS SDK for Ruby 3.201.0", Other);
    check("aws-sdk-ruby/2.11.0 ruby/2.5", "AWS SDK for Ruby 2.11.0", Other);
    check("aws-sdk-kotlin/1.2.0", "AWS SDK for Kotlin 1.2.0", Other);
    check("aws-sdk-swift/1.0.30 ua/2.1", "AWS SDK for Swift 1.0.30", Other);
    check("aws-sdk-cpp/1.11.300 ua/2.1", "AWS SDK for C++ 1.11.300", Other);
    check(
        "AWSPowerShell.Common/4.1.21.0 .NET_Core/6.0.0 OS/Microsoft_Windows PowerShellCore/7.-1 ClientAsync",
        "AWS Tools for PowerShell 4.1.21.0",
        Other,
    );
    check("AWSPowerShell.NetCore/4.0.0 ua/2.0", "AWS Tools for PowerShell 4.0.0", Other);
    check("AWSPowerShell/3.1.73.0 .NET_Runtime/4.0", "AWS Tools for PowerShell 3.1.73.0", Other);
    check("curl/8.5.0 extra", "curl/8.5.0", Other);
    check(BROWSER, "a browser", Other);
    for agent in ["", "HIDDEN_DUE_TO_SECURITY_REASONS"] {
        check_record(json!({ "userAgent": agent }), "an unknown tool", Other, Nobody);
    }
}

#[test]
fn a_session_of_the_console_is_the_console_unless_the_agent_names_a_tool() {
    let console =
        |agent: &str| json!({ "userAgent": agent, "sessionCredentialFromConsole": "true" });
    for agent in [
        BROWSER,
        "AWS Internal",
        "",
        "console.amazonaws.com",
        "S3Console/0.4, aws-internal/3",
        "aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10",
        "aws-internal/3",
    ] {
        check_record(console(agent), "AWS console", Console, CloudTrail);
    }
    check_record(console(SHELL), "AWS CLI 2.13.5 (in CloudShell)", Other, UserAgent);
    check_record(console(TERRAFORM), "Terraform 1.9.5", Terraform, UserAgent);
    // Without CloudTrail's word it is a claim, or none at all.
    check("console.amazonaws.com", "AWS console", Console);
    check(
        "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.467 Linux/4.9]",
        "AWS SDK for Java 1.11.467",
        Other,
    );
    check("signin.amazonaws.com", "AWS console", Console);
    check("AWS Internal", "an AWS service", Service);
    check("aws-internal/3", "an AWS service", Service);
    check_record(
        json!({ "userAgent": "AWS Internal", "sourceIPAddress": "AWS Internal",
                "userIdentity": { "type": "AWSService", "invokedBy": "AWS Internal" } }),
        "an AWS service",
        Service,
        CloudTrail,
    );
}

#[test]
fn what_cloudtrail_vouches_for_is_no_claim() {
    let mark = "cloudformation.amazonaws.com";
    for record in [
        json!({ "userIdentity": { "invokedBy": mark } }),
        json!({ "sourceIPAddress": mark, "userAgent": "aws-sdk-java/2.26.0" }),
        json!({ "sourceIPAddress": mark, "userAgent": TERRAFORM }),
    ] {
        check_record(record, "CloudFormation", CloudFormation, CloudTrail);
    }
    for (service, tool, kind) in [
        ("cloudcontrolapi.amazonaws.com", "AWS Cloud Control API", Controller),
        ("amplifybackend.amazonaws.com", "AWS Amplify", CloudFormation),
        ("amplify.amazonaws.com", "AWS Amplify", CloudFormation),
        ("states.amazonaws.com", "AWS Step Functions", Automation),
        ("aws-mcp.amazonaws.com", "the AWS MCP server", Agent),
        ("cloudformation.amazonaws.com.cn", "CloudFormation", CloudFormation),
        ("brand-new.amazonaws.com", "brand-new.amazonaws.com", Service),
    ] {
        let record = json!({
            "userAgent": service, "sourceIPAddress": service, "userIdentity": { "invokedBy": service },
        });
        check_record(record, tool, kind, CloudTrail);
    }
    // A name that only looks like a service's.
    for address in ["10.0.4.21", "cloudformation.amazonaws.com.evil.example", ".amazonaws.com"] {
        check_record(
            json!({ "sourceIPAddress": address, "userAgent": CLI }),
            "AWS CLI 2.31.39",
            Other,
            UserAgent,
        );
    }
}

#[test]
fn the_role_of_a_stack_operation_says_what_the_template_was_made_with() {
    let of = |role: &str| {
        json!({ "sourceIPAddress": "cloudformation.amazonaws.com", "userIdentity": {
            "type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/4f1e0f9a2b"),
        } })
    };
    for (role, tool) in [
        ("stacksets-exec-d8a6e2c4f0", "CloudFormation StackSets"),
        ("AWSCloudFormationStackSetExecutionRole", "CloudFormation StackSets"),
        ("cdk-hnb659fds-cfn-exec-role-111122223333-eu-central-1", "CloudFormation for AWS CDK"),
        ("deployer", "CloudFormation"),
    ] {
        check_record(of(role), tool, CloudFormation, CloudTrail);
    }
    // A role's name alone is nothing.
    let mut alone = of("stacksets-exec-d8a6e2c4f0");
    alone["sourceIPAddress"] = json!("203.0.113.24");
    alone["userIdentity"]["invokedBy"] = Value::Null;
    alone["userAgent"] = json!(CLI);
    check_record(alone, "AWS CLI 2.31.39", Other, UserAgent);
}

#[test]
fn a_version_is_short_and_has_no_markup() {
    check("Terraform/1.9.5<script>", "Terraform 1.9.5", Terraform);
    check(&format!("aws-cli/{}", "9".repeat(3_000)), &format!("AWS CLI {}", "9".repeat(40)), Other);
    check(&format!("{}/1", "x".repeat(3_000)), &"x".repeat(80), Other);
    check("aws-cli/🦀", "AWS CLI", Other);
}

#[test]
fn a_tool_that_declares_says_where() {
    for agent in
        [TERRAFORM, "Pulumi/3.0", "aws-cdk/2.1", "Ansible/2.15", "crossplane-provider-aws/v0.26.0"]
    {
        let via = via(&json!({ "userAgent": agent }));
        assert!(!via.declared_in.is_empty() && !via.family.is_empty(), "{agent}");
    }
}
