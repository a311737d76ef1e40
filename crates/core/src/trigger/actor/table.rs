//! The tools that the guard knows by name, as data.
//!
//! A new tool is a row, and a user agent that it really sent in the tests beside it. Order matters: a
//! tool that works through another one stands before it (Crossplane sends Terraform's user agent with
//! its own name in it, Terraform sends the SDK's).

use super::ViaKind::{
    Agent, Automation, CloudFormation, Console, Controller, Other, Pulumi, Service, Terraform,
};
use super::tool::Mark::{self, Host, HostAs, Product, Within, Word};
use super::tool::Version::{After, Dashed, Named, None as Unversioned};
use super::tool::{Tool, row};

/// The name of what is no tool: people use it, and the console does.
pub(super) const BROWSER: &str = "a browser";

const AMPLIFY: &str = "the Amplify project's backend";
const ACK: &str = "its custom resource, or in the manifest, chart or kro definition that makes it";
const CLOUD_CONTROL: &str = "what uses it (Terraform's awscc, Pulumi's aws-native, a controller)";
const CONFIGURATION: &str = "the Terraform configuration";
const CROSSPLANE: &str = "the managed resource UserPoolDomain, or in the composition that makes it";
const MANIFEST: &str = "the cluster's manifests";
const STACK_SET: &str = "the StackSet's template";
const TEMPLATE: &str = "the template, or in the CDK, SAM or Serverless project that makes it";

/// How a tool is recognised, its name, how its version is read, where its source of truth is.
#[rustfmt::skip]
pub(super) static TOOLS: &[Tool] = &[
    // What CloudTrail vouches for.
    row(HostAs("cloudformation.amazonaws.com", "stacksets-exec-"), "CloudFormation StackSets", Unversioned, CloudFormation, STACK_SET),
    row(HostAs("cloudformation.amazonaws.com", "StackSetExecutionRole"), "CloudFormation StackSets", Unversioned, CloudFormation, STACK_SET),
    row(HostAs("cloudformation.amazonaws.com", "-cfn-exec-role-"), "CloudFormation for AWS CDK", Unversioned, CloudFormation, "the CDK app"),
    row(HostAs("cloudformation.amazonaws.com", "aws-sam-cli-managed-"), "CloudFormation for AWS SAM", Unversioned, CloudFormation, "the SAM template"),
    row(Host("cloudformation.amazonaws.com"), "CloudFormation", Unversioned, CloudFormation, TEMPLATE),
    row(Host("stacksets.cloudformation.amazonaws.com"), "CloudFormation StackSets", Unversioned, CloudFormation, STACK_SET),
    row(Host("member.org.stacksets.cloudformation.amazonaws.com"), "CloudFormation StackSets", Unversioned, CloudFormation, STACK_SET),
    row(Host("cloudcontrolapi.amazonaws.com"), "AWS Cloud Control API", Unversioned, Controller, CLOUD_CONTROL),
    row(Host("amplify.amazonaws.com"), "AWS Amplify", Unversioned, CloudFormation, AMPLIFY),
    row(Host("amplifybackend.amazonaws.com"), "AWS Amplify", Unversioned, CloudFormation, AMPLIFY),
    row(Host("servicecatalog.amazonaws.com"), "AWS Service Catalog", Unversioned, CloudFormation, "the product's template"),
    row(Host("controltower.amazonaws.com"), "AWS Control Tower", Unversioned, CloudFormation, "the landing zone's customizations"),
    row(Host("states.amazonaws.com"), "AWS Step Functions", Unversioned, Automation, "the state machine"),
    row(Host("scheduler.amazonaws.com"), "EventBridge Scheduler", Unversioned, Automation, "the schedule"),
    row(Host("ssm.amazonaws.com"), "AWS Systems Manager", Unversioned, Automation, "the automation document or its association"),
    row(Host("config.amazonaws.com"), "AWS Config", Unversioned, Automation, "the remediation of the Config rule"),
    row(Host("codepipeline.amazonaws.com"), "AWS CodePipeline", Unversioned, Automation, "the pipeline"),
    row(Host("codebuild.amazonaws.com"), "AWS CodeBuild", Unversioned, Automation, "the build project"),
    row(Host("eks.amazonaws.com"), "Amazon EKS", Unversioned, Controller, MANIFEST),
    row(Host("capabilities.eks.amazonaws.com"), "Amazon EKS", Unversioned, Controller, MANIFEST),
    row(Host("aws-mcp.amazonaws.com"), "the AWS MCP server", Unversioned, Agent, ""),
    row(Host("q.amazonaws.com"), "Amazon Q", Unversioned, Agent, ""),
    row(Host("bedrock.amazonaws.com"), "Amazon Bedrock", Unversioned, Agent, ""),
    row(Host("bedrock-agentcore.amazonaws.com"), "Amazon Bedrock AgentCore", Unversioned, Agent, ""),
    // Controllers.
    row(Product("crossplane-provider-aws"), "Crossplane", After, Controller, CROSSPLANE),
    row(Within("provider-upjet-aws"), "Crossplane", After, Controller, CROSSPLANE),
    row(Product("upbound-provider-aws"), "Crossplane", After, Controller, CROSSPLANE),
    row(Word("crossplane"), "Crossplane", After, Controller, CROSSPLANE),
    row(Word("aws-controllers-k8s/"), "AWS Controllers for Kubernetes (ACK)", Dashed, Controller, ACK),
    // Agents.
    row(Word("md/awslabs#mcp#"), "the MCP server", Named, Agent, ""),
    row(Word("awslabs/mcp/"), "the MCP server", Named, Agent, ""),
    row(Within("mcp-server"), "an MCP server", After, Agent, ""),
    row(Word("exec-env/AmazonQ-For-"), "Amazon Q Developer", Unversioned, Agent, ""),
    // Tools that declare. Pulumi's provider is made from Terraform's and may name both.
    row(Product("PulumiAwsNative"), "Pulumi", Unversioned, Pulumi, "the Pulumi program"),
    row(Product("Pulumi"), "Pulumi", Unversioned, Pulumi, "the Pulumi program or SST project"),
    row(Word("pulumi"), "Pulumi", Unversioned, Pulumi, "the Pulumi program or SST project"),
    row(Product("OpenTofu"), "OpenTofu", After, Terraform, "the OpenTofu configuration"),
    row(Product("Terraform"), "Terraform", After, Terraform, CONFIGURATION),
    row(Word("terraform-provider-aws"), "Terraform's AWS provider", After, Terraform, CONFIGURATION),
    row(Product("aws-cdk"), "AWS CDK", After, CloudFormation, "the CDK app"),
    row(Product("aws-sam-cli"), "AWS SAM CLI", After, CloudFormation, "the SAM template"),
    row(Product("amplify-cli"), "AWS Amplify CLI", After, CloudFormation, AMPLIFY),
    // Tools that run.
    row(Product("Ansible"), "Ansible", After, Automation, "the playbook"),
    row(Word("spinnaker-"), "Spinnaker", Unversioned, Automation, "the Spinnaker pipeline"),
    row(Word("CloudCustodian"), "Cloud Custodian", After, Automation, "the policy"),
    row(Word("Cloud-Custodian"), "Cloud Custodian", After, Automation, "the policy"),
    // A person's tools, and a script's.
    row(Product("aws-cli"), "AWS CLI", After, Other, ""),
    row(Product("AWSPowerShell.Common"), "AWS Tools for PowerShell", After, Other, ""),
    row(Product("AWSPowerShell.NetCore"), "AWS Tools for PowerShell", After, Other, ""),
    row(Word("AWSPowerShell"), "AWS Tools for PowerShell", After, Other, ""),
    row(Product("Boto3"), "boto3", After, Other, ""),
    row(Product("aiobotocore"), "aiobotocore", After, Other, ""),
    row(Product("Botocore"), "botocore", After, Other, ""),
    row(Product("Boto"), "boto", After, Other, ""),
    row(Product("aws-sdk-rust"), "AWS SDK for Rust", After, Other, ""),
    row(Word("aws-sdk-go-v2"), "AWS SDK for Go", After, Other, ""),
    row(Word("aws-sdk-go"), "AWS SDK for Go", After, Other, ""),
    row(Product("aws-sdk-js"), "AWS SDK for JavaScript", After, Other, ""),
    row(Product("aws-sdk-nodejs"), "AWS SDK for JavaScript", After, Other, ""),
    row(Product("aws-sdk-java"), "AWS SDK for Java", After, Other, ""),
    row(Word("aws-sdk-dotnet"), "AWS SDK for .NET", After, Other, ""),
    row(Word("aws-sdk-php"), "AWS SDK for PHP", After, Other, ""),
    row(Word("aws-sdk-ruby"), "AWS SDK for Ruby", After, Other, ""),
    row(Product("aws-sdk-kotlin"), "AWS SDK for Kotlin", After, Other, ""),
    row(Product("aws-sdk-swift"), "AWS SDK for Swift", After, Other, ""),
    row(Product("aws-sdk-cpp"), "AWS SDK for C++", After, Other, ""),
    row(Product("aws-sdk-iOS"), "AWS SDK for iOS", After, Other, ""),
    row(Product("aws-sdk-android"), "AWS SDK for Android", After, Other, ""),
    row(Product("aws-amplify"), "Amplify library", After, Other, ""),
    row(Product("rusoto"), "rusoto", After, Other, ""),
    // The console, as far as a user agent can say: without CloudTrail's word it is a claim.
    row(Host("console.amazonaws.com"), "AWS console", Unversioned, Console, ""),
    row(Host("signin.amazonaws.com"), "AWS console", Unversioned, Console, ""),
    row(Within("Console"), "AWS console", Unversioned, Console, ""),
    row(Within(".console.aws"), "AWS console", Unversioned, Console, ""),
    row(Product("Mozilla"), BROWSER, Unversioned, Other, ""),
    row(Word("aws-internal"), "an AWS service", Unversioned, Service, ""),
];

/// What a user agent says beside the tool: how it was run. The first two are shown.
#[rustfmt::skip]
pub(super) static BESIDE: &[(Mark, &str)] = &[
    (Product("terragrunt"), "Terragrunt"),
    (Product("atlantis"), "Atlantis"),
    (Product("spacelift"), "Spacelift"),
    (Product("cdktf"), "CDKTF"),
    (Product("PulumiAwsNative"), "AWS Native provider"),
    (Product("PulumiAws"), "AWS provider"),
    (Word("exec-env/CloudShell"), "in CloudShell"),
    (Word("exec-env/AWS_Lambda"), "in Lambda"),
    (Word("exec-env/AWS_ECS"), "in ECS"),
    (Word("md/client#"), "client"),
    (Word("spinnaker-user/"), "user"),
];
