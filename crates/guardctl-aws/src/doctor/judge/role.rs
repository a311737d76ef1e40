//! What the role may do, by IAM's simulator.

use std::collections::BTreeMap;

use super::stop::is_stopped;
use crate::doctor::facts::{Decision, Facts, Permission, name_of};
use crate::doctor::finding::{Check, Finding, run, say};
use crate::shell::quoted;

const CHECK: Check = Check::Role;
const UPDATE: &str = "cognito-idp:UpdateUserPoolDomain";

pub fn judge(facts: &Facts, found: &mut Vec<Finding>) {
    let Ok(guard) = &facts.guard else { return };
    let role = name_of(&guard.role_arn);
    let before = found.len();
    let mut missing: Vec<&Permission> = Vec::new();
    let mut denied: BTreeMap<&[String], Vec<&'static str>> = BTreeMap::new();
    let (mut outside_organization, mut outside_boundary) = (Vec::new(), Vec::new());
    let mut unknown = None;
    for permission in &facts.permissions {
        match &permission.decision {
            Ok(Decision::Allowed) => {}
            Ok(Decision::NotGranted) => missing.push(permission),
            // Said once, with who did it.
            Ok(Decision::Denied(_)) if permission.action == UPDATE && is_stopped(facts) => {}
            Ok(Decision::Denied(by)) => denied.entry(by).or_default().push(permission.action),
            Ok(Decision::OutsideOrganization) => outside_organization.push(permission.action),
            Ok(Decision::OutsideBoundary) => outside_boundary.push(permission.action),
            Err(error) => unknown = Some(error),
        }
    }
    if let Some(error) = unknown {
        found.push(CHECK.unknown(error));
    }
    if !missing.is_empty() {
        found.push(CHECK.wrong(
            format!("{role} may not {}", listed(missing.iter().map(|p| p.action))),
            vec![run(format!(
                "aws iam put-role-policy --role-name {role} --policy-name fixed \
                 --policy-document {}",
                quoted(&policy(&missing))
            ))],
        ));
    }
    for (by, actions) in denied {
        let named = match by {
            [] => String::new(),
            by => format!(" by {}", by.join(", ")),
        };
        let fix = vec![
            say(
                "take the Deny statement away; where the role has none, look in the organization's policies",
            ),
            run(format!("aws iam list-role-policies --role-name {role}")),
        ];
        found.push(
            CHECK.wrong(format!("{role} is denied {}{named}", listed(actions.into_iter())), fix),
        );
    }
    if !outside_organization.is_empty() {
        found.push(CHECK.wrong(
            format!(
                "a service control policy keeps {role} from {}",
                listed(outside_organization.into_iter())
            ),
            vec![say("ask whoever looks after the organization's policies")],
        ));
    }
    if !outside_boundary.is_empty() {
        found.push(CHECK.wrong(
            format!(
                "its permissions boundary keeps {role} from {}",
                listed(outside_boundary.into_iter())
            ),
            vec![say("add the actions to the boundary, or give the role another one")],
        ));
    }
    if found.len() == before {
        found.push(CHECK.ok(format!(
            "{role} may do all that it needs ({} permissions, simulated)",
            facts.permissions.len()
        )));
    }
}

fn listed(actions: impl Iterator<Item = &'static str>) -> String {
    let mut actions: Vec<_> = actions.collect();
    actions.dedup();
    actions.join(", ")
}

/// A policy with what is missing, and no more.
fn policy(missing: &[&Permission]) -> String {
    let mut by_resource: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for permission in missing {
        by_resource.entry(&permission.resource).or_default().push(permission.action);
    }
    let statements: Vec<_> = by_resource
        .into_iter()
        .map(|(resource, actions)| {
            serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": resource})
        })
        .collect();
    serde_json::json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
