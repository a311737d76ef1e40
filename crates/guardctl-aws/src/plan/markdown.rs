//! A plan for a pull request or a job's summary.

use std::fmt::Write as _;

use cognito_domain_guard::baseline::Baseline;
use cognito_domain_guard::text::harmless;

use super::Region;
use crate::unread::explained;

/// A table of every domain.
pub fn markdown(regions: &[Region], baseline: &Baseline) -> String {
    // Nothing in a cell ends it, its code span or its line.
    let cell = |text: &str| harmless(text).replace('|', "\\|").replace('`', "'");
    let mut out = String::new();
    for region in regions {
        let place = &region.live.place;
        let _ = writeln!(out, "### {} {}\n", place.account, place.region);
        let _ = writeln!(out, "{} (digest {})\n", cell(baseline.name()), baseline.digest());
        out.push_str("| domain | attribute | observed | baseline | result |\n");
        out.push_str("| --- | --- | --- | --- | --- |\n");
        for looked in &region.looked {
            let (name, verdict) = (cell(&looked.name), looked.verdict());
            if looked.plan.assessment.drifts.is_empty() {
                let _ = writeln!(out, "| {name} | | | | {verdict} |");
            }
            for drift in &looked.plan.assessment.drifts {
                let _ = writeln!(
                    out,
                    "| {name} | {} | `{}` | `{}` | {verdict} |",
                    drift.attribute,
                    cell(&drift.observed.to_string()),
                    cell(&drift.declared)
                );
            }
        }
        for problem in explained(&region.problems) {
            let problem = problem.replace('\n', " ").replace('`', "'");
            let _ = writeln!(out, "\nCould not tell: `{}`", harmless(&problem));
        }
        out.push('\n');
    }
    out
}
