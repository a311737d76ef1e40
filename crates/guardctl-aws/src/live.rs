//! The real AWS, with the credentials that the AWS CLI would use.

use std::error::Error;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::clients::{Roots, TIMEOUTS, https};
use cognito_domain_guard::cognito::Cognito;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::sdk::call_error;
use cognito_domain_guard::signed::Connection;
use cognito_domain_guard::survey::{Seen, survey};
use cognito_domain_guard::text::harmless;
use guardctl::arguments::Access;

use crate::credentials::{Profiles, Refused, WHO_AM_I};
use crate::sessions::Sts;
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
    let account = Account::of(access.profile.as_deref()).await?;
    let mut lives = Vec::new();
    let regions: Vec<_> = match access.region.as_slice() {
        [] => vec![None],
        regions => regions.iter().map(Some).collect(),
    };
    for region in regions {
        let live = account.connect(region.map(String::as_str)).await;
        lives.push(live.map_err(|refused| refused.to_string())?);
    }
    Ok(lives)
}

/// The credentials of a person, which lead to an account.
pub struct Account {
    profiles: Profiles,
    config: SdkConfig,
}

impl Account {
    /// With the credentials that the AWS CLI would use, of that profile if one is named.
    ///
    /// # Errors
    ///
    /// There are none, in a line that says what to type.
    pub async fn of(profile: Option<&str>) -> Result<Self, Box<dyn Error>> {
        let profiles = Profiles::read(profile).await?;
        let http = https(&Roots::System)?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let config = profiles.applied_to(loader.load().await, http).await?;
        Ok(Self { profiles, config })
    }

    /// Goes to that region, or to the one that the AWS CLI would go to.
    ///
    /// # Errors
    ///
    /// AWS does not take the credentials there, or nobody says which region.
    pub async fn connect(&self, region: Option<&str>) -> Result<Live, Refused> {
        let named = region.map(|region| aws_config::Region::new(region.to_owned()));
        let region = named.or_else(|| self.config.region().cloned());
        // A variable that is set to nothing names none.
        let region = region.filter(|region| !region.as_ref().is_empty()).ok_or_else(|| {
            Refused::Otherwise(
                "no region: pass --region, set AWS_REGION, or name one in the profile".to_owned(),
            )
        })?;
        let config = self.config.clone().into_builder().region(region.clone()).build();
        #[expect(clippy::disallowed_types, reason = "asks once who it is")]
        let caller = aws_sdk_sts::Client::new(&config)
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| call_error(WHO_AM_I, error))
            .map_err(|error| self.profiles.refused(&error, region.as_ref()))?;
        let arn = caller.arn.unwrap_or_default();
        let place = Place {
            partition: arn.split(':').nth(1).unwrap_or("aws").to_owned(),
            account: caller.account.unwrap_or_default(),
            region: region.to_string(),
        };
        Ok(Live { caller: arn, cognito: cognito(&config), place, config })
    }
}

impl Live {
    /// Another region of the same account, with the same credentials.
    pub fn elsewhere(&self, place: Place) -> Self {
        let config = in_region(&self.config, &place.region);
        Self { caller: self.caller.clone(), cognito: cognito(&config), place, config }
    }

    /// Another place, with a session that is for it alone.
    pub fn as_another(&self, place: Place, caller: String, credentials: Credentials) -> Self {
        let config = in_region(&self.config, &place.region)
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        Self { caller, cognito: cognito(&config), place, config }
    }

    /// STS of this region, with the caller's credentials.
    pub fn sts(&self) -> Sts {
        Sts::new(&self.config)
    }

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
    let config = cognito_config(config).build();
    Cognito::new(aws_sdk_cognitoidentityprovider::Client::from_conf(config))
}

/// The same as the configuration of a client to be.
pub fn cognito_config(config: &SdkConfig) -> aws_sdk_cognitoidentityprovider::config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(TIMEOUTS.connect)
        .operation_attempt_timeout(TIMEOUTS.attempt)
        .operation_timeout(TIMEOUTS.operation)
        .build();
    aws_sdk_cognitoidentityprovider::config::Builder::from(config).timeout_config(timeouts)
}

/// The same configuration for a call that no SDK is built for. An endpoint that the user names comes first.
///
/// # Errors
///
/// There are no credentials to sign it with.
pub async fn connection(
    config: &SdkConfig,
    action: &'static str,
    endpoint: &str,
    attempts: u32,
) -> Result<Connection, CallError> {
    let without = |why: &str| CallError {
        failure: Failure::Unavailable,
        action,
        code: None,
        message: why.to_owned(),
    };
    let provider =
        config.credentials_provider().ok_or_else(|| without("there are no credentials"))?;
    let credentials = provider.provide_credentials().await;
    let credentials = credentials.map_err(|error| without(&error.to_string()))?;
    Ok(Connection {
        credentials,
        endpoint: config.endpoint_url().unwrap_or(endpoint).to_owned(),
        http: config.http_client().ok_or_else(|| without("there is no HTTP client"))?,
        retries: RetryConfig::standard().with_max_attempts(attempts),
    })
}

/// The same configuration in another region.
pub fn in_region(config: &SdkConfig, region: &str) -> SdkConfig {
    config.clone().into_builder().region(Region::new(region.to_owned())).build()
}
