//! The SNS topic that people and systems subscribe to.

use std::sync::OnceLock;

use aws_sdk_sns::types::MessageAttributeValue;
use aws_sdk_sns::{Client, Config};

use crate::call::CallError;
use crate::notice::Message;
use crate::sdk::call_error;

/// The IAM action of [`Topic::publish`].
pub const PUBLISH: &str = "sns:Publish";

/// A topic.
#[derive(Clone, Debug)]
pub struct Topic {
    config: Config,
    /// Made when there is a notice to send. Most invocations find nothing, and making it costs a
    /// twelfth of a cold start: the SDK reads its list of partitions.
    client: OnceLock<Client>,
    arn: String,
}

impl Topic {
    /// The topic of that ARN. The client's configuration must be of the topic's region: SNS takes
    /// messages nowhere else.
    pub const fn new(config: Config, arn: String) -> Self {
        Self { config, client: OnceLock::new(), arn }
    }

    /// Publishes one message.
    pub async fn publish(&self, message: &Message) -> Result<(), CallError> {
        let attributes = message.attributes.iter().filter_map(|(name, value)| {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value);
            Some(((*name).to_owned(), value.build().ok()?))
        });
        self.client
            .get_or_init(|| Client::from_conf(self.config.clone()))
            .publish()
            .topic_arn(&self.arn)
            .subject(&message.subject)
            .message(&message.body)
            .message_structure("json")
            .set_message_attributes(Some(attributes.collect()))
            .send()
            .await
            .map(drop)
            .map_err(|error| call_error(PUBLISH, error))
    }
}
