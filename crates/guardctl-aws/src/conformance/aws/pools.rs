//! User pools and the domains on them: made, seen, removed.

use std::collections::BTreeMap;

#[expect(clippy::disallowed_types, reason = "an adapter, as cognito.rs is the guard's")]
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::CustomDomainConfigType;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::sdk::call_error;

use crate::doctor::aws::without;

pub const CREATE_POOL: &str = "cognito-idp:CreateUserPool";
pub const CREATE_DOMAIN: &str = "cognito-idp:CreateUserPoolDomain";
pub const DELETE_DOMAIN: &str = "cognito-idp:DeleteUserPoolDomain";
pub const DELETE_POOL: &str = "cognito-idp:DeleteUserPool";
const DESCRIBE_POOL: &str = "cognito-idp:DescribeUserPool";
const LIST_POOLS: &str = "cognito-idp:ListUserPools";
/// The most pools that one page can have.
const PAGE: i32 = 60;

#[expect(clippy::disallowed_types, reason = "an adapter, as cognito.rs is the guard's")]
pub struct Pools(Client);

/// A domain to make, with nothing about it that Cognito does not ask for: what it makes of the rest is
/// measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDomain<'a> {
    pub name: &'a str,
    pub user_pool_id: &'a str,
    /// Of a custom domain.
    pub certificate_arn: Option<&'a str>,
}

/// A user pool as Cognito describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolSeen {
    pub id: String,
    pub name: String,
    pub tags: BTreeMap<String, String>,
    pub domains: Vec<String>,
}

impl Pools {
    #[expect(clippy::disallowed_types, reason = "an adapter, as cognito.rs is the guard's")]
    pub(super) const fn new(client: Client) -> Self {
        Self(client)
    }

    /// Makes a pool and gives its identifier.
    pub async fn create(&self, name: &str, tag: (&str, &str)) -> Result<String, CallError> {
        let answer = self
            .0
            .create_user_pool()
            .pool_name(name)
            .user_pool_tags(tag.0, tag.1)
            .send()
            .await
            .map_err(|error| call_error(CREATE_POOL, error))?;
        let id = answer.user_pool.and_then(|pool| pool.id);
        id.ok_or_else(|| without(CREATE_POOL, "identifier"))
    }

    pub async fn create_domain(&self, domain: &NewDomain<'_>) -> Result<(), CallError> {
        let NewDomain { name, user_pool_id, certificate_arn } = domain;
        let config = certificate_arn
            .map(|arn| CustomDomainConfigType::builder().certificate_arn(arn).build())
            .transpose()
            .map_err(|error| CallError {
                failure: Failure::Rejected,
                action: CREATE_DOMAIN,
                code: None,
                message: format!("the request could not be made: {error}"),
            })?;
        self.0
            .create_user_pool_domain()
            .domain(*name)
            .user_pool_id(*user_pool_id)
            .set_custom_domain_config(config)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| call_error(CREATE_DOMAIN, error))
    }

    pub async fn delete_domain(&self, name: &str, user_pool_id: &str) -> Result<(), CallError> {
        let call = self.0.delete_user_pool_domain().domain(name).user_pool_id(user_pool_id);
        call.send().await.map(|_| ()).map_err(|error| call_error(DELETE_DOMAIN, error))
    }

    pub async fn delete(&self, user_pool_id: &str) -> Result<(), CallError> {
        let call = self.0.delete_user_pool().user_pool_id(user_pool_id);
        call.send().await.map(|_| ()).map_err(|error| call_error(DELETE_POOL, error))
    }

    /// `None` where there is no such pool.
    pub async fn describe(&self, user_pool_id: &str) -> Result<Option<PoolSeen>, CallError> {
        let answer = self.0.describe_user_pool().user_pool_id(user_pool_id).send().await;
        let pool = match answer.map_err(|error| call_error(DESCRIBE_POOL, error)) {
            Ok(answer) => answer.user_pool.ok_or_else(|| without(DESCRIBE_POOL, "user pool"))?,
            Err(CallError { failure: Failure::Gone, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let domains = [pool.custom_domain, pool.domain].into_iter().flatten();
        Ok(Some(PoolSeen {
            id: user_pool_id.to_owned(),
            name: pool.name.unwrap_or_default(),
            tags: pool.user_pool_tags.unwrap_or_default().into_iter().collect(),
            domains: domains.filter(|name| !name.is_empty()).collect(),
        }))
    }

    /// A page of identifiers and names, and the token of the next.
    pub async fn list(
        &self,
        page: Option<String>,
    ) -> Result<(Vec<(String, String)>, Option<String>), CallError> {
        let answer = self
            .0
            .list_user_pools()
            .max_results(PAGE)
            .set_next_token(page)
            .send()
            .await
            .map_err(|error| call_error(LIST_POOLS, error))?;
        let pools = answer.user_pools.unwrap_or_default().into_iter();
        let pools = pools.filter_map(|pool| Some((pool.id?, pool.name.unwrap_or_default())));
        Ok((pools.collect(), answer.next_token.filter(|token| !token.is_empty())))
    }
}
