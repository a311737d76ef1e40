//! The command line.

use std::path::PathBuf;

use crate::quota::Means;

const HELP: &str = "\
What the guard costs as a process, beside others that make the same calls. benches/README.md says more.

  cargo bench --bench process
  cargo bench --bench process -- --only cold --runs 200 --json target/process.json

  --runs N       rounds of each comparison (60); slow ones play a quarter of them
  --only WORD    comparisons whose name has the word: cold, quota, fine, fresh, hub, baseline, memory, warm; compliant, drift
  --write        the tables of benches/README.md and README.md, anew; only with everything measured
  --json FILE    the results as JSON, too
  --signals      impose the quota by SIGSTOP, also where there are control groups
  --no-build     measure what was built the last time
";

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) runs: usize,
    pub(crate) only: String,
    pub(crate) write: bool,
    pub(crate) json: Option<PathBuf>,
    pub(crate) means: Option<Means>,
    pub(crate) build: bool,
}

impl Options {
    /// `None` where there is nothing to measure: for help, and for `cargo test --all-targets`, which
    /// only wants to see benches start.
    pub(crate) fn parse(
        mut arguments: impl Iterator<Item = String>,
    ) -> Result<Option<Self>, String> {
        let mut options = Self {
            runs: 60,
            only: String::new(),
            write: false,
            json: None,
            means: None,
            build: true,
        };
        let mut is_bench = false;
        while let Some(argument) = arguments.next() {
            let mut value =
                || arguments.next().ok_or_else(|| format!("{argument} needs a value; see --help"));
            match argument.as_str() {
                // Cargo's own word for "not a test".
                "--bench" => is_bench = true,
                "--runs" => {
                    options.runs = match value()?.parse() {
                        Ok(runs @ 1..=100_000) => runs,
                        Ok(_) | Err(_) => return Err("--runs: from 1 to 100000".to_owned()),
                    };
                }
                "--only" => options.only = value()?,
                "--write" => options.write = true,
                "--json" => options.json = Some(value()?.into()),
                "--signals" => options.means = Some(Means::Signals),
                "--no-build" => options.build = false,
                "--help" | "-h" => {
                    print!("{HELP}");
                    return Ok(None);
                }
                other => return Err(format!("{other} is not a flag; see --help")),
            }
        }
        if options.write && !options.only.is_empty() {
            return Err("--write needs everything measured: leave --only out".to_owned());
        }
        Ok(is_bench.then_some(options))
    }
}
