//! The tutorial's way: `load_defaults`, everybody's default features, a thread for each core.

use aws_config::BehaviorVersion;
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_sdk_cognitoidentityprovider as cognito;
use aws_sdk_cognitoidentityprovider::types::SecurityPolicyType;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let cognito = cognito::Client::new(&config);
    let sns = aws_sdk_sns::Client::new(&config);
    let topic = std::env::var("NOTICE_TOPIC_ARN")?;
    run(service_fn(|event: LambdaEvent<EventBridgeEvent<Value>>| {
        handle(&cognito, &sns, &topic, event)
    }))
    .await
}

async fn handle(
    cognito: &cognito::Client,
    sns: &aws_sdk_sns::Client,
    topic: &str,
    event: LambdaEvent<EventBridgeEvent<Value>>,
) -> Result<Value, Error> {
    let name = event.payload.detail["requestParameters"]["domain"].as_str().ok_or("no domain")?;
    let described = cognito.describe_user_pool_domain().domain(name).send().await?;
    let domain = described.domain_description.ok_or("no such domain")?;
    let observed = domain.custom_domain_config.ok_or("not a custom domain")?;
    let desired = SecurityPolicyType::from("TLS_V1_3_2025");
    if observed.security_policy.as_ref() == Some(&desired) {
        tracing::info!(domain = name, "in sync");
        return Ok(json!({ "outcome": "in_sync" }));
    }
    let config = cognito::types::CustomDomainConfigType::builder()
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
    let message = json!({ "domain": name, "outcome": "reverted" }).to_string();
    sns.publish().topic_arn(topic).subject("reverted").message(message).send().await?;
    tracing::info!(domain = name, "reverted");
    Ok(json!({ "outcome": "reverted" }))
}
