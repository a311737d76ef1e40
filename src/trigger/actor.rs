//! Who made a call, and with what: for people to read, never to decide by.

use serde_json::Value;

use super::change::text;

/// The name of an actor of whom nothing is known.
pub const UNKNOWN: &str = "an unknown identity";

/// Who made a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// `userIdentity.type`, such as `AssumedRole`.
    pub kind: Option<String>,
    /// The ARN of the session or user.
    pub arn: Option<String>,
    /// A name that a person would recognise: the IAM user, the SSO user, the role and its session,
    /// `root`, or the AWS service.
    pub name: String,
    /// The tool.
    pub via: Via,
    /// An IP address, or the AWS service that made the call for somebody.
    pub source_ip: Option<String>,
    /// Whether the session was opened with a second factor, where CloudTrail says.
    pub mfa: Option<bool>,
    /// The AWS service that made the call for the identity, such as `cloudformation.amazonaws.com`.
    pub invoked_by: Option<String>,
}

/// The tool a call was made with, as its user agent says. Anybody can send any user agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Via {
    /// `Terraform 1.9.5`, `AWS CLI 2.17.0`, `AWS console`, `CloudFormation`, ...
    pub tool: String,
    /// What must be changed for the change not to come again.
    pub kind: ViaKind,
}

/// Kinds of tool that differ in where their source of truth is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViaKind {
    /// A Terraform configuration.
    Terraform,
    /// A CloudFormation template, also one that SAM or CDK made.
    CloudFormation,
    /// A Pulumi program.
    Pulumi,
    /// A person at the AWS console.
    Console,
    /// A person or a script.
    #[default]
    Other,
}

impl Actor {
    /// Reads the actor of a CloudTrail record. Whatever is missing stays empty.
    pub fn read(record: &Value) -> Self {
        let of = |pointer: &str| text(record, pointer).map(str::to_owned);
        let kind = of("/userIdentity/type");
        let arn = of("/userIdentity/arn");
        let invoked_by = of("/userIdentity/invokedBy");
        Self {
            name: name(record, kind.as_deref(), arn.as_deref()),
            via: via(record, invoked_by.as_deref()),
            source_ip: of("/sourceIPAddress"),
            mfa: text(record, "/userIdentity/sessionContext/attributes/mfaAuthenticated")
                .map(|mfa| mfa == "true"),
            kind,
            arn,
            invoked_by,
        }
    }
}

fn name(record: &Value, kind: Option<&str>, arn: Option<&str>) -> String {
    let user_name = text(record, "/userIdentity/userName");
    let session = arn.and_then(|arn| arn.split_once(":assumed-role/")).map(|(_, rest)| rest);
    match (kind, session) {
        (Some("Root"), _) => "root".to_owned(),
        (_, Some(session)) => {
            let (role, session) = session.split_once('/').unwrap_or((session, ""));
            // AWSReservedSSO_<permission set>_<16 hexadecimal digits>: the session is the SSO user.
            match role.strip_prefix("AWSReservedSSO_") {
                Some(set) => {
                    let set = set.rsplit_once('_').map_or(set, |(set, _)| set);
                    format!("{session} (SSO, {set})")
                }
                None if session.is_empty() => role.to_owned(),
                None => format!("{role} ({session})"),
            }
        }
        (Some("IdentityCenterUser"), None) => user_name
            .or_else(|| text(record, "/userIdentity/onBehalfOf/userId"))
            .unwrap_or("an Identity Center user")
            .to_owned(),
        (Some("AWSService"), None) => {
            text(record, "/userIdentity/invokedBy").unwrap_or("an AWS service").to_owned()
        }
        _ => user_name
            .or_else(|| arn.and_then(|arn| arn.rsplit(['/', ':']).next()))
            .or_else(|| text(record, "/userIdentity/principalId"))
            .unwrap_or(UNKNOWN)
            .to_owned(),
    }
}

fn via(record: &Value, invoked_by: Option<&str>) -> Via {
    let agent = text(record, "/userAgent").unwrap_or_default();
    let console = text(record, "/sessionCredentialFromConsole") == Some("true");
    let source = text(record, "/sourceIPAddress").unwrap_or_default();
    let via = |tool: &str, kind| Via { tool: tool.to_owned(), kind };
    let by_cloudformation = [invoked_by.unwrap_or_default(), agent, source]
        .iter()
        .any(|s| s.starts_with("cloudformation.amazonaws.com"));
    if by_cloudformation {
        return via("CloudFormation", ViaKind::CloudFormation);
    }
    // Before Terraform: Pulumi's provider is made from Terraform's and may name both.
    if agent.to_ascii_lowercase().contains("pulumi") {
        return via("Pulumi", ViaKind::Pulumi);
    }
    if let Some(version) = version_after(agent, "Terraform/") {
        return via(&format!("Terraform {version}"), ViaKind::Terraform);
    }
    if let Some(version) = version_after(agent, "OpenTofu/") {
        return via(&format!("OpenTofu {version}"), ViaKind::Terraform);
    }
    if agent.contains("aws-cdk") {
        return via("AWS CDK", ViaKind::CloudFormation);
    }
    if console || agent.contains("console.amazonaws.com") || agent == "AWS Internal" {
        return via("AWS console", ViaKind::Console);
    }
    for (mark, tool) in [
        ("aws-cli/", "AWS CLI"),
        ("Boto3/", "boto3"),
        ("Botocore/", "botocore"),
        ("aws-sdk-rust/", "AWS SDK for Rust"),
        ("aws-sdk-go-v2/", "AWS SDK for Go"),
        ("aws-sdk-go/", "AWS SDK for Go"),
        ("aws-sdk-js/", "AWS SDK for JavaScript"),
        ("aws-sdk-java/", "AWS SDK for Java"),
        ("aws-sdk-dotnet-coreclr/", "AWS SDK for .NET"),
        ("aws-sdk-dotnet-framework/", "AWS SDK for .NET"),
        ("aws-sdk-dotnet", "AWS SDK for .NET"),
        ("aws-sdk-php/", "AWS SDK for PHP"),
        ("aws-sdk-ruby3/", "AWS SDK for Ruby"),
        ("aws-sdk-ruby2/", "AWS SDK for Ruby"),
        ("aws-sdk-kotlin/", "AWS SDK for Kotlin"),
        ("aws-sdk-swift/", "AWS SDK for Swift"),
        ("aws-sdk-cpp/", "AWS SDK for C++"),
    ] {
        if agent.contains(mark) {
            let version = version_after(agent, mark)
                .filter(|_| mark.ends_with('/'))
                .map(|version| format!(" {version}"))
                .unwrap_or_default();
            return via(&format!("{tool}{version}"), ViaKind::Other);
        }
    }
    match agent.split_ascii_whitespace().next() {
        Some(first) => via(first, ViaKind::Other),
        None => via("an unknown tool", ViaKind::Other),
    }
}

fn version_after<'a>(agent: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = agent.split_once(mark)?;
    let version = rest.split(|c: char| c.is_whitespace() || c == ';' || c == '(').next()?;
    (!version.is_empty()).then_some(version)
}
