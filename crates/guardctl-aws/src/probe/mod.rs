//! `guardctl probe`: what the endpoints of domains speak, whatever the API says of them.
//!
//! The crate of that name asks; here its answers are held against what Cognito reports and the baseline declares.
//! For another command: [`ask`] the custom domains by name, then [`Asked::against_reported`] for each.

mod json;
mod judge;
mod text;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use cognito_domain_guard::baseline::{Baseline, PolicyRule};
use cognito_domain_guard::domain::{Domain, Hosting, ObservedPolicy, SecurityPolicy};
use cognito_domain_guard_probe::{Chain, Fit, PATIENCE, Target, Trust, Wire, probe};
use futures_util::StreamExt as _;
use guardctl::arguments::{Access, Endpoint, Probe, ProbeFormat};
use guardctl::declared::{deployed, read_baseline};
use guardctl::exit::Exit;
use guardctl::interrupt::block_on;
use guardctl::{out, outln};
use time::OffsetDateTime;

pub use json::OfWire;
pub use judge::{Held, held};

use crate::live::{Live, connect};

/// How many endpoints are asked at once.
const AT_ONCE: usize = 8;

/// An endpoint, and what it answered.
pub struct Asked {
    /// As it was named.
    pub domain: String,
    /// What it answered, or why there was no connection.
    pub wire: Result<Wire, String>,
}

/// What Cognito says of a domain that was asked.
pub struct Reported {
    pub domain: Domain,
    /// What the baseline declares, as it is written, where, and what came of it.
    pub declared: Option<Declared>,
}

/// What a baseline declares of the policy.
pub struct Declared {
    pub rule: PolicyRule,
    /// `baseline.yaml:12:3`.
    pub place: String,
}

/// One domain of the command line.
pub struct Probed {
    pub asked: Asked,
    pub floor: Option<SecurityPolicy>,
    /// With `--live`; the reason where Cognito did not say.
    pub reported: Option<Result<Reported, String>>,
}

pub fn run(arguments: &Probe) -> Result<ExitCode, Box<dyn Error>> {
    let path = arguments.baseline.as_deref();
    let path = path.or_else(|| deployed().filter(|_| arguments.live));
    let baseline = path.map(read_baseline).transpose()?;
    let probed = block_on(probed(arguments, baseline.as_ref()))??;
    match arguments.format {
        ProbeFormat::Text => out!("{}", text::text(&probed)),
        ProbeFormat::Json => {
            let document = json::Document::of(&probed);
            outln!("{}", serde_json::to_string_pretty(&document)?);
        }
    }
    let worst = probed.iter().map(Probed::standing).max().unwrap_or(Standing::Good);
    Ok(worst.exit().into())
}

async fn probed(
    arguments: &Probe,
    baseline: Option<&Baseline>,
) -> Result<Vec<Probed>, Box<dyn Error>> {
    let Probe {
        domains,
        floor,
        connect: at,
        timeout,
        format: _,
        live,
        baseline: _,
        region,
        profile,
    } = arguments;
    let access = Access { region: region.clone(), profile: profile.clone() };
    let lives = if *live { connect(&access).await? } else { Vec::new() };
    let patience = Duration::from_secs(*timeout);
    let mut probed = Vec::new();
    for asked in ask(domains.iter().cloned(), at.as_ref(), patience).await {
        let host = asked.0.host.clone();
        let reported =
            if lives.is_empty() { None } else { Some(reported(&lives, &host, baseline).await) };
        probed.push(Probed { asked: asked.1, floor: *floor, reported });
    }
    Ok(probed)
}

/// Asks each endpoint, some at once, and gives them in the same order.
pub async fn ask(
    endpoints: impl IntoIterator<Item = Endpoint>,
    at: Option<&Endpoint>,
    patience: Duration,
) -> Vec<(Endpoint, Asked)> {
    let asking = endpoints.into_iter().map(|endpoint| async move {
        let at = at.map(|at| (at.host.clone(), at.port.or(endpoint.port).unwrap_or(443)));
        let target = Target { host: endpoint.host.clone(), port: endpoint.port(), at };
        let wire = probe(&target, patience, OffsetDateTime::now_utc()).await;
        let wire = wire.map_err(|unreachable| unreachable.to_string());
        let asked = Asked { domain: endpoint.to_string(), wire };
        (endpoint, asked)
    });
    futures_util::stream::iter(asking).buffered(AT_ONCE).collect().await
}

/// Asks the endpoints of custom domains, by their names.
pub async fn ask_custom<'a>(
    domains: impl IntoIterator<Item = &'a Domain>,
    at: Option<&Endpoint>,
) -> BTreeMap<String, Asked> {
    let custom = domains.into_iter().filter(|domain| match domain.hosting {
        Hosting::Custom(_) => true,
        Hosting::Prefix => false,
    });
    let endpoints = custom.map(|domain| Endpoint { host: domain.name.clone(), port: None });
    let asked = ask(endpoints.collect::<Vec<_>>(), at, PATIENCE).await;
    asked.into_iter().map(|(_, asked)| (asked.domain.clone(), asked)).collect()
}

/// What Cognito says of the domain, in the first of the regions that has it.
async fn reported(
    lives: &[Live],
    host: &str,
    baseline: Option<&Baseline>,
) -> Result<Reported, String> {
    for live in lives {
        // A prefix domain is described by its prefix.
        let prefix = host.split_once(".auth").filter(|_| host.ends_with(".amazoncognito.com"));
        let name = prefix.map_or(host, |(prefix, _)| prefix);
        let Some(domain) = live.cognito.describe(name).await.map_err(|error| error.to_string())?
        else {
            continue;
        };
        let governing = baseline.map(|baseline| (baseline, baseline.governing(name, &live.place)));
        let declared = governing.and_then(|(baseline, governing)| {
            let declared = governing.security_policy?;
            let at = declared.position;
            let place = format!("{}:{}:{}", baseline.name(), at.line, at.column);
            Some(Declared { rule: declared.value, place })
        });
        return Ok(Reported { domain, declared });
    }
    let regions: Vec<&str> = lives.iter().map(|live| live.place.region.as_str()).collect();
    Err(format!("Cognito has no such domain in {}: check --region", regions.join(", ")))
}

/// How an endpoint stands to what it is held against, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Good,
    Off,
    Unknown,
}

impl Standing {
    /// As the other commands end: that something could not be checked is said before that something is off.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Good => Exit::Good,
            Self::Off => Exit::Off,
            Self::Unknown => Exit::Failed,
        }
    }
}

impl Asked {
    /// Held against the policy that Cognito reports; nothing where there is none to hold it against.
    pub fn against_reported(&self, domain: &Domain) -> Option<Held> {
        let Hosting::Custom(custom) = &domain.hosting else { return None };
        let policy = custom.security_policy.in_effect()?;
        Some(match &self.wire {
            Ok(wire) => held(wire, PolicyRule::Exactly(policy)),
            Err(_) => Held::Unknown,
        })
    }

    fn standing(&self) -> Standing {
        let Ok(wire) = &self.wire else { return Standing::Unknown };
        let of_the_policy = match wire.fit() {
            Fit::Policy(policy) if wire.could_accept(policy).is_empty() => Standing::Good,
            // What it should refuse has no answer. The others of Cognito's are out, and one of CloudFront's may not be.
            Fit::Policy(_) => Standing::Unknown,
            // Enough for a floor, perhaps; that is held against it by itself.
            Fit::OneOf(_) | Fit::RefusesAll | Fit::Unknown => Standing::Unknown,
            Fit::NoPolicy => Standing::Off,
        };
        let of_the_certificate = match &wire.certificate {
            Err(_) => Standing::Unknown,
            Ok(Chain { trust, certificates: _, now: _ }) => match trust {
                Trust::Trusted => Standing::Good,
                Trust::Distrusted(_) => Standing::Off,
                Trust::NotChecked(_) => Standing::Unknown,
            },
        };
        of_the_policy.max(of_the_certificate)
    }
}

impl Probed {
    fn standing(&self) -> Standing {
        let Self { asked, floor: _, reported } = self;
        let held = self.held().into_iter().map(|(_, held)| held.standing());
        let unreported = match reported {
            Some(Err(_)) => Standing::Unknown,
            Some(Ok(_)) | None => Standing::Good,
        };
        held.fold(asked.standing().max(unreported), Ord::max)
    }

    /// All that it is held against, in words, and what came of it.
    fn held(&self) -> Vec<(String, Held)> {
        let Self { asked, floor, reported } = self;
        let against = |rule| asked.wire.as_ref().map_or(Held::Unknown, |wire| held(wire, rule));
        let mut all = Vec::new();
        if let Some(floor) = floor {
            all.push((format!("--floor {floor}"), against(PolicyRule::AtLeast(*floor))));
        }
        let Some(Ok(Reported { domain, declared })) = reported else { return all };
        if let Some(held) = asked.against_reported(domain) {
            let what =
                format!("Cognito reports {}{}", reported_policy(domain), unless_active(domain));
            all.push((what, held));
        }
        if let (Some(Declared { rule, place }), Hosting::Custom(_)) = (declared, &domain.hosting) {
            all.push((format!("the baseline declares {rule} ({place})"), against(*rule)));
        }
        all
    }
}

/// Where an endpoint is not as Cognito reports, or nobody knows.
pub struct Difference {
    pub standing: Standing,
    pub text: String,
}

impl Difference {
    /// Nothing where the endpoint is as reported, or there is nothing to hold it against.
    pub fn of(asked: &Asked, domain: &Domain) -> Option<Self> {
        let held = asked.against_reported(domain)?;
        let reported =
            format!("Cognito reports {}{}", reported_policy(domain), unless_active(domain));
        let text = match (&held, &asked.wire) {
            (Held::Kept, _) => return None,
            (_, Err(why)) => format!("its endpoint is not known: {why}"),
            (Held::Broken(_), Ok(_)) => {
                format!("its endpoint {}; {reported}", held.contradictions().join(", "))
            }
            (Held::Unknown, Ok(wire)) => {
                format!("its endpoint answered too little ({}); {reported}", wire.fit())
            }
        };
        Some(Self { standing: held.standing(), text })
    }
}

/// The policy that Cognito reports, in words.
pub fn reported_policy(domain: &Domain) -> String {
    match &domain.hosting {
        Hosting::Prefix => {
            "no policy: it is a prefix domain, and AWS sets that of all of them".to_owned()
        }
        Hosting::Custom(custom) => match &custom.security_policy {
            ObservedPolicy::Absent => "no policy, which counts as TLS_V1".to_owned(),
            ObservedPolicy::Known(policy) => policy.to_string(),
            ObservedPolicy::Unknown(name) => format!("{name}, which this guardctl does not know"),
        },
    }
}

/// Why an endpoint may not be as Cognito reports, and will be soon.
pub fn unless_active(domain: &Domain) -> String {
    match domain.status.as_str() {
        "ACTIVE" => String::new(),
        status => format!(" ({status}: a change takes some minutes to reach the endpoint)"),
    }
}
