//! What the live domains speak, and how that stands to the baseline. Pure.

use std::collections::BTreeMap;

use cognito_domain_guard::domain::SecurityPolicy;
use cognito_domain_guard::plan::AttributeValue;
use cognito_domain_guard::words::words;
use serde::Serialize;

use super::evidence::{Planned, PlannedCertificate, PlannedChange, PlannedDomain, PlannedEndpoint};

words! {
    /// How a domain stands to its baseline.
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum Standing {
        /// As it is declared.
        AtBaseline = "at_baseline",
        /// Off what is declared, and all of it is allowed for a while.
        Exempt = "exempt",
        /// Off its baseline.
        Off = "off",
        /// Declared, and there is no such domain.
        Missing = "missing",
        /// The baseline declares nothing for it.
        NotGoverned = "not_governed",
    }
}

impl Standing {
    pub const fn label(self) -> &'static str {
        match self {
            Self::AtBaseline => "at the baseline",
            Self::Exempt => "exempt",
            Self::Off => "off the baseline",
            Self::Missing => "declared, but there is none",
            Self::NotGoverned => "not governed",
        }
    }
}

/// The live domains.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Posture {
    /// When they were read, RFC 3339: of several places the earliest.
    pub read_at: String,
    /// The digest of the baseline that they were held against.
    pub baseline_digest: String,
    /// How many domains stand how.
    pub standings: Vec<OfStanding>,
    /// How many domains have which TLS policy in effect, the weakest first.
    pub policies: Vec<OfPolicy>,
    /// The same by account.
    pub accounts: Vec<OfAccount>,
    pub domains: Vec<Domain>,
    /// What could not be read.
    pub problems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfStanding {
    pub standing: Standing,
    pub domains: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfPolicy {
    /// Cognito's name of the policy; `prefix` for domains of Cognito's own, whose TLS is AWS's.
    pub policy: String,
    pub domains: usize,
    /// How many of them the baseline governs.
    pub governed: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OfAccount {
    pub account: String,
    pub account_name: Option<String>,
    pub owner: Option<String>,
    /// Its regions that were looked at.
    pub regions: Vec<String>,
    pub standings: Vec<OfStanding>,
}

/// One domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Domain {
    pub domain: String,
    pub partition: String,
    pub account: String,
    pub region: String,
    pub user_pool_id: Option<String>,
    /// `custom` or `prefix`; null where there is no such domain.
    pub hosting: Option<String>,
    /// Cognito's word, such as `ACTIVE`.
    pub status: Option<String>,
    /// The TLS policy in effect, as in `policies`; null where there is no such domain.
    pub policy: Option<String>,
    /// What its endpoint answered; null where nobody asked it (`--probe`).
    pub endpoint: Option<Endpoint>,
    /// `enforce` or `audit`.
    pub mode: String,
    pub standing: Standing,
    /// Why the guard does not put it back, where it does not.
    pub reason: Option<String>,
    /// What is off the baseline, in words.
    pub off: Vec<String>,
    /// What is allowed for a while.
    pub exceptions: Vec<Allowed>,
}

/// What the endpoint of a domain answered, whatever Cognito says of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Endpoint {
    /// Cognito's policies that answer so, weakest first: one, several where too little is known, none where
    /// nothing fits.
    pub policies: Vec<String>,
    /// Whether it has the policy that Cognito reports; null where too little was answered.
    pub as_reported: Option<bool>,
    /// How it has not, or why that is not known.
    pub difference: Option<String>,
    /// Whole days until its certificate ends, below zero where it has; null where there was no handshake.
    pub certificate_days_left: Option<i64>,
    /// Why the certificate is not trusted here, or was not shown.
    pub certificate_problem: Option<String>,
}

/// Drift of a live domain that is allowed for a while.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Allowed {
    pub attribute: String,
    pub observed: String,
    /// RFC 3339.
    pub until: String,
    pub reason: String,
    pub owner: Option<String>,
    pub ticket: Option<String>,
    /// Where it is written: `FILE:LINE`, or the SSM parameter of an override.
    pub written: String,
}

impl Posture {
    /// What a plan says; `None` of one without an account and region.
    pub fn of(planned: Vec<Planned>) -> Option<Self> {
        let read_at = planned.iter().map(|one| one.time.clone()).min()?;
        let mut digests: Vec<_> = planned.iter().map(|one| one.baseline.digest.clone()).collect();
        digests.sort();
        digests.dedup();
        let (mut domains, mut problems) = (Vec::new(), Vec::new());
        let mut accounts: BTreeMap<String, OfAccount> = BTreeMap::new();
        for place in planned {
            let Planned { account, account_name, owner, region, partition, baseline, .. } = &place;
            let of = accounts.entry(account.clone()).or_insert_with(|| OfAccount {
                account: account.clone(),
                account_name: account_name.clone(),
                owner: owner.clone(),
                regions: Vec::new(),
                standings: Vec::new(),
            });
            if !of.regions.contains(region) {
                of.regions.push(region.clone());
            }
            for problem in &place.problems {
                let (subject, message) = (&problem.subject, &problem.message);
                problems.push(format!("account {account} {region}: {subject}: {message}"));
            }
            for domain in &place.domains {
                domains.push(Domain::of(domain, [partition, account, region], &baseline.file));
            }
        }
        domains.sort_by(|one, other| {
            (&one.account, &one.region, &one.domain).cmp(&(
                &other.account,
                &other.region,
                &other.domain,
            ))
        });
        // Two plans may be of one account and region.
        domains.dedup_by(|one, other| {
            one.account == other.account && one.region == other.region && one.domain == other.domain
        });
        for of in accounts.values_mut() {
            of.standings = standings(domains.iter().filter(|one| one.account == of.account));
        }
        Some(Self {
            read_at,
            baseline_digest: digests.join(", "),
            standings: standings(domains.iter()),
            policies: policies(&domains),
            accounts: accounts.into_values().collect(),
            domains,
            problems,
        })
    }

    pub fn count(&self, standing: Standing) -> usize {
        count(&self.standings, standing)
    }

    /// Domains whose endpoint was asked: all of them, those that speak something else than Cognito reports, and
    /// those of which that is not known. `None` where nobody asked.
    pub fn asked(&self) -> Option<[usize; 3]> {
        let asked: Vec<_> = self.domains.iter().filter_map(|one| one.endpoint.as_ref()).collect();
        let count = |answer| asked.iter().filter(|one| one.as_reported == answer).count();
        (!asked.is_empty()).then(|| [asked.len(), count(Some(false)), count(None)])
    }

    /// Domains that the baseline governs.
    pub fn governed(&self) -> usize {
        let governed = self.domains.iter();
        governed.filter(|one| one.standing != Standing::NotGoverned).count()
    }
}

pub fn count(standings: &[OfStanding], standing: Standing) -> usize {
    standings.iter().find(|one| one.standing == standing).map_or(0, |one| one.domains)
}

impl Domain {
    fn of(one: &PlannedDomain, [partition, account, region]: [&String; 3], file: &str) -> Self {
        let PlannedDomain {
            domain,
            user_pool_id,
            hosting,
            status,
            mode,
            governed,
            at_baseline,
            reason,
            observed,
            endpoint,
            changes,
            exempt,
        } = one;
        let standing = match (observed, governed) {
            (_, false) => Standing::NotGoverned,
            (None, true) => Standing::Missing,
            (Some(_), true) if *at_baseline => Standing::AtBaseline,
            (Some(_), true) if changes.is_empty() && !exempt.is_empty() => Standing::Exempt,
            (Some(_), true) => Standing::Off,
        };
        let policy = observed.as_ref().map(|observed| match hosting.as_deref() {
            Some("custom") => match &observed.security_policy {
                // Cognito names none where the oldest is in effect.
                AttributeValue::None => SecurityPolicy::TlsV1.as_str().to_owned(),
                named @ (AttributeValue::Text(_)
                | AttributeValue::Version(_)
                | AttributeValue::Failover(_)) => named.to_string(),
            },
            Some(_) | None => PREFIX.to_owned(),
        });
        let off = changes.iter().map(|change| {
            let PlannedChange { attribute, observed, baseline, desired } = change;
            format!(
                "{attribute} is {observed}; the baseline says {baseline}, so it should be {desired}"
            )
        });
        let allowed = exempt.iter().map(|one| Allowed {
            attribute: one.attribute.clone(),
            observed: one.observed.to_string(),
            until: one.until.clone(),
            reason: one.reason.clone(),
            owner: one.owner.clone(),
            ticket: one.ticket.clone(),
            written: match (&one.parameter, one.line) {
                (Some(parameter), _) => parameter.clone(),
                (None, Some(line)) => format!("{file}:{line}"),
                (None, None) => file.to_owned(),
            },
        });
        Self {
            domain: domain.clone(),
            partition: partition.clone(),
            account: account.clone(),
            region: region.clone(),
            user_pool_id: user_pool_id.clone(),
            hosting: hosting.clone(),
            status: status.clone(),
            policy,
            endpoint: endpoint.clone().map(Endpoint::of),
            mode: mode.clone(),
            standing,
            reason: reason.clone(),
            off: off.collect(),
            exceptions: allowed.collect(),
        }
    }
}

impl Endpoint {
    fn of(planned: PlannedEndpoint) -> Self {
        let PlannedEndpoint {
            problem,
            policies,
            as_reported,
            difference,
            certificate,
            certificate_problem,
        } = planned;
        let (why_not, certificate_days_left) = match certificate {
            Some(PlannedCertificate { why_not, days_left }) => (why_not, days_left),
            None => (None, None),
        };
        Self {
            policies,
            as_reported,
            difference: difference.or(problem),
            certificate_days_left,
            certificate_problem: certificate_problem.or(why_not),
        }
    }

    /// What people read of it.
    pub fn in_words(&self) -> String {
        let policy = match (&self.difference, self.as_reported) {
            (Some(difference), _) => difference.clone(),
            (None, Some(true)) => "the endpoint speaks it".to_owned(),
            (None, Some(false) | None) => "what the endpoint speaks is not known".to_owned(),
        };
        match (&self.certificate_problem, self.certificate_days_left) {
            (Some(problem), _) => format!("{policy}; certificate: {problem}"),
            (None, Some(days)) => format!("{policy}; its certificate ends in {days} d"),
            (None, None) => policy,
        }
    }
}

/// What stands for the policy of a domain of Cognito's own.
pub const PREFIX: &str = "prefix";

fn standings<'a>(domains: impl Iterator<Item = &'a Domain>) -> Vec<OfStanding> {
    let mut counts = Standing::ALL.map(|standing| OfStanding { standing, domains: 0 });
    for domain in domains {
        for one in &mut counts {
            one.domains += usize::from(one.standing == domain.standing);
        }
    }
    counts.into()
}

fn policies(domains: &[Domain]) -> Vec<OfPolicy> {
    let mut found: BTreeMap<(usize, &str), (usize, usize)> = BTreeMap::new();
    let known = SecurityPolicy::WORDS;
    for domain in domains {
        let Some(policy) = domain.policy.as_deref() else { continue };
        // What is newer than this program comes after what it knows, and prefix domains last.
        let rank = match known.iter().position(|name| *name == policy) {
            Some(rank) => rank,
            None if policy == PREFIX => known.len() + 1,
            None => known.len(),
        };
        let (count, governed) = found.entry((rank, policy)).or_default();
        *count += 1;
        *governed += usize::from(domain.standing != Standing::NotGoverned);
    }
    let each = found.into_iter().map(|((_, policy), (domains, governed))| OfPolicy {
        policy: policy.to_owned(),
        domains,
        governed,
    });
    each.collect()
}
