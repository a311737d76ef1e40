//! Guards that are deployed in this account and region, and what they declare.

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::call::CallError;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::sdk::call_error;

use crate::doctor::aws::Functions;
use crate::doctor::facts::BaselineFile;

/// The variables by which a function of this project is recognised: no other has both.
const MARKS: [&str; 2] = ["NOTICE_TOPIC_ARN", "GUARD_ROLE_ARN"];
/// Fifty functions each.
const MOST_PAGES: usize = 100;

pub struct Guards {
    lambda: Client,
    functions: Functions,
}

impl Guards {
    pub fn new(config: &SdkConfig) -> Self {
        Self { lambda: Client::new(config), functions: Functions::new(config) }
    }

    /// Each function of this project, with its baseline; `None` where that cannot be read.
    pub async fn all(&self, place: &Place) -> Result<Vec<(String, Option<Baseline>)>, CallError> {
        let mut guards = Vec::new();
        let mut page = None;
        for _ in 0..MOST_PAGES {
            let answer = self
                .lambda
                .list_functions()
                .set_marker(page)
                .send()
                .await
                .map_err(|error| call_error("lambda:ListFunctions", error))?;
            for function in answer.functions.unwrap_or_default() {
                let variables = function.environment.and_then(|found| found.variables);
                let variables = variables.unwrap_or_default();
                if !MARKS.iter().all(|mark| variables.contains_key(*mark)) {
                    continue;
                }
                let name = function.function_name.unwrap_or_default();
                let baseline = self.baseline(&name, place).await;
                guards.push((name, baseline));
            }
            page = answer.next_marker.filter(|marker| !marker.is_empty());
            if page.is_none() {
                break;
            }
        }
        Ok(guards)
    }

    async fn baseline(&self, function: &str, place: &Place) -> Option<Baseline> {
        let found = self.functions.named(function, place).await.ok()?.baseline.ok()?;
        match found {
            BaselineFile::Found { path, archive: _, content, index: _ } => {
                Baseline::parse(&path, std::str::from_utf8(&content).ok()?).ok()
            }
            BaselineFile::Missing { paths: _ } => None,
        }
    }
}
