//! `guardctl plan`: live domains against the baseline, and nothing is changed.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::domain::Domain;
use cognito_domain_guard::place::Place;
use cognito_domain_guard::plan::{Decision, Drift, Plan, Purpose, decide};
use cognito_domain_guard::reconcile::why_refused;
use cognito_domain_guard::text::harmless;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::live::{Live, Progress, Surveyed, connect, explained};
use guardctl::arguments::{PlanFormat, Selection};
use guardctl::declared::read_baseline_to_enforce;
use guardctl::interrupt::block_on;
use guardctl::page::{self, Tone, toned};
use guardctl::{out, outln};

/// One domain and what would be done with it.
pub struct Planned {
    pub name: String,
    pub domain: Option<Domain>,
    pub plan: Plan,
    /// Whether the baseline has an entry of that very name.
    pub is_declared: bool,
}

/// One account and region, planned.
pub struct Region {
    pub live: Live,
    pub planned: Vec<Planned>,
    pub problems: Vec<String>,
}

pub fn run(arguments: &guardctl::arguments::Plan) -> Result<ExitCode, Box<dyn Error>> {
    let baseline = read_baseline_to_enforce(&arguments.selection.baseline)?;
    let regions = block_on(plan(&arguments.selection, &baseline))??;
    match arguments.format {
        PlanFormat::Text => out!("{}", text(&regions, &baseline)),
        PlanFormat::Markdown => out!("{}", markdown(&regions, &baseline)),
        PlanFormat::Json => {
            outln!("{}", serde_json::to_string_pretty(&to_json(&regions, &baseline))?)
        }
    }
    Ok(exit_code(&regions))
}

/// Whether the baseline has an entry of that very name for the place.
pub fn is_declared(baseline: &Baseline, name: &str, place: &Place) -> bool {
    baseline.exact_names(place).any(|declared| declared.eq_ignore_ascii_case(name))
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
        let now = OffsetDateTime::now_utc();
        let planned = found
            .chain(missing)
            .map(|(name, domain)| {
                let plan =
                    decide(&name, domain.as_ref(), Purpose::Command, baseline, &live.place, now);
                let is_declared = is_declared(baseline, &name, &live.place);
                Planned { name, domain, plan, is_declared }
            })
            .collect();
        regions.push(Region { live, planned, problems });
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

impl Planned {
    pub fn is_at_baseline(&self) -> bool {
        match self.plan.decision {
            Decision::InSync | Decision::Restored | Decision::Exempt | Decision::Unmanaged => true,
            Decision::NotRestored
            | Decision::Update(_)
            | Decision::Hold(_)
            | Decision::Refuse(_)
            | Decision::AuditOnly => false,
            Decision::Gone => !self.plan.governed,
        }
    }

    pub fn verdict(&self) -> &'static str {
        match self.plan.decision {
            Decision::InSync | Decision::Restored => "at its baseline",
            Decision::NotRestored | Decision::Update(_) => "drifted: would be put back",
            Decision::Hold(_) => "drifted: would wait, Cognito is busy",
            Decision::Refuse(_) => "would be left alone",
            Decision::Exempt => "drifted: exempt",
            Decision::AuditOnly => "drifted: audit mode, would be told",
            Decision::Unmanaged => "not in the baseline",
            Decision::Gone if self.is_declared => "declared, but there is none",
            Decision::Gone => "there is no such domain",
        }
    }

    fn tone(&self) -> Tone {
        match self.plan.decision {
            Decision::InSync | Decision::Restored => Tone::Good,
            Decision::NotRestored | Decision::Update(_) | Decision::Hold(_) => Tone::Bad,
            Decision::Refuse(_) | Decision::Exempt | Decision::AuditOnly => Tone::Notable,
            Decision::Unmanaged => Tone::Quiet,
            Decision::Gone if self.plan.governed => Tone::Bad,
            Decision::Gone => Tone::Quiet,
        }
    }

    fn status(&self) -> &str {
        self.domain.as_ref().map_or("-", |domain| domain.status.as_str())
    }

    fn reason(&self) -> Option<String> {
        if let Decision::Refuse(refusal) = &self.plan.decision {
            return Some(why_refused(refusal));
        }
        let unjudged = !self.plan.assessment.unjudged.is_empty();
        unjudged.then(|| "its policy is newer than this guardctl".to_owned())
    }
}

pub fn exit_code(regions: &[Region]) -> ExitCode {
    if regions.iter().any(|region| !region.problems.is_empty()) {
        return ExitCode::from(1);
    }
    let mut planned = regions.iter().flat_map(|region| &region.planned);
    if planned.all(Planned::is_at_baseline) { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

/// The table of all domains and the three-way view of each drift.
pub fn text(regions: &[Region], baseline: &Baseline) -> String {
    let mut out = String::new();
    for region in regions {
        let place = &region.live.place;
        let _ = writeln!(
            out,
            "account {} {}, {} (digest {})\n",
            place.account,
            place.region,
            baseline.name(),
            baseline.digest()
        );
        let length = |planned: &Planned| harmless(&planned.name).chars().count();
        let width = region.planned.iter().map(length).max().unwrap_or(0);
        for planned in &region.planned {
            let (name, status) = (harmless(&planned.name), harmless(planned.status()));
            let verdict = toned(planned.tone(), planned.verdict());
            let _ = writeln!(out, "  {name:<width$}  {status:<8}  {verdict}");
        }
        for planned in &region.planned {
            details(&mut out, planned, baseline.name());
        }
        for problem in &region.problems {
            // What follows the first line is a policy to paste.
            let (first, rest) = problem.split_once('\n').unwrap_or((problem, ""));
            let lead = toned(Tone::Bad, "could not tell:");
            out.push('\n');
            page::wrapped(&mut out, "", 4, &format!("{lead} {first}"));
            let _ = writeln!(out, "{rest}");
        }
        let drifted = region.planned.iter().filter(|planned| !planned.is_at_baseline()).count();
        let there = || region.planned.iter().filter(|planned| planned.domain.is_some());
        let domains = there().count();
        let plural = if domains == 1 { "" } else { "s" };
        let _ = writeln!(
            out,
            "\n{domains} domain{plural}, {} governed, {drifted} off the baseline, {} not readable",
            there().filter(|planned| planned.plan.governed).count(),
            region.problems.len()
        );
    }
    out
}

fn details(out: &mut String, planned: &Planned, baseline: &str) {
    let assessment = &planned.plan.assessment;
    if assessment.drifts.is_empty() && assessment.exempt.is_empty() && planned.reason().is_none() {
        return;
    }
    let _ = writeln!(out, "\n{}", harmless(&planned.name));
    if let Some(reason) = planned.reason() {
        page::wrapped(out, "  ", 2, &format!("left alone, since {reason}"));
    }
    let sent: &[Drift] = match &planned.plan.decision {
        Decision::Update(update) => &update.changes,
        Decision::InSync
        | Decision::Restored
        | Decision::NotRestored
        | Decision::Hold(_)
        | Decision::Refuse(_)
        | Decision::Exempt
        | Decision::AuditOnly
        | Decision::Unmanaged
        | Decision::Gone => &[],
    };
    for drift in &assessment.drifts {
        let _ = writeln!(out, "  {}", drift.attribute);
        row(out, "observed", &drift.observed.to_string());
        let at = drift.position;
        row(out, "baseline", &format!("{} ({baseline}:{}:{})", drift.declared, at.line, at.column));
        if let Some(sent) = sent.iter().find(|sent| sent.attribute == drift.attribute) {
            row(out, "would send", &sent.desired.to_string());
        }
    }
    for exempt in &assessment.exempt {
        let _ = writeln!(out, "  {}", exempt.drift.attribute);
        row(out, "observed", &exempt.drift.observed.to_string());
        row(out, "exempt", &format!("until {}: {}", exempt.until.date(), exempt.reason));
    }
}

/// One of the sides of a drift.
fn row(out: &mut String, label: &str, text: &str) {
    page::wrapped(out, &format!("    {label:<12}"), 16, &harmless(text));
}

fn markdown(regions: &[Region], baseline: &Baseline) -> String {
    // Nothing in a cell ends it, its code span or its line.
    let cell = |text: &str| harmless(text).replace('|', "\\|").replace('`', "'");
    let mut out = String::new();
    for region in regions {
        let place = &region.live.place;
        let _ = writeln!(out, "### {} {}\n", place.account, place.region);
        let _ = writeln!(out, "{} (digest {})\n", cell(baseline.name()), baseline.digest());
        out.push_str("| domain | attribute | observed | baseline | result |\n");
        out.push_str("| --- | --- | --- | --- | --- |\n");
        for planned in &region.planned {
            let (name, verdict) = (cell(&planned.name), planned.verdict());
            if planned.plan.assessment.drifts.is_empty() {
                let _ = writeln!(out, "| {name} | | | | {verdict} |");
            }
            for drift in &planned.plan.assessment.drifts {
                let _ = writeln!(
                    out,
                    "| {name} | {} | `{}` | `{}` | {verdict} |",
                    drift.attribute,
                    cell(&drift.observed.to_string()),
                    cell(&drift.declared)
                );
            }
        }
        for problem in &region.problems {
            let problem = problem.replace('\n', " ").replace('`', "'");
            let _ = writeln!(out, "\nCould not tell: `{}`", harmless(&problem));
        }
        out.push('\n');
    }
    out
}

fn to_json(regions: &[Region], baseline: &Baseline) -> Value {
    let planned = |planned: &Planned| {
        let assessment = &planned.plan.assessment;
        let decision = match planned.plan.decision {
            Decision::InSync => "in_sync",
            Decision::Restored => "restored",
            Decision::NotRestored => "not_restored",
            Decision::Update(_) => "update",
            Decision::Hold(_) => "hold",
            Decision::Refuse(_) => "refuse",
            Decision::Exempt => "exempt",
            Decision::AuditOnly => "audit",
            Decision::Unmanaged => "unmanaged",
            Decision::Gone => "gone",
        };
        json!({
            "domain": planned.name,
            "status": planned.domain.as_ref().map(|domain| domain.status.as_str()),
            "decision": decision,
            "at_baseline": planned.is_at_baseline(),
            "governed": planned.plan.governed,
            "reason": planned.reason(),
            "changes": assessment.drifts.iter().map(|drift| json!({
                "attribute": drift.attribute.as_str(),
                "observed": drift.observed,
                "baseline": drift.declared,
                "desired": drift.desired,
                "line": drift.position.line,
                "column": drift.position.column,
            })).collect::<Vec<_>>(),
            "exempt": assessment.exempt.iter().map(|exempt| json!({
                "attribute": exempt.drift.attribute.as_str(),
                "observed": exempt.drift.observed,
                "until": exempt.until.date().to_string(),
                "reason": exempt.reason,
            })).collect::<Vec<_>>(),
        })
    };
    json!(
        regions
            .iter()
            .map(|region| json!({
                "account": region.live.place.account,
                "region": region.live.place.region,
                "baseline": { "file": baseline.name(), "digest": baseline.digest() },
                "domains": region.planned.iter().map(planned).collect::<Vec<_>>(),
                "problems": region.problems,
            }))
            .collect::<Vec<_>>()
    )
}
