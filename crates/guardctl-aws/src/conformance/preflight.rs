//! What must be so before anything is made. `look` asks; `judge` is pure.

use std::net::ToSocketAddrs as _;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use cognito_domain_guard::baseline::{Baseline, Mode};
use cognito_domain_guard::call::{CallError, Failure};
use cognito_domain_guard::domain::{Domain, Hosting};
use cognito_domain_guard::place::Place;
use time::OffsetDateTime;

use super::aws::{Account, Certificate, Certificates, Guards, PoolSeen};
use super::plan::whole;
use super::resources::{Leftover, NAME, TAG};
use super::steps::time_of_day;
use super::wanted::{Custom, Wanted};
use crate::doctor::aws::Roles;
use crate::doctor::facts::Decision;
use crate::doctor::permissions::Needed;
use crate::live::{Live, Progress};
use crate::unread::{explain, policy_to_paste};

/// How many custom domains a region of an account has room for.
const CUSTOM_DOMAINS: usize = 4;

/// A fact, or why it is not known.
type Known<T> = Result<T, CallError>;

/// What is there before the run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whether the domain above the custom one has an IPv4 address.
    pub parent: Option<bool>,
    /// What the name of the custom domain leads to already.
    pub name: Option<Resolved>,
    /// Each certificate that was named, by its ARN.
    pub certificates: Vec<(String, Known<Certificate>)>,
    /// What is described of each name that the run would make.
    pub taken: Vec<(String, Known<Option<Domain>>)>,
    /// The custom domains of the region.
    pub custom_domains: Result<usize, String>,
    /// The guards here that would act on one of the names, by the function's name; or of which that is not known.
    pub guards: Known<Vec<(String, Governs)>>,
    /// The calls that the caller may not make, as IAM simulates it.
    pub denied: Known<Vec<String>>,
    pub credentials: Credentials,
    /// Whether CloudTrail can be asked.
    pub events: Known<()>,
    pub output_exists: bool,
    /// The user pool that the custom domain is to be made on, where the run is given one.
    pub kept_pool: Option<(String, Known<Option<PoolSeen>>)>,
    /// The user pools that earlier runs left. What is on them is removed before this run begins.
    pub left: Vec<String>,
}

/// What a name leads to in the DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    Nothing,
    /// To the same as any other name beside it: an entry for `*`.
    Wildcard,
    Something,
}

/// Whether a guard would act on one of the run's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Governs {
    Enforces,
    /// It sends notices, and changes nothing.
    Audits,
    No,
    Unknown,
}

/// How long the credentials last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// An access key without an end.
    Lasting,
    /// The SDK gets new ones from where it got these.
    Renewed,
    /// Until then, and no longer.
    Until(OffsetDateTime),
    /// They end, and do not say when.
    Unknown,
}

/// One check, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub about: &'static str,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Fine(String),
    /// The run would fail or mean nothing. Says why, and what to do.
    Refused(String),
    /// It could not be checked, or is to be known. The person who is asked decides.
    Note(String),
}

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

/// What the facts mean for the run.
pub fn judge(facts: &Facts, wanted: &Wanted, place: &Place, now: OffsetDateTime) -> Vec<Check> {
    let Facts {
        parent,
        name,
        certificates,
        taken,
        custom_domains,
        guards,
        denied,
        credentials,
        events,
        output_exists,
        kept_pool,
        left,
    } = facts;
    let mut checks = Vec::new();
    let mut add = |about, outcome| checks.push(Check { about, outcome });
    if *output_exists {
        let why = "it is there already: pass --output with another name, or move it away";
        add("the file", Outcome::Refused(why.to_owned()));
    }
    add("credentials", judge_credentials(*credentials, wanted, now));
    add("permissions", judge_permissions(denied));
    if let Some(custom) = &wanted.custom {
        add("the domain above", judge_parent(*parent, custom.parent()));
        add("the name", judge_name(*name, &custom.name));
        for (arn, found) in certificates {
            add("certificate", judge_certificate(arn, found, custom, &place.partition));
        }
        add("room", judge_room(custom_domains));
    }
    for (name, found) in taken {
        add("free", judge_free(name, found, left));
    }
    if let Some((id, found)) = kept_pool {
        add("replicated user pool", judge_kept_pool(id, found, left));
    }
    add("no guard", judge_guards(guards));
    if let Err(error) = events {
        let note = format!("{error}: the shape of events will not be compared");
        add("events", Outcome::Note(note));
    }
    checks
}

fn judge_credentials(credentials: Credentials, wanted: &Wanted, now: OffsetDateTime) -> Outcome {
    let ends = now + whole(wanted);
    match credentials {
        Credentials::Lasting => Outcome::Fine("an access key without an end".to_owned()),
        Credentials::Renewed => {
            Outcome::Fine("temporary, and renewed by the SDK when they end".to_owned())
        }
        Credentials::Until(until) if until < ends + Duration::from_secs(10 * 60) => {
            Outcome::Refused(format!(
                "they end at {}, and the run takes until about {}: sign in again, or use a profile that renews them",
                time_of_day(until),
                time_of_day(ends)
            ))
        }
        Credentials::Until(until) => {
            Outcome::Fine(format!("they last until {}", time_of_day(until)))
        }
        Credentials::Unknown => Outcome::Note(format!(
            "they are temporary and do not say when they end: the run needs them until about {}",
            time_of_day(ends)
        )),
    }
}

fn judge_permissions(denied: &Known<Vec<String>>) -> Outcome {
    match denied {
        Ok(denied) if denied.is_empty() => {
            Outcome::Fine("IAM's simulator allows each call".to_owned())
        }
        Ok(denied) => Outcome::Refused(format!(
            "missing; allow them with this policy:\n{}",
            policy_to_paste(denied.iter().map(String::as_str))
        )),
        Err(error) => Outcome::Note(format!(
            "not checked ({error}): the run stops at the first call that is denied, and removes what it made"
        )),
    }
}

fn judge_parent(parent: Option<bool>, name: &str) -> Outcome {
    match parent {
        Some(true) => Outcome::Fine(format!("{name} has an A record")),
        Some(false) | None => Outcome::Refused(format!(
            "{name} has no A record, which Cognito asks for: make one, of any address"
        )),
    }
}

fn judge_name(name: Option<Resolved>, domain: &str) -> Outcome {
    match name {
        Some(Resolved::Nothing) | None => Outcome::Fine(format!("{domain} leads nowhere yet")),
        Some(Resolved::Wildcard) => Outcome::Fine(format!(
            "{domain} leads where an entry for * does, and has none of its own"
        )),
        Some(Resolved::Something) => Outcome::Refused(format!(
            "{domain} has an entry in the DNS, so something may use it: take a name that nothing uses"
        )),
    }
}

fn judge_certificate(
    arn: &str,
    found: &Known<Certificate>,
    custom: &Custom,
    partition: &str,
) -> Outcome {
    let region = arn.split(':').nth(3).unwrap_or_default();
    if partition == "aws" && region != "us-east-1" {
        return Outcome::Refused(format!("{arn} is not in us-east-1, where Cognito looks for it"));
    }
    match found {
        Ok(Certificate { status, names: _ }) if status != "ISSUED" => {
            Outcome::Refused(format!("{arn} is {status}, not ISSUED"))
        }
        Ok(Certificate { status: _, names }) if !names.iter().any(|n| covers(n, &custom.name)) => {
            Outcome::Refused(format!("{arn} is for {}, not for {}", names.join(", "), custom.name))
        }
        Ok(Certificate { status: _, names: _ }) => {
            Outcome::Fine(format!("ISSUED, and covers {}", custom.name))
        }
        Err(error) if error.failure == Failure::Gone => {
            Outcome::Refused(format!("{arn} is not there: {error}"))
        }
        Err(error) => Outcome::Note(format!("not checked: {error}")),
    }
}

/// Whether a certificate's name is for a host: the same one, or `*` in place of its first label.
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    name == host
        || name.strip_prefix("*.").is_some_and(|parent| {
            host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent)
        })
}

fn judge_room(custom_domains: &Result<usize, String>) -> Outcome {
    match custom_domains {
        Ok(found) if *found < CUSTOM_DOMAINS => Outcome::Fine(format!(
            "{found} of the region's {CUSTOM_DOMAINS} custom domains are there"
        )),
        Ok(found) => Outcome::Refused(format!(
            "the region has room for {CUSTOM_DOMAINS} custom domains, and {found} are there: use another region"
        )),
        Err(error) => Outcome::Note(format!("not checked: {error}")),
    }
}

fn judge_free(name: &str, found: &Known<Option<Domain>>, left: &[String]) -> Outcome {
    match found {
        Ok(None) => Outcome::Fine(format!("{name} is on no user pool that can be seen from here")),
        Ok(Some(domain)) if left.contains(&domain.user_pool_id) => {
            let still = match domain.hosting {
                Hosting::Custom(_) => {
                    "; its alias may stay taken for a while, and the creation then be refused"
                }
                Hosting::Prefix => "",
            };
            Outcome::Note(format!(
                "{name} is what an earlier run left, and is removed first{still}"
            ))
        }
        Ok(Some(domain)) => Outcome::Refused(format!(
            "{name} is there already, on user pool {} ({}): take another name",
            domain.user_pool_id, domain.status
        )),
        Err(error) => Outcome::Refused(explain(name, error)),
    }
}

fn judge_kept_pool(id: &str, found: &Known<Option<PoolSeen>>, left: &[String]) -> Outcome {
    match found {
        Ok(None) => Outcome::Refused(format!("{id} is not in this account and region")),
        Ok(Some(pool)) => match Leftover::of(pool.clone()) {
            Some(marked) if !marked.stays() => Outcome::Refused(format!(
                "{id} was made by an earlier run, and is removed: make one for yourself"
            )),
            // What an earlier run left on it is listed, confirmed and removed first.
            Some(marked) if marked.domains().is_empty() || left.iter().any(|left| left == id) => {
                Outcome::Fine(format!("{id} has the name and the tag, and stays"))
            }
            Some(marked) => Outcome::Refused(format!(
                "{id} has the custom domain {} already",
                marked.domains().join(", ")
            )),
            None => Outcome::Refused(format!(
                "{id} is not this command's to use: name a pool that you made for it {NAME}replicated, and tag it \
                 {TAG}=replicated"
            )),
        },
        Err(error) => Outcome::Refused(explain(id, error)),
    }
}

fn judge_guards(guards: &Known<Vec<(String, Governs)>>) -> Outcome {
    let of = |wanted| {
        let found = guards.iter().flatten().filter(move |(_, governs)| *governs == wanted);
        found.map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ")
    };
    let (acting, unknown) = (of(Governs::Enforces), of(Governs::Unknown));
    let auditing = of(Governs::Audits);
    match guards {
        Err(error) => Outcome::Note(format!(
            "not checked ({error}): a guard that governs the name would change it meanwhile, and the answers would \
             be the guard's"
        )),
        Ok(_) if !acting.is_empty() => Outcome::Refused(format!(
            "the baseline of {acting} governs a name of this run, and the guard would put back what is measured: \
             take a name that no entry and no default covers, or another account"
        )),
        Ok(_) if !unknown.is_empty() => Outcome::Note(format!(
            "the baseline of {unknown} could not be read: it must not govern the name"
        )),
        Ok(_) if !auditing.is_empty() => Outcome::Note(format!(
            "{auditing} audits the names of this run: it changes nothing, and sends notices about them"
        )),
        Ok(_) => Outcome::Fine(
            "no guard of this account and region governs a name of this run. A hub in another account cannot be \
             seen from here"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests;
