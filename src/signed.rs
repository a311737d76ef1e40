//! One call to a service for which the SDK has a crate too large for what is asked.
//!
//! Only the request is written out, here for services that speak JSON. Everything else is the SDK's: its
//! signing, its retries, its timeouts, its connection.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use serde_json::Value;

use crate::timeouts::TIMEOUTS;

#[cfg(test)]
mod tests;

/// What such a call says of itself.
pub const USER_AGENT: &str = concat!("cognito-domain-guard/", env!("CARGO_PKG_VERSION"));

/// An operation of a service.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the service in signatures.
    pub service: &'static str,
    /// The header `x-amz-target`.
    pub target: &'static str,
    /// The version of its protocol: `1.0` or `1.1`.
    pub json: &'static str,
}

/// How a service is reached.
#[derive(Clone, Debug)]
pub struct Connection {
    /// What signs the requests.
    pub credentials: Credentials,
    /// Where it is: the service's endpoint, but in tests.
    pub endpoint: String,
    /// By which it is reached.
    pub http: SharedHttpClient,
    /// How often, and after which pause, a failed call is made again.
    pub retries: RetryConfig,
}

/// The call, whose answer `read` makes something of. An answer of which it makes nothing, and says why, is one
/// that failed in passing.
pub fn operation<T: Send + Sync + std::fmt::Debug + 'static>(
    target: Target,
    region: &str,
    connection: &Connection,
    read: fn(&Value) -> Result<T, &'static str>,
) -> Operation<Value, T, ErrorMetadata> {
    let Target { service, target: name, json: _ } = target;
    begun(service, name, region, connection)
        .serializer(move |body: Value| request(target, &body))
        .deserializer(move |response: &HttpResponse| answer(response, read))
        .build()
}

/// All of an operation but what is sent and what becomes of the answer.
pub fn begun(
    service: &'static str,
    name: &'static str,
    region: &str,
    connection: &Connection,
) -> OperationBuilder {
    let Connection { credentials, endpoint, http, retries } = connection;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(TIMEOUTS.connect)
        .operation_attempt_timeout(TIMEOUTS.attempt)
        .operation_timeout(TIMEOUTS.operation)
        .build();
    Operation::builder()
        .service_name(service)
        .operation_name(name)
        .endpoint_url(endpoint)
        .http_client(http.clone())
        .sleep_impl(TokioSleep::new())
        .timeout_config(timeouts)
        .standard_retry(retries)
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_connection_poisoning()
        .runtime_plugin(signed(service, region, credentials.clone()))
}

/// What has the requests signed as any of the SDK's.
fn signed(service: &'static str, region: &str, credentials: Credentials) -> StaticRuntimePlugin {
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(region.to_owned()))),
        region_set: None,
        name: Some(SigningName::from_static(service)),
        signing_options: SigningOptions::default(),
    });
    let components = RuntimeComponentsBuilder::new("signing")
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_identity_cache(Some(IdentityCache::no_cache()))
        .with_identity_resolver(
            SCHEME_ID,
            SharedIdentityResolver::new(SharedCredentialsProvider::new(credentials)),
        );
    StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
}

fn request(target: Target, body: &Value) -> Result<HttpRequest, BoxError> {
    let Target { service: _, target, json } = target;
    let mut request = HttpRequest::new(SdkBody::from(body.to_string()));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", format!("application/x-amz-json-{json}"));
    headers.insert("x-amz-target", target);
    headers.insert("user-agent", USER_AGENT);
    Ok(request)
}

fn answer<T>(
    response: &HttpResponse,
    read: fn(&Value) -> Result<T, &'static str>,
) -> Result<T, OrchestratorError<ErrorMetadata>> {
    let bytes = response.body().bytes().unwrap_or_default();
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    if response.status().is_success() {
        return read(&body).map_err(|why| OrchestratorError::response(why.into()));
    }
    let text = |name: &str| text(&body, name);
    // `com.amazonaws.ssm#ThrottlingException`, sometimes with an address after a colon.
    let code = text("__type").map(|code| {
        let name = code.rsplit('#').next().unwrap_or(code);
        name.split(':').next().unwrap_or(name)
    });
    let mut error = ErrorMetadata::builder();
    if let Some(code) = code {
        error = error.code(code);
    }
    if let Some(message) = text("message").or_else(|| text("Message")) {
        error = error.message(message);
    }
    Err(OrchestratorError::operation(error.build()))
}

/// The endpoint of such a service in a region, as the SDK's rules have it for SSM, SNS, STS and Step Functions.
pub fn endpoint(service: &str, region: &str, use_fips: bool, use_dual_stack: bool) -> String {
    let begins = |prefix: &str| region.starts_with(prefix);
    let (suffix, dual_stack_suffix) = if begins("cn-") {
        ("amazonaws.com.cn", "api.amazonwebservices.com.cn")
    } else if begins("us-isob-") {
        ("sc2s.sgov.gov", "api.aws.scloud")
    } else if begins("us-isof-") {
        ("csp.hci.ic.gov", "api.aws.hci.ic.gov")
    } else if begins("us-iso-") {
        ("c2s.ic.gov", "api.aws.ic.gov")
    } else if begins("eu-isoe-") {
        ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk")
    } else if begins("eusc-") {
        ("amazonaws.eu", "api.amazonwebservices.eu")
    } else {
        ("amazonaws.com", "api.aws")
    };
    // Every endpoint of GovCloud is one of FIPS, and none but that of both stacks says so.
    let is_named = use_fips && (use_dual_stack || !begins("us-gov-"));
    let fips = if is_named { "-fips" } else { "" };
    let suffix = if use_dual_stack { dual_stack_suffix } else { suffix };
    format!("https://{service}{fips}.{region}.{suffix}")
}

/// A member that is text, and says something.
pub fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
