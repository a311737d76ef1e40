//! Whose credentials are used: those that the AWS CLI would use, and one line where there are none.

use std::error::Error;
use std::fmt;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::os_shim_internal::{Env, Fs};
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::text::harmless;
use time::OffsetDateTime;

use crate::shell::word;

/// The IAM action by which the caller is asked for.
pub const WHO_AM_I: &str = "sts:GetCallerIdentity";
/// How many profiles lead to one another. The AWS CLI knows no limit, but nobody has as many.
const LONGEST_CHAIN: usize = 10;

/// The profiles of the AWS configuration, and which of them was asked for.
pub struct Profiles {
    set: ProfileSet,
    /// By `--profile`, else by `AWS_PROFILE`.
    named: Option<String>,
    /// By `--profile`: it counts before the environment's keys, as for the AWS CLI.
    is_option: bool,
}

impl Profiles {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// It cannot be read, or has no profile of the name that was asked for.
    pub async fn read(option: Option<&str>) -> Result<Self, Box<dyn Error>> {
        let files = EnvConfigFiles::default();
        let set =
            aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await.map_err(
                |error| format!("the AWS configuration cannot be read: {}", innermost(&error)),
            )?;
        let by_environment = || std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
        let named = option.map(str::to_owned).or_else(by_environment);
        let profiles = Self { set, named, is_option: option.is_some() };
        match &profiles.named {
            Some(name) if profiles.set.get_profile(name).is_none() => {
                Err(profiles.unknown(name).into())
            }
            Some(_) | None => Ok(profiles),
        }
    }

    fn unknown(&self, name: &str) -> String {
        let mut known: Vec<&str> = self.set.profiles().collect();
        known.sort_unstable();
        let known = match known.as_slice() {
            [] => "which have none".to_owned(),
            known => format!("which have: {}", known.join(", ")),
        };
        let what = if self.is_option { "--profile" } else { "AWS_PROFILE" };
        format!(
            "{what}: there is no profile {} in {}, {}",
            shell_word(name),
            files(),
            harmless(&known)
        )
    }

    /// The profile whose credentials count, unless the environment has keys.
    fn profile(&self) -> Option<&Profile> {
        self.set.get_profile(self.named.as_deref().unwrap_or(self.set.selected_profile()))
    }

    /// Whose credentials they are, in a sentence.
    fn whose(&self) -> String {
        match &self.named {
            Some(name) => format!("profile {}", shell_word(name)),
            None if has_keys() => "the environment".to_owned(),
            None => "the default profile".to_owned(),
        }
    }

    /// The profile that logs in by SSO, of those that lead from the one that counts to its source.
    fn sso(&self) -> Option<&str> {
        let mut profile = self.profile().filter(|_| self.is_option || !has_keys())?;
        for _ in 0..LONGEST_CHAIN {
            if ["sso_session", "sso_start_url"].iter().any(|key| profile.get(key).is_some()) {
                return Some(profile.name());
            }
            profile = self.set.get_profile(profile.get("source_profile")?)?;
        }
        None
    }

    /// What a profile names that is not there. The SDK passes over it, and would look for other credentials.
    fn dangling(&self) -> Option<String> {
        let mut profile = self.profile().filter(|_| self.is_option || !has_keys())?;
        for _ in 0..LONGEST_CHAIN {
            let of = |key| profile.get(key).map(|value| (key, value));
            let by = shell_word(profile.name());
            if let Some((key, name)) = of("sso_session")
                && self.set.sso_session(name).is_none()
            {
                return Some(format!(
                    "profile {by} has {key} = {}, and there is no [sso-session] of that name in {}",
                    harmless(name),
                    files()
                ));
            }
            if let Some((key, path)) = of("web_identity_token_file")
                && !Path::new(path).exists()
            {
                return Some(format!(
                    "profile {by} has {key} = {}, and there is no such file",
                    harmless(path)
                ));
            }
            let (key, name) = of("source_profile")?;
            let Some(source) = self.set.get_profile(name) else {
                return Some(format!(
                    "profile {by} has {key} = {}, and there is no such profile in {}",
                    harmless(name),
                    files()
                ));
            };
            profile = source;
        }
        None
    }

    /// The same configuration with the credentials to use.
    ///
    /// # Errors
    ///
    /// There are none, or they cannot be had now: in a line that says what to type.
    pub async fn applied_to(
        &self,
        config: SdkConfig,
        http: SharedHttpClient,
    ) -> Result<SdkConfig, Box<dyn Error>> {
        if let Some(problem) = self.dangling() {
            return Err(problem.into());
        }
        let config = match &self.named {
            Some(name) if self.is_option => of_profile(name, config, http),
            Some(_) | None => config,
        };
        let mfa = self.profile().filter(|_| self.is_option || !has_keys()).and_then(Mfa::of);
        if let Some(mfa) = mfa {
            let credentials = self.with_code(&mfa, &config).await?;
            return Ok(with_provider(config, SharedCredentialsProvider::new(credentials)));
        }
        let provider = config.credentials_provider().ok_or_else(|| self.none())?;
        match provider.provide_credentials().await {
            Ok(_) => Ok(config),
            Err(error) => Err(self.unusable(&error).into()),
        }
    }

    /// Assumes the role of a profile that wants a code, once for all regions.
    async fn with_code(
        &self,
        mfa: &Mfa,
        config: &SdkConfig,
    ) -> Result<Credentials, Box<dyn Error>> {
        let code = asked_for_code(mfa)?;
        let source = of_profile(
            &mfa.source_profile,
            config.clone(),
            config.http_client().ok_or("no HTTP client")?,
        );
        let name = mfa.session_name.clone();
        let name = name
            .unwrap_or_else(|| format!("guardctl-{}", OffsetDateTime::now_utc().unix_timestamp()));
        #[expect(clippy::disallowed_types, reason = "assumes the role of a profile")]
        let answer = aws_sdk_sts::Client::new(&source)
            .assume_role()
            .role_arn(&mfa.role_arn)
            .role_session_name(name)
            .serial_number(&mfa.serial)
            .token_code(code)
            .set_external_id(mfa.external_id.clone())
            .set_duration_seconds(mfa.duration_seconds)
            .send()
            .await
            .map_err(|error| call_error("sts:AssumeRole", error))
            .map_err(|error| format!("{} of {}", error, self.whose()))?;
        let given = answer.credentials.ok_or("sts:AssumeRole gave no credentials")?;
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            given.expiration.try_into().ok(),
            "guardctl",
        ))
    }

    /// Whether anything says where credentials are to come from.
    fn has_source(&self) -> bool {
        const OF_A_PROFILE: [&str; 7] = [
            "aws_access_key_id",
            "role_arn",
            "sso_session",
            "sso_start_url",
            "credential_process",
            "web_identity_token_file",
            "credential_source",
        ];
        const OF_THE_ENVIRONMENT: [&str; 4] = [
            "AWS_ACCESS_KEY_ID",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ];
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let has = |profile: &Profile| OF_A_PROFILE.iter().any(|key| profile.get(key).is_some());
        self.profile().is_some_and(has) || OF_THE_ENVIRONMENT.into_iter().any(is_set)
    }

    fn none(&self) -> String {
        let of = self.named.as_deref().map(|name| format!(" in profile {}", shell_word(name)));
        format!(
            "there are no credentials{}: pass --profile, set AWS_PROFILE or AWS_ACCESS_KEY_ID, or make a profile \
             with aws configure sso",
            of.unwrap_or_default()
        )
    }

    /// What is wrong with credentials that could not be had.
    fn unusable(&self, error: &CredentialsError) -> String {
        // Then the SDK ends at the metadata of an instance, which most machines have not: its answer is no
        // reason that anybody could do something about.
        if !self.has_source() {
            return self.none();
        }
        if is_of_the_network(error) {
            return format!(
                "no network: the credentials of {} could not be fetched: {}",
                self.whose(),
                harmless(&innermost(error))
            );
        }
        if let Some(name) = self.sso() {
            return log_in("is missing or has expired", name);
        }
        match error {
            CredentialsError::CredentialsNotLoaded(_) => self.none(),
            CredentialsError::ProviderTimedOut(_)
            | CredentialsError::InvalidConfiguration(_)
            | CredentialsError::ProviderError(_)
            | CredentialsError::Unhandled(_)
            | _ => format!(
                "the credentials of {} cannot be used: {}",
                self.whose(),
                harmless(&innermost(error))
            ),
        }
    }

    /// What is wrong with credentials that AWS refused.
    pub fn refused(&self, error: &CallError, region: &str) -> Refused {
        let code = error.code.as_deref().unwrap_or_default();
        let region = harmless(region);
        let why = match code {
            "ExpiredToken" | "ExpiredTokenException" => match self.sso() {
                Some(name) => log_in("has expired", name),
                None => format!("the session of {} has expired: get new credentials", self.whose()),
            },
            "InvalidClientTokenId" | "UnrecognizedClientException" => {
                return Refused::UnknownKey(format!(
                    "AWS does not know the access key of {}, or region {region} is not enabled for the account",
                    self.whose()
                ));
            }
            "SignatureDoesNotMatch" | "InvalidSignatureException" => format!(
                "the secret key of {} does not fit its access key, or this machine's clock is wrong",
                self.whose()
            ),
            "" if error.failure == Failure::Unavailable => format!(
                "no network: AWS's STS of region {region} could not be reached: {}; check the region's name, \
                 the network and its proxy",
                harmless(&error.message)
            ),
            _ => format!(
                "{error}; the credentials are those of {}: aws sts get-caller-identity tries them, too",
                self.whose()
            ),
        };
        Refused::Otherwise(why)
    }
}

/// Why a region cannot be worked in.
pub enum Refused {
    /// AWS does not know the key there, as in a region that is not enabled.
    UnknownKey(String),
    /// Anything else.
    Otherwise(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey(why) | Self::Otherwise(why) => f.write_str(why),
        }
    }
}

/// A profile whose role wants a code of a device.
struct Mfa {
    serial: String,
    role_arn: String,
    source_profile: String,
    external_id: Option<String>,
    session_name: Option<String>,
    duration_seconds: Option<i32>,
}

impl Mfa {
    fn of(profile: &Profile) -> Option<Self> {
        let get = |key: &str| profile.get(key).map(str::to_owned);
        Some(Self {
            serial: get("mfa_serial")?,
            role_arn: get("role_arn")?,
            source_profile: get("source_profile")?,
            external_id: get("external_id"),
            session_name: get("role_session_name"),
            duration_seconds: get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        })
    }
}

/// Asks as the AWS CLI does.
fn asked_for_code(Mfa { serial, role_arn, .. }: &Mfa) -> Result<String, String> {
    let mut terminal = std::io::stderr();
    if !std::io::stdin().is_terminal() {
        return Err(format!(
            "role {} wants the code of {}, and there is no terminal to ask on: use credentials of \
             aws sts get-session-token --serial-number {} --token-code CODE",
            harmless(role_arn),
            harmless(serial),
            shell_word(serial)
        ));
    }
    // A question that cannot be shown is answered all the same, or not.
    let _ = write!(terminal, "Enter MFA code for {}: ", harmless(serial));
    let _ = terminal.flush();
    let mut code = String::new();
    std::io::stdin().lock().read_line(&mut code).map_err(|error| format!("no code: {error}"))?;
    Ok(code.trim().to_owned())
}

/// The files of the AWS configuration.
fn files() -> String {
    let file = |variable: &str, usual: &str| {
        let named = std::env::var(variable).ok().filter(|path| !path.is_empty());
        named.map_or_else(|| usual.to_owned(), |path| harmless(&path).into_owned())
    };
    let config = file("AWS_CONFIG_FILE", "~/.aws/config");
    format!("{config} or {}", file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
}

fn log_in(what: &str, profile: &str) -> String {
    let name = shell_word(profile);
    format!("the SSO login of profile {name} {what}: aws sso login --profile {name}")
}

/// The same configuration with the credentials of that profile and no others. The SDK would take the
/// environment's keys, and so perhaps another account.
fn of_profile(profile: &str, config: SdkConfig, http: SharedHttpClient) -> SdkConfig {
    let region: Option<Region> = config.region().cloned();
    let provider = ProviderConfig::default().with_region(region).with_http_client(http);
    let credentials = ProfileFileCredentialsProvider::builder()
        .configure(&provider)
        .profile_name(profile)
        .build();
    with_provider(config, SharedCredentialsProvider::new(credentials))
}

fn with_provider(config: SdkConfig, provider: SharedCredentialsProvider) -> SdkConfig {
    config.into_builder().credentials_provider(provider).build()
}

/// Whether the environment has keys, which count before a profile that no option names.
fn has_keys() -> bool {
    std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.is_empty())
}

/// A name out of the configuration, in a command.
fn shell_word(text: &str) -> String {
    word(&harmless(text))
}

fn is_of_the_network(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| cause.downcast_ref::<ConnectorError>().is_some())
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}
