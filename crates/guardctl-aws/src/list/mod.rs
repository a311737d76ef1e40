//! `guardctl list`: every domain, with what Cognito says of it.

mod format;
mod regions;

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;

use cognito_domain_guard::baseline::{Baseline, Mode};
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;
use futures_util::StreamExt as _;
use futures_util::stream;
use guardctl::arguments::{List, ListFormat};
use guardctl::declared::{deployed, read_baseline};
use guardctl::exit::Exit;
use guardctl::interrupt::block_on;
use guardctl::{errln, out, outln};

use crate::credentials::Refused;
use crate::live::{Account, Live, Progress, Surveyed};
use crate::organization::Organization;
use crate::unread::{explain, explained};

/// Regions that are looked at at once: each has quotas of its own.
const AT_ONCE: usize = 8;

/// One domain, and where it is.
pub struct Listed {
    pub place: Place,
    pub domain: Domain,
    pub governed: Governed,
}

/// What a baseline has to do with a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Governed {
    /// No baseline was given.
    Unknown,
    /// It declares nothing for the domain.
    No,
    /// It declares something, and that is what is done about drift.
    Yes(Mode),
}

/// What was found.
#[derive(Default)]
struct Found {
    listed: Vec<Listed>,
    /// Accounts and regions that were looked at.
    places: BTreeSet<(String, String)>,
    /// What could not be read, line by line.
    problems: Vec<String>,
    /// Regions that the account has not enabled.
    not_enabled: Vec<String>,
}

pub fn run(arguments: &List) -> Result<ExitCode, Box<dyn Error>> {
    let baseline = match arguments.baseline.as_deref().or_else(|| deployed()) {
        Some(path) => Some(read_baseline(path)?),
        None => None,
    };
    let mut found = block_on(find(arguments, baseline.as_ref()))??;
    let key = |one: &Listed| {
        let Listed { place, domain, governed: _ } = one;
        (place.account.clone(), place.region.clone(), domain.name.clone())
    };
    found.listed.sort_by_key(key);
    match arguments.format {
        ListFormat::Text => {
            out!("{}", format::text(&found.listed, &found.places, baseline.as_ref()));
        }
        ListFormat::Json => {
            let all: Vec<_> = found.listed.iter().map(format::object).collect();
            outln!("{}", serde_json::to_string_pretty(&all)?);
        }
        ListFormat::Csv => out!("{}", format::csv(&found.listed)?),
        ListFormat::Markdown => out!("{}", format::markdown(&found.listed)),
    }
    for region in &found.not_enabled {
        errln!("note: {region} is not enabled for the account, passed over");
    }
    for problem in &found.problems {
        errln!("error: {problem}");
    }
    Ok(if found.problems.is_empty() { Exit::Good } else { Exit::Failed }.into())
}

async fn find(arguments: &List, baseline: Option<&Baseline>) -> Result<Found, Box<dyn Error>> {
    if arguments.across.organization {
        return across(arguments, baseline).await;
    }
    let mut found = Found::default();
    let profiles: Vec<Option<&str>> = match arguments.profile.as_slice() {
        [] => vec![None],
        profiles => profiles.iter().map(|profile| Some(profile.as_str())).collect(),
    };
    let progress = Progress::new();
    for profile in profiles {
        let account = Account::of(profile).await?;
        let regions = regions_of(arguments, &account).await?;
        let looks = regions.iter().map(async |region| {
            let live = account.connect(region.as_deref()).await?;
            let surveyed = live.survey(Vec::new(), &progress).await;
            Ok::<_, Refused>((live, surveyed))
        });
        let looked: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
        for (region, looked) in regions.iter().zip(looked) {
            match looked {
                Ok((live, surveyed)) => found.add(live, surveyed, baseline),
                Err(Refused::UnknownKey(_)) if arguments.all_regions => {
                    found.not_enabled.extend(region.clone());
                }
                Err(refused) => found.problems.push(refused.to_string()),
            }
        }
    }
    progress.done();
    Ok(found)
}

/// What is in every place of an organization.
async fn across(arguments: &List, baseline: Option<&Baseline>) -> Result<Found, Box<dyn Error>> {
    let List { region, profile, across, stack, .. } = arguments;
    let profile = match profile.as_slice() {
        [] => None,
        [profile] => Some(profile.as_str()),
        _ => return Err("--organization takes one --profile: that of the hub's account".into()),
    };
    let organization = Organization::seen_from(across, profile, region, stack).await?;
    let progress = Progress::new();
    let looked = organization.visit(async |live| {
        let surveyed = live.survey(Vec::new(), &progress).await;
        (live, surveyed)
    });
    let mut found = Found::default();
    for (place, looked) in looked.await {
        match looked {
            Ok((live, surveyed)) => found.add(live, surveyed, baseline),
            Err(error) => found.problems.push(explain(&place.reader_role_arn(), &error)),
        }
    }
    progress.done();
    Ok(found)
}

/// The regions to look at; `None` is that of the AWS CLI.
async fn regions_of(
    arguments: &List,
    account: &Account,
) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    if !arguments.all_regions {
        return Ok(match arguments.region.as_slice() {
            [] => vec![None],
            regions => regions.iter().cloned().map(Some).collect(),
        });
    }
    let home = account.connect(None).await.map_err(|refused| refused.to_string())?;
    Ok(regions::with_user_pools(&home).await?.into_iter().map(Some).collect())
}

impl Found {
    fn add(&mut self, live: Live, surveyed: Surveyed, baseline: Option<&Baseline>) {
        let place = live.place;
        // Two profiles may lead to one account.
        if !self.places.insert((place.account.clone(), place.region.clone())) {
            return;
        }
        let Surveyed { domains, missing: _, problems, pools: _ } = surveyed;
        let here = format!("account {} {}", place.account, place.region);
        self.problems.extend(explained(&problems).iter().map(|line| format!("{here}: {line}")));
        for domain in domains {
            let governed = match baseline.map(|baseline| baseline.governing(&domain.name, &place)) {
                None => Governed::Unknown,
                Some(governing) if governing.declares_nothing() => Governed::No,
                Some(governing) => Governed::Yes(governing.mode),
            };
            self.listed.push(Listed { place: place.clone(), domain, governed });
        }
    }
}
