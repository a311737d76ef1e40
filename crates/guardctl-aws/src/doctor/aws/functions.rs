//! Lambda.

use std::collections::BTreeMap;
use std::path::Path;

use aws_config::SdkConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::{Client, types};
use cognito_domain_guard::declared::index_path;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::sdk::call_error;
use futures_util::future::join3;
use serde_json::Value;

use super::{text, without};
use crate::doctor::archive::Archive;
use crate::doctor::facts::{
    Answered, Architecture, BaselineFile, EventSource, Function, Known, OnFailure, Program,
    is_absent,
};

const GET_FUNCTION: &str = "lambda:GetFunction";
const GET_LAYER: &str = "lambda:GetLayerVersion";
const OWN_ARCHIVE: &str = "the function's own archive";

pub struct Functions(Client);

impl Functions {
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// A function and all that belongs to it, its baseline among it.
    pub async fn named(&self, name: &str, place: &Place) -> Known<Function> {
        let found = self
            .0
            .get_function()
            .function_name(name)
            .send()
            .await
            .map_err(|error| call_error(GET_FUNCTION, error))?;
        let configuration =
            found.configuration().ok_or_else(|| without(GET_FUNCTION, "configuration"))?;
        let name = text(configuration.function_name());
        let (on_failure, event_sources, policy) =
            join3(self.on_failure(&name), self.event_sources(&name), self.policy(&name)).await;
        let mut function = Function {
            arn: text(configuration.function_arn()),
            role_arn: text(configuration.role()),
            state: configuration.state().map_or("Active", |state| state.as_str()).to_owned(),
            state_reason: configuration.state_reason().map(str::to_owned),
            last_update: configuration
                .last_update_status()
                .map_or("Successful", |status| status.as_str())
                .to_owned(),
            timeout_seconds: configuration.timeout().and_then(|t| t.try_into().ok()).unwrap_or(3),
            reserved_concurrency: found
                .concurrency()
                .and_then(|concurrency| concurrency.reserved_concurrent_executions()),
            environment: configuration
                .environment()
                .and_then(|environment| environment.variables())
                .map(|variables| variables.clone().into_iter().collect::<BTreeMap<_, _>>())
                .unwrap_or_default(),
            layers: configuration.layers().iter().map(|layer| text(layer.arn())).collect(),
            code: found.code().and_then(|code| code.location()).map(str::to_owned),
            log_group: configuration
                .logging_config()
                .and_then(|logging| logging.log_group())
                .map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
            is_traced: configuration
                .tracing_config()
                .and_then(|tracing| tracing.mode())
                .is_some_and(|mode| *mode == types::TracingMode::Active),
            baseline: Ok(BaselineFile::Missing { paths: Vec::new() }),
            architecture: match configuration.architectures() {
                [types::Architecture::Arm64, ..] => Architecture::Arm64,
                _ => Architecture::X86_64,
            },
            program: Ok(Program::Image),
            name,
            on_failure,
            event_sources,
            policy,
        };
        let code = match &function.code {
            Some(location) => Some(Archive::at(GET_FUNCTION, location).await),
            None => None,
        };
        function.baseline = self.baseline(&function, code.as_ref(), place).await;
        function.program = self.program(&function, code.as_ref()).await;
        Ok(function)
    }

    /// What Lambda starts: it looks in the function's own archive, then in the layers.
    async fn program(&self, function: &Function, code: Option<&Known<Archive>>) -> Known<Program> {
        const BOOTSTRAP: &str = "bootstrap";
        let Some(code) = code else { return Ok(Program::Image) };
        let code = code.as_ref().map_err(Clone::clone)?;
        if let Some(executable) = code.program(BOOTSTRAP)? {
            return Ok(Program::Found { archive: OWN_ARCHIVE.to_owned(), executable });
        }
        for layer in function.layers.iter().rev() {
            let archive = self.layer(layer).await?;
            if let Some(executable) = archive.program(BOOTSTRAP)? {
                return Ok(Program::Found { archive: layer.clone(), executable });
            }
        }
        Ok(Program::Missing { instead: code.top()?.into_iter().collect() })
    }

    /// Invokes a function with that event and waits for its answer.
    pub async fn answer(&self, name: &str, event: &Value) -> Known<Answered> {
        let answer = self
            .0
            .invoke()
            .function_name(name)
            .payload(Blob::new(event.to_string()))
            .send()
            .await
            .map_err(|error| call_error("lambda:InvokeFunction", error))?;
        let payload = answer.payload().map(|payload| payload.as_ref()).unwrap_or_default();
        let payload = serde_json::from_slice(payload)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(payload).into_owned()));
        Ok(Answered { is_error: answer.function_error().is_some(), payload })
    }

    async fn on_failure(&self, name: &str) -> Known<Option<OnFailure>> {
        let found = self
            .0
            .list_function_event_invoke_configs()
            .function_name(name)
            .send()
            .await
            .map_err(|error| call_error("lambda:ListFunctionEventInvokeConfigs", error))?;
        // Rules and queues call the function itself, none of its versions and aliases.
        let unqualified = |config: &&types::FunctionEventInvokeConfig| {
            let arn = config.function_arn().unwrap_or_default();
            arn.ends_with(":$LATEST") || arn.ends_with(&format!(":{name}"))
        };
        let config = found.function_event_invoke_configs().iter().find(unqualified);
        Ok(config.map(|config| OnFailure {
            retries: config.maximum_retry_attempts(),
            destination: config
                .destination_config()
                .and_then(|destinations| destinations.on_failure())
                .and_then(|destination| destination.destination())
                .map(str::to_owned),
        }))
    }

    async fn event_sources(&self, name: &str) -> Known<Vec<EventSource>> {
        let found = self
            .0
            .list_event_source_mappings()
            .function_name(name)
            .send()
            .await
            .map_err(|error| call_error("lambda:ListEventSourceMappings", error))?;
        let source = |source: &types::EventSourceMappingConfiguration| EventSource {
            id: text(source.uuid()),
            queue_arn: text(source.event_source_arn()),
            state: text(source.state()),
            batch_size: source.batch_size().unwrap_or(10),
            reports_batch_item_failures: source
                .function_response_types()
                .contains(&types::FunctionResponseType::ReportBatchItemFailures),
        };
        Ok(found.event_source_mappings().iter().map(source).collect())
    }

    async fn policy(&self, name: &str) -> Known<Option<String>> {
        let found = self
            .0
            .get_policy()
            .function_name(name)
            .send()
            .await
            .map_err(|error| call_error("lambda:GetPolicy", error));
        match found {
            Ok(found) => Ok(found.policy),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The first of the paths that is in an archive, as the function itself looks for it.
    async fn baseline(
        &self,
        function: &Function,
        code: Option<&Known<Archive>>,
        place: &Place,
    ) -> Known<BaselineFile> {
        let mut paths = Vec::new();
        for path in function.baseline_paths(place) {
            let path = path.display().to_string();
            if let Some(member) = path.strip_prefix("/opt/") {
                // Later layers are laid over earlier ones.
                for layer in function.layers.iter().rev() {
                    let laid = self.layer(layer).await?;
                    if let Some(content) = laid.file(member)? {
                        let (archive, index) = (layer.clone(), laid.file(&index_of(member))?);
                        return Ok(BaselineFile::Found { path, archive, content, index });
                    }
                }
            } else if let Some(code) = code {
                // A relative path is one from where the function is started.
                let member = path.strip_prefix("/var/task/").unwrap_or(&path);
                let code = code.as_ref().map_err(Clone::clone)?;
                if let Some(content) = code.file(member)? {
                    let (archive, index) = (OWN_ARCHIVE.to_owned(), code.file(&index_of(member))?);
                    return Ok(BaselineFile::Found { path, archive, content, index });
                }
            }
            paths.push(path);
        }
        Ok(BaselineFile::Missing { paths })
    }

    async fn layer(&self, arn: &str) -> Known<Archive> {
        let location = self
            .0
            .get_layer_version_by_arn()
            .arn(arn)
            .send()
            .await
            .map_err(|error| call_error(GET_LAYER, error))?
            .content()
            .and_then(|content| content.location())
            .map(str::to_owned)
            .ok_or_else(|| without(GET_LAYER, "location"))?;
        Archive::at(GET_LAYER, &location).await
    }
}

/// What the index of a baseline is called in an archive.
fn index_of(member: &str) -> String {
    index_path(Path::new(member)).display().to_string()
}
