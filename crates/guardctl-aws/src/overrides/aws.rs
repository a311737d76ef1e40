//! The adapter to SSM and CloudWatch Logs: one call a function, from the SDK's types to plain facts.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterType};
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::overrides::{Parameter, ParameterKind};
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::text::counted;
use cognito_domain_guard::when;
use time::{Duration, OffsetDateTime};

const PUT: &str = "ssm:PutParameter";
const DELETE: &str = "ssm:DeleteParameter";
const LIST: &str = "ssm:GetParametersByPath";
const DESCRIBE: &str = "ssm:DescribeParameters";
const FILTER: &str = "logs:FilterLogEvents";
const GROUPS: &str = "logs:DescribeLogGroups";

/// The parameters below one path.
pub struct Parameters {
    client: aws_sdk_ssm::Client,
    path: String,
}

impl Parameters {
    pub fn new(config: &SdkConfig, path: String) -> Self {
        Self { client: aws_sdk_ssm::Client::new(config), path }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Makes a parameter of that name, which nobody has made before.
    pub async fn make(&self, name: &str, text: &str) -> Result<(), CallError> {
        self.client
            .put_parameter()
            .name(name)
            .value(text)
            .r#type(ParameterType::String)
            .overwrite(false)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| call_error(PUT, error))
    }

    /// Removes one.
    pub async fn remove(&self, name: &str) -> Result<(), CallError> {
        let answer = self.client.delete_parameter().name(name).send().await;
        answer.map(|_| ()).map_err(|error| call_error(DELETE, error))
    }

    /// All of them, in no particular order.
    pub async fn all(&self) -> Result<Vec<Parameter>, CallError> {
        let (mut all, mut page) = (Vec::new(), None);
        loop {
            let answer = self
                .client
                .get_parameters_by_path()
                .path(&self.path)
                .recursive(true)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| call_error(LIST, error))?;
            all.extend(answer.parameters().iter().filter_map(parameter));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(all);
            }
        }
    }

    /// Who has written each of them last, by its name: AWS's word.
    pub async fn writers(&self) -> Result<BTreeMap<String, String>, CallError> {
        let (mut all, mut page) = (BTreeMap::new(), None);
        loop {
            let below = ParameterStringFilter::builder()
                .key("Path")
                .option("Recursive")
                .values(&self.path)
                .build();
            let answer = self
                .client
                .describe_parameters()
                .set_parameter_filters(below.ok().map(|below| vec![below]))
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| call_error(DESCRIBE, error))?;
            let written = |one: &aws_sdk_ssm::types::ParameterMetadata| {
                Some((one.name()?.to_owned(), one.last_modified_user()?.to_owned()))
            };
            all.extend(answer.parameters().iter().filter_map(written));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(all);
            }
        }
    }
}

fn parameter(one: &aws_sdk_ssm::types::Parameter) -> Option<Parameter> {
    Some(Parameter {
        name: one.name()?.to_owned(),
        kind: match one.r#type() {
            Some(ParameterType::String) => ParameterKind::String,
            Some(other) => ParameterKind::Other(other.as_str().to_owned()),
            None => ParameterKind::Other("parameter without a type".to_owned()),
        },
        value: one.value().unwrap_or_default().to_owned(),
        modified_at: one
            .last_modified_date()
            .and_then(|date| date.to_millis().ok())
            .and_then(when::from_milliseconds)?,
    })
}

/// What the guard's functions have written.
pub struct Logs(aws_sdk_cloudwatchlogs::Client);

impl Logs {
    pub fn new(config: &SdkConfig) -> Self {
        Self(aws_sdk_cloudwatchlogs::Client::new(config))
    }

    /// Each line of a log group since then that has the term in it, the oldest first. `progress` hears how
    /// many there are so far.
    pub async fn lines_with(
        &self,
        group: &str,
        term: &str,
        since: OffsetDateTime,
        progress: impl Fn(usize),
    ) -> Result<Vec<String>, CallError> {
        let mut lines = Vec::new();
        let add = |line: &str| {
            lines.push(line.to_owned());
            progress(lines.len());
        };
        self.each_line(group, term, since, None, add).await?;
        Ok(lines)
    }

    /// Hands on each line of a log group in that window that has the term in it, the oldest first: a window of
    /// months may have more lines than anybody wants to hold.
    pub async fn each_line_with(
        &self,
        group: &str,
        term: &str,
        [since, until]: [OffsetDateTime; 2],
        add: impl FnMut(&str),
    ) -> Result<(), CallError> {
        self.each_line(group, term, since, Some(until), add).await
    }

    async fn each_line(
        &self,
        group: &str,
        term: &str,
        since: OffsetDateTime,
        until: Option<OffsetDateTime>,
        mut add: impl FnMut(&str),
    ) -> Result<(), CallError> {
        let mut page = None;
        loop {
            let answer = self
                .0
                .filter_log_events()
                .log_group_name(group)
                .filter_pattern(format!("\"{term}\""))
                .start_time(since.unix_timestamp() * 1_000)
                // The end counts: a line of that very second is within.
                .set_end_time(until.map(|until| until.unix_timestamp() * 1_000 + 999))
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| call_error(FILTER, error))?;
            answer.events().iter().filter_map(|event| event.message()).for_each(&mut add);
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(());
            }
        }
    }

    /// The time before which a log group can have no line, and why: it was made then, or keeps lines no longer.
    /// `None` where AWS says neither.
    pub async fn kept_since(
        &self,
        group: &str,
        now: OffsetDateTime,
    ) -> Result<Option<(OffsetDateTime, String)>, CallError> {
        let answer = self
            .0
            .describe_log_groups()
            .log_group_name_prefix(group)
            .send()
            .await
            .map_err(|error| call_error(GROUPS, error))?;
        let mut groups = answer.log_groups().iter();
        let found = groups.find(|one| one.log_group_name() == Some(group));
        let made = found.and_then(|one| when::from_milliseconds(one.creation_time()?));
        let made = made.map(|at| (at, format!("{group} was made then")));
        let kept = found.and_then(|one| one.retention_in_days()).map(|days| {
            let since = now.saturating_sub(Duration::days(days.into()));
            (
                since,
                format!(
                    "{group} keeps lines for {}",
                    counted(usize::try_from(days).unwrap_or(0), "day")
                ),
            )
        });
        Ok(made.into_iter().chain(kept).max_by_key(|(at, _)| *at))
    }
}
