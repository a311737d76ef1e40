//! EventBridge, its default bus.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::{Client, types};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::sdk::call_error;
use futures_util::future::join_all;

use super::text;
use crate::doctor::facts::{Forwarding, Known, Rule, Target, is_absent};
use crate::doctor::sample;

/// How the name of the rule begins by which template.yaml has an organization swept.
const ORGANIZATION: &str = "domain-guard-organization-";

pub struct Rules(Client);

impl Rules {
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The rules that call one of the functions, that are about user pools, or that are named; and the one
    /// that has an organization swept.
    pub async fn about(
        &self,
        functions: &[String],
        named: Option<&str>,
        place: &Place,
    ) -> Known<Vec<Rule>> {
        let mut names = BTreeSet::from_iter(named.map(str::to_owned));
        for function in functions {
            names.extend(self.names_by_target(function).await?);
        }
        let mut rules = self.all().await?;
        rules.retain(|rule| {
            let name = rule.name().unwrap_or_default();
            let is_about_pools = rule.event_pattern().is_some_and(|p| p.contains("cognito-idp"));
            names.contains(name) || is_about_pools || name.starts_with(ORGANIZATION)
        });
        Ok(join_all(rules.iter().map(async |rule| {
            // A rule for the end of deployments is none for changes of domains, and is not tried.
            let pattern = rule.event_pattern().filter(|p| p.contains("cognito"));
            let trials = join_all(pattern.into_iter().flat_map(|pattern| {
                sample::ALL.map(|sample| self.matches(pattern, sample::event(sample, place)))
            }));
            self.described(rule, trials.await).await
        }))
        .await)
    }

    /// The rules whose name begins and ends so.
    pub async fn named(&self, start: &str, end: &str) -> Known<Vec<Rule>> {
        let mut rules = self.all().await?;
        let is_named = |name: &str| name.starts_with(start) && name.ends_with(end);
        rules.retain(|rule| rule.name().is_some_and(is_named));
        Ok(join_all(rules.iter().map(|rule| self.described(rule, Vec::new()))).await)
    }

    /// The enabled rules that are about that service and take the event.
    pub async fn taking(&self, service: &str, event: &serde_json::Value) -> Known<Vec<Rule>> {
        let rules = self.all().await?;
        let mut found = Vec::new();
        for rule in &rules {
            let is_enabled =
                rule.state().is_some_and(|state| state.as_str().starts_with("ENABLED"));
            let pattern = rule.event_pattern().filter(|pattern| pattern.contains(service));
            if let (true, Some(pattern)) = (is_enabled, pattern)
                && self.matches(pattern, event.clone()).await?
            {
                found.push(self.described(rule, Vec::new()).await);
            }
        }
        Ok(found)
    }

    /// The rule of that name, if there is one.
    pub async fn forwarding(&self, name: &str) -> Known<Option<Forwarding>> {
        let rule = self.0.describe_rule().name(name).send().await;
        let rule = match rule.map_err(|error| call_error("events:DescribeRule", error)) {
            Ok(rule) => rule,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let page = self.0.list_targets_by_rule().rule(name).send().await;
        let page = page.map_err(|error| call_error("events:ListTargetsByRule", error))?;
        let target = |target: &types::Target| {
            (target.arn().to_owned(), target.role_arn().map(str::to_owned))
        };
        Ok(Some(Forwarding {
            state: rule.state().map_or("", |state| state.as_str()).to_owned(),
            pattern: rule.event_pattern().map(str::to_owned),
            targets: page.targets().iter().map(target).collect(),
        }))
    }

    async fn described(&self, rule: &types::Rule, trials: Vec<Known<bool>>) -> Rule {
        let name = rule.name().unwrap_or_default();
        Rule {
            name: name.to_owned(),
            arn: text(rule.arn()),
            state: rule.state().map_or("", |state| state.as_str()).to_owned(),
            pattern: rule.event_pattern().map(str::to_owned),
            schedule: rule.schedule_expression().map(str::to_owned),
            targets: self.targets(name).await,
            trials,
        }
    }

    async fn all(&self) -> Known<Vec<types::Rule>> {
        let (mut rules, mut token) = (Vec::new(), None);
        loop {
            let page = self
                .0
                .list_rules()
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| call_error("events:ListRules", error))?;
            rules.extend(page.rules.unwrap_or_default());
            token = page.next_token;
            if token.is_none() {
                return Ok(rules);
            }
        }
    }

    async fn names_by_target(&self, function: &str) -> Known<Vec<String>> {
        self.0
            .list_rule_names_by_target()
            .target_arn(function)
            .send()
            .await
            .map(|page| page.rule_names.unwrap_or_default())
            .map_err(|error| call_error("events:ListRuleNamesByTarget", error))
    }

    async fn targets(&self, rule: &str) -> Known<Vec<Target>> {
        let page = self
            .0
            .list_targets_by_rule()
            .rule(rule)
            .send()
            .await
            .map_err(|error| call_error("events:ListTargetsByRule", error))?;
        let target = |target: &types::Target| Target {
            arn: target.arn().to_owned(),
            is_transformed: target.input().is_some()
                || target.input_path().is_some()
                || target.input_transformer().is_some(),
            dead_letters: target
                .dead_letter_config()
                .and_then(|config| config.arn())
                .map(str::to_owned),
        };
        Ok(page.targets().iter().map(target).collect())
    }

    /// EventBridge itself says whether a pattern takes an event.
    async fn matches(&self, pattern: &str, event: serde_json::Value) -> Known<bool> {
        self.0
            .test_event_pattern()
            .event_pattern(pattern)
            .event(event.to_string())
            .send()
            .await
            .map(|answer| answer.result())
            .map_err(|error| call_error("events:TestEventPattern", error))
    }
}
