//! The real AWS, with the credentials that the AWS CLI would use.

use std::error::Error;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::timeout::TimeoutConfig;
use cognito_domain_guard::clients::{Roots, TIMEOUTS, https};
use cognito_domain_guard::cognito::Cognito;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::survey::{Seen, survey};
use cognito_domain_guard::text::harmless;
use guardctl::arguments::Access;

use crate::unread::Unread;

/// Requests a second, of a quota of 15 that is shared with everything else in the account.
const PER_SECOND: u32 = 8;

/// One account and region.
pub struct Live {
    pub place: Place,
    /// Who calls: the ARN of these credentials.
    pub caller: String,
    pub cognito: Cognito,
    /// For clients of other services.
    pub config: SdkConfig,
}

/// What a look at every domain of a region gave.
#[derive(Default)]
pub struct Surveyed {
    /// The domains, by name.
    pub domains: Vec<Domain>,
    /// Known names of which there is no domain.
    pub missing: Vec<String>,
    /// What could not be read.
    pub problems: Vec<Unread>,
    pub pools: usize,
}

/// Connects to each region that was asked for.
pub async fn connect(access: &Access) -> Result<Vec<Live>, Box<dyn Error>> {
    let http = https(&Roots::System)?;
    let load = async |region: Option<&String>| {
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        if let Some(profile) = &access.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(aws_config::Region::new(region.clone()));
        }
        loader.load().await
    };
    let mut lives = Vec::new();
    let regions: Vec<_> = match access.region.as_slice() {
        [] => vec![None],
        regions => regions.iter().map(Some).collect(),
    };
    for region in regions {
        let config = load(region).await;
        let config = match &access.profile {
            // As for the AWS CLI: a profile asked for by name counts before the environment's
            // keys. The SDK would take the keys, and so perhaps another account.
            Some(profile) => with_credentials_of(profile, config, http.clone()),
            None => config,
        };
        let region = config
            .region()
            .ok_or("no region: pass --region, set AWS_REGION, or name one in the profile")?
            .to_string();
        #[expect(clippy::disallowed_types, reason = "asks once who it is")]
        let caller = aws_sdk_sts::Client::new(&config)
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| call_error("sts:GetCallerIdentity", error))
            .map_err(|error| {
                format!("{error}; check the credentials with: aws sts get-caller-identity")
            })?;
        let arn = caller.arn.unwrap_or_default();
        let place = Place {
            partition: arn.split(':').nth(1).unwrap_or("aws").to_owned(),
            account: caller.account.unwrap_or_default(),
            region,
        };
        lives.push(Live { caller: arn, cognito: cognito(&config), place, config });
    }
    Ok(lives)
}

/// The same configuration with the credentials of that profile and no others.
fn with_credentials_of(profile: &str, config: SdkConfig, http: SharedHttpClient) -> SdkConfig {
    let provider =
        ProviderConfig::default().with_region(config.region().cloned()).with_http_client(http);
    let credentials = ProfileFileCredentialsProvider::builder()
        .configure(&provider)
        .profile_name(profile)
        .build();
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

impl Live {
    /// Looks at every domain, with progress on standard error if that is a terminal.
    pub async fn survey(&self, known: Vec<String>, progress: &Progress) -> Surveyed {
        let mut found = Surveyed::default();
        survey(
            &self.cognito,
            known,
            PER_SECOND,
            || false,
            |seen| {
                match seen {
                    Seen::Pool => found.pools += 1,
                    Seen::Unreadable { subject, error } => {
                        found.problems.push(Unread::call(subject, error));
                    }
                    Seen::Domain { name, described: Err(error), .. } => {
                        found.problems.push(Unread::call(name, error));
                    }
                    Seen::Domain { described: Ok(Some(domain)), .. } => found.domains.push(domain),
                    Seen::Domain { name, known: true, described: Ok(None) } => {
                        found.missing.push(name)
                    }
                    // Deleted between the look at its pool and the look at it.
                    Seen::Domain { known: false, described: Ok(None), .. } => {}
                }
                progress.say(&format!(
                    "{}: {} user pools, {} domains",
                    self.place.region,
                    found.pools,
                    found.domains.len()
                ));
            },
        )
        .await;
        progress.done();
        found.domains.sort_by(|a, b| a.name.cmp(&b.name));
        found.problems.sort_by(|a, b| a.subject.cmp(&b.subject));
        found
    }
}

/// One line on standard error that is written over and over; nothing where nobody watches.
pub struct Progress {
    is_shown: bool,
}

impl Progress {
    pub fn new() -> Self {
        use std::io::IsTerminal as _;
        Self { is_shown: std::io::stderr().is_terminal() }
    }

    pub fn say(&self, text: &str) {
        if self.is_shown {
            eprint!("\r\x1b[2K{}", harmless(text));
        }
    }

    pub fn done(&self) {
        if self.is_shown {
            eprint!("\r\x1b[2K");
        }
    }
}

/// Cognito with the configuration that the AWS CLI would use, and the Lambda's patience.
#[expect(clippy::disallowed_types, reason = "makes the client")]
pub fn cognito(config: &SdkConfig) -> Cognito {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(TIMEOUTS.connect)
        .operation_attempt_timeout(TIMEOUTS.attempt)
        .operation_timeout(TIMEOUTS.operation)
        .build();
    let config = aws_sdk_cognitoidentityprovider::config::Builder::from(config)
        .timeout_config(timeouts)
        .build();
    Cognito::new(aws_sdk_cognitoidentityprovider::Client::from_conf(config))
}
