//! The declared side: what the domains of an account should look like, as a YAML file says.
//!
//! [`Baseline::parse`] takes a file whole or not at all, and reports everything that is wrong with it
//! at once. Behind it, one file a step: `yaml` makes a tree that knows its places, `read` takes the
//! sections from it, `scope` and `accounts` the places, `values` the single values, `check` finds what
//! cannot hold together. After that, [`Baseline::governing`] and [`Baseline::exemption`] answer what holds
//! for a domain in a place; neither can fail.
//!
//! Nothing here does IO or reads a clock.

mod accounts;
mod check;
mod field;
mod file_index;
mod index;
mod lint;
mod mode;
mod model;
mod name;
mod nearest;
mod override_text;
mod pattern;
mod problem;
mod read;
mod recognise;
mod scope;
mod syntax;
mod text_print;
mod values;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use crate::domain::Attribute;
use crate::place::Place;

pub use accounts::Account;
pub use file_index::{FileIndex, NotIndexed, Part};
pub use lint::SNAPSHOT_REASON;
pub use mode::Mode;
pub use model::{Declared, Entry, Exemption, PolicyRule, RoutingRule};
pub use name::DomainName;
pub use override_text::{Effect, MalformedOverride, OverrideText};
pub use pattern::DomainPattern;
pub use problem::{BaselineError, Position, Problem};
pub use scope::Scope;
pub use text_print::TextPrint;

use accounts::Accounts;
use index::PatternIndex;
use model::Declarations;
use read::Draft;
use yaml::{Kind, Lines};

/// For how many days from now an exemption may be made where `max_exemption_days` does not say.
pub const DEFAULT_EXEMPTION_DAYS: u16 = 400;
/// The most that `max_exemption_days` may be: ten years.
pub const MOST_EXEMPTION_DAYS: u16 = 3_650;

/// The declared baseline: rules for domains, and exemptions from them.
///
/// # Guarantees
/// - No entry is hidden by earlier ones, so each has a domain and a place that it could be for.
/// - No domain is declared to have a security policy and a managed login version that Cognito
///   refuses together.
#[derive(Clone, Debug)]
pub struct Baseline {
    name: String,
    digest: String,
    revision: Option<String>,
    mode: Mode,
    max_exemption_days: u16,
    accounts: Accounts,
    defaults: Declarations,
    entries: Vec<Entry>,
    /// Of the patterns of `entries`, by their places in it.
    index: PatternIndex,
    exemptions: Vec<Exemption>,
}

/// What a baseline says about one domain in one place.
///
/// An attribute that is `None` is nobody's business: the guard leaves it as it finds it.
#[derive(Clone, Copy, Debug)]
pub struct Governing<'a> {
    /// Audit where the entry or the account says so, else enforce where one of them does, else the mode of
    /// the file.
    pub mode: Mode,
    /// The first entry that applies in the place and matches the domain, `None` when the defaults alone hold.
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

    /// Whether nothing governs the domain, and nobody says that this is meant.
    ///
    /// It is meant where an entry of a name, of a pattern for some names, or of some places has an
    /// attribute that is `unmanaged`. A catch-all for every place says nothing about a domain that nobody
    /// had in mind.
    pub fn is_overlooked(&self) -> bool {
        let is_meant = |entry: &Entry| entry.declarations.opts_out() && !entry.is_catch_all();
        self.declares_nothing() && !self.entry.is_some_and(is_meant)
    }

    /// The first declaration for the domain, by its place in the file.
    pub fn first_position(&self) -> Option<Position> {
        let declared = Attribute::ALL.into_iter().filter_map(|one| self.declaration(one));
        declared.map(|(_, position)| position).min()
    }

    /// The declared attributes in the baseline's own words, in the order in which attributes are
    /// reported.
    pub fn written(&self) -> Vec<(Attribute, String)> {
        Attribute::ALL
            .into_iter()
            .filter_map(|attribute| Some((attribute, self.declaration(attribute)?.0)))
            .collect()
    }

    /// What is declared of `attribute`, in the baseline's own words, and where.
    pub fn declaration(&self, attribute: Attribute) -> Option<(String, Position)> {
        fn said<T: std::fmt::Display>(declared: &Declared<T>) -> (String, Position) {
            (declared.written(), declared.position)
        }
        match attribute {
            Attribute::SecurityPolicy => self.security_policy.map(said),
            Attribute::Routing => self.routing.map(said),
            Attribute::ManagedLoginVersion => self.managed_login_version.map(said),
            Attribute::CertificateArn => self.certificate_arn.map(said),
        }
    }

    /// The same without what is declared of the attributes that `is_left` names: they are left as they
    /// are.
    #[must_use]
    pub fn without(self, is_left: impl Fn(Attribute) -> bool) -> Self {
        let Self { mode, entry, security_policy, routing, managed_login_version, certificate_arn } =
            self;
        Self {
            mode,
            entry,
            security_policy: security_policy.filter(|_| !is_left(Attribute::SecurityPolicy)),
            routing: routing.filter(|_| !is_left(Attribute::Routing)),
            managed_login_version: managed_login_version
                .filter(|_| !is_left(Attribute::ManagedLoginVersion)),
            certificate_arn: certificate_arn.filter(|_| !is_left(Attribute::CertificateArn)),
        }
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
        Self::read(name, text, &Lines::default(), || digest(text.as_bytes()))
    }

    /// The same of a text that is made of parts of the file.
    fn read(
        name: &str,
        text: &str,
        lines: &Lines,
        digest: impl FnOnce() -> String,
    ) -> Result<Self, BaselineError> {
        let mut problems = Vec::new();
        let root = yaml::load(text, lines, &mut problems);
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
        let Draft { mode, max_exemption_days, accounts, defaults, entries, index, exemptions } =
            draft;
        Ok(Self {
            name: name.to_owned(),
            digest: digest(),
            revision: None,
            mode,
            max_exemption_days: max_exemption_days.unwrap_or(DEFAULT_EXEMPTION_DAYS),
            accounts,
            defaults,
            entries,
            index,
            exemptions,
        })
    }

    /// The same baseline, known to be of that revision of whatever it is kept in.
    #[must_use]
    pub fn of_revision(self, revision: Option<String>) -> Self {
        Self { revision, ..self }
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

    /// The [`digest`] of the file.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The revision that the deployment named.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The mode of the file.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The account of that number, if the file names it.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.of(id)
    }

    /// What the file calls the account of that number.
    pub fn account_name(&self, id: &str) -> Option<&str> {
        Some(self.account(id)?.name.as_str())
    }

    /// What holds for `domain` in `place`: the first entry that applies there and matches it and, for
    /// what that leaves out, the defaults. Upper and lower case are the same.
    pub fn governing<'a>(&'a self, domain: &str, place: &Place) -> Governing<'a> {
        let applies = |nth: usize| self.entries.get(nth).is_some_and(|one| one.scope.has(place));
        let entry = self
            .index
            .first_covering(&domain.to_ascii_lowercase(), applies)
            .and_then(|nth| self.entries.get(nth));
        Governing {
            mode: self.mode_of(entry, self.account(&place.account)),
            ..self.laid_over(entry)
        }
    }

    /// What holds for the domains of `entry`, `None` for those that have none, in an account of which the
    /// file says nothing.
    fn laid_over<'a>(&'a self, entry: Option<&'a Entry>) -> Governing<'a> {
        let own = entry.map_or(&Declarations::NOTHING, |entry| &entry.declarations);
        let defaults = &self.defaults;
        Governing {
            mode: self.mode_of(entry, None),
            entry,
            security_policy: own.security_policy.or(&defaults.security_policy),
            routing: own.routing.or(&defaults.routing),
            managed_login_version: own.managed_login_version.or(&defaults.managed_login_version),
            certificate_arn: own.certificate_arn.or(&defaults.certificate_arn),
        }
    }

    /// Audit wins: who gives an account that mode can be sure that nothing is written there.
    fn mode_of(&self, entry: Option<&Entry>, account: Option<&Account>) -> Mode {
        let said = [entry.and_then(|entry| entry.mode), account.and_then(|account| account.mode)];
        let wins =
            [Mode::Audit, Mode::Enforce].into_iter().find(|mode| said.contains(&Some(*mode)));
        wins.unwrap_or(self.mode)
    }

    /// Whether drift from `entry`, `None` for the defaults alone, is put back in any account. There is
    /// always one of which the file says nothing, unless the entry lists its accounts.
    fn enforces_somewhere(&self, entry: Option<&Entry>) -> bool {
        let enforces = |account| self.mode_of(entry, account) == Mode::Enforce;
        match entry.and_then(|entry| entry.scope.accounts.as_ref()) {
            Some(listed) => listed.values.iter().any(|id| enforces(self.account(id))),
            None => enforces(None) || self.accounts.iter().any(|account| enforces(Some(account))),
        }
    }

    /// The first exemption of the file that lets `attribute` of `domain` in `place` drift at `now`.
    pub fn exemption(
        &self,
        domain: &str,
        attribute: Attribute,
        place: &Place,
        now: OffsetDateTime,
    ) -> Option<&Exemption> {
        self.exemptions.iter().find(|exemption| exemption.covers(domain, attribute, place, now))
    }

    /// The last exemption of the file that let `attribute` of `domain` drift and ended within the last day:
    /// why drift is there that no event reports.
    pub fn ended_exemption(
        &self,
        domain: &str,
        attribute: Attribute,
        place: &Place,
        now: OffsetDateTime,
    ) -> Option<&Exemption> {
        let has_ended = |one: &&Exemption| {
            let just_before = one.until - Duration::SECOND;
            one.until <= now
                && now - one.until < Duration::DAY
                && one.covers(domain, attribute, place, just_before)
        };
        self.exemptions.iter().filter(has_ended).max_by_key(|exemption| exemption.until)
    }

    /// The exemptions whose end is further ahead of `now` than `max_exemption_days` allows, each with
    /// what is wrong about it.
    ///
    /// They are honoured all the same: an upgrade of the guard must not revert what was allowed
    /// before. A person's tools count them as errors, and a sweep reports them.
    pub fn overlong_exemptions(
        &self,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = (&Exemption, Problem)> {
        let most = Duration::days(self.max_exemption_days.into());
        self.exemptions.iter().enumerate().filter(move |(_, one)| one.until - now > most).map(
            move |(nth, one)| {
                let latest = now.checked_add(most).map(|latest| latest.date().to_string());
                let problem = Problem {
                    position: one.until_position,
                    end: one.until_position.advanced("until".len()),
                    path: format!("exemptions[{nth}].until"),
                    message: format!(
                        "{} is {} days ahead, and an exemption may last {} (max_exemption_days)",
                        one.until.date(),
                        (one.until - now).whole_days(),
                        self.max_exemption_days
                    ),
                    fix: format!(
                        "write an end until {}, and move it when the time comes",
                        latest.unwrap_or_default()
                    ),
                };
                (one, problem)
            },
        )
    }

    /// Every exemption, in the order of the file and also when it is over.
    pub fn exemptions(&self) -> &[Exemption] {
        &self.exemptions
    }

    /// The domains declared for `place` by name rather than by pattern, each once, in lower case and in
    /// the order of the file.
    pub fn exact_names(&self, place: &Place) -> impl Iterator<Item = &str> {
        self.names_where(|scope| scope.has(place))
    }

    /// The same for whatever place.
    pub fn all_exact_names(&self) -> impl Iterator<Item = &str> {
        self.names_where(|_| true)
    }

    /// Those whose entries reach beyond these accounts and regions. `None` stands for all that there are.
    pub fn exact_names_beyond(
        &self,
        accounts: Option<&BTreeSet<String>>,
        regions: Option<&BTreeSet<String>>,
    ) -> impl Iterator<Item = &str> {
        self.names_where(move |scope| !scope.is_within(accounts, regions))
    }

    fn names_where(&self, applies: impl Fn(&Scope) -> bool) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        self.entries
            .iter()
            .filter(move |entry| entry.pattern.is_exact() && applies(&entry.scope))
            .filter(move |entry| seen.insert(entry.pattern.folded()))
            .map(|entry| entry.pattern.folded())
    }
}

/// By what the file of a baseline is distinguished from another: the first twelve hexadecimal digits of the
/// SHA-256 over its bytes, as `sha256sum` prints them.
pub fn digest(file: &[u8]) -> String {
    let digest = Sha256::digest(file);
    digest.iter().take(6).fold(String::with_capacity(12), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn empty_file() -> Problem {
    Problem {
        position: Position::START,
        end: Position::START,
        path: String::new(),
        message: "the file declares nothing".to_owned(),
        fix: "begin it with `version: 1`, and declare `defaults` or `domains`".to_owned(),
    }
}
