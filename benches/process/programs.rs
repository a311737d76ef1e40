//! What is measured: the guard, and what it is measured against.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::page_cache;
use crate::support::{ROOT, Roots, StandIn};

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
}

impl Program {
    pub(crate) const ALL: [Self; 5] =
        [Self::Guard, Self::Floor, Self::Bare, Self::Tutorial, Self::Boto3];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Floor => "floor",
            Self::Bare => "bare",
            Self::Tutorial => "tutorial",
            Self::Boto3 => "boto3",
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
}

impl Built {
    /// Builds everything with the release profile, in the environment of a release, and looks for a
    /// Python. Says what it does.
    pub(crate) fn build(target: &Path) -> io::Result<Self> {
        let guard = ["--bin", "cognito-domain-guard"];
        cargo(target, "Cargo.toml", &guard)?;
        for variant in ["floor", "bare", "tutorial"] {
            cargo(target, &format!("benches/variants/{variant}/Cargo.toml"), &[])?;
        }
        // Building a bench puts the package's programs into the same place, with the bench's profile.
        let folder = target.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        for name in FILES {
            std::fs::copy(target.join("release").join(name), folder.join(name))?;
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
        let built = Self { folder: target.join(FOLDER), python };
        for program in Program::ALL.into_iter().filter(|program| !built.has(*program)) {
            let why = match program {
                Program::Boto3 => "no Python here has it (pip install boto3)",
                Program::Guard | Program::Floor | Program::Bare | Program::Tutorial => {
                    "it is not built"
                }
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
            Program::Guard | Program::Floor | Program::Bare | Program::Tutorial => {
                self.file(program).exists()
            }
        }
    }

    /// The file that is loaded first.
    pub(crate) fn file(&self, program: Program) -> PathBuf {
        match program {
            Program::Guard => self.folder.join("cognito-domain-guard"),
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
        match program {
            Program::Guard | Program::Floor | Program::Bare => {
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

fn cargo(target: &Path, manifest: &str, flags: &[&str]) -> io::Result<()> {
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
        .args(["cargo", "build", "--release", "--locked", "--quiet", "--target-dir"])
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
