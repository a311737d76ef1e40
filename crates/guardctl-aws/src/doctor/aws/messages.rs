//! SQS and SNS.

use aws_config::SdkConfig;
use aws_sdk_sqs::types::QueueAttributeName;
use cognito_domain_guard::sdk::call_error;
use serde_json::Value;

use super::text;
use crate::doctor::facts::{Known, Queue, Redrive, Subscription, name_of};
use crate::live::in_region;

pub struct Queues(aws_sdk_sqs::Client);

impl Queues {
    pub fn new(config: &SdkConfig) -> Self {
        Self(aws_sdk_sqs::Client::new(config))
    }

    pub async fn by_arn(&self, arn: &str) -> Known<Queue> {
        let url = self
            .0
            .get_queue_url()
            .queue_name(name_of(arn))
            .set_queue_owner_aws_account_id(arn.split(':').nth(4).map(str::to_owned))
            .send()
            .await
            .map_err(|error| call_error("sqs:GetQueueUrl", error))?;
        self.by_url(url.queue_url().unwrap_or_default()).await
    }

    pub async fn by_url(&self, url: &str) -> Known<Queue> {
        let found = self
            .0
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .map_err(|error| call_error("sqs:GetQueueAttributes", error))?;
        let attribute = |name: &QueueAttributeName| {
            found.attributes().and_then(|all| all.get(name)).map(String::as_str)
        };
        let number = |name| attribute(&name).and_then(|value| value.parse().ok()).unwrap_or(0_u64);
        Ok(Queue {
            arn: text(attribute(&QueueAttributeName::QueueArn)),
            url: url.to_owned(),
            visibility_timeout_seconds: number(QueueAttributeName::VisibilityTimeout),
            redrive: attribute(&QueueAttributeName::RedrivePolicy).and_then(redrive),
            policy: attribute(&QueueAttributeName::Policy)
                .filter(|policy| !policy.is_empty())
                .map(str::to_owned),
            messages: number(QueueAttributeName::ApproximateNumberOfMessages)
                + number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
                + number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
        })
    }
}

/// `maxReceiveCount` is a number, or a number in quotes where somebody wrote it so.
fn redrive(policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let receives = policy.get("maxReceiveCount")?;
    Some(Redrive {
        dead_letters: policy.get("deadLetterTargetArn")?.as_str()?.to_owned(),
        receives: receives.as_u64().or_else(|| receives.as_str()?.parse().ok())?,
    })
}

pub struct Topics(SdkConfig);

impl Topics {
    pub fn new(config: &SdkConfig) -> Self {
        Self(config.clone())
    }

    /// A topic answers in its own region only.
    #[expect(clippy::disallowed_types, reason = "the adapter of the doctor, which only reads")]
    fn client(&self, region: &str) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&in_region(&self.0, region))
    }

    pub async fn policy(&self, topic: &str, region: &str) -> Known<Option<String>> {
        let found = self
            .client(region)
            .get_topic_attributes()
            .topic_arn(topic)
            .send()
            .await
            .map_err(|error| call_error("sns:GetTopicAttributes", error))?;
        let policy = found.attributes().and_then(|attributes| attributes.get("Policy"));
        Ok(policy.filter(|policy| !policy.is_empty()).cloned())
    }

    pub async fn subscriptions(&self, topic: &str, region: &str) -> Known<Vec<Subscription>> {
        let client = self.client(region);
        let (mut subscriptions, mut token) = (Vec::new(), None);
        loop {
            let page = client
                .list_subscriptions_by_topic()
                .topic_arn(topic)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| call_error("sns:ListSubscriptionsByTopic", error))?;
            subscriptions.extend(page.subscriptions().iter().map(|subscription| Subscription {
                protocol: text(subscription.protocol()),
                endpoint: text(subscription.endpoint()),
                // In place of an ARN stands `PendingConfirmation`, or `Deleted`.
                is_confirmed: text(subscription.subscription_arn()).starts_with("arn:"),
            }));
            token = page.next_token;
            if token.is_none() {
                return Ok(subscriptions);
            }
        }
    }
}
