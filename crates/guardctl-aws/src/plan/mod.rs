//! `guardctl plan`: live domains against the baseline, and nothing is changed.

mod json;
mod markdown;
mod text;

use std::error::Error;
use std::process::ExitCode;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::plan::Purpose;
use guardctl::arguments::{PlanFormat, Selection};
use guardctl::declared::read_baseline_to_enforce;
use guardctl::interrupt::block_on;
use guardctl::{out, outln};

pub use text::text;

use crate::live::{Live, Progress, Surveyed, connect, explained};
use crate::look::Looked;

/// One account and region, and what was seen there.
pub struct Region {
    pub live: Live,
    pub looked: Vec<Looked>,
    pub problems: Vec<String>,
}

pub fn run(arguments: &guardctl::arguments::Plan) -> Result<ExitCode, Box<dyn Error>> {
    let baseline = read_baseline_to_enforce(&arguments.selection.baseline)?;
    let regions = block_on(plan(&arguments.selection, &baseline))??;
    match arguments.format {
        PlanFormat::Text => out!("{}", text(&regions, &baseline)),
        PlanFormat::Markdown => out!("{}", markdown::markdown(&regions, &baseline)),
        PlanFormat::Json => {
            outln!("{}", serde_json::to_string_pretty(&json::to_json(&regions, &baseline))?)
        }
    }
    Ok(exit_code(&regions))
}

/// Looks at the domains and decides.
pub async fn plan(
    selection: &Selection,
    baseline: &Baseline,
) -> Result<Vec<Region>, Box<dyn Error>> {
    let mut regions = Vec::new();
    for live in connect(&selection.access).await? {
        let surveyed = if selection.domain.is_empty() {
            let known = baseline.exact_names(&live.place).map(str::to_owned).collect();
            live.survey(known, &Progress::new()).await
        } else {
            named(&live, &selection.domain).await
        };
        let problems = explained(&surveyed.problems);
        let found = surveyed.domains.into_iter().map(|domain| (domain.name.clone(), Some(domain)));
        let missing = surveyed.missing.into_iter().map(|name| (name, None));
        let looked = found
            .chain(missing)
            .map(|(name, domain)| {
                Looked::decided(name, domain, Purpose::Command, baseline, &live.place)
            })
            .collect();
        regions.push(Region { live, looked, problems });
    }
    Ok(regions)
}

async fn named(live: &Live, names: &[String]) -> Surveyed {
    let mut surveyed = Surveyed::default();
    for name in names {
        match live.cognito.describe(name).await {
            Ok(Some(domain)) => surveyed.domains.push(domain),
            Ok(None) => surveyed.missing.push(name.clone()),
            Err(error) => surveyed.problems.push(error),
        }
    }
    surveyed
}

pub fn exit_code(regions: &[Region]) -> ExitCode {
    if regions.iter().any(|region| !region.problems.is_empty()) {
        return ExitCode::from(1);
    }
    let mut looked = regions.iter().flat_map(|region| &region.looked);
    if looked.all(Looked::is_at_baseline) { ExitCode::SUCCESS } else { ExitCode::from(2) }
}
