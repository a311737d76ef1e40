//! Where a change came from, and where to change it so that it does not come again.
//!
//! The tool is often a claim: anybody can send any user agent. So it only adds a step, and says
//! that it is one. Whoever made the change is asked in any case.

use super::about::About;
use super::record::Record;
use crate::trigger::{Actor, SaidBy, UNKNOWN, Via, ViaKind};

/// Adds what to do about the source of a change.
pub(super) fn steps(steps: &mut Vec<String>, record: &Record, about: &About<'_>) {
    let Some(actor) = about.change.map(|change| &change.actor) else {
        return;
    };
    if record.names_nobody() {
        steps.push(
            "Look in CloudTrail for who has changed the domain: the call that woke the guard does not \
             explain what it found."
                .to_owned(),
        );
        return;
    }
    steps.extend(tool(&actor.via(), record));
    steps.extend(ask(actor, record));
}

/// What to change in the tool, where one is named that would make the change again.
pub(super) fn tool(via: &Via, record: &Record) -> Option<String> {
    let Via { family, declared_in, .. } = via;
    let lead = match via.said_by {
        SaidBy::CloudTrail => format!("The change came through {family}"),
        SaidBy::UserAgent => format!("The change came through {family} (says its user agent)"),
        SaidBy::Nobody => return None,
    };
    Some(match via.kind {
        ViaKind::Terraform => format!(
            "{lead}: set {} of aws_cognito_user_pool_domain to the baseline in {declared_in}, or the \
             next apply brings it back and the guard reverts it again. A provider that does not know \
             the argument resets it unseen.",
            members(record, Naming::Terraform)
        ),
        ViaKind::CloudFormation => format!(
            "{lead}: set {} of AWS::Cognito::UserPoolDomain to the baseline in {declared_in}, or the \
             next deployment brings it back and the guard reverts it again.",
            members(record, Naming::CloudFormation)
        ),
        ViaKind::Pulumi => format!(
            "{lead}: change the UserPoolDomain in {declared_in}, or the next update brings it back \
             and the guard reverts it again."
        ),
        ViaKind::Controller => format!(
            "{lead}. A controller applies the change again on its own, and the guard reverts it each \
             time: set {} to the baseline in {declared_in}.",
            members(record, Naming::Attribute)
        ),
        ViaKind::Automation => format!(
            "{lead}: change {declared_in}, or the next run brings it back and the guard reverts it \
             again."
        ),
        ViaKind::Agent => format!(
            "{lead}, so by an AI agent: find out what it was asked to do, and whether it should be \
             allowed to change sign-in domains."
        ),
        ViaKind::Service => format!(
            "{lead}: look in CloudTrail for what made it do so, or the change may come again."
        ),
        ViaKind::Console | ViaKind::Other => return None,
    })
}

/// Who to ask. Text of others stands on lines of its own.
fn ask(actor: &Actor, record: &Record) -> Option<String> {
    let shown = record.actor.as_ref().filter(|actor| actor.name != UNKNOWN)?;
    let who = if actor.is_service {
        "Find out who set up the service to make the change:"
    } else {
        "Ask whoever made the change what it was for:"
    };
    let mut step = format!("{who}\n{}", shown.name);
    if let Some(identity) = &shown.source_identity {
        step.push_str(&format!("\nsource identity: {identity}"));
    }
    Some(step)
}

/// In whose words an attribute is named.
#[derive(Clone, Copy)]
enum Naming {
    Terraform,
    CloudFormation,
    Attribute,
}

/// The members that are off the baseline, as the tool calls them.
fn members(record: &Record, naming: Naming) -> String {
    let names = record.drifts.iter().map(|change| match naming {
        Naming::Terraform => change.attribute.terraform_argument(),
        Naming::CloudFormation => change.attribute.cloudformation_property(),
        Naming::Attribute => change.attribute.as_str(),
    });
    names.collect::<Vec<_>>().join(", ")
}
