//! The text of an override: an exemption by itself, or a pause, in the baseline's own words.
//!
//! The rule: the values are read by what reads the baseline's, so nobody has to learn a second syntax at
//! night. What cannot be read says for which domains it may be meant, as far as that is known.

use time::OffsetDateTime;

use crate::domain::Attribute;

use super::field::Field;
use super::pattern::DomainPattern;
use super::problem::{BaselineError, Position, Problem};
use super::read::ACCOUNTS;
use super::scope::{self, Scope};
use super::yaml::{self, Kind};
use super::{Baseline, values};

const FORM: &str =
    "write `domain: NAME` and what of it may drift, or `pause: NAME` to stop all writing";
const PAUSE_FORM: &str =
    "write the name of a domain or a pattern, such as auth.example.com, or \"*\" for every domain";

/// What somebody allows or stops for a short while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideText {
    /// What it does.
    pub effect: Effect,
    /// The domains it is for.
    pub pattern: DomainPattern,
    /// Where it is for them.
    pub scope: Scope,
    /// The first moment at which it no longer counts.
    pub until: OffsetDateTime,
    /// Why; never empty.
    pub reason: String,
    /// Who made it, in their own words: a claim. CloudTrail knows who did.
    pub by: String,
    /// Who to ask about it.
    pub owner: Option<String>,
    /// Where it was agreed.
    pub ticket: Option<String>,
    /// Its key `until`.
    pub until_position: Position,
}

/// What an override does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// These attributes may drift; never empty.
    Allow(Vec<Attribute>),
    /// Nothing is written.
    Pause,
}

/// A text that is no override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedOverride {
    /// The domains it may be meant for; `None` where not even that can be read.
    pub pattern: Option<DomainPattern>,
    /// Where it may be meant for them: everywhere if that cannot be read.
    pub scope: Scope,
    /// Everything that is wrong with it.
    pub error: BaselineError,
}

impl Baseline {
    /// Reads the override called `name` from its text. Names of accounts are this baseline's.
    ///
    /// # Errors
    /// All problems of the text, in its order, as [`Baseline::parse`] reports them.
    pub fn read_override(
        &self,
        name: &str,
        text: &str,
    ) -> Result<OverrideText, Box<MalformedOverride>> {
        let mut problems = Vec::new();
        let root = yaml::load(text, &yaml::Lines::default(), &mut problems);
        let mut meant = Meant::default();
        let read = match &root {
            Some(root) if root.kind() != Kind::Null => {
                read(&Field::root(root), self, &mut meant, &mut problems)
            }
            Some(_) | None => {
                if problems.is_empty() {
                    problems.push(empty());
                }
                None
            }
        };
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            Some(_) | None => {
                problems.sort_by_key(|problem| problem.position);
                Err(Box::new(MalformedOverride {
                    pattern: meant.pattern,
                    scope: meant.scope,
                    error: BaselineError { name: name.to_owned(), problems },
                }))
            }
        }
    }
}

/// For which domains a text is meant, as far as it could be read.
#[derive(Default)]
struct Meant {
    pattern: Option<DomainPattern>,
    scope: Scope,
}

fn read(
    root: &Field<'_>,
    baseline: &Baseline,
    meant: &mut Meant,
    problems: &mut Vec<Problem>,
) -> Option<OverrideText> {
    let [domain, pause, regions, accounts, attributes, until, reason, by, owner, ticket] = root
        .fields(
            [
                "domain",
                "pause",
                "regions",
                ACCOUNTS,
                "attributes",
                "until",
                "reason",
                "by",
                "owner",
                "ticket",
            ],
            FORM,
            problems,
        )?;
    let scope = scope::read(regions, accounts, &baseline.accounts, problems);
    let (effect, pattern) = match (domain, pause) {
        (Some(_), Some(pause)) => {
            problems.push(pause.problem(
                "`domain` and `pause` exclude each other",
                "keep `domain` to let attributes drift, or `pause` to stop all writing",
            ));
            (None, None)
        }
        (None, Some(pause)) => {
            if let Some(attributes) = attributes {
                problems.push(attributes.problem(
                    "a pause stops the writing of every attribute",
                    "remove the key, or write `domain` in place of `pause` to let these drift",
                ));
            }
            (Some(Effect::Pause), paused(&pause, problems))
        }
        (domain, None) => {
            let attributes = root
                .required(attributes, "attributes", values::ATTRIBUTES_FORM, problems)
                .and_then(|field| values::attributes(&field, problems));
            let pattern = root
                .required(domain, "domain", FORM, problems)
                .and_then(|field| values::pattern(&field, problems));
            (attributes.map(Effect::Allow), pattern)
        }
    };
    meant.pattern.clone_from(&pattern);
    meant.scope = scope.clone().unwrap_or_default();
    let until_form = "an override has an end: write `until: 2026-12-31T00:00:00Z`";
    let reason_form = "write `reason:` and why, for whoever reads the notices";
    let by_form = "write `by:` and who you are, for whoever reads the notices";
    let until_position = until.map(|field| field.position());
    let until = root
        .required(until, "until", until_form, problems)
        .and_then(|field| values::until(&field, problems));
    let mut text = |field, name, form: &str| {
        root.required(field, name, form, problems)
            .and_then(|field| field.free_text(form, problems))
            .map(str::to_owned)
    };
    let reason = text(reason, "reason", reason_form);
    let by = text(by, "by", by_form);
    let mut note = |field: Option<Field<'_>>, form: &str| {
        field.and_then(|field| field.free_text(form, problems)).map(str::to_owned)
    };
    let owner = note(owner, "write who to ask, or remove the key");
    let ticket = note(ticket, "write its number or link, or remove the key");
    Some(OverrideText {
        effect: effect?,
        pattern: pattern?,
        scope: scope?,
        until: until?,
        reason: reason?,
        by: by?,
        owner,
        ticket,
        until_position: until_position?,
    })
}

/// The domains of a pause. Somebody in a hurry writes `all`, which may be the name of a prefix domain.
fn paused(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<DomainPattern> {
    let text = field.node.scalar().unwrap_or_default();
    if ["all", "true", "yes"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        problems.push(field.problem(format!("{text} is not the name of a domain"), PAUSE_FORM));
        return None;
    }
    values::pattern(field, problems)
}

fn empty() -> Problem {
    Problem {
        position: Position::START,
        end: Position::START,
        path: String::new(),
        message: "the text says nothing".to_owned(),
        fix: FORM.to_owned(),
    }
}
