//! CloudFormation's stacks, as far as the command line asks for them: their outputs and parameters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::action::ApiError;

/// Each stack of the account and region, by its name.
pub(super) type Stacks = BTreeMap<String, Stack>;

/// What a stack says of itself, by name.
#[derive(Debug, Default)]
pub(super) struct Stack {
    pub(super) outputs: BTreeMap<String, String>,
    pub(super) parameters: BTreeMap<String, String>,
}

/// Answers `DescribeStacks` for one name. `arn` makes a stack's ARN.
pub(super) fn describe(
    stacks: &Stacks,
    parameters: &Value,
    arn: impl Fn(&str) -> String,
) -> Result<Value, ApiError> {
    let name = parameters.get("StackName").and_then(Value::as_str).unwrap_or_default();
    let Stack { outputs, parameters } = stacks
        .get(name)
        .ok_or_else(|| ApiError::validation(format!("Stack with id {name} does not exist")))?;
    let outputs: Vec<Value> = outputs
        .iter()
        .map(|(key, value)| json!({ "OutputKey": key, "OutputValue": value }))
        .collect();
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(key, value)| json!({ "ParameterKey": key, "ParameterValue": value }))
        .collect();
    Ok(json!({ "Stacks": [{
        "StackId": arn(&format!("stack/{name}/5d6e7f80-0000-4000-8000-000000000000")),
        "StackName": name,
        "CreationTime": "2026-06-01T00:00:00Z",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": outputs,
        "Parameters": parameters,
    }] }))
}
