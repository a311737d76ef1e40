//! With what a call was made: what CloudTrail vouches for, or else what the user agent claims.

use super::Actor;
use super::table::BROWSER;
use super::tools::{self, Found};

/// The tool a call was made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Via {
    /// `Terraform 1.9.5`, `AWS CLI 2.17.0 (in CloudShell)`, `AWS console`, `CloudFormation`, ...
    pub tool: String,
    /// The tool without version and company, in words of the guard's own; empty for one that it does
    /// not know.
    pub family: &'static str,
    /// What must be changed for the change not to come again.
    pub kind: ViaKind,
    /// Where the tool has the domain declared, as it fits into a sentence. Empty where it has not.
    pub declared_in: &'static str,
    /// Whether that is known or claimed.
    pub said_by: SaidBy,
}

/// Who says with what a call was made. Nothing is decided by either; but a notice says which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaidBy {
    /// CloudTrail: the service that made the call for somebody (`invokedBy`, or a service's name as
    /// `sourceIPAddress`), or the session of the console that the credentials belong to.
    CloudTrail,
    /// The user agent. Anybody can send any user agent.
    UserAgent,
    /// Nobody.
    #[default]
    Nobody,
}

impl SaidBy {
    /// What to say after the tool, so that nobody takes a claim for a fact.
    pub const fn claim(self) -> &'static str {
        match self {
            Self::UserAgent => " (says its user agent)",
            Self::CloudTrail | Self::Nobody => "",
        }
    }
}

/// Kinds of tool that differ in where their source of truth is, and in when it acts again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViaKind {
    /// A Terraform or OpenTofu configuration; somebody applies it.
    Terraform,
    /// A CloudFormation template, also one that SAM, CDK or Amplify made; somebody deploys it.
    CloudFormation,
    /// A Pulumi program; somebody runs it.
    Pulumi,
    /// A declaration that a controller applies again on its own, without anybody's doing.
    Controller,
    /// A pipeline, playbook, schedule or workflow that makes the call when it runs.
    Automation,
    /// An AI agent, which somebody asked to do something.
    Agent,
    /// An AWS service, for somebody or for itself.
    Service,
    /// A person at the AWS console.
    Console,
    /// A person or a script.
    #[default]
    Other,
}

/// The name that CloudTrail gives to what it does not name.
const INTERNAL: &str = "AWS Internal";

/// The longest first word of a user agent that is shown for want of a known tool.
const LONGEST_WORD: usize = 80;

impl Actor {
    /// The tool that the call was made with.
    ///
    /// What CloudTrail vouches for comes before what the user agent claims, with one exception: a
    /// session of the console is CloudShell's too, so there a user agent that names a tool says more.
    pub fn via(&self) -> Via {
        let services = [self.invoked_by.as_deref(), self.source_ip.as_deref()];
        if let Some(service) = services.into_iter().flatten().find(|name| is_service(name)) {
            return match tools::of_service(service, self.role().unwrap_or_default()) {
                Some(found) => known(found, SaidBy::CloudTrail),
                None => Via { tool: service.to_owned(), ..a_service() },
            };
        }
        let agent = self.user_agent.as_deref().unwrap_or_default();
        let claimed = tools::of_agent(agent).map(|found| known(found, SaidBy::UserAgent));
        // Pages of the console have services call with SDKs of their own.
        let is_page = agent.is_empty() || agent == INTERNAL || agent.starts_with("aws-internal");
        if self.is_console_session {
            return claimed.filter(|via| !is_page && !via.is_page()).unwrap_or_else(console);
        }
        if let Some(via) = claimed {
            return via;
        }
        if services.contains(&Some(INTERNAL)) {
            return a_service();
        }
        match agent.split_ascii_whitespace().next() {
            Some(_) if agent == INTERNAL => Via { said_by: SaidBy::UserAgent, ..a_service() },
            Some(first) => Via {
                tool: first.chars().take(LONGEST_WORD).collect(),
                said_by: SaidBy::UserAgent,
                ..Via::default()
            },
            None => Via { tool: "an unknown tool".to_owned(), ..Via::default() },
        }
    }
}

impl Via {
    /// Whether a person with a browser is behind it.
    fn is_page(&self) -> bool {
        self.kind == ViaKind::Console || self.family == BROWSER
    }
}

fn known(found: Found, said_by: SaidBy) -> Via {
    Via {
        tool: found.shown,
        family: found.tool.name,
        kind: found.tool.kind,
        declared_in: found.tool.declared_in,
        said_by,
    }
}

/// CloudTrail writes a service's host name where it made the call for somebody. An address or a VPC
/// endpoint looks otherwise.
fn is_service(name: &str) -> bool {
    let service = name.strip_suffix(".cn").unwrap_or(name).strip_suffix(".amazonaws.com");
    service.is_some_and(|service| !service.is_empty())
}

fn a_service() -> Via {
    Via {
        tool: "an AWS service".to_owned(),
        family: "an AWS service",
        kind: ViaKind::Service,
        declared_in: "",
        said_by: SaidBy::CloudTrail,
    }
}

fn console() -> Via {
    Via {
        tool: "AWS console".to_owned(),
        family: "AWS console",
        kind: ViaKind::Console,
        declared_in: "",
        said_by: SaidBy::CloudTrail,
    }
}
