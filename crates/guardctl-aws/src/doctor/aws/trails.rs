//! CloudTrail.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use cognito_domain_guard::sdk::call_error;
use futures_util::future::{join, join_all};

use serde_json::Value;

use super::{text, without};
use crate::doctor::facts::{FieldSelector, Known, Selector, Trail};

pub struct Trails(Client);

impl Trails {
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// Every trail that is seen from this region, an organization's and other regions' among them.
    pub async fn all(&self) -> Known<Vec<Trail>> {
        let found = self
            .0
            .describe_trails()
            .include_shadow_trails(true)
            .send()
            .await
            .map_err(|error| call_error("cloudtrail:DescribeTrails", error))?;
        Ok(join_all(found.trail_list().iter().map(async |trail| {
            let arn = text(trail.trail_arn());
            // By ARN, since another region's is not found by its name.
            let (is_logging, selectors) = join(self.is_logging(&arn), self.selectors(&arn)).await;
            Trail {
                name: text(trail.name()),
                home_region: text(trail.home_region()),
                is_multi_region: trail.is_multi_region_trail().unwrap_or_default(),
                is_of_organization: trail.is_organization_trail().unwrap_or_default(),
                arn,
                is_logging,
                selectors,
            }
        }))
        .await)
    }

    /// CloudTrail's records of calls about the role of that name, the newest first. It keeps them for
    /// ninety days. IAM's are in one region of the partition.
    pub async fn about_role(&self, role: &str) -> Known<Vec<Value>> {
        // What somebody did to a role is seldom more than a page.
        const MOST_PAGES: usize = 4;
        let by_name = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::ResourceName)
            .attribute_value(role)
            .build()
            .map_err(|_| without("cloudtrail:LookupEvents", "attribute"))?;
        let mut pages = self.0.lookup_events().lookup_attributes(by_name).into_paginator().send();
        let mut records = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(|error| call_error("cloudtrail:LookupEvents", error))?;
            let texts = page.events().iter().filter_map(|event| event.cloud_trail_event());
            records.extend(texts.filter_map(|text| serde_json::from_str(text).ok()));
        }
        Ok(records)
    }

    async fn is_logging(&self, arn: &str) -> Known<bool> {
        let status = self
            .0
            .get_trail_status()
            .name(arn)
            .send()
            .await
            .map_err(|error| call_error("cloudtrail:GetTrailStatus", error))?;
        Ok(status.is_logging().unwrap_or_default())
    }

    async fn selectors(&self, arn: &str) -> Known<Vec<Selector>> {
        let found = self
            .0
            .get_event_selectors()
            .trail_name(arn)
            .send()
            .await
            .map_err(|error| call_error("cloudtrail:GetEventSelectors", error))?;
        let basic = found.event_selectors().iter().map(|selector| Selector::Basic {
            read_write_type: selector
                .read_write_type()
                .map_or("All", |kind| kind.as_str())
                .to_owned(),
            management_events: selector.include_management_events().unwrap_or(true),
            excluded_sources: selector.exclude_management_event_sources().to_vec(),
        });
        let advanced = found.advanced_event_selectors().iter().map(|selector| {
            let fields = selector.field_selectors().iter().map(|field| FieldSelector {
                field: field.field().to_owned(),
                equals: field.equals().to_vec(),
                starts_with: field.starts_with().to_vec(),
                ends_with: field.ends_with().to_vec(),
                not_equals: field.not_equals().to_vec(),
                not_starts_with: field.not_starts_with().to_vec(),
                not_ends_with: field.not_ends_with().to_vec(),
            });
            Selector::Advanced(fields.collect())
        });
        Ok(basic.chain(advanced).collect())
    }
}
