//! What is measured: the guard, and what it is measured against.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::inputs;
use crate::page_cache;
use crate::support::{ROOT, Roots, StandIn, write_baseline};

/// A program that answers the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Program {
    /// The release binary of this project.
    Guard,
    /// The same calls by hand, on hyper and ring.
    Floor,
    /// The same SDK clients and calls, with nothing around them.
    Bare,
    /// The SDK with everybody's defaults.
    Tutorial,
    /// Python.
    Boto3,
    /// The release binary with a baseline of ten entries.
    Of10,
    /// The same with a thousand, and the index that `guardctl index` makes.
    Of1000,
    /// The same with ten thousand.
    Of10000,
}

impl Program {
    pub(crate) const ALL: [Self; 8] = [
        Self::Guard,
        Self::Floor,
        Self::Bare,
        Self::Tutorial,
        Self::Boto3,
        Self::Of10,
        Self::Of1000,
        Self::Of10000,
    ];
    /// Those of most scenes.
    pub(crate) const COMPARED: [Self; 5] =
        [Self::Guard, Self::Floor, Self::Bare, Self::Tutorial, Self::Boto3];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Floor => "floor",
            Self::Bare => "bare",
            Self::Tutorial => "tutorial",
            Self::Boto3 => "boto3",
            Self::Of10 => "guard, 10 entries",
            Self::Of1000 => "guard, 1,000 entries",
            Self::Of10000 => "guard, 10,000 entries",
        }
    }
}

/// In Cargo's target folder.
pub(crate) const FOLDER: &str = "bench-process";
const FILES: [&str; 4] =
    ["cognito-domain-guard", "variant-floor", "variant-bare", "variant-tutorial"];

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Built {
    /// Of copies of the release builds.
    folder: PathBuf,
    /// One that has boto3.
    python: Option<PathBuf>,
    baselines: BTreeMap<Program, PathBuf>,
}

impl Built {
    /// Builds everything with the release profile, in the environment of a release, and looks for a
    /// Python. Says what it does.
    pub(crate) fn build(target: &Path) -> io::Result<Self> {
        let guard = ["--bin", "cognito-domain-guard"];
        let machine = host()?;
        cargo(target, &machine, "Cargo.toml", &guard)?;
        for variant in ["floor", "bare", "tutorial"] {
            cargo(target, &machine, &format!("benches/variants/{variant}/Cargo.toml"), &[])?;
        }
        let folder = target.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        for name in FILES {
            std::fs::copy(target.join(&machine).join("release").join(name), folder.join(name))?;
        }
        Ok(Self::find(target))
    }

    /// What was built the last time.
    pub(crate) fn find(target: &Path) -> Self {
        let venv = Path::new(ROOT).join(".venv/bin/python");
        let python = [venv, PathBuf::from("python3")].into_iter().find(|python| {
            // Without its environment, as it is run.
            let asked = Command::new(python).args(["-c", "import boto3"]).env_clear().output();
            asked.is_ok_and(|output| output.status.success())
        });
        let folder = target.join(FOLDER);
        let baselines = [(Program::Of10, 10), (Program::Of1000, 1_000), (Program::Of10000, 10_000)];
        let baselines = baselines.into_iter().map(|(program, entries)| {
            let text = inputs::baseline_text(entries);
            let name = format!("of-{entries}");
            (program, write_baseline(&folder.join("baselines"), &name, &text, entries > 10))
        });
        let baselines = baselines.collect();
        let built = Self { folder, python, baselines };
        for program in Program::ALL.into_iter().filter(|program| !built.has(*program)) {
            let why = match program {
                Program::Boto3 => "no Python here has it (pip install boto3)",
                Program::Guard
                | Program::Floor
                | Program::Bare
                | Program::Tutorial
                | Program::Of10
                | Program::Of1000
                | Program::Of10000 => "it is not built",
            };
            eprintln!("{} is left out: {why}", program.as_str());
        }
        built
    }

    /// Has the programs come into the page cache, all by the same way.
    pub(crate) fn load(&self) -> io::Result<()> {
        for path in FILES.map(|name| self.folder.join(name)) {
            if path.exists() {
                page_cache::load(&path)?;
            }
        }
        Ok(())
    }

    pub(crate) fn has(&self, program: Program) -> bool {
        match program {
            Program::Boto3 => self.python.is_some(),
            Program::Guard
            | Program::Floor
            | Program::Bare
            | Program::Tutorial
            | Program::Of10
            | Program::Of1000
            | Program::Of10000 => self.file(program).exists(),
        }
    }

    /// The file that is loaded first.
    pub(crate) fn file(&self, program: Program) -> PathBuf {
        match program {
            Program::Guard | Program::Of10 | Program::Of1000 | Program::Of10000 => {
                self.folder.join("cognito-domain-guard")
            }
            Program::Floor | Program::Bare | Program::Tutorial => {
                self.folder.join(format!("variant-{}", program.as_str()))
            }
            Program::Boto3 => self.python.clone().unwrap_or_default(),
        }
    }

    /// How it is started between Lambda and AWS.
    pub(crate) fn command(&self, program: Program, stand_in: &StandIn, roots: &Roots) -> Command {
        let mut command = Command::new(self.file(program));
        command.envs(stand_in.environment());
        // The same calls for all: overrides are one that only the guard makes.
        command.env_remove("OVERRIDES_PATH");
        if let Some(baseline) = self.baselines.get(&program) {
            command.env("BASELINE", baseline);
        }
        match program {
            Program::Guard
            | Program::Floor
            | Program::Bare
            | Program::Of10
            | Program::Of1000
            | Program::Of10000 => {
                command.env("SSL_CERT_FILE", &roots.few);
            }
            Program::Tutorial => {
                command.env("SSL_CERT_FILE", &roots.all);
            }
            Program::Boto3 => {
                command.env("AWS_CA_BUNDLE", &roots.all);
                command.arg(Path::new(ROOT).join("benches/variants/boto3/handler.py"));
            }
        }
        command
    }
}

/// This machine, as Cargo names it. Named, a target keeps the flags of a release from what is run while
/// building: macros, which cannot be at a fixed address.
fn host() -> io::Result<String> {
    let said = Command::new("rustc").arg("-vV").output()?.stdout;
    let said = String::from_utf8_lossy(&said);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| io::Error::other("rustc does not say its host"))
}

fn cargo(target: &Path, machine: &str, manifest: &str, flags: &[&str]) -> io::Result<()> {
    eprintln!("building {manifest} for release");
    let mut command = Command::new(Path::new(ROOT).join("scripts/release-env"));
    // What Cargo says to a bench about its own package. ring's build script looks at these, and
    // would be built anew, with all that needs it, each time that it sees others.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    let status = command
        .args(["cargo", "build", "--release", "--locked", "--quiet", "--target", machine])
        .arg("--target-dir")
        .arg(target)
        .arg("--manifest-path")
        .arg(Path::new(ROOT).join(manifest))
        .args(flags)
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{manifest} cannot be built"))),
    }
}
