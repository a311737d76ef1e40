//! `guardctl plan`: live domains against the baseline, and nothing is changed.

mod json;
pub mod markdown;
mod sarif;
mod text;
mod together;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;

use cognito_domain_guard::baseline::{Baseline, DomainName};
use cognito_domain_guard::place::Place;
use cognito_domain_guard::plan::Purpose;
use cognito_domain_guard::text::counted;
use guardctl::arguments::{Endpoint, PlanFormat, Selection};
use guardctl::declared::read_baseline_to_enforce;
use guardctl::exit::Exit;
use guardctl::interrupt::block_on;
use guardctl::{out, outln};
use time::OffsetDateTime;

pub use text::text;

use crate::live::{Live, Progress, Surveyed, connect};
use crate::look::{Looked, Standing};
use crate::organization::Organization;
use crate::overrides::in_force::InForce;
use crate::probe::{self, Asked, Difference, ask_custom};
use crate::unread::Unread;

/// One account and region, and what was seen there.
pub struct Region {
    pub place: Place,
    /// What calls it; `None` where it could not be entered.
    pub live: Option<Live>,
    /// What people allow or stop there for a while.
    pub in_force: InForce,
    pub looked: Vec<Looked>,
    pub problems: Vec<Unread>,
    /// What the endpoints of custom domains answered, by their names; empty where nobody asked them.
    pub asked: BTreeMap<String, Asked>,
}

impl Region {
    /// Where nothing has been looked at.
    pub const fn unseen(place: Place, live: Option<Live>, in_force: InForce) -> Self {
        Self {
            place,
            live,
            in_force,
            looked: Vec::new(),
            problems: Vec::new(),
            asked: BTreeMap::new(),
        }
    }

    /// Where the endpoint of a domain was asked, and is not as Cognito reports.
    pub fn difference(&self, looked: &Looked) -> Option<Difference> {
        Difference::of(self.asked.get(&looked.name)?, looked.domain.as_ref()?)
    }
}

pub fn run(arguments: &guardctl::arguments::Plan) -> Result<ExitCode, Box<dyn Error>> {
    let baseline = read_baseline_to_enforce(&arguments.selection.baseline)?;
    let regions = block_on(async {
        let selection = &arguments.selection;
        let mut regions = if arguments.across.organization {
            let Selection { access, stack, .. } = selection;
            let (across, profile) = (&arguments.across, access.profile.as_deref());
            let seen = Organization::seen_from(across, profile, &access.region, stack);
            across_all(seen.await?, selection, &baseline).await
        } else {
            plan(selection, &baseline).await?
        };
        if arguments.probe {
            ask_endpoints(&mut regions, arguments.connect.as_ref()).await;
        }
        Ok::<_, Box<dyn Error>>(regions)
    })??;
    let not_compared = not_compared(&regions, &baseline);
    match arguments.format {
        PlanFormat::Text => out!("{}", text(&regions, &baseline)),
        PlanFormat::Markdown => out!("{}", markdown::markdown(&regions, &baseline)),
        PlanFormat::Json => {
            let document = json::Document::of(&regions, &baseline, OffsetDateTime::now_utc());
            outln!("{}", serde_json::to_string_pretty(&document)?);
        }
        PlanFormat::Sarif => {
            let path = &arguments.selection.baseline;
            let now = OffsetDateTime::now_utc();
            let log = sarif::sarif(&regions, path, not_compared.as_deref(), now);
            outln!("{}", serde_json::to_string_pretty(&log)?);
        }
    }
    if let Some(problem) = not_compared {
        return Err(problem.into());
    }
    Ok(exit(&regions).into())
}

/// Asks the endpoints of custom domains what they speak.
pub async fn ask_endpoints(regions: &mut [Region], at: Option<&Endpoint>) {
    for region in regions {
        let domains = region.looked.iter().filter_map(|looked| looked.domain.as_ref());
        region.asked = ask_custom(domains, at).await;
    }
}

/// What `--format json` prints.
pub fn to_json(
    regions: &[Region],
    baseline: &Baseline,
    now: OffsetDateTime,
) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(json::Document::of(regions, baseline, now))
}

/// Looks at the domains and decides.
pub async fn plan(
    selection: &Selection,
    baseline: &Baseline,
) -> Result<Vec<Region>, Box<dyn Error>> {
    let mut regions = Vec::new();
    for live in connect(&selection.access).await? {
        let surveyed = surveyed(&live, selection, baseline).await;
        let in_force = InForce::of(&selection.stack);
        let mut region = decided(live, surveyed, in_force, baseline).await;
        region.problems.extend(region.in_force.problem().cloned());
        regions.push(region);
    }
    Ok(regions)
}

/// The same in every place of an organization, by the overrides of its hub. A domain that is asked for by its name
/// is shown where it is, and one that is nowhere once.
pub async fn across_all(
    organization: Organization,
    selection: &Selection,
    baseline: &Baseline,
) -> Vec<Region> {
    let mut looked = organization
        .visit(async |live| {
            let surveyed = surveyed(&live, selection, baseline).await;
            (live, surveyed)
        })
        .await;
    together::judge(&mut looked, &organization, &selection.domain, baseline);
    let in_force = InForce::of_hub(&selection.stack, organization.hub);
    let mut regions = Vec::new();
    for (place, looked) in looked {
        let in_force = in_force.clone();
        regions.push(match looked {
            Ok((live, surveyed)) => decided(live, surveyed, in_force, baseline).await,
            Err(error) => {
                let problems = vec![Unread::call(place.reader_role_arn(), error)];
                Region { problems, ..Region::unseen(place, None, in_force) }
            }
        });
    }
    // They are the hub's, and were read once for all.
    if let (Some(problem), Some(first)) = (in_force.problem(), regions.first_mut()) {
        first.problems.push(problem.clone());
    }
    regions
}

async fn surveyed(live: &Live, selection: &Selection, baseline: &Baseline) -> Surveyed {
    if !selection.domain.is_empty() {
        return named(live, &selection.domain).await;
    }
    let known = baseline.exact_names(&live.place).map(str::to_owned).collect();
    live.survey(known, &Progress::new()).await
}

async fn decided(live: Live, surveyed: Surveyed, in_force: InForce, baseline: &Baseline) -> Region {
    let Surveyed { domains, missing, problems, pools: _ } = surveyed;
    let found = domains.into_iter().map(|domain| (domain.name.clone(), Some(domain)));
    let missing = missing.into_iter().map(|name| (name, None));
    let mut looked = Vec::new();
    for (name, domain) in found.chain(missing) {
        let purpose = Purpose::Command;
        looked.push(Looked::decided(name, domain, purpose, baseline, &live, &in_force).await);
    }
    Region { looked, problems, ..Region::unseen(live.place.clone(), Some(live), in_force) }
}

async fn named(live: &Live, names: &[DomainName]) -> Surveyed {
    let mut surveyed = Surveyed::default();
    // One that is named twice, perhaps in another letter case, is one domain.
    let mut asked = BTreeSet::new();
    for name in names.iter().filter(|name| asked.insert(*name)) {
        match live.cognito.describe(name.as_str()).await {
            Ok(Some(domain)) => surveyed.domains.push(domain),
            Ok(None) => surveyed.missing.push(name.to_string()),
            Err(error) => surveyed.problems.push(Unread::call(name.to_string(), error)),
        }
    }
    surveyed
}

/// Why a plan says less than it was asked for: a domain that a person named is nowhere, or none of those that
/// were looked at is the baseline's.
pub fn not_compared(regions: &[Region], baseline: &Baseline) -> Option<String> {
    let looked = || regions.iter().flat_map(|region| &region.looked);
    if regions.iter().any(|region| !region.problems.is_empty()) {
        return None;
    }
    let places: Vec<String> = regions
        .iter()
        .map(|Region { place, .. }| format!("account {} {}", place.account, place.region))
        .collect();
    let places = places.join(" and ");
    let found: BTreeSet<&str> = looked()
        .filter(|looked| looked.domain.is_some() || looked.is_declared)
        .map(|looked| looked.name.as_str())
        .collect();
    // Only one that a person named is looked for without being declared.
    let asked: BTreeSet<&str> = looked().map(|looked| looked.name.as_str()).collect();
    let absent: Vec<&str> = asked.difference(&found).copied().collect();
    if !absent.is_empty() {
        return Some(format!(
            "{places} has no user pool domain {}: check the name, --region and --profile",
            absent.join(", ")
        ));
    }
    if looked().any(|looked| looked.plan.governed) {
        return None;
    }
    let name = baseline.name();
    Some(match looked().filter(|looked| looked.domain.is_some()).count() {
        0 => format!("there is no user pool domain in {places}: check --region and --profile"),
        count => format!(
            "{name} governs none of the {} of {places}, so nothing was compared: declare them, or `defaults`",
            counted(count, "domain")
        ),
    })
}

pub fn exit(regions: &[Region]) -> Exit {
    if regions.iter().any(|region| !region.problems.is_empty()) {
        return Exit::Failed;
    }
    let all =
        || regions.iter().flat_map(|region| region.looked.iter().map(move |one| (region, one)));
    let on_the_wire =
        all().filter_map(|(region, looked)| region.difference(looked)).map(|it| it.standing);
    let on_the_wire = on_the_wire.max().unwrap_or(probe::Standing::Good);
    match on_the_wire {
        probe::Standing::Unknown => Exit::Failed,
        probe::Standing::Off => Exit::Off,
        probe::Standing::Good if all().any(|(_, one)| one.standing() == Standing::Off) => Exit::Off,
        probe::Standing::Good => Exit::Good,
    }
}
