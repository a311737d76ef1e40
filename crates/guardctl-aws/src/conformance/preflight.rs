//! What must be so before anything is made. `look` asks, `judge` is pure, and `facts` stands below both.

mod facts;
mod judge;

use std::net::ToSocketAddrs as _;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use cognito_domain_guard::baseline::{Baseline, Mode};
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::domain::Hosting;
use cognito_domain_guard::place::Place;
use time::OffsetDateTime;

use self::facts::{Credentials, Facts, Governs, Known, Resolved};
use super::aws::{Account, Certificates, Guards, distributions};
use super::wanted::{Custom, Wanted};
use crate::doctor::aws::Roles;
use crate::doctor::facts::Decision;
use crate::doctor::permissions::Needed;
use crate::live::{Live, Progress};

pub use self::facts::{Check, Outcome};
pub use self::judge::judge;

/// Asks for all of it. Only reads.
pub async fn look(
    live: &Live,
    account: &Account,
    wanted: &Wanted,
    events: Known<()>,
    output_exists: bool,
    left: Vec<String>,
) -> Facts {
    let kept_pool = match wanted.kept_pool() {
        Some(id) => Some((id.to_owned(), account.pools.describe(id).await)),
        None => None,
    };
    let (parent, name) = match &wanted.custom {
        Some(custom) => {
            let (parent, name) = addresses(custom).await;
            (Some(parent), Some(name))
        }
        None => (None, None),
    };
    let mut certificates = Vec::new();
    for arn in wanted.custom.iter().flat_map(certificates_of) {
        let region = arn.split(':').nth(3).unwrap_or_default();
        let found = Certificates::in_region(&live.config, region).named(arn).await;
        certificates.push((arn.to_owned(), found));
    }
    let distributions = match &wanted.custom {
        Some(_) => distributions(&live.config, &live.place.partition).await,
        None => Ok(Vec::new()),
    };
    let mut taken = Vec::new();
    for name in wanted.names() {
        taken.push((name.to_owned(), live.cognito.describe(name).await));
    }
    let custom_domains = match &wanted.custom {
        Some(_) => custom_domains(live, &left).await,
        None => Ok(0),
    };
    Facts {
        parent,
        name,
        certificates,
        distributions,
        taken,
        custom_domains,
        guards: guards(live, wanted).await,
        denied: denied(&live.config, &live.place, wanted, &live.caller).await,
        credentials: credentials(&live.config).await,
        events,
        output_exists,
        kept_pool,
        left,
    }
}

/// Whether the domain above has an IPv4 address, and what the name itself leads to. By the resolver of this
/// machine, on a thread of its own: it may take its time.
async fn addresses(custom: &Custom) -> (bool, Resolved) {
    let (parent, name) = (custom.parent().to_owned(), custom.name.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let resolve = |host: &str| -> Vec<_> {
            let found = (host, 443).to_socket_addrs().into_iter().flatten();
            let mut found: Vec<_> = found.map(|address| address.ip()).collect();
            found.sort_unstable();
            found
        };
        let has_address = resolve(&parent).iter().any(std::net::IpAddr::is_ipv4);
        let own = resolve(&name);
        let resolved = if own.is_empty() {
            Resolved::Nothing
        } else if own == resolve(&format!("guardctl-conformance-any.{parent}")) {
            Resolved::Wildcard
        } else {
            Resolved::Something
        };
        (has_address, resolved)
    });
    looked.await.unwrap_or((false, Resolved::Nothing))
}

fn certificates_of(custom: &Custom) -> impl Iterator<Item = &str> {
    let Custom {
        name: _,
        certificate_arn,
        second_certificate_arn,
        restricted_role_arn: _,
        replica: _,
    } = custom;
    std::iter::once(certificate_arn.as_str()).chain(second_certificate_arn.as_deref())
}

/// Those that stay: not what earlier runs left.
async fn custom_domains(live: &Live, left: &[String]) -> Result<usize, String> {
    let mut found = live.survey(Vec::new(), &Progress::new()).await;
    match found.problems.pop() {
        Some(problem) => Err(problem.to_string()),
        None => Ok(found
            .domains
            .iter()
            .filter(|domain| matches!(domain.hosting, Hosting::Custom(_)))
            .filter(|domain| !left.contains(&domain.user_pool_id))
            .count()),
    }
}

async fn guards(live: &Live, wanted: &Wanted) -> Known<Vec<(String, Governs)>> {
    let guards = Guards::new(&live.config).all(&live.place).await?;
    let governed = |baseline: Option<Baseline>| {
        let Some(baseline) = baseline else { return Governs::Unknown };
        let modes: Vec<Mode> = wanted
            .names()
            .map(|name| baseline.governing(name, &live.place))
            .filter(|governing| !governing.declares_nothing())
            .map(|governing| governing.mode)
            .collect();
        if modes.contains(&Mode::Enforce) {
            Governs::Enforces
        } else if modes.contains(&Mode::Audit) {
            Governs::Audits
        } else {
            Governs::No
        }
    };
    Ok(guards.into_iter().map(|(name, baseline)| (name, governed(baseline))).collect())
}

/// What the run calls.
pub fn actions(wanted: &Wanted) -> Vec<&'static str> {
    let mut actions = vec![
        "cognito-idp:CreateUserPool",
        "cognito-idp:CreateUserPoolDomain",
        "cognito-idp:DeleteUserPool",
        "cognito-idp:DeleteUserPoolDomain",
        "cognito-idp:DescribeUserPool",
        "cognito-idp:DescribeUserPoolDomain",
        "cognito-idp:ListUserPools",
        "cognito-idp:TagResource",
        "cognito-idp:UpdateUserPoolDomain",
        "cloudtrail:LookupEvents",
    ];
    if wanted.custom.is_some() {
        actions.extend(["acm:DescribeCertificate", "cloudfront:updateDistribution"]);
    }
    actions
}

/// Which of them IAM's simulator denies to the caller, who must be a user or a role for that.
async fn denied(
    config: &SdkConfig,
    place: &Place,
    wanted: &Wanted,
    caller_arn: &str,
) -> Known<Vec<String>> {
    const ACTION: &str = "iam:SimulatePrincipalPolicy";
    let unknown = |message: &str| CallError {
        failure: Failure::Rejected,
        action: ACTION,
        code: None,
        message: message.to_owned(),
    };
    let Place { partition, account, .. } = place;
    let resource = caller_arn.splitn(6, ':').nth(5).unwrap_or_default();
    let principal = match resource.split_once('/') {
        Some(("assumed-role", rest)) => {
            let role = rest.split('/').next().unwrap_or_default();
            if role.starts_with("AWSReservedSSO_") {
                return Err(unknown("the path of an SSO role is not known"));
            }
            format!("arn:{partition}:iam::{account}:role/{role}")
        }
        Some(("user", _)) => caller_arn.to_owned(),
        // The root user may do all of it.
        None if resource == "root" => return Ok(Vec::new()),
        Some(_) | None => return Err(unknown("the caller is neither a user nor a role")),
    };
    let needed =
        Needed { resource: "*".to_owned(), example: "*".to_owned(), actions: actions(wanted) };
    let mut denied = Vec::new();
    for permission in Roles::new(config).may(&principal, &needed).await {
        match permission.decision? {
            Decision::Allowed => {}
            Decision::Denied(_)
            | Decision::NotGranted
            | Decision::OutsideOrganization
            | Decision::OutsideBoundary => denied.push(permission.action.to_owned()),
        }
    }
    Ok(denied)
}

async fn credentials(config: &SdkConfig) -> Credentials {
    let Some(provider) = config.credentials_provider() else { return Credentials::Unknown };
    let Ok(found) = provider.provide_credentials().await else { return Credentials::Unknown };
    match (found.expiry(), found.session_token()) {
        (Some(_), _) => Credentials::Renewed,
        (None, None) => Credentials::Lasting,
        (None, Some(_)) => stated_end().map_or(Credentials::Unknown, Credentials::Until),
    }
}

/// What `aws configure export-credentials` and the like put beside the keys.
fn stated_end() -> Option<OffsetDateTime> {
    let text = std::env::var("AWS_CREDENTIAL_EXPIRATION").ok()?;
    OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339).ok()
}
