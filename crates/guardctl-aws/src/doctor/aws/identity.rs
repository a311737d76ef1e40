//! IAM's simulator.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_iam::types::{AttachedPolicy, EntityType, PolicyDetail, PolicyEvaluationDecisionType};
use cognito_domain_guard::sdk::call_error;

use super::{text, without};
use crate::doctor::facts::{Decision, Known, Permission, PolicyOfRole, Role, is_absent};
use crate::doctor::grants::{Grant, Principal};
use crate::doctor::permissions::Needed;

pub struct Roles(aws_sdk_iam::Client);

impl Roles {
    pub fn new(config: &SdkConfig) -> Self {
        Self(aws_sdk_iam::Client::new(config))
    }

    /// Whether the role may do what it needs to. A resource's own policy does not count.
    pub async fn may(&self, role: &str, needed: &Needed) -> Vec<Permission> {
        let Needed { resource, example, actions } = needed;
        let answer = self
            .0
            .simulate_principal_policy()
            .policy_source_arn(role)
            .set_action_names(Some(actions.iter().map(|&action| action.to_owned()).collect()))
            .resource_arns(example)
            .send()
            .await
            .map_err(|error| call_error("iam:SimulatePrincipalPolicy", error));
        let decision = |action: &str| -> Known<Decision> {
            let answer = answer.as_ref().map_err(Clone::clone)?;
            let result = answer
                .evaluation_results()
                .iter()
                .find(|result| result.eval_action_name().eq_ignore_ascii_case(action))
                .ok_or_else(|| without("iam:SimulatePrincipalPolicy", action))?;
            if *result.eval_decision() == PolicyEvaluationDecisionType::Allowed {
                return Ok(Decision::Allowed);
            }
            if *result.eval_decision() == PolicyEvaluationDecisionType::ExplicitDeny {
                let by = result.matched_statements().iter();
                return Ok(Decision::Denied(by.map(|by| text(by.source_policy_id())).collect()));
            }
            let organization = result.organizations_decision_detail();
            if organization.is_some_and(|detail| !detail.allowed_by_organizations()) {
                return Ok(Decision::OutsideOrganization);
            }
            let boundary = result.permissions_boundary_decision_detail();
            if boundary.is_some_and(|detail| !detail.allowed_by_permissions_boundary()) {
                return Ok(Decision::OutsideBoundary);
            }
            Ok(Decision::NotGranted)
        };
        actions
            .iter()
            .map(|&action| Permission {
                action,
                resource: resource.clone(),
                decision: decision(action),
            })
            .collect()
    }
}

impl Roles {
    /// The role of that name with its own policies, if there is one.
    pub async fn as_made(&self, name: &str) -> Known<Option<Role>> {
        let found = self.0.get_role().role_name(name).send().await;
        let found = match found.map_err(|error| call_error("iam:GetRole", error)) {
            Ok(found) => found,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let trust = found.role().and_then(|role| role.assume_role_policy_document());
        let (mut policies, mut attached) = (Vec::new(), Vec::new());
        let mut names = self.0.list_role_policies().role_name(name).into_paginator().items().send();
        while let Some(policy) = names.next().await {
            let policy = policy.map_err(|error| call_error("iam:ListRolePolicies", error))?;
            let document = self.inline(name, &policy).await?;
            policies.push((policy, document));
        }
        let mut managed =
            self.0.list_attached_role_policies().role_name(name).into_paginator().items().send();
        while let Some(policy) = managed.next().await {
            let policy =
                policy.map_err(|error| call_error("iam:ListAttachedRolePolicies", error))?;
            attached.push(text(policy.policy_arn()));
        }
        Ok(Some(Role { trust: text(trust), policies, attached }))
    }

    async fn inline(&self, role: &str, policy: &str) -> Known<String> {
        self.0
            .get_role_policy()
            .role_name(role)
            .policy_name(policy)
            .send()
            .await
            .map(|found| found.policy_document().to_owned())
            .map_err(|error| call_error("iam:GetRolePolicy", error))
    }

    /// Every policy of a role, with its document.
    pub async fn policies(&self, role: &str) -> Known<Vec<(PolicyOfRole, String)>> {
        let mut policies = Vec::new();
        let mut names = self.0.list_role_policies().role_name(role).into_paginator().items().send();
        while let Some(name) = names.next().await {
            let name = name.map_err(|error| call_error("iam:ListRolePolicies", error))?;
            let document = self.inline(role, &name).await?;
            policies.push((PolicyOfRole::Inline(name), document));
        }
        let mut attached =
            self.0.list_attached_role_policies().role_name(role).into_paginator().items().send();
        while let Some(policy) = attached.next().await {
            let policy =
                policy.map_err(|error| call_error("iam:ListAttachedRolePolicies", error))?;
            let arn = text(policy.policy_arn());
            let document = self.managed(&arn).await?;
            policies.push((PolicyOfRole::Attached(arn), document));
        }
        let found = self
            .0
            .get_role()
            .role_name(role)
            .send()
            .await
            .map_err(|error| call_error("iam:GetRole", error))?;
        let boundary = found.role().and_then(|role| role.permissions_boundary());
        if let Some(arn) = boundary.and_then(|boundary| boundary.permissions_boundary_arn()) {
            let document = self.managed(arn).await?;
            policies.push((PolicyOfRole::Boundary(arn.to_owned()), document));
        }
        Ok(policies)
    }

    async fn managed(&self, arn: &str) -> Known<String> {
        let policy = self
            .0
            .get_policy()
            .policy_arn(arn)
            .send()
            .await
            .map_err(|error| call_error("iam:GetPolicy", error))?;
        let version = policy.policy().and_then(|policy| policy.default_version_id());
        let version = self
            .0
            .get_policy_version()
            .policy_arn(arn)
            .version_id(version.unwrap_or("v1"))
            .send()
            .await
            .map_err(|error| call_error("iam:GetPolicyVersion", error))?;
        Ok(text(version.policy_version().and_then(|version| version.document())))
    }
}

impl Roles {
    /// Every role and user of the account, with their policies and those of their groups.
    pub async fn principals(&self) -> Known<Vec<Principal>> {
        let kinds = [
            EntityType::Role,
            EntityType::User,
            EntityType::Group,
            EntityType::LocalManagedPolicy,
            EntityType::AwsManagedPolicy,
        ];
        let mut pages = self
            .0
            .get_account_authorization_details()
            .set_filter(Some(kinds.to_vec()))
            .into_paginator()
            .send();
        let (mut users, mut roles) = (Vec::new(), Vec::new());
        let (mut groups, mut managed) = (BTreeMap::new(), BTreeMap::new());
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| call_error("iam:GetAccountAuthorizationDetails", error))?;
            for policy in page.policies() {
                let versions = policy.policy_version_list();
                let in_force = versions.iter().find(|version| version.is_default_version());
                let document = in_force.and_then(|version| version.document());
                managed.insert(text(policy.arn()), text(document));
            }
            for group in page.group_detail_list() {
                let held = Held::of(group.group_policy_list(), group.attached_managed_policies());
                groups.insert(text(group.group_name()), held);
            }
            roles.extend(page.role_detail_list().iter().map(|role| {
                let held = Held::of(role.role_policy_list(), role.attached_managed_policies());
                (text(role.arn()), held)
            }));
            users.extend(page.user_detail_list().iter().map(|user| {
                let held = Held::of(user.user_policy_list(), user.attached_managed_policies());
                (text(user.arn()), held, user.group_list().to_vec())
            }));
        }
        let roles = roles.iter().map(|(arn, held)| (arn, vec![held]));
        let users = users.iter().map(|(arn, held, of)| {
            let groups = of.iter().filter_map(|group| groups.get(group));
            (arn, std::iter::once(held).chain(groups).collect())
        });
        let principal = |(arn, held): (&String, Vec<&Held>)| Principal {
            arn: arn.clone(),
            policies: held.into_iter().flat_map(|held| held.grants(&managed)).collect(),
        };
        Ok(roles.chain(users).map(principal).collect())
    }
}

/// The policies of a role, a user or a group.
struct Held {
    inline: Vec<String>,
    /// The ARNs of managed ones.
    attached: Vec<String>,
}

impl Held {
    fn of(inline: &[PolicyDetail], attached: &[AttachedPolicy]) -> Self {
        Self {
            inline: inline.iter().map(|policy| text(policy.policy_document())).collect(),
            attached: attached.iter().map(|policy| text(policy.policy_arn())).collect(),
        }
    }

    fn grants(&self, managed: &BTreeMap<String, String>) -> Vec<Grant> {
        let inline =
            self.inline.iter().map(|document| Grant { arn: None, document: document.clone() });
        let attached = self.attached.iter().filter_map(|arn| {
            Some(Grant { arn: Some(arn.clone()), document: managed.get(arn)?.clone() })
        });
        inline.chain(attached).collect()
    }
}
