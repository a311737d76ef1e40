//! The environment, read once. Nothing else in the crate reads it.

use std::fmt;
use std::path::PathBuf;

use time::Duration;

use crate::notice::HttpsForm;
use crate::overrides::{DEFAULT_LONGEST, Location};
use crate::place::Place;
use crate::reach::Reach;
use crate::trigger::Identity;

mod organization;
#[cfg(test)]
mod tests;

/// What the environment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the baseline may be; the first that exists counts. One only if `BASELINE` is set.
    pub baseline: Vec<PathBuf>,
    /// `BASELINE_REVISION`: its revision in git, for people to read.
    pub baseline_revision: Option<String>,
    /// `NOTICE_TOPIC_ARN`
    pub notice_topic: TopicArn,
    /// Who the guard is, from `GUARD_ROLE_ARN`, `SWEEP_FUNCTION_ARN`, the function's own name, and
    /// `OVERRIDES_PATH`.
    pub guard: Identity,
    /// Where it works: in the account of its role and the region that it runs in, and with
    /// `ORGANIZATION_ID` in `ORGANIZATION_REGIONS` of each account but `EXCLUDED_ACCOUNTS`.
    pub reach: Reach,
    /// `SWEEP_LIMIT`: how many domains a sweep puts back at the most; without it, all.
    pub sweep_limit: Option<usize>,
    /// `SWEEP_ACCOUNT_LIMIT`: how many of one account in a sweep of an organization; without it, all.
    pub sweep_account_limit: Option<usize>,
    /// `AWS_LAMBDA_FUNCTION_NAME`, else nothing: members see it as the name of the guard's sessions.
    pub function_name: String,
    /// `SWEEP_REQUESTS_PER_SECOND`
    pub sweep_requests_per_second: u32,
    /// `SWEEP_INTERVAL_MINUTES`
    pub sweep_interval: Duration,
    /// `NOTICE_HTTPS_FORM`: what https subscribers of the topic get.
    pub https_form: HttpsForm,
    /// `DOCS_URL`: where the folder `docs` is published, without a slash at its end. Notices link to it.
    pub docs_url: Option<String>,
    /// `OVERRIDE_MAX_HOURS`: how far ahead of its making an override may end.
    pub longest_override: Duration,
    /// AWS's own variables.
    pub aws: AwsSettings,
}

/// How Lambda wants log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// `AWS_LAMBDA_LOG_FORMAT` is `JSON`.
    pub json: bool,
    /// `AWS_LAMBDA_LOG_LEVEL`, else `RUST_LOG`, else `info`.
    pub level: String,
}

impl LogSettings {
    /// Reads the process's environment. A level that nobody knows counts as `info`.
    pub fn from_env() -> Self {
        let get = |name: &str| std::env::var(name).ok();
        Self {
            json: get("AWS_LAMBDA_LOG_FORMAT").is_some_and(|f| f.eq_ignore_ascii_case("json")),
            level: get("AWS_LAMBDA_LOG_LEVEL")
                .or_else(|| get("RUST_LOG"))
                .unwrap_or_else(|| "info".to_owned()),
        }
    }
}

/// `AWS_LAMBDA_RUNTIME_API`: the address at which Lambda takes a report of a failed start.
pub fn runtime_api() -> Option<String> {
    std::env::var("AWS_LAMBDA_RUNTIME_API").ok()
}

/// The variables that mean the same to every AWS tool.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsSettings {
    /// `AWS_REGION`
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<String>,
    /// `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`, else `AWS_ENDPOINT_URL`
    pub cognito_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SNS`, else `AWS_ENDPOINT_URL`
    pub sns_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_STS`, else `AWS_ENDPOINT_URL`
    pub sts_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SSM`, else `AWS_ENDPOINT_URL`
    pub ssm_endpoint: Option<String>,
    /// `AWS_USE_FIPS_ENDPOINT`
    pub use_fips: bool,
    /// `AWS_USE_DUALSTACK_ENDPOINT`
    pub use_dual_stack: bool,
    /// `SSL_CERT_FILE`: certificates to trust in place of the built-in ones.
    pub certificates: Option<PathBuf>,
}

// By hand, so that no secret can reach a log.
impl fmt::Debug for AwsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSettings")
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The ARN of an SNS topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicArn {
    /// The whole ARN.
    pub arn: String,
    /// Its region: the only one in which it can be published to.
    pub region: String,
}

/// A variable that is missing or malformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// Its name.
    pub variable: &'static str,
    /// What is wrong and what to write.
    pub problem: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "environment variable {}: {}", self.variable, self.problem)
    }
}

impl std::error::Error for SettingsError {}

/// Requests a second that a sweep allows itself when nothing else is said: about half of the quota
/// of 15, which is fixed and shared with everything else in the account.
const SWEEP_REQUESTS_PER_SECOND: u32 = 8;
/// How often a sweep comes when nothing else is said.
const SWEEP_INTERVAL: Duration = Duration::HOUR;
/// The longest that overrides may be allowed to last: a week. What should last longer is the baseline's.
const LONGEST_OVERRIDE: Duration = Duration::WEEK;
/// The quota of Cognito that a sweep shares.
const QUOTA: u32 = 15;

impl Settings {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads an environment given as a function.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let required = |variable: &'static str, example: &str| {
            get(variable).ok_or_else(|| SettingsError {
                variable,
                problem: format!("is not set; {example}"),
            })
        };
        let region = required("AWS_REGION", "Lambda sets it; elsewhere set it to a region")?;
        let notice_topic = topic_arn(required(
            "NOTICE_TOPIC_ARN",
            "set it to the ARN of the SNS topic that notices go to",
        )?)?;
        let (guard, home) = identity(
            required("GUARD_ROLE_ARN", "set it to the ARN of the function's own role")?,
            &region,
            get("AWS_LAMBDA_FUNCTION_NAME"),
            get("SWEEP_FUNCTION_ARN"),
            overrides(get("OVERRIDES_PATH"), &region)?,
        )?;
        let endpoint = |service: &str| {
            if get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|v| is_true(&v)) {
                return None;
            }
            get(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| get("AWS_ENDPOINT_URL"))
        };
        Ok(Self {
            baseline: match get("BASELINE") {
                Some(path) => vec![PathBuf::from(path)],
                None => [Some("/opt".to_owned()), get("LAMBDA_TASK_ROOT")]
                    .into_iter()
                    .flatten()
                    .map(|folder| PathBuf::from(folder).join("baseline.yaml"))
                    .collect(),
            },
            baseline_revision: get("BASELINE_REVISION").and_then(|text| revision(&text)),
            notice_topic,
            guard,
            reach: Reach { home, organization: organization::organization(get)? },
            function_name: get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            sweep_interval: sweep_interval(get("SWEEP_INTERVAL_MINUTES"))?,
            https_form: https_form(get("NOTICE_HTTPS_FORM"))?,
            docs_url: docs_url(get("DOCS_URL"))?,
            longest_override: longest_override(get("OVERRIDE_MAX_HOURS"))?,
            sweep_limit: sweep_limit("SWEEP_LIMIT", get("SWEEP_LIMIT"))?,
            sweep_account_limit: sweep_limit("SWEEP_ACCOUNT_LIMIT", get("SWEEP_ACCOUNT_LIMIT"))?,
            sweep_requests_per_second: requests_per_second(get("SWEEP_REQUESTS_PER_SECOND"))?,
            aws: AwsSettings {
                access_key_id: required("AWS_ACCESS_KEY_ID", "Lambda sets it from the role")?,
                secret_access_key: required(
                    "AWS_SECRET_ACCESS_KEY",
                    "Lambda sets it from the role",
                )?,
                session_token: get("AWS_SESSION_TOKEN"),
                cognito_endpoint: endpoint("COGNITO_IDENTITY_PROVIDER"),
                sns_endpoint: endpoint("SNS"),
                sts_endpoint: endpoint("STS"),
                ssm_endpoint: endpoint("SSM"),
                use_fips: get("AWS_USE_FIPS_ENDPOINT").is_some_and(|v| is_true(&v)),
                use_dual_stack: get("AWS_USE_DUALSTACK_ENDPOINT").is_some_and(|v| is_true(&v)),
                certificates: get("SSL_CERT_FILE").map(PathBuf::from),
                region,
            },
        })
    }
}

/// What names a commit, a tag or a branch, and nothing else of the text. Nothing hangs on it, so
/// nothing of it keeps the guard from starting.
fn revision(text: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let is_of_a_name = |c: &char| c.is_ascii_alphanumeric() || "-._/+~^".contains(*c);
    let revision: String = text.chars().filter(is_of_a_name).take(LONGEST).collect();
    (!revision.is_empty()).then_some(revision)
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

fn requests_per_second(value: Option<String>) -> Result<u32, SettingsError> {
    let Some(value) = value else {
        return Ok(SWEEP_REQUESTS_PER_SECOND);
    };
    value.parse().ok().filter(|rate| (1..=QUOTA).contains(rate)).ok_or_else(|| SettingsError {
        variable: "SWEEP_REQUESTS_PER_SECOND",
        problem: format!("{value:?} is not a whole number from 1 to {QUOTA}"),
    })
}

fn sweep_limit(
    variable: &'static str,
    value: Option<String>,
) -> Result<Option<usize>, SettingsError> {
    let Some(value) = value else {
        return Ok(None);
    };
    let limit: usize = value.parse().map_err(|_| SettingsError {
        variable,
        problem: format!("{value:?} is not a whole number; 0 is no limit"),
    })?;
    Ok((limit > 0).then_some(limit))
}

fn sweep_interval(value: Option<String>) -> Result<Duration, SettingsError> {
    let Some(value) = value else {
        return Ok(SWEEP_INTERVAL);
    };
    value
        .parse()
        .ok()
        .filter(|minutes| (1..=1_440).contains(minutes))
        .map(Duration::minutes)
        .ok_or_else(|| SettingsError {
            variable: "SWEEP_INTERVAL_MINUTES",
            problem: format!("{value:?} is not a whole number of minutes from 1 to 1440"),
        })
}

/// Where the overrides are. Another path than such a one would be read in vain, and nobody would know.
fn overrides(path: Option<String>, region: &str) -> Result<Option<Location>, SettingsError> {
    let Some(path) = path else { return Ok(None) };
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_level = |level: &str| !level.is_empty() && level.chars().all(is_of_a_name);
    if path.strip_prefix('/').is_some_and(|levels| levels.split('/').all(is_level)) {
        return Ok(Some(Location { path, region: region.to_owned() }));
    }
    Err(SettingsError {
        variable: "OVERRIDES_PATH",
        problem: format!(
            "{path:?} is not the path of SSM parameters; write /cognito-domain-guard/STACK/overrides, \
             or leave it out to have no overrides"
        ),
    })
}

fn longest_override(value: Option<String>) -> Result<Duration, SettingsError> {
    let Some(value) = value else {
        return Ok(DEFAULT_LONGEST);
    };
    let most = LONGEST_OVERRIDE.whole_hours();
    value.parse().ok().filter(|hours| (1..=most).contains(hours)).map(Duration::hours).ok_or_else(
        || SettingsError {
            variable: "OVERRIDE_MAX_HOURS",
            problem: format!("{value:?} is not a whole number of hours from 1 to {most}"),
        },
    )
}

fn https_form(value: Option<String>) -> Result<HttpsForm, SettingsError> {
    match value.as_deref() {
        None | Some("chat") => Ok(HttpsForm::Chat),
        Some("record") => Ok(HttpsForm::Record),
        Some(other) => Err(SettingsError {
            variable: "NOTICE_HTTPS_FORM",
            problem: format!("{other:?} is neither chat nor record"),
        }),
    }
}

/// Every notice shows it as a link, so it must be one, and nothing else.
fn docs_url(value: Option<String>) -> Result<Option<String>, SettingsError> {
    const LONGEST: usize = 200;
    let Some(url) = value else { return Ok(None) };
    let is_of_a_link = |c: char| c.is_ascii_alphanumeric() || "-._~/:@%+".contains(c);
    let is_link = url.strip_prefix("https://").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && rest.chars().all(is_of_a_link)
    });
    if !is_link || url.len() > LONGEST {
        return Err(SettingsError {
            variable: "DOCS_URL",
            problem: format!(
                "{url:?} is not an address that begins with https:// and has at most {LONGEST} \
                 characters"
            ),
        });
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
}

fn topic_arn(arn: String) -> Result<TopicArn, SettingsError> {
    let region = match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", region, account, name]
            if !region.is_empty() && is_account(account) && !name.is_empty() =>
        {
            (*region).to_owned()
        }
        _ => {
            return Err(SettingsError {
                variable: "NOTICE_TOPIC_ARN",
                problem: format!(
                    "{arn:?} is not the ARN of a topic; write \
                     arn:aws:sns:REGION:ACCOUNT:NAME"
                ),
            });
        }
    };
    Ok(TopicArn { arn, region })
}

/// Who and where the guard is, from its role's ARN, the name of this function and the ARN of the other.
fn identity(
    role_arn: String,
    region: &str,
    function_name: Option<String>,
    sweep_function_arn: Option<String>,
    overrides: Option<Location>,
) -> Result<(Identity, Place), SettingsError> {
    let (partition, account) = match role_arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "iam", "", account, role]
            if is_account(account) && role.starts_with("role/") =>
        {
            ((*partition).to_owned(), (*account).to_owned())
        }
        _ => {
            return Err(SettingsError {
                variable: "GUARD_ROLE_ARN",
                problem: format!(
                    "{role_arn:?} is not the ARN of a role; write arn:aws:iam::ACCOUNT:role/NAME"
                ),
            });
        }
    };
    let home = Place { partition, account, region: region.to_owned() };
    let own = function_name.map(|name| home.function_arn(&name));
    let function_arns = own.into_iter().chain(sweep_function_arn).collect();
    Ok((Identity { role_arn, function_arns, overrides }, home))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
