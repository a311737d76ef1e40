//! The SNS topic that people and systems subscribe to.

use aws_sdk_sns::Client;

use crate::call::CallError;

/// The IAM action of [`Topic::publish`].
pub const PUBLISH: &str = "sns:Publish";

/// What is published: made by `notice`, sent as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// At most 99 characters of printable ASCII.
    pub subject: String,
    /// With `MessageStructure=json`: an object with one text for each protocol.
    pub body: String,
}

/// A topic.
#[derive(Clone, Debug)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic of that ARN. The client must be of the topic's region: SNS takes messages nowhere
    /// else.
    pub const fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }

    /// Publishes one message.
    pub async fn publish(&self, message: &Message) -> Result<(), CallError> {
        self.client
            .publish()
            .topic_arn(&self.arn)
            .subject(&message.subject)
            .message(&message.body)
            .message_structure("json")
            .send()
            .await
            .map(drop)
            .map_err(|error| CallError::from_sdk(PUBLISH, error))
    }
}
