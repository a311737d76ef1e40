//! What people allow or stop for a short while, beside the baseline: an override, one SSM parameter each.
//!
//! | an override | for what it covers |
//! | --- | --- |
//! | allows attributes, and its end is ahead | their drift is exempt |
//! | is a pause, and its end is ahead | nothing is written; looks and notices go on |
//! | its end is past | it counts as absent |
//! | cannot be read, or its end is too far ahead | nothing is written, for an hour from its making; then it counts as absent |
//!
//! The rule: what cannot be understood is never taken for permission, and cannot stop the guard for long.
//! How old an override is, is AWS's word (`LastModifiedDate`), not that of whoever made it.

mod id;
#[cfg(test)]
mod tests;

pub use id::{domain_in, fresh as fresh_id};

use time::{Duration, OffsetDateTime};

use crate::baseline::{Baseline, DomainPattern, Effect, MalformedOverride, OverrideText, Scope};
use crate::domain::Attribute;
use crate::place::Place;
use crate::when::rfc3339;
use crate::words::words;

/// How far ahead of its making an override may end where nothing else is said.
pub const DEFAULT_LONGEST: Duration = Duration::hours(72);
/// For how long one that cannot be read keeps the guard from writing.
pub const HELD_FOR: Duration = Duration::HOUR;
/// By how much the clock of whoever wrote the end may be ahead of AWS's.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// A parameter as SSM lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its whole name.
    pub name: String,
    /// Its type.
    pub kind: ParameterKind,
    /// Its value; of a `SecureString` the encrypted one.
    pub value: String,
    /// Its `LastModifiedDate`.
    pub modified_at: OffsetDateTime,
}

/// The type of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// A text.
    String,
    /// Another type, as SSM calls it: `SecureString`, `StringList`.
    Other(String),
}

/// An override, whether it can be read or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The end of its parameter's name. Never used again for another.
    pub id: String,
    /// The whole name of its parameter.
    pub parameter: String,
    /// When it was made, or last changed.
    pub made_at: OffsetDateTime,
    /// What it says.
    pub content: Content,
}

/// What an override says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// It can be read, and ends in time.
    Sound(OverrideText),
    /// It is none, or would last too long.
    Unsound(Unsound),
}

/// An override that cannot count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    /// The domains that it may be meant for; `None` where not even that can be read.
    pub pattern: Option<DomainPattern>,
    /// Where it may be meant for them.
    pub scope: Scope,
    /// What is wrong and how to fix it, a line for each problem.
    pub problem: String,
}

words! {
    /// Where an override stands in its life, by its word in records.
    #[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "OverrideState"))]
    pub enum State {
        /// It counts.
        InForce = "in_force",
        /// It counted until its end.
        Ended = "ended",
        /// It cannot be read, and nothing that it may be meant for is written.
        Holds = "holds",
        /// It cannot be read, and no longer matters.
        Void = "void",
    }
}

/// Where the parameters of a guard's overrides are: in its own account, and there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path below which they are, without a slash at its end: `/cognito-domain-guard/STACK/overrides`.
    pub path: String,
    /// The region.
    pub region: String,
}

impl Location {
    /// The path of the overrides of that stack.
    pub fn path_of(stack: &str) -> String {
        format!("/cognito-domain-guard/{stack}/overrides")
    }

    /// The stack whose overrides they are; `None` of a path that no template made.
    pub fn stack(&self) -> Option<&str> {
        self.path.strip_prefix("/cognito-domain-guard/")?.strip_suffix("/overrides")
    }

    /// The override whose parameter has that name; `None` of one that is not below the path.
    pub fn id_of<'a>(&self, parameter: &'a str) -> Option<&'a str> {
        parameter.strip_prefix(self.path.as_str())?.strip_prefix('/').filter(|id| !id.is_empty())
    }
}

impl Override {
    /// The first moment at which it no longer has an effect.
    pub fn ends_at(&self) -> OffsetDateTime {
        match &self.content {
            Content::Sound(text) => text.until,
            Content::Unsound(_) => self.made_at + HELD_FOR,
        }
    }

    /// Where it stands at `now`.
    pub fn state(&self, now: OffsetDateTime) -> State {
        let is_over = now >= self.ends_at();
        match &self.content {
            Content::Sound(_) if is_over => State::Ended,
            Content::Sound(_) => State::InForce,
            Content::Unsound(_) if is_over => State::Void,
            Content::Unsound(_) => State::Holds,
        }
    }

    /// Whether it is, or may be meant, for that domain in that place.
    pub fn is_for(&self, domain: &str, place: &Place) -> bool {
        let (pattern, scope) = self.meant_for();
        scope.has(place) && pattern.is_none_or(|pattern| pattern.matches(domain))
    }

    /// The one domain that it is for, if it is for one by name.
    pub fn only_domain(&self) -> Option<&str> {
        let (pattern, _) = self.meant_for();
        pattern.filter(|pattern| pattern.is_exact()).map(DomainPattern::as_str)
    }

    /// The domains that it is, or may be meant, for, `None` for any; and where.
    const fn meant_for(&self) -> (Option<&DomainPattern>, &Scope) {
        match &self.content {
            Content::Sound(text) => (Some(&text.pattern), &text.scope),
            Content::Unsound(unsound) => (unsound.pattern.as_ref(), &unsound.scope),
        }
    }
}

/// The overrides there are, as they were read at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overrides {
    all: Vec<Override>,
}

/// What is known of the overrides at a look.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// These are all.
    All(&'a Overrides),
    /// They were not read: most looks do not need them.
    NotRead,
    /// They could not be read.
    Unreadable,
}

static NO_OVERRIDES: Overrides = Overrides::NONE;

impl<'a> Known<'a> {
    /// There are none, as where no path is set.
    pub const NONE: Self = Self::All(&NO_OVERRIDES);

    /// Those that were read.
    pub const fn read(self) -> Option<&'a Overrides> {
        match self {
            Self::All(overrides) => Some(overrides),
            Self::NotRead | Self::Unreadable => None,
        }
    }
}

impl Overrides {
    /// None at all.
    pub const NONE: Self = Self { all: Vec::new() };

    /// Makes overrides of all parameters below `path`. None may end later than `longest` after it was
    /// made.
    pub fn read(
        path: &str,
        parameters: impl IntoIterator<Item = Parameter>,
        baseline: &Baseline,
        longest: Duration,
    ) -> Self {
        let of = |parameter| read_one(path, parameter, baseline, longest);
        let mut all: Vec<Override> = parameters.into_iter().map(of).collect();
        // The order in which SSM lists them is nobody's business.
        all.sort_by(|one, other| one.id.cmp(&other.id));
        Self { all }
    }

    /// Each of them, by its name.
    pub fn iter(&self) -> impl Iterator<Item = &Override> {
        self.all.iter()
    }

    /// The one of that name.
    pub fn get(&self, id: &str) -> Option<&Override> {
        self.all.iter().find(|one| one.id == id)
    }

    /// The one that lets `attribute` of the domain drift at `now`: of several, the one that ends last.
    pub fn allowing(
        &self,
        domain: &str,
        attribute: Attribute,
        place: &Place,
        now: OffsetDateTime,
    ) -> Option<(&Override, &OverrideText)> {
        self.last_to_end(State::InForce, domain, place, now).find_map(|one| match &one.content {
            Content::Sound(text) => match &text.effect {
                Effect::Allow(attributes) if attributes.contains(&attribute) => Some((one, text)),
                Effect::Allow(_) | Effect::Pause => None,
            },
            Content::Unsound(_) => None,
        })
    }

    /// Whether one of those that are there may have let `attribute` of the domain drift at `at`, whether it
    /// counts now or not.
    pub fn may_have_allowed(
        &self,
        domain: &str,
        attribute: Attribute,
        place: &Place,
        at: OffsetDateTime,
    ) -> bool {
        self.all.iter().any(|one| match &one.content {
            Content::Sound(OverrideText { effect: Effect::Allow(attributes), until, .. }) => {
                at < *until && attributes.contains(&attribute) && one.is_for(domain, place)
            }
            Content::Sound(OverrideText { effect: Effect::Pause, .. }) | Content::Unsound(_) => {
                false
            }
        })
    }

    /// The pause that covers the domain at `now`: of several, the one that ends last.
    pub fn pausing(
        &self,
        domain: &str,
        place: &Place,
        now: OffsetDateTime,
    ) -> Option<(&Override, &OverrideText)> {
        self.last_to_end(State::InForce, domain, place, now).find_map(|one| match &one.content {
            Content::Sound(text) => match text.effect {
                Effect::Pause => Some((one, text)),
                Effect::Allow(_) => None,
            },
            Content::Unsound(_) => None,
        })
    }

    /// The one that cannot be read and may be meant for the domain, so that nothing of it is written at
    /// `now`: of several, the one that ends last.
    pub fn holding(
        &self,
        domain: &str,
        place: &Place,
        now: OffsetDateTime,
    ) -> Option<(&Override, &Unsound)> {
        self.last_to_end(State::Holds, domain, place, now).find_map(|one| match &one.content {
            Content::Unsound(unsound) => Some((one, unsound)),
            Content::Sound(_) => None,
        })
    }

    /// Those in that state for the domain, the last to end first.
    fn last_to_end(
        &self,
        state: State,
        domain: &str,
        place: &Place,
        now: OffsetDateTime,
    ) -> impl Iterator<Item = &Override> {
        let is_it = |one: &&Override| one.state(now) == state && one.is_for(domain, place);
        let mut found: Vec<&Override> = self.all.iter().filter(is_it).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.ends_at()));
        found.into_iter()
    }
}

fn read_one(path: &str, parameter: Parameter, baseline: &Baseline, longest: Duration) -> Override {
    let Parameter { name, kind, value, modified_at } = parameter;
    let id = name.strip_prefix(path).unwrap_or(&name).trim_start_matches('/').to_owned();
    let content = match kind {
        ParameterKind::Other(kind) => Content::Unsound(Unsound {
            pattern: None,
            scope: Scope::default(),
            problem: format!(
                "{id}: the parameter is a {kind}; make it a String, so that everybody can read it"
            ),
        }),
        ParameterKind::String => match baseline.read_override(&id, &value) {
            Ok(text) => bounded(&id, text, modified_at, longest),
            Err(malformed) => {
                let MalformedOverride { pattern, scope, error } = *malformed;
                Content::Unsound(Unsound { pattern, scope, problem: error.to_string() })
            }
        },
    };
    Override { id, parameter: name, made_at: modified_at, content }
}

/// An override that ends too late is none. One that does by no more than clocks differ ends in time.
fn bounded(id: &str, text: OverrideText, made_at: OffsetDateTime, longest: Duration) -> Content {
    let latest = made_at + longest;
    if text.until <= latest {
        return Content::Sound(text);
    }
    if text.until <= latest + CLOCKS_DIFFER {
        return Content::Sound(OverrideText { until: latest, ..text });
    }
    let OverrideText { pattern, scope, until, until_position: at, .. } = text;
    let problem = format!(
        "{id}:{at}: until: {} is more than {} hours after the override was made (OverrideMaxHours); end it \
         by {}, and declare in the baseline what should last longer",
        rfc3339(until),
        longest.whole_hours(),
        rfc3339(latest)
    );
    Content::Unsound(Unsound { pattern: Some(pattern), scope, problem })
}
