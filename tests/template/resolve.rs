//! A template's values as CloudFormation would fill them in, with names made up here.

use serde_json::{Map, Value};

/// What the template's functions see.
pub(crate) struct Stack {
    pub name: String,
    /// The physical names of resources, by how their logical ids end; the last part of an ARN.
    pub physical: fn(&Stack, &str) -> String,
    /// Whether alarms have a topic of their own.
    pub has_alarm_topic: bool,
}

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const STACK_ID: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";

impl Stack {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            physical: |stack, id| format!("{}-{id}-AbCdEf012345", stack.name),
            has_alarm_topic: true,
        }
    }

    /// As long as CloudFormation makes them: a stack's name has at most 128 characters, and what it
    /// names after a stack is cut to what the service takes.
    pub(crate) fn with_the_longest_names() -> Self {
        Self {
            name: "s".repeat(128),
            physical: |stack, id| {
                let longest = match id {
                    id if id.ends_with("Queue") => 80,
                    id if id.ends_with("Topic") => 256,
                    id if id.ends_with("Logs") => 512,
                    _ => 64,
                };
                let name = format!("{}-{id}-AbCdEf012345", stack.name);
                let name = if id.ends_with("Topic") { name.repeat(2) } else { name };
                name.chars().take(longest).collect()
            },
            has_alarm_topic: true,
        }
    }

    pub(crate) fn name_of(&self, id: &str) -> String {
        match id {
            "GuardLogs" => format!("/aws/lambda/{}-guard", self.name),
            "SweepLogs" => format!("/aws/lambda/{}-sweep", self.name),
            "GuardFunctionRecheck" => "5f0c1a2b-3d4e-4f5a-8b6c-7d8e9f0a1b2c".to_owned(),
            id if id.ends_with("WatchRule") => format!("domain-guard-watch-{STACK_ID}"),
            other => (self.physical)(self, other),
        }
    }

    pub(crate) fn arn_of(&self, id: &str) -> String {
        let name = self.name_of(id);
        let (service, separator) = match id {
            id if id.ends_with("Function") => ("lambda", "function:"),
            id if id.ends_with("Queue") => ("sqs", ""),
            id if id.ends_with("Topic") => ("sns", ""),
            id if id.ends_with("Rule") => ("events", "rule/"),
            other => panic!("no ARN is known for {other}"),
        };
        format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{separator}{name}")
    }

    pub(crate) fn alarm_topic(&self) -> String {
        self.arn_of(if self.has_alarm_topic { "AlarmTopic" } else { "NoticeTopic" })
    }

    fn reference(&self, id: &str) -> String {
        match id {
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::Region" => REGION.to_owned(),
            "AWS::StackName" => self.name.clone(),
            "AWS::StackId" => {
                format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{}/{STACK_ID}", self.name)
            }
            "GuardRoleName" => self.name_of("GuardRole"),
            "GuardRegion" => REGION.to_owned(),
            "OrganizationSweep" => {
                format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{}", self.name_of(id))
            }
            id if id.ends_with("Topic") => self.arn_of(id),
            other => self.name_of(other),
        }
    }

    fn attribute(&self, text: &str) -> String {
        match text.split_once('.').unwrap() {
            ("AlarmTarget", "Value") => self.alarm_topic(),
            ("OrganizationSweep", "Name") => self.name_of("OrganizationSweep"),
            (id, "Arn") => self.arn_of(id),
            (id, "QueueName") => self.name_of(id),
            other => panic!("no attribute {other:?} is known"),
        }
    }

    fn holds(&self, condition: &str) -> bool {
        match condition {
            "CreateTopic" => true,
            "KeepsLogs" => false,
            other => panic!("the condition {other} is not known"),
        }
    }

    /// The value without any function in it.
    pub(crate) fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Value::Object(members) => match members.iter().next() {
                Some((name, argument))
                    if members.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) =>
                {
                    self.called(name, argument)
                }
                _ => Value::Object(Map::from_iter(
                    members.iter().map(|(name, value)| (name.clone(), self.resolve(value))),
                )),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }

    fn called(&self, function: &str, argument: &Value) -> Value {
        match function {
            "Ref" => self.reference(argument.as_str().unwrap()).into(),
            "Fn::GetAtt" => self.attribute(argument.as_str().unwrap()).into(),
            "Fn::Sub" => match argument {
                Value::String(text) => self.substituted(text, &Map::new()).into(),
                Value::Array(parts) => self
                    .substituted(parts[0].as_str().unwrap(), parts[1].as_object().unwrap())
                    .into(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                    panic!("Fn::Sub of {argument}")
                }
            },
            "Fn::If" => {
                let branch = if self.holds(argument[0].as_str().unwrap()) { 1 } else { 2 };
                self.resolve(&argument[branch])
            }
            "Fn::Select" => {
                let list = self.resolve(&argument[1]);
                list[usize::try_from(argument[0].as_u64().unwrap()).unwrap()].clone()
            }
            "Fn::Split" => {
                let text = self.resolve(&argument[1]);
                text.as_str().unwrap().split(argument[0].as_str().unwrap()).collect()
            }
            "Fn::Join" => {
                let parts = self.resolve(&argument[1]);
                let parts: Vec<_> =
                    parts.as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
                parts.join(argument[0].as_str().unwrap()).into()
            }
            other => panic!("{other} is not known here"),
        }
    }

    fn substituted(&self, text: &str, given: &Map<String, Value>) -> String {
        let mut parts = text.split("${");
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            match given.get(name) {
                Some(value) => out += self.resolve(value).as_str().unwrap(),
                None if name.contains('.') => out += &self.attribute(name),
                None => out += &self.reference(name),
            }
            out += rest;
        }
        out
    }
}
