//! The declared side: what the domains of an account should look like, as a YAML file says.
//!
//! [`Baseline::parse`] takes a file whole or not at all, and reports everything that is wrong with it
//! at once. Behind it, one file a step: `yaml` makes a tree that knows its places, `read` takes the
//! sections from it, `values` the single values, `check` finds what cannot hold together. After that,
//! [`Baseline::governing`] and [`Baseline::exemption`] answer what holds for a domain; neither can fail.
//!
//! Nothing here does IO or reads a clock.

mod check;
mod index;
mod lint;
mod model;
mod nearest;
mod pattern;
mod place;
mod problem;
mod read;
mod recognise;
mod syntax;
mod values;
mod yaml;

#[cfg(test)]
mod tests;

use time::OffsetDateTime;

use crate::domain::Attribute;

pub use model::{Declared, Entry, Exemption, Mode, PolicyRule, RoutingRule};
pub use pattern::DomainPattern;
pub use problem::{BaselineError, Position, Problem};

use index::PatternIndex;
use model::Declarations;
use read::Draft;
use yaml::Kind;

/// The declared baseline: rules for domains, and exemptions from them.
///
/// # Guarantees
/// - No entry is hidden by an earlier one, so each has a domain that it could be for.
/// - No domain is declared to have a security policy and a managed login version that Cognito
///   refuses together.
#[derive(Clone, Debug)]
pub struct Baseline {
    name: String,
    mode: Mode,
    defaults: Declarations,
    entries: Vec<Entry>,
    /// Of the patterns of `entries`, by their places in it.
    index: PatternIndex,
    exemptions: Vec<Exemption>,
}

/// What a baseline says about one domain.
///
/// An attribute that is `None` is nobody's business: the guard leaves it as it finds it.
#[derive(Clone, Copy, Debug)]
pub struct Governing<'a> {
    /// The entry's mode, or that of the file.
    pub mode: Mode,
    /// The first entry that matches the domain, `None` when the defaults alone hold.
    pub entry: Option<&'a Entry>,
    /// The TLS policies the domain may have, should it be a custom domain.
    pub security_policy: Option<&'a Declared<PolicyRule>>,
    /// The failover the domain must have, should it be a custom domain.
    pub routing: Option<&'a Declared<RoutingRule>>,
    /// The version of managed login it must have: 1 or 2.
    pub managed_login_version: Option<&'a Declared<i32>>,
    /// The ACM certificate it must have, should it be a custom domain.
    pub certificate_arn: Option<&'a Declared<String>>,
}

impl Governing<'_> {
    /// Whether the baseline leaves every attribute of the domain alone.
    pub const fn declares_nothing(&self) -> bool {
        let Self {
            mode: _,
            entry: _,
            security_policy,
            routing,
            managed_login_version,
            certificate_arn,
        } = self;
        security_policy.is_none()
            && routing.is_none()
            && managed_login_version.is_none()
            && certificate_arn.is_none()
    }
}

impl Baseline {
    /// Reads a baseline from `text`; `name` is what messages call the file, usually its path.
    ///
    /// An exemption that is over is part of a sound baseline: what it allowed is simply enforced.
    ///
    /// # Errors
    /// All problems of the file, in its order. A mistake in the YAML itself ends the reading, and is
    /// then the only one. So is that the file does not look like a baseline at all.
    pub fn parse(name: &str, text: &str) -> Result<Self, BaselineError> {
        let mut problems = Vec::new();
        let root = yaml::load(text, &mut problems);
        let draft = match root {
            Some(root) if root.kind() != Kind::Null => read::baseline(&root, &mut problems),
            Some(_) | None => {
                if problems.is_empty() {
                    problems.push(empty_file());
                }
                Draft::default()
            }
        };
        if !problems.is_empty() {
            if !Self::is_recognisable(text) {
                // Messages about a file show parts of it: of another file, they must show nothing.
                problems = vec![recognise::unrecognised()];
            }
            problems.sort_by_key(|problem| problem.position);
            return Err(BaselineError { name: name.to_owned(), problems });
        }
        let Draft { mode, defaults, entries, index, exemptions } = draft;
        Ok(Self { name: name.to_owned(), mode, defaults, entries, index, exemptions })
    }

    /// Whether a text may be meant as a baseline: it is empty, or has one of a baseline's own keys where
    /// they belong. Of any other file, which may hold secrets, nothing is shown to anybody.
    pub fn is_recognisable(text: &str) -> bool {
        recognise::is_recognisable(text)
    }

    /// What messages call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What holds for `domain`: the first entry that matches it and, for what that leaves out, the
    /// defaults. Upper and lower case are the same.
    pub fn governing<'a>(&'a self, domain: &str) -> Governing<'a> {
        let entry = self
            .index
            .first_covering(&domain.to_ascii_lowercase())
            .and_then(|nth| self.entries.get(nth));
        let own = entry.map_or(&Declarations::NOTHING, |entry| &entry.declarations);
        let defaults = &self.defaults;
        Governing {
            mode: entry.and_then(|entry| entry.mode).unwrap_or(self.mode),
            entry,
            security_policy: own.security_policy.or(&defaults.security_policy),
            routing: own.routing.or(&defaults.routing),
            managed_login_version: own.managed_login_version.or(&defaults.managed_login_version),
            certificate_arn: own.certificate_arn.or(&defaults.certificate_arn),
        }
    }

    /// The first exemption of the file that lets `attribute` of `domain` drift at `now`.
    pub fn exemption(
        &self,
        domain: &str,
        attribute: Attribute,
        now: OffsetDateTime,
    ) -> Option<&Exemption> {
        self.exemptions.iter().find(|exemption| exemption.covers(domain, attribute, now))
    }

    /// Every exemption, in the order of the file and also when it is over.
    pub fn exemptions(&self) -> &[Exemption] {
        &self.exemptions
    }

    /// The domains declared by name rather than by pattern, as written and in the order of the file.
    pub fn exact_names(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|entry| entry.pattern.is_exact())
            .map(|entry| entry.pattern.as_str())
    }
}

fn empty_file() -> Problem {
    Problem {
        position: Position::START,
        end: Position::START,
        path: String::new(),
        message: "the file declares nothing".to_owned(),
        mend: "begin it with `version: 1`, and declare `defaults` or `domains`".to_owned(),
    }
}
