//! `guardctl schema`: JSON Schemas of what goes in and of what comes out.

use std::error::Error;
use std::process::ExitCode;

use guardctl::arguments::{Of, Schema};
use guardctl::outln;

pub fn run(arguments: &Schema) -> Result<ExitCode, Box<dyn Error>> {
    // Tests hold the first two against the parser, and the others against the types.
    let schema = match arguments.of {
        Of::Baseline => include_str!("../../../docs/schema/baseline.json"),
        Of::Override => include_str!("../../../docs/schema/override.json"),
        Of::Notice => include_str!("../../../docs/schema/notice.json"),
        Of::Plan => include_str!("../../../docs/schema/plan.json"),
        Of::Probe => include_str!("../../../docs/schema/probe.json"),
        Of::Report => include_str!("../../../docs/schema/report.json"),
        Of::RecordLine => include_str!("../../../docs/schema/record-line.json"),
        Of::Conformance => include_str!("../../../docs/schema/conformance.json"),
        Of::Evidence => include_str!("../../../docs/schema/evidence.json"),
    };
    let schema = schema.trim_end();
    outln!("{schema}");
    Ok(ExitCode::SUCCESS)
}
