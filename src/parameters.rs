//! The adapter to SSM, where the overrides are: one call, all of its pages.
//!
//! `aws-sdk-ssm` would be the largest crate of the Lambda by far, for one call of one page of JSON. So the
//! request is written out here, and everything else is the SDK's: its signing, its retries, its timeouts,
//! its connection.

use std::sync::OnceLock;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
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
use serde_json::{Value, json};

use crate::call::{CallError, Failure};
use crate::overrides::{Location, Parameter, ParameterKind};
use crate::sdk::call_error;
use crate::timeouts::TIMEOUTS;
use crate::when;

#[cfg(test)]
mod tests;

/// The IAM action of [`ParameterStore::read`].
pub const GET_PARAMETERS: &str = "ssm:GetParametersByPath";

/// How many pages there may be, of ten parameters each: nobody has a thousand overrides.
const MOST_PAGES: usize = 100;

/// The parameters below one path.
#[derive(Clone, Debug)]
pub struct ParameterStore {
    location: Location,
    connection: Connection,
    /// Made when something is to be read, which most invocations never need.
    operation: OnceLock<Operation<Page, Answer, ErrorMetadata>>,
}

/// How SSM is reached.
#[derive(Clone, Debug)]
pub struct Connection {
    /// What signs the requests.
    pub credentials: Credentials,
    /// Where it is: the endpoint of the region, but in tests.
    pub endpoint: String,
    /// By which it is reached.
    pub http: SharedHttpClient,
    /// How often, and after which pause, a failed call is made again.
    pub retries: RetryConfig,
}

/// Which page to ask for.
#[derive(Debug)]
struct Page(Option<String>);

#[derive(Debug)]
struct Answer {
    parameters: Vec<Parameter>,
    next: Option<String>,
}

impl ParameterStore {
    /// The parameters below the path of that location.
    pub const fn new(location: Location, connection: Connection) -> Self {
        Self { location, connection, operation: OnceLock::new() }
    }

    /// Where it is.
    pub const fn location(&self) -> &Location {
        &self.location
    }

    /// Reads every parameter below the path, in no particular order. A `SecureString` stays encrypted.
    ///
    /// # Errors
    /// Not all of them could be read, within the time that one call has.
    pub async fn read(&self) -> Result<Vec<Parameter>, CallError> {
        let unavailable = |message: &str| CallError {
            failure: Failure::Unavailable,
            action: GET_PARAMETERS,
            code: None,
            message: message.to_owned(),
        };
        let operation = self.operation.get_or_init(|| operation(&self.location, &self.connection));
        let all = async {
            let (mut parameters, mut page) = (Vec::new(), None);
            for _ in 0..MOST_PAGES {
                let answer = operation.invoke(Page(page)).await;
                let Answer { parameters: more, next } =
                    answer.map_err(|error| call_error(GET_PARAMETERS, error))?;
                parameters.extend(more);
                if next.is_none() {
                    return Ok(parameters);
                }
                page = next;
            }
            Err(unavailable("there are more pages than anybody has overrides"))
        };
        tokio::time::timeout(TIMEOUTS.operation, all)
            .await
            .unwrap_or_else(|_| Err(unavailable("not all pages came in time")))
    }
}

/// The endpoint of SSM in a region, as the SDK's rules have it.
pub fn endpoint(region: &str, use_fips: bool, use_dual_stack: bool) -> String {
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
    let service = if is_named { "ssm-fips" } else { "ssm" };
    let suffix = if use_dual_stack { dual_stack_suffix } else { suffix };
    format!("https://{service}.{region}.{suffix}")
}

fn operation(
    location: &Location,
    connection: &Connection,
) -> Operation<Page, Answer, ErrorMetadata> {
    let Connection { credentials, endpoint, http, retries } = connection;
    let path = location.path.clone();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(TIMEOUTS.connect)
        .operation_attempt_timeout(TIMEOUTS.attempt)
        .operation_timeout(TIMEOUTS.operation)
        .build();
    Operation::builder()
        .service_name("ssm")
        .operation_name("GetParametersByPath")
        .endpoint_url(endpoint)
        .http_client(http.clone())
        .sleep_impl(TokioSleep::new())
        .timeout_config(timeouts)
        .standard_retry(retries)
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_connection_poisoning()
        .runtime_plugin(signed(&location.region, credentials.clone()))
        .serializer(move |Page(page): Page| request(&path, page))
        .deserializer(answer)
        .build()
}

/// What has the requests signed as any of the SDK's.
fn signed(region: &str, credentials: Credentials) -> StaticRuntimePlugin {
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(region.to_owned()))),
        region_set: None,
        name: Some(SigningName::from_static("ssm")),
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

fn request(path: &str, page: Option<String>) -> Result<HttpRequest, BoxError> {
    let mut body = json!({ "Path": path, "Recursive": true, "MaxResults": 10 });
    if let (Some(page), Some(members)) = (page, body.as_object_mut()) {
        members.insert("NextToken".to_owned(), Value::String(page));
    }
    let mut request = HttpRequest::new(SdkBody::from(body.to_string()));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.1");
    headers.insert("x-amz-target", "AmazonSSM.GetParametersByPath");
    headers.insert("user-agent", concat!("cognito-domain-guard/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Answer, OrchestratorError<ErrorMetadata>> {
    let unexpected = |what: &str| OrchestratorError::response(what.to_owned().into());
    let bytes = response.body().bytes().unwrap_or_default();
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if !response.status().is_success() {
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
        return Err(OrchestratorError::operation(error.build()));
    }
    let listed = body
        .get("Parameters")
        .and_then(Value::as_array)
        .ok_or_else(|| unexpected("an answer of SSM without Parameters"))?;
    let parameters = listed
        .iter()
        .map(|one| parameter(one).ok_or_else(|| unexpected("a parameter without its members")))
        .collect::<Result<_, _>>()?;
    Ok(Answer { parameters, next: text("NextToken").map(str::to_owned) })
}

/// One parameter. Without its date nobody could say until when it counts, so that is no parameter.
fn parameter(one: &Value) -> Option<Parameter> {
    let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Parameter {
        name: text("Name")?,
        kind: match text("Type")?.as_str() {
            "String" => ParameterKind::String,
            other => ParameterKind::Other(other.to_owned()),
        },
        value: text("Value").unwrap_or_default(),
        modified_at: one.get("LastModifiedDate").and_then(when::read)?,
    })
}
