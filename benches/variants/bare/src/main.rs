//! The guard's SDK clients, made as the guard makes them, and its calls. Nothing is read, decided,
//! logged or counted.

use std::env::var;

use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_cognitoidentityprovider::types::{CustomDomainConfigType, SecurityPolicyType};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

macro_rules! config {
    ($sdk:ident, $endpoint:literal, $http:expr) => {
        $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new(var("AWS_REGION")?))
            .credentials_provider(Credentials::new(
                var("AWS_ACCESS_KEY_ID")?,
                var("AWS_SECRET_ACCESS_KEY")?,
                var("AWS_SESSION_TOKEN").ok(),
                None,
                "environment",
            ))
            .http_client($http)
            .endpoint_url(var($endpoint)?)
            .build()
    };
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let roots = std::fs::read(var("SSL_CERT_FILE")?)?;
    let trust = TrustStore::empty().with_pem_certificate(roots);
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .tls_context(TlsContext::builder().with_trust_store(trust).build()?)
        .build_https();
    let config = config!(cognito, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", http.clone());
    let cognito = cognito::Client::from_conf(config);
    let config = config!(aws_sdk_sns, "AWS_ENDPOINT_URL_SNS", http);
    let sns = aws_sdk_sns::Client::from_conf(config);
    let topic = var("NOTICE_TOPIC_ARN")?;
    lambda_runtime::run(service_fn(|event| handle(&cognito, &sns, &topic, event))).await
}

async fn handle(
    cognito: &cognito::Client,
    sns: &aws_sdk_sns::Client,
    topic: &str,
    event: LambdaEvent<Value>,
) -> Result<Value, Error> {
    let name =
        event.payload["detail"]["requestParameters"]["domain"].as_str().ok_or("no domain")?;
    let described = cognito.describe_user_pool_domain().domain(name).send().await?;
    let domain = described.domain_description.ok_or("no such domain")?;
    let observed = domain.custom_domain_config.ok_or("not a custom domain")?;
    let desired = SecurityPolicyType::from("TLS_V1_3_2025");
    if observed.security_policy.as_ref() == Some(&desired) {
        return Ok(json!({ "outcome": "in_sync" }));
    }
    let config = CustomDomainConfigType::builder()
        .certificate_arn(observed.certificate_arn)
        .security_policy(desired)
        .build()?;
    cognito
        .update_user_pool_domain()
        .domain(name)
        .set_user_pool_id(domain.user_pool_id)
        .set_managed_login_version(domain.managed_login_version)
        .set_routing(domain.routing)
        .custom_domain_config(config)
        .send()
        .await?;
    sns.publish().topic_arn(topic).subject("reverted").message(name).send().await?;
    Ok(json!({ "outcome": "reverted" }))
}
