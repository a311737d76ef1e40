//! The stack that the guard was deployed with: its outputs say where everything is.

use std::collections::BTreeMap;
use std::error::Error;

use aws_config::SdkConfig;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::sdk::call_error;

use crate::unread::policy_to_paste;

const DESCRIBE: &str = "cloudformation:DescribeStacks";

/// A CloudFormation stack.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub name: String,
    /// Its ARN.
    pub id: String,
    pub status: String,
    pub parameters: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
}

impl Stack {
    pub fn output(&self, name: &str) -> Option<&str> {
        self.outputs.get(name).map(String::as_str)
    }

    /// The parts of a parameter that is a list with commas.
    pub fn listed(&self, parameter: &str) -> Vec<String> {
        let value = self.parameters.get(parameter).map(String::as_str).unwrap_or_default();
        let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }

    /// An output that the guard's stack has.
    pub fn required(&self, name: &str) -> Result<&str, Box<dyn Error>> {
        self.output(name).ok_or_else(|| {
            format!(
                "the stack {} is {} and has no output {name}: it is not the guard's, was never deployed to \
                 its end, or is of a version that had none: deploy it again",
                self.name, self.status
            )
            .into()
        })
    }
}

/// The stack of that name in the region of `config`.
pub async fn described(config: &SdkConfig, name: &str) -> Result<Stack, CallError> {
    let client = aws_sdk_cloudformation::Client::new(config);
    let answer = client
        .describe_stacks()
        .stack_name(name)
        .send()
        .await
        .map_err(|error| call_error(DESCRIBE, error))?;
    let stack = answer.stacks().first().ok_or_else(|| CallError {
        failure: Failure::Unavailable,
        action: DESCRIBE,
        code: None,
        message: "the answer has no stack".to_owned(),
    })?;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Ok(Stack {
        name: text(stack.stack_name()),
        id: text(stack.stack_id()),
        status: stack.stack_status().map_or("", |status| status.as_str()).to_owned(),
        parameters: stack
            .parameters()
            .iter()
            .map(|one| (text(one.parameter_key()), text(one.parameter_value())))
            .collect(),
        outputs: stack
            .outputs()
            .iter()
            .map(|output| (text(output.output_key()), text(output.output_value())))
            .collect(),
    })
}

/// The same, with the error in words for whoever is at the terminal. `instead` is what to pass where there is
/// none.
pub async fn find(
    config: &SdkConfig,
    name: &str,
    (option, instead): (&str, &str),
) -> Result<Stack, String> {
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    described(config, name).await.map_err(|error| match error.failure {
        Failure::Denied => format!(
            "{error}\n  allow it with this policy, or pass {instead}:\n{}",
            policy_to_paste([error.action])
        ),
        Failure::Rejected | Failure::Gone => format!(
            "{error}\n  pass {option} (this is {region}), --stack with its name, or {instead} where there is \
             no stack"
        ),
        Failure::Busy | Failure::Throttled | Failure::Unavailable => error.to_string(),
    })
}
