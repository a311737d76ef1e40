//! The SNS topic that people and systems subscribe to.

use std::sync::OnceLock;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_xml::decode::{ScopedDecoder, XmlDecodeError};

use crate::call::CallError;
use crate::notice::Message;
use crate::query::{self, Members, Query};
use crate::sdk::call_error;
use crate::settings::TopicArn;
use crate::signed::Connection;

/// The IAM action of [`Topic::publish`].
pub const PUBLISH: &str = "sns:Publish";

const QUERY: Query = Query { service: "sns", action: "Publish", version: "2010-03-31" };

/// A topic.
#[derive(Clone, Debug)]
pub struct Topic {
    topic: TopicArn,
    connection: Connection,
    /// Made when there is a notice to send: most invocations find nothing.
    operation: OnceLock<Operation<Members, (), ErrorMetadata>>,
}

impl Topic {
    /// That topic. The connection must be one to its region: SNS takes messages nowhere else.
    pub const fn new(topic: TopicArn, connection: Connection) -> Self {
        Self { topic, connection, operation: OnceLock::new() }
    }

    /// Publishes one message.
    ///
    /// # Errors
    /// The topic did not take it, or it is not known whether it did.
    pub async fn publish(&self, message: &Message) -> Result<(), CallError> {
        let TopicArn { arn, region } = &self.topic;
        let operation =
            self.operation.get_or_init(|| query::operation(QUERY, region, &self.connection, taken));
        let published = operation.invoke(members(arn, message)).await;
        published.map_err(|error| call_error(PUBLISH, error))
    }
}

/// SNS took it if SNS it is that answers: a page of something on the way would lose the notice.
fn taken(response: ScopedDecoder<'_, '_>) -> Result<(), XmlDecodeError> {
    if response.start_el().matches("PublishResponse") {
        Ok(())
    } else {
        Err(XmlDecodeError::custom("an answer that is no PublishResponse"))
    }
}

fn members(topic_arn: &str, message: &Message) -> Members {
    let Message { subject, body, attributes } = message;
    let mut members: Members = vec![
        ("TopicArn".into(), topic_arn.to_owned()),
        ("Subject".into(), subject.clone()),
        ("Message".into(), body.clone()),
        ("MessageStructure".into(), "json".to_owned()),
    ];
    for (nth, (name, value)) in attributes.iter().enumerate() {
        let entry = format!("MessageAttributes.entry.{}", nth + 1);
        members.extend([
            (format!("{entry}.Name").into(), (*name).to_owned()),
            (format!("{entry}.Value.DataType").into(), "String".to_owned()),
            (format!("{entry}.Value.StringValue").into(), value.clone()),
        ]);
    }
    members
}

#[cfg(test)]
mod tests {
    use aws_smithy_xml::decode::Document;

    use super::*;

    #[test]
    fn only_an_answer_of_sns_says_that_it_took_the_message() {
        let is_taken = |body: &[u8]| {
            let mut document = Document::try_from(body).unwrap();
            document.root_element().is_ok_and(|root| taken(root).is_ok())
        };
        assert!(is_taken(
            b"<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
              <MessageId>1</MessageId></PublishResult></PublishResponse>"
        ));
        assert!(!is_taken(b"<html><body>Welcome to the network of Example Ltd.</body></html>"));
        assert!(!is_taken(b""));
    }
}
