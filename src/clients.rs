//! The AWS clients: one HTTPS client with few roots and no more time than a Lambda has.
//!
//! There is no credential chain here. In Lambda the credentials are three variables that live as
//! long as the process does.

use std::path::PathBuf;
use std::{fmt, fs};

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider as cognito_sdk;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::cognito::Cognito;
use crate::parameters::ParameterStore;
use crate::settings::{AwsSettings, Settings};
use crate::signed::{self, Connection};
use crate::sts::Sts;
use crate::topic::Topic;

pub use crate::timeouts::{TIMEOUTS, Timeouts, UPDATE_TIMEOUTS};

/// The roots of Amazon Trust Services, which sign every endpoint of AWS's commercial partition.
/// A test holds them against Mozilla's list.
const AMAZON_ROOTS: &str = include_str!("../certificates/amazon-trust-services.pem");

/// The clients cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientsError {
    problem: String,
}

impl fmt::Display for ClientsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ClientsError {}

/// The certificate authorities that are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Amazon Trust Services, compiled in.
    Amazon,
    /// The system's.
    System,
    /// The PEM file named by `SSL_CERT_FILE`.
    File(PathBuf),
}

/// The clients of a function.
#[derive(Clone, Debug)]
pub struct Clients {
    /// What makes those of Cognito.
    pub connections: Connections,
    /// The topic, in its own region.
    pub topic: Topic,
    /// The parameters of the overrides; `None` where there are none.
    pub parameters: Option<ParameterStore>,
}

/// What clients of Cognito are made with, for whatever region and credentials, and that of STS.
#[derive(Clone, Debug)]
pub struct Connections {
    aws: AwsSettings,
    http: SharedHttpClient,
}

impl Connections {
    /// Cognito of the function's own region, with its own credentials.
    pub fn cognito(&self) -> Cognito {
        self.cognito_in(&self.aws.region)
    }

    /// Cognito of that region, with the function's own credentials.
    pub fn cognito_in(&self, region: &str) -> Cognito {
        self.cognito_of(region, own_credentials(&self.aws))
    }

    /// Cognito of that region, with those credentials.
    pub fn cognito_of(&self, region: &str, credentials: Credentials) -> Cognito {
        let Self { aws, http } = self;
        let mut config = cognito_sdk::Config::builder()
            .behavior_version(cognito_sdk::config::BehaviorVersion::latest())
            .region(cognito_sdk::config::Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .http_client(http.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            .use_fips(aws.use_fips)
            .use_dual_stack(aws.use_dual_stack);
        config.set_endpoint_url(aws.cognito_endpoint.clone());
        Cognito::new(cognito_sdk::Client::from_conf(config.build()))
    }

    /// STS of the function's own region: sessions of the global one are not good in every region.
    pub fn sts(&self) -> Sts {
        let Self { aws, http } = self;
        let region = aws.region.clone();
        let connection = signed_in(aws, "sts", &region, aws.sts_endpoint.as_ref(), http);
        Sts::new(region, connection)
    }
}

/// The clients of a function.
pub fn connect(settings: &Settings) -> Result<Clients, ClientsError> {
    let aws = &settings.aws;
    let http = https(&match &aws.certificates {
        Some(path) => Roots::File(path.clone()),
        // Other partitions may use other roots, so there the system's count, at the price of a
        // millisecond for parsing 140 certificates.
        None if is_commercial(&aws.region) => Roots::Amazon,
        None => Roots::System,
    })?;
    Ok(connect_through(settings, http))
}

/// The same through any HTTP client.
pub fn connect_through(settings: &Settings, http: SharedHttpClient) -> Clients {
    let aws = &settings.aws;
    let topic = &settings.notice_topic;
    let sns = signed_in(aws, "sns", &topic.region, aws.sns_endpoint.as_ref(), &http);
    let parameters = settings.guard.overrides.as_ref().map(|location| {
        let ssm = signed_in(aws, "ssm", &location.region, aws.ssm_endpoint.as_ref(), &http);
        ParameterStore::new(location.clone(), ssm)
    });
    Clients {
        connections: Connections { aws: aws.clone(), http },
        topic: Topic::new(topic.clone(), sns),
        parameters,
    }
}

/// A service of that region for which no SDK is built, with the function's own credentials.
fn signed_in(
    aws: &AwsSettings,
    service: &str,
    region: &str,
    endpoint: Option<&String>,
    http: &SharedHttpClient,
) -> Connection {
    Connection {
        credentials: own_credentials(aws),
        endpoint: endpoint
            .cloned()
            .unwrap_or_else(|| signed::endpoint(service, region, aws.use_fips, aws.use_dual_stack)),
        http: http.clone(),
        retries: retries(),
    }
}

fn own_credentials(aws: &AwsSettings) -> Credentials {
    let token = aws.session_token.clone();
    Credentials::new(&aws.access_key_id, &aws.secret_access_key, token, None, "environment")
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(TIMEOUTS.connect)
        .operation_attempt_timeout(TIMEOUTS.attempt)
        .operation_timeout(TIMEOUTS.operation)
        .build()
}

/// An HTTPS client on ring, made once and shared by every client, so that the roots are parsed once.
/// It goes through the proxy of the environment (`HTTPS_PROXY`, `NO_PROXY`) if there is one.
pub fn https(roots: &Roots) -> Result<SharedHttpClient, ClientsError> {
    let connector = connector(roots)?;
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// What is behind it: for a request that no SDK makes.
pub fn connector(roots: &Roots) -> Result<SharedHttpConnector, ClientsError> {
    let trust = match roots {
        Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
        Roots::System => TrustStore::default(),
        Roots::File(path) => {
            let pem = fs::read(path).map_err(|error| ClientsError {
                problem: format!(
                    "environment variable SSL_CERT_FILE: {} cannot be read: {error}",
                    path.display()
                ),
            })?;
            TrustStore::empty().with_pem_certificate(pem)
        }
    };
    let context = TlsContext::builder()
        .with_trust_store(trust)
        .build()
        .map_err(|error| ClientsError { problem: format!("TLS cannot be set up: {error}") })?;
    let settings = HttpConnectorSettings::builder().connect_timeout(TIMEOUTS.connect).build();
    let connector = Connector::builder()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .proxy_config(ProxyConfig::from_env())
        .build();
    Ok(SharedHttpConnector::new(connector))
}

fn is_commercial(region: &str) -> bool {
    !["cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"].iter().any(|other| region.starts_with(other))
}
