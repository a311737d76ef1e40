//! User pools: made, described, listed and deleted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Applied, Cognito};
use crate::action::ApiError;
use crate::change;
use crate::pool::{Pool, Tier};
use cognito_domain_guard::domain::Hosting;

/// The most pools that one `ListUserPools` answers.
const PAGE_LIMIT: usize = 60;
/// How much of a pool's identifier follows the region.
const IDENTIFIER: usize = 9;

impl Cognito {
    /// `id` is a fresh UUID, of which the pool's identifier is made.
    pub(crate) fn create_pool(
        &mut self,
        parameters: &Value,
        id: &str,
    ) -> Result<Applied, ApiError> {
        let name = change::required(parameters, "PoolName")?;
        let tier = match parameters.get("UserPoolTier").and_then(Value::as_str) {
            None | Some("ESSENTIALS") => Tier::Essentials,
            Some("LITE") => Tier::Lite,
            Some("PLUS") => Tier::Plus,
            Some(other) => {
                return Err(ApiError::invalid_parameter(format!(
                    "1 validation error detected: Value '{other}' at 'userPoolTier' failed to satisfy \
                     constraint: Member must satisfy enum value set: [PLUS, LITE, ESSENTIALS]"
                )));
            }
        };
        let tags: BTreeMap<String, String> = parameters
            .get("UserPoolTags")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect();
        let end: String = id.chars().filter(|c| *c != '-').take(IDENTIFIER).collect();
        let pool = Pool { id: format!("{}_{end}", self.place.region), name: name.to_owned(), tier };
        let id = pool.id.clone();
        self.put_pool(pool);
        self.tags.insert(id.clone(), tags);
        let response = self.describe_pool(&json!({"UserPoolId": id}))?.response;
        Ok(Applied { response, changed: true })
    }

    /// One with a domain is not deleted.
    pub(crate) fn delete_pool(&mut self, parameters: &Value) -> Result<Applied, ApiError> {
        let id = change::required(parameters, "UserPoolId")?;
        self.pool(id)?;
        if self.domains().any(|domain| domain.user_pool_id == id) {
            return Err(ApiError::invalid_parameter(
                "User pool cannot be deleted. It has a domain configured that should be deleted first.",
            ));
        }
        self.pools.remove(id);
        self.tags.remove(id);
        Ok(Applied { response: json!({}), changed: true })
    }

    pub(crate) fn describe_pool(&self, parameters: &Value) -> Result<Applied, ApiError> {
        let pool = self.pool(change::required(parameters, "UserPoolId")?)?;
        let mut members = Map::new();
        members.insert("Id".to_owned(), json!(pool.id));
        members.insert("Name".to_owned(), json!(pool.name));
        members.insert("UserPoolTier".to_owned(), json!(pool.tier.as_str()));
        members.insert("Arn".to_owned(), json!(self.pool_arn(&pool.id)));
        if let Some(tags) = self.tags.get(&pool.id) {
            members.insert("UserPoolTags".to_owned(), json!(tags));
        }
        for domain in self.domains().filter(|domain| domain.user_pool_id == pool.id) {
            let member = match domain.hosting {
                Hosting::Prefix => "Domain",
                Hosting::Custom(_) => "CustomDomain",
            };
            members.insert(member.to_owned(), json!(domain.name));
        }
        Ok(Applied::read(json!({"UserPool": members})))
    }

    pub(crate) fn list_pools(&self, parameters: &Value) -> Result<Applied, ApiError> {
        let page = parameters
            .get("MaxResults")
            .and_then(Value::as_u64)
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| (1..=PAGE_LIMIT).contains(size))
            .ok_or_else(|| {
                ApiError::invalid_parameter(
                    "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: \
                     Member must have value between 1 and 60",
                )
            })?;
        // The token is the first pool of the next page.
        let from = parameters.get("NextToken").and_then(Value::as_str).unwrap_or_default();
        let mut rest = self.pools.range(from.to_owned()..).map(|(_, pool)| pool);
        let pools: Vec<Value> = rest
            .by_ref()
            .take(page)
            .map(|pool| json!({"Id": pool.id, "Name": pool.name, "LambdaConfig": {}}))
            .collect();
        let mut response = Map::new();
        response.insert("UserPools".to_owned(), Value::Array(pools));
        if let Some(next) = rest.next() {
            response.insert("NextToken".to_owned(), json!(next.id));
        }
        Ok(Applied::read(Value::Object(response)))
    }
}
