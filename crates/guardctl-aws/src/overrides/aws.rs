//! The adapter to SSM and CloudWatch Logs: one call a function, from their answers to plain facts.
//!
//! `aws-sdk-ssm` takes longer to build than all the rest of the command line, for three small calls: they go the
//! guard's own way to SSM.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::overrides::{Location, Parameter};
use cognito_domain_guard::parameters::{GET_PARAMETERS, ParameterStore};
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::signed::{Target, text};
use cognito_domain_guard::text::counted;
use cognito_domain_guard::when;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::json_call::{ATTEMPTS, call, place, unreadable};
use crate::live::connection;

const SSM: &str = "ssm";
const PUT: &str = "ssm:PutParameter";
const DELETE: &str = "ssm:DeleteParameter";
const DESCRIBE: &str = "ssm:DescribeParameters";
const FILTER: &str = "logs:FilterLogEvents";
const GROUPS: &str = "logs:DescribeLogGroups";

/// The parameters below one path.
pub struct Parameters {
    config: SdkConfig,
    path: String,
}

impl Parameters {
    pub fn new(config: &SdkConfig, path: String) -> Self {
        Self { config: config.clone(), path }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Makes a parameter of that name, which nobody has made before.
    pub async fn make(&self, name: &str, text: &str) -> Result<(), CallError> {
        let body = json!({ "Name": name, "Value": text, "Type": "String", "Overwrite": false });
        self.call(PUT, "AmazonSSM.PutParameter", body).await.map(|_| ())
    }

    /// Removes one.
    pub async fn remove(&self, name: &str) -> Result<(), CallError> {
        let body = json!({ "Name": name });
        self.call(DELETE, "AmazonSSM.DeleteParameter", body).await.map(|_| ())
    }

    /// All of them, in no particular order: read as the guard reads them.
    pub async fn all(&self) -> Result<Vec<Parameter>, CallError> {
        let (region, endpoint) = place(&self.config, SSM);
        let connection = connection(&self.config, GET_PARAMETERS, &endpoint, ATTEMPTS).await?;
        let location = Location { path: self.path.clone(), region };
        ParameterStore::new(location, connection).read().await
    }

    /// Who has written each of them last, by its name: AWS's word.
    pub async fn writers(&self) -> Result<BTreeMap<String, String>, CallError> {
        let below = json!([{ "Key": "Path", "Option": "Recursive", "Values": [self.path] }]);
        let (mut all, mut page) = (BTreeMap::new(), Value::Null);
        loop {
            let mut body = json!({ "ParameterFilters": below });
            if let (Value::String(_), Some(members)) = (&page, body.as_object_mut()) {
                members.insert("NextToken".to_owned(), page);
            }
            let answer = self.call(DESCRIBE, "AmazonSSM.DescribeParameters", body).await?;
            let listed = answer.get("Parameters").and_then(Value::as_array);
            let listed =
                listed.ok_or_else(|| unreadable(DESCRIBE, "an answer without Parameters"))?;
            all.extend(listed.iter().filter_map(|one| {
                Some((text(one, "Name")?.to_owned(), text(one, "LastModifiedUser")?.to_owned()))
            }));
            let Some(next) = text(&answer, "NextToken") else { return Ok(all) };
            page = next.into();
        }
    }

    async fn call(
        &self,
        action: &'static str,
        target: &'static str,
        body: Value,
    ) -> Result<Value, CallError> {
        let target = Target { service: SSM, target, json: "1.1" };
        let (region, endpoint) = place(&self.config, SSM);
        call(&self.config, action, target, (&region, endpoint), body).await
    }
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
