//! By what a notice or a report says which baseline decided.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;
use crate::text::clean;

/// Longest name or revision taken over. Both are the deployment's own words.
const LONGEST: usize = 128;

/// The baseline in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BaselineRecord {
    /// What the file is called.
    pub file: String,
    /// The first twelve hexadecimal digits of the SHA-256 over the bytes of the file, as `sha256sum`
    /// prints them.
    pub digest: String,
    /// Its revision in git, where the deployment names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

impl From<&Baseline> for BaselineRecord {
    fn from(baseline: &Baseline) -> Self {
        Self {
            file: clean(baseline.name(), LONGEST),
            digest: baseline.digest().to_owned(),
            revision: baseline.revision().map(|revision| clean(revision, LONGEST)),
        }
    }
}

impl fmt::Display for BaselineRecord {
    /// As people read it: `baseline.yaml 3f9c0d5b7e12, revision v1.2.3-4-g5d6e7f8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, digest, revision } = self;
        write!(f, "{file} {digest}")?;
        match revision {
            Some(revision) => write!(f, ", revision {revision}"),
            None => Ok(()),
        }
    }
}
