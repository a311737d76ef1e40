//! The adapter to Cognito. Every oddity of the API is settled here, and no other file of the Lambda
//! makes a call to it; `clients` only makes the client.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::{AppName, Config};
use aws_sdk_cognitoidentityprovider::types::{
    CustomDomainConfigType, DomainDescriptionType, DomainStatusType, FailoverType, RoutingType,
    SecurityPolicyType,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextMut, InterceptorContext,
};
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::call::{CallError, Failure};
use crate::domain::{CustomDomain, Domain, Failover, Hosting, ObservedPolicy, Status};
use crate::plan::{CustomUpdate, RoutingUpdate, UpdateRequest};
use crate::sdk::call_error;
use crate::timeouts::UPDATE_TIMEOUTS;
use crate::trigger::Cause;

#[cfg(test)]
mod tests;

/// Cognito user pools of one account and region.
#[derive(Clone, Debug)]
pub struct Cognito {
    client: Client,
}

const USER_AGENT: &str = "user-agent";

/// The IAM action of [`Cognito::describe`].
pub const DESCRIBE_DOMAIN: &str = "cognito-idp:DescribeUserPoolDomain";
/// The IAM action of [`Cognito::update`].
pub const UPDATE_DOMAIN: &str = "cognito-idp:UpdateUserPoolDomain";
/// The IAM action of [`Cognito::domains_of_pool`].
pub const DESCRIBE_POOL: &str = "cognito-idp:DescribeUserPool";
/// The IAM action of [`Cognito::list_pools`].
pub const LIST_POOLS: &str = "cognito-idp:ListUserPools";

/// One page of the user pools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolPage {
    /// The identifiers.
    pub pools: Vec<String>,
    /// The token of the next page, `None` on the last one.
    pub next: Option<String>,
}

impl Cognito {
    /// The most pools that one page can have.
    const PAGE: i32 = 60;

    /// Cognito behind this client.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    /// Describes a domain by its name, afresh. `None` when there is none.
    pub async fn describe(&self, name: &str) -> Result<Option<Domain>, CallError> {
        let answer = self.client.describe_user_pool_domain().domain(name).send().await;
        match answer {
            Ok(answer) => Ok(answer.domain_description.and_then(|found| domain(name, found))),
            Err(error) => match call_error(DESCRIBE_DOMAIN, error) {
                CallError { failure: Failure::Gone, .. } => Ok(None),
                error => Err(error),
            },
        }
    }

    /// The domains of a user pool: none, one prefix domain, one custom domain, or both.
    pub async fn domains_of_pool(&self, user_pool_id: &str) -> Result<Vec<String>, CallError> {
        let answer = self.client.describe_user_pool().user_pool_id(user_pool_id).send().await;
        match answer {
            Ok(answer) => Ok(answer
                .user_pool
                .map(|pool| [pool.custom_domain, pool.domain])
                .into_iter()
                .flatten()
                .flatten()
                .filter(|name| !name.is_empty())
                .collect()),
            Err(error) => match call_error(DESCRIBE_POOL, error) {
                CallError { failure: Failure::Gone, .. } => Ok(Vec::new()),
                error => Err(error),
            },
        }
    }

    /// One page of the user pools of the account and region.
    pub async fn list_pools(&self, page: Option<String>) -> Result<PoolPage, CallError> {
        let answer = self
            .client
            .list_user_pools()
            .max_results(Self::PAGE)
            .set_next_token(page)
            .send()
            .await
            .map_err(|error| call_error(LIST_POOLS, error))?;
        Ok(PoolPage {
            pools: answer.user_pools.unwrap_or_default().into_iter().filter_map(|p| p.id).collect(),
            next: answer.next_token.filter(|token| !token.is_empty()),
        })
    }

    /// Sends an update as it is, with its cause in the user agent.
    ///
    /// A throttled update is retried by the SDK, since it was surely not applied. One without an
    /// answer is not: it may have been applied, and a blind repetition could undo what somebody
    /// else did meanwhile. Such a domain is looked at afresh a minute later.
    pub async fn update(&self, request: &UpdateRequest, cause: &Cause) -> Result<(), CallError> {
        let UpdateRequest { domain, user_pool_id, managed_login_version, custom } = request;
        let mut call = self
            .client
            .update_user_pool_domain()
            .domain(domain)
            .user_pool_id(user_pool_id)
            .set_managed_login_version(*managed_login_version);
        if let Some(CustomUpdate { certificate_arn, security_policy, routing }) = custom {
            let config = CustomDomainConfigType::builder()
                .certificate_arn(certificate_arn)
                .set_security_policy(security_policy.as_deref().map(SecurityPolicyType::from))
                .build()
                .map_err(|error| not_made(&error))?;
            call = call.custom_domain_config(config).set_routing(match routing {
                RoutingUpdate::Omitted => None,
                RoutingUpdate::Remove => Some(RoutingType::builder().build()),
                RoutingUpdate::Failover(failover) => Some(
                    RoutingType::builder()
                        .failover(
                            FailoverType::builder()
                                .secondary_region(&failover.secondary_region)
                                .primary_route53_health_check_id(
                                    &failover.primary_route53_health_check_id,
                                )
                                .build()
                                .map_err(|error| not_made(&error))?,
                        )
                        .build(),
                ),
            });
        }
        let mut config = Config::builder()
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(UPDATE_TIMEOUTS.attempt)
                    .operation_timeout(UPDATE_TIMEOUTS.operation)
                    .build(),
            )
            .retry_classifier(NeverRepeatUnanswered);
        if let Ok(name) = AppName::new(cause.app_name()) {
            config = config.app_name(name);
        }
        let mut call = call.customize().config_override(config);
        if let Some(metadata) = cause.metadata() {
            call = call.interceptor(SaysWhatFor(metadata));
        }
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(call_error(UPDATE_DOMAIN, error)),
        }
    }
}

fn not_made(error: &dyn std::error::Error) -> CallError {
    CallError {
        failure: Failure::Rejected,
        action: UPDATE_DOMAIN,
        code: None,
        message: format!("the request could not be made: {error}"),
    }
}

/// Puts what an update is for behind the user agent. The application name has no room for it.
#[derive(Debug)]
struct SaysWhatFor(String);

impl Intercept for SaysWhatFor {
    fn name(&self) -> &'static str {
        "says what the update is for"
    }

    // The user agent is made by then, and no part of what is signed.
    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        let user_agent = headers.get(USER_AGENT).unwrap_or_default();
        headers.insert(USER_AGENT, format!("{user_agent} {}", self.0));
        Ok(())
    }
}

/// Keeps the SDK from repeating an update that may have been applied.
#[derive(Debug)]
struct NeverRepeatUnanswered;

impl ClassifyRetry for NeverRepeatUnanswered {
    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        let unanswered = matches!(
            ctx.output_or_error(),
            Some(Err(error)) if error.as_operation_error().is_none()
        );
        let fault = ctx.response().is_some_and(|response| response.status().is_server_error());
        if unanswered || fault {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "never repeat an unanswered update"
    }

    fn priority(&self) -> RetryClassifierPriority {
        // First, since a prohibition ends the classification.
        RetryClassifierPriority::run_before(RetryClassifierPriority::http_status_code_classifier())
    }
}

/// A domain that is not there is described as one without any member.
fn domain(name: &str, found: DomainDescriptionType) -> Option<Domain> {
    let user_pool_id = found.user_pool_id.filter(|id| !id.is_empty());
    if user_pool_id.is_none() && found.domain.is_none() && found.status.is_none() {
        return None;
    }
    // A prefix domain answers with an empty CustomDomainConfig, which the SDK gives as one with an
    // empty certificate. A prefix has no dot, so the name says it where the answer does not.
    let (certificate_arn, policy) = found
        .custom_domain_config
        .map(|config| (config.certificate_arn, config.security_policy))
        .unwrap_or_default();
    let certificate_arn = Some(certificate_arn).filter(|arn| !arn.is_empty());
    let hosting = if certificate_arn.is_some() || name.contains('.') {
        Hosting::Custom(CustomDomain {
            certificate_arn,
            security_policy: policy
                .filter(|policy| !policy.as_str().is_empty())
                .map_or(ObservedPolicy::Absent, |p| ObservedPolicy::from_name(p.as_str())),
            failover: found.routing.and_then(|routing| routing.failover).and_then(failover),
        })
    } else {
        Hosting::Prefix
    };
    Some(Domain {
        name: name.to_owned(),
        user_pool_id: user_pool_id.unwrap_or_default(),
        account: found.aws_account_id.filter(|account| !account.is_empty()),
        status: status(found.status.as_ref()),
        hosting,
        managed_login_version: found.managed_login_version,
    })
}

/// An empty `Failover` is none: the SDK gives it as one with empty members.
fn failover(found: FailoverType) -> Option<Failover> {
    let FailoverType { secondary_region, primary_route53_health_check_id, .. } = found;
    let empty = secondary_region.is_empty() && primary_route53_health_check_id.is_empty();
    (!empty).then_some(Failover { secondary_region, primary_route53_health_check_id })
}

fn status(found: Option<&DomainStatusType>) -> Status {
    match found {
        Some(DomainStatusType::Active) => Status::Active,
        Some(DomainStatusType::Creating) => Status::Creating,
        Some(DomainStatusType::Updating) => Status::Updating,
        Some(DomainStatusType::Deleting) => Status::Deleting,
        Some(DomainStatusType::Failed) => Status::Failed,
        Some(other) => Status::Unknown(other.as_str().to_owned()),
        None => Status::Unknown("unknown".to_owned()),
    }
}
